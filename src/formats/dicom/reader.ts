import { findLead } from "../../recording/lead-names.ts";
import { isVoltage, type Lead, MISSING, type Recording } from "../../recording/recording.ts";
import { noteBareDate } from "../bare-date.ts";
import { noteFilters } from "../filters.ts";
import { FormatError, type ReadOptions } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { noteUnscaled } from "../unscaled.ts";
import { CATHETER_CLASSES, ECG_CLASSES, toPlace } from "./attributes.ts";
import {
  type DataSet,
  findItems,
  findStorageClass,
  findText,
  findUnsigned,
  hasValue,
  readDataSet,
  requireUnsigned,
} from "./data-set.ts";
import { isBareDate, isNoDate, parseDateTime, parseOffset } from "./date-time.ts";
import { isEcgLead, nameLead } from "./lead-codes.ts";
import { findUnit, fromChannelScale, isDecimalString } from "./scale.ts";
import { readWaveformData } from "./waveform-data.ts";

/** A multiplex group: channels that were sampled together (PS3.3, section C.10.9). */
type Group = {
  /** The number of the group, from 1. */
  number: number;
  label: string;
  isDerived: boolean;
  /** The time of its first sample, in ms from the acquisition date and time. */
  offset: number;
  /** The sampling rate in Hz; null when it is not known. */
  samplingRate: number | null;
  sampleCount: number;
  channels: Channel[];
  set: DataSet;
};

type Channel = Pick<Lead, "name" | "gain" | "baseline" | "unit"> & {
  bitsStored: number | undefined;
  /** Whether it has a sensitivity, other than 1, of no unit. */
  isUnscaled: boolean;
  /** The sensitivity, its correction and the baseline that make no scale, as those of a dead channel; empty if they make one. */
  lostScale: string;
  /** The filters that were on, as in `FilterHighFrequency 150 Hz`. */
  filters: string[];
  /** How much later its samples were taken than those of the group, in samples. */
  skew: number;
};

/** A lead before its samples are read, with the channels of groups that have them. */
type Plan = Omit<Lead, "samples"> & { sources: Source[] };

/** A channel of a group. Its first sample is sample `start` of the lead. */
type Source = { group: Group; index: number; start: number };

/** The most groups that are read: the standard has up to 5. */
const MAX_GROUPS = 64;
/** The most channels of all groups together. */
const MAX_CHANNELS = 1024;
/** The most missing samples in all leads together, before groups that begin later than others. */
const MAX_ADDED_SAMPLES = 4_000_000;
/** The most names that a note lists. */
const MAX_SHOWN_NAMES = 32;
/** Labels of groups with a mean, median or otherwise typical beat. */
const BEAT_LABEL = /median|average|mean|representative|template|beat/i;
/** Labels of groups with a continuous recording. */
const RHYTHM_LABEL = /rhythm/i;

/** Storage classes of other waveforms, and of what comes beside an ECG (PS3.6, annex A), as errors name them. */
const OTHER_CLASSES = new Map<string, string>([
  [CATHETER_CLASSES.hemodynamic, "a hemodynamic waveform"],
  [CATHETER_CLASSES.electrophysiology, "a cardiac electrophysiology waveform"],
  ["1.2.840.10008.5.1.4.1.1.9.4.1", "a voice recording"],
  ["1.2.840.10008.5.1.4.1.1.9.4.2", "an audio recording"],
  ["1.2.840.10008.5.1.4.1.1.9.5.1", "an arterial pulse waveform"],
  ["1.2.840.10008.5.1.4.1.1.9.6.1", "a respiratory waveform"],
  ["1.2.840.10008.5.1.4.1.1.9.6.2", "a respiratory waveform"],
  ["1.2.840.10008.5.1.4.1.1.9.7.1", "an electroencephalogram"],
  ["1.2.840.10008.5.1.4.1.1.9.7.2", "an electromyogram"],
  ["1.2.840.10008.5.1.4.1.1.9.7.3", "an electrooculogram"],
  ["1.2.840.10008.5.1.4.1.1.9.7.4", "an electroencephalogram"],
  ["1.2.840.10008.5.1.4.1.1.9.8.1", "a body position waveform"],
  ["1.2.840.10008.1.3.10", "the directory of a disc (DICOMDIR)"],
  ["1.2.840.10008.5.1.4.1.1.7", "a picture"],
  ["1.2.840.10008.5.1.4.1.1.88.33", "a structured report"],
  ["1.2.840.10008.5.1.4.1.1.104.1", "a PDF"],
]);

