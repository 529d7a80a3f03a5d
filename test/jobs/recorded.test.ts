import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { app } from "../../src/http/app.ts";
import { type Caller, newCaller, store } from "../support/api.ts";
import { brokenQueue, listJobsOf, watchQueue } from "../support/jobs.ts";
import { newSignal } from "../support/signals.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { watchDatabase } from "../support/watched-database.ts";

/** More than 32 chunks. */
const LONG = Array.from(newSignal(2_100_000));
const SHORT_ECG = { leads: [{ name: "II", signal: [1, -2, 3] }] };
const LONG_ECG = { sampling_rate: 500, leads: [{ name: "II", signal: LONG }] };
/** What waits of a long ECG where there is an archive: all that can be moved was moved. */
const MEASURE = { kind: "measure" };

type Bindings = Partial<Parameters<typeof app.request>[2] & object>;

/** Sends a request with bindings of its own. */
async function send(caller: Caller, method: string, path: string, body: unknown, bindings: Bindings) {
  const type = typeof body === "string" ? "application/jsonl" : "application/json";
  const init = {
    method,
    headers: { Authorization: caller.authorization, "Content-Type": type },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
  return app.request(path, init, { ...env, ARCHIVE: store.archive, ...bindings });
}

/** Posts an ECG, and gives its id. */
async function post(caller: Caller, body: unknown, bindings: Bindings): Promise<string> {
  const answer = await send(caller, "POST", "/ecg", body, bindings);
  expect(answer.status).toBe(201);
  return (await answer.json<{ id: string }>()).id;
}

/** An ECG in JSON lines, which come in two parts. */
function inParts(ecg: { leads: { name: string; signal: number[] }[] }): string {
  const half = ecg.leads[0].signal.length >> 1;
  const first = { ...ecg, leads: ecg.leads.map((lead) => ({ ...lead, signal: lead.signal.slice(0, half) })) };
  const next = ecg.leads.map(({ name, signal }) => ({ name, start_sample: half, signal: signal.slice(half) }));
  return [first, { leads: next }].map((line) => JSON.stringify(line)).join("\n");
}

it.each([
  { name: "short", which: "all", ecg: SHORT_ECG, recorded: [], sent: [{ kind: "measure", unrecorded: true }] },
  { name: "short", which: "long", ecg: SHORT_ECG, recorded: [], sent: [] },
  { name: "short", which: "off", ecg: SHORT_ECG, recorded: [], sent: [] },
  { name: "long", which: "all", ecg: LONG_ECG, recorded: [MEASURE], sent: [MEASURE] },
  { name: "long", which: "long", ecg: LONG_ECG, recorded: [MEASURE], sent: [MEASURE] },
  { name: "long", which: "off", ecg: LONG_ECG, recorded: [], sent: [] },
  {
    name: "long, in parts,",
    which: "all",
    ecg: inParts(LONG_ECG),
    recorded: [{ kind: "hash" }, MEASURE],
    sent: [MEASURE, { kind: "hash" }],
  },
  { name: "open", which: "all", ecg: { ...LONG_ECG, open: true }, recorded: [], sent: [] },
])(
  "of an ECG that is $name there is to be done what MEASURE_AHEAD=$which says",
  async ({ which, ecg, recorded, sent }) => {
    const caller = await newCaller();
    const watched = watchQueue();
    const id = await post(caller, ecg, { JOBS: watched.queue, MEASURE_AHEAD: which });
    expect(await listJobsOf(id)).toMatchObject(recorded);
    expect(watched.sent).toEqual(sent.map((message) => ({ ...message, subjectId: id })));
  },
);

it.each([
  { name: "short", which: "all", leads: SHORT_ECG, jobs: [MEASURE] },
  { name: "short", which: "long", leads: SHORT_ECG, jobs: [] },
  { name: "long", which: "long", leads: LONG_ECG, jobs: [MEASURE] },
  { name: "long", which: "off", leads: LONG_ECG, jobs: [] },
])(
  "a $name ECG that is closed is measured by a job if MEASURE_AHEAD=$which says so",
  async ({ which, leads, jobs }) => {
    const caller = await newCaller();
    const watched = watchQueue();
    const bindings = { JOBS: watched.queue, MEASURE_AHEAD: which };
    const id = await post(caller, { ...leads, open: true }, bindings);
    expect(watched.sent).toEqual([]);
    for (let i = 0; i < 2; i++) expect((await send(caller, "POST", `/ecg/${id}/close`, {}, bindings)).status).toBe(200);
    const measuring = (await listJobsOf(id)).filter(({ kind }) => kind !== "hash");
    expect(measuring).toMatchObject(jobs);
    expect(watched.sent.filter(({ kind }) => kind === "measure").length).toBe(2 * jobs.length);
  },
);

it("an ECG that was measured before it was closed has no job", async () => {
  const caller = await newCaller();
  const { queue, sent } = watchQueue();
  const id = await post(caller, { ...toEcgJson(syntheticEcg({ samplingRate: 250 })), open: true }, { JOBS: queue });
  expect((await caller.get(`/ecg/${id}/insights`)).status).toBe(200);
  await send(caller, "POST", `/ecg/${id}/close`, {}, { JOBS: queue });
  expect([await listJobsOf(id), sent]).toEqual([[], []]);
});

it("writes at most four rows for a 12-lead ECG of 10 s of a subject, and its entry in the audit trail", async () => {
  const caller = await newCaller();
  const { database, statements } = watchDatabase(env.DB);
  const ecg = { ...toEcgJson(syntheticEcg()), subject: "P-0042" };
  await post(caller, ecg, { DB: database, JOBS: watchQueue().queue });
  expect(statements.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0)).toBe(4 + 1);
});

it.each([
  { name: "a short ECG", ecg: SHORT_ECG, recorded: [] },
  { name: "a long one", ecg: LONG_ECG, recorded: [MEASURE] },
])("$name is stored though its job cannot be sent, which is found later", async ({ ecg, recorded }) => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const caller = await newCaller();
  const id = await post(caller, ecg, { JOBS: brokenQueue });
  expect(errors.mock.calls.join()).toContain("the queue is away");
  errors.mockRestore();
  expect(await listJobsOf(id)).toMatchObject(recorded);
});

it("an ECG and its jobs are stored in one batch", async () => {
  const caller = await newCaller();
  const { database } = watchDatabase(env.DB, (statements) => {
    if (statements.some((sql) => sql.startsWith('insert into "jobs"'))) throw new Error("D1 is away");
  });
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  expect((await send(caller, "POST", "/ecg", LONG_ECG, { DB: database })).status).toBeGreaterThanOrEqual(500);
  errors.mockRestore();
  expect(await (await caller.get("/ecg")).json()).toEqual({ items: [], next_cursor: null });
});
