import { and, asc, eq, getTableColumns, gte, inArray, lte, ne, or, type SQL, sql } from "drizzle-orm";
import { AppError, newInputError } from "../errors.ts";
import { type Annotation, REFERENCE } from "../recording/recording.ts";
import { recordChange } from "./audit.ts";
import { type Access, isCurrentOwner } from "./callers.ts";
import { type AnyStore, type Store, withoutActor } from "./db.ts";
import { findOwnEcg, isOwn } from "./ecgs.ts";
import { newId } from "./ids.ts";
import { nextRevision } from "./revisions.ts";
import { annotations, type EcgRow, ecgs, users } from "./schema.ts";
import { newStatement } from "./statement.ts";

/** The bytes of a row's JSON at most: with the rest of the row a dump has less than 100 KB a statement. */
const PART_BYTES = 80_000;
/**
 * The bytes of all annotations of an ECG at most, in JSON: more than twice a day's beats, which are some 3 MB. While they are sent or read they
 * take eight times as many, which is half of an isolate's memory (`test/bench/memory.ts`).
 */
export const MAX_ANNOTATION_BYTES = 8 * 1024 * 1024;
/** Parts that a statement writes: D1 binds at most 100 values, six of which a part has. */
const PARTS_A_STATEMENT = 15;
/** Annotators of an ECG at the most. */
const MAX_ANNOTATORS = 100;

/** The annotations of one annotator, and which edition of them they are. */
type AnnotationSet = { edition: string; items: Annotation[] };
/** An annotator of an ECG, and how many annotations it has made. */
type Annotator = { annotator: string; count: number; edition: string };
/** Whether an annotator must have, or must not have, a set of one of these editions, or of any, to be replaced; whatever there is if left out. */
export type Expected = { has: boolean; editions?: string[] } | undefined;

/** A row of an annotator, with the text of its annotations. */
type Part = { part: number; count: number; firstTime: number; lastTime: number; data: string; bytes: number };
type PartOfAnnotator = Part & { annotator: string };

/**
 * Makes the statements that insert an ECG's annotations, for the batch that makes the ECG visible.
 *
 * @throws AppError `invalid` when there are more than can be kept
 */
export function insertAnnotations(store: Store, ecgId: string, list: readonly Annotation[]) {
  const sets = Map.groupBy(list, ({ annotator = REFERENCE }) => annotator);
  const rows = [...sets].flatMap(([annotator, own]) => toParts(own).map((part) => ({ annotator, ...part })));
  if (sets.size > MAX_ANNOTATORS || sizeOf(rows) > MAX_ANNOTATION_BYTES) throw newTooMany();
  return putParts(store, ecgId, ecgId, rows, sql`true`);
}

/** Waits until there is memory for what so many bytes of annotations in JSON become; it throws when there is none. */
export type AskForRoom = (bytes: number) => Promise<void>;

/**
 * Reads the annotations that begin in a window, at `start` seconds or later and before `end`, in the order of their
 * times.
 *
 * @param askForRoom is asked before texts become objects; where the caller has room already it is left out
 */
export async function readAnnotations(
  { db }: Store,
  ecg: EcgRow,
  start = Number.NEGATIVE_INFINITY,
  end = Number.POSITIVE_INFINITY,
  askForRoom?: AskForRoom,
): Promise<Annotation[]> {
  const { ecgId, annotator, part } = annotations;
  const rows = await db
    .select({ annotator, data: sql<string>`${annotations.data}` })
    .from(annotations)
    .where(and(eq(ecgId, ecg.id), isWithin(start, end)))
    .orderBy(asc(annotator), asc(part))
    .all();
  await askForRoom?.(rows.reduce((sum, { data }) => sum + data.length, 0));
  return rows
    .flatMap((row) => toAnnotations(row.annotator, JSON.parse(row.data), start, end))
    .sort((a, b) => a.time - b.time);
}

