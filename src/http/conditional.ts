import { z } from "@hono/zod-openapi";

/** Documents the header of an answer that has an ETag. */
export const etag = { ETag: { schema: { type: "string" as const } } };
/** Documents the header of a request that may name an ETag. */
export const ifNoneMatch = {
  "If-None-Match": z.string().optional().openapi({ description: "The ETag of an earlier answer" }),
};
/** Documents the 304 to a request that names the ETag of what it asks for. */
export const unchanged = { description: "Nothing has changed since that ETag", headers: etag };

/** Whether an `If-None-Match` (RFC 9110, section 13.1.2) names `tag`. */
export function isUnchanged(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(",").map((known) => known.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(tag);
}

/** Whether an `If-None-Match` takes any ETag for known, if there is one: of what cannot be had there is none. */
export function isAnyKnown(ifNoneMatch: string | undefined): boolean {
  return ifNoneMatch?.trim() === "*";
}
