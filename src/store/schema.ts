import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Annotation } from "../recording/recording.ts";

/** Never overlap: an admin manages users, a user owns ECGs. */
export const ROLES = ["admin", "user"] as const;
export type Role = (typeof ROLES)[number];

export const users = sqliteTable("users", {
  id: text().primaryKey(),
  username: text().notNull().unique(),
  email: text().notNull(),
  role: text({ enum: ROLES }).notNull(),
  passwordHash: text("password_hash").notNull(),
  disabled: integer({ mode: "boolean" }).notNull().default(false),
  /** Goes up when the role or the password changes or the account is disabled, which ends all earlier tokens. */
  credentialsVersion: integer("credentials_version").notNull().default(1),
  /** ms since 1970. */
  createdAt: integer("created_at").notNull(),
});

/** What is stored of a lead beside its samples; `samplingRate` in Hz. */
export type LeadRow = {
  name: string;
  sampleCount: number;
  samplingRate: number | null;
  gain: number | null;
  baseline: number;
  zeroCrossings: number;
  /** The sign of the last sample that has one: -1, 1, or 0 for none yet. Samples that follow may cross zero from it. */
  lastSign: number;
  /** How many of its samples a chunk holds: sample s is in chunk floor(s / chunkSamples). */
  chunkSamples: number;
};

/**
 * One row an ECG. The migrations make this table, `signal_chunks`, `annotations`, `insights`, `unmeasured` and `loose_objects` WITHOUT ROWID, which Drizzle cannot
 * say: D1 bills each index of a table as a row written, and such a table's primary key is no index of its own.
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
    createdAt: integer("created_at").notNull(),
    subject: text(),
    device: text(),
    note: text(),
    leads: text({ mode: "json" }).$type<LeadRow[]>().notNull(),
    /** Goes up with each change of the metadata or the samples. */
    revision: integer().notNull().default(1),
    /** Takes more samples until it is closed. */
    open: integer({ mode: "boolean" }).notNull().default(false),
    /** False while it is still being stored: then nobody sees it, and an upload that broke off is swept away. */
    complete: integer({ mode: "boolean" }).notNull().default(true),
    /** The chunks before this one are in the archive. */
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
 * The samples of all leads of an ECG, cut in time: a chunk of `src/codec` each, in base64 in `data` or as a range of bytes
 * of an object of the archive. D1 carries a BLOB as a JSON array of numbers, at several times the cost of base64.
 *
 * The rows below 0 are the overview: row -1 - g has the lowest and highest samples of the g-th group of chunks.
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

/** The annotations of an ECG in the order of their times, some hundred kB of JSON in a row. WITHOUT ROWID, too. */
export const annotations = sqliteTable(
  "annotations",
  {
    ecgId: text("ecg_id")
      .notNull()
      .references(() => ecgs.id, { onDelete: "cascade" }),
    part: integer().notNull(),
    /** Of the first and the last in the part, in seconds from the beginning of the recording. */
    firstTime: real("first_time").notNull(),
    lastTime: real("last_time").notNull(),
    data: text({ mode: "json" }).$type<Annotation[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.ecgId, table.part] })],
);

/** What was measured in an ECG, a text in parts of some hundred kB. WITHOUT ROWID, too. */
export const insights = sqliteTable(
  "insights",
  {
    ecgId: text("ecg_id")
      .notNull()
      .references(() => ecgs.id, { onDelete: "cascade" }),
    part: integer().notNull(),
    /** Of the method. */
    version: integer().notNull(),
    /** How many samples the ECG had, of all leads: with more it is to be measured again. */
    sampleCount: integer("sample_count").notNull(),
    data: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.ecgId, table.part] })],
);

/** Recordings that are measured ahead of whoever asks first: each until that is done, or has failed too often. WITHOUT ROWID, too. */
export const unmeasured = sqliteTable("unmeasured", {
  ecgId: text("ecg_id")
    .primaryKey()
    .references(() => ecgs.id, { onDelete: "cascade" }),
  /** How often it was begun. */
  tries: integer().notNull().default(0),
  /** Not to be begun before, since one that was begun may be under way: ms since 1970. */
  dueAt: integer("due_at").notNull().default(0),
});

/** Objects of the archive that no chunk refers to: not yet, or no longer. What stays here is swept away. */
export const looseObjects = sqliteTable("loose_objects", {
  key: text().primaryKey(),
  since: integer().notNull(),
});

export type UserRow = typeof users.$inferSelect;
export type EcgRow = typeof ecgs.$inferSelect;
export type ChunkRow = typeof signalChunks.$inferSelect;