/** Reads those of one annotator like `readAnnotations`; undefined when the ECG has no such annotator. */
export async function findAnnotationSet(
  { db }: Store,
  ecg: EcgRow,
  annotator: string,
  start = Number.NEGATIVE_INFINITY,
  end = Number.POSITIVE_INFINITY,
): Promise<AnnotationSet | undefined> {
  // There is always a first part, which has the edition.
  const isRead = sql`(${annotations.part} = 0 or ${isWithin(start, end) ?? sql`true`})`;
  const rows = await db
    .select({ edition: annotations.edition, data: annotations.data })
    .from(annotations)
    .where(and(isOf(ecg.id, annotator), isRead))
    .orderBy(asc(annotations.part))
    .all();
  if (rows.length === 0) return undefined;
  return { edition: rows[0].edition, items: rows.flatMap(({ data }) => toAnnotations(annotator, data, start, end)) };
}

/** The annotations that a request asks for, as far as the request alone says it: of one annotator, of two, or of all, and from when to when. */
export type LikelyAnnotations = { annotator?: string; other?: string; start?: number; end?: number };

const selectBytes = newStatement(
  (db, { owner, id, annotator, other, start, end }: LikelyAnnotations & { owner: string | SQL; id: string }) => {
    const isWanted = (name: string | undefined) => (name === undefined ? undefined : eq(annotations.annotator, name));
    const isInWindow = and(
      start === undefined ? undefined : gte(annotations.lastTime, start),
      end === undefined ? undefined : lte(annotations.firstTime, end),
    );
    // Of a set the first part is read in any case.
    const isFirst = annotator === undefined ? undefined : eq(annotations.part, 0);
    const isOf = or(isWanted(annotator), isWanted(other));
    return (
      db
        .select({
          ...getTableColumns(ecgs),
          bytes: sql<number>`total(octet_length(${annotations.data}))`.as("bytes"),
          edition: sql<string | null>`max(${annotations.edition})`.as("edition"),
        })
        .from(ecgs)
        .leftJoin(annotations, and(eq(annotations.ecgId, ecgs.id), isOf, isInWindow && or(isFirst, isInWindow)))
        .where(isOwn(owner, id))
        // Without an ECG there is no row.
        .groupBy(ecgs.id)
    );
  },
);

/**
 * Makes the query of an owner's ECG, like `selectEcg`, with how many bytes of JSON its likely annotations have, and the edition of an
 * annotator's, which is null where there is no such annotator.
 */
export function selectEcgWithAnnotationBytes(store: Store, owner: string | SQL, id: string, likely: LikelyAnnotations) {
  return selectBytes(store, { owner, id, ...likely });
}

/** Lists the annotators of an ECG by their names. */
export async function listAnnotators({ db }: Store, ecg: EcgRow): Promise<Annotator[]> {
  const { annotator, edition, count } = annotations;
  return db
    .select({ annotator, count: sql<number>`sum(${count})`, edition })
    .from(annotations)
    .where(eq(annotations.ecgId, ecg.id))
    .groupBy(annotator)
    .orderBy(asc(annotator))
    .all();
}

/**
 * Replaces the annotations of one annotator, or makes the first: all of them at once or none. The ECG has another revision then.
 *
 * @returns the edition that there is now
 * @throws AppError `precondition-failed` when there is another edition than expected; `invalid` when there are more annotations than
 * can be kept; `not-found` when the ECG is gone; `unauthorized` when what the access is by has ended since the ECG was read
 */
