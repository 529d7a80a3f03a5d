import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { app } from "../../src/http/app.ts";
import { sweepObjects } from "../../src/store/archive.ts";
import { openStore } from "../../src/store/db.ts";
import { eraseUserStep, sweepUploads } from "../../src/store/erasure.ts";
import { recordSweeps } from "../../src/store/jobs.ts";
import { deleteUser, listUsers } from "../../src/store/users.ts";
import { type Caller, logIn, newCaller, newKeyOf, PASSWORD, request, store, storedEcg } from "../support/api.ts";
import { doJobs, listJobsOf, takeMessage, watchQueue } from "../support/jobs.ts";
import { newNoise } from "../support/signals.ts";
import { type Statement, watchDatabase } from "../support/watched-database.ts";

/** 62 chunks, which are more than a group; with an archive some are in one object there. */
const LONG = { sampling_rate: 250, leads: [{ name: "II", signal: [...newNoise(1_000_000)] }] };

/** Stores ECGs without samples, each with a chunk, annotations and insights. */
async function plantEcgs(caller: Caller, count: number, chunks = 1): Promise<void> {
  const numbers = JSON.stringify(Array.from({ length: count }, (_, i) => i));
  const id = "?1 || '/' || value";
  const each = [
    `insert into ecgs (id, owner_id, recorded_at, created_at, subject, leads) select ${id}, ?1, value, 0, 'P-1', '[]' from json_each(?2)`,
    `insert into annotations select ${id}, 'qrs', 0, 'e', 0, 0, 0, '[]' from json_each(?2)`,
    `insert into insights select ${id}, 0, 1, 1, '{}' from json_each(?2)`,
    ...Array.from(
      { length: chunks },
      (_, chunk) =>
        `insert into signal_chunks (ecg_id, chunk_index, data) select ${id}, ${chunk}, 'x' from json_each(?2)`,
    ),
  ];
  await env.DB.batch(each.map((sql) => env.DB.prepare(sql).bind(caller.user.id, numbers)));
}

/** The rows that are left of an account, but for its entries in the audit trail. */
async function countRows(userId: string): Promise<number> {
  const ofEcgs = ["signal_chunks", "annotations", "insights"].map(
    (table) => `(select count(*) from ${table} where ecg_id like ?1 || '/%')`,
  );
  const ofOwner = ["ecgs", "access_keys"].map((table) => `(select count(*) from ${table} where owner_id = ?1)`);
  const others = ["(select count(*) from users where id = ?1)", "(select count(*) from jobs where subject_id = ?1)"];
  const query = `select ${[...ofEcgs, ...ofOwner, ...others].join(" + ")} as n`;
  return (await env.DB.prepare(query).bind(userId).first<number>("n")) ?? 0;
}

const written = (statements: readonly Statement[]) => statements.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
const read = (statements: readonly Statement[]) => statements.reduce((sum, { rowsRead }) => sum + rowsRead, 0);

it("erasing an account writes and reads as many rows with a thousand ECGs as with one", async () => {
  const admin = await newCaller("admin");
  const costs: number[][] = [];
  for (const count of [1, 1000]) {
    const caller = await newCaller();
    await plantEcgs(caller, count);
    const { database, statements } = watchDatabase(env.DB);
    const { queue, sent } = watchQueue();
    const init = { method: "DELETE", headers: { Authorization: admin.authorization } };
    const answer = await app.request(`/admin/users/${caller.user.id}`, init, { ...env, DB: database, JOBS: queue });
    expect([answer.status, sent]).toEqual([204, [{ kind: "erase-user", subjectId: caller.user.id }]]);
    costs.push([written(statements), read(statements)]);
  }
  expect(costs[1]).toEqual(costs[0]);
  expect(costs[0][0]).toBeLessThanOrEqual(6);
});

