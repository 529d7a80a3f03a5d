import { describe, expect, it } from "vitest";
import { toLeadPart } from "../../src/viewer/signal/lead-part.ts";
import { levelFor, pointsPerTile, tilesOf } from "../../src/viewer/signal/tile-plan.ts";
import { type Tile, TileStore } from "../../src/viewer/signal/tile-store.ts";

const MISSING = -0x80000000;
const RECORDING = { duration: 3600, rate: 500, points: 512 };

describe("the plan of tiles", () => {
  it.each([
    { samplesPerPixel: 0.01, level: 0 },
    { samplesPerPixel: 3.9, level: 0 },
    { samplesPerPixel: 4, level: 2 },
    { samplesPerPixel: 1000, level: 9 },
  ])("has buckets of at most a pixel for $samplesPerPixel samples a pixel", ({ samplesPerPixel, level }) => {
    expect(levelFor(samplesPerPixel)).toBe(level);
  });

  it.each([
    { leads: 1, points: 2048 },
    { leads: 12, points: 512 },
    { leads: 64, points: 128 },
  ])("has tiles of about the same size for $leads leads", ({ leads, points }) => {
    expect(pointsPerTile(leads)).toBe(points);
  });

  it.each([
    { what: "a window", window: { from: 3, to: 5 }, level: 0, indices: [1, 2] },
    { what: "what is before the beginning", window: { from: -5, to: 1 }, level: 0, indices: [0] },
    { what: "what is behind the end", window: { from: 3599.9, to: 3700 }, level: 0, indices: [1757] },
    { what: "nothing of it", window: { from: 3600, to: 3700 }, level: 0, indices: [] },
    { what: "all of it", window: { from: 0, to: 3600 }, level: 12, indices: [0] },
  ])("finds the tiles of $what", ({ window, level, indices }) => {
    expect(tilesOf(window, level, RECORDING).map(({ index }) => index)).toEqual(indices);
  });
});

describe("a part of a lead", () => {
  const lead = { name: "II", n_samples: 9, gain: 1, baseline: 0, unit: "mV", zero_crossings: 0 };

  it("has samples", () => {
    const part = toLeadPart({ ...lead, start_sample: 3, signal: [1, null, -2] });
    expect(part).toEqual({ start: 3, step: 1, low: part.high, high: Int32Array.of(1, MISSING, -2) });
  });

  it("has buckets, which begin at multiples of their length", () => {
    const part = toLeadPart({ ...lead, start_sample: 6, samples_per_bucket: 4, buckets: [[-1, 2], null] });
    expect(part).toEqual({ start: 4, step: 4, low: Int32Array.of(-1, MISSING), high: Int32Array.of(2, MISSING) });
  });
});

describe("the store of tiles", () => {
  const key = (index: number) => ({ level: 0, index });
  const tile = (): Tile => {
    const samples = new Int32Array(10);
    return new Map([["II", { start: 0, step: 1, low: samples, high: samples }]]);
  };
  const settle = () => new Promise((resolve) => setTimeout(resolve));

  it("fetches what is wanted in that order, four at a time, and calls off what is not any more", async () => {
    const asked: number[] = [];
    const calledOff: number[] = [];
    const store = new TileStore(
      ({ index }, signal) => {
        asked.push(index);
        return new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            calledOff.push(index);
            reject(signal.reason);
          });
        });
      },
      () => undefined,
    );
    store.want([3, 1, 2, 4, 5].map(key));
    expect(asked).toEqual([3, 1, 2, 4]);
    store.want([2, 7].map(key));
    await settle();
    expect([asked, calledOff]).toEqual([
      [3, 1, 2, 4, 7],
      [3, 1, 4],
    ]);
  });

  it("keeps those that were used last", async () => {
    const store = new TileStore(
      async () => tile(),
      () => undefined,
      20,
    );
    store.want([0, 1].map(key));
    await settle();
    store.find(key(0));
    store.want([key(2)]);
    await settle();
    expect([0, 1, 2].map((index) => store.find(key(index)) !== undefined)).toEqual([true, false, true]);
  });

  it("says what failed, and fetches it again when it is asked to", async () => {
    let isBroken = true;
    const store = new TileStore(
      async () => {
        if (isBroken) throw new Error("The signal is damaged.");
        return tile();
      },
      () => undefined,
    );
    store.want([key(0)]);
    await settle();
    expect(store.findFailure(key(0))).toBe("The signal is damaged.");
    isBroken = false;
    store.retry();
    await settle();
    expect([store.findFailure(key(0)), store.find(key(0)) !== undefined]).toEqual([undefined, true]);
  });
});
