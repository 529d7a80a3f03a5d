import { describe, expect, it } from "vitest";
import { writableFormats } from "../../src/ecg/export.ts";
import type { EcgSummary } from "../../src/viewer/api.ts";
import type { Insights } from "../../src/viewer/insights/read-insights.ts";
import { writeCalipers } from "../../src/viewer/out/calipers-csv.ts";
import { listValues } from "../../src/viewer/out/measured-values.ts";
import { writeMeasures } from "../../src/viewer/out/measures-csv.ts";
import { FILES, PAPERS, sheetQueryOf } from "../../src/viewer/out/out-formats.ts";
import { captionOf } from "../../src/viewer/out/picture.ts";
import { NEW_VIEW } from "../../src/viewer/page/address.ts";
import type { Scene } from "../../src/viewer/paper/paint.ts";

const INSIGHTS = {
  notice: 'A "notice", of no diagnosis.',
  version: 8,
  beats: { count: 12, normal: 11, supraventricular: 0, ventricular: 1, unclassified: 0 },
  heart_rate: { mean: 71.5, minimum: null, maximum: { value: 80.25, at: 3 } },
  pauses: [],
  variability: null,
  intervals: { rr: 840, p: null, pr: 158, qrs: 92, qt: null, qtc: null, counts: { p: 0, pr: 9, qrs: 11, qt: 0 } },
  axis: { p: null, qrs: -47, t: 41 },
  irregular_rhythm: [
    { start: 1, end: 3.5, confidence: 0.9 },
    { start: 6, end: 7, confidence: 0.8 },
  ],
  leads: [{ name: '=II,"x"', normal_beat: null }],
  reasons: { normal_beat: "no gain is known", intervals: "P and T waves, not found" },
} as unknown as Insights;

const LEADS = [{ name: "II" }, { name: "V1" }, { name: "V5" }, { name: "V6" }];

describe("what is exported", () => {
  it("is every format of the API", () => {
    const offered = new Set([...PAPERS, ...FILES].map(({ query }) => query.format));
    expect([...offered].sort()).toEqual(writableFormats.map(({ id }) => id).sort());
  });

  it("has the endings of the formats", () => {
    for (const { query, extension } of [...PAPERS, ...FILES]) {
      expect(writableFormats.find(({ id }) => id === query.format)?.extensions[0]).toBe(extension);
    }
  });

  it.each([
    { layout: "3x4r", view: {}, query: { layout: "3x4", rhythm: ["II"], speed: "25", gain: "10" } },
    { layout: "12x1", view: { gain: 5 }, query: { layout: "12x1", rhythm: "", gain: "5" } },
    { layout: "6x2", view: { speed: 50, order: "cabrera" }, query: { layout: "6x2", speed: "50", order: "cabrera" } },
    { layout: "3x4", view: { speed: 50, seconds: 3 }, query: { speed: "25", rhythm: "" } },
    { layout: "3x4r3", view: { gain: 40, speed: 100 }, query: { gain: "10", speed: "25", rhythm: ["V1", "II", "V5"] } },
    { layout: "3x4r", view: { rhythm: ["V6"], chestGain: 5 }, query: { gain: "10", rhythm: ["V6"] } },
  ] as const)("is drawn as it is seen, as far as the API draws so: $layout $view", ({ layout, view, query }) => {
    expect(sheetQueryOf(layout, { ...NEW_VIEW, ...view }, LEADS)).toMatchObject(query);
  });

  it("has no rhythm strips in rows", () => {
    expect(sheetQueryOf("one", NEW_VIEW, LEADS)).toEqual({
      layout: "rows",
      order: "standard",
      speed: "25",
      gain: "10",
    });
  });

  it("has what was measured, of how much, and why it was not", () => {
    const values = listValues(INSIGHTS);
    const find = (group: string, name: string) => values.find((one) => one.group === group && one.name === name);
    expect(find("rate", "heart rate")).toMatchObject({ value: 71.5, unit: "bpm", why: "" });
    expect(find("rate", "irregular")).toMatchObject({ value: 3.5, unit: "s" });
    expect(find("intervals", "PR")).toMatchObject({ value: 158, of: 9, why: "" });
    expect(find("intervals", "QT")).toMatchObject({ value: null, why: "P and T waves, not found" });
    expect(find("axes", "QRS")).toMatchObject({ value: -47 });
  });

  it("is CSV, with quotes about what has commas, quotes and names of anybody's choice", () => {
    const lines = writeMeasures(INSIGHTS).split("\r\n");
    expect(lines[0]).toBe("group,measure,value,unit,of,not judged");
    expect(lines).toContain("rate,heart rate,71.5,bpm,,");
    expect(lines).toContain('intervals,P,,ms,0,"P and T waves, not found"');
    expect(lines).toContain("axes,QRS,-47,°,,");
    expect(lines).toContain('"lead =II,""x""",R,,mV,,no gain is known');
    expect(lines.at(-2)).toBe('notice,"A ""notice"", of no diagnosis. Methods of version 8.",,,,');
    expect(lines.at(-1)).toBe("");
  });

  it("is what somebody measured by calipers, the earlier end first, and no formula", () => {
    const end = (time: number) => ({ time, value: null });
    const csv = writeCalipers(
      [
        {
          caliper: { kind: "span", lead: "=II", from: end(2.25), to: end(1.5) },
          lead: "=II",
          findings: { duration: 0.75, rate: 80, difference: -0.52, rr: null, qtc: null },
          unit: "mV",
        },
        {
          caliper: { kind: "qt", lead: "MDC_ECG_LEAD_AVR", from: end(3), to: end(3.4) },
          lead: "−aVR",
          findings: {
            duration: 0.4,
            rate: 150,
            difference: null,
            rr: 800,
            qtc: { bazett: 447.21359, fridericia: 430.9, framingham: 430.8, hodges: 426.25 },
          },
          unit: "mV",
        },
      ],
      true,
      "Filters: to 40 Hz",
    );
    expect(csv.split("\r\n").slice(1)).toEqual([
      "1,span,'=II,1.5,2.25,750,80,-0.52,mV,,,,,,Filters: to 40 Hz",
      "2,qt,−aVR,3,3.4,400,150,,,800,447.214,430.9,430.8,426.25,Filters: to 40 Hz",
      "",
    ]);
  });

  it("is a picture that says what it is of, at which scale, and no date but that of the recording", () => {
    const layout = { time: 2, seconds: 10, speed: 25, gains: [10], isTimed: true, sheet: { strips: [] } };
    const scene = { layout, signal: {} } as unknown as Scene;
    const caption = (fields: object) =>
      captionOf({ subject: "P-1", date: "2026-01-31T12:00:00Z", ...fields } as EcgSummary, scene);
    expect(caption({ date_source: "recorded" })).toEqual({
      head: expect.stringMatching(/^\u2068P-1\u2069 · .*2026/),
      foot: "10 s from 0:02.0 on · 25 mm/s · 10 mm/mV · Filters: none · no diagnosis",
    });
    expect(caption({ date_source: "received", subject: null }).head).toBe("\u2068ECG\u2069 · date not known");
    const unscaled = { ...scene, layout: { ...layout, gains: [] } } as unknown as Scene;
    expect(captionOf({ date_source: "received" } as EcgSummary, unscaled).foot).toBe(
      "10 s from 0:02.0 on · 25 mm/s · Filters: none · no diagnosis",
    );
  });
});
