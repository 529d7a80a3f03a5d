import { env } from "cloudflare:workers";
import { beforeEach, expect, it, vi } from "vitest";
import {
  type AuditPage,
  insertEntry,
  listAudit,
  listAuditOf,
  MOST_REFUSED,
  MOST_REFUSED_OF_ADDRESS,
  recordRefusedLogin,
  sweepAudit,
} from "../../src/store/audit.ts";
import { type Actor, openStore } from "../../src/store/db.ts";
import { newId } from "../../src/store/ids.ts";
import { doJobs } from "../support/jobs.ts";
import { type Statement, watchDatabase } from "../support/watched-database.ts";

const YEAR_MS = 365.25 * 24 * 3600 * 1000;
const KEPT_MS = 6 * YEAR_MS;
const FIRST_MS = Date.parse("2026-01-01T00:00:00Z");
const ACTOR: Actor = {
  userId: "ada",
  keyId: null,
  action: "GET /ecg",
  subjectId: null,
  requestId: "r-1",
  address: "192.0.2.1",
  keptMs: KEPT_MS,
};
const store = openStore(env);

/** An account that no other test has. */
let account: string;
beforeEach(() => {
  account = newId();
});

/** Entries about an account, one a minute unless `step` says otherwise, in ms; every tenth is of the action `RARE`. */
async function plant(
  accountId: string,
  count: number,
  { step = 60_000, from = FIRST_MS, keptUntil = Date.now() * 2 } = {},
) {
  const ids = Array.from({ length: count }, (_, i) => newId(from + i * step));
  await env.DB.prepare(
    `insert into audit (account_id, id, at, action, outcome, request_id, kept_until)
     select ?1, value, ?2 + key * ?3, iif(key % 10 = 0, 'RARE', 'GET /ecg'), 'done', 'r-' || key, ?4 from json_each(?5)`,
  )
    .bind(accountId, from, step, keptUntil, JSON.stringify(ids))
    .run();
  return ids.sort().reverse();
}

async function countEntries(accountId: string): Promise<number> {
  const count = env.DB.prepare("select count(*) as n from audit where account_id = ?").bind(accountId);
  return (await count.first<number>("n")) ?? 0;
}

/** The ids of all pages, one after the other, and the number of pages. */
async function readThrough(list: (before?: string) => Promise<AuditPage>) {
  const ids: string[] = [];
  let pages = 0;
  for (let before: string | undefined; ; pages++) {
    const { rows, next } = await list(before);
    ids.push(...rows.map(({ id }) => id));
    if (next === null) return { ids, pages: pages + 1 };
    before = next;
  }
}

/** Runs with a database that counts rows. */
async function countRows(run: (watched: typeof store) => Promise<unknown>) {
  const { database, statements } = watchDatabase(env.DB);
  await run(openStore({ DB: database }));
  const sum = (field: keyof Omit<Statement, "sql">) => statements.reduce((total, one) => total + one[field], 0);
  return { read: sum("rowsRead"), written: sum("rowsWritten"), statements };
}

it.each([
  { name: "an update", sql: "update audit set outcome = 'refused' where account_id = ?", message: "append only" },
  {
    name: "an update of its time",
    sql: "update audit set kept_until = 0 where account_id = ?",
    message: "append only",
  },
  { name: "a removal", sql: "delete from audit where account_id = ?", message: "kept until" },
  {
    name: "a replacement",
    sql: "insert or replace into audit select account_id, id, at, user_id, key_id, 'other', subject_id, outcome, request_id, address, kept_until from audit where account_id = ?",
    message: "append only",
  },
  {
    name: "an upsert",
    sql: "insert into audit select * from audit where account_id = ? on conflict do update set outcome = 'refused'",
    message: "append only",
  },
])("the database refuses $name of an entry", async ({ sql, message }) => {
  await plant(account, 2);
  await expect(env.DB.prepare(sql).bind(account).run()).rejects.toThrow(message);
  const { rows } = await listAuditOf(store, account, {}, 20);
  expect(rows.map(({ action, outcome }) => [action, outcome])).toEqual([
    ["GET /ecg", "done"],
    ["RARE", "done"],
  ]);
});

it("lets an entry go when its time is over", async () => {
  await plant(account, 2, { keptUntil: Date.now() - 1000 });
  await env.DB.prepare("delete from audit where account_id = ?").bind(account).run();
  expect(await countEntries(account)).toBe(0);
});

it("an entry is one row, as D1 bills them, and says who asked for what, and what came of it", async () => {
  const { written } = await countRows(async (watched) => {
    await insertEntry({ ...watched, actor: ACTOR }, { accountId: account, subjectId: "s-1", outcome: "not-found" });
  });
  expect(written).toBe(1);
  const now = Date.now();
  const { rows } = await listAuditOf(store, account, {}, 20);
  expect(rows).toEqual([
    {
      accountId: account,
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      at: expect.any(Number),
      userId: "ada",
      keyId: null,
      action: "GET /ecg",
      subjectId: "s-1",
      outcome: "not-found",
      requestId: "r-1",
      address: "192.0.2.1",
      keptUntil: rows[0].at + KEPT_MS,
    },
  ]);
  expect(now - rows[0].at).toBeLessThan(5000);
});

