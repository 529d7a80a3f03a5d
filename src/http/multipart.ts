import { Readable } from "node:stream";
import { Busboy } from "@fastify/busboy";
import { AppError } from "../errors.ts";
import { baseName } from "../formats/files.ts";
import { FormatError } from "../formats/format.ts";

/**
 * A file of a body; its contents can be read once, and are to be read to their end before the next. `mediaType` is what a form says of this
 * one.
 */
export type BodyFile = { name: string; mediaType?: string; contents: AsyncIterable<Uint8Array> };

const MAX_FILES = 1000;

/**
 * The files of a `multipart/form-data` body (RFC 7578) in their order, as they come in.
 *
 * @throws AppError `malformed` for what is no such body, or has no file; FormatError for a field that is no file
 */
export async function* readMultipart(contentType: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<BodyFile> {
  const busboy = newBusboy(contentType);
  const files: { name: string; mediaType: string; contents: Readable }[] = [];
  let isEnded = false;
  let hasFile = false;
  let failure: unknown;
  let wake = () => {};
  const tell = () => wake();
  let last: Readable | undefined;
  busboy.on("file", (_, contents, name, __, mediaType) => {
    last = contents;
    // It is told where the file is read, if it is.
    contents.on("error", () => {});
    files.push({ name: baseName(name ?? ""), mediaType, contents });
    tell();
  });
  busboy.on("field", (name) => {
    failure ??= new FormatError(name, "is no file: options go into the query");
    tell();
  });
  busboy.on("filesLimit", () => {
    failure ??= new FormatError(`file ${MAX_FILES + 1}`, `is one more than the ${MAX_FILES} that are read`);
    tell();
  });
  busboy.on("finish", () => {
    isEnded = true;
    tell();
  });
  busboy.on("error", (error) => {
    failure ??= error instanceof AppError ? error : newMalformed(error);
    tell();
  });
  const input = Readable.from(body);
  input.on("error", (error) => {
    busboy.destroy(error);
    last?.destroy(error);
  });
  input.pipe(busboy);

  try {
    for (;;) {
      const file = files.shift();
      if (failure) throw failure;
      if (file) {
        hasFile = true;
        yield { ...file, contents: readFile(file.contents) };
      } else if (isEnded && hasFile) return;
      else if (isEnded)
        throw new AppError("malformed", { detail: "The form has no file: the recording is sent as one." });
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    input.destroy();
  }
}

async function* readFile(contents: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* contents;
  } catch (cause) {
    throw cause instanceof AppError ? cause : newMalformed(cause);
  }
}

function newBusboy(contentType: string) {
  try {
    return new Busboy({ headers: { "content-type": contentType }, limits: { files: MAX_FILES, parts: MAX_FILES + 1 } });
  } catch (cause) {
    throw newMalformed(cause); // It names no boundary.
  }
}

function newMalformed(cause: unknown): AppError {
  return new AppError("malformed", { detail: "The body is not the multipart/form-data it says.", cause });
}
