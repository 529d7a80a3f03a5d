import { MM } from "../../sheet/lengths.ts";
import type { Polyline, Strip } from "../../sheet/strips.ts";
import { listLeads } from "../../sheet/texts.ts";
import { CUT_MILLIVOLTS, CUT_OFF, CUT_SHARE } from "../../sheet/trace.ts";
import { count, writeDuration, writeGains, writeNumber, writeTime } from "../page/words.ts";
import type { SeenSignal } from "../signal/ecg-signal.ts";
import { medianOf, shareBeyond } from "./columns.ts";
import { FINE_SECONDS } from "./describe-window.ts";
import type { Ink } from "./ink.ts";
import { AXIS, type Layout } from "./layout.ts";
import { nameLead, type PaperLead } from "./paper-leads.ts";
import { dotSamples, type TraceBox, traceLead } from "./trace.ts";

/**
 * The sample that a strip is centred on, in ADC units, and the samples in a bucket of what it was found in: in longer ones the middle is
 * another. Not firm before all of what was seen was there. Where no heart's signal goes so far from it, as by a gain that cannot be,
 * the trace is cut off at the edges of its line: it would cover all other leads.
 */
export type Centre = { sample: number; step: number; isFirm: boolean; isCut?: boolean };

/** What is painted: the layout of what is seen, and the signal as far as it is there. */
export type Scene = {
  layout: Layout;
  signal: SeenSignal;
  ink: Ink;
  /** The centre of each strip, by its place among them and its lead: it is kept while the view moves. */
  centres: Map<string, Centre>;
};

/** The width of a trace in CSS pixels. */
const TRACE_WIDTH = 1.25;
/** A trace is centred anew when its middle has gone so far, in units of 0.01 mm: less would make it restless. */
const FARTHEST_CENTRE = 400;
/** Half the height of what stands for a stretch that could not be had, in units of 0.01 mm. */
const BAND_HALF = 200;
/** The least distance of marks on the axis of time, in CSS pixels. */
const AXIS_STEP = 90;
/** The width of the edge about letters, half of which is beneath them, in CSS pixels. */
const EDGE = 3;
/** The font of what is written on the canvas. */
export const FONT = "system-ui, sans-serif";

/** Paints the paper and what is on it. @returns the points of the traces */
export function paint(g: CanvasRenderingContext2D, scene: Scene): number {
  const { layout, ink } = scene;
  g.setTransform(1, 0, 0, 1, 0, 0);
  g.globalAlpha = 1;
  g.fillStyle = ink.paper;
  g.fillRect(0, 0, layout.width, layout.height);
  paintGrid(g, layout, ink);
  paintFrame(g, layout, ink);
  let points = 0;
  for (const strip of layout.sheet.strips) points += paintStrip(g, strip, scene);
  paintLabels(g, scene);
  paintAxis(g, layout, ink);
  return points;
}

/** Samples of the fastest lead that fall on a device pixel. */
export function samplesPerPixel({ signal, layout }: Pick<Scene, "signal" | "layout">): number {
  return signal.rate / (layout.speed * 100 * layout.unit);
}

/** By which a strip has its centre: strips of one lead show other times, in which its middle is another. */
function centreKeyOf(strip: Strip<PaperLead>, { layout }: Scene): string {
  return `${layout.sheet.strips.indexOf(strip)} ${strip.lead.name}`;
}

/** The box of a strip's trace on the canvas. */
export function boxOf(strip: Strip<PaperLead>, scene: Scene): TraceBox {
  const { lead, from, to, x, y, millivolt } = strip;
  const { unit, speed } = scene.layout;
  const pixelsPerSecond = speed * 100 * unit;
  return {
    x: x * unit,
    width: (to - from) * pixelsPerSecond,
    y: y * unit,
    from,
    pixelsPerSecond,
    rate: lead.samplingRate ?? 1,
    centre: scene.centres.get(centreKeyOf(strip, scene))?.sample ?? 0,
    pixelsPerUnit: (millivolt / lead.gain) * unit,
  };
}

