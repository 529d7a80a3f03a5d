import { STANDARD_LEADS, standardLead } from "../../recording/lead-names.ts";
import { toInstant } from "../../recording/local-time.ts";
import type { Lead, Recording } from "../../recording/recording.ts";
import { type Decimal, findDecimal, toDecimal } from "../decimal.ts";
import { noteFilters } from "../filters.ts";
import { FormatError, type ReadOptions } from "../format.ts";
import { fromInt16 } from "../int16.ts";
import { MAX_LEADS } from "../limits.ts";
import { parseNumberList } from "../number-list.ts";
import { toGain } from "../sampled-values.ts";
import {
  decodeBase64,
  findElements,
  findText,
  noteSkipped,
  parseXmlTree,
  plainText,
  quoteText,
  type XmlElement,
} from "../xml-tree.ts";
import { unpackXli, wrap } from "./xli.ts";

/** The local name of the root of a file. */
export const ROOT = "restingecgdata";
/** The order of the leads in files that do not name them. */
const USUAL_ORDER = Object.keys(STANDARD_LEADS);
/** The places of the limb leads, of which XLI stores the last four as what is left of their prediction. */
const LIMB_LEADS = USUAL_ORDER.slice(0, 6);
const SIGNAL = "dataacquisition/signalcharacteristics";
/** The methods of compression that are none. */
const NOT_PACKED = ["NONE", "UNCOMPRESSED"];
/** The shortest end of all leads that is taken for a pulse, in seconds. */
const MIN_PULSE_SECONDS = 0.1;
/** An exponent of microvolts, as a power of ten of mV. */
const MICROVOLTS = -3;
const PATHS = [
  ...["documentinfo/documenttype", "documentinfo/documentversion", "dataacquisition/machine"],
  ...["samplingrate", "resolution", "signalresolution", "bitspersample", "signalsigned", "signaloffset"].map(
    (name) => `${SIGNAL}/${name}`,
  ),
  ...["hipass", "lowpass", "acsetting", "signalbandwidth"].map((name) => `${SIGNAL}/${name}`),
  ...["notchfiltered", "notchfilterfreqs", "acquisitiontype", "leadset", "electrodeplacement"].map(
    (name) => `${SIGNAL}/${name}`,
  ),
  ...["numberchannelsallocated", "numberchannelsvalid"].map((name) => `${SIGNAL}/${name}`),
  ...["patientid", "name/firstname", "name/lastname"].map((name) => `patient/generalpatientdata/${name}`),
  ...["waveforms/parsedwaveforms", "waveforms/repbeats/repbeat"],
];

/** The samples of each channel, and whether the four limb leads are still what is left of their prediction. */
type Channels = { channels: Int32Array[]; isPredicted: boolean };

/** A field of the signal: an attribute of `parsedwaveforms`, as of 1.04, or an element of `signalcharacteristics`. */
type Field = { value: string; line: number };

/** @throws FormatError with the line, or the byte of what is packed */
export function readSierra(bytes: Uint8Array, options: ReadOptions): Recording {
  const { root, skipped } = parseXmlTree(bytes, { root: ROOT }, PATHS);
  const notes = noteSkipped(new Set([...skipped].filter((path) => !path.startsWith("waveforms/repbeats/"))));
  if (findElements(root, "waveforms/repbeats/repbeat").length > 0)
    notes.push("The average beats (repbeats) are not kept.");
  const waveforms = findText(root, "waveforms/parsedwaveforms");
  if (!waveforms) throw new FormatError("parsedwaveforms", "there are no samples");
  const text = (path: string) => findText(root, path)?.text ?? "";
  const version = text("documentinfo/documentversion");
  if (!/^1\.0[34]/.test(version))
    notes.push(`The documentversion ${quoteText(version)} is not known: it is read as 1.04.`);
  notes.push(...noteFilters(findFilters(root)));

  const person = ["firstname", "lastname"].map((name) => text(`patient/generalpatientdata/name/${name}`));
  const machine = findElements(root, "dataacquisition/machine").at(0);
  const device = [machine?.attributes.detaildescription, machine?.text, machine?.attributes.machineid];
  return {
    recordedAt: readDate(root, options, notes),
    leads: readLeads(root, waveforms, options, notes),
    subject: text("patient/generalpatientdata/patientid") || person.join(" ").trim() || null,
    device: device.filter((part) => part?.trim()).join(" ") || null,
    note: null,
    isOpen: false,
    annotations: [],
    notes,
  };
}

