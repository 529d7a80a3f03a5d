/** A cell: null is empty. */
type Cell = string | number | null;

/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+@-]/;

/** Rows as CSV (RFC 4180), with decimal points. A text that begins as a formula does has an apostrophe in front. */
export function writeCsv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(writeCell).join(",")}\r\n`).join("");
}

function writeCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
