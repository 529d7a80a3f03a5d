import { findLead } from "../../recording/lead-names.ts";
import { MISSING } from "../../recording/recording.ts";
import { ByteStream } from "../byte-stream.ts";
import { FormatError, type ReadOptions } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { type Header, readHeader, type Signal } from "./header.ts";
import type { RecordFiles } from "./record-files.ts";
import { SignalFile, toStretchFrames } from "./signals.ts";

/** A record that is open: its head, and its samples, which come a stretch at a time. */
export type OpenRecord = {
  recordedAt: number | null;
  /** Frames per second. */
  frameRate: number;
  /** All signals of the record, in their order. */
  signals: readonly Signal[];
  /** The signals that are read. */
  leads: readonly Signal[];
  /** The next samples of each lead. */
  samples: AsyncIterable<Int32Array[]>;
};

/**
 * A segment of a record, or all of a record that has none: the signals of its header, and for each lead its signal,
 * undefined where the segment has none.
 */
type Segment = { lines: readonly Signal[]; frameCount: number | null; leads: (Signal | undefined)[] };

/** The frame rate in Hz of headers that name none (HEADERS.md, Record Line). */
const DEFAULT_FRAME_RATE = 250;
/**
 * The most samples that come of no bytes, in gaps and in segments that are listed again: 12 hours of 3 leads at 250 Hz.
 */
const MAX_FREE_SAMPLES = 2 ** 25;

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
  const frameRate = header.frameRate ?? options.samplingRate ?? DEFAULT_FRAME_RATE;
  return {
    recordedAt,
    frameRate,
    signals,
    leads,
    samples: readSegments(name, [segment], leads, (file) => files.open(file)),
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
  for (const { name, frameCount } of listed) {
    const segment = headers.get(name);
    if (segment && frameCount > 0 && !own.has(name)) own.set(name, matchSignals(first, segment, hasLayout));
  }
  const signals = first.signals.map((signal, i) => ({ ...signal, ...findScale(own, i) }));
  const leads = selectLeads(name, signals, options.leads);
  const indexes = leads.map((lead) => signals.indexOf(lead));
  const gap: Pick<Segment, "lines" | "leads"> = { lines: [], leads: leads.map(() => undefined) };
  const kinds = new Map<string, typeof gap>();
  for (const [name, signals] of own) {
    kinds.set(name, { lines: headers.get(name)?.signals ?? [], leads: indexes.map((i) => signals[i]) });
  }
  const segments = listed.map(({ name, frameCount }) => ({ ...(kinds.get(name) ?? gap), frameCount }));
  return {
    recordedAt: header.recordedAt ?? first.recordedAt,
    frameRate: header.frameRate ?? first.frameRate ?? options.samplingRate ?? DEFAULT_FRAME_RATE,
    signals,
    leads,
    samples: readSegments(name, segments, leads, async (file) => new ByteStream([files.require(file)])),
  };
}

