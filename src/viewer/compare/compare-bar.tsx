import { isFiltered, nameFilters } from "../filters/filters.ts";
import { NEW_SEARCH } from "../list/search.ts";
import { GAINS, LAYOUTS, type LayoutName, SPEEDS, writePlace } from "../page/address.ts";
import { Choice } from "../page/choice.tsx";
import { useValue } from "../page/observable.ts";
import { writeNumber } from "../page/words.ts";
import { hasTwelveLeads } from "../paper/layout.ts";
import { nameGain, nameLayout } from "../reader/bar.tsx";
import type { Asks } from "../reader/commands.ts";
import type { Comparison } from "./comparison.ts";

/** The line above two ECGs: how both are looked at. */
export function CompareBar({ comparison, asks }: { comparison: Comparison; asks: Asks }) {
  const [upper, lower] = comparison.readings;
  const view = useValue(upper.view);
  const layout = useValue(upper.scene)?.layout;
  const isTogether = useValue(comparison.isTogether);
  const hasTwelve = hasTwelveLeads(upper.ecg.leads) && hasTwelveLeads(lower.ecg.leads) && !view.leads;
  const layouts = hasTwelve ? LAYOUTS : (["rows", "one"] as const);
  const isOwnSpeed = view.seconds === null;
  const back = { name: "list", search: { ...NEW_SEARCH, subject: upper.ecg.subject ?? "" } } as const;
  return (
    <header class="bar">
      <a class="button" href={writePlace(back)} title="Back to the list" aria-label="Back to the list">
        ←
      </a>
      <h1>{upper.ecg.subject ?? "ECGs"}: two compared</h1>
      <div class="tools">
        <label>
          <input type="checkbox" checked={isTogether} onChange={() => comparison.tie(!isTogether)} />
          Move together
        </label>
        <Choice
          name="Layout"
          value={layout?.layout ?? "rows"}
          values={layouts.map((name) => ({ value: name, text: nameLayout(name, view, upper.ecg.leads) }))}
          onChange={(value) => upper.change({ layout: value as LayoutName })}
        />
        <Choice
          name="Speed of the paper"
          value={isOwnSpeed ? String(view.speed) : "zoomed"}
          values={[
            ...(isOwnSpeed
              ? []
              : [{ value: "zoomed", text: `${writeNumber(Number((layout?.speed ?? 0).toPrecision(3)))} mm/s` }]),
            ...SPEEDS.map((speed) => ({ value: String(speed), text: `${writeNumber(speed)} mm/s` })),
          ]}
          onChange={(value) => value !== "zoomed" && upper.change({ seconds: null, speed: Number(value) })}
        />
        <Choice
          name="Gain"
          value={String(view.gain)}
          values={GAINS.map((gain) => ({ value: String(gain), text: nameGain(gain, view) }))}
          onChange={(value) => upper.change({ gain: Number(value) })}
        />
        <button type="button" title="Filters (f)" onClick={asks.filters}>
          {isFiltered(view.filters) ? nameFilters(view.filters) : "Filters"}
        </button>
        <button type="button" title="Keys (?)" aria-label="Keys" onClick={asks.keys}>
          ?
        </button>
      </div>
    </header>
  );
}
