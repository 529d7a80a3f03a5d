import { standardLead } from "../../recording/lead-names.ts";
import { isVoltage, type Lead, MILLIVOLT, MISSING, type Recording } from "../../recording/recording.ts";
import { newNotAcceptable, type WriteOptions } from "../format.ts";
import { joinBytes } from "../join-bytes.ts";
import { findUcum } from "../unit.ts";
import { ECG_CLASSES, TRANSFER_SYNTAXES } from "./attributes.ts";
import { toDateTime } from "./date-time.ts";
import { encodeDataSet, lengthOf, type Values } from "./encoder.ts";
import { codeLead, isPlainText, OWN_SCHEME } from "./lead-codes.ts";
import { type ChannelScale, findChannelScale, toDecimalString } from "./scale.ts";
import { Digest } from "./uid.ts";

/** The limits of a storage class (PS3.3, section A.34). */
type EcgClass = {
  uid: string;
  minSamplingRate: number;
  maxSampleCount: number;
  groups: number;
  channelsPerGroup: number;
  bits: 16 | 32;
  takes: (leads: readonly Lead[]) => boolean;
};

/** The highest sampling rate of all classes (PS3.3, section A.34). */
const MAX_SAMPLING_RATE_HZ = 1000;
/** The standard leads, of which the class of 12-lead ECGs needs all. */
const STANDARD_LEAD_COUNT = 12;
/** The classes in order of preference. */
const CLASSES: readonly EcgClass[] = [
  {
    uid: ECG_CLASSES.twelveLead,
    minSamplingRate: 200,
    maxSampleCount: 16384,
    groups: 1,
    channelsPerGroup: 13,
    bits: 16,
    takes: (leads) => new Set(leads.flatMap(({ name }) => standardLead(name) ?? [])).size === STANDARD_LEAD_COUNT,
  },
  {
    uid: ECG_CLASSES.general,
    minSamplingRate: 200,
    maxSampleCount: Number.POSITIVE_INFINITY,
    groups: 4,
    channelsPerGroup: 24,
    bits: 16,
    takes: () => true,
  },
  {
    uid: ECG_CLASSES.ambulatory,
    minSamplingRate: 50,
    maxSampleCount: Number.POSITIVE_INFINITY,
    groups: 1,
    channelsPerGroup: 12,
    bits: 16,
    takes: () => true,
  },
  {
    uid: ECG_CLASSES.general32Bit,
    minSamplingRate: 200,
    maxSampleCount: Number.POSITIVE_INFINITY,
    groups: 4,
    channelsPerGroup: 24,
    bits: 32,
    takes: () => true,
  },
];

/** The longest waveform data, in bytes: lengths have 32 bits, and the highest one means an unknown length. */
const MAX_DATA_BYTES = 0xfff00000;
/** The lowest sample of 16 bits, which stands for a missing one. */
const MIN_INT16 = -0x8000;
/** The highest sample of 16 bits. */
const MAX_INT16 = 0x7fff;
/** The longest id of a person and name of a device, in characters (PS3.5, table 6.2-1: LO). */
const MAX_TEXT_LENGTH = 64;
/** The longest code of a unit, in characters (SH). */
const MAX_CODE_LENGTH = 16;
/** The UID of this project, made of a UUID. */
const IMPLEMENTATION_UID = "2.25.105418616813771370810690969525487487075";
/** The name of this project in files, of up to 16 characters. */
const IMPLEMENTATION_NAME = "ECG_API";

/**
 * Writes a file with a preamble, in explicit VR little endian. A date that is not known is no date of acquisition, and
 * empty dates of study and content: no date is made up where DICOM wants one. Annotations, and a subject or device of more than 64
 * characters, are left out.
 *
 * @throws AppError `not-acceptable`
 */
export function writeDicom(recording: Recording, options: WriteOptions): Uint8Array<ArrayBuffer> {
  const ecgClass = requireClass(recording.leads);
  const { recordedAt, subject, device } = recording;
  const when = recordedAt === null ? undefined : toDateTime(recordedAt, options.timeZone);
  if (recordedAt !== null && !when) throw newNotAcceptable("DICOM has no way to say a date as early as this one.");
  const digest = digestOf(recording, options.name);
  const instance = digest.toUid("instance");

  const dataSet = encodeDataSet({
    SpecificCharacterSet: "ISO_IR 192",
    SOPClassUID: ecgClass.uid,
    SOPInstanceUID: instance,
    StudyDate: when?.date ?? "",
    ContentDate: when?.date ?? "",
    AcquisitionDateTime: when && when.date + when.time + when.zone,
    StudyTime: when?.time ?? "",
    ContentTime: when?.time ?? "",
    AccessionNumber: "",
    Modality: "ECG",
    Manufacturer: "",
    ReferringPhysicianName: "",
    TimezoneOffsetFromUTC: when?.zone || undefined,
    ManufacturerModelName: device !== null && isPlainText(device, MAX_TEXT_LENGTH) ? device : undefined,
    PatientName: "",
    PatientID: subject !== null && isPlainText(subject, MAX_TEXT_LENGTH) ? subject : "",
    PatientBirthDate: "",
    PatientSex: "",
    StudyInstanceUID: digest.toUid("study"),
    SeriesInstanceUID: digest.toUid("series"),
    StudyID: "1",
    SeriesNumber: "1",
    InstanceNumber: "1",
    AcquisitionContextSequence: [],
    WaveformSequence: toGroups(recording.leads, ecgClass),
  });
  return joinBytes([...toFileMeta(ecgClass.uid, instance), ...dataSet]);
}

