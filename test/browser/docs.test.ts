import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Server, seedAdmin, startServer } from "../support/server.ts";

let server: Server;
let browser: Browser;
let page: Page;
/** What the page complained of, and the hosts it asked. */
const complaints: string[] = [];
const hosts = new Set<string>();

beforeAll(async () => {
  server = await startServer();
  expect(seedAdmin(server.data, "-u", "root", "-p", "secret pass 1").status).toBe(0);
  const flags = [
    "no-sandbox",
    "disable-gpu",
    "no-first-run",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
  ];
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags.map((flag) => `--${flag}`) });
  page = await browser.newPage();
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => request.url().startsWith("http") && hosts.add(new URL(request.url()).origin));
});

afterAll(async () => {
  await browser?.close();
  server?.stop();
});

it("opens, logs in with Authorize, and calls with Try it out", async () => {
  await page.goto(`${server.url}/docs`);
  await page.getByRole("button", { name: "Authorize" }).first().click();
  expect(complaints).toEqual([]);
  await page.getByLabel("username:").fill("root");
  await page.getByLabel("password:").fill("wrong password");
  const dialog = page.locator(".modal-ux");
  await dialog.getByRole("button", { name: "Apply given OAuth2 credentials" }).click();
  await dialog.getByText("Wrong username or password.").waitFor();
  // The refusal is in the console by the browser's own habit.
  expect(complaints.splice(0).join()).toContain("401");

  await page.getByLabel("password:").fill("secret pass 1");
  await dialog.getByRole("button", { name: "Apply given OAuth2 credentials" }).click();
  await dialog.getByText("Logout", { exact: true }).waitFor();
  await dialog.getByRole("button", { name: "Close" }).first().click();

  const operation = page.locator("#operations-Users-getOwnUser");
  await operation.getByRole("button").first().click();
  await operation.getByRole("button", { name: "Execute" }).click();
  await operation.locator(".live-responses-table .response-col_status").filter({ hasText: "200" }).waitFor();
  expect(await operation.locator(".live-responses-table .microlight").first().textContent()).toContain(
    '"username": "root"',
  );

  expect(complaints).toEqual([]);
  expect([...hosts]).toEqual([server.url]);
});
