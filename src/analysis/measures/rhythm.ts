import type { BeatType, ShapeType } from "../beats/beat-types.ts";
import type { Beats } from "../beats/beats.ts";
import { findParoxysms } from "../beats/paroxysms.ts";
import {
  compareIntervals,
  findPrematureBeats,
  PREMATURE,
  type PrematureModel,
  type Timing,
} from "../beats/premature-beats.ts";
import { GRID_RATE_HZ } from "../waves/average-beats.ts";
import type { Delineation } from "../waves/delineation.ts";
import { findLoneWaves } from "../waves/lone-waves.ts";
import { comparePWaves } from "../waves/p-likeness.ts";
import {
  FIBRILLATION,
  type FibrillationModel,
  findFibrillation,
  findIrregularRhythm,
  type IrregularEpisode,
  measureIrregularity,
} from "./fibrillation.ts";
import type { Finding } from "./finding.ts";
import { findWenckebach } from "./wenckebach.ts";
import { findConduction, findEscapes, findFastInTime } from "./wide-runs.ts";

/** The beats of a stretch, by their numbers: those of the stretch from `first` on and before `next`, and those of its margins. */
type StretchBeats = { before: number; first: number; next: number; after: number };

/** What is known of beats beside their types by shape: 1 for each that is wider than usual and of another shape, and for each of a pacemaker in the ventricles. */
type BeatMarks = { isWide: Uint8Array; isPaced: Uint8Array };

/** The models that the rhythm is judged by. */
export type RhythmModels = { fibrillation: FibrillationModel; premature: PrematureModel };

/** Where no beat has more irregular intervals about it there is no fibrillation, wherever P waves are. */
const LEAST_IRREGULARITY = 0.4;
/** Fibrillation is told with so many beats after a stretch, whose intervals are known: what it leaves open there is often told minutes later, ... */
const FIBRILLATION_AHEAD = 600;
/** ... and supraventricular beats with so many. */
const PREMATURE_AHEAD = 30;
/**
 * An early beat of another shape is supraventricular, not ventricular, where its QRS complex is no longer than this, in seconds, as normal ones of adults are
 * (the recommendations of 2009 that `wide-rhythms.ts` names): in fast runs P and T waves make the shape another.
 */
const NARROW_SECONDS = 0.11;
/** An episode of fibrillation begins and ends within this many beats of where it is found: none of these is early. */
const EDGE_BEATS = 3;

/**
 * The rhythm of an ECG: which of its beats are in atrial fibrillation, and which are supraventricular. The intervals of all beats are known
 * from the beginning, their P waves come with the stretches.
 */
export class Rhythm {
  /** The types of all beats; supraventricular ones are told when their stretch is judged. */
  readonly types: BeatType[];
  readonly timing: Timing;
  readonly irregularity: Float32Array;
  readonly known: Float32Array;
  /** The likeness of each beat's P wave to its neighbours', as `comparePWaves` has it; NaN where it is not known. */
  readonly repeated: Float32Array;
  /** How much the P waves about each beat come back, likewise. */
  readonly comesBack: Float32Array;
  readonly unlikeSlow: Float32Array;
  readonly clearness: Float32Array;
  readonly variation: Float32Array;
  /** How long the QRS complex of each beat is, in seconds; NaN where it is not known. */
  readonly qrsSeconds: Float32Array;
  /** 1 for each beat in atrial fibrillation. */
  readonly isFibrillating: Uint8Array;
  private readonly marks: BeatMarks;
  /** Whether wide beats are conducted, as `findConduction` has it. */
  private readonly conduction: Int8Array;
  /** 1 for each beat in Wenckebach's periods. */
  private readonly isInPeriods: Uint8Array;
  /** 1 for each beat that is early or of a run of such: supraventricular, or ventricular where it is wide. */
  private readonly isPremature: Uint8Array;
  /** 1 for each beat of a fast run that begins and ends of a sudden. */
  private readonly isInParoxysm: Uint8Array;
  /** 1 for each beat in fibrillation or near it, or in Wenckebach's periods: none of them is early. */
  private readonly isNotEarly: Uint8Array;
  private readonly beats: Beats;
  private readonly before: Float64Array;
  private readonly isLeftOut: Uint8Array;
  private readonly models: RhythmModels;

