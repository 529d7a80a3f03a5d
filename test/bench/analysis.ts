/**
 * How good the analysis of ECGs is against reference databases, and how fast.
 *
 *     npm run bench:analysis -- --mitdb DIR --ludb DIR [--records 1-60]
 *
 * Beats are scored by the rules of ANSI/AAMI EC57 (see `src/analysis/ec57.ts`), by the first lead alone and by all together. The
 * records are those of LUDB: all that are there unless they are named.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findBeats } from "../../src/analysis/beats/beats.ts";
import {
  positivePredictivity,
  type Reference,
  type Score,
  scoreBeats,
  sensitivity,
  sumTallies,
  type Tally,
  tallyBeats,
  tallyFibrillation,
  tallySupraventricular,
  tallyVentricular,
  toReference,
} from "../../src/analysis/ec57.ts";
import type { Insights } from "../../src/analysis/insights.ts";
import type { Annotation } from "../../src/recording/recording.ts";
import { measureLeads } from "../support/measure-leads.ts";
import { readWfdb } from "./wfdb.ts";

type ScoredRecord = { name: string; score: Score; delaysMs: number[] };

/** Prints how well the beats of a database in WFDB's format, with `.atr` annotations, are found and told apart. */
async function benchBeats(directory: string): Promise<void> {
  const records = readdirSync(directory)
    .filter((file) => file.endsWith(".atr"))
    .map((file) => file.slice(0, -".atr".length))
    .sort();
  const first: ScoredRecord[] = [];
  const all: ScoredRecord[] = [];
  const rhythms: RhythmTally[] = [];
  const firstLeads: { samples: Int32Array; samplingRate: number }[] = [];
  for (const name of records) {
    const { leads, annotations } = await readWfdb(join(directory, name));
    const [{ samples }] = leads;
    const samplingRate = leads[0].samplingRate ?? 0;
    const reference = toReference(annotations, samplingRate);
    first.push(scoreRecord(name, await measureLeads(leads.slice(0, 1)), reference, samplingRate));
    const insights = await measureLeads(leads);
    all.push(scoreRecord(name, insights, reference, samplingRate));
    rhythms.push(tallyRhythm(name, annotations, insights, samples.length / samplingRate));
    firstLeads.push({ samples, samplingRate });
  }
  printScores("the first lead alone", first);
  printScores("all leads together", all);
  printRhythms(rhythms);
  // After all else, whose garbage is not to be counted.
  const cost = { samples: 0, detectionMs: 0, anchorMs: 0 };
  for (const lead of firstLeads) {
    cost.samples += lead.samples.length;
    cost.detectionMs += cpuMs(() => findBeats([lead]));
    cost.anchorMs += cpuMs(() => sumOf(lead.samples));
  }
  const million = cost.samples / 1e6;
  console.log(
    `detection, first lead: ${((1000 * million) / cost.detectionMs).toFixed(1)} million samples a second of CPU;`,
    `a loop that adds the samples up: ${((1000 * million) / cost.anchorMs).toFixed(0)}`,
  );
}

function scoreRecord(name: string, { beats }: Insights, reference: Reference, samplingRate: number): ScoredRecord {
  const found = Array.from(beats.times, (time, i) => ({ sample: time * samplingRate, type: beats.types[i] }));
  const score = scoreBeats(reference, found, samplingRate);
  return { name, score, delaysMs: score.delays.map((delay) => (1000 * delay) / samplingRate) };
}

const KINDS: { title: string; tally: (score: Score) => Tally }[] = [
  { title: "beats", tally: tallyBeats },
  { title: "ventricular", tally: tallyVentricular },
  { title: "supraventricular", tally: tallySupraventricular },
];

