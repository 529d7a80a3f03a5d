import { describe, expect, it } from "vitest";
import { clampPage, linesOf, neighboursOf, nextPiece, piecesOf } from "../../src/viewer/disclosure/lines.ts";

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
