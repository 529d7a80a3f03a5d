import { MISSING } from "../recording/recording.ts";

/** Waves of a beat are measured at no less than this where the recording has it. */
const INTERNAL_RATE_HZ = 100;
/** A group is a gap when no more than this share of it was measured. */
const GAP_SHARE = 0.5;
/** Sums before the first sample are no fewer than this, at whatever rate. */
const LEAST_MARGIN = 4;

/**
 * A lead at a rate at which beats are looked for, as it comes in: samples are added up in groups until there are 100 to
 * 200 a second, enough for the waves of a beat, and the sums of integers are exact. In a gap the signal stays at its
 * level, and goes on from there after it, so that a gap is no wave; so it does before the first sample and after the last.
 */
export class LeadSignal {
  /** Hz */
  readonly rate: number;
  /** Samples that are added up to one: its time is that of their middle. */
  readonly factor: number;
  /** From the sum numbered `first` on: those before it were dropped. */
  values: Float64Array;
  /** Of each value: 1 where it was not measured. */
  isGap: Uint8Array;
  first: number;
  /** The number of the next sum to come. */
  end = 0;
  /** The number of the last that was not measured. */
  lastGap = -1;
  /** What has been added up of the next sum. */
  private sum = 0;
  private present = 0;
  private inGroup = 0;
  private level = 0;
  /** What is taken off so that the signal goes on where it was before a gap. */
  private offset = 0;
  private isHeld = true;

  /**
   * @param samplingRate Hz
   * @param marginSeconds that are there before the first sample, as a gap
   */
  constructor(samplingRate: number, marginSeconds: number) {
    this.factor = Math.max(1, Math.floor(samplingRate / INTERNAL_RATE_HZ));
    this.rate = samplingRate / this.factor;
    this.first = -Math.max(LEAST_MARGIN, Math.ceil(marginSeconds * this.rate));
    this.values = new Float64Array(4096);
    this.isGap = new Uint8Array(4096).fill(1, 0, -this.first);
  }

  push(samples: Int32Array): void {
    const { factor } = this;
    this.reserve(Math.ceil(samples.length / factor) + 1);
    let at = 0;
    while (at < samples.length && this.inGroup > 0) this.add(samples[at++]);
    // Whole groups without a gap, as most are, in a loop of their own: it takes most of the time.
    if (!this.isHeld && !samples.includes(MISSING)) {
      const { values, offset } = this;
      const from = this.end - this.first;
      const to = from + Math.floor((samples.length - at) / factor);
      for (let i = from; i < to; i++) {
        let sum = 0;
        for (const next = at + factor; at < next; at++) sum += samples[at];
        values[i] = sum - offset;
      }
      if (to > from) this.level = values[to - 1];
      this.isGap.fill(0, from, to);
      this.end += to - from;
    }
    while (at < samples.length) this.add(samples[at++]);
  }

  /** Whatever is left of the last group comes out: there are no more samples. */
  finish(): void {
    if (this.inGroup > 0) this.endGroup();
  }

  /** As a gap, up to the sum of this number. */
  extendTo(end: number): void {
    if (end <= this.end) return;
    this.reserve(end - this.end);
    this.values.fill(this.level, this.end - this.first, end - this.first);
    this.isGap.fill(1, this.end - this.first, end - this.first);
    this.end = end;
    this.lastGap = end - 1;
  }

  /** The sums before this number are not needed again. */
  dropBefore(number: number): void {
    const drop = Math.min(this.end, number) - this.first;
    // Not at once: moving the rest costs as much as they are.
    if (drop < 0.5 * this.values.length) return;
    this.values.copyWithin(0, drop, this.end - this.first);
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
    const isGap = new Uint8Array(room);
    isGap.set(this.isGap.subarray(0, length));
    this.isGap = isGap;
  }
}
