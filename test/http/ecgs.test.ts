import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { app } from "../../src/http/app.ts";
import { MISSING } from "../../src/recording/recording.ts";
import { newId } from "../../src/store/ids.ts";
import { type Caller, newCaller, request, storedEcg } from "../support/api.ts";
import { newNoise } from "../support/signals.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { watchDatabase } from "../support/watched-database.ts";

type Page = { items: { id: string; date: string }[]; next_cursor: string | null };

it("stores an ECG and gives it back with the zero crossings of each lead", async () => {
  const caller = await newCaller();
  const answer = await caller.post("/ecg", {
    date: "2026-01-31T11:30:00+02:00",
    sampling_rate: 500,
    subject: "P-0042",
    device: "CardioPatch 3",
    note: "At rest",
    leads: [
      { name: "II", n_samples: 11, gain: 1000, baseline: -4, signal: [1, -1, 2, -2, 3, -3, 4, -4, 5, -5, -3] },
      { name: "V1", sampling_rate: 250, signal: [3, 2, 0, null, -1] },
      { name: "pulse", signal: [] },
    ],
  });
  const { notes, ...summary } = await answer.json<{ id: string; leads: object[]; notes: string[] }>();
  expect([answer.status, answer.headers.get("location")]).toEqual([201, `/ecg/${summary.id}`]);
  expect(notes).toEqual([]);
  expect(summary).toEqual({
    id: expect.any(String),
    date: "2026-01-31T09:30:00Z",
    date_source: "recorded",
    created_at: expect.any(String),
    subject: "P-0042",
    device: "CardioPatch 3",
    note: "At rest",
    sampling_rate: 500,
    duration: 0.022,
    samples_sha256: "fdff09d4a7ff0f4d4ae9424faca3fcbe8d1aa638097125e5cff67bb0a8ee7cd1",
    heart_rate: null,
    qtc: null,
    findings: null,
    leads: [
      { name: "II", n_samples: 11, gain: 1000, baseline: -4, unit: "mV", zero_crossings: 9 },
      { name: "V1", n_samples: 5, gain: null, baseline: 0, unit: "mV", sampling_rate: 250, zero_crossings: 1 },
      { name: "pulse", n_samples: 0, gain: null, baseline: 0, unit: "mV", zero_crossings: 0 },
    ],
  });

  const read = await caller.get(`/ecg/${summary.id}`);
  expect(read.status).toBe(200);
  expect(read.headers.get("content-type")).toBe("application/json");
  expect(read.headers.get("cache-control")).toBe("private, no-cache");
  const signals = [[1, -1, 2, -2, 3, -3, 4, -4, 5, -5, -3], [3, 2, 0, null, -1], []];
  expect(await read.json()).toEqual({
    ...summary,
    leads: summary.leads.map((lead, i) => ({ ...lead, signal: signals[i] })),
  });

  const insights = await caller.get(`/ecg/${summary.id}/insights`);
  expect([insights.status, await insights.json()]).toMatchObject([
    200,
    {
      leads: [
        { name: "II", zero_crossings: 9 },
        { name: "V1", zero_crossings: 1 },
        { name: "pulse", zero_crossings: 0 },
      ],
    },
  ]);
});

it("dates an ECG without a date by its receipt, and claims no rate and no duration that it was not told", async () => {
  const ecg = await storedEcg(await newCaller());
  expect(ecg).toMatchObject({
    date: ecg.created_at,
    sampling_rate: null,
    duration: null,
    subject: null,
    device: null,
    note: null,
  });
});

it.each([
  { name: "a realistic 12-lead ECG", recording: syntheticEcg({ seed: 7 }) },
  { name: "one of several chunks and with gaps", recording: withGaps(syntheticEcg({ seed: 8, seconds: 40 })) },
])("gives back every sample of $name", async ({ recording }) => {
  const caller = await newCaller();
  const sent = toEcgJson(recording);
  const { id } = await storedEcg(caller, sent);
  const read = await (await caller.get(`/ecg/${id}`)).json<typeof sent>();
  expect(read.leads.map((lead) => lead.signal)).toEqual(sent.leads.map((lead) => lead.signal));
});

