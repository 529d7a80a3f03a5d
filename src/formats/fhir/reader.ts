import { findLead } from "../../recording/lead-names.ts";
import { toInstant } from "../../recording/local-time.ts";
import type { Lead, Recording } from "../../recording/recording.ts";
import { noteBareDate } from "../bare-date.ts";
import { divide, multiply, powerOfTen, toDecimal } from "../decimal.ts";
import { FormatError, type ReadOptions } from "../format.ts";
import { joinSamples } from "../join-samples.ts";
import { MAX_LEADS } from "../limits.ts";
import { parseNumberList, type WrongNumber } from "../number-list.ts";
import { findTimeExponent, findVoltageExponent, toGain, toSamplingRate } from "../sampled-values.ts";
import { toSteps } from "../steps.ts";
import { findOtherUnit, fromUcum } from "../unit.ts";
import { noteUnscaled } from "../unscaled.ts";
import { findOffsetMinutes } from "../utc-offset.ts";
import { nameLead } from "./codes.ts";
import { parseExactJson } from "./exact-json.ts";
import { findObservation, type Observation, type SampledData } from "./observation.ts";
import { nameDevice, nameSubject } from "./references.ts";

/** The unit of R4's period, as a power of ten of seconds. */
const MILLISECOND = -3;
/** The most decimals of data: with more there are not enough of the 32 bits left. */
const MAX_DECIMALS = 9;
/** The most values of a lead that are read as doubles: each takes eight bytes, and more than that in the file. */
const MAX_DOUBLES = 2 ** 22;
/** The finest step that doubles are rounded to, in steps a mV: a pV. */
const MOST_PER_MILLIVOLT = 1e9;
/** A decimal with a point or an exponent. */
const FRACTION = /^[+-]?\d*(?:\.\d+(?:e[+-]?\d{1,3})?|e[+-]?\d{1,3})$/i;
/** Components of a lead follow one another if the effective period is as long as them, to this share of it. */
const BATCH_TOLERANCE = 0.01;
/** The statuses of an Observation that does not hold, or is none. */
const REFUTED = ["entered-in-error", "cancelled"];
/** The characters that an error shows of a wrong number. */
const MAX_SHOWN_LENGTH = 32;
/** The characters that a note shows of what is no time. */
const MAX_SHOWN_TIME_LENGTH = 64;

/**
 * Reads an Observation whose value or components are SampledData, of R4 or R5, or a Bundle with one such Observation.
 * Data with decimals become integers by a power of ten, which the gain is multiplied by, too; with more decimals than
 * 32 bits hold they are the integers of their common step, or else rounded, with a note. `E` (error), `U` and `L`
 * (above and below the limits) are missing samples.
 *
 * @throws FormatError with the element
 */
export function readFhir(bytes: Uint8Array, options: ReadOptions): Recording {
  const { value, isUtf8 } = parseExactJson(bytes);
  const { observation, path, resources } = findObservation(value);
  const notes = [...listNotes(observation), ...(isUtf8 ? [] : ["The text is no UTF-8: it was read as windows-1252."])];
  const recordedAt = readEffectiveTime(observation, path, options, notes);
  return {
    recordedAt,
    leads: readLeads(observation, path, options, notes),
    subject: nameSubject(observation.subject, resources),
    device: nameDevice(observation.device, resources),
    note: null,
    isOpen: false,
    annotations: [],
    ...(notes.length > 0 && { notes }),
  };
}

/** Sentences for the sender on what is not read. */
function listNotes({ status, note, interpretation, valueSampledData, component = [] }: Observation): string[] {
  const others = component.filter((part) => part.valueSampledData === undefined).length;
  const all = [valueSampledData, ...component.map((part) => part.valueSampledData)];
  const isBeyond = all.some((sampled) => sampled?.data !== undefined && /[UL]/.test(sampled.data));
  const remarks = [note !== undefined && "notes", interpretation !== undefined && "an interpretation"].filter(Boolean);
  return [
    ...(REFUTED.some((refuted) => refuted === status) ? [`The Observation is ${status}, by its status.`] : []),
    ...(remarks.length > 0 ? [`The Observation has ${remarks.join(" and ")}, which were not read.`] : []),
    ...(others > 0 ? [`Components without sampled data were not read: ${others}.`] : []),
    ...(isBeyond ? ["Values above or below the limits (U and L) are kept as missing samples."] : []),
  ];
}

