import { Unzip, UnzipInflate } from "fflate";
import { AppError } from "../errors.ts";
import { ByteStream } from "./byte-stream.ts";
import { FormatError, type InputFile } from "./format.ts";

/** Of all files of a zip together, unpacked. */
const MAX_UNPACKED_BYTES = 512 * 1024 * 1024;
/** So much may come of any few bytes. */
const FREE_BYTES = 16 * 1024 * 1024;
/** Beyond it: no signal packs so well, but bombs do. */
const MAX_RATIO = 200;
const MAX_FILES = 1000;
/** Of a zip at a time: deflate makes up to a thousand times as much of it. */
const STEP_BYTES = 4096;

export function isZip(prefix: Uint8Array): boolean {
  return prefix[0] === 0x50 && prefix[1] === 0x4b && prefix[2] === 3 && prefix[3] === 4;
}

/**
 * The files of a zip (APPNOTE.TXT 6.3) in their order, unpacked as it comes in. Folders and what systems leave beside
 * files are passed over.
 *
 * @throws FormatError for what is no good zip; AppError `too-large` for more than anyone may mean
 */
export async function* unzip(bytes: ByteStream): AsyncGenerator<InputFile> {
  type Entry = { name: string; parts: Uint8Array[]; isEnded: boolean };
  const entries: Entry[] = [];
  let unpacked = 0;
  let failure: unknown;
  const zip = new Unzip((file) => {
    const entry: Entry = { name: file.name, parts: [], isEnded: false };
    entries.push(entry);
    if (entries.length > MAX_FILES) throw new FormatError(`byte ${bytes.position}`, `more than ${MAX_FILES} files`);
    file.ondata = (error, data, isLast) => {
      if (error) failure ??= error;
      else if (data.length > 0) {
        entry.parts.push(data);
        unpacked += data.length;
      }
      entry.isEnded ||= isLast;
    };
    file.start();
  });
  zip.register(UnzipInflate);

  let isEnded = false;
  const advance = async () => {
    const step = await bytes.read(STEP_BYTES);
    isEnded = step.length < STEP_BYTES;
    try {
      zip.push(step, isEnded);
    } catch (error) {
      failure ??= error;
    }
    if (failure instanceof AppError) throw failure;
    if (failure) throw new FormatError(`byte ${bytes.position}`, `is no good zip: ${(failure as Error).message}`);
    if (unpacked > MAX_UNPACKED_BYTES || unpacked > FREE_BYTES + MAX_RATIO * bytes.position) {
      throw new AppError("too-large", { detail: "The zip unpacks to more than is read." });
    }
  };
  const read = async function* (entry: Entry) {
    for (;;) {
      const part = entry.parts.shift();
      if (part) yield part;
      else if (entry.isEnded) return;
      else if (isEnded) throw new FormatError(`byte ${bytes.position}`, `the zip ends within ${entry.name}`);
      else await advance();
    }
  };

  for (let i = 0; ; i++) {
    while (i >= entries.length && !isEnded) await advance();
    const entry = entries[i];
    if (!entry) break;
    const contents = read(entry);
    const name = baseName(entry.name);
    if (name !== "" && !entry.name.includes("__MACOSX/") && !name.startsWith(".")) {
      yield { name, bytes: new ByteStream(contents) };
    }
    // What was not read is passed over.
    for await (const _ of contents);
  }
  if (entries.length === 0) throw new FormatError("byte 0", "the zip has no files");
}

/** A file's name without its folders. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
