/**
 * Fits the network that tells beats from other waves (`candidate-model.ts`), writes its weights, and scores beats by them and
 * by networks that were fitted without what is scored.
 * Usage: node src/analysis/training/train-beats.ts --data FOLDER --data FOLDER ... [--out FILE] [--seed 1]
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  type BeatRecord,
  printBeatScores,
  readBeatRecords,
  scoreBeatRecord,
} from "../../../test/bench/beat-records.ts";
import type { CandidateModel } from "../beats/candidate-model.ts";
import { makeVariants, NOISY_VARIANTS } from "./beat-variants.ts";
import { type CandidateExample, examineRecord } from "./candidate-examples.ts";
import { fitNetwork } from "./candidate-network.ts";

/** The records of MIT-BIH with odd and with even numbers are left out each in turn, with all that is made of them. */
const HALVES = ["odd", "even"];
/** The record of MIT-BIH of which the noise stress test was made. */
const OF_NOISE_STRESS = "118";

/** Which examples are left out of the fit when a record is scored, under a name. */
type LeftOut = {
  name: string;
  isScored: (record: BeatRecord) => boolean;
  isOut: (example: CandidateExample) => boolean;
};

/** The half of a record of MIT-BIH, by which variants are named as well, or of the noise stress test. */
function halfOf(record: string): string | undefined {
  return /^[12]\d\d/.test(record) ? HALVES[1 - (Number(record.slice(0, 3)) % 2)] : undefined;
}

function leaveOut(databases: readonly string[]): LeftOut[] {
  const halves = HALVES.map((half) => ({
    name: `the ${half} records of MIT-BIH`,
    isScored: ({ database, name }: BeatRecord) => database === "mitdb" && halfOf(name) === half,
    isOut: ({ record }: CandidateExample) => halfOf(record) === half,
  }));
  const whole = databases
    .filter((database) => database !== "mitdb")
    .map((out) => ({
      name: out,
      isScored: ({ database }: BeatRecord) => database === out,
      isOut: ({ database, record }: CandidateExample) =>
        database === out ||
        // The noise of the noise stress test is in other records, too, and its beats are in another.
        (out === "nstdb" && (NOISY_VARIANTS.includes(database) || record.startsWith(OF_NOISE_STRESS))),
    }));
  return [...halves, ...whole];
}

/** A module such as candidate-weights.ts. */
function toModule({ bias, direct, hidden }: CandidateModel): string {
  return [
    "/** The weights of `candidate-model.ts`, in the order of EVIDENCE; `training` has the script that fits them. */",
    "// biome-ignore format: a row a unit",
    "export const CANDIDATE_WEIGHTS = {",
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
    seed: { type: "string", default: "1" },
  },
});
const seed = Number(values.seed);
const records: BeatRecord[] = [];
for (const folder of values.data) records.push(...(await readBeatRecords(folder)));
const examples = records.flatMap(examineRecord);
for (const variant of makeVariants(records, seed)) examples.push(...examineRecord(variant));
console.log(`${examples.length} candidates, ${examples.filter(({ isBeat }) => isBeat).length} of them beats`);

const fitted = fitNetwork(examples, seed);
if (values.out) writeFileSync(values.out, toModule(fitted));
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
  const model = fitNetwork(
    examples.filter((example) => !isOut(example)),
    seed,
  );
  return scored.flatMap((record) => scoreBeatRecord(record, model));
});
printBeatScores(leftOut, 0);
