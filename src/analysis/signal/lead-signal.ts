import { type Address, kernels, type Maker } from "../../kernels/kernels.ts";
import { MISSING } from "../../recording/recording.ts";

/** Beats are looked for at no lower rate than this where the recording has it. */
const INTERNAL_RATE_HZ = 120;
/** The smoothing is zero here, between the mains frequencies of 50 and 60 Hz: a wide zero leaves little of both. */
const MAINS_HZ = 55;
/** A signal of a lower rate is not smoothed: the mean over 18 ms would be less than two of its samples. */
const LEAST_SMOOTHED_HZ = 90;
/** The signal is at rest for this long before a step and after it, as it is beside no wave of a heart. */
const STEP_SECONDS = 0.1;
/** A spike of one sum, narrower than any QRS complex, is at least so many units high: where a beat is one unit, a few samples of it are none. */
const LEAST_SPIKE = 3;
/** Whether a sum is a spike is told by so many before it and after it. */
const SPIKE_REACH = 3;
/** A group is a gap when no more than this share of its samples is there. */
const GAP_SHARE = 0.5;
/** There are at least this many sums before the first sample, at whatever rate. */
const LEAST_MARGIN = 8;
/** Samples are taken in pieces of this length, so that a long stretch needs no room for all of it at once, ... */
const PIECE_SECONDS = 10;
/** ... or of so many samples, of very fast leads. */
const MOST_PIECE_SAMPLES = 2 ** 18;

/**
 * The signal of a lead at the rate at which beats are looked for, as it comes in. Samples are added up in groups until there
 * are 120 to 240 sums a second, which is enough for the waves of a beat; the sums of integers are exact. In a gap the signal
 * stays at its level and goes on from there after it, so that a gap is no wave. It does the same before the first sample,
 * after the last, and at a step, as when an electrode comes off. A spike of one sum is taken out.
 */
export class LeadSignal {
  /** The rate of the sums, Hz. */
  readonly rate: number;
  /** The number of samples in a sum, whose time is that of their middle. */
  readonly factor: number;
  /** The most samples that are taken at a time. */
  readonly pieceLength: number;
  /** The sums from the one numbered `first` on: those before it were dropped. */
  values = new Float64Array(0);
  /** The sums less the hum of the mains, up to 0.2 s before the end. */
  smooth = new Float64Array(0);
  /** 1 for each sum that was not measured. */
  isGap = new Uint8Array(0);
  /** The number of the first sum that is kept. */
  first: number;
  /** The number of the next sum to come. */
  end: number;
  /** The number of the last sum that was not measured. */
  lastGap = -1;
  /** The next sum so far. */
  private sum = 0;
  /** The samples in the next sum so far. */
  private present = 0;
  /** The samples, there or missing, of the next sum so far. */
  private inGroup = 0;
  /** The last sum that was measured. */
  private level = 0;
  /** The difference that is taken off the sums so that the signal goes on where it was before a gap or a step. */
  private offset = 0;
  /** Whether the last group was a gap, so that the signal stays at its level. */
  private isHeld = true;
  /** The number of the first sum that is still needed. */
  private needed: number;
  /** The number of the first sum that is not smooth yet. */
  private smoothEnd: number;
  /** The number of the next sum that may be a spike. */
  private spikeEnd: number;
  private readonly kernel: Float64Array;
  /** The number of sums in STEP_SECONDS. */
  private readonly stepReach: number;
  /** The most sums that are kept. */
  private readonly capacity: number;

  /**
   * @param samplingRate Hz
   * @param marginSeconds a gap of this length is put before the first sample
   * @param keptSeconds no more of the signal is needed at a time, beside a piece that comes
   */
  constructor(samplingRate: number, marginSeconds: number, keptSeconds: number) {
    this.factor = Math.max(1, Math.floor(samplingRate / INTERNAL_RATE_HZ));
    this.rate = samplingRate / this.factor;
    this.pieceLength = Math.max(1, Math.min(MOST_PIECE_SAMPLES, Math.round(PIECE_SECONDS * samplingRate)));
    this.first = -Math.max(LEAST_MARGIN, Math.ceil(marginSeconds * this.rate));
    this.end = this.first;
    this.needed = this.first;
    this.capacity = Math.ceil(keptSeconds * this.rate) - 2 * this.first + Math.ceil(this.pieceLength / this.factor) + 2;
    this.smoothEnd = this.first;
    this.spikeEnd = this.first + SPIKE_REACH;
    this.kernel = mainsKernel(this.rate);
    this.stepReach = Math.max(2, Math.round(STEP_SECONDS * this.rate));
  }

  /** Makes the arrays of what is kept. */
  makeArrays(maker: Maker): void {
    this.values = maker.doubles(this.capacity);
    this.smooth = maker.doubles(this.capacity);
    this.isGap = maker.bytes(this.capacity);
  }

  /**
   * Takes the next samples, `pieceLength` of them at the most.
   *
   * @param piece room for them among the kernels
   */
  push(samples: Int32Array, piece: Int32Array): void {
    const { factor } = this;
    this.extendTo(0);
    this.reserve(Math.ceil(samples.length / factor) + 1);
    let at = 0;
    while (at < samples.length && this.inGroup > 0) this.add(samples[at++]);
    // Whole groups without a gap, as most are, all together.
    const count = Math.floor((samples.length - at) / factor);
    if (!this.isHeld && count > 0 && this.addGroups(samples.subarray(at, at + count * factor), count, piece)) {
      at += count * factor;
    }
    while (at < samples.length) this.add(samples[at++]);
    this.makeSmooth();
  }

