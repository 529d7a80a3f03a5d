import type { EcgSummary } from "../api.ts";
import { findOpened } from "../local/local-ecgs.ts";
import { describeSignals } from "../page/describe-signals.ts";
import { useValue } from "../page/observable.ts";
import type { Reading } from "../reader/reading.ts";

/** What is said of the ECG, whether anything was measured in it or not; of a file that was not sent also what was assumed of it. */
export function About({ reading }: { reading: Reading }) {
  const ecg = useValue<EcgSummary>(reading.summary);
  const rows = [
    { name: "Note", value: ecg.note },
    { name: "Device", value: ecg.device },
    { name: "Signals", value: describeSignals(ecg) },
    { name: "File", value: findOpened(ecg.id)?.notes.join("\n") },
  ];
  return (
    <section>
      <h2>About</h2>
      <table>
        <tbody>
          {rows
            .filter(({ value }) => value)
            .map(({ name, value }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="said">{value}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}
