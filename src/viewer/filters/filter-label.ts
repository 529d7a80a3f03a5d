import { AXIS } from "../paper/layout.ts";
import { FONT, type Scene, samplesPerPixel } from "../paper/paint.ts";
import { FilteredSignal } from "./filtered-signal.ts";

/** What is done to what is seen, in words; empty where no filter is on. */
export function labelOf(scene: Scene): string {
  const { signal, layout } = scene;
  if (!(signal instanceof FilteredSignal)) return "";
  const names = [...new Set(layout.sheet.strips.map(({ lead }) => lead.name))];
  return signal.describe(names, samplesPerPixel(scene));
}

/** Writes on the paper which filters are on: nobody should take a filtered ECG for the ECG. */
export function paintFilterLabel(g: CanvasRenderingContext2D, scene: Scene): void {
  const text = labelOf(scene);
  if (text === "") return;
  const { ratio, width, height: whole } = scene.layout;
  g.font = `600 ${12 * ratio}px ${FONT}`;
  g.textBaseline = "alphabetic";
  const [room, height] = [8 * ratio, 20 * ratio];
  const length = g.measureText(text).width + 2 * room;
  // Above the axis, where no lead has its name.
  const top = whole - AXIS * ratio - height;
  g.fillStyle = scene.ink.label;
  g.fillRect(width - length, top, length, height);
  g.fillStyle = scene.ink.paper;
  g.fillText(text, width - length + room, top + 14 * ratio);
}
