import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WriteOptions } from "../../src/formats/format.ts";
import { pdf } from "../../src/formats/pdf/pdf.ts";
import { TrueType } from "../../src/formats/pdf/true-type.ts";
import { svg } from "../../src/formats/svg.ts";
import { type Lead, MISSING, type Recording } from "../../src/recording/recording.ts";
import { readPdf, toText } from "../support/pdf.ts";
import { refusal } from "../support/refusal.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

const M = MISSING;
/** A point of PDF in mm. */
const POINT = 25.4 / 72;

function newLead(samples: ArrayLike<number>, lead: Partial<Lead> = {}): Lead {
  return { name: "MLII", samplingRate: 250, gain: 1000, baseline: 0, ...lead, samples: Int32Array.from(samples) };
}

function draw(leads: Lead[], options: Partial<WriteOptions> = {}, about: Partial<Recording> = {}) {
  const recording = { ...syntheticEcg({ seconds: 0 }), ...about, leads };
  return readPdf(pdf.write(recording, { layout: "rows", timeZone: "UTC", ...options }));
}

/** The lines of a page's traces, in the units of the page from the grid's corner: x0 y0 x1 y1 ... */
function tracesOf(content: string): number[][] {
  const [, traces] = content.match(/ 28 w 1 J 1 j\n([\s\S]*?)\nQ$/m) ?? [];
  return (traces ?? "")
    .split("\n")
    .filter(Boolean)
    .map((line) => line.match(/-?\d+/g)?.map(Number) ?? []);
}

describe("the scale", () => {
  it.each([
    { paper: "a4", speed: undefined, gain: undefined, size: [297, 210], mm: [25, 10] },
    { paper: "letter", speed: undefined, gain: undefined, size: [279.4, 215.9], mm: [25, 10] },
    { paper: "a4", speed: 50, gain: 20, size: [297, 210], mm: [50, 20] },
    { paper: "letter", speed: 12.5, gain: 5, size: [279.4, 215.9], mm: [12.5, 5] },
  ] as const)("is $mm mm for 1 s and 1 mV on $paper", ({ paper, speed, gain, size, mm }) => {
    const lead = newLead([...Array(250).fill(0), 1000]);
    const { file, pages } = draw([lead], { paper, speed, gain });
    const [, width, height] = file.match(/\/MediaBox \[0 0 (\S+) (\S+)\]/) ?? [];
    expect([+width * POINT, +height * POINT]).toEqual(size.map((length) => expect.closeTo(length, 4)));
    // A unit of the page, in points: the first operator.
    const [unit, , , flipped] = pages[0].content.split(" ").map(Number);
    expect(flipped).toBe(-unit);
    const [line] = tracesOf(pages[0].content);
    const [dx, dy] = [(line.at(-2) ?? 0) - line[0], line[1] - (line.at(-1) ?? 0)];
    expect([dx * unit * POINT, dy * unit * POINT]).toEqual(mm.map((length) => expect.closeTo(length, 4)));
  });

  it("is kept by printers, and shown by a ruler of 50 mm", () => {
    const { file, pages } = draw([newLead([0])]);
    expect(file).toContain("/ViewerPreferences << /PrintScaling /None /DisplayDocTitle true >>");
    expect(pages[0].content).toContain("1850 20550 m 6850 20550 l S");
    expect(pages[0].texts).toContain("50 mm: print at 100 %");
  });
});

it.each(["3x4", "6x2", "12x1", "rows"] as const)("draws in %s what SVG draws", (layout) => {
  const recording = syntheticEcg({ seconds: 10, samplingRate: 200 });
  // On a sheet of usual height SVG has the same lines; others stand closer on paper, alike in all other ways.
  const leads = layout === "rows" ? recording.leads.slice(0, 6) : recording.leads;
  const drawing = new TextDecoder().decode(svg.write({ ...recording, leads }, { layout, timeZone: "UTC" }));
  const drawn = Array.from(drawing.matchAll(/^<path d="M(\d+) (\d+)l([^"]*)"\/>$/gm), ([, x, y, path]) => {
    const points = [+x, +y];
    for (const [i, step] of (path.match(/-?\d+/g) ?? []).map(Number).entries()) points.push(points[i] + step);
    return points;
  });
  const shape = (line: number[]) => line.map((at, i) => at - line[i % 2]);
  const traces = tracesOf(draw(leads, { layout }).pages[0].content);
  expect(traces.map(shape)).toEqual(drawn.map(shape));
  expect(traces.map(([x]) => x)).toEqual(drawn.map(([x]) => x - 1000));
  if (layout === "3x4" || layout === "rows") expect(traces.map(([, y]) => y)).toEqual(drawn.map(([, y]) => y - 1700));
});

it("interrupts a trace where samples are missing, and draws a sample alone as a dot", () => {
  const { pages } = draw([newLead([0, 5, M, M, 0, M, 0, 5])]);
  expect(tracesOf(pages[0].content)).toEqual([
    [1000, 1500, 1010, 1495],
    [1040, 1500, 1040, 1500],
    [1060, 1500, 1070, 1495],
  ]);
});

