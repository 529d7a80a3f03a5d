import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { app } from "../../src/http/app.ts";
import { SWEEPS } from "../../src/jobs/jobs.ts";
import { openStore } from "../../src/store/db.ts";
import { newId } from "../../src/store/ids.ts";
import { MAX_KEYS } from "../../src/store/keys.ts";
import { type Caller, newCaller, newKeyOf, PASSWORD, store, storedEcg } from "../support/api.ts";
import { doJobs, takeMessage, watchQueue } from "../support/jobs.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { type Statement, watchDatabase } from "../support/watched-database.ts";

/** ECGs of the caller that are there in any case: more than a page. */
const FEW = 60;
/** What is there of each kind where much is stored. */
const MANY = 3000;
/** All that is planted is recorded on a day of its own, from then on. */
const FIRST_MS = Date.parse("2026-01-01T00:00:00Z");
const DAY_MS = 24 * 3600 * 1000;

type Work = {
  caller: Caller;
  admin: Caller;
  /** Sends a request to the Worker, and gives its answer. */
  send: (method: string, path: string, body?: unknown, who?: Caller) => Promise<Response>;
  /** A database that counts the rows of what is done with it. */
  database: D1Database;
  /** What is stored for one run alone. */
  ecg: string;
};

/** A normal ECG of 20 s, in two chunks' worth of samples at the most. */
const ECG = toEcgJson(syntheticEcg({ seconds: 20, samplingRate: 250 })) as Record<string, unknown>;
const NEXT = { leads: [{ name: "II", start_sample: 5, signal: [1, 2, 3] }] };
const ANNOTATIONS = { items: [{ time: 0, code: "N" }] };