  /**
   * @param shapeTypes the types of the beats by their shapes
   */
  constructor(
    beats: Beats,
    shapeTypes: readonly ShapeType[],
    marks: BeatMarks = { isWide: new Uint8Array(beats.times.length), isPaced: new Uint8Array(beats.times.length) },
    models: RhythmModels = { fibrillation: FIBRILLATION, premature: PREMATURE },
  ) {
    const { times, afterGap } = beats;
    this.beats = beats;
    this.models = models;
    this.marks = marks;
    this.before = Float64Array.from(times, (time, i) => (i > 0 && !afterGap[i] ? time - times[i - 1] : Number.NaN));
    const isInTime = findFastInTime(this.before, marks.isWide);
    this.types = shapeTypes.map((type, i) => (type === "V" && (marks.isPaced[i] || isInTime[i]) ? "N" : type));
    this.isLeftOut = Uint8Array.from(this.types, (type) => (type === "N" ? 0 : 1));
    // A pacemaker's beats are never early, and sinus beats among them are not for coming sooner.
    const isNotCompared = this.isLeftOut.map((isLeftOut, i) => isLeftOut || marks.isPaced[i]);
    this.timing = compareIntervals(this.before, isNotCompared);
    this.isInParoxysm = findParoxysms(this.before, isNotCompared);
    const { irregularity, known } = measureIrregularity(beats, this.isLeftOut);
    this.irregularity = irregularity;
    this.known = known;
    this.repeated = new Float32Array(times.length).fill(Number.NaN);
    this.comesBack = new Float32Array(times.length).fill(Number.NaN);
    this.unlikeSlow = new Float32Array(times.length).fill(Number.NaN);
    this.clearness = new Float32Array(times.length);
    this.variation = new Float32Array(times.length);
    this.qrsSeconds = new Float32Array(times.length).fill(Number.NaN);
    this.isFibrillating = new Uint8Array(times.length);
    this.isNotEarly = new Uint8Array(times.length);
    this.isInPeriods = new Uint8Array(times.length);
    this.isPremature = new Uint8Array(times.length);
    this.conduction = new Int8Array(times.length);
  }

  /** Judges the beats of the next stretch, whose waves were found with those of its margins. */
  judge({ aligned, points, beats }: Pick<Delineation, "aligned" | "points" | "beats">, stretch: StretchBeats): void {
    const { before, after } = stretch;
    const intervals = this.before.subarray(before, after);
    const isWide = this.marks.isWide
      .subarray(before, after)
      .map((wide, i) => (this.marks.isPaced[before + i] ? 0 : wide));
    const p = comparePWaves(aligned, points, intervals, this.isLeftOut.subarray(before, after), isWide);
    // Those of the margin before are known from their own stretch.
    const from = stretch.first - before;
    this.repeated.set(p.repeated.subarray(from), stretch.first);
    this.comesBack.set(p.comesBack.subarray(from), stretch.first);
    this.unlikeSlow.set(p.unlikeSlow.subarray(from), stretch.first);
    this.qrsSeconds.set(
      beats.slice(from).map(({ qrsOnset, qrsEnd }) => (qrsEnd ?? Number.NaN) - (qrsOnset ?? Number.NaN)),
      stretch.first,
    );
    this.clearness.fill(p.clearness, stretch.first, after);
    this.variation.fill(p.variation, stretch.first, after);
    const times = Float64Array.from(aligned.centres, (centre) => centre / GRID_RATE_HZ);
    this.isInPeriods.set(findWenckebach(p.newFinder, times, intervals).subarray(from), stretch.first);
    if (p.newFinder && p.isClear) {
      const finder = p.newFinder();
      const conduction = findConduction(finder, times, intervals, isWide);
      const isEscape = findEscapes(finder, times, intervals, isWide);
      for (let i = from; i < isEscape.length; i++) if (isEscape[i] && conduction[i] === 0) conduction[i] = -1;
      this.conduction.set(conduction.subarray(from), stretch.first);
      for (let i = stretch.first; i < stretch.next; i++) {
        if (this.conduction[i] !== 0 && this.types[i] !== "Q") this.types[i] = this.conduction[i] > 0 ? "N" : "V";
      }
    }
    // Wherever they are before the beats.
    for (let i = stretch.first; i < after; i++) if (this.isInPeriods[i]) this.comesBack[i] = 1;
    if (this.irregularity.subarray(stretch.first, after).some((share) => share > LEAST_IRREGULARITY)) {
      const lone = findLoneWaves(aligned, intervals, this.isLeftOut.subarray(before, after)).subarray(from);
      for (const [i, share] of lone.entries()) {
        if (share > this.comesBack[stretch.first + i]) this.comesBack[stretch.first + i] = share;
      }
    }
    this.judgeBeats(stretch);
  }

