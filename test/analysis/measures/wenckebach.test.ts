import { describe, expect, it } from "vitest";
import { findWenckebach } from "../../../src/analysis/measures/wenckebach.ts";
import { ecgOfBeats, pWave, qrsAndT } from "../../support/ecg-of-beats.ts";
import { measureLeads } from "../../support/measure-leads.ts";

/** Groups of beats whose P waves come every 0.7 s, but for one after each group that leads to none; PR is longer by each of `longer` in turn. */
function periods(groups: number, longer: readonly number[]) {
  const pTimes: number[] = [];
  const dropped: number[] = [];
  const beats: number[] = [];
  for (let group = 0; group < groups; group++) {
    let pr = 0.18;
    for (const [i, more] of [0, ...longer].entries()) {
      pr += more;
      pTimes.push(0.4 + 0.7 * (group * (longer.length + 2) + i));
      beats.push(pTimes[pTimes.length - 1] + pr);
    }
    dropped.push(pTimes[pTimes.length - 1] + 0.7);
  }
  return { pTimes, dropped, beats };
}

const intervalsOf = (beats: readonly number[]) =>
  Float64Array.from(beats, (time, i) => (i > 0 ? time - beats[i - 1] : Number.NaN));

/** The beats found in periods, where the signal is as alike a P wave as 0.9 within 30 ms of some times, and as 0.1 elsewhere. */
function find(beats: readonly number[], pTimes: readonly number[], intervals = intervalsOf(beats)): string {
  const likenessNear = (time: number) => (pTimes.some((p) => Math.abs(p - time) < 0.03) ? 0.9 : 0.1);
  return findWenckebach(() => ({ fromPeak: -0.18, likenessNear }), Float64Array.from(beats), intervals).join("");
}

describe("findWenckebach", () => {
  it.each([
    { name: "3:2", longer: [0.12] },
    { name: "4:3", longer: [0.1, 0.05] },
    { name: "5:4", longer: [0.09, 0.05, 0.03] },
  ])("finds the beats of periods: $name", ({ longer }) => {
    const { pTimes, dropped, beats } = periods(6, longer);
    expect(find(beats, [...pTimes, ...dropped])).toBe(`0${"1".repeat(beats.length - 1)}`);
  });

  it("finds them in periods of several lengths", () => {
    const [short, long] = [periods(4, [0.12]), periods(4, [0.1, 0.05])];
    const later = 4 * 3 * 0.7;
    const beats = [...short.beats, ...long.beats.map((time) => time + later)];
    const pTimes = [
      short.pTimes,
      short.dropped,
      ...[long.pTimes, long.dropped].map((list) => list.map((p) => p + later)),
    ];
    expect(find(beats, pTimes.flat())).toBe(`0${"1".repeat(19)}`);
  });

  it("finds none without a P wave that no beat follows, without those before beats, and where none can be looked for", () => {
    const { pTimes, dropped, beats } = periods(6, [0.12]);
    const none = "0".repeat(12);
    expect(find(beats, pTimes)).toBe(none);
    expect(find(beats, [...pTimes.filter((_, i) => i % 2 === 0), ...dropped])).toBe(none);
    expect(findWenckebach(null, Float64Array.from(beats), intervalsOf(beats)).join("")).toBe(none);
  });

  it("finds none where T waves, which are alike after all beats, are as alike as P waves", () => {
    const { pTimes, dropped, beats } = periods(6, [0.12]);
    const tWaves = beats.flatMap((time) => [time + 0.4, time + 0.52]);
    expect(find(beats, [...pTimes, ...dropped, ...tWaves])).toBe("0".repeat(12));
  });

  it("finds none where what is there is hardly alike, and where P waves come at another rate in each group", () => {
    const { pTimes, dropped, beats } = periods(6, [0.12]);
    const near = (time: number) => [...pTimes, ...dropped].some((p) => Math.abs(p - time) < 0.03);
    const finder = { fromPeak: -0.18, likenessNear: (time: number) => (near(time) ? 0.5 : 0.1) };
    expect(findWenckebach(() => finder, Float64Array.from(beats), intervalsOf(beats)).join("")).toBe("0".repeat(12));
    // Each group begins where the one before it would have had one P wave more.
    const begins = [0.4];
    const rates = [0.6, 0.75, 0.66, 0.84, 0.7, 0.55];
    for (const pp of rates) begins.push(begins[begins.length - 1] + 3 * pp);
    const others = rates.flatMap((pp, k) => [0.18, pp + 0.3].map((more) => begins[k] + more));
    const ps = rates.flatMap((pp, k) => [0, pp, 2 * pp].map((more) => begins[k] + more));
    expect(find(others, ps)).toBe("0".repeat(12));
  });

  it("finds none where beats come sooner than P waves could, in a steady rhythm, and in an irregular one", () => {
    const always = (beats: readonly number[]) =>
      findWenckebach(
        () => ({ fromPeak: -0.18, likenessNear: () => 0.9 }),
        Float64Array.from(beats),
        intervalsOf(beats),
      ).join("");
    const early = Array.from({ length: 20 }, (_, i) => 0.8 * i - (i % 2) * 0.45);
    const steady = Array.from({ length: 20 }, (_, i) => 0.8 * i);
    const wild = Array.from({ length: 20 }, (_, i) => 0.8 * i + 0.3 * Math.sin(5 * i * i));
    for (const beats of [early, steady, wild]) expect(always(beats)).toBe("0".repeat(20));
  });

  it("leaves out a beat that comes sooner than P waves do, and groups of which an interval is not known", () => {
    const { pTimes, dropped, beats } = periods(8, [0.1, 0.05]);
    const all = [...pTimes, ...dropped];
    expect(find(beats.with(7, beats[6] + 0.5), all).slice(5, 10)).toBe("11011");
    expect(find(beats.slice(0, 9), all, intervalsOf(beats.slice(0, 9)).with(4, Number.NaN))).toBe("0".repeat(9));
  });
});

describe("beats in Wenckebach's periods", () => {
  it.each([
    { name: "3:2", longer: [0.12] },
    { name: "4:3", longer: [0.1, 0.05] },
    { name: "5:4", longer: [0.09, 0.05, 0.03] },
  ])("are not supraventricular, and the rhythm is not irregular: $name", async ({ longer }) => {
    const { pTimes, dropped, beats } = periods(Math.floor(60 / (0.7 * (longer.length + 2))), longer);
    const leads = ecgOfBeats(
      [
        ...[...pTimes, ...dropped].map((time) => ({ time, waves: pWave(0.15, 0) })),
        ...beats.map((time) => ({ time, waves: qrsAndT(0.7) })),
      ],
      61,
    );
    const { beats: found, irregular } = await measureLeads(leads);
    expect(found.times.length).toBe(beats.length);
    expect(found.types.filter((type) => type === "S")).toEqual([]);
    expect(irregular).toEqual([]);
  });
});
