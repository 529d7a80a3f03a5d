import { describe, expect, it } from "vitest";
import { MISSING } from "../../src/recording/recording.ts";
import { FilteredSignal } from "../../src/viewer/filters/filtered-signal.ts";
import { allowsFilter, type Filters, NO_FILTERS, nameFilters, sectionsOf } from "../../src/viewer/filters/filters.ts";
import { filterBothWays } from "../../src/viewer/filters/sections.ts";
import type { LeadPart } from "../../src/viewer/signal/lead-part.ts";

const RATE = 500;
const MARGIN = 4 * RATE;

/** What filters leave of a sine: its amplitude, and how far its crests have gone, in samples. */
function runSine(filters: Filters, hz: number, rate = RATE) {
  const count = 40 * rate;
  const sine = Float64Array.from({ length: count }, (_, i) => 1000 * Math.sin((2 * Math.PI * hz * i) / rate));
  const filtered = filterBothWays(sine, sectionsOf(filters, rate), 4 * rate);
  let [inPhase, across] = [0, 0];
  // Whole periods in the middle, where nothing is felt of the ends.
  for (let i = 10 * rate; i < 30 * rate; i++) {
    inPhase += filtered[i] * Math.sin((2 * Math.PI * hz * i) / rate);
    across += filtered[i] * Math.cos((2 * Math.PI * hz * i) / rate);
  }
  const amplitude = (2 * Math.hypot(inPhase, across)) / (20 * rate) / 1000;
  return { decibels: 20 * Math.log10(amplitude), radians: Math.atan2(across, inPhase) };
}

