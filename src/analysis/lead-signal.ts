import { MISSING } from "../recording/recording.ts";

/** Waves of a beat are measured at no less than this where the recording has it. */
const INTERNAL_RATE_HZ = 100;
/** A group is a gap when no more than this share of it was measured. */
const GAP_SHARE = 0.5;

/** A lead at a rate at which beats are looked for: sums of so many samples each, and how they come in. */
export type LeadSignal = {
  /** Hz */
  rate: number;
  /** Samples that are added up to one: its time is that of their middle. */
  factor: number;
  /** How many there are so far, the ones that were dropped among them. */
  count: () => number;
  push: (samples: Int32Array) => void;
  /** Whatever is left of the last one comes out: there are no more samples. */
  finish: () => void;
  /** Copies from `from` on; before the first and after the last the signal goes on at its level, as a gap. */
  copy: (from: number, values: Float64Array, isGap: Uint8Array) => void;
  /** Those before it are not needed again. */
  dropBefore: (index: number) => void;
};

/**
 * Adds up samples in groups until there are 100 to 200 a second: enough for the waves of a beat, and the sums of integers
 * are exact. In a gap the signal stays at its level, and goes on from there after it, so that a gap is no wave.
 *
 * @param samplingRate Hz
 */
export function newLeadSignal(samplingRate: number): LeadSignal {
  const factor = Math.max(1, Math.floor(samplingRate / INTERNAL_RATE_HZ));
  let values = new Float64Array(1024);
  let gaps = new Uint8Array(1024);
  let first = 0;
  let length = 0;
  let sum = 0;
  let present = 0;
  let inGroup = 0;
  let level = 0;
  /** What is taken off so that the signal goes on where it was before a gap. */
  let offset = 0;
  let isHeld = true;

  function add(sample: number) {
    if (sample !== MISSING) {
      sum += sample;
      present++;
    }
    if (++inGroup === factor) endGroup();
  }

  function append(value: number, isGap: 0 | 1) {
    reserve(1);
    values[length] = value;
    gaps[length++] = isGap;
  }

  function reserve(count: number) {
    if (length + count <= values.length) return;
    const room = Math.max(2 * values.length, length + count);
    const widerValues = new Float64Array(room);
    widerValues.set(values.subarray(0, length));
    values = widerValues;
    const widerGaps = new Uint8Array(room);
    widerGaps.set(gaps.subarray(0, length));
    gaps = widerGaps;
  }

  function endGroup() {
    if (present <= inGroup * GAP_SHARE) {
      isHeld = true;
      append(level, 1);
    } else {
      const value = present === factor ? sum : (sum / present) * factor;
      if (isHeld) offset = value - level;
      isHeld = false;
      level = value - offset;
      append(level, 0);
    }
    sum = 0;
    present = 0;
    inGroup = 0;
  }

  return {
    rate: samplingRate / factor,
    factor,
    count: () => first + length,
    push(samples) {
      let at = 0;
      for (; at < samples.length && inGroup > 0; at++) add(samples[at]);
      // Whole groups without a gap, as most are, in a loop of their own: it takes most of the time.
      reserve(Math.ceil((samples.length - at) / factor));
      for (; at + factor <= samples.length; at += factor) {
        let whole = 0;
        let hasGap = isHeld;
        for (let i = at; i < at + factor; i++) {
          const sample = samples[i];
          whole += sample;
          if (sample === MISSING) hasGap = true;
        }
        if (hasGap) for (let i = at; i < at + factor; i++) add(samples[i]);
        else {
          level = whole - offset;
          values[length] = level;
          gaps[length++] = 0;
        }
      }
      for (; at < samples.length; at++) add(samples[at]);
    },
    finish() {
      if (inGroup > 0) endGroup();
    },
    copy(from, into, isGap) {
      const at = from - first;
      const start = Math.min(into.length, Math.max(0, -at));
      const end = Math.max(start, Math.min(into.length, length - at));
      into.fill(length > 0 ? values[0] : 0, 0, start);
      isGap.fill(1, 0, start);
      into.set(values.subarray(at + start, at + end), start);
      isGap.set(gaps.subarray(at + start, at + end), start);
      into.fill(length > 0 ? values[length - 1] : 0, end);
      isGap.fill(1, end);
    },
    dropBefore(index) {
      const drop = Math.min(length, index - first);
      // Not at once: moving the rest costs as much as they are.
      if (drop < 0.5 * values.length) return;
      values.copyWithin(0, drop, length);
      gaps.copyWithin(0, drop, length);
      length -= drop;
      first += drop;
    },
  };
}
