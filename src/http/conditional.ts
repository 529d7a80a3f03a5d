import { z } from "@hono/zod-openapi";
import { crc32 } from "../crc32.ts";
import type { EcgRow } from "../store/schema.ts";

/** Documents the header of an answer that has an ETag. */
export const etag = { ETag: { schema: { type: "string" as const } } };
/** Documents the header of a request that may name an ETag. */
export const ifNoneMatch = {
  "If-None-Match": z.string().optional().openapi({ description: "The ETag of an earlier answer" }),
};
/** Documents the headers of a request that is to replace what its ETags say, or nothing. */
export const ifMatch = {
  "If-Match": z
    .string()
    .optional()
    .openapi({ description: "The ETag of what is to be replaced; another one is a 412" }),
};
/** Documents the 304 to a request that names the ETag of what it asks for. */
export const unchanged = { description: "Nothing has changed since that ETag", headers: etag };

/**
 * The ETag of an ECG in JSON: its revision, and what was measured in it. Measuring is no change of the ECG, but another answer.
 */
export function tagOf({ revision, heartRate, qtc, findings }: EcgRow): string {
  if (findings === null) return `"${revision}"`;
  const measured = new TextEncoder().encode(JSON.stringify([heartRate, qtc, findings]));
  return `"${revision}-${crc32(measured).toString(16).padStart(8, "0")}"`;
}

/** Whether an `If-None-Match` (RFC 9110, section 13.1.2) names `tag`. */
export function isUnchanged(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(",").map((known) => known.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(tag);
}

/** The ETags that an `If-Match` (RFC 9110, section 13.1.1) names; `*` for any. */
export function readIfMatch(ifMatch: string): "*" | string[] {
  const tags = ifMatch.split(",").map((tag) => tag.trim());
  return tags.includes("*") ? "*" : tags;
}

/** Whether an `If-None-Match` takes any ETag for known, if there is one: of what cannot be had there is none. */
export function isAnyKnown(ifNoneMatch: string | undefined): boolean {
  return ifNoneMatch?.trim() === "*";
}
