import { describe, expect, it } from "vitest";
import { fitLogistic } from "../../../src/analysis/training/logistic.ts";

describe("fitLogistic", () => {
  it("gives the odds of a table of two by two", () => {
    const weights = fitLogistic(
      [
        { values: [0], yes: 20, no: 80 },
        { values: [1], yes: 60, no: 30 },
      ],
      0,
    );
    // ln(20/80), and ln((60/30) / (20/80)).
    expect(weights.map((weight) => Number(weight.toFixed(6)))).toEqual([-1.386294, 2.079442]);
  });

  it("tells what two kinds of evidence count, each by itself", () => {
    const odds = (a: number, b: number) => Math.exp(-0.5 + 2 * a - 3 * b);
    const observations = [0, 1, 2].flatMap((a) =>
      [0, 1].map((b) => ({ values: [a, b], yes: odds(a, b), no: 1 }) as const),
    );
    expect(fitLogistic(observations, 0).map((weight) => Number(weight.toFixed(6)))).toEqual([-0.5, 2, -3]);
  });

  it("makes weights smaller by the ridge, and not the bias", () => {
    const observations = [
      { values: [-1], yes: 0, no: 10 },
      { values: [1], yes: 10, no: 0 },
    ];
    const [bias, weight] = fitLogistic(observations, 1);
    expect(Math.abs(bias)).toBeLessThan(1e-9);
    // Where the derivative is 0: w = 20 / (1 + exp(w)).
    expect(weight).toBeCloseTo(20 / (1 + Math.exp(weight)), 6);
    const [all] = fitLogistic([{ values: [0], yes: 99, no: 1 }], 1000);
    expect(all).toBeCloseTo(Math.log(99), 6);
  });
});
