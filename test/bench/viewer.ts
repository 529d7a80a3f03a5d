import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, Page, Request } from "playwright-core";
import { launchChromium, logIn } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";
import { newUser, postEcg, USER } from "../support/session.ts";
import { storeDay } from "../support/stored-day.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import type { Row } from "./measure.ts";

const BUILT = "dist/assets";
const DAY_RATE_HZ = 250;
/** Moves of the hand that pans, one a frame. */
const STEPS = 60;
/** What the page without anything but what is needed to show itself may be, in bytes. */
const FIRST_PAINT_BYTES = 100_000;

/** The page may take so long for anything on a busy machine. */
const PATIENCE_MS = 120_000;

type Drawing = { ms: number; points: number };

/** The page in Chromium: how long a frame takes beside the drawing of as many bare points, what it fetches, and how large it is. */
export async function benchViewer(): Promise<Row[]> {
  const server = await startServer();
  const browser = await launchChromium();
  try {
    const call = await newUser(server);
    const short = await postEcg(call, toEcgJson(syntheticEcg()));
    const day = await storeDay(call, DAY_RATE_HZ);
    // Measuring keeps the Worker from answering: not while answers are timed.
    await (await call("GET", `/ecg/${day}/insights`)).text();
    const page = await openPage(browser, server.url);
    return [
      ...bundleRows(),
      await openRow(page, "10 s of 12 leads", `${server.url}/#/ecg/${short}`),
      await openRow(page, "a day of 3 leads, its first 10 s", `${server.url}/#/ecg/${day}`),
      await openRow(page, "a day of 3 leads, all of it", `${server.url}/#/ecg/${day}?w=86400`),
      await frameRow(page, "12 leads, 5 of 10 s", `${server.url}/#/ecg/${short}?w=5&layout=12x1`),
      await frameRow(page, "3 leads, 10 s of a day", `${server.url}/#/ecg/${day}?t=3600`),
      await frameRow(page, "3 leads, 2 h of a day", `${server.url}/#/ecg/${day}?t=3600&w=7200`),
    ];
  } finally {
    await browser.close();
    server.stop();
  }
}

/** The sizes of what is built: what the page needs to be there, and all that it may load later. */
function bundleRows(): Row[] {
  execFileSync(process.execPath, ["src/cli/build-viewer.ts"]);
  const html = readFileSync(join(BUILT, "index.html"), "utf8");
  const first = ["/index.html", ...Array.from(html.matchAll(/(?:href|src)="([^"]+)"/g), ([, path]) => path)];
  const all = readdirSync(join(BUILT, "viewer")).map((name) => `/viewer/${name}`);
  const sizeOf = (paths: readonly string[]) =>
    paths.reduce((sum, path) => sum + gzipSync(readFileSync(BUILT + path)).length, 0);
  return [
    {
      what: "bytes to the first paint, gzipped",
      ours: kilobytes(sizeOf(first)),
      anchor: `what it may have: ${kilobytes(FIRST_PAINT_BYTES)}`,
      ratio: (sizeOf(first) / FIRST_PAINT_BYTES).toFixed(2),
      reach: "< 1",
    },
    {
      what: "bytes of all of the page, gzipped",
      ours: kilobytes(sizeOf(all)),
      anchor: `${all.length} files`,
      ratio: "",
      reach: "",
    },
  ];
}

/** The page with a user who is logged in. */
async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1300, height: 850 } });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.addInitScript({ path: "test/support/watch-drawing.js" });
  await page.goto(url);
  await logIn(page, USER);
  return page;
}

/** Opens an address in a page whose scripts are kept already, until there is a trace, and counts what is fetched from the API. */
async function openRow(page: Page, what: string, address: string): Promise<Row> {
  let bytes = 0;
  const sizes: Promise<void>[] = [];
  const count = (request: Request) => {
    if (/\/viewer\//.test(request.url())) return;
    sizes.push(
      request.sizes().then(({ responseBodySize }) => {
        bytes += responseBodySize;
      }),
    );
  };
  await page.goto("about:blank");
  page.on("requestfinished", count);
  await page.goto(address);
  // Since the page was asked for: its own clock begins then.
  const ms = await page.evaluate<number>(
    `new Promise((resolve) => {
      const look = () => globalThis.drawings.some(({ points }) => points > 500) ? resolve(performance.now()) : setTimeout(look, 2);
      look();
    })`,
  );
  await Promise.all(sizes);
  const atTrace = bytes;
  await page.waitForLoadState("networkidle");
  await Promise.all(sizes);
  page.off("requestfinished", count);
  return {
    what: `first trace of ${what}`,
    ours: `${ms.toFixed(0)} ms, ${kilobytes(atTrace)}`,
    anchor: `${kilobytes(bytes)} when it is quiet`,
    ratio: "",
    reach: "",
  };
}

/** Pans by the hand, and draws as many points of one line on a canvas of the same size. */
async function frameRow(page: Page, what: string, address: string): Promise<Row> {
  await page.goto("about:blank");
  await page.goto(address);
  await page.getByRole("img", { name: /^ECG of/ }).waitFor();
  await page.waitForLoadState("networkidle");
  await page.evaluate("globalThis.drawings.splice(0)");
  await page.mouse.move(900, 300);
  await page.mouse.down();
  for (let i = 1; i <= STEPS; i++) await page.mouse.move(900 - 5 * i, 300);
  await page.mouse.up();
  const drawings = await page.evaluate<Drawing[]>("globalThis.drawings.splice(0)");
  const ms = middle(drawings.map((drawing) => drawing.ms));
  const points = middle(drawings.map((drawing) => drawing.points));
  const bare = await page.evaluate<number[]>(
    `(() => {
      const { width, height } = document.querySelector(".paper canvas");
      const g = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", { alpha: false });
      g.lineWidth = 1.25;
      return Array.from({ length: ${STEPS} }, () => {
        const start = performance.now();
        g.fillRect(0, 0, width, height);
        g.beginPath();
        for (let i = 0; i < ${points}; i++) g.lineTo((i % (2 * width)) / 2, height / 2 + 40 * Math.sin(i / 9));
        g.stroke();
        g.getImageData(0, 0, 1, 1);
        return performance.now() - start;
      });
    })()`,
  );
  return {
    what: `a frame of ${what}`,
    ours: `${ms.toFixed(1)} ms of ${drawings.length} frames`,
    anchor: `${points} bare points ${middle(bare).toFixed(1)} ms`,
    ratio: (ms / middle(bare)).toFixed(2),
    reach: "",
  };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
