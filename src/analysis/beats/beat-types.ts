import { takeQuantile } from "../numbers/quantile.ts";
import { type BeatKinds, groupBeats } from "./beat-kinds.ts";
import type { Beats } from "./beats.ts";

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
const LEAST_SHARPNESS_OF_NORMAL = -0.35;
/** Others are abnormal when they are less alike to any normal kind than this, or less sharp. */
const ABNORMAL = 0.9;

/** Intervals before and after that say what is usual; at least so many. */
const USUAL_INTERVALS = 15;
const LEAST_INTERVALS = 3;
const ENOUGH_INTERVALS = 5;
const LONGEST_RR_SECONDS = 2.5;

/** Shares of the usual interval: a beat that is earlier, or followed later, says no more. */
const MOST_EARLINESS = 0.25;
const MOST_LATENESS = 0.6;
/** Logarithms: longer runs say no more; a normal beat counts as one in a run of that length. */
const LONGEST_RUN = 2;
const RUN_OF_NORMAL = 4;
/** More unlike says no more. */
const MOST_UNLIKENESS = 0.5;
/** A kind is small, as those of noise are, with fewer beats than this, and than this share of them. */
const SMALL_KIND = 20;
const SMALL_SHARE = 0.2;

/**
 * A logistic model of a kind of ventricular beats: what each evidence counts, the natural logarithm of odds. Fitted with
 * a ridge to the beats of 22 MIT-BIH records, each by its first lead, its second and both; weights that are fitted
 * without the record that is scored find 0.5 % fewer of its ventricular beats.
 */
const VENTRICULAR = {
  bias: -2.15,
  earliness: 9,
  lateness: 7,
  unlikeness: 3.2,
  runLength: -1,
  sharpness: -1.65,
  small: -0.4,
  discordance: 3.25,
  /** Of an abnormal beat between two that are ventricular: runs may be of several kinds. */
  company: 3,
};

/** A premature beat's interval is shorter by this share: than the usual, and than the one before it. */
const PREMATURE_SHARE = 0.12;
/** And by so many times what successive intervals differ by: in atrial fibrillation none is premature. */
const PREMATURE_DIFFERENCES = 5;
/** So many intervals from one normal beat to the next say what is usual just now, and so many what they differ by. */
const RECENT_INTERVALS = 7;
const COMPARED_INTERVALS = 20;
/** What goes on for longer is a rhythm of its own. */
const LONGEST_PREMATURE_SECONDS = 120;

/**
 * What each beat is, by its shape and its time. Beats are grouped into kinds by their shape; the dominant kind has many
 * beats that are sharp and come in time. What is known of a kind says whether it is ventricular: whether its beats are
 * early and followed late, alone or in short runs, unlike the normal ones and wide, with a discordant ST segment; kinds
 * that are alike share this. Of the other beats those are supraventricular that come early where the rhythm is regular,
 * and those that go on as fast.
 */
export function typeBeats(beats: Beats): BeatType[] {
  const grouped = groupBeats(beats);
  const { kindOf } = grouped;
  const before = Float64Array.from(beats.times, (time, i) =>
    i > 0 && !beats.afterGap[i] ? time - beats.times[i - 1] : Number.NaN,
  );
  const isAlike = (i: number, j: number) =>
    kindOf[i] >= 0 && kindOf[j] >= 0 && grouped.likeness[kindOf[i]][kindOf[j]] > SAME_RUN;
  const sharing = newSharing(grouped);
  const normal = findNormalKinds(grouped, ectopyOfKinds(before, isAlike, sharing), sharing.beats);
  const isAbnormal = Uint8Array.from(kindOf, (kind) => (kind < 0 || normal.isAbnormal[kind] ? 1 : 0));
  const scores = scoreKinds(gatherEvidence(grouped, normal, before, isAbnormal, sharing));

  const scoreAt = (i: number) => scores[kindOf[i]] ?? Number.NEGATIVE_INFINITY;
  const types = Array.from(kindOf, (kind, i): BeatType => {
    if (kind < 0) return "Q";
    const isInCompany = isAbnormal[i] && scoreAt(i - 1) > 0 && scoreAt(i + 1) > 0;
    return scoreAt(i) + (isInCompany ? VENTRICULAR.company : 0) > 0 ? "V" : "N";
  });
  markPremature(types, before, isAbnormal);
  return types;
}

