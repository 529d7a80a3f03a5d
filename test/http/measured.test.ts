import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { findUnmeasured } from "../../src/jobs/find-unmeasured.ts";
import { openStore } from "../../src/store/db.ts";
import { newId } from "../../src/store/ids.ts";
import { insertEcg, newClaim } from "../../src/store/incoming-ecgs.ts";
import { accessOf, type Caller, newCaller, store, storedEcg } from "../support/api.ts";
import { doJobs, listJobsOf } from "../support/jobs.ts";
import { measureLeads } from "../support/measure-leads.ts";
import { newSignal } from "../support/signals.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { watchDatabase } from "../support/watched-database.ts";

type Summary = { id: string; heart_rate: number | null; qtc: number | null; findings: string[] | null };
/** A lead without samples, as it is stored. */
const LEAD = {
  name: "II",
  sampleCount: 0,
  samplingRate: null,
  gain: null,
  baseline: 0,
  zeroCrossings: 0,
  lastSign: 0,
  chunkSamples: 1,
};

type Page = { items: Summary[]; next_cursor: string | null };

/** The store of a deployment without a queue, whose trigger measures. */
const quiet = { ...store, queue: undefined };
const NOT_MEASURED = { heart_rate: null, qtc: null, findings: null };
const HOUR_MS = 3600_000;

/** A normal ECG at a rate. */
function newEcg(heartRate: number): Record<string, unknown> {
  return toEcgJson(syntheticEcg({ seconds: 10, samplingRate: 250, heartRate })) as Record<string, unknown>;
}

async function list(caller: Caller, query = ""): Promise<Page> {
  const answer = await caller.get(`/ecg?${query}`);
  expect(answer.status).toBe(200);
  return answer.json();
}

/** Forgets how far the job has come, so that it goes over the ECGs of this file. */
async function beginAnew(): Promise<void> {
  await env.DB.prepare("delete from job_positions").run();
}

it("knows the heart rate, the QTc and the findings of an ECG once it is measured, as its insights have them", async () => {
  const caller = await newCaller();
  const { id, ...posted } = await storedEcg(caller, newEcg(72));
  expect(posted).toMatchObject(NOT_MEASURED);
  const before = await caller.get(`/ecg/${id}`);
  expect(await before.json()).toMatchObject(NOT_MEASURED);
  expect(await list(caller, "heart_rate_min=0")).toEqual({ items: [], next_cursor: null });

  const insights = await (await caller.get(`/ecg/${id}/insights`)).json<{
    heart_rate: { mean: number };
    intervals: { qtc: { fridericia: number } };
  }>();
  const measured = { heart_rate: insights.heart_rate.mean, qtc: insights.intervals.qtc.fridericia, findings: [] };
  expect(measured.heart_rate).toBeGreaterThan(70);
  for (const path of [`/ecg/${id}`, `/ecg/${id}?signals=none`]) {
    expect(await (await caller.get(path)).json()).toMatchObject(measured);
  }
  expect((await list(caller)).items).toMatchObject([measured]);
  // What was kept of the answer before is not what there is.
  const known = before.headers.get("etag") ?? "";
  const after = await caller.get(`/ecg/${id}`, { "If-None-Match": known });
  expect(after.status).toBe(200);
  expect((await caller.get(`/ecg/${id}`, { "If-None-Match": after.headers.get("etag") ?? "" })).status).toBe(304);
});

