import { crc32 } from "../crc32.ts";
import { bytesOf, type Maker, withRoom } from "../kernels/kernels.ts";
import { ChunkReader } from "./chunk-reader.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import { DamagedChunkError } from "./damaged-chunk-error.ts";
import { chooseRows, type FitLead, type FitRows, newFitLead, newLeadArrays, newRowArrays } from "./fit-predictor.ts";
import { bridgeGaps, cutGaps, findRuns } from "./gaps.ts";
import { type DecodedLead, decodeLead, encodeLead, newDecodingDesk, newEncodingDesk } from "./lead-body.ts";
import { divideByUnit, findUnit, multiplyByUnit } from "./unit.ts";

export { DamagedChunkError } from "./damaged-chunk-error.ts";

/**
 * The version of the layout at encodeChunk, and of the tables that encoder and decoder compute. A change to either
 * needs another version, or stored chunks cannot be read.
 */
const VERSION = 1;
/** Where the checksum begins, in bytes: behind the version. */
const CHECKSUM_OFFSET = 1;
/** Bytes of the version and the checksum. */
const HEADER_BYTES = 5;
/** The fewest bytes of a lead: one each for its length, its body's length, its number of references and its body. */
const MIN_LEAD_BYTES = 4;

/**
 * How many samples, of all leads together, a chunk may hold: 16 MB, so that a crafted chunk cannot exhaust the memory.
 */
export const MAX_DECODED_SAMPLES = 2 ** 22;

/**
 * Codes leads that were recorded at one time, without loss. Leads may differ in length; those of one length are taken
 * to be of the same moments and are predicted from each other. A chunk is decoded without any other one. Its layout:
 *
 *     byte      version
 *     4 bytes   CRC-32 of the place in UTF-8 and of all other bytes, big-endian
 *     count     leads
 *     for each lead:
 *       count     samples
 *       count     bytes of its body
 *       count     references, then for each one a count: which lead before it
 *     for each lead its body:
 *       byte      kind (0 plain, 1 linear, 2 level, 3 derived), + 4 when it has gaps, + 8 when it has a unit
 *       count     the unit, if there is one: every sample is a multiple of it, and is coded divided by it
 *       runs      the runs of present samples, if there are gaps: their number, then how far each start and end is from
 *                 the boundary before
 *       plain     least sample (signed), bits of a sample (byte), the samples less the least one
 *       linear    first sample (signed), predictor, residuals
 *       level     mean (signed), predictor, residuals; predicted are the running sums of the samples less the mean
 *       derived   derivation (byte), residuals
 *
 *     predictor   bits of a weight after the point (byte); two weights (signed) for each reference; the number of own
 *                 weights (byte) and these (signed)
 *     residuals   number of escapes, these (signed), and to the end of the body a stream of bits (see residuals.ts)
 *
 * A count is LEB128, a signed number LEB128 of its zigzag. Missing samples have no residuals.
 *
 * @param leads ADC units; MISSING marks a gap
 * @param place where the chunk will be kept; decodeChunk must be given the same, so that no chunk is taken for another
 * @throws RangeError for more than MAX_DECODED_SAMPLES
 */
export function encodeChunk(leads: readonly Int32Array[], place = ""): Uint8Array<ArrayBuffer> {
  const total = leads.reduce((sum, lead) => sum + lead.length, 0);
  if (total > MAX_DECODED_SAMPLES)
    throw new RangeError(`A chunk holds at most ${MAX_DECODED_SAMPLES} samples, not ${total}`);
  const bodies = new ChunkWriter();
  const encoded = encodeLeads(leads, bodies);
  const out = new ChunkWriter();
  out.byte(VERSION);
  out.bytes(new Uint8Array(HEADER_BYTES - CHECKSUM_OFFSET));
  out.unsigned(leads.length);
  encoded.forEach(({ bodyBytes, references }, index) => {
    out.unsigned(leads[index].length);
    out.unsigned(bodyBytes);
    out.unsigned(references.length);
    for (const reference of references) out.unsigned(reference);
  });
  out.bytes(bodies.written);
  const chunk = out.toBytes();
  new DataView(chunk.buffer).setUint32(CHECKSUM_OFFSET, checksum(chunk, place));
  return chunk;
}

/** What leads of one length share. */
type Group = { rows: FitRows; coded: { lead: FitLead; index: number }[] };

/** How a lead was coded. */
type EncodedLead = { bodyBytes: number; references: readonly number[] };

