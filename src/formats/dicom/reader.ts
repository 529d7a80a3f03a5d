import { findLead } from "../../recording/lead-names.ts";
import { type Lead, MAX_SAMPLE, MISSING, type Recording } from "../../recording/recording.ts";
import { FormatError, type ReadOptions } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { ECG_CLASSES, toPlace } from "./attributes.ts";
import { type DataSet, findBytes, findItems, findText, findUnsigned, readDataSet } from "./data-set.ts";
import { parseDateTime } from "./date-time.ts";
import { nameLead } from "./lead-codes.ts";
import { isDecimalString, isVoltage, toGain } from "./scale.ts";

/** Channels sampled together (PS3.3, section C.10.9). */
type Group = {
  /** From 1. */
  number: number;
  label: string;
  isDerived: boolean;
  /** Of its first sample, in ms from the acquisition's date and time. */
  offset: number;
  /** Hz */
  samplingRate: number | null;
  sampleCount: number;
  channels: Channel[];
  set: DataSet;
};

type Channel = Pick<Lead, "name" | "gain" | "baseline"> & { isVoltage: boolean; bitsStored: number | undefined };

/** A lead as it is put together: stretches of it may be in several groups. */
type Plan = Omit<Lead, "samples"> & { isVoltage: boolean; pieces: Piece[] };

/** A channel of a group, and the lead's sample that is its first. */
type Piece = { group: Group; index: number; start: number };

/** Of all groups together. */
const MAX_GROUPS = 64;
const MAX_CHANNELS = 1024;
/** Where groups begin at different times, so many missing samples at the most make up for it. */
const MAX_ADDED_SAMPLES = 4_000_000;
/** What a group of a mean, median or otherwise typical beat is called. */
const BEAT_LABEL = /median|average|mean|representative|template|beat/i;
const RHYTHM_LABEL = /rhythm/i;

/** How a sample is stored (PS3.3, section C.10.9.1.5). */
const INTERPRETATIONS: Record<
  string,
  { bytes: number; isSigned: boolean; read: (view: DataView, at: number, isLittleEndian: boolean) => number }
> = {
  SB: { bytes: 1, isSigned: true, read: (view, at) => view.getInt8(at) },
  UB: { bytes: 1, isSigned: false, read: (view, at) => view.getUint8(at) },
  SS: { bytes: 2, isSigned: true, read: (view, at, isLittleEndian) => view.getInt16(at, isLittleEndian) },
  US: { bytes: 2, isSigned: false, read: (view, at, isLittleEndian) => view.getUint16(at, isLittleEndian) },
  SL: { bytes: 4, isSigned: true, read: (view, at, isLittleEndian) => view.getInt32(at, isLittleEndian) },
  UL: { bytes: 4, isSigned: false, read: (view, at, isLittleEndian) => view.getUint32(at, isLittleEndian) },
};

/** Storage classes of other waveforms (PS3.6, annex A), for what is said of them. */
const OTHER_WAVEFORMS = new Map([
  ["1.2.840.10008.5.1.4.1.1.9.2.1", "a hemodynamic waveform"],
  ["1.2.840.10008.5.1.4.1.1.9.3.1", "a cardiac electrophysiology waveform"],
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
]);

/** @throws FormatError */
export function readDicom(bytes: Uint8Array, options: ReadOptions): Recording {
  const set = readDataSet(bytes);
  requireEcg(set);
  const groups = selectRhythm(
    findItems(set, "WaveformSequence")
      .slice(0, MAX_GROUPS + 1)
      .map(toGroup(options)),
  );
  const start = Math.min(...groups.map(({ offset }) => offset));
  const plans = selectLeads(planLeads(groups, start), options.leads);
  requireRoom(plans);
  const acquired = readAcquisitionTime(set, options.timeZone);
  return {
    recordedAt: acquired === null ? null : acquired + Math.round(start),
    leads: plans.map(readLead),
    subject: findText(set, "PatientID") || readPatientName(set) || null,
    device: readDevice(set) || null,
    note: null,
    isOpen: false,
    annotations: [],
  };
}

function requireEcg(set: DataSet): void {
  const sopClass = findText(set, "SOPClassUID");
  if ((Object.values(ECG_CLASSES) as string[]).includes(sopClass)) return;
  const what = OTHER_WAVEFORMS.get(sopClass) ?? (sopClass ? `of the class ${sopClass}` : "of no class");
  throw new FormatError(toPlace("SOPClassUID"), `the file is ${what}, not an ECG`);
}

/**
 * The groups with a continuous recording: those called so, or else all original ones that are not called a typical beat,
 * or else the longest one.
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

/** In seconds. */
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
    return {
      number: index + 1,
      label: findText(set, "MultiplexGroupLabel"),
      isDerived: findText(set, "WaveformOriginality") === "DERIVED",
      offset: findNumber(set, "MultiplexGroupTimeOffset") ?? 0,
      samplingRate: readSamplingRate(set) ?? options.samplingRate ?? null,
      sampleCount: requireUnsigned(set, "NumberOfWaveformSamples"),
      channels: channels.map(readChannel),
      set,
    };
  };
}

