import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Annotation } from "../../src/recording/recording.ts";
import {
  deleteAnnotations,
  type Expected,
  findAnnotationSet,
  insertAnnotations,
  listAnnotators,
  readAnnotations,
  replaceAnnotations as replaceBy,
} from "../../src/store/annotations.ts";
import { type AnyStore, openStore } from "../../src/store/db.ts";
import { selectEcg } from "../../src/store/ecgs.ts";
import type { EcgRow } from "../../src/store/schema.ts";
import { newCaller, store, storedEcg } from "../support/api.ts";
import { runs } from "../support/runs.ts";
import { watchDatabase } from "../support/watched-database.ts";

async function newEcg(): Promise<EcgRow> {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  const [ecg] = (await selectEcg(store, caller.user.id, id)) as [EcgRow];
  return ecg;
}

/** Replaces annotations by a token of the ECG's owner. */
function replaceAnnotations(by: AnyStore, ecg: EcgRow, annotator: string, list: Annotation[], expected: Expected) {
  const credential = { userId: ecg.ownerId, credentialsVersion: 1 };
  return replaceBy(by, { credential, need: "ecg:write", ecgId: ecg.id }, ecg, annotator, list, expected);
}

async function revisionOf({ id }: EcgRow): Promise<number | null> {
  return env.DB.prepare("select revision from ecgs where id = ?").bind(id).first<number>("revision");
}

/** Beats of a day, a second apart: some 3 MB. */
const DAY: Annotation[] = Array.from({ length: 86_400 }, (_, i) => ({ time: i + 0.004, code: "N", text: "é" }));

const annotation = fc.record(
  {
    time: fc.double({ min: -10, max: 1e5, noNaN: true }).map((time) => time || 0),
    duration: fc.double({ min: 0, max: 10, noNaN: true }).map((duration) => duration || 0),
    code: fc.constantFrom("N", "V", "+"),
    text: fc.string({ unit: "binary", maxLength: 20 }).filter((text) => text.isWellFormed()),
    lead: fc.constant("II"),
    subtype: fc.integer({ min: -128, max: 127 }),
    number: fc.integer({ min: -128, max: 127 }),
  },
  { requiredKeys: ["time"] },
);

it("gives back what was put, in the order of times, whatever was there before", async () => {
  const ecg = await newEcg();
  await fc.assert(
    fc.asyncProperty(fc.array(annotation, { maxLength: 30 }), async (list) => {
      const edition = await replaceAnnotations(store, ecg, "mine", list, undefined);
      const items = list.toSorted((a, b) => a.time - b.time).map((one) => ({ ...one, annotator: "mine" }));
      expect(await findAnnotationSet(store, ecg, "mine")).toEqual({ edition, items });
      expect(await readAnnotations(store, ecg)).toEqual(items);
    }),
    { numRuns: runs(30) },
  );
});

it("keeps rows of less than 90 kB, finds a window in them, and leaves none behind when fewer are put", async () => {
  const ecg = await newEcg();
  const sizes = async () => {
    const query = "select part, octet_length(data) as bytes from annotations where ecg_id = ? order by part";
    return (await env.DB.prepare(query).bind(ecg.id).all<{ part: number; bytes: number }>()).results;
  };
  await replaceAnnotations(store, ecg, "atr", DAY, undefined);
  const rows = await sizes();
  expect(rows.map(({ part }) => part)).toEqual([...rows.keys()]);
  expect(rows.length).toBeGreaterThan(30);
  for (const { bytes } of rows) expect(bytes).toBeLessThanOrEqual(80_000);
  expect(rows.length).toBeLessThan((1.1 * rows.reduce((sum, { bytes }) => sum + bytes, 0)) / 80_000 + 1);
  const { database, statements } = watchDatabase(env.DB);
  const set = await findAnnotationSet(openStore({ DB: database }), ecg, "atr", 50_000, 50_010);
  expect(set?.items).toEqual(DAY.slice(50_000, 50_010));
  expect(await listAnnotators(store, ecg)).toMatchObject([{ annotator: "atr", count: 86_400 }]);
  expect(statements).toHaveLength(1);
  await replaceAnnotations(store, ecg, "atr", DAY.slice(0, 5000), undefined);
  expect((await sizes()).length).toBeLessThan(5);
  expect((await findAnnotationSet(store, ecg, "atr"))?.items).toEqual(DAY.slice(0, 5000));
});

it("writes a row for the set, and one for the ECG", async () => {
  const ecg = await newEcg();
  const { database, statements } = watchDatabase(env.DB);
  const watched = openStore({ DB: database });
  await replaceAnnotations(watched, ecg, "mine", DAY.slice(0, 100), undefined);
  await replaceAnnotations(watched, ecg, "mine", DAY.slice(0, 10), undefined);
  expect(statements.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0)).toBe(4);
});

