import { expect, it } from "vitest";
import { noteFilters } from "../../src/formats/filters.ts";

it.each([
  { filters: [], note: [] },
  { filters: ["", " "], note: [] },
  { filters: ["a ", "", "b", "a"], note: ["The filters that were on are not kept: a, b."] },
  {
    filters: Array.from({ length: 10 }, (_, i) => `f${i}`),
    note: ["The filters that were on are not kept: f0, f1, f2, f3, f4, f5, f6, f7, 2 more."],
  },
  { filters: ["x".repeat(81)], note: [`The filters that were on are not kept: ${"x".repeat(80)}.`] },
])("notes $filters.length filters", ({ filters, note }) => {
  expect(noteFilters(filters)).toEqual(note);
});
