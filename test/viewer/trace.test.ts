import { describe, expect, it, vi } from "vitest";
import { MISSING } from "../../src/recording/recording.ts";
import { foldColumns } from "../../src/viewer/paper/columns.ts";
import { paintSmall, reachOf } from "../../src/viewer/paper/small.ts";
import { type Pen, type TraceBox, traceLead } from "../../src/viewer/paper/trace.ts";
import type { LeadPart } from "../../src/viewer/signal/lead-part.ts";
import { newPen } from "./stub-pen.ts";

/** A pen that remembers its lines as x,y x,y ... */
class PaperPen implements Pen {
  readonly lines: [number, number][][] = [];
  moveTo(x: number, y: number): void {
    this.lines.push([[x, y]]);
  }
  lineTo(x: number, y: number): void {
    this.lines.at(-1)?.push([x, y]);
  }
  rect(): void {}
}

const samples = (values: number[], start = 0): LeadPart => {
  const low = Int32Array.from(values);
  return { start, step: 1, low, high: low };
};
const BOX: TraceBox = { x: 0, width: 100, y: 50, from: 0, pixelsPerSecond: 100, rate: 10, centre: 0, pixelsPerUnit: 1 };

function trace(parts: LeadPart[], box: Partial<TraceBox> = {}) {
  const pen = new PaperPen();
  return { points: traceLead(pen, parts, { ...BOX, ...box }), lines: pen.lines };
}

describe("a trace of few samples", () => {
  it("has each sample where it is, and gaps where some are missing", () => {
    const { lines, points } = trace([samples([0, 10, MISSING, -20, -20])]);
    expect(lines).toEqual([
      [
        [0, 50],
        [10, 40],
      ],
      [
        [30, 70],
        [40, 70],
      ],
    ]);
    expect(points).toBe(4);
  });

  it("has a dot about a sample that is alone, also where a column is", () => {
    const dot = [
      [
        [9.25, 39.25],
        [10.75, 39.25],
        [10.75, 40.75],
        [9.25, 40.75],
        [9.25, 39.25],
      ],
    ];
    expect(trace([samples([MISSING, 10, MISSING])]).lines.slice(1)).toEqual(dot);
    const many = samples(Array.from({ length: 100 }, (_, i) => (i === 10 ? 10 : MISSING)));
    const [, [[left], [right]]] = trace([many], { rate: 1000, pixelsPerSecond: 100 }).lines;
    expect([left, right]).toEqual([0.75, 2.25]);
  });

  it("goes on from tile to tile, and not over one that is still to come", () => {
    expect(trace([samples([1, 2]), samples([3, 4], 2)]).lines.length).toBe(1);
    expect(trace([samples([1, 2]), samples([3, 4], 4)]).lines.length).toBe(2);
  });

  it("is 1 s and 1 mV away where a sample is", () => {
    const { lines } = trace([samples([0, ...Array(9).fill(0), 1000])], {
      x: 7,
      pixelsPerSecond: 94.5,
      pixelsPerUnit: 0.0378,
    });
    expect(lines[0].at(-1)).toEqual([7 + 94.5, 50 - 37.8]);
  });
});

describe("a trace of many samples", () => {
  const noise = samples(Array.from({ length: 50_000 }, (_, i) => ((i * 7919) % 201) - 100));
  const fast = { rate: 50_000 };

  it("has at most two points for each pixel, the lowest and the highest among them", () => {
    const { lines, points } = trace([noise], fast);
    expect(points).toBeLessThanOrEqual(2 * 100);
    const heights = lines.flat().map(([, y]) => y);
    expect([Math.min(...heights), Math.max(...heights)]).toEqual([-50, 150]);
  });

  it("has its columns on those of the screen", () => {
    const { lines } = trace([noise], { ...fast, x: 3.4, width: 20 });
    expect(lines.flat().every(([x]) => x % 1 === 0.5)).toBe(true);
  });

  it("has a gap where a column has no sample", () => {
    const values = Array.from(noise.low);
    values.fill(MISSING, 20_000, 25_000);
    expect(trace([samples(values)], fast).lines.length).toBe(2);
  });
});

describe("columns", () => {
  it.each([1 / 3, 0.1, 0.7, 4.096])("have one bucket each where one is as long as a pixel, from %d s on", (from) => {
    const [rate, step] = [500, 4];
    const low = Int32Array.from({ length: 5000 }, (_, i) => i);
    const start = Math.round(from * rate);
    const { low: lowest, high } = foldColumns([{ start: 0, step, low, high: low }], {
      rate,
      from: start / rate,
      pixelsPerSecond: 125,
      count: 100,
    });
    expect(high).toEqual(lowest);
    expect(new Set(lowest).size).toBe(100);
  });

  it("are all filled by a bucket that is longer", () => {
    const part = { start: 0, step: 50, low: Int32Array.of(-1, -2), high: Int32Array.of(1, 2) };
    const { low, high } = foldColumns([part], { rate: 100, from: 0, pixelsPerSecond: 10, count: 12 });
    expect([...low]).toEqual([...Array(5).fill(-1), ...Array(5).fill(-2), MISSING, MISSING]);
    expect([...high]).toEqual([...Array(5).fill(1), ...Array(5).fill(2), MISSING, MISSING]);
  });
});

it("a small picture has room for all of few samples, and leaves out a few of the highest and lowest of many", () => {
  expect(reachOf([{ part: samples([0, 5, -3, 0]), centre: 0 }])).toEqual({ above: 5, below: 3 });
  const many = Array.from({ length: 1000 }, (_, i) => (i < 3 ? 900 : i % 10));
  expect(reachOf([{ part: samples(many), centre: 0 }])).toEqual({ above: 9, below: 1 });
});

it.each([
  { what: "as high as it is", options: { gain: 1000 }, peak: { x: 50, y: 2 } },
  { what: "with its gain below zero", options: { gain: -1000 }, peak: { x: 50, y: 18 } },
  { what: "of the first half of a recording", options: { gain: 1000, width: 200 }, peak: { x: 25, y: 2 } },
])("a small picture has a lead where and as it is: $what", ({ options, peak }) => {
  vi.stubGlobal("devicePixelRatio", 1);
  const points: { x: number; y: number }[] = [];
  const note = (x: number, y: number) => points.push({ x, y });
  const canvas = { clientWidth: 100, clientHeight: 20, getContext: () => newPen({ moveTo: note, lineTo: note }) };
  const part = samples(Array.from({ length: 100 }, (_, i) => (i === 50 ? 100 : 0)));
  paintSmall(canvas as unknown as HTMLCanvasElement, part, { colour: "black", ...options });
  const farthest = points.toSorted((a, b) => Math.abs(a.y - points[0].y) - Math.abs(b.y - points[0].y)).at(-1);
  expect(farthest).toEqual({ x: expect.closeTo(peak.x, 0), y: expect.closeTo(peak.y, 0) });
});