describe("the pages", () => {
  it("go on with the next time, and are numbered", () => {
    const { leads } = syntheticEcg({ seconds: 25, samplingRate: 100 });
    const { pages, file } = draw(leads, { layout: "3x4" });
    expect(file).toContain("/Count 3 ");
    expect(pages.map(({ texts }) => texts.find((text) => text.startsWith("page")))).toEqual([
      "page 1 of 3",
      "page 2 of 3",
      "page 3 of 3",
    ]);
    expect(pages.map(({ texts }) => texts.find((text) => text.startsWith("V6")))).toEqual([
      "V6",
      "V6 · 17.5 s",
      "V6 · 22.5 s",
    ]);
  });

  it("are 30 at most: the refusal says which window fits", () => {
    const lead = newLead(new Int32Array(2101 * 250));
    expect(refusal(() => draw([lead]))).toBe(
      "These 2101 s take more than 30 pages: ask for up to 2100 s of them by start and end.",
    );
  });

  it.each([
    { what: "another unit than mV", lead: { unit: "mmHg" }, says: "Lead MLII is in mmHg, not mV" },
    { what: "no gain", lead: { gain: null }, says: "Lead MLII has no gain" },
    { what: "no rate", lead: { samplingRate: null }, says: "Lead MLII has no sampling rate" },
  ])("have no lead of $what", ({ lead, says }) => {
    expect(refusal(() => draw([newLead([0], lead)]))).toContain(says);
  });
});

describe("the texts", () => {
  it("say who, when, by what, on which scale, and what was measured", () => {
    const about = {
      recordedAt: Date.UTC(2026, 6, 31, 22, 30, 5),
      subject: "Łukasz Żółć",
      device: "Кардиограф 3",
      note: "Nguyễn Thị Hương,\n36.6 °C",
    };
    const measured = [
      { label: "Heart rate", value: "72/min" },
      { label: "QRS", value: "92 ms" },
    ];
    const { pages, file } = draw([newLead(Array(500).fill(0))], { timeZone: "Europe/Berlin", measured }, about);
    expect(pages[0].texts).toEqual([
      "MLII",
      "Łukasz Żółć",
      "2026-08-01 00:30:05 (Europe/Berlin) · Кардиограф 3",
      "Heart rate 72/min · QRS 92 ms (unconfirmed, measured by a program)",
      "Nguyễn Thị Hương, 36.6 °C",
      "25 mm/s · 10 mm/mV · filter none",
      "1 lead · 2 s · 250 Hz",
      "Each lead is centred on its median.",
      "page 1 of 1",
      "50 mm: print at 100 %",
      "ECG API 0.1.0",
    ]);
    expect(file).not.toContain("Date");
  });

  it("are copied as they are where the font lacks a letter, which is written as its code point", () => {
    const { pages } = draw([newLead([0])], {}, { note: "张伟, 😀" });
    expect(pages[0].texts).toContain("U+5F20 U+4F1F, U+1F600");
    const copied = Array.from(pages[0].content.matchAll(/\/ActualText <feff(\w+)>/g), ([, units]) => toText(units));
    expect(copied).toEqual(["张", "伟", "😀"]);
  });

  it("have letters and their accents in one", () => {
    expect(draw([newLead([0])], {}, { note: "A\u0301 i\u0302" }).pages[0].texts).toContain("Á î");
  });

  it("have no ? in place of any character", () => {
    const countMarks = (text: string) => text.split("?").length - 1;
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 8 }), (note) => {
        // A glyph that is no character is a ? here, too.
        const { texts } = draw([newLead([0])], {}, { note }).pages[0];
        expect(countMarks(texts.join(""))).toBe(countMarks(note));
      }),
      { numRuns: 50 },
    );
  });

  it("end with … where they are too long", () => {
    const { pages } = draw([newLead([0])], {}, { note: "x".repeat(5000), subject: "W".repeat(300) });
    expect(pages[0].texts.filter((text) => /^[xW]{20,300}…$/.test(text))).toHaveLength(2);
  });
});

describe("the file", () => {
  it("has each object where its table says", () => {
    const { leads } = syntheticEcg({ seconds: 12, samplingRate: 50 });
    const { file } = draw(leads, { layout: "3x4" });
    const start = Number(file.match(/startxref\n(\d+)\n%%EOF\n$/)?.[1]);
    const offsets = Array.from(file.slice(start).matchAll(/^(\d{10}) 00000 n $/gm), ([, offset]) => Number(offset));
    expect(file.slice(start)).toMatch(new RegExp(`^xref\n0 ${offsets.length + 1}\n0000000000 65535 f \n`));
    expect(offsets.map((offset, i) => file.startsWith(`${i + 1} 0 obj\n`, offset))).toEqual(offsets.map(() => true));
    for (const [, length, content] of file.matchAll(/\/Length (\d+) [^\n]*\nstream\n([\s\S]*?)\nendstream\nendobj/g)) {
      expect(content.length).toBe(Number(length));
    }
  });

  it("is the same for the same recording", () => {
    const write = () => pdf.write(syntheticEcg(), { layout: "3x4", timeZone: "UTC" });
    expect(write()).toEqual(write());
  });

  it("embeds the letters that it has alone, those they are made of among them", () => {
    const { font } = draw([newLead([0])], {}, { note: "é" });
    const small = new TrueType(font);
    expect([small.glyphOf(0xe9), small.glyphOf(0x416)]).toEqual([expect.any(Number), undefined]);
    expect(font.length).toBeLessThan(60_000);
    // Subsetting once more changes nothing: the parts of é are there.
    expect(small.subset([..."é"].map((char) => char.charCodeAt(0))).length).toBeGreaterThan(
      small.subset([]).length + 100,
    );
  });
});

it("is not read", () => {
  expect([pdf.detect(), "read" in pdf, "open" in pdf]).toEqual([false, false, false]);
});
