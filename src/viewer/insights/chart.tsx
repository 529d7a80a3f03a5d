import { useLayoutEffect, useRef } from "hono/jsx/dom";
import { observeLook } from "../page/observe-look.ts";

/** What a chart draws with: a canvas in CSS pixels, its size, and the page's colours by the names of its properties. */
export type Pen = { g: CanvasRenderingContext2D; width: number; height: number; colour: (property: string) => string };

/** A chart on a canvas of its own, which is drawn again when its size, its colours or what it is drawn from changes. */
export function Chart({
  says,
  draw,
  of,
  onPick,
}: {
  /** A sentence that says what the chart shows, for those who do not see it. */
  says: string;
  draw: (pen: Pen) => void;
  /** What it is drawn from. */
  of: readonly unknown[];
  /** Is given a place that is clicked, each from 0 to 1, from the left and from above. */
  onPick?: (x: number, y: number) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const { current: element } = canvas;
    if (!element) return;
    const paint = () => {
      const { clientWidth: width, clientHeight: height } = element;
      const g = element.getContext("2d");
      if (!g || width === 0) return;
      element.width = Math.round(width * devicePixelRatio);
      element.height = Math.round(height * devicePixelRatio);
      g.scale(devicePixelRatio, devicePixelRatio);
      const styles = getComputedStyle(element);
      g.font = "11px system-ui, sans-serif";
      draw({ g, width, height, colour: (property) => styles.getPropertyValue(property) });
    };
    return observeLook(element, paint);
  }, [...of]);
  const pick = (event: MouseEvent) => {
    const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    onPick?.((event.clientX - left) / width, (event.clientY - top) / height);
  };
  return <canvas ref={canvas} class="chart" role="img" aria-label={says} onClick={pick} />;
}
