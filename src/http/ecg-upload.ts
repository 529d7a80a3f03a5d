import type { Upload } from "../ecg/receive.ts";
import { ByteStream } from "../formats/byte-stream.ts";
import type { InputFile, ReadOptions } from "../formats/format.ts";
import { formats } from "../formats/index.ts";
import { ecgJson } from "../formats/json/ecg-json.ts";
import { openRecording } from "../formats/open.ts";
import { MAX_JSON_BYTES, MAX_STREAM_BYTES, readBody, streamBody } from "./body.ts";
import { readMultipart } from "./multipart.ts";
import { binaryContent, type referToSchema } from "./openapi.ts";

/** A body that may be an ECG in JSON or any file. */
export function anyEcgBody(jsonBody: ReturnType<typeof referToSchema>) {
  const files = formats.filter(({ id, read, open }) => id !== ecgJson.id && (read || open));
  const file = { type: "array" as const, items: { type: "string" as const, format: "binary" } };
  const form = { type: "object" as const, properties: { file }, required: ["file"] };
  const multipart = { "multipart/form-data": { schema: form } };
  return { ...jsonBody, content: { ...jsonBody.content, ...binaryContent(files), ...multipart } };
}

/** The recording that a request's body is, in whatever format. */
export function openUpload(request: Request, options: ReadOptions): Promise<Upload> {
  const contentType = request.headers.get("content-type") ?? "";
  const mediaType = contentType.split(";", 1)[0].trim().toLowerCase();
  return openRecording(openFiles(request, contentType, mediaType), options, mediaType);
}

async function* openFiles(request: Request, contentType: string, mediaType: string): AsyncGenerator<InputFile> {
  if (mediaType === "multipart/form-data") {
    yield* readMultipart(contentType, streamBody(request, MAX_STREAM_BYTES));
  } else if (ecgJson.mediaTypes.includes(mediaType)) {
    yield { name: "", bytes: new ByteStream([await readBody(request, MAX_JSON_BYTES)]) };
  } else {
    yield { name: "", bytes: new ByteStream(streamBody(request, MAX_STREAM_BYTES)) };
  }
}
