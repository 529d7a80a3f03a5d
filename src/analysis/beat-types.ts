import { type BeatKinds, groupBeats } from "./beat-kinds.ts";
import type { Beats } from "./beats.ts";
import { takeQuantile } from "./quantile.ts";

/** A normal beat, a supraventricular or a ventricular ectopic one, or one that is too unlike an ECG to say. */
export type BeatType = "N" | "S" | "V" | "Q";

/** Kinds share what is known of them the more, the more alike they are above this. */
const LEAST_SHARED = 0.9;
/** Beats one after the other that are so much alike are a run of one kind. */
const SAME_RUN = 0.92;

/** What a kind's beats coming early and being followed late costs it, in being the dominant one. */
const COST_OF_ECTOPY = 2.5;
/** Kinds as much alike to the dominant one are normal as well. */
const LIKE_DOMINANT = 0.95;
/** So are those with a share of the beats, that come in time and are nearly as sharp as the dominant one. */
const NORMAL_SHARE = 0.05;
const MOST_ECTOPY_OF_NORMAL = 0.1;
const LEAST_SHARPNESS_OF_NORMAL = -0.3;
/** A beat is abnormal when it is less alike to any normal kind. */
const ABNORMAL = 0.9;

/** Intervals before and after that say what is usual; at least so many. */
const USUAL_INTERVALS = 15;
const LEAST_INTERVALS = 3;
const ENOUGH_INTERVALS = 5;
const LONGEST_RR_SECONDS = 2.5;

/**
 * A normal beat is premature, and supraventricular, when the interval before it is shorter than the usual by this share
 * of it, and by so many times what intervals differ from the usual by: in atrial fibrillation none is.
 */
const PREMATURE_SHARE = 0.12;
const PREMATURE_DEVIATIONS = 4;
/** A run of abnormal beats that begins so early speaks for its being ventricular. */
const EARLY_RUN_SHARE = 0.88;
/** Logarithms: longer runs say no more; a normal beat counts as one in a run of that length. */
const LONGEST_RUN = 2;
const RUN_OF_NORMAL = 4;
/** A kind is small, as those of noise are, with fewer beats than this, and than this share of them. */
const SMALL_KIND = 20;
const SMALL_SHARE = 0.2;
const LONGEST_PAUSE = 0.6;

/**
 * A logistic model of a ventricular beat: what each evidence counts, the natural logarithm of odds. Fitted with a ridge
 * to 22 MIT-BIH records, each by its first lead, its second and both; weights that are fitted without the record that is
 * scored find 0.4 to 1.8 % fewer of its ventricular beats.
 */
const VENTRICULAR = {
  bias: -0.6,
  ectopy: 2.4,
  larger: 1.7,
  runLength: -1.4,
  sharpness: -1.7,
  small: -0.75,
  earlyRuns: 0.7,
  discordance: 1.95,
  pauseAfter: 3.3,
  /** Of an abnormal beat between two that are ventricular: runs may be of several kinds. */
  company: 3,
};

/**
 * What each beat is, by its shape and its time. Beats are grouped into kinds by their shape; the dominant kind has many
 * beats that are sharp and come in time. Most is known of a beat by its kind: whether its beats are early and followed
 * late, alone or in short runs, larger than the dominant ones, wide, and whether such runs begin early; kinds that are
 * alike share this. Of the beat itself count the pause after it and its ST segment. Of the beats that are not
 * ventricular an early one is supraventricular, where the rhythm about it is regular.
 */
export function typeBeats(beats: Beats): BeatType[] {
  const evidence = gatherEvidence(beats);
  const { kindOf, isAbnormal, share, deviation } = evidence;
  const scores = Float64Array.from(kindOf, (kind, i) => (kind < 0 ? Number.NEGATIVE_INFINITY : scoreOf(evidence, i)));
  return Array.from(kindOf, (kind, i): BeatType => {
    if (kind < 0) return "Q";
    const isInCompany = isAbnormal[i] && scores[i - 1] > 0 && scores[i + 1] > 0;
    if (scores[i] + (isInCompany ? VENTRICULAR.company : 0) > 0) return "V";
    const isPremature = 1 - share[i] > Math.max(PREMATURE_SHARE, PREMATURE_DEVIATIONS * deviation[i]);
    return isPremature && !isAbnormal[i] ? "S" : "N";
  });
}

