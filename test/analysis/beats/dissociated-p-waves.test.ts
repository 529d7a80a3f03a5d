import { describe, expect, it } from "vitest";
import { BeatDetector, findBeats } from "../../../src/analysis/beats/beats.ts";
import { findDissociatedPWaves } from "../../../src/analysis/beats/dissociated-p-waves.ts";
import type { BeatWaves } from "../../support/ecg-of-beats.ts";
import {
  ecgOfBeats,
  pWave,
  qrsAndT,
  scaled,
  sinusBeat,
  together,
  ventricularBeat,
} from "../../support/ecg-of-beats.ts";
import { measureLeads } from "../../support/measure-leads.ts";

/** The times of a rhythm from one second to before another, each interval up to 1 % off. */
function steady(rr: number, from: number, to: number): number[] {
  const times: number[] = [];
  for (let time = from, i = 0; time < to; time += rr * (1 + 0.01 * Math.sin(5 * i * i)), i++) times.push(time);
  return times;
}

/** A slow beat of the ventricles, wide and not steep. */
const ESCAPE: BeatWaves = [
  [
    { at: -0.01, width: 0.04, height: 1 },
    { at: 0.08, width: 0.04, height: 0.4 },
    { at: 0.42, width: 0.07, height: -0.3 },
  ],
  [
    { at: 0, width: 0.042, height: -0.9 },
    { at: 0.42, width: 0.07, height: 0.25 },
  ],
];
/** A P wave without a beat. */
const wavesOf = (height: number) => pWave(height, 0);

type Event = { time: number; waves: BeatWaves };
const all = (times: readonly number[], waves: BeatWaves): Event[] => times.map((time) => ({ time, waves }));

/** How many beats are missed, and how many others found, by the first lead and by both; what is near the edges does not count. */
function countWrong(events: readonly Event[], beats: readonly number[], seconds: number, samplingRate = 250) {
  const leads = ecgOfBeats(events, seconds, { samplingRate }).map(({ samples }) => ({ samples, samplingRate }));
  const isInside = (time: number) => time > 0.3 && time < seconds - 0.3;
  return [leads.slice(0, 1), leads].map((used) => {
    const found = findBeats(used).times.filter(isInside);
    const wanted = beats.filter(isInside);
    const right = wanted.filter((beat) => found.some((time) => Math.abs(time - beat) < 0.1));
    return { missed: wanted.length - right.length, others: found.length - right.length };
  });
}

const NONE_WRONG = { missed: 0, others: 0 };

