import { describe, expect, it } from "vitest";
import { type Lead, MISSING } from "../../src/recording/recording.ts";
import { labelOf, type SheetOptions } from "../../src/sheet/drawn-leads.ts";
import { layOutSheet, layOutSheets, layOutWindow, widthOfLines } from "../../src/sheet/sheet.ts";
import type { Sheet } from "../../src/sheet/strips.ts";
import { traceSheet } from "../../src/sheet/trace.ts";
import { refusal } from "../support/refusal.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

const A4 = { height: 17_500, maxSheets: 30 };

function newLead(samples: ArrayLike<number>, lead: Partial<Lead> = {}): Lead {
  return { name: "MLII", samplingRate: 250, gain: 1000, baseline: 0, ...lead, samples: Int32Array.from(samples) };
}

/** The labels of a sheet, line by line, a space between the leads of a line. */
function linesOf({ strips }: Sheet): string[] {
  return [...Map.groupBy(strips, ({ y }) => y).values()].map((line) => line.map(({ label }) => label.text).join(" "));
}

function layOut(options: Partial<SheetOptions>, seconds = 10): Sheet {
  return layOutSheet(syntheticEcg({ seconds, samplingRate: 100 }).leads, { layout: "3x4", ...options }, 60).sheet;
}

describe("the twelve leads", () => {
  it.each<{ options: Partial<SheetOptions>; lines: string[] }>([
    { options: { layout: "3x4" }, lines: ["I aVR V1 V4", "II aVL V2 V5", "III aVF V3 V6", "II"] },
    {
      options: { layout: "3x4", rhythm: ["V1", "ii", "V5"] },
      lines: ["I aVR V1 V4", "II aVL V2 V5", "III aVF V3 V6", "V1", "II", "V5"],
    },
    {
      options: { layout: "3x4", order: "cabrera", rhythm: [] },
      lines: ["aVL II V1 V4", "I aVF V2 V5", "−aVR III V3 V6"],
    },
    {
      options: { layout: "6x2" },
      lines: ["I V1", "II V2", "III V3", "aVR V4", "aVL V5", "aVF V6", "II"],
    },
    {
      options: { layout: "12x1" },
      lines: ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"],
    },
    {
      options: { layout: "rows", order: "cabrera" },
      lines: ["aVL", "I", "−aVR", "II", "aVF", "III", "V1", "V2", "V3", "V4", "V5", "V6"],
    },
  ])("are laid out by $options", ({ options, lines }) => {
    expect(linesOf(layOut(options))).toEqual(lines);
  });

  it.each([
    { speed: 12.5, starts: [750, 13_250], times: [0, 10, 20], width: 26_000 },
    { speed: 25, starts: [1000, 13_500], times: [0, 5, 10], width: 26_000 },
    { speed: 50, starts: [1500, 14_000], times: [0, 2.5, 5], width: 26_500 },
  ])("have 125 mm each in two columns at $speed mm/s", ({ speed, starts, times, width }) => {
    const { strips, width: drawn } = layOut({ layout: "6x2", speed }, 20);
    expect(strips.slice(0, 2).map(({ x }) => x)).toEqual(starts);
    expect(strips.slice(0, 2).map(({ from, to }) => [from, to])).toEqual([times.slice(0, 2), times.slice(1)]);
    expect([drawn, widthOfLines(speed)]).toEqual([width, width]);
  });

  it.each([
    { seconds: 10, columns: ["I", "aVR", "V1", "V4"], times: [0, 2.5, 5, 7.5] },
    { seconds: 9, columns: ["I", "aVR", "V1", "V4"], times: [0, 2.5, 5, 7.5] },
    { seconds: 8, columns: ["I", "aVR", "V1", "V4 · 5.5 s"], times: [0, 2.5, 5, 5.5] },
    { seconds: 5, columns: ["I", "aVR", "V1 · 2.5 s", "V4 · 2.5 s"], times: [0, 2.5, 2.5, 2.5] },
    { seconds: 1, columns: ["I", "aVR · 0 s", "V1 · 0 s", "V4 · 0 s"], times: [0, 0, 0, 0] },
  ])("are all there of $seconds s, and say from when on where a column has another time than its own", (row) => {
    const { strips } = layOut({ layout: "3x4" }, row.seconds);
    const columns = strips.filter(({ y }) => y === strips[0].y);
    expect(columns.map(({ label }) => label.text)).toEqual(row.columns);
    expect(columns.map(({ from }) => from)).toEqual(row.times);
    expect(columns.map(({ x }) => x)).toEqual([1000, 7250, 13_500, 19_750]);
    expect(strips.at(-1)).toMatchObject({ from: 0, to: 10 });
  });

  it("have aVR upside down in Cabrera's order, and every other lead as it is", () => {
    const lead = (name: string) => newLead([0, 0, 1000], { name });
    const leads = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"].map(lead);
    const { scale, sheet } = layOutSheet(leads, { layout: "12x1", order: "cabrera" }, 60);
    const traces = traceSheet(sheet, scale);
    const rises = sheet.strips.map(({ y }, i) => y - (traces[i].lines[0].at(-1) ?? 0));
    expect(rises).toEqual([1000, 1000, -1000, ...Array(9).fill(1000)]);
    const { strips } = layOutSheet(leads, { layout: "3x4", order: "cabrera", rhythm: ["aVR", "II"] }, 60).sheet;
    expect(strips.slice(12).map(({ lead, label }) => [label.text, lead.gain])).toEqual([
      ["−aVR", -1000],
      ["II", 1000],
    ]);
  });
});

