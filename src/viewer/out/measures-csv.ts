import type { Insights } from "../insights/read-insights.ts";
import { listValues } from "./measured-values.ts";

/** What was measured as CSV (RFC 4180): a value a line, with decimal points, and its notice on the last one. */
export function writeMeasures(insights: Insights): string {
  const rows = listValues(insights).map(({ group, name, value, unit, of, why }) => [
    toCell(group),
    toCell(name),
    value === null ? "" : String(value),
    toCell(unit),
    of === null ? "" : String(of),
    toCell(why),
  ]);
  const head = ["group", "measure", "value", "unit", "of", "not judged"];
  const notice = ["notice", toCell(`${insights.notice} Methods of version ${insights.version}.`), "", "", "", ""];
  return [head, ...rows, notice].map((row) => `${row.join(",")}\r\n`).join("");
}

function toCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
