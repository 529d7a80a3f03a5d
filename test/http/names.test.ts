import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeEach, expect, it, vi } from "vitest";
import { lookOfName } from "../../src/auth/names.ts";
import { users } from "../../src/store/schema.ts";
import { completeLooks } from "../../src/store/users.ts";
import { type Caller, db, logIn, newCaller, newName, PASSWORD, store } from "../support/api.ts";
import { doJobs } from "../support/jobs.ts";

let admin: Caller;
beforeEach(async () => {
  await db.delete(users);
  admin = await newCaller("admin", "admin");
});

const register = (username: string) =>
  admin.post("/admin/users", { username, email: "someone@example.org", role: "user", password: PASSWORD });

/** Makes of an account one that was registered before looks were kept. */
const forgetLook = (id: string) => db.update(users).set({ usernameLook: null }).where(eq(users.id, id)).run();
const looks = async () =>
  Object.fromEntries((await db.select().from(users).all()).map((user) => [user.username, user.usernameLook]));

it.each([
  { name: "in capitals", username: "ADMIN" },
  { name: "in full width", username: "\uff41\uff44\uff4d\uff49\uff4e" },
  { name: "with a look-alike of two letters", username: "adrnin" },
  { name: "with a dotless i", username: "adm\u0131n" },
])("refuses admin $name beside admin with 409, and says so", async ({ username }) => {
  const answer = await register(username);
  const detail =
    username === "\uff41\uff44\uff4d\uff49\uff4e"
      ? "This username is taken."
      : 'This username looks the same as "admin".';
  expect([answer.status, await answer.json()]).toMatchObject([409, { detail }]);
});

it.each([
  { username: "\u0430dmin", message: "mixes letters of several alphabets, which look alike" },
  { username: " ", message: "has a space at an end" },
  { username: "ad\u200bmin", message: "has U+200B, which is no letter, digit or sign of a name" },
])("refuses $username with 422, and says why", async ({ username, message }) => {
  const answer = await register(username);
  expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ path: "username", message }] }]);
});

it("stores a name in NFC, refuses its other spellings, and logs in by each", async () => {
  const answer = await register("Zoe\u0308");
  expect([answer.status, await answer.json()]).toMatchObject([201, { username: "Zo\u00eb" }]);
  expect((await register("Zo\u00eb")).status).toBe(409);
  expect((await register("zo\u00eb")).status).toBe(409);
  expect((await logIn("Zo\u00eb", PASSWORD)).status).toBe(200);
  expect((await logIn("Zoe\u0308", PASSWORD)).status).toBe(200);
  expect((await logIn("\uff3ao\u00eb", PASSWORD)).status).toBe(200);
  expect((await logIn("zo\u00eb", PASSWORD)).status).toBe(401);
});

it.each(["Zoe\u0308", " ", "a\u200bb", "ADMIN"])(
  "logs in an older user by the name %j, as it is stored",
  async (username) => {
    const { user } = await newCaller("user", `${newName()}`);
    await db.update(users).set({ username, usernameLook: null }).where(eq(users.id, user.id)).run();
    expect((await logIn(username, PASSWORD)).status).toBe(200);
  },
);

it("keeps apart two older users, one of whose names is the other's in NFC", async () => {
  const [composed, decomposed] = [await newCaller(), await newCaller()];
  await db.update(users).set({ username: "Zo\u00eb", usernameLook: null }).where(eq(users.id, composed.user.id)).run();
  await db
    .update(users)
    .set({ username: "Zoe\u0308", usernameLook: null })
    .where(eq(users.id, decomposed.user.id))
    .run();
  for (const [name, { user }] of [
    ["Zo\u00eb", composed],
    ["Zoe\u0308", decomposed],
  ] as const) {
    const { access_token } = await (await logIn(name, PASSWORD)).json<{ access_token: string }>();
    expect(JSON.parse(atob(access_token.split(".")[1]))).toMatchObject({ sub: user.id });
  }
});

it("holds a new name against accounts that have no look yet", async () => {
  await forgetLook(admin.user.id);
  expect((await register("ADMIN")).status).toBe(409);
  expect(await looks()).toEqual({ admin: lookOfName("admin") });
});

it("gives older accounts their looks, the first of those that look the same, and logs the others", async () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  const [one, other] = [await newCaller("user", "ada"), await newCaller()];
  await db.update(users).set({ username: "ADA" }).where(eq(users.id, other.user.id)).run();
  await db.update(users).set({ usernameLook: null }).run();
  await doJobs();
  expect(await looks()).toEqual({ admin: lookOfName("admin"), ada: lookOfName("ada"), ADA: null });
  const logged = JSON.stringify({ usernames_that_look_the_same: [{ id: other.user.id, like: one.user.id }] });
  expect(warn.mock.calls).toEqual([[logged]]);
  await doJobs();
  expect(warn.mock.calls).toHaveLength(1);
  expect((await logIn("ADA", PASSWORD)).status).toBe(200);
  expect((await register("Ada")).status).toBe(409);
  await admin.delete(`/admin/users/${one.user.id}`);
  await doJobs();
  expect(await looks()).toEqual({ admin: lookOfName("admin"), ADA: lookOfName("ada") });
  warn.mockRestore();
});

it("gives a thousand accounts their looks, page by page, and registers nobody before that", async () => {
  const insert = env.DB.prepare(
    `insert into users (id, username, email, role, password_hash, created_at)
      select 'id-' || value, 'device-' || value, 'a@example.org', 'user', '', 0 from json_each(?)`,
  );
  await insert.bind(JSON.stringify(Array.from({ length: 1234 }, (_, i) => i))).run();
  expect(await completeLooks(store, lookOfName, 2)).toBe(false);
  expect(await completeLooks(store, lookOfName, 2)).toBe(true);
  expect((await register("DEVICE-1233")).status).toBe(409);
  expect(Object.values(await looks())).not.toContain(null);
});
