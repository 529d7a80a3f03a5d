import { join } from "node:path";
import { type BeatKinds, groupBeats } from "../../src/analysis/beats/beat-kinds.ts";
import { findBeats } from "../../src/analysis/beats/beats.ts";
import { alignBeats } from "../../src/analysis/waves/average-beats.ts";
import { delineate, FIDUCIALS } from "../../src/analysis/waves/delineation.ts";
import { weighPWave } from "../../src/analysis/waves/p-wave.ts";
import { pointAtWaves } from "../../src/analysis/waves/wave-model.ts";
import { type Lead, MISSING } from "../../src/recording/recording.ts";
import { readWfdb } from "../bench/wfdb.ts";
import {
  chooseMade,
  countWithTWaves,
  groupMade,
  measureMadeRhythm,
  measureRamp,
  newRandom,
  RAMP_NAMES,
  typeMade,
} from "./golden-series.ts";
import { measureLeads } from "./measure-leads.ts";
import { newSignal } from "./signals.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures");
export const GOLDEN_FILE = join(FIXTURES, "golden.json");

export type GoldenCase = { name: string; measure: () => Golden | Promise<Golden> };

/** What was measured, as JSON. A series is one text of its values, so that the file has a line a series. */
export type Golden = string | number | boolean | null | Golden[] | { [key: string]: Golden };

/** The leads of each excerpt in the fixtures, by its name. */
export async function readExcerpts(): Promise<Record<string, Lead[]>> {
  const names = ["mitdb-203", "mitdb-207", "mitdb-223", "ludb-1", "ludb-38", "ludb-75"];
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await readWfdb(join(FIXTURES, name))).leads])),
  );
}

/** What is pinned: of the excerpts, of what is made of them to reach more than so few seconds do, and of made series. */
export function listGoldenCases(excerpts: Record<string, Lead[]>): GoldenCase[] {
  const [first203, second203] = excerpts["mitdb-203"];
  const [first207] = excerpts["mitdb-207"];
  const [first223] = excerpts["mitdb-223"];
  const [i1, ii1] = excerpts["ludb-1"];
  const allOfMitdb = join3(first203, first207, first223);
  const changed: Record<string, Lead[]> = {
    "ludb-38, all limb leads": addLimbLeads(excerpts["ludb-38"]),
    "ludb-75, all limb leads": addLimbLeads(excerpts["ludb-75"]),
    "ludb-1, upside down, the second lead without a gain": [invert(i1), { ...ii1, gain: null }],
    "ludb-75, at 250, 125 and 55 Hz": excerpts["ludb-75"].map((lead, i) => thin(lead, [2, 4, 9][i])),
    "mitdb-203, the second lead at 72 Hz": [thin(second203, 5)],
    "mitdb-223, twice as fast": [{ ...first223, samplingRate: 720 }],
    "mitdb-223, a third as fast": [{ ...first223, samplingRate: 120 }],
    "mitdb-207, two thirds as fast, in noise": [{ ...addNoise(first207, 0.1), samplingRate: 240 }],
    "mitdb, one after the other": [allOfMitdb],
    "mitdb-203, with faults in the first lead": [addFaults(first203), second203],
    "mitdb-223, with faults": [addFaults(first223)],
    "mitdb-223, in noise": [addNoise(first223, 0.15)],
    "mitdb-223, buried in noise": [addNoise(first223, 0.9)],
    "mitdb-203, 36 s": [{ ...first203, samples: first203.samples.slice(0, 36 * rateOf(first203)) }],
    "mitdb-223, at 90 Hz": [thin(first223, 4)],
    "mitdb-207, in hum": [addHum(first207, 50, 0.1)],
  };
  const ofKinds: Record<string, Lead[]> = {
    ...excerpts,
    "ludb-75, all limb leads": changed["ludb-75, all limb leads"],
    "mitdb, one after the other": [allOfMitdb],
    "mitdb, one after the other, in trouble": [addTrouble(thicken(allOfMitdb, 3))],
  };
  return [
    ...Object.entries({ ...excerpts, ...changed }).map(([name, leads]) => ({ name, measure: () => measureAll(leads) })),
    ...Object.entries(ofKinds).map(([name, leads]) => ({
      name: `${name}: kinds of beats`,
      measure: () => measureKinds(leads),
    })),
    ...RAMP_NAMES.map((name) => ({
      name: `mitdb-223, more and more ${name}`,
      measure: () => toGolden(measureRamp(first223, name)),
    })),
    { name: "made candidates for beats", measure: () => listSeeds(100).map(chooseMade) },
    {
      name: "made beats with T waves",
      measure: () => toText([...listSeeds(400), ...RARE_SEEDS.tWaves].map(countWithTWaves)),
    },
    { name: "made beats", measure: () => [...listSeeds(200), ...RARE_SEEDS.types].map(typeMade) },
    { name: "made rhythms", measure: () => listSeeds(2).map((seed) => toGolden(measureMadeRhythm(seed))) },
    { name: "made kinds", measure: () => listSeeds(8).map((seed) => toGoldenKinds(groupMade(seed, 40))) },
    { name: "made kinds, many beats", measure: () => toGoldenKinds(groupMade(9, 4200)) },
    { name: "made kinds, each of its own", measure: () => toGoldenKinds(groupMade(10, 150, true)) },
  ];
}

