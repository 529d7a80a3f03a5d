/**
 * Fits the model of ventricular beats (`VENTRICULAR` of `beat-types.ts`) to records of the MIT-BIH Arrhythmia Database, and
 * prints it with its scores, each record also by a model that was fitted without it.
 * Usage: node src/analysis/training/train-beat-types.ts --mitdb FOLDER
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readWfdb } from "../../../test/bench/wfdb.ts";
import { examineKinds, typeBeats, VENTRICULAR, type VentricularModel } from "../beats/beat-types.ts";
import { type Beats, findBeats } from "../beats/beats.ts";
import {
  positivePredictivity,
  type Reference,
  scoreBeats,
  sensitivity,
  sumTallies,
  type Tally,
  tallyVentricular,
  toReference,
} from "../ec57.ts";
import { fitLogistic, type Observation } from "./logistic.ts";

type Leads = "first" | "second" | "both";
type Examined = {
  record: string;
  leads: Leads;
  beats: Beats;
  reference: Reference;
  samplingRate: number;
  observations: Observation[];
};

/** In the order of an observation's values. */
const EVIDENCE = ["earliness", "lateness", "unlikeness", "runLength", "sharpness", "small", "discordance"] as const;
/** A beat that was found is one of the reference within so many seconds, as in EC57. */
const MATCH_SECONDS = 0.15;
const RIDGE = 1;
/** What the bias has more than is fitted, by which more ventricular beats of records left out were missed than false ones were found. */
const LEAN = 0.35;

async function examine(folder: string): Promise<Examined[]> {
  const records = readdirSync(folder).flatMap((file) => (file.endsWith(".atr") ? [file.slice(0, -4)] : []));
  const examined: Examined[] = [];
  for (const record of records.sort()) {
    const { leads, annotations } = await readWfdb(join(folder, record));
    const samplingRate = leads[0].samplingRate ?? 0;
    const reference = toReference(annotations, samplingRate);
    for (const [which, used] of [
      ["first", leads.slice(0, 1)],
      ["second", leads.slice(1, 2)],
      ["both", leads],
    ] as const) {
      const beats = findBeats(used.map(({ samples }) => ({ samples, samplingRate })));
      examined.push({
        record,
        leads: which,
        beats,
        reference,
        samplingRate,
        observations: observe(beats, reference, samplingRate),
      });
    }
  }
  return examined;
}

/** An observation a kind: how many of its beats are ventricular, and how many normal or supraventricular. */
function observe(beats: Beats, reference: Reference, samplingRate: number): Observation[] {
  const { kindOf, evidence } = examineKinds(beats);
  const observations = evidence.small.map((_, kind) => ({
    values: EVIDENCE.map((name) => evidence[name][kind]),
    yes: 0,
    no: 0,
  }));
  let r = 0;
  for (const [i, time] of beats.times.entries()) {
    const sample = time * samplingRate;
    const distance = (at: number) => Math.abs((reference.beats[at]?.sample ?? Number.POSITIVE_INFINITY) - sample);
    while (distance(r + 1) < distance(r)) r++;
    if (kindOf[i] < 0 || distance(r) > MATCH_SECONDS * samplingRate) continue;
    const { type } = reference.beats[r];
    if (type === "V") observations[kindOf[i]].yes++;
    if (type === "N" || type === "S") observations[kindOf[i]].no++;
  }
  return observations.filter(({ yes, no }) => yes + no > 0);
}

function fitModel(examined: readonly Examined[]): VentricularModel {
  const [bias, ...weights] = fitLogistic(
    examined.flatMap(({ observations }) => observations),
    RIDGE,
  );
  const named = Object.fromEntries(EVIDENCE.map((name, i) => [name, weights[i]])) as Record<
    (typeof EVIDENCE)[number],
    number
  >;
  return { bias: bias + LEAN, ...named, company: VENTRICULAR.company };
}

function score({ beats, reference, samplingRate }: Examined, model: VentricularModel): Tally {
  const types = typeBeats(beats, model);
  const found = Array.from(beats.times, (time, i) => ({ sample: time * samplingRate, type: types[i] }));
  return tallyVentricular(scoreBeats(reference, found, samplingRate));
}

function printScores(title: string, examined: readonly Examined[], modelOf: (one: Examined) => VentricularModel): void {
  const cells = (["first", "second", "both"] as const).map((leads) => {
    const tally = sumTallies(examined.filter((one) => one.leads === leads).map((one) => score(one, modelOf(one))));
    return `${leads} ${(100 * sensitivity(tally)).toFixed(2)} ${(100 * positivePredictivity(tally)).toFixed(2)}`;
  });
  console.log(`${title.padEnd(34)} ${cells.join("   ")}`);
}

/** Prints the model that is fitted to all records, and the scores of it, of the one in use, and of those fitted without the record that is scored. */
export async function printVentricular(folder: string): Promise<void> {
  const examined = await examine(folder);
  const fitted = fitModel(examined);
  console.log(JSON.stringify(fitted, (_, value) => (typeof value === "number" ? Number(value.toFixed(2)) : value), 2));
  console.log("Ventricular beats, Se and +P (%), by lead:");
  printScores("the weights of beat-types.ts", examined, () => VENTRICULAR);
  printScores("these weights", examined, () => fitted);
  const withoutRecord = new Map(
    examined.map(({ record }) => [record, fitModel(examined.filter((other) => other.record !== record))]),
  );
  printScores("fitted without the record scored", examined, ({ record }) => withoutRecord.get(record) ?? fitted);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { mitdb: { type: "string" } } });
  await printVentricular(values.mitdb ?? "");
}
