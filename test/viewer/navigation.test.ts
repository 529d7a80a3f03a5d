import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import { NEW_VIEW, type Place, writePlace } from "../../src/viewer/page/address.ts";

const at = (time: number): Place => ({ name: "ecg", id: "0197d3a0", view: { ...NEW_VIEW, time } });

/** What the page uses of a browser: the address, and the event that tells of a new one some time after it is there. */
const location = { hash: writePlace(at(1)) };
const history = {
  state: null,
  replaceState: (_state: unknown, _title: string, hash: string) => {
    location.hash = hash;
  },
};
let tell: () => void;
let navigation: typeof import("../../src/viewer/page/navigation.ts");

beforeAll(async () => {
  vi.stubGlobal("location", location);
  vi.stubGlobal("history", history);
  vi.stubGlobal("addEventListener", (_name: string, listener: () => void) => {
    tell = listener;
  });
  navigation = await import("../../src/viewer/page/navigation.ts");
});

beforeEach(() => {
  location.hash = writePlace(at(1));
  tell();
});

it("says in the address how a place is looked at now, as often as that changes", () => {
  navigation.noteInAddress(at(2));
  expect(location.hash).toBe(writePlace(at(2)));
  navigation.noteInAddress(at(3));
  expect(location.hash).toBe(writePlace(at(3)));
});

it.each([
  { to: "another view of the ECG", next: at(9) },
  { to: "another place", next: { name: "account" } as Place },
])("keeps the address of $to to which the browser has gone, and follows it", ({ next }) => {
  location.hash = writePlace(next);
  navigation.noteInAddress(at(2));
  expect(location.hash).toBe(writePlace(next));
  tell();
  expect(navigation.place.value).toEqual(next);
  navigation.noteInAddress(at(4));
  expect(location.hash).toBe(writePlace(at(4)));
});
