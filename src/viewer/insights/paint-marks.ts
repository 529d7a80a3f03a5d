import { MISSING } from "../../recording/recording.ts";
import type { Strip } from "../../sheet/strips.ts";
import { foldColumns } from "../paper/columns.ts";
import { AXIS } from "../paper/layout.ts";
import {
  boxOf,
  clipBox,
  clipTrace,
  FONT,
  paintLabels,
  reachOf,
  type Scene,
  samplesPerPixel,
  writeOver,
} from "../paper/paint.ts";
import { LINE_HEIGHT, PADDING, paintText } from "../paper/paint-text.ts";
import type { OverlayPainter } from "../paper/paper.ts";
import type { PaperLead } from "../paper/paper-leads.ts";
import { type TraceBox, traceLead } from "../paper/trace.ts";
import { BEAT_AFTER, BEAT_BEFORE } from "./beat-reach.ts";
import { type Beats, type BeatType, beatsIn } from "./beats.ts";
import { type Band, placeLetter } from "./letter-places.ts";
import type { Waves } from "./read-insights.ts";
import { nameFaults } from "./words.ts";

/** A place that one has gone to, in seconds, and what is there in words, which may be none. */
export type Visited = { from: number; to: number; says: string };

/** What is marked: beats with their types, their waves, a place, and the seconds of each lead that are not usable. */
type Marked = {
  beats: Beats | undefined;
  waves: readonly Waves[];
  /** The place that one has gone to. */
  visited: Visited | undefined;
  leads: readonly {
    name: string;
    quality: { unusable: readonly { start: number; end: number; faults: readonly string[] }[] } | null;
  }[];
};

/** Beats are marked where a second has so many CSS pixels, and letters of normal ones where it has so many. */
export const MARKED_PIXELS = 12;
const LETTER_PIXELS = 40;
/** The room of a letter, and how far above the lower edge of a line the bars of waves begin, in CSS pixels. */
const LETTER = { width: 10, height: 12 };
const WAVES_ABOVE = 25;
/** A place without a length is taken to be so long, in seconds. */
const SHORTEST_PLACE = 0.01;
/** The distance of lines of a hatching, in CSS pixels. */
const HATCH = 7;

/** The strips that letters and waves stand on: the fewest of the longest ones, so that each time has them once. */
export function carriersOf<S extends { from: number; to: number }>(strips: readonly S[]): S[] {
  const longestFirst = [...strips].sort((a, b) => b.to - b.from - (a.to - a.from));
  const carriers: S[] = [];
  for (const strip of longestFirst) {
    const middle = (strip.from + strip.to) / 2;
    if (!carriers.some(({ from, to }) => from <= middle && middle < to)) carriers.push(strip);
  }
  return carriers;
}

/** Paints what was found in an ECG over its trace. */
export function newMarksPainter(read: () => Marked): OverlayPainter {
  return (g, scene) => {
    const { layout } = scene;
    if (!layout.isTimed) return;
    const { strips, halfLine } = layout.sheet;
    const { beats, waves, leads, visited } = read();
    const half = halfLine * layout.unit;
    const carriers = carriersOf(strips);
    const pixelsPerSecond = (layout.speed * 100 * layout.unit) / layout.ratio;
    const isMarked = pixelsPerSecond >= MARKED_PIXELS;
    const seenOn = ({ from, to }: { from: number; to: number }) =>
      beats && isMarked ? beatsIn(beats, from - BEAT_AFTER, to + BEAT_BEFORE) : [];
    const said: Said[] = [];
    g.save();
    for (const strip of strips) {
      const box = boxOf(strip, scene);
      const unusable = leads.find(({ name }) => name === strip.lead.name)?.quality?.unusable ?? [];
      for (const { start, end, faults } of unusable)
        said.push(...hatch(g, clipBox(box, start, end), half, nameFaults(faults), scene));
      if (visited) markPlace(g, clipBox(box, visited.from, visited.to + 1 / pixelsPerSecond), half, scene);
      colourBeats(g, seenOn(strip), strip, scene);
    }
    // Once more, over the colours.
    if (carriers.some((carrier) => seenOn(carrier).some(({ type }) => type !== "N"))) paintLabels(g, scene);
    for (const carrier of carriers) {
      const seen = seenOn(carrier);
      if (seen.length > 0) writeLetters(g, seen, carrier, scene, { half, hasWaves: waves.length > 0, said });
    }
    for (const carrier of carriers) markWaves(g, waves, boxOf(carrier, scene), half, scene);
    if (visited?.says) writePlace(g, visited, scene);
    g.restore();
  };
}

