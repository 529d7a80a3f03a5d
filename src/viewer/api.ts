import { hc, type InferResponseType } from "hono/client";
import type { Api } from "../index.ts";
import { answerLocally } from "./local/local-ecgs.ts";
import { explainProblem, Refusal } from "./refusal.ts";
import { callWithToken } from "./session/session.ts";
import { callToRead } from "./shares/share-access.ts";

/** The API, with the types of its routes. Every call has the token, or waits for it; under a share it has the share's key. What it is asked of a file that was not sent, the page answers. */
export const api = hc<Api>(location.origin, {
  fetch: async (input: RequestInfo | URL, init?: RequestInit) => answerLocally(input) ?? callToRead(input, init),
});
/** The same for what a share does not open: every call has the token, or waits for it. */
export const ownApi = hc<Api>(location.origin, { fetch: callWithToken });

type EcgPage = InferResponseType<typeof api.ecg.$get, 200>;
/** An ECG without its samples. */
export type EcgSummary = EcgPage["items"][number];
/** A lead without its samples. */
export type LeadSummary = EcgSummary["leads"][number];

/**
 * The body of an answer.
 *
 * @throws Refusal
 */
export async function readAnswer<T>(answer: { ok: boolean; status: number; json(): Promise<T> }): Promise<T> {
  if (answer.ok) return answer.json();
  throw new Refusal(answer.status, explainProblem(await answer.json().catch(() => undefined), answer.status));
}

/** @throws Refusal */
export async function readSummary(id: string, signal: AbortSignal): Promise<EcgSummary> {
  const query = { signals: "none" } as const;
  const answer = await api.ecg[":id"].$get({ param: { id }, query, header: {} }, { init: { signal } });
  return (await readAnswer(answer)) as EcgSummary;
}
