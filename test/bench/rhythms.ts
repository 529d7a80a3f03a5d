/**
 * How rhythms are told whose truth is known because they are made: of the average beats of LUDB's records in sinus rhythm, and of the rest of
 * their signals.
 *
 *     npm run bench:rhythms -- --ludb DIR [--records 61-100] [--only bigeminy]
 *
 * A line a kind of rhythm, by lead II and by all leads: the early beats and the ventricular ones that are found, other beats that are said to be early
 * or ventricular, beats that are said to be in atrial fibrillation, beats that are not found and what is no beat, pauses that are missed or are none, and
 * events of wide beats and of a pacemaker that fails.
 */
import { parseArgs } from "node:util";
import type { Insights } from "../../src/analysis/insights.ts";
import { findEvents } from "../../src/analysis/measures/events.ts";
import { measureLeads } from "../support/measure-leads.ts";
import { makeRhythm, type RhythmWave, takeUsualBeat } from "./generated-rhythms.ts";
import { readLudb } from "./ludb.ts";
import { ODD_RHYTHMS } from "./odd-rhythms.ts";
import {
  blocked,
  early,
  type Random,
  type Rhythm,
  restingRr,
  type Steps,
  sinus,
  ventricular,
  wide,
} from "./rhythm-steps.ts";

/** A wide beat's R peak may be another than that of the QRS complex it is made of. */
const MATCH_SECONDS = 0.15;
/** A longer interval is a pause, in seconds. */
const LEAST_PAUSE_SECONDS = 2;
/** The events that are counted beside the beats. */
const TOLD_KINDS = [
  "wide_complex_tachycardia",
  "wide_complex_rhythm",
  "pacing_without_capture",
  "pacing_without_sensing",
] as const;
/** Intervals vary by this share. */
const JITTER = 0.02;

/** An early beat after `turn - 1` of the sinus node, from the first to the last. */
const inTurn =
  (turn: number, p: "sinus P" | "other P"): Steps =>
  (random) => {
    const rr = restingRr(random);
    return (i) => (i % turn === turn - 1 ? early(0.65 * rr, p) : sinus(i % turn === 0 ? 1.15 * rr : rr));
  };

/** Wenckebach's periods: of `count` P waves that come in time the last has no beat, and PR lengthens until then. */
const wenckebach =
  (count: number): Steps =>
  (random) => {
    const pp = 0.7 + 0.15 * random();
    let last = 0;
    return (i) => {
      const step = i % count;
      if (step === count - 1) return blocked(pp);
      const waves = (at: number): RhythmWave[] => {
        const beat = at + 0.12 * Math.sqrt(step);
        const rr = beat - last;
        last = beat;
        return [
          { wave: "sinus P", at },
          { wave: "QRS", at: beat, rr },
        ];
      };
      return { rr: pp, waves };
    };
  };

/** A sinus rhythm with a run of early beats from one time to another, in seconds. */
const withRun =
  (from: number, to: number, p?: "other P"): Steps =>
  (random) => {
    const rr = restingRr(random);
    const fast = 0.36 + 0.1 * random();
    return (_, time) => (time >= from && time < to ? early(fast, p) : sinus(rr));
  };

/** A sinus rhythm with a run of ventricular beats from one time to another, in seconds. */
const withVentricularRun =
  (from: number, to: number, rrOf: (random: Random, rr: number) => number): Steps =>
  (random) => {
    const rr = restingRr(random);
    const ofRun = rrOf(random, rr);
    return (_, time) => (time >= from && time < to ? ventricular(ofRun) : sinus(rr));
  };

/** A sinus rhythm whose intervals are a share of that at rest. */
const sinusRhythm =
  (share: (i: number, time: number) => number): Steps =>
  (random) => {
    const rr = restingRr(random);
    return (i, time) => sinus(rr * share(i, time));
  };

