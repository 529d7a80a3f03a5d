import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { app } from "../../src/http/app.ts";
import worker from "../../src/index.ts";
import { hash } from "../../src/jobs/hash.ts";
import { moveToArchive, sweepObjects } from "../../src/store/archive.ts";
import { openStore } from "../../src/store/db.ts";
import { deleteEcg, findEcg } from "../../src/store/ecgs.ts";
import { eraseEcgStep } from "../../src/store/erasure.ts";
import { deleteUser } from "../../src/store/users.ts";
import { type Caller, newCaller, store, storedEcg } from "../support/api.ts";
import { doJobs } from "../support/jobs.ts";
import { newNoise, newSignal } from "../support/signals.ts";
import { watchDatabase } from "../support/watched-database.ts";

/** These tests run in the project with an archive alone. */
const bucket = store.archive as R2Bucket;
const HOUR_MS = 3600 * 1000;

it("moves the chunks of a recording over 1 MB there, and reads them back by the window", async () => {
  const { caller, id, signal } = await newLong();
  const kept = await countInDatabase(id);
  expect(kept.archived).toBeGreaterThan(10);
  expect(kept.bytes).toBeLessThan(1024 * 1024);
  const objects = await listObjects(id);
  expect(objects.length).toBeGreaterThanOrEqual(1);
  expect(objects.every((object) => object.size >= 1024 * 1024)).toBe(true);
  const { leads } = await (await caller.get(`/ecg/${id}?start=1&end=129`)).json<{ leads: { signal: number[] }[] }>();
  expect(Int32Array.from(leads[0].signal)).toEqual(signal.subarray(250, 129 * 250));
});

it("leaves a short one in the database", async () => {
  const { id } = await storedEcg(await newCaller(), { leads: [{ name: "II", signal: [...newSignal(100_000)] }] });
  expect((await countInDatabase(id)).archived).toBe(0);
  expect(await listObjects(id)).toEqual([]);
});

it("archives an open recording as it grows, and goes on appending", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, { open: true, sampling_rate: 250, leads: [{ name: "II", signal: [] }] });
  const signal = newNoise(1_200_000);
  for (let start = 0; start < signal.length; start += 300_000) {
    const part = [...signal.subarray(start, start + 300_000)];
    const answer = await caller.post(`/ecg/${id}/samples`, {
      leads: [{ name: "II", start_sample: start, signal: part }],
    });
    expect(answer.status).toBe(200);
  }
  expect((await countInDatabase(id)).archived).toBeGreaterThan(10);
  expect(await readSignal(caller, id)).toEqual(signal);
});

it.each([
  { name: "the ECG", erase: (caller: Caller, id: string) => caller.delete(`/ecg/${id}`) },
  { name: "its owner", erase: (caller: Caller) => deleteUser(store, caller.user.id) },
])("erases the objects with $name", async ({ erase }) => {
  const { caller, id } = await newLong();
  await erase(caller, id);
  await doJobs();
  expect(await listObjects(id)).toEqual([]);
  expect(await env.DB.prepare("select count(*) as n from loose_objects").first("n")).toBe(0);
});

it("erases the object that chunks were moved to while a step of the erasure was under way", async () => {
  const caller = await newCaller();
  const headers = { Authorization: caller.authorization, "Content-Type": "application/json" };
  const ecg = { sampling_rate: 250, leads: [{ name: "II", signal: [...newNoise(1_000_000)] }] };
  const answer = await app.request(
    "/ecg",
    { method: "POST", headers, body: JSON.stringify(ecg) },
    { ...env, ARCHIVE: undefined },
  );
  const { id } = await answer.json<{ id: string }>();
  const row = await findEcg(store, id);
  if (!row) throw new Error("no ECG");
  await deleteEcg(store, caller.user.id, id);
  let isMoved = false;
  const batch = async (statements: D1PreparedStatement[]) => {
    if (!isMoved) await moveToArchive(store, row);
    isMoved = true;
    return env.DB.batch(statements);
  };
  const database = { prepare: (sql: string) => env.DB.prepare(sql), batch } as D1Database;
  while (await eraseEcgStep({ ...store, db: openStore({ DB: database }).db }, id));
  expect(isMoved).toBe(true);
  await doJobs();
  await sweepObjects(store, Date.now() + 2 * HOUR_MS);
  expect(await listObjects(id)).toEqual([]);
});

