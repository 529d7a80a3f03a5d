import { standardLead } from "../recording/lead-names.ts";
import { toInstant } from "../recording/local-time.ts";
import { type Lead, MISSING, type Recording } from "../recording/recording.ts";
import { findDecimal } from "./decimal.ts";
import { noteFilters } from "./filters.ts";
import { type Format, FormatError, type ReadOptions } from "./format.ts";
import { fromInt16 } from "./int16.ts";
import { MAX_LEADS } from "./limits.ts";
import { findRootName } from "./xml.ts";
import { findStepGain } from "./xml-gain.ts";
import {
  decodeBase64,
  findElements,
  findText,
  noteSkipped,
  parseXmlTree,
  quoteText,
  type XmlElement,
} from "./xml-tree.ts";

const ROOT = "RestingECG";
/** The most samples that a lead may begin after the others: a minute at 1000 Hz. */
const MAX_OFFSET_SAMPLES = 60_000;
const FILTERS = ["HighPassFilter", "LowPassFilter", "ACFilter"];
/** Fields of a lead that are 0 in published files, and whose meaning is not known otherwise. */
const NOT_UNDERSTOOD = ["LeadTimeOffset", "FirstSampleBaseline"];
const PATHS = [
  ...["PatientID", "PatientLastName", "PatientFirstName"].map((name) => `PatientDemographics/${name}`),
  ...["AcquisitionDate", "AcquisitionTime", "AcquisitionDevice", "AcquisitionSoftwareVersion"].map(
    (name) => `TestDemographics/${name}`,
  ),
  ...[
    "WaveformType",
    "WaveformStartTime",
    "NumberofLeads",
    "SampleType",
    "SampleBase",
    "SampleExponent",
    ...FILTERS,
  ].map((name) => `Waveform/${name}`),
  ...[
    ...["LeadID", "LeadSampleCountTotal", "LeadSampleSize", "LeadByteCountTotal", "LeadDataCRC32", "LeadHighLimit"],
    ...["LeadLowLimit", "LeadAmplitudeUnitsPerBit", "LeadAmplitudeUnits", "LeadOffsetFirstSample", "LeadOff"],
    ...["WaveFormData", "BaselineSway", "ExcessiveACNoise", "MuscleNoise", ...NOT_UNDERSTOOD],
  ].map((name) => `Waveform/LeadData/${name}`),
];

/**
 * GE MUSE XML (RestingECG), as MUSE 7 to 10 export it. There is no public specification: it is read by what published
 * readers do. The leads that are not stored are added where they follow from I and II without rounding.
 */
export const muse = {
  id: "muse",
  mediaTypes: ["application/x-muse-xml"],
  extensions: [".muse.xml"],
  detect: (prefix) => findRootName(prefix) === ROOT,
  read,
} satisfies Format;

function read(bytes: Uint8Array, options: ReadOptions): Recording {
  const rules = { root: ROOT, takesExternalType: true };
  const { root, skipped } = parseXmlTree(bytes, rules, PATHS);
  const notes = noteSkipped(skipped);
  const waveform = chooseWaveform(root, notes);
  const stored = readLeads(waveform, options, notes);
  const filters = FILTERS.flatMap((name) => {
    const filter = findText(waveform, name);
    return filter ? `${name} ${filter.text.slice(0, 16)}` : [];
  });
  notes.push(...noteFilters(filters));
  const text = (path: string) => findText(root, path)?.text ?? "";
  const names = ["PatientFirstName", "PatientLastName"].map((name) => text(`PatientDemographics/${name}`));
  const device = ["AcquisitionDevice", "AcquisitionSoftwareVersion"].map((name) => text(`TestDemographics/${name}`));
  return {
    recordedAt: readDate(root, options, notes),
    leads: addDerivedLeads(stored, notes),
    subject: text("PatientDemographics/PatientID") || names.join(" ").trim() || null,
    device: device.join(" ").trim() || null,
    note: null,
    isOpen: false,
    annotations: [],
    notes,
  };
}

