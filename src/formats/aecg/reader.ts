import { findLead, standardLead } from "../../recording/lead-names.ts";
import { toInstant } from "../../recording/local-time.ts";
import { type Lead, MISSING, type Recording } from "../../recording/recording.ts";
import { noteBareDate } from "../bare-date.ts";
import { type Decimal, divide, findDecimal, powerOfTen, toDecimal } from "../decimal.ts";
import { noteFilters } from "../filters.ts";
import { FormatError, type ReadOptions } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { findTimeExponent, findVoltageExponent, toGain, toSamplingRate } from "../sampled-values.ts";
import { findOtherUnit, fromUcum } from "../unit.ts";
import { noteUnscaled } from "../unscaled.ts";
import { findOffsetMinutes } from "../utc-offset.ts";
import {
  type AnnotatedEcg,
  parseAnnotatedEcg,
  type Quantity,
  type Sequence,
  type Series,
  type TimeText,
} from "./parser.ts";

/** The characters of a text that a message shows. */
const MAX_SHOWN_LENGTH = 64;
/** A time of HL7 that ends behind its year, month or day. */
const BARE_DATE = /^\d{4,8}(?!\d)/;
/** The most missing samples for each that is there: sequence sets further apart are not of one recording. */
const MAX_GAP_RATIO = 16;

/** The leads of a sequence set, and its beginning in ms since 1970, with the text that says it. */
type SequenceSet = { startMs: number; time: TimeText | undefined; leads: Lead[] };

/** The sequences of one lead: of one name, rate and scale, one behind the other. `from` and `end` are in samples. */
type Track = { lead: Lead; sequences: { from: number; samples: Int32Array }[]; end: number };

/**
 * Reads the first rhythm series of an AnnotatedECG. Its sequence sets may be of other times: each lead begins at the
 * earliest of them, and has missing samples where no set has any.
 *
 * @throws FormatError with the line
 */
export function readAecg(bytes: Uint8Array, options: ReadOptions): Recording {
  const ecg = parseAnnotatedEcg(bytes);
  const { rhythm, effectiveTime, subjectId, ownSubjectId, subjectName } = ecg;
  if (!rhythm) throw new FormatError("component", "there is no series of a rhythm");
  const written = [rhythm.effectiveTime, effectiveTime].flatMap((time) => time ?? []);
  const effective = written.find((time) => findInstant(time, options) !== null);
  const unclear = written.slice(0, effective ? written.indexOf(effective) : written.length);
  const begin = effective ? findInstant(effective, options) : null;
  const sets = rhythm.sets
    .map((set) => readSequenceSet(set, { time: effective, instant: begin ?? 0 }, options))
    .filter(({ leads }) => leads.length > 0);
  const isDated = begin !== null || rhythm.sets.flat().some(({ code, head }) => code === "TIME_ABSOLUTE" && head);
  const startMs = sets.reduce((earliest, set) => Math.min(earliest, set.startMs), Number.POSITIVE_INFINITY);
  const { time } = sets.find((set) => set.startMs === startMs) ?? {};
  const notes = [
    ...listNotes(ecg),
    ...noteFilters(rhythm.filters),
    ...listUnscaled(rhythm),
    ...unclear.map((time) => `The time ${quote(time)} is not understood: no date is taken from it.`),
    ...(time && BARE_DATE.test(toHl7Time(time.value)) ? [noteBareDate(time.value)] : []),
  ];
  return {
    recordedAt: isDated && Number.isFinite(startMs) ? Math.round(startMs) : null,
    leads: joinSets(sets, startMs, options.leads),
    subject: subjectId || ownSubjectId || subjectName || null,
    device: describeDevice(rhythm),
    note: null,
    isOpen: false,
    annotations: [],
    ...(notes.length > 0 && { notes }),
  };
}

/** Sentences for the sender on what is not read, or not as the file says. */
function listNotes({ otherSeries, hasAnnotations, encodingNote }: AnnotatedEcg): string[] {
  const notes: string[] = [];
  if (otherSeries > 0) notes.push(`Series that are no rhythm, or not the first, were not read: ${otherSeries}.`);
  if (hasAnnotations) notes.push("The file has annotations, which were not read.");
  if (encodingNote !== undefined) notes.push(encodingNote);
  return notes;
}

function describeDevice({ manufacturer, model, software, deviceId }: Series): string | null {
  return [manufacturer, model, software, deviceId].filter((text) => text !== "").join(" ") || null;
}

