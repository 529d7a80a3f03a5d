import { findLead } from "../../recording/lead-names.ts";
import { ByteStream } from "../byte-stream.ts";
import { FormatError, type ReadOptions, type Stretch } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { noteUnscaled } from "../unscaled.ts";
import { type Header, noteLost, readHeader, type SegmentLine, type Signal } from "./header.ts";
import { list, quote, Tally } from "./notes.ts";
import type { RecordFiles } from "./record-files.ts";
import { listScales, noteScales, type Scale, toScaleKey } from "./scales.ts";
import { readSegments, type Segment, toFileNames } from "./segments.ts";

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

/** The frame rate in Hz of headers that name none (HEADERS.md, Record Line). */
const DEFAULT_FRAME_RATE = 250;
/** The note on a header that names no frame rate. */
const ASSUMED_RATE = `The header names no sampling frequency: it is taken as ${DEFAULT_FRAME_RATE} Hz, which is WFDB's default.`;
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
      ...noteUnscaledLeads(leads),
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
  const segments = toSegments(listed, headers, own, chosen);
  const mostFree = MAX_FREE_SAMPLES + FREE_SAMPLES_PER_BYTE * files.heldBytes;
  const frameRate = header.frameRate ?? first.frameRate ?? options.samplingRate;
  const rate = frameRate ?? DEFAULT_FRAME_RATE;
  const recordedAt = header.recordedAt ?? findBeginning(listed, headers, first, rate);
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
      ...noteUnscaledLeads(leads),
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

/** The segments as they are listed, each with the signals in it of the chosen leads; one that has none is a gap. */
function toSegments(
  listed: readonly SegmentLine[],
  headers: ReadonlyMap<string, Header>,
  own: ReadonlyMap<string, (Signal | undefined)[]>,
  chosen: readonly Scale[],
): Segment[] {
  const gap: Pick<Segment, "lines" | "leads"> = { lines: [], leads: chosen.map(() => undefined) };
  const kinds = new Map<string, typeof gap>();
  for (const [name, signals] of own) {
    const leads = chosen.map(({ index, key }) => {
      const signal = signals[index];
      return signal && toScaleKey(signal) === key ? signal : undefined;
    });
    kinds.set(name, { lines: headers.get(name)?.signals ?? [], leads });
  }
  return listed.map(({ name, frameCount }) => ({ ...(kinds.get(name) ?? gap), frameCount }));
}

/** When a record began, by the date of one of its segments and the frames before that; null where it has no date. */
function findBeginning(
  listed: readonly SegmentLine[],
  headers: ReadonlyMap<string, Header>,
  dated: Header,
  frameRate: number,
): number | null {
  if (dated.recordedAt === null) return null;
  const place = listed.findIndex(({ name }) => headers.get(name) === dated);
  const framesBefore = listed.slice(0, Math.max(0, place)).reduce((sum, { frameCount }) => sum + frameCount, 0);
  return Math.round(dated.recordedAt - (framesBefore / frameRate) * 1000);
}

/** The note on a date that was not understood, of the first of these headers that has one. */
function noteDate(headers: readonly Header[]): string[] {
  const date = headers.map((header) => header.date).find((text) => text !== "");
  if (date === undefined) return [];
  return [`The header's date and time, ${quote(date)}, is not understood as one moment: no date is taken from it.`];
}

function noteUnscaledLeads(leads: readonly Signal[]): string[] {
  const names = leads.filter(({ isUnscaled }) => isUnscaled).map(({ name }) => name);
  const dead = leads.filter(({ isDead }) => isDead).map(({ name }) => name);
  return [
    ...(names.length > 0 ? [noteUnscaled(names)] : []),
    ...(dead.length > 0 ? [`The gain or the baseline is no number, and is not kept: ${list(dead)}.`] : []),
  ];
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
