import { asc, eq } from "drizzle-orm";
import { DamagedChunkError, decodeChunk, encodeChunk } from "../codec/chunk.ts";
import { AppError } from "../errors.ts";
import type { Lead } from "../recording/recording.ts";
import type { Db } from "./db.ts";
import { type EcgRow, signalChunks } from "./schema.ts";

/** What a chunk aims at, in samples of all leads: 11 s of a 12-lead ECG at 500 Hz, some 40 kB. */
const CHUNK_SAMPLES = 65_536;
const MIN_CHUNK_SECONDS = 10;
const MAX_CHUNK_SECONDS = 60;
/** Even as 32-bit noise these are 700 kB of base64: D1 refuses 2 MB. */
const MAX_CHUNK_SAMPLES = 131_072;
/** Of one lead, whatever its rate, so that no rate can make a row of every sample. */
const MIN_LEAD_SAMPLES = 1024;
/** For cutting alone, where no rate is known. */
const NOMINAL_RATE_HZ = 250;

/** How many samples of each lead go into a chunk, from the leads' sampling rates in Hz. */
export function cutChunks(samplingRates: readonly (number | null)[]): number[] {
  const rates = samplingRates.map((rate) => rate ?? NOMINAL_RATE_HZ);
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  const wanted = Math.min(Math.max(CHUNK_SAMPLES / total, MIN_CHUNK_SECONDS), MAX_CHUNK_SECONDS);
  const seconds = Math.min(wanted, MAX_CHUNK_SAMPLES / total);
  return rates.map((rate) => Math.max(Math.round(rate * seconds), MIN_LEAD_SAMPLES));
}

/** The chunks of the leads, as text: D1 carries a BLOB as a JSON array of numbers, at several times the cost of base64. */
export function encodeSignals(leads: readonly Lead[], chunkSamples: readonly number[]): string[] {
  const count = Math.max(...leads.map((lead, i) => Math.ceil(lead.samples.length / chunkSamples[i])));
  return Array.from({ length: count }, (_, chunk) => {
    const cut = leads.map(({ samples }, i) => samples.subarray(chunk * chunkSamples[i], (chunk + 1) * chunkSamples[i]));
    return Buffer.from(encodeChunk(cut).buffer).toString("base64");
  });
}

/**
 * All samples of each lead of an ECG.
 *
 * @throws AppError `damaged-signal` when a chunk is not what was stored
 */
export async function readSignals(db: Db, ecg: EcgRow): Promise<Int32Array[]> {
  const rows = await db
    .select({ data: signalChunks.data })
    .from(signalChunks)
    .where(eq(signalChunks.ecgId, ecg.id))
    .orderBy(asc(signalChunks.chunkIndex))
    .all();
  const signals = ecg.leads.map((lead) => new Int32Array(lead.sampleCount));
  for (const [chunk, { data }] of rows.entries()) {
    const decoded = decodeStored(ecg, chunk, data);
    for (const [i, lead] of ecg.leads.entries()) signals[i].set(decoded[i], chunk * lead.chunkSamples);
  }
  const needed = Math.max(...ecg.leads.map((lead) => Math.ceil(lead.sampleCount / lead.chunkSamples)));
  if (rows.length !== needed) throw newDamage(ecg, `${rows.length} of ${needed} chunks`);
  return signals;
}

function decodeStored(ecg: EcgRow, chunk: number, data: string): Int32Array[] {
  try {
    const decoded = decodeChunk(Buffer.from(data, "base64"));
    const expected = ecg.leads.map((lead) =>
      Math.min(Math.max(lead.sampleCount - chunk * lead.chunkSamples, 0), lead.chunkSamples),
    );
    if (expected.some((length, i) => decoded[i]?.length !== length)) throw new DamagedChunkError("of another length");
    return decoded;
  } catch (error) {
    if (error instanceof DamagedChunkError) throw newDamage(ecg, `chunk ${chunk}: ${error.message}`, error);
    throw error;
  }
}

function newDamage(ecg: EcgRow, what: string, cause?: unknown): AppError {
  return new AppError("damaged-signal", { cause: new Error(`ECG ${ecg.id}, ${what}`, { cause }) });
}
