import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Insights } from "../../src/analysis/insights.ts";
import { FAULTS } from "../../src/analysis/measures/quality.ts";
import { type Lead, MISSING } from "../../src/recording/recording.ts";
import { measureLeads, measureLeadsWithDetails } from "../support/measure-leads.ts";
import { runs } from "../support/runs.ts";
import { newSignal } from "../support/signals.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

it("finds the rate that an ECG was made with, within 1 %", async () => {
  const options = fc.record({
    seed: fc.integer({ min: 1, max: 1000 }),
    heartRate: fc.integer({ min: 45, max: 150 }),
    samplingRate: fc.constantFrom(125, 250, 360, 500, 1000),
    gain: fc.constantFrom(-1000, 200, 1000),
    noise: fc.double({ min: 0, max: 0.03, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(options, fc.integer({ min: 1, max: 12 }), async (made, count) => {
      const { leads } = syntheticEcg({ ...made, seconds: 60 });
      const { heartRate, reasons } = await measureLeads(leads.slice(0, count));
      // The generator's rate wanders about the one it is told, and beats at the ends are cut.
      const beats = heartRate?.mean ?? 0;
      expect([Math.abs(beats / made.heartRate - 1) < 0.01, reasons.beats]).toEqual([true, undefined]);
    }),
    { numRuns: runs(20), seed: 1 },
  );
});

it("finds the waves of a made ECG where they are", async () => {
  const { intervals, axes, variability } = await measureLeads(syntheticEcg({ seconds: 60, heartRate: 60 }).leads);
  // The model's waves reach to two or three of their deviations: Q and S are 42 ms from R with one of 16 ms, P is 167 ms
  // before it with 40 ms, T 250 ms after it with 64 ms.
  expect(intervals?.p).toBeGreaterThan(80);
  expect(intervals?.p).toBeLessThan(240);
  expect(intervals?.pr).toBeGreaterThan(120);
  expect(intervals?.pr).toBeLessThan(240);
  expect(intervals?.qrs).toBeGreaterThan(100);
  expect(intervals?.qrs).toBeLessThan(180);
  expect(intervals?.qt).toBeGreaterThan(300);
  expect(intervals?.qt).toBeLessThan(520);
  // I and II are as 0.7 to 1.2.
  expect(axes?.qrs).toBeGreaterThan(30);
  expect(axes?.qrs).toBeLessThan(80);
  expect(variability?.excludedShare).toBe(0);
});

it.each([
  { signal: "breathing", millivolts: (time: number) => 0.5 * Math.sin(1.6 * time) },
  { signal: "tremor", millivolts: (time: number) => 0.3 * Math.sin(30 * time) },
])("measures the waves of a lead as if no $signal were beside it", async ({ millivolts }) => {
  const [, lead] = syntheticEcg({ seconds: 10 }).leads;
  const other = { ...lead, name: "other", samples: lead.samples.map((_, i) => 1000 * millivolts(i / 500)) };
  const [alone, beside] = [await measureLeads([lead]), await measureLeads([other, lead])];
  expect(alone.intervals?.counts.pr).toBeGreaterThan(5);
  for (const interval of ["p", "pr", "qrs", "qt"] as const) {
    const difference = (beside.intervals?.[interval] ?? Number.NaN) - (alone.intervals?.[interval] ?? Number.NaN);
    expect(Math.abs(difference), interval).toBeLessThan(8);
  }
  expect(beside.leads[0].normalBeat).toBeNull();
  expect(beside.leads[1].normalBeat?.r).toBeCloseTo(alone.leads[0].normalBeat?.r ?? Number.NaN, 1);
});

it("measures the same of leads whose scale is inverted", async () => {
  const { leads } = syntheticEcg({ seconds: 10 });
  const samples = leads[1].samples.with(100, MISSING);
  const upright = [
    { ...leads[0], baseline: 30 },
    { ...leads[1], samples },
  ];
  const inverted = upright.map((lead) => ({
    ...lead,
    gain: -1000,
    baseline: -lead.baseline,
    samples: lead.samples.map((sample) => -sample),
  }));
  const [expected, found] = [await measureLeadsWithDetails(upright), await measureLeadsWithDetails(inverted)];
  expect(found.insights).toEqual(expected.insights);
  expect(found.details.waves).toEqual(expected.details.waves);
  const valuesOf = ({ averages }: typeof found.details, sign: number) =>
    averages.kinds[0].leads.map(({ values }) => values.map((value) => sign * value));
  expect(valuesOf(found.details, -1)).toEqual(valuesOf(expected.details, 1));
});

it("finds how high the waves of a made ECG are", async () => {
  const made = syntheticEcg({ seconds: 60, heartRate: 60, noise: 0 }).leads.slice(0, 2);
  const { leads } = await measureLeads([...made, { ...made[1], name: "II again", gain: null }]);
  // At the peaks of Q and S, 15 degrees and more from R's, R has 0.0325 of its height left, and they have 0.1 and 0.2 mV in II.
  const expected = [
    { r: 0.7, q: -0.05 + 0.7 * 0.0325, s: -0.1 + 0.7 * 0.0325, t: 0.2 },
    { r: 1.2, q: -0.1 + 1.2 * 0.0325, s: -0.2 + 1.2 * 0.0325, t: 0.3 },
  ];
  for (const [i, waves] of expected.entries()) {
    expect(leads[i].normalBeat?.beats).toBeGreaterThan(55);
    for (const [name, height] of Object.entries(waves)) {
      const found = leads[i].normalBeat?.[name as keyof typeof waves] ?? 9;
      expect([i, name, Math.abs(found - height) < 0.015]).toEqual([i, name, true]);
    }
  }
  expect(leads[2].normalBeat).toBeNull();
});

it("finds a raised ST segment in the leads that have one", async () => {
  const [i, ii] = syntheticEcg({ seconds: 20, samplingRate: 250, noise: 0 }).leads;
  const { beats, leads: clean } = await measureLeads([i, ii]);
  const samples = ii.samples.slice();
  // 0.2 mV more from 60 to 200 ms after each R peak, with steep sides; then back over 100 ms.
  for (const time of beats.times) {
    for (let ms = 60; ms < 300; ms += 4) {
      const at = Math.round((time + ms / 1000) * 250);
      if (at < samples.length) samples[at] += Math.round(ms < 200 ? 200 : 2 * (300 - ms));
    }
  }
  const { leads } = await measureLeads([i, { ...ii, samples }]);
  const raisedBy = (lead: number, name: "j40" | "j60" | "j80") =>
    (leads[lead].normalBeat?.st[name] ?? 9) - (clean[lead].normalBeat?.st[name] ?? 0);
  for (const name of ["j40", "j60", "j80"] as const) {
    expect([name, Math.abs(raisedBy(1, name) - 0.2) < 0.02, Math.abs(raisedBy(0, name)) < 0.02]).toEqual([
      name,
      true,
      true,
    ]);
  }
});

it("measures ST segments and T waves as high on a drifting baseline", async () => {
  const { leads } = syntheticEcg({ seconds: 10 });
  const drifting = leads.map((lead) => ({
    ...lead,
    // 0.6 mV a second, and back: more at the one time than at the other.
    samples: lead.samples.map((sample, i) => sample + 2000 * Math.sin(2 * Math.PI * 0.05 * (i / 500) + 0.7)),
  }));
  const [still, found] = [await measureLeads(leads), await measureLeads(drifting)];
  for (const [l, { normalBeat }] of found.leads.entries()) {
    const expected = still.leads[l].normalBeat;
    for (const key of ["j40", "j80"] as const) expect(normalBeat?.st[key]).toBeCloseTo(expected?.st[key] ?? 9, 1.7);
    expect(normalBeat?.t).toBeCloseTo(expected?.t ?? 9, 1.3);
  }
});

it("measures waves of which a sample is lost now and then", async () => {
  const { leads } = syntheticEcg({ seconds: 10 });
  const lossy = leads.map((lead) => ({
    ...lead,
    samples: lead.samples.map((sample, i) => (i % 97 === 5 ? MISSING : sample)),
  }));
  const [whole, found] = [await measureLeads(leads), await measureLeads(lossy)];
  expect(found.intervals?.counts).toEqual(whole.intervals?.counts);
  expect(found.leads.map(({ normalBeat }) => normalBeat?.beats)).toEqual(
    whole.leads.map(({ normalBeat }) => normalBeat?.beats),
  );
  expect(found.axes?.qrs).toBeCloseTo(whole.axes?.qrs ?? Number.NaN, 0);
});

it("has no QT interval, and no height of T waves, where there are none", async () => {
  const [, { samples, ...lead }] = syntheticEcg({ seconds: 10, heartRate: 60 }).leads;
  const { beats, intervals } = await measureLeads([{ ...lead, samples }]);
  const flat = samples.slice();
  for (const time of beats.times) {
    const [from, to] = [Math.round((time + 0.07) * 500), Math.min(samples.length - 1, Math.round((time + 0.6) * 500))];
    for (let i = from; i < to; i++) {
      flat[i] = samples[from] + ((samples[to] - samples[from]) * (i - from)) / (to - from) + (i % 7);
    }
  }
  const found = await measureLeads([{ ...lead, samples: flat }]);
  expect(intervals?.qt).toBeGreaterThan(300);
  expect(found.intervals).toMatchObject({ qt: null, qtc: null, counts: { qrs: intervals?.counts.qrs, qt: 0 } });
  expect(found.leads[0].normalBeat?.t).toBeNull();
  expect(found.reasons.intervals).toBe("no normal beat has a T wave that is clear");
});

it.each([
  { gain: 1000, height: 120 },
  { gain: null, height: 120 },
  { gain: 1000, height: 400 },
])("finds waves in the mains' hum of $height uV, with a gain of $gain", async ({ gain, height }) => {
  const leads = syntheticEcg({ seconds: 10 }).leads.map((lead) => ({ ...lead, gain }));
  const humming = leads.map((lead, l) => ({
    ...lead,
    samples: lead.samples.map((sample, i) => sample + height * Math.sin(2 * Math.PI * 0.1 * i + l)),
  }));
  const [still, found] = [await measureLeads(leads), await measureLeads(humming)];
  expect(found.intervals?.counts).toEqual(still.intervals?.counts);
  for (const interval of ["p", "pr", "qrs", "qt"] as const) {
    const difference = (found.intervals?.[interval] ?? Number.NaN) - (still.intervals?.[interval] ?? Number.NaN);
    expect(Math.abs(difference), interval).toBeLessThan(8);
  }
});

it("finds waves in a minute of the mains' hum", async () => {
  const leads = syntheticEcg({ seconds: 180, samplingRate: 250 }).leads.slice(0, 2);
  const isHumming = (time: number) => time > 60 && time < 120;
  const humming = leads.map((lead) => ({
    ...lead,
    samples: lead.samples.map((sample, i) => sample + (isHumming(i / 250) ? 300 * Math.sin(2 * Math.PI * 0.2 * i) : 0)),
  }));
  const [still, found] = [await measureLeads(leads), await measureLeads(humming)];
  expect(found.leads[0].quality?.hum?.amplitude).toBeLessThan(0.01);
  for (const name of ["p", "pr", "qrs", "qt"] as const) {
    const [expected, middle] = [still, found].map(({ beats }) =>
      beats.intervals.flatMap((interval, i) => (isHumming(beats.times[i]) ? [interval[name] ?? Number.NaN] : [])),
    );
    expect(middle).toHaveLength(expected.length);
    expect(Math.abs(middle[30] - expected[30]), name).toBeLessThan(8);
  }
});

it("gives the details of the waves with the same insights, by which their intervals are", async () => {
  const { leads } = syntheticEcg({ seconds: 130, samplingRate: 250, heartRate: 80 });
  const { insights, details } = await measureLeadsWithDetails(leads.slice(0, 3));
  expect(insights).toEqual(await measureLeads(leads.slice(0, 3)));
  const between = (from: number | null, to: number | null) =>
    from === null || to === null ? null : Math.round(10_000 * (to - from));
  expect(
    details.waves.map((waves) => ({
      time: waves.rPeak,
      p: between(waves.pOnset, waves.pEnd),
      pr: between(waves.pOnset, waves.qrsOnset),
      qrs: between(waves.qrsOnset, waves.qrsEnd),
      qt: between(waves.qrsOnset, waves.tEnd),
    })),
  ).toEqual(
    insights.beats.intervals.map((intervals, i) => ({
      time: expect.closeTo(insights.beats.times[i], 9),
      ...Object.fromEntries(Object.entries(intervals).map(([name, ms]) => [name, ms && Math.round(10 * ms)])),
    })),
  );
  for (const { pOnset, pPeak, pEnd, qrsOnset, rPeak, qrsEnd, tOnset, tPeak, tEnd } of details.waves) {
    const order = [pOnset, pPeak, pEnd, qrsOnset, rPeak, qrsEnd, tOnset, tPeak, tEnd].filter((time) => time !== null);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  }
  const withoutWaves = await measureLeadsWithDetails(leads.slice(0, 3), 0, false);
  expect(withoutWaves.details).toEqual({ ...details, waves: [] });
  const [normal] = details.averages.kinds;
  expect([normal.type, normal.count]).toEqual(["N", insights.beats.times.length]);
  // The marks of the average are those by which the medians are, but for the rate's change.
  expect(1000 * ((normal.waves.qrsEnd ?? 0) - (normal.waves.qrsOnset ?? 0))).toBeCloseTo(
    insights.intervals?.qrs ?? 0,
    -1,
  );
  expect(1000 * ((normal.waves.tEnd ?? 0) - (normal.waves.qrsOnset ?? 0))).toBeCloseTo(insights.intervals?.qt ?? 0, -1);
});

it.each([
  { seconds: 10, isWindow: true },
  { seconds: 9, isWindow: false },
])("takes $seconds s for a window of the heart rate: $isWindow", async ({ seconds, isWindow }) => {
  const { heartRate, reasons } = await measureLeads(syntheticEcg({ seconds }).leads);
  const only = { beatsPerMinute: heartRate?.mean, at: expect.any(Number) };
  const reason = isWindow ? undefined : "no 10 s in a row have enough beats";
  expect([heartRate?.minimum, heartRate?.maximum, reasons.heartRate]).toEqual(
    isWindow ? [only, only, reason] : [null, null, reason],
  );
});

it("passes over what is not usable in a lead", async () => {
  const { leads } = syntheticEcg({ seconds: 60, samplingRate: 250 });
  const [i, ii, iii] = leads;
  const clean = await measureLeads([i, ii]);
  const flat = { ...iii, samples: iii.samples.map(() => 0) };
  const noisy = { ...iii, samples: newNoise(iii.samples.length).map((noise) => 100 * noise) };
  for (const third of [flat, noisy]) {
    const found = await measureLeads([i, ii, third]);
    expect(found.leads[2].quality?.usableShare).toBeLessThan(0.1);
    for (const wave of ["p", "qrs", "t"] as const) {
      expect([wave, Math.abs((found.axes?.[wave] ?? 999) - (clean.axes?.[wave] ?? 0)) < 3]).toEqual([wave, true]);
    }
  }
});

it("counts what has no usable lead as not recorded", async () => {
  const [, lead] = syntheticEcg({ seconds: 70, samplingRate: 250, heartRate: 70 }).leads;
  const off = { ...lead, samples: lead.samples.slice().fill(0, 20 * 250, 50 * 250) };
  const { heartRate, pauses, judgedSeconds, beats } = await measureLeads([off]);
  expect(heartRate?.mean).toBeCloseTo(70, 0);
  expect([pauses, judgedSeconds]).toEqual([[], 40]);
  expect(beats.afterGap.reduce((sum, gap) => sum + gap, 0)).toBe(1);
});

it("finds a heart that has stopped when an electrode is back", async () => {
  const [, lead] = syntheticEcg({ seconds: 60, samplingRate: 250, heartRate: 70 }).leads;
  const noise = newNoise(60 * 250);
  const most = Math.max(...noise.map(Math.abs));
  // Electrodes are off, then breathing is seen alone.
  const breath = (i: number) => Math.round(150 * Math.sin((2 * Math.PI * i) / 250 / 3) + (3 * noise[i]) / most);
  const samples = lead.samples.map((sample, i) => (i < 20 * 250 ? sample : i < 30 * 250 ? 0 : breath(i)));
  const { pauses, beats } = await measureLeads([{ ...lead, samples }], 250);
  expect(beats.times.at(-1)).toBeLessThan(270);
  expect(pauses).toEqual([{ from: 280, duration: 30 }]);
});

it("measures an ECG of which all is lost after some beats but single samples, again and again", async () => {
  const [, lead] = syntheticEcg({ seconds: 20, samplingRate: 50 }).leads;
  const samples = new Int32Array(22_000 * 50).map((_, i) => (i % 7 === 0 ? 0 : MISSING));
  samples.set(lead.samples);
  const { beats, pauses, judgedSeconds } = await measureLeads([{ ...lead, samples }]);
  expect(beats.times.length).toBeGreaterThan(10);
  expect([pauses, judgedSeconds]).toEqual([[], 20]);
});

it("says where electrodes move so that beats cannot be told", async () => {
  const [, lead] = syntheticEcg({ seconds: 80, samplingRate: 250, heartRate: 70 }).leads;
  const stir = newNoise(80 * 250 + 12);
  const samples = lead.samples.map((sample, i) => {
    if (i < 30 * 250 || i >= 50 * 250) return sample;
    let sum = 0;
    for (let k = 0; k < 12; k++) sum += stir[i + k];
    return sample + 120 * sum;
  });
  const { leads, beats, judgedSeconds } = await measureLeads([{ ...lead, samples }]);
  const moving = Array.from(leads[0].quality?.faults ?? [], (faults) => (faults & FAULTS.motion ? 1 : 0));
  expect(moving.slice(33, 47).filter((is) => is === 0)).toEqual([]);
  expect([...moving.slice(0, 24), ...moving.slice(56)].filter((is) => is === 1)).toEqual([]);
  expect(judgedSeconds).toBe(80 - moving.filter((is) => is === 1).length);
  expect(beats.types.filter((_, i) => beats.times[i] > 33 && beats.times[i] < 47)).not.toContain("V");
});

it("measures beats and waves without a pacemaker's spikes, and says when they were", async () => {
  const leads = syntheticEcg({ seconds: 30, heartRate: 70 }).leads.slice(0, 3);
  const plain = await measureLeads(leads);
  const places = Array.from(plain.beats.times, (time) => Math.round((time - 0.2) * 500)).filter((place) => place > 5);
  const paced = leads.map((lead) => {
    const samples = lead.samples.slice();
    for (const place of places) samples[place] += 20_000;
    return { ...lead, samples };
  });
  const found = await measureLeads(paced);
  expect([found.paced, found.pacingSpikes]).toEqual([true, places.map((place) => place / 500)]);
  expect(found.beats.times).toHaveLength(plain.beats.times.length);
  for (const [i, time] of found.beats.times.entries())
    expect(Math.abs(time - plain.beats.times[i])).toBeLessThan(0.005);
  expect(found.intervals?.qt).toBeCloseTo(plain.intervals?.qt ?? 0, -1);
  expect([plain.paced, plain.pacingSpikes]).toEqual([false, []]);
});

it("does not classify beats where no lead is usable", async () => {
  const samples = newNoise(100_000);
  const { beats, irregular } = await measureLeads([{ name: "II", samplingRate: 250, samples, gain: 1, baseline: 0 }]);
  expect(beats.types.filter((type) => type !== "Q").length).toBeLessThan(0.1 * beats.types.length + 1);
  expect(irregular).toEqual([]);
});

it("takes no longer for a lead that is sampled by the hour", async () => {
  const samples = newSignal(100_000);
  const slow = { name: "temperature", samplingRate: 1e-6, samples, gain: 10, baseline: 0 };
  const { leads, reasons } = await measureLeads([slow, { ...slow, samplingRate: 250, samples: samples.slice(0, 10) }]);
  expect(leads.map(({ quality }) => quality === null)).toEqual([true, false]);
  expect(reasons.beats).toBe("no beats are to be seen");
});

describe("a window that begins 250 s after the ECG", () => {
  // Irregular for 65 s, a pause, and regular beats, the last of them faster.
  const walk = newNoise(100).map(Math.abs);
  const most = Math.max(...walk);
  const intervals = [
    ...Array.from(walk, (step) => 0.4 + (0.5 * step) / most),
    3,
    ...Array<number>(40).fill(0.8),
    ...Array<number>(40).fill(0.5),
  ];
  const leads = [{ name: "II", samplingRate: 250, samples: newBeats(intervals, 250), gain: 1000, baseline: 0 }];

  it.each<{ name: string; timesOf: (insights: Insights) => number[] }>([
    { name: "beats", timesOf: ({ beats }) => [...beats.times] },
    { name: "the slowest 10 s", timesOf: ({ heartRate }) => [heartRate?.minimum?.at ?? 0] },
    { name: "the fastest 10 s", timesOf: ({ heartRate }) => [heartRate?.maximum?.at ?? 0] },
    { name: "pauses", timesOf: ({ pauses }) => pauses.map(({ from }) => from) },
    { name: "the beginnings of irregular episodes", timesOf: ({ irregular }) => irregular.map(({ from }) => from) },
    { name: "the ends of irregular episodes", timesOf: ({ irregular }) => irregular.map(({ to }) => to) },
  ])("has the times of $name from the beginning of the ECG", async ({ timesOf }) => {
    const times = timesOf(await measureLeads(leads));
    expect(times).not.toEqual([]);
    const moved = timesOf(await measureLeads(leads, 250));
    expect(moved.map((time) => time.toFixed(6))).toEqual(times.map((time) => (time + 250).toFixed(6)));
  });

  it("has the times of waves from the beginning of the ECG", async () => {
    const timesOf = async (origin: number) =>
      (await measureLeadsWithDetails(leads, origin)).details.waves.map(({ qrsOnset, tEnd }) => [qrsOnset, tEnd]);
    const times = await timesOf(0);
    expect(times.flat().filter((time) => time !== null).length).toBeGreaterThan(200);
    expect(await timesOf(250)).toEqual(
      times.map((pair) => pair.map((time) => (time === null ? null : expect.closeTo(time + 250, 6)))),
    );
  });

  it("has nothing else that depends on where it begins", async () => {
    const found = await measureLeads(leads);
    const moved = await measureLeads(leads, 250);
    expect(moved.leads).toEqual(found.leads);
    expect(moved.beats.intervals).toEqual(found.beats.intervals);
    expect([moved.intervals?.qrs, moved.axes, moved.reasons]).toEqual([
      found.intervals?.qrs,
      found.axes,
      found.reasons,
    ]);
    expect(moved.variability?.sdnn).toBeCloseTo(found.variability?.sdnn ?? 0, 6);
  });
});

describe("bad input", () => {
  const rate = 250;
  const hum = (hz: number) =>
    Int32Array.from({ length: 2500 }, (_, i) => Math.round(500 * Math.sin((2 * Math.PI * hz * i) / rate)));
  const ecg = (seconds: number, samplingRate: number) => syntheticEcg({ seconds, samplingRate }).leads[1].samples;
  const spikes = ecg(20, rate).map((sample, i) => (i % 200 === 0 ? 30_000 : sample));
  const clipped = ecg(20, rate).map((sample) => Math.min(sample, 150));
  const lead = (samples: Int32Array, samplingRate: number | null = rate, gain: number | null = 1000): Lead => {
    return { name: "II", samplingRate, samples, gain, baseline: 0 };
  };
  it.each<{ name: string; leads: Lead[] }>([
    { name: "no leads", leads: [] },
    { name: "no samples", leads: [lead(new Int32Array(0))] },
    { name: "one sample", leads: [lead(Int32Array.of(5))] },
    { name: "a flat line", leads: [lead(new Int32Array(5000).fill(7))] },
    { name: "nothing but gaps", leads: [lead(new Int32Array(5000).fill(MISSING))] },
    {
      name: "a saturated signal",
      leads: [lead(Int32Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? 0x7fffffff : -0x7fffffff)))],
    },
    { name: "a clipped ECG", leads: [lead(clipped)] },
    { name: "a random walk", leads: [lead(newSignal(5000))] },
    { name: "noise", leads: [lead(newNoise(5000))] },
    { name: "mains hum", leads: [lead(hum(50)), lead(hum(60))] },
    { name: "spikes of a pacemaker", leads: [lead(spikes)] },
    { name: "8 Hz", leads: [lead(ecg(60, 8), 8)] },
    { name: "100 kHz", leads: [lead(ecg(3, 100_000), 100_000)] },
    { name: "no gain", leads: [lead(ecg(20, rate), rate, null)] },
    { name: "no rate", leads: [lead(ecg(20, rate), null)] },
    {
      name: "leads of unequal length and rate",
      leads: [lead(ecg(20, 500), 500), lead(ecg(5, 125), 125), lead(ecg(2, 8), 8), lead(new Int32Array(0))],
    },
  ])("gives an answer, and no number that is none, for $name", async ({ leads }) => {
    const insights = await measureLeads(leads);
    expect(insights.leads).toHaveLength(leads.length);
    expectNumbers(insights);
    for (const part of ["heartRate", "variability", "intervals", "axes"] as const) {
      expect([part, insights[part] === null && insights.reasons[part] === undefined]).toEqual([part, false]);
    }
  });
});

/** A QRS complex at 1 s and one after each interval, in seconds: a lead of 1 mV at 1000 ADC units per mV. */
function newBeats(intervals: readonly number[], samplingRate: number): Int32Array {
  let time = 1;
  const beats = [time, ...intervals.map((interval) => (time += interval))];
  const samples = new Float64Array(Math.ceil((time + 1) * samplingRate));
  for (const beat of beats) {
    const first = Math.round((beat - 0.1) * samplingRate);
    for (let i = first; i < first + 0.2 * samplingRate; i++) {
      samples[i] += 1000 * Math.exp(-0.5 * ((i / samplingRate - beat) / 0.012) ** 2);
    }
  }
  // Not still between the beats, as a lead is that is off.
  const stir = newSignal(samples.length);
  return Int32Array.from(samples, (sample, i) => Math.round(sample) + (stir[i] % 8));
}

/** White noise, the same at each run. */
function newNoise(count: number): Int32Array {
  const walk = newSignal(count);
  return walk.map((level, i) => level - (walk[i - 1] ?? 0));
}

/** Not NaN, and not infinite, anywhere. */
function expectNumbers(value: unknown): void {
  if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
  else if (value instanceof Float64Array) for (const one of value) expect(Number.isFinite(one)).toBe(true);
  else if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value))
    Object.values(value).forEach(expectNumbers);
}

