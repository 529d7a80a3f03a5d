import { type Annotation, MISSING, type RecordingHead } from "../../recording/recording.ts";
import { FormatError, type InputFile, type Stretch } from "../format.ts";
import type { Header, Signal } from "./header.ts";
import { parseTals, type Tal } from "./tals.ts";

/** A lead, with the signal that its samples are read from. */
export type EdfLead = RecordingHead["leads"][number] & { signal: Signal; samplingRate: number };

/** Bytes that are read at once; one data record if it is longer. */
const STRETCH_BYTES = 1 << 18;
/** The most missing samples in a stretch, in all leads together. A longer gap has stretches of its own. */
const GAP_STRETCH_SAMPLES = 1 << 17;
/**
 * The most missing samples in a file, in all leads together: six days of one lead at 250 Hz. A few bytes can promise
 * any number of them.
 */
const MAX_GAP_SAMPLES = 1 << 27;

type Reading = {
  bytes: InputFile["bytes"];
  header: Header;
  leads: EdfLead[];
  /** The onset of the first data record, where the recording begins. */
  start: number;
};

/**
 * Yields many data records at a time, with the gaps between them as missing samples. Where the file ends too early, or goes
 * on, as one that a recorder has not closed, what is there is given, with a note.
 */
export async function* readStretches({ bytes, header, leads, start }: Reading): AsyncGenerator<Stretch> {
  const { recordBytes } = header;
  let { recordCount = Number.POSITIVE_INFINITY } = header;
  const recordsAtOnce = Math.max(1, Math.floor(STRETCH_BYTES / recordBytes));
  const timeline = new Timeline(leads, start);
  let isGuessed = false;
  let hasComma = false;
  let isOutOfTime = false;
  let isDamaged = false;
  const notes: string[] = [];
  for (let done = 0; ; ) {
    if (done === recordCount) {
      // Less than a data record more is padding.
      if ((await bytes.peek(recordBytes)).length < recordBytes) return;
      notes.push(
        `The file goes on behind the ${recordCount} data records of its header: all that are there were kept.`,
      );
      recordCount = Number.POSITIVE_INFINITY;
    }
    const wanted = Math.min(recordsAtOnce, recordCount - done);
    const records = await bytes.read(wanted * recordBytes);
    const count = Math.floor(records.length / recordBytes);

    let batch: Batch = { from: 0, to: 0, gaps: new Map(), annotations: [] };
    let missing = 0;
    for (let i = 0; header.isPlus && i < count; i++) {
      const { tals, onset, damage } = readRecordTals(records, i * recordBytes, header, done + i + 1);
      const gap = header.isDiscontinuous ? timeline.readRecord(onset, done + i + 1) : undefined;
      if (gap) {
        missing += sum(gap);
        if (missing > GAP_STRETCH_SAMPLES) {
          if (i > batch.from) yield toStretch(records, header, leads, { ...batch, to: i });
          batch = { from: i, to: i, gaps: new Map(), annotations: [] };
          missing = 0;
          yield* newGap(gap);
        } else batch.gaps.set(i, gap);
      }
      const isTimed = onset !== undefined && !header.isDiscontinuous && !isOutOfTime;
      if (isTimed && !timeline.fits(onset, done + i)) {
        isOutOfTime = true;
        const place = `Data record ${done + i + 1} says that it begins at ${onset} s`;
        notes.push(`${place}, though the file says that it has no gaps: all were read as one behind the other.`);
      }
      if (damage !== undefined && !isDamaged) notes.push(noteDamage(damage, done + i + 1));
      isDamaged ||= damage !== undefined;
      for (const tal of tals) {
        addAnnotations(batch.annotations, tal, start, leads);
        if (tal.isGuessed && !isGuessed) notes.push("Annotations that are no UTF-8 were read as windows-1252.");
        isGuessed ||= tal.isGuessed;
        if (tal.hasComma && !hasComma)
          notes.push("Times of annotations have decimal commas, which were read as points.");
        hasComma ||= tal.hasComma;
      }
    }
    if (count > 0) {
      const stretch = toStretch(records, header, leads, { ...batch, to: count });
      yield notes.length > 0 ? { ...stretch, notes: notes.splice(0) } : stretch;
    }
    done += count;
    if (count < wanted) {
      const isPromised = recordCount < Number.POSITIVE_INFINITY;
      const promise = { ...header, recordCount: isPromised ? recordCount : undefined };
      yield* readRest(records.subarray(count * recordBytes), { header: promise, leads, start, timeline, done });
      return;
    }
  }
}

type Rest = Omit<Reading, "bytes"> & { timeline: Timeline; done: number };