/** The first Waveform that is no average beat. */
function chooseWaveform(root: XmlElement, notes: string[]): XmlElement {
  const all = findElements(root, "Waveform");
  const typeOf = (waveform: XmlElement) => findText(waveform, "WaveformType")?.text ?? "";
  const chosen = all.find((waveform) => !/^median$/i.test(typeOf(waveform)));
  if (!chosen) throw new FormatError("Waveform", "there is none of a rhythm");
  if (all.length > 1) {
    const others = all
      .filter((waveform) => waveform !== chosen)
      .map((waveform) => typeOf(waveform) || "without a type");
    const kinds = [...new Set(others)].slice(0, 4).map((type) => type.slice(0, 32));
    notes.push(`Of ${all.length} Waveforms one is kept; the others are not: ${kinds.join(", ")}.`);
  }
  return chosen;
}

function readLeads(waveform: XmlElement, options: ReadOptions, notes: string[]): Lead[] {
  const samplingRate = readSamplingRate(waveform) ?? options.samplingRate ?? null;
  const datas = findElements(waveform, "LeadData");
  if (datas.length > MAX_LEADS) throw new FormatError("LeadData", `there are more than ${MAX_LEADS} leads`);
  const troubles = new Map<string, string[]>();
  const leads = datas.flatMap((data, i): Lead[] => {
    const id = findText(data, "LeadID")?.text ?? `lead ${i + 1}`;
    const name = standardLead(id) ?? id;
    const tell = (trouble: string) => troubles.set(trouble, [...(troubles.get(trouble) ?? []), name.slice(0, 16)]);
    const samples = readSamples(data, tell);
    return samples ? [{ name, samplingRate, samples, gain: readGain(data, tell), baseline: 0 }] : [];
  });
  if (leads.length === 0) throw new FormatError(`line ${waveform.line}`, "the Waveform has no lead with samples");
  for (const [trouble, names] of troubles) notes.push(`${trouble}: ${names.join(", ")}.`);
  return leads;
}

function readSamplingRate(waveform: XmlElement): number | undefined {
  const base = findText(waveform, "SampleBase");
  if (!base) return undefined;
  const number = findDecimal(base.text);
  const power = Number(findText(waveform, "SampleExponent")?.text ?? 0);
  const rate = number ? Number(`${number.digits}e${number.exponent + power}`) : 0;
  if (!(rate > 0 && Number.isFinite(rate))) {
    throw new FormatError(`line ${base.line}`, `${quoteText(base.text)} samples a second are no sampling rate`);
  }
  return rate;
}

/** The samples of a lead; undefined when there are none. */
function readSamples(data: XmlElement, tell: (trouble: string) => void): Int32Array | undefined {
  const size = findText(data, "LeadSampleSize");
  if (size && Number(size.text) !== 2) {
    throw new FormatError(
      `line ${size.line}`,
      `samples are read that have 2 bytes each, and not ${quoteText(size.text)}`,
    );
  }
  const base64 = findText(data, "WaveFormData");
  if (!base64) {
    tell("Leads without WaveFormData are not kept");
    return undefined;
  }
  const bytes = decodeBase64(base64);
  if (bytes.length % 2 > 0) {
    throw new FormatError(`line ${base64.line}`, `${bytes.length} bytes are no samples of 2 bytes each`);
  }
  const samples = fromInt16(bytes);
  const count = findText(data, "LeadSampleCountTotal");
  if (count && Number(count.text) !== samples.length) {
    tell("The samples that are there are kept, though LeadSampleCountTotal is another number");
  }
  if (/^true$/i.test(findText(data, "LeadOff")?.text ?? "")) tell("The electrode was off (LeadOff)");
  for (const name of NOT_UNDERSTOOD) {
    const field = findText(data, name);
    if (field && Number(field.text) !== 0) tell(`${name} is not 0, and is not understood`);
  }
  return shift(samples, findText(data, "LeadOffsetFirstSample"), tell);
}

