import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { openStore } from "../../src/store/db.ts";
import { newId } from "../../src/store/ids.ts";
import { sessions, type UserRow, users } from "../../src/store/schema.ts";
import { type NewSession, rotateSession, startSession, sweepSessions } from "../../src/store/sessions.ts";
import { deleteUser, updateUser } from "../../src/store/users.ts";
import { db, newCaller, store } from "../support/api.ts";
import { doJobs } from "../support/jobs.ts";
import { watchDatabase } from "../support/watched-database.ts";

const NOW = Date.parse("2026-11-01T12:00:00Z");
const DAY_MS = 24 * 3600 * 1000;

async function newUser(): Promise<UserRow> {
  return (await newCaller()).user;
}

/** A session of `user` whose first token's hash is `first`. */
async function started(user: UserRow, fields: Partial<NewSession> = {}, now = NOW): Promise<string> {
  const id = newId(now);
  const { id: userId, credentialsVersion } = user;
  await startSession(
    store,
    { id, userId, credentialsVersion, tokenHash: "first", expiresAt: NOW + 30 * DAY_MS, ...fields },
    now,
  );
  return id;
}

/** The use of a token, whose successor is `next` by the salt `salt of next`. */
function use(id: string, tokenHash: string, nextHash: string, now = NOW) {
  return rotateSession(store, { id, tokenHash, nextHash, salt: `salt of ${nextHash}` }, now);
}

function find(id: string) {
  return db.select().from(sessions).where(eq(sessions.id, id)).get();
}

it("rotates a token: its successor is good next, with what makes it", async () => {
  const user = await newUser();
  const id = await started(user);
  const rotated = await use(id, "first", "second");
  expect(rotated).toEqual({ user, expiresAt: NOW + 30 * DAY_MS, salt: "salt of second" });
  expect(await find(id)).toMatchObject({ tokenHash: "second", previousHash: "first", rotatedAt: NOW });
  expect((await use(id, "second", "third", NOW + DAY_MS))?.salt).toBe("salt of third");
  expect(await find(id)).toMatchObject({ createdAt: NOW, expiresAt: NOW + 30 * DAY_MS });
});

it("answers a retry within ten seconds by the first salt, however often", async () => {
  const id = await started(await newUser());
  await use(id, "first", "second");
  for (const later of [0, 1, 9_999]) {
    expect((await use(id, "first", "another", NOW + later))?.salt).toBe("salt of second");
  }
  expect(await find(id)).toMatchObject({ tokenHash: "second", rotatedAt: NOW });
});

it.each([
  { name: "a used token after ten seconds", hash: "first", later: 10_000 },
  { name: "a token before the one that was used last", hash: "zeroth", later: 0 },
  { name: "a token that never was", hash: "none", later: 0 },
])("$name ends the session for all", async ({ hash, later }) => {
  const id = await started(await newUser(), { tokenHash: "zeroth" });
  await use(id, "zeroth", "first");
  await use(id, "first", "second");
  expect(await use(id, hash, "stolen", NOW + later)).toBeUndefined();
  expect(await find(id)).toBeUndefined();
  expect(await use(id, "second", "third", NOW + later)).toBeUndefined();
});

it("a wrong token ends a session that was not used yet", async () => {
  const id = await started(await newUser());
  expect(await use(id, "none", "stolen")).toBeUndefined();
  expect(await find(id)).toBeUndefined();
});

it("leaves other sessions of the user alone", async () => {
  const user = await newUser();
  const [one, other] = [await started(user), await started(user)];
  await use(one, "none", "stolen");
  expect((await use(other, "first", "second"))?.user).toEqual(user);
});

it.each([
  { name: "has expired", end: async () => {}, expiresAt: NOW },
  { name: "is of a disabled user", end: (id: string) => updateUser(store, id, { disabled: true }) },
  {
    name: "is of a user who was disabled past this code",
    end: (id: string) => db.update(users).set({ disabled: true }).where(eq(users.id, id)),
  },
  { name: "is of a user with another role", end: (id: string) => updateUser(store, id, { role: "admin" }) },
  {
    name: "is of a user with another password",
    end: (id: string) => updateUser(store, id, { passwordHash: "$scrypt$ln=1,r=1,p=1$A$A" }),
  },
  {
    name: "is of a user who was disabled and enabled again",
    end: async (id: string) => {
      await updateUser(store, id, { disabled: true });
      await updateUser(store, id, { disabled: false });
    },
  },
])("a session that $name ends, for a retry too", async ({ end, expiresAt = NOW + 1 }) => {
  const user = await newUser();
  const [fresh, used] = [await started(user, { expiresAt }), await started(user, { expiresAt })];
  await use(used, "first", "second", NOW - 1);
  await end(user.id);
  expect([await use(fresh, "first", "second"), await use(used, "first", "second")]).toEqual([undefined, undefined]);
  expect([await find(fresh), await find(used)]).toEqual([undefined, undefined]);
});