/** What the model is given: a number a kind in each. */
type Evidence = {
  /** How much earlier its beats come than is usual, and how much later the beat after their run, as shares. */
  earliness: number[];
  lateness: number[];
  /** How unlike all normal kinds it is. */
  unlikeness: number[];
  /** How long the runs of abnormal beats are in which its beats are, a logarithm. */
  runLength: number[];
  /** How much sharper than the dominant kind it is, a logarithm: the less, the wider. */
  sharpness: number[];
  /** How small a kind it is, a logarithm. */
  small: number[];
  /** See `BeatKinds`. */
  discordance: number[];
};

function scoreKinds(evidence: Evidence): number[] {
  return evidence.sharpness.map(
    (sharpness, kind) =>
      VENTRICULAR.bias +
      VENTRICULAR.earliness * evidence.earliness[kind] +
      VENTRICULAR.lateness * evidence.lateness[kind] +
      VENTRICULAR.unlikeness * evidence.unlikeness[kind] +
      VENTRICULAR.runLength * evidence.runLength[kind] +
      VENTRICULAR.sharpness * sharpness +
      VENTRICULAR.small * evidence.small[kind] +
      VENTRICULAR.discordance * evidence.discordance[kind],
  );
}

function gatherEvidence(
  { kinds, kindOf, discordance }: BeatKinds,
  { dominant, likeness }: NormalKinds,
  before: Float64Array,
  isAbnormal: Uint8Array,
  sharing: Sharing,
): Evidence {
  const usualAt = newUsual(before, isAbnormal);
  const runs = findRuns(before, (i, j) => isAbnormal[i] === isAbnormal[j]);
  /** How much longer the interval before a beat is than the usual about another, as a share of it. */
  const excessOf = (beat: number, about: number) => (before[beat] > 0 ? before[beat] / usualAt(about) - 1 : 0);
  const ofAbnormal = (measure: (beat: number) => number, normal = 0) =>
    sharing.meanOf((i) => (isAbnormal[i] ? measure(i) : normal));
  return {
    earliness: ofAbnormal((i) => limit(-excessOf(i, i), -MOST_EARLINESS, MOST_EARLINESS)),
    lateness: ofAbnormal((i) => limit(excessOf(runs.last[i] + 1, runs.last[i]), 0, MOST_LATENESS)),
    unlikeness: likeness.map((x) => limit(1 - x, 0, MOST_UNLIKENESS)),
    runLength: ofAbnormal((i) => Math.min(LONGEST_RUN, Math.log(runs.lengthAt(i))), RUN_OF_NORMAL),
    sharpness: kinds.map(({ sharpness }) => sharpness - kinds[dominant].sharpness),
    small: sharing.beats.map((count) =>
      Math.max(0, Math.log(Math.min(SMALL_KIND, SMALL_SHARE * kindOf.length) / count)),
    ),
    discordance: sharing.meanOf((i) => discordance[i]),
  };
}

type Sharing = {
  /** Of a kind and, by their shares, of those that are alike. */
  beats: number[];
  meanOf: (measure: (beat: number) => number, weigh?: (beat: number) => number) => number[];
};

