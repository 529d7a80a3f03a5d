import { and, eq, exists, sql } from "drizzle-orm";
import { AppError } from "../errors.ts";
import type { Annotation } from "../recording/recording.ts";
import { insertAnnotations } from "./annotations.ts";
import { recordChange } from "./audit.ts";
import { type Access, isCurrentOwner, touchKey } from "./callers.ts";
import type { NewChunk } from "./chunk-row.ts";
import { insertChunks } from "./chunk-rows.ts";
import { type AnyStore, type Db, type Store, toFields, withoutActor } from "./db.ts";
import { isComplete, type TokenValues } from "./ecgs.ts";
import { recordEcgJob } from "./jobs.ts";
import { jobsOfStored } from "./jobs-of-ecgs.ts";
import { FIRST_REVISION } from "./revisions.ts";
import { type EcgRow, ecgs, users } from "./schema.ts";
import { isSentWith, newSentKey, UNSENT } from "./sent-keys.ts";
import { newStatement, type Statement } from "./statement.ts";

/** The columns of an ECG before it is measured. */
export const UNMEASURED = { heartRate: null, qtc: null, findings: null };
/** An ECG to be stored; the store adds its owner and its own columns. */
export type NewEcg = Omit<
  EcgRow,
  | "revision"
  | "modifiedAt"
  | "complete"
  | "archivedChunks"
  | "samplesSha256"
  | "ownerId"
  | keyof typeof UNMEASURED
  | keyof typeof UNSENT
>;
/** An ECG whose owner is not known yet. */
type OwnerlessEcg = Omit<EcgRow, "ownerId">;

/** Why an upload is not taken that was under way. */
const ENDED =
  "The account or the key has ended while this came in, or it took more than six hours: nothing of it is kept.";

/** Writes the rows of one ECG as they come in: those of a long one in several batches, of which the last makes it visible. */
export class EcgWriter {
  private readonly audited: AnyStore;
  private readonly store: Store;
  private readonly access: Access;
  private readonly key: string | undefined;
  private readonly begun: OwnerlessEcg;
  /** The last rows, which wait to be written in the batch that makes the ECG visible. */
  private held: NewChunk[] | undefined;
  private ownerId: string | undefined;

  /** @param key the sender's key: nothing is written when another ECG has it */
  constructor(audited: AnyStore, access: Access, ecg: NewEcg, key: string | undefined) {
    this.audited = audited;
    this.store = withoutActor(audited);
    this.access = access;
    this.key = key;
    this.begun = {
      ...ecg,
      revision: FIRST_REVISION,
      modifiedAt: null,
      complete: false,
      archivedChunks: 0,
      samplesSha256: null,
      ...UNMEASURED,
      ...UNSENT,
      ...(key !== undefined && newSentKey(access, key, ecg.createdAt)),
    };
  }

  /** Whether rows of the ECG are written. */
  get hasBegun(): boolean {
    return this.ownerId !== undefined;
  }

  /**
   * Takes the next rows.
   *
   * @throws AppError `unauthorized` when the access does not hold, another ECG has the key, or this one is being erased
   */
  async add(rows: NewChunk[]): Promise<void> {
    if (this.held) await this.write(this.begun, this.held);
    this.held = rows;
  }

  /** Writes what is left, and the columns that are known in the end. @throws AppError like `add` */
  async finish(columns: Partial<OwnerlessEcg>, annotations: readonly Annotation[]): Promise<EcgRow> {
    return this.write({ ...this.begun, ...columns, complete: true }, this.held ?? [], annotations);
  }

  private async write(
    row: OwnerlessEcg,
    chunks: readonly NewChunk[],
    annotations: readonly Annotation[] = [],
  ): Promise<EcgRow> {
    const { store } = this;
    const jobs = row.complete ? jobsOfStored(store, row) : [];
    // The entry is right behind the statement that makes the ECG visible; only then there are jobs.
    const others = [
      ...(row.complete ? recordChange(this.audited, { subjectId: row.id }) : []),
      ...insertChunks(store, row.id, chunks),
      ...insertAnnotations(store, row.id, annotations),
      ...jobs.map((kind) => recordEcgJob(store, kind, isComplete(row.id))),
    ];
    if (this.ownerId === undefined) this.ownerId = await this.insert(row, others);
    else await this.grow(row, others);
    return { ...row, ownerId: this.ownerId };
  }

  private async insert(row: OwnerlessEcg, others: readonly Statement[]): Promise<string> {
    const { store, access, key } = this;
    const insert = insertFor(store, access, row, key);
    const [[inserted]] = await store.db.batch([insert, ...others, ...touchKey(store, access)]);
    if (!inserted) throw new AppError("unauthorized");
    return inserted.ownerId;
  }

  /** Writes more of an ECG that is there. The owner is checked once more: the upload may have taken hours. It may also have been taken for broken off. */
  private async grow(row: OwnerlessEcg, others: readonly Statement[]): Promise<void> {
    const { db } = this.store;
    const isAllowed = exists(db.select({ one: sql`1` }).from(users).where(isCurrentOwner(this.access)));
    const { leads, complete, samplesSha256, sentBody, sentNotes } = row;
    const grow = db
      .update(ecgs)
      .set({ leads, complete, samplesSha256, sentBody, sentNotes })
      .where(and(eq(ecgs.id, row.id), eq(ecgs.revision, FIRST_REVISION), isAllowed))
      .returning({ id: ecgs.id });
    const [grown] = await db.batch([grow, ...others]);
    if (grown.length === 0) throw new AppError("unauthorized", { detail: ENDED });
  }
}

/** Makes the statement that inserts the row for the owner whom an access reaches, if it still holds and no other ECG has the key. */
function insertFor(store: Store, access: Access, row: OwnerlessEcg, key: string | undefined) {
  const { credential } = access;
  if (key !== undefined || !("userId" in credential)) return newEcgInsert(store.db, access, row, key);
  return insertOwn(store, { ...row, ...credential });
}

const insertOwn = newStatement((db, { userId, credentialsVersion, ...row }: TokenValues & OwnerlessEcg) =>
  newEcgInsert(db, { credential: { userId, credentialsVersion }, need: "ecg:write", ecgId: null }, row),
);

function newEcgInsert(db: Db, access: Access, row: OwnerlessEcg, key?: string) {
  const fields = toFields(ecgs, { ...row, ownerId: sql`${users.id}` });
  const isNew =
    key === undefined
      ? undefined
      : sql`not exists (select 1 from ${ecgs} where ${isSentWith(access, key, sql`${users.id}`)})`;
  const values = db
    .select(fields)
    .from(users)
    .where(and(isCurrentOwner(access), isNew));
  return db.insert(ecgs).select(values).returning({ ownerId: ecgs.ownerId });
}
