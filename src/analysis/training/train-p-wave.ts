/**
 * Fits what weighs a P wave (`weighPWave` of `p-wave.ts`) to the beats of two databases, and prints it beside what is in use.
 * Usage: node src/analysis/training/train-p-wave.ts --ludb FOLDER --mitdb FOLDER [--records 1-60]
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readLudb } from "../../../test/bench/ludb.ts";
import { readWfdb } from "../../../test/bench/wfdb.ts";
import { measureLeads } from "../../../test/support/measure-leads.ts";
import type { Annotation, Lead } from "../../recording/recording.ts";
import { type BeatClass, toReference } from "../ec57.ts";
import { alignBeats } from "../waves/average-beats.ts";
import { gatherPEvidence, P_WEIGHTS, weighPEvidence } from "../waves/p-wave.ts";
import { lookAtAverage } from "../waves/second-look.ts";
import { pointAtWaves } from "../waves/wave-model.ts";
import { fitLogistic, type Observation } from "./logistic.ts";

/** A kind of beats: of how many it is known whether they have a P wave, the share that has, and from which database. */
type Example = { source: string; likeness: number; doubt: number; beats: number; share: number };

/** The share of a kind whose beats must have a P wave, or have none; from other kinds nothing can be learned. */
const CLEAR_SHARE = 0.8;
const MATCH_SECONDS = 0.15;
/** A P wave before a beat is no farther from it. */
const REACH_SECONDS = 0.4;
/** Records of MIT-BIH are looked at in stretches of the length that the analysis takes, this far apart. */
const STRETCH_SECONDS = 60;
const STEP_SECONDS = 180;
const RIDGE = 0.1;

/** The evidence on each kind of the beats, of which `hasP` says whether it has a P wave, or that nobody knows. */
function examine(
  source: string,
  leads: readonly Lead[],
  beats: Float64Array,
  hasP: (beat: number) => boolean | undefined,
): Example[] {
  const aligned = alignBeats(leads, beats);
  return aligned.averages.flatMap((average, kind) => {
    const known = Array.from(beats.keys())
      .filter((b) => aligned.kindOf[b] === kind)
      .flatMap((b) => hasP(b) ?? []);
    if (known.length === 0) return [];
    const looked = lookAtAverage(average, pointAtWaves(average, leads.length));
    const evidence = gatherPEvidence(aligned, kind, looked);
    if (!evidence) return [];
    return [{ source, ...evidence, beats: known.length, share: known.filter(Boolean).length / known.length }];
  });
}

async function examineLudb(folder: string, range: string): Promise<Example[]> {
  const examples: Example[] = [];
  for (const { leads, marks } of await readLudb(folder, range)) {
    const { times } = (await measureLeads(leads)).beats;
    const isNear = (time: number, from: number, to: number) => time >= from && time <= to;
    /** The share of the leads in which there is a mark of that kind about a beat. */
    const shareOf = (kind: "pPeak" | "rPeak", from: number, to: number) =>
      marks.filter((lead) => lead[kind].some((time) => isNear(time, from, to))).length / marks.length;
    examples.push(
      ...examine("LUDB", leads, times, (b) =>
        shareOf("rPeak", times[b] - MATCH_SECONDS, times[b] + MATCH_SECONDS) > 0.5
          ? shareOf("pPeak", times[b] - REACH_SECONDS, times[b]) > 0.5
          : undefined,
      ),
    );
  }
  return examples;
}

/** What the rhythm is from each of its annotations on. */
function rhythmAt(annotations: readonly Annotation[], time: number): string | undefined {
  return annotations.findLast((one) => one.code === "+" && one.text?.startsWith("(") && one.time <= time)?.text;
}

/** In sinus rhythm normal beats have P waves; in atrial fibrillation none has, nor a ventricular beat in any rhythm. */
function hasPWave(type: BeatClass | undefined, code: string, rhythm: string | undefined): boolean | undefined {
  if (type === "V") return false;
  if (type !== "N" || !["N", "L", "R"].includes(code)) return undefined;
  return rhythm === "(N" ? true : rhythm === "(AFIB" ? false : undefined;
}

async function examineMitdb(folder: string): Promise<Example[]> {
  const examples: Example[] = [];
  const records = readdirSync(folder).flatMap((file) => (file.endsWith(".atr") ? [file.slice(0, -4)] : []));
  for (const record of records.sort()) {
    const { leads, annotations } = await readWfdb(join(folder, record));
    const rate = leads[0].samplingRate ?? 0;
    const seconds = leads[0].samples.length / rate;
    for (let from = 0; from + STRETCH_SECONDS <= seconds; from += STEP_SECONDS) {
      const beats = annotations.filter(
        ({ time, code = "" }) =>
          toReference([{ time, code }], rate).beats.length > 0 && time >= from && time < from + STRETCH_SECONDS,
      );
      const stretch = leads.map((lead) => ({
        ...lead,
        samples: lead.samples.slice(from * rate, (from + STRETCH_SECONDS) * rate),
      }));
      const times = Float64Array.from(beats, ({ time }) => time - from);
      const judge = (b: number) => {
        const { code = "", time } = beats[b];
        return hasPWave(toReference([{ time, code }], rate).beats[0]?.type, code, rhythmAt(annotations, time));
      };
      examples.push(...examine("MIT-BIH, both leads", stretch, times, judge));
      examples.push(...examine("MIT-BIH, first lead", stretch.slice(0, 1), times, judge));
    }
  }
  return examples;
}

function sumBeats(examples: readonly Example[]): number {
  return examples.reduce((sum, { beats }) => sum + beats, 0);
}

const { values } = parseArgs({
  options: {
    ludb: { type: "string", default: "" },
    mitdb: { type: "string", default: "" },
    records: { type: "string", default: "1-60" },
  },
});
const examples = [...(await examineLudb(values.ludb, values.records)), ...(await examineMitdb(values.mitdb))].filter(
  ({ share }) => share >= CLEAR_SHARE || share <= 1 - CLEAR_SHARE,
);
const sources = [...new Set(examples.map(({ source }) => source))];
/** The databases count alike, and in each the beats with a P wave as much as those without. */
const observations = examples.map(({ source, likeness, doubt, beats, share }): Observation => {
  const isYes = share > 0.5;
  const alike = examples.filter((other) => other.source === source && other.share > 0.5 === isYes);
  const weight = (100 * beats) / sumBeats(alike);
  return { values: [likeness, doubt], yes: isYes ? weight : 0, no: isYes ? 0 : weight };
});
const [bias, likeness, doubt] = fitLogistic(observations, RIDGE);
const fitted = { bias, likeness, doubt };
const print = (title: string, weights: typeof P_WEIGHTS) => {
  const rounded = Object.entries(weights).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  console.log(`${title}: ${rounded.join(", ")}`);
  for (const source of sources) {
    const of = examples.filter((one) => one.source === source);
    const count = (isYes: boolean) => {
      const all = of.filter(({ share }) => share > 0.5 === isYes);
      const right = all.filter((one) => weighPEvidence(one, weights) > 0 === isYes);
      return `${sumBeats(right)} of ${sumBeats(all)} (${right.length} of ${all.length} kinds)`;
    };
    console.log(`  ${source.padEnd(20)} beats told right: with a P wave ${count(true)}, without ${count(false)}`);
  }
};
print("p-wave.ts", P_WEIGHTS);
print("fitted", fitted);
