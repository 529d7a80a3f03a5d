import { readFileSync } from "node:fs";
import { type Browser, chromium, type Page, type Request } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Server, startServer } from "../support/server.ts";
import { type Call, newUser, USER } from "../support/session.ts";

let server: Server;
let call: Call;
let browser: Browser;
let page: Page;
/** What the page complained of, and what it asked for, since the test began. */
const complaints: string[] = [];
const sent: Request[] = [];

beforeAll(async () => {
  server = await startServer();
  call = await newUser(server);
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  page = await browser.newPage({ viewport: { width: 1300, height: 850 } });
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => sent.push(request));
  await page.goto(server.url);
  await page.getByLabel("Username").fill(USER.username);
  await page.getByLabel("Password").fill(USER.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "No ECG yet" }).waitFor();
});

beforeEach(() => {
  complaints.length = 0;
  sent.length = 0;
});

afterAll(async () => {
  await browser?.close();
  server?.stop();
});

async function post(ecg: object): Promise<string> {
  const answer = await call("POST", "/ecg", ecg);
  return ((await answer.json()) as { id: string }).id;
}

/** Waits for what a busy machine may take its time for. */
function eventually<T>(read: () => T) {
  return expect.poll(read, { timeout: 20_000, interval: 100 });
}

/** What axe-core finds wrong on the page as it is. */
async function findViolations(): Promise<string[]> {
  await page.evaluate(readFileSync("node_modules/axe-core/axe.min.js", "utf8"));
  const { violations } = (await page.evaluate("axe.run()")) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

/** How many rows of the paper, behind the pulse, have the trace in them. */
function countRows(): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>(".paper canvas");
    const g = canvas?.getContext("2d");
    if (!canvas || !g) return 0;
    const { data, width, height } = g.getImageData(200, 40, canvas.width - 400, 300);
    let rows = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = 4 * (y * width + x);
        if (data[at] + data[at + 1] + data[at + 2] >= 200) continue;
        rows++;
        break;
      }
    }
    return rows;
  });
}

it("filters what is seen, says so on the paper and in the address, and not where it cannot", async () => {
  // The hum of the mains, 1 mV high and low, on a level of 3 mV.
  const signal = Array.from(
    { length: 120 * 500 },
    (_, i) => 3000 + Math.round(1000 * Math.sin((2 * Math.PI * i) / 10)),
  );
  const id = await post({ sampling_rate: 500, leads: [{ name: "V1", gain: 1000, signal }] });
  await page.goto(`${server.url}/#/ecg/${id}`);
  await page.getByRole("img", { name: /^ECG of V1/ }).waitFor();
  await eventually(countRows).toBeGreaterThan(40);
  await page.keyboard.press("f");
  const dialog = page.getByRole("dialog", { name: "Filters" });
  await dialog.getByLabel("50 Hz", { exact: true }).check();
  await dialog.getByLabel(/^Without the wander/).check();
  expect(await findViolations()).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("img", { name: /Filters: from 0\.67 Hz, notch 50 Hz$/ }).waitFor();
  await eventually(countRows).toBeLessThan(8);
  await eventually(() => page.url()).toMatch(/\?filter=baseline&filter=notch50$/);
  await page.reload();
  await page.getByRole("button", { name: "from 0.67 Hz, notch 50 Hz" }).waitFor();
  await eventually(countRows).toBeLessThan(8);
  // A tile is 2,048 samples or more: the view has 10 s, and 4 s are felt on both sides.
  for (let i = 0; i < 6; i++) await page.keyboard.press("-");
  await page.getByRole("img", { name: /Not filtered: too much is seen at once$/ }).waitFor();
  await eventually(countRows).toBeGreaterThan(40);
  expect(complaints).toEqual([]);
});

it("follows an ECG that is being recorded, until one looks elsewhere, and again by a button", async () => {
  const beat = (i: number) => Math.round(1000 * Math.exp(-((((i % 250) - 125) / 5) ** 2)));
  const next = (offset: number, length: number) => Array.from({ length }, (_, i) => beat(offset + i));
  const id = await post({ open: true, sampling_rate: 250, leads: [{ name: "II", gain: 1000, signal: [] }] });
  let offset = 0;
  const record = async (seconds: number) => {
    const samples = { leads: [{ name: "II", start_sample: offset, signal: next(offset, seconds * 250) }] };
    expect((await call("POST", `/ecg/${id}/samples`, samples)).status).toBe(200);
    offset += seconds * 250;
  };
  await page.goto(`${server.url}/#/ecg/${id}`);
  const sign = page.getByRole("status").filter({ hasText: /^Live$/ });
  await sign.waitFor();
  await record(20);
  await page.getByRole("img", { name: /: 10 s from 0:10\.\d on/ }).waitFor();
  await record(5);
  await page.getByRole("img", { name: /: 10 s from 0:15\.\d on/ }).waitFor();
  await eventually(countRows).toBeGreaterThan(20);
  expect(await findViolations()).toEqual([]);

  sent.length = 0;
  await page.keyboard.press("Shift+ArrowLeft");
  const follow = page.getByRole("button", { name: "Follow" });
  await follow.waitFor();
  const view = await page.getByRole("img", { name: /^ECG of/ }).getAttribute("aria-label");
  await record(5);
  const polls = () => sent.filter((request) => request.url().endsWith("signals=none"));
  await eventually(async () =>
    (await Promise.all(polls().map((poll) => poll.response()))).map((one) => one?.status()),
  ).toContain(200);
  expect(await page.getByRole("img", { name: /^ECG of/ }).getAttribute("aria-label")).toBe(view);
  await follow.click();
  await page.getByRole("img", { name: /: 10 s from 0:20\.\d on/ }).waitFor();
  await eventually(async () =>
    (await Promise.all(polls().map((poll) => poll.response()))).map((one) => one?.status()),
  ).toContain(304);
  // Only what is new of the newest tile is fetched.
  sent.length = 0;
  await record(1);
  await page.getByRole("img", { name: /: 10 s from 0:21\.\d on/ }).waitFor();
  const windows = () => sent.flatMap((request) => new URL(request.url()).searchParams.get("start") ?? []);
  await eventually(windows).toContain(String((30 * 250 - 0.5) / 250));

  await call("POST", `/ecg/${id}/close`);
  await page.getByRole("status").filter({ hasText: "Recording ended" }).waitFor({ timeout: 30_000 });
  expect(await findViolations()).toEqual([]);
  expect(complaints).toEqual([]);
});
