import { measureAndKeep } from "../ecg/measure.ts";
import type { Store } from "../store/db.ts";
import { settleUnmeasured, takeUnmeasured } from "../store/insights.ts";

/** A run begins no other ECG after this time, in ms. */
const AHEAD_MS = 60_000;
/** ECGs that a run measures: D1 answers 1,000 queries a run, of which a day's recording takes 90. */
const MOST_AHEAD = 50;

/** Measures the long recordings that are new, and short ones that were open, so that nobody waits for it. One that fails ends the run, and is tried again by a later one. */
export async function measureAhead(store: Store): Promise<void> {
  const end = Date.now() + AHEAD_MS;
  for (let count = 0; count < MOST_AHEAD && Date.now() < end; count++) {
    const ecg = await takeUnmeasured(store);
    if (!ecg) return;
    await measureAndKeep(store, ecg);
    await settleUnmeasured(store, ecg.id);
  }
}
