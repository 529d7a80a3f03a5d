import { env } from "cloudflare:workers";
import { strFromU8, unzipSync } from "fflate";
import { expect, it, vi } from "vitest";
import { ecgJson } from "../../src/formats/json/ecg-json.ts";
import { jsonLines } from "../../src/formats/json/lines.ts";
import { wfdb } from "../../src/formats/wfdb/wfdb.ts";
import { app } from "../../src/http/app.ts";
import { MISSING, type Recording } from "../../src/recording/recording.ts";
import { newId } from "../../src/store/ids.ts";
import { type Caller, logIn, newCaller, newKeyOf, PASSWORD, request, storedEcg } from "../support/api.ts";
import { type File, readFiles } from "../support/fuzz.ts";
import { newRecording } from "../support/new-recording.ts";
import { newSignal } from "../support/signals.ts";
import { watchDatabase } from "../support/watched-database.ts";

type Json = Record<string, unknown>;
type Manifest = {
  part: number;
  ecgs: number;
  next: string | null;
  errors: Json[];
  left_out: Json[];
  changed: string[];
};
type Files = Record<string, Uint8Array>;

/** D1 takes so many queries of a request in production. */
const MOST_STATEMENTS = 1000;
/** Of a lead at 250 Hz, in more chunks than a group has. */
const LONG_SIGNAL = newSignal(560_000);

/** Asks for a part of the caller's export. */
function ask(caller: Caller, path = "/users/me/export", bindings: object = env): Promise<Response> {
  return Promise.resolve(app.request(path, { headers: { Authorization: caller.authorization } }, bindings));
}

/** The files of a part, and its manifest, which is the last of them. */
async function open(answer: Response): Promise<{ files: Files; manifest: Manifest }> {
  expect(answer.status).toBe(200);
  const files = unzipSync(new Uint8Array(await answer.arrayBuffer()));
  expect(Object.keys(files).at(-1)).toBe("manifest.json");
  return { files, manifest: toJson(files["manifest.json"]) };
}

function toJson<T = Json>(bytes: Uint8Array): T {
  return JSON.parse(strFromU8(bytes));
}

function textOf(files: Files): string {
  return Object.values(files)
    .map((bytes) => strFromU8(bytes))
    .join();
}

/** The files of an ECG, by their extensions. */
function filesOf(files: Files, id: string): Record<string, File> {
  const own = Object.entries(files).flatMap(([path, bytes]) => {
    const name = path.startsWith(`ecgs/${id}/`) ? path.slice(`ecgs/${id}/`.length) : undefined;
    return name === undefined ? [] : [[name.includes(".json") ? name : name.split(".")[1], { name, bytes }]];
  });
  return Object.fromEntries(own);
}

/** The recording of an ECG's WFDB files. */
function readRecord({ hea, dat, ...others }: Record<string, File>): Promise<Recording> {
  return readFiles(wfdb, [hea, dat, ...Object.values(others).filter(({ name }) => !name.includes(".json"))]);
}

async function sendLong(caller: Caller): Promise<string> {
  const leads = [{ name: "II", gain: 1000, signal: [...LONG_SIGNAL] }];
  return (await storedEcg(caller, { sampling_rate: 250, date: "2026-01-31T09:30:00Z", leads })).id;
}

it("has the account, its keys, shares and sessions without their secrets, each ECG and the trail", async () => {
  const caller = await newCaller();
  const ecg = await storedEcg(caller);
  await newKeyOf(caller.user);
  await newKeyOf(caller.user, { ecgId: ecg.id, id: newId() });
  const { refresh_token } = await (await logIn(caller.user.username, PASSWORD)).json<{ refresh_token: string }>();
  const answer = await ask(caller);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "application/zip",
    "content-disposition": 'attachment; filename="export-1.zip"',
    "cache-control": "no-store",
  });
  expect(answer.headers.has("link")).toBe(false);
  const { files, manifest } = await open(answer);
  expect(manifest).toMatchObject({ part: 1, ecgs: 1, next: null, errors: [] });
  expect(toJson(files["account.json"])).toEqual(await (await caller.get("/users/me")).json());
  const keys = toJson<{ items: Json[] }>(files["keys.json"]);
  expect(keys.items).toEqual((await (await caller.get("/users/me/keys")).json<{ items: Json[] }>()).items);
  expect(keys.items).toHaveLength(2);
  expect(toJson(files["sessions.json"])).toEqual({
    items: [
      {
        created_at: expect.any(String),
        refreshed_at: expect.any(String),
        expires_at: expect.any(String),
      },
    ],
  });
  const trail = strFromU8(files["audit.jsonl"]).trimEnd().split("\n");
  expect(trail.map((line) => JSON.parse(line).action)).toEqual([
    "GET /users/me/export",
    "POST /auth/token",
    "POST /ecg",
  ]);
  const all = textOf(files);
  const secrets = await env.DB.prepare(
    "select password_hash || '|' || token_hash || '|' || key_hash as hashes from users join sessions on user_id = users.id join access_keys on owner_id = users.id where users.id = ?",
  )
    .bind(caller.user.id)
    .first<string>("hashes");
  for (const secret of [refresh_token, ...(secrets ?? "").split("|")]) {
    expect(secret.length).toBeGreaterThan(10);
    expect(all).not.toContain(secret);
  }
});

