import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newLikeness, newWidth, SHAPE_POINTS } from "../../../src/analysis/beats/beat-shapes.ts";
import { BeatDetector, findBeats } from "../../../src/analysis/beats/beats.ts";
import { chooseBeats } from "../../../src/analysis/beats/choose-beats.ts";
import { scoreBeats, tallyBeats } from "../../../src/analysis/ec57.ts";
import { makeUpNoise } from "../../../src/analysis/training/made-up-noise.ts";
import { newRandom } from "../../../src/analysis/training/random.ts";
import { MISSING } from "../../../src/recording/recording.ts";
import { type BeatWaves, ecgOfBeats, sinusBeat } from "../../support/ecg-of-beats.ts";
import { runs } from "../../support/runs.ts";
import { newSignal } from "../../support/signals.ts";
import { type SyntheticEcgOptions, syntheticEcg } from "../../support/synthetic-ecg.ts";

type TestLead = { samples: Int32Array; samplingRate: number };

function leadsOf(options: SyntheticEcgOptions, count = 3): TestLead[] {
  return syntheticEcg(options)
    .leads.slice(0, count)
    .map(({ samples, samplingRate }) => ({ samples, samplingRate: samplingRate ?? 1 }));
}

function rateOf(times: Float64Array): number {
  return (60 * (times.length - 1)) / (times[times.length - 1] - times[0]);
}

/** The beginning of an array with some samples in it. */
function filled(given: Int32Array, samples: Int32Array): Int32Array {
  given.set(samples);
  return given.subarray(0, samples.length);
}

/** To a sample or so. */
function expectSameTimes(found: Float64Array, expected: Float64Array) {
  expect(found).toHaveLength(expected.length);
  for (const [i, time] of found.entries()) expect(Math.abs(time - expected[i])).toBeLessThan(0.02);
}