describe("filters for display", () => {
  const baseline = { ...NO_FILTERS, baseline: true };
  it.each([
    { what: "baseline", filters: baseline, hz: 0.65, least: -3.4, most: -3.01 },
    { what: "baseline", filters: baseline, hz: 0.7, least: -3.01, most: -2.5 },
    { what: "baseline", filters: baseline, hz: 0.1, least: -70, most: -55 },
    { what: "baseline", filters: baseline, hz: 5, least: -0.01, most: 0 },
    { what: "40 Hz", filters: { ...NO_FILTERS, lowPass: 40 as const }, hz: 40, least: -3.02, most: -3 },
    { what: "40 Hz", filters: { ...NO_FILTERS, lowPass: 40 as const }, hz: 1, least: -0.001, most: 0.001 },
    { what: "40 Hz", filters: { ...NO_FILTERS, lowPass: 40 as const }, hz: 120, least: -50, most: -36 },
    { what: "150 Hz", filters: { ...NO_FILTERS, lowPass: 150 as const }, hz: 150, least: -3.02, most: -3 },
    { what: "150 Hz", filters: { ...NO_FILTERS, lowPass: 150 as const }, hz: 40, least: -0.05, most: 0.001 },
    { what: "50 Hz notch", filters: { ...NO_FILTERS, notch: 50 as const }, hz: 50, least: -500, most: -60 },
    { what: "50 Hz notch", filters: { ...NO_FILTERS, notch: 50 as const }, hz: 48, least: -3.2, most: -2.8 },
    { what: "50 Hz notch", filters: { ...NO_FILTERS, notch: 50 as const }, hz: 52, least: -3.2, most: -2.8 },
    { what: "60 Hz notch", filters: { ...NO_FILTERS, notch: 60 as const }, hz: 60, least: -500, most: -60 },
    { what: "60 Hz notch", filters: { ...NO_FILTERS, notch: 60 as const }, hz: 10, least: -0.01, most: 0.001 },
  ])("$what leaves $hz Hz at $least to $most dB, where it was", ({ filters, hz, least, most }) => {
    const { decibels, radians } = runSine(filters, hz);
    expect(decibels).toBeGreaterThanOrEqual(least);
    expect(decibels).toBeLessThanOrEqual(most);
    if (decibels > -60) expect(radians).toBeCloseTo(0, 2);
  });

  it("leave a beat as symmetric as it was, and where it was", () => {
    const beat = Float64Array.from({ length: 4001 }, (_, i) => 1000 * Math.exp(-(((i - 2000) / 10) ** 2)));
    const filters: Filters = { baseline: true, lowPass: 40, notch: 50 };
    const filtered = filterBothWays(beat, sectionsOf(filters, RATE), MARGIN);
    expect(filtered.indexOf(Math.max(...filtered))).toBe(2000);
    for (const away of [5, 20, 100, 500]) expect(filtered[2000 + away]).toBeCloseTo(filtered[2000 - away], 4);
  });

  it("take a level away, or leave it, from the first sample on", () => {
    const level = new Int32Array(300).fill(700);
    const run = (filters: Filters) => filterBothWays(level, sectionsOf(filters, RATE), MARGIN);
    for (const value of run(baseline)) expect(value).toBeCloseTo(0, 6);
    for (const value of run({ baseline: false, lowPass: 40, notch: 50 })) expect(value).toBeCloseTo(700, 6);
  });

  it("begin anew behind a gap: what is before it is not felt", () => {
    const make = (before: number) =>
      Int32Array.from({ length: 1000 }, (_, i) => (i < 400 ? before : i < 500 ? MISSING : i % 50));
    const sections = sectionsOf({ baseline: true, lowPass: 150, notch: 60 }, RATE);
    const [low, high] = [make(0), make(30_000)].map((samples) => filterBothWays(samples, sections, MARGIN));
    expect([...low.subarray(400, 500)]).toEqual(new Array(100).fill(MISSING));
    expect(low.subarray(500)).toEqual(high.subarray(500));
    expect(low.subarray(500).every((value) => Math.abs(value) < 100)).toBe(true);
  });

  it("go on for ten times the length of a short stretch, and no farther", () => {
    const stretch = Int32Array.from({ length: 100 }, (_, i) => 10 * i + (i % 7) ** 3);
    const run = (margin: number) =>
      filterBothWays(stretch, sectionsOf({ ...NO_FILTERS, baseline: true }, RATE), margin);
    expect(run(1000)).not.toEqual(run(999));
    expect(run(1001)).toEqual(run(1000));
  });

  it("have stretches of one and two samples at their level, too", () => {
    const gappy = Int32Array.from({ length: 1000 }, (_, i) => ([0, 2].includes(i % 5) ? MISSING : 700));
    const run = (filters: Filters) => filterBothWays(gappy, sectionsOf(filters, RATE), MARGIN);
    for (const [filters, level] of [
      [baseline, 0],
      [{ baseline: false, lowPass: 40, notch: 50 }, 700],
    ] as const) {
      const filtered = [...run(filters)];
      expect(filtered.filter((value) => value === MISSING).length).toBe(400);
      expect(filtered.every((value) => value === MISSING || Math.abs(value - level) < 1e-6)).toBe(true);
    }
  });

  it.each([
    { rate: 1000, allowed: [40, 150, 50, 60] },
    { rate: 360, allowed: [40, 150, 50, 60] },
    { rate: 250, allowed: [40, 50, 60] },
    { rate: 100, allowed: [40] },
  ])("are had where $rate Hz allow them", ({ rate, allowed }) => {
    expect([40, 150, 50, 60].filter((hz) => allowsFilter(rate, hz))).toEqual(allowed);
    expect(sectionsOf({ baseline: false, lowPass: 150, notch: null }, rate).length).toBe(allowed.includes(150) ? 1 : 0);
  });

  it.each([
    { filters: NO_FILTERS, name: "none" },
    { filters: { ...NO_FILTERS, baseline: true }, name: "from 0.67 Hz" },
    { filters: { ...NO_FILTERS, lowPass: 150 as const }, name: "to 150 Hz" },
    { filters: { baseline: true, lowPass: 40 as const, notch: 50 as const }, name: "0.67–40 Hz, notch 50 Hz" },
  ])("are named: $name", ({ filters, name }) => {
    expect(nameFilters(filters)).toBe(name);
  });
});