it("sweeps up objects that nothing refers to, after an hour, and no others", async () => {
  const { caller, id } = await newLong();
  const now = Date.now();
  await bucket.put("lost/1", "x");
  await env.DB.prepare("insert into loose_objects (key, since) values ('lost/1', ?)").bind(now).run();
  await sweepObjects(store, now + HOUR_MS - 1);
  expect(await bucket.head("lost/1")).not.toBeNull();
  await sweepObjects(store, now + HOUR_MS + 1);
  expect(await bucket.head("lost/1")).toBeNull();
  expect((await caller.get(`/ecg/${id}?start=0&end=1`)).status).toBe(200);
});

/** An archive with a lock: it refuses every erasure that has a key of these. */
function newLocked(isLocked: (key: string) => boolean) {
  const calls = { delete: 0 };
  const archive = new Proxy(bucket, {
    get: (target, name) => {
      if (name !== "delete") return Reflect.get(target, name).bind(target);
      return async (keys: string[]) => {
        calls.delete++;
        if (keys.some(isLocked)) throw new Error("the object is locked");
        await target.delete(keys);
      };
    },
  });
  return { archive, calls };
}

async function plantLoose(prefix: string, count: number): Promise<void> {
  const keys = Array.from({ length: count }, (_, i) => `${prefix}/${String(i).padStart(4, "0")}`);
  for (const key of keys) await bucket.put(key, "x");
  await env.DB.prepare("insert into loose_objects (key, since) select value, 0 from json_each(?)")
    .bind(JSON.stringify(keys))
    .run();
}

const countLoose = (prefix: string) =>
  env.DB.prepare("select count(*) as n from loose_objects where key glob ?").bind(`${prefix}/*`).first("n");

it("erases all objects but those that a bucket lock keeps, and those when it is over", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  await plantLoose("lock", 60);
  const isLocked = (key: string) => /^lock\/00(03|17|42)$/.test(key);
  const { archive, calls } = newLocked(isLocked);
  await sweepObjects({ ...store, archive });
  const { objects } = await bucket.list({ prefix: "lock/" });
  expect(objects.map(({ key }) => key)).toEqual(["lock/0003", "lock/0017", "lock/0042"]);
  expect(await countLoose("lock")).toBe(3);
  expect(calls.delete).toBeLessThan(50);
  await sweepObjects(store);
  expect(await countLoose("lock")).toBe(0);
  errors.mockRestore();
});

it("comes to the objects that are not locked in the end, however many are, and goes on behind them", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  await plantLoose("locked", 1000);
  await plantLoose("unlocked", 3);
  const { archive, calls } = newLocked((key) => key.startsWith("locked/") && key !== "locked/0999");
  let runs = 0;
  for (; (await countLoose("locked")) === 1000 && runs < 200; runs++) {
    calls.delete = 0;
    await sweepObjects({ ...store, archive });
    expect(calls.delete).toBeLessThanOrEqual(200);
  }
  expect(await countLoose("locked")).toBe(999);
  if (runs === 1) await sweepObjects({ ...store, archive });
  expect(await countLoose("unlocked")).toBe(0);
  for (let i = 0; i < 2; i++) await sweepObjects(store);
  expect(await countLoose("locked")).toBe(0);
  errors.mockRestore();
});

it("withholds a signal whose object is gone or damaged", async () => {
  const { caller, id } = await newLong();
  const [{ key, size }] = await listObjects(id);
  await bucket.put(key, new Uint8Array(size));
  expect((await caller.get(`/ecg/${id}?start=0&end=1`)).status).toBe(500);
  await bucket.delete(key);
  const answer = await caller.get(`/ecg/${id}?start=0&end=1`);
  expect([answer.status, await answer.json()]).toMatchObject([500, { title: "Damaged Signal" }]);
});

it("says that the archive is away where none is bound, and hashes the samples when there is one again", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const { caller, id } = await newLong();
  await env.DB.prepare("update ecgs set samples_sha256 = null where id = ?").bind(id).run();
  const init = { headers: { Authorization: caller.authorization } };
  expect((await app.request(`/ecg/${id}?start=0&end=1`, init, { ...env, ARCHIVE: undefined })).status).toBe(503);
  await expect(hash({ ...store, archive: undefined }, id)).rejects.toMatchObject({ code: "unavailable" });
  await hash(store, id);
  expect((await findEcg(store, id))?.samplesSha256).toMatch(/^[0-9a-f]{64}$/);
  errors.mockRestore();
});

