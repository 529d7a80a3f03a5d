import type { Findable } from "./events.ts";

/** How often RR intervals of each length come, none of them across a gap. */
type RrHistogram = {
  /** The width of a bin, ms. */
  width: number;
  /** The shortest interval of the first bin, ms: bins begin at the shortest interval that there is. */
  first: number;
  /** The number of intervals in each bin. */
  counts: number[];
  /** The number of those that are between two normal beats. */
  normal: number[];
  /** The number of intervals beyond the bins: of 4 s and more. */
  longer: number;
};

/** The width of a bin: about that of the Task Force of the ESC and the NASPE, which is 1/128 s, and a multiple of usual sampling intervals. */
const BIN_MS = 8;
/** Longer intervals are not told apart. */
const LONGEST_MS = 4000;
/** Intervals are taken to a tenth of a millisecond, so that those at the edge of a bin are all on one side of it. */
const TICKS_A_MS = 10;

/** Counts the RR intervals of an ECG by their length. */
export function countRrIntervals({ times, types, afterGap }: Findable["beats"]): RrHistogram {
  const all = new Array<number>(LONGEST_MS / BIN_MS).fill(0);
  const normal = all.slice();
  let longer = 0;
  for (let i = 1; i < times.length; i++) {
    if (afterGap[i]) continue;
    const ticks = Math.round((times[i] - times[i - 1]) * 1000 * TICKS_A_MS);
    const bin = Math.floor(ticks / (BIN_MS * TICKS_A_MS));
    if (bin >= all.length) longer++;
    else {
      all[bin]++;
      if (types[i] === "N" && types[i - 1] === "N") normal[bin]++;
    }
  }
  const first = Math.max(
    0,
    all.findIndex((count) => count > 0),
  );
  const end = all.findLastIndex((count) => count > 0) + 1;
  return {
    width: BIN_MS,
    first: first * BIN_MS,
    counts: all.slice(first, end),
    normal: normal.slice(first, end),
    longer,
  };
}
