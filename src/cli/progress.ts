/** Where a bar is drawn: `process.stderr`, as far as a bar needs it. */
type Terminal = { isTTY?: boolean; columns?: number; write: (text: string) => unknown };

/** Work that takes no longer than this shows no bar, in ms. */
const QUIET_MS = 1000;
/** The least time between two drawings, in ms. */
const REDRAW_MS = 100;
/** The cells of a bar. */
const CELLS = 24;
/** Goes to the beginning of the line and clears it (ECMA-48, CR and EL). */
const CLEAR = "\r\x1b[K";

/** A bar of the bytes that were read, on a terminal alone. Where there is none, nothing is written. */
export class ProgressBar {
  private readonly terminal: Terminal;
  private readonly totalBytes: number;
  private readonly now: () => number;
  private readonly startedAt: number;
  private doneBytes = 0;
  private drawnAt = Number.NEGATIVE_INFINITY;
  private isDrawn = false;

  constructor(terminal: Terminal, totalBytes: number, now: () => number = Date.now) {
    this.terminal = terminal;
    this.totalBytes = totalBytes;
    this.now = now;
    this.startedAt = now();
  }

  /**
   * Draws the bar again if it is time to.
   *
   * @param bytes how many were read since the last call
   * @param name of the file they were read from
   */
  advance(bytes: number, name: string): void {
    this.doneBytes += bytes;
    const now = this.now();
    if (!this.terminal.isTTY || now - this.startedAt < QUIET_MS || now - this.drawnAt < REDRAW_MS) return;
    const share = Math.min(1, this.doneBytes / Math.max(1, this.totalBytes));
    const done = Math.floor(share * CELLS);
    const bar = `[${"#".repeat(done)}${"-".repeat(CELLS - done)}]`;
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    // A line that is as wide as the terminal would break. Some terminals say 0 for a width that is not known.
    const line = `${bar} ${percent} ${name}`.slice(0, (this.terminal.columns || 80) - 1);
    this.terminal.write(`${CLEAR}${line}`);
    this.drawnAt = now;
    this.isDrawn = true;
  }

  /** Takes the bar away, so that a line can be written in its place. */
  clear(): void {
    if (this.isDrawn) this.terminal.write(CLEAR);
    this.isDrawn = false;
  }
}
