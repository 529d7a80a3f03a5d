import { type StandardLead, standardLead } from "../../recording/lead-names.ts";
import { type Lead, MISSING } from "../../recording/recording.ts";
import type { Waves } from "../waves/delineation.ts";
import type { Finding } from "./finding.ts";

/** The axes of the waves in degrees from lead I, clockwise as seen from the front: -180 to below 180, with aVF at 90. */
export type Axes = { p: number | null; qrs: number | null; t: number | null };

/**
 * The direction in which each limb lead looks in Einthoven's triangle, and its voltage there as a share of that of I, II
 * and III: the augmented leads show a vector smaller by the square root of 3/4 (Novosel et al., "Corrected formula for the
 * calculation of the electrical heart axis", Croat Med J 40:77-79, 1999).
 */
const DIRECTIONS: Partial<Record<StandardLead, { degrees: number; factor: number }>> = {
  I: { degrees: 0, factor: 1 },
  II: { degrees: 60, factor: 1 },
  III: { degrees: 120, factor: 1 },
  aVR: { degrees: -150, factor: Math.sqrt(0.75) },
  aVL: { degrees: -30, factor: Math.sqrt(0.75) },
  aVF: { degrees: 90, factor: Math.sqrt(0.75) },
};
/** The baseline goes through the means of so many seconds before a wave and after it: a single sample has noise. */
const LEVEL_SECONDS = 0.008;
/** A mean vector points nowhere when it is a smaller share than this of the areas that the waves enclose. */
const LEAST_SHARE = 0.1;
/** The determinant of the normal equations over the square of their number is above this where two directions differ. */
const LEAST_DETERMINANT = 1e-6;

/**
 * Measures the frontal axes by the net areas of the waves in all limb leads that are there, with least squares: a wave's
 * area, unlike its height, is that of the mean vector (Wilson et al., Am Heart J 10:46, 1934). Beats are added as they
 * come, lead by lead. An axis needs two limb leads, all of them with a gain, or all without: their gains are taken to be
 * equal then.
 */
export function newAxes() {
  const sums = { p: newVector(), qrs: newVector(), t: newVector() };
  return {
    /**
     * Adds the waves of some beats in one lead.
     *
     * @param lead the samples are those of a stretch
     * @param beats the points in all leads together of each beat to count, in seconds from the stretch's beginning
     */
    add({ name, samples, samplingRate, gain }: Lead, beats: readonly Waves[]): void {
      const standard = standardLead(name);
      const direction = standard && DIRECTIONS[standard];
      if (!direction || !samplingRate) return;
      const signal = { samples, samplingRate, gain: gain || 1 };
      for (const beat of beats) {
        addArea(sums.p, direction, measureArea(signal, beat.pOnset, beat.pEnd, beat.pOnset, beat.pEnd));
        addArea(sums.qrs, direction, measureArea(signal, beat.qrsOnset, beat.qrsEnd, beat.qrsOnset, beat.tEnd));
        addArea(sums.t, direction, measureArea(signal, beat.qrsEnd, beat.tEnd, beat.qrsOnset, beat.tEnd));
      }
    },
    result: (): Axes => ({ p: toDegrees(sums.p), qrs: toDegrees(sums.qrs), t: toDegrees(sums.t) }),
  };
}

/**
 * The axes of an ECG, and why one is not known.
 *
 * @param noWaves why no beat has waves; null where one has
 */
export function findAxes(axes: Axes, noWaves: string | null): Finding<Axes | null> {
  const value = axes.qrs === null ? null : axes;
  if (noWaves !== null) return { value, reason: noWaves };
  if (!value) return { value, reason: "two limb leads of known scale, and clear beats in them, are needed" };
  return { value, ...((value.p === null || value.t === null) && { reason: "a wave is not there, or points nowhere" }) };
}

type Signal = { samples: Int32Array; samplingRate: number; gain: number };
type Area = { net: number; total: number };
/** The normal equations of the vector (x, y) whose projections on the leads are the areas of their waves. */
type Vector = { xx: number; xy: number; yy: number; x: number; y: number; total: number; count: number };

function newVector(): Vector {
  return { xx: 0, xy: 0, yy: 0, x: 0, y: 0, total: 0, count: 0 };
}

/**
 * The area, in mV s, between the signal and the baseline, which is a straight line through the mean level before a time and
 * that after another. The area is null where a time is, where the signal does not reach, or where a sample is missing.
 */
function measureArea(
  { samples, samplingRate, gain }: Signal,
  from: number | null,
  to: number | null,
  baseFrom: number | null,
  baseTo: number | null,
): Area | null {
  if (from === null || to === null || baseFrom === null) return null;
  const first = Math.round(from * samplingRate);
  const last = Math.round(to * samplingRate);
  const baseFirst = Math.round(baseFrom * samplingRate);
  const baseLast = Math.round((baseTo ?? baseFrom) * samplingRate);
  const reach = Math.round(LEVEL_SECONDS * samplingRate);
  if (Math.min(first, baseFirst - reach) < 0 || Math.max(last, baseLast + reach) >= samples.length) return null;
  const level = meanOf(samples, baseFirst - reach, baseFirst);
  const slope =
    baseLast > baseFirst ? (meanOf(samples, baseLast, baseLast + reach) - level) / (baseLast - baseFirst + reach) : 0;
  if (Number.isNaN(level) || Number.isNaN(slope)) return null;
  let net = 0;
  let total = 0;
  for (let i = first; i <= last; i++) {
    if (samples[i] === MISSING) return null;
    const height = samples[i] - level - slope * (i - baseFirst + reach / 2);
    net += height;
    total += Math.abs(height);
  }
  const scale = 1 / (gain * samplingRate);
  return { net: net * scale, total: total * Math.abs(scale) };
}

/** Not a number where a sample is missing. */
function meanOf(samples: Int32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i <= to; i++) sum += samples[i] === MISSING ? Number.NaN : samples[i];
  return sum / (to - from + 1);
}

function addArea(vector: Vector, { degrees, factor }: { degrees: number; factor: number }, area: Area | null): void {
  if (!area) return;
  const x = factor * Math.cos((degrees * Math.PI) / 180);
  const y = factor * Math.sin((degrees * Math.PI) / 180);
  vector.xx += x * x;
  vector.xy += x * y;
  vector.yy += y * y;
  vector.x += x * area.net;
  vector.y += y * area.net;
  vector.total += area.total;
  vector.count++;
}

function toDegrees({ xx, xy, yy, x, y, total, count }: Vector): number | null {
  const determinant = xx * yy - xy * xy;
  // Leads of one direction alone leave nothing to tell the other by.
  if (count === 0 || determinant <= LEAST_DETERMINANT * count * count) return null;
  const across = (yy * x - xy * y) / determinant;
  const down = (xx * y - xy * x) / determinant;
  // Not a number where the leads' scales lead out of all numbers.
  if (!(Math.hypot(across, down) > (LEAST_SHARE * total) / count)) return null;
  const degrees = (Math.atan2(down, across) * 180) / Math.PI;
  return degrees >= 180 ? -180 : degrees;
}
