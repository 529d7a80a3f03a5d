import { MISSING } from "../../recording/recording.ts";
import type { ByteReader } from "../byte-reader.ts";
import { FormatError } from "../format.ts";
import { decode, type HuffmanTables, readHuffmanTables } from "./huffman.ts";
import type { LeadDefinition, LeadDefinitions } from "./lead-definitions.ts";
import type { Sections } from "./record.ts";

/**
 * The most samples of all leads together, including those missing before a lead's start: six hours of one lead at 360
 * Hz.
 */
export const MAX_SAMPLES = 8 * 1024 * 1024;
/** The largest decimation that is read: the specification has 4 at 500 Hz. */
const MAX_DECIMATION = 8;
/** How often the subtracted beats may cover the samples of a lead. Some beats may overlap, but not all. */
const MAX_OVERLAPS = 4;

/**
 * The signals of a record, with `samplingRate` in Hz and `gain` in ADC units per mV, null when the record says 0, and notes
 * for the sender.
 */
type Rhythm = { samples: Int32Array[]; samplingRate: number | null; gain: number | null; notes: string[] };

/**
 * Reads the signals of the leads. Some programs count samples from 0 in section 3, and then give either the number of the
 * last sample or the number of samples: a lead is as long as its stored values say. Codes do not say it, for the bits
 * behind the last one may be codes, too: there a multiple of ten is taken for a number of samples.
 *
 * @param openSections gives the sections from their beginnings
 */