it.each([
  { speed: 12.5, gain: 5, pulse: [0, 250, 500, 750], trace: [1250, -500] },
  { speed: 25, gain: 10, pulse: [0, 250, 750, 1000], trace: [2500, -1000] },
  { speed: 50, gain: 20, pulse: [0, 250, 1250, 1500], trace: [5000, -2000] },
])("1 mV after 1 s is $trace units away at $speed mm/s and $gain mm/mV", ({ speed, gain, pulse, trace }) => {
  const lead = newLead([...Array(250).fill(0), 1000]);
  const { scale, sheet } = layOutSheet([lead], { layout: "rows", speed, gain }, 60);
  const [line] = traceSheet(sheet, scale)[0].lines;
  expect([(line.at(-2) ?? 0) - line[0], (line.at(-1) ?? 0) - line[1]]).toEqual(trace);
  const [points] = sheet.pulses;
  expect([...new Set(points.filter((_, i) => i % 2 === 0))]).toEqual(pulse);
  expect(points[1] - points[5]).toBe(gain * 100);
});

describe("a screen", () => {
  const { leads } = syntheticEcg({ seconds: 20, samplingRate: 50 });
  const view = { start: 0, length: 25_000, height: 100_000 };

  it.each([
    { layout: "3x4", speed: 25, gain: 10, lines: 1 },
    { layout: "3x4", speed: 50, gain: 5, order: "cabrera", rhythm: ["V1", "II", "V5"], lines: 1 },
    { layout: "6x2", speed: 12.5, gain: 20, lines: 1 },
    { layout: "12x1", speed: 25, gain: 40, lines: 1 },
    // Rows share the height that there is: here it is that of paper.
    { layout: "rows", speed: 25, gain: 10, lines: 2, height: 24 * 2500 },
  ] as const)("has the strips of paper: $layout at $speed mm/s", (row) => {
    const { lines, height, ...options } = { height: view.height, ...row };
    const window = layOutWindow(leads, options, { ...view, height, second: options.speed * 100, lines });
    const { sheet } = layOutSheet(leads, options, 60);
    // On paper the last line of rows goes on as far as the lead does.
    const ended = sheet.strips.map((strip) => ({ ...strip, to: Math.min(strip.to, lines * window.lineSeconds) }));
    expect(window.strips).toEqual(ended);
    expect([window.pulses, window.separators, window.height]).toEqual([sheet.pulses, sheet.separators, sheet.height]);
  });

  it("shows any time, as long as its line is", () => {
    const window = layOutWindow(leads, { layout: "6x2" }, { ...view, start: 3, second: 12_500, lines: 1 });
    expect(window.lineSeconds).toBe(2);
    expect(window.strips.slice(0, 2).map(({ from, to, x }) => [from, to, x])).toEqual([
      [3, 4, 2500],
      [4, 5, 15_000],
    ]);
  });

  it("has lower lines where it is lower, and none below 12 mm", () => {
    const heights = [17_500, 5000].map(
      (height) => layOutWindow(leads, { layout: "rows" }, { ...view, second: 2500, height, lines: 1 }).height,
    );
    expect(heights).toEqual([500 + 12 * 1400, 500 + 12 * 1200]);
  });

  it.each([100_000, 16_000, 9100, 5000])("has 20 mm for V4 above the first line of four columns, %d high", (height) => {
    const window = { ...view, second: 2500, height, lines: 1 };
    const { strips, height: whole } = layOutWindow(leads, { layout: "3x4" }, window);
    expect(strips[3].label.text).toMatch(/^V4/);
    expect(strips[3].y).toBeGreaterThanOrEqual(2000);
    expect(strips[3].y).toBeLessThan(2500);
    expect(whole).toBeLessThanOrEqual(Math.max(height, 1000 + 4 * 2000));
  });

  it("has names above the trace, however low its lines are", () => {
    const above = [100_000, 17_500, 5000].map((height) => {
      const { strips } = layOutWindow(leads, { layout: "rows" }, { ...view, second: 2500, height, lines: 1 });
      return strips[0].y - strips[0].label.y;
    });
    expect(above).toEqual([1400, 400, 300]);
  });
});

