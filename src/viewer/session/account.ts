/** Whoever is logged in. */
export type Account = { id: string; username: string; role: "admin" | "user" };

/** @throws Error, to be shown, when the token does not hold */
export async function readAccount(token: string): Promise<Account> {
  const answer = await fetch("/users/me", { headers: { Authorization: `Bearer ${token}` } });
  const body: Account & { detail?: string } = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return body;
}
