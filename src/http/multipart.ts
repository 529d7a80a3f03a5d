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

/** The most files of a form. */
const MAX_FILES = 1000;

/**
 * The files of a `multipart/form-data` body (RFC 7578) in their order, as they come in.
 *
 * @throws AppError `malformed` for what is no such body, or has no file; FormatError for a field that is no file
 */
export async function* readMultipart(contentType: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<BodyFile> {
  const files = new FormFiles(contentType, body);
  try {
    let file = await files.next();
    if (!file) throw new AppError("malformed", { detail: "The form has no file: the recording is sent as one." });
    for (; file; file = await files.next()) yield { ...file, contents: readFile(file.contents) };
  } finally {
    files.close();
  }
}

type FormFile = { name: string; mediaType: string; contents: Readable };

/** The files that busboy finds in a form, to be taken one after the other. */
class FormFiles {
  private readonly input: Readable;
  /** The files that are not taken yet. */
  private readonly found: FormFile[] = [];
  private last: Readable | undefined;
  private isEnded = false;
  private failure: unknown;
  /** Goes on with whoever waits for the next file. */
  private wake = () => {};

  constructor(contentType: string, body: AsyncIterable<Uint8Array>) {
    const busboy = newBusboy(contentType);
    busboy.on("file", (_, contents, name, __, mediaType) => {
      this.last = contents;
      // It is told where the file is read, if it is.
      contents.on("error", () => {});
      this.found.push({ name: baseName(name ?? ""), mediaType, contents });
      this.wake();
    });
    busboy.on("field", (name) => this.fail(new FormatError(name, "is no file: options go into the query")));
    busboy.on("filesLimit", () =>
      this.fail(new FormatError(`file ${MAX_FILES + 1}`, `is one more than the ${MAX_FILES} that are read`)),
    );
    busboy.on("finish", () => {
      this.isEnded = true;
      this.wake();
    });
    busboy.on("error", (error) => this.fail(error instanceof AppError ? error : newMalformed(error)));
    this.input = Readable.from(body);
    this.input.on("error", (error) => {
      busboy.destroy(error);
      this.last?.destroy(error);
    });
    this.input.pipe(busboy);
  }

  /** Waits for the next file; undefined behind the last one. */
  async next(): Promise<FormFile | undefined> {
    for (;;) {
      const file = this.found.shift();
      if (this.failure) throw this.failure;
      if (file || this.isEnded) return file;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Reads no more of the body. */
  close(): void {
    this.input.destroy();
  }

  private fail(failure: Error): void {
    this.failure ??= failure;
    this.wake();
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
