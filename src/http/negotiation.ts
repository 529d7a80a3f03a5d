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
    // By its other media types a format is found only where the range is one; JSON is the first of all.
    const format = findFormat(range, allowed) ?? allowed.find(({ mediaTypes }) => isIn(range, mediaTypes[0]));
    if (format) ranked.add(format);
  }
  const isBrowser = ranges.some(({ range }) => range === "text/html");
  const [first, ...others] = isBrowser && ranked.has(ecgJson) ? new Set([ecgJson, ...ranked]) : ranked;
  if (first) return [first, ...others];
  const known = writableFormats.map(({ mediaTypes }) => mediaTypes[0]).join(", ");
  throw newNotAcceptable(`An ECG can be had as ${known}.`);
}

/**
 * The name of what an `Accept` wants most of some answers, the first of them for any. An `Accept` that only says what it does not take gets
 * the first of the others.
 *
 * @param offered the media types of the answers by their names
 * @throws AppError `not-acceptable` when it takes none of them
 */
export function chooseOffered<Name extends string>(offered: Readonly<Record<Name, string>>, accept = "*/*"): Name {
  const ranges = readAccept(accept);
  const names = Object.keys(offered) as Name[];
  const isExcluded = (name: Name) => ranges.some(({ range, quality }) => quality === 0 && range === offered[name]);
  const allowed = names.filter((name) => !isExcluded(name));
  const wanted = ranges.filter(({ quality }) => quality > 0).map(({ range }) => range);
  for (const range of wanted.length > 0 ? wanted : ["*/*"]) {
    const found = allowed.find((name) => isIn(range, offered[name]));
    if (found !== undefined) return found;
  }
  throw newNotAcceptable(`This can be had as ${Object.values(offered).join(", ")}.`);
}

/** Whether a media type is in a range of an `Accept`. */
function isIn(range: string, mediaType: string): boolean {
  if (range === "*/*" || range === "") return true;
  return range.endsWith("/*") ? mediaType.startsWith(range.slice(0, -1)) : mediaType === range;
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