/** Of made series in which a constant that decides little decides: found among some thousand. */
const RARE_SEEDS = { tWaves: [1336, 1579, 1860], types: [308, 640, 700, 1035] };

/** Of made series: 1 and so on. */
function listSeeds(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** Of more beats than this the times and intervals of each are not among the golden values: their medians are. */
const MOST_BEATS_IN_FULL = 120;
/** As many beats as 10 s have: of more the waves of each lead are not among them. */
const MOST_BEATS_WITH_WAVES = 20;

/** All insights, and the waves of each lead where they are few. */
async function measureAll(leads: readonly Lead[]): Promise<Golden> {
  const insights = await measureLeads(leads);
  const { times, types, afterGap, intervals } = insights.beats;
  const isShort = times.length <= MOST_BEATS_IN_FULL;
  return toGolden({
    ...insights,
    beats: {
      count: times.length,
      types: types.join(""),
      afterGap: afterGap.join(""),
      ...(isShort && { times, intervals: seriesOf(intervals, ["p", "pr", "qrs", "qt"]) }),
    },
    ...(times.length <= MOST_BEATS_WITH_WAVES && measureWaves(leads, times)),
  });
}

/** The waves of each lead, those of all together, and what speaks for a P wave in each class of beats. */
function measureWaves(leads: readonly Lead[], times: Float64Array) {
  const delineation = delineate(leads, times);
  const aligned = alignBeats(leads, times);
  return {
    waves: delineation.leads.map((waves) => seriesOf(waves, FIDUCIALS)),
    wavesOfAll: seriesOf(delineation.beats, FIDUCIALS),
    pWaves: toText(aligned.averages.map((average, k) => weighPWave(aligned, k, pointAtWaves(average, leads.length)))),
  };
}

/** What the types of beats are told by. */
function measureKinds(leads: readonly Lead[]): Golden {
  const beats = findBeats(leads.map(({ samples, samplingRate }) => ({ samples, samplingRate: samplingRate ?? 1 })));
  return {
    ...toGolden({ shapeLeads: toText(beats.shapeLeads), heights: beats.heights }),
    ...toGoldenKinds(groupBeats(beats)),
  };
}

/** @param more that was measured of the same beats */
function toGoldenKinds({ kinds, kindOf, likeness, discordance, ...more }: BeatKinds): { [key: string]: Golden } {
  return toGolden({
    // Of a day's beats their kinds are enough.
    ...(kindOf.length <= 200 && { kindOf, discordance }),
    kinds: seriesOf(kinds, ["beats", "energy", "sharpness"]),
    likeness: toText(likeness.slice(0, 3).flatMap((row) => [...row])),
    ...more,
  });
}

/** Rows by their keys, each a text. */
function seriesOf<K extends string>(rows: readonly Record<K, number | null>[], keys: readonly K[]) {
  return Object.fromEntries(keys.map((key) => [key, toText(rows.map((row) => row[key]))]));
}

/** What is not whole has so many digits. */
const DIGITS = 7;

function toGolden(values: object): { [key: string]: Golden } {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, toGoldenValue(value)]));
}

function toGoldenValue(value: unknown): Golden {
  if (typeof value === "number") return round(value);
  if (typeof value !== "object" || value === null) return value as Golden;
  if (ArrayBuffer.isView(value)) return toText(Array.from(value as Float64Array));
  if (!Array.isArray(value)) return toGolden(value);
  return value.every((entry) => typeof entry === "number") ? toText(value) : value.map(toGoldenValue);
}

function toText(values: readonly (number | null)[]): string {
  return values.map((value) => (value === null ? "-" : round(value))).join(" ");
}

function round(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));
}

function invert(lead: Lead): Lead {
  return { ...lead, samples: lead.samples.map((sample) => -sample) };
}

/** Every so many of a lead's samples. */
function thin(lead: Lead, step: number): Lead {
  const samples = lead.samples.filter((_, i) => i % step === 0);
  return { ...lead, samplingRate: rateOf(lead) / step, samples };
}

/** Each of a lead's samples so many times. */
function thicken(lead: Lead, times: number): Lead {
  const samples = Int32Array.from(
    { length: times * lead.samples.length },
    (_, i) => lead.samples[Math.floor(i / times)],
  );
  return { ...lead, samplingRate: rateOf(lead) * times, samples };
}

