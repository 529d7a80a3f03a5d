import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { app } from "../../src/http/app.ts";
import { openStore } from "../../src/store/db.ts";
import { type EcgCursor, listEcgs, listMeasuredEcgs, MOST_LOOKED_AT } from "../../src/store/ecgs.ts";
import { type Caller, newCaller } from "../support/api.ts";
import { type Statement, watchDatabase } from "../support/watched-database.ts";

const DAY_MS = 24 * 3600 * 1000;
const FIRST_MS = Date.parse("2026-01-01T00:00:00Z");

/** ECGs without samples, one a day; of every second one the subject is `P-1`. */
async function plantEcgs(caller: Caller, count: number): Promise<void> {
  const numbers = JSON.stringify(Array.from({ length: count }, (_, i) => i));
  await env.DB.prepare(
    `insert into ecgs (id, owner_id, recorded_at, created_at, subject, leads)
     select ?1 || '/' || value, ?1, ?2 + value * ?3, 0, iif(value % 2 = 0, 'P-1', null), '[]' from json_each(?4)`,
  )
    .bind(caller.user.id, FIRST_MS, DAY_MS, numbers)
    .run();
}

it.each([
  { name: "all", filter: {}, count: 300 },
  { name: "those before a date", filter: { to: FIRST_MS + 290 * DAY_MS }, count: 290 },
  { name: "those between two dates", filter: { from: FIRST_MS + 5 * DAY_MS, to: FIRST_MS + 290 * DAY_MS }, count: 285 },
  { name: "those of a subject", filter: { subject: "P-1", to: FIRST_MS + 290 * DAY_MS }, count: 145 },
])("a page of $name reads no more rows than it has, however deep it is", async ({ filter, count }) => {
  const caller = await newCaller();
  await plantEcgs(caller, 300);
  const { database, statements } = watchDatabase(env.DB);
  const store = openStore({ DB: database });
  const seen: string[] = [];
  for (let after: { recordedAt: number; id: string } | undefined; ; ) {
    const page = await listEcgs(store, caller.user.id, filter, 20, after);
    if (page.length === 0) break;
    seen.push(...page.map(({ id }) => id));
    after = page[page.length - 1];
  }
  expect(new Set(seen).size).toBe(count);
  // Each ECG is a row of the index and one of the table; where the list ends one more is looked at.
  for (const { rowsRead } of statements) expect(rowsRead).toBeLessThanOrEqual(2 * 20 + 1);
  expect(statements.reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBeGreaterThanOrEqual(count);
});

/** Says of a caller's ECGs that something was measured, in every `nth` of them counted from the oldest. */
async function measureEvery(caller: Caller, nth: number): Promise<void> {
  await env.DB.prepare(
    `update ecgs set heart_rate = 50 + (recorded_at - ?2) / ?3 / ?4, qtc = 400, findings = '["irregular","ventricular"]'
     where owner_id = ?1 and (recorded_at - ?2) / ?3 % ?4 = 0`,
  )
    .bind(caller.user.id, FIRST_MS, DAY_MS, nth)
    .run();
}

it.each([
  { name: "many match, of few", count: 300, nth: 2, filter: {}, most: 3 * 42 + 3 },
  { name: "many match, of many", count: 5000, nth: 2, filter: {}, most: 3 * 42 + 3 },
  { name: "few match, of few", count: 300, nth: 100, filter: {}, most: 3 * 300 + 3 },
  { name: "few match, of many", count: 5000, nth: 900, filter: {}, most: 3 * MOST_LOOKED_AT + 3 },
  {
    name: "none match, of many",
    count: 5000,
    nth: 10_000,
    filter: { from: FIRST_MS + DAY_MS },
    most: 3 * MOST_LOOKED_AT + 3,
  },
  { name: "they are a subject's", count: 5000, nth: 900, filter: { subject: "P-1" }, most: 3 * MOST_LOOKED_AT + 3 },
])("a page by what was measured reads up to a bound of rows where $name", async ({ count, nth, filter, most }) => {
  const caller = await newCaller();
  await plantEcgs(caller, count);
  await measureEvery(caller, nth);
  const { database, statements } = watchDatabase(env.DB);
  const store = openStore({ DB: database });
  const seen: string[] = [];
  let after: EcgCursor | undefined;
  do {
    const page = await listMeasuredEcgs(store, caller.user.id, filter, { has: ["ventricular"] }, 20, after);
    expect(page.rows.length).toBeLessThanOrEqual(20);
    seen.push(...page.rows.map(({ id }) => id));
    after = page.next ?? undefined;
  } while (after);
  const isListed = (i: number) =>
    i % nth === 0 && !("from" in filter && i === 0) && !("subject" in filter && i % 2 === 1);
  const expected = Array.from({ length: count }, (_, i) => i)
    .filter(isListed)
    .reverse();
  expect(seen).toEqual(expected.map((i) => `${caller.user.id}/${i}`));
  // Each ECG is a row of the index, one of the table, and one that is numbered; the statement itself has three.
  for (const { rowsRead } of statements) expect(rowsRead).toBeLessThanOrEqual(most);
  expect(statements.length).toBeLessThanOrEqual(Math.ceil(count / MOST_LOOKED_AT) + expected.length / 20 + 1);
});

it("a page by what was measured goes on behind the last ECG that it has looked at, match or not", async () => {
  const caller = await newCaller();
  await plantEcgs(caller, MOST_LOOKED_AT + 1);
  await measureEvery(caller, MOST_LOOKED_AT);
  const list = (after?: EcgCursor) => listMeasuredEcgs(openStore(env), caller.user.id, {}, { has: [] }, 20, after);
  const pages = [await list()];
  for (let { next } = pages[0]; next; next = pages[pages.length - 1].next) pages.push(await list(next));
  expect(pages.map(({ rows }) => rows.map(({ id }) => id.split("/")[1]))).toEqual([[String(MOST_LOOKED_AT)], ["0"]]);
});

it.each([
  {
    name: "a heart rate from one to another, both included",
    measured: { leastHeartRate: 51, mostHeartRate: 53 },
    found: [3, 2, 1],
  },
  { name: "a heart rate of so much at least", measured: { leastHeartRate: 58 }, found: [9, 8] },
  { name: "a QTc of so much at most", measured: { mostQtc: 399 }, found: [] },
  { name: "a QTc of so much at least", measured: { leastQtc: 400, mostHeartRate: 50 }, found: [0] },
  {
    name: "all findings that are named",
    measured: { has: ["irregular", "ventricular"], mostHeartRate: 50 },
    found: [0],
  },
  { name: "not one of them alone", measured: { has: ["ventricular", "pause"] }, found: [] },
])("the list by what was measured takes $name", async ({ measured, found }) => {
  const caller = await newCaller();
  await plantEcgs(caller, 10);
  await measureEvery(caller, 1);
  const { rows, next } = await listMeasuredEcgs(openStore(env), caller.user.id, {}, measured, 20);
  expect([rows.map(({ id }) => Number(id.split("/")[1])), next]).toEqual([found, null]);
});

it("a page keeps to a `to` that lies before its cursor", async () => {
  const caller = await newCaller();
  await plantEcgs(caller, 4);
  const after = { recordedAt: FIRST_MS + 3 * DAY_MS, id: `${caller.user.id}/3` };
  const page = await listEcgs(openStore(env), caller.user.id, { to: FIRST_MS + 2 * DAY_MS }, 20, after);
  expect(page.map(({ id }) => id)).toEqual([`${caller.user.id}/1`, `${caller.user.id}/0`]);
});

it.each([
  { name: "a window", path: "", least: 2, most: 5 },
  { name: "what is measured in a window", path: "/insights", least: 2, most: 4 },
  { name: "a page of a window", path: "", query: "&format=pdf", least: 3, most: 7 },
])("$name reads at most $most rows, wherever it is in a long recording", async ({ path, query = "", least, most }) => {
  const caller = await newCaller();
  // 218 chunks of 64 s.
  const body = `{"sampling_rate":250,"leads":[{"name":"II","gain":200,"signal":[${"0,".repeat(3_499_999)}0]}]}`;
  const created = await caller.post("/ecg", body);
  const { id } = await created.json<{ id: string }>();
  for (const start of [0, 1, 63, 7_000, 13_950, 13_989]) {
    const { database, statements } = watchDatabase(env.DB);
    const answer = await app.request(
      `/ecg/${id}${path}?start=${start}&end=${start + 10}${query}`,
      { headers: { Authorization: caller.authorization } },
      { ...env, DB: database },
    );
    expect(answer.status).toBe(200);
    const text = await answer.text();
    if (path === "" && query === "") expect(JSON.parse(text).leads[0].signal).toHaveLength(2500);
    const isEntry = ({ sql }: Statement) => sql.startsWith('insert into "audit"');
    const sum = (some: Statement[]) => some.reduce((total, { rowsRead }) => total + rowsRead, 0);
    const rows = sum(statements.filter((statement) => !isEntry(statement)));
    expect(rows, `rows read at ${start} s`).toBeLessThanOrEqual(most);
    expect(rows).toBeGreaterThanOrEqual(least);
    // Its entry in the audit trail looks for the user and the ECG once more.
    expect(sum(statements.filter(isEntry))).toBeLessThanOrEqual(3);
  }
});
