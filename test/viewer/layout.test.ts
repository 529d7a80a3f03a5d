import { describe, expect, it } from "vitest";
import { layOutSheet } from "../../src/sheet/sheet.ts";
import type { EcgSummary } from "../../src/viewer/api.ts";
import { LAYOUTS, NEW_VIEW, type View } from "../../src/viewer/page/address.ts";
import { AXIS, type Box, layOutView, layoutsOf } from "../../src/viewer/paper/layout.ts";
import { stepOfAxis } from "../../src/viewer/paper/paint.ts";
import { shareScale, toPaperLead } from "../../src/viewer/paper/paper-leads.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";

const RECORDING = syntheticEcg({ seconds: 20, samplingRate: 50 });
const LEADS = RECORDING.leads.map((lead) => ({ ...lead, scale: undefined }));
const TWELVE = LEADS.map(({ name }) => name);
/** So wide and high that all of a paper of 250 mm at 4 pixels a millimetre fits. */
const BOX: Box = { width: 1040, height: 4 * 500, ratio: 1, millimetre: 4 };

const layOut = (view: Partial<View>, box: Partial<Box> = {}, duration = 20) =>
  layOutView(LEADS, { duration, isTimed: true }, { ...NEW_VIEW, ...view }, { ...BOX, ...box });

