/** How recordings are cut: into chunks, which are stored; chunks into blocks, whose extremes are kept for overviews. */

/** What a chunk aims at and may have, in samples of all leads. As 32-bit noise the most are 800 kB of base64: D1 refuses 2 MB. */
const TARGET_CHUNK_SAMPLES = 65_536;
const MAX_CHUNK_SAMPLES = 131_072;
/** Below it a chunk is longer than the usual ones, of up to 64 s. */
const MIN_CHUNK_SAMPLES = 4096;
const SHORT_CHUNK_SECONDS = 16;
const LONG_CHUNK_SECONDS = 64;
/** Twelve days: beyond it a rate is no rate of a signal. */
const LONGEST_CHUNK_SECONDS = 2 ** 20;
/** For cutting alone, where no rate is known. */
const NOMINAL_RATE_HZ = 250;

/** Of a lead whose chunks can be halved so often; the others have half as many, or a quarter ... */
const MAX_BLOCKS_PER_CHUNK = 16;
/** Leads are cut at the same times to within so much of a chunk: they are a chunk apart after a thousand. */
const ROUNDING = 1e-3;
/** Chunks whose extremes share a row, and that are written together. */
export const CHUNKS_PER_GROUP = 32;

/** Of an ECG that is appended to: chunks that are not full, some 16 MB of samples at the most. */
const MAX_OPEN_CHUNKS = 64;

/** A lead that is cut into chunks of so many samples. */
export type Cut = { chunkSamples: number };
type CutLead = Cut & { sampleCount: number };

/**
 * How many samples of each lead go into a chunk. Chunks are cut at the same times in all leads, whatever their rates: a
 * power of two of seconds is a whole number of blocks at every usual rate. A lead with far more samples than its rate makes
 * likely gets larger pieces, so that no rate can make a row of every sample.
 */
export function cutChunks(leads: readonly { samplingRate: number | null; sampleCount: number }[]): number[] {
  const rates = leads.map((lead) => lead.samplingRate ?? NOMINAL_RATE_HZ);
  const totalRate = rates.reduce((sum, rate) => sum + rate, 0);
  const mostChunks =
    64 + Math.ceil(leads.reduce((sum, lead) => sum + lead.sampleCount, 0) / (TARGET_CHUNK_SAMPLES / 4));
  const seconds = secondsOf(totalRate);
  return leads.map(({ sampleCount }, i) => toWholeBlocks(Math.max(rates[i] * seconds, sampleCount / mostChunks)));
}

/** @param totalRate samples of all leads a second */
function secondsOf(totalRate: number): number {
  const longest = (samples: number) => 2 ** Math.floor(Math.log2(Math.min(samples / totalRate, LONGEST_CHUNK_SECONDS)));
  const usual = Math.min(Math.max(longest(TARGET_CHUNK_SAMPLES), SHORT_CHUNK_SECONDS), LONG_CHUNK_SECONDS);
  return Math.max(Math.min(usual, longest(MAX_CHUNK_SAMPLES)), longest(MIN_CHUNK_SAMPLES));
}

function toWholeBlocks(samples: number): number {
  for (let blocks = MAX_BLOCKS_PER_CHUNK; blocks > 1; blocks /= 2) {
    const whole = Math.round(samples / blocks) * blocks;
    if (Math.abs(whole - samples) <= ROUNDING * samples) return whole;
  }
  return Math.max(Math.round(samples), 1);
}

export function blockSamplesOf(lead: Cut): number {
  return lead.chunkSamples / blocksPerChunk(lead);
}

export function blocksPerChunk({ chunkSamples }: Cut): number {
  let blocks = MAX_BLOCKS_PER_CHUNK;
  while (chunkSamples % blocks !== 0) blocks /= 2;
  return blocks;
}

export function blocksPerGroup(lead: Cut): number {
  return blocksPerChunk(lead) * CHUNKS_PER_GROUP;
}

/** How many chunks the leads take. */
export function countChunks(leads: readonly CutLead[]): number {
  return Math.max(...leads.map((lead) => Math.ceil(lead.sampleCount / lead.chunkSamples)));
}

/** How many chunks have all they can hold of every lead, so that samples which follow leave them as they are. */
export function countFullChunks(leads: readonly CutLead[]): number {
  return Math.min(...leads.map((lead) => Math.floor(lead.sampleCount / lead.chunkSamples)));
}

/**
 * Whether leads that samples are still appended to have grown too far apart: an append writes all chunks again from the
 * first that is not full.
 */
export function areFarApart(leads: readonly CutLead[]): boolean {
  return countChunks(leads) - countFullChunks(leads) > MAX_OPEN_CHUNKS;
}

/** How many samples of a lead are in a chunk. */
export function countSamplesIn(lead: CutLead, chunk: number): number {
  return Math.min(Math.max(lead.sampleCount - chunk * lead.chunkSamples, 0), lead.chunkSamples);
}

/** The row that has the overview of a group of chunks. */
export function overviewRowOf(group: number): number {
  return -1 - group;
}