describe("findBeats", () => {
  it("finds the rate that was generated within 1 %", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 180 }),
        fc.constantFrom(100, 125, 128, 250, 360, 500, 1000),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 3 }),
        (heartRate, samplingRate, seed, count) => {
          const { times } = findBeats(leadsOf({ heartRate, samplingRate, seed, seconds: 60, noise: 0.02 }, count));
          expect(Math.abs(rateOf(times) / heartRate - 1)).toBeLessThan(0.01);
          expect(times.length).toBeGreaterThan((59 * heartRate) / 60 - 2);
        },
      ),
      { numRuns: runs(30) },
    );
  });

  it.each([0.31, 0.34])(
    "takes no tall T wave %d s after its beat for a beat in an irregular rhythm, though most pass for one at first",
    (delay) => {
      const times = [0.5];
      for (let i = 1; i < 130; i++) times.push(times[i - 1] + 0.9 + 0.3 * Math.sin(37 * i * i));
      const waves: BeatWaves = [
        [
          { at: 0, width: 0.014, height: 1 },
          { at: 0.03, width: 0.014, height: -0.25 },
          { at: delay, width: 0.035, height: 0.7 },
        ],
        [],
      ];
      const [{ samples }] = ecgOfBeats(
        times.map((time) => ({ time, waves })),
        120,
      );
      expectSameTimes(findBeats([{ samples, samplingRate: 250 }]).times, Float64Array.from(times));
    },
  );

  it.each([0.26, 0.27])(
    "finds each beat of runs of wide ones every %d s, though every second is chosen at first",
    (rr) => {
      const wide = [
        { at: 0, width: 0.035, height: 1.2 },
        { at: 0.09, width: 0.035, height: -0.48 },
      ];
      const beats: { time: number; waves: BeatWaves }[] = [];
      for (let time = 0.5; time < 110; time += 0.2) {
        for (let i = 0; i < 8; i++, time += 0.8) beats.push({ time, waves: sinusBeat(0.8) });
        time -= 0.4;
        for (let i = 0; i < 12; i++, time += rr) beats.push({ time, waves: [wide, []] });
        time += 0.4;
      }
      const [{ samples }] = ecgOfBeats(beats, 125);
      const { times } = findBeats([{ samples, samplingRate: 250 }]);
      expectSameTimes(
        times,
        Float64Array.from(beats, ({ time }) => time),
      );
    },
  );

  it.each([
    { name: "V1", lead: 6 },
    { name: "V4", lead: 9 },
  ])("takes no P or T wave of $name for a beat where a QRS complex is five to eight units high", ({ lead }) => {
    for (let seed = 1; seed <= 10; seed++) {
      const options = { seed, samplingRate: 250, heartRate: 40 + 4 * seed, noise: 0.01 };
      const [fine, coarse] = [1000, 4].map((gain) => findBeats([leadsOf({ ...options, gain }, lead + 1)[lead]]).times);
      expectSameTimes(coarse, fine);
    }
  });

  it("is the same for samples that come in pieces of any length, of each lead its own", () => {
    const leads = leadsOf({ seconds: 40, samplingRate: 360, noise: 0.03 });
    const whole = findBeats(leads);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(4000), fc.nat(4000), fc.nat(4000)), { maxLength: 30 }), (pieces) => {
        const detector = new BeatDetector(leads.map(({ samplingRate }) => samplingRate));
        const done = leads.map(() => 0);
        for (const sizes of [...pieces, [1e6, 1e6, 1e6]]) {
          detector.push(leads.map(({ samples }, l) => samples.subarray(done[l], done[l] + sizes[l])));
          for (const l of done.keys()) done[l] = Math.min(leads[l].samples.length, done[l] + sizes[l]);
        }
        expect(detector.finish()).toEqual(whole);
      }),
      { numRuns: runs(20) },
    );
  });

  it("goes on without leads that have ended, and keeps no more of the others than of one alone", () => {
    const [long, short] = leadsOf({ seconds: 600, samplingRate: 250 });
    const leads = [long, { ...short, samples: short.samples.slice(0, 300) }];
    const detector = new BeatDetector(leads.map(({ samplingRate }) => samplingRate));
    let most = 0;
    for (let from = 0; from < long.samples.length; from += 5000) {
      detector.push(leads.map(({ samples }) => samples.subarray(from, from + 5000)));
      if (from === 0) detector.end(1);
      // biome-ignore lint/complexity/useLiteralKeys: what is kept shows nowhere else.
      most = Math.max(most, detector["leads"][0].signal.smooth.length);
    }
    detector.end(0);
    expect(detector.finish()).toEqual(findBeats(leads));
    expect(most).toBeLessThan(20_000);
  });

  it("keeps nothing of the arrays that it is given, and has the kernels by turns with another", () => {
    const leads = leadsOf({ seconds: 40, samplingRate: 360, noise: 0.03 });
    const others = leadsOf({ seconds: 40, samplingRate: 250, noise: 0.05, heartRate: 100 });
    const both = [leads, others].map((own) => ({
      own,
      detector: new BeatDetector(own.map(({ samplingRate }) => samplingRate)),
    }));
    const given = leads.map(() => new Int32Array(2000));
    for (let from = 0; from < 40 * 360; from += 2000) {
      for (const { own, detector } of both) {
        // The last lead comes late, so that the others wait.
        const parts = own.map(({ samples }) => samples.subarray(from, from + 2000));
        parts[2] = from === 14_000 ? own[2].samples : new Int32Array(0);
        detector.push(parts.map((part, l) => (l < 2 ? filled(given[l], part) : part)));
        for (const samples of given) samples.fill(-1);
      }
    }
    for (const { own, detector } of both) expect(detector.finish()).toEqual(findBeats(own));
  });

  it("is the same for a lead upside down", () => {
    const leads = leadsOf({ seconds: 30 }, 1);
    const inverted = leads.map(({ samples, samplingRate }) => ({ samples: samples.map((s) => -s), samplingRate }));
    expect(findBeats(inverted).times).toEqual(findBeats(leads).times);
  });

  it("puts the R peak where it is, to a few ms", () => {
    const [lead] = leadsOf({ seconds: 20, samplingRate: 500, noise: 0 }, 1);
    for (const time of findBeats([lead]).times) {
      const near = lead.samples.subarray(Math.max(0, (time - 0.1) * 500), (time + 0.1) * 500);
      const peak = Math.max(0, Math.ceil((time - 0.1) * 500)) + near.indexOf(Math.max(...near));
      expect(Math.abs(peak / 500 - time)).toBeLessThan(0.006);
    }
  });

  it("has no beats in a gap, and the beat after it has no RR interval", () => {
    const leads = leadsOf({ seconds: 40, samplingRate: 250 });
    for (const { samples } of leads) samples.fill(MISSING, 10 * 250, 17 * 250);
    const { times, afterGap, gaps } = findBeats(leads);
    expect(gaps).toHaveLength(1);
    expect(gaps[0].from).toBeCloseTo(10, 1);
    expect(gaps[0].to).toBeCloseTo(17, 1);
    expect(times.filter((time) => time > 10.01 && time < 16.99)).toHaveLength(0);
    expect(afterGap.reduce((sum, isAfter) => sum + isAfter, 0)).toBe(1);
    expect(times[afterGap.indexOf(1)]).toBeGreaterThan(17);
  });

  it("goes by the leads that are there and good", () => {
    const good = leadsOf({ seconds: 60, samplingRate: 250 }, 2);
    const [noisy] = leadsOf({ seconds: 60, samplingRate: 250, noise: 1.5, seed: 7 }, 1);
    const short = { ...good[1], samples: good[1].samples.subarray(0, 1000) };
    expect(findBeats([good[0], noisy, short]).times.length).toBe(findBeats([good[0]]).times.length);
  });

  it.each([125, 250, 360, 500])("takes no spike of one sample for a beat, at %i Hz", (samplingRate) => {
    const [lead] = leadsOf({ seconds: 60, samplingRate, noise: 0.02 }, 1);
    const beats = findBeats([lead]).times;
    const spikes = [...beats.keys()].slice(1).map((i) => {
      const at = beats[i - 1] + (0.6 + 0.02 * (i % 10)) * (beats[i] - beats[i - 1]);
      return { at: Math.round(at * samplingRate), height: i % 3 === 0 ? -900 : 1500 };
    });
    const spiked = lead.samples.slice();
    for (const { at, height } of spikes) spiked[at] += height;
    expectSameTimes(findBeats([{ ...lead, samples: spiked }]).times, beats);
    // The same as it comes in.
    const detector = new BeatDetector([samplingRate]);
    for (let from = 0; from < spiked.length; from += 37) detector.push([spiked.subarray(from, from + 37)]);
    expect(detector.finish().times).toEqual(findBeats([{ ...lead, samples: spiked }]).times);
  });

  it("takes no step of half the height of a beat for one", () => {
    const [lead] = leadsOf({ seconds: 60, samplingRate: 360, noise: 0.02 }, 1);
    const beats = findBeats([lead]).times;
    const middles = Array.from({ length: 10 }, (_, i) => Math.round(((beats[5 * i + 2] + beats[5 * i + 3]) / 2) * 360));
    const stepped = lead.samples.map((sample, i) => sample + 300 * (middles.filter((at) => at <= i).length % 2));
    expectSameTimes(findBeats([{ ...lead, samples: stepped }]).times, beats);
  });

  it("takes no step for a beat, as when an electrode comes off", () => {
    const [lead] = leadsOf({ seconds: 60, samplingRate: 360, noise: 0.02 }, 1);
    const beats = findBeats([lead]).times;
    const middles = Array.from({ length: 10 }, (_, i) => Math.round(((beats[5 * i + 2] + beats[5 * i + 3]) / 2) * 360));
    const stepped = lead.samples.map((sample, i) => sample + 5000 * (middles.filter((at) => at <= i).length % 3));
    expectSameTimes(findBeats([{ ...lead, samples: stepped }]).times, beats);
  });

  it.each([
    { hertz: 50, samplingRate: 128 },
    { hertz: 50, samplingRate: 250 },
    { hertz: 60, samplingRate: 180 },
    { hertz: 60, samplingRate: 360 },
    { hertz: 60, samplingRate: 500 },
  ])("finds beats in $hertz Hz hum as high as they are, at $samplingRate Hz", ({ hertz, samplingRate }) => {
    const [lead] = leadsOf({ seconds: 60, samplingRate, noise: 0.01 }, 1);
    const hum = lead.samples.map((v, i) => v + 500 * Math.sin((2 * Math.PI * hertz * i) / samplingRate));
    // Where the recording ends, so does the hum: that is a step.
    const timesBefore = (samples: Int32Array) => findBeats([{ ...lead, samples }]).times.filter((time) => time < 59.8);
    expectSameTimes(timesBefore(hum), timesBefore(lead.samples));
  });

  it("puts the R peak where it is beside a pacemaker's spike", () => {
    const [lead] = leadsOf({ seconds: 30, samplingRate: 500 }, 1);
    const beats = findBeats([lead]).times;
    const paced = lead.samples.slice();
    for (const time of beats) paced[Math.round((time - 0.06) * 500)] += 3000;
    expectSameTimes(findBeats([{ ...lead, samples: paced }]).times, beats);
  });

  it.each([10, 20, 40])("finds none in an asystole of %i s, and all beats about it", (seconds) => {
    const leads = leadsOf({ seconds: 140, samplingRate: 250, noise: 0.01 });
    const beats = findBeats(leads).times.filter((time) => time < 49.5 || time > 50.5 + seconds);
    // What remains is noise and wander.
    const still = leadsOf({ seconds, samplingRate: 250, noise: 0.01, heartRate: 1 });
    for (const [l, { samples }] of leads.entries()) samples.set(still[l].samples.subarray(0, 250 * seconds), 50 * 250);
    const { times } = findBeats(leads);
    expect(times.filter((time) => time > 50.5 && time < 49.5 + seconds)).toHaveLength(0);
    expect(times.filter((time) => time < 49.5 || time > 50.5 + seconds)).toHaveLength(beats.length);
  });

  it.each([15, 20, 30])("finds the beats of a heart that beats %i times a minute", (heartRate) => {
    const { times } = findBeats(leadsOf({ seconds: 180, samplingRate: 250, heartRate, noise: 0.01 }));
    expect(Math.abs(rateOf(times) / heartRate - 1)).toBeLessThan(0.03);
  });

  it.each([200, 240, 270])("finds the beats of a heart that beats %i times a minute", (heartRate) => {
    const { times } = findBeats(leadsOf({ seconds: 60, samplingRate: 250, heartRate, noise: 0.02 }, 1));
    expect(Math.abs(rateOf(times) / heartRate - 1)).toBeLessThan(0.01);
  });

  it("finds each beat of a short run at 250 a minute", () => {
    const [lead] = leadsOf({ seconds: 60, samplingRate: 250, noise: 0.01 }, 1);
    const [run] = leadsOf({ seconds: 6, samplingRate: 250, noise: 0.01, heartRate: 250 }, 1);
    lead.samples.set(run.samples, 30 * 250);
    const beats = findBeats([run]).times.filter((time) => time > 0.5 && time < 5.5);
    expect(beats.length).toBeGreaterThan(19);
    expectSameTimes(
      findBeats([lead]).times.filter((time) => time > 30.5 && time < 35.5),
      beats.map((time) => 30 + time),
    );
  });

  it("finds the beats of short stretches between long gaps", () => {
    const [lead] = leadsOf({ seconds: 120, samplingRate: 250 }, 1);
    const isLost = (time: number) => time % 20 >= 4;
    const patchy = lead.samples.map((sample, i) => (isLost(i / 250) ? MISSING : sample));
    const whole = findBeats([lead]).times.filter((time) => !isLost(time - 0.1) && !isLost(time + 0.1));
    const found = findBeats([{ ...lead, samples: patchy }]).times.filter(
      (time) => !isLost(time - 0.1) && !isLost(time + 0.1),
    );
    expectSameTimes(found, whole);
  });

  it("finds by the other what one of two leads has lost", () => {
    const leads = leadsOf({ seconds: 60, samplingRate: 360, noise: 0.02 }, 2);
    const beats = findBeats(leads).times;
    const lost = leads.map(({ samples, samplingRate }, l) => {
      const from = (20 + 20 * l) * samplingRate;
      return { samples: samples.slice().fill(samples[from], from, from + 8 * samplingRate), samplingRate };
    });
    expectSameTimes(findBeats(lost).times, beats);
  });

  it("finds beats in noise, and few others", () => {
    const quiet = leadsOf({ seconds: 120, samplingRate: 250, noise: 0.01 }, 1);
    const noisy = leadsOf({ seconds: 120, samplingRate: 250, noise: 0.01 }, 1);
    const [noise] = leadsOf({ seconds: 120, samplingRate: 250, noise: 0.15, heartRate: 1, seed: 3 }, 1);
    for (const [i, value] of noise.samples.entries()) noisy[0].samples[i] += value;
    const beats = findBeats(quiet).times;
    const found = findBeats(noisy).times;
    expect(Math.abs(found.length - beats.length)).toBeLessThanOrEqual(2);
    expect(
      Array.from(beats).filter((time) => !found.some((other) => Math.abs(other - time) < 0.03)).length,
    ).toBeLessThan(3);
  });

  it("leaves out a complex that the end cuts off", () => {
    const [lead] = leadsOf({ seconds: 20, samplingRate: 500, noise: 0 }, 1);
    const { times } = findBeats([lead]);
    const cut = (seconds: number) => findBeats([{ ...lead, samples: lead.samples.subarray(0, 500 * seconds) }]).times;
    expect(cut(times[10] + 0.02)).toHaveLength(10);
    expect(cut(times[10] + 0.3)).toHaveLength(11);
  });

  it("takes leads of different rates together", () => {
    const [fast] = leadsOf({ seconds: 30, samplingRate: 500 }, 1);
    const slow = { samples: fast.samples.filter((_, i) => i % 4 === 0), samplingRate: 125 };
    const alone = findBeats([fast]).times;
    const both = findBeats([fast, slow]).times;
    expect(both.length).toBe(alone.length);
    for (const [i, time] of both.entries()) expect(Math.abs(time - alone[i])).toBeLessThan(0.012);
  });

  it.each<{ name: string; leads: () => TestLead[] }>([
    { name: "no lead", leads: () => [] },
    { name: "no sample", leads: () => [{ samples: new Int32Array(0), samplingRate: 250 }] },
    { name: "one sample", leads: () => [{ samples: Int32Array.of(5), samplingRate: 250 }] },
    { name: "a flat line", leads: () => [{ samples: new Int32Array(5000).fill(7), samplingRate: 250 }] },
    { name: "nothing measured", leads: () => [{ samples: new Int32Array(5000).fill(MISSING), samplingRate: 250 }] },
    {
      name: "mains hum",
      leads: () => [
        { samples: Int32Array.from({ length: 15000 }, (_, i) => 300 * Math.sin(1.2566 * i)), samplingRate: 250 },
      ],
    },
    { name: "0.1 Hz", leads: () => [{ samples: Int32Array.from({ length: 10 }, (_, i) => i % 3), samplingRate: 0.1 }] },
  ])("finds none in $name", ({ leads }) => {
    expect(findBeats(leads()).times).toHaveLength(0);
  });

  it.each([
    { name: "8 Hz", samplingRate: 8, make: (i: number) => (i % 8 === 0 ? 1000 : 0) },
    { name: "100 kHz", samplingRate: 100_000, make: (i: number) => (i % 80_000 < 3000 ? 1000 : 0) },
    { name: "the largest numbers", samplingRate: 250, make: (i: number) => (i % 200 < 10 ? 0x7fffffff : -0x7fffffff) },
    { name: "a pacemaker's spikes", samplingRate: 500, make: (i: number) => (i % 400 === 0 ? 30000 : 0) },
    { name: "noise", samplingRate: 250, make: (i: number) => Math.imul(i + 1, 0x9e3779b1) >> 20 },
  ])("gives finite times, rising, for $name", ({ samplingRate, make }) => {
    const samples = Int32Array.from({ length: Math.min(400_000, 20 * samplingRate) }, (_, i) => make(i));
    const { times, heights, shapeScales } = findBeats([{ samples, samplingRate }]);
    for (const list of [times, heights, shapeScales]) expect([...list].every(Number.isFinite)).toBe(true);
    for (let i = 1; i < times.length; i++) expect(times[i]).toBeGreaterThan(times[i - 1]);
  });
});

