/** Whether an `If-None-Match` (RFC 9110, section 13.1.2) names `tag`. */
export function isUnchanged(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(",").map((known) => known.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(tag);
}
