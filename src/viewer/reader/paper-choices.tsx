import { isFiltered, nameFilters } from "../filters/filters.ts";
import { GAINS, type LayoutName, SPEEDS, type View } from "../page/address.ts";
import { Choice } from "../page/choice.tsx";
import { useValue } from "../page/observable.ts";
import { writeDuration, writeGains, writeNumber } from "../page/words.ts";
import { type Layout, layoutsOf, rhythmOf } from "../paper/layout.ts";
import { nameLead } from "../paper/paper-leads.ts";
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

/** Chooses how the paper is laid out, its speed, its gain and its filters: in the line above every paper. */
export function PaperChoices({
  reading,
  beside = reading,
  onFilters,
}: {
  reading: Reading;
  /** Another ECG that is laid out alike. */
  beside?: Reading;
  onFilters: () => void;
}) {
  const view = useValue(reading.view);
  const layout = useValue(reading.scene)?.layout;
  const layouts = layoutsOf(reading.ecg, view).filter((name) => layoutsOf(beside.ecg, view).includes(name));
  const isOwnSpeed = view.seconds === null;
  // Without a sampling rate there are no seconds: a line has all samples, or those that are zoomed to.
  const speeds =
    layout && !layout.isTimed
      ? [{ value: String(view.speed), text: "All samples" }]
      : SPEEDS.map((speed) => ({ value: String(speed), text: `${writeNumber(speed)} mm/s` }));
  return (
    <>
      <Choice
        name="Layout"
        hint="Layout (1 to 4)"
        value={layout?.layout ?? "rows"}
        values={layouts.map((name) => ({ value: name, text: nameLayout(name, view, reading.ecg.leads) }))}
        onChange={(value) => reading.change({ layout: value as LayoutName })}
      />
      <Choice
        name="Speed of the paper"
        hint="Speed of the paper (s); zoom with + and -"
        value={isOwnSpeed ? String(view.speed) : ZOOMED}
        values={[...(isOwnSpeed ? [] : [{ value: ZOOMED, text: layout ? describeSpeed(layout) : "" }]), ...speeds]}
        onChange={(value) => value !== ZOOMED && reading.change({ seconds: null, speed: Number(value) })}
      />
      <Choice
        name="Gain"
        hint="Gain (up and down), behind the stroke that of the chest leads"
        value={String(view.gain)}
        values={GAINS.map((gain) => ({ value: String(gain), text: nameGain(gain, view) }))}
        onChange={(value) => reading.change({ gain: Number(value) })}
      />
      <button type="button" title="Filters (f)" onClick={onFilters}>
        {isFiltered(view.filters) ? nameFilters(view.filters) : "Filters"}
      </button>
    </>
  );
}

/** Stands among the speeds for one that is none of them. */
const ZOOMED = "zoomed";

/** A layout with the leads of its rhythm strips. */
function nameLayout(layout: LayoutName, view: View, leads: readonly { name: string }[]): string {
  const rhythm = rhythmOf(layout, view, leads);
  return rhythm.length > 0 ? `${LAYOUT_NAMES[layout]} + ${rhythm.map(nameLead).join(" ")}` : LAYOUT_NAMES[layout];
}

/** A gain, and that of the chest leads behind it where it is another. */
function nameGain(gain: number, view: View): string {
  return writeGains(gain === view.gain ? [...new Set([gain, view.chestGain ?? gain])] : [gain]);
}

/** The speed of the paper, or of one that hardly moves the time of a line. */
function describeSpeed({ speed, lineSeconds, isTimed }: Layout): string {
  if (!isTimed) return `${writeNumber(Math.round(lineSeconds))} samples a line`;
  if (speed < 1) return `${writeDuration(lineSeconds)} a line`;
  return `${writeNumber(Number(speed.toPrecision(3)))} mm/s`;
}
