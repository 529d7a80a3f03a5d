import type { InferRequestType, InferResponseType } from "hono/client";
import { ownApi, readAnswer } from "../api.ts";
import type { PageOf } from "../page/paged-list.ts";
import type { Account } from "../session/account.ts";
import { type TrailFilter, toTrailQuery } from "./trail-filter.ts";

const { me } = ownApi.users;
/** An entry of the audit trail of the own account. */
export type TrailEntry = InferResponseType<typeof me.audit.$get, 200>["items"][number];
/** A key of the own account, without its secret. */
export type Key = InferResponseType<typeof me.keys.$get, 200>["items"][number];
/** A key with its secret, which nobody sees again. */
type CreatedKey = InferResponseType<typeof me.keys.$post, 201>;
/** What a new key is to be. */
type NewKey = InferRequestType<typeof me.keys.$post>["json"];
/** What a key may do. */
export type Scope = Key["scopes"][number];

/** The names of keys or users that the trail has: pages of the most items, and so many of them at the most. */
const NAMES_A_PAGE = "100";
const MOST_PAGES = 20;

/** The trail of all for an admin, and otherwise one's own. @throws Refusal */
export async function readTrail(
  { role }: Account,
  filter: TrailFilter,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<PageOf<TrailEntry>> {
  const { user, ...own } = toTrailQuery(filter);
  const query = { ...own, limit: "50", ...(cursor && { cursor }) };
  const init = { init: { signal } };
  if (role !== "admin") return readAnswer(await me.audit.$get({ query }, init));
  return readAnswer(await ownApi.admin.audit.$get({ query: { ...query, ...(user && { user }) } }, init));
}

/** @throws Refusal */
export async function readKeys(cursor: string | undefined, signal: AbortSignal): Promise<PageOf<Key>> {
  return readAnswer(await me.keys.$get({ query: cursor ? { cursor } : {} }, { init: { signal } }));
}

/** @throws Refusal */
export async function makeKey(json: NewKey): Promise<CreatedKey> {
  return readAnswer<CreatedKey>(await me.keys.$post({ json }));
}

/** @throws Refusal, unless it is revoked already */
export async function revokeKey(id: string): Promise<void> {
  const answer = await me.keys[":id"].$delete({ param: { id } });
  const status: number = answer.status;
  if (!answer.ok && status !== 404) await readAnswer<unknown>(answer);
}

/** @throws Refusal */
export async function changePassword(current: string, next: string): Promise<void> {
  const answer = await me.password.$put({ json: { current_password: current, new_password: next } });
  if (!answer.ok) await readAnswer<unknown>(answer);
}

/** What one's own keys and shares are called, by their ids. @throws Refusal */
export async function readKeyNames(): Promise<Map<string, string>> {
  const keys = await readForNames(async (query) => readAnswer<PageOf<Key>>(await me.keys.$get({ query })));
  return new Map(keys.map(({ id, name, ecg_id: ecg }) => [id, `the ${ecg ? "share" : "key"}${name && ` “${name}”`}`]));
}

type Named = { id: string; username: string };

/** What users are called, by their ids, in the order of their names. @throws Refusal */
export async function readUserNames(): Promise<Map<string, string>> {
  const { users } = ownApi.admin;
  const named = await readForNames(async (query) => readAnswer<PageOf<Named>>(await users.$get({ query })));
  named.sort((a, b) => a.username.localeCompare(b.username));
  return new Map(named.map(({ id, username }) => [id, username]));
}

/** Reads a list to its end, or as far as names are had. */
async function readForNames<T>(read: (query: { limit: string; cursor?: string }) => Promise<PageOf<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < MOST_PAGES && (cursor !== null || pages === 0); pages++) {
    const page: PageOf<T> = await read({ limit: NAMES_A_PAGE, ...(cursor !== null && { cursor }) });
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}
