import { Unzip, type UnzipFile, UnzipInflate } from "fflate";
import { crc32 } from "../crc32.ts";
import { AppError } from "../errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { type AskForRoom, ByteStream } from "./byte-stream.ts";
import { FormatError, type InputFile } from "./format.ts";
import { findGzipName, gunzip, isGzip } from "./gzip.ts";
import { joinBytes } from "./join-bytes.ts";
import { FREE_BYTES, MAX_FILES, MAX_RATIO, MAX_UNPACKED_BYTES } from "./limits.ts";
import { isTar, untar } from "./tar.ts";

/** The most archives within each other: a `.tar.gz` in a zip has three. */
const MAX_DEPTH = 3;
/** The bytes that tell an archive: a header of tar. */
const ARCHIVE_PREFIX_BYTES = 512;
/** Bytes of a zip that are unpacked at a time: deflate may make a thousand times as many of them. */
const STEP_BYTES = 4096;
/** Steps of the end of the zip that are kept for its directory: room for MAX_FILES with long names. */
const TAIL_STEPS = 64;

/** The signature of the end of central directory record (APPNOTE.TXT, section 4.3.16). */
const DIRECTORY_END = 0x06054b50;
/** The length of that record without its comment. */
const DIRECTORY_END_BYTES = 22;
/** The signature of its zip64 version (section 4.3.14). */
const DIRECTORY_END_64 = 0x06064b50;
/** The signature of a file header in the central directory (section 4.3.12). */
const DIRECTORY_ENTRY = 0x02014b50;
/** The place of a file's general purpose flags in its own header, and that of an encrypted one (sections 4.3.7 and 4.4.4). */
const [FLAGS_OFFSET, ENCRYPTED] = [6, 1];
/** What is said of a zip that is encrypted, as a rule all of it: what comes out of it would be told to be damaged. */
const IS_ENCRYPTED = "a file in the zip is encrypted: send it without a password";
/** Stands in a field of 32 bits for a number that is in the zip64 record (section 4.4.1.4). */
const BEYOND = 0xffffffff;

type Entry = { name: string; parts: Uint8Array[]; isEnded: boolean; size: number; crc: number };

/**
 * The files that a file is or has in it, if it is a zip, gzip or tar archive, or several of these within each other.
 * Hidden files and the `__MACOSX` folder are passed over. `isUnpacked` is false for a file that was not packed with
 * others: then what was said of it, such as its type, is said of what is in it.
 *
 * @throws FormatError if an archive is damaged; AppError `too-large` if it has or unpacks to too much
 */
export async function* unpackFile(
  file: InputFile,
  depth = 0,
  isUnpacked = false,
): AsyncGenerator<InputFile & { isUnpacked: boolean }> {
  const prefix = await file.bytes.peek(ARCHIVE_PREFIX_BYTES);
  const inside = depth < MAX_DEPTH ? openArchive(file, prefix) : undefined;
  if (!inside) yield { ...file, isUnpacked };
  else {
    for await (const { name, bytes } of inside) {
      const bare = baseName(name);
      const isHidden = bare.startsWith(".") || name.includes("__MACOSX/");
      if (!isHidden && (bare !== "" || name === ""))
        yield* unpackFile({ name: bare, bytes }, depth + 1, isUnpacked || !isGzip(prefix));
    }
  }
}

function openArchive({ name, bytes }: InputFile, prefix: Uint8Array): AsyncGenerator<InputFile> | undefined {
  if (isZip(prefix)) return unzip(bytes);
  if (isGzip(prefix)) return openGzip(name || findGzipName(prefix), bytes);
  return isTar(prefix) ? untar(bytes) : undefined;
}

async function* openGzip(name: string, bytes: ByteStream): AsyncGenerator<InputFile> {
  const contents = gunzip(bytes);
  yield {
    name: name.replace(/\.gz$/i, "").replace(/\.tgz$/i, ".tar"),
    bytes: new ByteStream(contents, askUnpacked(bytes)),
  };
  // What was not read is unpacked too, to compare its checksum.
  for await (const _ of contents);
}

/** Asks for room for what comes out of an archive. */
function askUnpacked({ askForRoom }: ByteStream): AskForRoom | undefined {
  return askForRoom && ((bytes) => askForRoom(bytes, true));
}

function isZip(prefix: Uint8Array): boolean {
  return prefix[0] === 0x50 && prefix[1] === 0x4b && prefix[2] === 3 && prefix[3] === 4;
}

/**
 * The files and folders of a zip (APPNOTE.TXT 6.3) in their order, unpacked as they come in. When all files were taken, their lengths and checksums are compared with the central
 * directory.
 *
 * @throws FormatError if it is damaged; AppError `too-large` if it has or unpacks to too much
 */
async function* unzip(bytes: ByteStream): AsyncGenerator<InputFile> {
  const header = await bytes.peek(FLAGS_OFFSET + 1);
  if (header[FLAGS_OFFSET] & ENCRYPTED) throw new FormatError(`byte ${FLAGS_OFFSET}`, IS_ENCRYPTED);
  const zip = new ZipReader(bytes);
  for (let entry = await zip.next(); entry; entry = await zip.next()) {
    const contents = zip.read(entry);
    yield { name: entry.name, bytes: new ByteStream(contents, askUnpacked(bytes)) };
    // What was not read is passed over.
    for await (const _ of contents);
  }
  zip.verify();
}

/** Unpacks a zip a step at a time. */
class ZipReader {
  private readonly bytes: ByteStream;
  private readonly unzip: Unzip;
  private readonly entries: Entry[] = [];
  /** How many entries were given. */
  private given = 0;
  private unpacked = 0;
  private isEnded = false;
  private failure: unknown;
  /** The last steps, with the zip's directory. */
  private readonly tail: Uint8Array[] = [];

