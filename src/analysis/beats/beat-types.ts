import { takeQuantile } from "../numbers/quantile.ts";
import { type BeatKinds, groupBeats } from "./beat-kinds.ts";
import type { Beats } from "./beats.ts";

/** The type of a beat: normal, supraventricular or ventricular ectopic, or unclassified, as it is too unlike an ECG to say. */
export type BeatType = "N" | "S" | "V" | "Q";
/** The type of a beat by its shape, which does not tell supraventricular beats from normal ones. */
export type ShapeType = Exclude<BeatType, "S">;

/** Two kinds share what is known of them the more, the more their likeness is above this. */
const LEAST_SHARED = 0.9;
/** Beats one after the other are a run when the likeness of their kinds is above this. */
const SAME_RUN = 0.92;

/**
 * How much ectopic timing (early, then a pause) counts against a kind when the dominant one is chosen: a logarithm for a logarithm. It says nothing of a
 * kind that is sharper than the largest one: beats that the atria lead to come early, too, in a tachycardia of the ventricles.
 */
const COST_OF_ECTOPY = 2.5;
/** A kind whose likeness to the dominant one is above this is normal as well. */
const LIKE_DOMINANT = 0.95;
/** Another kind is normal, too, with this share of the beats, and with ... */
const NORMAL_SHARE = 0.05;
/** ... less ectopic timing than this, a logarithm, and ... */
const MOST_ECTOPY_OF_NORMAL = 0.1;
/** ... a sharpness no further below that of the dominant kind than this, a logarithm. */
const LEAST_SHARPNESS_OF_NORMAL = -0.35;
/** A kind that is not normal is abnormal when it is less sharp than that, or its likeness to any normal kind is below this. */
const ABNORMAL = 0.9;

/** The intervals of this many beats before and after one say what is usual about it. */
const USUAL_INTERVALS = 15;
/** All intervals say what is usual where there are fewer between normal beats than this. */
const LEAST_INTERVALS = 3;
/** Halves of intervals across one other beat count as well where there are fewer than this. */
const ENOUGH_INTERVALS = 5;
/** So many beats in a row are a run of their own: single ones in turn with others are told by intervals nearby. */
const LEAST_RUN = 3;
/** A longer interval is a pause. */
const LONGEST_RR_SECONDS = 2.5;

/** Earliness beyond this, as a share of the usual interval, says no more. */
const MOST_EARLINESS = 0.25;
/** Lateness beyond this, as a share of the usual interval, says no more. */
const MOST_LATENESS = 0.6;
/** The length of a run beyond this, a logarithm, says no more. */
const LONGEST_RUN = 2;
/** A normal beat counts as one in a run of this length, a logarithm. */
const RUN_OF_NORMAL = 4;
/** Unlikeness beyond this says no more. */
const MOST_UNLIKENESS = 0.5;
/** A kind is small, as kinds of noise are, with fewer beats than this, and ... */
const SMALL_KIND = 20;
/** ... with less than this share of all beats. */
const SMALL_SHARE = 0.2;

/**
 * The weights of a logistic model of ventricular kinds: how much each evidence counts, the natural logarithm of odds. They
 * were fitted with a ridge to the beats of 22 MIT-BIH records, each by its first lead, its second and both; weights that
 * are fitted without the record that is scored find 0.5 to 1.6 % fewer of its ventricular beats. `training` has the script.
 */
export const VENTRICULAR = {
  bias: -2,
  earliness: 9,
  lateness: 7,
  unlikeness: 3.2,
  runLength: -1,
  sharpness: -1.65,
  small: -0.4,
  discordance: 3.25,
  /** The weight for an abnormal beat between two of ventricular kinds: runs may be of several kinds. */
  company: 3,
};
export type VentricularModel = typeof VENTRICULAR;

/**
 * Tells which beats are ventricular by their shape and their time. Beats are grouped into kinds by their shapes; the dominant kind
 * has many beats that are sharp and come in time. A kind is ventricular by the evidence of its beats: early and followed
 * late, alone or in short runs, unlike the normal ones and wide, with a discordant ST segment. Kinds that are alike share
 * their evidence.
 *
 * @param model other weights than those in use, when they are scored
 */
export function typeBeats(beats: Beats, model: VentricularModel = VENTRICULAR): ShapeType[] {
  return typeExamined(examineKinds(beats), model);
}

