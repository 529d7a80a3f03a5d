import type { Insights } from "./read-insights.ts";
import { measuresOf } from "./words.ts";

/** All values, how they were measured, and why some are not known. */
export function Measures({ measured }: { measured: Insights }) {
  return (
    <>
      {measuresOf(measured).map(({ name, method, rows }) => (
        <section key={name}>
          <h2>{name}</h2>
          <table>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name}>
                  <th scope="row">{row.name}</th>
                  <td class="number">{row.value}</td>
                  <td class="quiet">{row.note}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {method && (
            <details>
              <summary>How</summary>
              <p class="quiet">{method}</p>
            </details>
          )}
        </section>
      ))}
      <Notice measured={measured} />
    </>
  );
}

/** What has to be known of all numbers. */
export function Notice({ measured }: { measured: Insights }) {
  return (
    <p class="notice">
      {measured.notice} Methods of version {measured.version}.
    </p>
  );
}