it("holds no number that is none, whatever the scale, the rate and the samples", async () => {
  const extreme = fc.oneof(
    fc.constantFrom(5e-324, 1e-306, 1e-9, 1e-3, 1000, 1e12, 1e308, Number.MAX_VALUE),
    fc.double({ min: 5e-324, noNaN: true, noDefaultInfinity: true }),
  );
  const signed = fc.tuple(extreme, fc.constantFrom(-1, 1)).map(([size, sign]) => size * sign);
  const made = syntheticEcg({ seconds: 10, samplingRate: 250 }).leads.map(({ samples }) => samples);
  const sample = fc.oneof(fc.integer({ min: -2147483647, max: 2147483647 }), fc.constant(MISSING), fc.constant(0));
  const lead = fc.record({
    name: fc.constantFrom("I", "II", "aVF", "V1"),
    samplingRate: fc.constantFrom(null, 0.001, 1, 30, 125, 250, 500, 1_000_000),
    samples: fc.oneof(
      fc.constantFrom(...made),
      fc.array(sample, { maxLength: 2000 }).map((samples) => Int32Array.from(samples)),
    ),
    gain: fc.option(signed),
    baseline: fc.oneof(fc.constant(0), signed),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(lead, { minLength: 1, maxLength: 3 }), async (leads) => {
      expect(badNumbersOf(await measureLeads(leads))).toEqual([]);
    }),
    { numRuns: runs(100), seed: 1 },
  );
}, 30_000);

/** Where something that is measured is infinite or not a number. */
function badNumbersOf(value: unknown, path = ""): string[] {
  if (typeof value === "number") return Number.isFinite(value) ? [] : [path];
  return Object.entries(value ?? {}).flatMap(([key, inner]) =>
    typeof inner === "string" ? [] : badNumbersOf(inner, `${path}.${key}`),
  );
}
