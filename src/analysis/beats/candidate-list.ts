import { newGrowing } from "../numbers/growing.ts";
import type { LeadSignal } from "../signal/lead-signal.ts";
import { newLikeness, newWidth, readShapes, type ShapeArrays } from "./beat-shapes.ts";

/** Waves that may be beats, in the order of their times: an entry a wave in each list. */
export type Candidates = {
  /** The time of each, in seconds. */
  times: Float64Array;
  /** The seconds that were recorded before each: no time passes in a gap. */
  clocks: Float64Array;
  /** The height of each, as a share of what is usual for a beat. */
  heights: Float32Array;
  /** The energy between beats nearby, as a share of what is usual for a beat. */
  noises: Float32Array;
  /** The likeness of two by their numbers: 1 at the most. */
  likeness: (a: number, b: number) => number;
  /** The seconds for which one is over half its height, in the lead in which it is narrowest. */
  width: (wave: number) => number;
  /** SHAPE_POINTS for each of `leadCount` leads and each candidate. */
  shapes: Int8Array;
  /** The ADC units that 127 stands for in each of these. */
  shapeScales: Float32Array;
  leadCount: number;
};

/** The waves of an ECG that may be beats, as they are found: an entry a candidate in each list, and a shape a lead. */
export class CandidateList {
  private readonly times = newGrowing((length) => new Float64Array(length));
  private readonly heights = newGrowing((length) => new Float32Array(length));
  private readonly noises = newGrowing((length) => new Float32Array(length));
  private readonly shapes = newGrowing((length) => new Int8Array(length));
  private readonly shapeScales = newGrowing((length) => new Float32Array(length));

  /**
   * Adds candidates without their shapes.
   *
   * @param times seconds
   * @param heights as shares of what is usual for a beat
   * @param noises what there is between beats nearby, as such shares
   * @param count the first so many
   */
  add(
    times: Float64Array<ArrayBuffer>,
    heights: Float32Array<ArrayBuffer>,
    noises: Float32Array<ArrayBuffer>,
    count: number,
  ): void {
    this.times.pushAll(times, count);
    this.heights.pushAll(heights, count);
    this.noises.pushAll(noises, count);
  }

  /**
   * Adds the shapes of the last candidates.
   *
   * @param signals of the leads whose shapes are kept
   * @param peaks their R peaks, between two samples of a lead
   * @param rate that lead's, Hz
   * @param count the first so many
   * @param arrays room for them among the kernels
   */
  addShapes(
    signals: readonly LeadSignal[],
    peaks: Float64Array,
    rate: number,
    count: number,
    arrays: ShapeArrays,
  ): void {
    readShapes(signals, peaks, rate, count, arrays, { shapes: this.shapes, scales: this.shapeScales });
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
