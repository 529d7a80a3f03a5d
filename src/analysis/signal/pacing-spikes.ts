import { kernels, roomFor, withRoom } from "../../kernels/kernels.ts";
import { MISSING } from "../../recording/recording.ts";
import { takeQuantile } from "../numbers/quantile.ts";
import { findAtrialSpikes, type Pulse } from "./atrial-spikes.ts";
import { takeTailsOff } from "./spike-tails.ts";

/** A spike is over within this time, in seconds: a pulse lasts 0.1 to 2 ms, and recorders' filters widen it. */
const SPIKE_SECONDS = 0.005;
/** At low rates a spike is over within this many samples. */
const LEAST_SPIKE_SAMPLES = 2;
/** The signal is at rest for this long before a spike, in seconds: a notch of a QRS complex has that complex's slopes before it. */
const REST_BEFORE_SECONDS = 0.02;
/** The signal is at rest for this long after a spike, in seconds: a QRS complex may follow. */
const REST_AFTER_SECONDS = 0.003;
/** A filtered spike climbs for up to this long before its first large change, in seconds, where the gain is known, ... */
const CLIMB_SECONDS = 0.003;
/** ... by at least this share of that change from sample to sample. */
const CLIMB_SHARE = 0.1;
/** At rest the signal ranges over less than this share of the spike. */
const REST_SHARE = 0.25;
/** After a spike the signal is back within this share of it; more where a gain says how high it is, as a filter leaves little of the spike beside its tail. */
const BACK_SHARE = { known: 0.6, unknown: 0.4 };
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
/** Spikes of several leads within this time, in seconds, are one. */
const SAME_SPIKE_SECONDS = 0.006;
/** From so many spikes of a stretch on, they are taken out of all its leads, with their tails: fewer may be anything. */
const LEAST_SPIKES = 3;
/** How often the tails are fitted: the second time it is known how long the spikes ring without them. */
const ROUNDS = 2;

/** A lead in which spikes are looked for; the gain is in ADC units per mV, null when it is not known. */
type SpikeLead = { samples: Int32Array; samplingRate: number | null; gain: number | null };
/** Samples without a pacemaker's spikes, and where these were: the numbers of the samples at which they begin. */
type Bridged = { samples: Int32Array; spikes: number[] };

/**
 * Takes the spikes of a pacemaker out of the samples of leads that were recorded together: pulses that are over within 5 ms, from rest to rest, as nothing
 * of the heart is, and what rings about them. The samples of a spike become a line from the one before it to the one after
 * it. Where there are several spikes, they are taken out of all leads of one sampling rate, however low they are in one, with
 * their tails. The input is untouched.
 */
export function bridgeSpikes(leads: readonly SpikeLead[]): Bridged[] {
  const pulses = leads.map(findPulses);
  const bridged = leads.map(({ samples }, l) => ({ samples, spikes: pulses[l].map(({ start }) => start) }));
  for (const samplingRate of new Set(leads.map((lead) => lead.samplingRate))) {
    const together = [...leads.keys()].filter((l) => leads[l].samplingRate === samplingRate);
    const spikes = joinPulses(
      together.flatMap((l) => pulses[l]),
      SAME_SPIKE_SECONDS * (samplingRate ?? 0),
    );
    if (spikes.length < LEAST_SPIKES) {
      for (const l of together) if (pulses[l].length > 0) bridged[l].samples = drawLines(leads[l].samples, pulses[l]);
      continue;
    }
    const ofThese = together.map((l) => leads[l]);
    const atrial = findAtrialSpikes(ofThese, spikes, samplingRate ?? 0);
    const without = takeOut(
      ofThese.map((lead) => ({ ...lead, samples: drawLines(lead.samples, atrial) })),
      spikes,
      samplingRate ?? 0,
    );
    for (const [i, l] of together.entries()) bridged[l].samples = without[i];
    bridged[together[0]].spikes.push(...atrial.map(({ start }) => start));
  }
  return bridged;
}

/** The pulses of several leads, those of one spike as one, in their order in time. */
function joinPulses(pulses: readonly Pulse[], same: number): Pulse[] {
  const joined: Pulse[] = [];
  for (const pulse of pulses.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (!last || pulse.start - last.start > same) {
      joined.push({ ...pulse });
      continue;
    }
    last.end = Math.max(last.end, pulse.end);
    last.before = Math.min(last.before, pulse.before);
    last.after = Math.max(last.after, pulse.after);
  }
  return joined;
}

