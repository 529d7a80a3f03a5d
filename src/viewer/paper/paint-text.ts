import type { Scene } from "./paint.ts";

/** About a text, and the height of its lines, in CSS pixels. */
export const PADDING = 4;
export const LINE_HEIGHT = 15;

/** Writes over the paper, on a ground of its colour and within the canvas. The pen has the font, and its baseline is the middle. */
export function paintText(
  g: CanvasRenderingContext2D,
  scene: Scene,
  lines: readonly string[],
  x: number,
  y: number,
  isCentred = false,
): void {
  const { ratio, width: most, height } = scene.layout;
  const padding = PADDING * ratio;
  const width = Math.max(...lines.map((text) => g.measureText(text).width));
  const left = Math.max(padding, Math.min(most - width - padding, isCentred ? x - width / 2 : x));
  const tall = LINE_HEIGHT * ratio;
  const first = Math.max(tall / 2, Math.min(height - tall * (lines.length - 0.5), y));
  g.globalAlpha = 0.9;
  g.fillStyle = scene.ink.paper;
  g.fillRect(left - padding, first - tall / 2, width + 2 * padding, tall * lines.length);
  g.globalAlpha = 1;
  g.fillStyle = scene.ink.caliper;
  for (const [i, text] of lines.entries()) g.fillText(text, left, first + i * tall);
}
