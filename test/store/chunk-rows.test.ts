import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { app } from "../../src/http/app.ts";
import { type Caller, newCaller, store, storedEcg } from "../support/api.ts";
import { watchDatabase } from "../support/watched-database.ts";

/** D1 takes no SQL statement beyond 100 kB, and a dump has a statement a row. */
const MOST_BYTES = 90_000;

/** Samples that no codec makes smaller: 4 bytes each. */
function newWideNoise(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state ^ (state >>> 15);
  });
}

const RATE = 500;
const NAMES = ["I", "II", "III", "V1"];
const newLeads = (count: number, seed = 1) => NAMES.map((name, i) => ({ name, signal: newWideNoise(count, seed + i) }));

async function readSignals(caller: Caller, id: string): Promise<number[][]> {
  const answer = await caller.get(`/ecg/${id}`);
  expect(answer.status).toBe(200);
  return (await answer.json<{ leads: { signal: number[] }[] }>()).leads.map(({ signal }) => signal);
}

function countRests(id: string) {
  return env.DB.prepare("select count(*) as n from signal_chunk_rests where ecg_id = ?").bind(id).first<number>("n");
}

/** The longest text of a row's columns, in each table that is there. */
async function measureRows(): Promise<Record<string, number>> {
  const { results } = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not glob '*_cf_*'",
  ).all<{ name: string }>();
  const longest: Record<string, number> = {};
  for (const { name } of results) {
    const columns = await env.DB.prepare(`select name from pragma_table_info('${name}')`).all<{ name: string }>();
    const length = columns.results.map((column) => `coalesce(octet_length("${column.name}"), 0)`).join(" + ");
    longest[name] = (await env.DB.prepare(`select max(${length}) as n from "${name}"`).first<number>("n")) ?? 0;
  }
  return longest;
}

it("noise is kept in rows that a dump can have, and comes back whole, by window and from an overview", async () => {
  const caller = await newCaller();
  const leads = newLeads(60_000);
  const { id } = await storedEcg(caller, { sampling_rate: RATE, leads });
  if (!store.archive) expect(await countRests(id)).toBeGreaterThan(4);
  expect(await readSignals(caller, id)).toEqual(leads.map(({ signal }) => signal));
  const part = await (await caller.get(`/ecg/${id}?start=30&end=31&leads=III`)).json<{
    leads: { signal: number[] }[];
  }>();
  expect(part.leads[0].signal).toEqual(leads[2].signal.slice(30 * RATE, 31 * RATE));
  const few = await (await caller.get(`/ecg/${id}?max_points=10&leads=I`)).json<{ leads: { buckets: number[][] }[] }>();
  expect(Math.max(...few.leads[0].buckets.map(([, highest]) => highest))).toBe(
    leads[0].signal.reduce((most, sample) => Math.max(most, sample)),
  );
  for (const [table, bytes] of Object.entries(await measureRows()))
    expect([table, bytes < MOST_BYTES]).toEqual([table, true]);
});

it("an append to a noisy chunk leaves no rest of the chunk that was there", async () => {
  const caller = await newCaller();
  const [first, second] = [newLeads(20_000), newLeads(3000, 9)];
  const { id } = await storedEcg(caller, { open: true, sampling_rate: RATE, leads: first });
  const path = `/ecg/${id}/samples`;
  const append = (leads: { name: string; signal: number[] }[], start_sample: number) =>
    caller.post(path, { leads: leads.map((lead) => ({ ...lead, start_sample })) });
  expect((await append(second, 20_000)).status).toBe(200);
  expect((await append(second, 20_000)).status).toBe(409);
  const whole = first.map(({ signal }, i) => [...signal, ...second[i].signal]);
  expect(await readSignals(caller, id)).toEqual(whole);
  expect((await caller.post(`/ecg/${id}/close`, undefined)).status).toBe(200);
  expect(await readSignals(caller, id)).toEqual(whole);
  const loose = await env.DB.prepare(
    "select count(*) as n from signal_chunk_rests r join signal_chunks c using (ecg_id, chunk_index) where c.byte_length is null or c.data is null",
  ).first("n");
  expect(loose).toBe(0);
});

it("a rest that is damaged or gone is said, not read", async () => {
  if (store.archive) return;
  const caller = await newCaller();
  const { id } = await storedEcg(caller, { leads: newLeads(15_000) });
  await env.DB.prepare("delete from signal_chunk_rests where ecg_id = ? and part = 2").bind(id).run();
  const answer = await caller.get(`/ecg/${id}`);
  expect([answer.status, await answer.json()]).toMatchObject([500, { title: "Damaged Signal" }]);
});

it("a group of chunks and its overview take one statement", async () => {
  const caller = await newCaller();
  const { database, statements } = watchDatabase(env.DB);
  const signal = newWideNoise(1, 1).concat(Array(40 * 64 * 250).fill(7));
  const answer = await app.request(
    "/ecg",
    {
      method: "POST",
      headers: { Authorization: caller.authorization, "Content-Type": "application/json" },
      body: JSON.stringify({ sampling_rate: 250, leads: [{ name: "II", signal }] }),
    },
    { ...env, DB: database },
  );
  expect(answer.status).toBe(201);
  const inserts = statements.filter(({ sql }) => sql.startsWith('insert into "signal_chunks"'));
  expect(inserts.map(({ rowsWritten }) => rowsWritten)).toEqual([33, 10]);
});
