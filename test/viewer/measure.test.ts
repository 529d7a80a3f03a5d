import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MISSING } from "../../src/recording/recording.ts";
import { type Caliper, marchOf, moveInTime, parseCaliper, writeCaliper } from "../../src/viewer/measure/caliper.ts";
import { measureCaliper } from "../../src/viewer/measure/findings.ts";
import { writeFindings, writeQt } from "../../src/viewer/measure/measure-words.ts";
import { paintMeasuring } from "../../src/viewer/measure/paint-measuring.ts";
import { heightOf, placesOf } from "../../src/viewer/measure/places.ts";
import { findTurns, mergeTimes, nextTime, snapTo } from "../../src/viewer/measure/snap.ts";
import { NEW_VIEW } from "../../src/viewer/page/address.ts";
import { inkOf } from "../../src/viewer/paper/ink.ts";
import { layOutView } from "../../src/viewer/paper/layout.ts";
import { paint, type Scene } from "../../src/viewer/paper/paint.ts";
import { runs } from "../support/runs.ts";
import { newPen } from "./stub-pen.ts";

const CALIPER: Caliper = {
  kind: "span",
  lead: "II",
  from: { time: 1, value: null },
  to: { time: 2, value: null },
};

/** A window with two lines of a lead, which are 250 mm long. */
const BOX = { width: 1040, height: 250, ratio: 1, millimetre: 4 };

describe("a caliper in the address", () => {
  it.each([
    { text: "1_2__II", caliper: CALIPER },
    {
      text: "1*-0.25_2.5*1_m_a_b",
      caliper: { kind: "march", lead: "a_b", from: { time: 1, value: -0.25 }, to: { time: 2.5, value: 1 } },
    },
    { text: "1_2_qt_V5", caliper: { ...CALIPER, kind: "qt", lead: "V5" } },
  ] as const)("is $text", ({ text, caliper }) => {
    expect([writeCaliper(caliper), parseCaliper(text)]).toEqual([text, caliper]);
  });

  it.each(["", "1_2_II", "1_2__", "1_x__II", "1e3_2__II", "1*_2__II", "1_2"])("is none: %j", (text) => {
    expect(parseCaliper(text)).toBeUndefined();
  });

  it("is read back as it was", () => {
    const tenths = (min: number, max: number) => fc.integer({ min, max }).map((value) => value / 10_000);
    const ends = fc.record({ time: tenths(0, 1e9), value: fc.option(tenths(-1e6, 1e6)) });
    const calipers = fc.record({
      kind: fc.constantFrom("span" as const, "march" as const, "qt" as const),
      lead: fc.string({ minLength: 1, unit: "grapheme" }),
      from: ends,
      to: ends,
    });
    fc.assert(
      fc.property(calipers, (caliper) => {
        // -0 is written as 0.
        expect(JSON.stringify(parseCaliper(writeCaliper(caliper)))).toBe(JSON.stringify(caliper));
      }),
      { numRuns: runs(200) },
    );
  });
});

describe("moving a caliper", () => {
  it.each([
    { grip: "from", by: 0.5, is: [1.5, 2] },
    { grip: "to", by: 9, is: [1, 10] },
    { grip: "from", by: -9, is: [0, 2] },
    { grip: "both", by: 9, is: [9, 10] },
    { grip: "both", by: -9, is: [0, 1] },
  ] as const)("moves $grip by $by s within the recording", ({ grip, by, is }) => {
    const { from, to } = moveInTime(CALIPER, grip, by, 10);
    expect([from.time, to.time]).toEqual(is);
  });

  it("marches to both sides, whatever end is first", () => {
    const times = [3, 4, 5, 6];
    expect(marchOf(CALIPER, 2.5, 6, 0.01)).toEqual(times);
    expect(marchOf({ ...CALIPER, from: CALIPER.to, to: CALIPER.from }, 2.5, 6, 0.01)).toEqual(times);
    expect(marchOf(CALIPER, 2.5, 6, 1.5)).toEqual([]);
  });
});

describe("what a caliper says", () => {
  const values = (time: number) => (time < 1.5 ? { low: 0, high: 0 } : { low: 1, high: 1 });

  it("says the time between its ends, the rate, and how much higher the later one is", () => {
    const findings = measureCaliper(CALIPER, values, [], true);
    expect(findings).toEqual({ duration: 1, rate: 60, difference: 1, rr: null, qtc: null });
    expect(writeFindings(findings, "mV", true)).toBe("1,000 ms · 60 bpm · 1.00 mV");
    const turned = { ...CALIPER, from: CALIPER.to, to: CALIPER.from };
    expect(measureCaliper(turned, values, [], true)).toEqual(findings);
  });

  it("takes the ends' own values before those of the trace", () => {
    const free = { ...CALIPER, from: { time: 1, value: 0.25 }, to: { time: 2, value: -0.5 } };
    expect(measureCaliper(free, values, [], true).difference).toBe(-0.75);
  });

  it("says no value where the trace is not known sample by sample, and no rate of samples", () => {
    expect(measureCaliper(CALIPER, () => ({ low: 0, high: 1 }), [], true).difference).toBeNull();
    expect(measureCaliper(CALIPER, () => undefined, [], true).difference).toBeNull();
    const untimed = measureCaliper(CALIPER, values, [], false);
    expect([untimed.rate, writeFindings(untimed, "ADC units", false)]).toEqual([null, "1 samples · 1 ADC units"]);
  });

  it("corrects a QT interval by the RR interval before its beat", () => {
    const qt: Caliper = { kind: "qt", lead: "II", from: { time: 2, value: null }, to: { time: 2.4, value: null } };
    const intervals = [
      { time: 1.04, duration: 1000 },
      { time: 2.04, duration: 810 },
      { time: 3.1, duration: 1060 },
    ];
    const findings = measureCaliper(qt, values, intervals, true);
    expect(findings.rr).toBe(810);
    // Of 400 ms at 0.81 s: 400 / 0.9; 400 / 0.9322; 400 + 154 * 0.19; 400 + 1.75 * (74.07 - 60).
    expect(writeQt(findings)).toEqual([
      "QT 400 ms, RR 810 ms",
      "QTc Bazett 444, Fridericia 429, Framingham 429, Hodges 425",
    ]);
    expect(writeQt(measureCaliper(qt, values, [], true))).toEqual(["QT 400 ms", "no RR before it: no QTc"]);
  });
});

