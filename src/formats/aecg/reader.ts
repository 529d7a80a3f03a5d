import { findLead, standardLead } from "../../recording/lead-names.ts";
import { toInstant } from "../../recording/local-time.ts";
import { type Lead, MISSING, type Recording } from "../../recording/recording.ts";
import { type Decimal, findDecimal, toDecimal } from "../decimal.ts";
import { FormatError, type ReadOptions } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { findTimeExponent, findVoltageExponent, toGain, toSamplingRate } from "../sampled-values.ts";
import { parseAnnotatedEcg, type Quantity, type Sequence, type Series, type TimeText } from "./parser.ts";

/** Missing samples for each that there is: sequence sets that are further apart are not of one recording. */
const MAX_GAP_RATIO = 16;

/** The leads of a sequence set, and when they begin. */
type Section = { startMs: number; leads: Lead[] };

/** Leads that are called the same, with one scale, one behind the other. */
type Track = { lead: Lead; pieces: { from: number; samples: Int32Array }[]; end: number };

/**
 * The first rhythm series of an AnnotatedECG. Its sequence sets may be of other times: each lead begins at the earliest of
 * them, and what no set has is missing.
 *
 * @throws FormatError with the line
 */
export function readAecg(bytes: Uint8Array, options: ReadOptions): Recording {
  const { rhythm, effectiveTime, subjectId, subjectName } = parseAnnotatedEcg(bytes);
  if (!rhythm) throw new FormatError("component", "there is no series of a rhythm");
  const begin = findInstant(rhythm.effectiveTime ?? effectiveTime, options);
  const sections = rhythm.sets
    .map((set) => readSection(set, begin ?? 0, options))
    .filter(({ leads }) => leads.length > 0);
  const isDated = begin !== null || rhythm.sets.flat().some(({ code, head }) => code === "TIME_ABSOLUTE" && head);
  const startMs = sections.reduce((earliest, section) => Math.min(earliest, section.startMs), Number.POSITIVE_INFINITY);
  return {
    recordedAt: isDated && Number.isFinite(startMs) ? Math.round(startMs) : null,
    leads: joinSections(sections, startMs, options.leads),
    subject: subjectId || subjectName || null,
    device: describeDevice(rhythm),
    note: null,
    isOpen: false,
    annotations: [],
  };
}

function describeDevice({ manufacturer, model, software, deviceId }: Series): string | null {
  return [manufacturer, model, software, deviceId].filter((text) => text !== "").join(" ") || null;
}

