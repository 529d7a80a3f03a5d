import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { openStore } from "../../src/store/db.ts";

const DAY_MS = 24 * 3600 * 1000;

it.each([
  { set: "7", days: 7 },
  { set: "0.5", days: 0.5 },
  { set: "", days: 30 },
  { set: undefined, days: 30 },
  { set: "soon", days: 30 },
  { set: "-1", days: 30 },
])("takes ARCHIVE_AFTER_DAYS=$set for $days days", ({ set, days }) => {
  expect(openStore({ ...env, ARCHIVE_AFTER_DAYS: set }).archiveAfterMs).toBe(days * DAY_MS);
});

it.each([
  { set: "long", which: "long" },
  { set: "off", which: "off" },
  { set: undefined, which: "all" },
  { set: "none", which: "all" },
])("takes MEASURE_AHEAD=$set for $which", ({ set, which }) => {
  expect(openStore({ ...env, MEASURE_AHEAD: set }).measuredAhead).toBe(which);
});
