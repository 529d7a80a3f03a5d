/**
 * How good the rhythm is told on records that nothing was fitted to: each is judged by models that are fitted without it.
 *
 *     npm run bench:left-out -- --mitdb DIR --cpsc2021 DIR
 *
 * Beats are scored by the rules of ANSI/AAMI EC57, and atrial fibrillation by its seconds, of which those that are found in flutter count neither way,
 * and then as false ones. Records of one patient are left out together; fibrillation is judged by models without the whole database as well. Then the records are judged 10 s at a time, as most ECGs are
 * no longer.
 */
import { parseArgs } from "node:util";
import { positivePredictivity, sensitivity, sumTallies, type Tally } from "../../src/analysis/ec57.ts";
import type { RhythmModels } from "../../src/analysis/measures/rhythm.ts";
import {
  fitFibrillation,
  fitPremature,
  type RhythmExample,
  readRhythmExamples,
  scoreFibrillation,
  scoreFibrillationAlone,
  scoreSupraventricular,
} from "../../src/analysis/training/rhythm-examples.ts";
import { printVentricular } from "../../src/analysis/training/train-beat-types.ts";

/** As long as an ECG at rest. */
const PIECE_SECONDS = 10;

type Scored = { example: RhythmExample; tally: Tally };

/** Scores records, or pieces of them, by models that are fitted without those records of which `nameOf` says the same. */
function scoreLeftOut(
  records: readonly RhythmExample[],
  scored: readonly RhythmExample[],
  nameOf: (example: RhythmExample) => string,
  scoreOf: (example: RhythmExample, models: RhythmModels) => Tally,
): Scored[] {
  return [...Map.groupBy(scored, nameOf)].flatMap(([name, group]) => {
    const others = records.filter((example) => nameOf(example) !== name);
    const models = { fibrillation: fitFibrillation(others), premature: fitPremature(others) };
    return group.map((example) => ({ example, tally: scoreOf(example, models) }));
  });
}

function printScored(title: string, scored: readonly Scored[]): void {
  for (const [name, group] of Map.groupBy(scored, ({ example }) => `${example.database}, ${example.leads}`)) {
    const sum = sumTallies(group.map(({ tally }) => tally));
    const shares = [sensitivity(sum), positivePredictivity(sum)].map((share) => (100 * share).toFixed(1));
    console.log(`${title}, ${name}: Se ${shares[0]}, +P ${shares[1]}`);
    for (const [record, pieces] of Map.groupBy(group, ({ example }) => example.record)) {
      const tally = sumTallies(pieces.map(({ tally }) => tally));
      if (Object.values(tally).every((count) => count === 0)) continue;
      console.log(
        `  ${record.padEnd(12)} found ${tally.truePositives}, missed ${tally.falseNegatives}, false ${tally.falsePositives}`,
      );
    }
  }
}

const { values } = parseArgs({
  options: { mitdb: { type: "string", default: "" }, cpsc2021: { type: "string", default: "" } },
});
await printVentricular(values.mitdb);
const readExamples = async (pieceSeconds?: number) => [
  ...(await readRhythmExamples("mitdb", values.mitdb, pieceSeconds)),
  ...(await readRhythmExamples("cpsc2021", values.cpsc2021, pieceSeconds)),
];
const records = await readExamples();
const pieces = await readExamples(PIECE_SECONDS);
type Judgment = {
  title: string;
  scored: readonly RhythmExample[];
  leftOut: (example: RhythmExample) => string;
  score: typeof scoreFibrillation;
};
const byPatient = ({ patient }: RhythmExample) => patient;
const judgments: Judgment[] = [
  { title: "supraventricular beats", scored: records, leftOut: byPatient, score: scoreSupraventricular },
  { title: "atrial fibrillation", scored: records, leftOut: byPatient, score: scoreFibrillation },
  {
    title: "atrial fibrillation, seconds in flutter as false ones",
    scored: records,
    leftOut: byPatient,
    score: scoreFibrillationAlone,
  },
  {
    title: "atrial fibrillation by the other database",
    scored: records,
    leftOut: ({ database }) => database,
    score: scoreFibrillation,
  },
  { title: "10 s: supraventricular beats", scored: pieces, leftOut: byPatient, score: scoreSupraventricular },
  { title: "10 s: atrial fibrillation", scored: pieces, leftOut: byPatient, score: scoreFibrillation },
];
for (const { title, scored, leftOut, score } of judgments) {
  printScored(
    title,
    scoreLeftOut(records, scored, leftOut, (example, models) => score(example, example.rhythm.judgeAnew(models))),
  );
}
