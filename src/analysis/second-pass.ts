import { newAverages } from "./measures/averages.ts";
import { newAxes } from "./measures/axis.ts";
import { type BeatIntervals, measureIntervals } from "./measures/intervals.ts";
import { usableShareOf } from "./measures/quality.ts";
import type { Rhythm } from "./measures/rhythm.ts";
import { eachStretch, type ReadStretch } from "./signal/stretches.ts";
import type { UsedLead } from "./used-leads.ts";
import { delineate, type Waves } from "./waves/delineation.ts";

/** Beats are delineated with this much of the signal before and after their stretch. */
const MARGIN_SECONDS = 2;
/** A lead shows no waves in a stretch of which it is usable for less than this share. */
const LEAST_USABLE_SHARE = 0.5;

/**
 * The second pass over the samples: the waves of all beats, and by them the rhythm.
 *
 * @param times of the beats, in seconds from the first sample
 * @param onWaves is given the waves of each beat, in seconds from a time that is `start` seconds after the first sample
 */
export async function measureWaves(
  used: readonly UsedLead[],
  faults: readonly Uint8Array[],
  read: ReadStretch,
  times: Float64Array,
  rhythm: Rhythm,
  onWaves: (waves: Waves, start: number) => void,
) {
  const axes = newAxes();
  const averages = newAverages();
  const intervals: BeatIntervals[] = [];
  const numbers = used.map(({ number }) => number);
  /** One room for the grids of all stretches: each its own would make the collector run four times as often. */
  const room: Float32Array[] = [];
  let next = 0;
  await eachStretch(used, async (from, to) => {
    const first = next;
    while (next < times.length && times[next] < to) next++;
    if (first === next) return;
    const start = Math.max(0, from - MARGIN_SECONDS);
    const end = to + MARGIN_SECONDS;
    const samples = await read(numbers, start, end);
    const leads = used.flatMap((lead, place) =>
      (usableShareOf(faults[place].subarray(Math.floor(start), Math.ceil(to))) ?? 0) < LEAST_USABLE_SHARE
        ? []
        : [{ ...lead, samples: samples[place], faults: faults[place] }],
    );
    // With the beats of the margins, which bound their neighbours' waves.
    let before = first;
    while (before > 0 && times[before - 1] >= start) before--;
    let after = next;
    while (after < times.length && times[after] < end) after++;
    const found = delineate(
      leads,
      times.subarray(before, after).map((time) => time - start),
      room,
      after - before < times.length,
    );
    rhythm.judge(found, { before, first, next, after });
    const { types } = rhythm;
    const waves = found.beats
      .slice(first - before, next - before)
      .map((beat, i) => (rhythm.hasNoP(first + i) ? { ...beat, pOnset: null, pPeak: null, pEnd: null } : beat));
    for (const beat of waves) onWaves(beat, start);
    for (const beat of measureIntervals(waves)) intervals.push(beat);
    averages.add(
      leads,
      found,
      first - before,
      waves.map(({ pOnset }, i) => ({
        type: types[first + i],
        hasP: pOnset !== null,
        second: Math.floor(times[first + i]),
      })),
    );
    const normal = waves.filter((_, i) => types[first + i] === "N");
    for (const l of found.usable) {
      const lead = leads[l];
      axes.add(
        lead,
        normal.filter(({ rPeak }) => lead.faults[Math.floor(start + (rPeak ?? 0))] === 0),
      );
    }
  });
  return { axes: axes.result(), intervals, averages: averages.finish() };
}
