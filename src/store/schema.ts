import { sql } from "drizzle-orm";
import { foreignKey, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { type Annotation, DATE_SOURCES } from "../recording/recording.ts";
import { leadRows } from "./lead-rows.ts";

/**
 * The length of a row's long text at most, in bytes: D1 takes no SQL statement beyond 100 kB, and a dump has a statement a row, which
 * is to be restored.
 */
export const MAX_ROW_LENGTH = 84 * 1024;

/** The roles, which never overlap: an admin manages users, a user owns ECGs. */
export const ROLES = ["admin", "user"] as const;
export type Role = (typeof ROLES)[number];

/** The accounts, a row each. */
export const users = sqliteTable("users", {
  id: text().primaryKey(),
  username: text().notNull().unique(),
  /** What all names have in common that look the same (`src/auth/names.ts`); null of an older account whose look another has, or that has not been given one yet. */
  usernameLook: text("username_look").unique(),
  email: text().notNull(),
  role: text({ enum: ROLES }).notNull(),
  passwordHash: text("password_hash").notNull(),
  disabled: integer({ mode: "boolean" }).notNull().default(false),
  /** A number that goes up when the role or the password changes or the account is disabled: all earlier tokens end. */
  credentialsVersion: integer("credentials_version").notNull().default(1),
  /** When the account was registered, ms since 1970. */
  createdAt: integer("created_at").notNull(),
  /**
   * When the account was erased, ms since 1970; null while it is there. The row of an erased one has no name and opens nothing: it stays
   * until a job has erased the account's ECGs, which refer to it.
   */
  erasedAt: integer("erased_at"),
});

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
    leads: leadRows().notNull(),
    /** Goes up with each change of the metadata or the samples; 0 when the ECG is being erased in steps. */
    revision: integer().notNull().default(1),
    /** Whether the ECG takes more samples. */
    open: integer({ mode: "boolean" }).notNull().default(false),
    /** False while the ECG is still being stored, or is being erased: nobody sees it, and what an upload that broke off has left is swept away. */
    complete: integer({ mode: "boolean" }).notNull().default(true),
    /** How many chunks are in the archive: all before this one. */
    archivedChunks: integer("archived_chunks").notNull().default(0),
    /**
     * The SHA-256 of the samples in hexadecimal digits: one lead after the other, int32 little endian. Null while the ECG is open
     * or still to be hashed, and empty when it will not be: it takes too long, or its samples are damaged.
     */
    samplesSha256: text("samples_sha256"),
    /** The mean heart rate in beats per minute, for the list; null where none was measured, or not yet. */
    heartRate: real("heart_rate"),
    /** The QT interval corrected by Fridericia's formula, in ms, like `heartRate`. */
    qtc: real(),
    /** The names of what was found; null until the ECG is measured as it is now. */
    findings: text({ mode: "json" }).$type<string[]>(),
    /** When the revision last went up, ms since 1970; null when it has not since the ECG was received. */
    modifiedAt: integer("modified_at"),
    /** The day on which the ECG was sent by a key of the sender's (`Idempotency-Key`), in days since 1970; null without one, and when its time is over. */
    sentDay: integer("sent_day"),
    /** The hash of that key and of who has sent it. */
    sentKey: text("sent_key"),
    /** The hash of the body that was sent by it; null while that is still coming in. */
    sentBody: text("sent_body"),
    /** The notes that were the answer to it. */
    sentNotes: text("sent_notes", { mode: "json" }).$type<string[]>(),
  },
  (table) => [
    index("ecgs_by_date").on(table.ownerId, table.recordedAt, table.id),
    index("ecgs_by_subject")
      .on(table.ownerId, table.subject, table.recordedAt, table.id)
      .where(sql`${table.subject} is not null`),
    index("ecgs_incomplete").on(table.createdAt).where(sql`not ${table.complete}`),
    // It begins with the day, so that a sweep finds the keys whose time is over.
    uniqueIndex("ecgs_by_sent_key")
      .on(table.sentDay, table.ownerId, table.sentKey)
      .where(sql`${table.sentKey} is not null`),
  ],
);