it("an erased account is gone at once, and its name is free", async () => {
  const [admin, caller] = [await newCaller("admin"), await newCaller()];
  const { id: ecgId } = await storedEcg(caller);
  const key = await newKeyOf(caller.user);
  const share = await newKeyOf(caller.user, { ecgId });
  const { refresh_token } = await (await logIn(caller.user.username, PASSWORD)).json<{ refresh_token: string }>();
  expect((await admin.delete(`/admin/users/${caller.user.id}`)).status).toBe(204);

  for (const authorization of [caller.authorization, key, share]) {
    expect((await request("GET", `/ecg/${ecgId}`, { headers: { Authorization: authorization } })).status).toBe(401);
  }
  expect((await logIn(caller.user.username, PASSWORD)).status).toBe(401);
  expect((await logIn(` ${caller.user.id}`, PASSWORD)).status).toBe(401);
  const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token });
  expect((await request("POST", "/auth/token", { body })).status).toBe(401);
  for (const method of ["get", "delete"] as const) {
    expect((await admin[method](`/admin/users/${caller.user.id}`)).status).toBe(404);
  }
  expect((await admin.patch(`/admin/users/${caller.user.id}`, { disabled: false })).status).toBe(404);
  expect((await listUsers(store, 1000)).map(({ id }) => id)).not.toContain(caller.user.id);
  // What is left has the id, and nothing that says whose it is.
  const left = JSON.stringify(await env.DB.prepare("select * from users where id = ?").bind(caller.user.id).first());
  for (const text of [caller.user.username, caller.user.email, caller.user.passwordHash])
    expect(left).not.toContain(text);

  const again = await newCaller("user", caller.user.username);
  expect((await logIn(caller.user.username, PASSWORD)).status).toBe(200);
  await doJobs();
  expect(await countRows(caller.user.id)).toBe(0);
  expect((await again.get("/users/me")).status).toBe(200);
});

it.each([
  { name: "many ECGs", count: 250, chunks: 1 },
  { name: "long ECGs", count: 3, chunks: 300 },
])("the $name of an erased account go in steps of a bounded number of rows", async ({ count, chunks }) => {
  const [caller, other] = [await newCaller(), await newCaller()];
  await plantEcgs(caller, count, chunks);
  await plantEcgs(other, 2);
  await deleteUser(store, caller.user.id);
  const message = { kind: "erase-user", subjectId: caller.user.id } as const;
  let steps = 0;
  for (; await countRows(caller.user.id); steps++) {
    const { database, statements } = watchDatabase(env.DB);
    const { queue, sent } = watchQueue();
    const before = await countRows(caller.user.id);
    await takeMessage(message, { DB: database, JOBS: queue });
    expect(await countRows(caller.user.id)).toBeLessThan(before);
    expect(written(statements)).toBeLessThanOrEqual(100 * 3 + 3 * 100 + 5);
    expect(read(statements)).toBeLessThanOrEqual(5000);
    expect(statements.length).toBeLessThanOrEqual(15);
    // Each step but the last goes on with a new message.
    expect(sent).toEqual((await countRows(caller.user.id)) > 0 ? [message] : []);
  }
  expect(steps).toBeGreaterThanOrEqual(4);
  expect(await countRows(other.user.id)).toBe(2 * 4 + 1);
});

it("an ECG that is read while its account is erased is not found, and not said to be damaged", async () => {
  const caller = await newCaller();
  await storedEcg(caller, LONG);
  const { id } = await storedEcg(caller, LONG);
  let trips = 0;
  const batch: D1Database["batch"] = async (list) => {
    // The ECG is found, and a step takes away all of the first and some of the other's chunks.
    if (trips++ === 1) {
      await deleteUser(store, caller.user.id);
      expect(await eraseUserStep(store, caller.user.id)).toBe(true);
    }
    return env.DB.batch(list);
  };
  const { database } = watchDatabase({ prepare: (sql: string) => env.DB.prepare(sql), batch } as D1Database);
  const init = { headers: { Authorization: caller.authorization } };
  const answer = await app.request(`/ecg/${id}`, init, { ...env, DB: database });
  expect([answer.status, await answer.json()]).toMatchObject([404, { title: "Not Found" }]);
  expect(await env.DB.prepare("select revision from ecgs where id = ?").bind(id).first("revision")).toBe(0);
  await doJobs();
});

it("erasing in steps goes on after a failure in any of its statements", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const caller = await newCaller();
  await plantEcgs(caller, 150);
  const { id } = await storedEcg(caller, LONG);
  await deleteUser(store, caller.user.id);
  const message = { kind: "erase-user", subjectId: caller.user.id } as const;
  let call = 0;
  let attempts = 1;
  for (let failing = 0; (await listJobsOf(caller.user.id)).length > 0; failing++) {
    call = 0;
    const { database } = watchDatabase(env.DB, () => {
      if (call++ === failing % 7) throw new Error("D1 is away");
    });
    const delay = await takeMessage(message, { DB: database, attempts }).catch(() => 0);
    attempts = delay === undefined ? 1 : attempts + 1;
    expect(failing).toBeLessThan(60);
  }
  errors.mockRestore();
  expect(await countRows(caller.user.id)).toBe(0);
  expect((await store.archive?.list({ prefix: id }))?.objects ?? []).toEqual([]);
  // That an object is gone may be what could not be kept.
  await sweepObjects(store, Date.now() + 2 * 3600_000);
  expect(await env.DB.prepare("select count(*) as n from loose_objects").first("n")).toBe(0);
});

