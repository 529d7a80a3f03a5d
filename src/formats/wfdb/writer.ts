import { zipSync } from "fflate";
import { toLocalTime } from "../../recording/local-time.ts";
import {
  type Annotation,
  type Lead,
  MILLIVOLT,
  MISSING,
  REFERENCE,
  type Recording,
} from "../../recording/recording.ts";
import { newNotAcceptable, type WriteOptions } from "../format.ts";
import { isAnnotator, writeAnnotations } from "./annotations.ts";
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

/** A lead without its samples, of which there are `sampleCount`. */
type CountedLead = Omit<Lead, "samples"> & { sampleCount: number };
/** The lowest and the highest sample of all leads, in ADC units. */
export type SampleRange = { low: number; high: number };

/**
 * Writes a zip of a header, the samples in the narrowest of the formats 16, 24 and 32 that holds them, and the
 * annotations, a file for each annotator.
 *
 * @throws AppError `not-acceptable`
 */
export function writeRecord(recording: Recording, { name, timeZone }: WriteOptions): Uint8Array<ArrayBuffer> {
  const { leads, annotations } = recording;
  const samples = leads.map((lead) => lead.samples);
  const counted = leads.map(({ samples, ...lead }) => ({ ...lead, sampleCount: samples.length }));
  const signals = new SignalFile(counted, findRange(samples));
  const bytes = signals.write(samples);
  const files: Record<string, Uint8Array> = {
    [`${name}.hea`]: signals.writeHeader(recording, name, timeZone),
    [`${name}.dat`]: bytes,
    ...writeAnnotationFiles(annotations, name, counted),
  };
  return zipSync(files, { mtime: FILE_DATE, level: 1 });
}

/** Writes annotations, a file for each annotator, by their names. */
export function writeAnnotationFiles(
  annotations: readonly Annotation[],
  name: string,
  leads: readonly CountedLead[],
): Record<string, Uint8Array> {
  const rates = [findFrames(leads).rate, ...leads.flatMap(({ samplingRate }) => samplingRate ?? [])];
  const names = leads.map((lead) => lead.name);
  const files = [...groupByAnnotator(annotations)].map(([annotator, own]) => {
    return [`${name}.${annotator}`, writeAnnotations(own, rates, names)];
  });
  return Object.fromEntries(files);
}

/** The signal file of a record and its header. Samples are written some frames at a time; the header has their sum, and comes last. */
export class SignalFile {
  private readonly leads: readonly CountedLead[];
  private readonly frames: Frames;
  private readonly width: Width;
  private readonly scales: string[];
  private readonly sums: number[];
  private readonly initialValues: number[];
  private writtenFrames = 0;

  /** @throws AppError `not-acceptable` for leads that WFDB cannot carry */
  constructor(leads: readonly CountedLead[], range: SampleRange) {
    if (leads.length === 0) throw newNotAcceptable("WFDB needs a lead.");
    this.leads = leads;
    this.frames = findFrames(leads);
    this.width = findWidth(range);
    this.scales = leads.map(writeScale);
    this.sums = leads.map(() => 0);
    this.initialValues = leads.map(() => 0);
  }

  /** The samples of each lead that are in the next frames, of some `most` samples in all leads; undefined behind the last. */
  nextSpans(most: number): { from: number; to: number }[] | undefined {
    const { count, samplesPerFrame } = this.frames;
    if (this.writtenFrames === count) return undefined;
    const samplesInAll = samplesPerFrame.reduce((sum, own) => sum + own, 0);
    const end = Math.min(this.writtenFrames + Math.max(1, Math.floor(most / samplesInAll)), count);
    return samplesPerFrame.map((own) => ({ from: this.writtenFrames * own, to: end * own }));
  }

