import { expect, it } from "vitest";
import { bridgeSpikes } from "../../../src/analysis/signal/pacing-spikes.ts";
import { measureLeads } from "../../support/measure-leads.ts";
import { syntheticEcg } from "../../support/synthetic-ecg.ts";

/** A spike of an atrium behind a recorder's filter, in mV, a value each 2 ms. */
const FILTERED = [0.02, 0.08, 0.2, 0.28, 0.22, 0.02, -0.2, -0.3, -0.22, -0.1, -0.03, -0.01];
/** How long before R peaks the spikes are, in seconds. */
const [ATRIAL_SECONDS, VENTRICULAR_SECONDS] = [0.24, 0.06];
const SHARES = [0.6, 0.4, -0.3, -0.6, 0.4, 0.3, 1, -1, 0.5, 0.3, 0.3, 0.2];

type Options = {
  /** Of which beats there is no spike of the atrium, and none of the ventricles. */
  withoutAtrial?: readonly number[];
  withoutVentricular?: readonly number[];
  /** How many times as high the spikes of the atrium are. */
  times?: number;
};

/** The leads with a pacemaker's spikes, and where the spikes of each kind begin. */
function newPaced(samplingRate: number, { withoutAtrial = [], withoutVentricular = [], times = 1 }: Options = {}) {
  const { leads } = syntheticEcg({ samplingRate, seconds: 10 });
  const { samples: second } = leads[1];
  const peaks = [...second.keys()].filter((i) => {
    const about = second.subarray(Math.max(0, i - 0.2 * samplingRate), i + 0.2 * samplingRate);
    return second[i] > 700 && second[i] === Math.max(...about) && second[i - 1] < second[i] && i > 0.3 * samplingRate;
  });
  const placesOf = (seconds: number, without: readonly number[]) =>
    peaks.map((peak) => peak - Math.round(seconds * samplingRate)).filter((_, i) => !without.includes(i));
  const ventricular = placesOf(VENTRICULAR_SECONDS, withoutVentricular);
  const atrial = placesOf(ATRIAL_SECONDS, withoutAtrial);
  const paced = leads.map(({ samples, ...lead }, l) => {
    const sent = samples.slice();
    for (const at of ventricular) sent[at] += Math.round(-2000 * SHARES[l]);
    for (const at of atrial) {
      for (let k = 0; k < 0.024 * samplingRate; k++) {
        sent[at + k] += Math.round(1000 * times * SHARES[l] * (FILTERED[Math.floor((500 * k) / samplingRate)] ?? 0));
      }
    }
    return { ...lead, samples: sent };
  });
  return { clean: leads, paced, atrial, ventricular, peaks };
}

it.each([250, 500, 1000])("takes filtered spikes of an atrium out of all leads, at %i Hz", (samplingRate) => {
  const { clean, paced, atrial, ventricular } = newPaced(samplingRate);
  const bridged = bridgeSpikes(paced);
  const spikes = bridged[0].spikes.toSorted((a, b) => a - b);
  expect(spikes.length).toBe(atrial.length + ventricular.length);
  for (const [i, at] of [...atrial, ...ventricular].sort((a, b) => a - b).entries()) {
    expect(Math.abs(spikes[i] - at), `spike ${i}`).toBeLessThan(0.012 * samplingRate);
  }
  for (const [l, { samples }] of bridged.entries()) {
    const most = Math.max(...samples.map((sample, i) => Math.abs(sample - clean[l].samples[i])));
    expect(most, `lead ${l}`).toBeLessThan(150);
  }
});

it("measures beats and waves as without them", async () => {
  const { clean, paced, peaks } = newPaced(500, { times: 10 });
  const [expected, measured] = [await measureLeads(clean), await measureLeads(paced)];
  expect(measured.judgedSeconds).toBe(10);
  expect(measured.beats.times.length).toBe(peaks.length);
  for (const name of ["p", "pr", "qrs", "qt"] as const) {
    expect(Math.abs((measured.intervals?.[name] ?? 0) - (expected.intervals?.[name] ?? 0)), name).toBeLessThan(10);
  }
});

it("finds those that no spike of the ventricles follows: before a beat of the heart's own, first and last", () => {
  const { paced, atrial, peaks } = newPaced(500, { withoutVentricular: [0, 4, 9] });
  expect(peaks.length).toBe(10);
  const spikes = bridgeSpikes(paced)[0].spikes;
  for (const at of atrial) expect(Math.min(...spikes.map((spike) => Math.abs(spike - at))), `at ${at}`).toBeLessThan(6);
});

it("leaves waves alone that come before some of the ventricles' spikes", () => {
  const { paced, ventricular } = newPaced(500, { withoutAtrial: [0, 2, 4, 6, 8] });
  expect(bridgeSpikes(paced)[0].spikes).toEqual(ventricular);
});

it("takes no P wave for one", () => {
  const { clean, paced, ventricular } = newPaced(500, { withoutAtrial: [...Array(20).keys()] });
  const [first] = bridgeSpikes(paced);
  expect(first.spikes).toEqual(ventricular);
  for (const at of ventricular) {
    const p = clean[0].samples.subarray(at - 100, at - 15);
    expect(first.samples.subarray(at - 100, at - 15)).toEqual(p);
  }
});

it("finds none again that is told by itself", () => {
  const { paced, ventricular } = newPaced(500, { withoutAtrial: [...Array(20).keys()] });
  const narrow = ventricular.map((at) => at - 90);
  for (const { samples } of paced) for (const at of narrow) samples[at] += 1500;
  const spikes = bridgeSpikes(paced)[0].spikes;
  expect(spikes).toEqual([...narrow, ...ventricular].sort((a, b) => a - b));
});

it("leaves a lead as it is that ends within one", () => {
  const { paced, atrial } = newPaced(500, { times: 3 });
  const [first, second] = paced;
  const short = { ...second, samples: second.samples.slice(0, atrial[6] + 6) };
  const [, bridged] = bridgeSpikes([first, short]);
  expect(bridged.samples.subarray(-3)).toEqual(short.samples.subarray(-3));
});

it("does not look for them at rates at which that takes long", () => {
  const { paced, atrial } = newPaced(8000);
  const [{ spikes }] = bridgeSpikes(paced.slice(0, 2));
  expect(spikes.length).toBeGreaterThan(5);
  expect(spikes.filter((spike) => atrial.some((at) => Math.abs(spike - at) < 240))).toEqual([]);
});