describe("the layout of a view", () => {
  it.each([
    { name: "3x4r", options: { layout: "3x4" } },
    { name: "3x4", options: { layout: "3x4", rhythm: [] } },
    { name: "3x4r3", options: { layout: "3x4", rhythm: ["V1", "II", "V5"] } },
    { name: "6x2", options: { layout: "6x2", rhythm: [] } },
    { name: "12x1", options: { layout: "12x1", order: "cabrera", gain: 20 } },
  ] as const)("has the strips that SVG and PDF draw: $name", ({ name, options }) => {
    const { order = "standard", gain = 10 } = { order: undefined, gain: undefined, ...options };
    const { sheet, speed } = layOut({ layout: name, order, gain });
    const drawn = layOutSheet(RECORDING.leads, options, 60).sheet;
    const place = ({ x, y, from, to, label }: (typeof sheet.strips)[number] | (typeof drawn.strips)[number]) => ({
      x,
      y,
      from,
      to,
      label,
    });
    expect(sheet.strips.map(place)).toEqual(drawn.strips.map(place));
    expect([sheet.pulses, sheet.separators, speed]).toEqual([drawn.pulses, drawn.separators, 25]);
  });

  it.each([
    { speed: 12.5, gain: 5, second: 50, millivolt: 20 },
    { speed: 25, gain: 10, second: 100, millivolt: 40 },
    { speed: 100, gain: 40, second: 400, millivolt: 160 },
  ])("has a second of $second and a millivolt of $millivolt pixels at $speed mm/s and $gain mm/mV", (row) => {
    const layout = layOut({ speed: row.speed, gain: row.gain });
    const pixels = (length: number) => length * layout.unit;
    expect([pixels(layout.speed * 100), pixels(layout.sheet.strips[0].millivolt)]).toEqual([row.second, row.millivolt]);
  });

  it("has all samples in a line where no sampling rate is known, or as many as the view says", () => {
    const untimed = (view: Partial<View>) =>
      layOutView(LEADS, { duration: 5000, isTimed: false }, { ...NEW_VIEW, ...view }, BOX);
    expect([
      untimed({}).lineSeconds,
      untimed({ speed: 100 }).lineSeconds,
      untimed({ seconds: 200 }).lineSeconds,
    ]).toEqual([expect.closeTo(5000, 6), expect.closeTo(5000, 6), expect.closeTo(200, 6)]);
  });

  it.each([2, 5000])("has a pulse of 5 mm where no sampling rate is known, of %d samples", (duration) => {
    const { sheet } = layOutView(LEADS, { duration, isTimed: false }, NEW_VIEW, BOX);
    expect(sheet.pulses[0].filter((_, i) => i % 2 === 0)).toEqual([0, 250, 250, 750, 750, 1000]);
    expect(sheet.strips[0].x).toBe(1000);
  });

  it.each([
    { least: 0.03, timed: 0.05, samples: 1 },
    { least: 0.9, timed: 1, samples: 1 },
    { least: 7, timed: 10, samples: 10 },
    { least: 40, timed: 60, samples: 50 },
  ])("has marks of time $timed s apart, or $samples samples, where $least have room", ({ least, timed, samples }) => {
    expect([stepOfAxis(least, true), stepOfAxis(least, false)]).toEqual([timed, samples]);
  });

  it("has a gain of its own for the chest leads", () => {
    const { sheet, gains } = layOut({ gain: 10, chestGain: 5, layout: "3x4r", rhythm: ["V1"] });
    expect(gains).toEqual([10, 5]);
    expect(sheet.strips.map(({ lead, millivolt }) => `${lead.label} ${millivolt}`).slice(0, 4)).toEqual([
      "I 1000",
      "aVR 1000",
      "V1 500",
      "V4 500",
    ]);
    // Limb and chest leads of a line have a step each, the rhythm strip that of its lead.
    const heights = sheet.pulses.map((pulse) =>
      [...new Set(pulse.filter((_, i) => i % 2 === 1))].map((y) => pulse[1] - y),
    );
    expect(heights).toEqual([
      [0, 1000, 500],
      [0, 1000, 500],
      [0, 1000, 500],
      [0, 500],
    ]);
    expect(layOut({ gain: 10 }).gains).toEqual([10]);
    // What is in no millivolts has no millimetres for them.
    const scaled = (count: number) =>
      layOutView(
        LEADS.map((lead, i) => (i < count ? { ...lead, scale: { unit: "units", perCentimetre: 5 } } : lead)),
        { duration: 20, isTimed: true },
        { ...NEW_VIEW, gain: 10, chestGain: 5, layout: "12x1" },
        BOX,
      ).gains;
    expect([scaled(6), scaled(12)]).toEqual([[5], []]);
  });

  it.each([
    { layout: "3x4r", rhythm: ["V2"], strips: ["V2"] },
    { layout: "3x4r3", rhythm: ["aVF"], strips: ["aVF", "II", "V5"] },
    { layout: "3x4r3", rhythm: ["v6", "none", "I"], strips: ["V6", "II", "I"] },
    { layout: "6x2r", rhythm: null, strips: ["II"] },
    { layout: "6x2", rhythm: ["V2"], strips: [] },
  ] as const)("has the rhythm strips that are chosen, and that are there: $layout $rhythm", (row) => {
    const { sheet } = layOut({ layout: row.layout, rhythm: row.rhythm });
    expect(sheet.strips.slice(12).map(({ lead }) => lead.name)).toEqual(row.strips);
  });

  it("has two columns where four would be too narrow, unless they are asked for", () => {
    expect([layOut({}).layout, layOut({}, { width: 390 }).layout]).toEqual(["3x4r", "6x2r"]);
    expect(layOut({ layout: "3x4" }, { width: 390 }).layout).toBe("3x4");
  });

  it.each([
    { seconds: 3.9, layout: "12x1" },
    { seconds: 7.9, layout: "6x2r" },
    { seconds: 8, layout: "3x4r" },
  ] as const)("has so many columns of $seconds s that each has beats, unless others are asked for: $layout", (row) => {
    expect(layOut({}, {}, row.seconds).layout).toBe(row.layout);
    expect(layOut({ layout: "3x4" }, {}, row.seconds).layout).toBe("3x4");
    const { layout } = layOutView(LEADS, { duration: row.seconds, isTimed: false }, NEW_VIEW, BOX);
    expect(layout).toBe("3x4r");
  });

  it.each([
    { what: "all of twelve leads", leads: null, layouts: LAYOUTS },
    { what: "twelve of fifteen", leads: TWELVE, more: ["V7", "V8", "V9"], layouts: LAYOUTS },
    { what: "the twelve in another order", leads: TWELVE.toReversed(), layouts: LAYOUTS },
    { what: "leads that are not there", leads: ["XX"], layouts: LAYOUTS },
    { what: "eleven of them", leads: TWELVE.slice(1), layouts: ["rows", "one"] },
  ])("has the layouts of the leads that are shown: $what", ({ leads, more = [], layouts }) => {
    const ecg = { leads: [...TWELVE, ...more].map((name) => ({ name })) } as EcgSummary;
    expect(layoutsOf(ecg, { leads })).toEqual(layouts);
  });

  it.each([
    { layout: "3x4r", hidden: ["VX", "VY"] },
    { layout: "12x1", hidden: ["VX", "VY"] },
    { layout: "rows", hidden: [] },
    { layout: "one", hidden: [] },
  ] as const)("knows the leads that it has no place for: of $layout $hidden", ({ layout, hidden }) => {
    const leads = [...LEADS.slice(0, 6), { ...LEADS[0], name: "VX" }, ...LEADS.slice(6), { ...LEADS[0], name: "VY" }];
    const seen = layout === "one" ? leads.slice(0, 1) : leads;
    const view = { ...NEW_VIEW, layout, order: "cabrera" } as const;
    expect(layOutView(seen, { duration: 20, isTimed: true }, view, BOX).hidden).toEqual(hidden);
  });

  it("has as many device pixels as the screen has", () => {
    const [one, two] = [1, 2].map((ratio) => layOut({}, { ratio }));
    expect([two.width, two.unit]).toEqual([2 * one.width, 2 * one.unit]);
  });

  it("fills the line with the seconds that are asked for", () => {
    for (const seconds of [0.05, 3, 20]) {
      const { lineSeconds, sheet } = layOut({ seconds });
      expect(lineSeconds).toBeCloseTo(seconds, 6);
      expect(sheet.width).toBeCloseTo(26_000, 0);
    }
  });

  it("shows nothing behind the end, and a short ECG whole", () => {
    expect(layOut({ time: 15 }).time).toBe(10);
    expect(layOut({ time: 5 }, {}, 4)).toMatchObject({ time: 0, lineSeconds: 4 });
  });

  it("has lines of one lead as the window has room for", () => {
    const { sheet, seconds } = layOutView(
      LEADS.slice(0, 1),
      { duration: 20, isTimed: true },
      { ...NEW_VIEW, layout: "one" },
      BOX,
    );
    expect(sheet.strips.map(({ from }) => from)).toEqual([0, 10]);
    expect(seconds).toBe(20);
  });

  it.each([
    { leads: 1, height: 150 },
    { leads: 2, height: 75 },
    { leads: 4, height: 37 },
    { leads: 12, height: 12 },
  ])("has rows of $leads leads share the height of the paper: $height mm each", ({ leads, height }) => {
    const view = { ...NEW_VIEW, layout: "rows" } as const;
    const box = { ...BOX, height: 4 * 150 + AXIS };
    const { sheet } = layOutView(LEADS.slice(0, leads), { duration: 20, isTimed: true }, view, box);
    const baselines = sheet.strips.map(({ y }) => y / 100);
    expect(baselines.slice(1).map((y, i) => y - baselines[i])).toEqual(Array(leads - 1).fill(height));
    expect(sheet.height / 100).toBeGreaterThan(150 - leads);
    expect(sheet.height / 100).toBeLessThanOrEqual(150);
  });

  it.each([
    {
      what: "of a phone upright, with what was measured beside it",
      width: 360,
      height: 224,
      layout: "6x2r",
      lines: 7,
      mm: 20,
    },
    { what: "of a phone on its side", width: 740, height: 272, layout: "12x1", lines: 12, mm: 12 },
  ] as const)("is higher than the window $what, and scrolled, rather than that leads cover each other", (row) => {
    const { width, height, layout, lines, mm } = row;
    const laid = layOut({ layout }, { width, height, millimetre: null, ratio: 2 });
    const heights = [...new Set(laid.sheet.strips.map(({ y }) => y))];
    expect(heights.slice(1).map((y, i) => y - heights[i])).toEqual(Array(lines - 1).fill(100 * mm));
    expect(laid.height).toBe(Math.round(laid.sheet.height * laid.unit + AXIS * 2));
    expect(laid.height).toBeGreaterThan(height * 2);
  });

  const rowsOf = (leads: number, box: Box) => {
    const all = Array.from({ length: leads }, (_, i) => ({ ...LEADS[0], name: `E${i}` }));
    return layOutView(all, { duration: 20, isTimed: true }, { ...NEW_VIEW, layout: "rows" }, box);
  };

  it.each([2, 7, 64])("has rows of %i leads as wide as the window, ten seconds in it", (leads) => {
    const { lineSeconds } = rowsOf(leads, { width: 1440, height: 1000, ratio: 1, millimetre: null });
    expect([lineSeconds >= 10, lineSeconds < 10.8]).toEqual([true, true]);
  });

  it.each([
    { leads: 2, above: 14 },
    { leads: 4, above: 11.84 },
    { leads: 6, above: 8 },
  ])("has the names of $leads leads $above mm above the baseline, off the trace where there is room", (row) => {
    const { sheet } = rowsOf(row.leads, { ...BOX, height: 4 * 150 + AXIS });
    expect(sheet.strips.map(({ y, label }) => (y - label.y) / 100)).toEqual(Array(row.leads).fill(row.above));
  });

  it("has rows where leads are missing", () => {
    const { layout } = layOutView(
      LEADS.slice(0, 3),
      { duration: 20, isTimed: true },
      { ...NEW_VIEW, layout: "3x4" },
      BOX,
    );
    expect(layout).toBe("rows");
  });
});