/**
 * Yields the samples in the beginning of a data record, behind `done` whole ones, at which the file ends. The samples
 * that it would have had are missing.
 */
function* readRest(rest: Uint8Array, { header, leads, start, timeline, done }: Rest): Generator<Stretch> {
  const { recordBytes, recordCount, bytesPerSample, isDiscontinuous, isPlus } = header;
  if (rest.length === 0 && recordCount === undefined) return;
  const ofAll = recordCount === undefined ? "" : ` of ${recordCount}`;
  const record = new Uint8Array(recordBytes);
  record.set(rest);
  const { tals, onset }: RecordTals = isPlus ? readRecordTals(record, 0, header, done + 1, rest.length) : { tals: [] };
  const counts = leads.map(({ signal: { offset, samplesPerRecord } }) =>
    Math.max(0, Math.min(samplesPerRecord, Math.floor((rest.length - offset) / bytesPerSample))),
  );
  // Without its time nobody knows where its samples belong.
  const isKept = sum(counts) > 0 && (!isDiscontinuous || onset !== undefined);
  if (done === 0 && !isKept) throw new FormatError(`data record 1${ofAll}`, "the file ends before it does");
  const kept = isKept ? ", and samples that are not there are missing" : "";
  const notes = [`The file ends within data record ${done + 1}${ofAll}: what is there was kept${kept}.`];
  if (rest.length === 0) notes[0] = `The file has ${done} data records${ofAll}: what is there was kept.`;
  if (!isKept) {
    yield { samples: leads.map(() => new Int32Array(0)), notes };
    return;
  }
  const gap = isDiscontinuous ? timeline.readRecord(onset, done + 1) : undefined;
  if (gap) yield* newGap(gap);
  const annotations: Annotation[] = [];
  for (const tal of tals) addAnnotations(annotations, tal, start, leads);
  const stretch = toStretch(record, header, leads, { from: 0, to: 1, gaps: new Map(), annotations });
  for (const [i, samples] of stretch.samples.entries()) samples.fill(MISSING, counts[i]);
  yield { ...stretch, notes };
}

/** The data records `from` up to, not including, `to`, with the missing samples of each lead before some of them. */
type Batch = { from: number; to: number; gaps: Map<number, number[]>; annotations: Annotation[] };

function toStretch(bytes: Uint8Array, header: Header, leads: EdfLead[], batch: Batch): Stretch {
  return {
    samples: leads.map(({ signal }, i) => readSamples(bytes, header, signal, batch, i)),
    annotations: batch.annotations.sort((one, other) => one.time - other.time),
  };
}

/** Keeps how many samples each lead has had, to find gaps between data records that say when they begin. */
class Timeline {
  private readonly leads: EdfLead[];
  private readonly start: number;
  private readonly counts: number[];
  /** The index of the lead with the highest sampling rate. */
  private readonly fastest: number;
  private missing = 0;

  constructor(leads: EdfLead[], start: number) {
    this.leads = leads;
    this.start = start;
    this.counts = leads.map(() => 0);
    this.fastest = leads.reduce((best, { samplingRate }, i) => (samplingRate > leads[best].samplingRate ? i : best), 0);
  }

  /**
   * Adds a data record. Gives the number of samples that each lead lacks before it; undefined if it begins in time, to
   * a sample of the fastest lead.
   */
  readRecord(onset: number | undefined, record: number): number[] | undefined {
    const fail = (message: string): never => {
      throw new FormatError(`data record ${record}`, message);
    };
    if (onset === undefined) return fail("it does not say when it begins");
    const time = onset - this.start;
    const late = time * this.leads[this.fastest].samplingRate - this.counts[this.fastest];
    if (late < -1) fail(`it begins at ${onset} s, before the one before it ends`);
    const gap = late > 1 ? this.toGap(time) : undefined;
    if (this.missing > MAX_GAP_SAMPLES) fail(`up to ${onset} s more than ${MAX_GAP_SAMPLES} samples are missing`);
    for (const [i, { signal }] of this.leads.entries()) this.counts[i] += (gap?.[i] ?? 0) + signal.samplesPerRecord;
    return gap;
  }

  /** Whether a data record behind so many others without gaps begins at its time, to a sample of the fastest lead. */
  fits(onset: number, recordsBefore: number): boolean {
    const { samplingRate, signal } = this.leads[this.fastest];
    return Math.abs((onset - this.start) * samplingRate - recordsBefore * signal.samplesPerRecord) <= 1;
  }

  private toGap(time: number): number[] {
    const gap = this.leads.map((lead, i) => Math.max(0, Math.round(time * lead.samplingRate) - this.counts[i]));
    this.missing += sum(gap);
    return gap;
  }
}

