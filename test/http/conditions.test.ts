import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { type Caller, newCaller, request, storedEcg } from "../support/api.ts";

let caller: Caller;
let id: string;

beforeEach(async () => {
  caller = await newCaller();
  ({ id } = await storedEcg(caller, { open: true, leads: [{ name: "II", signal: [1, 2] }] }));
});

/** Every change of an ECG, with the status of its success. */
const CHANGES = {
  PATCH: { method: "PATCH", path: "", body: { note: "changed" }, status: 200 },
  DELETE: { method: "DELETE", path: "", body: undefined, status: 204 },
  append: {
    method: "POST",
    path: "/samples",
    body: { leads: [{ name: "II", start_sample: 2, signal: [3] }] },
    status: 200,
  },
  close: { method: "POST", path: "/close", body: undefined, status: 200 },
};
const changes = Object.keys(CHANGES) as (keyof typeof CHANGES)[];

function change(name: keyof typeof CHANGES, headers: Record<string, string>) {
  const { method, path, body } = CHANGES[name];
  return request(method, `/ecg/${id}${path}`, {
    headers: { Authorization: caller.authorization, "Content-Type": "application/json", ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
}

const readState = async () => (await caller.get(`/ecg/${id}`)).text();

it.each(changes)("answers 412 to a %s of another revision, and changes nothing", async (name) => {
  const { headers } = await caller.get(`/ecg/${id}`);
  const [etag, modified] = [headers.get("etag") ?? "", headers.get("last-modified") ?? ""];
  await caller.patch(`/ecg/${id}`, { subject: "P-1" });
  // To the second, the change is as old as the ECG.
  await age(10);
  const before = await readState();
  const earlier = new Date(Date.parse(modified) - 11_000).toUTCString();
  const stale = [
    { "If-Match": etag },
    { "If-Match": '"x"' },
    { "If-Match": `W/${etag}` },
    { "If-Match": (await readTag()).replaceAll('"', "") },
    { "If-Unmodified-Since": earlier },
    { "If-Match": etag, "If-Unmodified-Since": new Date().toUTCString() },
  ];
  for (const condition of stale) {
    const answer = await change(name, condition as Record<string, string>);
    expect([answer.status, await answer.json()]).toMatchObject([412, { title: "Precondition Failed" }]);
    expect(await readState()).toBe(before);
  }
});

it.each(
  changes.flatMap((name) =>
    ["revision", "weakened", "any", "list", "format", "time", "garbage", "no day"].map((by) => ({ name, by })),
  ),
)("takes a $name by $by", async ({ name, by }) => {
  const { headers } = await caller.get(`/ecg/${id}`);
  const tag = headers.get("etag") ?? "";
  const conditions: Record<string, Record<string, string>> = {
    revision: { "If-Match": tag, "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT" },
    // As Cloudflare makes it where it compresses the answer.
    weakened: { "If-Match": `W/${tag}` },
    any: { "If-Match": "*" },
    list: { "If-Match": `"x", ${tag}` },
    format: { "If-Match": (await caller.get(`/ecg/${id}?format=csv`)).headers.get("etag") ?? "" },
    time: { "If-Unmodified-Since": headers.get("last-modified") ?? "" },
    garbage: { "If-Unmodified-Since": "1970" },
    "no day": { "If-Unmodified-Since": "Thu, 99 Jan 1970 00:00:00 GMT" },
  };
  const answer = await change(name, conditions[by]);
  expect(answer.status).toBe(CHANGES[name].status);
});

it.each(changes)("answers 404 to a %s of an ECG that is another's or is not there", async (name) => {
  const { authorization } = await newCaller();
  for (const condition of [{ "If-Match": "*" }, { "If-Match": '"1"' }, { "If-Match": '"x"' }]) {
    expect((await change(name, { ...condition, Authorization: authorization })).status).toBe(404);
  }
});

it.each(changes)("lets one of a PATCH and a %s at once be by the same ETag", async (name) => {
  const tag = await readTag();
  const answers = await Promise.all([change(name, { "If-Match": tag }), change("PATCH", { "If-Match": tag })]);
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status < 300)).toHaveLength(1);
  // The other is of another revision, or of what is erased by then.
  expect(statuses.filter((status) => status === 412 || (name === "DELETE" && status === 404))).toHaveLength(1);
});

it("gives the ETag with every answer that is the ECG, and the next with every change", async () => {
  const tags = [await readTag()];
  for (const name of ["PATCH", "append", "close"] as const) {
    const answer = await change(name, { "If-Match": tags[tags.length - 1] });
    tags.push(answer.headers.get("etag") ?? "");
    expect(Date.parse(answer.headers.get("last-modified") ?? "")).toBeGreaterThan(Date.now() - 60_000);
    expect(await readTag()).toBe(tags[tags.length - 1]);
  }
  expect(new Set(tags).size).toBe(4);
});

it.each([
  { name: "the same", first: { note: "a", subject: "P-1" }, second: { note: "a", subject: "P-1" } },
  { name: "none", first: { note: "a" }, second: {} },
  { name: "null again", first: { note: null }, second: { note: null } },
  { name: "the same date", first: { date: "2026-01-31T09:30:00Z" }, second: { date: "2026-01-31T10:30:00+01:00" } },
])("leaves the ETag alone when a PATCH has the same values: $name", async ({ first, second }) => {
  await caller.patch(`/ecg/${id}`, first);
  await age(10);
  const before = await caller.get(`/ecg/${id}`);
  const answer = await caller.patch(`/ecg/${id}`, second);
  for (const header of ["etag", "last-modified"]) {
    expect(answer.headers.get(header)).toBe(before.headers.get(header));
    expect((await caller.get(`/ecg/${id}`)).headers.get(header)).toBe(before.headers.get(header));
  }
});

it("takes a change by an ETag of before it was measured, which is no change", async () => {
  await change("close", {});
  const tag = await readTag();
  await caller.get(`/ecg/${id}/insights`);
  expect(await readTag()).not.toBe(tag);
  expect((await change("PATCH", { "If-Match": tag })).status).toBe(200);
});

async function readTag(): Promise<string> {
  return (await caller.get(`/ecg/${id}`)).headers.get("etag") ?? "";
}

/** Makes the ECG and its last change so many seconds older. */
async function age(seconds: number): Promise<void> {
  const query =
    "update ecgs set created_at = created_at - ?1, modified_at = modified_at - ?1, recorded_at = recorded_at where id = ?2";
  await env.DB.prepare(query)
    .bind(seconds * 1000, id)
    .run();
}
