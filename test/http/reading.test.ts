import { expect, it } from "vitest";
import { newCaller, storedEcg } from "../support/api.ts";

type Ecg = { leads: { name: string; n_samples: number; start_sample?: number; signal?: number[] }[] };

/** Names with commas, and one that is two others together. */
const NAMES = ["II", "V1", "II,V1", "resp, slow", "I,aVR"];

async function newReader(fields: Record<string, unknown> = {}) {
  const caller = await newCaller();
  const leads = NAMES.map((name, i) => ({ name, gain: 200, signal: [i, -i, 2 * i, i] }));
  const { id } = await storedEcg(caller, { sampling_rate: 4, leads, ...fields });
  return { get: (query: string, headers?: Record<string, string>) => caller.get(`/ecg/${id}${query}`, headers) };
}

it.each([
  { query: "leads=V1,II", names: ["V1", "II"] },
  { query: "leads=resp,%20slow", names: ["resp, slow"] },
  { query: "leads=II,V1", names: ["II,V1"] },
  { query: "leads=II&leads=V1", names: ["II", "V1"] },
  { query: "leads=resp,%20slow&leads=II,V1&leads=v1", names: ["resp, slow", "II,V1", "V1"] },
  { query: "leads=V1&leads=V1", names: 422 },
  { query: "leads=V1,II&leads=II", names: 422 },
])("finds by ?$query the leads $names, in every format", async ({ query, names }) => {
  const { get } = await newReader();
  for (const more of ["", "&signals=none", "&start=0.5", "&max_points=1"]) {
    const answer = await get(`?${query}${more}`);
    const found = answer.ok ? (await answer.json<Ecg>()).leads.map(({ name }) => name) : answer.status;
    expect(found, more).toEqual(names);
  }
  const csv = await get(`?${query}&format=csv`);
  expect(csv.status).toBe(typeof names === "number" ? names : 200);
  if (typeof names === "object") for (const name of names) expect(await csv.clone().text()).toContain(name);
});

it("gives an ECG without its samples, whole or of some leads", async () => {
  const { get } = await newReader();
  const { leads, ...about } = await (await get("")).json<Ecg & { id: string }>();
  const without = await get("?signals=none");
  expect([without.status, without.headers.get("etag")]).toEqual([200, '"1"']);
  expect(await without.json()).toEqual({ ...about, leads: leads.map(({ signal: _, ...lead }) => lead) });
  const some = await get("?signals=none&leads=V1");
  expect(await some.json()).toEqual({ ...about, leads: [leads[1]].map(({ signal: _, ...lead }) => lead) });
});

it.each([
  { query: "signals=none&format=edf", path: "signals", message: "is for JSON alone" },
  { query: "signals=none&start=0", path: "start", message: "goes without signals=none" },
  { query: "signals=none&end=1", path: "end", message: "goes without signals=none" },
  { query: "signals=none&max_points=3", path: "max_points", message: "goes without signals=none" },
  { query: "max_points=3&format=edf", path: "max_points", message: "is for JSON alone" },
  { query: "signals=all", path: "signals", message: "must be none" },
])("refuses ?$query", async ({ query, path, message }) => {
  const { get } = await newReader();
  const answer = await get(`?${query}`);
  expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ path, message }] }]);
});

it("gives an empty window at the end of an open ECG, and refuses it of a closed one", async () => {
  const open = await newReader({ open: true });
  for (const query of ["?start=1", "?start=1&end=2", "?start=1.5"]) {
    const answer = await open.get(query);
    expect(answer.status, query).toBe(200);
    for (const lead of (await answer.json<Ecg>()).leads) expect(lead).toMatchObject({ start_sample: 4, signal: [] });
  }
  expect((await open.get("/insights?start=1")).status).toBe(200);
  const closed = await newReader();
  expect((await closed.get("?start=1")).status).toBe(422);
});

it("answers 304 to If-None-Match: * only what it could answer", async () => {
  // EDF carries no lead without a sampling rate.
  const { get } = await newReader({ sampling_rate: null });
  const any = { "If-None-Match": "*" };
  for (const query of ["", "?format=csv", "?signals=none"]) expect((await get(query, any)).status, query).toBe(304);
  expect((await get("?format=edf")).status).toBe(406);
  expect((await get("?format=edf", any)).status).toBe(406);
  const fallback = await get("", { ...any, Accept: "application/edf, application/json;q=0.5" });
  expect([fallback.status, fallback.headers.get("etag")]).toEqual([304, '"1"']);
});
