import type { InferResponseType } from "hono/client";
import type { Annotation } from "../../recording/recording.ts";
import { api, readAnswer } from "../api.ts";

/** Who has annotated an ECG, and how many annotations there are. */
export type Annotator = { annotator: string; count: number };
/** How the beats of two annotators agree. */
export type Comparison = InferResponseType<
  (typeof api.ecg)[":id"]["annotations"][":annotator"]["compare"]["$get"],
  200
>;
/** Annotations of one annotator, and the ETag of this edition of them. */
export type AnnotationSet = { annotator: string; etag: string | null; items: Annotation[] };

/** What a set must be to be replaced: of this ETag, or not there yet. */
type Expected = { etag: string } | "none";

/** @throws Refusal */
export async function readAnnotators(id: string, signal: AbortSignal): Promise<Annotator[]> {
  const answer = await api.ecg[":id"].annotators.$get({ param: { id } }, { init: { signal } });
  return (await readAnswer(answer)).items;
}

/**
 * The annotations of all annotators that begin in a window.
 *
 * @throws Refusal
 */
export async function readWindow(id: string, from: number, to: number, signal: AbortSignal): Promise<Annotation[]> {
  const query = { start: String(from), end: String(to) };
  const answer = await api.ecg[":id"].annotations.$get({ param: { id }, query }, { init: { signal } });
  return (await readAnswer(answer)).items;
}

/** @throws Refusal */
export async function readSet(id: string, annotator: string, signal: AbortSignal): Promise<AnnotationSet> {
  const answer = await api.ecg[":id"].annotations[":annotator"].$get(
    { param: { id, annotator }, query: { format: "json" }, header: {} },
    { init: { signal } },
  );
  const { items } = (await readAnswer<unknown>(answer)) as { items: Annotation[] };
  return { annotator, items, etag: answer.headers.get("ETag") };
}

/**
 * Replaces the annotations of an annotator.
 *
 * @returns the ETag that they have now
 * @throws Refusal, with 412 when they are not as expected
 */
export async function writeSet(
  id: string,
  annotator: string,
  items: readonly Annotation[],
  expected: Expected,
): Promise<string | null> {
  const header = expected === "none" ? { "If-None-Match": "*" } : { "If-Match": expected.etag };
  const body = JSON.stringify({ items: items.map(({ annotator: _, ...annotation }) => annotation) });
  const answer = await api.ecg[":id"].annotations[":annotator"].$put(
    { param: { id, annotator }, header },
    { headers: { "Content-Type": "application/json" }, init: { body } },
  );
  await readAnswer<unknown>(answer);
  return answer.headers.get("ETag");
}

/** @throws Refusal, with 412 when there is another edition */
export async function eraseSet(id: string, annotator: string, etag: string): Promise<void> {
  const input = { param: { id, annotator }, header: { "If-Match": etag } };
  const answer = await api.ecg[":id"].annotations[":annotator"].$delete(input);
  if (!answer.ok) await readAnswer<unknown>(answer);
}

/** @throws Refusal */
export async function compare(id: string, annotator: string, other: string, signal: AbortSignal): Promise<Comparison> {
  const input = { param: { id, annotator }, query: { with: other } };
  const answer = await api.ecg[":id"].annotations[":annotator"].compare.$get(input, { init: { signal } });
  return readAnswer(answer) as Promise<Comparison>;
}
