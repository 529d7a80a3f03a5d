import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { type Caller, newCaller, request, storedEcg } from "../support/api.ts";
import { doJobs } from "../support/jobs.ts";
import { newSignal } from "../support/signals.ts";

type Summary = { id: string; samples_sha256: string | null };

/** Two leads, and how they are hashed by hand: `python3 -c "hashlib.sha256(struct.pack('<7i', 1, -2, -2**31, 300, 7, 0, -1))"`. */
const LEADS = [
  { name: "II", signal: [1, -2, null, 300] },
  { name: "V1", signal: [7, 0, -1] },
];
const SHA256 = "cad55493fb2dc4996e1318ec3d74e4d67472ad457856d60714aa81fc1704dcd5";
/** A hash that no samples of these tests have. */
const WRONG = "0".repeat(64);
/** More than 32 chunks. */
const LONG = newSignal(2_100_000);

it("is given of samples that came at once, wherever an ECG is told of", async () => {
  const caller = await newCaller();
  const ecg = await storedEcg(caller, { leads: LEADS });
  expect(ecg.samples_sha256).toBe(SHA256);
  expect(await read(caller, ecg.id)).toMatchObject({ samples_sha256: SHA256 });
  const list = await (await caller.get("/ecg")).json();
  expect(list).toMatchObject({ items: [{ samples_sha256: SHA256 }] });
  const changed = await caller.patch(`/ecg/${ecg.id}`, { note: "At rest" });
  expect(await changed.json()).toMatchObject({ samples_sha256: SHA256 });
});

it("is given of samples that came in parts", async () => {
  const caller = await newCaller();
  const answer = await sendLines(
    caller,
    { leads: LEADS.map((lead) => ({ ...lead, signal: lead.signal.slice(0, 2) })) },
    [LEADS.map(({ name, signal }) => ({ name, start_sample: 2, signal: signal.slice(2) }))],
  );
  expect(answer.samples_sha256).toBe(SHA256);
  expect(await read(caller, answer.id)).toMatchObject({ samples_sha256: SHA256 });
});

it("is given of an open ECG when it is closed, and not before", async () => {
  const caller = await newCaller();
  const { id, samples_sha256 } = await storedEcg(caller, {
    open: true,
    leads: LEADS.map((lead) => ({ ...lead, signal: lead.signal.slice(0, 2) })),
  });
  const leads = LEADS.map(({ name, signal }) => ({ name, start_sample: 2, signal: signal.slice(2) }));
  const grown = await (await caller.post(`/ecg/${id}/samples`, { leads })).json<Summary>();
  expect([samples_sha256, grown.samples_sha256]).toEqual([null, null]);
  const etag = (await caller.get(`/ecg/${id}`)).headers.get("etag");
  expect(await (await caller.post(`/ecg/${id}/close`, {})).json()).toMatchObject({ samples_sha256: SHA256 });
  expect((await caller.get(`/ecg/${id}`)).headers.get("etag")).not.toBe(etag);
});

it("is given of a long ECG that came in parts some minutes later, by the Worker's trigger", async () => {
  const caller = await newCaller();
  const half = LONG.length / 2;
  const answer = await sendLines(
    caller,
    { sampling_rate: 500, leads: ["a", "b"].map((name) => ({ name, signal: Array.from(LONG.subarray(0, half)) })) },
    [["a", "b"].map((name) => ({ name, start_sample: half, signal: Array.from(LONG.subarray(half)) }))],
  );
  expect(answer.samples_sha256).toBeNull();
  const etag = (await caller.get(`/ecg/${answer.id}?start=0&end=1`)).headers.get("etag");
  await doJobs();
  const later = await caller.get(`/ecg/${answer.id}?start=0&end=1`);
  expect(await later.json()).toMatchObject({ samples_sha256: await hashByHand(LONG, LONG) });
  expect(later.headers.get("etag")).not.toBe(etag);
  // Nobody has changed the ECG meanwhile.
  const changed = await request("PATCH", `/ecg/${answer.id}`, {
    headers: { Authorization: caller.authorization, "Content-Type": "application/json", "If-Match": etag ?? "" },
    body: JSON.stringify({ note: "At rest" }),
  });
  expect(changed.status).toBe(200);
});

