import { z } from "@hono/zod-openapi";
import fc from "fast-check";
import { expect, it } from "vitest";
import { newJsonWriter, precision, round } from "../../src/http/schema-json.ts";

const number = (digits: number) => z.number().openapi({ example: 1 }).register(precision, { digits });
const schema = z.object({
  mean_rate: number(1),
  at: number(3).nullable(),
  note: z.string().optional(),
  left_out: z.int().optional(),
  episodes: z.array(z.object({ long_share: number(2) })).openapi({ description: "A list" }),
});

it("takes what the schema names, in snake case and rounded", () => {
  const value = { meanRate: 71.26, at: null, note: "n", leftOut: undefined, episodes: [{ longShare: 0.987 }], more: 5 };
  const json = newJsonWriter(schema)(value);
  expect(json).toEqual({ mean_rate: 71.3, at: null, note: "n", episodes: [{ long_share: 0.99 }] });
  expect(Object.keys(json)).toEqual(["mean_rate", "at", "note", "episodes"]);
});

it("rounds as toFixed does", () => {
  const digits = fc.nat(4);
  const decimal = fc
    .tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.nat(8))
    .map(([units, places]) => units / 10 ** places);
  fc.assert(
    fc.property(fc.oneof(fc.double(), decimal), digits, (value, places) => {
      // As JSON has it, which knows no -0.
      expect(JSON.stringify(round(value, places))).toBe(JSON.stringify(Number(value.toFixed(places))));
    }),
    {
      numRuns: 20_000,
      examples: [
        [1.005, 2],
        [-0.00001, 3],
        [0.5, 0],
        [-2.5, 0],
        [1e21 + 0.5, 4],
      ],
    },
  );
});
