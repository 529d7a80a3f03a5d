import { type WritableFormat, writableFormats } from "../ecg/export.ts";
import { AppError, newInputError } from "../errors.ts";
import { newNotAcceptable } from "../formats/format.ts";
import { ecgJson } from "../formats/json/ecg-json.ts";

/**
 * The formats that a request takes, the most wanted first: by its query, or by its `Accept`; JSON if it does not say. A browser's
 * `Accept`, which has `text/html`, means no format by its `application/xml`: JSON is first for it, too.
 *
 * @throws AppError `not-acceptable` when there are none
 */
export function rankFormats(id: string | undefined, accept?: string): [WritableFormat, ...WritableFormat[]] {
  if (id !== undefined) return [writableFormats.find((format) => format.id === id) ?? ecgJson];
  // Most clients take anything: no other format is looked at for them.
  if (accept === undefined || accept === "*/*") return [ecgJson];
  const ranges = readAccept(accept);
  const ranked = new Set(rankAnswers(writableFormats, ranges));
  const isBrowser = ranges.some(({ range, quality }) => range === "text/html" && quality > 0);
  const [first, ...others] = isBrowser && ranked.has(ecgJson) ? new Set([ecgJson, ...ranked]) : ranked;
  if (first) return [first, ...others];
  const known = writableFormats.map(({ mediaTypes }) => mediaTypes[0]).join(", ");
  throw newNotAcceptable(`An ECG can be had as ${known}.`);
}

/**
 * The name of what an `Accept` wants most of some answers, the first of them for any.
 *
 * @param offered the media types of the answers by their names
 * @throws AppError `not-acceptable` when it takes none of them
 */
export function chooseOffered<Name extends string>(offered: Readonly<Record<Name, string>>, accept?: string): Name {
  const names = Object.keys(offered) as Name[];
  const answers = names.map((name) => ({ name, mediaTypes: [offered[name]] }));
  const [first] = rankAnswers(answers, readAccept(accept));
  if (first) return first.name;
  throw newNotAcceptable(`This can be had as ${Object.values(offered).join(", ")}.`);
}

/** Whether an `Accept` wants FHIR's fifth release, rather than the fourth. */
export function isFhirR5(accept: string | undefined): boolean {
  const versions = readAccept(accept).flatMap(({ parameters }) => /fhirVersion=(\d+)/i.exec(parameters)?.[1] ?? []);
  return versions[0] === "5";
}

/** A range of an `Accept`, in lower case, and how much it is wanted: from 1 down to 0, which is not at all. */
type MediaRange = { range: string; parameters: string; quality: number };

/** The answers that an `Accept` takes, the most wanted first: of each of its ranges the first answer that is in no more specific one. */
function rankAnswers<Answer extends { mediaTypes: readonly string[] }>(
  answers: readonly Answer[],
  ranges: readonly MediaRange[],
): Answer[] {
  const firsts = new Map<MediaRange, Answer>();
  for (const answer of answers) {
    const range = findRange(ranges, answer.mediaTypes);
    if (range && range.quality > 0 && !firsts.has(range)) firsts.set(range, answer);
  }
  return ranges.flatMap((range) => firsts.get(range) ?? []);
}

/**
 * The most specific range that has an answer (RFC 9110, section 12.5.1), the least wanted of two that are alike. By its other media
 * types an answer is found only where the range is one.
 */
function findRange(ranges: readonly MediaRange[], mediaTypes: readonly string[]): MediaRange | undefined {
  const find = (...wanted: readonly string[]) => ranges.findLast(({ range }) => wanted.includes(range));
  return find(...mediaTypes) ?? find(`${mediaTypes[0].split("/", 1)[0]}/*`) ?? find("*/*");
}

/** The ranges of an `Accept`, the most wanted first. One that only says what it does not take takes all else. */
function readAccept(accept = ""): MediaRange[] {
  const ranges = accept
    .split(",")
    .filter((range) => range.trim() !== "")
    .map((range) => {
      const [type, ...parameters] = range.split(";");
      const q = /;\s*q=([\d.]+)/i.exec(range)?.[1];
      const quality = q === undefined ? 1 : Number(q) || 0;
      return { range: type.trim().toLowerCase(), parameters: parameters.join(";"), quality };
    })
    .sort((a, b) => b.quality - a.quality);
  if (ranges.some(({ quality }) => quality > 0)) return ranges;
  return [{ range: "*/*", parameters: "", quality: 1 }, ...ranges];
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
