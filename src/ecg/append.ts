import { AppError, newInputError } from "../errors.ts";
import { type NextSamples, sortByLead } from "../formats/json/ecg-json.ts";
import type { Access } from "../store/callers.ts";
import { areFarApart, countChunks } from "../store/chunk-plan.ts";
import { type AnyStore, withoutActor } from "../store/db.ts";
import { findOwnEcg } from "../store/ecgs.ts";
import { appendSamples } from "../store/incoming-ecgs.ts";
import { type ExpectedEcg, isAsExpected } from "../store/revisions.ts";
import type { EcgRow } from "../store/schema.ts";
import { addSamples } from "./lead-totals.ts";
import { MAX_CHUNKS, MAX_NEW_CHUNKS } from "./limits.ts";

/** @throws AppError `conflict` for an ECG that takes no more samples */
export function requireOpen(ecg: EcgRow): void {
  if (!ecg.open) throw new AppError("conflict", { detail: "This ECG is closed." });
}

/**
 * Appends each lead's next samples to an open ECG: all of them or none.
 *
 * @returns the ECG with these samples
 * @throws AppError `conflict`, with what is `expected`, for samples that do not start where the ECG ends; `invalid` for leads
 * that are not the ECG's, are too far apart or become too long; `precondition-failed` for an ECG that is not as expected; what there is to say when the
 * access or the ECG have changed meanwhile: `unauthorized`, `not-found` or `conflict`
 */
export async function appendToEcg(
  store: AnyStore,
  access: Access,
  ecg: EcgRow,
  unsorted: NextSamples[],
  expected: ExpectedEcg,
): Promise<EcgRow> {
  const names = ecg.leads.map(({ name }) => name);
  const next = sortByLead(names, unsorted);
  const followsOn = ({ leads }: EcgRow) => next.every(({ startSample }, i) => startSample === leads[i].sampleCount);
  if (!followsOn(ecg)) throw newOffsetConflict(ecg);
  if (!isAsExpected(ecg, expected)) throw new AppError("precondition-failed");
  const samples = next.map((lead) => lead.samples);
  const leads = ecg.leads.map((lead, i) => addSamples(lead, samples[i]));
  if (areFarApart(leads) || countChunks(leads) - countChunks(ecg.leads) > MAX_NEW_CHUNKS) {
    const message = "are too far apart in time, or too many samples for their sampling rate";
    throw newInputError([{ path: "leads", message }]);
  }
  if (countChunks(leads) > MAX_CHUNKS) {
    const message = "become longer than an ECG may be at their sampling rates: close it, and go on in another";
    throw newInputError([{ path: "leads", message }]);
  }
  let damage: AppError | undefined;
  const grown = await appendSamples(store, access, ecg, leads, samples, expected).catch((error: unknown) => {
    if (!(error instanceof AppError && error.code === "damaged-signal")) throw error;
    damage = error;
  });
  if (grown) return grown;
  // Something came between: the answer is by what is there now. Missing chunks may have been erased.
  const now = await findOwnEcg(withoutActor(store), access, ecg.id);
  if (!now) throw new AppError("not-found");
  if (damage) throw damage;
  requireOpen(now);
  throw followsOn(now) ? new AppError("precondition-failed") : newOffsetConflict(now);
}

/** The refusal of samples that start elsewhere than where an ECG's leads end. */
export function newOffsetConflict({ leads }: { leads: readonly { name: string; sampleCount: number }[] }): AppError {
  const expected = leads.map(({ name, sampleCount }) => ({ name, start_sample: sampleCount }));
  return new AppError("conflict", {
    detail: "The samples do not start where the ECG ends: see expected.",
    extensions: { expected },
  });
}
