import type { Request } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { logIn } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";
import { newAdmin } from "../support/session.ts";
import { storeDay } from "../support/stored-day.ts";
import { visit } from "../support/visit.ts";

const MOST_BYTES = 200_000;
/** Hz: how many bytes an answer has goes by its points. */
const RATE = 50;
/** Whatever is waited for may take so long: what is done with a day takes a busy machine its time, in ms. */
const PATIENCE = 120_000;
/** The page is quiet when nothing has come and gone for so long, in ms. */
const QUIET_MS = 400;

type Drawing = { frame: number; points: number; mostPerPixel: number };

// Storing and measuring a day keeps a Worker from answering others: it has one of its own.
const server = await startServer();
afterAll(() => server.stop());
const { url, user, call, page, complaints } = await visit(server.url, await newAdmin(server));
let id: string;
/** How many requests were made and came to an end. */
let asked = 0;
let answered = 0;
/** The bytes of each answer since the test began, by its path. */
const answers: { path: string; bytes: number }[] = [];

beforeAll(async () => {
  id = await storeDay(call, RATE);
  // Measuring keeps the Worker from answering: not while answers are waited for.
  await (await call("GET", `/ecg/${id}/insights`)).text();
  page.setDefaultTimeout(PATIENCE);
  page.setDefaultNavigationTimeout(PATIENCE);
  page.on("request", () => asked++);
  page.on("requestfailed", () => answered++);
  page.on("requestfinished", async (request: Request) => {
    const { responseBodySize } = await request.sizes();
    answered++;
    answers.push({ path: new URL(request.url()).pathname, bytes: responseBodySize });
  });
  await page.addInitScript({ path: "test/support/watch-drawing.js" });
  await page.goto(url);
  await logIn(page, user);
}, 5 * PATIENCE);

beforeEach(() => {
  answers.length = 0;
});

const tooLarge = () => answers.filter(({ bytes }) => bytes > MOST_BYTES);
const tiles = () => answers.filter(({ path }) => path === `/ecg/${id}`).length;

/** Waits until the page asks for nothing more, and draws nothing more. */
async function settle(): Promise<void> {
  const count = async () => [asked - answered, await page.evaluate<number>("globalThis.drawings.length")].join();
  for (let before = ""; ; ) {
    const now = await count();
    if (now === before && now.startsWith("0,")) return;
    before = now;
    await page.waitForTimeout(QUIET_MS);
  }
}

/** All drawings since the last time, when there are no more to come. */
async function takeDrawings(): Promise<Drawing[]> {
  await settle();
  return page.evaluate<Drawing[]>("globalThis.drawings.splice(0)");
}

async function drag(by: number): Promise<void> {
  await page.mouse.move(650, 300);
  await page.mouse.down();
  await page.mouse.move(650 + by, 300, { steps: 20 });
  await page.mouse.up();
}

it(
  "opens a day and pans through it, with no request above 200 kB",
  async () => {
    await page.goto(`${url}/#/ecg/${id}`);
    await page.getByRole("img", { name: "ECG of II, V1, V5: 10" }).waitFor();
    await takeDrawings();
    const opened = tiles();
    await drag(-400);
    await page.getByRole("img", { name: /^ECG of II, V1, V5: .* from 0:0[34]\.\d on$/ }).waitFor();
    await page.keyboard.press("g");
    await page.getByLabel("Time from the beginning").fill("13:00:00");
    await page.keyboard.press("Enter");
    await page.getByRole("img", { name: /from (12:59:5|13:00:0)\d\.\d on$/ }).waitFor();
    await takeDrawings();
    expect(tiles()).toBeGreaterThan(opened);
    for (const seconds of [600, 7200, 86_400]) {
      await page.goto(`${url}/#/ecg/${id}?t=3600&w=${seconds}`);
      await page.getByRole("img", { name: /^ECG of II, V1, V5: / }).waitFor();
      await drag(-300);
      const drawings = await takeDrawings();
      // Three leads, each as wide as the screen.
      expect(drawings.at(-1)?.points).toBeGreaterThan(3 * 1000);
    }
    expect(answers.length).toBeGreaterThan(10);
    expect(tooLarge()).toEqual([]);
    expect(complaints).toEqual([]);
  },
  PATIENCE * 2,
);

it(
  "draws once a frame, and at most two points for each pixel of a lead's line",
  async () => {
    for (const seconds of [10, 60, 3600, 86_400]) {
      await page.goto(`${url}/#/ecg/${id}?t=1800&w=${seconds}`);
      await page.getByRole("img", { name: /^ECG of II, V1, V5: / }).waitFor();
      await takeDrawings();
      await drag(-200);
      await page.mouse.wheel(0, 300);
      const drawings = await takeDrawings();
      expect(drawings.length).toBeGreaterThan(seconds === 86_400 ? 0 : 2);
      expect(new Set(drawings.map(({ frame }) => frame)).size).toBe(drawings.length);
      const most = Math.max(...drawings.map(({ mostPerPixel }) => mostPerPixel));
      // In 10 s there are fewer samples than pixels.
      expect(most).toBeGreaterThan(seconds === 10 ? 0.3 : 1);
      expect(most).toBeLessThanOrEqual(2);
    }
    expect(complaints).toEqual([]);
  },
  PATIENCE * 2,
);

it(
  "shows all of a day, a line a minute, with no request above 200 kB",
  async () => {
    for (const minute of [0, 720]) {
      await page.goto(`${url}/#/ecg/${id}/all?minute=${minute}`);
      const hours = minute === 0 ? "0:00 to 1:00:00" : "12:00:00 to 13:00:00";
      await page
        .getByRole("img", { name: new RegExp(`^II from ${hours}, a line a minute: [23],[0-9]{3} beats`) })
        .waitFor();
      await settle();
    }
    expect(answers.length).toBeGreaterThan(3);
    expect(tooLarge()).toEqual([]);
    expect(complaints).toEqual([]);
  },
  PATIENCE * 2,
);