it("writes as many annotations as may be by few statements: with an ECG of very many chunks and objects D1 answers no more", async () => {
  const ecg = await newEcg();
  const { database, statements } = watchDatabase(env.DB);
  await replaceAnnotations(openStore({ ...env, DB: database }), ecg, "day", DAY, undefined);
  expect((await findAnnotationSet(store, ecg, "day"))?.items).toHaveLength(DAY.length);
  expect(statements.length).toBeLessThanOrEqual(10);
  // Each of a hundred annotators has more than a row.
  const texts = Array.from({ length: 98 }, (_, i) => ({ time: i, text: "x".repeat(800) }));
  const annotators = Array.from({ length: 100 }, (_, i) => texts.map((one) => ({ ...one, annotator: `a${i}` })));
  expect(insertAnnotations(store, ecg.id, annotators.flat()).length).toBeLessThanOrEqual(15);
});

it("of sets that are put at once one is there as a whole, and of those that expect the same edition one is put", async () => {
  const ecg = await newEcg();
  const lists = [1, 2, 3, 4].map((code) => DAY.slice(0, 4000 * code).map((one) => ({ ...one, code: String(code) })));
  await Promise.all(lists.map((list) => replaceAnnotations(store, ecg, "atr", list, undefined)));
  const { items, edition } = (await findAnnotationSet(store, ecg, "atr")) ?? { items: [], edition: "" };
  expect(lists).toContainEqual(items);
  expect(await revisionOf(ecg)).toBe(ecg.revision + 4);

  const expected = { has: true, editions: [edition] };
  const tries = await Promise.allSettled(lists.map((list) => replaceAnnotations(store, ecg, "atr", list, expected)));
  expect(tries.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected", "rejected"]);
  for (const one of tries) {
    if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "precondition-failed" });
  }
  expect((await findAnnotationSet(store, ecg, "atr"))?.items).toEqual(lists[tries.findIndex(isDone)]);
  expect(await revisionOf(ecg)).toBe(ecg.revision + 5);
});

function isDone({ status }: PromiseSettledResult<unknown>): boolean {
  return status === "fulfilled";
}

it("puts nothing when a statement behind the first fails", async () => {
  const ecg = await newEcg();
  await replaceAnnotations(store, ecg, "atr", DAY.slice(0, 5000), undefined);
  const before = await findAnnotationSet(store, ecg, "atr");
  const failing = new Proxy(env.DB, {
    get: (target, key) =>
      key === "batch"
        ? (list: D1PreparedStatement[]) => target.batch([...list, target.prepare("select * from nothing")])
        : Reflect.get(target, key).bind(target),
  });
  await expect(replaceAnnotations(openStore({ DB: failing }), ecg, "atr", [], undefined)).rejects.toThrow();
  expect(await findAnnotationSet(store, ecg, "atr")).toEqual(before);
});

it("refuses more than 8 MiB of an ECG, and more than 100 annotators, and keeps what there is", async () => {
  const ecg = await newEcg();
  const long = Array.from({ length: 35_000 }, (_, time) => ({ time, text: "x".repeat(200) }));
  await replaceAnnotations(store, ecg, "a", long, undefined);
  await expect(replaceAnnotations(store, ecg, "b", long.slice(0, 5_000), undefined)).rejects.toMatchObject({
    code: "invalid",
  });
  await expect(replaceAnnotations(store, ecg, "a", [...long, ...long], undefined)).rejects.toMatchObject({
    code: "invalid",
  });
  await expect(
    replaceAnnotations(store, ecg, "b", [{ time: 0, text: "x".repeat(80_000) }], undefined),
  ).rejects.toMatchObject({ code: "invalid" });
  // Its own place is free for the set that is replaced.
  await replaceAnnotations(store, ecg, "a", long, undefined);
  expect(await listAnnotators(store, ecg)).toMatchObject([{ annotator: "a", count: 35_000 }]);
  for (let i = 1; i < 100; i++) await replaceAnnotations(store, ecg, `b${i}`, [], undefined);
  await expect(replaceAnnotations(store, ecg, "b100", [], undefined)).rejects.toMatchObject({ code: "invalid" });
  await replaceAnnotations(store, ecg, "b1", [{ time: 1 }], undefined);
  expect(await listAnnotators(store, ecg)).toHaveLength(100);
});

it("neither puts nor erases annotations of an ECG that is gone or another's", async () => {
  const ecg = await newEcg();
  await replaceAnnotations(store, ecg, "a", [], undefined);
  for (const other of [
    { ...ecg, ownerId: (await newCaller()).user.id },
    { ...ecg, id: "gone" },
  ]) {
    await expect(replaceAnnotations(store, other, "a", [{ time: 1 }], undefined)).rejects.toMatchObject({
      code: "not-found",
    });
    await expect(deleteAnnotations(store, other, "a", undefined)).rejects.toMatchObject({ code: "not-found" });
  }
  expect((await findAnnotationSet(store, ecg, "a"))?.items).toEqual([]);
  expect(await revisionOf(ecg)).toBe(ecg.revision + 1);
});
