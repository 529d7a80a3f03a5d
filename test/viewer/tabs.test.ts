import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type StubBrowser, settle, stubBrowser } from "./stub-browser.ts";

type News = { is: "in" | "out"; id: string };

/** What tells the tabs of a browser something. */
class FakeChannel {
  static last: FakeChannel;
  onmessage: (event: { data: News }) => void = () => undefined;
  readonly postMessage = vi.fn();
  constructor() {
    FakeChannel.last = this;
  }
}

const ADA = { id: "1", username: "ada", role: "user" } as const;
let browser: StubBrowser;
let page: typeof import("../../src/viewer/session/session.ts");

beforeEach(async () => {
  browser = stubBrowser();
  vi.stubGlobal("BroadcastChannel", FakeChannel);
  page = await import("../../src/viewer/session/session.ts");
  const { watchTabs } = await import("../../src/viewer/session/tabs.ts");
  watchTabs();
  page.session.set({ state: "in", account: ADA });
});
afterEach(() => void vi.unstubAllGlobals());

const told = () => FakeChannel.last.postMessage.mock.calls.map(([news]) => news);

it("tells the other tabs who logs in, and out", async () => {
  expect(told()).toEqual([{ is: "in", id: "1" }]);
  void page.logOut();
  expect(told()).toEqual([
    { is: "in", id: "1" },
    { is: "out", id: "1" },
  ]);
  await browser.take("POST", "/auth/logout");
});

it.each([
  { news: { is: "out", id: "1" }, why: "You have logged out in another tab." },
  { news: { is: "in", id: "2" }, why: "Somebody else has logged in in another tab." },
] as const)("ends the log-in, and takes away nobody's cookie, when another tab tells $news", async ({ news, why }) => {
  const finish = vi.fn(async () => undefined);
  page.atLogOut.add(finish);
  FakeChannel.last.onmessage({ data: news });
  expect(page.session.value).toEqual({ state: "out", account: ADA, why, isLeft: true });
  await settle();
  // What is still to be sent is sent, and the others are told nothing that they know.
  expect([finish.mock.calls.length, browser.asked, told().length]).toEqual([1, [], 1]);
});

it.each([
  { is: "in", id: "1" },
  { is: "out", id: "2" },
] as const)("stays logged in when another tab tells $is of $id", (news) => {
  FakeChannel.last.onmessage({ data: news });
  expect(page.session.value.state).toBe("in");
});
