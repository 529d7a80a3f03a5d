import { beforeAll, expect, it } from "vitest";
import { type Caller, newCaller, request, storedEcg } from "../support/api.ts";

let caller: Caller;
let id: string;

beforeAll(async () => {
  caller = await newCaller();
  ({ id } = await storedEcg(caller));
});

type Wrong = { method?: string; path: string; body?: BodyInit | object; type?: string };

function isBody(body: Wrong["body"]): body is BodyInit | undefined {
  return typeof body !== "object" || body instanceof Uint8Array || body instanceof ReadableStream;
}

/** The sentence of a refusal, and the places that it names. */
async function refuse({ method = "POST", path, body, type = "application/json" }: Wrong) {
  const answer = await request(method, path.replace("{id}", id), {
    headers: { Authorization: caller.authorization, ...(body !== undefined && { "Content-Type": type }) },
    body: isBody(body) ? body : JSON.stringify(body),
  });
  const { detail, errors } = await answer.json<{ detail: string; errors?: unknown[] }>();
  return { status: answer.status, detail, errors };
}

it.each<Wrong & { field: string }>([
  { path: "/ecg", body: {}, field: "leads" },
  { path: "/ecg", body: { leads: [{ name: "II" }] }, field: "leads.0.signal" },
  { path: "/users/me/keys", body: { scopes: ["ecg:read"] }, field: "name" },
  { method: "GET", path: "/ecg/{id}/annotations/mine/compare", field: "with" },
  { path: "/ecg/{id}/shares", body: {}, field: "expires_at" },
])("says that $field is missing", async ({ field, ...wrong }) => {
  expect(await refuse(wrong)).toEqual({
    status: 422,
    detail: `The input is not valid: ${field} is missing.`,
    errors: [{ path: field, message: "is missing" }],
  });
});

it.each<Wrong & { field: string }>([
  { path: "/ecg", body: { date: "2026-01-31T09:30:00", leads: [{ name: "II", signal: [1] }] }, field: "date" },
  { method: "PATCH", path: "/ecg/{id}", body: { date: null }, field: "date" },
  { method: "GET", path: "/ecg?from=2026-01-31", field: "from" },
  { path: "/ecg/{id}/shares", body: { expires_at: "tomorrow" }, field: "expires_at" },
])("says how a time is written, of $field in $path", async ({ field, ...wrong }) => {
  const message = "must be a time with its zone, such as 2026-01-31T09:30:00Z";
  expect(await refuse(wrong)).toEqual({
    status: 422,
    detail: `The input is not valid: ${field} ${message}.`,
    errors: [{ path: field, message }],
  });
});

const TOO_FAR = "9999-12-31T23:59:59-00:01";

it.each<Wrong & { field: string }>([
  { path: "/ecg", body: { date: TOO_FAR, leads: [{ name: "II", signal: [1] }] }, field: "date" },
  { path: "/users/me/keys", body: { name: "x", scopes: ["ecg:read"], expires_at: TOO_FAR }, field: "expires_at" },
  { method: "GET", path: `/ecg?to=${TOO_FAR}`, field: "to" },
])("takes no time that has a year of five digits in UTC, of $field in $path", async ({ field, ...wrong }) => {
  const detail = `The input is not valid: ${field} is before year 0 or after year 9999 in UTC.`;
  expect(await refuse(wrong)).toMatchObject({ status: 422, detail });
});

