/**
 * Cuts recordings into chunks, which are stored, and chunks into blocks, whose lowest and highest samples are kept for
 * overviews.
 */

/** How many samples, of all leads, a chunk aims at: a window of seconds then reads one or two rows of some 40 kB. */
const TARGET_CHUNK_SAMPLES = 65_536;
/** How many samples a chunk may be planned for. As 32-bit noise they are 700 kB of base64; D1 refuses 2 MB. */
const MAX_CHUNK_SAMPLES = 131_072;
/** How many samples a chunk should have at least: leads of low rates get chunks of more than LONG_CHUNK_SECONDS. */
const MIN_CHUNK_SAMPLES = 4096;
/**
 * How short a chunk gets for the sake of TARGET_CHUNK_SAMPLES: shorter ones would take more rows and compress worse.
 */
const SHORT_CHUNK_SECONDS = 16;
/** How long a chunk gets for the sake of TARGET_CHUNK_SAMPLES: a window must not read much more than it shows. */
const LONG_CHUNK_SECONDS = 64;
/** How long any chunk may get, twelve days: a rate that asks for more is no rate of a signal. */
const LONGEST_CHUNK_SECONDS = 2 ** 20;
/** How many chunks leads have whatever their rates say: beyond these they have a quarter of TARGET_CHUNK_SAMPLES each at the least. */
const FREE_CHUNKS = 64;
/** The rate, in Hz, by which a lead without one is cut. */
const NOMINAL_RATE_HZ = 250;

/** How many blocks a chunk has, if it divides by so many; else it has half as many, or a quarter ... */
const MAX_BLOCKS_PER_CHUNK = 16;
/**
 * How far a chunk's length may be rounded to a whole number of blocks, as a share of it: leads are a chunk apart after
 * a thousand.
 */
const ROUNDING = 1e-3;
/** How many chunks make a group: their blocks share an overview row, and they are written together. */
export const CHUNKS_PER_GROUP = 32;

/**
 * How many chunks of an open ECG may be not full: an append reads and writes them all, some 16 MB of samples at the
 * most.
 */
const MAX_OPEN_CHUNKS = 64;

/** A lead that is cut into chunks of `chunkSamples` samples. */
export type Cut = { chunkSamples: number };
type CutLead = Cut & { sampleCount: number };

/**
 * Chooses how many samples of each lead go into a chunk. Chunks are cut at the same times in all leads, whatever their
 * rates: a power of two of seconds is a whole number of blocks at every usual rate. A lead with far more samples than
 * its rate lets expect gets longer chunks, so that a tiny rate cannot make a row of every sample.
 */
export function cutChunks(leads: readonly { samplingRate: number | null; sampleCount: number }[]): number[] {
  const rates = leads.map((lead) => lead.samplingRate ?? NOMINAL_RATE_HZ);
  const totalRate = rates.reduce((sum, rate) => sum + rate, 0);
  const samples = leads.reduce((sum, lead) => sum + lead.sampleCount, 0);
  const mostChunks = FREE_CHUNKS + Math.ceil(samples / (TARGET_CHUNK_SAMPLES / 4));
  const seconds = secondsOf(totalRate);
  return leads.map(({ sampleCount }, i) => toWholeBlocks(Math.max(rates[i] * seconds, sampleCount / mostChunks)));
}

/**
 * Chooses the length of a chunk in seconds.
 *
 * @param totalRate samples of all leads a second
 */
function secondsOf(totalRate: number): number {
  const longest = (samples: number) => 2 ** Math.floor(Math.log2(Math.min(samples / totalRate, LONGEST_CHUNK_SECONDS)));
  const usual = Math.min(Math.max(longest(TARGET_CHUNK_SAMPLES), SHORT_CHUNK_SECONDS), LONG_CHUNK_SECONDS);
  return Math.max(Math.min(usual, longest(MAX_CHUNK_SAMPLES)), longest(MIN_CHUNK_SAMPLES));
}

/** Rounds a chunk's samples to a whole number of blocks, as many blocks as ROUNDING allows. */
function toWholeBlocks(samples: number): number {
  for (let blocks = MAX_BLOCKS_PER_CHUNK; blocks > 1; blocks /= 2) {
    const whole = Math.round(samples / blocks) * blocks;
    if (Math.abs(whole - samples) <= ROUNDING * samples) return whole;
  }
  return Math.max(Math.round(samples), 1);
}

/** How many samples a block of the lead has. */
export function blockSamplesOf(lead: Cut): number {
  return lead.chunkSamples / blocksPerChunk(lead);
}

/** How many blocks a chunk of the lead has. */
export function blocksPerChunk({ chunkSamples }: Cut): number {
  let blocks = MAX_BLOCKS_PER_CHUNK;
  while (chunkSamples % blocks !== 0) blocks /= 2;
  return blocks;
}

/** How many blocks a group of the lead's chunks has. */
export function blocksPerGroup(lead: Cut): number {
  return blocksPerChunk(lead) * CHUNKS_PER_GROUP;
}

/** How many chunks the leads take, the last of which may not be full. */
export function countChunks(leads: readonly CutLead[]): number {
  return Math.max(...leads.map((lead) => Math.ceil(lead.sampleCount / lead.chunkSamples)));
}

/** Whether an ECG has no more than a group of chunks: what is done with it takes a moment. */
export function isShort({ leads }: { leads: readonly CutLead[] }): boolean {
  return countChunks(leads) <= CHUNKS_PER_GROUP;
}

/** How many chunks are full for every lead, so that appended samples leave them as they are. */
export function countFullChunks(leads: readonly CutLead[]): number {
  return Math.min(...leads.map((lead) => Math.floor(lead.sampleCount / lead.chunkSamples)));
}

/**
 * Whether the leads of an open ECG have grown too far apart: an append writes all chunks anew from the first one that
 * is not full.
 */
export function areFarApart(leads: readonly CutLead[]): boolean {
  return countChunks(leads) - countFullChunks(leads) > MAX_OPEN_CHUNKS;
}

/** How many samples of the lead are in the chunk. */
export function countSamplesIn(lead: CutLead, chunk: number): number {
  return Math.min(Math.max(lead.sampleCount - chunk * lead.chunkSamples, 0), lead.chunkSamples);
}

/** The index of the row with the overview of a group. */
export function overviewRowOf(group: number): number {
  return -1 - group;
}
