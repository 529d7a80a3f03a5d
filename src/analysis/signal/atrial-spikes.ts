import { MISSING } from "../../recording/recording.ts";
import { takeEvenly } from "../numbers/evenly.ts";
import { takeQuantile } from "../numbers/quantile.ts";

/** A spike, by the numbers of its samples: its first, the first after it, and those that a line in its place is drawn between. */
export type Pulse = { start: number; end: number; before: number; after: number };
/** The gain is in ADC units per mV, null when it is not known. */
type SpikeLead = { samples: Int32Array; gain: number | null };

/** An atrium's spike comes this long before the ventricles', in seconds: pacemakers are set to 30 to 350 ms. */
const [LEAST_DELAY_SECONDS, MOST_DELAY_SECONDS] = [0.05, 0.36];
/** How much the signal bends is measured over this time to each side, in seconds: a P wave bends by hundredths of its height. */
const BEND_SECONDS = 0.004;
/** A spike bends the signal by at least this, in mV, where the gain is known, ... */
const LEAST_BEND_MV = 0.04;
/** ... and by this many times what is usual before the ventricles' spikes. */
const LEAST_BENDS = 12;
/** One is there where the signal bends by this share of the usual spike, ... */
const LEAST_BEND_SHARE = 0.4;
/** ... this near to its time, in seconds, ... */
const NEAR_SECONDS = 0.01;
/** ... or this near where no spike of the ventricles follows. */
const ALONE_SECONDS = 0.04;
/** At higher rates they are not looked for: that takes a time that grows as the square of the rate. */
const MOST_RATE_HZ = 4000;
/** What is usual is that of so many spikes at the most, evenly spaced among all: a minute has hundreds. */
const MOST_COMPARED = 24;
/** At least this share of the ventricles' spikes has one before it. */
const LEAST_SHARE = 0.6;
/** A spike lasts as long as the signal bends by this share of its most, ... */
const EXTENT_SHARE = 0.1;
/** ... with rests of up to this, in seconds, ... */
const REST_SECONDS = 0.008;
/** ... but no longer than this to each side, in seconds. */
const MOST_EXTENT_SECONDS = 0.04;
/** Between spikes that are more than this many times the usual apart one may be missing. */
const LONG_INTERVAL = 1.5;

/** How much a lead's signal bends at a sample, in ADC units. */
type Bend = (at: number) => number;
/** A lead, how many samples before the ventricles' spikes it bends the most, and by how much. */
type Sharpest = { lead: number; delay: number; bend: number };

/**
 * Finds the spikes of an atrium that a recorder's filters have made too wide to be told by themselves: sharp waves that come as long before each
 * spike of the ventricles, and as long before where one would have come but for a beat of the heart's own, or the end.
 *
 * @param leads of one sampling rate
 * @param spikes those of the ventricles, in their order in time
 * @returns in any order; none where there are none
 */
export function findAtrialSpikes(leads: readonly SpikeLead[], spikes: readonly Pulse[], samplingRate: number): Pulse[] {
  if (samplingRate > MOST_RATE_HZ) return [];
  const toSamples = (seconds: number) => Math.max(1, Math.round(seconds * samplingRate));
  const reach = toSamples(BEND_SECONDS);
  const bends = leads.map(({ samples }) => newBend(samples, reach));
  const first = toSamples(LEAST_DELAY_SECONDS);
  const some = takeEvenly(spikes, MOST_COMPARED);
  const profiles = bends.map((bend) => profileOf(bend, some, first, toSamples(MOST_DELAY_SECONDS), reach >> 1));
  const sharpest = findSharpest(leads, profiles, first);
  if (!sharpest) return [];

  const findAt = (place: number, seconds: number): number[] => {
    const bend = bends[sharpest.lead];
    let at = place;
    for (let i = place - toSamples(seconds); i <= place + toSamples(seconds); i++) if (bend(i) > bend(at)) at = i;
    return bend(at) >= LEAST_BEND_SHARE * sharpest.bend ? [at] : [];
  };
  const paired = spikes.flatMap(({ start }) => findAt(start - sharpest.delay, NEAR_SECONDS));
  if (paired.length < LEAST_SHARE * spikes.length) return [];
  const alone = placesOfMissing(spikes).flatMap((place) => findAt(place - sharpest.delay, ALONE_SECONDS));

  const rests = { rest: toSamples(REST_SECONDS), most: toSamples(MOST_EXTENT_SECONDS) };
  const { before, after } = extentOf(profiles, sharpest, first, rests);
  const length = leads[sharpest.lead].samples.length;
  return [...paired, ...alone].map((at) => {
    const [start, end] = [Math.max(1, at - before - reach), Math.min(length - 1, at + after + reach)];
    return { start, end, before: start - 1, after: end };
  });
}

