import { expect, it } from "vitest";
import { idsFrom, newId } from "../../src/store/ids.ts";

it("makes a UUID of version 7 of the time, and another each time", () => {
  const ids = Array.from({ length: 200 }, () => newId(0x0123_4567_89ab));
  for (const id of ids) expect(id).toMatch(/^01234567-89ab-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(new Set(ids.map((id) => id.slice(15)))).toHaveProperty("size", ids.length);
});

it("sorts ids by their times", () => {
  const now = 1_800_000_000_000;
  const times = [0, 1, 0xffff, 0x1_0000, 2 ** 32 - 1, 2 ** 32, now - 1, now];
  const ids = times.map((time) => newId(time));
  expect([...ids].reverse().sort()).toEqual(ids);
  for (const [i, time] of times.entries()) {
    expect(ids[i] >= idsFrom(time)).toBe(true);
    expect(ids[i] < idsFrom(time + 1)).toBe(true);
  }
});
