import { sweepObjects } from "../store/archive.ts";
import type { Store } from "../store/db.ts";
import { sweepUploads } from "../store/ecgs.ts";
import { logFailure } from "../store/failures.ts";
import { measureAhead } from "./measure-ahead.ts";

/** What the Worker's trigger runs. Each may run twice. */
const JOBS: Record<string, (store: Store) => Promise<void>> = { sweepUploads, sweepObjects, measureAhead };

/** Runs every job beside the others; one that fails is logged and ends none of them. */
export async function runJobs(store: Store): Promise<void> {
  await Promise.all(Object.entries(JOBS).map(([name, run]) => run(store).catch((error) => logFailure(name, error))));
}