function printScores(title: string, records: readonly ScoredRecord[]): void {
  console.log(
    `\nBeats by ${title}: FN, FP, Se and +P (%) of all, of ventricular, of supraventricular; R peak later by (ms)`,
  );
  for (const { name, score, delaysMs } of records) {
    const cells = KINDS.map(({ tally }) => formatTally(tally(score)));
    console.log(`${name.padEnd(8)}${cells.join("  |")}  | ${formatDelays(delaysMs)}`);
  }
  const tallies = KINDS.map(({ tally }) => records.map(({ score }) => tally(score)));
  const gross = tallies.map((list) => formatTally(sumTallies(list)));
  const averages = tallies.map(
    (list) => `${" ".repeat(14)}${formatShares(meanOf(list, sensitivity), meanOf(list, positivePredictivity))}`,
  );
  console.log(
    `${"gross".padEnd(8)}${gross.join("  |")}  | ${formatDelays(records.flatMap(({ delaysMs }) => delaysMs))}`,
  );
  console.log(`${"average".padEnd(8)}${averages.join("  |")}`);
}

function formatTally(tally: Tally): string {
  const counts = [tally.falseNegatives, tally.falsePositives].map((count) => String(count).padStart(7)).join("");
  return counts + formatShares(sensitivity(tally), positivePredictivity(tally));
}

function formatShares(...shares: number[]): string {
  return shares.map((share) => (Number.isNaN(share) ? "-" : (100 * share).toFixed(2)).padStart(8)).join("");
}

function formatDelays(delays: readonly number[]): string {
  const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
  const absolute = delays.reduce((sum, delay) => sum + Math.abs(delay), 0) / delays.length;
  return `mean ${mean.toFixed(1).padStart(6)}, absolute ${absolute.toFixed(1).padStart(5)}`;
}

/** Over the records that have any. */
function meanOf(tallies: readonly Tally[], share: (tally: Tally) => number): number {
  const known = tallies.map(share).filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Seconds of atrial fibrillation in the reference, of which irregular rhythm was found. */
type RhythmTally = { name: string; tally: Tally; alone: Tally };

function tallyRhythm(
  name: string,
  annotations: readonly Annotation[],
  { irregular }: Insights,
  duration: number,
): RhythmTally {
  const changes = annotations.flatMap(({ time, code, text = "" }) =>
    code === "+" && text.startsWith("(") ? [{ time, name: text }] : [],
  );
  return {
    name,
    tally: tallyFibrillation(changes, duration, irregular),
    alone: tallyFibrillation(changes, duration, irregular, "false"),
  };
}

function printRhythms(tallies: readonly RhythmTally[]): void {
  console.log("\nIrregular as in atrial fibrillation, all leads: seconds in both, missed, extra, extra in flutter");
  for (const one of tallies) if (Object.values(one.alone).some((count) => count > 0)) printRhythm(one);
  const sumOfAll = (key: "tally" | "alone") => sumTallies(tallies.map((one) => one[key]));
  printRhythm({ name: "gross", tally: sumOfAll("tally"), alone: sumOfAll("alone") });
}

function printRhythm({ name, tally, alone }: RhythmTally): void {
  const { truePositives, falseNegatives, falsePositives } = tally;
  const inFlutter = alone.falsePositives - falsePositives;
  const counts = [truePositives, falseNegatives, falsePositives, inFlutter];
  const shares = formatShares(sensitivity(tally), positivePredictivity(tally), positivePredictivity(alone));
  console.log(
    `${name.padEnd(8)}${counts.map((count) => String(count).padStart(7)).join("")}   Se, +P, +P with flutter${shares}`,
  );
}

/** The least CPU time of a few runs, in ms: other work of the machine does not count. */
function cpuMs(run: () => unknown, runs = 5): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) {
    const before = process.cpuUsage();
    run();
    least = Math.min(least, process.cpuUsage(before).user / 1000);
  }
  return least;
}

function sumOf(samples: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i];
  return sum;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { mitdb: { type: "string" }, ludb: { type: "string" }, records: { type: "string" } },
  });
  if (values.mitdb) await benchBeats(values.mitdb);
  if (values.ludb && existsSync(values.ludb)) {
    const { printLudbScores, readLudb, scoreLudb } = await import("./ludb.ts");
    printLudbScores(await scoreLudb(await readLudb(values.ludb, values.records)));
  }
  if (!values.mitdb && !values.ludb) console.log("Usage: npm run bench:analysis -- --mitdb DIR --ludb DIR");
}
