/** Single rules that no golden value reaches. */
import { expect, it } from "vitest";
import { typeBeats } from "../../src/analysis/beats/beat-types.ts";
import { newAxes } from "../../src/analysis/measures/axis.ts";
import { measureHeartRate } from "../../src/analysis/measures/heart-rate.ts";
import { Rhythm } from "../../src/analysis/measures/rhythm.ts";
import { delineate, type Waves } from "../../src/analysis/waves/delineation.ts";
import { type Lead, MISSING } from "../../src/recording/recording.ts";
import { measureLeads } from "../support/measure-leads.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

it.each([
  { share: 0.09, hasAxis: false },
  { share: 0.12, hasAxis: true },
])("takes a vector of $share of what the waves enclose to have an axis: $hasAxis", ({ share, hasAxis }) => {
  const waves: Waves = {
    ...{ pOnset: null, pPeak: null, pEnd: null, tOnset: null, tPeak: null, tEnd: null },
    ...{ qrsOnset: 0.1, rPeak: 0.15, qrsEnd: 0.31 },
  };
  // As long up as down, and higher by so much that the rest is a share of the whole; half of that in the mean of two leads.
  const samples = new Int32Array(500).fill(Math.round(-1000 * (1 - share / 2)), 110, 200);
  samples.fill(Math.round(1000 * (1 + share / 2)), 210, 300);
  const axes = newAxes();
  axes.add({ name: "I", samplingRate: 1000, samples, gain: 1000, baseline: 0 }, [waves]);
  axes.add({ name: "aVF", samplingRate: 1000, samples: new Int32Array(500), gain: 1000, baseline: 0 }, [waves]);
  expect(axes.result().qrs !== null).toBe(hasAxis);
});

const [ecg] = syntheticEcg({ seconds: 20, samplingRate: 1000, noise: 0 }).leads;
const rPeaks = (await measureLeads([ecg])).beats.times;

it.each([
  { before: 0.058, isKept: true },
  { before: 0.042, isKept: false },
])("keeps a beat whose R peak is $before s from an edge: $isKept", async ({ before, isKept }) => {
  const cut = (from: number, to: number): Lead => ({ ...ecg, samples: ecg.samples.slice(1000 * from, 1000 * to) });
  const atBeginning = (await measureLeads([cut(rPeaks[3] - before, 20)])).beats.times;
  const atEnd = (await measureLeads([cut(0, rPeaks[14] + before)])).beats.times;
  expect([atBeginning.length, atEnd.length]).toEqual([rPeaks.length - (isKept ? 3 : 4), isKept ? 15 : 14]);
});

it.each([
  { seconds: 0.09, isGap: false },
  { seconds: 0.12, isGap: true },
])("takes $seconds s without samples for a gap: $isGap", async ({ seconds, isGap }) => {
  const samples = ecg.samples.slice();
  const from = Math.round(1000 * (rPeaks[5] + 0.45));
  samples.fill(MISSING, from, from + 1000 * seconds);
  const { afterGap } = (await measureLeads([{ ...ecg, samples }])).beats;
  expect([...afterGap]).toEqual(Array.from(rPeaks, (_, i) => (isGap && i === 6 ? 1 : 0)));
});

it.each([
  { frequencyHz: 5, count: 39 },
  { frequencyHz: 12, count: 0 },
])(
  "finds $count beats in a tone of $frequencyHz Hz that swells, as what is between is too much for an ECG or is not",
  async ({ frequencyHz, count }) => {
    const samples = Int32Array.from({ length: 7500 }, (_, i) => {
      const swell = 1 + 0.5 * Math.sin((2 * Math.PI * 1.3 * i) / 250);
      return Math.round(1000 * swell * Math.sin((2 * Math.PI * frequencyHz * i) / 250));
    });
    const { beats } = await measureLeads([{ name: "II", samplingRate: 250, samples, gain: 1000, baseline: 0 }]);
    expect(beats.times).toHaveLength(count);
  },
);

/** Beats of one shape whose P waves are not known, by the intervals before each, in seconds. */
function typesOfIntervals(intervals: readonly number[]): string {
  const peak = Int8Array.from({ length: 32 }, (_, k) => 127 * Math.exp(-(((k - 13) / 2) ** 2)));
  const times = new Float64Array(intervals.length);
  for (const [i, interval] of intervals.entries()) times[i] = interval + (times[i - 1] ?? 0);
  const beats = {
    times,
    afterGap: new Uint8Array(times.length),
    heights: new Float32Array(times.length).fill(1),
    shapes: Int8Array.from({ length: 32 * times.length }, (_, k) => peak[k % 32]),
    shapeScales: new Float32Array(times.length).fill(1000),
    shapeLeads: [0],
    gaps: [],
    doubtful: [],
  };
  const rhythm = new Rhythm(beats, typeBeats(beats));
  rhythm.judgeBeats({ first: 0, next: times.length });
  return rhythm.types.join("");
}