it("is given of an ECG that was stored before there were hashes, by the Worker's trigger", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, { leads: LEADS });
  await setHash(id, null);
  expect(await read(caller, id)).toMatchObject({ samples_sha256: null, leads: LEADS });
  await doJobs();
  expect(await read(caller, id)).toMatchObject({ samples_sha256: SHA256 });
});

it.each([
  { name: "damaged", damage: "update signal_chunks set data = 'x' where ecg_id = ?" },
  {
    name: "too long",
    damage: `update ecgs set leads = json_set(leads, '$[0][1]', 1e9, '$[0][7]', 1000) where id = ?`,
  },
])("is given up of an ECG that is $name, which keeps no other waiting", async ({ damage }) => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const caller = await newCaller();
  const ecgs = [await storedEcg(caller, { leads: LEADS }), await storedEcg(caller, { leads: LEADS })];
  for (const { id } of ecgs) await setHash(id, null);
  await env.DB.prepare(damage).bind(ecgs[0].id).run();
  await doJobs();
  const list = await (await caller.get("/ecg")).json<{ items: Summary[] }>();
  expect(list.items.map(({ samples_sha256 }) => samples_sha256)).toEqual([SHA256, null]);
  const waiting = "select count(*) as n from ecgs where id = ? and samples_sha256 is null";
  expect(await env.DB.prepare(waiting).bind(ecgs[0].id).first("n")).toBe(0);
  errors.mockRestore();
});

it.each(["", "?format=csv", "?format=fhir", "?format=wfdb"])(
  "is checked by GET /ecg/{id}%s: samples that it is not of are withheld",
  async (query) => {
    const errors = vi.spyOn(console, "error").mockImplementation(() => {});
    const caller = await newCaller();
    const { id } = await storedEcg(caller, {
      sampling_rate: 500,
      leads: LEADS.map((lead) => ({ ...lead, gain: 200, signal: [1, 2, 3] })),
    });
    expect((await caller.get(`/ecg/${id}${query}`)).status).toBe(200);
    await setHash(id, WRONG);
    const answer = await caller.get(`/ecg/${id}${query}`);
    expect([answer.status, await answer.json()]).toMatchObject([500, { title: "Damaged Signal" }]);
    // A part of the samples cannot be compared.
    expect((await caller.get(`/ecg/${id}?leads=II`)).status).toBe(200);
    expect((await caller.get(`/ecg/${id}?start=0&end=0.002`)).status).toBe(200);
    errors.mockRestore();
  },
);

it("is checked as a long answer is sent, which breaks off before its end", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const caller = await newCaller();
  const leads = ["a", "b"].map((name) => ({ name, signal: Array.from(LONG.subarray(0, 600_000)) }));
  const { id } = await storedEcg(caller, { leads });
  const whole = await (await caller.get(`/ecg/${id}`)).json<{ leads: object[] }>();
  expect(whole.leads).toMatchObject(leads);
  await setHash(id, WRONG);
  const answer = await caller.get(`/ecg/${id}`);
  expect(answer.status).toBe(200);
  await expect(answer.text()).rejects.toThrow();
  errors.mockRestore();
});

async function read(caller: Caller, id: string): Promise<Summary> {
  return (await caller.get(`/ecg/${id}`)).json();
}

/** Stores another hash of an ECG's samples, or none, which then is still to be made. */
async function setHash(id: string, hash: string | null): Promise<void> {
  await env.DB.prepare("update ecgs set samples_sha256 = ? where id = ?").bind(hash, id).run();
  if (hash !== null) return;
  await env.DB.prepare("insert into jobs (subject_id, kind, created_at) values (?, 'hash', 0)").bind(id).run();
}

async function sendLines(caller: Caller, first: object, others: object[][]): Promise<Summary> {
  const lines = [first, ...others.map((leads) => ({ leads }))].map((line) => JSON.stringify(line)).join("\n");
  const headers = { Authorization: caller.authorization, "Content-Type": "application/jsonl" };
  const answer = await request("POST", "/ecg", { headers, body: lines });
  expect(answer.status).toBe(201);
  return answer.json();
}

async function hashByHand(...signals: Int32Array[]): Promise<string> {
  const view = new DataView(new ArrayBuffer(4 * signals.reduce((sum, { length }) => sum + length, 0)));
  let offset = 0;
  for (const samples of signals) {
    for (const sample of samples) {
      view.setInt32(offset, sample, true);
      offset += 4;
    }
  }
  return Buffer.from(await crypto.subtle.digest("SHA-256", view)).toString("hex");
}
