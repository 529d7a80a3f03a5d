/** Spikes of several leads within this time, in seconds, are one. */
const SAME_SPIKE_SECONDS = 0.006;
/** A spike has a beat of its own within this time after it, in seconds: that of an atrium comes the PR interval before it. */
const BEFORE_BEAT_SECONDS = 0.4;
/** An R peak may be this long before its spike, in seconds, where it is the spike's own end. */
const AFTER_BEAT_SECONDS = 0.02;
/** Spikes before so many beats are a pacemaker's, as a burst of noise before one is none, ... */
const LEAST_BEATS = 3;
/** ... when at least this share of them has a beat of its own, ... */
const LEAST_OWN_SHARE = 0.5;
/** ... and the last spikes before beats come at least in this share of them after the same time before the beat, ... */
const SAME_DELAY_SHARE = 0.6;
/** ... give or take this, in seconds. */
const SAME_DELAY_SECONDS = 0.03;
/** A spike in a ventricle is no longer than this before the R peak of its beat, in seconds: after one in an atrium come its P wave and PR. */
const IN_VENTRICLE_SECONDS = 0.12;

/** Spikes as they are kept: to a tenth of a millisecond. */
const DIGITS = 1e4;

/**
 * Tells a pacemaker's spikes from other impulses: they come before beats, as long before each.
 *
 * @param impulses the times of impulses in any lead, in seconds, in any order
 * @param beats the times of R peaks, in seconds, ascending
 * @returns the times of the spikes, in seconds, ascending; none when no pacemaker is seen
 */
export function findPacing(impulses: readonly number[], beats: Float64Array): number[] {
  const spikes: number[] = [];
  for (const time of impulses.toSorted((a, b) => a - b)) {
    const last = spikes.at(-1);
    if (last === undefined || time - last > SAME_SPIKE_SECONDS) spikes.push(time);
  }
  /** How long before its beat the last spike before each comes. */
  const delays = new Map<number, number>();
  let own = 0;
  let beat = 0;
  for (const spike of spikes) {
    while (beat < beats.length && beats[beat] < spike - AFTER_BEAT_SECONDS) beat++;
    const delay = beats[beat] - spike;
    if (!(delay < BEFORE_BEAT_SECONDS)) continue;
    own++;
    delays.set(beat, delay);
  }
  const sorted = [...delays.values()].sort((a, b) => a - b);
  const usual = sorted[sorted.length >> 1];
  const same = sorted.filter((delay) => Math.abs(delay - usual) < SAME_DELAY_SECONDS).length;
  const isPaced =
    delays.size >= LEAST_BEATS && own >= LEAST_OWN_SHARE * spikes.length && same >= SAME_DELAY_SHARE * sorted.length;
  return isPaced ? spikes.map((time) => Math.round(time * DIGITS) / DIGITS) : [];
}

/**
 * Marks the beats of a pacemaker in the ventricles: those right after a spike.
 *
 * @param spikes as `findPacing` has them
 * @param beats the times of R peaks, in seconds, ascending
 * @returns 1 for each of these beats
 */
export function markPaced(spikes: readonly number[], beats: Float64Array): Uint8Array {
  const isPaced = new Uint8Array(beats.length);
  let beat = 0;
  for (const spike of spikes) {
    while (beat < beats.length && beats[beat] < spike - AFTER_BEAT_SECONDS) beat++;
    if (beat < beats.length && beats[beat] - spike < IN_VENTRICLE_SECONDS) isPaced[beat] = 1;
  }
  return isPaced;
}