export function readRhythm(sections: Sections, definitions: LeadDefinitions, openSections: () => Sections): Rhythm {
  const { leads } = definitions;
  if (leads.every(({ start }) => start > 0)) return readCounted(sections, definitions);
  const isCoded = readHuffmanTables(openSections().get(2)) !== undefined;
  try {
    if (!isCoded || leads.some(({ end }) => end % 10 > 0))
      return withNote(readCounted(sections, definitions), "numbers of samples, as they are");
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  const counted = leads.map((lead) => (lead.start === 0 ? { ...lead, start: 1 } : lead));
  return withNote(readCounted(openSections(), { ...definitions, leads: counted }), "counts of samples");
}

function withNote(rhythm: Rhythm, what: string): Rhythm {
  const note = `Section 3 counts samples from 0, not from 1: the ends of leads were taken for ${what}.`;
  return { ...rhythm, notes: [...rhythm.notes, note] };
}

/**
 * Reads the signals of the leads (sections 2, 4, 5 and 6). A lead that starts later than the first one has MISSING
 * before it.
 *
 * Where a reference beat was subtracted it is added again, in the greatest common divisor of both amplitude value
 * multipliers, so that nothing is rounded. Samples that were decimated (bimodal compression), which cannot be undone,
 * are interpolated.
 */
function readCounted(sections: Sections, { leads, isReferenceBeatSubtracted }: LeadDefinitions): Rhythm {
  const tables = readHuffmanTables(sections.get(2));
  const rhythm = readSignals(sections.get(6), 6, leads.length);
  const reference =
    isReferenceBeatSubtracted || rhythm.isBimodal
      ? { ...readLocations(sections.get(4)), ...readSignals(sections.get(5), 5, leads.length) }
      : undefined;
  const factor = reference ? toDecimationFactor(rhythm.interval, reference.interval) : 1;
  const beat = isReferenceBeatSubtracted ? reference : undefined;
  const unit = beat ? toCommonUnit(rhythm.multiplier, beat.multiplier) : rhythm.multiplier;
  const scale = unit === 0 ? 1 : rhythm.multiplier / unit;

  const first = checkLengths(leads, rhythm, factor);
  const samples = leads.map((lead, i) => {
    const runs = toRuns(lead, factor === 1 ? undefined : reference?.protectedZones, factor);
    const stored = readStored(rhythm, i, tables, countStored(runs, factor));
    const whole = new Int32Array(lead.end + 1 - first).fill(MISSING, 0, lead.start - first);
    const signal = whole.subarray(lead.start - first);
    restore(stored, runs, factor, signal);
    if (scale !== 1) for (let at = 0; at < signal.length; at++) signal[at] *= scale;
    if (beat) {
      const beatLength = Math.floor((beat.beatMs * 1000) / beat.interval);
      const values = readValues(beat, i, tables, beatLength);
      addBeats(signal, lead, beat, values, beat.multiplier / unit);
      // What was subtracted in 16 bits is added in 16 bits, where both are of one unit.
      if (beat.multiplier === rhythm.multiplier) signal.set(new Int16Array(signal));
    }
    return whole;
  });
  const interval = reference?.interval ?? rhythm.interval;
  const notes = factor > 1 ? ["Samples between the beats were stored at a lower rate, and are interpolated."] : [];
  return { samples, samplingRate: interval === 0 ? null : 1e6 / interval, gain: unit === 0 ? null : 1e6 / unit, notes };
}

/**
 * The content of section 5 or 6: `multiplier` in nV, `interval` in us, `order` of the differences, `leads` as they are
 * stored.
 */
type Signals = {
  id: number;
  multiplier: number;
  interval: number;
  order: number;
  isBimodal: boolean;
  leads: readonly Uint8Array[];
};

/**
 * Reads section 5, the reference beat, or 6, the rhythm, which have the same structure (5.8 and 5.9 of the
 * specification).
 */
function readSignals(section: ByteReader | undefined, id: number, leadCount: number): Signals {
  if (!section) throw new FormatError(`section ${id}`, "is needed for the signals, but there is none");
  const multiplier = section.u16("the amplitude value multiplier");
  const interval = section.u16("the sample time interval");
  const order = section.u8("the order of the differences");
  if (order > 2) section.fail(`differences of order ${order}`);
  const isBimodal = section.u8("the bimodal flag") === 1;
  const lengths = Array.from({ length: leadCount }, () => section.u16("a lead's length"));
  const leads = lengths.map((length, i) => section.take8(length, `lead ${i + 1}`));
  return { id, multiplier, interval, order, isBimodal, leads };
}

/** The numbers of the first and the last sample of a zone. */
type Zone = { start: number; end: number };

/**
 * The places of the reference beat. `beatMs` is its length; its sample number `beatFiducial` lies on each `fiducial`.
 */
type Locations = {
  beatMs: number;
  beatFiducial: number;
  subtractions: (Zone & { fiducial: number })[];
  /** Zones without decimation, by their start. */
  protectedZones: Zone[];
};

/**
 * Reads section 4 (5.7 of the specification). Version 1 has no protected zones: there they are where a beat was
 * subtracted.
 */
function readLocations(section: ByteReader | undefined): Locations {
  if (!section) throw new FormatError("section 4", "is needed for the signals, but there is none");
  const beatMs = section.u16("the reference beat's length");
  const beatFiducial = section.u16("the reference beat's fiducial");
  const count = section.u16("the number of QRS complexes");
  if (count * 14 > section.remaining) section.fail(`${count} QRS complexes do not fit into ${section.remaining} bytes`);
  const complexes = Array.from({ length: count }, () => {
    const type = section.u16();
    return { type, start: section.u32(), fiducial: section.u32(), end: section.u32() };
  });
  const hasZones = count * 8 <= section.remaining;
  const zones: Zone[] = hasZones ? complexes.map(() => ({ start: section.u32(), end: section.u32() })) : complexes;
  return {
    beatMs,
    beatFiducial,
    // Beats of all other types are not like the reference beat.
    subtractions: complexes.filter(({ type }) => type === 0),
    // One that is not protected has zeros.
    protectedZones: zones.filter(({ start, end }) => start > 0 && start <= end).toSorted((a, b) => a.start - b.start),
  };
}

/** The samples of the reference beat's interval for one of the rhythm's. */
function toDecimationFactor(interval: number, referenceInterval: number): number {
  const factor = interval / referenceInterval;
  if (Number.isInteger(factor) && factor >= 1 && factor <= MAX_DECIMATION) return factor;
  const intervals = `${interval} us, the reference beat's of ${referenceInterval} us`;
  throw new FormatError("section 6", `an interval of ${intervals}, of which it is no multiple up to ${MAX_DECIMATION}`);
}

/** The greatest common divisor of two amplitude value multipliers. */
function toCommonUnit(a: number, b: number): number {
  if (a === 0 || b === 0) throw new FormatError("section 6", "an amplitude value multiplier is 0");
  return b % a === 0 ? a : toCommonUnit(b % a, a);
}

/**
 * The number of the first sample of all leads. A few bytes cannot ask for much memory: no lead may be longer than its
 * bytes can mean at a bit a sample, nor start later than all leads take one after the other.
 *
 * @throws FormatError
 */
function checkLengths(leads: readonly LeadDefinition[], { leads: stored }: Signals, factor: number): number {
  const first = Math.min(...leads.map(({ start }) => start));
  let recorded = 0;
  let total = 0;
  for (const [i, { start, end }] of leads.entries()) {
    const length = end + 1 - start;
    if (length > stored[i].length * 8 * factor)
      throw new FormatError(`section 6, lead ${i + 1}`, `${stored[i].length} bytes are too few for ${length} samples`);
    recorded += length;
    total += end + 1 - first;
  }
  if (leads.some(({ start }) => start - first > recorded))
    throw new FormatError("section 3", "a lead starts long after the others have ended");
  if (total > MAX_SAMPLES) throw new FormatError("section 3", `more than ${MAX_SAMPLES} samples`);
  return first;
}

/** Some samples of a lead, which are all decimated or all not. */
type Run = { length: number; isDecimated: boolean };

/** The protected zones of a lead and what is between them, which is decimated. Without zones nothing is decimated. */
function toRuns({ start, end }: LeadDefinition, zones: readonly Zone[] | undefined, factor: number): Run[] {
  const runs: Run[] = [];
  let next = start;
  const extendTo = (last: number, isDecimated: boolean) => {
    const length = Math.min(last, end) + 1 - next;
    if (length <= 0) return;
    runs.push({ length, isDecimated });
    next += length;
  };
  for (const zone of zones ?? []) {
    extendTo(zone.start - 1, true);
    extendTo(zone.end, false);
  }
  extendTo(end, factor > 1);
  return runs;
}

/**
 * The number of stored samples. A decimated run has one for each group of `factor`, and all of those at its end that
 * make no whole group.
 */
function countStored(runs: readonly Run[], factor: number): number {
  const counts = runs.map(({ length, isDecimated }) =>
    isDecimated ? Math.floor(length / factor) + (length % factor) : length,
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function readStored(signals: Signals, lead: number, tables: HuffmanTables | undefined, count: number): Int16Array {
  const values = readValues(signals, lead, tables, count);
  if (values.length < count)
    throw new FormatError(`section ${signals.id}, lead ${lead + 1}`, `ends after ${values.length} of ${count} values`);
  return values;
}

/**
 * Reads up to `maxCount` values of a lead, and sums up their differences, which overflow at 16 bits as the values do.
 */
function readValues(signals: Signals, lead: number, tables: HuffmanTables | undefined, maxCount: number): Int16Array {
  const { id, order, leads } = signals;
  const where = `section ${id}, lead ${lead + 1}`;
  const values = tables ? decode(tables, leads[lead], maxCount, where) : readIntegers(leads[lead], maxCount);
  if (order === 1) for (let i = 1; i < values.length; i++) values[i] += values[i - 1];
  if (order === 2) for (let i = 2; i < values.length; i++) values[i] += 2 * values[i - 1] - values[i - 2];
  return values;
}

function readIntegers(bytes: Uint8Array, maxCount: number): Int16Array {
  const values = new Int16Array(Math.min(maxCount, bytes.length >> 1));
  for (let i = 0; i < values.length; i++) values[i] = bytes[2 * i] | (bytes[2 * i + 1] << 8);
  return values;
}

/**
 * Restores the samples from stored ones, of which some are the mean of a group (annex C of the specification). A mean
 * is taken for the sample in the middle of its group. Between two middles the line is straight; before the first and
 * behind the last it is level.
 */
function restore(stored: Int16Array, runs: readonly Run[], factor: number, samples: Int32Array): void {
  const middle = factor >> 1;
  let from = 0;
  let to = 0;
  for (const { length, isDecimated } of runs) {
    const groups = isDecimated ? Math.floor(length / factor) : 0;
    for (let i = 0; i < groups * factor; i++) {
      const at = Math.min(Math.max((i - middle) / factor, 0), groups - 1);
      const group = Math.floor(at);
      const mean = stored[from + group];
      const slope = group + 1 < groups ? stored[from + group + 1] - mean : 0;
      samples[to++] = Math.round(mean + slope * (at - group));
    }
    from += groups;
    const rest = length - groups * factor;
    samples.set(stored.subarray(from, from + rest), to);
    from += rest;
    to += rest;
  }
}

/**
 * Adds the reference beat wherever it was subtracted.
 *
 * @param values those of the beat
 * @param scale units of the signal in each of them
 */
function addBeats(
  signal: Int32Array,
  lead: LeadDefinition,
  { subtractions, beatFiducial }: Locations,
  values: Int16Array,
  scale: number,
): void {
  let added = 0;
  for (const { start, fiducial, end } of subtractions) {
    // The number of the sample that the beat's first value belongs to.
    const beatStart = fiducial + 1 - beatFiducial;
    const last = Math.min(end, lead.end, beatStart + values.length - 1);
    for (let number = Math.max(start, lead.start, beatStart); number <= last; number++) {
      signal[number - lead.start] += values[number - beatStart] * scale;
      added++;
    }
    if (added > MAX_OVERLAPS * signal.length)
      throw new FormatError("section 4", "the reference beat is subtracted many times from the same samples");
  }
}
