import { env, exports } from "cloudflare:workers";
import { randomBytes, scryptSync } from "node:crypto";
import { newKey } from "../../src/auth/keys.ts";
import { lookOfName } from "../../src/auth/names.ts";
import { issueToken } from "../../src/auth/tokens.ts";
import type { Access } from "../../src/store/callers.ts";
import { openStore } from "../../src/store/db.ts";
import { newId } from "../../src/store/ids.ts";
import { insertKey, type NewKey } from "../../src/store/keys.ts";
import { type Role, SCOPES, type Scope, type UserRow } from "../../src/store/schema.ts";
import { insertUser } from "../../src/store/users.ts";

export const PASSWORD = "correct horse battery";
/** How long a caller's token lasts: longer than a test. */
const TOKEN_SECONDS = 3600;
/** The Worker itself, called from outside. */
const worker = (exports as unknown as { default: Fetcher }).default;
/** The smallest cost there is: a test's user need not be safe, only quick to make. */
const CHEAP_HASH = `$scrypt$ln=1,r=1,p=1$c2FsdHNhbHQ$${scryptSync(PASSWORD, "saltsalt", 32, { N: 2, r: 1, p: 1 }).toString("base64").replaceAll("=", "")}`;

export const store = openStore(env);
export const { db } = store;

type Fields = Record<string, unknown>;

/** Someone who calls the Worker over HTTP; each test brings its own. */
export type Caller = {
  user: UserRow;
  /** The header of that name. */
  authorization: string;
  get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  post: (path: string, body: unknown) => Promise<Response>;
  put: (path: string, body: unknown) => Promise<Response>;
  patch: (path: string, body: unknown) => Promise<Response>;
  delete: (path: string) => Promise<Response>;
};

/** One request to the Worker, from an address of its own unless `headers` say otherwise. */
export async function request(
  method: string,
  path: string,
  init: { headers?: Record<string, string>; body?: BodyInit } = {},
) {
  const headers = { "CF-Connecting-IP": newAddress(), ...init.headers };
  return worker.fetch(new Request(`http://ecg.test${path}`, { method, body: init.body, headers }));
}

/** A registered user with a token. */
export async function newCaller(role: Role = "user", username = newName()): Promise<Caller> {
  const fields = { username, email: "someone@example.org", role, passwordHash: CHEAP_HASH };
  const user = await insertUser(store, fields, lookOfName);
  const token = await issueToken(
    env.TOKEN_SECRET,
    { userId: user.id, credentialsVersion: user.credentialsVersion },
    TOKEN_SECONDS,
  );
  const authorization = `Bearer ${token}`;
  const send = (method: string) => (path: string, body: unknown) =>
    request(method, path, {
      headers: { Authorization: authorization, "Content-Type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return {
    user,
    authorization,
    get: (path, headers) => request("GET", path, { headers: { Authorization: authorization, ...headers } }),
    post: send("POST"),
    put: send("PUT"),
    patch: send("PATCH"),
    delete: (path) => request("DELETE", path, { headers: { Authorization: authorization } }),
  };
}

/** The access that a user's token gives to ECGs of the user's own. */
export function accessOf({ id, credentialsVersion }: UserRow): Access {
  return { credential: { userId: id, credentialsVersion }, need: "ecg:write", ecgId: null };
}

/** The header `Authorization` with a new key of the user: for everything, unless the fields say otherwise. */
export async function newKeyOf(owner: UserRow, fields: Partial<NewKey> = {}): Promise<string> {
  const { id = newId() } = fields;
  const { key, keyHash } = newKey(fields.ecgId ? "share" : "key", id);
  const scopes: Scope[] = fields.ecgId ? ["ecg:read"] : [...SCOPES];
  await insertKey(store, owner, { id, keyHash, name: "Device 7", ecgId: null, scopes, expiresAt: null, ...fields });
  return `Bearer ${key}`;
}

/** An ECG of `caller`, as the answer to its POST. */
export async function storedEcg(caller: Caller, fields: Fields = {}): Promise<Fields & { id: string }> {
  const answer = await caller.post("/ecg", { leads: [{ name: "II", signal: [3, 2, 0, 0, -1] }], ...fields });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** A log-in, as a form. */
export function logIn(username: string, password: string, address = newAddress()): Promise<Response> {
  const body = new URLSearchParams({ grant_type: "password", username, password });
  return request("POST", "/auth/token", { body, headers: { "CF-Connecting-IP": address } });
}

export function newName(): string {
  return `user-${randomBytes(8).toString("hex")}`;
}

export function newAddress(): string {
  return `10.${[...randomBytes(3)].join(".")}`;
}
