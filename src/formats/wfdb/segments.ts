import { MISSING } from "../../recording/recording.ts";
import type { ByteStream } from "../byte-stream.ts";
import { FormatError, type Stretch } from "../format.ts";
import type { Signal } from "./header.ts";
import { Tally } from "./notes.ts";
import { SignalFile, toStretchFrames } from "./signals.ts";

/**
 * A segment of a record, or all of a record that has none: the signals of its header, and for each lead its signal,
 * undefined where the segment has none.
 */
export type Segment = { lines: readonly Signal[]; frameCount: number | null; leads: (Signal | undefined)[] };

/** A file may be this much shorter than its header says, in seconds: what is not there is missing. More is damage. */
const MAX_LACKING_SECONDS = 1;

/** The files of the leads of a segment. */
export function toFileNames({ leads }: Segment): string[] {
  return [...new Set(leads.flatMap((lead) => lead?.file ?? []))];
}

/** The files whose length is not that of the header, or where it says none, no whole number of frames. */
type OddLengths = { shorter: Tally; longer: Tally; cutOff: Tally };

/**
 * Reads the segments one after the other.
 *
 * @param frameRate in Hz
 * @param mostFree how many samples may come of no bytes
 * @param open gives a file from its beginning
 */
export async function* readSegments(
  record: string,
  segments: readonly Segment[],
  leads: readonly Signal[],
  frameRate: number,
  mostFree: number,
  open: (file: string) => Promise<ByteStream>,
): AsyncGenerator<Stretch> {
  requireFewFreeSamples(record, segments, leads, mostFree);
  const odd: OddLengths = { shorter: new Tally(), longer: new Tally(), cutOff: new Tally() };
  const mostLacking = Math.max(1, Math.floor(MAX_LACKING_SECONDS * frameRate));
  for (const segment of segments) {
    for await (const samples of readSegment(segment, leads, mostLacking, odd, open)) yield { samples };
  }
  const notes = noteOddLengths(odd);
  if (notes.length > 0) yield { samples: leads.map(() => new Int32Array(0)), notes };
}

function noteOddLengths({ shorter, longer, cutOff }: OddLengths): string[] {
  return [
    ...shorter.toNotes(({ count, first }) =>
      count === 1
        ? `The file ${first}.`
        : `${count} files are shorter than the header says, and the rest of them is missing: ${first}, to begin with.`,
    ),
    ...longer.toNotes(({ count, first }) =>
      count === 1
        ? `The file ${first} is longer than the header says: what is behind the record's end is not kept.`
        : `${count} files are longer than the header says, ${first} the first: what is behind the record's end is not kept.`,
    ),
    ...cutOff.toNotes(
      ({ first }) => `The file ${first} ends within a frame, which is left out: it may have been cut off.`,
    ),
  ];
}

/** Reads a segment, and moves signals by their skew. What a skew takes away at the beginning is missing at the end. */
async function* readSegment(
  segment: Segment,
  leads: readonly Signal[],
  mostLacking: number,
  odd: OddLengths,
  open: (file: string) => Promise<ByteStream>,
): AsyncGenerator<Int32Array[]> {
  const { lines, frameCount } = segment;
  const files: { name: string; signals: Signal[]; contents: SignalFile; isShort: boolean }[] = [];
  for (const name of toFileNames(segment)) {
    const signals = lines.filter(({ file }) => file === name);
    files.push({ name, signals, contents: await SignalFile.open(name, await open(name), signals), isShort: false });
  }
  const all = [...leads, ...files.flatMap(({ signals }) => signals)];
  const stretchFrames = toStretchFrames(all.reduce((sum, { samplesPerFrame }) => sum + samplesPerFrame, 0));

  const bySignal = new Map<Signal, Int32Array>();
  let done = 0;
  for (let isEnded = false; !isEnded && done !== frameCount; ) {
    const wanted = Math.min(stretchFrames, (frameCount ?? Number.POSITIVE_INFINITY) - done);
    let frames = wanted;
    for (const [i, file] of files.entries()) {
      const { name, signals, contents } = file;
      let samples = file.isShort ? signals.map(() => new Int32Array(0)) : await contents.readFrames(wanted);
      let own = samples[0].length / signals[0].samplesPerFrame;
      if (own < wanted && frameCount !== null) {
        const found = done + own;
        if (!file.isShort && (found === 0 || frameCount - found > mostLacking))
          throw new FormatError(name, `ends after ${found} of the ${frameCount} samples that the header promises`);
        if (!file.isShort)
          odd.shorter.add(
            `${name} has ${found} of the ${frameCount} samples that the header promises, the rest is missing`,
          );
        file.isShort = true;
        samples = samples.map((part, k) => fillUp(part, wanted * signals[k].samplesPerFrame));
        own = wanted;
      }
      for (const [k, signal] of signals.entries()) bySignal.set(signal, samples[k]);
      if (i > 0 && own !== frames) throw new FormatError(name, `is not as long as ${files[0].name}`);
      frames = own;
    }
    yield segment.leads.map((lead, i) => {
      const samples = lead && bySignal.get(lead);
      if (!samples) return newMissing(frames * leads[i].samplesPerFrame);
      // What comes before the record begins.
      return samples.subarray(Math.max(0, lead.skewFrames - done) * lead.samplesPerFrame);
    });
    done += frames;
    isEnded = frames < wanted;
  }
  requireSkewWithin(segment.leads, done);
  for (const { name, contents, isShort } of files) {
    if (frameCount === null) {
      if (contents.isCutOff()) odd.cutOff.add(name);
      continue;
    }
    // The checksum of a file that is too short may be of what is not there.
    if (isShort) continue;
    contents.verify();
    if (await contents.hasMore()) odd.longer.add(name);
  }
  const ends = segment.leads.map((lead) => newMissing(lead ? lead.skewFrames * lead.samplesPerFrame : 0));
  if (ends.some(({ length }) => length > 0)) yield ends;
}

function requireSkewWithin(leads: Segment["leads"], frameCount: number): void {
  for (const lead of leads) {
    if (lead && lead.skewFrames > frameCount)
      throw new FormatError(
        lead.file,
        `a skew of ${lead.skewFrames} frames is longer than the ${frameCount} frames that there are`,
      );
  }
}

/** Refuses records in which a few lines promise many missing samples, or the same samples many times. */
function requireFewFreeSamples(
  record: string,
  segments: readonly Segment[],
  leads: readonly Signal[],
  mostFree: number,
): void {
  const read = new Set<readonly Signal[]>();
  let count = 0;
  for (const segment of segments) {
    for (const [i, { samplesPerFrame }] of leads.entries()) {
      const isFree = segment.leads[i] === undefined || read.has(segment.lines);
      if (isFree) count += samplesPerFrame * (segment.frameCount ?? Number.POSITIVE_INFINITY);
    }
    read.add(segment.lines);
  }
  if (count > mostFree)
    throw new FormatError(record, `has more than ${mostFree} samples that are in no file, or no length for them`);
}

/** The samples, and behind them missing ones up to a number. */
function fillUp(samples: Int32Array, count: number): Int32Array {
  const filled = newMissing(count);
  filled.set(samples);
  return filled;
}

function newMissing(count: number): Int32Array {
  return new Int32Array(count).fill(MISSING);
}
