import { randomUUID } from "node:crypto";
import { type Browser, type BrowserContext, chromium, type Download, type Page, type Request } from "playwright-core";
import { afterAll, beforeEach, expect, inject } from "vitest";
import { type Call, type Login, registerUser } from "./session.ts";

declare module "vitest" {
  /** What serve-pages.ts has started. */
  interface ProvidedContext {
    /** The Worker's address. */
    url: string;
    /** A token of its one admin, which lasts longer than the tests take. */
    adminToken: string;
    /** Where Chromium is to be reached. */
    chromium: string;
  }
}

/** What a file of tests has of the Worker and the browser that all of them share: a user of its own and a page of its own. */
export type Visit = {
  /** The address of the Worker. */
  url: string;
  /** A user, who is not logged in on the page yet. */
  user: Login;
  /** Calls the API as the user. */
  call: Call;
  browser: Browser;
  context: BrowserContext;
  page: Page;
  /** What the pages that are watched complained of, and what they asked for, since the test began. */
  complaints: string[];
  sent: Request[];
  /** Watches another page. */
  watch: (page: Page) => void;
};

/** Begins a visit, which lasts as long as the tests of the file. */
export async function visit(url: string = inject("url"), adminToken: string = inject("adminToken")): Promise<Visit> {
  const user = { username: `ada-${randomUUID().slice(0, 8)}`, password: "correct horse battery" };
  const call = await registerUser({ url }, adminToken, user);
  const browser = await chromium.connect(inject("chromium"));
  const context = await browser.newContext({ viewport: { width: 1300, height: 850 } });
  const complaints: string[] = [];
  const sent: Request[] = [];
  const watch = (page: Page) => {
    page.on(
      "console",
      (message) => message.type() === "error" && complaints.push(`${message.text()} (${message.location().url})`),
    );
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => sent.push(request));
  };
  const page = await context.newPage();
  watch(page);
  beforeEach(() => {
    complaints.length = 0;
    sent.length = 0;
  });
  afterAll(() => browser.close());
  return { url, user, call, browser, context, page, complaints, sent, watch };
}

/** Waits for what a busy machine may take its time for. */
export function eventually<T>(read: () => T) {
  return expect.poll(read, { timeout: 20_000, interval: 100 });
}

/** Has the requests of a page that match wait. @returns what lets them go */
export async function hold(page: Page, pattern: RegExp): Promise<() => Promise<void>> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(pattern, async (route) => {
    await promise;
    // What was called off meanwhile goes nowhere.
    await route.continue().catch(() => undefined);
  });
  return async () => {
    resolve();
    await page.unroute(pattern);
  };
}

/** The bytes of a file that the page has the browser save. */
export async function readDownload(download: Download): Promise<Buffer> {
  return Buffer.concat(await (await download.createReadStream()).toArray());
}
