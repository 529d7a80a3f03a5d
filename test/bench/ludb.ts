/**
 * Delineation against the Lobachevsky University ECG Database: 12 leads of 10 s, the waves of each marked by cardiologists.
 * Usage: node test/bench/ludb.ts --ludb FOLDER
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { delineate, FIDUCIALS, type Fiducial } from "../../src/analysis/delineation.ts";
import type { Lead } from "../../src/recording/recording.ts";
import { readWfdb } from "./wfdb.ts";

/** Times in seconds, ascending, of each fiducial point that is marked in a lead. */
export type Marks = Record<Fiducial, number[]>;

export type LudbRecord = { name: string; leads: Lead[]; marks: Marks[] };

/** How what was found stands to what was marked: counts, and the sums of (found - marked) and of its square, in ms. */
export type MarkScore = { marked: number; found: number; matched: number; sum: number; squares: number };

/** The tolerance of ANSI/AAMI EC57. */
const TOLERANCE_SECONDS = 0.15;

/** `(` and `)`, and the peaks of P, QRS and T by their codes in a WFDB annotation file. */
const WAVE_ONSET = 39;
const WAVE_END = 40;
const WAVES: Record<number, [Fiducial, Fiducial, Fiducial]> = {
  24: ["pOnset", "pPeak", "pEnd"],
  1: ["qrsOnset", "rPeak", "qrsEnd"],
  27: ["tOnset", "tPeak", "tEnd"],
};

export function readLudb(folder: string): LudbRecord[] {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".hea"))
    .map((file) => file.slice(0, -4))
    .sort((a, b) => Number(a) - Number(b));
  return names.map((name) => {
    const leads = readWfdb(join(folder, name));
    const marks = leads.map((lead) => {
      const file = join(folder, `${name}.${lead.name}`);
      return existsSync(file) ? toMarks(readAnnotations(readFileSync(file)), lead.samplingRate ?? 500) : noMarks();
    });
    return { name, leads, marks };
  });
}

/** The sample and the code of each annotation in a file of the MIT format. */
export function readAnnotations(bytes: Uint8Array): { sample: number; code: number }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const annotations: { sample: number; code: number }[] = [];
  let sample = 0;
  for (let at = 0; at + 2 <= bytes.length; at += 2) {
    const word = view.getUint16(at, true);
    const code = word >> 10;
    const value = word & 0x3ff;
    if (word === 0) break;
    if (code === 59) {
      // SKIP: a long interval, its high half first.
      sample += (view.getInt16(at + 2, true) << 16) | view.getUint16(at + 4, true);
      at += 4;
    } else if (code === 63) at += value + (value & 1);
    else if (code < 60) {
      sample += value;
      annotations.push({ sample, code });
    }
  }
  return annotations;
}

function noMarks(): Marks {
  return Object.fromEntries(FIDUCIALS.map((fiducial) => [fiducial, []])) as unknown as Marks;
}

function toMarks(annotations: { sample: number; code: number }[], samplingRate: number): Marks {
  const marks = noMarks();
  annotations.forEach(({ sample, code }, i) => {
    const wave = WAVES[code];
    if (!wave) return;
    const [onset, peak, end] = wave;
    if (annotations[i - 1]?.code === WAVE_ONSET) marks[onset].push(annotations[i - 1].sample / samplingRate);
    marks[peak].push(sample / samplingRate);
    if (annotations[i + 1]?.code === WAVE_END) marks[end].push(annotations[i + 1].sample / samplingRate);
  });
  return marks;
}

/**
 * A mark and a point found are a pair when each is the nearest of the other and they are within the tolerance. A point
 * without a mark is counted only from `from` to `to`, where the lead is annotated at all: LUDB leaves out the beats at
 * both ends.
 */
export function scoreMarks(marked: readonly number[], found: readonly number[], from: number, to: number): MarkScore {
  const score: MarkScore = { marked: marked.length, found: 0, matched: 0, sum: 0, squares: 0 };
  for (const point of found) {
    const mark = nearest(marked, point);
    const isPair = mark !== undefined && Math.abs(mark - point) <= TOLERANCE_SECONDS && nearest(found, mark) === point;
    if (isPair) {
      const error = (point - mark) * 1000;
      score.matched++;
      score.sum += error;
      score.squares += error * error;
    }
    if (isPair || (point >= from && point <= to)) score.found++;
  }
  return score;
}

function nearest(times: readonly number[], time: number): number | undefined {
  let best: number | undefined;
  for (const other of times) if (best === undefined || Math.abs(other - time) < Math.abs(best - time)) best = other;
  return best;
}

export function addScores(scores: readonly MarkScore[]): MarkScore {
  const total: MarkScore = { marked: 0, found: 0, matched: 0, sum: 0, squares: 0 };
  for (const score of scores) {
    for (const key of Object.keys(total) as (keyof MarkScore)[]) total[key] += score[key];
  }
  return total;
}

/** R peaks to start from: the middle of those marked in the leads for a beat. */
export function toBeats(marks: readonly Marks[]): number[] {
  const peaks = marks.flatMap((lead) => lead.rPeak).sort((a, b) => a - b);
  const groups: number[][] = [];
  for (const peak of peaks) {
    const group = groups.at(-1);
    if (group && peak - group[group.length - 1] < TOLERANCE_SECONDS) group.push(peak);
    else groups.push([peak]);
  }
  // A mark of one lead alone, where the others have none, is no beat.
  return groups.filter((group) => group.length > marks.length / 2).map((group) => group[group.length >> 1]);
}

export async function benchLudb(
  folder: string,
  findBeats: (record: LudbRecord) => ArrayLike<number> = ({ marks }) => toBeats(marks),
): Promise<void> {
  const scores = Object.fromEntries(FIDUCIALS.map((fiducial) => [fiducial, [] as MarkScore[]]));
  for (const record of readLudb(folder)) {
    const { leads } = delineate(record.leads, findBeats(record));
    record.marks.forEach((marks, l) => {
      const all = FIDUCIALS.flatMap((fiducial) => marks[fiducial]);
      const from = Math.min(...all);
      const to = Math.max(...all);
      for (const fiducial of FIDUCIALS) {
        const found = leads[l].flatMap((waves) => waves[fiducial] ?? []);
        scores[fiducial].push(scoreMarks(marks[fiducial], found, from, to));
      }
    });
  }
  console.log("fiducial    marked   found    Se %     +P %     mean ms   SD ms");
  for (const fiducial of FIDUCIALS) {
    const { marked, found, matched, sum, squares } = addScores(scores[fiducial]);
    const mean = sum / matched;
    const columns = [
      String(marked),
      String(found),
      ((100 * matched) / marked).toFixed(2),
      ((100 * matched) / found).toFixed(2),
      mean.toFixed(2),
      Math.sqrt(squares / matched - mean * mean).toFixed(2),
    ];
    console.log(fiducial.padEnd(10) + columns.map((column) => column.padStart(9)).join(""));
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { ludb: { type: "string" } } });
  await benchLudb(values.ludb ?? "");
}