it("has each sample of an ECG in JSON, which can be sent as it is, and in WFDB with its annotations", async () => {
  const caller = await newCaller();
  const annotations = [
    { time: 0.5, code: "N" },
    { time: 1.25, code: "V", lead: "V1" },
    { time: 1.5, code: "N", annotator: "qrs" },
  ];
  const recording = newRecording({ recordedAt: Date.parse("2026-01-31T09:30:00Z"), device: "D", annotations }, [
    { samples: Int32Array.from(newSignal(1000), (sample, i) => (i % 7 === 0 ? MISSING : sample)) },
    { name: "V1", samplingRate: 250, samples: newSignal(500, 2) },
  ]);
  const body = wfdb.write(recording, { name: "r", timeZone: "UTC", units: "adc", layout: "3x4", fhirVersion: "R4" });
  const sent = await request("POST", "/ecg", { body, headers: { Authorization: caller.authorization } });
  const { id } = await sent.json<{ id: string }>();
  const whole = await (await caller.get(`/ecg/${id}`)).json();
  const { files, manifest } = await open(await ask(caller));
  expect(manifest).toMatchObject({ errors: [], left_out: [] });
  const own = filesOf(files, id);
  expect(Object.keys(own).sort()).toEqual(
    ["annotations.json", "atr", "dat", "ecg.json", "hea", "insights.json", "qrs"].sort(),
  );
  const samples = recording.leads.map((lead) => lead.samples);
  const fromJson = await readFiles(ecgJson, [own["ecg.json"]]);
  expect(fromJson.leads.map((lead) => lead.samples)).toEqual(samples);
  expect(toJson(own["ecg.json"].bytes)).toEqual(whole);
  const fromRecord = await readRecord(own);
  expect(fromRecord.leads).toEqual(recording.leads);
  expect(fromRecord.recordedAt).toBe(recording.recordedAt);
  expect([...fromRecord.annotations].sort((a, b) => a.time - b.time)).toMatchObject(annotations);
  expect(toJson(own["annotations.json"].bytes)).toEqual(await (await caller.get(`/ecg/${id}/annotations`)).json());
  expect(toJson(own["insights.json"].bytes)).toEqual(await (await caller.get(`/ecg/${id}/insights`)).json());
});

it("has a long ECG as JSON lines and as WFDB, and says that it is still to be measured", async () => {
  const caller = await newCaller();
  const id = await sendLong(caller);
  const { files, manifest } = await open(await ask(caller));
  const own = filesOf(files, id);
  expect(manifest.left_out).toEqual([{ ecg_id: id, file: "insights.json", detail: expect.any(String) }]);
  expect(strFromU8(own["ecg.jsonl"].bytes).trimEnd().split("\n").length).toBeGreaterThan(4);
  for (const read of [readFiles(jsonLines, [own["ecg.jsonl"]]), readRecord(own)]) {
    const { recordedAt, leads } = await read;
    expect([recordedAt, leads.length, leads[0].gain]).toEqual([Date.parse("2026-01-31T09:30:00Z"), 1, 1000]);
    expect(leads[0].samples).toEqual(LONG_SIGNAL);
  }
  await caller.get(`/ecg/${id}/insights`);
  const measured = await open(await ask(caller));
  expect(measured.manifest.left_out).toEqual([]);
  expect(toJson(filesOf(measured.files, id)["insights.json"].bytes)).toEqual(
    await (await caller.get(`/ecg/${id}/insights`)).json(),
  );
});

