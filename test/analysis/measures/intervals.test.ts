import { describe, expect, it } from "vitest";
import {
  correctQt,
  findIntervals,
  measureIntervals,
  summarizeIntervals,
} from "../../../src/analysis/measures/intervals.ts";
import type { Waves } from "../../../src/analysis/waves/delineation.ts";

const beat: Waves = {
  pOnset: 0.5,
  pPeak: 0.55,
  pEnd: 0.6,
  qrsOnset: 0.66,
  rPeak: 0.7,
  qrsEnd: 0.75,
  tOnset: 0.85,
  tPeak: 0.95,
  tEnd: 1.06,
};
const round = (value: number | null) => (value === null ? null : Math.round(value * 1000) / 1000);

describe("measureIntervals", () => {
  it.each([
    { name: "all", waves: beat, expected: [100, 160, 90, 400] },
    { name: "no P wave", waves: { ...beat, pOnset: null, pPeak: null, pEnd: null }, expected: [null, null, 90, 400] },
    { name: "no end of T", waves: { ...beat, tEnd: null }, expected: [100, 160, 90, null] },
    { name: "points in the wrong order", waves: { ...beat, qrsEnd: 0.6 }, expected: [100, 160, null, 400] },
  ])("gives P, PR, QRS and QT: $name", ({ waves, expected }) => {
    const [{ p, pr, qrs, qt }] = measureIntervals([waves]);
    expect([p, pr, qrs, qt].map(round)).toEqual(expected);
  });
});

describe("summarizeIntervals", () => {
  it("gives the medians, and the QTc of these", () => {
    const rows = [
      { p: 100, pr: 160, qrs: 90, qt: 400 },
      { p: null, pr: null, qrs: 94, qt: 380 },
      { p: 110, pr: 170, qrs: 120, qt: 360 },
    ];
    const found = summarizeIntervals(rows, [0.81, 1.2, 0.4]);
    expect(found).toMatchObject({ p: 105, pr: 165, qrs: 94, qt: 380, counts: { p: 2, pr: 2, qrs: 3, qt: 3 } });
    expect(found.rr).toBeCloseTo(810, 9);
    expect(found.qtc).toEqual(correctQt(380, 0.81));
  });

  it.each([
    { withP: 1, without: 9, isSeen: false },
    { withP: 3, without: 3, isSeen: false },
    { withP: 3, without: 2, isSeen: true },
    { withP: 4, without: 40, isSeen: true },
  ])("has P waves where $withP beats have one and $without have none: $isSeen", ({ withP, without, isSeen }) => {
    const rest = { qrs: 90, qt: 400 };
    const rows = [
      ...Array.from({ length: withP }, () => ({ p: 100, pr: 160, ...rest })),
      ...Array.from({ length: without }, () => ({ p: null, pr: null, ...rest })),
    ];
    const count = isSeen ? withP : 0;
    expect(summarizeIntervals(rows, [])).toMatchObject({
      p: isSeen ? 100 : null,
      pr: isSeen ? 160 : null,
      counts: { p: count, pr: count, qrs: withP + without },
    });
    expect(findIntervals(rows, [], "").reason).toBe(
      isSeen ? undefined : "too few normal beats have a P wave that is clear",
    );
  });

  it("has nothing to say without beats", () => {
    expect(summarizeIntervals([], [])).toEqual({
      p: null,
      pr: null,
      qrs: null,
      qt: null,
      rr: null,
      qtc: null,
      counts: { p: 0, pr: 0, qrs: 0, qt: 0 },
    });
  });
});

describe("correctQt", () => {
  it.each([
    { qt: 400, rr: 1, expected: [400, 400, 400, 400] },
    { qt: 360, rr: 0.64, expected: [450, 417.743, 415.44, 419.0625] },
    { qt: 440, rr: 1.44, expected: [366.667, 389.641, 372.24, 407.917] },
  ])("corrects $qt ms at an RR interval of $rr s", ({ qt, rr, expected }) => {
    const { bazett = null, fridericia = null, framingham = null, hodges = null } = correctQt(qt, rr) ?? {};
    const found = [bazett, fridericia, framingham, hodges];
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 2);
    });
  });

  it.each([0, -1, Number.NaN])("has no answer for an RR interval of %d", (rr) => {
    expect(correctQt(400, rr)).toBeNull();
  });
});
