import type { Waves } from "../waves/delineation.ts";
import { AVERAGE_RATE_HZ, AVERAGE_START_SECONDS, type AverageBeat, type AverageLead } from "./averages.ts";

/** How high the average normal beat is in a lead, in mV above the level just before its QRS complex. */
export type BeatAmplitudes = {
  /** The number of beats of which it is the average. */
  beats: number;
  /** The depth of the Q wave, as a number below 0; of the whole complex where nothing of it is above the level. 0 when there is none. */
  q: number;
  /** The height of the R wave, or of R' where that is higher; 0 when there is none. */
  r: number;
  /** The depth of the S wave, as a number below 0; 0 when there is none. */
  s: number;
  /** The height of the T wave where it is farthest from the level, below 0 when it is inverted; null when there is none. */
  t: number | null;
  st: StLevels;
};

/** The ST segment: its level at the J point and 40, 60 and 80 ms after it, in mV, and how it rises in these 80 ms, in mV/s. */
type StLevels = { j: number; j40: number; j60: number; j80: number; slope: number };

/** The level is the mean of so long a part of the PR segment, up to the onset of the QRS complex. */
const LEVEL_SECONDS = 0.02;
/** A wave of the QRS complex is at least this high, by IEC 60601-2-51:2003, GG.5, and ... */
const LEAST_WAVE_MV = 0.03;
/** ... for at least this long. */
const LEAST_WAVE_SECONDS = 0.006;
/** The slope of the ST segment is of this time after the J point. */
const SLOPE_SECONDS = 0.08;

/**
 * Measures the amplitudes of an average beat in a lead. All are above the level of the PR segment just before the earliest
 * onset of the QRS complex in any lead, and the J point is the latest end of that complex in any lead, as the CSE working party
 * has them ("Recommendations for measurement standards in quantitative electrocardiography", Eur Heart J 6:815-825, 1985)
 * and IEC 60601-2-25 after it. The ST segment is measured at the J point and after it, by the AHA, ACCF and HRS
 * ("Recommendations for the standardization and interpretation of the electrocardiogram", part VI, Circulation
 * 119:e262-e270, 2009).
 *
 * Average beats have 250 Hz: an R wave that is narrower than most is some per cent lower than in the lead's own samples.
 *
 * @param waves of the average beat in all leads together
 * @param gain ADC units per mV; null when it is not known
 * @returns null without a gain, without a QRS complex, and where the gain leads out of all numbers
 */
export function measureAmplitudes(
  lead: AverageLead,
  { qrsOnset, qrsEnd }: Waves,
  gain: number | null,
): BeatAmplitudes | null {
  if (!gain || qrsOnset === null || qrsEnd === null || lead.waves.qrsOnset === null) return null;
  const onset = placeOf(qrsOnset);
  const level = meanOf(lead.values, onset - LEVEL_SECONDS * AVERAGE_RATE_HZ, onset);
  const millivolts = new Float64Array(lead.values);
  for (let k = 0; k < millivolts.length; k++) millivolts[k] = (millivolts[k] - level) / gain;
  const at = (seconds: number) => interpolate(millivolts, placeOf(qrsEnd + seconds));
  const found = {
    beats: lead.count,
    ...measureQrs(millivolts, lead.waves),
    t: measureT(millivolts, lead.waves),
    st: { j: at(0), j40: at(0.04), j60: at(0.06), j80: at(0.08), slope: slopeOf(at) },
  };
  return [found.q, found.r, found.s, found.t ?? 0, ...Object.values(found.st)].every(Number.isFinite) ? found : null;
}

/** The average of the normal beats: the kind of them that has the most. */
export function findNormalBeat(kinds: readonly AverageBeat[]): AverageBeat | undefined {
  return kinds.find(({ type }) => type === "N");
}

/** The place of a time, in seconds from the R peak, among the values of an average beat. */
function placeOf(seconds: number): number {
  return (seconds - AVERAGE_START_SECONDS) * AVERAGE_RATE_HZ;
}

function interpolate(values: Float64Array, place: number): number {
  const left = Math.min(values.length - 2, Math.max(0, Math.floor(place)));
  return values[left] + (place - left) * (values[left + 1] - values[left]);
}

function meanOf(values: Float32Array, from: number, to: number): number {
  let sum = 0;
  let count = 0;
  for (let k = Math.max(0, Math.ceil(from)); k <= to; k++, count++) sum += values[k];
  return sum / count;
}

/** The depth of Q, the height of R and the depth of S. */
function measureQrs(millivolts: Float64Array, { qrsOnset, qrsEnd }: Waves): { q: number; r: number; s: number } {
  const depths = { q: 0, r: 0, s: 0 };
  if (qrsOnset === null || qrsEnd === null) return depths;
  let hasR = false;
  for (const height of listWaves(millivolts, Math.ceil(placeOf(qrsOnset)), Math.floor(placeOf(qrsEnd)))) {
    if (height > 0) {
      hasR = true;
      depths.r = Math.max(depths.r, height);
    } else if (hasR) depths.s = Math.min(depths.s, height);
    else depths.q = Math.min(depths.q, height);
  }
  return depths;
}

/**
 * The heights of the waves one after the other: parts on one side of the level that are high enough for long enough, and turn:
 * what is highest at the end of the complex is the ST segment.
 */
function listWaves(millivolts: Float64Array, from: number, to: number): number[] {
  const heights: number[] = [];
  for (let first = from, k = from; k <= to; k++) {
    const sign = Math.sign(millivolts[k]);
    if (k < to && Math.sign(millivolts[k + 1]) === sign) continue;
    let top = first;
    let high = 0;
    for (let i = first; i <= k; i++) {
      if (Math.abs(millivolts[i]) > Math.abs(millivolts[top])) top = i;
      if (Math.abs(millivolts[i]) >= LEAST_WAVE_MV) high++;
    }
    if (high >= LEAST_WAVE_SECONDS * AVERAGE_RATE_HZ && top > from && top < to) heights.push(millivolts[top]);
    first = k + 1;
  }
  return heights;
}

function measureT(millivolts: Float64Array, { tOnset, tEnd }: Waves): number | null {
  if (tOnset === null || tEnd === null) return null;
  let farthest = 0;
  for (let k = Math.ceil(placeOf(tOnset)); k <= Math.min(placeOf(tEnd), millivolts.length - 1); k++) {
    if (Math.abs(millivolts[k]) > Math.abs(farthest)) farthest = millivolts[k];
  }
  return farthest;
}

/** The slope of the straight line that is nearest to the ST segment, by least squares, in mV/s. */
function slopeOf(at: (seconds: number) => number): number {
  const steps = Math.round(SLOPE_SECONDS * AVERAGE_RATE_HZ);
  let tt = 0;
  let tv = 0;
  for (let i = 0; i <= steps; i++) {
    const time = (i - steps / 2) / AVERAGE_RATE_HZ;
    tt += time * time;
    tv += time * at(i / AVERAGE_RATE_HZ);
  }
  return tv / tt;
}