const SECONDS_APART = Array<number>(20).fill(1);

it.each([
  { name: "twice as fast for 15 s", intervals: Array<number>(30).fill(0.5), types: "S".repeat(30) },
  { name: "twice as fast for 125 s", intervals: Array<number>(250).fill(0.5), types: "N".repeat(250) },
  { name: "faster, two beats that slow down", intervals: [0.8, 0.86, 0.92], types: "NNN" },
  { name: "faster for two beats", intervals: [0.7, 0.7], types: "SS" },
  { name: "faster, four beats that slow down", intervals: [0.72, 0.77, 0.82, 0.87, 0.92], types: "NNNNN" },
])("types a rhythm that is $name", ({ intervals, types }) => {
  const normal = "N".repeat(20);
  expect(typesOfIntervals([...SECONDS_APART, ...intervals, ...SECONDS_APART])).toBe(normal + types + normal);
});

it.each([
  { seconds: 3, hasBeats: false },
  { seconds: 6, hasBeats: true },
])("finds beats in $seconds s of a lead that is flat before and after: $hasBeats", async ({ seconds, hasBeats }) => {
  const { leads } = syntheticEcg({ seconds: 60, heartRate: 90, noise: 0 });
  const samples = new Int32Array(leads[1].samples.length);
  samples.set(leads[1].samples.subarray(500 * 28.5, 500 * (28.5 + seconds)), 500 * 28.5);
  expect((await measureLeads([{ ...leads[1], samples }])).beats.times.length > 0).toBe(hasBeats);
});

it.each([
  { samplingRate: 31, reason: undefined },
  { samplingRate: 29, reason: "no lead with a gain has samples at 30 Hz or more" },
])("looks for beats at $samplingRate Hz unless $reason", async ({ samplingRate, reason }) => {
  const { leads } = syntheticEcg({ seconds: 20, samplingRate, noise: 0 });
  expect((await measureLeads(leads)).reasons.beats).toBe(reason);
});

it.each([
  { samplingRate: 1.5, hasQuality: true },
  { samplingRate: 0.9, hasQuality: false },
])("judges the seconds of a lead of $samplingRate Hz: $hasQuality", async ({ samplingRate, hasQuality }) => {
  const { leads } = await measureLeads([{ ...ecg, samplingRate, samples: ecg.samples.slice(0, 50) }]);
  expect(leads[0].quality !== null).toBe(hasQuality);
});

const twelve = syntheticEcg({ seconds: 20, samplingRate: 500, noise: 0.01 }).leads;
const beatTimes = (await measureLeads(twelve)).beats.times;

it("passes over the two outermost of twelve leads for where a wave begins and ends", () => {
  const { leads, beats } = delineate(twelve, beatTimes);
  for (const [b, beat] of beats.entries()) {
    const ranked = (point: keyof Waves) => leads.flatMap((waves) => waves[b][point] ?? []).sort((x, y) => x - y);
    expect([beat.qrsOnset, beat.qrsEnd]).toEqual([ranked("qrsOnset")[2], ranked("qrsEnd").at(-3)]);
  }
});

it.each([
  { after: 0.085, hasP: false },
  { after: 0.115, hasP: true },
])("takes a P wave that begins $after s after the R peak before for one: $hasP", ({ after, hasP }) => {
  const lead = twelve.slice(1, 2);
  const { pOnset } = delineate(lead, beatTimes).leads[0][8];
  const beats = [...beatTimes.slice(0, 8), (pOnset ?? 0) - after, ...beatTimes.slice(8)];
  expect(delineate(lead, beats).leads[0][9].pOnset !== null).toBe(hasP);
});

it.each([
  { times: [0, 6, 12], hasExtremes: true },
  { times: [0, 11, 22], hasExtremes: false },
])("takes 10 s for a rate where two intervals reach into it: $times, $hasExtremes", ({ times, hasExtremes }) => {
  const rate = measureHeartRate({ times: Float64Array.from(times), afterGap: new Uint8Array(times.length) });
  expect([rate?.minimum !== null, rate?.maximum !== null]).toEqual([hasExtremes, hasExtremes]);
});
