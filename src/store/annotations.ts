import { and, asc, eq, gte, lte } from "drizzle-orm";
import { newInputError } from "../errors.ts";
import type { Annotation } from "../recording/recording.ts";
import type { Store } from "./db.ts";
import { annotations, type EcgRow } from "./schema.ts";

/** The length of a row's JSON at most, in characters: far below the 2 MB that D1 refuses. */
const PART_LENGTH = 256 * 1024;
/**
 * The length of all annotations of an ECG at most, in characters of JSON: four times a day's beats, which are some 4
 * MB.
 */
const MAX_LENGTH = 16 * 1024 * 1024;

/**
 * Makes the statements that insert an ECG's annotations, for the batch that makes the ECG visible.
 *
 * @throws AppError `invalid` when there are more than can be kept
 */
export function insertAnnotations({ db }: Store, ecgId: string, list: readonly Annotation[]) {
  const sorted = [...list].sort((a, b) => a.time - b.time);
  const parts: Annotation[][] = [];
  let length = PART_LENGTH;
  let total = 0;
  for (const annotation of sorted) {
    const own = JSON.stringify(annotation).length + 1;
    total += own;
    if (own > PART_LENGTH || total > MAX_LENGTH) {
      throw newInputError([{ path: "annotations", message: "are too long, or too many" }]);
    }
    if (length + own > PART_LENGTH) {
      parts.push([]);
      length = 0;
    }
    parts[parts.length - 1].push(annotation);
    length += own;
  }
  return parts.map((data, part) =>
    db.insert(annotations).values({ ecgId, part, data, firstTime: data[0].time, lastTime: data[data.length - 1].time }),
  );
}

/**
 * Reads the annotations that begin in a window, at `start` seconds or later and before `end`, in the order of their
 * times.
 */
export async function readAnnotations(
  { db }: Store,
  ecg: EcgRow,
  start = Number.NEGATIVE_INFINITY,
  end = Number.POSITIVE_INFINITY,
): Promise<Annotation[]> {
  const { ecgId, part, firstTime, lastTime } = annotations;
  // D1 takes no infinite numbers.
  const within = and(
    Number.isFinite(start) ? gte(lastTime, start) : undefined,
    Number.isFinite(end) ? lte(firstTime, end) : undefined,
  );
  const rows = await db
    .select({ data: annotations.data })
    .from(annotations)
    .where(and(eq(ecgId, ecg.id), within))
    .orderBy(asc(part))
    .all();
  return rows.flatMap(({ data }) => data).filter(({ time }) => time >= start && time < end);
}
