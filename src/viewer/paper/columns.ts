import { MISSING } from "../../recording/recording.ts";
import type { LeadPart } from "../signal/lead-part.ts";

/** The lowest and highest sample of each pixel column of a strip; `MISSING` in columns that have none. */
type Columns = { low: Float64Array; high: Float64Array };

/** The error of a place that was computed, in columns. */
const ROUNDING = 1e-6;

/**
 * What of a lead falls on each pixel column. A bucket that is longer than a column is in all columns that it touches, every
 * other one in that in which it begins.
 *
 * @param rate of the lead, in Hz
 * @param from the time of the left edge, in seconds
 * @param pixelsPerSecond columns in a second
 */
export function foldColumns(
  parts: readonly LeadPart[],
  { rate, from, pixelsPerSecond, count }: { rate: number; from: number; pixelsPerSecond: number; count: number },
): Columns {
  const [low, high] = [new Float64Array(count).fill(MISSING), new Float64Array(count).fill(MISSING)];
  const to = from + count / pixelsPerSecond;
  for (const part of parts) {
    const { start, step } = part;
    const first = Math.max(0, Math.floor((from * rate - start) / step));
    const end = Math.min(part.low.length, Math.ceil((to * rate - start) / step));
    const seconds = step / rate;
    const isLong = seconds * pixelsPerSecond > 1 + ROUNDING;
    for (let i = first; i < end; i++) {
      if (part.low[i] === MISSING) continue;
      const at = (start + i * step) / rate;
      const begin = Math.floor((at - from) * pixelsPerSecond + ROUNDING);
      const after = isLong ? Math.ceil((at + seconds - from) * pixelsPerSecond - ROUNDING) : begin + 1;
      for (let column = Math.max(0, begin); column < Math.min(after, count); column++) {
        if (low[column] === MISSING || part.low[i] < low[column]) low[column] = part.low[i];
        if (high[column] === MISSING || part.high[i] > high[column]) high[column] = part.high[i];
      }
    }
  }
  return { low, high };
}

/** The middle of what is seen of a lead, in ADC units: a trace is centred on it. Undefined where nothing is seen. */
export function medianOf(parts: readonly LeadPart[], rate: number, from: number, to: number): number | undefined {
  const middles: number[] = [];
  lookAt(parts, { rate, from, to }, (low, high) => middles.push((low + high) / 2));
  return middles.length === 0 ? undefined : middles.sort((a, b) => a - b)[middles.length >> 1];
}

/** Which share of what is seen of a lead is farther from its centre than a distance, in ADC units; of a bucket all of it must be. */
export function shareBeyond(
  parts: readonly LeadPart[],
  window: { rate: number; from: number; to: number },
  centre: number,
  distance: number,
): number {
  let [seen, beyond] = [0, 0];
  lookAt(parts, window, (low, high) => {
    seen++;
    if (Math.min(Math.abs(low - centre), Math.abs(high - centre)) > distance) beyond++;
  });
  return seen === 0 ? 0 : beyond / seen;
}

/** Of more samples and buckets, every so many one is looked at. */
const MAX_LOOKED_AT = 2000;

/** Looks at samples or buckets all over what is seen of a lead. */
function lookAt(
  parts: readonly LeadPart[],
  { rate, from, to }: { rate: number; from: number; to: number },
  look: (low: number, high: number) => void,
): void {
  const seen = parts.map((part) => {
    const first = Math.max(0, Math.floor((from * rate - part.start) / part.step));
    return { part, first, end: Math.min(part.low.length, Math.ceil((to * rate - part.start) / part.step)) };
  });
  const all = seen.reduce((sum, { first, end }) => sum + Math.max(0, end - first), 0);
  const stride = Math.max(1, Math.floor(all / MAX_LOOKED_AT));
  for (const { part, first, end } of seen) {
    for (let i = first; i < end; i += stride) if (part.low[i] !== MISSING) look(part.low[i], part.high[i]);
  }
}
