import { findLead } from "../../recording/lead-names.ts";
import { MISSING } from "../../recording/recording.ts";
import { ByteStream } from "../byte-stream.ts";
import { FormatError, type ReadOptions, type Stretch } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { type Header, noteLost, readHeader, type Signal } from "./header.ts";
import { list, quote, Tally } from "./notes.ts";
import type { RecordFiles } from "./record-files.ts";
import { SignalFile, toStretchFrames } from "./signals.ts";

/** A record that is open: its head, and its samples, which come a stretch at a time. */
export type OpenRecord = {
  recordedAt: number | null;
  /** Frames per second. */
  frameRate: number;
  /** All signals of the record, in their order. */
  signals: readonly Signal[];
  /** The signals that are read; of one whose scale changes, a lead for each scale. */
  leads: readonly Signal[];
  /** Notes on the headers: what was not kept, not understood or assumed. */
  notes: string[];
  /** The next samples of each lead, and with the last of them what was noted on the way. */
  stretches: AsyncIterable<Stretch>;
};

/**
 * A segment of a record, or all of a record that has none: the signals of its header, and for each lead its signal,
 * undefined where the segment has none.
 */
type Segment = { lines: readonly Signal[]; frameCount: number | null; leads: (Signal | undefined)[] };

/** The frame rate in Hz of headers that name none (HEADERS.md, Record Line). */
const DEFAULT_FRAME_RATE = 250;
/** The note on a header that names no frame rate. */
const ASSUMED_RATE = `The header names no sampling frequency: it is taken as ${DEFAULT_FRAME_RATE} Hz, which is WFDB's default.`;
/** A file may be this much shorter than its header says, in seconds: what is not there is missing. More is damage. */
const MAX_LACKING_SECONDS = 1;
/**
 * The samples that may come of no bytes, in gaps and in segments that are listed again: 12 hours of 3 leads at 250 Hz.
 */
const MAX_FREE_SAMPLES = 2 ** 25;
/** The samples beyond them for each byte of a record of segments, where each scale of a signal is a lead of its own. */
const FREE_SAMPLES_PER_BYTE = 8;

/**
 * Opens a record of signals. If they are in one file, it is read as it comes in.
 *
 * @throws AppError, and so do the samples
 */
export async function openSignals(header: Header, files: RecordFiles, options: ReadOptions): Promise<OpenRecord> {
  const { name, signals, recordedAt, frameCount } = header;
  const leads = selectLeads(name, signals, options.leads);
  const segment: Segment = {
    lines: signals,
    frameCount,
    leads: leads.map((lead) => (lead.format === 0 ? undefined : lead)),
  };
  if (toFileNames(segment).length > 1) await files.holdRest();
  for (const { file } of signals) files.claim(file);
  const frameRate = header.frameRate ?? options.samplingRate ?? DEFAULT_FRAME_RATE;
  const rateIsAssumed = header.frameRate === null && options.samplingRate === undefined;
  return {
    recordedAt,
    frameRate,
    signals,
    leads,
    notes: [
      ...noteLost([header]),
      ...(recordedAt === null ? noteDate([header]) : []),
      ...(rateIsAssumed ? [ASSUMED_RATE] : []),
      ...noteSkew([segment], leads),
    ],
    stretches: readSegments(name, [segment], leads, frameRate, MAX_FREE_SAMPLES, (file) => files.open(file)),
  };
}

/**
 * Opens a record of segments, all of whose files are held (HEADERS.md, Multi-Segment Headers). A first, empty segment
 * is a layout: it has all signals of the record, and each other segment has some of them. Without a layout all segments
 * have the same signals.
 *
 * @throws AppError, and so do the samples
 */
