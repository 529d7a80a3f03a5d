import type { InferResponseType } from "hono/client";
import { ownApi, readAnswer } from "../api.ts";
import type { PageOf } from "../page/paged-list.ts";

type Shares = (typeof ownApi.ecg)[":id"]["shares"];
/** A share of an ECG, without its key. */
export type Share = InferResponseType<Shares["$get"], 200>["items"][number];
/** A share with its key, which nobody sees again. */
type NewShare = InferResponseType<Shares["$post"], 201>;

/** @throws Refusal */
export async function readShares(id: string, cursor: string | undefined, signal: AbortSignal): Promise<PageOf<Share>> {
  const query = cursor ? { cursor } : {};
  return readAnswer(await ownApi.ecg[":id"].shares.$get({ param: { id }, query }, { init: { signal } }));
}

/** @param until when it ends @throws Refusal */
export async function makeShare(id: string, until: string, note: string): Promise<NewShare> {
  const json = { expires_at: until, ...(note && { note }) };
  return readAnswer<NewShare>(await ownApi.ecg[":id"].shares.$post({ param: { id }, json }));
}

/** @throws Refusal, unless it is revoked already */
export async function revokeShare(id: string, share: string): Promise<void> {
  const answer = await ownApi.ecg[":id"].shares[":share"].$delete({ param: { id, share } });
  const status: number = answer.status;
  if (!answer.ok && status !== 404) await readAnswer<unknown>(answer);
}