/** Yields missing samples alone, in stretches of bounded size. */
function* newGap(counts: number[]): Generator<Stretch> {
  const stretches = Math.ceil(sum(counts) / GAP_STRETCH_SAMPLES);
  for (let i = 0; i < stretches; i++) {
    const lengths = counts.map(
      (count) => Math.floor((count * (i + 1)) / stretches) - Math.floor((count * i) / stretches),
    );
    yield { samples: lengths.map((length) => new Int32Array(length).fill(MISSING)) };
  }
}

function sum(counts: number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** The annotations of a data record, when it says that it begins, and why what comes behind some of them is none. */
type RecordTals = { tals: Tal[]; onset?: number; damage?: string };

/**
 * The annotations of the data record at `position`. The first list of the first signal of annotations says when the record
 * begins, by a first text that is empty (EDF+ specification, section 2.2.4).
 *
 * @param length the bytes of the record that are there, of which signals that are cut off are left out
 * @throws FormatError where the times between data records matter, and that list is none
 */
export function readRecordTals(
  bytes: Uint8Array,
  position: number,
  header: Header,
  record: number,
  length = header.recordBytes,
): RecordTals {
  const tals: Tal[] = [];
  let onset: number | undefined;
  let damage: string | undefined;
  for (const [i, { offset, samplesPerRecord }] of header.annotationsSignals.entries()) {
    const from = position + offset;
    const to = from + samplesPerRecord * header.bytesPerSample;
    if (to > position + length) continue;
    const own = parseTals(bytes, { from, to }, record);
    if (i === 0 && own.tals[0]?.tellsTime) onset = own.tals[0].onset;
    if (i === 0 && header.isDiscontinuous && own.tals.length === 0 && own.damage !== undefined)
      throw new FormatError(`data record ${record}`, own.damage);
    damage ??= own.damage;
    for (const tal of own.tals) tals.push(tal);
  }
  return { tals, onset, damage };
}

/** The note on annotations that are none: memory that nobody cleared, in what some programs write. */
function noteDamage(damage: string, record: number): string {
  return `Annotations that are none are not kept, nor are others behind them in their data record: in data record ${record} ${damage}.`;
}

/**
 * Adds the texts of a list as annotations. A text that ends with `@@` and a label is of that signal (EDF+ standard
 * texts, section 3.3).
 */
function addAnnotations(
  annotations: Annotation[],
  { onset, duration, texts }: Tal,
  start: number,
  leads: EdfLead[],
): void {
  for (const text of texts) {
    const link = text.lastIndexOf("@@");
    const lead = link < 0 ? undefined : leads.find(({ signal }) => signal.label === text.slice(link + 2));
    const annotation: Annotation = { time: onset - start, text: lead ? text.slice(0, link) : text };
    if (duration !== undefined) annotation.duration = duration;
    if (lead) annotation.lead = lead.name;
    annotations.push(annotation);
  }
}

/** Reads the samples of a signal, with the gaps of its lead. */
function readSamples(bytes: Uint8Array, header: Header, signal: Signal, batch: Batch, lead: number): Int32Array {
  const { from, to, gaps } = batch;
  const { offset, samplesPerRecord } = signal;
  let length = (to - from) * samplesPerRecord;
  for (const gap of gaps.values()) length += gap[lead];
  const samples = new Int32Array(length);
  const readRecord = header.bytesPerSample === 2 ? read16 : read24;
  let position = 0;
  for (let record = from; record < to; record++) {
    const gap = gaps.size > 0 ? gaps.get(record)?.[lead] : undefined;
    if (gap) {
      samples.fill(MISSING, position, position + gap);
      position += gap;
    }
    readRecord(bytes, record * header.recordBytes + offset, samples, position, samplesPerRecord);
    position += samplesPerRecord;
  }
  return samples;
}

/** Reads integers of 16 bits, little-endian in two's complement. */
function read16(bytes: Uint8Array, from: number, samples: Int32Array, to: number, count: number): void {
  for (let i = 0, at = from; i < count; i++, at += 2) {
    samples[to + i] = ((bytes[at] << 16) | (bytes[at + 1] << 24)) >> 16;
  }
}

/** Reads integers of 24 bits, little-endian in two's complement. */
function read24(bytes: Uint8Array, from: number, samples: Int32Array, to: number, count: number): void {
  for (let i = 0, at = from; i < count; i++, at += 3) {
    samples[to + i] = ((bytes[at] << 8) | (bytes[at + 1] << 16) | (bytes[at + 2] << 24)) >> 8;
  }
}