function paintStrip(g: CanvasRenderingContext2D, strip: Strip<PaperLead>, scene: Scene): number {
  const { signal, layout, ink, centres } = scene;
  const { lead, from, to } = strip;
  const { parts, missing } = signal.read(lead.name, from, to, samplesPerPixel(scene));
  const overview = signal.readOverview(lead.name);
  const seen = parts.length > 0 || !overview ? parts : [overview];
  const centre = medianOf(seen, lead.samplingRate, from, to);
  const key = centreKeyOf(strip, scene);
  const kept = centres.get(key);
  const isFar = (sample: number, from: number) =>
    Math.abs(((sample - from) / lead.gain) * strip.millivolt) > FARTHEST_CENTRE;
  const step = seen[0]?.step ?? 1;
  if (centre !== undefined && (!kept?.isFirm || kept.step !== step || isFar(centre, kept.sample))) {
    centres.set(key, { sample: centre, step, isFirm: missing.length === 0 });
  }
  const box = boxOf(strip, scene);
  const found = centres.get(key);
  if (found) {
    const farthest = CUT_MILLIVOLTS * Math.abs(lead.gain);
    // What has no millivolts has a scale that fits.
    found.isCut =
      !lead.scale && shareBeyond(seen, { rate: lead.samplingRate, from, to }, found.sample, farthest) > CUT_SHARE;
  }
  g.save();
  clipTrace(g, strip, scene, box);
  g.lineJoin = "round";
  g.lineCap = "round";
  g.lineWidth = TRACE_WIDTH * layout.ratio;
  let points = 0;
  if (lead.samples.length === 0) writeGap(g, box, "No samples", layout, ink);
  let last = { to: Number.NaN, says: "" };
  for (const gap of missing) {
    const part = clipBox(box, gap.from, gap.to);
    if (!part) continue;
    // What is still to come is drawn as the overview has it.
    g.strokeStyle = ink.faint;
    g.beginPath();
    if (overview) points += traceLead(g, [overview], part);
    g.stroke();
    const hasFailed = signal.findFailure(gap.from, gap.to, samplesPerPixel(scene)) !== undefined;
    if (hasFailed) paintBand(g, part, layout, ink);
    const says = hasFailed ? "Not loaded" : overview ? "" : "Loading …";
    // A stretch of several tiles says it once.
    if (says && (says !== last.says || gap.from !== last.to)) writeGap(g, part, says, layout, ink);
    last = { to: gap.to, says };
  }
  g.strokeStyle = ink.trace;
  g.beginPath();
  points += traceLead(g, parts, box);
  g.stroke();
  g.fillStyle = ink.trace;
  g.beginPath();
  dotSamples(g, parts, box);
  g.fill();
  g.restore();
  return points;
}

/** How far up and down a strip's trace may go: beyond its line, too, but not one that is cut off. */
export function reachOf(strip: Strip<PaperLead>, scene: Scene): { top: number; bottom: number } {
  const { sheet, unit, height } = scene.layout;
  if (!scene.centres.get(centreKeyOf(strip, scene))?.isCut) return { top: 0, bottom: height };
  return { top: (strip.y - sheet.halfLine) * unit, bottom: (strip.y + sheet.halfLine) * unit };
}

/** Keeps what is drawn of a strip's trace to a time of it, and to its reach: it never leaves its line sideways. */
export function clipTrace(
  g: CanvasRenderingContext2D,
  strip: Strip<PaperLead>,
  scene: Scene,
  { x, width }: TraceBox,
): void {
  const { top, bottom } = reachOf(strip, scene);
  g.beginPath();
  g.rect(x, top, width, bottom - top);
  g.clip();
}

/** Stands for a stretch that could not be had. */
function paintBand(g: CanvasRenderingContext2D, part: TraceBox, { unit }: Layout, ink: Ink): void {
  const half = BAND_HALF * unit;
  g.fillStyle = ink.faint;
  g.fillRect(part.x, part.y - half, part.width, 2 * half);
}

/** Says of a stretch that is not there why it is not: without a word it would look like a lead without a signal. */
function writeGap(g: CanvasRenderingContext2D, part: TraceBox, says: string, { ratio }: Layout, ink: Ink): void {
  g.font = `${11 * ratio}px ${FONT}`;
  g.textBaseline = "middle";
  g.fillStyle = ink.label;
  g.fillText(says, part.x + 6 * ratio, part.y);
}