const RHYTHMS: Rhythm[] = [
  { name: "bigeminy, with another P wave", seconds: 60, steps: inTurn(2, "other P") },
  { name: "trigeminy, with another P wave", seconds: 60, steps: inTurn(3, "other P") },
  { name: "bigeminy of 10 s, with another P wave", seconds: 10, steps: inTurn(2, "other P") },
  { name: "bigeminy, with the same P wave", seconds: 60, steps: inTurn(2, "sinus P") },
  { name: "a run of 20 s, with another P wave", seconds: 60, steps: withRun(20, 40, "other P") },
  { name: "a run of 20 s, without P waves", seconds: 60, steps: withRun(20, 40) },
  { name: "a run of a minute, without P waves", seconds: 300, steps: withRun(120, 180) },
  { name: "a run of a minute up to the end", seconds: 300, steps: withRun(240, 300) },
  { name: "a run of two minutes, with another P wave", seconds: 300, steps: withRun(100, 220, "other P") },
  { name: "Wenckebach's periods of 3:2", seconds: 60, steps: wenckebach(3) },
  { name: "of 4:3", seconds: 60, steps: wenckebach(4) },
  { name: "of 5:4", seconds: 60, steps: wenckebach(5) },
  {
    name: "a sinoatrial block of every third beat",
    seconds: 60,
    steps: sinusRhythm((i) => (i % 2 === 0 ? 0.8 : 1.6)),
  },
  { name: "sinus arrhythmia", seconds: 60, steps: sinusRhythm((i) => 1 + 0.13 * Math.sin((2 * Math.PI * i) / 4.3)) },
  {
    name: "a rate that doubles in a minute and falls",
    seconds: 120,
    steps: sinusRhythm((_, time) => 1 / (1 + Math.max(0, 1 - Math.abs(time / 60 - 1)))),
  },
  {
    name: "a 2:1 block that ends",
    seconds: 120,
    steps: (random) => {
      const pp = 0.5 + 0.1 * random();
      return (i, time) => {
        if (time >= 60) return sinus(pp);
        return i % 2 === 0 ? blocked(pp) : { ...sinus(2 * pp), rr: pp };
      };
    },
  },
  {
    name: "bigeminy of the ventricles",
    seconds: 60,
    steps: (random) => {
      const rr = restingRr(random);
      return (i) => (i % 2 === 0 ? sinus(1.4 * rr) : ventricular(0.6 * rr));
    },
  },
  {
    name: "a ventricular run of 20 s at 120 to 140",
    seconds: 60,
    steps: withVentricularRun(20, 40, (random) => 0.43 + 0.07 * random()),
  },
  {
    name: "at 160 to 200",
    seconds: 60,
    steps: withVentricularRun(20, 40, (random) => 0.3 + 0.07 * random()),
  },
  {
    name: "an idioventricular rhythm of 20 s",
    seconds: 60,
    steps: withVentricularRun(20, 40, (_, rr) => 0.9 * rr),
  },
  {
    name: "a bundle branch block at higher rates",
    seconds: 120,
    steps: (random) => {
      const rr = restingRr(random);
      return (_, time) => {
        const share = 1 + 0.25 * Math.sin((2 * Math.PI * time) / 40);
        return share > 1 ? sinus(share * rr) : wide(share * rr);
      };
    },
  },
  {
    name: "a bundle branch block in exercise, from 120 a minute on",
    seconds: 120,
    steps: () => (_, time) => {
      const rr = 0.52 + 0.14 * Math.sin((2 * Math.PI * time) / 60);
      return rr > 0.5 ? sinus(rr) : wide(rr);
    },
  },
  {
    name: "sinus pauses of 2.2 to 5 s",
    seconds: 60,
    steps: (random) => {
      const rr = restingRr(random);
      return (i) => sinus(i % 10 === 9 ? 2.2 + 2.8 * random() : rr);
    },
  },
  {
    name: "atrial fibrillation",
    seconds: 60,
    steps: (random) => () => {
      const rr = 0.45 + 0.6 * random() ** 1.5;
      return { rr, waves: (at) => [{ wave: "QRS", at, rr }] };
    },
    extra: (time) => 0.04 * Math.sin(2 * Math.PI * 6.1 * time + 2 * Math.sin(3.1 * time)),
  },
];

