import { unzipSync } from "fflate";
import type { Request } from "playwright-core";
import { expect, it } from "vitest";
import { edf } from "../../src/formats/edf/edf.ts";
import { wfdb } from "../../src/formats/wfdb/wfdb.ts";
import { postEcg } from "../support/session.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { findViolations } from "../support/violations.ts";
import { eventually, hold, visit } from "../support/visit.ts";

const EVIL = "<img src=x onerror=alert(1)>";
/** What the browser says of a refusal by its own habit. */
const REFUSED = /^Failed to load resource: the server responded with a status of 401/;

const { url, user, call, context, page, complaints, sent } = await visit();
page.on("dialog", (dialog) => complaints.push(`a dialog: ${dialog.message()}`));

/** Fills in the log-in, which asks for it by itself. */
async function logIn(password = user.password): Promise<void> {
  await page.getByLabel("Username").fill(user.username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Goes to an address of the page, and waits for what it says of the paper. */
async function openEcg(id: string, query = ""): Promise<void> {
  await page.goto(`${url}/#/ecg/${id}${query}`);
  await page.getByRole("img", { name: /^ECG of/ }).waitFor();
}

/** The pixels of the paper that are as dark as a trace, in a part of it. */
function countInk(left: number, top: number, width: number, height: number): Promise<number> {
  return page.evaluate(
    ([x, y, w, h]) => {
      const canvas = document.querySelector<HTMLCanvasElement>(".paper canvas");
      const data = canvas?.getContext("2d")?.getImageData(x, y, w, h).data ?? new Uint8ClampedArray();
      let count = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i] + data[i + 1] + data[i + 2] < 200) count++;
      return count;
    },
    [left, top, width, height] as const,
  );
}

const apiCalls = () => sent.map((request) => request.url()).filter((url) => !/\/viewer\/|\/$/.test(url));

it("refuses a wrong password in words, and logs in with the right one", async () => {
  await page.goto(url);
  await page.getByLabel("Username").waitFor();
  expect([complaints, apiCalls()]).toEqual([[], []]);
  expect(await findViolations(page)).toEqual([]);
  await logIn("a wrong password");
  await page.getByText("Wrong username or password.").waitFor();
  await logIn();
  await page.getByRole("heading", { name: "No ECG yet" }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  expect(complaints.filter((text) => !REFUSED.test(text))).toEqual([]);
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toMatch(/ey[A-Za-z0-9]|ecgr_/);
});

it("sends a WFDB pair and an EDF, says what was noted, and lists them", async () => {
  const options = { name: "rec", timeZone: "UTC", units: "adc", layout: "3x4", fhirVersion: "R4" } as const;
  const recording = { ...syntheticEcg({ seconds: 10 }), recordedAt: Date.parse("2026-01-31T09:30:00Z") };
  const zipped = wfdb.write?.(recording, options) ?? new Uint8Array();
  const pair = Object.entries(unzipSync(zipped)).map(([name, bytes]) => ({ name, bytes }));
  const whole = edf.write?.(recording, options) ?? new Uint8Array();
  const files = [
    ...pair,
    { name: "night.edf", bytes: whole },
    { name: "letter.txt", bytes: Buffer.from("Dear doctor") },
  ];
  await page
    .getByLabel("Files to send")
    .setInputFiles(
      files.map(({ name, bytes }) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) })),
    );
  const uploads = page.getByRole("region", { name: "Sent files" });
  await uploads.getByRole("link", { name: "rec" }).waitFor();
  await uploads.getByRole("link", { name: "night.edf" }).waitFor();
  await uploads.getByRole("alert").filter({ hasText: "letter.txt was not taken." }).waitFor();
  expect(sent.filter((request) => request.method() === "POST").length).toBe(3);
  await page.getByRole("list", { name: "ECGs" }).getByText("12 leads · 10 s · 500 Hz").nth(1).waitFor();
  expect(await findViolations(page)).toEqual([]);
  expect(complaints.filter((text) => !/status of 4(15|22)/.test(text))).toEqual([]);
  await uploads.getByRole("button", { name: "Close" }).click();
});

