/**
 * How good the rhythm is told on records that nothing was fitted to: each is judged by models that are fitted without it.
 *
 *     npm run bench:left-out -- --mitdb DIR --cpsc2021 DIR
 *
 * Ventricular and supraventricular beats are scored by the rules of ANSI/AAMI EC57, atrial fibrillation by its seconds. Records of one patient are
 * left out together; fibrillation is judged by models without the whole database as well.
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
  scoreSupraventricular,
} from "../../src/analysis/training/rhythm-examples.ts";
import { printVentricular } from "../../src/analysis/training/train-beat-types.ts";

type Scored = { example: RhythmExample; tally: Tally };

/** Scores each record by models that are fitted without those of which `nameOf` says the same. */
function scoreLeftOut(
  examples: readonly RhythmExample[],
  nameOf: (example: RhythmExample) => string,
  scoreOf: (example: RhythmExample, models: RhythmModels) => Tally,
): Scored[] {
  return [...Map.groupBy(examples, nameOf)].flatMap(([name, group]) => {
    const others = examples.filter((example) => nameOf(example) !== name);
    const models = { fibrillation: fitFibrillation(others), premature: fitPremature(others) };
    return group.map((example) => ({ example, tally: scoreOf(example, models) }));
  });
}

function printScored(title: string, scored: readonly Scored[]): void {
  for (const [name, group] of Map.groupBy(scored, ({ example }) => `${example.database}, ${example.leads}`)) {
    const sum = sumTallies(group.map(({ tally }) => tally));
    const shares = [sensitivity(sum), positivePredictivity(sum)].map((share) => (100 * share).toFixed(1));
    console.log(`${title}, ${name}: Se ${shares[0]}, +P ${shares[1]}`);
    const records = group.filter(({ tally }) => Object.values(tally).some((count) => count > 0));
    for (const { example, tally } of records) {
      console.log(
        `  ${example.record.padEnd(12)} found ${tally.truePositives}, missed ${tally.falseNegatives}, false ${tally.falsePositives}`,
      );
    }
  }
}

const { values } = parseArgs({
  options: { mitdb: { type: "string", default: "" }, cpsc2021: { type: "string", default: "" } },
});
await printVentricular(values.mitdb);
const examples = [
  ...(await readRhythmExamples("mitdb", values.mitdb)),
  ...(await readRhythmExamples("cpsc2021", values.cpsc2021)),
];
const judgments: { title: string; leftOut: (example: RhythmExample) => string; score: typeof scoreFibrillation }[] = [
  { title: "supraventricular beats", leftOut: ({ patient }) => patient, score: scoreSupraventricular },
  { title: "atrial fibrillation", leftOut: ({ patient }) => patient, score: scoreFibrillation },
  { title: "atrial fibrillation by the other database", leftOut: ({ database }) => database, score: scoreFibrillation },
];
for (const { title, leftOut, score } of judgments) {
  printScored(
    title,
    scoreLeftOut(examples, leftOut, (example, models) => score(example, example.rhythm.judgeAnew(models))),
  );
}
