import { newGrowing } from "../numbers/growing.ts";
import type { LeadSignal } from "../signal/lead-signal.ts";
import { newLikeness, newWidth, readShape, SHAPE_POINTS } from "./beat-shapes.ts";

/** One shape, on its way into the list. */
const SHAPE = new Int8Array(SHAPE_POINTS);

/** The waves of an ECG that may be beats, as they are found: an entry a candidate in each list, and a shape a lead. */
export class CandidateList {
  private readonly times = newGrowing((length) => new Float64Array(length));
  private readonly heights = newGrowing((length) => new Float32Array(length));
  private readonly noises = newGrowing((length) => new Float32Array(length));
  private readonly shapes = newGrowing((length) => new Int8Array(length));
  private readonly shapeScales = newGrowing((length) => new Float32Array(length));

  /**
   * Adds a candidate without its shapes.
   *
   * @param time seconds
   * @param height as a share of what is usual for a beat
   * @param noise what there is between beats nearby, as such a share
   */
  add(time: number, height: number, noise: number): void {
    this.times.push(time);
    this.heights.push(height);
    this.noises.push(noise);
  }

  /**
   * Adds the shape of the last candidate in the next lead.
   *
   * @param center the place of its R peak among the signal's values, between two of them
   */
  addShape(signal: LeadSignal, center: number): void {
    this.shapeScales.push(readShape(signal.values, signal.rate, center, SHAPE) / signal.factor);
    this.shapes.pushAll(SHAPE);
  }

  /** All that was added, with `leadCount` shapes a candidate, and what compares the shapes. */
  values(leadCount: number) {
    const shapes = this.shapes.values();
    return {
      times: this.times.values(),
      heights: this.heights.values(),
      noises: this.noises.values(),
      shapes,
      shapeScales: this.shapeScales.values(),
      likeness: newLikeness(shapes, leadCount),
      width: newWidth(shapes, leadCount),
    };
  }
}
