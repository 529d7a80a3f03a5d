import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NEW_SEARCH } from "../../src/viewer/list/search.ts";
import { writePlace } from "../../src/viewer/page/address.ts";
import { explainError } from "../../src/viewer/refusal.ts";
import { type Asked, type StubBrowser, settle, stubBrowser } from "./stub-browser.ts";

const ADA = { id: "1", username: "ada", role: "user" };
const BOB = { id: "2", username: "bob", role: "user" };

let browser: StubBrowser;
let page: typeof import("../../src/viewer/session/session.ts");

beforeEach(async () => {
  browser = stubBrowser();
  page = await import("../../src/viewer/session/session.ts");
});
afterEach(() => void vi.unstubAllGlobals());

const grant = (asked: Asked, token: string) => asked.answer(200, { access_token: token, expires_in: 900 });

/** Answers the log-in of somebody that the page is to ask for. */
async function admit(account: typeof ADA, token: string): Promise<void> {
  await grant(await browser.take("POST", "/auth/token"), token);
  await (await browser.take("GET", "/users/me")).answer(200, account);
}

async function logIn(account: typeof ADA, token: string): Promise<void> {
  const done = page.logIn(account.username, "password");
  await admit(account, token);
  await done;
}

/** Has the token that the page holds refused, so that it asks for a refresh, and gives the call and this. */
async function refuseToken() {
  const call = page.callWithToken("/ecg");
  // Where a test leaves it unanswered.
  call.catch(() => undefined);
  await (await browser.take("GET", "/ecg")).answer(401);
  return { call, refresh: await browser.take("POST", "/auth/token") };
}

it("logs in when the log-out has been answered, whose answer takes the cookie away", async () => {
  await logIn(ADA, "ada");
  void page.logOut();
  expect(page.session.value.state).toBe("out");
  const leaving = await browser.take("POST", "/auth/logout");
  const entering = page.logIn("ada", "password");
  await settle();
  expect(browser.asked).toEqual([]);
  await leaving.answer(204);
  await admit(ADA, "ada 2");
  await entering;
  const call = page.callWithToken("/ecg");
  const asked = await browser.take("GET", "/ecg");
  expect([asked.token, page.session.value.state]).toEqual(["ada 2", "in"]);
  await asked.answer(200, {});
  await call;
});

it("has the token of whoever logs in, and not that of a refresh which the one before had under way", async () => {
  await logIn(ADA, "ada");
  const { refresh } = await refuseToken();
  void page.logOut();
  const entering = page.logIn("bob", "password");
  await (await browser.take("POST", "/auth/logout")).answer(204);
  expect(browser.asked).toEqual([]);
  await grant(refresh, "ada 2");
  await (await browser.take("GET", "/users/me")).answer(200, ADA);
  await admit(BOB, "bob");
  await entering;
  void page.callWithToken("/users/me/keys").catch(() => undefined);
  expect((await browser.take("GET", "/users/me/keys")).token).toBe("bob");
});

describe("a request that hangs", () => {
  /** Calls off what is not answered in time. */
  let callOff: () => void;

  beforeEach(() => {
    const controllers: AbortController[] = [];
    vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
      expect(ms).toBe(15_000);
      controllers.push(new AbortController());
      return controllers[controllers.length - 1].signal;
    });
    callOff = () => {
      for (const controller of controllers) controller.abort(new DOMException("Too late.", "TimeoutError"));
    };
  });
  afterEach(() => void vi.restoreAllMocks());

  it("keeps nobody from logging in when it is a log-out, or what is still to be sent at one", async () => {
    for (const isLate of [true, false]) {
      await logIn(ADA, "ada");
      const send = async () => void (await page.callWithToken("/ecg/1", { method: "DELETE" }));
      page.atLogOut.add(send);
      void page.logOut();
      const leaving = await browser.take("POST", "/auth/logout");
      await browser.take("DELETE", "/ecg/1");
      page.atLogOut.delete(send);
      if (!isLate) await leaving.answer(204);
      const entering = page.logIn("bob", "password");
      await settle();
      expect(browser.asked).toEqual([]);
      callOff();
      await admit(BOB, "bob");
      await entering;
      expect(page.session.value).toEqual({ state: "in", account: BOB });
    }
  });

  it("keeps nobody from logging in when it is a refresh, and is told as a service that is out of reach", async () => {
    await logIn(ADA, "ada");
    const { call } = await refuseToken();
    const entering = page.logIn("bob", "password");
    await settle();
    callOff();
    const failure = await call.catch((error) => error);
    expect(explainError(failure)).toBe("The service cannot be reached.");
    await admit(BOB, "bob");
    await entering;
    expect(page.session.value).toEqual({ state: "in", account: BOB });
  });
});