/** Reads the headers of the segments, by their names. Gaps have none. */
function readSegmentHeaders(header: Header, files: RecordFiles, timeZone: string): Map<string, Header> {
  const headers = new Map<string, Header>();
  for (const { name, frameCount } of header.segments ?? []) {
    if (name === "~") continue;
    const file = `${name}.hea`;
    const own = headers.get(name) ?? readHeader(files.require(file), file, timeZone);
    headers.set(name, own);
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
function matchSignals(first: Header, segment: Header, hasLayout: boolean): (Signal | undefined)[] {
  const own = segment.signals.filter(({ format }) => format !== 0);
  if (own.length > 0 && !hasLayout && own.length !== first.signals.length)
    throw new FormatError(segment.name, `has ${own.length} signals where its record has ${first.signals.length}`);
  const byName = new Map(own.map((signal) => [signal.name, signal]));
  if (hasLayout && byName.size < own.length)
    throw new FormatError(segment.name, "has two signals of one name: they cannot be told apart");
  return first.signals.map(({ name, samplesPerFrame }, i) => {
    const signal = hasLayout ? byName.get(name) : own[i];
    if (signal && signal.samplesPerFrame !== samplesPerFrame)
      throw new FormatError(segment.name, `the samples per frame of ${name} differ from those of its record`);
    return signal;
  });
}

/**
 * The scale of a signal, which must be the same in all segments that have it. The layout may have another scale, which
 * other programs convert the samples to.
 */
function findScale(segments: ReadonlyMap<string, (Signal | undefined)[]>, i: number): Partial<Signal> {
  let scale: Pick<Signal, "gain" | "baseline"> | undefined;
  for (const [segment, { [i]: signal }] of segments) {
    if (!signal) continue;
    const { name, gain, baseline } = signal;
    scale ??= { gain, baseline };
    if (gain !== scale.gain || baseline !== scale.baseline)
      throw new FormatError(
        segment,
        `the gain or baseline of ${name} is another than before: samples are not converted`,
      );
  }
  return scale ?? {};
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

/**
 * Reads the segments one after the other.
 *
 * @param open gives a file from its beginning
 */
async function* readSegments(
  record: string,
  segments: readonly Segment[],
  leads: readonly Signal[],
  open: (file: string) => Promise<ByteStream>,
): AsyncGenerator<Int32Array[]> {
  requireFewFreeSamples(record, segments, leads);
  for (const segment of segments) yield* readSegment(segment, leads, open);
}

/** Reads a segment, and moves signals by their skew. What a skew takes away at the beginning is missing at the end. */
async function* readSegment(
  segment: Segment,
  leads: readonly Signal[],
  open: (file: string) => Promise<ByteStream>,
): AsyncGenerator<Int32Array[]> {
  const { lines, frameCount } = segment;
  const files: { name: string; signals: Signal[]; contents: SignalFile }[] = [];
  for (const name of toFileNames(segment)) {
    const signals = lines.filter(({ file }) => file === name);
    files.push({ name, signals, contents: await SignalFile.open(name, await open(name), signals) });
  }
  const all = [...leads, ...files.flatMap(({ signals }) => signals)];
  const stretchFrames = toStretchFrames(all.reduce((sum, { samplesPerFrame }) => sum + samplesPerFrame, 0));

  const bySignal = new Map<Signal, Int32Array>();
  let done = 0;
  for (let isEnded = false; !isEnded && done !== frameCount; ) {
    const wanted = Math.min(stretchFrames, (frameCount ?? Number.POSITIVE_INFINITY) - done);
    let frames = wanted;
    for (const [i, { name, signals, contents }] of files.entries()) {
      const samples = await contents.readFrames(wanted);
      for (const [k, signal] of signals.entries()) bySignal.set(signal, samples[k]);
      const own = samples[0].length / signals[0].samplesPerFrame;
      if (own < wanted && frameCount !== null)
        throw new FormatError(name, `ends after ${done + own} of the ${frameCount} samples that the header promises`);
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
  if (frameCount !== null) for (const { contents } of files) contents.verify();
  const ends = segment.leads.map((lead) =>
    newMissing(lead ? Math.min(lead.skewFrames, done) * lead.samplesPerFrame : 0),
  );
  if (ends.some(({ length }) => length > 0)) yield ends;
}

/** Refuses records in which a few lines promise many missing samples, or the same samples many times. */
function requireFewFreeSamples(record: string, segments: readonly Segment[], leads: readonly Signal[]): void {
  const read = new Set<readonly Signal[]>();
  let count = 0;
  for (const segment of segments) {
    for (const [i, { samplesPerFrame }] of leads.entries()) {
      const isFree = segment.leads[i] === undefined || read.has(segment.lines);
      if (isFree) count += samplesPerFrame * (segment.frameCount ?? Number.POSITIVE_INFINITY);
    }
    read.add(segment.lines);
  }
  if (count > MAX_FREE_SAMPLES)
    throw new FormatError(
      record,
      `has more than ${MAX_FREE_SAMPLES} samples that are in no file, or no length for them`,
    );
}

function newMissing(count: number): Int32Array {
  return new Int32Array(count).fill(MISSING);
}
