import { logError } from "./log.ts";
import type { Memory } from "./memory.ts";
import type { AnyContext } from "./openapi.ts";

/** Bytes of an answer that are handed out at a time, and of one whose memory nobody counts. */
const PART_BYTES = 256 * 1024;
const SMALL_BYTES = 1024 * 1024;

/** The body of an answer that may be long: its memory is let go of when it was sent. */
export function toBody(
  c: AnyContext,
  bytes: Uint8Array<ArrayBuffer> | AsyncGenerator<Uint8Array> | Generator<Uint8Array>,
  memory: Memory,
): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> {
  if (!(bytes instanceof Uint8Array)) return toStream(c, memory.during(bytes));
  return bytes.length > SMALL_BYTES ? toStream(c, memory.during(cut(bytes))) : bytes;
}

function* cut(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += PART_BYTES) yield bytes.subarray(from, from + PART_BYTES);
}

/** A body that is made while it is sent. An answer that has begun can only break off: what went wrong goes to the log. */
export function toStream(c: AnyContext, parts: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await parts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        logError(c, error as Error);
        controller.error(error);
      }
    },
    async cancel() {
      await parts.return(undefined);
    },
  });
}
