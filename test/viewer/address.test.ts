import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LOW_PASSES, NOTCHES } from "../../src/viewer/filters/filters.ts";
import { NEW_SEARCH } from "../../src/viewer/list/search.ts";
import {
  GAINS,
  LAYOUTS,
  NEW_PAGE,
  NEW_VIEW,
  type Page,
  parsePlace,
  SPEEDS,
  writePlace,
} from "../../src/viewer/page/address.ts";
import { runs } from "../support/runs.ts";

const ID = "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b";

describe("the address of an ECG", () => {
  it("says how it is looked at, and nothing that goes without saying", () => {
    const view = { ...NEW_VIEW, time: 12.5, seconds: 10, layout: "3x4r" as const, gain: 20, leads: ["II", "a,b&c"] };
    const hash = `#/ecg/${ID}?t=12.5&w=10&layout=3x4r&gain=20&leads=II&leads=a%2Cb%26c`;
    expect(writePlace({ name: "ecg", id: ID, view })).toBe(hash);
    expect(writePlace({ name: "ecg", id: ID, view: NEW_VIEW })).toBe(`#/ecg/${ID}`);
  });

  it.each([
    { query: "t=-1&w=0&layout=5x5&speed=30&gain=&order=none&leads=", is: NEW_VIEW },
    { query: "t=1e9&w=NaN", is: NEW_VIEW },
    { query: "chest=7&rhythm=", is: NEW_VIEW },
    { query: "chest=5&rhythm=V1&rhythm=V1", is: { ...NEW_VIEW, chestGain: 5, rhythm: ["V1", "V1"] } },
    { query: "leads=II&leads=II&leads=V1", is: { ...NEW_VIEW, leads: ["II", "V1"] } },
    {
      query: "caliper=nothing&caliper=1_2*0.5_m_V1",
      is: {
        ...NEW_VIEW,
        calipers: [{ kind: "march", lead: "V1", from: { time: 1, value: null }, to: { time: 2, value: 0.5 } }],
      },
    },
  ])("is as if it did not say what it says wrongly: $query", ({ query, is }) => {
    expect(parsePlace(`#/ecg/${ID}?${query}`)).toEqual({ name: "ecg", id: ID, view: is });
  });

  it("says every view such that it is read back", () => {
    const milliseconds = (max: number) => fc.integer({ min: 0, max }).map((value) => value / 1000);
    const views = fc.record({
      time: milliseconds(1e9),
      seconds: fc.option(milliseconds(1e8).map((value) => value + 0.001)),
      layout: fc.option(fc.constantFrom(...LAYOUTS)),
      speed: fc.constantFrom(...SPEEDS),
      gain: fc.constantFrom(...GAINS),
      chestGain: fc.option(fc.constantFrom(...GAINS)),
      rhythm: fc.option(fc.array(fc.string({ minLength: 1, unit: "grapheme" }), { minLength: 1, maxLength: 3 })),
      order: fc.constantFrom("standard" as const, "cabrera" as const),
      leads: fc.option(fc.uniqueArray(fc.string({ minLength: 1, unit: "grapheme" }), { minLength: 1, maxLength: 4 })),
      filters: fc.record({
        baseline: fc.boolean(),
        lowPass: fc.constantFrom(null, ...LOW_PASSES),
        notch: fc.constantFrom(null, ...NOTCHES),
      }),
      calipers: fc.array(
        fc.record({
          kind: fc.constantFrom("span" as const, "march" as const, "qt" as const),
          lead: fc.string({ minLength: 1, unit: "grapheme" }),
          from: fc.record({ time: milliseconds(1e9), value: fc.constant(null) }),
          to: fc.record({ time: milliseconds(1e9), value: milliseconds(1e4) }),
        }),
        { maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(views, (view) => {
        const rounded = { ...view, seconds: view.seconds && Math.round(view.seconds * 1000) / 1000 };
        expect(parsePlace(writePlace({ name: "ecg", id: ID, view }))).toEqual({ name: "ecg", id: ID, view: rounded });
      }),
      { numRuns: runs(200) },
    );
  });
});

describe("the address of all of an ECG", () => {
  it.each([
    { query: "", page: NEW_PAGE },
    { query: "?minute=90", page: { minute: 90, lines: 60 } },
    { query: "?minute=30&lines=30", page: { minute: 30, lines: 30 } },
  ])("says its page: $query", ({ query, page }) => {
    const hash = `#/ecg/${ID}/all${query}`;
    expect(parsePlace(hash)).toEqual({ name: "disclosure", id: ID, page });
    expect(writePlace({ name: "disclosure", id: ID, page: page as Page })).toBe(hash);
  });

  it("is as if it did not say what it says wrongly", () => {
    const place = { name: "disclosure", id: ID, page: NEW_PAGE };
    expect(parsePlace(`#/ecg/${ID}/all?minute=-5&lines=45`)).toEqual(place);
  });
});

describe("the address of the list", () => {
  it.each([
    { hash: "", search: NEW_SEARCH },
    { hash: "#/", search: NEW_SEARCH },
    { hash: "#/nothing", search: NEW_SEARCH },
    { hash: "#/ecg/../users", search: NEW_SEARCH },
    {
      hash: "#/?subject=P%2042&from=2026-01-31&to=31.1.2026",
      search: { ...NEW_SEARCH, subject: "P 42", from: "2026-01-31" },
    },
    {
      hash: "#/?has=pause&has=irregular&has=evil&heart_rate_min=40&qtc_max=450.5&qtc_min=-1&heart_rate_max=fast",
      search: { ...NEW_SEARCH, has: ["irregular", "pause"], heart_rate_min: "40", qtc_max: "450.5" },
    },
  ])("is $hash", ({ hash, search }) => {
    expect(parsePlace(hash)).toEqual({ name: "list", search });
  });

  it("says what it is limited to", () => {
    const search = { ...NEW_SEARCH, subject: "P 42", to: "2026-02-01" };
    expect(writePlace({ name: "list", search })).toBe("#/?subject=P+42&to=2026-02-01");
    const measured = { ...NEW_SEARCH, has: ["irregular", "pause"] as const, qtc_min: "500" };
    expect(writePlace({ name: "list", search: measured })).toBe("#/?has=irregular&has=pause&qtc_min=500");
    expect(writePlace({ name: "list", search: NEW_SEARCH })).toBe("#/");
  });
});