it("lists by what was measured, and by all filters together", async () => {
  const caller = await newCaller();
  const ids: string[] = [];
  for (const rate of [50, 70, 90]) {
    const { id } = await storedEcg(caller, {
      ...newEcg(rate),
      date: `2026-01-0${rate / 10}T00:00:00Z`,
      subject: rate === 70 ? "P-1" : undefined,
    });
    await caller.get(`/ecg/${id}/insights`);
    ids.push(id);
  }
  const found = async (query: string) => (await list(caller, query)).items.map(({ id }) => ids.indexOf(id));
  expect(await found("heart_rate_min=60")).toEqual([2, 1]);
  expect(await found("heart_rate_min=60&heart_rate_max=80")).toEqual([1]);
  expect(await found("heart_rate_max=80&subject=P-1")).toEqual([1]);
  expect(await found("heart_rate_max=80&to=2026-01-07T00:00:00Z")).toEqual([0]);
  expect(await found("qtc_min=200&qtc_max=600")).toEqual([2, 1, 0]);
  expect(await found("qtc_max=200")).toEqual([]);
  expect(await found("has=ventricular")).toEqual([]);
  const first = await list(caller, "heart_rate_min=10&limit=2");
  expect(first.items.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
  const second = await list(caller, `heart_rate_min=10&limit=2&cursor=${first.next_cursor}`);
  expect(second).toMatchObject({ items: [{ id: ids[0] }], next_cursor: null });
});

it.each([
  {
    name: "no heart",
    fields: { sampling_rate: 250, leads: [{ name: "II", gain: 1000, signal: Array(2500).fill(0) }] },
  },
  { name: "no sampling rate", fields: {} },
])("says of an ECG with $name that it is unjudged", async ({ fields }) => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, fields);
  await caller.get(`/ecg/${id}/insights`);
  expect((await list(caller, "has=unjudged")).items).toMatchObject([
    { id, heart_rate: null, qtc: null, findings: ["unjudged"] },
  ]);
});

it("finds a paced ECG, and when it was paced", async () => {
  const caller = await newCaller();
  const ecg = newEcg(72) as { leads: { gain: number; signal: number[] }[] };
  const { beats } = await measureLeads(syntheticEcg({ seconds: 10, samplingRate: 250, heartRate: 72 }).leads);
  // A millisecond's pulse of 15 mV 40 ms before each R peak but the last two.
  const paced = Array.from(beats.times.slice(0, -2), (time) => Math.round((time - 0.04) * 250));
  for (const { gain, signal } of ecg.leads) for (const place of paced) signal[place] += 15 * gain;
  const { id } = await storedEcg(caller, ecg);
  const plain = await storedEcg(caller, newEcg(72));
  await caller.get(`/ecg/${plain.id}/insights`);
  const answer = await caller.get(`/ecg/${id}/insights?series=events`);
  const { series } = await answer.json<{ series: { events: { list: { kind: string; time: number }[] } } }>();
  const [first, last] = [paced[0], paced.at(-1) ?? 0].map((place) => place / 250);
  expect(series.events.list.filter(({ kind }) => kind === "pacing")).toEqual([
    {
      kind: "pacing",
      time: first,
      duration: expect.closeTo(last - first, 6),
      confidence: null,
      rate: null,
      beats: null,
    },
  ]);
  expect((await list(caller, "has=paced")).items).toMatchObject([{ id, findings: ["paced"] }]);
});

it("forgets what was measured when samples are appended", async () => {
  const caller = await newCaller();
  const ecg = newEcg(72) as { leads: { name: string; signal: number[] }[] };
  const { id } = await storedEcg(caller, { ...ecg, open: true });
  await caller.get(`/ecg/${id}/insights`);
  expect((await list(caller)).items[0].findings).toEqual([]);
  const leads = ecg.leads.map(({ name, signal }) => ({ name, start_sample: signal.length, signal }));
  const appended = await caller.post(`/ecg/${id}/samples`, { leads });
  expect(await appended.json()).toMatchObject(NOT_MEASURED);
  await caller.get(`/ecg/${id}/insights`);
  expect((await list(caller)).items[0].findings).toEqual([]);
});

it("takes a finding that is asked for many times as once", async () => {
  const answer = await (await newCaller()).get(`/ecg?has=${Array(2000).fill("paced").join()}`);
  expect([answer.status, await answer.json()]).toEqual([200, { items: [], next_cursor: null }]);
});

it.each(["has=tall", "has=", "heart_rate_min=fast", "qtc_max=-1", "heart_rate=60"])("refuses %s", async (query) => {
  expect((await (await newCaller()).get(`/ecg?${query}`)).status).toBe(422);
});

