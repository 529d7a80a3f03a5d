import { expect, it } from "vitest";
import { visit } from "../support/visit.ts";

const { url, user, page, complaints, sent } = await visit();

it("opens, logs in with Authorize, and calls with Try it out", async () => {
  await page.goto(`${url}/docs`);
  await page.getByRole("button", { name: "Authorize" }).first().click();
  expect(complaints).toEqual([]);
  await page.getByLabel("username:").fill(user.username);
  await page.getByLabel("password:").fill("wrong password");
  const dialog = page.locator(".modal-ux");
  await dialog.getByRole("button", { name: "Apply given OAuth2 credentials" }).click();
  await dialog.getByText("Wrong username or password.").waitFor();
  // The refusal is in the console by the browser's own habit.
  expect(complaints.splice(0).join()).toContain("401");

  await page.getByLabel("password:").fill(user.password);
  await dialog.getByRole("button", { name: "Apply given OAuth2 credentials" }).click();
  await dialog.getByText("Logout", { exact: true }).waitFor();
  await dialog.getByRole("button", { name: "Close" }).first().click();

  const operation = page.locator("#operations-Users-getOwnUser");
  await operation.getByRole("button").first().click();
  await operation.getByRole("button", { name: "Execute" }).click();
  await operation.locator(".live-responses-table .response-col_status").filter({ hasText: "200" }).waitFor();
  expect(await operation.locator(".live-responses-table .microlight").first().textContent()).toContain(
    `"username": "${user.username}"`,
  );

  expect(complaints).toEqual([]);
  const hosts = sent.map((request) => new URL(request.url())).filter(({ protocol }) => /^http/.test(protocol));
  expect([...new Set(hosts.map(({ origin }) => origin))]).toEqual([url]);
});