/** What `examineKinds` finds. */
type Examined = ReturnType<typeof examineKinds>;

/** Tells like `typeBeats` which beats are ventricular, whose kinds are examined. */
export function typeExamined({ kindOf, isAbnormal, evidence }: Examined, model = VENTRICULAR): ShapeType[] {
  const scores = scoreKinds(evidence, model);
  const scoreAt = (i: number) => scores[kindOf[i]] ?? Number.NEGATIVE_INFINITY;
  return Array.from(kindOf, (kind, i): ShapeType => {
    if (kind < 0) return "Q";
    const isInCompany = isAbnormal[i] && scoreAt(i - 1) > 0 && scoreAt(i + 1) > 0;
    return scoreAt(i) + (isInCompany ? model.company : 0) > 0 ? "V" : "N";
  });
}

/**
 * Groups beats into kinds and gathers the evidence on each: what the model weighs, and what it is fitted to.
 *
 * @param isPaced 1 for each beat of a pacemaker in the ventricles: no beat is early or late by the time between it and one of these
 */
export function examineKinds(beats: Beats, isPaced: ArrayLike<number> = []) {
  const grouped = groupBeats(beats);
  const { kindOf } = grouped;
  const before = Float64Array.from(beats.times, (time, i) =>
    i > 0 && !beats.afterGap[i] && !isPaced[i] && !isPaced[i - 1] ? time - beats.times[i - 1] : Number.NaN,
  );
  const isAlike = (i: number, j: number) =>
    kindOf[i] >= 0 && kindOf[j] >= 0 && grouped.likeness[kindOf[i]][kindOf[j]] > SAME_RUN;
  const sharing = newSharing(grouped);
  const alikeRuns = findRuns(before, isAlike);
  const normal = findNormalKinds(grouped, ectopyOfKinds(before, alikeRuns, sharing), sharing.beats);
  const isAbnormal = Uint8Array.from(kindOf, (kind) => (kind < 0 || normal.isAbnormal[kind] ? 1 : 0));
  const evidence = gatherEvidence(grouped, normal, before, { isAbnormal, alikeRuns }, sharing);
  const isWide = isAbnormal.map((abnormal, i) =>
    abnormal && evidence.sharpness[kindOf[i]] < LEAST_SHARPNESS_OF_NORMAL ? 1 : 0,
  );
  return { kindOf, before, isAbnormal, isWide, evidence };
}

/** The evidence that the model of ventricular kinds is given: a number a kind in each list. */
type Evidence = {
  /** How much earlier than usual its beats come, as a share of the usual interval. */
  earliness: number[];
  /** How much later than usual the beat after their run comes, as a share of the usual interval. */
  lateness: number[];
  /** 1 less its likeness to the normal kind that it is most alike. */
  unlikeness: number[];
  /** The length of the runs of abnormal beats that its beats are in, a logarithm. */
  runLength: number[];
  /** Its sharpness less that of the dominant kind, a logarithm: the less, the wider its waves are. */
  sharpness: number[];
  /** How far it is below a small kind's number of beats, a logarithm. */
  small: number[];
  /** The mean discordance of its beats, as `BeatKinds` has it. */
  discordance: number[];
};

function scoreKinds(evidence: Evidence, model: VentricularModel): number[] {
  return evidence.sharpness.map(
    (sharpness, kind) =>
      model.bias +
      model.earliness * evidence.earliness[kind] +
      model.lateness * evidence.lateness[kind] +
      model.unlikeness * evidence.unlikeness[kind] +
      model.runLength * evidence.runLength[kind] +
      model.sharpness * sharpness +
      model.small * evidence.small[kind] +
      model.discordance * evidence.discordance[kind],
  );
}

