/** What takes a height of the canvas, from its upper edge to its lower one. */
export type Band = { top: number; bottom: number };

/**
 * The lower edge of a letter that covers nothing: of the places in a line of the paper, the lowest. Undefined where there is none.
 *
 * @param taken what must not be covered: the traces beside the letter, of this line and of others that reach into it
 */
export function placeLetter(taken: readonly Band[], line: Band, height: number): number | undefined {
  // The lowest free place is at the edge of the line, or right above something.
  const places = [line.bottom, ...taken.map(({ top }) => top).filter((top) => top < line.bottom)];
  return places
    .sort((a, b) => b - a)
    .find(
      (bottom) =>
        bottom - height >= line.top && !taken.some((band) => band.top < bottom && band.bottom > bottom - height),
    );
}
