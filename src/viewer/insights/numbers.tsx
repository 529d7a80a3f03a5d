import { valueIn } from "../page/loaded.ts";
import { useValue } from "../page/observable.ts";
import type { EcgInsights } from "./ecg-insights.ts";
import { headlineOf } from "./words.ts";

/** The four numbers in the bar; a click opens what else was measured, or closes it. */
export function Numbers({
  insights,
  isOpen,
  onToggle,
}: {
  insights: EcgInsights;
  isOpen: boolean;
  onToggle: () => void;
}) {
  const measured = useValue(insights.measured);
  const value = valueIn(measured);
  return (
    <button
      type="button"
      class="numbers"
      title="What was measured (i)"
      aria-expanded={isOpen ? "true" : "false"}
      onClick={onToggle}
    >
      {value
        ? headlineOf(value).map((row) => (
            <span key={row.name} title={row.note}>
              <span class="quiet">{row.name}</span> <strong>{row.value}</strong>
              <span class="hidden">{row.value === "—" ? ` ${row.note}` : ` ${row.unit}`}</span>
            </span>
          ))
        : { unasked: "Measures", loading: "Measuring …", failed: "Not measured" }[
            measured.state as "unasked" | "loading" | "failed"
          ]}
    </button>
  );
}