/**
 * The first class that takes the leads.
 *
 * @throws AppError `not-acceptable`
 */
function requireClass(leads: readonly Lead[]): EcgClass {
  const { samplingRate, samples } = requireLead(leads);
  if (leads.some((lead) => lead.samplingRate !== samplingRate || lead.samples.length !== samples.length)) {
    throw newNotAcceptable("DICOM is written with leads of one sampling rate and length only.");
  }
  if (samplingRate === null) throw newNotAcceptable("DICOM needs a sampling rate, and this ECG has none.");
  const fits = CLASSES.filter(
    (to) =>
      samplingRate >= to.minSamplingRate &&
      samplingRate <= MAX_SAMPLING_RATE_HZ &&
      samples.length <= to.maxSampleCount &&
      leads.length <= to.groups * to.channelsPerGroup &&
      to.takes(leads),
  );
  if (fits.length === 0) {
    const detail = `DICOM has ECGs of 200 to 1000 Hz, and of up to 12 leads from 50 Hz on, not of ${leads.length} leads`;
    throw newNotAcceptable(`${detail} at ${samplingRate} Hz.`);
  }
  const bits = fitInt16(leads) ? 16 : 32;
  const found = fits.find((to) => to.bits >= bits);
  if (!found) throw newNotAcceptable("DICOM has ECGs of more than 16 bits only from 200 Hz on.");
  if (leads.length * samples.length * (found.bits / 8) > MAX_DATA_BYTES) {
    throw newNotAcceptable("The ECG is longer than DICOM's 4 GB.");
  }
  return found;
}

function requireLead([first]: readonly Lead[]): Lead {
  if (!first || first.samples.length === 0) throw newNotAcceptable("DICOM has no ECG without samples.");
  return first;
}

/** Whether all samples fit into 16 bits, of which the lowest is kept for missing samples, if there are any. */
function fitInt16(leads: readonly Lead[]): boolean {
  const lowest = hasMissing(leads) ? MIN_INT16 + 1 : MIN_INT16;
  return leads.every(({ samples }) =>
    samples.every((sample) => sample === MISSING || (sample >= lowest && sample <= MAX_INT16)),
  );
}

function hasMissing(leads: readonly Lead[]): boolean {
  return leads.some(({ samples }) => samples.includes(MISSING));
}

function toGroups(leads: readonly Lead[], { channelsPerGroup, bits }: EcgClass): Values[] {
  const scales = new Map<string, ChannelScale>();
  const padding = hasMissing(leads) ? interleave([Int32Array.of(MISSING)], bits) : undefined;
  const groups: Values[] = [];
  for (let from = 0; from < leads.length; from += channelsPerGroup) {
    const channels = leads.slice(from, from + channelsPerGroup);
    groups.push({
      WaveformOriginality: "ORIGINAL",
      NumberOfWaveformChannels: channels.length,
      NumberOfWaveformSamples: leads[0].samples.length,
      SamplingFrequency: toSamplingFrequency(leads[0].samplingRate),
      MultiplexGroupLabel: "RHYTHM",
      ChannelDefinitionSequence: channels.map((lead, i) => toChannel(lead, from + i, bits, scales)),
      WaveformBitsAllocated: bits,
      WaveformSampleInterpretation: bits === 16 ? "SS" : "SL",
      WaveformPaddingValue: padding,
      WaveformData: interleave(
        channels.map(({ samples }) => samples),
        bits,
      ),
    });
  }
  return groups;
}

/**
 * Makes the definition of a channel.
 *
 * @param scales those that were found for a gain and baseline before
 */
function toChannel(lead: Lead, index: number, bits: number, scales: Map<string, ChannelScale>): Values {
  const { name, gain } = lead;
  const source = codeLead(name, index);
  if (!source) throw newNotAcceptable(`DICOM cannot carry "${name}" as the name of a lead.`);
  return {
    ChannelLabel: source.label || undefined,
    ChannelSourceSequence: [toCode(source)],
    ...(gain === null ? requireNoBaseline(lead) : toSensitivity(requireScale(lead, gain, scales))),
    ChannelSensitivityUnitsSequence: gain === null && isVoltage(lead) ? undefined : [toUnit(lead)],
    ChannelSampleSkew: "0",
    WaveformBitsStored: bits,
  };
}

