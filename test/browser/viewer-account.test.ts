import { unzipSync } from "fflate";
import { beforeAll, expect, it } from "vitest";
import { logIn } from "../support/chromium.ts";
import { ADMIN, postEcg } from "../support/session.ts";
import { findViolationsEverywhere } from "../support/violations.ts";
import { eventually, readDownload, visit } from "../support/visit.ts";

const { url, user, call, page, complaints, sent } = await visit();
let ecg: string;

beforeAll(async () => {
  const signal = Array.from({ length: 500 }, (_, i) => Math.round(300 * Math.sin(i / 9)));
  ecg = await postEcg(call, { sampling_rate: 100, leads: [{ name: "II", signal }] });
  await page.goto(url);
  await logIn(page, user);
});

const entries = () => page.getByRole("list", { name: "Trail" }).getByRole("listitem");

it("makes a key that is shown once and opens ECGs alone, and revokes it", async () => {
  await page.getByRole("link", { name: "Account" }).click();
  await page.getByText("You have no keys and share no ECG.").waitFor();
  await page.getByLabel("Name").fill("Bedside monitor 7");
  await page.getByLabel("sends, changes and deletes ECGs").check();
  await page.getByLabel("lists and reads ECGs").uncheck();
  await page.getByRole("button", { name: "Make a key" }).click();
  const key = await page.getByLabel("The key “Bedside monitor 7”, shown this once").inputValue();
  const callByKey = (path: string, init: RequestInit = {}) =>
    fetch(url + path, { ...init, headers: { Authorization: `Bearer ${key}` } });
  expect((await callByKey("/ecg")).status).toBe(403);
  expect((await callByKey(`/ecg/${ecg}/close`, { method: "POST" })).status).toBe(200);
  expect(await findViolationsEverywhere(page)).toEqual([]);

  await page.reload();
  await page.getByRole("listitem").getByText("Bedside monitor 7").first().waitFor();
  expect(await page.getByText(key).count()).toBe(0);
  expect(await page.getByLabel(/shown this once/).count()).toBe(0);
  await page.getByRole("button", { name: "Revoke Bedside monitor 7" }).click();
  await page.getByRole("button", { name: "Keep" }).click();
  await page.getByRole("button", { name: "Revoke Bedside monitor 7" }).click();
  await eventually(() => page.evaluate(() => document.activeElement?.textContent)).toBe(
    "Revoke for good Bedside monitor 7",
  );
  await page.keyboard.press("Enter");
  await page.getByText("You have no keys and share no ECG.").waitFor();
  expect((await callByKey(`/ecg/${ecg}/close`, { method: "POST" })).status).toBe(401);
  expect(complaints).toEqual([]);
});

it("downloads all that is one's own, into a folder as it comes or as a download", async () => {
  await page.goto(`${url}/#/account`);
  // The browser's own folder stands for one that somebody chooses.
  await page.evaluate(() => Object.assign(window, { showDirectoryPicker: () => navigator.storage.getDirectory() }));
  await page.getByRole("button", { name: "Download all" }).click();
  await page.getByText(/^1 file with 0(\.\d)? MB\./).waitFor();
  const written = await page.evaluate(async () => {
    const folder = await navigator.storage.getDirectory();
    const names: string[] = [];
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
    const file = await (await folder.getFileHandle(names[0])).getFile();
    return { names, bytes: [...new Uint8Array(await file.arrayBuffer())] };
  });
  expect(written.names).toEqual([expect.stringMatching(/^ecgs-\d{4}-\d\d-\d\d-1\.zip$/)]);
  expect(Object.keys(unzipSync(Uint8Array.from(written.bytes)))).toContain(`ecgs/${ecg}/ecg.json`);

  await page.evaluate(() => Object.assign(window, { showDirectoryPicker: undefined }));
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download all" }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toBe(written.names[0]);
  const files = unzipSync(await readDownload(download));
  expect(Object.keys(files)).toEqual(expect.arrayContaining(["account.json", "manifest.json", "audit.jsonl"]));

  await page.route("**/users/me/export", (route) => route.abort(), { times: 1 });
  await page.getByRole("button", { name: "Download all" }).click();
  await page.getByText("The download has broken off. The service cannot be reached.").waitFor();
  const again = page.waitForEvent("download");
  await page.getByRole("button", { name: "Go on with the download" }).click();
  await again;
  expect(complaints.filter((text) => !/ERR_FAILED/.test(text))).toEqual([]);
});

