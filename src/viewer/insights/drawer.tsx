import type { Child } from "hono/jsx";
import { useEffect, useRef } from "hono/jsx/dom";
import { useValue } from "../page/observable.ts";
import { About } from "./about.tsx";
import { Averages } from "./averages.tsx";
import type { EcgInsights } from "./ecg-insights.ts";
import { Events } from "./events.tsx";
import { Measures, Notice } from "./measures.tsx";
import type { Insights } from "./read-insights.ts";
import { Rhythm } from "./rhythm.tsx";
import { St } from "./st.tsx";
import { Waiting } from "./waiting.tsx";

const TABS = ["Measures", "Events", "Beats", "ST", "Annotations"] as const;
/** The name of a part of the drawer. */
export type Tab = (typeof TABS)[number];

/**
 * What was measured, beside the paper; on a phone below it. The keyboard goes on in it, where keys still move the paper, and is where it was
 * before when the drawer is closed.
 */
export function Drawer({
  insights,
  tab,
  onTab,
  onClose,
  annotations,
}: {
  insights: EcgInsights;
  tab: Tab;
  onTab: (tab: Tab) => void;
  onClose: () => void;
  /** What is shown of annotations, which wait for no measurement. */
  annotations: Child;
}) {
  const measured = useValue(insights.measured);
  const drawer = useRef<HTMLElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    drawer.current?.focus({ preventScroll: true });
    return () => {
      const { activeElement: last } = document;
      const next = last === document.body || drawer.current?.contains(last) ? opener : last;
      const giveBack = () => next instanceof HTMLElement && next.focus({ preventScroll: true });
      // The paper is moved as it takes the room, in that frame, and loses the focus.
      requestAnimationFrame(() => setTimeout(giveBack));
    };
  }, []);
  return (
    <aside class="drawer" ref={drawer} tabIndex={-1} aria-label="What was measured">
      <header>
        <nav aria-label="What was measured">
          {TABS.map((name) => (
            <button
              type="button"
              key={name}
              class="tab"
              aria-pressed={name === tab ? "true" : "false"}
              onClick={() => onTab(name)}
            >
              {name}
            </button>
          ))}
        </nav>
        <button type="button" class="plain" title="Close (i)" aria-label="Close" onClick={onClose}>
          ×
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys */}
      <section class="pages" tabIndex={0} aria-label={tab} onKeyDown={keepToItself}>
        {tab === "Annotations" && annotations}
        {tab === "Measures" && <About reading={insights.reading} />}
        {tab !== "Annotations" && <Waiting loaded={measured} onRetry={() => void insights.measure()} />}
        {tab !== "Annotations" && measured.state === "here" && (
          <Page key={tab} insights={insights} tab={tab} measured={measured.value} />
        )}
      </section>
    </aside>
  );
}

/** Keys that scroll scroll here: they do not move the paper. */
function keepToItself(event: KeyboardEvent): void {
  if (/^(Arrow|Page|Home|End)/.test(event.key)) event.stopPropagation();
}

function Page({ insights, tab, measured }: { insights: EcgInsights; tab: Tab; measured: Insights }) {
  if (tab === "Measures") return <Measures measured={measured} />;
  if (tab === "Events") return <Events insights={insights} measured={measured} />;
  if (tab === "ST") return <St measured={measured} />;
  return (
    <>
      <Rhythm insights={insights} measured={measured} />
      <Averages insights={insights} />
      <Notice measured={measured} />
    </>
  );
}
