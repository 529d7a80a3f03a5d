import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { lookOfName } from "../../src/auth/names.ts";
import { encodeRow } from "../../src/store/chunk-row.ts";
import { openStore } from "../../src/store/db.ts";
import { findEcg } from "../../src/store/ecgs.ts";
import { readSpans } from "../../src/store/signal-reader.ts";
import { completeLooks } from "../../src/store/users.ts";
import { newNoise } from "../support/signals.ts";
import { ID, LEADS, ROWS, SIGNALS } from "../support/stored-ecg.ts";

const { OLDEST, MIGRATIONS } = env as unknown as {
  OLDEST: D1Database;
  MIGRATIONS: Parameters<typeof applyD1Migrations>[1];
};

/** Of another ECG, in one row, as versions before 0009 kept whatever a chunk came to. */
const NOISE = newNoise(100_000);
const NOISY = "019a0000-0000-7000-8000-000000000001";

it("a database of the first version is migrated to this one, and has every sample", async () => {
  await applyD1Migrations(OLDEST, MIGRATIONS.slice(0, 1));
  const insertEcg = OLDEST.prepare(
    "insert into ecgs (id, owner_id, recorded_at, created_at, subject, note, leads) values (?, 'u', 5, 6, 'P-1', 'a note', ?)",
  );
  const insertChunk = OLDEST.prepare("insert into signal_chunks (ecg_id, chunk_index, data) values (?, ?, ?)");
  const noisyLead = { ...LEADS[0], sampleCount: NOISE.length, chunkSamples: NOISE.length };
  const row = encodeRow(NOISY, 0, [NOISE]);
  expect(row.data.length).toBeGreaterThan(200_000);
  await OLDEST.batch([
    OLDEST.prepare(
      "insert into users (id, username, email, role, password_hash, created_at) values ('u', 'Ada', 'a@example.org', 'user', 'hash', 7)",
    ),
    insertEcg.bind(ID, JSON.stringify(LEADS)),
    insertEcg.bind(NOISY, JSON.stringify([noisyLead])),
    ...ROWS.map(({ chunk_index, data }) => insertChunk.bind(ID, chunk_index, data)),
    insertChunk.bind(NOISY, 0, row.data),
  ]);
  await applyD1Migrations(OLDEST, MIGRATIONS);

  const store = openStore({ DB: OLDEST });
  await completeLooks(store, lookOfName);
  expect(await OLDEST.prepare("select username, username_look, password_hash, created_at from users").first()).toEqual({
    username: "Ada",
    username_look: lookOfName("Ada"),
    password_hash: "hash",
    created_at: 7,
  });
  for (const [id, signals] of [
    [ID, SIGNALS],
    [NOISY, [NOISE]],
  ] as const) {
    const ecg = await findEcg(store, id);
    if (!ecg) throw new Error("the ECG is gone");
    expect(ecg).toMatchObject({ recordedAt: 5, createdAt: 6, subject: "P-1", note: "a note", complete: true });
    const spans = signals.map(({ length }, lead) => ({ lead, from: 0, to: length }));
    expect(await readSpans(store, ecg, spans)).toEqual([...signals]);
  }
  const jobs = await OLDEST.prepare("select kind from jobs order by subject_id").all<{ kind: string }>();
  expect(jobs.results.map(({ kind }) => kind)).toEqual(["hash", "hash"]);
});