/** Codes all leads; their bodies go to `bodies`. */
function encodeLeads(leads: readonly Int32Array[], bodies: ChunkWriter): EncodedLead[] {
  const lengths = leads.map(({ length }) => length);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const makeArrays = (maker: Maker) => ({
    desk: newEncodingDesk(maker, leads.length, longest),
    rows: new Map([...new Set(lengths)].map((length) => [length, newRowArrays(maker, length)])),
    prepared: lengths.map((length) => ({
      samples: maker.ints(length),
      arrays: newLeadArrays(maker, leads.length, length),
    })),
  });
  return withRoom(bytesOf(makeArrays), (room) => {
    const { desk, rows, prepared } = makeArrays(room);
    const runs = prepared.map(({ samples }, index) => {
      samples.set(leads[index]);
      return findRuns(samples);
    });
    const units = prepared.map(({ samples }, index) => {
      bridgeGaps(samples, runs[index]);
      const unit = findUnit(samples);
      divideByUnit(samples, unit);
      return unit;
    });
    const groups = new Map<number, Group>();
    for (const [length, arrays] of rows) {
      const group = prepared.map(({ samples }) => samples).filter((samples) => samples.length === length);
      groups.set(length, { rows: chooseRows(group, arrays, desk.fit), coded: [] });
    }
    return prepared.map(({ samples, arrays }, index) => {
      const { rows, coded } = groups.get(samples.length) as Group;
      const earlier = coded.map(({ lead }) => lead);
      const lead = newFitLead(samples, earlier, rows, arrays, desk.fit);
      const start = bodies.length;
      const references = encodeLead(lead, units[index], runs[index], earlier, rows, desk, bodies);
      coded.push({ lead, index });
      return { bodyBytes: bodies.length - start, references: references.map((place) => coded[place].index) };
    });
  });
}

/**
 * Decodes the wanted leads of a chunk, and of the others only those that they were predicted from.
 *
 * @param wanted indices of leads, all by default
 * @param place the place that encodeChunk was given
 * @returns the samples of the wanted leads, in that order; a lead that is wanted twice is one array
 * @throws DamagedChunkError when the bytes are not what encodeChunk made for this place
 * @throws RangeError when a wanted lead is not in the chunk
 */
export function decodeChunk(bytes: Uint8Array, wanted?: readonly number[], place = ""): Int32Array[] {
  if (bytes.length < HEADER_BYTES) throw new DamagedChunkError("The chunk ends too early");
  if (bytes[0] !== VERSION) throw new DamagedChunkError(`A chunk of version ${bytes[0]}`);
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(CHECKSUM_OFFSET);
  if (stored !== checksum(bytes, place)) throw new DamagedChunkError("The checksum is wrong");
  const entries = readEntries(new ChunkReader(bytes.subarray(HEADER_BYTES)));
  const asked = wanted ?? entries.map((_, index) => index);
  const unknown = asked.find((index) => entries[index] === undefined);
  if (unknown !== undefined) throw new RangeError(`The chunk has no lead ${unknown}`);
  const decoded = decodeEntries(entries, new Set(asked));
  return asked.map((index) => decoded.get(index) ?? new Int32Array(0));
}

/** A lead as the chunk describes it, not decoded yet. */
type Entry = { length: number; references: number[]; body: Uint8Array };

function readEntries(reader: ChunkReader): Entry[] {
  const leadCount = reader.unsigned(reader.remaining / MIN_LEAD_BYTES);
  const entries: (Omit<Entry, "body"> & { bytes: number })[] = [];
  let left = MAX_DECODED_SAMPLES;
  for (let index = 0; index < leadCount; index++) {
    const length = reader.unsigned(left);
    left -= length;
    const bytes = reader.unsigned(reader.remaining);
    const references = Array.from({ length: reader.unsigned(Math.min(index, reader.remaining)) }, () => {
      const reference = reader.unsigned(index - 1);
      if (entries[reference].length !== length)
        throw new DamagedChunkError("A lead is predicted from one of another length");
      return reference;
    });
    entries.push({ length, bytes, references });
  }
  const withBodies = entries.map(({ length, bytes, references }) => ({
    length,
    references,
    body: reader.bytes(bytes),
  }));
  if (reader.remaining > 0) throw new DamagedChunkError("The chunk has more bytes than its leads");
  return withBodies;
}

/** Decodes the asked leads, and in the same room of the kernels those that they were predicted from. */
function decodeEntries(entries: readonly Entry[], asked: ReadonlySet<number>): Map<number, Int32Array> {
  const needed = new Set(asked);
  for (let index = entries.length - 1; index >= 0; index--) {
    if (needed.has(index)) for (const reference of entries[index].references) needed.add(reference);
  }
  let bodyBytes = 0;
  for (const index of needed) bodyBytes = Math.max(bodyBytes, entries[index].body.length);
  const makeArrays = (maker: Maker) => ({
    desk: newDecodingDesk(maker, bodyBytes),
    leads: new Map([...needed].map((index) => [index, maker.ints(entries[index].length)])),
  });
  return withRoom(bytesOf(makeArrays), (room) => {
    const { desk, leads } = makeArrays(room);
    const decoded = new Map<number, DecodedLead>();
    entries.forEach(({ references, body }, index) => {
      const samples = leads.get(index);
      if (!samples) return;
      const others = references.flatMap((reference) => leads.get(reference) ?? []);
      decoded.set(index, decodeLead(body, samples, others, desk));
    });
    return new Map([...decoded].filter(([index]) => asked.has(index)).map(([index, lead]) => [index, finish(lead)]));
  });
}

/** The samples of a lead, copied out of the room. */
function finish({ samples, unit, runs }: DecodedLead): Int32Array {
  const finished = samples.slice();
  multiplyByUnit(finished, unit);
  cutGaps(finished, runs);
  return finished;
}

/** CRC-32 of the place and of the chunk without its checksum. */
function checksum(chunk: Uint8Array, place: string): number {
  const before = crc32(chunk.subarray(0, CHECKSUM_OFFSET), 0, crc32(new TextEncoder().encode(place)));
  return crc32(chunk, HEADER_BYTES, before);
}
