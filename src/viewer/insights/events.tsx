import { useLayoutEffect, useRef } from "hono/jsx/dom";
import { Choice } from "../page/choice.tsx";
import { useValue } from "../page/observable.ts";
import { StepButtons } from "../page/step-buttons.tsx";
import { count, writeClock, writeNumber, writeTime } from "../page/words.ts";
import type { EcgInsights } from "./ecg-insights.ts";
import type { Kind } from "./event-list.ts";
import { Notice } from "./measures.tsx";
import type { EcgEvent, Insights } from "./read-insights.ts";
import { Singles } from "./singles.tsx";
import { Waiting } from "./waiting.tsx";
import { describeEvent, nameEvent } from "./words.ts";

/** The list of events, all or those of a kind: each is gone to by a click, the next and the one before by keys, too. */
export function Events({ insights, measured }: { insights: EcgInsights; measured: Insights }) {
  const { events } = insights;
  const visited = useValue(insights.visited);
  const state = useValue(events.state);
  useValue(events.kind);
  const { shown, count: all, hasMore } = events;
  return (
    <section>
      <div class="line wrapped">
        <StepButtons onStep={(by) => void insights.stepEvent(by)} titles={["Event before (p)", "Next event (n)"]} />
        <KindChoice insights={insights} />
        <span class="quiet" role="status">
          {count(all, "event")}
          {all > shown.length && `, the first ${writeNumber(shown.length)} listed`}
        </span>
      </div>
      <Singles insights={insights} measured={measured} />
      {all === 0 && <p>{measured.reasons.beats ?? "Nothing of note was found."}</p>}
      <ul class="events">
        {shown.map((event, i) => (
          <li key={i}>
            <EventButton
              event={event}
              clock={writeClock(insights.reading.ecg, event.time)}
              isVisited={visited?.from === event.time}
              onClick={() => insights.goToEvent(event)}
            />
          </li>
        ))}
      </ul>
      <Waiting loaded={state} onRetry={() => void events.loadMore()} doing="Reading" />
      {hasMore && state.state !== "loading" && state.state !== "failed" && (
        <button type="button" onClick={() => void events.loadMore()}>
          List more
        </button>
      )}
      <Notice measured={measured} />
    </section>
  );
}

/** Chooses the kind of events that is listed and gone through. */
function KindChoice({ insights: { events } }: { insights: EcgInsights }) {
  const kind = useValue(events.kind);
  const kinds = Object.entries(events.counts).filter(([, number]) => number > 0);
  if (kinds.length < 2) return null;
  return (
    <Choice
      name="Kind of events"
      value={kind}
      values={[
        { value: "all", text: "All kinds" },
        ...kinds.map(([kind, number]) => ({ value: kind, text: `${nameEvent(kind)} · ${writeNumber(number)}` })),
      ]}
      onChange={(kind) => events.show(kind as Kind)}
    />
  );
}

function EventButton({
  event,
  clock,
  isVisited,
  onClick,
}: {
  event: EcgEvent;
  clock: string | undefined;
  isVisited: boolean;
  onClick: () => void;
}) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (isVisited) button.current?.scrollIntoView({ block: "nearest" });
  }, [isVisited]);
  return (
    <button
      ref={button}
      type="button"
      title={clock && `At ${clock}`}
      aria-current={isVisited ? "true" : "false"}
      onClick={onClick}
    >
      <span class="time">{writeTime(event.time)}</span>
      <span>
        {nameEvent(event.kind)}
        <span class="quiet"> {describeEvent(event)}</span>
      </span>
    </button>
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
