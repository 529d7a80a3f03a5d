/**
 * How well beats are found in several databases, by each lead and by all: those of WFDB's format with `.atr` annotations,
 * and LUDB. A constant is chosen well when no database, and no half of one, loses by it.
 *
 *     npm run bench:beats -- --data FOLDER --data FOLDER ... [--worst 4]
 */
import { parseArgs } from "node:util";
import { type BeatScore, printBeatScores, readBeatRecords, scoreBeatRecord } from "./beat-records.ts";

const { values } = parseArgs({
  options: { data: { type: "string", multiple: true }, worst: { type: "string", default: "4" } },
});
if (!values.data) console.log("Usage: npm run bench:beats -- --data FOLDER --data FOLDER ... [--worst 4]");
const scores: BeatScore[] = [];
let cpuMs = 0;
let sampleCount = 0;
for (const folder of values.data ?? []) {
  for (const record of await readBeatRecords(folder)) {
    const before = process.cpuUsage();
    scores.push(...scoreBeatRecord(record));
    cpuMs += process.cpuUsage(before).user / 1000;
    for (const way of record.ways) sampleCount += way.leads.length * record.leads[0].samples.length;
  }
}
console.log("Beats: FN, FP, Se and +P (%); each half of the records; the worst of them with FN and FP");
printBeatScores(scores, Number(values.worst));
if (cpuMs > 0) console.log(`${(sampleCount / cpuMs / 1000).toFixed(1)} million samples a second of CPU`);
