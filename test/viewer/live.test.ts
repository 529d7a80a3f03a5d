import { describe, expect, it } from "vitest";
import { delayOf, isMuchLonger } from "../../src/viewer/live/pace.ts";
import { isAtEnd } from "../../src/viewer/reader/moves.ts";
import { append, type LeadPart } from "../../src/viewer/signal/lead-part.ts";
import { type Tile, TileStore } from "../../src/viewer/signal/tile-store.ts";

const part = (start: number, samples: number[]): LeadPart => {
  const low = Int32Array.from(samples);
  return { start, step: 1, low, high: low };
};

describe("an ECG that is being recorded", () => {
  it.each([
    { what: "while something comes", silent: 0, isHidden: false, delay: 1000 },
    { what: "later when nothing came", silent: 2, isHidden: false, delay: 2250 },
    { what: "every quarter of a minute when nothing has come for long", silent: 50, isHidden: false, delay: 15_000 },
    { what: "once a minute where nobody looks", silent: 0, isHidden: true, delay: 60_000 },
  ])("is asked for $what", ({ silent, isHidden, delay }) => {
    expect(delayOf(silent, isHidden)).toBe(delay);
  });

  it.each([
    { measured: 0, duration: 9, isIt: false },
    { measured: 0, duration: 10, isIt: true },
    { measured: 1000, duration: 1040, isIt: false },
    { measured: 1000, duration: 1050, isIt: true },
  ])("is measured anew when it has grown enough: from $measured s to $duration s", ({ measured, duration, isIt }) => {
    expect(isMuchLonger(duration, measured)).toBe(isIt);
  });

  it.each([
    { time: 10, isIt: true },
    { time: 9.99, isIt: true },
    { time: 9.9, isIt: false },
    { time: 0, isIt: false },
  ])("is followed where its end is seen: of 20 s 10 s from $time s on", ({ time, isIt }) => {
    expect(isAtEnd({ time, seconds: 10, lineSeconds: 10, duration: 20, rate: 100 })).toBe(isIt);
  });

  it("goes on behind the samples that are known, also where some come again", () => {
    expect(append(undefined, part(5, [1, 2]))).toEqual(part(5, [1, 2]));
    expect(append(part(5, [1, 2]), part(7, [3]))).toEqual(part(5, [1, 2, 3]));
    expect(append(part(5, [1, 2]), part(6, [2, 3, 4]))).toEqual(part(5, [1, 2, 3, 4]));
    expect(append(part(5, [1, 2, 3]), part(6, [2]))).toEqual(part(5, [1, 2, 3]));
  });

  it("has its last tile fetched anew, and the old one until that comes", async () => {
    const answers: (() => void)[] = [];
    const tile = (value: number): Tile => new Map([["II", part(0, [value])]]);
    let asked = 0;
    const store = new TileStore(
      () => new Promise((resolve) => answers.push(() => resolve(tile(++asked)))),
      () => undefined,
    );
    const keys = [0, 1].map((index) => ({ level: 0, index }));
    const sampleOf = (index: number) => store.find(keys[index])?.get("II")?.low[0];
    const answerAll = async () => {
      for (const answer of answers.splice(0)) answer();
      await new Promise((resolve) => setTimeout(resolve));
    };
    store.want(keys);
    await answerAll();
    expect([sampleOf(0), sampleOf(1)]).toEqual([1, 2]);
    store.expire(({ index }) => index === 1);
    expect([answers.length, sampleOf(1)]).toEqual([1, 2]);
    await answerAll();
    expect([sampleOf(0), sampleOf(1), answers.length]).toEqual([1, 3, 0]);
    // A request that is under way may have been answered before: it is made again when its answer is there, which a slow line takes long for.
    store.expire(() => true);
    store.expire(({ index }) => index === 0);
    expect(answers.length).toBe(2);
    await answerAll();
    expect([sampleOf(0), sampleOf(1), answers.length]).toEqual([4, 5, 1]);
    await answerAll();
    expect([sampleOf(0), sampleOf(1), answers.length]).toEqual([6, 5, 0]);
  });
});