/** The part of a trace's box that has a time; undefined if none has. */
export function clipBox(box: TraceBox, from: number, to: number): TraceBox | undefined {
  const [first, end] = [Math.max(from, box.from), Math.min(to, box.from + box.width / box.pixelsPerSecond)];
  if (first >= end) return undefined;
  return {
    ...box,
    x: box.x + (first - box.from) * box.pixelsPerSecond,
    from: first,
    width: (end - first) * box.pixelsPerSecond,
  };
}

function paintFrame(g: CanvasRenderingContext2D, { sheet, unit, ratio }: Layout, ink: Ink): void {
  // A pulse is of a millivolt: a lead without millivolts has none.
  const inMillivolts = new Set(sheet.strips.filter(({ lead }) => !lead.scale).map(({ y }) => y));
  g.strokeStyle = ink.trace;
  g.lineWidth = ratio;
  g.lineJoin = "miter";
  g.beginPath();
  for (const pulse of sheet.pulses) if (inMillivolts.has(pulse[1])) addLine(g, pulse, unit);
  for (const separator of sheet.separators) addLine(g, separator, unit);
  g.stroke();
}

/** Writes the names of leads, and what is to be known of each. */
export function paintLabels(g: CanvasRenderingContext2D, scene: Scene): void {
  const { layout, ink } = scene;
  const { sheet, unit, ratio } = layout;
  g.fillStyle = ink.label;
  g.textBaseline = "alphabetic";
  for (const strip of sheet.strips) {
    const { lead, label } = strip;
    const [x, y] = [label.x * unit, Math.max(label.y * unit, 12 * ratio)];
    g.font = `600 ${13 * ratio}px ${FONT}`;
    writeOver(g, lead.label, x, y, layout, ink);
    const { width } = g.measureText(`${lead.label} `);
    g.font = `${11 * ratio}px ${FONT}`;
    writeOver(g, explainStrip(strip, scene), x + width, y, layout, ink);
  }
}