/** III and the augmented leads, which follow from I and II. */
function addLimbLeads([i, ii, ...others]: readonly Lead[]): Lead[] {
  const microvolts = ({ samples, gain, baseline }: Lead) =>
    samples.map((sample) => Math.round((1000 * (sample - baseline)) / (gain ?? 1)));
  const [a, b] = [microvolts(i), microvolts(ii)];
  const signals = {
    III: a.map((value, k) => b[k] - value),
    aVR: a.map((value, k) => Math.round(-(value + b[k]) / 2)),
    aVL: a.map((value, k) => Math.round(value - b[k] / 2)),
    aVF: a.map((value, k) => Math.round(b[k] - value / 2)),
  };
  const made = Object.entries(signals).map(([name, samples]) => ({ ...i, name, samples, gain: 1000, baseline: 0 }));
  return [i, ii, ...made, ...others];
}

/** Leads one after the other, with a gap of 3 s between each two. */
function join3(first: Lead, second: Lead, third: Lead): Lead {
  const gap = Array<number>(3 * rateOf(first)).fill(MISSING);
  return { ...first, samples: Int32Array.of(...first.samples, ...gap, ...second.samples, ...gap, ...third.samples) };
}

/** White noise of so many mV at the most. */
function addNoise(lead: Lead, most: number): Lead {
  const walk = newSignal(lead.samples.length);
  // Its steps are -8 to 7, less how it falls back to 0.
  return add(lead, (i) => (most / 8) * (walk[i] - (walk[i - 1] ?? 0)));
}

function addHum(lead: Lead, frequencyHz: number, millivolts: number): Lead {
  return add(lead, (i) => millivolts * Math.sin((2 * Math.PI * frequencyHz * i) / rateOf(lead)));
}

/** @param millivoltsAt what is added to each sample */
function add(lead: Lead, millivoltsAt: (i: number) => number): Lead {
  const gain = lead.gain ?? 1;
  return { ...lead, samples: lead.samples.map((sample, i) => sample + Math.round(gain * millivoltsAt(i))) };
}

/** From the fourth second on, every five seconds, for a time: what makes a lead unusable, or nearly. */
function addFaults(lead: Lead): Lead {
  const rate = rateOf(lead);
  const { samples, baseline } = lead;
  const gain = lead.gain ?? 1;
  const humming = addHum(lead, 60, 0.8).samples;
  const noisy = addNoise(lead, 1).samples;
  const faults: { seconds: number; sampleAt: (i: number) => number }[] = [
    { seconds: 2.3, sampleAt: () => MISSING },
    { seconds: 2.95, sampleAt: (i) => samples[i - (i % Math.round(0.3 * rate))] },
    { seconds: 3, sampleAt: (i) => Math.min(samples[i], Math.round(baseline + 0.3 * gain)) },
    { seconds: 3, sampleAt: (i) => humming[i] },
    { seconds: 3, sampleAt: (i) => noisy[i] },
    { seconds: 0.4, sampleAt: (i) => samples[i] + 25 * gain },
    { seconds: 4, sampleAt: (i) => samples[i] + 3 * gain },
  ];
  const faulty = samples.map((sample, i) => {
    const time = i / rate - 4;
    const fault = faults[Math.floor(time / 5)];
    return fault && time % 5 < fault.seconds ? fault.sampleAt(i) : sample;
  });
  return { ...lead, samples: faulty };
}

/** By chance, for one to five seconds each: rest, lower or higher waves, a step between two rests, every other sample missing. */
function addTrouble(lead: Lead): Lead {
  const random = newRandom(1);
  const rate = rateOf(lead);
  const samples = lead.samples.slice();
  let offset = 0;
  for (let from = 0; from < samples.length; ) {
    const to = Math.min(samples.length, from + Math.round(rate * (1 + 4 * random())));
    const kind = Math.floor(6 * random());
    const factor = kind === 1 ? 0.1 + 0.9 * random() : kind === 2 ? 1 + 2 * random() : 1;
    const rest = kind === 0 ? to - from : kind === 3 ? rate * (0.05 + 0.3 * random()) : 0;
    const step = kind === 3 ? (lead.gain ?? 1) * (3 * random() - 1.5) : 0;
    const level = samples[from] === MISSING ? lead.baseline : samples[from];
    for (let i = from; i < to; i++) {
      if (samples[i] === MISSING) continue;
      const isRest = i < from + rest;
      // At rest it drifts by some of the step.
      const height = isRest ? level + 0.3 * step * random() : lead.baseline + factor * (samples[i] - lead.baseline);
      samples[i] = Math.round(height + offset + (i > from + rest / 2 ? step : 0));
      if (kind === 4 && random() < 0.5) samples[i] = MISSING;
    }
    offset += step;
    from = to;
  }
  return { ...lead, samples };
}

function rateOf({ samplingRate }: Lead): number {
  return samplingRate ?? 1;
}
