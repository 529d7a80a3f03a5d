import { BEAT_AFTER, BEAT_BEFORE } from "../insights/beat-reach.ts";
import { type Beats, beatsIn } from "../insights/beats.ts";
import { medianOf } from "../paper/columns.ts";
import type { Ink } from "../paper/ink.ts";
import { clipBox, FONT } from "../paper/paint.ts";
import { reachOf } from "../paper/small.ts";
import { type TraceBox, traceLead } from "../paper/trace.ts";
import { cutToTime, type LeadPart } from "../signal/lead-part.ts";
import { LINE_SECONDS, type Part } from "./lines.ts";

/** What a page of lines is painted from. */
type Sheet = {
  lines: readonly Part[];
  /** The parts of the lead that are there, in the order of time. */
  parts: readonly LeadPart[];
  /** Hz, of the lead. */
  rate: number;
  /** Whether a higher sample is drawn higher: not with a gain below zero. */
  isUpright: boolean;
  beats: Beats | undefined;
  /** Why what is not there is not; empty while it is still to come. */
  failure: string;
  ink: Ink;
};

/** Of the height of a line, how much its trace takes, but for extremes: these go into the lines beside it. */
const FILLED = 0.8;
const GRID_SECONDS = 5;
/** A stretch that is still to come and shorter, as of an ECG that is being recorded, is not spoken of. */
const WORTH_A_WORD_SECONDS = 10;

/** Paints lines of a minute below one another, each as wide as the canvas. */
export function paintLines(canvas: HTMLCanvasElement, sheet: Sheet): void {
  const ratio = devicePixelRatio;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  const g = canvas.getContext("2d", { alpha: false });
  if (!g || canvas.width === 0) return;
  const { lines, parts, rate, ink, isUpright } = sheet;
  g.fillStyle = ink.paper;
  g.fillRect(0, 0, canvas.width, canvas.height);
  const height = canvas.height / lines.length;
  const pixelsPerSecond = canvas.width / LINE_SECONDS;
  g.fillStyle = ink.fine;
  for (let second = GRID_SECONDS; second < LINE_SECONDS; second += GRID_SECONDS) {
    g.fillRect(Math.round(second * pixelsPerSecond), 0, ratio, canvas.height);
  }
  const middles = lines.map(({ from, to }) => medianOf(parts, rate, from, to));
  // Each line is about its own middle, which wanders in a day, and all have the same scale.
  const reach = reachOf(
    lines.flatMap((line, i) => {
      const { [i]: centre } = middles;
      return centre === undefined
        ? []
        : parts.flatMap((part) => cutToTime(part, rate, line) ?? []).map((part) => ({ part, centre }));
    }),
  );
  const scale = (FILLED * height) / (reach.above + reach.below);
  const up = isUpright ? reach.above : reach.below;
  g.lineJoin = "round";
  for (const [i, { from, to }] of lines.entries()) {
    const box: TraceBox = {
      x: 0,
      width: (to - from) * pixelsPerSecond,
      y: (i + (1 - FILLED) / 2) * height + up * scale,
      from,
      pixelsPerSecond,
      rate,
      centre: middles[i] ?? 0,
      pixelsPerUnit: isUpright ? scale : -scale,
    };
    g.strokeStyle = ink.trace;
    g.lineWidth = ratio;
    g.beginPath();
    traceLead(g, parts, box);
    g.stroke();
    paintBeats(g, sheet, box, i * height);
    writeMissing(g, sheet, box, to);
  }
}

/** Says of a line, or the end of one, that it is not there: without a word it would look like a lead without a signal. */
function writeMissing(
  g: CanvasRenderingContext2D,
  { parts, rate, failure, ink }: Sheet,
  box: TraceBox,
  to: number,
): void {
  const last = parts.at(-1);
  const from = Math.max(box.from, last ? (last.start + last.low.length * last.step) / rate : 0);
  // What is shorter than a bucket may be of no part.
  if (to - from < WORTH_A_WORD_SECONDS) return;
  const ratio = devicePixelRatio;
  g.textBaseline = "middle";
  g.textAlign = "left";
  g.font = `${11 * ratio}px ${FONT}`;
  g.fillStyle = ink.label;
  g.fillText(failure ? "Not loaded" : "Loading …", (from - box.from) * box.pixelsPerSecond + 6 * ratio, box.y);
}

/** Draws the beats of a line that are not normal once more, in their colours and with their letters. */
function paintBeats(g: CanvasRenderingContext2D, { beats, parts, ink }: Sheet, box: TraceBox, top: number): void {
  if (!beats) return;
  const ratio = devicePixelRatio;
  g.textBaseline = "top";
  g.textAlign = "center";
  g.font = `700 ${9 * ratio}px ${FONT}`;
  g.lineWidth = 1.5 * ratio;
  for (const { time, type } of beatsIn(beats, box.from, box.from + LINE_SECONDS)) {
    const part = type !== "N" && clipBox(box, time - BEAT_BEFORE, time + BEAT_AFTER);
    if (!part) continue;
    g.strokeStyle = ink.beats[type];
    g.beginPath();
    traceLead(g, parts, part);
    g.stroke();
    g.fillStyle = ink.beats[type];
    g.fillText(type, (time - box.from) * box.pixelsPerSecond, top);
  }
}
