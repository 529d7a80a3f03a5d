import { valueIn } from "../page/loaded.ts";
import { useValue } from "../page/observable.ts";
import { StepButtons } from "../page/step-buttons.tsx";
import { count, writeNumber } from "../page/words.ts";
import { singleVentricular } from "./beats.ts";
import type { EcgInsights } from "./ecg-insights.ts";
import type { Insights } from "./read-insights.ts";
import { Waiting } from "./waiting.tsx";

/** The ventricular beats that stand alone, which are too many to be listed among the events: they are gone through. */
export function Singles({ insights, measured }: { insights: EcgInsights; measured: Insights }) {
  const loaded = useValue(insights.beats);
  const visited = useValue(insights.visited);
  if (measured.beats.ventricular === 0) return null;
  const beats = valueIn(loaded);
  const times = beats && singleVentricular(beats);
  if (times?.length === 0) return null;
  const place = times && visited ? times.indexOf(visited.from) : -1;
  return (
    <section aria-label="Single ventricular beats">
      <Waiting loaded={loaded} onRetry={() => void insights.findBeats()} doing="Reading" />
      {loaded.state === "unasked" && (
        <button type="button" onClick={() => void insights.findBeats()}>
          Find the single ones of {count(measured.beats.ventricular, "ventricular beat")}
        </button>
      )}
      {times && (
        <div class="line">
          <StepButtons onStep={(by) => insights.stepAmong(times, by)} />
          <span class="quiet" role="status">
            {place >= 0 && `${writeNumber(place + 1)} of `}
            {count(times.length, "single ventricular beat")}
          </span>
        </div>
      )}
    </section>
  );
}
