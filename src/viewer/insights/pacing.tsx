import { valueIn } from "../page/loaded.ts";
import { useValue } from "../page/observable.ts";
import { StepButtons } from "../page/step-buttons.tsx";
import { count, writeNumber, writeTime } from "../page/words.ts";
import type { EcgInsights } from "./ecg-insights.ts";
import { Waiting } from "./waiting.tsx";

/** Spikes that are listed: the next ones are gone to from the last. */
const MOST_LISTED = 200;

/** A pacemaker's spikes: how many there are, and each to go to. Nothing where none was seen. */
export function Pacing({ insights }: { insights: EcgInsights }) {
  const measured = useValue(insights.measured);
  const loaded = useValue(insights.spikes);
  const visited = useValue(insights.visited);
  if (!valueIn(measured)?.paced) return null;
  const times = valueIn(loaded);
  return (
    <section aria-label="Pacing">
      <h2>Pacing</h2>
      <Waiting loaded={loaded} onRetry={() => void insights.findSpikes()} doing="Reading" />
      {times && (
        <>
          <div class="line">
            <StepButtons onStep={(by) => insights.stepAmong(times, by)} />
            <span class="quiet">
              <span class="spike">▾</span> {count(times.length, "spike")}
              {times.length > MOST_LISTED && `, the first ${writeNumber(MOST_LISTED)} listed`}
            </span>
          </div>
          <ul class="events spikes" aria-label="Pacing spikes">
            {Array.from(times.subarray(0, MOST_LISTED), (time) => (
              <li key={time}>
                <button
                  type="button"
                  aria-current={visited?.from === time ? "true" : "false"}
                  onClick={() => insights.goTo(time)}
                >
                  <span class="time">{writeTime(time, 3)}</span>
                  <span>Spike</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
