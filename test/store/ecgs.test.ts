import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { openDb } from "../../src/store/db.ts";
import { insertEcg, type NewEcg } from "../../src/store/ecgs.ts";
import { newId } from "../../src/store/ids.ts";
import { cutChunks, encodeSignals } from "../../src/store/signals.ts";
import { db, newCaller } from "../support/api.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

it("writes at most four rows, as D1 bills them, for a 12-lead ECG of 10 s", async () => {
  const { leads } = syntheticEcg();
  const chunkSamples = cutChunks(leads.map((lead) => lead.samplingRate));
  const ecg = await newEcg();
  const results: D1Result[] = [];
  const batch = async <T>(statements: D1PreparedStatement[]) => {
    const answers = await env.DB.batch<T>(statements);
    results.push(...answers);
    return answers;
  };
  const counted = new Proxy(env.DB, {
    get: (target, key) => (key === "batch" ? batch : Reflect.get(target, key).bind(target)),
  });
  await insertEcg(openDb(counted), ecg, encodeSignals(leads, chunkSamples));
  const written = results.reduce((sum, { meta }) => sum + meta.rows_written, 0);
  expect(written).toBeGreaterThanOrEqual(2);
  expect(written).toBeLessThanOrEqual(4);
});

it("stores all of an ECG or nothing", async () => {
  const ecg = await newEcg();
  // A chunk that D1 refuses, behind one that it takes.
  const chunks = ["AAAA", ...Array(20).fill("AAAA"), null as unknown as string];
  await expect(insertEcg(db, ecg, chunks)).rejects.toThrow();
  const left = await env.DB.prepare(
    "select (select count(*) from ecgs where id = ?1) + (select count(*) from signal_chunks where ecg_id = ?1) as n",
  )
    .bind(ecg.id)
    .first("n");
  expect(left).toBe(0);
});

async function newEcg(): Promise<NewEcg> {
  const { user } = await newCaller();
  const about = { subject: "P-0042", device: null, note: null, leads: [] };
  return { id: newId(), ownerId: user.id, recordedAt: Date.now(), createdAt: Date.now(), ...about };
}
