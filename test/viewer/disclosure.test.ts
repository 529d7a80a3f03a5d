import { describe, expect, it } from "vitest";
import { clampPage, linesOf, neighboursOf, piecesOf } from "../../src/viewer/disclosure/lines.ts";

const HOUR = 3600;

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
