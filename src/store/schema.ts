import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { type Annotation, DATE_SOURCES } from "../recording/recording.ts";

/** The roles, which never overlap: an admin manages users, a user owns ECGs. */
export const ROLES = ["admin", "user"] as const;
export type Role = (typeof ROLES)[number];

/** The accounts, a row each. */
export const users = sqliteTable("users", {
  id: text().primaryKey(),
  username: text().notNull().unique(),
  email: text().notNull(),
  role: text({ enum: ROLES }).notNull(),
  passwordHash: text("password_hash").notNull(),
  disabled: integer({ mode: "boolean" }).notNull().default(false),
  /** A number that goes up when the role or the password changes or the account is disabled: all earlier tokens end. */
  credentialsVersion: integer("credentials_version").notNull().default(1),
  /** When the account was registered, ms since 1970. */
  createdAt: integer("created_at").notNull(),
});

/** A lead without its samples. */
export type LeadRow = {
  name: string;
  sampleCount: number;
  /** In Hz. */
  samplingRate: number | null;
  /** ADC units per unit. */
  gain: number | null;
  /** The unit of the lead's values; mV if left out. */
  unit?: string;
  /** In ADC units. */
  baseline: number;
  zeroCrossings: number;
  /** The sign of the last sample that has one, -1 or 1, and 0 before: an appended sample may cross zero from it. */
  lastSign: number;
  /** How many samples of the lead a chunk holds: sample s is in chunk floor(s / chunkSamples). */
  chunkSamples: number;
};

/**
 * The ECGs without their samples, a row each.
 *
 * The migrations make this table and all below it WITHOUT ROWID, which Drizzle cannot say: D1 bills each index of a
 * table as a row written, and the primary key of such a table is no index of its own.
 */
export const ecgs = sqliteTable(
  "ecgs",
  {
    id: text().primaryKey(),
    ownerId: text("owner_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** When the recording began, ms since 1970. */
    recordedAt: integer("recorded_at").notNull(),
    /** Where `recordedAt` comes from. */
    dateSource: text("date_source", { enum: DATE_SOURCES }).notNull().default("recorded"),
    createdAt: integer("created_at").notNull(),
    subject: text(),
    device: text(),
    note: text(),
    leads: text({ mode: "json" }).$type<LeadRow[]>().notNull(),
    /** Goes up with each change of the metadata or the samples. */
    revision: integer().notNull().default(1),
    /** Whether the ECG takes more samples. */
    open: integer({ mode: "boolean" }).notNull().default(false),
    /** False while the ECG is still being stored: nobody sees it, and it is swept away if the upload breaks off. */
    complete: integer({ mode: "boolean" }).notNull().default(true),
    /** How many chunks are in the archive: all before this one. */
    archivedChunks: integer("archived_chunks").notNull().default(0),
  },
  (table) => [
    index("ecgs_by_date").on(table.ownerId, table.recordedAt, table.id),
    index("ecgs_by_subject")
      .on(table.ownerId, table.subject, table.recordedAt, table.id)
      .where(sql`${table.subject} is not null`),
    index("ecgs_incomplete").on(table.createdAt).where(sql`not ${table.complete}`),
  ],
);

/**
 * The samples of ECGs, cut in time: each row has a chunk of `src/codec` with all leads, in base64 in `data` or as a
 * range of bytes of an object in the archive. D1 carries a BLOB as a JSON array of numbers, at several times the cost
 * of base64.
 *
 * The rows below 0 are overviews: row -1 - g has the lowest and highest samples of the blocks of group g.
 */
export const signalChunks = sqliteTable(
  "signal_chunks",
  {
    ecgId: text("ecg_id")
      .notNull()
      .references(() => ecgs.id, { onDelete: "cascade" }),
    chunkIndex: integer("chunk_index").notNull(),
    data: text(),
    object: text(),
    byteOffset: integer("byte_offset"),
    byteLength: integer("byte_length"),
  },
  (table) => [primaryKey({ columns: [table.ecgId, table.chunkIndex] })],
);

/** The annotations of ECGs in the order of their times, some hundred kB of JSON a row. */
export const annotations = sqliteTable(
  "annotations",
  {
    ecgId: text("ecg_id")
      .notNull()
      .references(() => ecgs.id, { onDelete: "cascade" }),
    part: integer().notNull(),
    /** The time of the part's first annotation, in seconds from the beginning of the recording. */
    firstTime: real("first_time").notNull(),
    /** The time of the part's last annotation. */
    lastTime: real("last_time").notNull(),
    data: text({ mode: "json" }).$type<Annotation[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.ecgId, table.part] })],
);

/** The insights measured in ECGs, each a text in parts of some hundred kB. */
export const insights = sqliteTable(
  "insights",
  {
    ecgId: text("ecg_id")
      .notNull()
      .references(() => ecgs.id, { onDelete: "cascade" }),
    part: integer().notNull(),
    /** The version of the method. */
    version: integer().notNull(),
    /** How many samples, of all leads, were measured: an ECG that has more by now is to be measured again. */
    sampleCount: integer("sample_count").notNull(),
    data: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.ecgId, table.part] })],
);

/** The long ECGs that are to be measured before anybody asks; a row goes when that is done or has failed too often. */
export const unmeasured = sqliteTable("unmeasured", {
  ecgId: text("ecg_id")
    .primaryKey()
    .references(() => ecgs.id, { onDelete: "cascade" }),
  /** How often measuring was begun. */
  tries: integer().notNull().default(0),
  /** When measuring may be begun, ms since 1970: later than now while a run may be under way. */
  dueAt: integer("due_at").notNull().default(0),
});

/** The objects of the archive that no chunk refers to, not yet or no longer. Those that stay here are swept away. */
export const looseObjects = sqliteTable("loose_objects", {
  key: text().primaryKey(),
  /** When the object was recorded here, ms since 1970. */
  since: integer().notNull(),
});

export type UserRow = typeof users.$inferSelect;
export type EcgRow = typeof ecgs.$inferSelect;
export type ChunkRow = typeof signalChunks.$inferSelect;
