import { findLead } from "../../recording/lead-names.ts";
import type { Pen } from "../insights/chart.tsx";
import { levelled } from "../insights/charts.ts";
import type { AverageBeats } from "../insights/read-insights.ts";
import { writeNumber } from "../page/words.ts";
import { nameLead } from "../paper/paper-leads.ts";

/** Cells are so wide at the least, in CSS pixels. */
const CELL_WIDTH = 100;
/** How many cells a line has at the most. */
const MOST_COLUMNS = 6;
/** The room of a lead's name above its beat, in CSS pixels. */
const NAME = 14;
/** Lines of the grid, in seconds and in millivolts. */
const GRID_SECONDS = 0.2;
const GRID_VALUE = 0.5;

/** An average beat in one lead, above its level before the QRS complex, and the seconds from its R peak that it begins with. */
type Trace = { values: readonly number[]; start: number; rate: number };

/** The kind of beats that stands for an ECG: the normal ones, or else the most. */
export function mainKind(averages: AverageBeats): AverageBeats["kinds"][number] | undefined {
  return averages.kinds.find(({ type }) => type === "N") ?? averages.kinds[0];
}

/** The average beats of two ECGs over each other, lead by lead, all at one scale, their R peaks at one place. */
export function drawAverages(pen: Pen, both: readonly [AverageBeats, AverageBeats], names: readonly string[]): void {
  const { g, width, height, colour } = pen;
  const cells = names.map((name) => ({ name, traces: both.map((averages) => traceOf(averages, name)) }));
  const traces = cells.flatMap((cell) => cell.traces).filter((trace) => trace !== undefined);
  if (traces.length === 0) return;
  const values = traces.flatMap((trace) => trace.values);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const [from, to] = [
    Math.min(...traces.map(({ start }) => start)),
    Math.max(...traces.map(({ start, rate, values: { length } }) => start + length / rate)),
  ];
  const columns = Math.max(1, Math.min(MOST_COLUMNS, Math.floor(width / CELL_WIDTH), names.length));
  const [wide, tall] = [width / columns, height / Math.ceil(names.length / columns)];
  for (const [i, { name, traces: two }] of cells.entries()) {
    const [left, top] = [(i % columns) * wide, Math.floor(i / columns) * tall];
    const xOf = (seconds: number) => left + ((seconds - from) / (to - from)) * (wide - 6);
    const yOf = (value: number) => top + NAME + ((tall - NAME - 4) * (high - value)) / (high - low || 1);
    g.strokeStyle = colour("--line");
    g.lineWidth = 1;
    g.beginPath();
    for (let n = Math.ceil(from / GRID_SECONDS); n * GRID_SECONDS < to; n++) {
      g.moveTo(xOf(n * GRID_SECONDS), top + NAME);
      g.lineTo(xOf(n * GRID_SECONDS), top + tall - 4);
    }
    for (let n = Math.ceil(low / GRID_VALUE); n * GRID_VALUE <= high; n++) {
      g.moveTo(left, yOf(n * GRID_VALUE));
      g.lineTo(left + wide - 6, yOf(n * GRID_VALUE));
    }
    g.stroke();
    for (const [side, trace] of two.entries()) {
      if (!trace) continue;
      g.strokeStyle = colour(side === 0 ? "--text" : "--accent");
      g.lineWidth = 1.5;
      // Not by colour alone.
      g.setLineDash(side === 0 ? [] : [4, 2]);
      g.beginPath();
      for (const [k, value] of trace.values.entries()) g.lineTo(xOf(trace.start + k / trace.rate), yOf(value));
      g.stroke();
    }
    g.setLineDash([]);
    g.fillStyle = colour("--text");
    g.textBaseline = "top";
    g.fillText(nameLead(name), left + 2, top + 1);
  }
}

/** What a square of the grid is. */
export function describeGrid(both: readonly [AverageBeats, AverageBeats]): string {
  const unit = both.flatMap(({ kinds }) => kinds[0]?.leads[0]?.unit ?? [])[0] ?? "mV";
  return `A square is ${writeNumber(GRID_SECONDS * 1000)} ms and ${writeNumber(GRID_VALUE)} ${unit}.`;
}

function traceOf(averages: AverageBeats, name: string): Trace | undefined {
  const kind = mainKind(averages);
  const lead = kind && findLead(kind.leads, name);
  if (!lead) return undefined;
  const { start, sampling_rate: rate } = averages;
  return { values: levelled(lead.values, ((kind.waves.qrs_onset ?? start) - start) * rate), start, rate };
}