it("a session goes on until its last millisecond, with what leaves the credentials alone", async () => {
  const user = await newUser();
  const id = await started(user, { expiresAt: NOW + 1 });
  await updateUser(store, user.id, { email: "new@example.org" });
  expect(await use(id, "first", "second")).toBeDefined();
});

it("erasing a user erases the user's sessions, and none begins after", async () => {
  const user = await newUser();
  const id = await started(user);
  await deleteUser(store, user.id);
  const session = { id: newId(), userId: user.id, credentialsVersion: 1, tokenHash: "first", expiresAt: NOW };
  expect(await startSession(store, session, NOW)).toBe(false);
  await doJobs();
  expect(await find(id)).toBeUndefined();
  expect(await startSession(store, session, NOW)).toBe(false);
});

it("of uses of one token at once all get the successor of one", async () => {
  const id = await started(await newUser());
  const uses = await Promise.all(["a", "b", "c", "d"].map((nextHash) => use(id, "first", nextHash)));
  const [salt] = new Set(uses.map((rotated) => rotated?.salt));
  expect(uses.map((rotated) => rotated?.salt)).toEqual(Array(4).fill(salt));
  expect(await find(id)).toMatchObject({ rotationSalt: salt, previousHash: "first" });
  expect(salt).toBe(`salt of ${(await find(id))?.tokenHash}`);
});

/** Sessions of a user, the later ones used later. */
async function plantSessions(user: UserRow, count: number, expiresAt: number): Promise<void> {
  await env.DB.prepare(
    `insert into sessions (id, user_id, credentials_version, token_hash, rotated_at, created_at, expires_at)
     select ?1 || '/' || value, ?1, 1, 'first', ?2 + value, ?2, ?3 from json_each(?4)`,
  )
    .bind(user.id, NOW - DAY_MS, expiresAt, JSON.stringify(Array.from({ length: count }, (_, i) => i)))
    .run();
}

it("keeps the 500 sessions of a user that were used last", async () => {
  const [user, other] = [await newUser(), await newUser()];
  await plantSessions(user, 502, NOW + DAY_MS);
  await plantSessions(other, 1, NOW + DAY_MS);
  const id = await started(user);
  const left = await db.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, user.id));
  expect(left.length).toBe(500);
  expect([await find(id), await find(`${user.id}/3`), await find(`${other.id}/0`)]).not.toContain(undefined);
  expect(await find(`${user.id}/2`)).toBeUndefined();
});

it("a log-in writes three rows, and a use one, and reads a few, however many sessions there are", async () => {
  const user = await newUser();
  await plantSessions(user, 400, NOW + DAY_MS);
  const { database, statements } = watchDatabase(env.DB);
  const watched = openStore({ DB: database });
  const sum = (key: "rowsRead" | "rowsWritten") => statements.reduce((total, one) => total + one[key], 0);
  const { id: userId, credentialsVersion } = user;
  const session = { id: newId(NOW), userId, credentialsVersion, tokenHash: "first", expiresAt: NOW + DAY_MS };
  await startSession(watched, session, NOW);
  expect(sum("rowsWritten")).toBe(3);
  statements.length = 0;
  const rotated = await rotateSession(
    watched,
    { id: session.id, tokenHash: "first", nextHash: "second", salt: "salt" },
    NOW,
  );
  expect(rotated).toMatchObject({ salt: "salt", expiresAt: session.expiresAt, user: { id: user.id } });
  expect(sum("rowsWritten")).toBe(1);
  expect(sum("rowsRead")).toBeLessThanOrEqual(8);
});

it("sweeps away what has expired, a thousand rows a run at the most, and nothing else", async () => {
  const user = await newUser();
  await sweepSessions(store, NOW); // What other tests have left.
  await plantSessions(user, 1003, NOW);
  const id = await started(await newUser(), { expiresAt: NOW + 1 });
  const count = () => db.$count(sessions, eq(sessions.userId, user.id));
  const { database, statements } = watchDatabase(env.DB);
  await sweepSessions(openStore({ DB: database }), NOW);
  expect(await count()).toBe(3);
  expect(statements.map(({ rowsWritten }) => rowsWritten)).toEqual([1000]);
  expect(statements[0].rowsRead).toBeLessThanOrEqual(4000);
  await sweepSessions(store, NOW);
  expect([await count(), (await find(id))?.id]).toEqual([0, id]);
});
