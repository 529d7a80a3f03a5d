import { MISSING } from "../../recording/recording.ts";
import type { LeadPart } from "../signal/lead-part.ts";
import { medianOf } from "./columns.ts";
import { traceLead } from "./trace.ts";

/** Of the lowest and highest values a small picture leaves room for, so many hundredths are beyond it: a step, an artefact. */
const BEYOND = 0.005;
const MARGIN = 2;

type SmallOptions = {
  colour: string;
  /** The gain of the lead: one below zero draws higher samples lower. */
  gain: number | null;
  /** How many samples the canvas is wide; as many as the part has if left out. */
  width?: number;
};

/** Fills a canvas with all of a part of a lead, as high as the canvas is. */
export function paintSmall(canvas: HTMLCanvasElement, part: LeadPart, options: SmallOptions): void {
  const ratio = devicePixelRatio;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  canvas.width = width;
  canvas.height = height;
  const g = canvas.getContext("2d");
  const samples = part.low.length * part.step;
  const isUpright = (options.gain ?? 1) > 0;
  if (!g || samples === 0 || width === 0) return;
  const centre = medianOf([part], 1, part.start, part.start + samples) ?? 0;
  const reach = reachOf([{ part, centre }]);
  const scale = (height - 2 * MARGIN * ratio) / (reach.above + reach.below);
  g.strokeStyle = options.colour;
  g.lineWidth = ratio;
  g.lineJoin = "round";
  g.beginPath();
  traceLead(g, [part], {
    x: 0,
    width,
    y: MARGIN * ratio + (isUpright ? reach.above : reach.below) * scale,
    from: part.start,
    pixelsPerSecond: width / (options.width ?? samples),
    rate: 1,
    centre,
    pixelsPerUnit: isUpright ? scale : -scale,
  });
  g.stroke();
}

/** How far a lead goes above and below the middle of each of its parts, but for a few extremes; 1 at the least. */
export function reachOf(parts: readonly { part: LeadPart; centre: number }[]): { above: number; below: number } {
  const most = (side: "low" | "high", sign: number) => {
    const distances = new Float64Array(parts.reduce((sum, { part }) => sum + part.low.length, 0));
    let count = 0;
    for (const { part, centre } of parts) {
      for (const value of part[side]) if (value !== MISSING) distances[count++] = sign * (value - centre);
    }
    const sorted = distances.subarray(0, count).sort();
    return Math.max(1, sorted[Math.ceil((count - 1) * (1 - BEYOND))] ?? 1);
  };
  return { above: most("high", 1), below: most("low", -1) };
}