describe("a filtered signal", () => {
  const TILE = 1000;
  const lead = { name: "II", n_samples: 20 * TILE, gain: 1000, baseline: 0, unit: "mV", zero_crossings: 0 };
  const wave = (i: number) => Math.round(500 * Math.sin(i / 7) + 2000 * Math.sin(i / 3000));
  const tiles = Array.from({ length: 20 }, (_, index): LeadPart => {
    const low = Int32Array.from({ length: TILE }, (_, i) => wave(index * TILE + i));
    return { start: index * TILE, step: 1, low, high: low };
  });
  const asked: number[][] = [];

  /** A signal of which some tiles are there. */
  function newSignal(isThere: (index: number) => boolean = () => true) {
    return {
      ecg: { sampling_rate: RATE, leads: [lead] } as never,
      rate: RATE,
      duration: 40,
      isTimed: true,
      show: (...window: number[]) => void asked.push(window),
      readOverview: () => undefined,
      findFailure: () => undefined,
      read: (_: string, from: number, to: number) => {
        const seen = tiles.filter(({ start }) => start / RATE < to && (start + TILE) / RATE > from);
        const missing = seen.filter(({ start }) => !isThere(start / TILE));
        return {
          parts: seen.filter((tile) => !missing.includes(tile)),
          missing: missing.map(({ start }) => ({ from: start / RATE, to: (start + TILE) / RATE })),
        };
      },
    };
  }
  const filters: Filters = { baseline: true, lowPass: 40, notch: null };
  const all = filterBothWays(
    Int32Array.from({ length: 20 * TILE }, (_, i) => wave(i)),
    sectionsOf(filters, RATE),
    MARGIN,
  );

  it("is the same in a window as in the whole, to a thousandth of a millivolt", () => {
    const signal = new FilteredSignal(newSignal(), filters);
    const { parts, missing } = signal.read("II", 18, 22, 4);
    expect(missing).toEqual([]);
    for (let i = 18 * RATE; i < 22 * RATE; i++)
      expect(Math.abs(parts[0].low[i - parts[0].start] - all[i])).toBeLessThan(1);
    expect(signal.read("II", 18, 22, 4).parts).toBe(signal.read("II", 18, 22, 4).parts);
  });

  it("asks for samples, with what is felt on both sides", () => {
    asked.length = 0;
    new FilteredSignal(newSignal(), filters).show(10, 20, 8);
    new FilteredSignal(newSignal(), { ...NO_FILTERS, notch: 50 }).show(10, 20, 8);
    expect(asked).toEqual([
      [6, 24, 0],
      [9, 21, 0],
    ]);
  });

  it("waits for what is felt beside a time that is still to come", () => {
    const { parts, missing } = new FilteredSignal(
      newSignal((index) => index !== 12),
      filters,
    ).read("II", 18, 22, 4);
    expect(missing).toEqual([{ from: 20, to: 30 }]);
    expect(parts[0].low[20 * RATE - 1 - parts[0].start]).not.toBe(MISSING);
    expect(parts[0].low[20 * RATE - parts[0].start]).toBe(MISSING);
  });

  it("leaves the lowest and highest of many samples as they are, and says so", () => {
    asked.length = 0;
    const signal = new FilteredSignal(newSignal(), filters);
    signal.show(0, 40, 17);
    expect(asked).toEqual([[0, 40, 17]]);
    expect(signal.read("II", 0, 40, 17).parts[0]).toBe(tiles[0]);
    expect(signal.describe(["II"], 17)).toBe("Not filtered: too much is seen at once");
    expect(signal.describe(["II"], 16)).toBe("Filters: 0.67–40 Hz");
  });
});