/** Takes spikes out of the samples of leads, with their tails. */
function takeOut(leads: readonly SpikeLead[], spikes: readonly Pulse[], samplingRate: number): Int32Array[] {
  const ring = Math.round(RING_SECONDS * samplingRate);
  const given = leads.map(({ samples }) => samples);
  const least = leads.map(({ samples, gain }) => RING_SHARE_OF_LEAST * leastHeight(samples, gain));
  let without = given;
  let pulses = given.map(() => spikes);
  for (let round = 0; round < ROUNDS; round++) {
    const gap = pulses.flat().reduce((most, { before, after }) => Math.max(most, after - before), 0);
    without = takeTailsOff(given, spikes, gap, samplingRate);
    pulses = without.map((samples, l) =>
      spikes.map((spike) => {
        const change = leastRinging(samples, spike.before, spike.end, least[l]);
        return { ...spike, after: followRinging(samples, spike.end, ring, change) };
      }),
    );
  }
  return without.map((samples, l) => drawLines(samples, pulses[l]));
}

/** Draws a straight line in the place of each pulse. The input is untouched. */
function drawLines(samples: Int32Array, pulses: readonly Pulse[]): Int32Array {
  const bridged = samples.slice();
  for (const { before, after } of pulses) {
    // One of another lead may be behind the end of this one.
    if (after >= samples.length || samples[before] === MISSING || samples[after] === MISSING) continue;
    const step = (samples[after] - samples[before]) / (after - before);
    for (let k = before + 1; k < after; k++) bridged[k] = Math.round(samples[before] + step * (k - before));
  }
  return bridged;
}

/** Finds the spikes of a lead. */
function findPulses({ samples, samplingRate, gain }: SpikeLead): Pulse[] {
  const found: Pulse[] = [];
  if (samplingRate === null || samplingRate < LEAST_RATE_HZ) return found;
  const most = Math.max(LEAST_SPIKE_SAMPLES, Math.ceil(SPIKE_SECONDS * samplingRate));
  const rest = {
    before: Math.round(REST_BEFORE_SECONDS * samplingRate),
    climb: gain ? Math.round(CLIMB_SECONDS * samplingRate) : 0,
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
      let least = Math.max(1, leastHeight(samples, gain, from, to));
      // The usual change takes longer to find, and is asked for in few windows.
      let isUsualKnown = false;
      let looksLeft = MOST_LOOKS * (to - from);
      for (let i = Math.max(from, rest.before + rest.climb + 1); i < last; i++) {
        i = kernels.findChange(copy.byteOffset, i, last, Math.min(MOST_CHANGE, Math.ceil(least)));
        if (i >= last) break;
        if (!isUsualKnown) {
          isUsualKnown = true;
          least = Math.max(least, LEAST_CHANGES * usualChange(samples, from, to));
          if (Math.abs(samples[i] - samples[i - 1]) < least) continue;
        }

        if (looksLeft < 0) break;
        looksLeft -= most + rest.before + rest.after;
        const end = findEnd(samples, i, most, rest, gain ? BACK_SHARE.known : BACK_SHARE.unknown);
        if (end < 0) continue;
        const change = leastRinging(samples, i - 1, end, RING_SHARE_OF_LEAST * least);
        const before = followRinging(samples, i - 1, -ring, change);
        const after = followRinging(samples, end, ring, change);
        found.push({ start: i, end, before, after });
        i = after;
      }
    }
    return found;
  });
}

/** The least height of a spike in ADC units, by the gain, or the range of a window. */
function leastHeight(samples: Int32Array, gain: number | null, from = 0, to = samples.length): number {
  return gain ? LEAST_MV * Math.abs(gain) : LEAST_RANGE_SHARE * rangeOf(samples, from, to, CHANGE_STEP);
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
 * @param rest for how many samples the signal is at rest before a spike and after it, and for how many a spike may climb
 * @param back the share of the spike within which the signal is back after it
 */
function findEnd(
  samples: Int32Array,
  start: number,
  most: number,
  rest: { before: number; climb: number; after: number },
  back: number,
): number {
  for (let i = start - 1 - rest.before - rest.climb; i <= start + most + rest.after; i++)
    if (samples[i] === MISSING) return -1;
  let foot = start - 1;
  const leastClimb = CLIMB_SHARE * Math.abs(samples[start] - samples[start - 1]);
  while (foot > start - 1 - rest.climb && Math.abs(samples[foot] - samples[foot - 1]) >= leastClimb) foot--;
  const base = samples[foot];
  let before: number | undefined;
  let peak = 0;
  for (let end = start; end <= start + most; end++) {
    const height = Math.abs(samples[end] - base);
    if (height > peak) peak = height;
    if (end === start || height > back * peak) continue;
    if (Math.abs(samples[end + rest.after] - samples[end]) >= REST_SHARE * peak) continue;
    before ??= rangeOf(samples, foot - rest.before, foot + 1);
    if (before < REST_SHARE * peak) return end;
  }
  return -1;
}

/** The least change from sample to sample that is a spike's ringing and nothing of the heart's. */
function leastRinging(samples: Int32Array, before: number, end: number, least: number): number {
  let peak = 0;
  for (let i = before + 1; i < end; i++) peak = Math.max(peak, Math.abs(samples[i] - samples[before]));
  return Math.max(RING_SHARE * peak, least);
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