/**
 * Reads a sequence set.
 *
 * @param begin the beginning of the series, in ms since 1970: relative times count from there
 */
function readSequenceSet(
  set: readonly Sequence[],
  begin: { time: TimeText | undefined; instant: number },
  options: ReadOptions,
): SequenceSet {
  const isTime = ({ code }: Sequence) => code === "TIME_ABSOLUTE" || code === "TIME_RELATIVE";
  const time = set.find(isTime);
  const samplingRate = time ? readSamplingRate(time) : (options.samplingRate ?? null);
  return {
    startMs: time ? readStart(time, begin.instant, options) : begin.instant,
    time: time?.code === "TIME_ABSOLUTE" && time.head ? time.head : begin.time,
    leads: set.filter((sequence) => !isTime(sequence)).map((sequence) => readLead(sequence, samplingRate)),
  };
}

function readSamplingRate({ increment, line }: Sequence): number {
  if (!increment)
    throw new FormatError(`line ${line}`, "the times of samples are read from an increment, and there is none");
  const interval = readNumber(increment);
  const exponent = findTimeExponent(increment.unit);
  if (exponent === undefined || interval.digits <= 0n) {
    throw new FormatError(
      `line ${increment.line}`,
      `${increment.value} ${increment.unit ?? ""} is no time between samples`,
    );
  }
  return toSamplingRate(interval, exponent);
}

/** The beginning of a sequence set, in ms since 1970. */
function readStart({ code, head }: Sequence, begin: number, options: ReadOptions): number {
  if (!head) return begin;
  if (code === "TIME_ABSOLUTE") {
    return findInstant(head, options) ?? fail(head, `${quote(head)} is no time`);
  }
  const { digits, exponent } = readNumber(head);
  const unit = findTimeExponent(head.unit);
  if (unit === undefined) {
    if (digits === 0n) return begin;
    throw new FormatError(`line ${head.line}`, `${head.unit ?? "no unit"} is no unit of time`);
  }
  return begin + Number(`${digits}e${exponent + unit + 3}`);
}

function readLead(sequence: Sequence, samplingRate: number | null): Lead {
  const { samples, line } = sequence;
  if (!samples) throw new FormatError(`line ${line}`, "a lead is read from digits, and there are none");
  return { name: nameLead(sequence), samplingRate, samples, ...readScale(sequence) };
}

/** The name of a lead. `MDC_ECG_LEAD_V3R` is V3R; beside a vendor's own code the display name is meant for people. */
function nameLead({ code, displayName }: Sequence): string {
  const plain = code.replace(/^.*_ECG_(LEAD|ELEC_POTL)_/i, "");
  return standardLead(code) ?? (/^MDC_/i.test(code) ? plain : displayName.trim() || plain);
}

function readScale({ origin, scale }: Sequence): Pick<Lead, "gain" | "baseline" | "unit"> {
  if (!scale) return { gain: null, baseline: 0 };
  const step = readNumber(scale);
  if (step.digits === 0n) throw new FormatError(`line ${scale.line}`, "a scale of 0 makes all samples equal");
  const zero = origin ? readNumber(origin) : toDecimal(0);
  const scaleExponent = findVoltageExponent(scale.unit);
  const originExponent = zero.digits === 0n ? scaleExponent : findVoltageExponent(origin?.unit);
  const linear = { origin: zero, scale: step };
  if (scaleExponent !== undefined && originExponent !== undefined)
    return toGain(linear, { origin: originExponent, scale: scaleExponent });
  const unit = scaleExponent === undefined ? findOtherUnit(fromUcum(scale.unit ?? "")) : undefined;
  const isOne = unit !== undefined && (zero.digits === 0n || origin?.unit === scale.unit);
  return isOne ? { ...toGain(linear, { origin: 0, scale: 0 }), unit } : toGain(linear, undefined);
}

/** A note on leads whose scale has a step of no unit that is known; none if there are no such leads. */
function listUnscaled({ sets }: Series): string[] {
  const unscaled = sets
    .flat()
    .filter((sequence) => sequence.samples && sequence.scale && readScale(sequence).gain === null)
    .filter(({ scale }) => scale && divide(readNumber(scale), powerOfTen(0)) !== 1);
  return unscaled.length === 0 ? [] : [noteUnscaled([...new Set(unscaled.map(nameLead))])];
}