it("says why an ECG is not in WFDB, and has what it can", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, { leads: [{ name: "II", signal: [1, 2] }] });
  const empty = await storedEcg(caller, { open: true, leads: [{ name: "II", signal: [] }], sampling_rate: 250 });
  const { files, manifest } = await open(await ask(caller));
  expect(manifest.left_out).toEqual([
    { ecg_id: id, file: expect.stringMatching(/\.hea$/), detail: "WFDB needs a sampling rate." },
  ]);
  expect(Object.keys(filesOf(files, id)).sort()).toEqual(["ecg.json", "insights.json"]);
  expect(toJson(filesOf(files, empty.id)["ecg.json"].bytes)).toMatchObject({ open: true, leads: [{ signal: [] }] });
});

it("has what is not damaged, and says what is", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const caller = await newCaller();
  const [good, bad, long] = [await storedEcg(caller), await storedEcg(caller), { id: await sendLong(caller) }];
  await env.DB.prepare("update signal_chunks set data = 'AAAA' where ecg_id = ?").bind(bad.id).run();
  await env.DB.prepare("delete from signal_chunks where ecg_id = ? and chunk_index = 33").bind(long.id).run();
  const { files, manifest } = await open(await ask(caller));
  expect(manifest.ecgs).toBe(3);
  expect(manifest.errors.map(({ ecg_id }) => ecg_id).sort()).toEqual([bad.id, long.id].sort());
  expect(Object.keys(filesOf(files, bad.id))).toEqual(["summary.json"]);
  expect(toJson(filesOf(files, bad.id)["summary.json"].bytes)).toMatchObject({ id: bad.id });
  expect(Object.keys(filesOf(files, long.id))).toEqual(["ecg.jsonl", "summary.json"]);
  const begun = await readFiles(jsonLines, [filesOf(files, long.id)["ecg.jsonl"]]);
  const { length } = begun.leads[0].samples;
  expect(length).toBeGreaterThan(400_000);
  expect(begun.leads[0].samples).toEqual(LONG_SIGNAL.subarray(0, length));
  expect(filesOf(files, good.id)).toHaveProperty(["ecg.json"]);
});

it("leads from part to part, each of which takes no more statements than a request may", async () => {
  const caller = await newCaller();
  const posted: string[] = [];
  for (let i = 0; i < 160; i++) posted.push((await storedEcg(caller)).id);
  const exported: string[] = [];
  const numbers: number[] = [];
  let trail = 0;
  for (let path: string | undefined = "/users/me/export"; path !== undefined; ) {
    const { database, statements } = watchDatabase(env.DB);
    const answer = await ask(caller, path, { ...env, DB: database });
    const { files, manifest } = await open(answer);
    expect(statements.length).toBeLessThan(MOST_STATEMENTS);
    const next = /^<(.+)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
    expect(manifest.next).toBe(next ?? null);
    exported.push(...Object.keys(files).flatMap((name) => /^ecgs\/(.+)\/ecg.json$/.exec(name)?.[1] ?? []));
    numbers.push(manifest.part);
    expect("account.json" in files).toBe(manifest.part === 1);
    trail += files["audit.jsonl"] ? strFromU8(files["audit.jsonl"]).trimEnd().split("\n").length : 0;
    path = next;
  }
  expect(numbers).toEqual([1, 2]);
  expect(exported.sort()).toEqual(posted.sort());
  expect(trail).toBe(162);
});

it("says which ECGs were changed since it began: one whose date is another now may be in no part", async () => {
  const caller = await newCaller();
  const ids: string[] = [];
  for (let i = 0; i < 113; i++) {
    ids.push((await storedEcg(caller, { date: new Date(Date.UTC(2026, 0, 1) - i * 60_000).toISOString() })).id);
  }
  await caller.patch(`/ecg/${ids[0]}`, { note: "before" });
  const first = await open(await ask(caller));
  await caller.patch(`/ecg/${ids[112]}`, { date: "2026-02-01T00:00:00Z" });
  await caller.patch(`/ecg/${ids[1]}`, { note: "meanwhile" });
  await caller.patch(`/ecg/${newId()}`, { note: "of none" });
  const last = await open(await ask(caller, first.manifest.next ?? ""));
  expect([first.manifest.changed, last.manifest.next]).toEqual([[], null]);
  expect(Object.keys({ ...first.files, ...last.files }).join()).not.toContain(ids[112]);
  expect(last.manifest.changed.sort()).toEqual([ids[1], ids[112]].sort());
});

