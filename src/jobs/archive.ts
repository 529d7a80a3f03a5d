import { moveToArchive } from "../store/archive.ts";
import type { Store } from "../store/db.ts";
import { findEcg } from "../store/ecgs.ts";

/** Moves an ECG's chunks to the archive that could not be moved as they came. Gives whether there are more. */
export async function archive(store: Store, ecgId: string): Promise<boolean> {
  const ecg = await findEcg(store, ecgId);
  return ecg !== undefined && moveToArchive(store, ecg);
}