it("draws few of many samples on one point, with gaps among them", () => {
  // 50 samples within 0.05 mm, every third of them missing, and a deep one and a high one.
  const samples = Array.from({ length: 50_000 }, (_, i) => (i % 3 === 2 ? MISSING : i === 12_346 ? -9000 : i % 7));
  samples[23_457] = 9000;
  const { scale, sheet } = layOutSheet([newLead(samples, { samplingRate: 25_000 })], { layout: "rows" }, 60);
  const [{ lines }] = traceSheet(sheet, scale);
  const heights = lines.flat().filter((_, i) => i % 2 === 1);
  expect([Math.min(...heights), Math.max(...heights)]).toEqual([1500 - 9000 + 3, 1500 + 9000 + 3]);
  expect(lines.length).toBeGreaterThan(900);
  expect(heights.length).toBeLessThan(4001);
});

it.each([
  { layout: "3x4", height: 100_000, half: 1250 },
  { layout: "12x1", height: 500 + 12 * 1400, half: 700 },
  { layout: "rows", height: 12 * 2000, half: 1000 },
] as const)("takes half of a line's height, and 12.5 mm at the most, for its own: in $layout $half", (row) => {
  const { leads } = syntheticEcg({ seconds: 10, samplingRate: 50 });
  const window = { start: 0, length: 25_000, second: 2500, height: row.height, lines: 1 };
  const { halfLine, strips } = layOutWindow(leads, { layout: row.layout }, window);
  expect(halfLine).toBe(row.half);
  const heights = [...new Set(strips.map(({ y }) => y))];
  expect(halfLine).toBe(Math.min(1250, (heights[1] - heights[0]) / 2));
});

it("keeps the end of a long name, by which leads differ, and cuts no character into halves", () => {
  const name = "Abdominal maternal electrode, left lower quadrant, channel ";
  expect([1, 2].map((channel) => labelOf(name + channel))).toEqual([
    "Abdominal maternal electro…ant, channel 1",
    "Abdominal maternal electro…ant, channel 2",
  ]);
  expect(labelOf("\u{1fac0}".repeat(64))).toBe(`${"\u{1fac0}".repeat(26)}…${"\u{1fac0}".repeat(14)}`);
  expect(labelOf("x".repeat(40))).toBe("x".repeat(40));
});

describe("a trace that is beyond any heart's range", () => {
  const wave = (millivolts: number) => Array.from({ length: 500 }, (_, i) => Math.sin(i / 9) * 1000 * millivolts);
  const tracesOf = (far: number[], gain = 1000) => {
    const leads = [newLead(far, { name: "V1", gain }), newLead(wave(1), { name: "V2" })];
    const { sheet, scale } = layOutSheet(leads, { layout: "rows" }, 60);
    return traceSheet(sheet, scale).map(({ label, lines }, i) => {
      const heights = lines.flat().filter((_, at) => at % 2 === 1);
      return [label.text, Math.max(...heights.map((y) => Math.abs(y - sheet.strips[i].y)))];
    });
  };

  it.each([1000, -1000])("ends at the edges of its line, and says so: at a gain of %d", (gain) => {
    expect(tracesOf(wave(300), gain)).toEqual([
      ["V1 · cut off", 1250],
      ["V2", expect.closeTo(1000, -2)],
    ]);
  });

  it.each([
    { what: "high waves", samples: wave(9), height: 9000 },
    { what: "a pacemaker's spikes", samples: wave(1).map((mv, i) => (i % 50 === 25 ? 25_000 : mv)), height: 25_000 },
  ])("is not that of $what", ({ samples, height }) => {
    expect(tracesOf(samples)[0]).toEqual(["V1", expect.closeTo(height, -3)]);
  });
});

it("says of a strip of which no sample is there that it has none: it is not flat", () => {
  const gone = Array(500).fill(MISSING);
  const leads = [
    newLead(gone, { name: "V1" }),
    newLead([...gone, 1], { name: "V2" }),
    newLead(Array(500).fill(0), { name: "V3" }),
  ];
  const { sheet, scale } = layOutSheet(leads, { layout: "rows" }, 60);
  expect(traceSheet(sheet, scale).map(({ label }) => label.text)).toEqual(["V1 · no samples", "V2", "V3"]);
});

