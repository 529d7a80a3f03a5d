/** After news the next are asked for in so many ms, and later and later while none come. */
const SHORTEST_MS = 1000;
const LONGEST_MS = 15_000;
const GROWTH = 1.5;
/** Nobody looks: then the page asks so often. */
const HIDDEN_MS = 60_000;

/** When an ECG that is being recorded is asked for again, in ms. @param silent how often nothing new had come since it last did */
export function delayOf(silent: number, isHidden: boolean): number {
  return isHidden ? HIDDEN_MS : Math.min(LONGEST_MS, SHORTEST_MS * GROWTH ** silent);
}

/** What has grown is measured anew when it has grown by so many seconds, and by such a share. */
const GROWN_SECONDS = 10;
const GROWN_SHARE = 0.05;

/** Whether a recording that was measured has grown by so much that it is to be measured anew. Both durations are in seconds. */
export function isMuchLonger(duration: number, measured: number): boolean {
  return duration - measured >= Math.max(GROWN_SECONDS, measured * GROWN_SHARE);
}