/** The samples behind as many missing ones as the lead begins later. */
function shift(samples: Int32Array, offset: XmlElement | undefined, tell: (trouble: string) => void): Int32Array {
  const count = Number(offset?.text ?? 0);
  if (count === 0 || !offset) return samples;
  if (!(Number.isInteger(count) && count > 0 && count <= MAX_OFFSET_SAMPLES)) {
    throw new FormatError(
      `line ${offset.line}`,
      `LeadOffsetFirstSample ${quoteText(offset.text)} is not 0 to ${MAX_OFFSET_SAMPLES}`,
    );
  }
  tell("Samples are missing before LeadOffsetFirstSample");
  const shifted = new Int32Array(count + samples.length).fill(MISSING, 0, count);
  shifted.set(samples, count);
  return shifted;
}

function readGain(data: XmlElement, tell: (trouble: string) => void): number | null {
  const gain = findStepGain(findText(data, "LeadAmplitudeUnitsPerBit"), findText(data, "LeadAmplitudeUnits"));
  if (gain === null) tell("The gain is not known without LeadAmplitudeUnitsPerBit in a unit of voltage");
  return gain;
}

/**
 * The leads with those of III, aVR, aVL and aVF that are not among them, behind lead II. The last three are halves: as
 * integers they have twice the gain, so that nothing is rounded.
 */
function addDerivedLeads(leads: Lead[], notes: string[]): Lead[] {
  const find = (name: string) => leads.find((lead) => lead.name === name);
  const [first, second] = [find("I"), find("II")];
  if (!first || !second) return leads;
  const isAlike = first.gain === second.gain && first.samples.length === second.samples.length;
  if (!isAlike || first.gain === null || first.samples.includes(MISSING) || second.samples.includes(MISSING)) {
    notes.push(
      "III, aVR, aVL and aVF are not derived: I and II differ in length or scale, have no gain, or have gaps.",
    );
    return leads;
  }
  const { gain: one } = first;
  const derive = (name: string, times: number, ofFirst: number, ofSecond: number): Lead => ({
    ...first,
    name,
    gain: one * times,
    samples: first.samples.map((sample, i) => ofFirst * sample + ofSecond * second.samples[i]),
  });
  const derived = [
    derive("III", 1, -1, 1),
    derive("aVR", 2, -1, -1),
    derive("aVL", 2, 2, -1),
    derive("aVF", 2, -1, 2),
  ].filter(({ name }) => !find(name));
  if (derived.length > 0) {
    const names = derived.map(({ name }) => name).join(", ");
    notes.push(
      `Not in the file, and derived from I and II (aVR, aVL and aVF at twice the gain, so that nothing is rounded): ${names}.`,
    );
  }
  const at = leads.indexOf(second) + 1;
  return [...leads.slice(0, at), ...derived, ...leads.slice(at)];
}

function readDate(root: XmlElement, { timeZone }: ReadOptions, notes: string[]): number | null {
  const date = findText(root, "TestDemographics/AcquisitionDate")?.text;
  const time = findText(root, "TestDemographics/AcquisitionTime")?.text;
  if (date === undefined && time === undefined) return null;
  const [, month, day, year] = /^(\d\d?)-(\d\d?)-(\d{4})$/.exec(date ?? "") ?? [];
  const [, hour, minute, second] = /^(\d\d?):(\d\d)(?::(\d\d))?$/.exec(time ?? "") ?? [];
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second ?? 0].map(Number);
  const instant = toInstant({ year: y, month: mo, day: d, hour: h, minute: mi, second: s }, timeZone);
  if (instant === null)
    notes.push(`The date ${quoteText(`${date ?? "?"} ${time ?? "?"}`)} is not understood, and not kept.`);
  return instant;
}