function scoreOf(evidence: Evidence, i: number): number {
  const kind = evidence.kindOf[i];
  return (
    VENTRICULAR.bias +
    VENTRICULAR.ectopy * evidence.ectopy[kind] +
    VENTRICULAR.larger * evidence.larger[kind] +
    VENTRICULAR.runLength * evidence.runLength[kind] +
    VENTRICULAR.sharpness * evidence.sharpness[kind] +
    VENTRICULAR.small * evidence.small[kind] +
    VENTRICULAR.earlyRuns * evidence.earlyRuns[kind] +
    VENTRICULAR.discordance * evidence.discordance[i] +
    VENTRICULAR.pauseAfter * limit(evidence.shareAfter[i] - 1, 0, LONGEST_PAUSE)
  );
}

/** What the model is given, and what else is known of the rhythm. */
type Evidence = {
  kindOf: Int32Array;
  /** One a kind: how much longer the interval after a run of it is than the one before, a logarithm. */
  ectopy: number[];
  /** How much larger than the dominant kind it is, a logarithm; 0 for a smaller one. */
  larger: number[];
  /** How long the runs of abnormal beats are in which its beats are, a logarithm. */
  runLength: number[];
  sharpness: number[];
  /** How small a kind it is, a logarithm. */
  small: number[];
  /** The share of its beats that are in a run of abnormal beats that begins early. */
  earlyRuns: number[];
  /** One a beat: see `BeatKinds`. */
  discordance: Float32Array;
  /** One a beat: the interval before it and after it, as shares of the usual; 1 where there is none. */
  share: Float64Array;
  shareAfter: Float64Array;
  /** One a beat: what the intervals between normal beats about it differ from the usual by, as a share: a median. */
  deviation: Float64Array;
  /** One a beat: whether it is unlike all normal kinds. */
  isAbnormal: Uint8Array;
};

function gatherEvidence(beats: Beats): Evidence {
  const grouped = groupBeats(beats);
  const { kinds, kindOf, likeness, discordance } = grouped;
  const before = Float64Array.from(beats.times, (time, i) =>
    i > 0 && !beats.afterGap[i] ? time - beats.times[i - 1] : Number.NaN,
  );
  const sharing = newSharing(grouped);

  const isAlike = (i: number, j: number) =>
    kindOf[i] >= 0 && kindOf[j] >= 0 && likeness[kindOf[i]][kindOf[j]] > SAME_RUN;
  const runs = findRuns(before, isAlike);
  const ectopy = sharing.meanOf(
    (i) => ectopyOf(before[runs.first[i]], before[runs.last[i] + 1]),
    (i) => 1 / runs.lengthAt(i),
  );

  const { dominant, isNormal } = findNormalKinds(grouped, ectopy, sharing.beats);
  const normalLikeness = likeness.map((row) =>
    row.reduce((most, x, k) => (isNormal[k] ? Math.max(most, x) : most), -1),
  );
  const isAbnormal = Uint8Array.from(kindOf, (kind) => (kind < 0 || normalLikeness[kind] < ABNORMAL ? 1 : 0));
  const usual = findUsual(before, isAbnormal);
  const shares = Float64Array.from(before, (rr, i) => (Number.isNaN(rr) ? 1 : rr / usual[i]));
  const shareAfter = Float64Array.from(before, (_, i) => {
    const after = before[i + 1];
    return after > 0 ? after / usual[i] : 1;
  });
  const abnormal = findRuns(before, (i, j) => isAbnormal[i] === isAbnormal[j]);

  return {
    kindOf,
    ectopy,
    larger: kinds.map(({ size }) => Math.max(0, size - kinds[dominant].size)),
    runLength: sharing.meanOf((i) =>
      isAbnormal[i] ? Math.min(LONGEST_RUN, Math.log(abnormal.lengthAt(i))) : RUN_OF_NORMAL,
    ),
    sharpness: kinds.map(({ sharpness }) => sharpness),
    small: sharing.beats.map((count) =>
      Math.max(0, Math.log(Math.min(SMALL_KIND, SMALL_SHARE * kindOf.length) / count)),
    ),
    earlyRuns: sharing.meanOf((i) => (isAbnormal[i] && shares[abnormal.first[i]] < EARLY_RUN_SHARE ? 1 : 0)),
    discordance,
    share: shares,
    shareAfter,
    deviation: findDeviation(shares, isAbnormal),
    isAbnormal,
  };
}