function gatherEvidence(
  { kinds, kindOf, discordance }: BeatKinds,
  { dominant, likeness }: NormalKinds,
  before: Float64Array,
  { isAbnormal, alikeRuns }: { isAbnormal: Uint8Array; alikeRuns: Runs },
  sharing: Sharing,
): Evidence {
  const usualAt = newUsual(before, isAbnormal, alikeRuns);
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

/** Shares what is measured of beats among kinds: each kind takes that of its own, and less of those of kinds less alike. */
type Sharing = {
  /** The number of beats of each kind, with the share of those of other kinds. */
  beats: number[];
  /** The mean of a measure over the beats of each kind, with the share of those of other kinds. */
  meanOf: (measure: (beat: number) => number, weigh?: (beat: number) => number) => number[];
};

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

/** The first and the last beat of each beat's run. */
type Runs = { first: Int32Array; last: Int32Array; lengthAt: (beat: number) => number };

/** Cuts the beats into runs, in which each goes on from the one before. */
function findRuns(before: Float64Array, goesOn: (beat: number, next: number) => boolean): Runs {
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

/** The ectopic timing of each kind: how much longer the interval after a run of it is than the one before, a mean logarithm. */
function ectopyOfKinds(before: Float64Array, runs: Runs, sharing: Sharing): number[] {
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
  /** The number of the dominant kind. */
  dominant: number;
  /** The likeness of each kind to the normal kind that it is most alike. */
  likeness: number[];
  isAbnormal: boolean[];
};

function findNormalKinds(
  { kinds, kindOf, likeness }: BeatKinds,
  ectopy: readonly number[],
  beats: readonly number[],
): NormalKinds {
  const largest = beats.indexOf(Math.max(...beats));
  const scores = kinds.map(({ sharpness }, k) => {
    const isSharper = sharpness > kinds[largest].sharpness - LEAST_SHARPNESS_OF_NORMAL;
    return Math.log(beats[k]) + sharpness - (isSharper ? 0 : COST_OF_ECTOPY * Math.max(0, ectopy[k]));
  });
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

/** The intervals about one beat, on their way to a median. */
const NEAR = new Float64Array(4 * USUAL_INTERVALS + 2);

/**
 * Makes a function that gives the usual interval about a beat, in seconds: the median of the intervals from one normal
 * beat to the next, without the one before the beat. Where there are few, those about the ends of its run of alike beats count, and
 * halves of intervals across one other beat; where there are hardly any, in a run the nearest ones of all do, as single normal beats may be in it, and else
 * all intervals.
 */
function newUsual(before: Float64Array, isAbnormal: Uint8Array, { first, last }: Runs): (beat: number) => number {
  const isBetween = (rr: number, most: number) => rr > 0 && rr < most;
  const isNormal = (j: number) => !isAbnormal[j] && !isAbnormal[j - 1] && isBetween(before[j], LONGEST_RR_SECONDS);
  /** The beats at which intervals between normal beats end, and how many of them are before each beat. */
  const ends: number[] = [];
  const endsBefore = Int32Array.from(before, (_, j) => (j > 1 && isNormal(j) ? ends.push(j) - 1 : ends.length));
  return (i) => {
    const from = Math.max(2, i - USUAL_INTERVALS);
    const to = Math.min(before.length, i + USUAL_INTERVALS + 1);
    let count = 0;
    const addNormal = (from: number, to: number) => {
      for (let j = from; j < to; j++) {
        if (j !== i && isNormal(j)) NEAR[count++] = before[j];
      }
    };
    addNormal(from, to);
    if (count < LEAST_INTERVALS) {
      count = 0;
      addNormal(Math.max(2, first[i] - USUAL_INTERVALS), first[i]);
      addNormal(last[i] + 1, Math.min(before.length, last[i] + 1 + USUAL_INTERVALS));
    }
    for (let j = from; j < to && count < ENOUGH_INTERVALS; j++) {
      const both = before[j] + before[j - 1];
      if (isAbnormal[j] || !isAbnormal[j - 1] || isAbnormal[j - 2] || !isBetween(both, 2 * LONGEST_RR_SECONDS))
        continue;
      NEAR[count++] = both / 2;
    }
    if (count < LEAST_INTERVALS && last[i] - first[i] >= LEAST_RUN - 1) {
      count = 0;
      const next = endsBefore[i];
      for (const j of ends.slice(Math.max(0, next - USUAL_INTERVALS), next + USUAL_INTERVALS))
        NEAR[count++] = before[j];
    }
    if (count < LEAST_INTERVALS) {
      count = 0;
      for (let j = from - 1; j < to; j++) if (isBetween(before[j], LONGEST_RR_SECONDS)) NEAR[count++] = before[j];
    }
    return takeQuantile(NEAR, count, 0.5) || 1;
  };
}

function limit(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
