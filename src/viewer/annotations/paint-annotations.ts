import type { Annotation } from "../../recording/recording.ts";
import { carriersOf } from "../insights/paint-marks.ts";
import type { Layout } from "../paper/layout.ts";
import { boxOf, FONT, type Scene } from "../paper/paint.ts";
import type { OverlayPainter } from "../paper/paper.ts";
import type { TraceBox } from "../paper/trace.ts";
import { firstAt } from "./edits.ts";

/** Annotations of an annotator, in the order of their times. */
export type Row = { name: string; items: readonly Annotation[]; selected?: Annotation };

/** The height of a row, and the room of letters of beats below all of them, in CSS pixels. */
const ROW = 14;
const BELOW = 16;
/** Codes are written where a second has so many CSS pixels. */
const LEAST_PIXELS = 12;
/** Between two texts, in CSS pixels: what would be nearer is a tick alone. */
const BETWEEN = 3;
/** The most of a text that is written, in characters. */
const MOST_CHARACTERS = 40;

/** Where annotations of a row are on a strip: the middle of its texts, in device pixels. */
export function heightOfRow(box: TraceBox, half: number, row: number, ratio: number): number {
  return box.y + half - (BELOW + ROW * (row + 0.5)) * ratio;
}

/** The strips that annotations stand on, and how far these go up and down, in device pixels. */
export function standsOf(scene: Scene) {
  const { strips, halfLine } = scene.layout.sheet;
  const carriers = carriersOf(strips);
  return {
    half: halfLine * scene.layout.unit,
    stands: strips.map((strip) => ({ strip, isCarrier: carriers.includes(strip) })),
  };
}

/** Paints annotations below the trace, a row an annotator: what is of one lead on that lead, the rest once for each time. */
export function newAnnotationsPainter(read: () => readonly Row[]): OverlayPainter {
  return (g, scene) => {
    const { layout } = scene;
    const pixelsPerSecond = (layout.speed * 100 * layout.unit) / layout.ratio;
    if (!layout.isTimed || pixelsPerSecond < LEAST_PIXELS) return;
    const rows = read();
    const { half, stands } = standsOf(scene);
    g.save();
    g.font = `${11 * layout.ratio}px ${FONT}`;
    g.textBaseline = "middle";
    for (const { strip, isCarrier } of stands) {
      const box = boxOf(strip, scene);
      for (const [i, row] of rows.entries()) {
        const from = firstAt(row.items, strip.from);
        const seen = row.items
          .slice(from, firstAt(row.items, strip.to))
          .filter(({ lead }) => lead === strip.lead.name || (lead === undefined && isCarrier));
        const y = heightOfRow(box, half, i, layout.ratio);
        paintRow(g, scene, { row, seen, box, y, half });
        if (isCarrier) write(g, scene, row.name, placeName(g, row.name, box.x, layout), y, true);
      }
    }
    g.restore();
  };
}

/** Where an annotator's name begins: at the left edge in front of the line, as far as there is room, where it covers no annotation. */
function placeName(g: CanvasRenderingContext2D, name: string, x: number, { sheet, unit, ratio }: Layout): number {
  const isFirst = x <= Math.min(...sheet.strips.map((strip) => strip.x)) * unit;
  return isFirst ? Math.max(2 * ratio, x - g.measureText(name).width - BETWEEN * ratio) : x + 2 * ratio;
}

function paintRow(
  g: CanvasRenderingContext2D,
  scene: Scene,
  { row, seen, box, y, half }: { row: Row; seen: readonly Annotation[]; box: TraceBox; y: number; half: number },
): void {
  const { ratio } = scene.layout;
  let free = Number.NEGATIVE_INFINITY;
  for (const annotation of seen) {
    const x = box.x + (annotation.time - box.from) * box.pixelsPerSecond;
    const isSelected = annotation === row.selected;
    const text = describeShortly(annotation);
    const width = g.measureText(text).width;
    const left = x - g.measureText(text[0] ?? "").width / 2;
    g.fillStyle = isSelected ? scene.ink.caliper : scene.ink.label;
    if (isSelected) g.fillRect(x - ratio / 2, box.y - half, ratio, 2 * half);
    else if (left < free) {
      g.fillRect(x - ratio / 2, y - (ROW / 2) * ratio, ratio, 3 * ratio);
      continue;
    }
    write(g, scene, text, left, y + ratio, false, isSelected);
    free = left + width + BETWEEN * ratio;
  }
}

/** Writes on a ground of the paper's colour; what is selected the other way round. */
function write(
  g: CanvasRenderingContext2D,
  { ink, layout: { ratio } }: Scene,
  text: string,
  x: number,
  y: number,
  isQuiet: boolean,
  isSelected = false,
): void {
  const width = g.measureText(text).width;
  g.globalAlpha = 0.85;
  g.fillStyle = isSelected ? ink.caliper : ink.paper;
  g.fillRect(x - ratio, y - (ROW / 2 - 2) * ratio, width + 2 * ratio, (ROW - 3) * ratio);
  g.globalAlpha = isQuiet ? 0.7 : 1;
  g.fillStyle = isSelected ? ink.paper : ink.label;
  g.fillText(text, x, y);
  g.globalAlpha = 1;
}

/** The code and the text of an annotation: `+ (AFIB`. */
export function describeShortly({ code, text }: Annotation): string {
  const all = [code, text?.replaceAll(/\s+/g, " ")].filter(Boolean).join(" ") || "·";
  return all.length > MOST_CHARACTERS ? `${all.slice(0, MOST_CHARACTERS)}…` : all;
}
