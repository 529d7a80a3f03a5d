import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { app } from "../../src/http/app.ts";
import { cutNotes, sweepSentKeys } from "../../src/store/sent-keys.ts";
import { type Caller, newCaller, newKeyOf, request, store } from "../support/api.ts";
import { newNoise } from "../support/signals.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { watchDatabase } from "../support/watched-database.ts";

const HOUR_MS = 3600 * 1000;
const ECG = JSON.stringify({ note: "é", sampling_rate: 500, leads: [{ name: "II", signal: [3, 2, 0, 0, -1] }] });
const OTHER = JSON.stringify({ leads: [{ name: "II", signal: [1] }] });
const KEY = '"8e03978e-40d5-43e8-bc93-6894a57f9324"';

it("answers the same request with the same key alike, and stores one ECG", async () => {
  const caller = await newCaller();
  const first = await send(caller, KEY, ECG);
  const text = await first.text();
  expect([first.status, JSON.parse(text).notes]).toEqual([201, []]);
  const { id } = JSON.parse(text);
  // Measuring is no part of the first answer.
  expect((await caller.get(`/ecg/${id}/insights`)).status).toBe(200);
  for (const key of [KEY, KEY.slice(1, -1), ` ${KEY} `]) {
    const again = await send(caller, key, ECG);
    expect([again.status, again.headers.get("location"), await again.text()]).toEqual([201, `/ecg/${id}`, text]);
  }
  expect(await listIds(caller)).toEqual([id]);
});

it("answers with the notes of the first, and with what was changed since", async () => {
  const caller = await newCaller();
  const csv = "time,II\n0,1\n0.002,2\n0.004,3\n";
  const first = await (await send(caller, KEY, csv, "text/csv")).json<{ id: string; notes: string[] }>();
  expect(first.notes.length).toBeGreaterThan(0);
  await caller.patch(`/ecg/${first.id}`, { subject: "P-1" });
  expect(await (await send(caller, KEY, csv, "text/csv")).json()).toEqual({ ...first, subject: "P-1" });
});

it.each([
  { name: "another body", again: (caller: Caller) => send(caller, KEY, OTHER) },
  {
    name: "another query",
    again: (caller: Caller) => send(caller, KEY, ECG, "application/json", "?keep_subject=true"),
  },
  { name: "another type", again: (caller: Caller) => send(caller, KEY, ECG, "application/jsonl") },
])("refuses $name with the same key", async ({ again }) => {
  const caller = await newCaller();
  expect((await send(caller, KEY, ECG)).status).toBe(201);
  const answer = await again(caller);
  expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ path: "Idempotency-Key" }] }]);
  expect(await listIds(caller)).toHaveLength(1);
});

it("refuses the same leads in another order with the same key", async () => {
  const caller = await newCaller();
  const csv = "time,I,II\n0,1,5\n0.002,2,6\n0.004,3,7\n";
  const statuses = [];
  for (const query of ["?leads=I&leads=II", "?leads=I&leads=II", "?leads=II&leads=I"])
    statuses.push((await send(caller, KEY, csv, "text/csv", query)).status);
  expect(statuses).toEqual([201, 201, 422]);
});

it("takes a query whose parameters are in another order for the same", async () => {
  const caller = await newCaller();
  const answers = [];
  for (const query of ["?timezone=UTC&keep_subject=true", "?keep_subject=true&timezone=UTC"])
    answers.push(await send(caller, KEY, ECG, "application/json", query));
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  expect(await listIds(caller)).toHaveLength(1);
});

it("keeps the first of very many notes", () => {
  const notes = Array.from({ length: 20 }, (_, i) => `${i} ${"x".repeat(1000)}`);
  expect(cutNotes(notes)).toEqual(notes.slice(0, 10));
});

it.each(['"', '""', "a b", '"é"', '"a"b"', "a, b", `"${"x".repeat(256)}"`, "x".repeat(256), '"a";b=1'])(
  "refuses the key %s",
  async (key) => {
    const caller = await newCaller();
    const answer = await send(caller, encodeURIComponent(key) === key ? key : key.replace("é", "\xe9"), ECG);
    expect([answer.status, await answer.json()]).toMatchObject([400, { title: "Bad Request" }]);
    expect(await listIds(caller)).toEqual([]);
  },
);

