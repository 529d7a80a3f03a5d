/**
 * How well beats are found in several databases, by each lead and by all: those of WFDB's format with `.atr` annotations,
 * and LUDB. A constant is chosen well when no database, and no half of one, loses by it.
 *
 *     npm run bench:beats -- --data FOLDER --data FOLDER ... [--worst 4]
 */
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { findBeats } from "../../src/analysis/beats/beats.ts";
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
import type { Lead } from "../../src/recording/recording.ts";
import { readLudb, toBeats } from "./ludb.ts";
import { readWfdb } from "./wfdb.ts";

type Named = { name: string; tally: Tally };
/** Only a long recording has a learning period. */
const LEAST_SECONDS_WITH_LEARNING = 600;
const LEARNING_SECONDS = 300;
/** LUDB does not annotate its first and last beats: what is found farther from those that are does not count. */
const LUDB_MARGIN_SECONDS = 0.15;

const scores = new Map<string, Named[]>();
let cpuMs = 0;
let sampleCount = 0;

/** @param isWithin which of the beats that are found count */
function score(
  title: string,
  name: string,
  leads: readonly Lead[],
  reference: Reference,
  isWithin = (_: number) => true,
) {
  const rate = leads[0].samplingRate ?? 1;
  const before = process.cpuUsage();
  const { times } = findBeats(leads.map(({ samples }) => ({ samples, samplingRate: rate })));
  cpuMs += process.cpuUsage(before).user / 1000;
  sampleCount += leads.reduce((sum, { samples }) => sum + samples.length, 0);
  const found = Array.from(times, (time) => ({ sample: time * rate, type: "N" as const })).filter(({ sample }) =>
    isWithin(sample),
  );
  const isLong = leads[0].samples.length / rate > LEAST_SECONDS_WITH_LEARNING;
  const tally = tallyBeats(scoreBeats(reference, found, rate, isLong ? LEARNING_SECONDS : 0));
  scores.set(title, [...(scores.get(title) ?? []), { name, tally }]);
}

async function scoreWfdb(folder: string): Promise<void> {
  const names = readdirSync(folder).flatMap((file) => (file.endsWith(".atr") ? [file.slice(0, -".atr".length)] : []));
  for (const name of names.sort()) {
    const { leads, annotations } = await readWfdb(join(folder, name));
    const reference = toReference(annotations, leads[0].samplingRate ?? 1);
    for (const [l, lead] of leads.entries()) score(`${basename(folder)} lead ${l + 1}`, name, [lead], reference);
    if (leads.length > 1) score(`${basename(folder)} all leads`, name, leads, reference);
  }
}

async function scoreLudb(folder: string): Promise<void> {
  for (const { name, leads, marks } of await readLudb(folder)) {
    const rate = leads[0].samplingRate ?? 1;
    const beats = toBeats(marks).map((time) => ({ sample: Math.round(time * rate), type: "N" as const }));
    const margin = LUDB_MARGIN_SECONDS * rate;
    const isWithin = (sample: number) =>
      sample >= beats[0].sample - margin && sample <= (beats.at(-1)?.sample ?? 0) + margin;
    const reference = { beats, flutter: [] };
    for (const lead of leads) score("ludb each lead", `${name}.${lead.name}`, [lead], reference, isWithin);
    score("ludb all leads", name, leads, reference, isWithin);
  }
}

function print(title: string, list: readonly Named[]): void {
  const tally = sumTallies(list.map((one) => one.tally));
  console.log(`${title.padEnd(22)}${format(tally)}`);
}

function format(tally: Tally): string {
  const counts = [tally.falseNegatives, tally.falsePositives].map((count) => String(count).padStart(7)).join("");
  const shares = [sensitivity(tally), positivePredictivity(tally)].map((share) => (100 * share).toFixed(2).padStart(8));
  return `${counts}${shares.join("")}`;
}

const { values } = parseArgs({
  options: { data: { type: "string", multiple: true }, worst: { type: "string", default: "4" } },
});
if (!values.data) console.log("Usage: npm run bench:beats -- --data FOLDER --data FOLDER ... [--worst 4]");
for (const folder of values.data ?? []) {
  await (existsSync(join(folder, "1.ii")) ? scoreLudb(folder) : scoreWfdb(folder));
}
console.log("Beats: FN, FP, Se and +P (%); each half of the records; the worst of them with FN and FP");
for (const [title, list] of scores) {
  print(title, list);
  if (list.length > 1)
    for (const half of [0, 1])
      print(
        `  half ${half + 1}`,
        list.filter((_, i) => i % 2 === half),
      );
  const wrong = ({ tally }: Named) => tally.falseNegatives + tally.falsePositives;
  const worst = list.toSorted((a, b) => wrong(b) - wrong(a)).slice(0, Number(values.worst));
  const names = worst.map(({ name, tally }) => `${name} ${tally.falseNegatives} ${tally.falsePositives}`);
  console.log(`  worst: ${names.join(", ")}`);
}
if (cpuMs > 0) console.log(`${(sampleCount / cpuMs / 1000).toFixed(1)} million samples a second of CPU`);