type Beat = { time: number; type: BeatType };
/** Where something is written of what is not usable. */
type Said = Band & { left: number; right: number };

/** Draws the beats that are not normal once more, in their colours. */
function colourBeats(g: CanvasRenderingContext2D, beats: readonly Beat[], strip: Strip<PaperLead>, scene: Scene): void {
  const box = boxOf(strip, scene);
  for (const { time, type } of beats) {
    if (type === "N") continue;
    const part = clipBox(box, time - BEAT_BEFORE, time + BEAT_AFTER);
    if (!part) continue;
    const end = part.from + part.width / part.pixelsPerSecond;
    const { parts } = scene.signal.read(strip.lead.name, part.from, end, samplesPerPixel(scene));
    g.save();
    clipTrace(g, strip, scene, part);
    g.strokeStyle = scene.ink.beats[type];
    g.lineWidth = 2 * scene.layout.ratio;
    g.lineJoin = "round";
    g.beginPath();
    traceLead(g, parts, part);
    g.stroke();
    g.restore();
  }
}

/** Writes the types of beats into a strip's line of the paper, where they cover no trace. */
function writeLetters(
  g: CanvasRenderingContext2D,
  beats: readonly Beat[],
  strip: Strip<PaperLead>,
  scene: Scene,
  { half, hasWaves, said }: { half: number; hasWaves: boolean; said: readonly Said[] },
): void {
  const { layout, ink } = scene;
  const { ratio } = layout;
  const box = boxOf(strip, scene);
  const hasNormal = box.pixelsPerSecond / ratio >= LETTER_PIXELS;
  // Up into the line above: what a beat is holds for all leads.
  const line = { top: Math.max(0, box.y - 3 * half), bottom: box.y + half - 2 * ratio };
  const bars = hasWaves
    ? [{ top: box.y + half - WAVES_ABOVE * ratio, bottom: line.bottom - LETTER.height * ratio }]
    : [];
  const traces = layout.sheet.strips.map((one) => newEnvelope(one, scene));
  const [width, height] = [LETTER.width * ratio, LETTER.height * ratio];
  g.textAlign = "center";
  g.textBaseline = "bottom";
  for (const { time, type } of beats) {
    const x = xOf(time, box);
    if (x < box.x || x > box.x + box.width || (type === "N" && !hasNormal)) continue;
    const taken = traces.flatMap((bandAt) => bandAt(x - width / 2, width) ?? []);
    const texts = said.filter(({ left, right }) => left < x + width / 2 && right > x - width / 2);
    const place = placeLetter([...taken, ...bars, ...texts], line, height);
    g.font = `${type === "N" ? "" : "700 "}${11 * ratio}px ${FONT}`;
    if (place !== undefined) {
      // Off the lines of the grid.
      g.fillStyle = ink.paper;
      g.fillRect(x - width / 2, place - height, width, height);
    }
    g.fillStyle = ink.beats[type];
    g.fillText(type, x, place ?? line.bottom);
  }
}

/** Gives what of the canvas's height a strip's trace takes between two columns; undefined where it has none. */
function newEnvelope(strip: Strip<PaperLead>, scene: Scene): (x: number, width: number) => Band | undefined {
  const box = boxOf(strip, scene);
  const { parts } = scene.signal.read(strip.lead.name, strip.from, strip.to, samplesPerPixel(scene));
  const margin = scene.layout.ratio;
  const reach = reachOf(strip, scene);
  return (x, width) => {
    if (x + width < box.x || x > box.x + box.width) return undefined;
    const from = box.from + (x - box.x) / box.pixelsPerSecond;
    const pixelsPerSecond = box.pixelsPerSecond / width;
    const { low, high } = foldColumns(parts, { rate: box.rate, from, pixelsPerSecond, count: 1 });
    if (low[0] === MISSING) return undefined;
    const [one, other] = [low[0], high[0]].map((sample) => box.y - (sample - box.centre) * box.pixelsPerUnit);
    return {
      top: Math.max(reach.top, Math.min(one, other) - margin),
      bottom: Math.min(reach.bottom, Math.max(one, other) + margin),
    };
  };
}