/**
 * Reads an ECG.
 *
 * @throws FormatError
 */
export function readDicom(bytes: Uint8Array, options: ReadOptions): Recording {
  const set = readDataSet(bytes);
  const sopClass = findText(set, "SOPClassUID") || findStorageClass(bytes);
  const isEcg = (Object.values(ECG_CLASSES) as string[]).includes(sopClass);
  if (!isEcg && !(Object.values(CATHETER_CLASSES) as string[]).includes(sopClass)) throw newNoEcg(sopClass);
  const all = findItems(set, "WaveformSequence")
    .slice(0, MAX_GROUPS + 1)
    .map(toGroup(options));
  const isOfEcg = ({ name, unit }: Channel) => isVoltage({ unit }) && (isEcg || isEcgLead(name));
  if (!isEcg && !all.some(({ channels }) => channels.some(isOfEcg))) throw newNoEcg(sopClass);

  const groups = selectRhythm(all);
  const start = Math.min(...groups.map(({ offset }) => offset));
  const planned = planLeads(groups, start);
  const plans = selectLeads(planned, options.leads, isEcg);
  requireRoom(plans);
  const when = readAcquisitionTime(set, options.timeZone);
  const subject = findText(set, "PatientID") || readPatientName(set) || null;
  const device = readDevice(set) || null;
  const notes = [
    ...listLeftOut("Groups that are no continuous rhythm", all, groups, ({ label, number }) => label || `${number}`),
    ...(options.leads ? [] : listLeftOut("Channels that are no ECG", planned, plans, ({ name }) => name)),
    ...listSkewed(groups),
    ...listUnscaled(groups),
    ...listLostScales(groups),
    ...noteFilters(groups.flatMap(({ channels }) => channels.flatMap(({ filters }) => filters))),
    ...(hasValue(set, "WaveformAnnotationSequence") ? ["The file has annotations, which were not read."] : []),
    ...when.notes,
    ...set.encoding.notes,
  ];
  return {
    recordedAt: when.instant === null ? null : when.instant + Math.round(start),
    leads: plans.map(readLead),
    subject,
    device,
    note: null,
    isOpen: false,
    annotations: [],
    ...(notes.length > 0 && { notes }),
  };
}

function newNoEcg(sopClass: string): FormatError {
  const what = OTHER_CLASSES.get(sopClass) ?? (sopClass ? `of the class ${sopClass}` : "of no class");
  return new FormatError(toPlace("SOPClassUID"), `the file is ${what}, not an ECG`);
}

/** A note on what was not chosen; none if all was. */
function listLeftOut<T>(what: string, all: readonly T[], chosen: readonly T[], nameOf: (one: T) => string): string[] {
  const names = all.filter((one) => !chosen.includes(one)).map((one) => JSON.stringify(nameOf(one)));
  if (names.length === 0) return [];
  const shown = [...names.slice(0, MAX_SHOWN_NAMES), ...(names.length > MAX_SHOWN_NAMES ? ["..."] : [])];
  return [`${what} were left out: ${shown.join(", ")}.`];
}

/**
 * The groups with a continuous recording: those whose label says so, else all original ones whose label names no
 * typical beat, else the longest one whose label does not.
 */
