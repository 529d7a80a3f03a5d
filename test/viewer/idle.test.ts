import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type StubBrowser, stubBrowser } from "./stub-browser.ts";

const MINUTE = 60_000;

/** What tells the tabs of a browser something. */
class FakeChannel {
  static all: FakeChannel[] = [];
  onmessage = () => undefined;
  readonly postMessage = vi.fn();
  constructor() {
    FakeChannel.all.push(this);
  }
}

let browser: StubBrowser;
let session: typeof import("../../src/viewer/session/session.ts")["session"];

beforeEach(async () => {
  vi.useFakeTimers();
  browser = stubBrowser();
  FakeChannel.all = [];
  vi.stubGlobal("BroadcastChannel", FakeChannel);
  session = (await import("../../src/viewer/session/session.ts")).session;
  session.set({ state: "in", account: { id: "1", username: "ada", role: "user" } });
  const { watchIdleness } = await import("../../src/viewer/session/idle.ts");
  watchIdleness();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("logs off after half an hour without a touch", () => {
  vi.advanceTimersByTime(29 * MINUTE);
  browser.tell("keydown");
  vi.advanceTimersByTime(29 * MINUTE);
  expect(session.value.state).toBe("in");
  vi.advanceTimersByTime(2 * MINUTE);
  expect(session.value).toMatchObject({ state: "out", why: "Logged off after 30 minutes without use." });
});

it("stays where another tab is touched, and tells the others of its own touches", () => {
  const [channel] = FakeChannel.all;
  vi.advanceTimersByTime(29 * MINUTE);
  channel.onmessage();
  vi.advanceTimersByTime(29 * MINUTE);
  expect([session.value.state, channel.postMessage.mock.calls]).toEqual(["in", []]);
  browser.tell("keydown");
  browser.tell("pointermove");
  vi.advanceTimersByTime(MINUTE);
  expect(channel.postMessage).toHaveBeenCalledTimes(1);
});