it("an end of a caliper lies on the trace of each line of its lead, whatever level that has there", () => {
  const samples = Int32Array.from({ length: 2000 }, (_, i) => (i < 1000 ? -3000 : 3000));
  const lead = { name: "II", samplingRate: 100, gain: 1000, baseline: 0, scale: undefined, samples };
  const layout = layOutView([lead], { duration: 20, isTimed: true }, { ...NEW_VIEW, layout: "one" }, BOX);
  const parts = [{ start: 0, step: 1, low: samples, high: samples }];
  const signal = { rate: 100, read: () => ({ parts, missing: [] }), readOverview: () => undefined };
  const scene = { layout, signal, ink: inkOf(false), centres: new Map() } as unknown as Scene;
  paint(newPen(), scene);
  const places = placesOf(scene);
  // Each line is of one level, which its trace is centred on.
  expect(places.map((place) => heightOf({ time: place.strip.from + 5, value: null }, scene, place))).toEqual(
    places.map(({ box }) => box.y),
  );
  expect(places.length).toBe(2);
});

it("what calipers say stands below one another where it would cover each other, on the paper", () => {
  const lead = { name: "II", samplingRate: 100, gain: 1000, baseline: 0, scale: undefined, samples: { length: 1000 } };
  const layout = layOutView([lead], { duration: 10, isTimed: true }, { ...NEW_VIEW, layout: "one" }, BOX);
  const signal = { read: () => ({ parts: [], missing: [] }), readOverview: () => undefined };
  const scene = { layout, signal, ink: inkOf(false), centres: new Map() } as unknown as Scene;
  const heightsOf = (...calipers: Caliper[]) => {
    const heights: number[] = [];
    const pen = newPen({ fillText: (_text: string, _x: number, y: number) => heights.push(y) }, 100);
    const measure = (caliper: Caliper) => measureCaliper(caliper, () => undefined, [], true);
    paintMeasuring(pen, scene, { calipers, cursor: { value: undefined }, held: { value: undefined }, measure });
    return heights;
  };
  const qt: Caliper = { ...CALIPER, kind: "qt" };
  const later = { ...CALIPER, from: { time: 6, value: null }, to: { time: 7, value: null } };
  const [first] = heightsOf(CALIPER);
  // A line is 15 pixels high.
  expect(heightsOf(CALIPER, qt, later)).toEqual([first, first + 15, first + 30, first]);
  // Where there is no room any more all is written.
  const many = heightsOf(...Array<Caliper>(20).fill(CALIPER));
  expect(many.length).toBe(20);
  expect(Math.max(...many)).toBeLessThanOrEqual(layout.height - 7.5);
});

describe("snapping", () => {
  it("takes the nearest time within reach", () => {
    expect(snapTo([1, 2, 2.2], 2.12, 0.1)).toBe(2.2);
    expect(snapTo([1, 2, 2.2], 1.5, 0.1)).toBeUndefined();
    expect(snapTo([], 1, 10)).toBeUndefined();
  });

  it("takes a lead's own extreme for the wave that was found in all leads together", () => {
    expect(mergeTimes([1, 2], [0.996, 1.2, 2.012])).toEqual([1, 2, 1.2, 2.012]);
  });

  it("goes to the next time, not to the one where it is", () => {
    expect(nextTime([3, 1, 2], 2, 1)).toBe(3);
    expect(nextTime([3, 1, 2], 2, -1)).toBe(1);
    expect(nextTime([3, 1, 2], 3, 1)).toBeUndefined();
  });

  it("goes to the next of more times than a call has arguments, as the beats of two days are", () => {
    const times = Array.from({ length: 200_000 }, (_, i) => i);
    expect([nextTime(times, 7, 1), nextTime(times, 150_000, -1)]).toEqual([8, 149_999]);
  });

  it.each([
    { what: "peaks and troughs", samples: [0, 0, 5, 9, 5, 0, -4, 0], turns: [3, 6] },
    { what: "no small ones", samples: [0, 2, 0, 2, 0, 9, 0, 2], turns: [5] },
    { what: "the first sample of a level top", samples: [0, 9, 9, 9, 0], turns: [1] },
    { what: "none across a gap", samples: [0, 9, MISSING, 0, 0], turns: [] },
    { what: "none of a slope", samples: [0, 1, 2, 8, 9], turns: [] },
  ])("finds the extremes of a trace: $what", ({ samples, turns }) => {
    expect(findTurns(Int32Array.from(samples), 4)).toEqual(turns);
  });
});