it("takes a key with quotes and backslashes in it", async () => {
  const caller = await newCaller();
  const answers = [
    await send(caller, String.raw`"a \"b\" \\"`, ECG),
    await send(caller, String.raw`"a \"b\" \\"`, ECG),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  expect(await listIds(caller)).toHaveLength(1);
});

it("knows a user's keys from those of other users and of other access keys", async () => {
  const [ada, byron] = [await newCaller(), await newCaller()];
  const devices = [await newKeyOf(ada.user), await newKeyOf(ada.user)];
  const answers = [];
  for (const authorization of [ada.authorization, byron.authorization, ...devices, ...devices]) {
    answers.push(await sendAs(authorization, KEY, ECG));
  }
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  expect(await listIds(ada)).toHaveLength(3);
  expect(await listIds(byron)).toHaveLength(1);
});

it("tells who may not send ECGs nothing of a key", async () => {
  const caller = await newCaller();
  await send(caller, KEY, ECG);
  const key = await newKeyOf(caller.user, { scopes: ["ecg:read"] });
  expect((await sendAs(key, KEY, ECG)).status).toBe(403);
  await env.DB.prepare("update users set disabled = 1 where id = ?").bind(caller.user.id).run();
  expect((await send(caller, KEY, ECG)).status).toBe(401);
});

it("stores one of those that come at once", async () => {
  const caller = await newCaller();
  const bodies = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const answer = await send(caller, KEY, ECG);
      return [answer.status, (await answer.json<{ id: string }>()).id];
    }),
  );
  const [id] = await listIds(caller);
  expect(bodies).toEqual(bodies.map(() => [201, id]));
  expect(await listIds(caller)).toHaveLength(1);
});

/** A long recording in lines, the last of which is sent when it is to go on. */
function newHeldBody() {
  const signal = [...newNoise(600_000)];
  const lines = [
    { sampling_rate: 250, leads: [{ name: "II", signal: [] }] },
    ...[0, 1, 2].map((i) => ({ leads: [{ name: "II", start_sample: i * signal.length, signal }] })),
  ].map((line) => new TextEncoder().encode(`${JSON.stringify(line)}\n`));
  let goOn = () => {};
  const isHeld = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const line of lines.slice(0, -1)) controller.enqueue(line);
      await isHeld;
      controller.enqueue(lines[lines.length - 1]);
      controller.close();
    },
  });
  return { lines, body, goOn };
}

it("answers 409 while a long one is under way, and then as the first", async () => {
  const caller = await newCaller();
  const { lines, body, goOn } = newHeldBody();
  const first = send(caller, KEY, body, "application/jsonl");
  await vi.waitFor(async () => expect(await countIncomplete(caller)).toBe(1), { timeout: 20_000 });
  const other = await send(caller, KEY, OTHER);
  expect([other.status, other.headers.get("retry-after")]).toEqual([409, "5"]);
  expect(await listIds(caller)).toEqual([]);
  goOn();
  const { id } = await (await first).json<{ id: string }>();
  const again = await send(caller, KEY, Buffer.concat(lines), "application/jsonl");
  expect([again.status, (await again.json<{ id: string }>()).id]).toEqual([201, id]);
  expect(await listIds(caller)).toEqual([id]);
});

it.each([
  { name: "has erased what it had stored", sql: "delete from ecgs where owner_id = ? and not complete" },
  { name: "is erasing it", sql: "update ecgs set revision = 0, sent_key = null where owner_id = ? and not complete" },
])("answers 409 to a long one when another, which begins anew, $name", async ({ sql }) => {
  const caller = await newCaller();
  const { body, goOn } = newHeldBody();
  const first = send(caller, KEY, body, "application/jsonl");
  await vi.waitFor(async () => expect(await countIncomplete(caller)).toBe(1), { timeout: 20_000 });
  await env.DB.prepare(sql).bind(caller.user.id).run();
  goOn();
  expect([(await first).status, (await first).headers.get("retry-after")]).toEqual([409, "5"]);
  expect([await listIds(caller), await countIncomplete(caller)]).toEqual([[], 0]);
});

it("takes over from one that broke off with its Worker, after a quarter of an hour", async () => {
  const caller = await newCaller();
  const { id } = await (await send(caller, KEY, ECG)).json<{ id: string }>();
  const breakOff = (ms: number) =>
    env.DB.prepare("update ecgs set complete = 0, sent_body = null, created_at = ? where id = ?")
      .bind(Date.now() - ms, id)
      .run();
  await breakOff(0.2 * HOUR_MS);
  expect((await send(caller, KEY, ECG)).status).toBe(409);
  await breakOff(0.3 * HOUR_MS);
  expect((await send(caller, KEY, ECG)).status).toBe(201);
  expect(await listIds(caller)).not.toContain(id);
  expect(await countIncomplete(caller)).toBe(0);
});

it("keeps no refusal, and nothing of an ECG that was erased", async () => {
  const caller = await newCaller();
  expect((await send(caller, KEY, "{}")).status).toBe(422);
  const { id } = await (await send(caller, KEY, ECG)).json<{ id: string }>();
  await caller.delete(`/ecg/${id}`);
  const again = await send(caller, KEY, OTHER);
  expect(again.status).toBe(201);
  expect(await listIds(caller)).not.toContain(id);
});

