import { Observable } from "../page/observable.ts";
import { prefer, preferences } from "../page/preferences.ts";
import { explainProblem, isPassing, Refusal } from "../refusal.ts";
import { type Account, readAccount } from "./account.ts";

/**
 * Who is logged in: nobody is known yet, somebody is, or nobody is. Of a log-in that has ended `account` is who it was: what is
 * on the page stays, and goes on when the same one logs in again. `isLeft` is that somebody, or the idle time, has ended it.
 */
export type Session =
  | { state: "opening" }
  | { state: "in"; account: Account }
  | { state: "out"; account: Account | undefined; why: string; isLeft: boolean };

/** Who is logged in here. */
export const session = new Observable<Session>({ state: "opening" });

type Token = { text: string; goodUntil: number };

/** The access token is in this variable and nowhere else. The refresh token is in a cookie, which no script can read. */
let token: Token | undefined;
/** The refresh that is under way: calls that need a token wait for the same one. */
let refreshing: Promise<boolean> | undefined;
/** The log-out that is under way. */
let leaving: Promise<void> | undefined;

/** A token is not used in its last seconds: it might end on its way. */
const MARGIN_MS = 20_000;
/** When a refresh and a log-out are called off that are not answered, in ms: a log-in waits for both. */
const MOST_UNANSWERED_MS = 15_000;

/** Opens the session that the cookie keeps, if there is one. */
export async function openSession(): Promise<void> {
  if (session.value.state !== "opening") return;
  try {
    if (!preferences.value.staysLoggedIn || !(await refresh())) end("");
  } catch {
    end("The service cannot be reached.");
  }
}

/** @throws Error, to be shown, when it is refused */
export async function logIn(username: string, password: string): Promise<void> {
  // What these are answered later would take the new cookie away, or put the token of who was here before in the place of the new one.
  await Promise.allSettled([leaving, refreshing]);
  const { account, ...own } = await askForToken({ username, password, refresh_cookie: "true" });
  const before = whoIsHere();
  if (before !== undefined && before !== account.id) for (const forget of beforeAnother) forget();
  token = own;
  prefer({ staysLoggedIn: true });
  session.set({ state: "in", account });
}

/** What forgets what the page still knows of who was here, before somebody else is. */
export const beforeAnother = new Set<() => void>();

/** What is still to be sent at a log-out. */
export const atLogOut = new Set<() => Promise<void>>();

/**
 * Ends the log-in, here and on the server.
 *
 * @param isElsewhere whether another tab has ended it on the server already: the cookie may be somebody else's by now
 */
export function logOut(why = "", isElsewhere = false): Promise<void> {
  end(why, true);
  if (!isElsewhere) prefer({ staysLoggedIn: false });
  leaving ??= Promise.resolve()
    .then(() => leave(isElsewhere))
    .finally(() => {
      leaving = undefined;
    });
  return leaving;
}

async function leave(isElsewhere: boolean): Promise<void> {
  // At once, as the page may be closed: the token in hand is good for what is still to be sent, whether the log-in has ended or not.
  const left = [...atLogOut].map((finish) => finish());
  const calledOff = AbortSignal.timeout(MOST_UNANSWERED_MS);
  const isCalledOff = new Promise((resolve) => calledOff.addEventListener("abort", resolve));
  const leaving = isElsewhere ? undefined : post("/auth/logout", {}, calledOff);
  await Promise.race([Promise.allSettled([leaving, refreshing, ...left]), isCalledOff]);
  token = undefined;
}

/** The id of who is logged in, or was until the log-in ended; undefined where nobody has been. */
export function whoIsHere(): string | undefined {
  return session.value.state === "opening" ? undefined : session.value.account?.id;
}

/**
 * Calls the API with the token: the one in hand, or one that is refreshed first. Where the log-in has ended, the page asks for the
 * password, and the call goes on after it.
 */
export async function callWithToken(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  return withToken(whoIsHere(), (text) => callAs(text, input, init));
}

/**
 * Makes a request with the token of an account; once more where the service refuses the token.
 *
 * @param asker the id of the account; if undefined, that of whoever is logged in, or logs in next
 * @throws DOMException `AbortError` when somebody else has logged in meanwhile
 */
export async function withToken<T extends { status: number }>(
  asker: string | undefined,
  request: (token: string) => Promise<T>,
): Promise<T> {
  const used = await requireToken(asker);
  const answer = await request(used);
  if (answer.status !== 401) return answer;
  if (token?.text === used) token = undefined;
  return request(await requireToken(asker));
}

/** Calls the API with a token or a key as it is. */
export async function callAs(bearer: string, input: RequestInfo | URL, init: RequestInit): Promise<Response> {
  init.signal?.throwIfAborted();
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${bearer}`);
  return fetch(input, { ...init, headers });
}

/** A token that holds; waits until somebody has logged in. */
async function requireToken(asker: string | undefined): Promise<string> {
  while (!token || token.goodUntil < Date.now()) {
    // A log-out waits for what is still to be sent, and a log-in for the log-out.
    if (leaving) throw new Error("You have logged out.");
    const before = token;
    if (session.value.state !== "out" && ((await refresh()) || token !== before)) continue;
    if (session.value.state !== "out") end("Your log-in has ended.");
    await untilLoggedIn();
  }
  if (asker !== undefined && asker !== whoIsHere()) {
    throw new DOMException("Somebody else has logged in.", "AbortError");
  }
  return token.text;
}

function untilLoggedIn(): Promise<void> {
  return new Promise((resolve) => {
    const stop = session.subscribe(() => {
      if (session.value.state !== "in") return;
      stop();
      resolve();
    });
  });
}

function refresh(): Promise<boolean> {
  refreshing ??= renew().finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

/**
 * Has a new token by the cookie.
 *
 * @returns false when the log-in has ended
 * @throws Error when the service is out of reach, or busy: that is not logged off
 */
async function renew(): Promise<boolean> {
  try {
    const calledOff = AbortSignal.timeout(MOST_UNANSWERED_MS);
    const { account, ...own } = await askForToken({ grant_type: "refresh_token" }, calledOff);
    const here = whoIsHere();
    // The cookie is that of all tabs: in another one somebody else may have logged in.
    if (here !== undefined && here !== account.id) return false;
    token = own;
    if (session.value.state === "opening") session.set({ state: "in", account });
    return true;
  } catch (error) {
    if (!(error instanceof Refusal) || isPassing(error)) throw error;
    prefer({ staysLoggedIn: false });
    return false;
  }
}

/** A new token, and whose it is. */
async function askForToken(
  fields: Record<string, string>,
  signal?: AbortSignal,
): Promise<Token & { account: Account }> {
  const answer = await post("/auth/token", fields, signal);
  const body = await answer.json().catch(() => undefined);
  if (!answer.ok) throw new Refusal(answer.status, explainProblem(body, answer.status));
  const { access_token: text, expires_in: seconds } = body as { access_token: string; expires_in: number };
  return { text, goodUntil: Date.now() + seconds * 1000 - MARGIN_MS, account: await readAccount(text, signal) };
}

function end(why: string, isLeft = false): void {
  const account = session.value.state === "opening" ? undefined : session.value.account;
  session.set({ state: "out", account, why, isLeft });
}

function post(path: string, fields: Record<string, string>, signal?: AbortSignal): Promise<Response> {
  // Whoever logs out may close the page at once.
  return fetch(path, { method: "POST", body: new URLSearchParams(fields), keepalive: true, signal });
}