export async function replaceAnnotations(
  audited: AnyStore,
  access: Access,
  ecg: EcgRow,
  annotator: string,
  list: readonly Annotation[],
  expected: Expected,
): Promise<string> {
  const store = withoutActor(audited);
  const { db } = store;
  const edition = newId();
  const parts = toParts(list).map((part) => ({ annotator, ...part }));
  if (sizeOf(parts) > MAX_ANNOTATION_BYTES) throw newTooMany();
  const isOther = and(eq(annotations.ecgId, ecg.id), ne(annotations.annotator, annotator));
  const hasRoom = sql`(select total(octet_length(${annotations.data})) <= ${MAX_ANNOTATION_BYTES - sizeOf(parts)}
    and count(distinct ${annotations.annotator}) < ${MAX_ANNOTATORS} from ${annotations} where ${isOther})`;
  const isCurrent = sql`exists (select 1 from ${users} where ${isCurrentOwner(access)})`;
  const isAllowed = sql`${isThere(ecg)} and ${isCurrent} and ${isAsExpected(ecg.id, annotator, expected)} and ${hasRoom}`;
  // What follows the first part is done if that was written.
  const isBegun = isAsExpected(ecg.id, annotator, { has: true, editions: [edition] });
  const [first] = putParts(store, ecg.id, edition, parts.slice(0, 1), isAllowed);
  const isLeftOver = and(isOf(ecg.id, annotator), gte(annotations.part, parts.length));
  const [[written]] = await db.batch([
    first.returning({ edition: annotations.edition }),
    ...recordChange(audited, { subjectId: ecg.id }),
    ...putParts(store, ecg.id, edition, parts.slice(1), isBegun),
    db.delete(annotations).where(and(isLeftOver, isBegun)),
    raiseRevision(store, ecg, isBegun),
  ]);
  if (written) return edition;
  await findOwnEcg(store, access, ecg.id);
  throw await explainRefusal(store, ecg, annotator, expected);
}

/**
 * Erases the annotations of one annotator. The ECG has another revision then.
 *
 * @throws AppError `not-found` when there are none, or the ECG is gone; `precondition-failed` like `replaceAnnotations`
 */
export async function deleteAnnotations(
  audited: AnyStore,
  ecg: EcgRow,
  annotator: string,
  expected: Expected,
): Promise<void> {
  const store = withoutActor(audited);
  const isAllowed = sql`${isThere(ecg)} and ${isAsExpected(ecg.id, annotator, { has: true })} and ${isAsExpected(ecg.id, annotator, expected)}`;
  const [[raised]] = await store.db.batch([
    raiseRevision(store, ecg, isAllowed).returning({ id: ecgs.id }),
    ...recordChange(audited, { subjectId: ecg.id }),
    store.db.delete(annotations).where(and(isOf(ecg.id, annotator), isAllowed)),
  ]);
  if (raised) return;
  const set = await findAnnotationSet(store, ecg, annotator, 0, 0);
  throw set ? await explainRefusal(store, ecg, annotator, expected) : new AppError("not-found");
}

/** Why annotations could not be written: the ECG is gone, there is another edition, or there is no room. */
async function explainRefusal(store: Store, ecg: EcgRow, annotator: string, expected: Expected): Promise<AppError> {
  const state = await store.db.get<{ isThere: number; isAsExpected: number }>(
    sql`select ${isThere(ecg)} as isThere, ${isAsExpected(ecg.id, annotator, expected)} as isAsExpected`,
  );
  if (!state?.isThere) return new AppError("not-found");
  return state.isAsExpected ? newTooMany() : new AppError("precondition-failed");
}

function newTooMany(): AppError {
  return newInputError([{ path: "annotations", message: "are too long, or too many" }]);
}

/** Cuts annotations into the rows of one annotator, in the order of their times: at least one row, with none if there are none. */
function toParts(list: readonly Annotation[]): Part[] {
  const parts: Part[] = [];
  let texts: string[] = [];
  const begin = (time: number) => {
    const part = { part: parts.length, count: 0, firstTime: time, lastTime: time, data: "", bytes: 2 };
    parts.push(part);
    return part;
  };
  // One text of each row at once: those of its annotations would take several times the room.
  const end = (part: Part) => {
    part.data = `[${texts.join(",")}]`;
    texts = [];
  };
  let last: Part = begin(0);
  for (const { annotator: _, ...annotation } of [...list].sort((a, b) => a.time - b.time)) {
    const text = JSON.stringify(annotation);
    const bytes = countBytes(text) + 1;
    if (bytes > PART_BYTES) throw newTooMany();
    if (last.bytes + bytes > PART_BYTES) {
      end(last);
      last = begin(annotation.time);
    }
    if (last.count === 0) last.firstTime = annotation.time;
    last.lastTime = annotation.time;
    last.count++;
    last.bytes += bytes;
    texts.push(text);
  }
  end(last);
  return parts;
}

