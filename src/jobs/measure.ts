import { measureAndKeep } from "../ecg/measure.ts";
import type { Store } from "../store/db.ts";
import { findEcg } from "../store/ecgs.ts";

/** Measures a closed ECG, so that nobody waits for it and the list knows what was found. */
export async function measure(store: Store, ecgId: string): Promise<false> {
  const ecg = await findEcg(store, ecgId);
  if (ecg && !ecg.open) await measureAndKeep(store, ecg);
  return false;
}
