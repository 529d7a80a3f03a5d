import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { AppError } from "../errors.ts";
import { joinBytes } from "../formats/join-bytes.ts";
import { MAX_RATIO } from "../formats/limits.ts";
import { GONE_MS, LEAST_BYTES_PER_MS, type Memory } from "./memory.ts";

/** Bytes of a body of JSON. An isolate has 128 MB for all its requests, and samples may take twice the room of their text. */
export const MAX_JSON_BYTES = 16 * 1024 * 1024;
/** Bytes, unpacked, of a body that is read as it comes in. */
export const MAX_STREAM_BYTES = 1024 * 1024 * 1024;

/** Bytes that are held for each byte of a body that is read whole: it and its samples, of which a digit and a comma make four bytes. */
export const HELD_PER_BYTE = 3;
/** How many bytes a byte of a gzip or an archive may become, for the room that is asked for. */
export const LIKELY_RATIO = 16;
/** How many times what has come of a gzip it asks for room for, when it has more than was likely. */
const ROOM_STEP = 4;
/** Bytes of a body that is read in one piece. */
const ONE_PIECE_BYTES = 1024 * 1024;
/** Bytes of a longer body that are read at once. */
const PIECE_BYTES = 64 * 1024;
/** Against bombs: a gzipped body may unpack to this many bytes, and beyond them to MAX_RATIO times its own. */
const FREE_UNPACKED_BYTES = 1024 * 1024;

/**
 * Reads a whole body, and unpacks it if it is gzipped: never more than `maxBytes` of it.
 *
 * @param memory is asked for room for what is made of it, too
 * @throws AppError `too-large`, at once when the length is announced; `malformed` for a body that breaks off or is not
 * the gzip it says; `unsupported-type` for another encoding; `timeout` for a body that stands still
 */
export async function readBody(request: Request, maxBytes: number, memory: Memory): Promise<Uint8Array> {
  const announced = request.headers.get("content-length");
  if (Number(announced) > maxBytes) throw newTooLarge(maxBytes);
  let room = likelyLengthOf(request, maxBytes);
  await memory.hold(HELD_PER_BYTE * room);
  // The runtime makes one piece of it faster.
  if (announced !== null && readEncoding(request) === "identity") return readWhole(request, Number(announced), memory);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of streamBody(request, maxBytes, memory)) {
    length += part.length;
    if (length > room) {
      room = Math.min(ROOM_STEP * length, maxBytes);
      await memory.hold(HELD_PER_BYTE * room);
    }
    parts.push(part);
  }
  return joinBytes(parts);
}

/** The bytes that room is asked for before a body of up to `maxBytes` is read. */
export function likelyLengthOf(request: Request, maxBytes: number): number {
  const announced = request.headers.get("content-length");
  if (announced === null) return maxBytes;
  return Math.min(maxBytes, Number(announced) * (nameEncoding(request) === "identity" ? 1 : LIKELY_RATIO));
}

/** Gives a body's bytes as they come in, unpacked, under the rules of `readBody`; it may stand still while nothing is held for it. */
export async function* streamBody(request: Request, maxBytes: number, memory: Memory): AsyncGenerator<Uint8Array> {
  const encoding = readEncoding(request);
  if (!request.body) return;
  const parts = readParts(request.body, memory);
  let length = 0;
  try {
    // Leaving the loop cancels the stream.
    for await (const part of encoding === "gzip" ? gunzip(parts) : parts) {
      length += part.length;
      if (length > maxBytes) throw newTooLarge(maxBytes);
      yield part;
    }
  } catch (cause) {
    throw toAppError(cause, encoding);
  }
}

async function readWhole(request: Request, length: number, memory: Memory): Promise<Uint8Array> {
  try {
    if (length > ONE_PIECE_BYTES && request.body) return await readPieces(request.body, length, memory);
    return new Uint8Array(await unlessStill(request.arrayBuffer(), memory, GONE_MS + length / LEAST_BYTES_PER_MS));
  } catch (cause) {
    throw toAppError(cause, "identity");
  }
}

