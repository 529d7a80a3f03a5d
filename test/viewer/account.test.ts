import { describe, expect, it, vi } from "vitest";
import { app } from "../../src/http/app.ts";
import { ExportRun, nextCursorOf } from "../../src/viewer/account/export-parts.ts";
import { NEW_TRAIL, readTrailFilter, toTrailQuery } from "../../src/viewer/account/trail-filter.ts";
import { ACTION_WORDS, describeEntry, type Entry } from "../../src/viewer/account/trail-words.ts";
import { newPassword } from "../../src/viewer/admin/new-password.ts";
import { parsePlace, writePlace } from "../../src/viewer/page/address.ts";

describe("the trail", () => {
  it("has words for every operation of the API that leaves an entry", async () => {
    const document = await (await app.request("/openapi.json", {}, {} as Env)).json();
    const { paths } = document as { paths: Record<string, Record<string, unknown>> };
    const operations = Object.entries(paths)
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
      .filter((operation) => !operation.startsWith("GET /health"));
    expect(Object.keys(ACTION_WORDS).sort()).toEqual(operations.sort());
  });

  const [ADA, ADMIN, ECG, KEY] = ["ada", "admin", "ecg", "key"].map((name) => `0197d3a0-8f5e-7c31-9b1a-${name}`);
  const names = {
    self: ADA,
    users: new Map([[ADMIN, "root"]]),
    keys: new Map([[KEY, "the key “Monitor”"]]),
  };
  const entry = (changes: Partial<Entry>): Entry => ({
    account_id: ADA,
    user_id: ADA,
    key_id: null,
    action: "GET /ecg/{id}",
    subject_id: ECG,
    outcome: "done",
    ...changes,
  });

  it.each([
    { changes: {}, is: { what: "Read an ECG", who: "you", ecg: ECG } },
    { changes: { key_id: KEY }, is: { what: "Read an ECG", who: "you by the key “Monitor”", ecg: ECG } },
    { changes: { key_id: "other" }, is: { who: "you by a key" } },
    {
      changes: { action: "DELETE /ecg/{id}/shares/{share}", subject_id: KEY },
      is: { what: "Revoked a share of an ECG", ecg: undefined },
    },
    { changes: { outcome: "not-found" }, is: { what: "Read an ECG: not found", ecg: undefined } },
    {
      changes: { action: "PATCH /admin/users/{id}", user_id: ADMIN, subject_id: ADA },
      is: { what: "Changed a user", who: "root", ecg: undefined },
    },
    {
      changes: { action: "POST /auth/token", user_id: null, subject_id: null, outcome: "refused" },
      is: { what: "Logged in, or stayed logged in: refused", who: "somebody unknown" },
    },
    { changes: { account_id: ADMIN }, is: { who: "you, about root" } },
    { changes: { user_id: "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b" }, is: { who: "account 3f0d7a1c2e4b" } },
    { changes: { action: "POST /new", subject_id: null }, is: { what: "POST /new", ecg: undefined } },
  ])("says of $changes: $is", ({ changes, is }) => {
    expect(describeEntry(entry(changes), names)).toMatchObject(is);
  });

  it("is limited by whole days of the reader's zone, and the address says so", () => {
    const filter = { action: "GET /ecg/{id}", from: "2026-01-31", to: "2026-01-31", user: "" };
    expect(toTrailQuery(filter)).toEqual({
      action: "GET /ecg/{id}",
      from: new Date(2026, 0, 31).toISOString(),
      to: new Date(2026, 1, 1).toISOString(),
    });
    const hash = writePlace({ name: "trail", filter });
    expect(hash).toBe("#/trail?action=GET+%2Fecg%2F%7Bid%7D&from=2026-01-31&to=2026-01-31");
    expect(parsePlace(hash)).toEqual({ name: "trail", filter });
    expect(parsePlace("#/trail?from=yesterday")).toEqual({ name: "trail", filter: NEW_TRAIL });
    expect(parsePlace(writePlace({ name: "account" }))).toEqual({ name: "account" });
    expect(readTrailFilter(new FormData())).toEqual(NEW_TRAIL);
  });
});

describe("an export", () => {
  const streamOf = (...chunks: number[]) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const length of chunks) controller.enqueue(new Uint8Array(length));
        controller.close();
      },
    });

  it("has part after part saved, and goes on with the one that broke off", async () => {
    const parts = [streamOf(3, 4), new Error("Broken off."), streamOf(5)];
    const fetchPart = vi.fn(async () => {
      const body = parts.shift();
      if (!(body instanceof ReadableStream)) throw body;
      return { body, next: parts.length > 0 ? "second" : null };
    });
    const saved: [string, number][] = [];
    const savePart = async (name: string, body: ReadableStream<Uint8Array>) => {
      saved.push([name, (await new Response(body).arrayBuffer()).byteLength]);
    };
    const progress = vi.fn();
    const run = new ExportRun("mine");
    await expect(run.run(fetchPart, savePart, progress)).rejects.toThrow("Broken off.");
    expect(progress.mock.calls).toEqual([[{ part: 1, bytes: 3 }], [{ part: 1, bytes: 7 }]]);
    expect(await run.run(fetchPart, savePart, progress)).toEqual({ part: 2, bytes: 12 });
    expect(saved).toEqual([
      ["mine-1.zip", 7],
      ["mine-2.zip", 5],
    ]);
    expect(fetchPart.mock.calls).toEqual([[undefined], ["second"], ["second"]]);
  });

  it.each([
    { link: '</users/me/export?cursor=WzJd>; rel="next"', cursor: "WzJd" },
    { link: '</users/me/export>; rel="first"', cursor: null },
    { link: null, cursor: null },
  ])("finds the next part in $link", ({ link, cursor }) => {
    expect(nextCursorOf(link)).toBe(cursor);
  });
});

it("a password that is made up is another one each time, of a hundred bits", () => {
  const passwords = Array.from({ length: 100 }, newPassword);
  expect(new Set(passwords).size).toBe(100);
  expect(passwords.every((password) => /^[a-km-np-z2-9]{20}$/.test(password))).toBe(true);
});