it("knows a key for 24 hours, over midnight, and then sweeps it away", async () => {
  const caller = await newCaller();
  const { id } = await (await send(caller, KEY, ECG)).json<{ id: string }>();
  const age = (ms: number) =>
    env.DB.prepare("update ecgs set created_at = ?, sent_day = ? where id = ?")
      .bind(Date.now() - ms, Math.floor((Date.now() - ms) / (24 * HOUR_MS)), id)
      .run();
  await age(23.9 * HOUR_MS);
  expect((await (await send(caller, KEY, ECG)).json<{ id: string }>()).id).toBe(id);
  await sweepSentKeys(store);
  expect(await countKeys(caller)).toBe(1);
  await age(24.1 * HOUR_MS);
  expect((await (await send(caller, KEY, OTHER)).json<{ id: string }>()).id).not.toBe(id);
  expect(await countKeys(caller)).toBe(2);
  await age(49 * HOUR_MS);
  await sweepSentKeys(store);
  expect(await countKeys(caller)).toBe(1);
  expect((await caller.get(`/ecg/${id}`)).status).toBe(200);
});

it("knows the key of one that came at once with it, and to which midnight had come already", async () => {
  const caller = await newCaller();
  const { id } = await (await send(caller, KEY, ECG)).json<{ id: string }>();
  await env.DB.prepare("update ecgs set created_at = created_at + 1, sent_day = sent_day + 1 where id = ?")
    .bind(id)
    .run();
  expect((await (await send(caller, KEY, ECG)).json<{ id: string }>()).id).toBe(id);
  expect(await listIds(caller)).toEqual([id]);
});

it("knows the files of a form that is sent again with another boundary", async () => {
  const caller = await newCaller();
  const sendForm = (...files: [string, string][]) => {
    const form = new FormData();
    for (const [name, text] of files) form.append("file", new Blob([text]), name);
    return request("POST", "/ecg", {
      headers: { Authorization: caller.authorization, "Idempotency-Key": KEY },
      body: form,
    });
  };
  const files: [string, string][] = [
    ["ecg.json", ECG],
    ["README.txt", "behind it"],
  ];
  expect((await sendForm(...files)).status).toBe(201);
  expect((await sendForm(...files)).status).toBe(201);
  expect((await sendForm(files[0])).status).toBe(422);
  expect((await sendForm(files[0], ["README.txt", "behind it!"])).status).toBe(422);
  expect(await listIds(caller)).toHaveLength(1);
});

it("stores nothing twice when the answer of the database was lost", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const caller = await newCaller();
  const losing = new Proxy(env.DB, {
    get: (target, key) =>
      key === "batch"
        ? async (statements: D1PreparedStatement[]) => {
            await target.batch(statements);
            throw new Error("D1_ERROR: Network connection lost.");
          }
        : Reflect.get(target, key).bind(target),
  });
  const init = { method: "POST", headers: headersOf(caller.authorization, KEY), body: ECG };
  expect((await app.request("/ecg", init, { ...env, DB: losing })).status).toBeGreaterThanOrEqual(500);
  expect((await send(caller, KEY, ECG)).status).toBe(201);
  expect(await listIds(caller)).toHaveLength(1);
  errors.mockRestore();
});

it("writes one row more for an ECG of 10 s, and none to answer again but its entry in the trail", async () => {
  const caller = await newCaller();
  const body = JSON.stringify({ ...toEcgJson(syntheticEcg()), subject: "P-0042" });
  const count = async (key?: string) => {
    const { database, statements } = watchDatabase(env.DB);
    const headers = headersOf(caller.authorization, key);
    expect((await app.request("/ecg", { method: "POST", headers, body }, { ...env, DB: database })).status).toBe(201);
    const entries = statements.filter(({ sql }) => sql.startsWith('insert into "audit"'));
    const sum = (list: typeof statements) => list.reduce((rows, { rowsWritten }) => rows + rowsWritten, 0);
    expect(sum(entries)).toBe(1);
    return sum(statements) - 1;
  };
  expect([await count(), await count(KEY), await count(KEY)]).toEqual([4, 5, 0]);
});

function headersOf(authorization: string, key?: string, type = "application/json"): Record<string, string> {
  return { Authorization: authorization, "Content-Type": type, ...(key !== undefined && { "Idempotency-Key": key }) };
}

function sendAs(authorization: string, key: string, body: BodyInit, type?: string, query = "") {
  return request("POST", `/ecg${query}`, { headers: headersOf(authorization, key, type), body });
}

function send(caller: Caller, key: string, body: BodyInit, type?: string, query?: string) {
  return sendAs(caller.authorization, key, body, type, query);
}

async function listIds(caller: Caller): Promise<string[]> {
  const { items } = await (await caller.get("/ecg")).json<{ items: { id: string }[] }>();
  return items.map(({ id }) => id);
}

function countIncomplete({ user }: Caller) {
  return env.DB.prepare("select count(*) as n from ecgs where owner_id = ? and not complete").bind(user.id).first("n");
}

function countKeys({ user }: Caller) {
  return env.DB.prepare("select count(*) as n from ecgs where owner_id = ? and sent_key is not null")
    .bind(user.id)
    .first("n");
}