it.each([
  { query: "leads=V1", names: ["V1"] },
  { query: "leads=v1,II", names: ["V1", "II"] },
  { query: "leads=MDC_ECG_LEAD_II", names: ["II"] },
])("reads only the leads of ?$query", async ({ query, names }) => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, { leads: ["II", "V1", "V2"].map((name, i) => ({ name, signal: [i] })) });
  const ecg = await (await caller.get(`/ecg/${id}?${query}`)).json<{ leads: { name: string; signal: number[] }[] }>();
  expect(ecg.leads.map((lead) => lead.name)).toEqual(names);
  expect(ecg.leads.map((lead) => lead.signal[0])).toEqual(names.map((name) => ["II", "V1", "V2"].indexOf(name)));
});

it.each(["leads=V9", "leads=", "lead=II", "start_at=1"])("refuses ?%s with 422", async (query) => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  expect((await caller.get(`/ecg/${id}?${query}`)).status).toBe(422);
});

it.each([
  { name: "a string as signal", body: { leads: [{ name: "II", signal: "1,2" }] }, path: "leads.0.signal" },
  { name: "a missing signal", body: { leads: [{ name: "II" }] }, path: "leads.0.signal" },
  { name: "a fraction", body: { leads: [{ name: "II", signal: [1, 2.5] }] }, path: "leads.0.signal.1" },
  { name: "a number outside int32", body: { leads: [{ name: "II", signal: [2147483648] }] }, path: "leads.0.signal.0" },
  {
    name: "a wrong n_samples",
    body: { leads: [{ name: "II", n_samples: 2, signal: [1] }] },
    path: "leads.0.n_samples",
  },
  { name: "no leads", body: { leads: [] }, path: "leads" },
  { name: "no leads at all", body: {}, path: "leads" },
  { name: "an empty lead name", body: { leads: [{ name: "", signal: [1] }] }, path: "leads.0.name" },
  {
    name: "a duplicate lead name",
    body: {
      leads: [
        { name: "II", signal: [1] },
        { name: "II", signal: [1] },
      ],
    },
    path: "leads.1.name",
  },
  { name: "an unknown field", body: { leads: [{ name: "II", signal: [1], units: "mV" }] }, path: "leads.0.units" },
  {
    name: "a date without a zone",
    body: { date: "2026-01-31T09:30:00", leads: [{ name: "II", signal: [1] }] },
    path: "date",
  },
  { name: "a gain of 0", body: { leads: [{ name: "II", gain: 0, signal: [1] }] }, path: "leads.0.gain" },
])("refuses $name with a 422 that names the path", async ({ body, path }) => {
  const answer = await (await newCaller()).post("/ecg", body);
  const problem = await answer.json<{ errors: { path: string }[] }>();
  expect([answer.status, problem.errors.map((error) => error.path)]).toEqual([422, [path]]);
});

it("refuses what is no JSON with 400, and stores nothing of it", async () => {
  const caller = await newCaller();
  const answer = await caller.post("/ecg", '{"leads":[{"name":"II","signal":[1,2');
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { title: "Bad Request", detail: "The body is not JSON: something unexpected at its end." },
  ]);
  expect(await (await caller.get("/ecg")).json()).toEqual({ items: [], next_cursor: null });
});

it.each(["text/plain", "application/pdf", ""])("refuses a body of type %j with 415", async (type) => {
  const { authorization } = await newCaller();
  const answer = await request("POST", "/ecg", {
    body: new Blob(["{}"]),
    headers: { Authorization: authorization, "Content-Type": type },
  });
  expect(answer.status).toBe(415);
});

it("refuses a body over 16 MiB by its announced length", async () => {
  const answer = await (await newCaller()).post("/ecg", `{"note":"${"x".repeat(16 * 1024 * 1024)}"}`);
  expect([answer.status, await answer.json()]).toMatchObject([
    413,
    { title: "Content Too Large", detail: "A body may have up to 16 MiB." },
  ]);
});

it("refuses an endless body without reading on past 16 MiB", async () => {
  const { authorization } = await newCaller();
  const part = new TextEncoder().encode("0,".repeat(512 * 1024));
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += part.length;
      controller.enqueue(part);
    },
  });
  const answer = await request("POST", "/ecg", {
    body,
    headers: { Authorization: authorization, "Content-Type": "application/json" },
  });
  expect(answer.status).toBe(413);
  expect(sent).toBeLessThan(32 * 1024 * 1024);
});

