/** A millimetre in the unit of all lengths, which is 0.01 mm. */
export const MM = 100;
/** The side of a square of the grid. */
export const SQUARE = 5 * MM;
/** The length of a line. */
export const LINE = 250 * MM;

/** Rounds a length up to whole squares. */
export function toWholeSquares(length: number): number {
  return Math.ceil(length / SQUARE) * SQUARE;
}
