import { boxOf } from "../paper/paint.ts";
import type { OverlayPainter } from "../paper/paper.ts";
import { indexAt } from "./beats.ts";
import { MARKED_PIXELS } from "./paint-marks.ts";

/** The sides of the triangle above a spike, in CSS pixels, and how far a line goes down from it. */
const SIDE = 7;
const LENGTH = 14;

/**
 * Marks a pacemaker's spikes at the top of each line, by a triangle and a line down from it.
 *
 * @param read the times of the spikes in seconds, ascending
 */
export function newSpikesPainter(read: () => Float64Array | undefined): OverlayPainter {
  return (g, scene) => {
    const { layout } = scene;
    const times = read();
    const pixelsPerSecond = (layout.speed * 100 * layout.unit) / layout.ratio;
    if (!times || !layout.isTimed || pixelsPerSecond < MARKED_PIXELS) return;
    const { ratio, sheet } = layout;
    const half = sheet.halfLine * layout.unit;
    g.save();
    g.fillStyle = scene.ink.spike;
    for (const strip of sheet.strips) {
      const box = boxOf(strip, scene);
      const top = box.y - half;
      for (const time of times.subarray(indexAt(times, strip.from), indexAt(times, strip.to))) {
        const x = box.x + (time - box.from) * box.pixelsPerSecond;
        g.beginPath();
        g.moveTo(x - (SIDE / 2) * ratio, top);
        g.lineTo(x + (SIDE / 2) * ratio, top);
        g.lineTo(x, top + SIDE * ratio);
        g.fill();
        g.fillRect(x - ratio / 2, top, ratio, LENGTH * ratio);
      }
    }
    g.restore();
  };
}
