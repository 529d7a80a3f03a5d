import { describe, expect, it } from "vitest";
import { writeAnnotations } from "../../src/formats/wfdb/annotations.ts";
import {
  type Beats,
  beatsIn,
  indexAt,
  intervalsOf,
  neighbourOf,
  pairsOf,
  readBeats,
  singleVentricular,
  timesOutOfRule,
} from "../../src/viewer/insights/beats.ts";
import { levelled, scaleOf } from "../../src/viewer/insights/charts.ts";
import { placeLetter } from "../../src/viewer/insights/letter-places.ts";
import { carriersOf, newMarksPainter } from "../../src/viewer/insights/paint-marks.ts";
import type { Insights } from "../../src/viewer/insights/read-insights.ts";
import { describeEvent, describeIntervals, headlineOf, measuresOf, stOf } from "../../src/viewer/insights/words.ts";
import { NEW_VIEW } from "../../src/viewer/page/address.ts";
import { inkOf } from "../../src/viewer/paper/ink.ts";
import { layOutView } from "../../src/viewer/paper/layout.ts";
import type { Scene } from "../../src/viewer/paper/paint.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";
import { newPen } from "./stub-pen.ts";

const BEATS: Beats = { times: Float64Array.of(1, 2, 2.5, 4, 10, 11), types: ["N", "N", "V", "N", "S", "N"] };

describe("beats", () => {
  it("come out of an annotation file at their times, with their types", () => {
    const items = Array.from(BEATS.times, (time, i) => ({ time, code: BEATS.types[i] }));
    const file = writeAnnotations([...items, { time: 3600, code: "Q" }, { time: 3601, code: "F" }], [250], []);
    expect(readBeats(file, 250)).toEqual({
      times: Float64Array.of(...BEATS.times, 3600, 3601),
      types: [...BEATS.types, "Q", "Q"],
    });
  });

  it("have intervals between them, but none over four seconds and none over what could not be seen", () => {
    expect(intervalsOf(BEATS, [])).toEqual([
      { time: 2, duration: 1000, type: "N" },
      { time: 2.5, duration: 500, type: "V" },
      { time: 4, duration: 1500, type: "N" },
      { time: 11, duration: 1000, type: "N" },
    ]);
    const unusable = [
      { from: 0, to: 1 },
      { from: 2.6, to: 3 },
      { from: 11, to: 12 },
    ];
    expect(intervalsOf(BEATS, unusable).map(({ time }) => time)).toEqual([2, 2.5, 11]);
  });

  it("make pairs of intervals that follow one another", () => {
    expect(pairsOf(intervalsOf(BEATS, []))).toEqual([
      { first: 1000, second: 500, type: "V" },
      { first: 500, second: 1500, type: "N" },
    ]);
  });

  it("are found by time", () => {
    expect([0, 1, 1.5, 11, 12].map((time) => indexAt(BEATS.times, time))).toEqual([0, 0, 1, 5, 6]);
    expect(beatsIn(BEATS, 2, 4)).toEqual([
      { time: 2, type: "N" },
      { time: 2.5, type: "V" },
    ]);
    expect(timesOutOfRule(BEATS)).toEqual(Float64Array.of(2.5, 10));
    const types = ["V", "N", "V", "V", "N", "V", "S", "V", "V", "V", "N", "V"] as const;
    expect(singleVentricular({ times: Float64Array.from(types, (_, i) => i), types })).toEqual(
      Float64Array.of(0, 5, 11),
    );
  });

  it.each([
    { time: 2, by: 1, found: 2.5 },
    { time: 2, by: -1, found: 1 },
    { time: 2.46, by: 1, found: 4 },
    { time: 11, by: 1, found: undefined },
    { time: 0.5, by: -1, found: undefined },
  ] as const)("have $found as neighbour of $time by $by", ({ time, by, found }) => {
    expect(neighbourOf(BEATS.times, time, by)).toBe(found);
  });
});

describe("marks", () => {
  const strip = (from: number, to: number, y: number) => ({ from, to, y });

  it("stand on the rhythm strip, which has all times, or on the first strip of each time", () => {
    const columns = [strip(0, 2.5, 10), strip(2.5, 5, 10), strip(0, 2.5, 40), strip(2.5, 5, 40)];
    expect(carriersOf(columns)).toEqual(columns.slice(0, 2));
    const rhythm = strip(0, 5, 70);
    expect(carriersOf([...columns, rhythm])).toEqual([rhythm]);
  });
});