it("logs out at once, sends what waits, and forgets the token", async () => {
  await logIn(ADA, "ada");
  page.atLogOut.add(async () => void (await page.callWithToken("/ecg/1", { method: "DELETE" })));
  const done = page.logOut("Good night.");
  await (await browser.take("POST", "/auth/logout")).answer(204);
  const erasure = await browser.take("DELETE", "/ecg/1");
  expect(erasure.token).toBe("ada");
  await erasure.answer(204);
  await done;
  void page.callWithToken("/ecg");
  await settle();
  expect(browser.asked).toEqual([]);
});

it("logs out also where what waits is refused with its token, and lets the next one in", async () => {
  await logIn(ADA, "ada");
  page.atLogOut.add(async () => void (await page.callWithToken("/ecg/1", { method: "DELETE" })));
  const done = page.logOut();
  await (await browser.take("DELETE", "/ecg/1")).answer(401);
  await (await browser.take("POST", "/auth/logout")).answer(204);
  await done;
  await logIn(BOB, "bob");
  expect(page.session.value).toEqual({ state: "in", account: BOB });
});

it("goes on with what waits for the password when the same one logs in, and calls it off when somebody else does", async () => {
  for (const { account, isGone } of [
    { account: ADA, isGone: false },
    { account: BOB, isGone: true },
  ]) {
    await logIn(ADA, "ada");
    const { call, refresh } = await refuseToken();
    await refresh.answer(422, { detail: "It has ended." });
    expect(page.session.value).toEqual({ state: "out", account: ADA, why: "Your log-in has ended.", isLeft: false });
    await logIn(account, "next");
    await settle();
    if (isGone) {
      await expect(call).rejects.toMatchObject({ name: "AbortError" });
      expect(browser.asked).toEqual([]);
    } else {
      const again = await browser.take("GET", "/ecg");
      expect(again.token).toBe("next");
      await again.answer(200, {});
      expect((await call).status).toBe(200);
    }
  }
});

it("asks for the password where the cookie is somebody else's by now, who has logged in in another tab", async () => {
  await logIn(ADA, "ada");
  const { refresh } = await refuseToken();
  await grant(refresh, "bob");
  await (await browser.take("GET", "/users/me")).answer(200, BOB);
  expect(page.session.value).toMatchObject({ state: "out", account: ADA });
  expect(browser.asked).toEqual([]);
});

it.each([429, 503])("stays logged in where a refresh is answered with %d", async (status) => {
  await logIn(ADA, "ada");
  const { call, refresh } = await refuseToken();
  await refresh.answer(status, { detail: "Busy." });
  await expect(call).rejects.toThrow("Busy.");
  expect(page.session.value.state).toBe("in");
  const next = page.callWithToken("/ecg");
  await admit(ADA, "ada 2");
  const asked = await browser.take("GET", "/ecg");
  expect(asked.token).toBe("ada 2");
  await asked.answer(200, {});
  await next;
});

it("stays in where a refresh is refused after a log-in with another password", async () => {
  await logIn(ADA, "ada");
  const entering = page.logIn("ada", "another password");
  const entry = await browser.take("POST", "/auth/token");
  const { call, refresh } = await refuseToken();
  await grant(entry, "ada 2");
  await (await browser.take("GET", "/users/me")).answer(200, ADA);
  await entering;
  await refresh.answer(422, { detail: "It has ended." });
  expect(page.session.value.state).toBe("in");
  const again = await browser.take("GET", "/ecg");
  expect(again.token).toBe("ada 2");
  await again.answer(200, {});
  await call;
});

it("has no part of an export for whoever has begun it once somebody else has logged in", async () => {
  const { fetchPartOf } = await import("../../src/viewer/account/save-parts.ts");
  await logIn(ADA, "ada");
  const fetchPart = fetchPartOf(ADA.id);
  const first = fetchPart(undefined);
  const asked = await browser.take("GET", "/users/me/export");
  await asked.answer(200, "a zip", { Link: '</users/me/export?cursor=2>; rel="next"' });
  expect((await first).next).toBe("2");
  const left = page.logOut();
  await (await browser.take("POST", "/auth/logout")).answer(204);
  await left;
  await logIn(BOB, "bob");
  await expect(fetchPart("2")).rejects.toMatchObject({ name: "AbortError" });
  expect(browser.asked).toEqual([]);
});

it("forgets what somebody has searched and opened when somebody else logs in, and nothing when the same one does", async () => {
  const { goTo, listAddress } = await import("../../src/viewer/page/navigation.ts");
  const { addOpened, findOpened } = await import("../../src/viewer/local/local-ecgs.ts");
  const search = { ...NEW_SEARCH, subject: "patient 7" };
  await logIn(ADA, "ada");
  goTo({ name: "list", search });
  browser.tell("hashchange");
  const id = addOpened(() => ({ answer: () => ({}), files: [], notes: [] }));
  await logIn(ADA, "ada 2");
  expect([listAddress(), browser.location.hash]).toEqual(Array(2).fill(writePlace({ name: "list", search })));
  expect(findOpened(id)).toBeDefined();
  await logIn(BOB, "bob");
  expect([listAddress(), browser.location.hash]).toEqual(["#/", "#/"]);
  expect(findOpened(id)).toBeUndefined();
});
