import { seedAdmin } from "./server.ts";

/** One call with a user's token; the body is sent as JSON, a string, bytes and a stream as they are. */
export type Call = (method: string, path: string, body?: unknown, contentType?: string) => Promise<Response>;

type Address = { url: string };

export type Login = { username: string; password: string };

export const ADMIN: Login = { username: "admin", password: "secret pass 1" };
export const USER: Login = { username: "ada", password: "correct horse battery" };

/** Seeds an admin, registers a user as that admin, and logs the user in: the way of the README. */
export async function newUser(server: Address & { data: string }): Promise<Call> {
  return registerUser(server, await newAdmin(server), USER);
}

/** Seeds an admin, and gives a token of the admin's. */
export async function newAdmin(server: Address & { data: string }): Promise<string> {
  const { status, stderr } = seedAdmin(server.data, "-u", ADMIN.username, "-p", ADMIN.password);
  if (status !== 0) throw new Error(stderr);
  return logIn(server, ADMIN);
}

/** Registers a user by an admin's token, and logs the user in. */
export async function registerUser(server: Address, adminToken: string, login: Login): Promise<Call> {
  const fields = { ...login, email: `${login.username}@example.org`, role: "user" };
  const answer = await newCall(server, adminToken)("POST", "/admin/users", fields);
  if (answer.status !== 201) throw new Error(`A user was answered with ${answer.status}: ${await answer.text()}`);
  return newCall(server, await logIn(server, login));
}

/** Sends an ECG, as JSON if it is an object; gives its id. */
export async function postEcg(call: Call, ecg: unknown, contentType?: string): Promise<string> {
  const answer = await call("POST", "/ecg", ecg, contentType);
  if (answer.status !== 201) throw new Error(`An ECG was answered with ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { id: string }).id;
}

async function logIn(server: Address, login: Login): Promise<string> {
  const answer = await fetch(`${server.url}/auth/token`, { method: "POST", body: new URLSearchParams(login) });
  const { access_token } = (await answer.json()) as { access_token: string };
  return access_token;
}

function newCall(server: Address, token: string): Call {
  const isRaw = (body: unknown) => [String, Uint8Array, ReadableStream].some((type) => Object(body) instanceof type);
  return (method, path, body, contentType = "application/json") =>
    fetch(`${server.url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        // The local runtime compresses answers, which would be most of the time of a benchmark.
        "Accept-Encoding": "identity",
        ...(body !== undefined && { "Content-Type": contentType }),
      },
      body: body === undefined || isRaw(body) ? (body as BodyInit | undefined) : JSON.stringify(body),
      ...(body instanceof ReadableStream && { duplex: "half" }),
    });
}