describe("the letter of a beat", () => {
  const line = { top: 100, bottom: 150 };
  it.each([
    { name: "at the lower edge of its line", taken: [{ top: 110, bottom: 130 }], place: 150 },
    { name: "above its own trace", taken: [{ top: 125, bottom: 160 }], place: 125 },
    {
      name: "between two traces",
      taken: [
        { top: 90, bottom: 105 },
        { top: 130, bottom: 170 },
      ],
      place: 130,
    },
    {
      name: "above all that reaches into the line",
      taken: [
        { top: 118, bottom: 128 },
        { top: 132, bottom: 190 },
      ],
      place: 118,
    },
    {
      name: "nowhere, where the line is full",
      taken: [
        { top: 95, bottom: 125 },
        { top: 130, bottom: 170 },
      ],
      place: undefined,
    },
  ])("stands $name", ({ taken, place }) => {
    expect(placeLetter(taken, line, 12)).toBe(place);
  });
});

describe("an average beat", () => {
  it("is drawn above the level of the samples before its QRS complex", () => {
    expect(levelled([9, 1, 2, 3, 4, 5, 13], 6.4)).toEqual([6, -2, -1, 0, 1, 2, 10]);
    expect(levelled([2, 3], 0)).toEqual([0, 1]);
  });
});

describe("scale of intervals", () => {
  it("is round, and not made by a single interval that is far off", () => {
    expect(scaleOf([...Array.from({ length: 1000 }, (_, i) => 810 + (i % 90)), 3900])).toEqual({
      low: 800,
      high: 900,
      step: 50,
    });
    expect(scaleOf([])).toEqual({ low: 0, high: 1000, step: 500 });
    expect(scaleOf([700])).toEqual({ low: 700, high: 750, step: 50 });
  });
});

/** Insights as the API gives them, as far as they are put in words. */
function newInsights(changes: object = {}): Insights {
  const counts = { p: 10, pr: 9, qrs: 11, qt: 1 };
  const qtc = { bazett: 421.4, fridericia: 409.2, framingham: 410, hodges: 406 };
  return {
    beats: { count: 12, normal: 11, supraventricular: 0, ventricular: 1, unclassified: 0 },
    heart_rate: { mean: 71.8, minimum: null, maximum: null },
    pauses: [],
    irregular_rhythm: [],
    intervals: { rr: 840, p: 102, pr: 158, qrs: 92.4, qt: 386, qtc, counts },
    axis: { p: 52, qrs: -47, t: null },
    variability: null,
    leads: [],
    methods: { beats: "by energy", beat_types: "by shape" },
    reasons: { variability: "too short" },
    ...changes,
  } as unknown as Insights;
}

describe("what was measured", () => {
  it("has four numbers, with what they are of", () => {
    expect(headlineOf(newInsights())).toEqual([
      { name: "HR", unit: "bpm", value: "72", note: "the mean heart rate" },
      { name: "PR", unit: "ms", value: "158", note: "the median of 9 normal beats" },
      { name: "QRS", unit: "ms", value: "92", note: "the median of 11 normal beats" },
      { name: "QTc", unit: "ms", value: "409", note: "by Fridericia's formula, the median of 1 normal beat" },
    ]);
  });

  it("says why a number is not known", () => {
    const unknown = newInsights({ intervals: null, reasons: { intervals: "no normal beats" } });
    expect(headlineOf(unknown).slice(1)).toEqual(
      ["PR", "QRS", "QTc"].map((name) => ({ name, unit: "ms", value: "—", note: "Not judged: no normal beats" })),
    );
    const rows = measuresOf(newInsights()).flatMap((group) => group.rows);
    expect(rows).toContainEqual({ name: "QTc Bazett", value: "421.4 ms", note: "at the median RR" });
    expect(rows).toContainEqual({ name: "SDNN", value: "—", note: "Not judged: too short" });
    expect(rows).toContainEqual({ name: "Ventricular", value: "1", note: "" });
    expect(rows).toContainEqual({ name: "Heart rate", value: "72 bpm", note: "mean" });
    const nested = newInsights({ variability: { sdnn: 40, lf: null, reasons: { lf: "under 5 minutes" } } });
    expect(measuresOf(nested).flatMap((group) => group.rows)).toContainEqual({
      name: "LF",
      value: "—",
      note: "Not judged: under 5 minutes",
    });
  });

  it("has ST with its sign, or why there is none", () => {
    const st = { j: 0.001, j40: -0.104, j60: -0.001, j80: 0.2, slope: 0.456 };
    const leads = [
      { name: "II", normal_beat: { beats: 11_139, st } },
      { name: "V1", normal_beat: null },
    ];
    expect(stOf(newInsights({ leads, reasons: { normal_beat: "no gain" } }))).toEqual([
      { name: "II", values: ["0.00", "−0.10", "0.00", "+0.20"], slope: "+0.46", beats: "11,139", note: "" },
      { name: "V1", values: null, slope: "", beats: "", note: "Not judged: no gain" },
    ]);
  });

  it("describes events and intervals", () => {
    const run = { kind: "ventricular_run", time: 3, duration: 2.4, confidence: null, rate: 161.7, beats: 7 } as const;
    expect(describeEvent(run)).toBe("2.4 s, 7 beats, 162 bpm");
    expect(describeEvent({ ...run, kind: "slowest", duration: 10, rate: 41, beats: null })).toBe("41 bpm");
    expect(describeEvent({ ...run, kind: "irregular_rhythm", confidence: 0.9, rate: null, beats: null })).toBe(
      "2.4 s, confidence 90 %",
    );
    expect(describeIntervals([900, 800, 1000])).toBe("3 intervals, 800 to 1,000 ms, median 900 ms");
    expect(describeIntervals([])).toBe("no intervals");
  });
});

