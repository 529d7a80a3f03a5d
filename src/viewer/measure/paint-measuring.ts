import { AXIS } from "../paper/layout.ts";
import { FONT, type Scene } from "../paper/paint.ts";
import { LINE_HEIGHT, PADDING, paintText, type Taken } from "../paper/paint-text.ts";
import { type Caliper, type Cursor, type Grip, type Held, marchOf } from "./caliper.ts";
import type { Findings } from "./findings.ts";
import { writeFindings, writeMoment, writeQt, writeRange } from "./measure-words.ts";
import { heightOf, type Place, placesOf, readValue, spanOf, unitOf, xOf, yOf } from "./places.ts";

/** What is painted: the cursor, the calipers, and which of them arrows move. */
type Measured = {
  cursor: { value: Cursor | undefined };
  calipers: readonly Caliper[];
  held: { value: Held | undefined };
  measure: (caliper: Caliper, scene: Scene, place: Place) => Findings;
};

/** The radius of the dots at the ends of a caliper, in CSS pixels. */
const HANDLE = 4;
/** A marching caliper that is narrower, in CSS pixels, would be a grey surface. */
const MIN_MARCH = 4;

/** Paints the cursor and the calipers over the paper. */
export function paintMeasuring(g: CanvasRenderingContext2D, scene: Scene, measuring: Measured): void {
  const places = placesOf(scene);
  g.save();
  g.font = `${12 * scene.layout.ratio}px ${FONT}`;
  g.textBaseline = "middle";
  g.lineWidth = scene.layout.ratio;
  g.strokeStyle = g.fillStyle = scene.ink.caliper;
  const taken: Taken = [];
  if (measuring.cursor.value) paintCursor(g, scene, measuring, places, taken);
  const held = measuring.held.value === "cursor" ? undefined : measuring.held.value;
  for (const [index, caliper] of measuring.calipers.entries()) {
    for (const place of places) {
      if (place.strip.lead.name !== caliper.lead) continue;
      const grip = held?.index === index ? held.grip : undefined;
      paintCaliper(g, scene, { measuring, caliper, place, grip, taken });
    }
  }
  g.restore();
}

function paintCursor(
  g: CanvasRenderingContext2D,
  scene: Scene,
  { cursor, held }: Measured,
  places: readonly Place[],
  taken: Taken,
): void {
  const { ratio, sheet, unit, height, isTimed } = scene.layout;
  const { value: at } = cursor;
  if (!at) return;
  const half = (sheet.height * unit) / new Set(sheet.strips.map(({ y }) => y)).size / 2;
  let foot: number | undefined;
  for (const place of places) {
    const { strip, box } = place;
    // Where one strip ends and the next begins the time is the next one's.
    const isPast = at.time >= strip.to && places.some(({ strip: other }) => other.from === strip.to);
    if (at.time < strip.from || at.time > strip.to || isPast) continue;
    const x = xOf(at.time, place);
    foot = Math.max(foot ?? x, x);
    line(g, [crisp(x, ratio), box.y - half], [crisp(x, ratio), box.y + half]);
    const value = readValue(scene, place, at.time);
    if (!value) continue;
    const y = yOf((value.low + value.high) / 2, place);
    g.beginPath();
    g.arc(x, y, (strip.lead.name === at.lead ? HANDLE : HANDLE / 2) * ratio, 0, 2 * Math.PI);
    g.fill();
    paintText(g, scene, [writeRange(value, unitOf(place))], x + 6 * ratio, y - LINE_HEIGHT * ratio, false, taken);
  }
  if (foot === undefined) return;
  const name = held.value === "cursor" ? "▸ " : "";
  const text = `${name}${writeMoment(at.time, isTimed)}`;
  paintText(g, scene, [text], foot + 6 * ratio, height - (AXIS / 2) * ratio, false, taken);
}

/** A caliper on one of the strips of its lead; `taken` is what is written already. */
type PaintedCaliper = {
  measuring: Measured;
  caliper: Caliper;
  place: Place;
  grip: Grip | undefined;
  taken: Taken;
};

function paintCaliper(
  g: CanvasRenderingContext2D,
  scene: Scene,
  { measuring, caliper, place, grip, taken }: PaintedCaliper,
): void {
  const { layout } = scene;
  const { ratio } = layout;
  const { box, strip } = place;
  const [from, to] = [xOf(caliper.from.time, place), xOf(caliper.to.time, place)];
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  const isMarching = caliper.kind === "march";
  if (!isMarching && (right < box.x || left > box.x + box.width)) return;
  const { top, bottom } = spanOf(caliper, scene, place);
  g.save();
  g.beginPath();
  g.rect(box.x - HANDLE * ratio, 0, box.width + 2 * HANDLE * ratio, layout.height);
  g.clip();
  if (isMarching) {
    g.setLineDash([4 * ratio, 4 * ratio]);
    const least = (MIN_MARCH * ratio) / box.pixelsPerSecond;
    for (const time of marchOf(caliper, strip.from, strip.to, least)) {
      const x = crisp(xOf(time, place), ratio);
      line(g, [x, top], [x, bottom]);
    }
    g.setLineDash([]);
  }
  const ends = [
    { name: "from", x: from, y: heightOf(caliper.from, scene, place) },
    { name: "to", x: to, y: heightOf(caliper.to, scene, place) },
  ];
  for (const { name, x, y } of ends) {
    line(g, [crisp(x, ratio), top], [crisp(x, ratio), bottom]);
    if (caliper.kind !== "qt") line(g, [left, crisp(y, ratio)], [right, crisp(y, ratio)]);
    g.beginPath();
    g.arc(x, y, HANDLE * ratio, 0, 2 * Math.PI);
    g.fillStyle = grip === name || grip === "both" ? scene.ink.caliper : scene.ink.paper;
    g.fill();
    g.stroke();
  }
  line(g, [left, crisp(bottom, ratio)], [right, crisp(bottom, ratio)]);
  g.restore();
  const findings = measuring.measure(caliper, scene, place);
  const lines = caliper.kind === "qt" ? writeQt(findings) : [writeFindings(findings, unitOf(place), layout.isTimed)];
  const middle = (Math.max(left, box.x) + Math.min(right, box.x + box.width)) / 2;
  const isSeen = right >= box.x && left <= box.x + box.width;
  if (isSeen) paintText(g, scene, lines, middle, bottom + (LINE_HEIGHT / 2 + PADDING) * ratio, true, taken);
}

function line(g: CanvasRenderingContext2D, [x, y]: [number, number], [toX, toY]: [number, number]): void {
  g.beginPath();
  g.moveTo(x, y);
  g.lineTo(toX, toY);
  g.stroke();
}

/** The middle of the pixel in which something is: a line there is as wide as it is meant to be. */
function crisp(at: number, ratio: number): number {
  return Math.round(ratio) % 2 === 1 ? Math.floor(at) + 0.5 : Math.round(at);
}