/** Marks P, QRS and T by bars from their onset to their end. */
function markWaves(
  g: CanvasRenderingContext2D,
  waves: readonly Waves[],
  box: TraceBox,
  half: number,
  { ink, layout: { ratio } }: Scene,
): void {
  // Above the letters.
  const y = box.y + half - (WAVES_ABOVE - 3) * ratio;
  for (const wave of waves) {
    for (const name of ["p", "qrs", "t"] as const) {
      const [onset, end] = [wave[`${name}_onset`], wave[`${name}_end`]];
      const part = onset !== null && end !== null && clipBox(box, onset, end);
      if (!part) continue;
      g.fillStyle = ink.waves[name];
      g.fillRect(part.x, y, part.width, 3 * ratio);
      // Its ends are seen where the bars of two waves touch, too.
      g.fillRect(part.x, y - 3 * ratio, ratio, 9 * ratio);
      g.fillRect(part.x + part.width - ratio, y - 3 * ratio, ratio, 9 * ratio);
    }
  }
}

function markPlace(g: CanvasRenderingContext2D, part: TraceBox | undefined, half: number, scene: Scene): void {
  if (!part) return;
  const { ink, layout } = scene;
  g.fillStyle = ink.place;
  g.fillRect(part.x, part.y - half, part.width, 2 * half);
  g.fillStyle = ink.edge;
  g.fillRect(part.x, part.y - half, layout.ratio, 2 * half);
}

/** Says what is at a place, below it and above the axis of time, where it covers no lead's name. */
function writePlace(g: CanvasRenderingContext2D, { from, to, says }: Visited, scene: Scene): void {
  const { ratio, height, sheet } = scene.layout;
  const lowest = [...sheet.strips].sort((a, b) => b.y - a.y);
  const boxes = lowest.map((strip) => clipBox(boxOf(strip, scene), from, Math.max(to, from + SHORTEST_PLACE)));
  const box = boxes.find((one) => one !== undefined);
  if (!box) return;
  g.font = `${12 * ratio}px ${FONT}`;
  g.textAlign = "left";
  g.textBaseline = "middle";
  paintText(g, scene, [says], box.x + PADDING * ratio, height - (AXIS + LINE_HEIGHT / 2) * ratio);
}

/** Hatches what is not usable, and says why where there is room for it. @returns where it says so */
function hatch(
  g: CanvasRenderingContext2D,
  part: TraceBox | undefined,
  half: number,
  says: string,
  scene: Scene,
): Said[] {
  if (!part) return [];
  const { ink, layout } = scene;
  const { ratio } = layout;
  const [top, height] = [part.y - half, 2 * half];
  g.save();
  g.beginPath();
  g.rect(part.x, top, part.width, height);
  g.clip();
  g.fillStyle = ink.bad;
  g.fillRect(part.x, top, part.width, height);
  g.strokeStyle = ink.hatching;
  g.lineWidth = ratio;
  g.beginPath();
  // Lines of all parts lie in one pattern.
  const step = HATCH * ratio;
  for (let x = Math.floor((part.x - height) / step) * step; x < part.x + part.width; x += step) {
    g.moveTo(x, top + height);
    g.lineTo(x + height, top);
  }
  g.stroke();
  g.font = `${11 * ratio}px ${FONT}`;
  g.textAlign = "left";
  g.textBaseline = "bottom";
  g.fillStyle = ink.label;
  const padding = PADDING * ratio;
  const { width } = g.measureText(says);
  const [left, bottom] = [part.x + padding, top + height - padding / 2];
  const hasRoom = width + 2 * padding <= part.width;
  if (hasRoom) writeOver(g, says, left, bottom, layout, ink);
  g.restore();
  return hasRoom ? [{ left, right: left + width, top: bottom - LETTER.height * ratio, bottom }] : [];
}

function xOf(time: number, { x, from, pixelsPerSecond }: TraceBox): number {
  return x + (time - from) * pixelsPerSecond;
}