it.each<Wrong & { says: string }>([
  { method: "GET", path: "/ecg?limit=1000", says: "limit must be 100 or less" },
  { method: "GET", path: "/ecg?limit=many", says: "limit must be a number" },
  { method: "GET", path: "/ecg?limit=1&limit=2", says: "limit must be one value, not a list" },
  { method: "GET", path: "/ecg?subject=a&subject=b", says: "subject must be one value, not a list" },
  { method: "GET", path: `/ecg?${"from=2026-01-01T00:00:00Z&".repeat(2)}`, says: "from must be one value, not a list" },
  { method: "GET", path: "/ecg/{id}?units=mv&units=adc", says: "units must be one value, not a list" },
  { method: "GET", path: "/ecg/{id}?max_points=0", says: "max_points must be 1 or more" },
  { method: "GET", path: "/ecg/{id}?units=uv", says: "units must be one of adc, mv" },
  { method: "GET", path: "/ecg/{id}?signals=all", says: "signals must be none" },
  { path: "/ecg?resolution=0", body: {}, says: "resolution must be more than 0" },
  { path: "/ecg", body: { leads: [] }, says: "leads is empty" },
  { path: "/ecg", body: { leads: 1 }, says: "leads must be an array" },
  { path: "/ecg", body: [], says: "it must be an object" },
  { method: "PATCH", path: "/ecg/{id}", body: { note: "x".repeat(4097) }, says: "note has more than 4096 characters" },
  { method: "PATCH", path: "/ecg/{id}", body: { subject: 7 }, says: "subject must be a text" },
  { path: "/users/me/keys", body: { name: "x", scopes: ["all"] }, says: "scopes.0 must be one of ecg:read, ecg:write" },
])("says that $says, of $path", async ({ says, ...wrong }) => {
  expect(await refuse(wrong)).toMatchObject({ status: 422, detail: `The input is not valid: ${says}.` });
});

it("names the first hundred wrong places of very many, and says how many there are", async () => {
  const items = Array.from({ length: 150 }, () => ({ time: "soon" }));
  const { detail, errors } = await refuse({ method: "PUT", path: "/ecg/{id}/annotations/mine", body: { items } });
  expect(detail).toBe(
    "The input is not valid: items.0.time must be a number. It is the first of 150 wrong places: see errors.",
  );
  expect(errors).toEqual(items.slice(0, 100).map((_, i) => ({ path: `items.${i}.time`, message: "must be a number" })));
});

it("cuts a long name of a field short", async () => {
  const { errors } = await refuse({ method: "PATCH", path: "/ecg/{id}", body: { ["x".repeat(201)]: 1 } });
  expect(errors).toEqual([{ path: `${"x".repeat(200)}...`, message: "is not a field" }]);
});

it.each<Wrong & { takes: string }>([
  { path: "/auth/token", body: { username: "ada", password: "x" }, takes: "application/x-www-form-urlencoded" },
  { path: "/auth/logout", takes: "application/x-www-form-urlencoded" },
  { method: "PATCH", path: "/ecg/{id}", body: { note: "x" }, type: "text/plain", takes: "application/json" },
  { path: "/users/me/keys", body: "name=x", type: "application/x-www-form-urlencoded", takes: "application/json" },
])("says that $path takes a body of the type $takes", async ({ takes, ...wrong }) => {
  expect(await refuse(wrong)).toEqual({ status: 415, detail: `This route takes a body of the type ${takes}.` });
});

it.each(["{", "", '{ "note": 1 '])("says that a body is not JSON: %j", async (body) => {
  const wrong = { method: "PATCH", path: "/ecg/{id}", body };
  expect(await refuse(wrong)).toEqual({ status: 400, detail: "Malformed JSON in request body." });
});

it.each([
  { method: "PATCH", path: "/ecg/{id}", text: '{ "note": "Ren\u00e9" }' },
  { path: "/users/me/keys", text: '{ "name": "Ren\u00e9", "scopes": ["ecg:read"] }' },
])("stores no text of $path that is in another encoding than UTF-8", async ({ text, ...wrong }) => {
  const body = Uint8Array.from(text, (char) => char.charCodeAt(0));
  expect(await refuse({ ...wrong, body })).toEqual({ status: 400, detail: "The body is not UTF-8." });
});

it.each([
  { method: "PATCH", path: "/ecg/{id}" },
  { method: "PUT", path: "/users/me/password" },
  { path: "/users/me/keys" },
  { path: "/ecg/{id}/shares" },
])("reads no more than 64 KiB of a body of $path", async (wrong) => {
  const tooLarge = { status: 413, detail: "The body is larger than this route takes." };
  const text = JSON.stringify({ note: "x".repeat(64 * 1024) });
  expect(await refuse({ ...wrong, body: text })).toEqual(tooLarge);
  let sent = 0;
  const pull = (controller: ReadableStreamDefaultController) => {
    sent += text.length;
    controller.enqueue(new TextEncoder().encode(text));
  };
  const endless = new ReadableStream<Uint8Array>({ pull });
  expect(await refuse({ ...wrong, body: endless })).toEqual(tooLarge);
  expect(sent).toBeLessThan(16 * text.length);
});