/**
 * The samples of ECGs, cut in time: each row has a chunk of `src/codec` with all leads, in base64 in `data` or as a
 * range of bytes of an object in the archive. D1 carries a BLOB as a JSON array of numbers, at several times the cost
 * of base64. Base64 beyond MAX_ROW_LENGTH goes on in `signal_chunk_rests`.
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

/**
 * What of a long chunk does not fit into its row: `data` goes on in these, in the order of their parts, and `byteLength` of the chunk's row
 * is the length of all of it. Only noise makes such chunks.
 */
export const signalChunkRests = sqliteTable(
  "signal_chunk_rests",
  {
    ecgId: text("ecg_id").notNull(),
    chunkIndex: integer("chunk_index").notNull(),
    part: integer().notNull(),
    data: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.ecgId, table.chunkIndex, table.part] }),
    foreignKey({
      columns: [table.ecgId, table.chunkIndex],
      foreignColumns: [signalChunks.ecgId, signalChunks.chunkIndex],
    }).onDelete("cascade"),
  ],
);

/** The annotations of ECGs, those of each annotator in the order of their times: up to 80 kB of JSON a row. */
export const annotations = sqliteTable(
  "annotations",
  {
    ecgId: text("ecg_id")
      .notNull()
      .references(() => ecgs.id, { onDelete: "cascade" }),
    annotator: text().notNull(),
    /** The parts of an annotator are numbered from 0; of one without annotations there is an empty one. */
    part: integer().notNull(),
    /** Another text whenever the annotator's set is replaced: all its parts have it, and its ETag is made of it. */
    edition: text().notNull(),
    count: integer().notNull(),
    /** The time of the part's first annotation, in seconds from the beginning of the recording; 0 without one. */
    firstTime: real("first_time").notNull(),
    /** The time of the part's last annotation. */
    lastTime: real("last_time").notNull(),
    /** The annotations without the name of the annotator. */
    data: text({ mode: "json" }).$type<Annotation[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.ecgId, table.annotator, table.part] })],
);

/** The insights measured in ECGs, each a text in parts of MAX_ROW_LENGTH. */
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

/** What a job does (`src/jobs/jobs.ts`). */
export const JOB_KINDS = ["measure", "hash", "archive", "erase-ecg", "erase-user", "sweep"] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/**
 * The jobs that are still to be done, a row each, and those that have failed for good. A job is written in the batch of what causes it.
 *
 * The primary key begins with the subject, so that an ECG's jobs are found when it is erased, and the oldest subjects come first. There
 * is no foreign key: a job whose subject is gone does nothing.
 */
export const jobs = sqliteTable(
  "jobs",
  {
    /** The id of an ECG or a user, or the name of a sweep. */
    subjectId: text("subject_id").notNull(),
    kind: text({ enum: JOB_KINDS }).notNull(),
    /** When the job was caused, the last time; ms since 1970. A run that ends settles the job only if it has the same cause still. */
    createdAt: integer("created_at").notNull(),
    /** When the job may be begun, ms since 1970: later than now while a run may be under way, or after one that has failed. */
    notBefore: integer("not_before").notNull().default(0),
    /** How often the job was begun since its cause. */
    tries: integer().notNull().default(0),
    /** When the job has failed for good, ms since 1970. */
    failedAt: integer("failed_at"),
    /** The code of the last failure. */
    error: text(),
  },
  (table) => [
    primaryKey({ columns: [table.subjectId, table.kind] }),
    index("jobs_failed").on(table.failedAt, table.subjectId, table.kind).where(sql`${table.failedAt} is not null`),
  ],
);

/** The objects of the archive that no chunk refers to, not yet or no longer. Those that stay here are swept away. */
export const looseObjects = sqliteTable("loose_objects", {
  key: text().primaryKey(),
  /** When the object was recorded here, ms since 1970. */
  since: integer().notNull(),
});

/**
 * The log-ins that go on by refresh tokens, a row each: a family of tokens, each made when the one before is used. A row that goes
 * ends its family.
 */