function selectRhythm(groups: Group[]): Group[] {
  if (groups.length === 0) throw new FormatError(toPlace("WaveformSequence"), "has no multiplex groups");
  if (groups.length > MAX_GROUPS) throw new FormatError(toPlace("WaveformSequence"), `more than ${MAX_GROUPS} groups`);
  const called = groups.filter(({ label }) => RHYTHM_LABEL.test(label));
  if (called.length > 0) return called;
  const others = groups.filter(({ label }) => !BEAT_LABEL.test(label));
  const original = others.filter(({ isDerived }) => !isDerived);
  if (original.length > 0) return original;
  const longest = others.reduce<Group | undefined>(
    (best, group) => (lasts(best) < lasts(group) ? group : best),
    undefined,
  );
  if (!longest) throw new FormatError(toPlace("WaveformSequence"), "holds typical beats, but no continuous recording");
  return [longest];
}

/** The duration of a group in seconds; -1 for none. */
function lasts(group: Group | undefined): number {
  return group ? group.sampleCount / (group.samplingRate ?? 1) : -1;
}

function toGroup(options: ReadOptions) {
  return (set: DataSet, index: number): Group => {
    const channels = findItems(set, "ChannelDefinitionSequence");
    const channelCount = requireUnsigned(set, "NumberOfWaveformChannels");
    if (channels.length !== channelCount || channelCount > MAX_CHANNELS) {
      const message = `describes ${channels.length} channels of ${channelCount} in group ${index + 1}`;
      throw new FormatError(toPlace("ChannelDefinitionSequence"), message);
    }
    const samplingRate = readSamplingRate(set) ?? options.samplingRate ?? null;
    return {
      number: index + 1,
      label: findText(set, "MultiplexGroupLabel"),
      isDerived: findText(set, "WaveformOriginality") === "DERIVED",
      offset: findNumber(set, "MultiplexGroupTimeOffset") ?? 0,
      samplingRate,
      sampleCount: requireUnsigned(set, "NumberOfWaveformSamples"),
      channels: channels.map((channel) => ({ ...readChannel(channel), skew: readSkew(channel, samplingRate) })),
      set,
    };
  };
}

/** The skew of a channel in samples, of which as a rule it is less than one; 0 if it says none that is a number. */
function readSkew(set: DataSet, samplingRate: number | null): number {
  const samples = Number(findText(set, "ChannelSampleSkew"));
  const seconds = Number(findText(set, "ChannelTimeSkew"));
  return samples || seconds * (samplingRate ?? 0) || 0;
}

/** A note on channels whose skew, which is not made up for, is a sample or more. */
function listSkewed(groups: readonly Group[]): string[] {
  const skewed = groups.flatMap(({ channels }) => channels.filter(({ skew }) => Math.abs(skew) >= 1));
  if (skewed.length === 0) return [];
  const shown = skewed.slice(0, MAX_SHOWN_NAMES).map(({ name, skew }) => `${JSON.stringify(name)} by ${skew} samples`);
  const list = [...shown, ...(skewed.length > MAX_SHOWN_NAMES ? ["..."] : [])].join(", ");
  return [`Channels were sampled later than their group, which is not made up for: ${list}.`];
}

/** A note on channels whose sensitivity has no unit; none if there are no such channels. */
function listUnscaled(groups: readonly Group[]): string[] {
  const unscaled = groups.flatMap(({ channels }) => channels.filter(({ isUnscaled }) => isUnscaled));
  return unscaled.length === 0
    ? []
    : [noteUnscaled([...new Set(unscaled.map(({ name }) => name))].slice(0, MAX_SHOWN_NAMES))];
}

/** A note on channels whose sensitivity makes no scale; none if there are no such channels. */
function listLostScales(groups: readonly Group[]): string[] {
  const lost = groups.flatMap(({ channels }) => channels.filter(({ lostScale }) => lostScale !== ""));
  if (lost.length === 0) return [];
  const shown = lost.slice(0, MAX_SHOWN_NAMES).map(({ name, lostScale }) => `${JSON.stringify(name)} (${lostScale})`);
  const list = [...shown, ...(lost.length > MAX_SHOWN_NAMES ? ["..."] : [])].join(", ");
  return [`Channels whose sensitivity makes no scale are kept without a gain: ${list}.`];
}

/** The filters of a channel. One of 0 Hz is none. */
function readFilters(set: DataSet): string[] {
  return (["FilterLowFrequency", "FilterHighFrequency", "NotchFilterFrequency"] as const).flatMap((keyword) => {
    const hertz = findText(set, keyword);
    return Number(hertz) === 0 ? [] : `${keyword} ${hertz} Hz`;
  });
}

