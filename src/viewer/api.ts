import { hc, type InferResponseType } from "hono/client";
import type { Api } from "../index.ts";
import { callWithToken } from "./session/session.ts";

/** The API, with the types of its routes. Every call has the token, or waits for it. */
export const api = hc<Api>(location.origin, { fetch: callWithToken });

type EcgPage = InferResponseType<typeof api.ecg.$get, 200>;
/** An ECG without its samples. */
export type EcgSummary = EcgPage["items"][number];
export type LeadSummary = EcgSummary["leads"][number];

/** A refusal, in the words of the API. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

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

/** What a problem (RFC 9457) says, with the places of the input that were wrong. */
export function explainProblem(problem: unknown, status: number): string {
  const { detail, errors } = Object(problem) as { detail?: unknown; errors?: { path: string; message: string }[] };
  const said = typeof detail === "string" ? detail : `The service answered ${status}.`;
  const places = (errors ?? [])
    .map(({ path, message }) => `${path}: ${message}`)
    .filter((place) => !said.includes(place));
  return [said, ...places.slice(0, 5)].join(" ");
}

/** Whether an error is that of a call which was called off. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** What to show of an error. */
export function explainError(error: unknown): string {
  if (error instanceof TypeError) return "The service cannot be reached.";
  return error instanceof Error ? error.message : String(error);
}
