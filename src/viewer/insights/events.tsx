import { useValue } from "../page/observable.ts";
import { StepButtons } from "../page/step-buttons.tsx";
import { count, writeNumber, writeTime } from "../page/words.ts";
import type { EcgInsights } from "./ecg-insights.ts";
import { Notice } from "./measures.tsx";
import type { Insights } from "./read-insights.ts";
import { Singles } from "./singles.tsx";
import { describeEvent, nameEvent } from "./words.ts";

/** The list of events: each is gone to by a click, the next and the one before by keys, too. */
export function Events({ insights, measured }: { insights: EcgInsights; measured: Insights }) {
  const visited = useValue(insights.visited);
  const { list } = measured.series?.events ?? { list: [] };
  const { eventCount: all } = insights;
  return (
    <section>
      <div class="line">
        <StepButtons onStep={(by) => void insights.stepEvent(by)} titles={["Event before (p)", "Next event (n)"]} />
        <span class="quiet">
          {count(all, "event")}
          {all > list.length && `, the first ${writeNumber(list.length)} listed`}
        </span>
      </div>
      <Singles insights={insights} measured={measured} />
      {list.length === 0 && <p>{measured.reasons.beats ?? "Nothing of note was found."}</p>}
      <ul class="events">
        {list.map((event, i) => (
          <li key={i}>
            <button
              type="button"
              aria-current={visited?.from === event.time ? "true" : "false"}
              onClick={() => insights.goToEvent(event)}
            >
              <span class="time">{writeTime(event.time)}</span>
              <span>
                {nameEvent(event.kind)}
                <span class="quiet"> {describeEvent(event)}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <Notice measured={measured} />
    </section>
  );
}

/** Says what is at the place that one has gone to, for those who do not see it on the paper. */
export function Place({ insights }: { insights: EcgInsights }) {
  const visited = useValue(insights.visited);
  return (
    <p class="hidden" role="status">
      {visited?.says && `${writeTime(visited.from, 1)}: ${visited.says}`}
    </p>
  );
}