/** Reads a channel definition. */
function readChannel(set: DataSet): Omit<Channel, "skew"> {
  const [source] = findItems(set, "ChannelSourceSequence");
  const [unit] = findItems(set, "ChannelSensitivityUnitsSequence");
  const code = (unit && findText(unit, "CodeValue")) || undefined;
  const name = nameLead({
    code: source ? findText(source, "CodeValue") : "",
    scheme: source ? findText(source, "CodingSchemeDesignator") : "",
    meaning: source ? findText(source, "CodeMeaning") : "",
    label: findText(set, "ChannelLabel"),
  });
  const bitsStored = findUnsigned(set, "WaveformBitsStored");
  const sensitivity = findText(set, "ChannelSensitivity");
  const otherUnit = code === undefined ? undefined : findUnit(code);
  const channel = {
    name,
    gain: null,
    baseline: 0,
    ...(otherUnit !== undefined && { unit: otherUnit }),
    bitsStored,
    filters: readFilters(set),
    isUnscaled: sensitivity !== "" && Number(sensitivity) !== 1 && code === undefined,
    lostScale: "",
  };
  if (sensitivity === "" || code === undefined) return channel;
  const correction = findText(set, "ChannelSensitivityCorrectionFactor") || "1";
  const baseline = findText(set, "ChannelBaseline") || "0";
  const scale = fromChannelScale({ sensitivity, correction, baseline }, code);
  if (scale) return { ...channel, ...scale };
  if (otherUnit !== undefined) return channel;
  return { ...channel, lostScale: `${sensitivity} ${code}, corrected by ${correction}, from ${baseline}` };
}

/**
 * Makes leads of the channels of all groups. Leads begin together, so a group that begins later has missing samples
 * before it. Channels of one name, rate and scale, in groups one after the other, are one lead.
 *
 * @param start the time of the first group, in ms
 */
function planLeads(groups: readonly Group[], start: number): Plan[] {
  const channelCount = groups.reduce((count, { channels }) => count + channels.length, 0);
  if (channelCount > MAX_CHANNELS) {
    throw new FormatError(toPlace("WaveformSequence"), `${channelCount} channels are more than ${MAX_CHANNELS}`);
  }
  const plans: Plan[] = [];
  for (const group of groups) {
    const first = Math.round(((group.offset - start) / 1000) * (group.samplingRate ?? 0));
    for (const [
      index,
      { bitsStored: _, skew: __, isUnscaled: ___, lostScale: ____, filters: _____, ...channel },
    ] of group.channels.entries()) {
      const source = { group, index, start: first };
      const lead = { ...channel, samplingRate: group.samplingRate };
      const plan = plans.find(
        (plan) => isSameLead(plan, lead) && plan.sources.every((other) => areApart(source, other)),
      );
      if (plan) plan.sources.push(source);
      else plans.push({ ...lead, sources: [source] });
    }
  }
  return plans;
}

function isSameLead(a: Omit<Lead, "samples">, b: Omit<Lead, "samples">): boolean {
  const isSameScale = a.unit === b.unit && a.gain === b.gain && a.baseline === b.baseline;
  return a.name === b.name && a.samplingRate === b.samplingRate && isSameScale;
}

function areApart(a: Source, b: Source): boolean {
  return a.group !== b.group && (endOf(a) <= b.start || endOf(b) <= a.start);
}

function endOf({ start, group }: Source): number {
  return start + group.sampleCount;
}

/**
 * The leads that are asked for; else all but pressures, respiration and the like.
 *
 * @param isEcg whether the file is an ECG; else only leads with a code of an ECG's are some
 */
