import { AppError } from "../errors.ts";

/**
 * The whole body, of which no more than `maxBytes` is ever read.
 *
 * @throws AppError `too-large`, at once when the length is announced
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const announced = request.headers.get("content-length");
  if (announced !== null) {
    if (Number(announced) > maxBytes) throw newTooLarge(maxBytes);
    return new Uint8Array(await request.arrayBuffer());
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream.
  for await (const part of request.body ?? []) {
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
