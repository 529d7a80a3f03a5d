import type { EcgSummary } from "../api.ts";
import { count, writeDuration, writeNumber } from "./words.ts";

/** How many leads an ECG has, how long and at which rate: `12 leads · 10 s · 500 Hz`. */
export function describeSignals({ leads, duration, sampling_rate: rate }: EcgSummary): string {
  const length = duration === null ? count(leads[0].n_samples, "sample") : writeDuration(duration);
  return [count(leads.length, "lead"), length, rate === null ? "" : `${writeNumber(rate)} Hz`]
    .filter(Boolean)
    .join(" · ");
}