describe("findBeats, by one lead", () => {
  /** Seconds from the R peak, the deviation of a bell in seconds, and millivolts. */
  type Wave = [at: number, width: number, height: number];
  const QRS: Wave[] = [
    [0, 0.012, 1],
    [0.035, 0.012, -0.25],
  ];
  const T: Wave = [0.27, 0.05, 0.25];
  const EARLY: Wave[] = [
    [0.36, 0.03, 1],
    [0.445, 0.03, -0.35],
    [0.63, 0.05, -0.35],
  ];

  it.each([
    { name: "T waves as tall as R waves", rr: 1, waves: [...QRS, [0.28, 0.03, 1] satisfies Wave], beatsEach: 1 },
    { name: "P waves long before R", rr: 0.667, waves: [...QRS, T, [-0.24, 0.015, 0.4] satisfies Wave], beatsEach: 1 },
    { name: "early ventricular beats in turn", rr: 0.95, waves: [...QRS, T, ...EARLY], beatsEach: 2 },
  ])("takes for beats what is one: $name", ({ rr, waves, beatsEach }) => {
    const random = newSignal(15_000);
    const samples = Int32Array.from({ length: 15_000 }, (_, i) => random[i] % 20);
    const count = Math.floor(58 / rr);
    for (let beat = 0; beat < count; beat++) {
      for (const [at, width, height] of waves) {
        const centre = 1 + beat * rr + at;
        for (let i = Math.floor(250 * (centre - 4 * width)); i < 250 * (centre + 4 * width); i++) {
          if (i >= 0 && i < samples.length)
            samples[i] += 1000 * height * Math.exp(-0.5 * ((i / 250 - centre) / width) ** 2);
        }
      }
    }
    expect(findBeats([{ samples, samplingRate: 250 }]).times).toHaveLength(beatsEach * count);
  });
});