  constructor(bytes: ByteStream) {
    this.bytes = bytes;
    this.unzip = new Unzip((file) => this.add(file));
    this.unzip.register(UnzipInflate);
  }

  /** The next entry; undefined at the end. Those before it must have been read. */
  async next(): Promise<Entry | undefined> {
    while (this.given === this.entries.length && !this.isEnded) await this.advance();
    return this.entries[this.given++];
  }

  /** Gives the bytes that an entry unpacks to, as they come in. */
  async *read(entry: Entry): AsyncGenerator<Uint8Array> {
    for (;;) {
      const part = entry.parts.shift();
      if (part) yield part;
      else if (entry.isEnded) return;
      else if (this.isEnded) throw new FormatError(`byte ${this.bytes.position}`, `the zip ends within ${entry.name}`);
      else await this.advance();
    }
  }

  /** Compares what was unpacked, all of it, with the zip's directory. */
  verify(): void {
    if (this.entries.length === 0) throw new FormatError("byte 0", "the zip has no files");
    const end = joinBytes(this.tail);
    verifyEntries(this.entries, end, this.bytes.position - end.length);
  }

  private add(file: UnzipFile): void {
    const { bytes, entries } = this;
    const entry: Entry = { name: file.name, parts: [], isEnded: false, size: 0, crc: 0 };
    entries.push(entry);
    if (entries.length > MAX_FILES) throw new FormatError(`byte ${bytes.position}`, `more than ${MAX_FILES} files`);
    // What its header promises is looked at before anything is unpacked; one that is written as it is made promises nothing.
    requireFewUnpacked(this.unpacked + (file.originalSize ?? 0), bytes.position + (file.size ?? 0));
    file.ondata = (error, data, isLast) => {
      if (error) this.failure ??= error;
      else if (data.length > 0) {
        entry.parts.push(data);
        entry.size += data.length;
        entry.crc = crc32(data, 0, entry.crc);
        this.unpacked += data.length;
      }
      entry.isEnded ||= isLast;
    };
    file.start();
  }

  private async advance(): Promise<void> {
    const { bytes, tail } = this;
    const step = await bytes.read(STEP_BYTES);
    this.isEnded = step.length < STEP_BYTES;
    tail.push(step);
    if (tail.length > TAIL_STEPS) tail.shift();
    try {
      this.unzip.push(step, this.isEnded);
    } catch (error) {
      this.failure ??= error;
    }
    const { failure } = this;
    if (failure instanceof AppError) throw failure;
    if (failure) throw new FormatError(`byte ${bytes.position}`, `is no good zip: ${(failure as Error).message}`);
    requireFewUnpacked(this.unpacked, bytes.position);
  }
}

/**
 * @param unpacked the bytes that came out of the zip, or will
 * @param packed the bytes of the zip that they came out of
 * @throws AppError `too-large`
 */
function requireFewUnpacked(unpacked: number, packed: number): void {
  if (unpacked > MAX_UNPACKED_BYTES || unpacked > FREE_BYTES + MAX_RATIO * packed) {
    throw new AppError("too-large", { detail: "The zip unpacks to more than is read." });
  }
}

/**
 * Compares what was unpacked with the central directory.
 *
 * @param tail the end of the zip
 * @param start the place of the first byte of `tail` in the zip
 * @throws FormatError
 */
function verifyEntries(entries: readonly Entry[], tail: Uint8Array, start: number): void {
  const { offset, count } = findDirectory(tail, start);
  if (offset < start) throw new FormatError(`byte ${offset}`, "the zip's directory is too long");
  const reader = new ByteReader(tail.subarray(offset - start), { start: offset });
  const expected = new Set<string>();
  for (let i = 0; i < count; i++) {
    if (reader.u32("the zip's directory") !== DIRECTORY_ENTRY) reader.fail("the zip's directory has no entry here");
    reader.skip(4);
    if (reader.u16() & ENCRYPTED) reader.fail(IS_ENCRYPTED);
    reader.skip(6);
    const crc = reader.u32();
    reader.skip(4);
    const size = reader.u32();
    const [name, extra, comment] = [reader.u16(), reader.u16(), reader.u16()];
    reader.skip(12 + name + extra + comment, "an entry of the zip's directory");
    expected.add(`${crc} ${size}`);
  }
  for (const { name, crc, size } of entries) {
    if (!expected.has(`${crc} ${size}`) && !expected.has(`${crc} ${BEYOND}`)) {
      throw new FormatError(name, "is damaged: its length or checksum is not that of the zip's directory");
    }
  }
  if (count !== entries.length)
    throw new FormatError(`byte ${offset}`, `the zip's directory is of ${count} files, not ${entries.length}`);
}

function findDirectory(tail: Uint8Array, start: number): { offset: number; count: number } {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  const find = (signature: number, from: number) => {
    for (let at = from; at >= 0; at--) if (view.getUint32(at, true) === signature) return at;
    return -1;
  };
  const end = find(DIRECTORY_END, tail.length - DIRECTORY_END_BYTES);
  if (end < 0) throw new FormatError(`byte ${start + tail.length}`, "the zip ends without its directory");
  const offset = view.getUint32(end + 16, true);
  const count = view.getUint16(end + 10, true);
  if (offset !== BEYOND && count !== 0xffff) return { offset, count };
  const end64 = find(DIRECTORY_END_64, end - 56);
  if (end64 < 0) throw new FormatError(`byte ${start + end}`, "the zip's directory is not to be found");
  return { offset: Number(view.getBigUint64(end64 + 48, true)), count: Number(view.getBigUint64(end64 + 32, true)) };
}

/** A file's name without its folders. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
