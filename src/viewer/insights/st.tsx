import { Heads } from "../page/heads.tsx";
import { nameLead } from "../paper/paper-leads.ts";
import { Notice } from "./measures.tsx";
import type { Insights } from "./read-insights.ts";
import { stOf } from "./words.ts";

/** The ST segment of the normal beat in each lead. */
export function St({ measured }: { measured: Insights }) {
  return (
    <section>
      <h2>ST of the normal beat, in mV</h2>
      <table class="figures">
        <Heads names={["Lead", "J", "J+40", "J+60", "J+80", "mV/s", "Beats"]} />
        <tbody>
          {stOf(measured).map(({ name, values, slope, beats, note }) => (
            <tr key={name}>
              <th scope="row">{nameLead(name)}</th>
              {values ? (
                <>
                  {values.map((value, i) => (
                    <td key={i} class="number">
                      {value}
                    </td>
                  ))}
                  <td class="number">{slope}</td>
                  <td class="number">{beats}</td>
                </>
              ) : (
                <td colSpan={6} class="quiet">
                  {note}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">
        Of the average of the normal beats, above the level of the 20 ms before the QRS complex; 40, 60 and 80 ms after
        the J point.
      </p>
      <Notice measured={measured} />
    </section>
  );
}