/** When the Observation began, in ms since 1970; null when it does not say, or with a note, not as a time. */
function readEffectiveTime(
  { effectiveDateTime, effectiveInstant, effectivePeriod, effectiveTiming }: Observation,
  path: string,
  options: ReadOptions,
  notes: string[],
): number | null {
  const elements = {
    effectiveDateTime,
    effectiveInstant,
    "effectivePeriod.start": effectivePeriod?.start,
    "effectiveTiming.event[0]": effectiveTiming?.event?.[0],
  };
  const [element, text] = Object.entries(elements).find(([, text]) => text !== undefined) ?? [];
  if (text === undefined) return null;
  const instant = findInstant(text, options);
  if (instant === null) notes.push(`${noteNoTime(path + element, text)}: no date is taken from it.`);
  else if (!text.includes("T")) notes.push(noteBareDate(text));
  return instant;
}

function noteNoTime(where: string, text: string): string {
  return `The ${where}, ${JSON.stringify(text.slice(0, MAX_SHOWN_TIME_LENGTH))}, is no time`;
}

/**
 * The instant of a `dateTime`, in ms since 1970; null for what is none. A year, month or day stands for its beginning in the
 * time zone of the options.
 */
function findInstant(text: string, { timeZone }: ReadOptions): number | null {
  const match =
    /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?(Z|([+-])(\d\d):(\d\d))?)?)?)?$/.exec(text);
  if (!match) return null;
  const [, y, m = 1, d = 1, h = 0, min = 0, s = 0, zone, sign, zoneHours, zoneMinutes] = match;
  const [year, month, day, hour, minute, second] = [y, m, d, h, min, s].map(Number);
  const instant = toInstant({ year, month, day, hour, minute, second }, zone === undefined ? timeZone : "UTC");
  const ahead = sign === undefined ? 0 : findOffsetMinutes(sign, zoneHours, zoneMinutes);
  return instant === null || ahead === undefined ? null : instant - ahead * 60_000;
}

function readLeads(
  { code = {}, valueSampledData, component = [], effectivePeriod }: Observation,
  path: string,
  options: ReadOptions,
  notes: string[],
): Lead[] {
  const sources = component.flatMap(({ code = {}, valueSampledData }, i) =>
    valueSampledData
      ? [{ name: nameLead(code), data: valueSampledData, where: `${path}component[${i}].valueSampledData` }]
      : [],
  );
  if (valueSampledData)
    sources.unshift({ name: nameLead(code), data: valueSampledData, where: `${path}valueSampledData` });
  const batches: Lead[] = [];
  const distinct = new Set<string | Lead>();
  for (const { name, data, where } of sources) {
    const dimensions = readDimensions(data, where);
    const names = dimensions === 1 ? [name] : Array.from({ length: dimensions }, (_, i) => `${name} ${i + 1}`.trim());
    const isWanted = (name: string) => !options.leads || options.leads.some((wanted) => findLead([{ name }], wanted));
    if (!names.some(isWanted)) continue;
    for (const lead of readSampledData(data, names, where, options, notes)) {
      if (!isWanted(lead.name)) continue;
      batches.push(lead);
      distinct.add(keyOf(lead));
    }
    if (distinct.size > MAX_LEADS) throw new FormatError(where, `there are more than ${MAX_LEADS} leads`);
  }
  const leads = joinBatches(batches, findPeriodSeconds(effectivePeriod, path, options, notes), notes);
  return options.leads ? options.leads.map((name) => requireLead(leads, name, path)) : leads;
}

/** The length of the effective period in seconds; null when it does not say both ends, or with a note, not as times. */
function findPeriodSeconds(
  { start, end }: NonNullable<Observation["effectivePeriod"]> = {},
  path: string,
  options: ReadOptions,
  notes: string[],
): number | null {
  if (start === undefined || end === undefined) return null;
  const [from, to] = [start, end].map((text) => findInstant(text, options));
  if (to === null) notes.push(`${noteNoTime(`${path}effectivePeriod.end`, end)}.`);
  return from === null || to === null ? null : (to - from) / 1000;
}

/**
 * Puts components of one lead one after the other where the effective period is as long as all of them together. Otherwise
 * they stay beside one another, with a note.
 *
 * @param batches leads of any names, in the order of the file
 * @param seconds the length of the effective period; null if it is not known
 */
