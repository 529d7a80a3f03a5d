import { describe, expect, it } from "vitest";
import { listDifferences } from "../../src/viewer/compare/differences.ts";
import type { MeasuredValue } from "../../src/viewer/out/measured-values.ts";
import { NEW_VIEW, type Pair, parsePlace, writePlace } from "../../src/viewer/page/address.ts";

const IDS = ["0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b", "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4c"] as const;

describe("the address of two ECGs", () => {
  it.each([
    { query: "", is: {} },
    { query: "?t=2.5&gain=20&t2=7", is: { view: { ...NEW_VIEW, time: 2.5, gain: 20 }, time: 7 } },
    {
      query: "?filter=lowpass40&apart=",
      is: { view: { ...NEW_VIEW, filters: { baseline: false, lowPass: 40, notch: null } }, isTogether: false },
    },
  ])("says how both are looked at: $query", ({ query, is }) => {
    const pair = { ids: IDS, view: NEW_VIEW, time: 0, isTogether: true, ...is } as Pair;
    const hash = `#/compare/${IDS.join("/")}${query}`;
    expect(parsePlace(hash)).toEqual({ name: "compare", pair });
    expect(writePlace({ name: "compare", pair })).toBe(hash);
  });

  it.each(["#/compare/", `#/compare/${IDS[0]}`, `#/compare/${IDS[0]}/a/b`])("is none that names no two: %s", (hash) => {
    expect(parsePlace(hash).name).toBe("list");
  });
});

describe("the values of two ECGs", () => {
  const value = (name: string, number: number | null, unit = "ms", group = "intervals"): MeasuredValue => ({
    group,
    name,
    value: number,
    unit,
    of: null,
    why: "",
  });

  it("are side by side, with how much more the second has", () => {
    const rows = listDifferences([value("QT", 380), value("PR", null)], [value("QT", 412.5), value("PR", 160)]);
    expect(rows).toEqual([
      { group: "intervals", name: "QT", unit: "ms", first: 380, second: 412.5, difference: 32.5 },
      { group: "intervals", name: "PR", unit: "ms", first: null, second: 160, difference: null },
    ]);
  });

  it("are all that either has: leads may be others, and names alike in two groups", () => {
    const rows = listDifferences(
      [value("R", 1, "mV", "lead I")],
      [value("R", 2, "mV", "lead II"), value("R", 3, "mV", "lead I")],
    );
    expect(rows.map(({ group, difference }) => [group, difference])).toEqual([
      ["lead I", 2],
      ["lead II", null],
    ]);
  });

  it("have no difference that is of their durations: numbers of beats", () => {
    expect(listDifferences([value("all", 10, "")], [value("all", 900, "")])[0].difference).toBeNull();
  });

  it.each([
    { from: 30, to: 47, difference: 17 },
    { from: 170, to: -170, difference: 20 },
    { from: -170, to: 170, difference: -20 },
    { from: -90, to: 90, difference: -180 },
  ])("turn an axis from $from° to $to° by $difference°", ({ from, to, difference }) => {
    expect(listDifferences([value("QRS", from, "°")], [value("QRS", to, "°")])[0].difference).toBe(difference);
  });
});