it("opens an ECG on paper, moves and zooms, and says where it is in the address", async () => {
  await page.getByRole("list", { name: "ECGs" }).getByRole("link").first().click();
  await page
    .getByRole("img", { name: "ECG of I, II, III, aVR, aVL, aVF, V1, V2, V3, V4, V5, V6: 10 s from 0:00.0 on" })
    .waitFor();
  await eventually(() => countInk(60, 60, 1000, 600)).toBeGreaterThan(2000);
  expect(await findViolations(page)).toEqual([]);

  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await page.getByRole("img", { name: /: 4\.4 s from 0:02\.8 on/ }).waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowUp");
  await eventually(() => page.url()).toMatch(/\?t=3\.667&w=4\.444&gain=20$/);
  const address = page.url();
  await page.reload();
  await page.getByRole("img", { name: /: 4\.4 s from 0:03\.7 on/ }).waitFor();
  expect(page.url()).toBe(address);
  await page.keyboard.press("v");
  await page.getByLabel("Limb leads in Cabrera's order").check();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await eventually(() => page.url()).toContain("order=cabrera");
  await page.keyboard.press("0");
  await page.keyboard.press("2");
  await eventually(() => page.url()).toContain("layout=6x2");

  await page.goBack();
  await page.getByRole("list", { name: "ECGs" }).waitFor();
  expect(complaints).toEqual([]);
});

it("opens an ECG, and two, as the address says it by then", async () => {
  const id = await postEcg(call, toEcgJson(syntheticEcg({ seconds: 60 })));
  for (const [path, count] of [
    [`ecg/${id}`, 1],
    [`compare/${id}/${id}`, 2],
  ] as const) {
    const letGo = await hold(page, /signals=none/);
    const asked = page.waitForRequest(/signals=none/);
    await page.evaluate((hash) => location.assign(hash), `#/${path}?t=10`);
    await asked;
    await page.evaluate((hash) => location.assign(hash), `#/${path}?t=30&t2=30`);
    await eventually(() => page.url()).toContain("t=30");
    await letGo();
    await eventually(() => page.getByRole("img", { name: /^ECG of .* from 0:30\.0 on$/ }).count()).toBe(count);
  }
  expect(complaints).toEqual([]);
});

it("draws a millivolt and a second as long as its speed and gain say", async () => {
  // A step of 1 mV for a second, at 2 s.
  const signal = Array.from({ length: 2000 }, (_, i) => (i >= 500 && i < 750 ? 1000 : 0));
  const id = await postEcg(call, { sampling_rate: 250, leads: [{ name: "V1", gain: 1000, signal }] });
  for (const [speed, gain] of [
    [25, 10],
    [50, 20],
    [12.5, 5],
  ]) {
    await page.evaluate(() => localStorage.setItem("ecg-preferences", '{"staysLoggedIn":true,"pixelsPer100Mm":400}'));
    await openEcg(id, `?speed=${speed}&gain=${gain}`);
    await page.reload();
    await page.getByRole("img", { name: /^ECG of V1/ }).waitFor();
    const found = await eventually(findStep).not.toBeNull().then(findStep);
    expect(found).toEqual({ second: expect.closeTo(4 * speed, -0.3), millivolt: expect.closeTo(4 * gain, -0.3) });
  }
  await page.evaluate(() => localStorage.setItem("ecg-preferences", '{"staysLoggedIn":true}'));
  expect(complaints).toEqual([]);
});

/** How wide and high the step of the trace is, in pixels: from its upper line to the baseline; null before it is drawn. */
function findStep(): Promise<{ second: number; millivolt: number } | null> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>(".paper canvas");
    const g = canvas?.getContext("2d");
    if (!canvas || !g) return null;
    // Above the axis of time.
    const { data, width, height } = g.getImageData(0, 0, canvas.width, canvas.height - 30);
    const isInk = (x: number, y: number) => data[4 * (y * width + x)] + data[4 * (y * width + x) + 2] < 160;
    // Behind the pulse in front, rows with the longest run of ink: the step's top and the baseline.
    const runs = Array.from({ length: height }, (_, y) => {
      let count = 0;
      for (let x = 130; x < width; x++) if (isInk(x, y)) count++;
      return { y, count };
    }).filter(({ count }) => count > 30);
    if (runs.length < 2) return null;
    const top = runs[0];
    const base = runs[runs.length - 1];
    return { second: top.count, millivolt: base.y - top.y };
  });
}

it("shows the name of a lead as what it is: a text", async () => {
  const signal = Array.from({ length: 1000 }, (_, i) => Math.round(300 * Math.sin(i / 9)));
  const id = await postEcg(call, { sampling_rate: 100, subject: EVIL, note: EVIL, leads: [{ name: EVIL, signal }] });
  await openEcg(id);
  await page.getByRole("img", { name: `ECG of ${EVIL}` }).waitFor();
  await page.getByRole("heading", { name: EVIL }).waitFor();
  await page.getByRole("link", { name: "Back to the list" }).click();
  await page.getByText(EVIL).first().waitFor();
  expect(await page.locator("img").count()).toBe(0);
  expect(complaints).toEqual([]);
});

