import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type StubBrowser, settle, stubBrowser } from "./stub-browser.ts";

const ADA = { id: "1", username: "ada", role: "user" };
const BOB = { id: "2", username: "bob", role: "user" };

/** A request that the page has sent, and its answer. */
class FakeRequest {
  static readonly sent: FakeRequest[] = [];
  readonly upload = {};
  readonly headers = new Map<string, string>();
  status = 0;
  responseText = "";
  onloadend = () => undefined;
  open() {}
  setRequestHeader(name: string, value: string) {
    this.headers.set(name, value);
  }
  send() {
    FakeRequest.sent.push(this);
  }
  async answer(status: number, body: object = {}): Promise<void> {
    Object.assign(this, { status, responseText: JSON.stringify(body) });
    this.onloadend();
    await settle();
  }
}

let browser: StubBrowser;
let page: typeof import("../../src/viewer/send/uploads.ts") & typeof import("../../src/viewer/session/session.ts");

beforeEach(async () => {
  browser = stubBrowser();
  FakeRequest.sent.length = 0;
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
  page = {
    ...(await import("../../src/viewer/session/session.ts")),
    ...(await import("../../src/viewer/send/uploads.ts")),
  };
  await logIn(ADA);
});
afterEach(() => void vi.unstubAllGlobals());

async function admit(account: typeof ADA, seconds = 900): Promise<void> {
  const token = { access_token: `of ${account.username}`, expires_in: seconds };
  await (await browser.take("POST", "/auth/token")).answer(200, token);
  await (await browser.take("GET", "/users/me")).answer(200, account);
}

async function logIn(account: typeof ADA, seconds?: number): Promise<void> {
  const done = page.logIn(account.username, "password");
  await admit(account, seconds);
  await done;
  await settle();
}

async function logOut(): Promise<void> {
  const done = page.logOut();
  await (await browser.take("POST", "/auth/logout")).answer(204);
  await done;
}

const newFile = (name: string) => new File(["1"], name);
const tokens = () => FakeRequest.sent.map(({ headers }) => headers.get("Authorization"));
const outcomes = () => page.uploads.value.map(({ name, outcome }) => [name, outcome]);

it("sends what waits for the one before to the account whose files they are, and to nobody else's", async () => {
  await page.send([newFile("a.edf"), newFile("b.edf")]);
  await settle();
  await logOut();
  await logIn(BOB);
  expect(page.uploads.value).toEqual([]);
  await FakeRequest.sent[0].answer(201, { id: "7", notes: [] });
  await page.send([newFile("c.edf")]);
  await vi.waitFor(() => expect(tokens()).toEqual(["Bearer of ada", "Bearer of bob"]));
  expect(outcomes()).toEqual([["c.edf", undefined]]);
});

it.each([
  { next: ADA, sent: ["Bearer of ada"] },
  { next: BOB, sent: [] },
])("has what waits for a log-in sent by the one who chose it alone: $next.username logs in", async ({ next, sent }) => {
  await logIn(ADA, 0);
  await page.send([newFile("a.edf")]);
  await (await browser.take("POST", "/auth/token")).answer(422, { detail: "It has ended." });
  expect(page.session.value.state).toBe("out");
  await logIn(next);
  expect([tokens(), page.uploads.value.length]).toEqual([sent, sent.length]);
});

it("sends what was chosen while nobody was logged in for whoever logs in", async () => {
  await logOut();
  await page.send([newFile("a.edf")]);
  await settle();
  await logIn(BOB);
  expect([tokens(), outcomes()]).toEqual([["Bearer of bob"], [["a.edf", undefined]]]);
});

it("says of a file that the service is out of reach, and goes on with the next", async () => {
  await logIn(ADA, 0);
  await page.send([newFile("a.edf")]);
  await (await browser.take("POST", "/auth/token")).fail();
  const refused = { refusal: "The service cannot be reached.", isWorthRetrying: true };
  await vi.waitFor(() => expect(outcomes()).toEqual([["a.edf", refused]]));
  await page.send([newFile("b.edf")]);
  await admit(ADA);
  await vi.waitFor(() => expect(tokens()).toEqual(["Bearer of ada"]));
});

it("sends once more with a new token where the one in hand is refused, under the same key", async () => {
  await page.send([newFile("a.edf")]);
  await vi.waitFor(() => expect(tokens()).toEqual(["Bearer of ada"]));
  await FakeRequest.sent[0].answer(401);
  await admit({ ...ADA });
  await vi.waitFor(() => expect(FakeRequest.sent.length).toBe(2));
  const [first, second] = FakeRequest.sent.map(({ headers }) => headers.get("Idempotency-Key"));
  expect(second).toBe(first);
  await FakeRequest.sent[1].answer(201, { id: "7", notes: [] });
  expect(outcomes()).toEqual([["a.edf", { id: "7", notes: [] }]]);
});

it("asks whoever closes the page while something is on its way, and nobody else", async () => {
  const isAsked = () => {
    const leaving = new Event("beforeunload", { cancelable: true });
    browser.tell("beforeunload", leaving);
    return leaving.defaultPrevented;
  };
  expect(isAsked()).toBe(false);
  await page.send([newFile("a.edf")]);
  await vi.waitFor(() => expect(FakeRequest.sent.length).toBe(1));
  expect(isAsked()).toBe(true);
  await FakeRequest.sent[0].answer(201, { id: "7", notes: [] });
  expect(isAsked()).toBe(false);
});