export async function openSegments(header: Header, files: RecordFiles, options: ReadOptions): Promise<OpenRecord> {
  await files.holdRest();
  const { name } = header;
  const listed = header.segments ?? [];
  const total = listed.reduce((sum, { frameCount }) => sum + frameCount, 0);
  if (header.frameCount !== null && header.frameCount !== total)
    throw new FormatError(name, `promises ${header.frameCount} samples, its segments ${total}`);
  const headers = readSegmentHeaders(header, files, options.timeZone);
  const hasLayout = listed[0]?.frameCount === 0 && headers.has(listed[0].name);
  const first = [...headers.values()].find(({ signals }) => hasLayout || signals.some(({ format }) => format !== 0));
  if (!first) throw new FormatError(name, "has no segment with signals");

  const own = new Map<string, (Signal | undefined)[]>();
  const strange = { names: new Tally(), signals: new Tally() };
  for (const { name, frameCount } of listed) {
    const segment = headers.get(name);
    if (!segment || frameCount === 0 || own.has(name)) continue;
    own.set(name, matchSignals(first, segment, hasLayout, strange));
  }
  const scales = first.signals.flatMap((signal, i) => listScales(own, signal, i));
  const leads = selectLeads(
    name,
    scales.map(({ lead }) => lead),
    options.leads,
  );
  const chosen = leads.flatMap((lead) => scales.find((scale) => scale.lead === lead) ?? []);
  const gap: Pick<Segment, "lines" | "leads"> = { lines: [], leads: leads.map(() => undefined) };
  const kinds = new Map<string, typeof gap>();
  for (const [name, signals] of own) {
    const ofSegment = chosen.map(({ index, key }) => {
      const signal = signals[index];
      return signal && toScaleKey(signal) === key ? signal : undefined;
    });
    kinds.set(name, { lines: headers.get(name)?.signals ?? [], leads: ofSegment });
  }
  const segments = listed.map(({ name, frameCount }) => ({ ...(kinds.get(name) ?? gap), frameCount }));
  const mostFree = MAX_FREE_SAMPLES + FREE_SAMPLES_PER_BYTE * files.heldBytes;
  const frameRate = header.frameRate ?? first.frameRate ?? options.samplingRate;
  const rate = frameRate ?? DEFAULT_FRAME_RATE;
  const framesBefore = listed.slice(
    0,
    Math.max(
      0,
      listed.findIndex(({ name }) => headers.get(name) === first),
    ),
  );
  const before = framesBefore.reduce((sum, { frameCount }) => sum + frameCount, 0) / rate;
  const recordedAt =
    header.recordedAt ?? (first.recordedAt === null ? null : Math.round(first.recordedAt - before * 1000));
  return {
    recordedAt,
    frameRate: rate,
    signals: first.signals,
    leads,
    notes: [
      ...noteLost([header, ...headers.values()]),
      ...(recordedAt === null ? noteDate([header, first]) : []),
      ...(frameRate === undefined ? [ASSUMED_RATE] : []),
      ...noteScales(chosen, scales),
      ...strange.names.toNotes(
        ({ first }) => `Signals are named differently in segments, and keep the first name: ${first}.`,
      ),
      ...strange.signals.toNotes(
        ({ count, first }) =>
          `Signals of segments that the layout does not name are not kept: ${count}, the first ${first}.`,
      ),
      ...noteSkew(segments, leads),
    ],
    stretches: readSegments(
      name,
      segments,
      leads,
      rate,
      mostFree,
      async (file) => new ByteStream([files.require(file)]),
    ),
  };
}

/** The note on a date that was not understood, of the first of these headers that has one. */
function noteDate(headers: readonly Header[]): string[] {
  const date = headers.map((header) => header.date).find((text) => text !== "");
  if (date === undefined) return [];
  return [`The header's date and time, ${quote(date)}, is not understood as one moment: no date is taken from it.`];
}

function noteSkew(segments: readonly Segment[], leads: readonly Signal[]): string[] {
  const skewed = leads.filter((_, i) => segments.some((segment) => (segment.leads[i]?.skewFrames ?? 0) > 0));
  if (skewed.length === 0) return [];
  const names = list(skewed.map(({ name }) => name));
  return [`Samples from before the record's beginning are not kept, and as many are missing at its end: ${names}.`];
}

/** Reads the headers of the segments, by their names. Gaps have none. */
function readSegmentHeaders(header: Header, files: RecordFiles, timeZone: string): Map<string, Header> {
  const headers = new Map<string, Header>();
  for (const { name, frameCount } of header.segments ?? []) {
    if (name === "~") continue;
    const file = `${name}.hea`;
    let own = headers.get(name);
    if (!own) {
      own = readHeader(files.require(file), file, timeZone);
      headers.set(name, own);
      files.claim(file);
      for (const { file } of own.signals) files.claim(file);
    }
    if (own.segments) throw new FormatError(file, "is a segment and consists of segments itself");
    if (own.frameRate !== null && header.frameRate !== null && own.frameRate !== header.frameRate)
      throw new FormatError(file, `has ${own.frameRate} Hz where its record has ${header.frameRate} Hz`);
    if (frameCount > 0 && own.frameCount !== null && own.frameCount !== frameCount)
      throw new FormatError(file, `has ${own.frameCount} samples where its record says ${frameCount}`);
  }
  return headers;
}

/**
 * The segment's signal for each signal of the record: of the same name if there is a layout, else in the same place.
 */
