import type { Scene } from "./paint.ts";

/** About a text, and the height of its lines, in CSS pixels. */
export const PADDING = 4;
export const LINE_HEIGHT = 15;

/** What texts take of the canvas, in device pixels. */
export type Taken = { left: number; right: number; top: number; bottom: number }[];

/**
 * Writes over the paper, on a ground of its colour and within the canvas. The pen has the font, and its baseline is the middle.
 *
 * @param taken by texts that are not to be covered: this one stands below them, and is added; where there is no room, it covers them
 */
export function paintText(
  g: CanvasRenderingContext2D,
  scene: Scene,
  lines: readonly string[],
  x: number,
  y: number,
  isCentred = false,
  taken: Taken = [],
): void {
  const { ratio, width: most, height } = scene.layout;
  const padding = PADDING * ratio;
  const width = Math.max(...lines.map((text) => g.measureText(text).width));
  const left = Math.max(padding, Math.min(most - width - padding, isCentred ? x - width / 2 : x));
  const tall = LINE_HEIGHT * ratio;
  const within = (y: number) => Math.max(tall / 2, Math.min(height - tall * (lines.length - 0.5), y));
  const boxAt = (y: number) => ({
    ...{ left: left - padding, right: left + width + padding },
    ...{ top: y - tall / 2, bottom: y + tall * (lines.length - 0.5) },
  });
  const isFree = (y: number) => !taken.some((other) => areOver(other, boxAt(y)));
  const lower = taken.map(({ bottom }) => bottom + tall / 2).filter((below) => below > y && within(below) === below);
  const first = [within(y), ...lower.sort((a, b) => a - b)].find(isFree) ?? within(y);
  taken.push(boxAt(first));
  g.globalAlpha = 0.9;
  g.fillStyle = scene.ink.paper;
  g.fillRect(left - padding, first - tall / 2, width + 2 * padding, tall * lines.length);
  g.globalAlpha = 1;
  g.fillStyle = scene.ink.caliper;
  for (const [i, text] of lines.entries()) g.fillText(text, left, first + i * tall);
}

function areOver(a: Taken[number], b: Taken[number]): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
