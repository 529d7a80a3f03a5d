import { logError } from "./log.ts";
import type { AnyContext } from "./openapi.ts";

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