it.each([
  { name: "one a minute", step: 60_000 },
  { name: "all in the same millisecond", step: 0 },
])("pages of an account's entries, $name, have each of them once, newest first", async ({ step }) => {
  const ids = await plant(account, 57, { step });
  for (const limit of [1, 10, 19, 57, 100]) {
    const read = await readThrough((before) => listAuditOf(store, account, {}, limit, before));
    expect(read).toEqual({ ids, pages: Math.ceil(57 / limit) });
  }
});

it.each([
  { name: "one a second", step: 1000 },
  { name: "all in the same millisecond", step: 0 },
])("pages of all accounts, $name, have each entry once, newest first", async ({ step }) => {
  // A time that no other entry is of.
  const from = FIRST_MS + (step + 1) * YEAR_MS;
  const planted = [
    ...(await plant(account, 30, { step, from })),
    ...(await plant(newId(), 27, { step, from })),
    ...(await plant("", 3, { step, from })),
  ];
  const ids = planted.sort().reverse();
  const to = from + YEAR_MS / 2;
  for (const limit of [1, 7, 20, 100]) {
    const read = await readThrough((before) => listAudit(store, { from, to }, limit, before));
    expect(read).toEqual({ ids, pages: Math.ceil(60 / limit) });
  }
});

it.each([
  { name: "from a time on", filter: { from: FIRST_MS + 50 * 60_000 }, count: 10 },
  { name: "before a time", filter: { to: FIRST_MS + 50 * 60_000 }, count: 50 },
  { name: "between two times", filter: { from: FIRST_MS + 10 * 60_000, to: FIRST_MS + 50 * 60_000 }, count: 40 },
  { name: "of an action", filter: { action: "RARE" }, count: 6 },
  { name: "of an action, from a time on", filter: { action: "RARE", from: FIRST_MS + 10 * 60_000 }, count: 5 },
])("finds the entries $name", async ({ filter, count }) => {
  await plant(account, 60);
  const { ids } = await readThrough((before) => listAuditOf(store, account, filter, 3, before));
  const { rows } = await listAuditOf(store, account, {}, 100);
  const wanted = rows.filter(
    ({ at, action }) =>
      at >= (filter.from ?? 0) && at < (filter.to ?? Infinity) && action === (filter.action ?? action),
  );
  expect(ids).toEqual(wanted.map(({ id }) => id));
  expect(ids.length).toBe(count);
  const all = await readThrough((before) => listAudit(store, filter, 3, before));
  expect(all.ids.filter((id) => rows.some((row) => row.id === id))).toEqual(ids);
});

it("a page of a rare action ends before it has looked through the whole trail, and the next one goes on", async () => {
  await plant(account, 2500);
  const lone = newId(FIRST_MS - 1000);
  await env.DB.prepare(
    "insert into audit (account_id, id, at, action, outcome, request_id, kept_until) values (?, ?, 0, 'LONE', 'done', '', ?)",
  )
    .bind(account, lone, Date.now() * 2)
    .run();
  const reads: number[] = [];
  const { ids, pages } = await readThrough(async (before) => {
    let page: AuditPage = { rows: [], next: null };
    const { read } = await countRows(async (watched) => {
      page = await listAuditOf(watched, account, { action: "LONE" }, 20, before);
    });
    reads.push(read);
    return page;
  });
  expect(ids).toEqual([lone]);
  expect(pages).toBe(3);
  expect(Math.max(...reads)).toBeLessThanOrEqual(4 * 1000);
});

it("a page reads no more rows of a long trail than of a short one: by an account, and by all accounts", async () => {
  const pageOf = async (entries: number) => {
    const accounts = Array.from({ length: 20 }, () => newId());
    for (const id of accounts) await plant(id, entries);
    const own = await countRows((watched) => listAuditOf(watched, accounts[0], {}, 20));
    const all = await countRows((watched) => listAudit(watched, {}, 20));
    return { own: own.read, all: all.read };
  };
  const [short, long] = [await pageOf(30), await pageOf(3000)];
  expect(short.own).toBeLessThanOrEqual(3 * 21 + 1);
  expect(long.own).toBe(short.own);
  // There are 20 accounts more by then.
  expect(long.all - short.all).toBeLessThanOrEqual(20 * 4);
  expect(short.all).toBeGreaterThan(20);
});

