import { newInputError } from "../errors.ts";
import { ecgJson } from "../formats/json/ecg-json.ts";
import { jsonLines } from "../formats/json/lines.ts";
import type { openRecording } from "../formats/open.ts";
import type { DateSource } from "../recording/recording.ts";
import { areFarApart, countChunks, cutChunks } from "../store/chunk-plan.ts";
import { type AnyStore, withoutActor } from "../store/db.ts";
import { type Claim, insertEcg, type Stretch } from "../store/ecgs.ts";
import { newId } from "../store/ids.ts";
import type { EcgRow, LeadRow } from "../store/schema.ts";
import { hashIfShort } from "./hash.ts";
import { addSamples } from "./lead-totals.ts";
import { MAX_CHUNKS } from "./limits.ts";

/** A recording as it comes in: what is said of it, and then its samples. */
export type Upload = Awaited<ReturnType<typeof openRecording>>;

/** A recording that is stored, and what of it was not kept, not understood or assumed. */
export type Received = { ecg: EcgRow; notes: string[] };

/** The note on a file without a date. */
const UNDATED = "When it was recorded is not said: the date is that of the receipt.";

/**
 * Stores a recording as it comes in, measured on the way. Nobody sees it before its last sample is stored.
 *
 * @throws AppError `unauthorized` when the claim is of no user whose credentials still hold; `invalid` for a recording that
 * cannot be read or is beyond the limits
 */
export async function receiveEcg(
  store: AnyStore,
  claim: Claim,
  { format, head, stretches }: Upload,
): Promise<Received> {
  const { leads: heads, isOpen, recordedAt, notes: early = [], ...about } = head;
  const notes = [...early];
  if (recordedAt === null && format !== ecgJson && format !== jsonLines) notes.push(UNDATED);
  // What is read whole is in the first stretch: its lengths say how it is best cut.
  const first = await stretches.next();
  const counts = heads.map((_, i) => (first.done ? 0 : first.value.samples[i].length));
  const chunkSamples = cutChunks(heads.map((lead, i) => ({ ...lead, sampleCount: counts[i] })));
  const begun = heads.map((lead, i): LeadRow => {
    return { ...lead, chunkSamples: chunkSamples[i], sampleCount: 0, zeroCrossings: 0, lastSign: 0 };
  });
  async function* measure(): AsyncGenerator<Stretch> {
    let leads = begun;
    for (let next = first; !next.done; next = await stretches.next()) {
      const { samples, annotations = [], notes: late = [] } = next.value;
      notes.push(...late);
      leads = leads.map((lead, i) => addSamples(lead, samples[i]));
      if (countChunks(leads) > MAX_CHUNKS) {
        throw newInputError([{ path: "leads", message: "have too many samples for their sampling rate" }]);
      }
      yield { samples, leads, annotations };
    }
    if (isOpen && areFarApart(leads)) throw newInputError([{ path: "leads", message: "are too far apart in time" }]);
  }
  const now = Date.now();
  const dateSource: DateSource = recordedAt === null ? "received" : "recorded";
  const dated = { recordedAt: recordedAt ?? now, dateSource };
  const ecg = { ...about, ...dated, id: newId(now), createdAt: now, open: isOpen, leads: begun };
  const stored = await insertEcg(store, claim, ecg, measure());
  return { ecg: await hashIfShort(withoutActor(store), stored), notes };
}