  /** Judges beats whose P waves are known, with some after them of which only the intervals are. */
  judgeBeats({ first, next }: Pick<StretchBeats, "first" | "next">): void {
    const { fibrillation, premature } = this.models;
    const after = Math.min(this.times.length, next + PREMATURE_AHEAD);
    const to = Math.min(this.times.length, next + FIBRILLATION_AHEAD);
    const isFibrillating = first > 0 && this.isFibrillating[first - 1] === 1;
    this.isFibrillating.set(findFibrillation(this, { from: first, to, isFibrillating }, fibrillation), first);
    markNear(this.isFibrillating, this.isNotEarly, first, after);
    for (let i = first; i < after; i++) if (this.isInPeriods[i] || this.conduction[i] < 0) this.isNotEarly[i] = 1;
    const isEctopic = first > 0 && this.isPremature[first - 1] === 1;
    const isPremature = findPrematureBeats(
      this.timing,
      this,
      this.isNotEarly,
      { from: first, to: after, isEctopic },
      premature,
    );
    for (let i = first; i < next; i++) {
      const isOfParoxysm = this.isInParoxysm[i] && !this.isNotEarly[i] && this.types[i] === "N";
      this.isPremature[i] = isPremature[i - first] || isOfParoxysm ? 1 : 0;
      if (!this.isPremature[i]) continue;
      this.types[i] = this.marks.isWide[i] && this.qrsSeconds[i] > NARROW_SECONDS ? "V" : "S";
    }
  }

  /** Whether a beat that is judged has no P wave of its own, whatever looks like one: a ventricular one, or one of fibrillating atria. */
  hasNoP(beat: number): boolean {
    return this.types[beat] === "V" || this.isFibrillating[beat] === 1;
  }

  /** The times of the beats in seconds. */
  get times(): Float64Array {
    return this.beats.times;
  }

  /** Judges all beats by other models. */
  judgeAnew(models: RhythmModels): Rhythm {
    const { beats, repeated, comesBack, unlikeSlow, clearness, variation, qrsSeconds } = this;
    const shapeTypes = this.types.map((type, i) =>
      type === "S" || (type === "V" && this.isPremature[i]) ? "N" : type,
    );
    const rhythm = new Rhythm(beats, shapeTypes, this.marks, models);
    rhythm.repeated.set(repeated);
    rhythm.comesBack.set(comesBack);
    rhythm.unlikeSlow.set(unlikeSlow);
    rhythm.clearness.set(clearness);
    rhythm.variation.set(variation);
    rhythm.qrsSeconds.set(qrsSeconds);
    rhythm.isInPeriods.set(this.isInPeriods);
    rhythm.conduction.set(this.conduction);
    const count = beats.times.length;
    rhythm.judgeBeats({ first: 0, next: count });
    return rhythm;
  }

  /** The irregular episodes, when all beats are judged. */
  findIrregular(): Finding<IrregularEpisode[]> {
    return findIrregularRhythm(this.beats, this, this.isFibrillating);
  }
}

/** Marks the beats from one number on and before another that are near one in fibrillation. */
function markNear(isFibrillating: Uint8Array, isNear: Uint8Array, from: number, to: number): void {
  isNear.fill(0, from, to);
  for (let i = Math.max(0, from - EDGE_BEATS); i < Math.min(isFibrillating.length, to + EDGE_BEATS); i++) {
    if (isFibrillating[i]) isNear.fill(1, Math.max(from, i - EDGE_BEATS), Math.min(to, i + EDGE_BEATS + 1));
  }
}
