import { moveToArchive } from "../store/archive.ts";
import type { Store } from "../store/db.ts";
import { findEcg } from "../store/ecgs.ts";

/** Moves an ECG's chunks to the archive that could not be moved as they came. */
export async function archive(store: Store, ecgId: string): Promise<false> {
  const ecg = await findEcg(store, ecgId);
  if (ecg) await moveToArchive(store, ecg);
  return false;
}