/** Its skew, by which it was sampled later than the first channel, is not made up for: as a rule it is below a sample. */
function readChannel(set: DataSet): Channel {
  const [source] = findItems(set, "ChannelSourceSequence");
  const [unit] = findItems(set, "ChannelSensitivityUnitsSequence");
  const code = unit && findText(unit, "CodeValue");
  const name = nameLead({
    code: source ? findText(source, "CodeValue") : "",
    scheme: source ? findText(source, "CodingSchemeDesignator") : "",
    meaning: source ? findText(source, "CodeMeaning") : "",
    label: findText(set, "ChannelLabel"),
  });
  const bitsStored = findUnsigned(set, "WaveformBitsStored");
  const sensitivity = findText(set, "ChannelSensitivity");
  if (sensitivity === "" || code === undefined || !isVoltage(code)) {
    return { name, gain: null, baseline: 0, isVoltage: code === undefined || isVoltage(code), bitsStored };
  }
  const correction = findText(set, "ChannelSensitivityCorrectionFactor") || "1";
  const scale = toGain({ sensitivity, correction, baseline: findText(set, "ChannelBaseline") || "0" }, code);
  if (!scale) {
    const message = `${sensitivity} ${code}, corrected by ${correction}, is no scale for ${name || "a channel"}`;
    throw new FormatError(toPlace("ChannelSensitivity"), message);
  }
  return { name, ...scale, isVoltage: true, bitsStored };
}

/**
 * Leads of all groups' channels. They begin together, so that a group that begins later has missing samples before it;
 * a lead whose name and scale are in groups one after the other is one lead.
 *
 * @param start of the first group, in ms
 */
function planLeads(groups: readonly Group[], start: number): Plan[] {
  const channelCount = groups.reduce((count, { channels }) => count + channels.length, 0);
  if (channelCount > MAX_CHANNELS) {
    throw new FormatError(toPlace("WaveformSequence"), `${channelCount} channels are more than ${MAX_CHANNELS}`);
  }
  const plans: Plan[] = [];
  for (const group of groups) {
    const first = Math.round(((group.offset - start) / 1000) * (group.samplingRate ?? 0));
    for (const [index, { name, gain, baseline, isVoltage }] of group.channels.entries()) {
      const piece = { group, index, start: first };
      const lead = { name, samplingRate: group.samplingRate, gain, baseline };
      const plan = plans.find((plan) => isSameLead(plan, lead) && plan.pieces.every((other) => areApart(piece, other)));
      if (plan) plan.pieces.push(piece);
      else plans.push({ ...lead, isVoltage, pieces: [piece] });
    }
  }
  return plans;
}

function isSameLead(a: Omit<Lead, "samples">, b: Omit<Lead, "samples">): boolean {
  return a.name === b.name && a.samplingRate === b.samplingRate && a.gain === b.gain && a.baseline === b.baseline;
}

function areApart(a: Piece, b: Piece): boolean {
  return a.group !== b.group && (endOf(a) <= b.start || endOf(b) <= a.start);
}

function endOf({ start, group }: Piece): number {
  return start + group.sampleCount;
}

