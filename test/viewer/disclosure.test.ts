import { afterEach, describe, expect, it, vi } from "vitest";
import { clampPage, linesOf, neighboursOf, nextPiece, piecesOf } from "../../src/viewer/disclosure/lines.ts";
import { paintLines } from "../../src/viewer/disclosure/paint-lines.ts";
import { inkOf } from "../../src/viewer/paper/ink.ts";
import { newPen } from "./stub-pen.ts";

const HOUR = 3600;

afterEach(() => vi.unstubAllGlobals());

describe("pages of a line a minute", () => {
  it("have a line for each minute, the last one as long as it is", () => {
    expect(linesOf({ minute: 60, lines: 30 }, HOUR + 90)).toEqual([
      { from: 3600, to: 3660 },
      { from: 3660, to: 3690 },
    ]);
    expect(linesOf({ minute: 0, lines: 60 }, 24 * HOUR).length).toBe(60);
    expect(linesOf({ minute: 0, lines: 30 }, 10)).toEqual([{ from: 0, to: 10 }]);
  });

  it("are had in pieces that cover them once", () => {
    const pieces = piecesOf({ minute: 60, lines: 30 }, HOUR + 25 * 60);
    expect(pieces).toEqual([
      { from: 3600, to: 4200 },
      { from: 4200, to: 4800 },
      { from: 4800, to: 5100 },
    ]);
  });

  it.each([
    { what: "the first one", duration: 90, last: undefined, next: { from: 0, to: 90 } },
    { what: "none when all is there", duration: 90, last: { from: 0, to: 90 }, next: undefined },
    { what: "what has come behind a line", duration: 95, last: { from: 0, to: 90 }, next: { from: 90, to: 95 } },
    { what: "a short one anew", duration: 97, last: { from: 90, to: 95 }, next: { from: 90, to: 97 } },
    { what: "none beyond the piece", duration: 700, last: { from: 590, to: 598 }, next: { from: 590, to: 600 } },
    { what: "the next one", duration: 700, last: { from: 590, to: 600 }, next: { from: 600, to: 700 } },
    { what: "none beyond the page", duration: 9999, last: { from: 1790, to: 1800 }, next: undefined },
  ])("have next $what", ({ duration, last, next }) => {
    expect(nextPiece({ minute: 0, lines: 30 }, duration, last)).toEqual(next);
  });

  it.each([
    { minute: 0, clamped: 0 },
    { minute: 45, clamped: 45 },
    { minute: 1e6, clamped: 90 },
  ])("that begin at minute $minute of two hours begin at $clamped", ({ minute, clamped }) => {
    expect(clampPage({ minute, lines: 30 }, 2 * HOUR)).toEqual({ minute: clamped, lines: 30 });
  });

  it("have pages before and after them, as far as the recording goes", () => {
    expect(neighboursOf({ minute: 30, lines: 60 }, 3 * HOUR)).toEqual({
      before: { minute: 0, lines: 60 },
      after: { minute: 90, lines: 60 },
    });
    expect(neighboursOf({ minute: 0, lines: 60 }, HOUR)).toEqual({});
  });
});

describe("lines of a minute", () => {
  const RATE = 10;
  const LINE_PIXELS = 40;

  /** Paints minutes of a lead, of which each sample is as the function has it by its minute; what is not said is not there. */
  function paint(minutes: number, samples: (minute: number, i: number) => number, there = minutes, failure = "") {
    vi.stubGlobal("devicePixelRatio", 1);
    const [heights, texts]: [number[], string[]] = [[], []];
    const note = (_x: number, y: number) => heights.push(y);
    const pen = newPen({
      moveTo: note,
      lineTo: note,
      fillText: (text: string, x: number) => texts.push(`${text} ${x}`),
    });
    const canvas = { clientWidth: 600, clientHeight: minutes * LINE_PIXELS, getContext: () => pen };
    const lines = linesOf({ minute: 0, lines: 30 }, minutes * 60);
    const low = Int32Array.from({ length: there * 60 * RATE }, (_, i) => samples(Math.floor(i / RATE / 60), i));
    const parts = low.length > 0 ? [{ start: 0, step: 1, low, high: low }] : [];
    const sheet = { lines, parts, rate: RATE, isUpright: true, beats: undefined, failure, ink: inkOf(false) };
    paintLines(canvas as unknown as HTMLCanvasElement, sheet);
    return { heights, texts };
  }

  const wave = (i: number) => (i % 10 === 0 ? 100 : 0);

  it("are each about its own middle: a lead that wanders leaves none of them", () => {
    const { heights } = paint(4, (minute, i) => 5000 * minute + wave(i));
    for (const line of [0, 1, 2, 3]) {
      const own = heights.filter((y) => y >= line * LINE_PIXELS && y <= (line + 1) * LINE_PIXELS);
      expect([own.length > 500, Math.max(...own) - Math.min(...own)]).toEqual([true, expect.closeTo(32, 0)]);
    }
  });

  it("have a scale that is that of all of them, also where the first ones are still", () => {
    const { heights } = paint(4, (minute, i) => (minute < 2 ? i % 2 : wave(i)));
    expect([Math.min(...heights) > -LINE_PIXELS, Math.max(...heights) < 5 * LINE_PIXELS]).toEqual([true, true]);
  });

  it.each([
    { failure: "", says: "Loading …" },
    { failure: "The service cannot be reached.", says: "Not loaded" },
  ])("say where nothing is there: $says", ({ failure, says }) => {
    expect(paint(3, (_, i) => wave(i), 1.5, failure).texts).toEqual([`${says} 306`, `${says} 6`]);
    expect(paint(2, () => 0, 0, failure).texts).toEqual([`${says} 6`, `${says} 6`]);
    expect(paint(2, (_, i) => wave(i), 2, failure).texts).toEqual([]);
  });
});
