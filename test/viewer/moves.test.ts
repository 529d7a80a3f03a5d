import { describe, expect, it } from "vitest";
import { GAINS, NEW_VIEW } from "../../src/viewer/page/address.ts";
import { centreOn, changeOrder, closeIn, type Frame, pan, step, zoom } from "../../src/viewer/reader/moves.ts";

const FRAME: Frame = { time: 100, lineSeconds: 20, seconds: 20, duration: 3600, rate: 500 };

describe("moves", () => {
  it.each([
    { by: 5, time: 105 },
    { by: -500, time: 0 },
    { by: 5000, time: 3580 },
  ])("pan by $by s, within the recording", ({ by, time }) => {
    expect(pan(NEW_VIEW, FRAME, by).time).toBe(time);
  });

  it.each([
    { factor: 0.5, about: 105, time: 102.5, seconds: 10 },
    { factor: 2, about: 120, time: 80, seconds: 40 },
    { factor: 1000, about: 110, time: 0, seconds: 3600 },
    { factor: 1e-9, about: 110, time: 109.98, seconds: 0.04 },
  ])("zoom by $factor about $about s, which stays where it is", ({ factor, about, time, seconds }) => {
    const view = zoom(NEW_VIEW, FRAME, factor, about);
    expect([view.time, view.seconds]).toEqual([expect.closeTo(time, 9), seconds]);
  });

  it("close in on ten seconds, and on all of a shorter recording", () => {
    expect(closeIn(NEW_VIEW, FRAME, 200)).toMatchObject({ time: 195, seconds: 10 });
    expect(closeIn(NEW_VIEW, { ...FRAME, duration: 4 }, 2)).toMatchObject({ time: 0, seconds: 4 });
  });

  it("go nowhere in an ECG without a sample", () => {
    const nothing = { ...FRAME, time: 0, lineSeconds: 10, seconds: 10, duration: 0 };
    const views = [zoom(NEW_VIEW, nothing, 0.5, 5), closeIn(NEW_VIEW, nothing, 5), centreOn(NEW_VIEW, nothing, 5)];
    expect(views).toEqual([NEW_VIEW, NEW_VIEW, NEW_VIEW]);
  });

  it("have a time in the middle", () => {
    expect(centreOn(NEW_VIEW, FRAME, 1000).time).toBe(990);
  });

  it("go through gains one by one, and end at the last", () => {
    expect([step(GAINS, 10, 1), step(GAINS, 40, 1), step(GAINS, 2.5, -1)]).toEqual([20, 40, 2.5]);
  });
});

it("Cabrera's order turns aVR over, and the values that calipers on it were put at, too", () => {
  const end = (time: number, value: number | null) => ({ time, value });
  const on = (lead: string, value: number | null) =>
    ({ kind: "span", lead, from: end(1, value), to: end(2, null) }) as const;
  const view = { ...NEW_VIEW, calipers: [on("AVR", 0.5), on("II", 0.5), on("aVR", null)] };
  const changed = changeOrder(view);
  expect(changed).toEqual({ order: "cabrera", calipers: [on("AVR", -0.5), on("II", 0.5), on("aVR", null)] });
  expect(changeOrder({ ...view, ...changed })).toEqual({ order: "standard", calipers: view.calipers });
});
