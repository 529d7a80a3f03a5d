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
  /** Blocks that are farther apart are not compared. */
  private readonly apart: number;
  private readonly slopes: Float64Array[];
  private readonly sizes: Float64Array;
  /** The likeness of each slot's peak, in the middle, to those of the slots, shifted: a row a slot. */
  private readonly likenesses: Float64Array[];
  /** Likenesses on their way to a quantile. */
  private readonly room: Float64Array;

  /**
   * @param rate Hz
   * @param slots the blocks that are remembered
   * @param apart blocks are judged by none that are farther from them than this
   */
  constructor(rate: number, slots: number, apart: number) {
    this.shift = Math.max(1, Math.round(SHIFT_SECONDS * rate));
    this.count = 2 * Math.max(2, Math.round(REACH_SECONDS * rate)) + 1;
    this.apart = apart;
    const length = this.count + 2 * this.shift;
    const slopes = new Float64Array(slots * length);
    const likenesses = new Float64Array(slots * slots);
    this.slopes = Array.from({ length: slots }, (_, slot) => slopes.subarray(slot * length, (slot + 1) * length));
    this.sizes = new Float64Array(slots);
    this.likenesses = this.slopes.map((_, slot) => likenesses.subarray(slot * slots, (slot + 1) * slots));
    this.room = new Float64Array(slots);
  }

  /**
   * Remembers the highest peak of the next block.
   *
   * @param signal smooth
   * @param place the place of the peak in it
   */
  remember(block: number, signal: Float64Array, place: number): void {
    const { count, shift } = this;
    const slot = block % this.slopes.length;
    const slopes = this.slopes[slot];
    const first = place - (slopes.length >> 1);
    let squares = 0;
    for (let i = 0; i < slopes.length; i++) {
      const slope = signal[first + i + 1] - signal[first + i - 1];
      slopes[i] = slope;
      if (i >= shift && i < count + shift) squares += slope * slope;
    }
    this.sizes[slot] = Math.sqrt(squares);
    for (let other = Math.max(0, block - this.apart); other < block; other++) {
      this.compare(slot, other % this.slopes.length);
    }
  }

  /** Whether a block's likeness, as `judge` gives it, is at least this: it is told by counting, in less time than it is found. */
  isAtLeast(least: number, block: number, from: number, to: number): boolean {
    const likenesses = this.likenesses[block % this.slopes.length];
    let count = 0;
    let below = 0;
    for (let other = from; other < to; other++) {
      if (other === block) continue;
      count++;
      if (likenesses[other % this.slopes.length] < least) below++;
    }
    return below <= Math.min(count - 1, Math.floor(QUANTILE * count));
  }

  /** The likeness of a block's highest peak to those of the blocks about it, 0 to 1; 1 where there is no other. */
  judge(block: number, from: number, to: number): number {
    const { room, slopes } = this;
    const likenesses = this.likenesses[block % slopes.length];
    let count = 0;
    for (let other = from; other < to; other++) if (other !== block) room[count++] = likenesses[other % slopes.length];
    return count > 0 ? takeQuantile(room, count, QUANTILE) : 1;
  }

  /** Compares two peaks, each in the middle with the other shifted: the products of both are the same but for their ends. */
  private compare(one: number, other: number): void {
    const { count, shift, sizes, likenesses } = this;
    const ours = this.slopes[one];
    const theirs = this.slopes[other];
    const end = shift + count;
    let most = 0;
    let mostOfOther = 0;
    for (let late = -shift; late <= shift; late++) {
      // Two sums, as each waits for its own only: the number of slopes is odd.
      let sum = ours[shift] * theirs[shift + late];
      let rest = 0;
      for (let i = shift + 1; i < end; i += 2) {
        sum += ours[i] * theirs[i + late];
        rest += ours[i + 1] * theirs[i + 1 + late];
      }
      sum += rest;
      let sumOfOther = sum;
      for (let i = 0; i < late; i++) {
        sumOfOther +=
          ours[shift - 1 - i] * theirs[shift - 1 - i + late] - ours[end - 1 - i] * theirs[end - 1 - i + late];
      }
      for (let i = 0; i < -late; i++) {
        sumOfOther += ours[end + i] * theirs[end + i + late] - ours[shift + i] * theirs[shift + i + late];
      }
      if (sum > most) most = sum;
      if (sumOfOther > mostOfOther) mostOfOther = sumOfOther;
    }
    const size = sizes[one] * sizes[other] || 1;
    likenesses[one][other] = Math.min(1, most / size);
    likenesses[other][one] = Math.min(1, mostOfOther / size);
  }
}
