import { expect, it } from "vitest";
import { ProgressBar } from "../../src/cli/progress.ts";

const CLEAR = "\r\x1b[K";

/** A bar of 1000 bytes, the clock it looks at, and what it has written. */
function newBar(terminal: { isTTY?: boolean; columns?: number } = { isTTY: true, columns: 0 }) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const bar = new ProgressBar({ ...terminal, write: (text) => written.push(text) }, 1000, () => clock.ms);
  return { bar, clock, written };
}

it("draws how many of the bytes were read, once it takes long and now and then", () => {
  const { bar, clock, written } = newBar();
  for (const [ms, bytes] of [
    [999, 100],
    [1000, 400],
    [1099, 100],
    [1100, 400],
  ]) {
    clock.ms = ms;
    bar.advance(bytes, "ecg.edf");
  }
  expect(written).toEqual([
    `${CLEAR}[############------------]  50% ecg.edf`,
    `${CLEAR}[########################] 100% ecg.edf`,
  ]);
});

it("goes away once", () => {
  const { bar, clock, written } = newBar();
  bar.clear();
  expect(written).toEqual([]);
  clock.ms = 1000;
  bar.advance(0, "a");
  bar.clear();
  bar.clear();
  expect(written.slice(1)).toEqual([CLEAR]);
});

it("fits into the line", () => {
  const { bar, clock, written } = newBar({ isTTY: true, columns: 35 });
  clock.ms = 1000;
  bar.advance(5000, "a-long-name.edf");
  expect(written).toEqual([`${CLEAR}[########################] 100% a-`]);
});

it("writes nothing where there is no terminal", () => {
  const { bar, clock, written } = newBar({});
  clock.ms = 5000;
  bar.advance(500, "a");
  bar.clear();
  expect(written).toEqual([]);
});
