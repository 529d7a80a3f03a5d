import { kernels, type Maker } from "../../kernels/kernels.ts";
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
  /** The number of blocks that are remembered. */
  private readonly slots: number;
  /** The slopes of all slots, one after the other. */
  private slopes = new Float64Array(0);
  private sizes = new Float64Array(0);
  /** What a kernel finds of a peak beside the others. */
  private found = new Float64Array(0);
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
    this.slots = slots;
    const likenesses = new Float64Array(slots * slots);
    this.likenesses = Array.from({ length: slots }, (_, slot) => likenesses.subarray(slot * slots, (slot + 1) * slots));
    this.room = new Float64Array(slots);
  }

  /** Makes the arrays of what is remembered. */
  makeArrays(maker: Maker): void {
    this.slopes = maker.doubles(this.slots * (this.count + 2 * this.shift));
    this.sizes = maker.doubles(this.slots);
    this.found = maker.doubles(2 * this.slots);
  }

  /**
   * Remembers the highest peak of the next block.
   *
   * @param signal smooth
   * @param place the place of the peak in it
   */
  remember(block: number, signal: Float64Array, place: number): void {
    const { count, shift, slopes } = this;
    const slot = block % this.slots;
    const length = count + 2 * shift;
    const first = place - (length >> 1);
    let squares = 0;
    for (let i = 0; i < length; i++) {
      const slope = signal[first + i + 1] - signal[first + i - 1];
      slopes[slot * length + i] = slope;
      if (i >= shift && i < count + shift) squares += slope * slope;
    }
    this.sizes[slot] = Math.sqrt(squares);
    this.compare(block);
  }

  /** Whether a block's likeness, as `judge` gives it, is at least this: it is told by counting, in less time than it is found. */
  isAtLeast(least: number, block: number, from: number, to: number): boolean {
    const likenesses = this.likenesses[block % this.slots];
    let count = 0;
    let below = 0;
    for (let other = from; other < to; other++) {
      if (other === block) continue;
      count++;
      if (likenesses[other % this.slots] < least) below++;
    }
    return below <= Math.min(count - 1, Math.floor(QUANTILE * count));
  }

  /** The likeness of a block's highest peak to those of the blocks about it, 0 to 1; 1 where there is no other. */
  judge(block: number, from: number, to: number): number {
    const { room, slots } = this;
    const likenesses = this.likenesses[block % slots];
    let count = 0;
    for (let other = from; other < to; other++) if (other !== block) room[count++] = likenesses[other % slots];
    return count > 0 ? takeQuantile(room, count, QUANTILE) : 1;
  }

  /** Compares a block's peak with those of the blocks before it: each in the middle with the other shifted. */
  private compare(block: number): void {
    const { count, shift, slots, likenesses, found } = this;
    const first = Math.max(0, block - this.apart);
    const { byteOffset } = this.sizes;
    kernels.comparePeaks(this.slopes.byteOffset, byteOffset, slots, first, block, count, shift, found.byteOffset);
    for (let other = first; other < block; other++) {
      likenesses[block % slots][other % slots] = found[2 * (other - first)];
      likenesses[other % slots][block % slots] = found[2 * (other - first) + 1];
    }
  }
}