/** How much a lead bends; nowhere where something is missing. */
function newBend(samples: Int32Array, reach: number): Bend {
  return (at) => {
    if (at < reach || at >= samples.length - reach) return 0;
    const before = samples[at - reach];
    const here = samples[at];
    const after = samples[at + reach];
    if (before === MISSING || here === MISSING || after === MISSING) return 0;
    return Math.abs(before - 2 * here + after);
  };
}

/** The usual bend of a lead so many samples before spikes, `first` to `last`, give or take `near`. */
function profileOf(bend: Bend, spikes: readonly Pulse[], first: number, last: number, near: number): Float64Array {
  const values = new Float64Array(spikes.length);
  return Float64Array.from({ length: last - first + 1 }, (_, i) => {
    for (const [s, { start }] of spikes.entries()) {
      values[s] = 0;
      const at = start - first - i;
      for (let k = at - near; k <= at + near; k++) values[s] = Math.max(values[s], bend(k));
    }
    return takeQuantile(values, values.length, 0.5);
  });
}

/** The lead whose sharpest wave stands out the most. */
function findSharpest(
  leads: readonly SpikeLead[],
  profiles: readonly Float64Array[],
  first: number,
): Sharpest | undefined {
  let found: (Sharpest & { times: number }) | undefined;
  for (const [lead, profile] of profiles.entries()) {
    const bend = Math.max(...profile);
    const times = bend / Math.max(1, takeQuantile(profile.slice(), profile.length, 0.5));
    const { gain } = leads[lead];
    if (times < LEAST_BENDS || bend < LEAST_BEND_MV * Math.abs(gain ?? 0)) continue;
    if (!found || times > found.times) found = { lead, delay: first + profile.indexOf(bend), bend, times };
  }
  return found;
}

/** Where spikes would have come that did not: at the usual interval before and after those that no other is near to. */
function placesOfMissing(spikes: readonly Pulse[]): number[] {
  const intervals = Float64Array.from(spikes.slice(1), ({ start }, i) => start - spikes[i].start);
  const usual = takeQuantile(intervals.slice(), intervals.length, 0.5);
  return spikes.flatMap(({ start }, i) => [
    ...(i === 0 || intervals[i - 1] > LONG_INTERVAL * usual ? [start - usual] : []),
    ...(i === intervals.length || intervals[i] > LONG_INTERVAL * usual ? [start + usual] : []),
  ]);
}

/** For how many samples before and after its sharpest place a spike bends any of the leads. */
function extentOf(
  profiles: readonly Float64Array[],
  { delay, bend }: Sharpest,
  first: number,
  { rest, most }: { rest: number; most: number },
): { before: number; after: number } {
  const isBent = (place: number) => profiles.some((profile) => profile[place] >= EXTENT_SHARE * bend);
  const follow = (step: 1 | -1) => {
    let last = 0;
    for (let k = 1; k <= most && k - last <= rest; k++) if (isBent(delay - first + step * k)) last = k;
    return last;
  };
  // A place that is farther from the ventricles' spike is earlier.
  return { before: follow(1), after: follow(-1) };
}