/** What is known of a kind by its beats and, the less the less they are alike to it, by those of other kinds. */
function newSharing({ kinds, kindOf, likeness }: BeatKinds) {
  const weights = likeness.map((row) => row.map((x) => limit((x - LEAST_SHARED) / (1 - LEAST_SHARED), 0, 1) ** 2));
  const beats = weights.map((row) => row.reduce((sum, weight, k) => sum + weight * kinds[k].beats, 0));

  function meanOf(measure: (beat: number) => number, weigh = (_beat: number) => 1): number[] {
    const sums = new Float64Array(kinds.length);
    const totals = new Float64Array(kinds.length);
    for (let i = 0; i < kindOf.length; i++) {
      if (kindOf[i] < 0) continue;
      const weight = weigh(i);
      sums[kindOf[i]] += weight * measure(i);
      totals[kindOf[i]] += weight;
    }
    return weights.map((row, k) => {
      const sum = row.reduce((sum, weight, j) => sum + weight * kinds[j].beats * (sums[j] / totals[j]), 0);
      return sum / beats[k];
    });
  }

  /** `beats`: of a kind and, by their shares, of those that are alike. */
  return { beats, meanOf };
}

/** Runs of beats of which each goes on with the one before: the first and the last of the run that a beat is in. */
function findRuns(before: Float64Array, goesOn: (beat: number, next: number) => boolean) {
  const first = new Int32Array(before.length);
  const last = new Int32Array(before.length);
  for (let from = 0, i = 0; i < before.length; i++) {
    if (i + 1 < before.length && !Number.isNaN(before[i + 1]) && goesOn(i, i + 1)) continue;
    first.fill(from, from, i + 1);
    last.fill(i, from, i + 1);
    from = i + 1;
  }
  return { first, last, lengthAt: (beat: number) => last[beat] - first[beat] + 1 };
}

/** How much longer the interval after is than the one before, as a logarithm; 0 where one is missing or is a pause. */
function ectopyOf(before: number, after: number): number {
  return before > 0 && after > 0 && Math.max(before, after) < LONGEST_RR_SECONDS
    ? limit(Math.log(after / before), -1, 1)
    : 0;
}

function findNormalKinds({ kinds, kindOf, likeness }: BeatKinds, ectopy: readonly number[], beats: readonly number[]) {
  const scores = kinds.map(
    ({ sharpness }, k) => Math.log(beats[k]) - COST_OF_ECTOPY * Math.max(0, ectopy[k]) + sharpness,
  );
  const dominant = scores.indexOf(Math.max(...scores));
  const isNormal = kinds.map(
    ({ sharpness }, k) =>
      likeness[dominant][k] > LIKE_DOMINANT ||
      (beats[k] > NORMAL_SHARE * kindOf.length &&
        ectopy[k] < MOST_ECTOPY_OF_NORMAL &&
        sharpness > kinds[dominant].sharpness + LEAST_SHARPNESS_OF_NORMAL),
  );
  return { dominant, isNormal };
}

const NEAR = new Float64Array(4 * USUAL_INTERVALS + 2);

/**
 * About each beat: the median of the intervals from one normal beat to the next, the one before it left out; where there
 * are few, together with halves of those that have one other beat between them; or of all intervals.
 */
function findUsual(before: Float64Array, isAbnormal: Uint8Array): Float64Array {
  const isBetween = (rr: number, most: number) => rr > 0 && rr < most;
  return before.map((_, i) => {
    const from = Math.max(2, i - USUAL_INTERVALS);
    const to = Math.min(before.length, i + USUAL_INTERVALS + 1);
    let count = 0;
    for (let j = from; j < to; j++) {
      if (j === i || isAbnormal[j] || isAbnormal[j - 1] || !isBetween(before[j], LONGEST_RR_SECONDS)) continue;
      NEAR[count++] = before[j];
    }
    for (let j = from; j < to && count < ENOUGH_INTERVALS; j++) {
      const both = before[j] + before[j - 1];
      if (isAbnormal[j] || !isAbnormal[j - 1] || isAbnormal[j - 2] || !isBetween(both, 2 * LONGEST_RR_SECONDS))
        continue;
      NEAR[count++] = both / 2;
    }
    if (count < LEAST_INTERVALS) {
      count = 0;
      for (let j = from - 1; j < to; j++) if (isBetween(before[j], LONGEST_RR_SECONDS)) NEAR[count++] = before[j];
    }
    return takeQuantile(NEAR, count, 0.5) || 1;
  });
}

function findDeviation(shares: Float64Array, isAbnormal: Uint8Array): Float64Array {
  return shares.map((_, i) => {
    const to = Math.min(shares.length, i + USUAL_INTERVALS + 1);
    let count = 0;
    for (let j = Math.max(1, i - USUAL_INTERVALS); j < to; j++) {
      if (!isAbnormal[j] && !isAbnormal[j - 1]) NEAR[count++] = Math.abs(shares[j] - 1);
    }
    return takeQuantile(NEAR, count, 0.5);
  });
}

function limit(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
