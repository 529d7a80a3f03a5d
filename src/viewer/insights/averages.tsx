import { useLayoutEffect, useState } from "hono/jsx/dom";
import { valueIn } from "../page/loaded.ts";
import { useValue } from "../page/observable.ts";
import { count, writeNumber } from "../page/words.ts";
import { rhythmLead } from "../paper/paper-leads.ts";
import { Chart } from "./chart.tsx";
import { drawAverage } from "./charts.ts";
import type { EcgInsights } from "./ecg-insights.ts";
import { Waiting } from "./waiting.tsx";
import { BEAT_NAMES } from "./words.ts";

/** The average of each kind of beats, its leads over one another. */
export function Averages({ insights }: { insights: EcgInsights }) {
  const loaded = useValue(insights.averages);
  const [number, setNumber] = useState(0);
  const [lead, setLead] = useState(rhythmLead(insights.reading.ecg.leads).name);
  useLayoutEffect(() => {
    if (!insights.isLong && insights.averages.value.state === "unasked") void insights.average();
  }, []);
  const averages = valueIn(loaded);
  const kind = averages?.kinds[number];
  return (
    <section>
      <h2>Average beats</h2>
      <Waiting loaded={loaded} onRetry={() => void insights.average()} />
      {loaded.state === "unasked" && (
        <button type="button" onClick={() => void insights.average()}>
          Measure them, which takes a while
        </button>
      )}
      {averages && !kind && <p>No beats were averaged.</p>}
      {averages && kind && (
        <>
          <div class="line">
            <label>
              Kind
              <select value={String(number)} onChange={(event: Event) => setNumber(Number(chosenIn(event)))}>
                {averages.kinds.map(({ type, beats }, i) => (
                  <option key={i} value={String(i)}>
                    {type} {BEAT_NAMES[type]}, {count(beats, "beat")}
                  </option>
                ))}
              </select>
            </label>
            <label>
              Lead
              <select value={lead} onChange={(event: Event) => setLead(chosenIn(event))}>
                <option value="">all alike</option>
                {kind.leads.map(({ name }) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <div class="tall">
            <Chart
              says={`The average of ${count(kind.beats, "beat")} in ${count(kind.leads.length, "lead")}: ${describe(kind.waves)}`}
              of={[averages, number, lead]}
              draw={(pen) => drawAverage(pen, averages, number, lead)}
            />
          </div>
          <p class="quiet">
            {describe(kind.waves)}.{averages.others > 0 && ` ${count(averages.others, "beat")} of other kinds.`}
          </p>
        </>
      )}
    </section>
  );
}

function describe(waves: Record<`${"p" | "qrs" | "t"}_${"onset" | "end"}`, number | null>): string {
  const lengths = (["p", "qrs", "t"] as const).map((name) => {
    const [onset, end] = [waves[`${name}_onset`], waves[`${name}_end`]];
    return `${name.toUpperCase()} ${onset === null || end === null ? "—" : `${writeNumber(Math.round((end - onset) * 1000))} ms`}`;
  });
  return lengths.join(", ");
}

function chosenIn(event: Event): string {
  return (event.target as HTMLSelectElement).value;
}
