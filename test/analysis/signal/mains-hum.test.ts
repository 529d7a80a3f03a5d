import { describe, expect, it } from "vitest";
import { removeHum } from "../../../src/analysis/signal/mains-hum.ts";
import { MISSING } from "../../../src/recording/recording.ts";
import { syntheticEcg } from "../../support/synthetic-ecg.ts";

/** A lead of 10 s at 90 beats a minute, in uV, and the same with hum of 0.1 mV that is a little off its frequency. */
function newLead(samplingRate: number, frequencyHz: number) {
  const [, { samples }] = syntheticEcg({ seconds: 10, samplingRate, heartRate: 90, noise: 0 }).leads;
  const step = (2 * Math.PI * (frequencyHz + 0.03)) / samplingRate;
  return { samples, humming: samples.map((sample, i) => Math.round(sample + 100 * Math.sin(step * i + 1))) };
}

function farthest(found: Int32Array, expected: Int32Array): number {
  return Math.max(...found.map((sample, i) => Math.abs(sample - expected[i])));
}

describe("removeHum", () => {
  it.each([
    { samplingRate: 128, frequencyHz: 50 },
    { samplingRate: 250, frequencyHz: 60 },
    { samplingRate: 360, frequencyHz: 60 },
    { samplingRate: 500, frequencyHz: 50 },
    { samplingRate: 1000, frequencyHz: 50 },
  ])("takes hum of $frequencyHz Hz off at $samplingRate Hz, and leaves QRS complexes as they are", (of) => {
    const { samples, humming } = newLead(of.samplingRate, of.frequencyHz);
    expect(farthest(humming, samples)).toBeGreaterThan(99);
    expect(farthest(removeHum(humming, of.samplingRate, of.frequencyHz), samples)).toBeLessThan(15);
    expect(farthest(removeHum(samples, of.samplingRate, of.frequencyHz), samples)).toBeLessThan(5);
  });

  it("goes on where samples are missing, which stay so", () => {
    const { samples, humming } = newLead(500, 50);
    const isMissing = (i: number) => i >= 2000 && i < 2200;
    const found = removeHum(
      humming.map((sample, i) => (isMissing(i) ? MISSING : sample)),
      500,
      50,
    );
    expect(found.every((sample, i) => (sample === MISSING) === isMissing(i))).toBe(true);
    expect(
      farthest(
        found.filter((_, i) => !isMissing(i)),
        samples.filter((_, i) => !isMissing(i)),
      ),
    ).toBeLessThan(15);
  });

  it("gives what is shorter than a part back", () => {
    expect(removeHum(Int32Array.of(1, 2, 3), 500, 50)).toEqual(Int32Array.of(1, 2, 3));
  });
});
