import { z } from "@hono/zod-openapi";
import { newInputError } from "../errors.ts";
import { timestamp } from "../formats/json/schema.ts";
import { fromText } from "./query-number.ts";

/** A place in a list, in base64url. */
const CursorSchema = z.string().regex(/^[A-Za-z0-9_-]+$/, "is not a next_cursor of this list");

/** The items of a page where a request does not say how many. */
export const PAGE_ITEMS = 20;

/** The parameters of a GET of a list. */
export const pagingQuery = {
  limit: fromText(z.number().int().min(1).max(100)).default(PAGE_ITEMS).openapi({ description: "Items a page" }),
  cursor: CursorSchema.optional().openapi({ description: "`next_cursor` of the page before" }),
};

/** A time that a list is filtered by, in ms since 1970. The `+` of an offset is a blank in a query unless it is escaped: no time has another one. */
export const TimeSchema = z
  .preprocess((text) => (typeof text === "string" ? text.replace(/ (?=\d\d:\d\d$)/, "+") : text), timestamp())
  .transform((time) => Date.parse(time));

/** The schema of a list's answer; `next_cursor` is null on the last page. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next_cursor: CursorSchema.nullable() });
}

/** Reads a page, with one row more than it holds, which tells whether another page follows. */
export async function readPage<Row>(
  limit: number,
  list: (limit: number) => Promise<readonly Row[]>,
  toCursor: (last: Row) => unknown[],
) {
  const rows = await list(limit + 1);
  const items = rows.slice(0, limit);
  const nextCursor = rows.length > limit ? encodeCursor(toCursor(items[limit - 1])) : null;
  return { items, nextCursor };
}

/** The cursor that stands for a place in a list. */
export function encodeCursor(place: unknown[]): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/**
 * The place in a list that a cursor stands for, of the shape of `place`; undefined when there is none.
 *
 * @throws AppError `invalid` for one that this API did not give
 */
export function decodeCursor<Place>(cursor: string | undefined, place: z.ZodType<Place>): Place | undefined {
  if (cursor === undefined) return undefined;
  try {
    return place.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
  } catch {
    throw newInputError([{ path: "cursor", message: "is not a next_cursor of this list" }]);
  }
}
