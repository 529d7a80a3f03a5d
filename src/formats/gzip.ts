import { Gunzip } from "fflate";
import { crc32 } from "../crc32.ts";
import { AppError } from "../errors.ts";
import type { ByteStream } from "./byte-stream.ts";
import { FormatError } from "./format.ts";
import { joinBytes } from "./join-bytes.ts";
import { FREE_BYTES, MAX_RATIO, MAX_UNPACKED_BYTES } from "./limits.ts";
import { decodeText } from "./text.ts";

/** Bytes that are unpacked at a time: deflate may make a thousand times as many of them. */
const STEP_BYTES = 4096;
/** Against files of tiny members, each of which takes a fresh inflator: so many are free, and beyond them one in each step. */
const FREE_MEMBERS = 1000;
/** The checksum and the length behind a member (RFC 1952, section 2.3.1). */
const TRAILER_BYTES = 8;
/** Flags of a header with a field of extras, and with a name (section 2.3.1). */
const [HAS_EXTRA, HAS_NAME] = [4, 8];

/** Whether a file begins as gzip of the method deflate (RFC 1952, section 2.3). */
export function isGzip(prefix: Uint8Array): boolean {
  return prefix[0] === 0x1f && prefix[1] === 0x8b && prefix[2] === 8;
}

/** The name that a gzip's first bytes say its file had; empty when they say none. */
export function findGzipName(prefix: Uint8Array): string {
  const flags = prefix[3];
  const start = 10 + (flags & HAS_EXTRA ? 2 + prefix[10] + 256 * prefix[11] : 0);
  const end = prefix.indexOf(0, start);
  return flags & HAS_NAME && end > start ? decodeText(prefix.subarray(start, end)) : "";
}

/**
 * Unpacks gzip (RFC 1952), of one member or several, as it comes in. What each unpacks to is compared with its checksum.
 * Zeros behind the last member, to which tapes and archives fill up their blocks, are passed over, as gzip(1) does.
 *
 * @throws FormatError if it is damaged; AppError `too-large` if it unpacks to too much
 */
export async function* gunzip(bytes: ByteStream): AsyncGenerator<Uint8Array> {
  const start = bytes.position;
  let parts: Uint8Array[] = [];
  let unpacked = 0;
  let crc = 0;
  let length = 0;
  let members = 0;
  /** The end of what was read, with the trailers of the members that end in the step that is unpacked. */
  let recent: Uint8Array = new Uint8Array(0);
  let view = new DataView(recent.buffer);
  const isTrailer = (at: number) =>
    at >= 0 &&
    at + TRAILER_BYTES <= recent.length &&
    view.getUint32(at, true) === crc &&
    view.getUint32(at + 4, true) === length >>> 0;
  const verify = (end: number) => {
    if (!isTrailer(end - TRAILER_BYTES - (bytes.position - start - recent.length))) {
      throw new FormatError(
        `byte ${start + end}`,
        "the gzip is damaged: its checksum or length is not that of its data",
      );
    }
    crc = 0;
    length = 0;
    if (++members > FREE_MEMBERS + (bytes.position - start) / STEP_BYTES)
      throw new FormatError(`byte ${start + end}`, `the gzip has ${members} members, more than are read of its size`);
  };
  /** Whether a member was unpacked, and all that was read behind its trailer is zeros. */
  const endsInZeros = () => {
    const at = length === 0 ? -1 : recent.findIndex((_, i) => isTrailer(i));
    return at >= 0 && recent.subarray(at + TRAILER_BYTES).every((byte) => byte === 0);
  };
  const unpacker = new Gunzip((part) => {
    parts.push(part);
    crc = crc32(part, 0, crc);
    length += part.length;
    unpacked += part.length;
  });
  unpacker.onmember = verify;

  for (let isEnded = false; !isEnded; ) {
    const step = await bytes.read(STEP_BYTES);
    isEnded = (await bytes.peek(1)).length === 0;
    recent = joinBytes([recent.subarray(-2 * STEP_BYTES), step]);
    view = new DataView(recent.buffer, recent.byteOffset, recent.length);
    try {
      unpacker.push(step, isEnded);
      if (isEnded && !endsInZeros()) verify(bytes.position - start);
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (!endsInZeros())
        throw new FormatError(`byte ${bytes.position}`, `is no good gzip: ${(error as Error).message}`);
      await requireZeros(bytes);
      isEnded = true;
    }
    if (unpacked > MAX_UNPACKED_BYTES || unpacked > FREE_BYTES + MAX_RATIO * (bytes.position - start)) {
      throw new AppError("too-large", { detail: "The gzip unpacks to more than is read." });
    }
    yield* parts;
    parts = [];
  }
}

/** @throws FormatError if anything but zeros follows */
async function requireZeros(bytes: ByteStream): Promise<void> {
  for (let rest = await bytes.read(STEP_BYTES); rest.length > 0; rest = await bytes.read(STEP_BYTES)) {
    if (rest.some((byte) => byte !== 0))
      throw new FormatError(`byte ${bytes.position}`, "behind the gzip and some zeros there is something else");
  }
}
