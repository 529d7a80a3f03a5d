import type { RhythmWave } from "./generated-rhythms.ts";

/** A random number from 0 to 1. */
export type Random = () => number;
/** What comes next in a rhythm: after how long, in seconds, and its waves by the time when it comes. */
export type Step = { rr: number; waves: (at: number) => RhythmWave[] };
/** Gives the steps of a rhythm, by their number and the time so far in seconds; each ECG has one of its own. */
export type Steps = (random: Random) => (i: number, time: number) => Step;
export type Rhythm = { name: string; seconds: number; steps: Steps; extra?: (time: number) => number };

export const sinus = (rr: number): Step => ({
  rr,
  waves: (at) => [
    { wave: "sinus P", at },
    { wave: "QRS", at, rr },
  ],
});
export const early = (rr: number, p?: "sinus P" | "other P"): Step => ({
  rr,
  waves: (at) => [...(p ? [{ wave: p, at }] : []), { wave: "QRS", at, rr, isEarly: true }],
});
export const ventricular = (rr: number): Step => ({ rr, waves: (at) => [{ wave: "ventricular", at, rr }] });
/** A sinus beat as wide as a ventricular one, as in bundle branch block. */
export const wide = (rr: number): Step => ({
  rr,
  waves: (at) => [
    { wave: "sinus P", at },
    { wave: "ventricular", at, rr, isConducted: true },
  ],
});
export const blocked = (rr: number): Step => ({ rr, waves: (at) => [{ wave: "sinus P", at }] });

/** An interval of the sinus node at rest, in seconds. */
export const restingRr = (random: Random) => 0.75 + 0.25 * random();