  /** Ends the last group, after the last samples. */
  finish(): void {
    if (this.inGroup > 0) this.endGroup();
    this.makeSmooth();
  }

  /** Goes on as a gap, up to the sum of this number. */
  extendTo(end: number): void {
    if (end <= this.end) return;
    this.reserve(end - this.end);
    this.values.fill(this.level, this.end - this.first, end - this.first);
    this.isGap.fill(1, this.end - this.first, end - this.first);
    this.end = end;
    this.lastGap = end - 1;
    this.makeSmooth();
  }

  /** The address of the smooth sum of a number, among the kernels. */
  smoothAt(number: number): Address {
    return this.smooth.byteOffset + 8 * (number - this.first);
  }

  /** The address of the sum of a number, among the kernels. */
  valueAt(number: number): Address {
    return this.values.byteOffset + 8 * (number - this.first);
  }

  /** The number of the sums from one number to before another that were not measured. */
  countGaps(from: number, to: number): number {
    if (this.lastGap < from) return 0;
    let count = 0;
    for (let i = from - this.first; i < to - this.first; i++) count += this.isGap[i];
    return count;
  }

  /** Adds up samples in whole groups; false where one of them is missing, and nothing is done. */
  private addGroups(samples: Int32Array, count: number, piece: Int32Array): boolean {
    const { factor, offset, values, end } = this;
    const from = end - this.first;
    piece.set(samples);
    if (!kernels.addGroups(piece.byteOffset, count, factor, offset, values.byteOffset + 8 * from)) return false;
    this.isGap.fill(0, from, from + count);
    this.end += count;
    this.level = values[from + count - 1];
    return true;
  }

  /** Takes spikes, steps and hum out of the sums behind which enough others have come. */
  private makeSmooth(): void {
    const { values, first, stepReach: reach, kernel } = this;
    const [middle, near, far] = kernel;
    // At low rates a QRS complex may be one sum.
    const spikeReach = this.rate < LEAST_SMOOTHED_HZ ? 0 : SPIKE_REACH;
    const end = this.end - reach - 2 - spikeReach;
    const from = Math.max(this.smoothEnd, first + 2);
    if (end <= from) return;
    const at = values.byteOffset;
    if (spikeReach > 0) {
      const to = this.end - spikeReach - first;
      this.spikeEnd = first + kernels.takeSpikes(at, this.spikeEnd - first, to, LEAST_SPIKE * this.factor);
    }
    // A step is seen from its middle: what is smoothed is behind it.
    const firstStep = Math.max(this.smoothEnd + 2, first + reach + 1);
    const steps = kernels.takeSteps(at, firstStep - first, end + 2 - first, this.end - first, reach);
    this.offset += steps;
    this.level -= steps;
    kernels.smoothValues(at + 8 * (from - 2 - first), this.smoothAt(from), end - from, middle, near, far);
    this.smoothEnd = end;
  }

  /** Says that the sums before this number are not needed again. */
  dropBefore(number: number): void {
    this.needed = Math.max(this.needed, number);
  }

  private add(sample: number): void {
    if (sample !== MISSING) {
      this.sum += sample;
      this.present++;
    }
    if (++this.inGroup === this.factor) this.endGroup();
  }

  private endGroup(): void {
    const isGap = this.present <= this.inGroup * GAP_SHARE;
    if (!isGap) {
      const value = this.present === this.factor ? this.sum : (this.sum / this.present) * this.factor;
      if (this.isHeld) this.offset = value - this.level;
      this.level = value - this.offset;
    }
    this.isHeld = isGap;
    this.values[this.end - this.first] = this.level;
    this.isGap[this.end - this.first] = isGap ? 1 : 0;
    if (isGap) this.lastGap = this.end;
    this.end++;
    this.sum = 0;
    this.present = 0;
    this.inGroup = 0;
  }

  /** Makes room for so many sums: all that are not needed make room at once, since moving the others costs as much as they are. */
  private reserve(count: number): void {
    const { values, smooth, isGap, first, end } = this;
    if (end - first + count <= values.length) return;
    this.first = Math.min(end, this.needed);
    values.copyWithin(0, this.first - first, end - first);
    smooth.copyWithin(0, this.first - first, this.smoothEnd - first);
    isGap.copyWithin(0, this.first - first, end - first);
    if (end - this.first + count > values.length) throw new RangeError("More of the signal is needed than was said");
  }
}

/** The weights of a sample, its neighbours and theirs in a mean over about 18 ms that is zero at 55 Hz. */
function mainsKernel(rate: number): Float64Array {
  if (rate < LEAST_SMOOTHED_HZ) return Float64Array.of(1, 0, 0);
  const cosine = Math.cos((2 * Math.PI * MAINS_HZ) / rate);
  // 1 + 2 near cos(w) = 0, or with near = 1: 1 + 2 cos(w) + 2 far cos(2 w) = 0.
  const near = rate < 3 * MAINS_HZ ? -1 / (2 * cosine) : 1;
  const far = rate < 3 * MAINS_HZ ? 0 : (1 + 2 * cosine) / (2 - 4 * cosine * cosine);
  const sum = 1 + 2 * near + 2 * far;
  return Float64Array.of(1 / sum, near / sum, far / sum);
}
