import { lookOfName } from "../auth/names.ts";
import { sweepObjects } from "../store/archive.ts";
import { keptMsOf, sweepAudit } from "../store/audit.ts";
import type { Store, StoreBindings } from "../store/db.ts";
import { eraseEcgStep, eraseUserStep, sweepUploads } from "../store/erasure.ts";
import type { JobKind } from "../store/schema.ts";
import { sweepSentKeys } from "../store/sent-keys.ts";
import { sweepSessions } from "../store/sessions.ts";
import { completeLooks } from "../store/users.ts";
import { archive } from "./archive.ts";
import { archiveAged } from "./archive-aged.ts";
import { findUnmeasured } from "./find-unmeasured.ts";
import { hash } from "./hash.ts";
import { measure } from "./measure.ts";

/** The bindings that jobs need. */
export type JobBindings = StoreBindings & Pick<Env, "AUDIT_YEARS">;

/**
 * What a job does: a step of bounded length, which may run twice without harm. It gives whether there is more to do, by another run, and
 * throws when it is to be tried again.
 *
 * @param subjectId the id of what it is about, or the name of the sweep
 */
type Run = (store: Store, subjectId: string, bindings: JobBindings) => Promise<boolean>;

/** The jobs by their kinds. */
export const JOBS: Record<JobKind, Run> = {
  measure,
  hash,
  archive,
  "erase-ecg": eraseEcgStep,
  "erase-user": eraseUserStep,
  sweep: (store, name, bindings) => SWEEPS[name]?.(store, bindings) ?? Promise.resolve(false),
};

/** What the trigger has done each time, by its names. */
export const SWEEPS: Record<string, (store: Store, bindings: JobBindings) => Promise<boolean>> = {
  "sweep-uploads": (store) => sweepUploads(store),
  "sweep-objects": (store) => sweepObjects(store),
  "sweep-sessions": (store) => sweepSessions(store),
  "sweep-sent-keys": (store) => sweepSentKeys(store),
  "sweep-audit": (store, bindings) => sweepAudit(store, keptMsOf(bindings)),
  "find-unmeasured": (store) => findUnmeasured(store),
  "archive-aged": (store) => archiveAged(store),
  "complete-looks": async (store) => !(await completeLooks(store, lookOfName)),
};
