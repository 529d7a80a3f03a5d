import { expect, it } from "vitest";
import { SHAPE_POINTS } from "../../../src/analysis/beats/beat-shapes.ts";
import { MATCH, MATCHES, NEAR_BINS, SureTemplates } from "../../../src/analysis/beats/sure-templates.ts";

/** A wave of one lead: how high its QRS complex is, which ends at another level, how many points late, whether it is that of another kind, and how steep the baseline is. */
type Wave = { time: number; odds: number; height?: number; late?: number; isOther?: boolean; slope?: number };

function shapeOf({ height = 1, late = 0, isOther, slope = 0 }: Wave): number[] {
  return Array.from({ length: SHAPE_POINTS }, (_, p) => {
    const at = (p - 13 - late) / (isOther ? 5 : 1.5);
    const level = at > 1 ? 0.3 : 0;
    return height * ((isOther ? -at : 1) * Math.exp(-0.5 * at * at) + level) + slope * (p - 13);
  });
}

/** What the templates tell of each wave. */
function matchAll(waves: readonly Wave[]) {
  const times = Float64Array.from(waves, ({ time }) => time);
  const physical = waves.map(shapeOf);
  const scales = physical.map((shape) => Math.max(...shape.map(Math.abs)));
  const templates = new SureTemplates(
    {
      times,
      clocks: times,
      heights: new Float32Array(waves.length).fill(1),
      noises: new Float32Array(waves.length),
      likeness: () => 1,
      width: () => 0.04,
      shapes: Int8Array.from(
        physical.flatMap((shape, k) => shape.map((value) => Math.round((127 * value) / scales[k]))),
      ),
      shapeScales: Float32Array.from(scales, (scale) => 500 * scale),
      leadCount: 1,
    },
    Float64Array.from(waves, ({ odds }) => odds),
  );
  return waves.map((_, k) => {
    const found = new Float32Array(MATCHES + 1).fill(7);
    templates.tell(k, found, 1);
    expect(found[0]).toBe(7);
    const of = (name: (typeof MATCH)[number]) => found[1 + MATCH.indexOf(name)];
    const bins = (from: number) => [...found.slice(1 + MATCH.length + from, 1 + MATCH.length + from + NEAR_BINS)];
    return { of, before: bins(0), after: bins(NEAR_BINS) };
  });
}

const BEATS: Wave[] = Array.from({ length: 20 }, (_, i) => ({ time: 1 + i, odds: 8 }));

it("finds a beat by its slopes where noise has moved its R peak and its baseline", () => {
  const [, , late, wave] = matchAll([
    ...BEATS.slice(0, 2),
    { time: 3, odds: 0, late: 5, slope: 0.2 },
    { time: 3.5, odds: 0, isOther: true },
    ...BEATS.slice(3),
  ]);
  expect(late.of("likeness")).toBeGreaterThan(0.98);
  expect(late.of("shift")).toBeCloseTo(5 / 6);
  expect(late.of("size")).toBeCloseTo(0, 1);
  expect(late.of("rest")).toBeLessThan(-3);
  expect(wave.of("likeness")).toBeLessThan(0.8);
  expect(wave.of("rest")).toBeGreaterThan(-1.5);
});

it("tells how large a wave is beside beats, whatever is usual nearby", () => {
  const [, small] = matchAll([BEATS[0], { time: 2, odds: 0, height: 0.25 }, ...BEATS.slice(2)]);
  expect(small.of("likeness")).toBeGreaterThan(0.98);
  expect(small.of("size")).toBeCloseTo(Math.log(0.25), 1);
  expect(small.of("strength")).toBeCloseTo(0.25, 1);
});

it("knows two kinds of sure beats", () => {
  const waves = BEATS.map((beat, i) => ({ ...beat, isOther: i % 3 === 2 }));
  const found = matchAll([...waves, { time: 30, odds: 0, isOther: true }]).at(-1);
  expect(found?.of("likeness")).toBeGreaterThan(0.98);
  expect(found?.of("otherLikeness")).toBeLessThan(0.8);
  expect(
    matchAll([...BEATS, { time: 30, odds: 0, isOther: true }])
      .at(-1)
      ?.of("likeness"),
  ).toBeLessThan(0.8);
});

it("tells how strong waves are near a candidate", () => {
  const found = matchAll([...BEATS, { time: 10.88, odds: 0, height: 0.5 }].sort((a, b) => a.time - b.time));
  const [before, after] = [found[9], found[11]];
  expect(before.after.every((strength) => strength === 0)).toBe(true);
  expect(after.before.findIndex((strength) => strength > 0.4)).toBe(2);
  expect(after.before[2]).toBeCloseTo(0.5, 1);
  expect(found[10].after[2]).toBeCloseTo(1, 1);
});

it("says nothing where no beat is sure", () => {
  const [found] = matchAll(BEATS.map((beat) => ({ ...beat, odds: 3 })));
  expect(found.of("known")).toBe(0);
  expect(found.of("likeness")).toBe(0);
  expect(matchAll(BEATS)[0].of("known")).toBeCloseTo(20 / 24);
});

it("makes templates anew of the beats nearby after a minute, for what was compared with the last ones too", () => {
  const beats: Wave[] = Array.from({ length: 58 }, (_, i) => ({ time: 1 + i, odds: 8, height: i < 30 ? 1 : 2 }));
  const [first, second] = matchAll([
    ...beats,
    { time: 60.8, odds: 0, height: 2 },
    { time: 61.1, odds: 0, height: 2 },
  ]).slice(beats.length);
  expect(first.of("size")).toBeCloseTo(Math.LN2, 1);
  expect(second.of("size")).toBeCloseTo(0, 1);
});
