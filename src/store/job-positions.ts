import { eq } from "drizzle-orm";
import type { Store } from "./db.ts";
import { jobPositions } from "./schema.ts";

/** Finds the id that a job has stopped at; undefined when it is to begin with the first. */
export async function findPosition({ db }: Store, job: string): Promise<string | undefined> {
  return (await db.select().from(jobPositions).where(eq(jobPositions.job, job)).get())?.position;
}

/** Keeps the id that a job has stopped at. */
export async function savePosition({ db }: Store, job: string, position: string): Promise<void> {
  await db
    .insert(jobPositions)
    .values({ job, position })
    .onConflictDoUpdate({ target: jobPositions.job, set: { position } });
}

/** Has a job begin with the first id again. */
export async function forgetPosition({ db }: Store, job: string): Promise<void> {
  await db.delete(jobPositions).where(eq(jobPositions.job, job));
}
