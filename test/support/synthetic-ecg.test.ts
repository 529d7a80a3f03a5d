import { expect, it } from "vitest";
import { ecgJson } from "../../src/formats/json/ecg-json.ts";
import { MISSING, type Recording } from "../../src/recording/recording.ts";
import { syntheticEcg, toEcgJson } from "./synthetic-ecg.ts";

const LEADS = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];

function signalOf(recording: Recording, name: string): Int32Array {
  const lead = recording.leads.find((lead) => lead.name === name);
  if (!lead) throw new Error(`no lead ${name}`);
  return lead.samples;
}

/** Where the signal rises through half of its highest value. */
function findRises(samples: Int32Array): number[] {
  const threshold = samples.reduce((most, sample) => Math.max(most, sample)) / 2;
  return [...samples.keys()].filter((i) => i > 0 && samples[i - 1] < threshold && samples[i] >= threshold);
}

/** The largest absolute value of an error over all samples. */
function findWorst(count: number, errorAt: (at: number) => number): number {
  let worst = 0;
  for (let at = 0; at < count; at++) worst = Math.max(worst, Math.abs(errorAt(at)));
  return worst;
}

it("has twelve leads of ten seconds at 500 Hz unless told otherwise", () => {
  expect(syntheticEcg().leads.map(({ samples, ...lead }) => ({ ...lead, count: samples.length }))).toEqual(
    LEADS.map((name) => ({ name, samplingRate: 500, gain: 1000, baseline: 0, count: 5000 })),
  );
});

it("has the length, the sampling rate and the gain that are asked for", () => {
  const recording = syntheticEcg({ seconds: 2.5, samplingRate: 250, gain: 200 });
  expect(recording.leads.map(({ samples, samplingRate, gain }) => [samples.length, samplingRate, gain])).toEqual(
    LEADS.map(() => [625, 250, 200]),
  );
});

it("has no sample in no time", () => {
  expect(syntheticEcg({ seconds: 0 }).leads.map((lead) => lead.samples.length)).toEqual(LEADS.map(() => 0));
});

it("gives the same samples for the same seed", () => {
  expect(syntheticEcg({ seed: 7 })).toEqual(syntheticEcg({ seed: 7 }));
});

it("gives other samples in each drawn lead for another seed", () => {
  const [one, other] = [syntheticEcg({ seed: 7 }), syntheticEcg({ seed: 8 })];
  for (const name of LEADS) expect(signalOf(one, name), name).not.toEqual(signalOf(other, name));
});

it("begins with the same samples however long it is", () => {
  const [short, long] = [syntheticEcg({ seconds: 3 }), syntheticEcg({ seconds: 30 })];
  for (const name of LEADS) expect(signalOf(long, name).slice(0, 1500), name).toEqual(signalOf(short, name));
});

it.each([
  { heartRate: 40, seconds: 60, samplingRate: 500 },
  { heartRate: 60, seconds: 10, samplingRate: 500 },
  { heartRate: 75, seconds: 60, samplingRate: 250 },
  { heartRate: 120, seconds: 60, samplingRate: 1000 },
  { heartRate: 180, seconds: 20, samplingRate: 360 },
])("beats at $heartRate beats per minute for $seconds s at $samplingRate Hz", (options) => {
  const rises = findRises(signalOf(syntheticEcg(options), "II"));
  expect(rises).toHaveLength((options.heartRate * options.seconds) / 60);
});

it("varies its RR intervals by a few percent", () => {
  const rises = findRises(signalOf(syntheticEcg({ seconds: 300 }), "II"));
  const intervals = rises.slice(1).map((rise, i) => (rise - rises[i]) / 500);
  const mean = intervals.reduce((sum, interval) => sum + interval) / intervals.length;
  const variance = intervals.reduce((sum, interval) => sum + (interval - mean) ** 2, 0) / intervals.length;
  expect(mean).toBeCloseTo(1, 2);
  expect(Math.sqrt(variance)).toBeGreaterThan(0.02);
  expect(Math.sqrt(variance)).toBeLessThan(0.05);
});