describe("sheets of paper", () => {
  const sheetsOf = (layout: SheetOptions["layout"], seconds: number, leadCount = 12, samplingRate = 50) => {
    const leads = syntheticEcg({ seconds, samplingRate }).leads.slice(0, leadCount);
    return layOutSheets(leads, { layout }, A4);
  };

  it("go on with the next time of the twelve leads", () => {
    const { sheets, seconds } = sheetsOf("3x4", 25);
    expect(sheets.map(({ strips }) => strips.at(-1)?.from)).toEqual([0, 10, 20]);
    expect(linesOf(sheets[1])[0]).toBe("I · 10 s aVR · 12.5 s V1 · 15 s V4 · 17.5 s");
    expect(seconds).toBe(25);
  });

  it("have no lead of another sheet's time", () => {
    expect(linesOf(sheetsOf("3x4", 20.5).sheets[2])[0]).toBe("I · 20 s aVR · 20 s V1 · 20 s V4 · 20 s");
  });

  it("have every lead once in each line's time in rows, whole groups together", () => {
    expect(sheetsOf("rows", 60, 1).sheets.map(({ strips }) => strips.length)).toEqual([6]);
    expect(sheetsOf("rows", 80, 1).sheets.map(({ strips }) => strips.length)).toEqual([7, 1]);
    expect(sheetsOf("rows", 50, 3).sheets.map(linesOf)).toEqual([
      ["I", "II", "III", "I · 10 s", "II · 10 s", "III · 10 s"],
      ["I · 20 s", "II · 20 s", "III · 20 s", "I · 30 s", "II · 30 s", "III · 30 s"],
      ["I · 40 s", "II · 40 s", "III · 40 s"],
    ]);
    expect(sheetsOf("rows", 20, 12).sheets.map(({ strips }) => strips.length)).toEqual([6, 6, 6, 6]);
  });

  it.each([
    { layout: "3x4", height: 16_000, y: 2000 },
    { layout: "6x2", height: 7 * 2500, y: 1200 },
    // Above the first line is room for its pulse.
    { layout: "12x1", height: 500 + 12 * 1400, y: 500 + 800 },
  ] as const)("have the lines of $layout on whole millimetres of their height", ({ layout, height, y }) => {
    const [sheet] = sheetsOf(layout, 10).sheets;
    expect([sheet.height, sheet.strips[0].y]).toEqual([height, y]);
    expect(sheet.strips.every(({ y }) => y % 100 === 0)).toBe(true);
  });

  it.each([
    { layout: "3x4", seconds: 300, leads: 12, says: "none" },
    {
      layout: "3x4",
      seconds: 301,
      leads: 12,
      says: "These 301 s take more than 30 pages: ask for up to 300 s of them",
    },
    { layout: "rows", seconds: 151, leads: 12, says: "up to 150 s" },
    { layout: "rows", seconds: 2100, leads: 1, says: "none" },
    { layout: "rows", seconds: 2101, leads: 1, says: "up to 2100 s" },
    { layout: "rows", seconds: 601, leads: 3, says: "up to 600 s" },
  ] as const)("are 30 at most: $seconds s of $leads leads in $layout", ({ layout, seconds, leads, says }) => {
    expect(refusal(() => sheetsOf(layout, seconds, leads, 1))).toContain(says);
  });
});

it.each([
  { what: "a lead of another unit", lead: { unit: "mmHg" }, says: "Lead MLII is in mmHg, not mV" },
  { what: "a lead without a gain", lead: { gain: null }, says: "Lead MLII has no gain" },
  { what: "a lead without a rate", lead: { samplingRate: null }, says: "Lead MLII has no sampling rate" },
])("refuses $what", ({ lead, says }) => {
  expect(refusal(() => layOutSheet([newLead([0], lead)], { layout: "rows" }, 60))).toContain(says);
  expect(refusal(() => layOutSheets([newLead([0], lead)], { layout: "rows" }, A4))).toContain(says);
});

it.each(["3x4", "6x2", "12x1", "rows"] as const)("keeps pulses and lines on the sheet in %s", (layout) => {
  const { leads } = syntheticEcg({ seconds: 10, samplingRate: 50 });
  for (const gain of [5, 10, 20]) {
    for (const rhythm of [[], ["II", "V1", "V5"]]) {
      const options = { layout, gain, rhythm };
      const [high, ...low] = [layOutSheet(leads, options, 60).sheet, ...layOutSheets(leads, options, A4).sheets];
      for (const sheet of [high, ...low]) {
        const heights = sheet.pulses.flatMap((pulse) => pulse.filter((_, i) => i % 2 === 1));
        expect(Math.min(...heights)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...heights)).toBeLessThan(sheet.height);
      }
      for (const sheet of low) expect(sheet.height).toBeLessThanOrEqual(A4.height);
    }
  }
});

it("refuses more than three rhythm strips", () => {
  expect(refusal(() => layOut({ rhythm: ["II", "II", "II", "II"] }))).toBe("Up to 3 rhythm strips are drawn.");
});

it("refuses a rhythm strip of a lead that is not there", () => {
  expect(refusal(() => layOut({ rhythm: ["V7"] }))).toBe("There is no lead V7 for the rhythm strip.");
});
