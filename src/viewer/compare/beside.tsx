import { useLayoutEffect, useState } from "hono/jsx/dom";
import type { EcgSummary } from "../api.ts";
import { Chart } from "../insights/chart.tsx";
import { type AverageBeats, type Insights, readInsights } from "../insights/read-insights.ts";
import { count } from "../page/words.ts";
import { explainError, isAbort } from "../refusal.ts";
import { commonLeads } from "./comparison.ts";
import { describeGrid, drawAverages, mainKind } from "./draw-averages.ts";
import { ValuesTable } from "./values-table.tsx";

/** Average beats are measured anew: of longer recordings, in seconds, when they are asked for. */
const LONG_SECONDS = 3600;

type Both<T> = readonly [T, T];

/** What was measured in two ECGs: average beats over each other, and values side by side. */
export function Beside({ ecgs }: { ecgs: Both<EcgSummary> }) {
  const isLong = ecgs.some(({ duration }) => (duration ?? 0) > LONG_SECONDS);
  const [withBeats, setWithBeats] = useState(!isLong);
  const [both, setBoth] = useState<Both<Insights> | undefined>(undefined);
  const [failure, setFailure] = useState("");
  const [tries, setTries] = useState(0);
  useLayoutEffect(() => {
    const ending = new AbortController();
    const query = withBeats ? { series: "average_beats" } : {};
    setFailure("");
    Promise.all(ecgs.map(({ id }) => readInsights(id, query, ending.signal))).then(
      ([first, second]) => setBoth([first, second]),
      (error) => isAbort(error) || setFailure(explainError(error)),
    );
    return () => ending.abort();
  }, [withBeats, tries]);

  const averages = both?.map(({ series }) => series?.average_beats);
  const [first, second] = averages ?? [];
  return (
    <aside class="drawer" aria-label="What was measured in both">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys */}
      <section class="pages" tabIndex={0} aria-label="Measured">
        {failure && (
          <p role="alert">
            {failure}{" "}
            <button type="button" onClick={() => setTries(tries + 1)}>
              Try again
            </button>
          </p>
        )}
        {!both && !failure && <p class="quiet">Measuring …</p>}
        <h2>Average beats</h2>
        {!withBeats && (
          <button type="button" onClick={() => setWithBeats(true)}>
            Measure them, which takes a while
          </button>
        )}
        {first && second && <AverageBoth ecgs={ecgs} both={[first, second]} />}
        <h2>Values</h2>
        {both && <ValuesTable first={both[0]} second={both[1]} />}
      </section>
    </aside>
  );
}

function AverageBoth({ ecgs, both }: { ecgs: Both<EcgSummary>; both: Both<AverageBeats> }) {
  const names = commonLeads(...ecgs);
  const kinds = both.map(mainKind);
  if (names.length === 0) return <p>They have no lead in common.</p>;
  if (kinds.some((kind) => !kind)) return <p>No beats were averaged in one of them.</p>;
  const [upper, lower] = kinds.map((kind) => count(kind?.beats ?? 0, "beat"));
  return (
    <div class="averages">
      <Chart
        says={`Average beats over each other in ${names.join(", ")}: of ${upper} of the upper ECG, of ${lower} of the lower one`}
        of={[both]}
        draw={(pen) => drawAverages(pen, both, names)}
      />
      <p class="quiet">
        <span class="upper">Upper</span>, of {upper}; <span class="lower">lower</span>, of {lower}. {describeGrid(both)}
      </p>
    </div>
  );
}