function readNumber(quantity: Quantity): Decimal {
  return findDecimal(quantity.value) ?? fail(quantity, `${quote(quantity)} is no number`);
}

function fail({ line }: TimeText, message: string): never {
  throw new FormatError(`line ${line}`, message);
}

function quote({ value }: TimeText): string {
  return JSON.stringify(value.slice(0, MAX_SHOWN_LENGTH));
}

/** The instant of a time in ms since 1970; null for what is no time. A time without a zone is in that of the options. */
function findInstant(time: TimeText, { timeZone }: ReadOptions): number | null {
  const match = /^(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d(?:\.\d+)?)?(?:([+-])(\d{1,2}?)(\d\d)?)?$/.exec(
    toHl7Time(time.value),
  );
  const [, year, month = "1", day = "1", hour = "0", minute = "0", second = "0", sign, hours, minutes = "0"] =
    match ?? [];
  const local = [year, month, day, hour, minute, second].map(Number);
  const ahead = sign === undefined ? 0 : findOffsetMinutes(sign, hours, minutes);
  const instant = toInstant(
    { year: local[0], month: local[1], day: local[2], hour: local[3], minute: local[4], second: local[5] },
    sign === undefined ? timeZone : "UTC",
  );
  return match && instant !== null && ahead !== undefined ? instant - ahead * 60_000 : null;
}

/** A time as HL7 writes it, of one that a writer has as in XML Schema and ISO 8601: `2026-01-31T09:30:00Z`, or with `Z` alone. */
function toHl7Time(text: string): string {
  return text
    .trim()
    .replace(/^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?)?/, "$1$2$3$4$5$6")
    .replace(/([+-]\d\d):(\d\d)$/, "$1$2")
    .replace(/Z$/, "+0000");
}

/**
 * Joins the leads of all sets, from the earliest on. A lead goes on in a later set where name, rate and scale are the
 * same; one that is in two sets at the same time is two leads.
 */
function joinSets(sets: readonly SequenceSet[], startMs: number, wanted: ReadOptions["leads"]): Lead[] {
  const tracks: Track[] = [];
  const byKind = new Map<string, Track[]>();
  const isWanted = (lead: Lead) => !wanted || wanted.some((name) => findLead([lead], name));
  for (const set of [...sets].sort((a, b) => a.startMs - b.startMs)) {
    for (const lead of set.leads.filter(isWanted)) {
      const kind = [lead.samplingRate, lead.unit, lead.gain, lead.baseline, lead.name].join();
      const alike = byKind.get(kind) ?? [];
      byKind.set(kind, alike);
      const from = lead.samplingRate === null ? 0 : Math.round(((set.startMs - startMs) * lead.samplingRate) / 1000);
      const end = from + lead.samples.length;
      const track = alike.find((track) => track.end <= from);
      if (track) {
        track.sequences.push({ from, samples: lead.samples });
        track.end = end;
        continue;
      }
      const added = { lead, sequences: [{ from, samples: lead.samples }], end };
      alike.push(added);
      tracks.push(added);
      if (tracks.length > MAX_LEADS) throw new FormatError("sequence", `there are more than ${MAX_LEADS} leads`);
    }
  }
  requireNoLongGap(tracks);
  const leads = tracks.map(joinSequences);
  return wanted ? pickLeads(leads, wanted) : leads;
}

function requireNoLongGap(tracks: readonly Track[]): void {
  const all = tracks.reduce((sum, { end }) => sum + end, 0);
  const sequences = tracks.flatMap(({ sequences }) => sequences);
  const present = sequences.reduce((sum, { samples }) => sum + samples.length, 0);
  if (all > present * (MAX_GAP_RATIO + 1)) {
    throw new FormatError("sequenceSet", `${all - present} samples are missing between ${present} that are there`);
  }
}

function joinSequences({ lead, sequences, end }: Track): Lead {
  if (sequences.length === 1 && sequences[0].from === 0) return lead;
  const samples = new Int32Array(end).fill(MISSING);
  for (const sequence of sequences) samples.set(sequence.samples, sequence.from);
  return { ...lead, samples };
}

function pickLeads(leads: readonly Lead[], names: readonly string[]): Lead[] {
  return names.map((name) => {
    const lead = findLead(leads, name);
    if (!lead) throw new FormatError("sequence", `there is no lead ${JSON.stringify(name)}`);
    return lead;
  });
}
