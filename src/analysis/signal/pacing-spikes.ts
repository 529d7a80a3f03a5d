import { kernels, roomFor, withRoom } from "../../kernels/kernels.ts";
import { MISSING } from "../../recording/recording.ts";
import { takeQuantile } from "../numbers/quantile.ts";

/** A spike is over within this time, in seconds: a pulse lasts 0.1 to 2 ms, and recorders' filters widen it. */
const SPIKE_SECONDS = 0.005;
/** At low rates a spike is over within this many samples. */
const LEAST_SPIKE_SAMPLES = 2;
/** The signal is at rest for this long before a spike, in seconds: a notch of a QRS complex has that complex's slopes before it. */
const REST_BEFORE_SECONDS = 0.02;
/** The signal is at rest for this long after a spike, in seconds: a QRS complex may follow. */
const REST_AFTER_SECONDS = 0.003;
/** At rest the signal ranges over less than this share of the spike. */
const REST_SHARE = 0.25;
/** After a spike the signal is back within this share of it. */
const BACK_SHARE = 0.4;
/** A recorder's filters let a spike ring for up to this long before it and after it, in seconds, ... */
const RING_SECONDS = 0.012;
/** ... with changes from sample to sample of at least this share of the spike, ... */
const RING_SHARE = 0.01;
/** ... and at least this share of the least spike: a QRS complex may follow at once. */
const RING_SHARE_OF_LEAST = 0.25;
/** A spike is at least this high, in mV. */
const LEAST_MV = 0.4;
/** Without a gain, it is at least this share of the range of the window. */
const LEAST_RANGE_SHARE = 0.15;
/** A spike is at least this many times the usual change from sample to sample. */
const LEAST_CHANGES = 12;
/** The usual change is that of a window of this length. */
const WINDOW_SECONDS = 2;
/** One change in this many says what is usual. */
const CHANGE_STEP = 8;
/** How many times as long as a window is spikes are looked for in it: at high rates noise has many samples at which one might begin. */
const MOST_LOOKS = 100;
/** The most that two samples may differ by. */
const MOST_CHANGE = 2 ** 32 - 1;
/** At lower rates a spike is no narrower than a QRS complex. */
const LEAST_RATE_HZ = 200;

/** Samples without a pacemaker's spikes, and where these were: the numbers of the samples at which they begin. */
export type Bridged = { samples: Int32Array; spikes: number[] };

/**
 * Takes the spikes of a pacemaker out of a lead's samples: pulses that are over within 5 ms, from rest to rest, as nothing
 * of the heart is, and what rings about them. The samples of a spike become a line from the one before it to the one after
 * it. The input is untouched.
 *
 * @param samplingRate Hz
 * @param gain ADC units per mV; null when it is not known
 */
export function bridgeSpikes(samples: Int32Array, samplingRate: number, gain: number | null): Bridged {
  const found: Bridged = { samples, spikes: [] };
  if (samplingRate < LEAST_RATE_HZ) return found;
  const most = Math.max(LEAST_SPIKE_SAMPLES, Math.ceil(SPIKE_SECONDS * samplingRate));
  const rest = {
    before: Math.round(REST_BEFORE_SECONDS * samplingRate),
    after: Math.max(1, Math.round(REST_AFTER_SECONDS * samplingRate)),
  };
  const ring = Math.round(RING_SECONDS * samplingRate);
  const window = Math.ceil(WINDOW_SECONDS * samplingRate);
  return withRoom(roomFor(samples.byteLength), (room) => {
    const copy = room.ints(samples.length);
    copy.set(samples);
    for (let from = 0; from < samples.length; from += window) {
      const to = Math.min(samples.length, from + window);
      const last = Math.min(to, samples.length - most - rest.after);
      let least = Math.max(
        1,
        gain ? LEAST_MV * Math.abs(gain) : LEAST_RANGE_SHARE * rangeOf(samples, from, to, CHANGE_STEP),
      );
      // The usual change takes longer to find, and is asked for in few windows.
      let isUsualKnown = false;
      let looksLeft = MOST_LOOKS * (to - from);
      for (let i = Math.max(from, rest.before + 1); i < last; i++) {
        i = kernels.findChange(copy.byteOffset, i, last, Math.min(MOST_CHANGE, Math.ceil(least)));
        if (i >= last) break;
        if (!isUsualKnown) {
          isUsualKnown = true;
          least = Math.max(least, LEAST_CHANGES * usualChange(samples, from, to));
          if (Math.abs(samples[i] - samples[i - 1]) < least) continue;
        }

        if (looksLeft < 0) break;
        looksLeft -= most + rest.before + rest.after;
        const end = findEnd(samples, i, most, rest);
        if (end < 0) continue;
        if (found.samples === samples) found.samples = samples.slice();
        found.spikes.push(i);
        const change = leastRinging(samples, i, end, least);
        const before = followRinging(samples, i - 1, -ring, change);
        const after = followRinging(samples, end, ring, change);
        const step = (samples[after] - samples[before]) / (after - before);
        for (let k = before + 1; k < after; k++) found.samples[k] = Math.round(samples[before] + step * (k - before));
        i = after;
      }
    }
    return found;
  });
}

