import { zipSync } from "fflate";
import { toLocalTime } from "../../recording/local-time.ts";
import { type Annotation, type Lead, MILLIVOLT, MISSING, type Recording } from "../../recording/recording.ts";
import { newNotAcceptable, type WriteOptions } from "../format.ts";
import { isAnnotator, REFERENCE, writeAnnotations } from "./annotations.ts";
import { MAX_SAMPLES_PER_FRAME } from "./header.ts";

/** Formats by their width, with the stored value of a missing sample. */
const WIDTHS = [
  { format: 16, bytes: 2, missing: -0x8000 },
  { format: 24, bytes: 3, missing: -0x800000 },
  { format: 32, bytes: 4, missing: MISSING },
];
type Width = (typeof WIDTHS)[number];

/** Frames that all leads share; `rate` is in Hz. */
type Frames = { rate: number; count: number; samplesPerFrame: number[] };

/** How many samples of the slowest lead a frame may have. */
const MAX_FRAMES_DIVISOR = 1000;
/** The largest baseline, in ADC units: it has 32 bits. */
const MAX_BASELINE = 0x7fffffff;
/** The date of files in a zip, the first that there is: the same recording gives the same bytes. */
const FILE_DATE = new Date(1980, 0, 1);

/**
 * Writes a zip of a header, the samples in the narrowest of the formats 16, 24 and 32 that holds them, and the
 * annotations, a file for each annotator.
 *
 * @throws AppError `not-acceptable`
 */
export function writeRecord(recording: Recording, { name, timeZone }: WriteOptions): Uint8Array<ArrayBuffer> {
  const { leads, annotations } = recording;
  if (leads.length === 0) throw newNotAcceptable("WFDB needs a lead.");
  const frames = findFrames(leads);
  const width = findWidth(leads);
  const files: Record<string, Uint8Array> = {
    [`${name}.hea`]: new TextEncoder().encode(writeHeader(recording, name, timeZone, frames, width)),
    [`${name}.dat`]: writeSamples(leads, frames, width),
  };
  const rates = [frames.rate, ...leads.flatMap(({ samplingRate }) => samplingRate ?? [])];
  const names = leads.map((lead) => lead.name);
  for (const [annotator, own] of groupByAnnotator(annotations)) {
    files[`${name}.${annotator}`] = writeAnnotations(own, rates, names);
  }
  return zipSync(files, { mtime: FILE_DATE, level: 1 });
}

function groupByAnnotator(annotations: readonly Annotation[]): Map<string, Annotation[]> {
  const groups = new Map<string, Annotation[]>();
  for (const annotation of annotations) {
    const { annotator = REFERENCE } = annotation;
    if (!isAnnotator(annotator)) throw newNotAcceptable(`WFDB has no annotator of the name ${annotator}.`);
    const group = groups.get(annotator);
    if (group) group.push(annotation);
    else groups.set(annotator, [annotation]);
  }
  return groups;
}

/**
 * The highest frame rate at which all leads have a whole number of samples in a frame, and as many frames.
 *
 * @throws AppError `not-acceptable`
 */
function findFrames(leads: readonly Lead[]): Frames {
  const rates = leads.map(({ samplingRate }) => {
    if (samplingRate === null) throw newNotAcceptable("WFDB needs a sampling rate.");
    return samplingRate;
  });
  const slowest = Math.min(...rates);
  for (let divisor = 1; divisor <= MAX_FRAMES_DIVISOR; divisor++) {
    const rate = slowest / divisor;
    const samplesPerFrame = rates.map((own) => Math.round(own / rate));
    const isExact = rates.every((own, i) => samplesPerFrame[i] * rate === own);
    if (!isExact || samplesPerFrame.reduce((sum, own) => sum + own, 0) > MAX_SAMPLES_PER_FRAME) continue;
    const counts = leads.map(({ samples }, i) => samples.length / samplesPerFrame[i]);
    if (!counts.every((count) => count === counts[0] && Number.isInteger(count)))
      throw newNotAcceptable("WFDB holds leads of the same length in time, in whole frames of their sampling rates.");
    return { rate, count: counts[0], samplesPerFrame };
  }
  throw newNotAcceptable("WFDB holds sampling rates that are whole multiples of one.");
}

