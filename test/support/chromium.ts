import { chromium, type LaunchOptions, type Page } from "playwright-core";
import type { Login } from "./session.ts";

/** Debian's Chromium, which asks nobody for anything of its own accord. */
const LAUNCH: LaunchOptions = {
  executablePath: "/usr/bin/chromium",
  args: [
    "no-sandbox",
    "disable-gpu",
    "no-first-run",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
  ].map((flag) => `--${flag}`),
};

export const launchChromium = () => chromium.launch(LAUNCH);

/** Chromium for several processes, each of which connects to it. */
export const serveChromium = () => chromium.launchServer(LAUNCH);

/** Fills in the log-in that the page shows or is about to show, and waits until the user is in. */
export async function logIn(page: Page, { username, password }: Login): Promise<void> {
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByLabel("Password").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Log out" }).waitFor();
}
