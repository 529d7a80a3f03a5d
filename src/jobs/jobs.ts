import { lookOfName } from "../auth/names.ts";
import { sweepObjects } from "../store/archive.ts";
import { keptMsOf, sweepAudit } from "../store/audit.ts";
import { openStore, type Store } from "../store/db.ts";
import { sweepUploads } from "../store/ecgs.ts";
import { logFailure } from "../store/failures.ts";
import { sweepSentKeys } from "../store/sent-keys.ts";
import { sweepSessions } from "../store/sessions.ts";
import { completeLooks } from "../store/users.ts";
import { hashSamplesAhead } from "./hash-samples-ahead.ts";
import { measureAhead } from "./measure-ahead.ts";
import { measureShortAhead } from "./measure-short-ahead.ts";

/** The jobs that the Worker's trigger runs. Each may run twice without harm. */
const JOBS: Record<string, (store: Store) => Promise<unknown>> = {
  sweepUploads,
  sweepObjects,
  sweepSessions,
  sweepSentKeys: (store) => sweepSentKeys(store),
  measureAhead,
  measureShortAhead: (store) => measureShortAhead(store),
  hashSamplesAhead,
  completeLooks: (store) => completeLooks(store, lookOfName),
};

/** Runs every job beside the others; one that fails is logged and ends none of them. */
export async function runJobs(bindings: Parameters<typeof openStore>[0] & Pick<Env, "AUDIT_YEARS">): Promise<void> {
  const store = openStore(bindings);
  const jobs: typeof JOBS = { ...JOBS, sweepAudit: (store) => sweepAudit(store, keptMsOf(bindings)) };
  await Promise.all(Object.entries(jobs).map(([name, run]) => run(store).catch((error) => logFailure(name, error))));
}
