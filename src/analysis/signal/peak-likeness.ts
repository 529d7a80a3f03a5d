import { takeQuantile } from "../numbers/quantile.ts";

/** A peak is compared with others by the slopes from this long before it to this long after it, in seconds. */
const REACH_SECONDS = 0.08;
/** Slopes are compared with one of them up to this long early and late, in seconds. */
const SHIFT_SECONDS = 0.02;
/** A peak is as much alike to the others as to this quantile of them: some have another shape, as extrasystoles. */
const QUANTILE = 0.7;

/** Tells how alike the highest peaks of a lead's blocks are: those of beats repeat themselves, those of noise do not. */
export class PeakLikeness {
  /** The number of slopes of a peak. */
  private readonly count: number;
  /** The most samples that one of two peaks is late. */
  private readonly shift: number;
  private readonly slopes: Float64Array[];
  private readonly sizes: Float64Array;
  /** Likenesses on their way to a quantile. */
  private readonly room: Float64Array;

  /**
   * @param rate Hz
   * @param slots the blocks that are remembered
   */
  constructor(rate: number, slots: number) {
    this.shift = Math.max(1, Math.round(SHIFT_SECONDS * rate));
    this.count = 2 * Math.max(2, Math.round(REACH_SECONDS * rate)) + 1;
    this.slopes = Array.from({ length: slots }, () => new Float64Array(this.count + 2 * this.shift));
    this.sizes = new Float64Array(slots);
    this.room = new Float64Array(slots);
  }

  /**
   * Remembers the highest peak of a block.
   *
   * @param signal smooth
   * @param place the place of the peak in it
   */
  remember(block: number, signal: Float64Array, place: number): void {
    const slot = block % this.slopes.length;
    const slopes = this.slopes[slot];
    const first = place - (slopes.length >> 1);
    let squares = 0;
    for (let i = 0; i < slopes.length; i++) {
      slopes[i] = signal[first + i + 1] - signal[first + i - 1];
      if (i >= this.shift && i < this.count + this.shift) squares += slopes[i] * slopes[i];
    }
    this.sizes[slot] = Math.sqrt(squares);
  }

  /** The likeness of a block's highest peak to those of the blocks about it, 0 to 1; 1 where there is no other. */
  judge(block: number, from: number, to: number): number {
    let count = 0;
    for (let other = from; other < to; other++) {
      if (other !== block) this.room[count++] = this.compare(block % this.slopes.length, other % this.slopes.length);
    }
    return count > 0 ? takeQuantile(this.room, count, QUANTILE) : 1;
  }

  private compare(one: number, other: number): number {
    const { count, shift, sizes } = this;
    const ours = this.slopes[one];
    const theirs = this.slopes[other];
    let most = 0;
    for (let late = 0; late <= 2 * shift; late++) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += ours[i + shift] * theirs[i + late];
      if (sum > most) most = sum;
    }
    return Math.min(1, most / (sizes[one] * sizes[other] || 1));
  }
}
