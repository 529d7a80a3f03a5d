/**
 * Fits the two networks that tell beats from other waves (`candidate-model.ts`), writes their weights, and scores beats by them and
 * by networks that were fitted without what is scored. Of the networks that tell beats by slopes those are taken that `train_beats.py` wrote into a
 * folder, under the name of what they are without.
 * Usage: node src/analysis/training/train-beats.ts --data FOLDER --data FOLDER ... [--out FILE] [--doubt-out FILE] [--by-slopes FOLDER] [--seed 1]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type BeatRecord,
  printBeatScores,
  readBeatRecords,
  scoreBeatRecord,
} from "../../../test/bench/beat-records.ts";
import { BeatNetwork } from "../beats/beat-network.ts";
import type { BeatModels, CandidateModel } from "../beats/candidate-model.ts";
import { makeDoubtfulVariants, makeVariants, NOISY_VARIANTS } from "./beat-variants.ts";
import { type ExaminedRecord, examineRecord, toDoubtfulExamples, toExamples } from "./candidate-examples.ts";
import { FIRST, fitNetwork, IN_DOUBT } from "./candidate-network.ts";

/** The records of MIT-BIH with odd and with even numbers are left out each in turn, with all that is made of them. */
const HALVES = ["odd", "even"];
/** The record of MIT-BIH of which the noise stress test was made. */
const OF_NOISE_STRESS = "118";

/** Which records are left out of the fit when a record is scored, under the name of a database or of a half of MIT-BIH. */
type LeftOut = {
  name: string;
  isScored: (record: BeatRecord) => boolean;
  isOut: (examined: ExaminedRecord) => boolean;
};

/** The half of a record of MIT-BIH, by which variants are named as well, or of the noise stress test. */
function halfOf(record: string): string | undefined {
  return /^[12]\d\d/.test(record) ? HALVES[1 - (Number(record.slice(0, 3)) % 2)] : undefined;
}

function leaveOut(databases: readonly string[]): LeftOut[] {
  const halves = HALVES.map((half) => ({
    name: half,
    isScored: ({ database, name }: BeatRecord) => database === "mitdb" && halfOf(name) === half,
    isOut: ({ record }: ExaminedRecord) => halfOf(record) === half,
  }));
  const whole = databases
    .filter((database) => database !== "mitdb")
    .map((out) => ({
      name: out,
      isScored: ({ database }: BeatRecord) => database === out,
      isOut: ({ database, record }: ExaminedRecord) =>
        database === out ||
        // The noise of the noise stress test is in other records, too, and its beats are in another.
        (out === "nstdb" && (NOISY_VARIANTS.includes(database) || record.startsWith(OF_NOISE_STRESS))),
    }));
  return [...halves, ...whole];
}

/** A module such as candidate-weights.ts. */
function toModule({ bias, direct, hidden }: CandidateModel, name: string, of: string): string {
  return [
    "// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: a weight that is near to a constant is none.",
    `/** The weights ${of}; \`training\` has the script that fits them. */`,
    "// biome-ignore format: a row a unit",
    `export const ${name} = {`,
    `  bias: ${bias},`,
    `  direct: [${direct.join(", ")}],`,
    "  hidden: [",
    ...hidden.map((unit) => `    [${unit.join(", ")}],`),
    "  ],",
    "};",
    "",
  ].join("\n");
}

const { values } = parseArgs({
  options: {
    data: { type: "string", multiple: true, default: [] },
    out: { type: "string" },
    "doubt-out": { type: "string" },
    "by-slopes": { type: "string" },
    seed: { type: "string", default: "1" },
  },
});
const seed = Number(values.seed);
const records: BeatRecord[] = [];
for (const folder of values.data) records.push(...(await readBeatRecords(folder)));
const examined = records.flatMap(examineRecord);
for (const variant of makeVariants(records, seed)) examined.push(...examineRecord(variant));
/** From these the network of candidates in doubt learns alone. */
const ofDoubt: ExaminedRecord[] = [];
for (const variant of makeDoubtfulVariants(records, seed)) ofDoubt.push(...examineRecord(variant));

function fitBoth(isOut: (one: ExaminedRecord) => boolean): BeatModels {
  const known = examined.filter((one) => !isOut(one));
  const examples = known.flatMap(toExamples);
  const first = fitNetwork(examples, seed, FIRST);
  const inDoubt = [...known, ...ofDoubt.filter((one) => !isOut(one))].flatMap((one) => toDoubtfulExamples(one, first));
  for (const [title, list] of [["", examples] as const, [" in doubt", inDoubt] as const]) {
    console.error(`${list.length} candidates${title}, ${list.filter(({ isBeat }) => isBeat).length} of them beats`);
  }
  return { first, inDoubt: fitNetwork(inDoubt, seed, IN_DOUBT) };
}

const fitted = fitBoth(() => false);
const { out, "doubt-out": doubtOut } = values;
if (out)
  writeFileSync(out, toModule(fitted.first, "CANDIDATE_WEIGHTS", "of `candidate-model.ts`, in the order of EVIDENCE"));
if (doubtOut) writeFileSync(doubtOut, toModule(fitted.inDoubt, "DOUBT_WEIGHTS", "that judge candidates in doubt"));
console.log("Beats: FN, FP, Se and +P (%)\nby the weights in use");
printBeatScores(
  records.flatMap((record) => scoreBeatRecord(record)),
  0,
);
console.log("by the weights fitted");
printBeatScores(
  records.flatMap((record) => scoreBeatRecord(record, fitted)),
  0,
);
console.log("by weights that were fitted without the half or the database");
const databases = [...new Set(records.map(({ database }) => database))];
const leftOut = leaveOut(databases).flatMap(({ name, isScored, isOut }) => {
  const scored = records.filter(isScored);
  if (scored.length === 0) return [];
  console.error(`fit without ${name}`);
  const folder = values["by-slopes"];
  const bySlopes = folder && new BeatNetwork(readFileSync(join(folder, `${name}.txt`), "utf8"));
  const models = { ...fitBoth(isOut), ...(bySlopes && { bySlopes }) };
  return scored.flatMap((record) => scoreBeatRecord(record, models));
});
printBeatScores(leftOut, 0);
