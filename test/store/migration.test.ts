import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { Annotation } from "../../src/recording/recording.ts";

type Migrations = Parameters<typeof applyD1Migrations>[1];

const { OLD, MIGRATIONS } = env as unknown as { OLD: D1Database; MIGRATIONS: Migrations };

/** The rows of `annotations` as they were before 0006: annotators were mixed in parts of up to 256 kB. */
const ROWS: { ecg: string; part: number; list: Annotation[] }[] = [
  {
    ecg: "one",
    part: 0,
    list: [
      { time: -0.5, code: "N" },
      { time: 0.1 + 0.2, code: "N", annotator: "qrs" },
      { time: 1, text: 'quoted "é" \\ \u0001 \ud83d\ude00', lead: "V1", subtype: -3, number: 4, duration: 1e-7 },
      { time: 1, code: "V", annotator: "qrs" },
    ],
  },
  { ecg: "one", part: 1, list: [{ time: 1, code: "+", text: "(AFIB" }] },
  { ecg: "two", part: 0, list: [{ time: 5, code: "N", annotator: "qrs" }] },
  ...[0, 1].map((part) => ({
    ecg: "long",
    part,
    list: Array.from({ length: 6000 }, (_, i) => ({
      time: (6000 * part + i) / 360,
      code: i % 5 === 0 ? "V" : "N",
      ...(i % 2 === 0 && { annotator: "ann" }),
    })),
  })),
];

/** The migrations before the one whose name begins so. */
function upTo(prefix: string): Migrations {
  return MIGRATIONS.slice(
    0,
    MIGRATIONS.findIndex(({ name }) => name.startsWith(prefix)),
  );
}

it("annotations of before are those of each annotator, in their order and in smaller rows", async () => {
  await applyD1Migrations(OLD, upTo("0006_"));
  await OLD.prepare(
    "insert into users (id, username, email, role, password_hash, created_at) values ('u', 'u', 'u@example.org', 'user', '', 0)",
  ).run();
  for (const id of new Set(ROWS.map(({ ecg }) => ecg))) {
    await OLD.prepare("insert into ecgs (id, owner_id, recorded_at, created_at, leads) values (?, 'u', 0, 0, '[]')")
      .bind(id)
      .run();
  }
  for (const { ecg, part, list } of ROWS) {
    await OLD.prepare("insert into annotations (ecg_id, part, first_time, last_time, data) values (?, ?, ?, ?, ?)")
      .bind(ecg, part, list[0].time, list[list.length - 1].time, JSON.stringify(list))
      .run();
  }
  await applyD1Migrations(OLD, upTo("0007_"));

  const { results } = await OLD.prepare("select * from annotations order by ecg_id, annotator, part").all<{
    ecg_id: string;
    annotator: string;
    part: number;
    edition: string;
    count: number;
    first_time: number;
    last_time: number;
    data: string;
  }>();
  const found = new Map<string, Annotation[]>();
  for (const row of results) {
    const list = JSON.parse(row.data) as Annotation[];
    expect(row).toMatchObject({
      edition: row.ecg_id,
      count: list.length,
      first_time: list[0].time,
      last_time: list[list.length - 1].time,
    });
    expect(row.data.length).toBeLessThan(80_000);
    const key = `${row.ecg_id} ${row.annotator}`;
    const before = found.get(key) ?? [];
    expect(before.length === 0).toBe(row.part === 0);
    found.set(key, [...before, ...list]);
  }
  const expected = new Map<string, Annotation[]>();
  for (const { ecg, list } of ROWS) {
    for (const { annotator = "atr", ...one } of list) {
      const key = `${ecg} ${annotator}`;
      expected.set(key, [...(expected.get(key) ?? []), one]);
    }
  }
  expect(found).toEqual(expected);
  expect(results.filter(({ ecg_id }) => ecg_id === "long").length).toBeGreaterThan(4);
  // What is erased with its ECG still is.
  await OLD.prepare("delete from ecgs").run();
  expect(await OLD.prepare("select count(*) as n from annotations").first("n")).toBe(0);
});

it("what was to be measured, or hashed, before there were jobs is a job", async () => {
  const insert = OLD.prepare(
    "insert into ecgs (id, owner_id, recorded_at, created_at, leads, open, complete, samples_sha256) values (?, 'u', 0, 0, '[]', ?, ?, ?)",
  );
  await OLD.batch([
    insert.bind("hashed", 0, 1, "abc"),
    insert.bind("unhashed", 0, 1, null),
    insert.bind("open", 1, 1, null),
    insert.bind("incomplete", 0, 0, null),
    OLD.prepare("insert into unmeasured (ecg_id, tries) values ('hashed', 1)"),
  ]);
  await applyD1Migrations(OLD, MIGRATIONS);
  const { results } = await OLD.prepare("select subject_id, kind, not_before, tries, failed_at from jobs").all();
  const asNew = { not_before: 0, tries: 0, failed_at: null };
  expect(results).toEqual([
    { subject_id: "hashed", kind: "measure", ...asNew },
    { subject_id: "unhashed", kind: "hash", ...asNew },
  ]);
});
