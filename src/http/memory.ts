import { AppError } from "../errors.ts";

const MEBIBYTE = 1024 * 1024;
/** Bytes that all requests of an isolate may hold together: it has 128 MB, of which the Worker itself takes some 25 and garbage its share. */
const BUDGET_BYTES = 64 * MEBIBYTE;
/** How long a request waits for others to let go, in ms, and how often it looks. */
const WAIT_MS = 5000;
const LOOK_MS = 25;
/**
 * When a request that holds memory and does nothing is taken for gone, in ms: one whose client went away is never resumed, and would
 * hold it for ever.
 */
export const GONE_MS = 30_000;
/**
 * The slowest that what memory is held for may come in or go out, in bytes a ms, beside GONE_MS of standing still: an old mobile network
 * has three times that.
 */
export const LEAST_BYTES_PER_MS = 2;
/** When a request that found no room may come again, in seconds. */
const RETRY_SECONDS = 5;

/** What a request holds, and when it last said so, in ms since 1970. */
type Held = { bytes: number; at: number };

const held = new Set<Held>();

/** The share of an isolate's memory that a request has, for what it is about to hold: a body, samples, a file. */
export class Memory {
  private readonly own: Held = { bytes: 0, at: 0 };
  private isPassedOn = false;

  /** Whether the request holds something. */
  get isHolding(): boolean {
    return this.own.bytes > 0;
  }

  /**
   * Waits until there is room for so many bytes in all. Whoever is alone has room for whatever it needs.
   *
   * @throws AppError `unavailable` when there is none within some seconds
   */
  async hold(bytes: number): Promise<void> {
    const now = Date.now();
    this.own.at = now;
    if (bytes <= this.own.bytes && (held.has(this.own) || bytes === 0)) return;
    for (const deadline = now + WAIT_MS; !hasRoom(this.own, Math.max(bytes, this.own.bytes)); ) {
      if (Date.now() >= deadline) {
        throw new AppError("unavailable", {
          detail: "Too much is being sent and read at once: try again in some seconds.",
          headers: { "Retry-After": String(RETRY_SECONDS) },
        });
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    this.own.bytes = Math.max(bytes, this.own.bytes);
    this.goOn();
  }

  /** Says that the request goes on: what it holds is counted, even if it was taken for gone. */
  goOn(): void {
    this.own.at = Date.now();
    if (this.isHolding) held.add(this.own);
  }

  /** Leaves it to an answer to let go of what is held, when it was sent. */
  passOn(): void {
    this.isPassedOn = true;
  }

  /** Lets go of all that is held, unless that is left to an answer. */
  release(): void {
    if (!this.isPassedOn) this.letGo();
  }

  /** Lets go of all that is held: the answer was sent, or is given up. */
  letGo(): void {
    held.delete(this.own);
    this.own.bytes = 0;
  }
}

function hasRoom(own: Held, bytes: number): boolean {
  const now = Date.now();
  let others = 0;
  for (const one of held) {
    if (one === own) continue;
    if (now - one.at > GONE_MS) held.delete(one);
    else others += one.bytes;
  }
  return others === 0 || others + bytes <= BUDGET_BYTES;
}