describe("findBeats, beside what is no beat of the usual kind", () => {
  const RATE = 250;
  /** A lead of bells: seconds from a beat's R peak, their deviation in seconds and millivolts. */
  function leadOf(seconds: number, beats: readonly { at: number; waves: [number, number, number][] }[], seed = 1) {
    const stir = newSignal(seconds * RATE, seed);
    const samples = Int32Array.from(stir, (level) => level % 12);
    for (const { at, waves } of beats) {
      for (const [delay, width, height] of waves) {
        const centre = at + delay;
        for (let i = Math.floor(RATE * (centre - 4 * width)); i < RATE * (centre + 4 * width); i++) {
          if (i >= 0 && i < samples.length) {
            samples[i] += 1000 * height * Math.exp(-0.5 * ((i / RATE - centre) / width) ** 2);
          }
        }
      }
    }
    return { samples, samplingRate: RATE };
  }
  const normal = (height: number): [number, number, number][] => [
    [-0.16, 0.02, 0.12 * height],
    [0, 0.012, height],
    [0.035, 0.012, -0.3 * height],
    [0.27, 0.05, 0.2 * height],
  ];
  const ventricular: [number, number, number][] = [
    [0, 0.03, 2.5],
    [0.085, 0.03, -1.2],
    [0.28, 0.05, -0.6],
  ];
  const missed = (found: Float64Array, beats: readonly { at: number }[]) =>
    beats.filter(({ at }) => !found.some((time) => Math.abs(time - at) < 0.1)).map(({ at }) => at);

  it.each([3, 5, 8])("finds normal beats that are %i times lower than ventricular ones", (ratio) => {
    for (const every of [2, 3, 4]) {
      const beats = Array.from({ length: Math.floor(9 / 0.7) }, (_, i) =>
        i % every === every - 1
          ? { at: 0.5 + 0.7 * i - 0.12, waves: ventricular }
          : { at: 0.5 + 0.7 * i, waves: normal(2.5 / ratio) },
      );
      const { times } = findBeats([leadOf(10, beats)]);
      expect([every, times.length, missed(times, beats)]).toEqual([every, beats.length, []]);
    }
  });

  it.each([3, 6, 10])("finds beats that are suddenly %i times lower", (ratio) => {
    const beats = Array.from({ length: 70 }, (_, i) => ({
      at: 0.6 + 0.85 * i,
      waves: normal(i < 35 ? 1.5 : 1.5 / ratio),
    }));
    const { times } = findBeats([leadOf(61, beats)]);
    expect([times.length, missed(times, beats)]).toEqual([beats.length, []]);
  });

  it("puts all beats of a shape at the same of its two peaks", () => {
    const chance = newSignal(140, 3);
    const heights = (i: number) => 1 + 0.15 * (((chance[i] % 16) + 16) % 16 > 7 ? 1 : -1);
    const times = Array.from({ length: 70 }, (_, i) => 0.6 + 0.85 * i);
    const first = leadOf(
      61,
      times.map((at, i) => ({ at, waves: [[0, 0.012, 0.7 * heights(i)]] })),
    );
    const second = leadOf(
      61,
      times.map((at, i) => ({ at, waves: [[0.075, 0.014, -1.35 * heights(i + 70)]] })),
      2,
    );
    const found = findBeats([first, second]).times;
    const offsets = Array.from(found, (time, i) => time - times[i]);
    expect(found).toHaveLength(times.length);
    expect(Math.max(...offsets) - Math.min(...offsets)).toBeLessThan(0.015);
  });

  it("times beats with two peaks alike beside leads that are off", () => {
    const chance = newSignal(70, 3);
    const beats = Array.from(chance, (level, i) => {
      const more = 0.06 * ((((level % 16) + 16) % 16) - 8 > 0 ? 1 : -1);
      return {
        at: 0.6 + 0.85 * i,
        waves: [
          [0, 0.009, 1 + more],
          [0.032, 0.009, 1 - more],
        ] as [number, number, number][],
      };
    });
    const lead = leadOf(61, beats);
    const off = { ...lead, samples: lead.samples.map(() => 0) };
    const alone = findBeats([lead]).times;
    const offsets = Array.from(alone, (time, i) => time - beats[i].at);
    expect(Math.max(...offsets) - Math.min(...offsets)).toBeLessThan(0.015);
    for (const [i, time] of findBeats([lead, off, off]).times.entries()) expect(time).toBeCloseTo(alone[i], 3);
  });

  it("finds beats in the noise of moving electrodes by the signal of 10 s about them", () => {
    const toSamples = (times: readonly number[]) =>
      times.map((time) => ({ sample: Math.round(250 * time), type: "N" as const }));
    let wrong = 0;
    for (const seed of [20, 21, 22]) {
      const noise = makeUpNoise(newRandom(seed), 180);
      const random = newRandom(100 + seed);
      const beats: number[] = [];
      for (let time = 0.5; time < 179; time += 0.8 + 0.08 * random()) beats.push(time);
      const extra = (lead: number, time: number) => 0.5 * (noise[lead][Math.round(360 * time)] ?? 0);
      const waves = sinusBeat(0.8);
      const leads = ecgOfBeats(
        beats.map((time) => ({ time, waves })),
        180,
        { extra },
      );
      const { times } = findBeats(leads.map(({ samples }) => ({ samples, samplingRate: 250 })));
      const scores = scoreBeats({ beats: toSamples(beats), flutter: [] }, toSamples([...times]), 250, 0);
      const { falseNegatives, falsePositives } = tallyBeats(scores);
      wrong += falseNegatives + falsePositives;
    }
    // Of 638 beats; by candidates alone there are more than 90.
    expect(wrong).toBeLessThan(75);
  });

  it("goes by a clean lead beside one whose electrode moves", () => {
    const beats = Array.from({ length: 100 }, (_, i) => ({ at: 0.6 + 0.85 * i, waves: normal(1) }));
    const clean = leadOf(86, beats);
    // Bursts of slow noise, as high as beats, on a smooth ground.
    const stir = newSignal(clean.samples.length + 12, 5);
    const samples = clean.samples.map((sample, i) => {
      let sum = 0;
      for (let k = 0; k < 12; k++) sum += stir[i + k + 1] - stir[i + k];
      return Math.round(0.3 * sample + (i % 500 < 200 ? 60 * sum : 0));
    });
    const moving = { ...clean, samples };
    const { times } = findBeats([clean, moving]);
    expect(missed(times, beats)).toEqual([]);
    expect(times.length - beats.length).toBeLessThan(3);
  });
});