it("opens hours at once and pans through them, by small requests to this server alone", async () => {
  const id = await postEcg(call, toEcgJson(syntheticEcg({ seconds: 900, samplingRate: 250 })));
  const sizes: number[] = [];
  const measure = async (request: Request) => sizes.push((await request.sizes()).responseBodySize);
  page.on("requestfinished", measure);
  await openEcg(id, "?w=900");
  await page.getByRole("slider", { name: "Time in the whole recording" }).waitFor({ state: "detached" });
  await eventually(() => countInk(60, 60, 1000, 600)).toBeGreaterThan(20_000);
  await page.keyboard.press("g");
  await page.getByLabel("Time from the beginning").fill("10:00");
  await page.keyboard.press("Enter");
  await page.keyboard.press("0");
  const strip = page.getByRole("slider", { name: "Time in the whole recording" });
  await strip.waitFor();
  const box = (await strip.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.click(box.x + box.width / 2, box.y + 20);
  await page.getByRole("img", { name: /from 7:2\d\.\d on$/ }).waitFor();
  await page.mouse.move(600, 300);
  await page.mouse.down();
  await page.mouse.move(500, 300, { steps: 5 });
  await page.mouse.up();
  await page.mouse.wheel(0, 200);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -200);
  await page.keyboard.up("Control");
  await eventually(() => page.url()).toMatch(/[?&]w=/);
  await eventually(() => countInk(60, 60, 1000, 600)).toBeGreaterThan(1000);
  page.off("requestfinished", measure);
  expect(Math.max(...sizes)).toBeLessThan(200_000);
  expect(new Set(sent.map((request) => new URL(request.url()).origin))).toEqual(new Set([url]));
  expect(complaints).toEqual([]);
});

it("refreshes once for all calls when a token does not hold, and asks for the password when the log-in has ended", async () => {
  const id = await postEcg(call, toEcgJson(syntheticEcg()));
  await page.goto(url);
  await page.reload();
  await page.getByRole("list", { name: "ECGs" }).getByRole("link").first().waitFor();
  // Every token but the next ones is refused from now on.
  let refused = 0;
  await page.route(/\/ecg/, async (route) => {
    if (refused++ < 1) await route.fulfill({ status: 401, contentType: "application/problem+json", body: "{}" });
    else await route.continue();
  });
  sent.length = 0;
  await openEcg(id);
  const refreshes = () => sent.filter((request) => request.url().endsWith("/auth/token")).length;
  expect(refreshes()).toBe(1);

  await page.unroute(/\/ecg/);
  const address = page.url();
  await context.clearCookies();
  refused = 0;
  await page.route(/\/ecg/, async (route) => {
    if (refused++ < 1) await route.fulfill({ status: 401, contentType: "application/problem+json", body: "{}" });
    else await route.continue();
  });
  const exports = page.getByRole("button", { name: "Export" });
  await exports.focus();
  await page.keyboard.press("4");
  await page.getByText("Your log-in has ended.").waitFor();
  await page.getByLabel("Password").fill(user.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByLabel("Password").waitFor({ state: "detached" });
  await page.getByRole("img", { name: /^ECG of II: 10 s/ }).waitFor();
  await eventually(() => exports.evaluate((button) => document.activeElement === button)).toBe(true);
  expect(page.url().split("?")[0]).toBe(address.split("?")[0]);
  expect(complaints.filter((text) => !/status of 4(01|22)/.test(text))).toEqual([]);
  await page.unroute(/\/ecg/);
});

it("logs off when nobody touches it, and logs out", async () => {
  await page.goto(url);
  await page.getByRole("button", { name: "Log out" }).waitFor();
  await page.evaluate(() => localStorage.setItem("ecg-preferences", '{"staysLoggedIn":true,"idleMinutes":0.01}'));
  await page.reload();
  await page.getByText(/^Logged off after/).waitFor();
  // What is behind stays unseen, whatever is tried.
  for (let i = 0; i < 4; i++) await page.keyboard.press("Escape");
  expect(await page.locator("dialog.log-in:modal").count()).toBe(1);
  await page.evaluate(() => localStorage.removeItem("ecg-preferences"));
  await page.reload();
  await logIn();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Username").waitFor();
  await eventually(() => context.cookies(`${url}/auth/token`)).toEqual([]);
  await page.reload();
  await logIn();
  // The page is left before the log-out is answered.
  const letGo = await hold(page, /logout/);
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Username").waitFor();
  await page.reload();
  await page.getByLabel("Username").waitFor();
  await letGo();
  await eventually(() => context.cookies(`${url}/auth/token`)).toEqual([]);
});
