import { createHash } from "node:crypto";
import { and, eq, gt, inArray, isNotNull, lt, type SQL } from "drizzle-orm";
import { type Access, ownerOf } from "./callers.ts";
import type { Store } from "./db.ts";
import { ecgs } from "./schema.ts";

/** How long an ECG is found again by the key that it was sent with, in ms from its receipt. */
const SENT_KEY_MS = 24 * 3600 * 1000;
/** ECGs whose keys a run of the sweep takes away. */
const KEYS_A_SWEEP = 500;
const DAY_MS = 24 * 3600 * 1000;
/** Bytes of notes that are kept for a repeated answer: no upload has come near. */
const MAX_NOTES_BYTES = 32 * 1024;

/** What an ECG's row has of the key that it was sent with. */
type SentKey = { sentDay: number | null; sentKey: string | null };

/** What a row has that is not found by a key. */
export const UNSENT = { sentDay: null, sentKey: null, sentBody: null, sentNotes: null };

/** What a row has of a key: its hash, with the access key that has sent it, so that two devices may choose the same. */
export function newSentKey(access: Access, key: string, now: number): SentKey {
  return { sentDay: dayOf(now), sentKey: hashSentKey(access, key) };
}

/** Whether a row of `ecgs` is what the access has sent with this key, whose time is not over. */
export function isSentWith(access: Access, key: string, owner: string | SQL = ownerOf(access), now = Date.now()) {
  return and(
    // Of two at once at midnight the one before it may be stored last: the time of a Worker stands still while it computes.
    inArray(ecgs.sentDay, [dayOf(now) - 1, dayOf(now), dayOf(now) + 1]),
    eq(ecgs.ownerId, owner),
    eq(ecgs.sentKey, hashSentKey(access, key)),
    gt(ecgs.createdAt, now - SENT_KEY_MS),
  );
}

/** The notes that are kept for a repeated answer: the first of very many. */
export function cutNotes(notes: readonly string[]): string[] {
  let bytes = 0;
  return notes.filter((note) => {
    bytes += 3 * note.length;
    return bytes <= MAX_NOTES_BYTES;
  });
}

/** Takes the keys away from ECGs that are not found by them any more; it reads no other rows. Gives whether there may be more. */
export async function sweepSentKeys({ db }: Store, now = Date.now()): Promise<boolean> {
  const due = db
    .select({ id: ecgs.id })
    .from(ecgs)
    .where(and(isNotNull(ecgs.sentKey), lt(ecgs.sentDay, dayOf(now) - 1)))
    .limit(KEYS_A_SWEEP);
  const { meta } = await db.update(ecgs).set(UNSENT).where(inArray(ecgs.id, due));
  return meta.changes === KEYS_A_SWEEP;
}

function hashSentKey({ credential }: Access, key: string): string {
  const sender = "keyId" in credential ? credential.keyId : "";
  return createHash("sha256").update(`${sender} ${key}`).digest("base64url");
}

function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}