/** The shapes of waves of one lead: a narrow one, or a wide one. */
function shapesOf(isNarrow: readonly boolean[]) {
  const points = isNarrow.flatMap((narrow) =>
    Array.from({ length: SHAPE_POINTS }, (_, k) => 127 * Math.exp(-0.5 * ((k - 13) / (narrow ? 1.2 : 5)) ** 2) - 30),
  );
  return { shapes: Int8Array.from(points), leadCount: 1 };
}

describe("chooseBeats", () => {
  /** A beat a second, and between two of them another wave. */
  const TIMES = Float64Array.from([...Array(21).keys(), 10.5].sort((a, b) => a - b));
  const WAVE = TIMES.indexOf(10.5);

  it.each([
    { name: "a wave like the beats about it", noise: 0.1, height: 0.55, like: 1, isBeat: true },
    { name: "a wave unlike them, in noise", noise: 0.1, height: 0.36, like: 0, isBeat: false },
    { name: "a wave unlike them, without noise", noise: 0.01, height: 0.36, like: 0, isBeat: true },
    { name: "a high wave unlike them, in noise", noise: 0.1, height: 0.9, like: 0, isBeat: true },
    { name: "a low wave like them", noise: 0.1, height: 0.2, like: 1, isBeat: false },
  ])("$name: a beat is $isBeat", ({ noise, height, like, isBeat }) => {
    const heights = Float32Array.from(TIMES, (_, k) => (k === WAVE ? height : 1));
    const { beats } = chooseBeats({
      times: TIMES,
      clocks: TIMES,
      heights,
      shapeScales: heights.map((one) => 500 * one),
      noises: new Float32Array(TIMES.length).fill(noise),
      likeness: (a, b) => (a === WAVE || b === WAVE ? like : 1),
      width: () => 0.03,
      ...shapesOf(Array.from(TIMES, (_, k) => k !== WAVE || like === 1)),
    });
    expect(beats).toEqual([...TIMES.keys()].filter((k) => k !== WAVE || isBeat));
  });
});