export const sessions = sqliteTable(
  "sessions",
  {
    id: text().primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The version of the account's credentials that the user logged in with: another one ends the session. */
    credentialsVersion: integer("credentials_version").notNull(),
    /** The SHA-256 of the token that is to be used next, in base64url. */
    tokenHash: text("token_hash").notNull(),
    /** The SHA-256 of the token that was used last; null before the first use. */
    previousHash: text("previous_hash"),
    /** Makes the next token of the one that was used last, so that a retry gets the same; in base64url, null before the first use. */
    rotationSalt: text("rotation_salt"),
    /** When the last token was used, ms since 1970: a retry within some seconds gets the same answer. */
    rotatedAt: integer("rotated_at").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("sessions_by_user").on(table.userId), index("sessions_by_expiry").on(table.expiresAt)],
);

/** What a key may do. */
export const SCOPES = ["ecg:read", "ecg:write"] as const;
export type Scope = (typeof SCOPES)[number];

/** The keys of users, for devices and for sharing; a key of one ECG is a share. */
export const accessKeys = sqliteTable(
  "access_keys",
  {
    id: text().primaryKey(),
    ownerId: text("owner_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The one ECG that the key is for, read only; null when it is for all of the owner's. */
    ecgId: text("ecg_id").references(() => ecgs.id, { onDelete: "cascade" }),
    /** The name of a key, or the note of a share. */
    name: text().notNull(),
    scopes: text({ mode: "json" }).$type<Scope[]>().notNull(),
    /** The SHA-256 of the key in base64url. */
    keyHash: text("key_hash").notNull(),
    /** When the key ends, ms since 1970; null when it does not. */
    expiresAt: integer("expires_at"),
    createdAt: integer("created_at").notNull(),
    /** When the key was last used, to the minute, ms since 1970. */
    lastUsedAt: integer("last_used_at"),
  },
  (table) => [
    index("access_keys_by_owner").on(table.ownerId, table.id),
    index("access_keys_by_ecg").on(table.ecgId, table.id).where(sql`${table.ecgId} is not null`),
  ],
);

/** How what was asked for ended. */
export const OUTCOMES = ["done", "refused", "not-found"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * The audit trail, a row a request. It is append only: triggers of the migration refuse every change and replacement, and every
 * removal before its time. Its rows belong to the account that they are about, and stay when that is erased.
 *
 * The primary key begins with the account, so that an account's rows are found without an index: D1 bills one as a row written.
 */
export const audit = sqliteTable(
  "audit",
  {
    /** The account that the entry is about: the owner of an ECG, the account that an admin changes; empty for nobody known. */
    accountId: text("account_id").notNull(),
    /** A UUIDv7, which grows with time. */
    id: text().notNull(),
    /** When it happened, ms since 1970. */
    at: integer().notNull(),
    /** The user who did it; null for nobody known. */
    userId: text("user_id"),
    /** The key or share that it was done with. */
    keyId: text("key_id"),
    /** What was asked for: the method and the route, `GET /ecg/{id}`. */
    action: text().notNull(),
    /** The id of the ECG, user, key or share that it was done to. */
    subjectId: text("subject_id"),
    outcome: text({ enum: OUTCOMES }).notNull(),
    requestId: text("request_id").notNull(),
    /** The network address that the request came from. */
    address: text(),
    /** Until when the entry cannot be removed, ms since 1970. */
    keptUntil: integer("kept_until").notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.id] })],
);

/** How far jobs have come that go over everything bit by bit, a row a job. */
export const jobPositions = sqliteTable("job_positions", {
  job: text().primaryKey(),
  /** The last id that is done. */
  position: text().notNull(),
});

export type UserRow = typeof users.$inferSelect;
export type EcgRow = typeof ecgs.$inferSelect;
export type ChunkRow = typeof signalChunks.$inferSelect;
export type SessionRow = typeof sessions.$inferSelect;
export type AccessKeyRow = typeof accessKeys.$inferSelect;
export type JobRow = typeof jobs.$inferSelect;
/** A job, as whoever is to do it needs to know it. */
export type Job = Pick<JobRow, "kind" | "subjectId">;
export type AuditRow = typeof audit.$inferSelect;
