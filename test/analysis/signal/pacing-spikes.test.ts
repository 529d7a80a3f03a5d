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
    const bridged = bridgeSpikes(samples, samplingRate, 1000);
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
    const bridged = bridgeSpikes(samples, 500, 1000);
    expect(bridged.spikes).toEqual(places.map((place) => place + 1));
    const most = Math.max(...bridged.samples.map((sample, i) => Math.abs(sample - clean[i])));
    expect(most).toBeLessThan(150);
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
    for (const gain of [1000, null]) expect(bridgeSpikes(notched, samplingRate, gain).spikes).toEqual([]);
  });

  it("does not look for the end of a spike at each of millions of samples", () => {
    const samples = Int32Array.from(
      { length: 2 ** 21 },
      (_, i) => (i % 16 < 8 ? 1e8 : -1e8) * Math.max(4, 2 + (i % 8)),
    );
    expect(bridgeSpikes(samples, 1e6, 1)).toEqual({ samples, spikes: [] });
  });

  it.each([200, 250, 360, 500, 1000])("takes nothing of a heart's for a spike, at %i Hz", (samplingRate) => {
    for (const heartRate of [60, 150, 220]) {
      for (const { samples, gain } of syntheticEcg({ samplingRate, heartRate, seconds: 20, noise: 0.03 }).leads) {
        expect(bridgeSpikes(samples, samplingRate, gain)).toEqual({ samples, spikes: [] });
        expect(bridgeSpikes(samples, samplingRate, null).samples).toBe(samples);
      }
    }
  });
});
