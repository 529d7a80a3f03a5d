import { explainProblem, Refusal } from "../refusal.ts";

/** Whoever is logged in. */
export type Account = { id: string; username: string; role: "admin" | "user" };

/** @throws Refusal when the token does not hold */
export async function readAccount(token: string, signal?: AbortSignal): Promise<Account> {
  const answer = await fetch("/users/me", { headers: { Authorization: `Bearer ${token}` }, signal });
  const body: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) throw new Refusal(answer.status, explainProblem(body, answer.status));
  return body as Account;
}
