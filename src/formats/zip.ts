import { crc32 } from "../crc32.ts";
import { joinBytes } from "./join-bytes.ts";

/** A file of a zip: its bytes, or what gives them as they are made. The name has no characters but ASCII, and `/` between folders. */
export type ZipFile = { name: string; content: Uint8Array | AsyncIterable<Uint8Array> };

/** Signatures of APPNOTE.TXT 6.3: section 4.3.7, and so on. */
const LOCAL_HEADER = 0x04034b50;
const DATA_DESCRIPTOR = 0x08074b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_END_64 = 0x06064b50;
const DIRECTORY_LOCATOR_64 = 0x07064b50;
const DIRECTORY_END = 0x06054b50;

/** Versions that a reader needs (section 4.4.3): 2.0, and 4.5 for zip64. */
const VERSION = 20;
const VERSION_64 = 45;
/** The general purpose flag of a file whose length and checksum stand behind it (section 4.4.4). */
const HAS_DESCRIPTOR = 8;
/** Methods (section 4.4.5). */
const STORED = 0;
const DEFLATED = 8;
/** The date of all files, the first that there is: the same files give the same bytes. */
const FILE_DATE = (1 << 5) | 1;
/** The id of the extra field with numbers of 64 bits (section 4.5.3). */
const EXTRA_64 = 1;
/** Stand in fields of 32 and 16 bits for a number that is in a zip64 record. */
const BEYOND_32 = 0xffffffff;
const BEYOND_16 = 0xffff;
/** The longest block of deflate that is not compressed, in bytes (RFC 1951, section 3.2.4). */
const MAX_BLOCK_BYTES = 0xffff;
/** The end of deflate's data: a last block of nothing. */
const LAST_BLOCK = Uint8Array.of(1, 0, 0, 0xff, 0xff);

/** A file that is written: `packed` is its length in the zip, in bytes. */
type Written = {
  name: string;
  flags: number;
  method: number;
  crc: number;
  size: number;
  packed: number;
  start: number;
};

/**
 * Writes a zip as its files are made, holding none of them. Nothing is compressed, which would cost more than all that makes the files.
 * What is made as it is written is in blocks of deflate, of the kind that is not compressed: so also readers that do not look into the
 * directory find its end. Files of more than 4 GB, and more than 65,535 files, have the records of zip64.
 */
export async function* writeZip(files: AsyncIterable<ZipFile>): AsyncGenerator<Uint8Array> {
  const written: Written[] = [];
  let position = 0;
  for await (const { name, content } of files) {
    const start = position;
    const isWhole = content instanceof Uint8Array;
    const file: Written = isWhole
      ? { name, flags: 0, method: STORED, crc: crc32(content), size: content.length, packed: content.length, start }
      : { name, flags: HAS_DESCRIPTOR, method: DEFLATED, crc: 0, size: 0, packed: 0, start };
    const header = writeLocalHeader(file);
    yield header;
    position += header.length;
    if (isWhole) {
      yield content;
      position += content.length;
    } else {
      for await (const part of content) {
        file.crc = crc32(part, 0, file.crc);
        file.size += part.length;
        for (const block of toBlocks(part)) {
          file.packed += block.length;
          yield block;
        }
      }
      yield LAST_BLOCK;
      file.packed += LAST_BLOCK.length;
      const descriptor = pack([4, DATA_DESCRIPTOR], [4, file.crc], [8, file.packed], [8, file.size]);
      yield descriptor;
      position += file.packed + descriptor.length;
    }
    written.push(file);
  }
  const start = position;
  for (const file of written) {
    const entry = writeDirectoryEntry(file);
    yield entry;
    position += entry.length;
  }
  yield writeDirectoryEnd(written.length, start, position - start);
}

/** Writes a file's header; that of one whose length is not known yet has room for numbers of 64 bits, which makes its descriptor have them. */
function writeLocalHeader({ name, flags, method, crc, size, packed }: Written): Uint8Array {
  const isKnown = (flags & HAS_DESCRIPTOR) === 0;
  const isLong = !isKnown || size >= BEYOND_32;
  const extra = isLong ? pack([2, EXTRA_64], [2, 16], [8, size], [8, packed]) : new Uint8Array(0);
  const fixed = pack(
    [4, LOCAL_HEADER],
    [2, isLong ? VERSION_64 : VERSION],
    [2, flags],
    [2, method],
    [2, 0],
    [2, FILE_DATE],
    [4, crc],
    [4, isLong ? BEYOND_32 : packed],
    [4, isLong ? BEYOND_32 : size],
    [2, name.length],
    [2, extra.length],
  );
  return joinBytes([fixed, new TextEncoder().encode(name), extra]);
}

function writeDirectoryEntry({ name, flags, method, crc, size, packed, start }: Written): Uint8Array {
  const long = [size, packed, start].filter((value) => value >= BEYOND_32);
  const isLong = long.length > 0 || (flags & HAS_DESCRIPTOR) !== 0;
  const version = isLong ? VERSION_64 : VERSION;
  const extra =
    long.length > 0
      ? pack([2, EXTRA_64], [2, 8 * long.length], ...long.map((value) => [8, value] as const))
      : new Uint8Array(0);
  const fixed = pack(
    [4, DIRECTORY_ENTRY],
    [2, version],
    [2, version],
    [2, flags],
    [2, method],
    [2, 0],
    [2, FILE_DATE],
    [4, crc],
    [4, Math.min(packed, BEYOND_32)],
    [4, Math.min(size, BEYOND_32)],
    // No comment, the first disk, no attributes.
    [2, name.length],
    [2, extra.length],
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, Math.min(start, BEYOND_32)],
  );
  return joinBytes([fixed, new TextEncoder().encode(name), extra]);
}

function writeDirectoryEnd(count: number, start: number, length: number): Uint8Array {
  const isLong = count >= BEYOND_16 || start >= BEYOND_32 || length >= BEYOND_32;
  const end64 = pack(
    [4, DIRECTORY_END_64],
    [8, 44],
    [2, VERSION_64],
    [2, VERSION_64],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, length],
    [8, start],
  );
  const locator = pack([4, DIRECTORY_LOCATOR_64], [4, 0], [8, start + length], [4, 1]);
  const shortCount = Math.min(count, BEYOND_16);
  const end = pack(
    [4, DIRECTORY_END],
    [2, 0],
    [2, 0],
    [2, shortCount],
    [2, shortCount],
    [4, Math.min(length, BEYOND_32)],
    [4, Math.min(start, BEYOND_32)],
    [2, 0],
  );
  return isLong ? joinBytes([end64, locator, end]) : end;
}

/** Cuts bytes into blocks of deflate that are not compressed. */
function* toBlocks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += MAX_BLOCK_BYTES) {
    const block = bytes.subarray(from, from + MAX_BLOCK_BYTES);
    yield pack([1, 0], [2, block.length], [2, ~block.length & 0xffff]);
    yield block;
  }
}

/** Writes whole numbers of so many bytes, the lowest byte first. */
function pack(...fields: (readonly [bytes: 1 | 2 | 4 | 8, value: number])[]): Uint8Array {
  const packed = new Uint8Array(fields.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of fields) {
    let rest = value;
    for (let i = 0; i < bytes; i++) {
      packed[at++] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  }
  return packed;
}
