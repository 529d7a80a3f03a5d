import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { app } from "../../src/http/app.ts";
import { newId } from "../../src/store/ids.ts";
import { newAddress, newCaller, request } from "../support/api.ts";
import { brokenQueue, listJobsOf, plantFailed, watchQueue } from "../support/jobs.ts";
import { watchDatabase } from "../support/watched-database.ts";
import { withinMinute } from "../support/within-minute.ts";

type Page = { items: { subject_id: string }[]; next_cursor: string | null };

const admin = await newCaller("admin");

it("lists the jobs that have failed for good, page by page", async () => {
  const ids = Array.from({ length: 5 }, () => newId());
  for (const [i, subjectId] of ids.entries()) await plantFailed({ kind: "measure", subjectId }, 1000 * i);
  await env.DB.prepare("update jobs set tries = 6, error = 'damaged-signal' where subject_id = ?").bind(ids[4]).run();
  await env.DB.prepare("insert into jobs (subject_id, kind, created_at) values ('waits', 'measure', 0)").run();
  const first = await (await admin.get("/admin/jobs?limit=3")).json<Page>();
  expect(first.items[0]).toEqual({
    kind: "measure",
    subject_id: ids[4],
    created_at: "1970-01-01T00:00:04Z",
    failed_at: "1970-01-01T00:00:04Z",
    tries: 6,
    error: "damaged-signal",
  });
  const second = await (await admin.get(`/admin/jobs?limit=3&cursor=${first.next_cursor}`)).json<Page>();
  expect([...first.items, ...second.items].map((job) => job.subject_id)).toEqual([...ids].reverse());
  expect(second.next_cursor).toBeNull();
});

it("has a failed job done once more, and no other", async () => {
  const id = newId();
  await plantFailed({ kind: "measure", subjectId: id });
  const { queue, sent } = watchQueue();
  const retry = (kind: string, subjectId: string) =>
    app.request(
      `/admin/jobs/${kind}/${subjectId}/retry`,
      { method: "POST", headers: { Authorization: admin.authorization } },
      { ...env, JOBS: queue },
    );
  for (const [kind, subjectId] of [
    ["hash", id],
    ["measure", newId()],
    ["fly", id],
  ]) {
    expect((await retry(kind, subjectId)).status).toBe(404);
  }
  expect((await retry("measure", id)).status).toBe(204);
  expect(sent).toEqual([{ kind: "measure", subjectId: id }]);
  expect(await listJobsOf(id)).toEqual([{ kind: "measure", notBefore: 0, tries: 0, failedAt: null, error: null }]);
  // It waits now, and has not failed.
  expect((await retry("measure", id)).status).toBe(404);
});

it("is ready while all answers, and says how many jobs wait and have failed", async () => {
  await env.DB.prepare("delete from jobs").run();
  await plantFailed({ kind: "measure", subjectId: newId() });
  for (const id of ["a", "b"]) {
    await env.DB.prepare("insert into jobs (subject_id, kind, created_at) values (?, 'hash', 0)").bind(id).run();
  }
  const answer = await request("GET", "/health/ready");
  expect([answer.status, await answer.json()]).toEqual([
    200,
    {
      status: "ok",
      checks: { database: "ok", archive: "not bound", queue: "ok", migrations: "ok" },
      jobs: { waiting: 2, failed: 1 },
    },
  ]);
});

it("counts up to a thousand jobs of each, and reads few more rows", async () => {
  await env.DB.prepare("delete from jobs").run();
  const plant = env.DB.prepare(
    "insert into jobs (subject_id, kind, created_at, failed_at) select value, 'measure', 0, ?2 from json_each(?1)",
  );
  const ids = (prefix: string) => JSON.stringify(Array.from({ length: 2500 }, (_, i) => `${prefix}${i}`));
  const ask = async () => {
    const { database, statements } = watchDatabase(env.DB);
    const answer = await app.request("/health/ready", {}, { ...env, DB: database });
    const { jobs } = await answer.json<{ jobs: object }>();
    return { jobs, isCheap: statements.reduce((sum, { rowsRead }) => sum + rowsRead, 0) < 6500 };
  };
  await plant.bind(ids("x"), null).run();
  expect(await ask()).toEqual({ jobs: { waiting: 1000, failed: 0 }, isCheap: true });
  // Those that have failed come first in the order of the table.
  await plant.bind(ids("a"), 1).run();
  expect(await ask()).toEqual({ jobs: { waiting: 1000, failed: 1000 }, isCheap: true });
  await env.DB.prepare("delete from jobs").run();
});

it("tells one address 60 times a minute whether it is ready, and others still", async () => {
  const statuses = await withinMinute(async () => {
    const headers = { "CF-Connecting-IP": newAddress() };
    const own: number[] = [];
    for (let i = 0; i < 61; i++) own.push((await request("GET", "/health/ready", { headers })).status);
    return [...new Set(own), (await request("GET", "/health/ready")).status];
  });
  expect(statuses).toEqual([200, 429, 200]);
});

const brokenBucket = { head: () => Promise.reject(new Error("R2 is away")) } as unknown as R2Bucket;

it.each([
  {
    name: "the database",
    bindings: {
      DB: {
        prepare: () => {
          throw new Error("D1_ERROR: is away");
        },
      },
    },
    checks: { database: "does not answer", migrations: "does not answer", queue: "ok" },
  },
  { name: "the archive", bindings: { ARCHIVE: brokenBucket }, checks: { database: "ok", archive: "does not answer" } },
  { name: "the queue", bindings: { JOBS: brokenQueue }, checks: { database: "ok", queue: "does not answer" } },
])("is not ready while $name does not answer", async ({ bindings, checks }) => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const answer = await app.request("/health/ready", {}, { ...env, ...bindings });
  expect([answer.status, await answer.json()]).toMatchObject([503, { title: "Service Unavailable", checks }]);
  expect(errors).toHaveBeenCalled();
  errors.mockRestore();
});

it("is ready without a queue and an archive, which need not be there", async () => {
  const answer = await app.request("/health/ready", {}, { ...env, JOBS: undefined, ARCHIVE: undefined });
  expect(await answer.json()).toMatchObject({ status: "ok", checks: { archive: "not bound", queue: "not bound" } });
});

it("is not ready before its migrations are applied, and says which", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  await env.DB.prepare("update d1_migrations set name = 'x' || name where name like '0007_%'").run();
  const answer = await request("GET", "/health/ready");
  await env.DB.prepare("update d1_migrations set name = substr(name, 2) where name like 'x0007_%'").run();
  expect([answer.status, await answer.json()]).toMatchObject([
    503,
    { checks: { database: "ok", migrations: "not applied: 0007_jobs.sql" } },
  ]);
  errors.mockRestore();
});
