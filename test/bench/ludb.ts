/**
 * Delineation against the Lobachevsky University ECG Database: 12 leads of 10 s, the waves of each marked by cardiologists.
 * Usage: node test/bench/ludb.ts --ludb FOLDER [--records 61-100]
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BeatClass, type Score, scoreBeats, sumTallies, tallyBeats } from "../../src/analysis/ec57.ts";
import { delineate, FIDUCIALS, type Fiducial } from "../../src/analysis/waves/delineation.ts";
import { readAnnotations } from "../../src/formats/wfdb/annotations.ts";
import type { Annotation, Lead } from "../../src/recording/recording.ts";
import { measureLeads } from "../support/measure-leads.ts";
import { readWfdb } from "./wfdb.ts";

/** Times in seconds, ascending, of each fiducial point that is marked in a lead. */
export type Marks = Record<Fiducial, number[]>;

export type LudbRecord = { name: string; leads: Lead[]; marks: Marks[] };

/** How what was found stands to what was marked: counts, and the sums of (found - marked) and of its square, in ms. */
type MarkScore = { marked: number; found: number; matched: number; sum: number; squares: number };

/** The tolerance of ANSI/AAMI EC57. */
const TOLERANCE_SECONDS = 0.15;

/** By the code of their peak in a WFDB annotation file. */
const WAVES: Record<string, [Fiducial, Fiducial, Fiducial] | undefined> = {
  p: ["pOnset", "pPeak", "pEnd"],
  N: ["qrsOnset", "rPeak", "qrsEnd"],
  t: ["tOnset", "tPeak", "tEnd"],
};

/** @param range the first and the last record's number, such as `61-100`; all that are there without it */
export async function readLudb(folder: string, range = "1-200"): Promise<LudbRecord[]> {
  const [first, last = first] = range.split("-").map(Number);
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".hea"))
    .map((file) => file.slice(0, -4))
    .filter((name) => Number(name) >= first && Number(name) <= last)
    .sort((a, b) => Number(a) - Number(b));
  return Promise.all(
    names.map(async (name) => {
      const { leads } = await readWfdb(join(folder, name));
      const marks = leads.map((lead) => {
        const file = join(folder, `${name}.${lead.name}`);
        if (!existsSync(file)) return noMarks();
        return toMarks(readAnnotations(readFileSync(file), file, lead.samplingRate ?? 0, []));
      });
      return { name, leads, marks };
    }),
  );
}

function noMarks(): Marks {
  return Object.fromEntries(FIDUCIALS.map((fiducial) => [fiducial, []])) as unknown as Marks;
}

/** Beside a peak are its wave's onset, `(`, and end, `)`. */
function toMarks(annotations: readonly Annotation[]): Marks {
  const marks = noMarks();
  annotations.forEach(({ time, code = "" }, i) => {
    const wave = WAVES[code];
    if (!wave) return;
    const [onset, peak, end] = wave;
    if (annotations[i - 1]?.code === "(") marks[onset].push(annotations[i - 1].time);
    marks[peak].push(time);
    if (annotations[i + 1]?.code === ")") marks[end].push(annotations[i + 1].time);
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

/** The R peaks of a record, in seconds: the middle of those marked in the leads for a beat. */
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

/** How well the waves are found in each lead, about the beats found in all, and those beats. */
export type LudbScores = { waves: Record<Fiducial, MarkScore[]>; first: Score[]; all: Score[] };

export async function scoreLudb(records: readonly LudbRecord[]): Promise<LudbScores> {
  const scores = Object.fromEntries(FIDUCIALS.map((fiducial) => [fiducial, []])) as unknown as LudbScores["waves"];
  const first: Score[] = [];
  const all: Score[] = [];
  for (const { leads, marks } of records) {
    const beats = toBeats(marks);
    const { times } = (await measureLeads(leads)).beats;
    all.push(scoreRPeaks(beats, times));
    first.push(scoreRPeaks(beats, (await measureLeads(leads.slice(0, 1))).beats.times));
    const waves = delineate(leads, times).leads;
    marks.forEach((own, l) => {
      const ends = FIDUCIALS.flatMap((fiducial) => own[fiducial]);
      const from = Math.min(...ends);
      const to = Math.max(...ends);
      for (const fiducial of FIDUCIALS) {
        const found = waves[l].flatMap((wave) => wave[fiducial] ?? []);
        scores[fiducial].push(scoreMarks(own[fiducial], found, from, to));
      }
    });
  }
  return { waves: scores, first, all };
}

/** The scores of several lots of records as those of one. */
export function joinLudbScores(lots: readonly LudbScores[]): LudbScores {
  const waves = Object.fromEntries(FIDUCIALS.map((fiducial) => [fiducial, lots.flatMap((lot) => lot.waves[fiducial])]));
  return {
    waves: waves as LudbScores["waves"],
    first: lots.flatMap(({ first }) => first),
    all: lots.flatMap(({ all }) => all),
  };
}

export function printLudbScores({ waves, first, all }: LudbScores): void {
  for (const [title, list] of [["the first lead alone", first] as const, ["all leads together", all] as const]) {
    const { truePositives, falseNegatives, falsePositives } = sumTallies(list.map(tallyBeats));
    console.log(`beats by ${title}: ${truePositives} found, ${falseNegatives} missed, ${falsePositives} false`);
  }
  console.log("fiducial    marked   found    Se %     +P %     mean ms   SD ms");
  for (const fiducial of FIDUCIALS) {
    const { marked, found, matched, sum, squares } = addScores(waves[fiducial]);
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

/** Beats are looked at where any are marked, in ms. */
function scoreRPeaks(marked: readonly number[], found: Float64Array): Score {
  const toBeats = (times: ArrayLike<number>) =>
    Array.from(times, (time) => ({ sample: 1000 * time, type: "N" as BeatClass }));
  const from = Math.min(...marked) - TOLERANCE_SECONDS;
  const to = Math.max(...marked) + TOLERANCE_SECONDS;
  const reference = { beats: toBeats(marked), flutter: [] };
  return scoreBeats(reference, toBeats(found.filter((time) => time >= from && time <= to)), 1000, 0);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { ludb: { type: "string" }, records: { type: "string" } } });
  printLudbScores(await scoreLudb(await readLudb(values.ludb ?? "", values.records)));
}
