import { countHashReads, hashAndKeep } from "../ecg/hash.ts";
import type { Store } from "../store/db.ts";
import { findUnhashed, saveHash } from "../store/ecgs.ts";
import { logFailure } from "../store/failures.ts";

/** ECGs that a run hashes. */
const MOST_ECGS = 50;
/**
 * Times that a run asks for rows: D1 answers 1,000 queries a run, and the other jobs have theirs. A day of 3 leads takes 130, and
 * 6 h of 12 leads at 500 Hz all of them.
 */
const MOST_READS = 500;

/** Hashes the samples of ECGs that were too long to be hashed as they came, or were stored before there were hashes. */
export async function hashSamplesAhead(store: Store): Promise<void> {
  let reads = 0;
  for (const ecg of await findUnhashed(store, MOST_ECGS)) {
    const own = countHashReads(ecg);
    if (own > MOST_READS) {
      await saveHash(store, ecg, "");
      continue;
    }
    reads += own;
    if (reads > MOST_READS) return;
    await hashAndKeep(store, ecg).catch((error) => logFailure(`hashing ECG ${ecg.id}`, error));
  }
}