describe("a lead on paper", () => {
  const ecg = JSON.parse(JSON.stringify({ ...toEcgJson(syntheticEcg()), sampling_rate: 500 }));
  const overview = { start: 0, step: 1, low: Int32Array.of(-300, 0), high: Int32Array.of(0, 350) };
  const lead = (fields: object) => ({
    ...ecg.leads[0],
    n_samples: 2,
    unit: "mV",
    gain: null,
    baseline: 0,
    zero_crossings: 0,
    ...fields,
  });

  it.each([
    { what: "millivolts", fields: { gain: 1000 }, gain: 1000, scale: undefined },
    { what: "no gain", fields: {}, gain: 500, scale: { unit: "ADC units", perCentimetre: 500 } },
    {
      what: "another unit",
      fields: { unit: "mmHg", gain: -2 },
      gain: -400,
      scale: { unit: "mmHg", perCentimetre: 200 },
    },
  ])("has its scale: $what", ({ fields, gain, scale }) => {
    expect(toPaperLead(ecg, lead(fields), overview, true)).toMatchObject({ gain, scale });
  });

  it("has the scale of the other standard leads where none has a gain: of two the higher one is seen to be so", () => {
    const high = { start: 0, step: 1, low: Int32Array.of(-900), high: Int32Array.of(900) };
    const scalesOf = (...leads: { fields: object; seen: typeof overview }[]) =>
      shareScale(leads.map(({ fields, seen }) => toPaperLead(ecg, lead(fields), seen, true))).map(({ gain, scale }) => [
        gain,
        scale?.perCentimetre,
      ]);
    const [low, other] = [{ name: "aVL" }, { name: "Resp" }].map((fields) => ({ fields, seen: overview }));
    expect(scalesOf(low, { fields: { name: "V2" }, seen: high }, other)).toEqual([
      [1000, 1000],
      [1000, 1000],
      [500, 500],
    ]);
    const far = { start: 0, step: 1, low: Int32Array.of(-30_000), high: Int32Array.of(30_000) };
    expect(scalesOf(low, low, { fields: { name: "V6" }, seen: far })).toEqual([
      [500, 500],
      [500, 500],
      [50_000, 50_000],
    ]);
    expect(scalesOf({ fields: { name: "V2", gain: 1000 }, seen: high }, low)).toEqual([
      [1000, undefined],
      [500, 500],
    ]);
  });

  it("is in samples where another lead has no sampling rate", () => {
    const rates = [true, false].map((isTimed) => toPaperLead(ecg, lead({}), overview, isTimed).samplingRate);
    expect(rates).toEqual([500, 1]);
  });
});