function joinBatches(batches: readonly Lead[], seconds: number | null, notes: string[]): Lead[] {
  /** The leads that replace batches which are joined: the whole for the first of them, none for the rest. */
  const joined = new Map<Lead, Lead[]>();
  for (const group of Map.groupBy(batches, keyOf).values()) {
    const [first] = group;
    if (group.length === 1) continue;
    if (isOneLead(group, seconds)) {
      const samples = joinSamples(group.map((batch) => batch.samples));
      for (const batch of group) joined.set(batch, batch === first ? [{ ...first, samples }] : []);
    } else {
      const what = `Components of lead ${first.name}, which do not say that they follow one another, are leads`;
      notes.push(`${what}: ${group.length}.`);
    }
  }
  return batches.flatMap((batch) => joined.get(batch) ?? batch);
}

/** Whether leads of one name have one rate and scale, and take as many seconds together. */
function isOneLead(batches: readonly Lead[], seconds: number | null): boolean {
  const [{ samplingRate, gain, baseline, unit }] = batches;
  const isAlike = batches.every(
    (batch) =>
      batch.samplingRate === samplingRate && batch.gain === gain && batch.baseline === baseline && batch.unit === unit,
  );
  if (!isAlike || samplingRate === null || seconds === null) return false;
  const together = batches.reduce((sum, { samples }) => sum + samples.length, 0) / samplingRate;
  return Math.abs(seconds - together) <= BATCH_TOLERANCE * together;
}

/** The key that tells a lead from others: its name, or itself if it has none. */
function keyOf(lead: Lead): string | Lead {
  return lead.name || lead;
}

function requireLead(leads: readonly Lead[], name: string, path: string): Lead {
  const lead = findLead(leads, name);
  if (!lead) throw new FormatError(`${path}component`, `there is no lead ${JSON.stringify(name)}`);
  return lead;
}

function readDimensions({ dimensions }: SampledData, where: string): number {
  const count = dimensions ? Number(`${dimensions.digits}e${dimensions.exponent}`) : 1;
  if (!Number.isInteger(count) || count < 1 || count > MAX_LEADS) {
    throw new FormatError(`${where}.dimensions`, `${count} is not within 1 to ${MAX_LEADS}`);
  }
  return count;
}

/** Reads a lead for each name: there are as many as dimensions, and their samples take turns. */
function readSampledData(
  data: SampledData,
  names: readonly string[],
  where: string,
  options: ReadOptions,
  notes: string[],
): Lead[] {
  const { samples, perUnit, step, error } = readValues(data, where, options);
  if (error > 0) {
    const unit = data.origin.unit ?? data.origin.code ?? "";
    const why = options.resolution === undefined ? ": they have more digits than 32 bits hold" : "";
    notes.push(
      `The data of ${names.join(", ")} are rounded to ${`${step} ${unit}`.trim()}, by up to ${error.toPrecision(2)}${why}.`,
    );
  }
  const count = samples.length / names.length;
  if (!Number.isInteger(count)) {
    throw new FormatError(
      `${where}.data`,
      `${samples.length} values are no multiple of the ${names.length} dimensions`,
    );
  }
  const samplingRate = readSamplingRate(data, where, options);
  const { isUnscaled, ...scale } = readScale(data, perUnit, where);
  if (isUnscaled) notes.push(noteUnscaled(names));
  return names.map((name, dimension) => ({
    name,
    samplingRate,
    samples:
      names.length === 1
        ? samples
        : Int32Array.from({ length: count }, (_, i) => samples[i * names.length + dimension]),
    ...scale,
  }));
}

/** Values times `perUnit`, each with an error of up to `error`, which is in the unit of the origin as `step` is. */
type Values = { samples: Int32Array; perUnit: number; step: number; error: number };

function readValues(data: SampledData, where: string, { resolution }: ReadOptions): Values {
  if (data.data === undefined) throw new FormatError(`${where}.data`, "there is none");
  if (resolution !== undefined && /[.eE]\d/.test(data.data)) return readDoubles(data.data, data, where, resolution);
  let first: WrongNumber | undefined;
  try {
    const { samples, decimals } = parseNumberList(data.data, MAX_DECIMALS, "EUL", (wrong) => {
      first = wrong;
      return failAt(wrong, where);
    });
    return { samples, perUnit: 10 ** decimals, step: 10 ** -decimals, error: 0 };
  } catch (failure) {
    if (!first || !FRACTION.test(first.token)) throw failure;
    return readDoubles(data.data, data, where);
  }
}