describe("P waves that go on without the ventricles", () => {
  it.each([
    { name: "at 35 and 80 a minute", rr: 60 / 35, pp: 60 / 80, height: 0.3 },
    { name: "at 28 and 100 a minute", rr: 60 / 28, pp: 60 / 100, height: 0.2 },
    { name: "at 45 and 70 a minute", rr: 60 / 45, pp: 60 / 70, height: 0.25 },
  ])("are no beats: $name", ({ rr, pp, height }) => {
    for (const [seconds, samplingRate] of [
      [20, 250],
      [60, 125],
      [60, 500],
    ]) {
      const beats = steady(rr, 0.9, seconds);
      const events = [...all(beats, ESCAPE), ...all(steady(pp, 0.35, seconds), wavesOf(height))];
      expect(countWrong(events, beats, seconds, samplingRate)).toEqual([NONE_WRONG, NONE_WRONG]);
    }
  });

  it("are the same where windows whose beats are as before are not judged again", () => {
    const beats = steady(60 / 35, 0.9, 120);
    const pWaves = steady(60 / 80, 0.35, 120);
    const detector = new BeatDetector([250]);
    const [{ samples }] = ecgOfBeats([...all(beats, ESCAPE), ...all(pWaves, wavesOf(0.3))], 120, { samplingRate: 250 });
    detector.push([samples]);
    const candidates = detector.finishCandidates();
    const isOf = (times: readonly number[], k: number) =>
      times.some((time) => Math.abs(time - candidates.times[k]) < 0.05);
    const waves = Array.from(candidates.times.keys());
    const chosen = waves.filter((k) => isOf(beats, k) || isOf(pWaves, k));
    const withoutLater = chosen.filter((k) => candidates.times[k] < 60 || isOf(beats, k));
    const before = findDissociatedPWaves(candidates, withoutLater);
    const anew = findDissociatedPWaves(candidates, chosen);
    expect(before.pWaves.length).toBeGreaterThan(20);
    expect(anew.pWaves.length).toBeGreaterThan(before.pWaves.length + 20);
    expect(findDissociatedPWaves(candidates, chosen, before.looks)).toEqual({
      ...anew,
      looks: anew.looks.map(({ chosen }) => ({ chosen, judged: expect.anything() })),
    });
    // What was judged before is taken where the beats are the same.
    const none = before.looks.map(({ chosen }) => ({ chosen, judged: null }));
    expect(findDissociatedPWaves(candidates, chosen, none).pWaves.length).toBeLessThan(anew.pWaves.length - 20);
  });

  it("are none where the block begins and ends", async () => {
    const before = steady(0.8, 0.4, 30);
    const block = steady(60 / 33, 31.5, 90);
    const after = steady(0.8, 91.5, 120);
    const pWaves = steady(0.75, 30.6, 90.6);
    const leads = ecgOfBeats(
      [...all([...before, ...after], sinusBeat(0.8)), ...all(block, ESCAPE), ...all(pWaves, wavesOf(0.3))],
      120,
    );
    const { beats, heartRate } = await measureLeads(leads);
    const inside = beats.times.filter((time) => time > 40 && time < 80);
    expect(inside.length).toBe(block.filter((time) => time > 40 && time < 80).length);
    expect(Math.round(heartRate?.minimum?.beatsPerMinute ?? 0)).toBeGreaterThanOrEqual(30);
    expect(Math.round(heartRate?.minimum?.beatsPerMinute ?? 0)).toBeLessThanOrEqual(36);
  });

  it("are not judged where they may as well be beats", async () => {
    // Four beats of the ventricles, and no P wave soon before one of them.
    const beats = [0.9, 2.9, 4.9, 6.9, 8.9];
    const pWaves = [0.2, 1.55, 2.2, 3.55, 4.25, 5.55, 6.3, 7.6, 8.3, 9.6];
    const leads = ecgOfBeats([...all(beats, ESCAPE), ...all(pWaves, wavesOf(0.3))], 10);
    expect((await measureLeads(leads)).judgedSeconds).toBeLessThan(3);
  });
});

describe("low beats between large ventricular ones", () => {
  const low = scaled(sinusBeat(0.8), 0.3);
  /** Wide as in a bundle branch block, so that their width does not tell them from P waves. */
  const lowAndWide = scaled(together(pWave(), qrsAndT(0.8, 2)), 0.3);

  it.each([
    { name: "after each of them", each: 1 },
    { name: "after every other one", each: 2 },
    { name: "after every third", each: 3 },
  ])("are beats: a ventricular one $name, as long after it", ({ each }) => {
    for (const waves of [low, lowAndWide]) {
      const sinus: number[] = [];
      const ventricular: number[] = [];
      for (let time = 0.5, i = 1; time < 59; time += 0.8, i++) {
        sinus.push(time);
        if (i % each !== 0) continue;
        ventricular.push(time + 0.5);
        time += 0.8;
      }
      const events = [...all(sinus, waves), ...all(ventricular, scaled(ventricularBeat(0.8), 1))];
      expect(countWrong(events, [...sinus, ...ventricular], 60)[0]).toEqual(NONE_WRONG);
    }
  });

  it("are beats where ventricles have a rhythm of their own, which beats keep back and which keeps beats back", () => {
    for (const waves of [low, lowAndWide]) {
      const sinus: number[] = [];
      const ventricular: number[] = [];
      let own = 0.7;
      for (const time of steady(0.85, 0.4, 59)) {
        for (; own < time; own += 1.53) if (own - (sinus.at(-1) ?? 0) > 0.42) ventricular.push(own);
        if (time - (ventricular.at(-1) ?? 0) > 0.45) sinus.push(time);
      }
      const events = [...all(sinus, waves), ...all(ventricular, ventricularBeat(0.8))];
      expect(countWrong(events, [...sinus, ...ventricular], 60)[0]).toEqual(NONE_WRONG);
    }
  });
});