function findWidth(leads: readonly Lead[]): Width {
  let low = 0;
  let high = 0;
  for (const { samples } of leads) {
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i];
      if (sample > high) high = sample;
      else if (sample < low && sample !== MISSING) low = sample;
    }
  }
  return WIDTHS.find(({ missing }) => low > missing && high < -missing) ?? WIDTHS[WIDTHS.length - 1];
}

function writeHeader(
  { leads, recordedAt, subject, device }: Recording,
  name: string,
  timeZone: string,
  { rate, count, samplesPerFrame }: Frames,
  { format, bytes, missing }: Width,
): string {
  const lines = [
    [name, leads.length, rate, count, ...(recordedAt === null ? [] : writeDate(recordedAt, timeZone))].join(" "),
    ...leads.map((lead, i) => {
      const storage = samplesPerFrame[i] === 1 ? format : `${format}x${samplesPerFrame[i]}`;
      const [first = 0] = lead.samples;
      const initialValue = first === MISSING ? missing : first;
      const scale = writeScale(lead);
      return `${name}.dat ${storage} ${scale} ${8 * bytes} 0 ${initialValue} ${sumUp(lead.samples, missing)} 0 ${lead.name}`;
    }),
    ...(device === null ? [] : [`# device: ${device}`]),
    ...(subject === null ? [] : [`# subject: ${subject}`]),
  ];
  return lines.map((line) => `${line.replace(/[\r\n]+/g, " ")}\n`).join("");
}

function writeDate(recordedAt: number, timeZone: string): string[] {
  const { year, month, day, hour, minute, second } = toLocalTime(recordedAt, timeZone);
  const pad = (value: number, length = 2) => String(value).padStart(length, "0");
  const [whole, fraction] = second.toFixed(3).split(".");
  const seconds = fraction === "000" ? pad(Number(whole)) : `${pad(Number(whole))}.${fraction}`;
  return [`${pad(hour)}:${pad(minute)}:${seconds}`, `${pad(day)}/${pad(month)}/${pad(year, 4)}`];
}

/** Writes `gain(baseline)/units`, the units without spaces. A gain of 0 is none. */
function writeScale({ gain, baseline, unit = MILLIVOLT }: Lead): string {
  if (!Number.isInteger(baseline) || Math.abs(baseline) > MAX_BASELINE)
    throw newNotAcceptable(`WFDB's baseline is a whole number of 32 bits, not ${baseline}.`);
  return `${gain ?? 0}(${baseline})/${unit.replace(/\s+/g, "_")}`;
}

/** The checksum: the low 16 bits of the sum of all samples, as they are stored. */
function sumUp(samples: Int32Array, missing: number): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum = (sum + (samples[i] === MISSING ? missing : samples[i])) | 0;
  return (sum << 16) >> 16;
}

/** Writes the samples: in each frame those of each lead, the lowest byte first. */
function writeSamples(
  leads: readonly Lead[],
  { count, samplesPerFrame }: Frames,
  { bytes: width, missing }: Width,
): Uint8Array<ArrayBuffer> {
  const frameBytes = width * samplesPerFrame.reduce((sum, own) => sum + own, 0);
  const bytes = new Uint8Array(count * frameBytes);
  let start = 0;
  for (const [lead, { samples }] of leads.entries()) {
    const perFrame = samplesPerFrame[lead];
    for (let frame = 0, i = 0; frame < count; frame++) {
      let at = start + frame * frameBytes;
      for (const end = i + perFrame; i < end; i++) {
        const sample = samples[i] === MISSING ? missing : samples[i];
        for (let shift = 0; shift < 8 * width; shift += 8) bytes[at++] = sample >> shift;
      }
    }
    start += width * perFrame;
  }
  return bytes;
}