  /** Writes the next frames, of which `samples` has each lead's: in each frame those of each lead, the lowest byte first. */
  write(samples: readonly Int32Array[]): Uint8Array<ArrayBuffer> {
    const { samplesPerFrame } = this.frames;
    const { bytes: width, missing } = this.width;
    const frameBytes = width * samplesPerFrame.reduce((sum, own) => sum + own, 0);
    const count = samples[0].length / samplesPerFrame[0];
    const bytes = new Uint8Array(count * frameBytes);
    let start = 0;
    for (const [lead, own] of samples.entries()) {
      const perFrame = samplesPerFrame[lead];
      let sum = this.sums[lead];
      for (let frame = 0, i = 0; frame < count; frame++) {
        let at = start + frame * frameBytes;
        for (const end = i + perFrame; i < end; i++) {
          const sample = own[i] === MISSING ? missing : own[i];
          sum = (sum + sample) | 0;
          for (let shift = 0; shift < 8 * width; shift += 8) bytes[at++] = sample >> shift;
        }
      }
      if (this.writtenFrames === 0 && count > 0) this.initialValues[lead] = own[0] === MISSING ? missing : own[0];
      this.sums[lead] = sum;
      start += width * perFrame;
    }
    this.writtenFrames += count;
    return bytes;
  }

  /** Writes the header, when all samples are written. */
  writeHeader(
    { recordedAt, subject, device }: Pick<Recording, "recordedAt" | "subject" | "device">,
    name: string,
    timeZone: string,
  ): Uint8Array {
    const { rate, count, samplesPerFrame } = this.frames;
    const { format, bytes } = this.width;
    const lines = [
      [name, this.leads.length, rate, count, ...(recordedAt === null ? [] : writeDate(recordedAt, timeZone))].join(" "),
      ...this.leads.map((lead, i) => {
        const storage = samplesPerFrame[i] === 1 ? format : `${format}x${samplesPerFrame[i]}`;
        // The checksum is the low 16 bits of the sum of all samples, as they are stored.
        const checksum = (this.sums[i] << 16) >> 16;
        return `${name}.dat ${storage} ${this.scales[i]} ${8 * bytes} 0 ${this.initialValues[i]} ${checksum} 0 ${lead.name}`;
      }),
      ...(device === null ? [] : [`# device: ${device}`]),
      ...(subject === null ? [] : [`# subject: ${subject}`]),
    ];
    return new TextEncoder().encode(lines.map((line) => `${line.replace(/[\r\n]+/g, " ")}\n`).join(""));
  }
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
function findFrames(leads: readonly CountedLead[]): Frames {
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
    const counts = leads.map(({ sampleCount }, i) => sampleCount / samplesPerFrame[i]);
    if (!counts.every((count) => count === counts[0] && Number.isInteger(count)))
      throw newNotAcceptable("WFDB holds leads of the same length in time, in whole frames of their sampling rates.");
    return { rate, count: counts[0], samplesPerFrame };
  }
  throw newNotAcceptable("WFDB holds sampling rates that are whole multiples of one.");
}

/** The lowest and the highest of some samples, and 0. */
export function findRange(signals: readonly Int32Array[]): SampleRange {
  let low = 0;
  let high = 0;
  for (const samples of signals) {
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i];
      if (sample > high) high = sample;
      else if (sample < low && sample !== MISSING) low = sample;
    }
  }
  return { low, high };
}

function findWidth({ low, high }: SampleRange): Width {
  return WIDTHS.find(({ missing }) => low > missing && high < -missing) ?? WIDTHS[WIDTHS.length - 1];
}

function writeDate(recordedAt: number, timeZone: string): string[] {
  const { year, month, day, hour, minute, second } = toLocalTime(recordedAt, timeZone);
  const pad = (value: number, length = 2) => String(value).padStart(length, "0");
  const [whole, fraction] = second.toFixed(3).split(".");
  const seconds = fraction === "000" ? pad(Number(whole)) : `${pad(Number(whole))}.${fraction}`;
  return [`${pad(hour)}:${pad(minute)}:${seconds}`, `${pad(day)}/${pad(month)}/${pad(year, 4)}`];
}

/** Writes `gain(baseline)/units`, the units without spaces. A gain of 0 is none. */
function writeScale({ gain, baseline, unit = MILLIVOLT }: CountedLead): string {
  if (!Number.isInteger(baseline) || Math.abs(baseline) > MAX_BASELINE)
    throw newNotAcceptable(`WFDB's baseline is a whole number of 32 bits, not ${baseline}.`);
  return `${gain ?? 0}(${baseline})/${unit.replace(/\s+/g, "_")}`;
}