/** The leads that are asked for; without that all but pressures, respiration and the like. */
function selectLeads(plans: Plan[], names: readonly string[] | undefined): Plan[] {
  const selected = names
    ? names.map((name) => findLead(plans, name) ?? failWithout(name))
    : plans.filter(({ isVoltage }) => isVoltage);
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

function requireRoom(plans: readonly Plan[]): void {
  let added = 0;
  for (const { pieces } of plans) {
    added += Math.max(...pieces.map(endOf)) - pieces.reduce((count, { group }) => count + group.sampleCount, 0);
  }
  if (added > MAX_ADDED_SAMPLES) {
    throw new FormatError(toPlace("MultiplexGroupTimeOffset"), `the groups are ${added} samples apart`);
  }
}

function readLead({ isVoltage: _, pieces, ...lead }: Plan): Lead {
  const [only] = pieces;
  if (pieces.length === 1 && only.start === 0) return { ...lead, samples: readSamples(only) };
  const samples = new Int32Array(Math.max(...pieces.map(endOf))).fill(MISSING);
  for (const piece of pieces) samples.set(readSamples(piece), piece.start);
  return { ...lead, samples };
}

/** One channel of a group, whose samples are interleaved with those of the others. */
function readSamples({ group, index }: Piece): Int32Array {
  const { set, sampleCount, channels, number } = group;
  const { isLittleEndian } = set.encoding;
  const { bytes: sampleBytes, isSigned, read } = requireInterpretation(set);
  const data = findBytes(set, "WaveformData");
  const needed = sampleCount * channels.length * sampleBytes;
  if (data?.length !== needed && data?.length !== needed + (needed % 2)) {
    const message = `group ${number} has ${data?.length ?? 0} bytes for ${needed} of ${sampleCount} samples`;
    throw new FormatError(toPlace("WaveformData"), message);
  }
  const bits = channels[index].bitsStored ?? sampleBytes * 8;
  if (bits < 1 || bits > sampleBytes * 8) {
    throw new FormatError(toPlace("WaveformBitsStored"), `${bits} are not 1 to ${sampleBytes * 8}`);
  }
  const unused = 32 - bits;
  const padding = findPadding(set);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const stride = channels.length * sampleBytes;
  const samples = new Int32Array(sampleCount);
  for (let i = 0, at = index * sampleBytes; i < sampleCount; i++, at += stride) {
    const stored = read(view, at, isLittleEndian);
    if (stored === padding) {
      samples[i] = MISSING;
      continue;
    }
    const sample = isSigned ? (stored << unused) >> unused : (stored << unused) >>> unused;
    if (sample > MAX_SAMPLE || sample === MISSING) {
      throw new FormatError(
        toPlace("WaveformData"),
        `sample ${i + 1} of group ${number} is ${sample}, which is not kept`,
      );
    }
    samples[i] = sample;
  }
  return samples;
}

/**
 * What stands for a missing sample. Where zero is no end of the range it is a value that every ECG has, and those who give
 * it as the padding mean that there is none.
 */
function findPadding(set: DataSet): number | undefined {
  const bytes = findBytes(set, "WaveformPaddingValue");
  if (!bytes || bytes.length === 0) return undefined;
  const { bytes: sampleBytes, isSigned, read } = requireInterpretation(set);
  if (bytes.length < sampleBytes) throw new FormatError(toPlace("WaveformPaddingValue"), "is shorter than a sample");
  const padding = read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, set.encoding.isLittleEndian);
  return isSigned && padding === 0 ? undefined : padding;
}

function requireInterpretation(set: DataSet) {
  const code = findText(set, "WaveformSampleInterpretation");
  const bits = requireUnsigned(set, "WaveformBitsAllocated");
  const interpretation = Object.hasOwn(INTERPRETATIONS, code) ? INTERPRETATIONS[code] : undefined;
  if (interpretation?.bytes === bits / 8) return interpretation;
  throw new FormatError(toPlace("WaveformSampleInterpretation"), `"${code}" of ${bits} bits is not read`);
}

function readSamplingRate(set: DataSet): number | undefined {
  const rate = findNumber(set, "SamplingFrequency");
  if (rate === undefined || rate > 0) return rate;
  throw new FormatError(toPlace("SamplingFrequency"), `${rate} Hz is no sampling rate`);
}

/** A decimal string. */
function findNumber(set: DataSet, keyword: "SamplingFrequency" | "MultiplexGroupTimeOffset"): number | undefined {
  const text = findText(set, keyword);
  if (text === "") return undefined;
  const value = Number(text);
  if (isDecimalString(text) && Number.isFinite(value)) return value;
  throw new FormatError(toPlace(keyword), `"${text}" is no number`);
}

function requireUnsigned(
  set: DataSet,
  keyword: "NumberOfWaveformChannels" | "NumberOfWaveformSamples" | "WaveformBitsAllocated",
): number {
  const value = findUnsigned(set, keyword);
  if (value === undefined) throw new FormatError(toPlace(keyword), "is missing");
  return value;
}

/** When it was acquired, or else what comes nearest to it, in ms since 1970. */
function readAcquisitionTime(set: DataSet, timeZone: string): number | null {
  const zone = findText(set, "TimezoneOffsetFromUTC");
  return (
    parseDateTime(findText(set, "AcquisitionDateTime"), "", zone, timeZone) ??
    parseDateTime(findText(set, "AcquisitionDate"), findText(set, "AcquisitionTime"), zone, timeZone) ??
    parseDateTime(findText(set, "ContentDate"), findText(set, "ContentTime"), zone, timeZone) ??
    parseDateTime(findText(set, "StudyDate"), findText(set, "StudyTime"), zone, timeZone)
  );
}

/** The alphabetic group of a name (PS3.5, section 6.2.1), its components apart by spaces. */
function readPatientName(set: DataSet): string {
  return findText(set, "PatientName").split("=", 1)[0].replace(/\^+/g, " ").trim();
}

function readDevice(set: DataSet): string {
  const parts = (["Manufacturer", "ManufacturerModelName", "DeviceSerialNumber"] as const).map((keyword) =>
    findText(set, keyword),
  );
  return parts.filter((part) => part !== "").join(" ");
}
