import type { Insights } from "../insights/read-insights.ts";
import { writeCsv } from "./csv.ts";
import { listValues } from "./measured-values.ts";

const HEAD = ["group", "measure", "value", "unit", "of", "not judged"];

/** What was measured as CSV: a value a line, and its notice on the last one. */
export function writeMeasures(insights: Insights): string {
  const rows = listValues(insights).map(({ group, name, value, unit, of, why }) => [group, name, value, unit, of, why]);
  const notice = `${insights.notice} Methods of version ${insights.version}.`;
  return writeCsv([HEAD, ...rows, ["notice", notice, null, null, null, null]]);
}
