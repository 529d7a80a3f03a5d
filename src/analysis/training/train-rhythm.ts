/**
 * Fits the models of atrial fibrillation (`FIBRILLATION` of `fibrillation.ts`) and of supraventricular beats (`PREMATURE` of
 * `premature-beats.ts`), and prints them.
 * Usage: node src/analysis/training/train-rhythm.ts --mitdb FOLDER --cpsc2021 FOLDER
 */
import { parseArgs } from "node:util";
import { fitFibrillation, fitPremature, readRhythmExamples } from "./rhythm-examples.ts";

const { values } = parseArgs({
  options: { mitdb: { type: "string", default: "" }, cpsc2021: { type: "string", default: "" } },
});
const examples = [
  ...(await readRhythmExamples("mitdb", values.mitdb)),
  ...(await readRhythmExamples("cpsc2021", values.cpsc2021)),
];
const models = { fibrillation: fitFibrillation(examples), premature: fitPremature(examples) };
console.log(JSON.stringify(models, (_, value) => (typeof value === "number" ? Number(value.toFixed(2)) : value), 2));
