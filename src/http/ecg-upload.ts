import { createHash, type Hash } from "node:crypto";
import type { Upload } from "../ecg/receive.ts";
import { type AskForRoom, ByteStream } from "../formats/byte-stream.ts";
import type { InputFile, ReadOptions } from "../formats/format.ts";
import { formats } from "../formats/index.ts";
import { ecgJson } from "../formats/json/ecg-json.ts";
import { openRecording } from "../formats/open.ts";
import {
  HELD_PER_BYTE,
  LIKELY_RATIO,
  likelyLengthOf,
  MAX_JSON_BYTES,
  MAX_STREAM_BYTES,
  readBody,
  streamBody,
} from "./body.ts";
import type { Memory } from "./memory.ts";
import { type BodyFile, readMultipart } from "./multipart.ts";
import { fileContent, type referToSchema } from "./openapi.ts";

/** A body that may be an ECG in JSON or any file. */
export function anyEcgBody(jsonBody: ReturnType<typeof referToSchema>) {
  const files = formats.filter(({ id, read, open }) => id !== ecgJson.id && (read || open));
  const file = { type: "array" as const, items: { type: "string" as const, format: "binary" } };
  const form = { type: "object" as const, properties: { file }, required: ["file"] };
  const multipart = { "multipart/form-data": { schema: form } };
  return { ...jsonBody, content: { ...jsonBody.content, ...fileContent(files), ...multipart } };
}

/** The body of a POST: the recording that it is, in whatever format, and what tells it from other bodies. */
type UploadBody = {
  open: () => Promise<Upload>;
  /** Reads what is left of the body. The hash is of the files and their names, of the media type and of the query. */
  fingerprint: () => Promise<string>;
};

/**
 * Makes the readers of a request's body.
 *
 * @param isHashed whether the fingerprint is wanted
 * @param memory is asked for room for what is read whole
 */
export function newUploadBody(request: Request, options: ReadOptions, isHashed: boolean, memory: Memory): UploadBody {
  const contentType = request.headers.get("content-type") ?? "";
  const mediaType = contentType.split(";", 1)[0].trim().toLowerCase();
  const seen: { name: string; hash: Hash }[] = [];
  const parts = readParts(request, contentType, mediaType, memory);
  const length = likelyLengthOf(request, MAX_STREAM_BYTES);
  const askForRoom: AskForRoom = (bytes, isUnpacked) =>
    memory.hold(HELD_PER_BYTE * Math.min(bytes, isUnpacked ? LIKELY_RATIO * length : length));
  const files = openFiles(isHashed ? hashParts(parts, seen) : parts, askForRoom);
  let hash: string | undefined;
  return {
    open: () => openRecording(files, options, mediaType),
    async fingerprint() {
      if (hash !== undefined) return hash;
      for await (const _ of files);
      const query = new URL(request.url).searchParams;
      // By the names alone: the order of `leads` says that of the leads.
      query.sort();
      const about = [mediaType, [...query], seen.map((file) => [file.name, file.hash.digest("hex")])];
      hash = createHash("sha256").update(JSON.stringify(about)).digest("base64url");
      return hash;
    },
  };
}

/** The files of a body as they come in; one that is no form is a file without a name. */
async function* readParts(
  request: Request,
  contentType: string,
  mediaType: string,
  memory: Memory,
): AsyncGenerator<BodyFile> {
  if (mediaType === "multipart/form-data") {
    yield* readMultipart(contentType, streamBody(request, MAX_STREAM_BYTES, memory));
  } else if (ecgJson.mediaTypes.includes(mediaType)) {
    yield { name: "", contents: readAtOnce(request, memory) };
  } else {
    yield { name: "", contents: streamBody(request, MAX_STREAM_BYTES, memory) };
  }
}

async function* readAtOnce(request: Request, memory: Memory): AsyncGenerator<Uint8Array> {
  yield await readBody(request, MAX_JSON_BYTES, memory);
}

/** The same files, each of which is hashed as it is read. */
async function* hashParts(
  parts: AsyncIterable<BodyFile>,
  seen: { name: string; hash: Hash }[],
): AsyncGenerator<BodyFile> {
  for await (const { contents, ...file } of parts) {
    const hash = createHash("sha256");
    seen.push({ name: file.name, hash });
    yield { ...file, contents: hashContents(contents, hash) };
  }
}

async function* hashContents(contents: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const bytes of contents) {
    hash.update(bytes);
    yield bytes;
  }
}

async function* openFiles(parts: AsyncIterable<BodyFile>, askForRoom: AskForRoom): AsyncGenerator<InputFile> {
  for await (const { contents, ...file } of parts) {
    yield { ...file, bytes: new ByteStream(contents, askForRoom) };
    // What was not read is passed over.
    for await (const _ of contents);
  }
}