/** The waves of a rhythm from half a second on until a time, in seconds. */
function makeWaves(steps: Steps, random: Random, until: number): RhythmWave[] {
  const next = steps(random);
  const waves: RhythmWave[] = [];
  for (let time = 0.5, i = 0; time < until; i++) {
    const step = next(i, time);
    time += step.rr * (1 + JITTER * (random() - 0.5));
    waves.push(...step.waves(time));
  }
  return waves;
}

/** What is counted of a kind of rhythm. */
type Counts = Record<
  | "early"
  | "earlyFound"
  | "ventricular"
  | "ventricularFound"
  | "others"
  | "falselyEarly"
  | "falselyVentricular"
  | "fibrillating"
  | "missed"
  | "none"
  | "wrongPauses",
  number
>;

function count(counts: Counts, waves: readonly RhythmWave[], { beats: found, irregular }: Insights): void {
  const { times, types } = found;
  const beats = waves.flatMap((wave) => ("rr" in wave ? [wave] : []));
  counts.none += times.length;
  for (const { at, wave, isEarly, isConducted } of beats) {
    const isVentricular = wave === "ventricular" && !isConducted;
    counts[isEarly ? "early" : isVentricular ? "ventricular" : "others"]++;
    const i = times.findIndex((time) => Math.abs(time - at) < MATCH_SECONDS);
    if (i < 0) {
      counts.missed++;
      continue;
    }
    counts.none--;
    if (types[i] === "S") counts[isEarly ? "earlyFound" : "falselyEarly"]++;
    if (types[i] === "V") counts[isVentricular ? "ventricularFound" : "falselyVentricular"]++;
    if (irregular.some(({ from, to }) => times[i] >= from && times[i] <= to)) counts.fibrillating++;
  }
  counts.wrongPauses += Math.abs(countPauses(times) - countPauses(beats.map(({ at }) => at)));
}

function countPauses(times: ArrayLike<number>): number {
  return Array.from(times).filter((time, i) => i > 0 && time - times[i - 1] > LEAST_PAUSE_SECONDS).length;
}

/** Random numbers that are the same in each run (a linear congruential generator). */
function newRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const { values } = parseArgs({
  options: {
    ludb: { type: "string", default: "" },
    records: { type: "string" },
    only: { type: "string", default: "" },
  },
});
const usual = (await readLudb(values.ludb, values.records)).flatMap((record) => {
  const beat = takeUsualBeat(record);
  return beat ? [{ seed: Number(record.name), beat }] : [];
});
console.log(`${usual.length} records in sinus rhythm`);
for (const { name, seconds, steps, extra } of [...RHYTHMS, ...ODD_RHYTHMS]) {
  if (!name.includes(values.only)) continue;
  for (const [way, leads] of [["lead II", [1]] as const, ["all leads", undefined] as const]) {
    const counts: Counts = {
      early: 0,
      earlyFound: 0,
      ventricular: 0,
      ventricularFound: 0,
      others: 0,
      falselyEarly: 0,
      falselyVentricular: 0,
      fibrillating: 0,
      missed: 0,
      none: 0,
      wrongPauses: 0,
    };
    const events: Record<string, number> = {};
    for (const { seed, beat } of usual) {
      const waves = makeWaves(steps, newRandom(seed), seconds - 1);
      const made = makeRhythm(beat, waves, seconds, extra);
      const insights = await measureLeads(leads ? leads.map((l) => made[l]) : made);
      count(counts, waves, insights);
      const found = findEvents({ ...insights, unusable: [] }).counts;
      for (const kind of TOLD_KINDS) events[kind] = (events[kind] ?? 0) + found[kind];
    }
    const { early, earlyFound, ventricular, ventricularFound, others } = counts;
    const { falselyEarly, falselyVentricular, fibrillating, missed, none, wrongPauses } = counts;
    console.log(
      `${name}, ${way}: ${earlyFound} of ${early} early beats found, ${ventricularFound} of ${ventricular} ventricular; ` +
        `of ${others} others ${falselyEarly} early, ${falselyVentricular} typed ventricular; ` +
        `${fibrillating} in fibrillation; ${missed} missed, ${none} no beats, ${wrongPauses} wrong pauses` +
        TOLD_KINDS.map((kind) => (events[kind] ? `; ${kind} ${events[kind]}` : "")).join(""),
    );
  }
}