function matchSignals(
  first: Header,
  segment: Header,
  hasLayout: boolean,
  strange: { names: Tally; signals: Tally },
): (Signal | undefined)[] {
  const own = segment.signals.filter(({ format }) => format !== 0);
  if (own.length > 0 && !hasLayout && own.length !== first.signals.length)
    throw new FormatError(segment.name, `has ${own.length} signals where its record has ${first.signals.length}`);
  const byName = new Map(own.map((signal) => [signal.name, signal]));
  if (hasLayout && byName.size < own.length)
    throw new FormatError(segment.name, "has two signals of one name: they cannot be told apart");
  const known = new Set(first.signals.map(({ name }) => name));
  for (const { name } of hasLayout ? own : []) {
    if (!known.has(name)) strange.signals.add(`${quote(name)} of ${segment.name}`);
  }
  return first.signals.map(({ name, samplesPerFrame }, i) => {
    const signal = hasLayout ? byName.get(name) : own[i];
    if (signal && signal.name !== name) {
      strange.names.add(`${quote(name)} is ${quote(signal.name)} in ${segment.name}`);
    }
    if (signal && signal.samplesPerFrame !== samplesPerFrame)
      throw new FormatError(segment.name, `the samples per frame of ${name} differ from those of its record`);
    return signal;
  });
}

/** A signal of the record in one of its scales, which is a lead. */
type Scale = { lead: Signal; index: number; key: string };

/**
 * The scales of a signal in the order in which segments have them. Samples are not converted: each scale is a lead of its
 * own, `II`, then `II (2)`. The layout may have another scale, which other programs convert the samples to; it counts
 * where no segment has the signal.
 */
function listScales(segments: ReadonlyMap<string, (Signal | undefined)[]>, signal: Signal, index: number): Scale[] {
  const scales = new Map<string, Scale>();
  for (const { [index]: own } of segments.values()) {
    if (!own || scales.has(toScaleKey(own))) continue;
    const { gain, baseline, unit } = own;
    const name = scales.size === 0 ? signal.name : `${signal.name} (${scales.size + 1})`;
    const key = toScaleKey(own);
    scales.set(key, { lead: { ...signal, name, gain, baseline, unit }, index, key });
  }
  return scales.size > 0 ? [...scales.values()] : [{ lead: signal, index, key: toScaleKey(signal) }];
}

function toScaleKey({ gain, baseline, unit = "" }: Signal): string {
  return `${gain} ${baseline} ${unit}`;
}

/** @param all the scales of all signals, with those of a signal behind one another */
function noteScales(chosen: readonly Scale[], all: readonly Scale[]): string[] {
  const ranges = [...new Set(chosen.map(({ index }) => index))].flatMap((index) => {
    const names = all.filter((scale) => scale.index === index).map(({ lead }) => lead.name);
    return names.length > 1 ? `${names[0]} to ${names[names.length - 1]}` : [];
  });
  if (ranges.length === 0) return [];
  return [
    `Gains or baselines change between segments: each scale of a signal is a lead of its own, missing where another holds: ${list(ranges)}.`,
  ];
}

function selectLeads(record: string, signals: readonly Signal[], names?: readonly string[]): readonly Signal[] {
  const leads = names?.map((name) => findLead(signals, name) ?? failToFind(record, name)) ?? signals;
  if (leads.length === 0) throw new FormatError(record, "has no signals");
  if (leads.length > MAX_LEADS)
    throw new FormatError(record, `${leads.length} leads are more than the ${MAX_LEADS} of an ECG`);
  return leads;
}

function failToFind(record: string, name: string): never {
  throw new FormatError(record, `has no signal that is called ${name}`);
}

function toFileNames({ leads }: Segment): string[] {
  return [...new Set(leads.flatMap((lead) => lead?.file ?? []))];
}

/** The files whose length is not that of the header, or where it says none, no whole number of frames. */
type OddLengths = { shorter: Tally; longer: Tally; cutOff: Tally };

/**
 * Reads the segments one after the other.
 *
 * @param frameRate in Hz
 * @param mostFree how many samples may come of no bytes
 * @param open gives a file from its beginning
 */
async function* readSegments(
  record: string,
  segments: readonly Segment[],
  leads: readonly Signal[],
  frameRate: number,
  mostFree: number,
  open: (file: string) => Promise<ByteStream>,
): AsyncGenerator<Stretch> {
  requireFewFreeSamples(record, segments, leads, mostFree);
  const odd: OddLengths = { shorter: new Tally(), longer: new Tally(), cutOff: new Tally() };
  const mostLacking = Math.max(1, Math.floor(MAX_LACKING_SECONDS * frameRate));
  for (const segment of segments) {
    for await (const samples of readSegment(segment, leads, mostLacking, odd, open)) yield { samples };
  }
  const notes = [
    ...odd.shorter.toNotes(({ count, first }) =>
      count === 1
        ? `The file ${first}.`
        : `${count} files are shorter than the header says, and the rest of them is missing: ${first}, to begin with.`,
    ),
    ...odd.longer.toNotes(({ count, first }) =>
      count === 1
        ? `The file ${first} is longer than the header says: what is behind the record's end is not kept.`
        : `${count} files are longer than the header says, ${first} the first: what is behind the record's end is not kept.`,
    ),
    ...odd.cutOff.toNotes(
      ({ first }) => `The file ${first} ends within a frame, which is left out: it may have been cut off.`,
    ),
  ];
  if (notes.length > 0) yield { samples: leads.map(() => new Int32Array(0)), notes };
}

