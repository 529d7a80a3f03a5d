import type { Annotation } from "../../recording/recording.ts";
import { placesOf, timeAt } from "../measure/places.ts";
import { snapTo } from "../measure/snap.ts";
import { boxOf } from "../paper/paint.ts";
import type { Grasp, Hand } from "../reader/gestures.ts";
import type { EcgAnnotations } from "./ecg-annotations.ts";
import { firstAt } from "./edits.ts";
import { heightOfRow, standsOf } from "./paint-annotations.ts";

/** An annotation is taken hold of, and snaps, within so many CSS pixels to both sides and up and down. */
const REACH = 8;

/** What a hand does with the annotations that are edited: it selects and moves them. */
export class AnnotationHands implements Hand {
  private readonly annotations: EcgAnnotations;

  constructor(annotations: EcgAnnotations) {
    this.annotations = annotations;
  }

  grasp(x: number, y: number, isNew: boolean): Grasp | undefined {
    const { annotations } = this;
    const editor = annotations.editor.value;
    const found = isNew ? undefined : this.find(x, y);
    if (!editor || !found) return undefined;
    editor.select(found.annotation);
    let isMoved = false;
    return (toX, _, isFree) => {
      const scene = annotations.reading.scene.value;
      const place = scene && placesOf(scene)[found.strip];
      isMoved ||= Math.abs(toX - x) >= REACH / 2;
      if (!place || !isMoved) return;
      const time = timeAt(toX * scene.layout.ratio, place);
      const reach = (REACH * scene.layout.ratio) / place.box.pixelsPerSecond;
      const times = isFree ? [] : annotations.measuring.timesOn(scene, place, time - 4 * reach, time + 4 * reach);
      editor.moveTo(snapTo(times, time, reach) ?? time);
    };
  }

  /** Lets go of the annotation when another place is looked at: the next code that is typed is for that place. */
  look(): void {
    this.annotations.editor.value?.select(undefined);
  }

  /** The edited annotation whose text is at a place of the canvas, in CSS pixels, and the number of its strip. */
  private find(x: number, y: number): { annotation: Annotation; strip: number } | undefined {
    const scene = this.annotations.reading.scene.value;
    if (!scene?.layout.isTimed) return undefined;
    const { ratio } = scene.layout;
    const { rows } = this.annotations;
    const items = rows.at(-1)?.items ?? [];
    const { half, stands } = standsOf(scene);
    for (const [number, { strip, isCarrier }] of stands.entries()) {
      const box = boxOf(strip, scene);
      const isInRow = Math.abs(heightOfRow(box, half, rows.length - 1, ratio) - y * ratio) <= REACH * ratio;
      if (!isInRow || x * ratio < box.x || x * ratio > box.x + box.width) continue;
      const time = box.from + (x * ratio - box.x) / box.pixelsPerSecond;
      const reach = (REACH * ratio) / box.pixelsPerSecond;
      const near = items
        .slice(firstAt(items, time - reach), firstAt(items, time + reach))
        .filter(({ lead }) => lead === strip.lead.name || (lead === undefined && isCarrier))
        .sort((a, b) => Math.abs(a.time - time) - Math.abs(b.time - time));
      if (near[0]) return { annotation: near[0], strip: number };
    }
    return undefined;
  }
}
