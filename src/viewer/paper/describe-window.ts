import { writeDuration, writeNumber, writeTime } from "../page/words.ts";
import type { Layout } from "./layout.ts";

/** Of what is shorter, in seconds, times are to the millisecond. */
export const FINE_SECONDS = 2;

/** What is seen of an ECG, in words: `10 s from 0:02.0 on`. */
export function describeWindow({ time, seconds, isTimed }: Pick<Layout, "time" | "seconds" | "isTimed">): string {
  if (!isTimed) return `${writeNumber(Math.round(seconds))} samples from sample ${writeNumber(Math.round(time))} on`;
  return `${writeDuration(seconds)} from ${writeTime(time, seconds < FINE_SECONDS ? 3 : 1)} on`;
}