/** @param resolution the step that they are rounded to, in the unit of the origin */
function readDoubles(text: string, { factor, origin }: SampledData, where: string, resolution?: number): Values {
  const tokens = text.trim().split(/\s+/, MAX_DOUBLES + 1);
  if (tokens.length > MAX_DOUBLES) throw new FormatError(`${where}.data`, `there are more than ${MAX_DOUBLES} values`);
  const values = Float64Array.from(tokens, (token, index) => {
    if (/^[EUL]$/.test(token)) return Number.NaN;
    const isNumber = /^[+-]?\d*\.?\d*(e[+-]?\d{1,3})?$/i.test(token) && Number.isFinite(Number(token));
    return isNumber ? Number(token) : failAt({ token: token.slice(0, MAX_SHOWN_LENGTH), index, offset: 0 }, where);
  });
  const exponent = findVoltageExponent(origin.code) ?? findVoltageExponent(origin.unit) ?? 0;
  const unit = factor ? Math.abs(divide(factor, powerOfTen(0))) : 1;
  const steps = toSteps(values, MOST_PER_MILLIVOLT * unit * 10 ** exponent, resolution && resolution / unit);
  if (!steps) throw new FormatError(`${where}.data`, "the values do not fit into 32 bits: name a coarser resolution");
  return { ...steps, step: resolution ?? unit / steps.perUnit, error: steps.error * unit };
}

function failAt({ token, index }: WrongNumber, where: string): never {
  const message = `value ${index + 1}, ${JSON.stringify(token)}, is no number that fits into 32 bits, nor E, U or L`;
  throw new FormatError(`${where}.data`, message);
}

/** The sampling rate in Hz, from the period in R4 and from the interval in R5. */
function readSamplingRate(data: SampledData, where: string, options: ReadOptions): number | null {
  const { period, interval, intervalUnit, offsets } = data;
  if (offsets !== undefined) throw new FormatError(`${where}.offsets`, "samples are read at an interval only");
  const element = interval ? "interval" : "period";
  const time = interval ?? period;
  if (!time) return options.samplingRate ?? null;
  const exponent = interval ? findTimeExponent(intervalUnit) : MILLISECOND;
  if (exponent === undefined) {
    throw new FormatError(
      `${where}.intervalUnit`,
      `${JSON.stringify(intervalUnit?.slice(0, 64))} is none of s, ms, us, ns`,
    );
  }
  if (time.digits <= 0n) throw new FormatError(`${where}.${element}`, "is not more than 0");
  return toSamplingRate(time, exponent);
}

/**
 * The scale of a lead, and whether it has a step of no unit that is known.
 *
 * @param perUnit what the values were multiplied by
 */
function readScale(
  data: SampledData,
  perUnit: number,
  where: string,
): Pick<Lead, "gain" | "baseline" | "unit"> & { isUnscaled: boolean } {
  const { value: origin = toDecimal(0), unit, code } = data.origin;
  const factor = data.factor ?? powerOfTen(0);
  if (factor.digits === 0n) throw new FormatError(`${where}.factor`, "is 0, which makes all samples equal");
  const exponent = findVoltageExponent(code) ?? findVoltageExponent(unit);
  const decimals = Math.log10(perUnit);
  const isDecimal = Number.isInteger(decimals);
  const scale = isDecimal ? multiply(factor, powerOfTen(-decimals)) : factor;
  const other = exponent === undefined ? (findOtherUnit(fromUcum(code ?? "")) ?? findOtherUnit(unit)) : undefined;
  const power = other === undefined ? exponent : 0;
  const { gain, baseline } = toGain(
    { origin, scale },
    power === undefined ? undefined : { origin: power, scale: power },
  );
  return {
    ...(isDecimal ? { gain, baseline } : { gain: gain && gain * perUnit, baseline: baseline * perUnit }),
    ...(other !== undefined && { unit: other }),
    isUnscaled: gain === null && (!isDecimal || divide(scale, powerOfTen(0)) !== 1),
  };
}