it("keeps the chunks in the database while the archive fails, and moves them with the next append", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const failing = new Proxy(bucket, {
    get: (target, key) =>
      key === "put" || key === "delete"
        ? () => Promise.reject(new Error("R2 is away"))
        : Reflect.get(target, key).bind(target),
  });
  const caller = await newCaller();
  const signal = newNoise(1_000_000);
  const send = (method: string, path: string, body: unknown, archive: R2Bucket) =>
    worker.fetch(
      new Request(`http://ecg.test${path}`, {
        method,
        headers: { Authorization: caller.authorization, "Content-Type": "application/json" },
        body: JSON.stringify(body),
      }),
      { ...env, ARCHIVE: archive },
    );
  const open = { open: true, sampling_rate: 250, leads: [{ name: "II", signal: [...signal] }] };
  const created = await send("POST", "/ecg", open, failing);
  const { id } = await created.json<{ id: string }>();
  expect([created.status, (await countInDatabase(id)).archived]).toEqual([201, 0]);
  expect(errors.mock.calls.join()).toContain("R2 is away");
  expect(await readSignal(caller, id)).toEqual(signal);

  const next = { leads: [{ name: "II", start_sample: signal.length, signal: [1] }] };
  expect((await send("POST", `/ecg/${id}/samples`, next, bucket)).status).toBe(200);
  expect((await countInDatabase(id)).archived).toBeGreaterThan(10);
  expect(
    (
      await worker.fetch(
        new Request(`http://ecg.test/ecg/${id}`, {
          method: "DELETE",
          headers: { Authorization: caller.authorization },
        }),
        { ...env, ARCHIVE: failing },
      )
    ).status,
  ).toBe(204);
  await doJobs({ ARCHIVE: failing });
  expect(await listObjects(id)).not.toEqual([]);
  await sweepObjects(store, Date.now() + 2 * HOUR_MS);
  expect(await listObjects(id)).toEqual([]);
  errors.mockRestore();
});

it("answers 201 and 204 for what is stored and erased, though the database fails behind it", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const failing = watchDatabase(env.DB, ([sql]) => {
    if (/octet_length|^delete from "loose_objects"/.test(sql)) throw new Error("D1 is away");
  });
  const caller = await newCaller();
  const send = (method: string, path: string, body?: string) =>
    app.request(
      path,
      { method, headers: { Authorization: caller.authorization, "Content-Type": "application/json" }, body },
      { ...env, DB: failing.database },
    );
  const signal = newNoise(1_000_000);
  const leads = [{ name: "II", signal: [...signal] }];
  const created = await send("POST", "/ecg", JSON.stringify({ sampling_rate: 250, leads }));
  const { id } = await created.json<{ id: string }>();
  expect([created.status, (await countInDatabase(id)).archived]).toEqual([201, 0]);
  expect(await readSignal(caller, id)).toEqual(signal);

  const { id: archived } = await storedEcg(caller, { sampling_rate: 250, leads });
  expect((await send("DELETE", `/ecg/${archived}`)).status).toBe(204);
  expect((await caller.get(`/ecg/${archived}`)).status).toBe(404);
  await doJobs({ DB: failing.database });
  expect(errors.mock.calls.join().match(/D1 is away/g)?.length).toBeGreaterThanOrEqual(2);
  errors.mockRestore();
  await sweepObjects(store, Date.now() + 2 * HOUR_MS);
  expect(await listObjects(archived)).toEqual([]);
});

async function listObjects(id: string) {
  return (await bucket.list({ prefix: `${id}/` })).objects;
}

async function newLong() {
  const caller = await newCaller();
  const signal = newNoise(1_000_000);
  const { id } = await storedEcg(caller, { sampling_rate: 250, leads: [{ name: "II", signal: [...signal] }] });
  return { caller, id, signal };
}

async function readSignal(caller: Caller, id: string): Promise<Int32Array> {
  const { leads } = await (await caller.get(`/ecg/${id}`)).json<{ leads: { signal: number[] }[] }>();
  return Int32Array.from(leads[0].signal);
}

async function countInDatabase(id: string): Promise<{ archived: number; bytes: number }> {
  const query =
    "select count(object) as archived, coalesce(sum(length(data)), 0) * 3 / 4 as bytes from signal_chunks where ecg_id = ?";
  return (
    (await env.DB.prepare(query).bind(id).first<{ archived: number; bytes: number }>()) ?? { archived: 0, bytes: 0 }
  );
}