it.each([1, 2, 3, 4, 5])("has limb leads that agree with each other, with seed %i", (seed) => {
  const recording = syntheticEcg({ seed });
  const [i, ii, iii, avr, avl, avf] = LEADS.map((name) => signalOf(recording, name));
  expect(findWorst(i.length, (at) => iii[at] - (ii[at] - i[at]))).toBe(0);
  expect(findWorst(i.length, (at) => avr[at] + (i[at] + ii[at]) / 2)).toBe(0.5);
  expect(findWorst(i.length, (at) => avl[at] - (i[at] - ii[at] / 2))).toBe(0.5);
  expect(findWorst(i.length, (at) => avf[at] - (ii[at] - i[at] / 2))).toBe(0.5);
});

it.each([100, 1000, 5000])("has R peaks of a plausible height at %i ADC units per mV", (gain) => {
  const samples = signalOf(syntheticEcg({ gain }), "II");
  for (const rise of findRises(samples)) {
    const peak = Math.max(...samples.slice(rise, rise + 50)) / gain;
    expect(peak).toBeGreaterThan(0.5);
    expect(peak).toBeLessThan(2);
  }
});

it("has its T wave upright in II and R smaller than S in V1", () => {
  const recording = syntheticEcg({ noise: 0 });
  const [ii, v1] = [signalOf(recording, "II"), signalOf(recording, "V1")];
  // At 60 beats per minute T is a quarter of a second behind R, and the next P, 167 ms before its R, is not there yet.
  const [rise] = findRises(ii);
  expect(ii[rise + 125] - ii[rise + 220]).toBeGreaterThan(200);
  expect(Math.min(...v1)).toBeLessThan(-2 * Math.max(...v1));
});

it("has noise of the deviation that is asked for", () => {
  const [clean, noisy] = [0, 0.05].map((noise) => signalOf(syntheticEcg({ noise, seconds: 60 }), "V6"));
  const squares = clean.reduce((sum, sample, i) => sum + (noisy[i] - sample) ** 2, 0);
  expect(Math.sqrt(squares / clean.length)).toBeGreaterThan(49);
  expect(Math.sqrt(squares / clean.length)).toBeLessThan(51);
});

it.each([
  { name: "as it is made", change: (recording: Recording) => recording },
  {
    name: "with all that may be said of it",
    change: (recording: Recording) => ({
      ...recording,
      recordedAt: Date.UTC(2026, 0, 31, 9, 30),
      subject: "P-0042",
      device: "CardioPatch 3",
      note: "At rest",
    }),
  },
  {
    name: "with a missing sample, another rate and no gain",
    change: (recording: Recording) => {
      const [first, second, ...others] = recording.leads;
      const samples = first.samples.with(1, MISSING);
      const changed = { ...second, samplingRate: 250, gain: null, baseline: 512 };
      return { ...recording, leads: [{ ...first, samples }, changed, ...others] };
    },
  },
  {
    name: "with a lead of unknown rate",
    change: (recording: Recording) => {
      const [first, ...others] = recording.leads;
      return { ...recording, leads: [{ ...first, samplingRate: null }, ...others] };
    },
  },
])("is the same ECG when it is read back from its JSON: $name", ({ change }) => {
  const recording = change(syntheticEcg({ seconds: 1 }));
  expect(ecgJson.read(new TextEncoder().encode(JSON.stringify(toEcgJson(recording))))).toEqual(recording);
});

it("is written as POST /ecg takes it", () => {
  const samples = Int32Array.of(12, MISSING, -3);
  const lead = { name: "II", samplingRate: 500, samples, gain: 1000, baseline: 0 };
  const ecg = {
    recordedAt: 0,
    subject: "P-0042",
    device: null,
    note: null,
    isOpen: false,
    annotations: [],
    leads: [lead],
  };
  expect(JSON.parse(JSON.stringify(toEcgJson(ecg)))).toEqual({
    date: "1970-01-01T00:00:00.000Z",
    sampling_rate: 500,
    subject: "P-0042",
    leads: [{ name: "II", n_samples: 3, gain: 1000, baseline: 0, signal: [12, null, -3] }],
  });
});
