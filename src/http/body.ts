import { AppError } from "../errors.ts";

/** Of an ECG in JSON. An isolate has 128 MB for all its requests, and samples may take twice the room of their text. */
export const MAX_ECG_BODY_BYTES = 16 * 1024 * 1024;

/**
 * The whole body, unpacked if it is gzipped, of which no more than `maxBytes` is ever read or unpacked.
 *
 * @throws AppError `too-large`, at once when the length is announced; `malformed` for a body that breaks off or is not
 * the gzip it says; `unsupported-type` for another encoding
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const announced = request.headers.get("content-length");
  if (Number(announced) > maxBytes) throw newTooLarge(maxBytes);
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip") {
    const detail = "A body may be gzipped, or as it is.";
    throw new AppError("unsupported-type", { detail, headers: { "Accept-Encoding": "gzip" } });
  }
  if (!request.body) return new Uint8Array(0);
  try {
    if (encoding === "gzip") return await readStream(request.body.pipeThrough(newGunzip()), maxBytes);
    return announced === null ? await readStream(request.body, maxBytes) : new Uint8Array(await request.arrayBuffer());
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const detail = encoding === "gzip" ? "The body is not gzip, or broke off." : "The body broke off.";
    throw new AppError("malformed", { detail, cause });
  }
}

function newGunzip(): ReadableWritablePair<Uint8Array, Uint8Array> {
  return new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
}

async function readStream(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream.
  for await (const part of stream) {
    length += part.length;
    if (length > maxBytes) throw newTooLarge(maxBytes);
    parts.push(part);
  }
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

function newTooLarge(maxBytes: number): AppError {
  return new AppError("too-large", { detail: `A body may have up to ${maxBytes / 1024 / 1024} MiB.` });
}
