import { z } from "@hono/zod-openapi";
import { crc32 } from "../crc32.ts";
import { type ExpectedEcg, modifiedAtOf } from "../store/revisions.ts";
import type { EcgRow } from "../store/schema.ts";

/** A date in one of the three forms of RFC 9110, section 5.6.7; any other is passed over (section 13.1.4). */
const HTTP_DATE =
  /^(\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT|\w{6,9}, \d\d-\w{3}-\d\d \d\d:\d\d:\d\d GMT|\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})$/;
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
/** Documents the headers of a request that is to change an ECG only if it is still the one that was read. */
export const ifUnchanged = {
  "If-Match": z
    .string()
    .optional()
    .openapi({ description: "ETags of the ECG, as any answer has given them; when it has another by now, a 412" }),
  "If-Unmodified-Since": z
    .string()
    .optional()
    .openapi({ description: "The `Last-Modified` of the ECG, instead; when it was changed later, a 412" }),
};
/** Documents the headers of an answer that is an ECG, whole or without its samples. */
export const validators = { ...etag, "Last-Modified": { schema: { type: "string" as const } } };
/** Documents the 304 to a request that names the ETag of what it asks for. */
export const unchanged = { description: "Nothing has changed since that ETag", headers: etag };

/**
 * The ETag of an ECG in JSON: its revision, whether its samples are still to be hashed, and what was measured in it. Neither is a change of
 * the ECG, but another answer.
 */
export function tagOf({ revision, open, samplesSha256, heartRate, qtc, findings }: EcgRow): string {
  const unhashed = samplesSha256 === null && !open ? "-unhashed" : "";
  if (findings === null) return `"${revision}${unhashed}"`;
  const measured = new TextEncoder().encode(JSON.stringify([heartRate, qtc, findings]));
  return `"${revision}${unhashed}-${crc32(measured).toString(16).padStart(8, "0")}"`;
}

/** The headers by which an answer that is an ECG in JSON, whole or without its samples, can be told from a later one. */
export function validatorsOf(ecg: EcgRow): { ETag: string; "Last-Modified": string } {
  return { ETag: tagOf(ecg), "Last-Modified": lastModifiedOf(ecg) };
}

/** The `Last-Modified` of an ECG, in whatever format. */
export function lastModifiedOf(ecg: EcgRow): string {
  return new Date(modifiedAtOf(ecg)).toUTCString();
}

/**
 * What a request expects of the ECG that it is to change, by its `If-Match` or else its `If-Unmodified-Since` (RFC 9110, section 13.2.2).
 * All ETags of a revision are its own: of whichever format, and before or after it was hashed or measured.
 */
export function readExpectedEcg(headers: Headers): ExpectedEcg {
  const match = headers.get("if-match");
  if (match !== null) {
    const named = readTags(match);
    if (named === "*") return {};
    return { revisions: named.flatMap((tag) => /^"(\d{1,15})(-[\w.-]+)?"$/.exec(tag)?.[1] ?? []).map(Number) };
  }
  const text = headers.get("if-unmodified-since") ?? "";
  const since = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(since) ? {} : { unmodifiedSince: since };
}

/** Whether an `If-None-Match` (RFC 9110, section 13.1.2) names `tag`. */
export function isUnchanged(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const named = readTags(ifNoneMatch);
  return named === "*" || named.includes(tag);
}

/**
 * The ETags that an `If-Match` or an `If-None-Match` (RFC 9110, section 13.1) names; `*` for any. All that are given out are strong. A weak one is one of them
 * that was weakened where the answer was compressed on its way, as Cloudflare does: it still names one revision, and is taken for it,
 * though the RFC compares strongly. Or whoever reads with `Accept-Encoding: gzip` could change nothing.
 */
export function readTags(header: string): "*" | string[] {
  const tags = header.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") ? "*" : tags;
}

/** Whether an `If-None-Match` takes any ETag for known, if there is one: of what cannot be had there is none. */
export function isAnyKnown(ifNoneMatch: string | undefined): boolean {
  return ifNoneMatch?.trim() === "*";
}
