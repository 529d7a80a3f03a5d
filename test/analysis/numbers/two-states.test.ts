import { describe, expect, it } from "vitest";
import { findStates } from "../../../src/analysis/numbers/two-states.ts";

/** The states of steps of which each says so much for state 1, where a change costs. */
function find(evidence: readonly number[], cost: number, start = 0): string {
  const states = findStates(evidence.length, start, (step, from, to) => {
    return (to === 1 ? evidence[step] : -evidence[step]) - (from === to ? 0 : cost);
  });
  return states.join("");
}

describe("findStates", () => {
  it.each([
    { name: "each step by itself where a change costs nothing", evidence: [-1, 1, -1, 1, 1], cost: 0, states: "01011" },
    { name: "past what is not worth two changes", evidence: [-1, 1, -1, 1, 1], cost: 1.5, states: "00011" },
    { name: "through what speaks against it", evidence: [3, 3, -1, 3, 3, -3, -3], cost: 2, states: "1111100" },
    { name: "nothing where there is nothing", evidence: [], cost: 1, states: "" },
  ])("goes $name", ({ evidence, cost, states }) => {
    expect(find(evidence, cost)).toBe(states);
  });

  it("begins in the state that it is told", () => {
    expect([find([0, 0], 1, 0), find([0, 0], 1, 1)]).toEqual(["00", "11"]);
  });

  it("is the likeliest of all ways", () => {
    const evidence = [0.4, -0.2, 0.9, -1.1, 0.3, 0.2, -0.1, 0.6];
    const sumOf = (states: string) =>
      [...states].reduce((sum, state, step) => {
        const isOne = state === "1";
        return sum + (isOne ? 1 : -1) * evidence[step] - (state === (states[step - 1] ?? "0") ? 0 : 0.7);
      }, 0);
    const ways = Array.from({ length: 2 ** evidence.length }, (_, way) =>
      way.toString(2).padStart(evidence.length, "0"),
    );
    expect(sumOf(find(evidence, 0.7))).toBeCloseTo(Math.max(...ways.map(sumOf)), 12);
  });
});