/** What is known of a kind by its beats and, the less the less they are alike to it, by those of other kinds. */
function newSharing({ kinds, kindOf, likeness }: BeatKinds): Sharing {
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

/** How much longer the interval after a run of a kind is than the one before it: a logarithm, a mean of its runs. */
function ectopyOfKinds(
  before: Float64Array,
  isAlike: (beat: number, next: number) => boolean,
  sharing: Sharing,
): number[] {
  const runs = findRuns(before, isAlike);
  return sharing.meanOf(
    (i) => {
      const earlier = before[runs.first[i]];
      const later = before[runs.last[i] + 1];
      const isKnown = earlier > 0 && later > 0 && Math.max(earlier, later) < LONGEST_RR_SECONDS;
      return isKnown ? limit(Math.log(later / earlier), -1, 1) : 0;
    },
    (i) => 1 / runs.lengthAt(i),
  );
}

type NormalKinds = {
  dominant: number;
  /** One a kind: how much it is alike to the normal kind that it is most alike. */
  likeness: number[];
  isAbnormal: boolean[];
};

function findNormalKinds(
  { kinds, kindOf, likeness }: BeatKinds,
  ectopy: readonly number[],
  beats: readonly number[],
): NormalKinds {
  const scores = kinds.map(
    ({ sharpness }, k) => Math.log(beats[k]) - COST_OF_ECTOPY * Math.max(0, ectopy[k]) + sharpness,
  );
  const dominant = scores.indexOf(Math.max(...scores));
  const isSharp = kinds.map(({ sharpness }) => sharpness > kinds[dominant].sharpness + LEAST_SHARPNESS_OF_NORMAL);
  const isNormal = kinds.map(
    (_, k) =>
      likeness[dominant][k] > LIKE_DOMINANT ||
      (isSharp[k] && beats[k] > NORMAL_SHARE * kindOf.length && ectopy[k] < MOST_ECTOPY_OF_NORMAL),
  );
  const normalLikeness = likeness.map((row) =>
    row.reduce((most, x, k) => (isNormal[k] ? Math.max(most, x) : most), -1),
  );
  return {
    dominant,
    likeness: normalLikeness,
    isAbnormal: kinds.map((_, k) => !isNormal[k] && !(isSharp[k] && normalLikeness[k] >= ABNORMAL)),
  };
}

const NEAR = new Float64Array(4 * USUAL_INTERVALS + 2);

/**
 * About a beat: the median of the intervals from one normal beat to the next, the one before it left out; where there
 * are few, together with halves of those that have one other beat between them; or of all intervals.
 */
function newUsual(before: Float64Array, isAbnormal: Uint8Array): (beat: number) => number {
  const isBetween = (rr: number, most: number) => rr > 0 && rr < most;
  return (i) => {
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
  };
}

/**
 * Marks normal beats as supraventricular: those that come early of a sudden, and those that go on as fast. Where a run of
 * them slows down little by little, rather than at once, it was the rhythm that was faster; so it is where it does not
 * end. The beat after a ventricular one is not judged: it may follow early where that one is interpolated.
 */
function markPremature(types: BeatType[], before: Float64Array, isAbnormal: Uint8Array): void {
  const isShorter = (rr: number, other: number) => rr < (1 - PREMATURE_SHARE) * other;
  const isRegular = (i: number) =>
    types[i] === "N" && types[i - 1] === "N" && !isAbnormal[i] && before[i] < LONGEST_RR_SECONDS;
  /** Intervals of normal beats as they come; the first of the recording stand in for what was before it. */
  const recent: number[] = [];
  for (let i = 1; i < types.length && recent.length < COMPARED_INTERVALS; i++) {
    if (isRegular(i)) recent.push(before[i]);
  }
  let usual = 0;
  const isPremature = (rr: number, last: number) => {
    if (rr >= (1 - PREMATURE_SHARE) * last) return false;
    usual = medianOf(recent.slice(-RECENT_INTERVALS));
    const difference = differenceOf(recent.slice(-COMPARED_INTERVALS));
    return rr < (1 - Math.max(PREMATURE_SHARE, PREMATURE_DIFFERENCES * difference)) * usual;
  };

  let first = -1;
  let seconds = 0;
  for (let i = 1; i < types.length; i++) {
    if (first >= 0) {
      const isSlower = isShorter(before[i - 1], before[i]);
      seconds += before[i];
      if (types[i] === "N" && isShorter(before[i], usual) && !isSlower && seconds < LONGEST_PREMATURE_SECONDS) {
        types[i] = "S";
        continue;
      }
      if (types[i] === "N" && before[i] > 0 && !isSlower && i - first > 2) types.fill("N", first, i);
      if (seconds >= LONGEST_PREMATURE_SECONDS) recent.length = 0;
      first = -1;
    } else if (isRegular(i)) {
      if (isPremature(before[i], before[i - 1])) {
        types[i] = "S";
        first = i;
        seconds = 0;
      } else recent.push(before[i]);
    }
  }
}

function medianOf(values: number[]): number {
  return takeQuantile(Float64Array.from(values), values.length, 0.5);
}

/** What successive intervals differ by, as a share: a median. */
function differenceOf(intervals: number[]): number {
  return medianOf(intervals.slice(1).map((rr, i) => Math.abs(rr / intervals[i] - 1)));
}

function limit(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
