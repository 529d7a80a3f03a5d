import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { newId } from "../../src/store/ids.ts";
import { type Caller, newCaller, store, storedEcg } from "../support/api.ts";
import { listJobsOf } from "../support/jobs.ts";
import { newNoise } from "../support/signals.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";

/** How long a message may take to arrive and its job to be done, in ms: a minute is what a long ECG may take in production. */
const MOST_MS = 60_000;

/** Waits until something is so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + MOST_MS;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error("it is not so after a minute");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function isMeasured(caller: Caller): Promise<boolean> {
  const { items } = await (await caller.get("/ecg")).json<{ items: { findings: string[] | null }[] }>();
  return items.every(({ findings }) => findings !== null);
}

it.each([
  { name: "short", seconds: 10 },
  { name: "long", seconds: 2400 },
])("a $name ECG is measured within a minute of its end, by the queue", async ({ seconds }) => {
  const caller = await newCaller();
  const { leads, ...ecg } = toEcgJson(syntheticEcg({ seconds, samplingRate: 250 })) as { leads: object[] };
  const { id } = await storedEcg(caller, { ...ecg, leads: leads.slice(0, 1), open: true });
  expect((await caller.post(`/ecg/${id}/close`, {})).status).toBe(200);
  await until(() => isMeasured(caller));
  await until(async () => (await listJobsOf(id)).length === 0);
});

it("a short ECG that is sent whole is measured, too, without a row for its job", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, toEcgJson(syntheticEcg({ seconds: 10, samplingRate: 250 })));
  expect(await listJobsOf(id)).toEqual([]);
  await until(() => isMeasured(caller));
});

it("an account is erased step by step, by a message after the other", async () => {
  const [admin, caller] = [await newCaller("admin"), await newCaller()];
  await storedEcg(caller, { sampling_rate: 250, leads: [{ name: "II", signal: [...newNoise(1_000_000)] }] });
  await env.DB.prepare(
    "insert into ecgs (id, owner_id, recorded_at, created_at, leads) select ?1 || '/' || value, ?1, 0, 0, '[]' from json_each(?2)",
  )
    .bind(caller.user.id, JSON.stringify(Array.from({ length: 250 }, (_, i) => i)))
    .run();
  expect((await admin.delete(`/admin/users/${caller.user.id}`)).status).toBe(204);
  const left = env.DB.prepare(
    "select (select count(*) from users where id = ?1) + (select count(*) from ecgs where owner_id = ?1) as n",
  ).bind(caller.user.id);
  await until(async () => (await left.first("n")) === 0);
  await until(async () => (await store.archive?.list())?.objects.length === 0);
});

it("a job that fails as often as it may is taken from the dead-letter queue and marked", async () => {
  const id = newId();
  await env.DB.prepare("insert into jobs (subject_id, kind, created_at) values (?, 'measure', 0)").bind(id).run();
  // What is dead in production has been tried for a quarter of an hour before.
  await (env as unknown as { DEAD: Queue }).DEAD.send({ kind: "measure", subjectId: id });
  await until(async () => (await listJobsOf(id))[0]?.failedAt !== null);
});