/** What is done, each by its name. `open` where that takes an ECG that is open; `most` rows where there is a bound, however much is stored. */
const WORKS: Record<string, { open?: true; most?: number; run: (work: Work) => Promise<unknown> }> = {
  "POST /ecg": { run: ({ send }) => send("POST", "/ecg", ECG) },
  "GET /ecg": { run: ({ send }) => send("GET", "/ecg") },
  "GET /ecg of some time": {
    run: ({ send }) => send("GET", "/ecg?from=2026-01-02T00:00:00Z&to=2026-01-20T00:00:00Z"),
  },
  "GET /ecg of a subject": { run: ({ send }) => send("GET", "/ecg?subject=P-1") },
  "GET /ecg of a subject and some time": { run: ({ send }) => send("GET", "/ecg?subject=P-1&to=2026-01-20T00:00:00Z") },
  "GET /ecg by what was measured": { run: ({ send }) => send("GET", "/ecg?heart_rate_min=10&limit=5") },
  "GET /ecg/{id}": { run: ({ send, ecg }) => send("GET", `/ecg/${ecg}`) },
  "GET /ecg/{id} in a window": { run: ({ send, ecg }) => send("GET", `/ecg/${ecg}?start=1&end=2`) },
  "GET /ecg/{id} in overview": { run: ({ send, ecg }) => send("GET", `/ecg/${ecg}?max_points=100`) },
  "GET /ecg/{id} as EDF": { run: ({ send, ecg }) => send("GET", `/ecg/${ecg}?format=edf`) },
  "GET /ecg/{id}/insights, measured now": { run: ({ send, ecg }) => send("GET", `/ecg/${ecg}/insights`) },
  "PATCH /ecg/{id}": { run: ({ send, ecg }) => send("PATCH", `/ecg/${ecg}`, { note: "New", subject: "P-1" }) },
  "POST /ecg/{id}/samples": { open: true, run: ({ send, ecg }) => send("POST", `/ecg/${ecg}/samples`, NEXT) },
  "POST /ecg/{id}/close": { open: true, run: ({ send, ecg }) => send("POST", `/ecg/${ecg}/close`) },
  "PUT /ecg/{id}/annotations/{annotator}": {
    run: ({ send, ecg }) => send("PUT", `/ecg/${ecg}/annotations/mine`, ANNOTATIONS),
  },
  "GET /ecg/{id}/annotations": { run: ({ send, ecg }) => send("GET", `/ecg/${ecg}/annotations`) },
  "POST /ecg/{id}/shares": {
    // The keys of the account are counted, and those that have expired go.
    most: 2 * MAX_KEYS + 10,
    run: ({ send, ecg }) =>
      send("POST", `/ecg/${ecg}/shares`, { expires_at: new Date(Date.now() + DAY_MS).toISOString() }),
  },
  "GET /ecg/{id}/shares": { run: ({ send, ecg }) => send("GET", `/ecg/${ecg}/shares`) },
  "DELETE /ecg/{id}": { run: ({ send, ecg }) => send("DELETE", `/ecg/${ecg}`) },
  "GET /users/me": { run: ({ send }) => send("GET", "/users/me") },
  "GET /users/me/keys": { run: ({ send }) => send("GET", "/users/me/keys") },
  "GET /users/me/audit": { run: ({ send }) => send("GET", "/users/me/audit") },
  "POST /auth/token": {
    run: ({ database, caller }) =>
      Promise.resolve(
        app.request(
          "/auth/token",
          {
            method: "POST",
            body: new URLSearchParams({ grant_type: "password", username: caller.user.username, password: PASSWORD }),
          },
          { ...env, DB: database },
        ),
      ),
  },
  "GET /admin/users": { run: ({ send, admin }) => send("GET", "/admin/users", undefined, admin) },
  "GET /admin/users/{id}": {
    run: ({ send, admin, caller }) => send("GET", `/admin/users/${caller.user.id}`, undefined, admin),
  },
  "GET /admin/audit of an account": {
    run: ({ send, admin, caller }) => send("GET", `/admin/audit?user=${caller.user.id}`, undefined, admin),
  },
  "GET /admin/jobs": { run: ({ send, admin }) => send("GET", "/admin/jobs", undefined, admin) },
  "GET /health": { run: ({ send }) => send("GET", "/health") },
  "the job `measure`": {
    run: ({ database, ecg }) => takeMessage({ kind: "measure", subjectId: ecg, unrecorded: true }, { DB: database }),
  },
  "the job `hash`": {
    run: async ({ database, ecg }) => {
      await env.DB.prepare("update ecgs set samples_sha256 = null where id = ?").bind(ecg).run();
      await env.DB.prepare("insert into jobs (kind, subject_id, created_at) values ('hash', ?, 0)").bind(ecg).run();
      await takeMessage({ kind: "hash", subjectId: ecg }, { DB: database });
    },
  },
  "the job `erase-ecg`": {
    run: async ({ database, ecg }) => {
      await env.DB.prepare("update ecgs set complete = 0 where id = ?").bind(ecg).run();
      await env.DB.prepare("insert into jobs (kind, subject_id, created_at) values ('erase-ecg', ?, 0)")
        .bind(ecg)
        .run();
      for (let i = 0; i < 2; i++) await takeMessage({ kind: "erase-ecg", subjectId: ecg }, { DB: database });
    },
  },
  ...Object.fromEntries(
    Object.entries(SWEEPS)
      // Those go over everything, some at a time: their own tests have what a step reads.
      .filter(([name]) => name !== "find-unmeasured" && name !== "sweep-audit")
      .map(([name, sweep]) => [
        `the sweep \`${name}\``,
        {
          most: name === "sweep-objects" ? 1002 : undefined,
          run: ({ database }: Work) => sweep(openStore({ DB: database, ARCHIVE: store.archive }), env),
        },
      ]),
  ),
};

let caller: Caller;
let admin: Caller;
const little: Record<string, number> = {};

/** Does something, and gives the rows that it has read. */
async function countRows(name: string): Promise<number> {
  const { open, run } = WORKS[name];
  const { id: ecg } = await storedEcg(caller, open ? { open: true } : ECG);
  const { database, statements } = watchDatabase(env.DB);
  const bindings = { ...env, DB: database, ARCHIVE: store.archive, JOBS: watchQueue().queue };
  const send: Work["send"] = async (method, path, body, who = caller) => {
    const headers = { Authorization: who.authorization, "Content-Type": "application/json" };
    const init = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
    const answer = await app.request(path, init, bindings);
    expect(answer.status).toBeLessThan(300);
    await answer.arrayBuffer();
    return answer;
  };
  await run({ caller, admin, send, database, ecg });
  await env.DB.prepare("delete from ecgs where id = ?").bind(ecg).run();
  return statements.reduce((sum: number, { rowsRead }: Statement) => sum + rowsRead, 0);
}

