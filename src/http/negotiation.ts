import { type WritableFormat, writableFormats } from "../ecg/export.ts";
import { AppError, newInputError } from "../errors.ts";
import { type Format, newNotAcceptable } from "../formats/format.ts";
import { findFormat } from "../formats/index.ts";
import { ecgJson } from "../formats/json/ecg-json.ts";

/**
 * The formats that a request takes, the most wanted first: by its query, or by its `Accept` (RFC 9110, section 12.5.1);
 * JSON if it does not say. A browser's `Accept`, which has `text/html`, means no format by its `application/xml`: JSON is
 * first for it, too.
 *
 * @throws AppError `not-acceptable` when there are none
 */
export function rankFormats(id: string | undefined, accept = "*/*"): [WritableFormat, ...WritableFormat[]] {
  if (id !== undefined) return [writableFormats.find((format) => format.id === id) ?? ecgJson];
  const ranges = readAccept(accept);
  const isExcluded = ({ mediaTypes }: Format) =>
    ranges.some(({ range, quality }) => quality === 0 && mediaTypes.includes(range));
  const allowed = writableFormats.filter((format) => !isExcluded(format));
  const ranked = new Set<WritableFormat>();
  for (const { range, quality } of ranges) {
    if (!(quality > 0)) continue;
    // JSON is the first of all.
    const isAny = range === "*/*" || range === "";
    const format = isAny
      ? allowed[0]
      : range.endsWith("/*")
        ? allowed.find(({ mediaTypes }) => mediaTypes[0].startsWith(range.slice(0, -1)))
        : findFormat(range, allowed);
    if (format) ranked.add(format);
  }
  const isBrowser = ranges.some(({ range }) => range === "text/html");
  const [first, ...others] = isBrowser && ranked.has(ecgJson) ? new Set([ecgJson, ...ranked]) : ranked;
  if (first) return [first, ...others];
  const known = writableFormats.map(({ mediaTypes }) => mediaTypes[0]).join(", ");
  throw newNotAcceptable(`An ECG can be had as ${known}.`);
}

/** Whether an `Accept` wants one media type rather than JSON, which is what it has for `*` too. */
export function prefers(mediaType: string, accept = "*/*"): boolean {
  const wanted = readAccept(accept).find(
    ({ range, quality }) => quality > 0 && [mediaType, "application/json", "application/*", "*/*"].includes(range),
  );
  return wanted?.range === mediaType;
}

/** The ranges of an `Accept`, the most wanted first. */
function readAccept(accept: string): { range: string; quality: number }[] {
  return accept
    .split(",")
    .map((range) => {
      const q = /;\s*q=([\d.]+)/i.exec(range)?.[1];
      return { range: range.split(";", 1)[0].trim().toLowerCase(), quality: q === undefined ? 1 : Number(q) };
    })
    .sort((a, b) => b.quality - a.quality);
}

/**
 * The answer in the first of these formats that can carry it.
 *
 * @throws AppError `not-acceptable` of the first format when none can
 */
export async function answerInFirst<Answer>(
  ranked: readonly WritableFormat[],
  answerIn: (format: WritableFormat) => Promise<Answer>,
): Promise<Answer> {
  let refusal: AppError | undefined;
  for (const format of ranked) {
    try {
      return await answerIn(format);
    } catch (error) {
      if (!(error instanceof AppError && error.code === "not-acceptable")) throw error;
      refusal ??= error;
    }
  }
  throw refusal ?? new AppError("not-acceptable");
}

/** @throws AppError `invalid`, with this message, for the first of some parameters that is there */
export function requireNone(parameters: Record<string, unknown>, message: string): void {
  const path = Object.keys(parameters).find((name) => parameters[name] !== undefined);
  if (path !== undefined) throw newInputError([{ path, message }]);
}