describe("chooseBeats at a pause", () => {
  /** A beat a second for ten seconds, a low wave behind the last of them, a pause, and ten beats more. */
  const timesWithPause = (seconds: number) =>
    Float64Array.from([...Array(10).keys(), 9.4, ...Array.from(Array(10).keys(), (i) => 9 + seconds + i)]);

  it.each([3, 4.5, 6, 15])("of %d s keeps the beat before it, and leaves the wave behind that beat out", (seconds) => {
    const times = timesWithPause(seconds);
    const heights = Float32Array.from(times, (time) => (time === 9.4 ? 0.2 : 1));
    const { beats } = chooseBeats({
      times,
      clocks: times,
      heights,
      shapeScales: heights.map((one) => 500 * one),
      noises: new Float32Array(times.length).fill(0.01),
      likeness: (a, b) => (times[a] === 9.4 || times[b] === 9.4 ? 0 : 1),
      width: () => 0.03,
      ...shapesOf(Array.from(times, (time) => time !== 9.4)),
    });
    expect(beats.map((k) => times[k])).toEqual([...times].filter((time) => time !== 9.4));
  });
});

describe("newWidth", () => {
  it("is for how long a wave is over half its height, where it is narrowest", () => {
    const box = (points: number) =>
      Int8Array.from({ length: SHAPE_POINTS }, (_, k) => (k >= 9 && k < 9 + points ? -127 : 20));
    const shapes = Int8Array.from([box(8), box(3), box(5), new Int8Array(SHAPE_POINTS)].flatMap((shape) => [...shape]));
    const width = newWidth(shapes, 2);
    expect([width(0), width(1)]).toEqual([0.03, 0.05]);
  });
});

