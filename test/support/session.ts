import { type Server, seedAdmin } from "./server.ts";

/** One call with a user's token; the body is sent as JSON, a string, bytes and a stream as they are. */
export type Call = (method: string, path: string, body?: unknown, contentType?: string) => Promise<Response>;

export const ADMIN = { username: "admin", password: "secret pass 1" };
export const USER = { username: "ada", password: "correct horse battery" };

/** Seeds an admin, registers a user as that admin, and logs the user in: the way of the README. */
export async function newUser(server: Server): Promise<Call> {
  const { status, stderr } = seedAdmin(server.data, "-u", ADMIN.username, "-p", ADMIN.password);
  if (status !== 0) throw new Error(stderr);
  const callAsAdmin = await logIn(server, ADMIN);
  await callAsAdmin("POST", "/admin/users", { ...USER, email: "ada@example.org", role: "user" });
  return logIn(server, USER);
}

async function logIn(server: Server, login: { username: string; password: string }): Promise<Call> {
  const answer = await fetch(`${server.url}/auth/token`, { method: "POST", body: new URLSearchParams(login) });
  const { access_token } = (await answer.json()) as { access_token: string };
  const isRaw = (body: unknown) => [String, Uint8Array, ReadableStream].some((type) => Object(body) instanceof type);
  return (method, path, body, contentType = "application/json") =>
    fetch(`${server.url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${access_token}`,
        // The local runtime compresses answers, which would be most of the time of a benchmark.
        "Accept-Encoding": "identity",
        ...(body !== undefined && { "Content-Type": contentType }),
      },
      body: body === undefined || isRaw(body) ? (body as BodyInit | undefined) : JSON.stringify(body),
      ...(body instanceof ReadableStream && { duplex: "half" }),
    });
}
