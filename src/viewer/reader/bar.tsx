import type { PropsWithChildren } from "hono/jsx/dom";
import type { EcgSummary } from "../api.ts";
import { isFiltered, nameFilters } from "../filters/filters.ts";
import { LiveSign } from "../live/live-sign.tsx";
import { isLocal } from "../local/local-ecgs.ts";
import { LocalSign } from "../local/local-sign.tsx";
import { MeasureTools } from "../measure/measure-tools.tsx";
import type { Measuring } from "../measure/measuring.ts";
import { GAINS, LAYOUTS, type LayoutName, NEW_PAGE, SPEEDS, type View } from "../page/address.ts";
import { addressOf } from "../page/navigation.ts";
import { useValue } from "../page/observable.ts";
import { explainDate, writeDate, writeDuration, writeGains, writeNumber } from "../page/words.ts";
import { hasTwelveLeads, type Layout, rhythmOf } from "../paper/layout.ts";
import { ShareButton } from "../shares/share-button.tsx";
import { WayBack } from "../shares/way-back.tsx";
import type { Asks } from "./commands.ts";
import type { Reading } from "./reading.ts";

const LAYOUT_NAMES: Record<LayoutName, string> = {
  "3x4": "3 × 4",
  "3x4r": "3 × 4",
  "3x4r3": "3 × 4",
  "6x2": "6 × 2",
  "6x2r": "6 × 2",
  "12x1": "12 × 1",
  rows: "Rows",
  one: "One lead",
};

/** A layout with the leads of its rhythm strips. */
export function nameLayout(layout: LayoutName, view: View, leads: readonly { name: string }[]): string {
  const rhythm = rhythmOf(layout, view, leads);
  return rhythm.length > 0 ? `${LAYOUT_NAMES[layout]} + ${rhythm.join(" ")}` : LAYOUT_NAMES[layout];
}

/** A gain, and that of the chest leads behind it where it is another. */
export function nameGain(gain: number, view: View): string {
  return writeGains(gain === view.gain ? [...new Set([gain, view.chestGain ?? gain])] : [gain]);
}

/** The line above the paper: whose ECG it is, and how it is looked at. */
export function Bar({
  reading,
  measuring,
  asks,
  children,
}: PropsWithChildren<{ reading: Reading; measuring: Measuring; asks: Asks }>) {
  const view = useValue(reading.view);
  const ecg = useValue(reading.summary);
  const layout = useValue(reading.scene)?.layout;
  const layouts = hasTwelveLeads(reading.ecg.leads) && !view.leads ? LAYOUTS : (["rows", "one"] as const);
  const isOwnSpeed = view.seconds === null;
  return (
    <header class="bar">
      <WayBack />
      <Title ecg={ecg} />
      <LiveSign reading={reading} />
      {isLocal(ecg.id) && <LocalSign id={ecg.id} />}
      {children}
      <div class="tools">
        <MeasureTools measuring={measuring} />
        <button type="button" title="Go to a time (g)" onClick={asks.goToTime}>
          Go to
        </button>
        <a
          class="button"
          href={addressOf({ name: "disclosure", id: reading.ecg.id, page: NEW_PAGE })}
          title="All of it, a line a minute (a)"
        >
          All
        </a>
        <label>
          <span class="hidden">Layout</span>
          <select
            title="Layout (1 to 4)"
            value={layout?.layout ?? "rows"}
            onChange={(event: Event) => reading.change({ layout: chosenIn(event) as LayoutName })}
          >
            {layouts.map((name) => (
              <option key={name} value={name}>
                {nameLayout(name, view, reading.ecg.leads)}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="hidden">Speed of the paper</span>
          <select
            title="Speed of the paper (s); zoom with + and -"
            value={isOwnSpeed ? String(view.speed) : "zoomed"}
            onChange={(event: Event) => reading.change({ seconds: null, speed: Number(chosenIn(event)) })}
          >
            {!isOwnSpeed && (
              <option value="zoomed" disabled>
                {layout ? describeSpeed(layout) : ""}
              </option>
            )}
            {SPEEDS.map((speed) => (
              <option key={speed} value={String(speed)}>
                {writeNumber(speed)} mm/s
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="hidden">Gain</span>
          <select
            title="Gain (up and down), behind the stroke that of the chest leads"
            value={String(view.gain)}
            onChange={(event: Event) => reading.change({ gain: Number(chosenIn(event)) })}
          >
            {GAINS.map((gain) => (
              <option key={gain} value={String(gain)}>
                {nameGain(gain, view)}
              </option>
            ))}
          </select>
        </label>
        <button type="button" title="Filters (f)" onClick={asks.filters}>
          {isFiltered(view.filters) ? nameFilters(view.filters) : "Filters"}
        </button>
        <button type="button" title="Leads, order, rhythm and size (v)" onClick={asks.options}>
          View
        </button>
        {asks.compare && (
          <button type="button" title="Compare with another ECG of the subject (d)" onClick={asks.compare}>
            Compare
          </button>
        )}
        <button type="button" title="Export (e)" onClick={asks.exports}>
          Export
        </button>
        <ShareButton reading={reading} />
        <button type="button" title="Keys (?)" aria-label="Keys" onClick={asks.keys}>
          ?
        </button>
      </div>
    </header>
  );
}

function Title({ ecg }: { ecg: EcgSummary }) {
  return (
    <h1>
      <strong>{ecg.subject ?? "ECG"}</strong>{" "}
      <time dateTime={ecg.date} title={explainDate(ecg.date)}>
        {writeDate(ecg.date)}
      </time>
    </h1>
  );
}

/** The speed of the paper, or of one that hardly moves the time of a line. */
function describeSpeed({ speed, lineSeconds }: Layout): string {
  if (speed < 1) return `${writeDuration(lineSeconds)} a line`;
  return `${writeNumber(Number(speed.toPrecision(3)))} mm/s`;
}

function chosenIn(event: Event): string {
  return (event.target as HTMLSelectElement).value;
}