/** Stores ECGs, measured and with a subject where the number is even. */
async function plantEcgs(owner: string, from: number, to: number): Promise<void> {
  await env.DB.prepare(
    `insert into ecgs (id, owner_id, recorded_at, created_at, subject, leads, samples_sha256, heart_rate, findings)
     select ?1 || '/' || value, ?1, ?2 + value * ?3, ?2, iif(value % 2 = 0, 'P-1', null), '[]', '', 60, '[]' from json_each(?4)`,
  )
    .bind(owner, FIRST_MS, DAY_MS, numbers(from, to))
    .run();
}

function numbers(from: number, to: number): string {
  return JSON.stringify(Array.from({ length: to - from }, (_, i) => from + i));
}

/** Stores much of everything, of the caller and of others. */
async function plantMuch(): Promise<void> {
  const many = numbers(0, MANY);
  const now = Date.now();
  const owner = caller.user.id;
  await env.DB.prepare(
    `insert into users (id, username, username_look, email, role, password_hash, created_at)
     select 'many-' || value, 'many ' || value, 'many ' || value, 'a@example.org', 'user', 'x', 0 from json_each(?)`,
  )
    .bind(many)
    .run();
  await plantEcgs(owner, FEW, MANY);
  await plantEcgs("many-0", 0, MANY);
  const rows: [string, ...unknown[]][] = [
    ["insert into insights select id, 0, 1, 1, '{}' from ecgs where owner_id = 'many-0' or ? = 0", many],
    [
      "insert into annotations select id, 'qrs', 0, 'e', 0, 0, 0, '[]' from ecgs where owner_id = 'many-0' or ? = 0",
      many,
    ],
    [
      "insert into signal_chunks (ecg_id, chunk_index, data) select 'many-0/0', value, 'x' from json_each(?) where true",
      many,
    ],
    ["insert into jobs (subject_id, kind, created_at) select '0' || value, 'measure', 0 from json_each(?)", many],
    [
      "insert into jobs (subject_id, kind, created_at, failed_at) select '1' || value, 'measure', 0, value from json_each(?)",
      many,
    ],
    ["insert into loose_objects select 'o' || value, ? from json_each(?)", now, many],
    [
      `insert into sessions (id, user_id, credentials_version, token_hash, rotated_at, created_at, expires_at)
       select 's' || value, 'many-' || value, 1, 'x', 0, 0, ? from json_each(?)`,
      now + DAY_MS,
      many,
    ],
    [
      `insert into access_keys (id, owner_id, name, scopes, key_hash, created_at)
       select 'k' || value, ?, 'Device', '["ecg:read"]', 'x', 0 from json_each(?)`,
      owner,
      numbers(0, 900),
    ],
    [
      `insert into audit (account_id, id, at, action, outcome, request_id, kept_until)
       select ?, '00' || value, 0, 'GET /ecg', 'done', 'r', 0 from json_each(?)`,
      owner,
      many,
    ],
  ];
  for (const [sql, ...values] of rows)
    await env.DB.prepare(sql)
      .bind(...values)
      .run();
}

beforeAll(async () => {
  [caller, admin] = [await newCaller(), await newCaller("admin")];
  await plantEcgs(caller.user.id, 0, FEW);
  for (let i = 0; i < 25; i++) await newCaller();
  for (let i = 0; i < 25; i++) await newKeyOf(caller.user);
  for (let i = 0; i < 25; i++)
    await env.DB.prepare("insert into jobs (subject_id, kind, created_at, failed_at) values (?, 'measure', 0, 1)")
      .bind(newId())
      .run();
  for (let i = 0; i < 25; i++) await caller.get("/users/me");
  await doJobs({ MEASURE_AHEAD: "off" });
  for (const name of Object.keys(WORKS)) little[name] = await countRows(name);
  await plantMuch();
}, 300_000);

it.each(Object.keys(WORKS))("%s reads as many rows with much stored as with little", async (name) => {
  const { most = 1.2 * little[name] + 2 } = WORKS[name];
  expect(await countRows(name)).toBeLessThanOrEqual(most);
});
