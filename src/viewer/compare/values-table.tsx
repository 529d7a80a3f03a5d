import type { Insights } from "../insights/read-insights.ts";
import { listValues } from "../out/measured-values.ts";
import { type Difference, listDifferences } from "./differences.ts";

const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const MILLIVOLTS = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** What was measured in two ECGs, side by side. */
export function ValuesTable({ first, second }: { first: Insights; second: Insights }) {
  const rows = listDifferences(listValues(first), listValues(second));
  const groups = [...Map.groupBy(rows, ({ group }) => group)];
  const table = (name: string, list: readonly Difference[]) => (
    <tbody key={name}>
      <tr>
        <th scope="rowgroup" colSpan={4}>
          {name[0].toUpperCase() + name.slice(1)}
        </th>
      </tr>
      {list.map((row) => (
        <tr key={row.name}>
          <th scope="row">
            {row.name} <span class="quiet">{row.unit}</span>
          </th>
          <td>{write(row.first, row.unit)}</td>
          <td>{write(row.second, row.unit)}</td>
          <td class="number">{writeSigned(row.difference, row.unit)}</td>
        </tr>
      ))}
    </tbody>
  );
  return (
    <>
      <table class="figures">
        <caption class="hidden">What was measured in both</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">Upper</th>
            <th scope="col">Lower</th>
            <th scope="col">Difference</th>
          </tr>
        </thead>
        {groups.map(([name, list]) => table(name, list))}
      </table>
      <p class="notice">{first.notice}</p>
    </>
  );
}

function write(value: number | null, unit: string): string {
  if (value === null) return "—";
  return (unit === "mV" ? MILLIVOLTS : WHOLE).format(value);
}

function writeSigned(value: number | null, unit: string): string {
  if (value === null) return "";
  const text = write(Math.abs(value), unit);
  return text === write(0, unit) ? text : `${value < 0 ? "−" : "+"}${text}`;
}
