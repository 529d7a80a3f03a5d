import { describe, expect, it } from "vitest";
import { moveShapes } from "../../../src/analysis/beats/align-beats.ts";

/** A shape of two leads whose points are numbered. */
const shape = () => Int8Array.from([...Array(32).keys(), ...Array.from({ length: 32 }, (_, k) => 100 - k)]);

describe("moveShapes", () => {
  it.each([
    { late: 0, first: [0, 1, 2, 3], last: [28, 29, 30, 31] },
    { late: 2, first: [0, 0, 0, 1], last: [26, 27, 28, 29] },
    { late: -2, first: [2, 3, 4, 5], last: [30, 31, 31, 31] },
    { late: 4, first: [0, 1, 2, 3], last: [28, 29, 30, 31] },
  ])("moves a shape whose R peak is $late points late", ({ late, first, last }) => {
    const shapes = Int8Array.from([...shape(), ...shape()]);
    moveShapes(shapes, 2, Float64Array.of(0, 0.01 * late));
    expect(shapes.subarray(0, 64)).toEqual(shape());
    const [one, other] = [shapes.subarray(64, 96), shapes.subarray(96)];
    expect([one.subarray(0, 4), one.subarray(28)]).toEqual([Int8Array.from(first), Int8Array.from(last)]);
    expect(other).toEqual(one.map((value) => 100 - value));
  });
});