it("leads through a trail that is longer than a part, which may grow meanwhile", async () => {
  const caller = await newCaller();
  const { id } = caller.user;
  await env.DB.prepare(
    `with recursive n (i) as (select 1 union all select i + 1 from n where i < 100100)
     insert into audit select ?1, printf('0197d3a0-8f5e-7c31-9b1a-%012d', i), 0, ?1, null, 'GET /ecg', null, 'done', 'r', null, 0 from n`,
  )
    .bind(id)
    .run();
  const seen: string[] = [];
  const lengths: number[] = [];
  for (let path: string | null = "/users/me/export"; path !== null; ) {
    const { database, statements } = watchDatabase(env.DB);
    const answer = await ask(caller, path, { ...env, DB: database });
    await caller.get("/users/me");
    const { files, manifest } = await open(answer);
    expect(statements.length).toBeLessThan(MOST_STATEMENTS);
    const lines = strFromU8(files["audit.jsonl"]).trimEnd().split("\n");
    seen.push(...lines.map((line) => JSON.parse(line).id));
    lengths.push(lines.length);
    path = manifest.next;
  }
  expect(lengths.length).toBe(3);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.filter((entry) => entry.startsWith("0197d3a0-8f5e-7c31-9b1a-"))).toHaveLength(100_100);
});

it("gives an admin the account and its trail alone", async () => {
  const admin = await newCaller("admin");
  await admin.get("/admin/users");
  const { files, manifest } = await open(await ask(admin));
  expect(Object.keys(files)).toEqual(["account.json", "keys.json", "sessions.json", "audit.jsonl", "manifest.json"]);
  expect(manifest).toMatchObject({ ecgs: 0, errors: [], next: null });
  expect(strFromU8(files["audit.jsonl"])).toContain("GET /admin/users");
});

it("has nobody else's", async () => {
  const [caller, other] = [await newCaller(), await newCaller()];
  const foreign = await storedEcg(other);
  const { files } = await open(await ask(caller));
  const all = textOf(files);
  expect(all).not.toContain(foreign.id);
  expect(all).not.toContain(other.user.id);
});

it.each(["", "nonsense!", Buffer.from("[0]").toString("base64url"), Buffer.from("[1,[2]]").toString("base64url")])(
  "refuses the cursor %j, which no part has given",
  async (cursor) => {
    const answer = await (await newCaller()).get(`/users/me/export?cursor=${cursor}`);
    expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ path: "cursor" }] }]);
  },
);

it("is read as it is sent, and no further when the client goes away", async () => {
  const caller = await newCaller();
  for (let i = 0; i < 20; i++) await storedEcg(caller);
  const { database, statements } = watchDatabase(env.DB);
  const answer = await ask(caller, "/users/me/export", { ...env, DB: database });
  const reader = answer.body?.getReader();
  const readSome = async () => {
    for (let i = 0; i < 40; i++) await reader?.read();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return statements.filter(({ sql }) => sql.includes("signal_chunks")).length;
  };
  const [first, second] = [await readSome(), await readSome()];
  expect(first).toBeLessThan(10);
  expect(second).toBeGreaterThan(first);
  await reader?.cancel();
  const { length } = statements;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(statements.length).toBe(length);
});

it("breaks off without its directory when the database fails, so that nobody takes it for whole", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const caller = await newCaller();
  for (let i = 0; i < 3; i++) await storedEcg(caller);
  let reads = 0;
  const { database } = watchDatabase(env.DB, (sql) => {
    if (sql.some((one) => one.includes('from "signal_chunks"')) && ++reads > 1) throw new Error("D1 is away");
  });
  const answer = await ask(caller, "/users/me/export", { ...env, DB: database });
  expect(answer.status).toBe(200);
  await expect(answer.arrayBuffer()).rejects.toThrow();
  expect(errors.mock.calls.join()).toContain("D1 is away");
});

it("can be sent back, a folder an ECG", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, { note: "At rest", subject: "P-0042" });
  const { files } = await open(await ask(caller));
  const again = await (await caller.post("/ecg", strFromU8(filesOf(files, id)["ecg.json"].bytes))).json<Json>();
  expect(again).toMatchObject({
    note: "At rest",
    subject: "P-0042",
    samples_sha256: toJson(filesOf(files, id)["ecg.json"].bytes).samples_sha256,
  });
});
