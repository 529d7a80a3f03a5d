import { countHashReads, hashAndKeep } from "../ecg/hash.ts";
import type { Store } from "../store/db.ts";
import { findEcg, saveHash } from "../store/ecgs.ts";

/**
 * Times that a run asks for rows: D1 answers 1,000 queries a run. A day of 3 leads takes 130, and 11 h of 12 leads at 500 Hz all of
 * them.
 */
const MOST_READS = 900;

/** Hashes the samples of a closed ECG that were not hashed as they came. What takes too long will have no hash. */
export async function hash(store: Store, ecgId: string): Promise<false> {
  const ecg = await findEcg(store, ecgId);
  if (!ecg || ecg.open || ecg.samplesSha256 !== null) return false;
  if (countHashReads(ecg) > MOST_READS) await saveHash(store, ecg, "");
  else await hashAndKeep(store, ecg);
  return false;
}
