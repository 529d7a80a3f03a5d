import type { InferRequestType, InferResponseType } from "hono/client";
import { ownApi, readAnswer } from "../api.ts";
import type { PageOf } from "../page/paged-list.ts";

const { users } = ownApi.admin;
/** A user, as admins see one. */
export type User = InferResponseType<typeof users.$get, 200>["items"][number];
/** What a new user is to be. */
export type NewUser = InferRequestType<typeof users.$post>["json"];
/** What is to be changed of a user. */
export type UserChanges = InferRequestType<(typeof users)[":id"]["$patch"]>["json"];

/** @throws Refusal */
export async function readUsers(cursor: string | undefined, signal: AbortSignal): Promise<PageOf<User>> {
  const query = { limit: "50", ...(cursor && { cursor }) };
  return readAnswer(await users.$get({ query }, { init: { signal } }));
}

/** @throws Refusal */
export async function addUser(json: NewUser): Promise<User> {
  return readAnswer<User>(await users.$post({ json }));
}

/** The latest change of each user that was asked for. */
const changing = new Map<string, Promise<unknown>>();

/**
 * Changes a user. Changes of one go one after the other, so that of two the later answer has both.
 *
 * @throws Refusal
 */
export function changeUser(id: string, json: UserChanges): Promise<User> {
  const send = async () => readAnswer<User>(await users[":id"].$patch({ param: { id }, json }));
  const change = (changing.get(id) ?? Promise.resolve()).then(send, send);
  changing.set(id, change);
  return change;
}

/** Erases a user with all that is the user's. @throws Refusal, unless it is done already */
export async function eraseUser(id: string): Promise<void> {
  const answer = await users[":id"].$delete({ param: { id } });
  const status: number = answer.status;
  if (!answer.ok && status !== 404) await readAnswer<unknown>(answer);
}
