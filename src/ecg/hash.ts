import { AppError } from "../errors.ts";
import { CHUNKS_PER_GROUP, countChunks, isShort } from "../store/chunk-plan.ts";
import type { Store } from "../store/db.ts";
import { saveHash } from "../store/ecgs.ts";
import { logFailure } from "../store/failures.ts";
import { SamplesHash } from "../store/samples-hash.ts";
import type { EcgRow } from "../store/schema.ts";
import { readSpans, type Span } from "../store/signal-reader.ts";
import { MAX_SAMPLES_TO_WRITE } from "./limits.ts";
import { readPieces } from "./read.ts";

/**
 * Hashes the samples of an ECG that has just been closed, or came in several parts, if that takes a moment. What is longer, or
 * fails, is left to the job.
 */
export async function hashIfShort(store: Store, ecg: EcgRow): Promise<EcgRow> {
  if (ecg.open || ecg.samplesSha256 !== null || !isShort(ecg)) return ecg;
  try {
    return (await hashAndKeep(store, ecg)) ?? ecg;
  } catch (error) {
    logFailure(`hashing ECG ${ecg.id}`, error);
    return ecg;
  }
}

/**
 * Hashes the samples of a closed ECG and keeps the hash; of one whose samples are damaged, that it has none.
 *
 * @returns undefined when the ECG is gone, or has a hash by now
 */
export async function hashAndKeep(store: Store, ecg: EcgRow): Promise<EcgRow | undefined> {
  return saveHash(store, ecg, await hashStored(store, ecg));
}

/** How many times hashing an ECG asks the database for rows. */
export function countHashReads(ecg: EcgRow): number {
  return groupLeads(ecg).length * Math.ceil(countChunks(ecg.leads) / CHUNKS_PER_GROUP);
}

/** Hashes what is stored, which is read once for each group of leads: samples are stored by time, and hashed by lead. */
async function hashStored(store: Store, ecg: EcgRow): Promise<string> {
  const hash = new SamplesHash();
  try {
    for (const spans of groupLeads(ecg)) {
      if (spans.length > 1) for (const samples of await readSpans(store, ecg, spans)) hash.add(samples);
      else for await (const samples of readPieces(store, ecg, spans[0])) hash.add(samples);
    }
  } catch (error) {
    if (!(error instanceof AppError && error.code === "damaged-signal")) throw error;
    logFailure(`hashing ECG ${ecg.id}`, error);
    return "";
  }
  return hash.finish();
}

/** The leads in groups that are read together: as many as have MAX_SAMPLES_TO_WRITE samples, or one that has more. */
function groupLeads(ecg: EcgRow): Span[][] {
  const groups: Span[][] = [];
  let room = 0;
  for (const [lead, { sampleCount }] of ecg.leads.entries()) {
    if (groups.length === 0 || sampleCount > room) {
      groups.push([]);
      room = MAX_SAMPLES_TO_WRITE;
    }
    groups[groups.length - 1].push({ lead, from: 0, to: sampleCount });
    room -= sampleCount;
  }
  return groups;
}