/** What is to be known of a strip beside its name: a scale that is not that of the others, and when it begins if not as the axis says. */
function explainStrip(strip: Strip<PaperLead>, scene: Scene): string {
  const { lead, millivolt, from, x } = strip;
  const { sheet, gains, speed, isTimed, lineSeconds } = scene.layout;
  const [first] = sheet.strips;
  const onAxis = first.from + (x - first.x) / (speed * MM);
  const isElsewhere = Math.abs(from - onAxis) > lineSeconds * 1e-6;
  const moment = isTimed
    ? writeTime(from, lineSeconds < FINE_SECONDS ? 3 : 1)
    : `sample ${writeNumber(Math.round(from))}`;
  return [
    lead.scale && `1 cm = ${writeNumber((lead.scale.perCentimetre * 10 * MM) / millivolt)} ${lead.scale.unit}`,
    // Where gains are apart, the leads of the second one say theirs.
    !lead.scale && millivolt / MM !== gains[0] && writeGains([millivolt / MM]),
    isElsewhere && `from ${moment}`,
    scene.centres.get(centreKeyOf(strip, scene))?.isCut && `out of range: ${CUT_OFF}`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** Writes what is to be read where traces may be: within an edge of the paper's colour. */
export function writeOver(
  g: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  { ratio }: Layout,
  ink: Ink,
): void {
  g.save();
  g.strokeStyle = ink.paper;
  g.lineWidth = EDGE * ratio;
  g.lineJoin = "round";
  g.strokeText(text, x, y);
  g.restore();
  g.fillText(text, x, y);
}

/** Marks of time along the lowest edge. */
function paintAxis(g: CanvasRenderingContext2D, layout: Layout, ink: Ink): void {
  const { sheet, unit, ratio, lineSeconds, time, height, isTimed } = layout;
  const [strip] = sheet.strips;
  const perSecond = layout.speed * 100 * unit;
  const step = stepOfAxis((AXIS_STEP * ratio) / perSecond, isTimed);
  // Of several lines of one lead the marks are those of the first: the others say when they begin.
  const left = strip.x * unit;
  g.fillStyle = ink.label;
  g.strokeStyle = ink.label;
  g.lineWidth = ratio;
  g.font = `${11 * ratio}px ${FONT}`;
  g.textBaseline = "bottom";
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  g.beginPath();
  const first = Math.max(0, Math.ceil(time / step - 1e-9));
  for (let i = first; i * step <= time + lineSeconds + 1e-9; i++) {
    const x = left + (i * step - time) * perSecond;
    g.moveTo(x, height - AXIS * ratio);
    g.lineTo(x, height - (AXIS - 5) * ratio);
    const text = isTimed ? writeTime(i * step, decimals) : `${i === first ? "sample " : ""}${writeNumber(i * step)}`;
    // Half a time would be another one.
    if (x + 3 * ratio + g.measureText(text).width > layout.width) continue;
    writeOver(g, text, x + 3 * ratio, height - 2 * ratio, layout, ink);
  }
  g.stroke();
  const text = explainLines(layout);
  if (text !== "") {
    const x = layout.width - g.measureText(text).width - 6 * ratio;
    g.fillStyle = ink.paper;
    g.fillRect(x - 6 * ratio, height - (AXIS - 1) * ratio, layout.width, AXIS * ratio);
    g.fillStyle = ink.label;
    g.fillText(text, x, height - 2 * ratio);
  }
}

/** What is to be known of all lines: how long each of several of one lead is, and which leads are on none. */
function explainLines({ lineSeconds, seconds, isTimed, hidden }: Layout): string {
  const line = isTimed ? writeDuration(lineSeconds) : count(Math.round(lineSeconds), "sample");
  return [
    seconds > lineSeconds * 1.001 && `${line} a line`,
    hidden.length > 0 && `without ${listLeads(hidden.map(nameLead))}`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** A step of 1, 2 or 5 with zeros below a second, and of a clock's above, that is at least so long; of samples whole ones, with zeros. */
export function stepOfAxis(seconds: number, isTimed: boolean): number {
  if (!isTimed && seconds < 1) return 1;
  const steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10_800, 21_600];
  if (seconds > 1 && isTimed) return steps.find((step) => step >= seconds) ?? 43_200;
  const power = 10 ** Math.floor(Math.log10(seconds));
  return ([1, 2, 5].find((digit) => digit * power >= seconds) ?? 10) * power;
}

/** The tile of the grid that was made last, and what it was made for. */
let tile: { key: string; pattern: CanvasPattern } | undefined;

/** The grid: a tile of 5 by 5 mm, repeated. Lines of 1 mm are left out where they would be a grey surface. */
function paintGrid(g: CanvasRenderingContext2D, { unit, width, height, ratio }: Layout, ink: Ink): void {
  const millimetre = unit * 100;
  const key = `${millimetre} ${ratio} ${ink.paper}`;
  if (tile?.key !== key) {
    const size = Math.max(4, Math.round(millimetre * 5));
    const canvas = new OffscreenCanvas(size, size);
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const line = Math.max(1, Math.round(ratio / 2));
    const draw = (at: number, colour: string) => {
      pen.fillStyle = colour;
      pen.fillRect(at, 0, line, size);
      pen.fillRect(0, at, size, line);
    };
    if (millimetre / ratio >= 2.5) for (let i = 1; i < 5; i++) draw(Math.round((i * size) / 5), ink.fine);
    draw(0, ink.coarse);
    const pattern = g.createPattern(canvas, "repeat");
    if (!pattern) return;
    pattern.setTransform(new DOMMatrix().scale((millimetre * 5) / size));
    tile = { key, pattern };
  }
  g.fillStyle = tile.pattern;
  g.fillRect(0, 0, width, height - AXIS * ratio);
}

function addLine(g: CanvasRenderingContext2D, line: Polyline, unit: number): void {
  for (let i = 0; i < line.length; i += 2) {
    const [x, y] = [Math.round(line[i] * unit) + 0.5, Math.round(line[i + 1] * unit) + 0.5];
    if (i === 0) g.moveTo(x, y);
    else g.lineTo(x, y);
  }
}
