import { AppError, newInputError } from "../errors.ts";
import { ecgJson } from "../formats/json/ecg-json.ts";
import { jsonLines } from "../formats/json/lines.ts";
import type { openRecording } from "../formats/open.ts";
import type { DateSource } from "../recording/recording.ts";
import { areFarApart, countChunks, cutChunks } from "../store/chunk-plan.ts";
import { type AnyStore, withoutActor } from "../store/db.ts";
import { newId } from "../store/ids.ts";
import { answerAgain, type Claim, findSentEcg, insertEcg, type Stretch } from "../store/incoming-ecgs.ts";
import type { LeadRow } from "../store/lead-rows.ts";
import type { EcgRow } from "../store/schema.ts";
import { hashIfShort } from "./hash.ts";
import { addSamples } from "./lead-totals.ts";
import { MAX_CHUNKS } from "./limits.ts";

/** A recording as it comes in: what is said of it, and then its samples. */
export type Upload = Awaited<ReturnType<typeof openRecording>>;

/** A recording that is stored, and what of it was not kept, not understood or assumed. */
type Received = { ecg: EcgRow; notes: string[] };

/** An upload that can be sent again by its key, and is stored once. */
type Repeatable = {
  /** The sender's key. */
  key: string | undefined;
  open: () => Promise<Upload>;
  /** Reads what is left of the body, and gives what tells it from others. */
  fingerprint: () => Promise<string>;
};

/** When a request that comes while the first with its key is under way may be sent again, in seconds. */
const RETRY_SECONDS = 5;
/** The note on a file without a date. */
const UNDATED = "When it was recorded is not said: the date is that of the receipt.";

/**
 * Receives a recording once: with a key that has stored one in the last 24 hours, the answer is that one.
 *
 * @throws AppError `conflict` while another is under way, and where nothing may be stored for this access; `invalid` when the first had
 * another body; what `receiveEcg` throws but `unauthorized`
 */
export async function receiveOnce(store: AnyStore, claim: Claim, upload: Repeatable): Promise<Received> {
  const { key, open, fingerprint } = upload;
  if (key === undefined) return receiveEcg(store, claim, await open());
  const first = await findSentEcg(store, claim, key);
  if (first) return receiveAgain(store, claim, first, upload);
  try {
    return await receiveEcg(store, claim, await open(), { key, fingerprint });
  } catch (error) {
    if (!(error instanceof AppError && error.code === "unauthorized")) throw error;
    // Another request with the key may have been faster, or has taken this one's place. Whose access has ended is told so by the guard.
    const faster = await findSentEcg(store, claim, key);
    if (!faster) throw newUnderWay();
    return receiveAgain(store, claim, faster, upload);
  }
}

/** The refusal of what is sent while the first request with its key is under way. */
export function newUnderWay(): AppError {
  return new AppError("conflict", {
    detail: "Another request with this Idempotency-Key is still under way: send it again later.",
    headers: { "Retry-After": String(RETRY_SECONDS) },
  });
}

/** The answer to what was sent with a key, once more. */
async function receiveAgain(
  store: AnyStore,
  claim: Claim,
  first: EcgRow,
  { fingerprint }: Repeatable,
): Promise<Received> {
  if (!first.complete) throw newUnderWay();
  if (first.sentBody !== (await fingerprint())) {
    throw newInputError([{ path: "Idempotency-Key", message: "was sent with another body, or another query, before" }]);
  }
  return { ecg: await answerAgain(store, claim, first), notes: first.sentNotes ?? [] };
}

/**
 * Stores a recording as it comes in, measured on the way. Nobody sees it before its last sample is stored.
 *
 * @param sending the sender's key, and the fingerprint of the body
 * @throws AppError `unauthorized` when the claim is of no user whose credentials still hold, or another ECG has the key; `invalid` for a
 * recording that cannot be read or is beyond the limits
 */
async function receiveEcg(
  store: AnyStore,
  claim: Claim,
  { format, head, stretches }: Upload,
  sending?: { key: string; fingerprint: () => Promise<string> },
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
        throw newInputError([{ path: "leads", message: "are longer than an ECG may be at their sampling rates" }]);
      }
      yield { samples, leads, annotations };
    }
    if (isOpen && areFarApart(leads)) throw newInputError([{ path: "leads", message: "are too far apart in time" }]);
  }
  const now = Date.now();
  const dateSource: DateSource = recordedAt === null ? "received" : "recorded";
  const dated = { recordedAt: recordedAt ?? now, dateSource };
  const ecg = { ...about, ...dated, id: newId(now), createdAt: now, open: isOpen, leads: begun };
  const keyed = sending && { key: sending.key, finish: async () => ({ body: await sending.fingerprint(), notes }) };
  const stored = await insertEcg(store, claim, ecg, measure(), keyed);
  return { ecg: await hashIfShort(withoutActor(store), stored), notes };
}
