import { getTableColumns, SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { newSteadyDatabase } from "./outages.ts";
import type { Job } from "./schema.ts";

/** The database, as Drizzle gives access to it. */
export type Db = DrizzleD1Database & { $client: D1Database };

/** Which ECGs are measured before anybody asks. */
const MEASURED_AHEAD = ["all", "long", "off"] as const;
type MeasuredAhead = (typeof MEASURED_AHEAD)[number];

/**
 * Where everything is stored: the database, and the bucket for the samples of long recordings, if one is bound. What is done with it
 * leaves no entry in the audit trail: it is for jobs, and for requests that have left theirs.
 */
export type Store = {
  db: Db;
  archive: R2Bucket | undefined;
  /** Takes the messages that jobs are there; if none is bound, the trigger finds the jobs in the database. */
  queue: Queue<JobMessage> | undefined;
  /** Keeps the Worker alive for what the answer need not wait for; undefined where it has to be waited for. */
  later: Later | undefined;
  measuredAhead: MeasuredAhead;
  /** How long the samples of a short closed ECG stay in the database, in ms, if there is an archive. */
  archiveAfterMs: number;
  actor?: undefined;
};

/** The message that a job is there; of one that is `unrecorded` there is no row, and its subject itself says that it is to be done. */
export type JobMessage = Job & { unrecorded?: true };

/** `ExecutionContext.waitUntil`. */
export type Later = (work: Promise<unknown>) => void;

/** The Worker's bindings that a store is made of. */
export type StoreBindings = {
  DB: D1Database;
  ARCHIVE?: R2Bucket;
  JOBS?: Queue<JobMessage>;
  MEASURE_AHEAD?: string;
  ARCHIVE_AFTER_DAYS?: string;
};

const DAY_MS = 24 * 3600 * 1000;
/** What ARCHIVE_AFTER_DAYS is where it is not set, or is no number. */
const ARCHIVE_AFTER_DAYS = 30;

/** Who asks the API for what, and from where: what a request leaves in the audit trail, whatever comes of it. */
export type Actor = {
  /** The user who asks, or whose key is used; an expression that finds the id as the entry is made; null for nobody known. */
  userId: string | SQL | null;
  /** The key or share that is used. */
  keyId: string | null;
  /** The method and the route, `GET /ecg/{id}`. */
  action: string;
  /** The id that the path names. */
  subjectId: string | null;
  requestId: string;
  /** The network address that the request comes from. */
  address: string | null;
  /** How long its entry is kept, in ms. */
  keptMs: number;
};

/**
 * The store of a request that is to leave an entry in the audit trail. Only functions take it that make the entry in the batch of what
 * they do: with any other, a handler does not compile.
 */
export type AuditedStore = Omit<Store, "actor"> & { actor: Actor };

/** The store of whoever does something that leaves an entry when a request does it. */
export type AnyStore = Store | AuditedStore;

/** The store for the further steps of what has its entry. */
export function withoutActor({ actor: _, ...store }: AnyStore): Store {
  return store;
}

/** Opens the store of the Worker's bindings. */
export function openStore(bindings: StoreBindings, later?: Later): Store {
  const { DB, ARCHIVE, JOBS, MEASURE_AHEAD, ARCHIVE_AFTER_DAYS: days = "" } = bindings;
  const archiveAfterMs = (/^\d+(\.\d+)?$/.test(days) ? Number(days) : ARCHIVE_AFTER_DAYS) * DAY_MS;
  const measuredAhead = MEASURED_AHEAD.find((which) => which === MEASURE_AHEAD) ?? "all";
  return { db: drizzle(newSteadyDatabase(DB)), archive: ARCHIVE, queue: JOBS, later, measuredAhead, archiveAfterMs };
}

/** Asks the database for nothing but an answer; throws what the query throws. */
export async function queryDatabase({ db }: AnyStore): Promise<void> {
  await db.get(sql`select 1 from users limit 1`);
}

/** The fields of a select that gives one row for a table, to be inserted on a condition. A value that is SQL is taken as it is. */
export function toFields<Table extends SQLiteTable>(
  table: Table,
  row: { [Key in keyof Table["$inferSelect"]]: Table["$inferSelect"][Key] | SQL },
) {
  const fields = Object.entries(getTableColumns(table)).map(([key, column]) => {
    const value = row[key as keyof typeof row];
    return [key, sql`${value instanceof SQL ? value : sql.param(value, column)}`.as(column.name)];
  });
  return Object.fromEntries(fields);
}

/** Whether D1 refused a statement for a constraint, `UNIQUE` or `FOREIGN KEY`. */
export function isConstraintError(error: unknown, constraint: string): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes(`${constraint} constraint failed`)) return true;
  }
  return false;
}