/** Counts the bytes of a text in UTF-8. */
function countBytes(text: string): number {
  // Most are of ASCII, which need not be encoded to be counted.
  return /^[\x20-\x7e]*$/.test(text) ? text.length : new TextEncoder().encode(text).length;
}

function sizeOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Makes the statements that put parts in the place of those of the same numbers, where there are any and `which` holds. */
function putParts({ db }: Store, ecgId: string, edition: string, parts: readonly PartOfAnnotator[], which: SQL) {
  const count = Math.ceil(parts.length / PARTS_A_STATEMENT);
  return Array.from({ length: count }, (_, i) => {
    const some = parts.slice(i * PARTS_A_STATEMENT, (i + 1) * PARTS_A_STATEMENT);
    const values = some.map(
      (one) => sql`(${one.annotator}, ${one.part}, ${one.count}, ${one.firstTime}, ${one.lastTime}, ${one.data})`,
    );
    // An insert from a select needs every column, in the table's order.
    const rows = sql`select ${ecgId}, column1, column2, ${edition}, column3, column4, column5, column6
      from (values ${sql.join(values, sql`, `)}) where ${which}`;
    const replace = {
      target: [annotations.ecgId, annotations.annotator, annotations.part],
      set: {
        edition: sql`excluded.edition`,
        count: sql`excluded.count`,
        firstTime: sql`excluded.first_time`,
        lastTime: sql`excluded.last_time`,
        data: sql`excluded.data`,
      },
    };
    return db.insert(annotations).select(rows).onConflictDoUpdate(replace);
  });
}

/** Makes the statement that gives an ECG another revision, as its exports are others with other annotations. */
function raiseRevision({ db }: Store, ecg: EcgRow, which: SQL) {
  return db
    .update(ecgs)
    .set(nextRevision())
    .where(and(eq(ecgs.id, ecg.id), which));
}

function isThere({ id, ownerId }: EcgRow): SQL {
  return sql`exists (select 1 from ${ecgs} where ${and(eq(ecgs.id, id), eq(ecgs.ownerId, ownerId), eq(ecgs.complete, true))})`;
}

/** Whether an annotator's set is as expected. Every set has a first part. */
function isAsExpected(ecgId: string, annotator: string, expected: Expected): SQL {
  if (expected === undefined) return sql`true`;
  const { has, editions } = expected;
  const isEdition =
    editions && inArray(annotations.edition, sql`(select value from json_each(${JSON.stringify(editions)}))`);
  const isFirst = and(isOf(ecgId, annotator), eq(annotations.part, 0), isEdition);
  const is = sql`exists (select 1 from ${annotations} where ${isFirst})`;
  return has ? is : sql`not ${is}`;
}

/** Whether a row of `annotations` is of this annotator. */
function isOf(ecgId: string, annotator: string): SQL | undefined {
  return and(eq(annotations.ecgId, ecgId), eq(annotations.annotator, annotator));
}

/** Whether a row of `annotations` may have some that begin in a window. */
function isWithin(start: number, end: number): SQL | undefined {
  // D1 takes no infinite numbers.
  return and(
    Number.isFinite(start) ? gte(annotations.lastTime, start) : undefined,
    Number.isFinite(end) ? lte(annotations.firstTime, end) : undefined,
  );
}

/** The annotations of a row that begin in a window, with the annotator unless it is the reference. */
function toAnnotations(annotator: string, data: readonly Annotation[], start: number, end: number): Annotation[] {
  const wanted = data.filter(({ time }) => time >= start && time < end);
  // In place: of a day's beats a copy takes as much memory as all else of them.
  if (annotator !== REFERENCE) for (const annotation of wanted) annotation.annotator = annotator;
  return wanted;
}
