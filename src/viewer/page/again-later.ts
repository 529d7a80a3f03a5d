import { isPassing } from "../refusal.ts";

/** After a failure it is tried again in so many ms, and later and later while it fails. */
const SHORTEST_MS = 2000;
const LONGEST_MS = 60_000;
const GROWTH = 2;

/** Tries again what could not be had: after failures that pass, in time and at once when the browser is connected again. */
export class AgainLater {
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** How often it failed since it last did not. */
  private failures = 0;
  private readonly tryAgain: () => void;

  constructor(tryAgain: () => void) {
    this.tryAgain = tryAgain;
    addEventListener("online", this.onOnline);
  }

  /** Reads something that `tryAgain` reads once more if it fails. @throws what `read` throws */
  async watch<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T> {
    try {
      const value = await read();
      this.failures = 0;
      return value;
    } catch (error) {
      if (!signal.aborted && isPassing(error)) this.wait();
      throw error;
    }
  }

  close(): void {
    clearTimeout(this.timer);
    removeEventListener("online", this.onOnline);
  }

  private wait(): void {
    this.timer ??= setTimeout(() => this.run(), Math.min(LONGEST_MS, SHORTEST_MS * GROWTH ** this.failures++));
  }

  private run(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.tryAgain();
  }

  private readonly onOnline = () => this.timer !== undefined && this.run();
}