function selectLeads(plans: Plan[], names: readonly string[] | undefined, isEcg: boolean): Plan[] {
  const selected = names
    ? names.map((name) => findLead(plans, name) ?? failWithout(name))
    : plans.filter((plan) => isVoltage(plan) && (isEcg || isEcgLead(plan.name)));
  const { length } = selected;
  if (length === 0) throw new FormatError(toPlace("ChannelDefinitionSequence"), "has no channels of an ECG");
  if (length > MAX_LEADS) {
    const message = `${length} channels are more than the ${MAX_LEADS} leads of an ECG`;
    throw new FormatError(toPlace("ChannelDefinitionSequence"), message);
  }
  return selected;
}

function failWithout(name: string): never {
  throw new FormatError(toPlace("ChannelSourceSequence"), `there is no channel ${name}`);
}

/** Refuses groups that are so far apart that too many samples would be missing. */
function requireRoom(plans: readonly Plan[]): void {
  let added = 0;
  for (const { sources } of plans) {
    added += Math.max(...sources.map(endOf)) - sources.reduce((count, { group }) => count + group.sampleCount, 0);
  }
  if (added > MAX_ADDED_SAMPLES) {
    throw new FormatError(toPlace("MultiplexGroupTimeOffset"), `the groups are ${added} samples apart`);
  }
}

function readLead({ sources, ...lead }: Plan): Lead {
  const [only] = sources;
  if (sources.length === 1 && only.start === 0) return { ...lead, samples: readWaveformData(only.group, only.index) };
  const samples = new Int32Array(Math.max(...sources.map(endOf))).fill(MISSING);
  for (const source of sources) samples.set(readWaveformData(source.group, source.index), source.start);
  return { ...lead, samples };
}

function readSamplingRate(set: DataSet): number | undefined {
  const rate = findNumber(set, "SamplingFrequency");
  if (rate === undefined || rate > 0) return rate;
  throw new FormatError(toPlace("SamplingFrequency"), `${rate} Hz is no sampling rate`);
}

/** The number in a decimal string; undefined when it is empty or missing. */
function findNumber(set: DataSet, keyword: "SamplingFrequency" | "MultiplexGroupTimeOffset"): number | undefined {
  const text = findText(set, keyword);
  if (text === "") return undefined;
  const value = Number(text);
  if (isDecimalString(text) && Number.isFinite(value)) return value;
  throw new FormatError(toPlace(keyword), `"${text}" is no number`);
}

/**
 * The time of acquisition in ms since 1970, or the next best: that of the content or of the study. Null without any, with
 * notes for the sender on an offset and on the first time that was not understood, and on a date without a time of day.
 */
function readAcquisitionTime(set: DataSet, timeZone: string): { instant: number | null; notes: string[] } {
  const zoneText = findText(set, "TimezoneOffsetFromUTC");
  const zone = parseOffset(zoneText) === undefined ? "" : zoneText;
  const dates = (
    [
      ["AcquisitionDateTime"],
      ["AcquisitionDate", "AcquisitionTime"],
      ["ContentDate", "ContentTime"],
      ["StudyDate", "StudyTime"],
    ] as const
  ).map(([date, time]) => ({ keyword: date, date: findText(set, date), time: time ? findText(set, time) : "" }));
  const lost = zone === zoneText ? [] : [`TimezoneOffsetFromUTC ${JSON.stringify(zoneText)} was not understood.`];
  const notes = [...lost];
  for (const { keyword, date, time } of dates) {
    const instant = parseDateTime(date, time, zone, timeZone);
    if (instant !== null) return { instant, notes: isBareDate(date, time) ? [...notes, noteBareDate(date)] : notes };
    if (!isNoDate(date) && notes.length === lost.length)
      notes.push(`${keyword} ${JSON.stringify(`${date} ${time}`.trim())} was not understood.`);
  }
  return { instant: null, notes };
}

/** The name of the patient: its alphabetic group (PS3.5, section 6.2.1), with spaces between the components. */
function readPatientName(set: DataSet): string {
  return findText(set, "PatientName").split("=", 1)[0].replace(/\^+/g, " ").trim();
}

function readDevice(set: DataSet): string {
  const parts = (["Manufacturer", "ManufacturerModelName", "DeviceSerialNumber"] as const).map((keyword) =>
    findText(set, keyword),
  );
  return parts.filter((part) => part !== "").join(" ");
}
