import { beforeAll, expect, it } from "vitest";
import { visit } from "../support/visit.ts";

const { url, user, context, page, sent } = await visit();

beforeAll(() => page.goto(`${url}/docs`));

/** Sends a form from the page, as its own script would. */
function post(path: string, fields: Record<string, string>): Promise<{ status: number; body: string }> {
  return page.evaluate(
    async ([to, form]) => {
      const answer = await fetch(to, { method: "POST", body: new URLSearchParams(form) });
      return { status: answer.status, body: await answer.text() };
    },
    [path, fields] as const,
  );
}

it("stays logged in by a cookie on http://localhost, which goes to the routes of log-in alone and which no script reads", async () => {
  const login = await post("/auth/token", { ...user, refresh_cookie: "true" });
  expect(login.status).toBe(200);
  expect(login.body).not.toContain("ecgr_");
  const [cookie, ...others] = await context.cookies(`${url}/auth/token`);
  expect(others).toEqual([]);
  expect(cookie).toMatchObject({
    name: "__Secure-ecg-refresh",
    path: "/auth",
    httpOnly: true,
    secure: true,
    sameSite: "Strict",
    domain: "localhost",
  });
  expect(await page.evaluate("document.cookie")).toBe("");

  sent.length = 0;
  const refreshed = await post("/auth/token", { grant_type: "refresh_token" });
  expect(refreshed.status).toBe(200);
  const { access_token } = JSON.parse(refreshed.body);
  const status = await page.evaluate(
    async (token) => (await fetch("/users/me", { headers: { Authorization: `Bearer ${token}` } })).status,
    access_token,
  );
  expect(status).toBe(200);
  const [renewed] = await context.cookies(`${url}/auth/token`);
  expect(renewed.value).not.toBe(cookie.value);

  expect((await post("/auth/logout", {})).status).toBe(204);
  expect(await context.cookies(`${url}/auth/token`)).toEqual([]);
  expect((await post("/auth/token", { grant_type: "refresh_token" })).status).toBe(422);
  const cookies = sent.map(async (one) => [new URL(one.url()).pathname, (await one.allHeaders()).cookie]);
  expect(await Promise.all(cookies)).toEqual([
    ["/auth/token", `${cookie.name}=${cookie.value}`],
    ["/users/me", undefined],
    ["/auth/logout", `${renewed.name}=${renewed.value}`],
    ["/auth/token", undefined],
  ]);
});

it("lets no other origin's page log its reader in", async () => {
  await page.goto(`${url.replace("localhost", "127.0.0.1")}/health`);
  await page.setContent(`<form method="post" action="${url}/auth/token">
    <input name="username" value="${user.username}"><input name="password" value="${user.password}"><input name="refresh_cookie" value="true">
    <button>Win a prize</button></form>`);
  const answer = page.waitForResponse(`${url}/auth/token`);
  await page.getByRole("button").click();
  expect((await answer).status()).toBe(403);
  expect(await context.cookies(`${url}/auth/token`)).toEqual([]);
});