/** The range of some of the samples of a window; infinitely below 0 where none is there. */
function rangeOf(samples: Int32Array, from: number, to: number, by = 1): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = from + 1; i < to; i += by) {
    const sample = samples[i];
    if (sample === MISSING || samples[i - 1] === MISSING) continue;
    if (sample < low) low = sample;
    if (sample > high) high = sample;
  }
  return high - low;
}

/** The usual change from sample to sample of a window; infinite where none is there. */
function usualChange(samples: Int32Array, from: number, to: number): number {
  const changes = new Float64Array(Math.ceil((to - from) / CHANGE_STEP));
  let count = 0;
  for (let i = from + 1; i < to; i += CHANGE_STEP) {
    if (samples[i] === MISSING || samples[i - 1] === MISSING) continue;
    changes[count++] = Math.abs(samples[i] - samples[i - 1]);
  }
  return count > 0 ? takeQuantile(changes, count, 0.5) : Number.POSITIVE_INFINITY;
}

/**
 * The number of the first sample after a spike that begins at `start`; -1 where none does.
 *
 * @param rest for how many samples the signal is at rest before a spike and after it
 */
function findEnd(samples: Int32Array, start: number, most: number, rest: { before: number; after: number }): number {
  const base = samples[start - 1];
  for (let i = start - 1 - rest.before; i <= start + most + rest.after; i++) if (samples[i] === MISSING) return -1;
  let before: number | undefined;
  let peak = 0;
  for (let end = start; end <= start + most; end++) {
    const height = Math.abs(samples[end] - base);
    if (height > peak) peak = height;
    if (end === start || height > BACK_SHARE * peak) continue;
    if (Math.abs(samples[end + rest.after] - samples[end]) >= REST_SHARE * peak) continue;
    before ??= rangeOf(samples, start - 1 - rest.before, start);
    if (before < REST_SHARE * peak) return end;
  }
  return -1;
}

/** The least change from sample to sample that is a spike's ringing and nothing of the heart's. */
function leastRinging(samples: Int32Array, start: number, end: number, least: number): number {
  const base = samples[start - 1];
  let peak = 0;
  for (let i = start; i < end; i++) peak = Math.max(peak, Math.abs(samples[i] - base));
  return Math.max(RING_SHARE * peak, RING_SHARE_OF_LEAST * least);
}

/** The number of the sample at which a spike's ringing is over, from one number on: ahead, or back where `reach` is below 0. */
function followRinging(samples: Int32Array, from: number, reach: number, change: number): number {
  const step = Math.sign(reach);
  let at = from;
  for (let k = 0; k < Math.abs(reach); k++) {
    const next = samples[at + step];
    if (next === undefined || next === MISSING || Math.abs(next - samples[at]) < change) break;
    at += step;
  }
  return at;
}
