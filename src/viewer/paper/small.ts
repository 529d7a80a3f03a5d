import { MISSING } from "../../recording/recording.ts";
import type { LeadPart } from "../signal/lead-part.ts";
import { medianOf } from "./columns.ts";
import { traceLead } from "./trace.ts";

/** Of the lowest and highest values a small picture leaves room for, so many hundredths are beyond it: a step, an artefact. */
const BEYOND = 0.005;
const MARGIN = 2;

/** Fills a canvas with all of a part of a lead, as high as the canvas is. */
export function paintSmall(canvas: HTMLCanvasElement, part: LeadPart, colour: string): void {
  const ratio = devicePixelRatio;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  canvas.width = width;
  canvas.height = height;
  const g = canvas.getContext("2d");
  const samples = part.low.length * part.step;
  if (!g || samples === 0 || width === 0) return;
  const centre = medianOf([part], 1, part.start, part.start + samples) ?? 0;
  const reach = reachOf(part, centre);
  g.strokeStyle = colour;
  g.lineWidth = ratio;
  g.lineJoin = "round";
  g.beginPath();
  traceLead(g, [part], {
    x: 0,
    width,
    y: MARGIN * ratio + ((height - 2 * MARGIN * ratio) * reach.above) / (reach.above + reach.below),
    from: part.start,
    pixelsPerSecond: width / samples,
    rate: 1,
    centre,
    pixelsPerUnit: (height - 2 * MARGIN * ratio) / (reach.above + reach.below),
  });
  g.stroke();
}

/** How far a lead goes above and below its middle, but for a few extremes; 1 at the least. */
export function reachOf({ low, high }: LeadPart, centre: number): { above: number; below: number } {
  const most = (distances: Int32Array | Float64Array) => {
    const sorted = Float64Array.from(distances).sort();
    return Math.max(1, sorted[Math.ceil((sorted.length - 1) * (1 - BEYOND))]);
  };
  const distance = (value: number, sign: number) => (value === MISSING ? 0 : sign * (value - centre));
  return {
    above: most(Float64Array.from(high, (value) => distance(value, 1))),
    below: most(Float64Array.from(low, (value) => distance(value, -1))),
  };
}