it("changes the password, and stays logged in", async () => {
  const change = async (current: string, next: string, again: string) => {
    await page.getByLabel("Password now").fill(current);
    await page.getByLabel("New password", { exact: true }).fill(next);
    await page.getByLabel("New password again").fill(again);
    await page.getByRole("button", { name: "Change it" }).click();
  };
  await page.goto(`${url}/#/account`);
  await change(user.password, "another horse battery", "another horse bettery");
  await page.getByText("The new password is not the same both times.").waitFor();
  await change("a wrong password", "another horse battery", "another horse battery");
  await page.getByText(/current_password: is not your password/).waitFor();
  await change(user.password, "another horse battery", "another horse battery");
  await page.getByText(/^It is changed\./).waitFor();
  expect((await call("GET", "/users/me")).status).toBe(401);
  await page.getByRole("link", { name: "ECGs" }).click();
  await page.getByRole("list", { name: "ECGs" }).getByRole("link").first().waitFor();
  expect(complaints.filter((text) => !/status of 422/.test(text))).toEqual([]);
});

it("has the trail of one's own, by what was done", async () => {
  await page.getByRole("link", { name: "Trail" }).click();
  await entries().getByText("Changed the password", { exact: true }).waitFor();
  await entries().getByText("Downloaded all data").first().waitFor();
  await entries()
    .getByText(/^by you by (a key|the key)/)
    .first()
    .waitFor();
  expect(await findViolationsEverywhere(page)).toEqual([]);
  await page.getByLabel("What").selectOption("Sent an ECG");
  await eventually(() => entries().count()).toBe(1);
  expect(page.url()).toMatch(/#\/trail\?action=POST\+%2Fecg$/);
  await page.reload();
  await entries().getByText("Sent an ECG").waitFor();
  await page.getByLabel("to", { exact: true }).fill("2020-01-01");
  await page.getByText("No entry is like that.").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await entries().nth(5).waitFor();
  expect(complaints).toEqual([]);
});

it("shows an admin the users and the trail of all, and no ECG", async () => {
  await page.getByRole("button", { name: "Log out" }).click();
  await page.goto(`${url}/#/ecg/${ecg}`);
  await page.reload();
  sent.length = 0;
  await logIn(page, ADMIN);
  await page.getByRole("button", { name: "Add a user" }).click();
  await page.getByLabel("Username").fill("grace");
  await page.getByLabel("E-mail").fill("grace@example.org");
  expect(await findViolationsEverywhere(page)).toEqual([]);
  const given = await page.getByLabel("Password, to be handed over").inputValue();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("grace@example.org").waitFor();
  const logInAs = (password: string) =>
    fetch(`${url}/auth/token`, { method: "POST", body: new URLSearchParams({ username: "grace", password }) });
  expect((await logInAs(given)).status).toBe(200);

  const choose = async (user: string, action: string) => {
    await page.getByRole("button", { name: `More for ${user}` }).click();
    await page.getByRole("button", { name: action, exact: true }).click();
  };
  await choose("grace", "Disable");
  await page.getByText("user, disabled").waitFor();
  expect((await logInAs(given)).status).toBe(401);
  await choose("grace", "Enable");
  await page.getByText("user, disabled").waitFor({ state: "detached" });
  await choose("grace", "New password …");
  await page.getByLabel("Password, to be handed over").fill("correct donkey battery");
  await page.getByRole("button", { name: "Give it" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect((await logInAs("correct donkey battery")).status).toBe(200);
  await choose("grace", "Make an admin");
  await page.getByRole("listitem").filter({ hasText: "grace" }).getByText("admin", { exact: true }).waitFor();
  await choose("grace", "Make a user");
  await page.getByRole("listitem").filter({ hasText: "grace" }).getByText("user", { exact: true }).waitFor();
  await choose("admin", "Disable");
  await page.getByRole("alert").filter({ hasText: /admin/ }).waitFor();
  expect(await findViolationsEverywhere(page)).toEqual([]);

  await choose("grace", "Erase …");
  await page.getByLabel("Type “grace” to confirm").fill(user.username);
  await page.getByRole("button", { name: "Erase for good" }).click();
  await page.getByText("This is not the name.").waitFor();
  expect(sent.filter((request) => request.method() === "DELETE")).toEqual([]);
  await page.getByLabel("Type “grace” to confirm").fill("grace");
  await page.getByRole("button", { name: "Erase for good" }).click();
  await page.getByText("grace@example.org").waitFor({ state: "detached" });

  await choose(user.username, "Trail");
  await entries().getByText("Sent an ECG").waitFor();
  await entries().getByText(`by ${user.username}`).first().waitFor();
  expect(await page.getByRole("link", { name: "open it" }).count()).toBe(0);
  expect(page.url()).toMatch(/#\/trail\?user=/);
  expect(await findViolationsEverywhere(page)).toEqual([]);
  await page.getByLabel("About").selectOption("all accounts");
  // Other tests leave entries at the same time.
  await page.getByLabel("What").selectOption("Erased a user");
  await entries().getByText("Erased a user").waitFor();
  await page.getByRole("link", { name: "Account" }).click();
  await page.getByRole("heading", { name: "All that is yours" }).waitFor();
  expect(await page.getByRole("heading", { name: "Keys and shares" }).count()).toBe(0);
  expect(sent.filter((request) => /\/ecg/.test(new URL(request.url()).pathname))).toEqual([]);
  expect(complaints.filter((text) => !/status of (401|409)/.test(text))).toEqual([]);
});

it("finds one of many users by a part of the name or of the address, and has all of them to choose the trail of", async () => {
  const all = Array.from({ length: 230 }, (_, i) => ({
    id: `0197d3a0-8f5e-7c31-9b1a-${String(i).padStart(12, "0")}`,
    username: `nurse ${230 - i}`,
    email: `n${i}@${i === 229 ? "Night" : "day"}.example.org`,
    ...{ role: "user", disabled: false, created_at: "2026-01-31T09:30:00Z" },
  }));
  await page.route("**/admin/users?*", (route) => {
    const query = new URL(route.request().url()).searchParams;
    const [from, size] = [Number(query.get("cursor") ?? 0), Number(query.get("limit"))];
    const next_cursor = from + size < all.length ? String(from + size) : null;
    return route.fulfill({ json: { items: all.slice(from, from + size), next_cursor } });
  });
  await page.goto(`${url}/#/`);
  await page.reload();
  const users = page.getByRole("list", { name: "Users" }).getByRole("listitem");
  await users.first().waitFor();
  expect(await users.count()).toBeLessThan(all.length);
  await page.getByLabel("Find a user").fill(" NIGHT");
  await page.getByRole("status").getByText("1 user").waitFor();
  expect(await users.locator("strong").allTextContents()).toEqual(["nurse 1"]);
  expect(await findViolationsEverywhere(page)).toEqual([]);
  await page.getByLabel("Find a user").fill("nobody");
  await page.getByRole("status").getByText("No user is like that.").waitFor();
  await page.getByRole("link", { name: "Trail" }).click();
  await eventually(() => page.getByLabel("About").locator("option").allTextContents()).toEqual([
    "all accounts",
    ...all.map(({ username }) => username).sort(),
  ]);
  await page.unroute("**/admin/users?*");
  expect(complaints).toEqual([]);
});

it("shows an admin the jobs that have failed, and has one done once more", async () => {
  const job = { kind: "measure", subject_id: ecg, tries: 6, error: "damaged-signal" };
  const times = { created_at: "2026-01-31T09:30:00Z", failed_at: "2026-01-31T09:46:00Z" };
  await page.route("**/admin/jobs?*", (route) =>
    route.fulfill({ json: { items: [{ ...job, ...times }], next_cursor: null } }),
  );
  await page.goto(`${url}/#/`);
  await page.reload();
  const failed = page.getByRole("region", { name: "Failed jobs" });
  const row = failed.getByRole("listitem").filter({ hasText: ecg });
  await row.getByText("Measure an ECG").waitFor();
  await row.getByText("damaged-signal, after 6 runs").waitFor();
  expect(await findViolationsEverywhere(page)).toEqual([]);
  // No job of this ECG has failed in truth: the service does not know it, and the page takes it as done.
  await row.getByRole("button", { name: /^Do it once more/ }).click();
  await failed.getByText("There is none.").waitFor();
  const retries = sent.filter((request) => request.method() === "POST" && request.url().includes("/admin/jobs/"));
  expect(retries.map((request) => new URL(request.url()).pathname)).toEqual([`/admin/jobs/measure/${ecg}/retry`]);
  await page.unroute("**/admin/jobs?*");
  await page.reload();
  await failed.getByText("There is none.").waitFor();
  expect(complaints.filter((text) => !/status of 404/.test(text))).toEqual([]);
});
