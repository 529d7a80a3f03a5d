import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { wfdb } from "../../src/formats/wfdb/wfdb.ts";
import { type Caller, logIn, newCaller, PASSWORD, request, store, storedEcg } from "../support/api.ts";
import { doJobs } from "../support/jobs.ts";
import { newRecording } from "../support/new-recording.ts";
import { newNoise } from "../support/signals.ts";

/** Tables that have nothing of an account: how far jobs have come, and which migrations were applied. */
const OF_NOBODY = ["job_positions", "d1_migrations", "sqlite_sequence"];
/** What an erased account leaves, for whoever asks who has read what: ids, and no names. */
const LEFT = "audit";
/** Names that an erasure must leave nowhere. */
const SUBJECT = "P-0042 of the erased";

/** The rows of each table that is there, so that a new one is not forgotten. */
async function readTables(): Promise<Record<string, object[]>> {
  const { results } = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not glob '*_cf_*' order by name",
  ).all<{ name: string }>();
  const names = results.map(({ name }) => name).filter((name) => !OF_NOBODY.includes(name));
  const rows = await env.DB.batch<object>(names.map((name) => env.DB.prepare(`select * from "${name}"`)));
  return Object.fromEntries(names.map((name, i) => [name, rows[i].results]));
}

function countRows(tables: Record<string, object[]>): Record<string, number> {
  return Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, rows.length]));
}

async function listObjects(): Promise<string[]> {
  return ((await store.archive?.list())?.objects ?? []).map(({ key }) => key);
}

/** Leaves something of the user in every table. */
async function fillTables(caller: Caller): Promise<void> {
  const annotations = [{ time: 0.001, code: "N" }];
  const body = wfdb.write(newRecording({ annotations }, [{ samples: Int32Array.of(1, 2, 3) }]), {
    name: "r",
    timeZone: "UTC",
    units: "adc",
    layout: "3x4",
    fhirVersion: "R4",
  });
  const headers = { Authorization: caller.authorization };
  const annotated = await (await request("POST", "/ecg", { body, headers })).json<{ id: string }>();
  expect((await caller.get(`/ecg/${annotated.id}/insights`)).status).toBe(200);
  // Long enough to be measured ahead, and for the archive if there is one.
  const leads = [{ name: "II", signal: [...newNoise(1_000_000)] }];
  await storedEcg(caller, { sampling_rate: 250, subject: SUBJECT, leads });
  // A chunk that does not fit into its row.
  const noise = [...newNoise(60_000)];
  const noisy = Array.from({ length: 12 }, (_, i) => ({
    name: `V${i}`,
    signal: noise.slice(5000 * i, 5000 * (i + 1)),
  }));
  await storedEcg(caller, { open: true, leads: noisy });
  await caller.post("/users/me/keys", { name: "Device 7", scopes: ["ecg:read"] });
  const expiresAt = new Date(Date.now() + 3600_000).toISOString();
  await caller.post(`/ecg/${annotated.id}/shares`, { expires_at: expiresAt, note: "For Dr. Byron" });
  expect((await logIn(caller.user.username, PASSWORD)).status).toBe(200);
  if (store.archive) {
    // What an upload that has broken off would have left.
    await env.DB.prepare("update ecgs set complete = 0 where id = ?")
      .bind((await storedEcg(caller)).id)
      .run();
  }
}

it("erasing an account leaves no row of it in any table, and no object, but ids in the audit trail", async () => {
  const admin = await newCaller("admin");
  const objectsBefore = await listObjects();
  const before = await readTables();
  const caller = await newCaller();
  await fillTables(caller);

  const filled = await readTables();
  const empty = Object.keys(filled).filter((name) => filled[name].length === before[name].length);
  // Objects are loose for a moment alone, while they are written or erased.
  expect(empty).toEqual(["loose_objects"]);
  if (store.archive) expect((await listObjects()).length).toBeGreaterThan(objectsBefore.length);

  expect((await admin.delete(`/admin/users/${caller.user.id}`)).status).toBe(204);
  await doJobs();
  const after = await readTables();
  expect({ ...countRows(after), [LEFT]: 0 }).toEqual({ ...countRows(before), [LEFT]: 0 });
  expect(await listObjects()).toEqual(objectsBefore);

  const { audit, ...others } = after;
  const left = audit.filter((row) => JSON.stringify(row).includes(caller.user.id));
  expect(left.length).toBeGreaterThan(5);
  expect(JSON.stringify(others)).not.toContain(caller.user.id);
  for (const name of [caller.user.username, SUBJECT, "Device 7", "For Dr. Byron"]) {
    expect(JSON.stringify(filled)).toContain(name);
    expect(JSON.stringify(after)).not.toContain(name);
  }
});
