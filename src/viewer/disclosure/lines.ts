import type { Page } from "../page/address.ts";

/** A part of a recording, in seconds. */
export type Part = { from: number; to: number };

/** A line of a page has a minute. */
export const LINE_SECONDS = 60;
/** The samples of a page are had in pieces of so many lines. */
const PIECE_LINES = 10;

/** The page that there is: one that begins behind the end is the last one. */
export function clampPage({ minute, lines }: Page, duration: number): Page {
  const minutes = Math.max(1, Math.ceil(duration / LINE_SECONDS));
  const last = Math.floor((minutes - 1) / lines) * lines;
  return { minute: Math.min(minute, last), lines };
}

/** The lines of a page; the last one of a recording may be shorter. */
export function linesOf({ minute, lines }: Page, duration: number): Part[] {
  return cut(minute, minute + lines, 1, duration);
}

/** The pieces in which a page's samples are had. */
export function piecesOf({ minute, lines }: Page, duration: number): Part[] {
  return cut(minute, minute + lines, PIECE_LINES, duration);
}

/**
 * The piece that is to be had next, behind those up to `last`; undefined when all is there. Of a recording that goes on the last piece
 * is had anew, and longer, until it is as long as a line: else there would be one for each second.
 */
export function nextPiece(page: Page, duration: number, last?: Part): Part | undefined {
  const pieces = piecesOf(page, duration);
  if (!last) return pieces[0];
  const from = last.to - last.from < LINE_SECONDS ? last.from : last.to;
  const [piece] = pieces.filter(({ to }) => to > last.to);
  return piece && { from: Math.max(piece.from, from), to: piece.to };
}

/** The pages before and after one; undefined where there is none. */
export function neighboursOf({ minute, lines }: Page, duration: number): { before?: Page; after?: Page } {
  return {
    ...(minute > 0 && { before: { minute: Math.max(0, minute - lines), lines } }),
    ...((minute + lines) * LINE_SECONDS < duration && { after: { minute: minute + lines, lines } }),
  };
}

function cut(first: number, end: number, minutes: number, duration: number): Part[] {
  const parts: Part[] = [];
  for (let minute = first; minute < end && minute * LINE_SECONDS < duration; minute += minutes) {
    const to = Math.min(minute + minutes, end) * LINE_SECONDS;
    parts.push({ from: minute * LINE_SECONDS, to: Math.min(to, duration) });
  }
  return parts;
}