function readLeads(root: XmlElement, waveforms: XmlElement, options: ReadOptions, notes: string[]): Lead[] {
  const field = (...names: string[]): Field | undefined => {
    for (const name of names) {
      const value = waveforms.attributes[name]?.trim();
      if (value) return { value, line: waveforms.line };
      const element = findText(root, `${SIGNAL}/${name}`);
      if (element) return { value: element.text, line: element.line };
    }
    return undefined;
  };
  requirePlainInt16(field, notes);
  const samplingRate = readPositive(field("samplespersecond", "samplingrate"), "sampling rate");
  const step = readPositive(field("resolution", "signalresolution"), "resolution");
  const duration = readPositive(field("durationperchannel"), "duration");
  const rate = samplingRate && toNumber(samplingRate);
  const expected = rate && duration ? Math.round((toNumber(duration) * rate) / 1000) : undefined;

  const valid = Number(field("numberchannelsvalid")?.value) || undefined;
  const named = findNames(root, waveforms, valid ?? USUAL_ORDER.length);
  const { channels, isPredicted } = readChannels(waveforms, named?.length ?? valid ?? USUAL_ORDER.length, expected);
  const count = Math.min(channels.length, Math.max(named?.length ?? 0, valid ?? 0) || channels.length);
  if (named && named.length > channels.length) {
    throw new FormatError(
      `line ${waveforms.line}`,
      `${named.length} leads are named, and there are ${channels.length}`,
    );
  }
  if (count < channels.length)
    notes.push(`${channels.length - count} channels beyond the ${count} that are valid are not kept.`);
  if (!named)
    notes.push(`The file does not name its leads: they are taken for ${USUAL_ORDER.join(", ")}, in this order.`);
  if (expected !== undefined && channels.some(({ length }) => length !== expected)) {
    const lengths = [...new Set(channels.map(({ length }) => length))].slice(0, 4).join(", ");
    notes.push(`The samples that are there are kept (${lengths} a lead), though durationperchannel means ${expected}.`);
  }
  if (!step) notes.push("The file has no resolution: the gain is not known.");
  const names = Array.from({ length: count }, (_, i) => nameLead(named ?? USUAL_ORDER, i));
  const samples = channels.slice(0, count);
  if (isPredicted) addPredictions(names, samples, waveforms.line);
  if (rate) notes.push(...noteCalibration(samples, rate));
  const gain = step
    ? toGain({ origin: toDecimal(0), scale: step }, { origin: MICROVOLTS, scale: MICROVOLTS }).gain
    : null;
  return samples.map((samples, i) => ({
    name: names[i],
    samplingRate: rate ?? options.samplingRate ?? null,
    samples,
    gain,
    baseline: 0,
  }));
}

/**
 * A note where the leads end in the same samples, as no ECG does: some of these files have a pulse for calibration behind each
 * lead (github.com/BIVectors/BRAVEHEART, issue 5).
 */
function noteCalibration(samples: readonly Int32Array[], rate: number): string[] {
  const [first, ...others] = samples;
  let count = 0;
  const isAlike = (at: number) => others.every((lead) => lead.length === first.length && lead[at] === first[at]);
  while (count < first.length && isAlike(first.length - 1 - count)) count++;
  const end = first.subarray(first.length - count);
  const isPulse = others.length > 0 && count >= MIN_PULSE_SECONDS * rate && end.some((sample) => sample !== end[0]);
  if (!isPulse) return [];
  return [`The last ${count} samples are the same in all leads, as a pulse for calibration is: they are kept.`];
}

/** Refuses samples of another kind than int16, and tells of an offset. */
function requirePlainInt16(field: (...names: string[]) => Field | undefined, notes: string[]): void {
  const bits = field("nbitspersample", "bitspersample");
  if (bits && Number(bits.value) !== 16) {
    throw new FormatError(`line ${bits.line}`, `samples of 16 bits are read, and not of ${quoteText(bits.value)}`);
  }
  const signed = field("signalsigned");
  if (signed && /^false$/i.test(signed.value))
    throw new FormatError(`line ${signed.line}`, "samples without a sign are not read");
  const offset = field("signaloffset");
  if (offset && Number(offset.value) !== 0)
    notes.push(`signaloffset ${quoteText(offset.value)} is not understood, and not kept.`);
}

/** A number beyond 0; undefined where there is none. */
function readPositive(field: Field | undefined, what: string): Decimal | undefined {
  if (!field) return undefined;
  const number = findDecimal(field.value);
  if (!number || number.digits <= 0n)
    throw new FormatError(`line ${field.line}`, `${quoteText(field.value)} is no ${what}`);
  return number;
}

function toNumber({ digits, exponent }: Decimal): number {
  return Number(`${digits}e${exponent}`);
}

/**
 * The names of the leads: of the waveforms, or else of the average beats if there are as many; undefined when there are
 * none.
 */
function findNames(root: XmlElement, { attributes, line }: XmlElement, count: number): string[] | undefined {
  const labels = splitLabels(attributes.leadlabels ?? "");
  if (labels.length > MAX_LEADS) throw new FormatError(`line ${line}`, `more than ${MAX_LEADS} leads are named`);
  if (labels.length > 0) return labels;
  const beats = findElements(root, "waveforms/repbeats/repbeat").map(
    ({ attributes }) => attributes.leadname?.trim() ?? "",
  );
  const names = [...new Set(beats)].filter((name) => name !== "");
  return names.length === count ? names : undefined;
}

