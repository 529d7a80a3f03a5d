import { expect, it } from "vitest";
import { newKey } from "../../src/auth/keys.ts";
import { NEW_VIEW, writePlace } from "../../src/viewer/page/address.ts";
import { dayOf, startOfDay } from "../../src/viewer/page/days.ts";
import { parseShareLink, writeShareLink } from "../../src/viewer/shares/share-link.ts";

const ID = "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b";
const { key } = newKey("share", ID);

it("a link has the share's key, and behind it how its ECG is looked at", () => {
  const hash = writePlace({ name: "ecg", id: ID, view: { ...NEW_VIEW, time: 5 } });
  const link = writeShareLink(key, hash);
  expect(link).toBe(`#/share/${key}/ecg/${ID}?t=5`);
  expect(parseShareLink(link)).toEqual({ key, hash });
});

it.each([
  { hash: `#/share/${key.slice(0, -1)}/ecg/${ID}`, is: { key: null, hash: `#/ecg/${ID}` } },
  { hash: `#/share/${key.replace("ecgs", "ecgk")}/ecg/${ID}`, is: { key: null, hash: `#/ecg/${ID}` } },
  { hash: "#/share/", is: { key: null, hash: "#" } },
  { hash: `#/share/${key}`, is: { key, hash: "#" } },
  { hash: `#/ecg/${ID}`, is: undefined },
  { hash: "", is: undefined },
])("a link that is none, or not whole, is known: $hash", ({ hash, is }) => {
  expect(parseShareLink(hash)).toEqual(is);
});

it("a day is of the reader's own zone", () => {
  const evening = new Date(2026, 0, 31, 23, 30);
  expect([dayOf(evening), dayOf(evening, 1)]).toEqual(["2026-01-31", "2026-02-01"]);
  expect(startOfDay("2026-01-31", 1)).toBe(new Date(2026, 1, 1).toISOString());
});
