import { Observable } from "../page/observable.ts";
import { prefer, preferences } from "../page/preferences.ts";
import { type Account, readAccount } from "./account.ts";

/**
 * Who is logged in: nobody is known yet, somebody is, or nobody is. Of a log-in that has ended `account` is who it was: what is
 * on the page stays, and goes on when the same one logs in again.
 */
export type Session =
  | { state: "opening" }
  | { state: "in"; account: Account }
  | { state: "out"; account: Account | undefined; why: string };

/** Who is logged in here. */
export const session = new Observable<Session>({ state: "opening" });

/** The access token is in this variable and nowhere else. The refresh token is in a cookie, which no script can read. */
let token: { text: string; goodUntil: number } | undefined;
/** The refresh that is under way: calls that need a token wait for the same one. */
let refreshing: Promise<boolean> | undefined;

/** A token is not used in its last seconds: it might end on its way. */
const MARGIN_MS = 20_000;

/** Opens the session that the cookie keeps, if there is one. */
export async function openSession(): Promise<void> {
  if (session.value.state !== "opening") return;
  try {
    if (preferences.value.staysLoggedIn && (await refresh())) await enter();
    else end("");
  } catch {
    end("The service cannot be reached.");
  }
}

/** @throws Error, to be shown, when it is refused */
export async function logIn(username: string, password: string): Promise<void> {
  await takeToken({ username, password, refresh_cookie: "true" });
  await enter();
}

/** What is still to be sent before a log-out. */
export const beforeLogOut = new Set<() => Promise<void>>();

/** Ends the log-in, here and on the server. */
export async function logOut(why = ""): Promise<void> {
  end(why);
  await Promise.allSettled([...beforeLogOut].map((finish) => finish()));
  token = undefined;
  await post("/auth/logout", {}).catch(() => undefined);
}

/**
 * Calls the API with the token: the one in hand, or one that is refreshed first. Where the log-in has ended, the page asks for the
 * password, and the call goes on after it.
 */
export async function callWithToken(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const used = await requireToken();
  const answer = await callAs(used, input, init);
  if (answer.status !== 401) return answer;
  if (token?.text === used) token = undefined;
  return callAs(await requireToken(), input, init);
}

/** Calls the API with a token or a key as it is. */
export async function callAs(bearer: string, input: RequestInfo | URL, init: RequestInit): Promise<Response> {
  init.signal?.throwIfAborted();
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${bearer}`);
  return fetch(input, { ...init, headers });
}

/** A token that holds; waits until somebody has logged in. */
export async function requireToken(): Promise<string> {
  while (!token || token.goodUntil < Date.now()) {
    if (session.value.state !== "out" && (await refresh())) continue;
    if (session.value.state !== "out") end("Your log-in has ended.");
    await untilLoggedIn();
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
  refreshing ??= takeToken({ grant_type: "refresh_token" })
    .then(
      () => true,
      (error) => {
        // Out of reach is not logged off.
        if (error instanceof TypeError) throw error;
        return false;
      },
    )
    .finally(() => {
      refreshing = undefined;
    });
  return refreshing;
}

async function takeToken(fields: Record<string, string>): Promise<void> {
  const answer = await post("/auth/token", fields);
  const body: { access_token: string; expires_in: number; detail?: string } = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  token = { text: body.access_token, goodUntil: Date.now() + body.expires_in * 1000 - MARGIN_MS };
  prefer({ staysLoggedIn: true });
}

async function enter(): Promise<void> {
  const account = await readAccount(token?.text ?? "");
  session.set({ state: "in", account });
}

function end(why: string): void {
  const account = session.value.state === "opening" ? undefined : session.value.account;
  prefer({ staysLoggedIn: false });
  session.set({ state: "out", account, why });
}

function post(path: string, fields: Record<string, string>): Promise<Response> {
  return fetch(path, { method: "POST", body: new URLSearchParams(fields) });
}