it.each([
  { types: ["N", "V"], drawn: ["colour", "I", "II", "V2", "N", "V"] },
  { types: ["N", "N"], drawn: ["N", "N"] },
] as const)("names of leads stand over the colours of beats: $types", ({ types, drawn }) => {
  const { leads } = syntheticEcg({ seconds: 10, samplingRate: 50 });
  const shown = leads.filter(({ name }) => ["I", "II", "V2"].includes(name));
  const layout = layOutView(
    shown.map((lead) => ({ ...lead, scale: undefined })),
    { duration: 10, isTimed: true },
    { ...NEW_VIEW, layout: "rows" },
    { width: 1040, height: 700, ratio: 1, millimetre: null },
  );
  const order: string[] = [];
  const clip = () => order.at(-1) === "colour" || order.push("colour");
  const pen = newPen({ clip, fillText: (text: string) => order.push(text) }, 10);
  const signal = { read: () => ({ parts: [], missing: [] }), rate: 50 };
  const scene = { layout, ink: inkOf(false), centres: new Map(), signal } as unknown as Scene;
  const beats: Beats = { times: Float64Array.of(1.5, 5), types: [...types] };
  newMarksPainter(() => ({ beats, waves: [], leads: [], visited: undefined }))(pen, scene);
  expect(order.filter(Boolean)).toEqual(drawn);
});

it("what one has gone to is written above the axis of time, where it covers no lead's name", () => {
  const { leads } = syntheticEcg({ seconds: 10, samplingRate: 50 });
  const box = { width: 1040, height: 700, ratio: 1, millimetre: null };
  const view = { ...NEW_VIEW, layout: "3x4r" } as const;
  const layout = layOutView(
    leads.map((lead) => ({ ...lead, scale: undefined })),
    { duration: 10, isTimed: true },
    view,
    box,
  );
  const texts: unknown[][] = [];
  const pen = newPen({ fillText: (...text: unknown[]) => texts.push(text) }, 100);
  const scene = { layout, ink: inkOf(false), centres: new Map(), signal: {} } as unknown as Scene;
  const visited = { from: 1, to: 3.5, says: "Pause 2.5 s · 1 of 2" };
  const paintMarks = (marked: object) =>
    newMarksPainter(() => ({ beats: undefined, waves: [], leads: [], visited: undefined, ...marked }))(pen, scene);
  paintMarks({ visited });
  const [rhythm] = layout.sheet.strips.slice(-1);
  const left = (rhythm.x + layout.speed * 100) * layout.unit;
  expect(texts).toEqual([["Pause 2.5 s · 1 of 2", expect.closeTo(left + 4, 6), layout.height - 22 - 7.5]]);
  // What is not usable says why, where it is long enough for that: a second has 94 pixels.
  texts.length = 0;
  const unusable = [
    { start: 0, end: 1, faults: ["flat"] },
    { start: 1, end: 3, faults: ["missing", "beyond_range"] },
  ];
  paintMarks({ leads: [{ name: "I", quality: { unusable } }] });
  expect(texts.map(([text]) => text)).toEqual(["Not usable: missing, beyond any heart's range"]);
  // A beat that other leads have stands above that, others at the edge of the line.
  texts.length = 0;
  const beats: Beats = { times: Float64Array.of(1.5, 5), types: ["N", "N"] };
  const signal = { read: () => ({ parts: [], missing: [] }), rate: 50 };
  Object.assign(scene, { signal });
  paintMarks({ beats, leads: [{ name: "II", quality: { unusable: unusable.slice(1) } }] });
  const [why] = texts.filter(([text]) => /^Not/.test(String(text))).slice(-1);
  const [over, other] = texts.filter(([text]) => text === "N").map(([, , y]) => Number(y));
  expect([over, other - over]).toEqual([Number(why[2]) - 12, expect.closeTo(12, 1)]);
});
