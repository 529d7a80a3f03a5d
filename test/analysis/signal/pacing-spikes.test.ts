import { describe, expect, it } from "vitest";
import { bridgeSpikes } from "../../../src/analysis/signal/pacing-spikes.ts";
import { syntheticEcg } from "../../support/synthetic-ecg.ts";

describe("bridgeSpikes", () => {
  it.each([
    { samplingRate: 250, width: 1, millivolts: 20 },
    { samplingRate: 360, width: 1, millivolts: -2 },
    { samplingRate: 500, width: 1, millivolts: 20 },
    { samplingRate: 500, width: 2, millivolts: 3 },
    { samplingRate: 1000, width: 2, millivolts: 1 },
    { samplingRate: 1000, width: 3, millivolts: -5 },
  ])("takes spikes of $millivolts mV and $width samples out at $samplingRate Hz", (spike) => {
    const { samplingRate, width, millivolts } = spike;
    const [, { samples: clean }] = syntheticEcg({ samplingRate, seconds: 20 }).leads;
    const places = Array.from({ length: 18 }, (_, i) => Math.round((0.7 + 1.03 * i) * samplingRate));
    const samples = clean.slice();
    for (const place of places) for (let k = 0; k < width; k++) samples[place + k] += 1000 * millivolts;
    const [bridged] = bridgeSpikes([{ samples, samplingRate, gain: 1000 }]);
    expect(bridged.spikes).toEqual(places);
    const most = Math.max(...bridged.samples.map((sample, i) => Math.abs(sample - clean[i])));
    expect(most).toBeLessThan(150);
  });

  it("takes out what a recorder's filter makes of spikes", () => {
    const [, { samples: clean }] = syntheticEcg({ samplingRate: 500, seconds: 20 }).leads;
    const places = Array.from({ length: 18 }, (_, i) => Math.round((0.7 + 1.03 * i) * 500));
    const samples = clean.slice();
    const shape = [300, 8900, 11_500, 900, -1900, 300, 500, -150];
    for (const place of places) for (const [k, value] of shape.entries()) samples[place + k] += value;
    const [bridged] = bridgeSpikes([{ samples, samplingRate: 500, gain: 1000 }]);
    expect(bridged.spikes).toEqual(places.map((place) => place + 1));
    const most = Math.max(...bridged.samples.map((sample, i) => Math.abs(sample - clean[i])));
    expect(most).toBeLessThan(150);
  });

  it.each([
    { samplingRate: 250, width: 1, millivolts: 8, tail: -0.15, seconds: 0.012 },
    { samplingRate: 360, width: 1, millivolts: -5, tail: 0.1, seconds: 0.008 },
    { samplingRate: 500, width: 1, millivolts: 15, tail: 0.1, seconds: 0.02 },
    { samplingRate: 500, width: 2, millivolts: 3, tail: -0.25, seconds: 0.03 },
    { samplingRate: 1000, width: 2, millivolts: -4, tail: -0.2, seconds: 0.005 },
    { samplingRate: 250, width: 1, millivolts: 8, tail: -0.15, seconds: 0.012, ofSeconds: 50 },
  ])(
    "takes tails of $tail of the spike and $seconds s off at $samplingRate Hz, before P waves and QRS complexes",
    (spike) => {
      const { samplingRate, width, millivolts, tail, seconds, ofSeconds = 10 } = spike;
      const { leads } = syntheticEcg({ samplingRate, seconds: ofSeconds });
      const [clean] = leads.slice(1);
      const tops = Array.from(clean.samples.keys()).filter((i) => {
        const about = clean.samples.subarray(Math.max(0, i - 0.2 * samplingRate), i + 0.2 * samplingRate);
        return clean.samples[i] > 700 && i === clean.samples.indexOf(Math.max(...about), i - 1);
      });
      const places = tops
        .slice(1)
        .flatMap((top) => [-0.28, -0.07].map((time) => top + Math.round(time * samplingRate)));
      expect(places.length).toBeGreaterThan(14);
      /** The heights of the spikes in three leads: in the last they are too low to be seen there. */
      const paced = [1, -0.7, 0.04].map((share, l) => {
        const samples = leads[l].samples.slice();
        for (const place of places) {
          for (let k = 0; k < 0.2 * samplingRate && place + k < samples.length; k++) {
            const height = k < width ? 1 : tail * Math.exp(-(k - width) / (seconds * samplingRate));
            samples[place + k] += Math.round(1000 * millivolts * share * height);
          }
        }
        return { ...leads[l], samples };
      });
      for (const [l, { samples }] of bridgeSpikes(paced).entries()) {
        const errors = samples.map((sample, i) => Math.abs(sample - leads[l].samples[i]));
        for (const place of places) {
          const about = errors.subarray(place + 0.02 * samplingRate, place + 0.2 * samplingRate);
          expect(Math.max(...about), `lead ${l}, sample ${place}`).toBeLessThan(60);
        }
      }
    },
  );

  it("leaves a lead as it is in which there are no tails", () => {
    const { leads } = syntheticEcg({ samplingRate: 500, seconds: 10 });
    const samples = leads[1].samples.slice();
    const places = Array.from({ length: 9 }, (_, i) => Math.round((0.7 + 1.03 * i) * 500));
    for (const place of places) samples[place] += 5000;
    const bridged = bridgeSpikes([{ ...leads[1], samples }, leads[7]]);
    const isSpike = (i: number) => places.some((place) => i >= place - 6 && i < place + 12);
    for (const [l, given] of [leads[1], leads[7]].entries()) {
      const changed = [...given.samples.keys()].filter((i) => bridged[l].samples[i] !== given.samples[i]);
      expect(changed.filter((i) => !isSpike(i))).toEqual([]);
    }
  });

  it.each([250, 500, 1000])("takes no notch of a QRS complex for a spike, at %i Hz", (samplingRate) => {
    const [, { samples }] = syntheticEcg({ samplingRate, seconds: 20, noise: 0 }).leads;
    const notch = Math.max(1, Math.round(0.002 * samplingRate));
    /** A step down for 2 ms on top of each R wave, where the signal is as good as level for 4 ms to both sides. */
    const notched = samples.slice();
    for (let i = 1; i < samples.length - notch; i++) {
      const isTop = samples[i] > 900 && samples[i] >= samples[i - 1] && samples[i] > samples[i + 1];
      if (isTop) for (let k = 0; k < notch; k++) notched[i + k] -= 600;
    }
    expect(notched).not.toEqual(samples);
    for (const gain of [1000, null]) {
      expect(bridgeSpikes([{ samples: notched, samplingRate, gain }])[0].spikes).toEqual([]);
    }
  });

  it("does not look for the end of a spike at each of millions of samples", () => {
    const samples = Int32Array.from(
      { length: 2 ** 21 },
      (_, i) => (i % 16 < 8 ? 1e8 : -1e8) * Math.max(4, 2 + (i % 8)),
    );
    const [bridged] = bridgeSpikes([{ samples, samplingRate: 1e6, gain: 1 }]);
    expect(bridged.samples).toBe(samples);
    expect(bridged.spikes).toEqual([]);
  });

  it.each([200, 250, 360, 500, 1000])("takes nothing of a heart's for a spike, at %i Hz", (samplingRate) => {
    for (const heartRate of [60, 150, 220]) {
      const { leads } = syntheticEcg({ samplingRate, heartRate, seconds: 20, noise: 0.03 });
      for (const given of [leads, leads.map((lead) => ({ ...lead, gain: null }))]) {
        for (const [l, bridged] of bridgeSpikes(given).entries()) {
          expect(bridged.samples).toBe(given[l].samples);
          expect(bridged.spikes).toEqual([]);
        }
      }
    }
  });
});