it("is measured by a job, when nobody has asked, a minute after it came", async () => {
  await beginAnew();
  const caller = await newCaller();
  const [{ id }, open] = [await storedEcg(caller, newEcg(72)), await storedEcg(caller, { ...newEcg(72), open: true })];
  await findUnmeasured(quiet, Date.now());
  expect((await list(caller)).items).toMatchObject([NOT_MEASURED, NOT_MEASURED]);
  await findUnmeasured(quiet, Date.now() + HOUR_MS);
  expect((await list(caller, "heart_rate_min=70")).items).toMatchObject([{ id, findings: [] }]);
  // It is gone over once; what is open meanwhile is marked when it is closed.
  const { database, statements } = watchDatabase(env.DB);
  await findUnmeasured(openStore({ DB: database }), Date.now() + HOUR_MS);
  expect(statements.map(({ rowsWritten }) => rowsWritten)).toEqual([0, 0]);
  await caller.post(`/ecg/${open.id}/close`, {});
  await doJobs();
  expect((await list(caller, "heart_rate_min=70")).items).toHaveLength(2);
});

it("is measured by a job also when it took so long to come that nobody goes over it", async () => {
  await beginAnew();
  const caller = await newCaller();
  const signal = newSignal(2500);
  const lead = { ...LEAD, samplingRate: 250, chunkSamples: 16_000, sampleCount: signal.length };
  const createdAt = Date.now() - 2 * 60_000;
  const ecg = { open: false, subject: null, device: null, note: null, recordedAt: 0, dateSource: "recorded" as const };
  const [slow, quick] = [createdAt, Date.now()].map((time) => ({
    ...ecg,
    id: newId(time),
    createdAt: time,
    leads: [lead],
  }));
  async function* stretches() {
    await storedEcg(caller);
    await findUnmeasured(quiet, Date.now() + HOUR_MS);
    yield { samples: [signal], leads: [lead], annotations: [] };
  }
  const claim = newClaim(accessOf(caller.user));
  await insertEcg(quiet, claim, slow, stretches());
  await insertEcg(quiet, claim, quick, [{ samples: [signal], leads: [lead], annotations: [] }]);
  expect([await listJobsOf(slow.id), await listJobsOf(quick.id)]).toMatchObject([[{ kind: "measure" }], []]);
  await doJobs();
  expect((await (await caller.get(`/ecg/${slow.id}?signals=none`)).json<Summary>()).findings).not.toBeNull();
});

it("goes over as many ECGs a run as it may, and on from there in the next", async () => {
  await beginAnew();
  await env.DB.prepare("delete from ecgs").run();
  const caller = await newCaller();
  const first = Date.now() - HOUR_MS;
  const ids = Array.from({ length: 60 }, (_, i) => newId(first + i));
  await env.DB.batch(
    ids.map((id) =>
      env.DB.prepare("insert into ecgs (id, owner_id, recorded_at, created_at, leads) values (?, ?, 0, 0, ?)").bind(
        id,
        caller.user.id,
        JSON.stringify([LEAD]),
      ),
    ),
  );
  const countMeasured = () => env.DB.prepare("select count(*) as n from ecgs where findings is not null").first("n");
  await findUnmeasured(quiet);
  expect(await countMeasured()).toBe(50);
  await findUnmeasured(quiet);
  expect(await countMeasured()).toBe(60);
});

it("gets a job where it cannot be measured as it is gone over, as it is gone over once", async () => {
  const caller = await newCaller();
  await beginAnew();
  const { id } = await storedEcg(caller, newEcg(72));
  await env.DB.prepare("update signal_chunks set data = 'AAAA' where ecg_id = ?").bind(id).run();
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  await findUnmeasured(quiet, Date.now() + HOUR_MS);
  expect(errors.mock.calls.join()).toContain(`measuring ECG ${id}`);
  errors.mockRestore();
  expect(await listJobsOf(id)).toMatchObject([{ kind: "measure", failedAt: null }]);
});

it("writes three rows for an ECG that is measured", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, newEcg(72));
  await beginAnew();
  await env.DB.prepare("delete from ecgs where id <> ?").bind(id).run();
  const { database, statements } = watchDatabase(env.DB);
  await findUnmeasured(openStore({ DB: database }), Date.now() + HOUR_MS);
  // Its insights, its own row, and how far the job has come, which is alike for all of a run.
  expect(statements.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0)).toBe(3);
});
