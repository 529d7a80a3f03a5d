import { type EcgSummary, ownApi, readAnswer } from "../api.ts";
import { Refusal } from "../refusal.ts";
import type { Changes } from "./details.ts";

/** An ECG as it is now, and the ETag that stands for it. */
export type Tagged = { ecg: EcgSummary; tag: string | null };

/** @throws Refusal */
export async function readTagged(id: string): Promise<Tagged> {
  const answer = await ownApi.ecg[":id"].$get({ param: { id }, query: { signals: "none" }, header: {} });
  const ecg = (await readAnswer(answer)) as EcgSummary;
  return { ecg, tag: answer.headers.get("ETag") };
}

/** @throws Refusal, with the status 412 where the ECG is another one by now than the tag stands for */
export async function changeEcg({ ecg, tag }: Tagged, changes: Changes): Promise<EcgSummary> {
  const input = { param: { id: ecg.id }, json: changes, header: {} };
  return readAnswer<EcgSummary>(await ownApi.ecg[":id"].$patch(input, ifMatch(tag)));
}

/** Ends an open recording. @throws Refusal */
export async function closeEcg(id: string): Promise<EcgSummary> {
  return readAnswer<EcgSummary>(await ownApi.ecg[":id"].close.$post({ param: { id }, header: {} }));
}

/**
 * Deletes an ECG for good, also while the page is being left.
 *
 * @throws Refusal, unless it is gone already
 */
export async function eraseEcg({ ecg, tag }: Tagged): Promise<void> {
  const input = { param: { id: ecg.id }, header: {} };
  const answer = await ownApi.ecg[":id"].$delete(input, { ...ifMatch(tag), init: { keepalive: true } });
  const status: number = answer.status;
  if (status === 412) throw new Refusal(status, "It was changed meanwhile, and is still there.");
  if (!answer.ok && status !== 404) await readAnswer<unknown>(answer);
}

function ifMatch(tag: string | null): { headers: Record<string, string> } {
  return { headers: tag === null ? {} : { "If-Match": tag } };
}