describe("newLikeness", () => {
  const shapeOf = (valueAt: (k: number) => number) => Int8Array.from({ length: SHAPE_POINTS }, (_, k) => valueAt(k));
  const peak = (at: number) => shapeOf((k) => 127 * Math.exp(-0.5 * (k - at) ** 2));
  const flat = new Int8Array(SHAPE_POINTS);

  it.each([
    { name: "a shape and itself", shapes: [peak(13), peak(13)], leads: 1, likeness: 1 },
    { name: "one that is smaller", shapes: [peak(13), peak(13).map((value) => value / 3)], leads: 1, likeness: 1 },
    { name: "one that is late", shapes: [peak(13), peak(15)], leads: 1, likeness: 1 },
    { name: "one upside down", shapes: [peak(13), peak(13).map((value) => -value)], leads: 1, likeness: -0.37 },
    { name: "one elsewhere", shapes: [peak(9), peak(20)], leads: 1, likeness: 0 },
    { name: "a shape and none", shapes: [peak(13), flat], leads: 1, likeness: 0 },
    { name: "those with a lead that is off", shapes: [peak(13), flat, peak(13), flat], leads: 2, likeness: 1 },
  ])("knows how alike are $name", ({ shapes, leads, likeness }) => {
    const isLike = newLikeness(Int8Array.from(shapes.flatMap((shape) => [...shape])), leads);
    expect(isLike(0, 1)).toBeCloseTo(likeness, 1);
  });
});