/** The labels that a text has between spaces and commas, and no further ones than one more than leads can be. */
function splitLabels(text: string): string[] {
  return text
    .replace(/^[\s,]+/, "")
    .split(/[\s,]+/, MAX_LEADS + 1)
    .filter((label) => label !== "");
}

function nameLead(names: readonly string[], i: number): string {
  const name = names[i] ?? `lead ${i + 1}`;
  return standardLead(name) ?? name;
}

function readChannels(waveforms: XmlElement, count: number, expected: number | undefined): Channels {
  const { dataencoding = "Base64", compressflag, compressmethod, compression } = waveforms.attributes;
  const method = (compression ?? compressmethod ?? "XLI").trim().toUpperCase();
  const isPacked =
    compressflag === undefined
      ? (compression ?? compressmethod) !== undefined && !NOT_PACKED.includes(method)
      : /^true$/i.test(compressflag.trim());
  if (/^plain$/i.test(dataencoding.trim())) {
    if (isPacked) throw new FormatError(`line ${waveforms.line}`, "samples are packed and in no base64");
    return { channels: split(readPlain(waveforms), count, expected, waveforms.line), isPredicted: false };
  }
  const bytes = decodeBase64(waveforms);
  if (isPacked) {
    if (method !== "XLI")
      throw new FormatError(`line ${waveforms.line}`, `the compression ${quoteText(method)} is not known`);
    return { channels: unpackXli(bytes, expected), isPredicted: true };
  }
  if (bytes.length % 2 > 0)
    throw new FormatError(`line ${waveforms.line}`, `${bytes.length} bytes are no samples of 2 bytes each`);
  return { channels: split(fromInt16(bytes), count, expected, waveforms.line), isPredicted: false };
}

/** Samples that are written as numbers. */
function readPlain(waveforms: XmlElement): Int32Array {
  const text = plainText(waveforms);
  return parseNumberList(text, 0, "", ({ token, offset }) => {
    const at = waveforms.textLine + text.slice(0, offset).split("\n").length - 1;
    throw new FormatError(`line ${at}`, `the samples have ${JSON.stringify(token)}, which is no integer of 32 bits`);
  }).samples;
}

/** The samples of leads that stand one after the other. */
function split(samples: Int32Array, count: number, expected: number | undefined, line: number): Int32Array[] {
  const isWhole = expected !== undefined && samples.length > 0 && samples.length % expected === 0;
  const channels = isWhole ? samples.length / expected : count;
  const length = samples.length / channels;
  if (length === 0 || !Number.isInteger(length) || channels > MAX_LEADS) {
    throw new FormatError(`line ${line}`, `${samples.length} samples are not those of ${channels} leads of one length`);
  }
  return Array.from({ length: channels }, (_, i) => samples.subarray(i * length, (i + 1) * length));
}

/** Makes III, aVR, aVL and aVF of what is left of their prediction from I and II. */
function addPredictions(names: readonly string[], samples: Int32Array[], line: number): void {
  const isUsual = LIMB_LEADS.every((name, i) => names[i] === name);
  const predicted = names.find((name) => LIMB_LEADS.indexOf(name) >= 2);
  if (!isUsual && predicted === undefined) return;
  const [first, second, ...rest] = samples.slice(0, LIMB_LEADS.length);
  if (!isUsual || rest.some(({ length }) => length !== first.length) || second.length !== first.length) {
    throw new FormatError(
      `line ${line}`,
      `lead ${quoteText(predicted ?? "")} is stored as a difference from others that are not where they are looked for`,
    );
  }
  const [third, right, left, foot] = rest;
  for (let i = 0; i < first.length; i++) {
    third[i] = wrap(second[i] - first[i] - third[i]);
    right[i] = wrap(-right[i] - ((first[i] + second[i]) >> 1));
    left[i] = wrap(((first[i] - third[i]) >> 1) - left[i]);
    foot[i] = wrap(((second[i] + third[i]) >> 1) - foot[i]);
  }
}

function findFilters(root: XmlElement): string[] {
  const names = ["hipass", "lowpass", "acsetting", "signalbandwidth"];
  return names.flatMap((name) => {
    const filter = findText(root, `${SIGNAL}/${name}`);
    return filter ? `${name} ${filter.text.slice(0, 16)}` : [];
  });
}

function readDate(root: XmlElement, { timeZone }: ReadOptions, notes: string[]): number | null {
  const { date = "", time = "" } = findElements(root, "dataacquisition").at(0)?.attributes ?? {};
  if (date === "" && time === "") return null;
  const [, year, month, day] = /^(\d{4})-(\d\d?)-(\d\d?)$/.exec(date.trim()) ?? [];
  const [, hour, minute, second] = /^(\d\d?):(\d\d):(\d\d(?:\.\d{1,3})?)$/.exec(time.trim()) ?? [];
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number);
  const instant = toInstant({ year: y, month: mo, day: d, hour: h, minute: mi, second: s }, timeZone);
  if (instant === null)
    notes.push(`The date ${quoteText(`${date || "?"} ${time || "?"}`)} is not understood, and not kept.`);
  return instant;
}