it("a long ECG that is erased is gone at once, with its share and its jobs, and its rows go by a job", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, LONG);
  const share = await newKeyOf(caller.user, { ecgId: id });
  const { database, statements } = watchDatabase(env.DB);
  const { queue, sent } = watchQueue();
  const init = { method: "DELETE", headers: { Authorization: caller.authorization } };
  const send = () => app.request(`/ecg/${id}`, init, { ...env, DB: database, JOBS: queue, ARCHIVE: store.archive });
  expect((await send()).status).toBe(204);
  expect(written(statements)).toBeLessThanOrEqual(10);
  expect(sent).toEqual([{ kind: "erase-ecg", subjectId: id }]);
  expect((await send()).status).toBe(404);
  expect((await caller.get(`/ecg/${id}`)).status).toBe(404);
  expect((await request("GET", `/ecg/${id}`, { headers: { Authorization: share } })).status).toBe(401);
  expect(await (await caller.get("/ecg")).json()).toMatchObject({ items: [] });
  expect(await listJobsOf(id)).toMatchObject([{ kind: "erase-ecg" }]);
  const entries = await (await caller.get("/users/me/audit?action=DELETE%20/ecg/{id}")).json<{ items: object[] }>();
  expect(entries.items).toMatchObject([{ outcome: "not-found" }, { outcome: "done", subject_id: id }]);

  await doJobs();
  const count =
    "select (select count(*) from ecgs where id = ?1) + (select count(*) from signal_chunks where ecg_id = ?1)";
  expect(await env.DB.prepare(`${count} as n`).bind(id).first("n")).toBe(0);
  expect([await listJobsOf(id), (await store.archive?.list({ prefix: id }))?.objects ?? []]).toEqual([[], []]);
});

it("nobody's DELETE touches another's ECG, or its jobs", async () => {
  const [owner, other] = [await newCaller(), await newCaller()];
  const { id } = await storedEcg(owner, LONG);
  const before = await listJobsOf(id);
  expect((await other.delete(`/ecg/${id}`)).status).toBe(404);
  expect(await listJobsOf(id)).toEqual(before);
  expect(before).toMatchObject([{ kind: "measure" }]);
  expect((await owner.get(`/ecg/${id}?start=0&end=1`)).status).toBe(200);
});

it("nobody's DELETE of what is no ECG takes away its jobs: neither an account's erasure nor a sweep", async () => {
  const [erased, other] = [await newCaller(), await newCaller()];
  await plantEcgs(erased, 2);
  await deleteUser(store, erased.user.id);
  await recordSweeps(store, ["sweep-audit"]);
  for (const id of [erased.user.id, "sweep-audit"]) {
    const before = await listJobsOf(id);
    expect(before).toHaveLength(1);
    expect((await other.delete(`/ecg/${id}`)).status).toBe(404);
    expect(await listJobsOf(id)).toEqual(before);
  }
  await doJobs();
  expect(await countRows(erased.user.id)).toBe(0);
});

it("uploads that broke off are swept away in steps, too", async () => {
  await env.DB.prepare("delete from ecgs").run();
  const caller = await newCaller();
  await plantEcgs(caller, 250);
  await env.DB.prepare("update ecgs set complete = 0").run();
  let steps = 0;
  for (let hasMore = true; hasMore; steps++) {
    const { database, statements } = watchDatabase(env.DB);
    hasMore = await sweepUploads({ ...store, db: openStore({ DB: database }).db });
    expect(written(statements)).toBeLessThanOrEqual(100 * 4 + 3 * 100 + 5);
  }
  expect(steps).toBe(4);
  expect(await env.DB.prepare("select count(*) as n from ecgs").first("n")).toBe(0);
});

it("an account whose ECGs are still to be erased gets no look of a name", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const { user } = await newCaller();
  await deleteUser(store, user.id);
  const { database } = watchDatabase(env.DB, ([sql]) => {
    if (sql.startsWith('delete from "users"')) throw new Error("D1 is away");
  });
  await doJobs({ DB: database });
  errors.mockRestore();
  const rows = await env.DB.prepare("select username_look from users where id = ?").bind(user.id).all();
  expect(rows.results).toEqual([{ username_look: null }]);
});
