import { describe, expect, it } from "vitest";
import { alignBeats } from "../../../src/analysis/waves/average-beats.ts";
import { comparePWaves } from "../../../src/analysis/waves/p-likeness.ts";
import { POINTS } from "../../../src/analysis/waves/wave-model.ts";
import { newRandom } from "../../support/golden-series.ts";

const RATE = 250;

/** A P wave before a beat: its delay before the R peak, its width (seconds) and its height. */
type P = { before: number; width: number; height: number };
type Beat = { rr: number; p?: P };
/** A T wave of 200 units, whose peak is this long behind the R peak, in seconds. */
const T_SECONDS = 0.26;

const SINUS: P = { before: 0.16, width: 0.025, height: 100 };
const ECTOPIC: P = { before: 0.1, width: 0.015, height: -100 };

/** Compares beats of a lead with noise, or fibrillation, of a height, and of a second lead that is no ECG if it is wanted. */
function compare(
  beats: readonly Beat[],
  {
    noise = 5,
    isLeftOut = beats.map(() => 0),
    isWide = beats.map(() => 0),
    hasNoiseLead = false,
    hasWanderingLead = false,
    hasT = false,
    flutter = 0,
    blurredLeads = 0,
  } = {},
) {
  let time = 1;
  const times = beats.map(({ rr }) => (time += rr));
  const random = newRandom(1);
  const samples = new Int32Array(RATE * (time + 2)).map((_, i) => {
    let value = noise * (Math.sin(0.13 * i + 40 * Math.sin(i / 977)) + 2 * random() - 1);
    for (const [b, at] of times.entries()) {
      const t = i / RATE - at;
      if (Math.abs(t) > 0.5) continue;
      value += 1000 * Math.exp(-((t / 0.012) ** 2));
      const { p } = beats[b];
      if (p) value += p.height * Math.exp(-(((t + p.before) / p.width) ** 2));
      if (hasT) value += 200 * Math.exp(-(((t - T_SECONDS) / 0.05) ** 2));
    }
    value += flutter * Math.sin((2 * Math.PI * i) / RATE / 0.2);
    return Math.round(value);
  });
  const leads = [{ samples, samplingRate: RATE }];
  if (hasNoiseLead) leads.push({ samples: samples.map(() => Math.round(1000 * random())), samplingRate: RATE });
  if (hasWanderingLead) leads.push({ samples: samples.map((_, i) => 5000 * Math.sin(0.02 * i)), samplingRate: RATE });
  for (let l = 0; l < blurredLeads; l++) {
    leads.push({ samples: samples.map((value) => value + Math.round(10 * random())), samplingRate: RATE });
  }
  // In the first lead, the clearest of them, the last P wave is not to be seen.
  if (blurredLeads > 0) samples.fill(0, Math.round((time - 0.25) * RATE), Math.round((time - 0.05) * RATE));
  const aligned = alignBeats(leads, times);
  const points = aligned.averages.map(() =>
    leads.map(() => Float64Array.from(POINTS, (name) => (name === "qrsOnset" ? -8 : 0))),
  );
  const intervals = Float64Array.from(beats, ({ rr }, i) => (i > 0 ? rr : Number.NaN));
  return comparePWaves(aligned, points, intervals, Uint8Array.from(isLeftOut), Uint8Array.from(isWide));
}

const sinus = (count: number): Beat[] =>
  Array.from({ length: count }, (_, i) => ({ rr: 0.8 + 0.01 * (i % 3), p: SINUS }));
