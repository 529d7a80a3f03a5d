import { beforeAll, expect, it } from "vitest";
import { logIn } from "../support/chromium.ts";
import { postEcg } from "../support/session.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { findViolations } from "../support/violations.ts";
import { eventually, visit } from "../support/visit.ts";

/** More than two pages of the list. */
const ECGS = 70;

const { url, user, call, context, page, complaints } = await visit();

beforeAll(async () => {
  const { leads, ...ecg } = toEcgJson(syntheticEcg({ samplingRate: 100, seconds: 4 }));
  for (let i = 0; i < ECGS; i++) {
    const date = new Date(Date.UTC(2026, 0, 1, 12, ECGS - i)).toISOString();
    await postEcg(call, { ...ecg, leads: [leads[1]], subject: `P-${i}`, date });
  }
  await page.goto(url);
  await logIn(page, user);
});

const row = (subject: string) => page.getByRole("link", { name: new RegExp(`^${subject}\\s?Jan`) });
const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");

it("comes back from an ECG to its row, however far down the list it is", async () => {
  for (let i = 0; i < 4; i++) {
    await page.mouse.wheel(0, 5000);
    await row(`P-${Math.min(ECGS - 1, 29 + 30 * i)}`).waitFor();
  }
  for (const back of [() => page.goBack(), () => page.getByRole("link", { name: "Back to the list" }).click()]) {
    await row("P-61").click();
    await page.getByRole("img", { name: /^ECG of II/ }).waitFor();
    await back();
    await eventually(focused).toMatch(/^P-61/);
    const box = await row("P-61").boundingBox();
    expect(box?.y).toBeGreaterThan(0);
    expect(box?.y).toBeLessThan(850);
  }
  // It is gone to once: whoever has been elsewhere begins at the top.
  await page.getByRole("link", { name: "Account" }).click();
  await page.getByRole("heading", { name: "Password" }).waitFor();
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "ECGs" }).click();
  await row("P-0").waitFor();
  expect(await focused()).toBe("ECGs");
  expect(complaints).toEqual([]);
});

it("calls the tab by the place, and begins with its heading", async () => {
  await page.goto("about:blank");
  await page.goto(url);
  await row("P-0").waitFor();
  expect([await page.title(), await focused()]).toEqual(["ECGs · ECG API", "ECGs"]);
  await row("P-0").focus();
  await page.keyboard.press("Enter");
  await eventually(focused).toMatch(/^P-0 Jan 1, 2026/);
  // The browser's history says of nobody whose ECG was read.
  expect(await page.title()).toMatch(/^ECG of Jan 1, 2026, \d+:10\sPM · ECG API$/);
  await page.keyboard.press("a");
  await eventually(() => page.url()).toMatch(/\/all$/);
  await eventually(focused).toMatch(/^P-0 Jan 1, 2026/);
  await page.goBack();
  await page.goBack();
  await eventually(() => page.title()).toBe("ECGs · ECG API");
  await page.getByRole("link", { name: "Trail" }).click();
  await eventually(focused).toBe("Trail");
  expect(await page.title()).toBe("Trail · ECG API");
  expect(complaints).toEqual([]);
});

it("opens by itself, when there is a connection again, what could not be had without one", async () => {
  await page.goto(`${url}/#/`);
  await page.reload();
  await row("P-0").waitFor();
  await context.setOffline(true);
  // Also what the browser has kept is out of reach then.
  await page.route(/\/viewer\/.*\.js$/, (route) => route.abort());
  await page.getByRole("link", { name: "Trail" }).click();
  await page.getByText("This part of the page cannot be had").waitFor();
  await page.unroute(/\/viewer\/.*\.js$/);
  await context.setOffline(false);
  await page.getByText("Who did what with your account").waitFor();
  await page.getByRole("link", { name: "ECGs" }).click();
  await page.route(/signals=none/, (route) => route.fulfill({ status: 503, body: "" }));
  await row("P-0").click();
  await page.getByText("The service answered 503.").waitFor();
  await page.unroute(/signals=none/);
  await page.getByRole("img", { name: /^ECG of II/ }).waitFor();
});

it("begins with a heading that says so where a place cannot be opened", async () => {
  const gone = "00000000-0000-7000-8000-000000000000";
  for (const [path, heading] of [
    [`ecg/${gone}`, "This ECG cannot be opened"],
    [`ecg/${gone}/all`, "This ECG cannot be opened"],
    [`compare/${gone}/${gone}`, "One of these ECGs cannot be opened"],
    [`share/ecgs_no/ecg/${gone}`, "This link is not whole"],
  ]) {
    await page.goto("about:blank");
    await page.goto(`${url}/#/${path}`);
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    await eventually(focused).toBe(heading);
    expect(await findViolations(page)).toEqual([]);
  }
  // What was pressed is gone while it is tried again, and the focus with it.
  await page.goto(`${url}/#/ecg/${gone}`);
  await page.getByRole("button", { name: "Try again" }).press("Enter");
  await eventually(focused).toBe("This ECG cannot be opened");
});

it("is logged out in all tabs by a log-out in one", async () => {
  const other = await context.newPage();
  await other.goto(url);
  await other.getByRole("button", { name: "Log out" }).click();
  await page.getByText("You have logged out in another tab.").waitFor();
  await page.getByLabel("Password").waitFor();
  await other.close();
});
