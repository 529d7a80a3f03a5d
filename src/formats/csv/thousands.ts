/** The digits behind a separator of thousands. */
const GROUP_DIGITS = 3;
/** What the three digits behind the separator are multiplied by. */
const GROUP = 10 ** GROUP_DIGITS;

/**
 * Tells whether a column's numbers have separators of thousands, as in `683` and `1,220`, that were taken for points. Who writes
 * decimals writes either all of them (`683.000`) or none that is a zero at the end (`1.22`): a column with numbers that have
 * none and numbers with three of which the last is zero has no decimals.
 */
export class ThousandsFinder {
  private hasWhole = false;
  private hasDecimals = false;
  private hasZeroAtEnd = false;

  /** Takes the number `digits / 10 ** decimals`. */
  add(digits: number, decimals: number): void {
    const size = Math.abs(digits);
    if (decimals === 0) this.hasWhole = true;
    else if (decimals !== GROUP_DIGITS || size < GROUP || size >= GROUP * GROUP) this.hasDecimals = true;
    else if (size % 10 === 0) this.hasZeroAtEnd = true;
  }

  get found(): boolean {
    return this.hasWhole && this.hasZeroAtEnd && !this.hasDecimals;
  }
}
