import type { EcgSummary } from "../api.ts";

/** Beats of a recording that is longer are had when they are asked for, in seconds: of a day they are the largest of all requests. */
const LONG_SECONDS = 3600;

/** Whether the beats of an ECG are had when it is opened. */
export function hasBeatsAtOnce({ duration }: Pick<EcgSummary, "duration">): boolean {
  return (duration ?? 0) <= LONG_SECONDS;
}