/** A reader as the Workers runtime has it: the types of browsers, which the page is checked with, do not know `readAtLeast`. */
type LeastReader = {
  readAtLeast: (bytes: number, view: Uint8Array) => Promise<{ value?: Uint8Array<ArrayBuffer>; done: boolean }>;
  cancel: () => Promise<void>;
};

/** Reads a long body of a known length into one piece of memory. */
async function readPieces(body: ReadableStream<Uint8Array>, length: number, memory: Memory): Promise<Uint8Array> {
  const reader = body.getReader({ mode: "byob" }) as unknown as LeastReader;
  let bytes = new Uint8Array(length);
  try {
    for (let at = 0; at < length; ) {
      const least = Math.min(PIECE_BYTES, length - at);
      // The memory goes to the runtime and back.
      const { value, done } = await unlessStill(reader.readAtLeast(least, bytes.subarray(at)), memory);
      if (value) bytes = new Uint8Array(value.buffer);
      at += value?.byteLength ?? 0;
      if (done) return bytes.subarray(0, at);
    }
    return bytes;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Gives the parts of a body as they come in. */
async function* readParts(body: ReadableStream<Uint8Array>, memory: Memory): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { value, done } = await unlessStill(reader.read(), memory);
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/**
 * Waits for what is read of a body. While memory is held for it that may not take long: others wait for the memory.
 *
 * @throws AppError `timeout`
 */
async function unlessStill<T>(read: Promise<T>, memory: Memory, mostMs = GONE_MS): Promise<T> {
  for (;;) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const still = new Promise<"still">((resolve) => {
      timer = setTimeout(() => resolve("still"), mostMs);
    });
    const first = await Promise.race([read, still]).finally(() => clearTimeout(timer));
    if (first !== "still") {
      memory.goOn();
      return first as T;
    }
    if (memory.isHolding) throw new AppError("timeout");
  }
}

/** @throws AppError `unsupported-type` for a body that is encoded */
export function requireNotEncoded(request: Request): void {
  if (nameEncoding(request) === "identity") return;
  const detail = "This route takes a body only as it is.";
  throw new AppError("unsupported-type", { detail, headers: { "Accept-Encoding": "identity" } });
}

function nameEncoding(request: Request): string {
  return request.headers.get("content-encoding")?.trim().toLowerCase() || "identity";
}

function readEncoding(request: Request): "identity" | "gzip" {
  const encoding = nameEncoding(request);
  if (encoding === "identity" || encoding === "gzip") return encoding;
  if (encoding === "x-gzip") return "gzip"; // RFC 9110, section 8.4.1.3
  const detail = "A body may be gzipped, or as it is.";
  // RFC 9110, section 12.5.3
  throw new AppError("unsupported-type", { detail, headers: { "Accept-Encoding": "gzip" } });
}

function toAppError(cause: unknown, encoding: "identity" | "gzip"): AppError {
  if (cause instanceof AppError) return cause;
  const detail = encoding === "gzip" ? "The body is not gzip, or broke off." : "The body broke off.";
  return new AppError("malformed", { detail, cause });
}

/** Unpacks gzip of one member or several (RFC 1952, section 2.2), and no more of it than samples may pack to. */
async function* gunzip(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let packedBytes = 0;
  async function* count() {
    for await (const part of body) {
      packedBytes += part.length;
      yield part;
    }
  }
  const input = Readable.from(count());
  const unpacker = createGunzip();
  input.on("error", (error) => unpacker.destroy(error));
  input.pipe(unpacker);
  let unpackedBytes = 0;
  try {
    for await (const part of unpacker as AsyncIterable<Uint8Array>) {
      unpackedBytes += part.length;
      if (unpackedBytes > FREE_UNPACKED_BYTES + MAX_RATIO * packedBytes) {
        throw new AppError("too-large", { detail: `The gzip unpacks to more than ${MAX_RATIO} times its bytes.` });
      }
      yield part;
    }
  } finally {
    input.destroy();
  }
}

function newTooLarge(maxBytes: number): AppError {
  return new AppError("too-large", { detail: `A body may have up to ${maxBytes / 1024 / 1024} MiB.` });
}