/** Reads a segment, and moves signals by their skew. What a skew takes away at the beginning is missing at the end. */
async function* readSegment(
  segment: Segment,
  leads: readonly Signal[],
  mostLacking: number,
  odd: OddLengths,
  open: (file: string) => Promise<ByteStream>,
): AsyncGenerator<Int32Array[]> {
  const { lines, frameCount } = segment;
  const files: { name: string; signals: Signal[]; contents: SignalFile; isShort: boolean }[] = [];
  for (const name of toFileNames(segment)) {
    const signals = lines.filter(({ file }) => file === name);
    files.push({ name, signals, contents: await SignalFile.open(name, await open(name), signals), isShort: false });
  }
  const all = [...leads, ...files.flatMap(({ signals }) => signals)];
  const stretchFrames = toStretchFrames(all.reduce((sum, { samplesPerFrame }) => sum + samplesPerFrame, 0));

  const bySignal = new Map<Signal, Int32Array>();
  let done = 0;
  for (let isEnded = false; !isEnded && done !== frameCount; ) {
    const wanted = Math.min(stretchFrames, (frameCount ?? Number.POSITIVE_INFINITY) - done);
    let frames = wanted;
    for (const [i, file] of files.entries()) {
      const { name, signals, contents } = file;
      let samples = file.isShort ? signals.map(() => new Int32Array(0)) : await contents.readFrames(wanted);
      let own = samples[0].length / signals[0].samplesPerFrame;
      if (own < wanted && frameCount !== null) {
        const found = done + own;
        if (!file.isShort && (found === 0 || frameCount - found > mostLacking))
          throw new FormatError(name, `ends after ${found} of the ${frameCount} samples that the header promises`);
        if (!file.isShort)
          odd.shorter.add(
            `${name} has ${found} of the ${frameCount} samples that the header promises, the rest is missing`,
          );
        file.isShort = true;
        samples = samples.map((part, k) => fillUp(part, wanted * signals[k].samplesPerFrame));
        own = wanted;
      }
      for (const [k, signal] of signals.entries()) bySignal.set(signal, samples[k]);
      if (i > 0 && own !== frames) throw new FormatError(name, `is not as long as ${files[0].name}`);
      frames = own;
    }
    yield segment.leads.map((lead, i) => {
      const samples = lead && bySignal.get(lead);
      if (!samples) return newMissing(frames * leads[i].samplesPerFrame);
      // What comes before the record begins.
      return samples.subarray(Math.max(0, lead.skewFrames - done) * lead.samplesPerFrame);
    });
    done += frames;
    isEnded = frames < wanted;
  }
  requireSkewWithin(segment.leads, done);
  for (const { name, contents, isShort } of files) {
    if (frameCount === null) {
      if (contents.isCutOff()) odd.cutOff.add(name);
      continue;
    }
    // The checksum of a file that is too short may be of what is not there.
    if (isShort) continue;
    contents.verify();
    if (await contents.hasMore()) odd.longer.add(name);
  }
  const ends = segment.leads.map((lead) => newMissing(lead ? lead.skewFrames * lead.samplesPerFrame : 0));
  if (ends.some(({ length }) => length > 0)) yield ends;
}

function requireSkewWithin(leads: Segment["leads"], frameCount: number): void {
  for (const lead of leads) {
    if (lead && lead.skewFrames > frameCount)
      throw new FormatError(
        lead.file,
        `a skew of ${lead.skewFrames} frames is longer than the ${frameCount} frames that there are`,
      );
  }
}

/** Refuses records in which a few lines promise many missing samples, or the same samples many times. */
function requireFewFreeSamples(
  record: string,
  segments: readonly Segment[],
  leads: readonly Signal[],
  mostFree: number,
): void {
  const read = new Set<readonly Signal[]>();
  let count = 0;
  for (const segment of segments) {
    for (const [i, { samplesPerFrame }] of leads.entries()) {
      const isFree = segment.leads[i] === undefined || read.has(segment.lines);
      if (isFree) count += samplesPerFrame * (segment.frameCount ?? Number.POSITIVE_INFINITY);
    }
    read.add(segment.lines);
  }
  if (count > mostFree)
    throw new FormatError(record, `has more than ${mostFree} samples that are in no file, or no length for them`);
}

/** The samples, and behind them missing ones up to a number. */
function fillUp(samples: Int32Array, count: number): Int32Array {
  const filled = newMissing(count);
  filled.set(samples);
  return filled;
}

function newMissing(count: number): Int32Array {
  return new Int32Array(count).fill(MISSING);
}
