import { kernels, roomFor, withRoom } from "../../kernels/kernels.ts";
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
/** The room for sums that a signal begins with. */
const FIRST_ROOM = 2048;

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
  /** The sums from the one numbered `first` on: those before it were dropped. */
  values: Float64Array;
  /** The sums less the hum of the mains, up to 0.2 s before the end. */
  smooth: Float64Array;
  /** 1 for each sum that was not measured. */
  isGap: Uint8Array;
  /** The number of the first sum that is kept. */
  first: number;
  /** The number of the next sum to come. */
  end = 0;
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
  /** The number of the first sum that is not smooth yet. */
  private smoothEnd: number;
  /** The number of the next sum that may be a spike. */
  private spikeEnd: number;
  private readonly kernel: Float64Array;
  /** The number of sums in STEP_SECONDS. */
  private readonly stepReach: number;

  /**
   * @param samplingRate Hz
   * @param marginSeconds a gap of this length is put before the first sample
   */
  constructor(samplingRate: number, marginSeconds: number) {
    this.factor = Math.max(1, Math.floor(samplingRate / INTERNAL_RATE_HZ));
    this.rate = samplingRate / this.factor;
    this.first = -Math.max(LEAST_MARGIN, Math.ceil(marginSeconds * this.rate));
    this.smoothEnd = this.first;
    this.spikeEnd = this.first + SPIKE_REACH;
    this.kernel = mainsKernel(this.rate);
    this.stepReach = Math.max(2, Math.round(STEP_SECONDS * this.rate));
    this.values = new Float64Array(FIRST_ROOM);
    this.smooth = new Float64Array(FIRST_ROOM);
    this.isGap = new Uint8Array(FIRST_ROOM).fill(1, 0, -this.first);
  }

  push(samples: Int32Array): void {
    const { factor } = this;
    this.reserve(Math.ceil(samples.length / factor) + 1);
    let at = 0;
    while (at < samples.length && this.inGroup > 0) this.add(samples[at++]);
    // Whole groups without a gap, as most are, all together.
    const count = Math.floor((samples.length - at) / factor);
    if (!this.isHeld && count > 0 && this.addGroups(samples.subarray(at, at + count * factor), count)) {
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

  /** The number of the sums from one number to before another that were not measured. */
  countGaps(from: number, to: number): number {
    if (this.lastGap < from) return 0;
    let count = 0;
    for (let i = from - this.first; i < to - this.first; i++) count += this.isGap[i];
    return count;
  }

  /** Adds up samples in whole groups; false where one of them is missing, and nothing is done. */
  private addGroups(samples: Int32Array, count: number): boolean {
    const areThere = withRoom(roomFor(samples.byteLength) + roomFor(8 * count), (room) => {
      const samplesHere = room.ints(samples.length);
      samplesHere.set(samples);
      const sums = room.doubles(count);
      const { factor, offset } = this;
      if (!kernels.addGroups(samplesHere.byteOffset, count, factor, offset, sums.byteOffset)) return false;
      this.values.set(sums, this.end - this.first);
      return true;
    });
    if (!areThere) return false;
    const from = this.end - this.first;
    this.isGap.fill(0, from, from + count);
    this.end += count;
    this.level = this.values[from + count - 1];
    return true;
  }

  /** Takes spikes, steps and hum out of the sums behind which enough others have come. */
  private makeSmooth(): void {
    const { values, smooth, first, stepReach: reach, kernel } = this;
    const [middle, near, far] = kernel;
    // At low rates a QRS complex may be one sum.
    const spikeReach = this.rate < LEAST_SMOOTHED_HZ ? 0 : SPIKE_REACH;
    const end = this.end - reach - 2 - spikeReach;
    const from = Math.max(this.smoothEnd, first + 2);
    if (end <= from) return;
    // A step is seen from its middle: what is smoothed is behind it.
    const firstStep = Math.max(this.smoothEnd + 2, first + reach + 1);
    const start = Math.min(from - 2, firstStep - reach, spikeReach > 0 ? this.spikeEnd - spikeReach : from);
    const length = this.end - start;
    const count = end - from;
    withRoom(roomFor(8 * (length + 2)) + roomFor(8 * (count + 1)), (room) => {
      const valuesHere = room.doubles(length + 2);
      valuesHere.set(values.subarray(start - first, this.end - first));
      const smoothHere = room.doubles(count + 1);
      const at = valuesHere.byteOffset;
      if (spikeReach > 0) {
        const least = LEAST_SPIKE * this.factor;
        this.spikeEnd = start + kernels.takeSpikes(at, this.spikeEnd - start, length - spikeReach, least);
      }
      const steps = kernels.takeSteps(at, firstStep - start, end + 2 - start, length, reach);
      values.set(valuesHere.subarray(0, length), start - first);
      this.offset += steps;
      this.level -= steps;
      kernels.smoothValues(at + 8 * (from - 2 - start), smoothHere.byteOffset, count, middle, near, far);
      smooth.set(smoothHere.subarray(0, count), from - first);
    });
    this.smoothEnd = end;
  }

  /** Drops the sums before this number. */
  dropBefore(number: number): void {
    const drop = Math.min(this.end, number) - this.first;
    // Not at once: moving the rest costs as much as they are.
    if (drop < 0.5 * this.values.length) return;
    this.values.copyWithin(0, drop, this.end - this.first);
    this.smooth.copyWithin(0, drop, this.smoothEnd - this.first);
    this.isGap.copyWithin(0, drop, this.end - this.first);
    this.first += drop;
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

  private reserve(count: number): void {
    const length = this.end - this.first;
    if (length + count <= this.values.length) return;
    const room = Math.max(2 * this.values.length, length + count);
    const values = new Float64Array(room);
    values.set(this.values.subarray(0, length));
    this.values = values;
    const smooth = new Float64Array(room);
    smooth.set(this.smooth.subarray(0, length));
    this.smooth = smooth;
    const isGap = new Uint8Array(room);
    isGap.set(this.isGap.subarray(0, length));
    this.isGap = isGap;
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
