import { vi } from "vitest";

/** A request of the page's that waits for its answer. */
export type Asked = {
  method: string;
  /** The path with its query. */
  path: string;
  /** Its bearer token. */
  token: string | undefined;
  headers: Headers;
  body: unknown;
  answer: (status: number, body?: unknown, headers?: Record<string, string>) => Promise<void>;
  /** As when the service is out of reach. */
  fail: () => Promise<void>;
};

/** What a test has of the browser that it stands for. */
export type StubBrowser = {
  location: { hash: string; href: string; origin: string };
  /** The requests that wait, in the order in which they were made. */
  asked: Asked[];
  /** The oldest request that waits for an answer, of this method and path. */
  take: (method: string, path: RegExp | string) => Promise<Asked>;
  /** Tells the page of an event, as of a new address. */
  tell: (name: string, event?: Event) => void;
};

/**
 * Stands for what the page uses of a browser but for the DOM, so that its modules, which are to be imported after this, run in Node:
 * each test file has its own. Requests are answered by the test, in the order that it wants.
 */
export function stubBrowser(hash = "#/"): StubBrowser {
  // Files of tests share modules, which have another browser.
  vi.resetModules();
  const location = { hash, href: `http://page/${hash}`, origin: "http://page" };
  type Listener = (event?: Event) => void;
  const listeners = new Map<string, Set<Listener>>();
  const listen = (name: string, listener: Listener) =>
    void listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
  const forget = (name: string, listener: Listener) => void listeners.get(name)?.delete(listener);
  const kept = new Map<string, string>();
  const asked: Asked[] = [];
  const replaceState = (_state: unknown, _title: string, next: string) => {
    location.hash = next;
  };
  vi.stubGlobal("location", location);
  vi.stubGlobal("history", { state: null, replaceState });
  vi.stubGlobal("addEventListener", listen);
  vi.stubGlobal("removeEventListener", forget);
  vi.stubGlobal("document", { hidden: false, addEventListener: listen, removeEventListener: forget });
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
  });
  vi.stubGlobal("fetch", (input: RequestInfo | URL, init?: RequestInit) => ask(asked, input, init));
  return {
    location,
    asked,
    take: async (method, path) => {
      const isIt = (one: Asked) => one.method === method && (one.path === path || (path as RegExp).test?.(one.path));
      await vi.waitFor(() => {
        if (!asked.some(isIt)) throw new Error(`${method} ${path} is not asked`);
      });
      return asked.splice(asked.findIndex(isIt), 1)[0];
    },
    tell: (name, event) => {
      for (const listener of listeners.get(name) ?? []) listener(event);
    },
  };
}

/** Until what was answered has gone its way through the page. */
export const settle = () => new Promise((resolve) => setTimeout(resolve));

function ask(asked: Asked[], input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const { pathname, search } = new URL(String(input), "http://page");
  const headers = new Headers(init.headers);
  return new Promise((resolve, reject) => {
    const leave = () => reject(init.signal?.reason);
    if (init.signal?.aborted) return leave();
    init.signal?.addEventListener("abort", leave);
    asked.push({
      method: init.method ?? "GET",
      path: pathname + search,
      token: headers.get("Authorization")?.replace("Bearer ", ""),
      headers,
      body: init.body,
      answer: (status, answer, answerHeaders) => {
        const text = answer === undefined ? null : JSON.stringify(answer);
        resolve(new Response(text, { status, headers: answerHeaders }));
        return settle().then(() => undefined);
      },
      fail: () => {
        reject(new TypeError("Failed to fetch"));
        return settle().then(() => undefined);
      },
    });
  });
}
