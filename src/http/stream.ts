import { AppError } from "../errors.ts";
import { logError } from "./log.ts";
import { GONE_MS, LEAST_BYTES_PER_MS, type Memory } from "./memory.ts";
import type { AnyContext } from "./openapi.ts";

/** Bytes of an answer that are handed out at a time, and of one whose memory nobody counts. */
const PART_BYTES = 64 * 1024;
const SMALL_BYTES = 1024 * 1024;
/** How often it is looked whether a part was taken, in ms, and when it should have been while memory is held for the answer. */
const LOOK_MS = 5000;
const MOST_STILL_MS = GONE_MS + PART_BYTES / LEAST_BYTES_PER_MS;

/** The body of an answer that may be long: its memory is let go of when it was sent. */
export function toBody(
  c: AnyContext,
  bytes: Uint8Array<ArrayBuffer> | AsyncGenerator<Uint8Array> | Generator<Uint8Array>,
  memory: Memory,
): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> {
  if (!(bytes instanceof Uint8Array)) return toStream(c, bytes, memory);
  return bytes.length > SMALL_BYTES ? toStream(c, [bytes], memory) : bytes;
}

async function* cut(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    for (let from = 0; from < piece.length; from += PART_BYTES) yield piece.subarray(from, from + PART_BYTES);
  }
}

/**
 * A body that is made while it is sent, and lets go of its memory then. An answer that has begun can only break off, and does when its
 * reader stands still while memory is held for it: others wait for the memory. What went wrong goes to the log.
 */
export function toStream(
  c: AnyContext,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  memory: Memory,
): ReadableStream<Uint8Array> {
  memory.passOn();
  const parts = cut(pieces);
  let looking: ReturnType<typeof setInterval> | undefined;
  const end = async () => {
    clearInterval(looking);
    await parts.return(undefined).finally(() => memory.letGo());
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearInterval(looking);
        memory.goOn();
        const breakOff = (error: unknown) => {
          logError(c, error as Error);
          controller.error(error);
          return end().catch((cause) => logError(c, cause));
        };
        try {
          const { done, value } = await parts.next();
          if (done) {
            memory.letGo();
            return controller.close();
          }
          controller.enqueue(value);
          looking = watchReader(memory, () =>
            breakOff(new AppError("timeout", { detail: "Nobody takes the answer." })),
          );
        } catch (error) {
          await breakOff(error);
        }
      },
      cancel: end,
    },
    // No part is made before it is asked for: a pull tells that the one before was taken.
    { highWaterMark: 0 },
  );
}

/**
 * Looks from time to time whether a part of an answer is still to be taken. Its memory is counted meanwhile: of a client that went away
 * nothing more is run.
 *
 * @param end ends the answer when the part was not taken for too long
 * @returns what `clearInterval` takes when it was taken
 */
function watchReader(memory: Memory, end: () => void) {
  const deadline = Date.now() + MOST_STILL_MS;
  const looking = setInterval(() => {
    if (!memory.isHolding) return;
    if (Date.now() < deadline) return memory.goOn();
    clearInterval(looking);
    end();
  }, LOOK_MS);
  return looking;
}
