import type { InferResponseType } from "hono/client";
import { ownApi, readAnswer } from "../api.ts";
import type { PageOf } from "../page/paged-list.ts";

const { jobs } = ownApi.admin;
/** A job that has failed for good; a list knows it by its id. */
export type FailedJob = InferResponseType<typeof jobs.$get, 200>["items"][number] & { id: string };

/** @throws Refusal */
export async function readFailedJobs(cursor: string | undefined, signal: AbortSignal): Promise<PageOf<FailedJob>> {
  const query = { limit: "50", ...(cursor && { cursor }) };
  const page = await readAnswer<PageOf<Omit<FailedJob, "id">>>(await jobs.$get({ query }, { init: { signal } }));
  return { ...page, items: page.items.map((job) => ({ ...job, id: `${job.kind} ${job.subject_id}` })) };
}

/** Has a job done once more. @throws Refusal, unless it is no longer among those that have failed */
export async function retryJob({ kind, subject_id: id }: FailedJob): Promise<void> {
  const answer = await jobs[":kind"][":id"].retry.$post({ param: { kind, id } });
  const status: number = answer.status;
  if (!answer.ok && status !== 404) await readAnswer<unknown>(answer);
}
