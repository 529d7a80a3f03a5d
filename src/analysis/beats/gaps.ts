import type { TimeSpan } from "../numbers/time-spans.ts";
import type { LeadBlocks } from "../signal/lead-blocks.ts";

/** A shorter gap changes no interval that matters. */
const LEAST_GAP_SECONDS = 0.1;

/** Whether a gap is so long that it matters. */
export function isLongGap({ from, to }: TimeSpan): boolean {
  return to - from > LEAST_GAP_SECONDS;
}

/**
 * Adds to the gaps, the ascending times in which no lead was recorded, those of the next block: the last may still grow, and of all others the
 * long ones are kept, as there may be a short one in each second sample of a day. Places are the numbers of the first lead's samples.
 */
export function addGaps(gaps: TimeSpan[], leads: readonly LeadBlocks[], block: number): void {
  if (leads.some((lead) => lead.signal.lastGap < lead.startOf(block))) return;
  const [first] = leads;
  const { rate } = first.signal;
  for (let place = first.startOf(block); place < first.startOf(block + 1); place++) {
    const isMeasured = leads.some(
      (lead) => lead.signal.isGap[lead.placeAt(block, place, rate) - lead.signal.first] === 0,
    );
    if (isMeasured) continue;
    const from = place / rate;
    const last = gaps.at(-1);
    if (last && from - last.to < 0.5 / rate) last.to = from + 1 / rate;
    else {
      if (last && !isLongGap(last)) gaps.pop();
      gaps.push({ from, to: from + 1 / rate });
    }
  }
}

/** The seconds that were recorded before each of some times, which ascend. */
export function recordedTimes(times: Float64Array, gaps: readonly TimeSpan[]): Float64Array {
  let next = 0;
  let lost = 0;
  const recorded = new Float64Array(times.length);
  for (let k = 0; k < times.length; k++) {
    for (; next < gaps.length && gaps[next].to <= times[k]; next++) lost += gaps[next].to - gaps[next].from;
    recorded[k] = times[k] - lost;
  }
  return recorded;
}

/** Whether any of the gaps, which ascend, meets the time from one moment to another. */
export function isInGap(gaps: readonly TimeSpan[], from: number, to: number): boolean {
  let low = 0;
  let high = gaps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (gaps[middle].to > from) high = middle;
    else low = middle + 1;
  }
  return low < gaps.length && gaps[low].from <= to;
}