function toSensitivity({ sensitivity, correction, baseline }: ChannelScale): Values {
  return {
    ChannelSensitivity: sensitivity,
    ChannelSensitivityCorrectionFactor: correction,
    ChannelBaseline: baseline,
  };
}

/**
 * The code of a lead's unit.
 *
 * @throws AppError `not-acceptable`
 */
function toUnit({ name, unit = MILLIVOLT }: Lead): Values {
  if (isVoltage({ unit })) return toCode({ code: "uV", scheme: "UCUM", meaning: "microvolt" });
  const ucum = findUcum(unit);
  if (ucum !== undefined) return toCode({ code: ucum, scheme: "UCUM", meaning: unit });
  if (isPlainText(unit, MAX_CODE_LENGTH) && unit !== "")
    return toCode({ code: unit, scheme: OWN_SCHEME, meaning: unit });
  throw newNotAcceptable(`DICOM cannot carry "${unit}" as the unit of lead ${name}.`);
}

function requireScale(lead: Lead, gain: number, scales: Map<string, ChannelScale>): ChannelScale {
  const { name, baseline, unit = MILLIVOLT } = lead;
  const isOther = !isVoltage(lead);
  const key = `${gain} ${baseline} ${isOther}`;
  const scale = scales.get(key) ?? findChannelScale(gain, baseline, isOther);
  if (!scale) {
    const detail = `DICOM cannot carry a gain of ${gain} ADC units per ${unit} with ${baseline} at 0 ${unit} exactly`;
    throw newNotAcceptable(`${detail}, as lead ${name} has them.`);
  }
  scales.set(key, scale);
  return scale;
}

function requireNoBaseline({ name, baseline }: Lead): Values {
  if (baseline === 0) return {};
  throw newNotAcceptable(`DICOM carries a baseline with a gain only, and lead ${name} has none.`);
}

/** A coded entry (PS3.3, section 8.8). */
function toCode({ code, scheme, meaning }: { code: string; scheme: string; meaning: string }): Values {
  return { CodeValue: code, CodingSchemeDesignator: scheme, CodeMeaning: meaning };
}

function toSamplingFrequency(samplingRate: number | null): string {
  const text = samplingRate === null ? undefined : toDecimalString(samplingRate);
  if (text !== undefined && Number(text) === samplingRate) return text;
  throw newNotAcceptable(`DICOM cannot carry a sampling rate of ${samplingRate} Hz exactly.`);
}

/**
 * Interleaves channels: the first samples of all, then the second ones, and so on. MISSING becomes the lowest number.
 */
function interleave(channels: readonly Int32Array[], bits: 16 | 32): Uint8Array {
  const sampleBytes = bits / 8;
  const stride = channels.length * sampleBytes;
  const bytes = new Uint8Array(channels[0].length * stride);
  const view = new DataView(bytes.buffer);
  for (const [channel, samples] of channels.entries()) {
    for (let i = 0, at = channel * sampleBytes; i < samples.length; i++, at += stride) {
      if (bits === 32) view.setInt32(at, samples[i], true);
      else view.setInt16(at, samples[i] === MISSING ? MIN_INT16 : samples[i], true);
    }
  }
  return bytes;
}

/** The preamble and the file meta information (PS3.10, section 7.1). */
function toFileMeta(sopClass: string, instance: string): Uint8Array[] {
  const meta = encodeDataSet({
    FileMetaInformationVersion: Uint8Array.of(0, 1),
    MediaStorageSOPClassUID: sopClass,
    MediaStorageSOPInstanceUID: instance,
    TransferSyntaxUID: TRANSFER_SYNTAXES.explicitLittleEndian,
    ImplementationClassUID: IMPLEMENTATION_UID,
    ImplementationVersionName: IMPLEMENTATION_NAME,
  });
  const length = encodeDataSet({ FileMetaInformationGroupLength: lengthOf(meta) });
  return [new Uint8Array(128), new TextEncoder().encode("DICM"), ...length, ...meta];
}

/** A digest of all that tells one ECG from another, so that an ECG has the same UIDs whenever it is written. */
function digestOf({ leads, ...about }: Recording, name: string): Digest {
  const digest = new Digest();
  const leadHeads = leads.map(({ samples: _, ...lead }) => lead);
  digest.addText(JSON.stringify([name, about.recordedAt, about.subject, about.device, leadHeads]));
  for (const { samples } of leads) digest.add(samples);
  return digest;
}