it.each([
  { name: "an id that is no UUID", id: async () => "7" },
  { name: "an unknown id", id: async () => newId() },
  { name: "another owner's ECG", id: async () => (await storedEcg(await newCaller())).id },
])("answers 404 alike to $name", async ({ id }) => {
  const caller = await newCaller();
  const path = `/ecg/${await id()}`;
  const answers = [
    caller.get(path),
    caller.get(`${path}/annotations`),
    caller.get(`${path}/insights`),
    caller.patch(path, { note: "x" }),
    caller.delete(path),
  ];
  for (const answer of await Promise.all(answers)) {
    expect([answer.status, await answer.json()]).toEqual([
      404,
      {
        type: "urn:problem-type:ecg-api:not-found",
        title: "Not Found",
        status: 404,
        detail: "There is nothing here, or nothing that you may see.",
        request_id: answer.headers.get("x-request-id"),
      },
    ]);
  }
});

it("leaves another owner's ECG as it was", async () => {
  const owner = await newCaller();
  const { id } = await storedEcg(owner);
  const other = await newCaller();
  await other.patch(`/ecg/${id}`, { note: "mine now" });
  await other.delete(`/ecg/${id}`);
  expect(await (await owner.get(`/ecg/${id}`)).json()).toMatchObject({ id, note: null });
  expect(await (await other.get("/ecg")).json()).toEqual({ items: [], next_cursor: null });
});

it("changes the metadata and nothing else", async () => {
  const caller = await newCaller();
  const { notes: _, ...ecg } = await storedEcg(caller, { subject: "P-1", device: "d" });
  const answer = await caller.patch(`/ecg/${ecg.id}`, {
    date: "2020-02-29T23:59:59.5-05:00",
    subject: null,
    note: "A\nB",
  });
  const expected = { ...ecg, date: "2020-03-01T04:59:59.500Z", date_source: "recorded", subject: null, note: "A\nB" };
  expect([answer.status, await answer.json()]).toEqual([200, expected]);
  expect(await (await caller.get(`/ecg/${ecg.id}`)).json()).toMatchObject({
    note: "A\nB",
    leads: [{ signal: [3, 2, 0, 0, -1] }],
  });
});

it.each([{ leads: [] }, { id: "x" }, { date: null }, { subject: "" }, { note: "x".repeat(4097) }])(
  "refuses the change %j with 422",
  async (changes) => {
    const caller = await newCaller();
    const { id } = await storedEcg(caller);
    expect((await caller.patch(`/ecg/${id}`, changes)).status).toBe(422);
  },
);

it("erases an ECG", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  expect((await caller.delete(`/ecg/${id}`)).status).toBe(204);
  expect((await caller.get(`/ecg/${id}`)).status).toBe(404);
  expect((await caller.delete(`/ecg/${id}`)).status).toBe(404);
  expect(await env.DB.prepare("select count(*) as n from signal_chunks where ecg_id = ?").bind(id).first("n")).toBe(0);
});

it("answers 304 to the ETag of what has not changed", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  const etag = (await caller.get(`/ecg/${id}`)).headers.get("etag") ?? "";
  expect(etag).toMatch(/^"[^"]+"$/);
  for (const known of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
    const answer = await caller.get(`/ecg/${id}`, { "If-None-Match": known });
    expect([answer.status, await answer.text(), answer.headers.get("etag")]).toEqual([304, "", etag]);
  }
  expect((await caller.get(`/ecg/${id}`, { "If-None-Match": '"x"' })).status).toBe(200);
  await caller.patch(`/ecg/${id}`, { note: "changed" });
  expect((await caller.get(`/ecg/${id}`, { "If-None-Match": etag })).status).toBe(200);
});

it("lists the newest recording first, and each once while ECGs are added", async () => {
  const caller = await newCaller();
  // Two of one date, so that the order needs more than the date.
  const dates = ["2024-01-01", "2026-01-01", "2025-01-01", "2025-01-01", "2023-01-01"].map((day) => `${day}T00:00:00Z`);
  const ids = new Set<string>();
  for (const date of dates) ids.add((await storedEcg(caller, { date })).id);
  const first = await (await caller.get("/ecg?limit=2")).json<Page>();
  const added = [
    await storedEcg(caller, { date: "2030-01-01T00:00:00Z" }),
    await storedEcg(caller, { date: "2022-01-01T00:00:00Z" }),
  ];
  const second = await (await caller.get(`/ecg?limit=2&cursor=${first.next_cursor}`)).json<Page>();
  const third = await (await caller.get(`/ecg?limit=2&cursor=${second.next_cursor}`)).json<Page>();
  const items = [...first.items, ...second.items, ...third.items];
  expect(items.map((item) => item.date.slice(0, 4))).toEqual(["2026", "2025", "2025", "2024", "2023", "2022"]);
  expect(new Set(items.map((item) => item.id))).toEqual(ids.add(added[1].id));
  expect(third.next_cursor).toBeNull();
});