const meanOf = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("comparePWaves", () => {
  it("knows the P wave of the slow beats in the T wave of the beat before, and another one", () => {
    const rrs = [0.95, 0.8, 0.5, 0.46, 0.6];
    const beats = Array.from({ length: 40 }, (_, i) => ({ rr: rrs[i % 5], p: i === 22 ? ECTOPIC : SINUS }));
    const { unlikeSlow } = compare(beats, { hasT: true });
    expect(unlikeSlow[22]).toBeGreaterThan(0.5);
    for (const [i, unlike] of unlikeSlow.entries()) if (i > 0 && i !== 22) expect(unlike).toBeLessThan(0.15);
  });

  it("takes no wave of a flutter before beats for a part of the T wave before it", () => {
    const counts = [4, 2, 3, 4, 4, 2, 3, 3, 4, 2];
    const beats = Array.from({ length: 40 }, (_, i) => ({ rr: 0.2 * counts[i % 10] }));
    const { unlikeSlow } = compare(beats, { flutter: 100 });
    for (const unlike of unlikeSlow.slice(1)) expect(unlike).toBeLessThan(0.1);
  });

  it("finds that P waves come back in sinus rhythm", () => {
    const { repeated, unlikeSlow, clearness } = compare(sinus(30));
    expect(Math.min(...repeated)).toBeGreaterThan(0.8);
    expect(Math.max(...unlikeSlow.map(Math.abs))).toBeLessThan(0.2);
    expect(clearness).toBeGreaterThan(0.8);
  });

  it("finds that nothing comes back where the atria fibrillate", () => {
    const { repeated, clearness } = compare(
      Array.from({ length: 30 }, (_, i) => ({ rr: 0.5 + 0.3 * Math.abs(Math.sin(i * i)) })),
      { noise: 40 },
    );
    expect(Math.abs(meanOf(repeated))).toBeLessThan(0.15);
    expect(clearness).toBeLessThan(0.4);
  });

  it("tells another P wave from that of the slow beats, though most beats have it", () => {
    const beats = Array.from({ length: 10 }, () => [
      { rr: 1.6, p: SINUS },
      { rr: 0.7, p: ECTOPIC },
      { rr: 0.7, p: ECTOPIC },
    ]).flat();
    const { unlikeSlow } = compare(beats);
    for (const [i, { p }] of beats.entries()) {
      if (i === 0) continue;
      if (p === SINUS) expect(unlikeSlow[i]).toBeLessThan(0.2);
      else expect(unlikeSlow[i]).toBeGreaterThan(0.5);
    }
  });

  it("knows the P wave of the slow beats that are not wide, though wide ones are slower, and of these where there are no others", () => {
    const beats = Array.from({ length: 30 }, (_, i) => (i % 3 === 2 ? { rr: 1.6, p: ECTOPIC } : { rr: 0.8, p: SINUS }));
    const isWide = beats.map(({ p }) => (p === ECTOPIC ? 1 : 0));
    const { unlikeSlow } = compare(beats, { isWide });
    for (const [i, { p }] of beats.entries()) {
      if (p === SINUS) expect(unlikeSlow[i]).toBeLessThan(0.2);
      else expect(unlikeSlow[i]).toBeGreaterThan(0.5);
    }
    expect(compare(sinus(30), { isWide: sinus(30).map(() => 1) })).toEqual({
      ...compare(sinus(30)),
      newFinder: expect.any(Function),
    });
  });

  it("looks for P waves in the clearest lead, and in the five clearest where there are as many", () => {
    const beats = sinus(30);
    const last = beats.reduce((sum, { rr }) => sum + rr, 1);
    const likenessOfLast = (blurredLeads: number) => {
      const finder = compare(beats, { noise: 0, blurredLeads }).newFinder?.();
      return finder?.likenessNear(last + finder.fromPeak);
    };
    expect(likenessOfLast(3)).toBeLessThan(0.5);
    expect(likenessOfLast(4)).toBeGreaterThan(0.8);
  });

  it("knows the P wave of the slow beats of 10 s, though two of them escape with another", () => {
    const beats = Array.from({ length: 12 }, (_, i) =>
      i % 6 === 5 ? { rr: 1.2, p: ECTOPIC } : { rr: 0.8 + 0.01 * i, p: SINUS },
    );
    const { unlikeSlow } = compare(beats);
    for (const [i, { p }] of beats.entries()) {
      if (p === SINUS) expect(unlikeSlow[i]).toBeLessThan(0.1);
      else expect(unlikeSlow[i]).toBeGreaterThan(0.4);
    }
  });

  it("knows the P wave of the sinus beats of 10 s, though every other beat is early, and that it varies little", () => {
    const beats = Array.from({ length: 10 }, (_, i) => (i % 2 ? { rr: 0.65, p: ECTOPIC } : { rr: 1.1, p: SINUS }));
    const { unlikeSlow, variation } = compare(beats);
    expect(variation).toBeLessThan(0.05);
    for (const [i, { p }] of beats.entries()) {
      if (p === SINUS) expect(unlikeSlow[i]).toBeLessThan(0.05);
      else expect(unlikeSlow[i]).toBeGreaterThan(0.5);
    }
    expect(compare(sinus(30), { noise: 40 }).variation).toBeGreaterThan(0.05);
  });

  it("finds that sinus P waves come back between ectopic ones, which pairs of beats do not tell", () => {
    const random = newRandom(4);
    const other = (): P => ({ before: 0.06 + 0.08 * random(), width: 0.015, height: -100 });
    const beats = Array.from({ length: 20 }, () => [
      { rr: 1, p: SINUS },
      { rr: 0.6, p: other() },
    ]).flat();
    const { repeated, comesBack } = compare(beats);
    for (const [i, value] of [...comesBack].entries()) expect(value).toBeGreaterThanOrEqual(repeated[i]);
    expect(meanOf(repeated)).toBeLessThan(0.4);
    expect(Math.min(...comesBack)).toBeGreaterThan(0.42);
  });

  it("finds that nothing comes back where P waves are not clear", () => {
    const { repeated, comesBack } = compare(
      Array.from({ length: 30 }, (_, i) => ({ rr: 0.5 + 0.3 * Math.abs(Math.sin(i * i)) })),
      { noise: 40 },
    );
    expect(comesBack).toEqual(repeated.map((value) => Math.max(0, value)));
  });

  it("counts a lead of noise little", () => {
    const [alone, withNoise] = [false, true].map((hasNoiseLead) => compare(sinus(30), { hasNoiseLead }));
    expect(withNoise.clearness).toBeGreaterThan(0.9 * alone.clearness);
    expect(meanOf(withNoise.repeated)).toBeGreaterThan(0.9 * meanOf(alone.repeated));
  });

  it("takes a lead that wanders for no P wave where the atria fibrillate, and sees them beside it in sinus rhythm", () => {
    const irregular = Array.from({ length: 60 }, (_, i) => ({ rr: 0.5 + 0.3 * Math.abs(Math.sin(i * i)) }));
    const fibrillating = compare(irregular, { noise: 40, hasWanderingLead: true });
    expect(meanOf(fibrillating.comesBack)).toBeLessThan(0.2);
    const { comesBack } = compare(sinus(30), { hasWanderingLead: true });
    expect(Math.min(...comesBack)).toBeGreaterThan(0.8);
  });

  it("knows nothing of beats that are left out, and compares no other with them", () => {
    const beats = sinus(30).map((beat, i) => (i % 3 === 2 ? { rr: 0.8 } : beat));
    const { repeated } = compare(beats, { isLeftOut: beats.map((_, i) => (i % 3 === 2 ? 1 : 0)) });
    for (const [i, value] of repeated.entries()) {
      if (i % 3 === 2) expect(value).toBeNaN();
      else expect(value).toBeGreaterThan(0.8);
    }
  });

  it.each([0, 1, 4])("knows nothing of %s beats", (count) => {
    const { repeated, comesBack, unlikeSlow, clearness } = compare(sinus(count));
    expect([...repeated, ...comesBack, ...unlikeSlow].every(Number.isNaN)).toBe(true);
    expect(clearness).toBe(0);
  });

  it("knows nothing without leads", () => {
    const aligned = alignBeats([], [1, 2, 3, 4, 5, 6]);
    const { repeated } = comparePWaves(aligned, [], new Float64Array(6).fill(1), new Uint8Array(6));
    expect(repeated.every(Number.isNaN)).toBe(true);
  });
});