/** @param begin of the series, in ms since 1970: relative times are from there */
function readSection(set: readonly Sequence[], begin: number, options: ReadOptions): Section {
  const isTime = ({ code }: Sequence) => code === "TIME_ABSOLUTE" || code === "TIME_RELATIVE";
  const time = set.find(isTime);
  const samplingRate = time ? readSamplingRate(time) : (options.samplingRate ?? null);
  return {
    startMs: time ? readStart(time, begin, options) : begin,
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

/** In ms since 1970. */
function readStart({ code, head }: Sequence, begin: number, options: ReadOptions): number {
  if (!head) return begin;
  if (code === "TIME_ABSOLUTE") return findInstant(head, options) ?? begin;
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

/** `MDC_ECG_LEAD_V3R` is V3R; where a code is a vendor's own the name beside it is meant for people. */
function nameLead({ code, displayName }: Sequence): string {
  const plain = code.replace(/^.*_ECG_LEAD_/i, "");
  return standardLead(code) ?? (/^MDC_/i.test(code) ? plain : displayName.trim() || plain);
}

function readScale({ origin, scale }: Sequence): Pick<Lead, "gain" | "baseline"> {
  if (!scale) return { gain: null, baseline: 0 };
  const step = readNumber(scale);
  if (step.digits === 0n) throw new FormatError(`line ${scale.line}`, "a scale of 0 makes all samples equal");
  const zero = origin ? readNumber(origin) : toDecimal(0);
  const scaleExponent = findVoltageExponent(scale.unit);
  const originExponent = zero.digits === 0n ? scaleExponent : findVoltageExponent(origin?.unit);
  const isKnown = scaleExponent !== undefined && originExponent !== undefined;
  return toGain({ origin: zero, scale: step }, isKnown ? { origin: originExponent, scale: scaleExponent } : undefined);
}

function readNumber({ value, line }: Quantity): Decimal {
  const number = findDecimal(value);
  if (!number) throw new FormatError(`line ${line}`, `${JSON.stringify(value.slice(0, 64))} is no number`);
  return number;
}

/** In ms since 1970; null when there is none. A time with no zone is of the one that the options name. */
function findInstant(time: TimeText | undefined, { timeZone }: ReadOptions): number | null {
  if (!time) return null;
  const match = /^(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d(?:\.\d+)?)?(?:([+-])(\d{1,2}?)(\d\d)?)?$/.exec(
    time.value.trim(),
  );
  const [, year, month = "1", day = "1", hour = "0", minute = "0", second = "0", sign, hours, minutes = "0"] =
    match ?? [];
  const local = [year, month, day, hour, minute, second].map(Number);
  const offsetMs = sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  const instant = toInstant(
    { year: local[0], month: local[1], day: local[2], hour: local[3], minute: local[4], second: local[5] },
    sign === undefined ? timeZone : "UTC",
  );
  if (!match || instant === null) {
    throw new FormatError(`line ${time.line}`, `${JSON.stringify(time.value.slice(0, 64))} is no time`);
  }
  return instant - offsetMs;
}

/**
 * The leads of all sections from the earliest on. A lead goes on in a later section where it has the same name, rate and
 * scale; one that is in two at the same time is two leads.
 */
function joinSections(sections: readonly Section[], startMs: number, wanted: ReadOptions["leads"]): Lead[] {
  const tracks: Track[] = [];
  const byKind = new Map<string, Track[]>();
  const isWanted = (lead: Lead) => !wanted || wanted.some((name) => findLead([lead], name));
  for (const section of [...sections].sort((a, b) => a.startMs - b.startMs)) {
    for (const lead of section.leads.filter(isWanted)) {
      const kind = [lead.samplingRate, lead.gain, lead.baseline, lead.name].join();
      const alike = byKind.get(kind) ?? [];
      byKind.set(kind, alike);
      const from =
        lead.samplingRate === null ? 0 : Math.round(((section.startMs - startMs) * lead.samplingRate) / 1000);
      const end = from + lead.samples.length;
      const track = alike.find((track) => track.end <= from);
      if (track) {
        track.pieces.push({ from, samples: lead.samples });
        track.end = end;
        continue;
      }
      const added = { lead, pieces: [{ from, samples: lead.samples }], end };
      alike.push(added);
      tracks.push(added);
      if (tracks.length > MAX_LEADS) throw new FormatError("sequence", `there are more than ${MAX_LEADS} leads`);
    }
  }
  requireNoLongGap(tracks);
  const leads = tracks.map(joinPieces);
  return wanted ? pickLeads(leads, wanted) : leads;
}

function requireNoLongGap(tracks: readonly Track[]): void {
  const all = tracks.reduce((sum, { end }) => sum + end, 0);
  const pieces = tracks.flatMap(({ pieces }) => pieces);
  const present = pieces.reduce((sum, { samples }) => sum + samples.length, 0);
  if (all > present * (MAX_GAP_RATIO + 1)) {
    throw new FormatError("sequenceSet", `${all - present} samples are missing between ${present} that are there`);
  }
}

function joinPieces({ lead, pieces, end }: Track): Lead {
  if (pieces.length === 1 && pieces[0].from === 0) return lead;
  const samples = new Int32Array(end).fill(MISSING);
  for (const piece of pieces) samples.set(piece.samples, piece.from);
  return { ...lead, samples };
}

function pickLeads(leads: readonly Lead[], names: readonly string[]): Lead[] {
  return names.map((name) => {
    const lead = findLead(leads, name);
    if (!lead) throw new FormatError("sequence", `there is no lead ${JSON.stringify(name)}`);
    return lead;
  });
}