it.each([
  { query: "from=2025-01-01T00:00:00Z", years: ["2026", "2025"] },
  { query: "to=2025-01-01T00:00:00Z", years: ["2024"] },
  { query: "from=2024-06-01T00:00:00%2B02:00&to=2025-06-01T00:00:00Z", years: ["2025"] },
  { query: "from=2024-06-01T00:00:00+02:00&to=2025-06-01T00:00:00Z", years: ["2025"] },
  { query: "subject=P-1", years: ["2025", "2024"] },
  { query: "subject=P-1&limit=1", years: ["2025"] },
  { query: "subject=P-3", years: [] },
])("lists what ?$query asks for", async ({ query, years }) => {
  const caller = await newCaller();
  const stored = { 2024: "P-1", 2025: "P-1", 2026: "P-2" };
  for (const [year, subject] of Object.entries(stored))
    await storedEcg(caller, { date: `${year}-01-01T00:00:00Z`, subject });
  const page = await (await caller.get(`/ecg?${query}`)).json<Page>();
  expect(page.items.map((item) => item.date.slice(0, 4))).toEqual(years);
});

it.each(["from=yesterday", "limit=0", "limit=101", "cursor=x", "cursor=WyJhIiwxXQ", "order=asc"])(
  "refuses a list of ?%s with 422",
  async (query) => {
    expect((await (await newCaller()).get(`/ecg?${query}`)).status).toBe(422);
  },
);

it.each([
  {
    name: "a changed sample",
    damage: (data: string) => data.slice(0, -6) + (data.at(-6) === "A" ? "B" : "A") + data.slice(-5),
  },
  { name: "a cut chunk", damage: (data: string) => data.slice(0, 4) },
  { name: "an empty chunk", damage: () => "" },
])("withholds a signal with $name: a 500 of its own type", async ({ damage }) => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, { leads: [{ name: "II", signal: Array.from({ length: 99 }, (_, i) => i) }] });
  const data = await env.DB.prepare("select data from signal_chunks where ecg_id = ?").bind(id).first<string>("data");
  await env.DB.prepare("update signal_chunks set data = ? where ecg_id = ?")
    .bind(damage(data ?? ""), id)
    .run();
  await expectDamage(caller, id);
});

it("withholds a signal of which a chunk is gone", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  await env.DB.prepare("delete from signal_chunks where ecg_id = ?").bind(id).run();
  await expectDamage(caller, id);
});

async function expectDamage(caller: Caller, id: string) {
  const answer = await caller.get(`/ecg/${id}`);
  const problem = { type: "urn:problem-type:ecg-api:damaged-signal", title: "Damaged Signal", status: 500 };
  expect([answer.status, await answer.json()]).toMatchObject([500, problem]);
}

function withGaps<T extends { leads: { samples: Int32Array }[] }>(recording: T): T {
  for (const [i, { samples }] of recording.leads.entries()) samples.fill(MISSING, i * 100, i * 150);
  return recording;
}

it("gives back a recording of over 1 MB", async () => {
  const caller = await newCaller();
  const signal = newNoise(1_000_000);
  const { id } = await storedEcg(caller, { sampling_rate: 250, leads: [{ name: "II", signal: [...signal] }] });
  const { leads } = await (await caller.get(`/ecg/${id}`)).json<{ leads: { signal: number[] }[] }>();
  expect(Int32Array.from(leads[0].signal)).toEqual(signal);
});

it.each([
  { what: "the first page of the list", query: "", trips: 1, ids: 3 },
  { what: "a first page of some", query: "?limit=2", trips: 1, ids: 2 },
  { what: "a page with a filter", query: "?limit=2&subject=P-1", trips: 2, ids: 0 },
])("takes $trips trips to the database for $what, by a token or a key", async ({ query, trips, ids }) => {
  const caller = await newCaller();
  for (let i = 0; i < 3; i++) await storedEcg(caller);
  const key = await (await caller.post("/users/me/keys", { name: "k", scopes: ["ecg:read"] })).json<{ key: string }>();
  for (const authorization of [caller.authorization, `Bearer ${key.key}`]) {
    let count = 0;
    const { database } = watchDatabase(env.DB, () => count++);
    const answer = await app.request(
      `/ecg${query}`,
      { headers: { Authorization: authorization } },
      { ...env, DB: database },
    );
    expect([(await answer.json<Page>()).items.length, count]).toEqual([ids, trips]);
  }
});