it("a sweep goes over all accounts, a hundred a run, and removes what is due alone", async () => {
  const old = Date.now() - KEPT_MS - 1000;
  const prefix = newId();
  const accounts = Array.from({ length: 230 }, (_, i) => `${prefix}/${i}`);
  const insert = env.DB.prepare(
    `insert into audit (account_id, id, at, action, outcome, request_id, kept_until)
     select value, ?1 || key, 0, ?2, 'done', '', ?3 from json_each(?4)`,
  );
  const list = JSON.stringify(accounts);
  await env.DB.batch([
    insert.bind(newId(old), "due", Date.now() - 1000, list),
    insert.bind(newId(old), "kept longer", Date.now() + 60_000, list),
    insert.bind(newId(old + 60_000), "young", Date.now() - 1000, list),
  ]);
  const left = async () => {
    const { results } = await env.DB.prepare(
      "select action, count(*) as n from audit where account_id glob ? group by action order by action",
    )
      .bind(`${prefix}/*`)
      .all();
    return results;
  };
  const runs = Math.ceil((await countAccounts()) / 100) + 1;
  const rows: number[] = [];
  for (let i = 0; i < runs; i++) rows.push((await countRows((watched) => sweepAudit(watched, KEPT_MS))).read);
  expect(await left()).toEqual([
    { action: "kept longer", n: 230 },
    { action: "young", n: 230 },
  ]);
  expect(Math.max(...rows)).toBeLessThan(100 * 20);
});

it("a sweep removes at most a thousand entries, and the next one goes on with that account", async () => {
  await env.DB.prepare("delete from job_positions").run();
  const first = `0${account}`;
  await plant(first, 2500, { from: Date.now() - 2 * KEPT_MS, keptUntil: Date.now() - 1000 });
  const counts: number[] = [];
  for (let i = 0; i < 3; i++) {
    await sweepAudit(store, KEPT_MS);
    counts.push(await countEntries(first));
  }
  expect(counts).toEqual([1500, 500, 0]);
});

it("a sweep leaves what the trail keeps until the next second begins, and does all else", async () => {
  await env.DB.prepare("delete from job_positions").run();
  const [first, second] = [`00${account}`, `0${account}`];
  const from = Date.now() - 2 * KEPT_MS;
  // Within a second that has begun and will not end before the sweep does.
  await vi.waitFor(() => expect(Math.abs((Date.now() % 1000) - 200)).toBeLessThan(100), { interval: 5, timeout: 5000 });
  // The triggers know the time by the second alone, and refuse to remove it.
  await plant(first, 1, { from, keptUntil: Date.now() });
  await plant(second, 1, { from, keptUntil: from });
  await sweepAudit(store, KEPT_MS);
  expect([await countEntries(first), await countEntries(second)]).toEqual([1, 0]);
});

it("sweeps whenever the Worker's trigger runs", async () => {
  await env.DB.prepare("delete from job_positions").run();
  const first = `0${account}`;
  await plant(first, 2, { from: Date.now() - 2 * KEPT_MS, keptUntil: Date.now() - 1000 });
  await doJobs();
  expect(await countEntries(first)).toBe(0);
});

it("a sweep that finds nothing writes nothing but its place", async () => {
  const { written, read } = await countRows((watched) => sweepAudit(watched, KEPT_MS));
  expect(written).toBeLessThanOrEqual(1);
  expect(read).toBeLessThan(1000);
});

/** Refuses log-ins of the account, each from the next of so many addresses. */
async function refuseLogins(count: number, addresses: number, now?: number) {
  for (let i = 0; i < count; i++) {
    const actor = { ...ACTOR, userId: null, action: "POST /auth/token", address: `192.0.2.${i % addresses}` };
    await recordRefusedLogin({ ...store, actor }, account, now);
  }
}

it.each([
  { name: "one address", addresses: 1, most: MOST_REFUSED_OF_ADDRESS },
  { name: "many addresses", addresses: 60, most: MOST_REFUSED },
])("keeps so many refused log-ins an hour from $name, and goes on in the next", async ({ addresses, most }) => {
  await refuseLogins(most + 20, addresses);
  expect(await countEntries(account)).toBe(most);
  await refuseLogins(1, 1, Date.now() + 3601 * 1000);
  expect(await countEntries(account)).toBe(most + 1);
});

it("keeps a refused log-in from another address when one has had its share, and whatever else was done", async () => {
  await plant(account, 50, { from: Date.now() - 60_000, step: 1 });
  await refuseLogins(MOST_REFUSED_OF_ADDRESS + 5, 1);
  await plant(account, 50, { from: Date.now(), step: 1 });
  await refuseLogins(2, 2);
  expect(await countEntries(account)).toBe(100 + MOST_REFUSED_OF_ADDRESS + 1);
});

it("looks at a bounded number of entries for each refused log-in", async () => {
  await plant(account, 3000, { from: Date.now() - 60_000, step: 1 });
  const { read } = await countRows((watched) => recordRefusedLogin({ ...watched, actor: ACTOR }, account));
  expect(read).toBeLessThan(500);
});

async function countAccounts(): Promise<number> {
  return (await env.DB.prepare("select count(distinct account_id) as n from audit").first<number>("n")) ?? 0;
}
