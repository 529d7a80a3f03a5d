import { ByteStream } from "./byte-stream.ts";
import { FormatError, type InputFile } from "./format.ts";
import { MAX_FILES } from "./limits.ts";

/** Headers and contents fill blocks of so many bytes (POSIX.1-2024, pax, "ustar Interchange Format"). */
const BLOCK_BYTES = 512;
/** The place of the magic `ustar` in a header. */
const MAGIC_AT = 257;
/** The place and length of the checksum, which counts itself as spaces. */
const [CHECKSUM_AT, CHECKSUM_BYTES] = [148, 8];
/** The longest name that a header of its own gives. */
const MAX_LONG_NAME_BYTES = 4096;
/** The bytes of a file that are given at a time. */
const STEP_BYTES = 65_536;

/** Whether a file begins with the header of a tar of POSIX, whose checksum is right. */
export function isTar(prefix: Uint8Array): boolean {
  return readText(prefix, MAGIC_AT, 5) === "ustar" && sumOf(prefix) === readOctal(prefix, CHECKSUM_AT, CHECKSUM_BYTES);
}

/**
 * The files of a tar archive in their order, as they come in. Names are given with their folders. All else than files is
 * passed over.
 *
 * @throws FormatError if it is damaged
 */
export async function* untar(bytes: ByteStream): AsyncGenerator<InputFile> {
  let longName: string | undefined;
  for (let count = 0; ; count++) {
    const where = `byte ${bytes.position}`;
    const header = await bytes.read(BLOCK_BYTES);
    if (header.length === 0 || header.every((byte) => byte === 0)) {
      if (count === 0) throw new FormatError(where, "the tar archive has no files");
      // Behind the end of the archive there may be anything.
      for (let rest = header; rest.length > 0; ) rest = await bytes.read(STEP_BYTES);
      return;
    }
    if (count > MAX_FILES) throw new FormatError(where, `more than ${MAX_FILES} files`);
    if (header.length < BLOCK_BYTES || !isTar(header))
      throw new FormatError(where, "is no good header of a file in tar");
    const length = readOctal(header, 124, 12);
    if (!Number.isSafeInteger(length)) throw new FormatError(where, "a file in tar has no length");
    const type = readText(header, 156, 1);
    const contents = readContents(bytes, length);
    if (type === "L" || type === "x") {
      if (length > MAX_LONG_NAME_BYTES)
        throw new FormatError(where, `a name of more than ${MAX_LONG_NAME_BYTES} bytes`);
      const text = new TextDecoder().decode(await new ByteStream(contents).read(length));
      longName = type === "L" ? text.replace(/\0.*$/s, "") : (/^\d+ path=(.*)$/m.exec(text)?.[1] ?? longName);
    } else {
      const prefix = readText(header, 345, 155);
      const name = longName ?? (prefix === "" ? "" : `${prefix}/`) + readText(header, 0, 100);
      longName = undefined;
      if (type === "" || type === "0" || type === "7")
        yield { name, bytes: new ByteStream(contents, bytes.askForRoom) };
    }
    // What was not read is passed over.
    for await (const _ of contents);
    await bytes.read((BLOCK_BYTES - (length % BLOCK_BYTES)) % BLOCK_BYTES);
  }
}

async function* readContents(bytes: ByteStream, length: number): AsyncGenerator<Uint8Array> {
  for (let left = length; left > 0; ) {
    const step = await bytes.read(Math.min(left, STEP_BYTES));
    if (step.length === 0) throw new FormatError(`byte ${bytes.position}`, "the tar archive ends within a file");
    left -= step.length;
    yield step;
  }
}

function readText(bytes: Uint8Array, at: number, length: number): string {
  return new TextDecoder().decode(bytes.subarray(at, at + length)).replace(/\0.*$/s, "");
}

function readOctal(bytes: Uint8Array, at: number, length: number): number {
  const text = readText(bytes, at, length).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

function sumOf(header: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < Math.min(header.length, BLOCK_BYTES); i++) {
    sum += i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES ? 0x20 : header[i];
  }
  return sum;
}
