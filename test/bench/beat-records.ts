import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { findBeats } from "../../src/analysis/beats/beats.ts";
import type { BeatModels } from "../../src/analysis/beats/candidate-model.ts";
import {
  positivePredictivity,
  type Reference,
  scoreBeats,
  sensitivity,
  sumTallies,
  type Tally,
  tallyBeats,
  toReference,
} from "../../src/analysis/ec57.ts";
import { readLudb, toBeats } from "./ludb.ts";
import { readWfdb } from "./wfdb.ts";

/** An ECG whose beats are annotated. */
export type BeatRecord = {
  database: string;
  name: string;
  /** Hz */
  samplingRate: number;
  leads: { name: string; samples: Int32Array }[];
  reference: Reference;
  /** Whether its first and last beats are not annotated. */
  isOpen: boolean;
  /** The leads by which its beats are looked for together, by their numbers, and what to call them. */
  ways: { title: string; leads: number[] }[];
};

/** What was found of a record in one of its ways. */
export type BeatScore = { title: string; name: string; tally: Tally };

/** Only a long recording has a learning period. */
const LEAST_SECONDS_WITH_LEARNING = 600;
const LEARNING_SECONDS = 300;
/** What is found farther from the annotated beats of an open record does not count. */
const MARGIN_SECONDS = 0.15;

/** The records of a folder: of WFDB's format with `.atr` annotations, or of LUDB. */
export async function readBeatRecords(folder: string): Promise<BeatRecord[]> {
  return existsSync(join(folder, "1.ii")) ? readOpenRecords(folder) : readWfdbRecords(folder);
}

async function readWfdbRecords(folder: string): Promise<BeatRecord[]> {
  const database = basename(folder);
  const names = readdirSync(folder).flatMap((file) => (file.endsWith(".atr") ? [file.slice(0, -".atr".length)] : []));
  const records: BeatRecord[] = [];
  for (const name of names.sort()) {
    const { leads, annotations } = await readWfdb(join(folder, name));
    const samplingRate = leads[0].samplingRate ?? 1;
    const ways = leads.map((_, l) => ({ title: `lead ${l + 1}`, leads: [l] }));
    if (leads.length > 1) ways.push({ title: "all leads", leads: [...leads.keys()] });
    const reference = toReference(annotations, samplingRate);
    records.push({ database, name, samplingRate, leads, reference, isOpen: false, ways });
  }
  return records;
}

/** LUDB does not annotate its first and last beats. */
async function readOpenRecords(folder: string): Promise<BeatRecord[]> {
  return (await readLudb(folder)).map(({ name, leads, marks }) => {
    const samplingRate = leads[0].samplingRate ?? 1;
    const beats = toBeats(marks).map((time) => ({ sample: Math.round(time * samplingRate), type: "N" as const }));
    const ways = leads.map((_, l) => ({ title: "each lead", leads: [l] }));
    ways.push({ title: "all leads", leads: [...leads.keys()] });
    return { database: "ludb", name, samplingRate, leads, reference: { beats, flutter: [] }, isOpen: true, ways };
  });
}

export function isLong({ leads, samplingRate }: BeatRecord): boolean {
  return leads[0].samples.length / samplingRate > LEAST_SECONDS_WITH_LEARNING;
}

/** The samples from the first to the last annotated beat and `margin` seconds to each side, or all samples. */
export function annotatedStretch({ isOpen, reference: { beats }, samplingRate }: BeatRecord, margin: number) {
  if (!isOpen) return { from: 0, to: Number.POSITIVE_INFINITY };
  return {
    from: beats[0].sample - margin * samplingRate,
    to: (beats.at(-1)?.sample ?? 0) + margin * samplingRate,
  };
}

/** @param models what tells beats from other waves, if not those in use */
export function scoreBeatRecord(record: BeatRecord, models?: BeatModels): BeatScore[] {
  const { database, name, samplingRate, leads, reference, ways } = record;
  const { from, to } = annotatedStretch(record, MARGIN_SECONDS);
  return ways.map((way) => {
    const used = way.leads.map((l) => ({ samples: leads[l].samples, samplingRate }));
    const found = Array.from(findBeats(used, models).times, (time) => ({
      sample: time * samplingRate,
      type: "N" as const,
    })).filter(({ sample }) => sample >= from && sample <= to);
    const tally = tallyBeats(scoreBeats(reference, found, samplingRate, isLong(record) ? LEARNING_SECONDS : 0));
    const isOneOfMany = way.title === "each lead";
    return {
      title: `${database} ${way.title}`,
      name: isOneOfMany ? `${name}.${leads[way.leads[0]].name}` : name,
      tally,
    };
  });
}

/** A line a title: what was missed, what is false, Se and +P (%); with each half of the records, and the worst of them. */
export function printBeatScores(scores: readonly BeatScore[], worst: number): void {
  for (const [title, list] of Map.groupBy(scores, (score) => score.title)) {
    printSum(title, list);
    if (worst === 0) continue;
    for (const half of list.length > 1 ? [0, 1] : []) {
      const ofHalf = list.filter((_, i) => i % 2 === half);
      printSum(`  half ${half + 1}`, ofHalf);
    }
    const wrong = ({ tally }: BeatScore) => tally.falseNegatives + tally.falsePositives;
    const first = list.toSorted((a, b) => wrong(b) - wrong(a)).slice(0, worst);
    const names = first.map(({ name, tally }) => `${name} ${tally.falseNegatives} ${tally.falsePositives}`);
    console.log(`  worst: ${names.join(", ")}`);
  }
}

function printSum(title: string, list: readonly BeatScore[]): void {
  const tally = sumTallies(list.map((one) => one.tally));
  const counts = [tally.falseNegatives, tally.falsePositives].map((count) => String(count).padStart(7)).join("");
  const shares = [sensitivity(tally), positivePredictivity(tally)].map((share) => (100 * share).toFixed(2).padStart(8));
  console.log(`${title.padEnd(22)}${counts}${shares.join("")}`);
}
