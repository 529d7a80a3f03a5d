import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { NEW_VIEW, type Place, writePlace } from "../../src/viewer/page/address.ts";
import { type StubBrowser, stubBrowser } from "./stub-browser.ts";

const at = (time: number): Place => ({ name: "ecg", id: "0197d3a0", view: { ...NEW_VIEW, time } });

let location: StubBrowser["location"];
/** Tells the page of the address, which is there for some time by then. */
let tell: () => void;
let navigation: typeof import("../../src/viewer/page/navigation.ts");

beforeAll(async () => {
  const browser = stubBrowser(writePlace(at(1)));
  location = browser.location;
  tell = () => browser.tell("hashchange");
  navigation = await import("../../src/viewer/page/navigation.ts");
});
afterAll(() => void vi.unstubAllGlobals());

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
