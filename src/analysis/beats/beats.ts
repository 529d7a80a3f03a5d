import { LastingRoom, type Maker } from "../../kernels/kernels.ts";
import type { TimeSpan } from "../numbers/time-spans.ts";
import { LEVEL_BLOCKS, LeadBlocks, MOST_PEAKS } from "../signal/lead-blocks.ts";
import type { LeadSignal } from "../signal/lead-signal.ts";
import { findShifts, moveShapes } from "./align-beats.ts";
import { MOST_SHAPE_LEADS, makeShapeArrays, readShapeOfSlopes, SHAPE_POINTS } from "./beat-shapes.ts";
import { CandidateList, type Candidates } from "./candidate-list.ts";
import type { BeatModels } from "./candidate-model.ts";
import { chooseBeats } from "./choose-beats.ts";
import { findDoubtful } from "./doubt.ts";
import { addGaps, isInGap, isLongGap, recordedTimes } from "./gaps.ts";
import { BLOCK_SLOPES, KeptSlopes, SlopeReader, type Slopes } from "./kept-slopes.ts";
import { LeadSum } from "./lead-sum.ts";
import { findLowStretches } from "./low-stretches.ts";
import { findRPeaks, makeRPeakArrays } from "./r-peak.ts";
import { measureHeights, newShares, type Shares, weighLeads } from "./shares.ts";

/** The beats of an ECG: one entry a beat in each list, in the order of their times. */
export type Beats = {
  /** The times of the R peaks, in seconds from the first sample's. */
  times: Float64Array;
  /** 1 where no lead was recorded somewhere between this beat and the one before: what lies between is no RR interval. */
  afterGap: Uint8Array;
  /** How steep each beat is, as a share of what is usual about it: 1 is like the others. */
  heights: Float32Array;
  /** The shape of each beat in each of `shapeLeads`, of SHAPE_POINTS: the signal about its R peak, its largest excursion being 127. */
  shapes: Int8Array;
  /** The ADC units that 127 stands for in the shape of each beat in each of `shapeLeads`. */
  shapeScales: Float32Array;
  /** The numbers of the leads whose shapes are kept. */
  shapeLeads: number[];
  /** The times without a sample in any lead, of more than 0.1 s. */
  gaps: TimeSpan[];
  /** The seconds in which beats cannot be told from other waves, as when electrodes move, in any order. */
  doubtful: TimeSpan[];
};

/** Candidates as the detector finds them. */
type FoundCandidates = Candidates & { gaps: TimeSpan[]; slopes: Slopes };

/** A lower peak, as a share of the usual height, is no candidate: normal beats may be that small beside ventricular ones. */
const LEAST_HEIGHT = 0.06;
/** A peak that is lower than this is one only ... */
const LOW_HEIGHT = 0.15;
/** ... when it is at least this many times the noise. */
const LEAST_NOISES = 2;
/** A beat whose R peak is nearer to the beginning or the end was not recorded as a whole. */
const EDGE_SECONDS = 0.05;

/**
 * Finds the beats of an ECG by all its leads together, in one pass with a bounded memory but for what is found. Samples
 * may come in stretches of any length, and the result is the same.
 *
 * Each lead gives its QRS energy, as a share of what is usual in the 9 s before and after. The leads are added up,
 * weighted by how far their peaks are above their noise, and the peaks of the sum are candidates. Where the signal of a
 * lead makes a step, and does not come back, it counts less. Of the candidates `chooseBeats` takes the beats. The R peak
 * is the largest excursion from the baseline, of all the leads together.
 */
export class BeatDetector {
  private readonly samplingRates: readonly number[];
  private readonly models?: BeatModels;
  private readonly leads: LeadBlocks[];
  private readonly shapeLeads: number[];
  private readonly shapeSignals: LeadSignal[];
  private readonly sampleCounts: number[];
  /** The samples of each lead that wait for those of others. */
  private readonly waiting: Int32Array[];
  /** 1 for each lead that has no more samples than those that wait. */
  private readonly hasEnded: Uint8Array;
  private readonly sum: LeadSum;
  /** What the kernels work on: the signals and all that is kept of them, and what is found of a block. */
  private readonly room: LastingRoom<Arrays>;
  private readonly candidates = new CandidateList();
  private readonly slopes: KeptSlopes;
  private readonly gaps: TimeSpan[] = [];
  /** The number of blocks that each lead has measured. */
  private measured = 0;
  /** The number of blocks that are added up; all but the last of them are searched. */
  private summed = 0;
  /** How the leads count in the block that is to be searched next. */
  private shares: Shares;
  /** How the leads count in the block after it. */
  private nextShares: Shares;

  /**
   * @param samplingRates Hz, one a lead
   * @param models what tells beats from other waves, if not those in use
   */
  constructor(samplingRates: readonly number[], models?: BeatModels) {
    this.samplingRates = samplingRates;
    this.models = models;
    this.leads = samplingRates.map((samplingRate) => new LeadBlocks(samplingRate, samplingRates.length === 1));
    this.shapeLeads = chooseEvenly(samplingRates.length, MOST_SHAPE_LEADS);
    this.shapeSignals = this.shapeLeads.map((l) => this.leads[l].signal);
    this.slopes = new KeptSlopes(this.shapeLeads.map((l) => this.leads[l]));
    this.sampleCounts = samplingRates.map(() => 0);
    this.waiting = samplingRates.map(() => new Int32Array(0));
    this.hasEnded = new Uint8Array(samplingRates.length);
    this.sum = new LeadSum(this.leads);
    this.shares = newShares(samplingRates.length);
    this.nextShares = newShares(samplingRates.length);
    this.room = new LastingRoom((maker) => {
      for (const lead of this.leads) lead.makeArrays(maker);
      this.sum.makeArrays(maker);
      return makeArrays(maker, Math.max(0, ...this.leads.map(({ signal }) => signal.pieceLength)));
    });
  }

  /** Takes the next samples of each lead: as many as there are, of each its own number. */
  push(samples: readonly Int32Array[]): void {
    const { waiting } = this;
    for (let l = 0; l < waiting.length; l++) {
      if (!samples[l]?.length) continue;
      waiting[l] = waiting[l].length > 0 ? join(waiting[l], samples[l]) : samples[l];
      this.sampleCounts[l] += samples[l].length;
    }
    this.room.use((arrays) => this.goOn(arrays));
    // The caller may write over what it gave.
    for (let l = 0; l < waiting.length; l++) waiting[l] = waiting[l].slice();
  }

  /** Says that a lead has no more samples: the others go on without it, and are not kept until the end. */
  end(lead: number): void {
    this.hasEnded[lead] = 1;
  }

  /** Measures the blocks that have come of all leads that go on. No more samples of a lead are taken than the next block needs, but for a piece. */
  private goOn(arrays: Arrays): void {
    const { leads, waiting, hasEnded } = this;
    for (let hasMore = true; hasMore; ) {
      hasMore = false;
      for (let l = 0; l < leads.length; l++) {
        const { signal } = leads[l];
        if (waiting[l].length === 0) {
          if (hasEnded[l]) signal.finish();
        } else if (!leads[l].isReady(this.measured)) {
          signal.push(waiting[l].subarray(0, signal.pieceLength), arrays.piece);
          waiting[l] = waiting[l].subarray(signal.pieceLength);
          hasMore = true;
        }
      }
      for (; this.isReady(); hasMore = true) this.measureNext(arrays);
    }
  }

  /** Whether the next block has come of all leads that go on. */
  private isReady(): boolean {
    const { leads, waiting, hasEnded, measured } = this;
    let isReady = false;
    for (let l = 0; l < leads.length; l++) {
      if (hasEnded[l] && waiting[l].length === 0) continue;
      if (!leads[l].isReady(measured)) return false;
      isReady = true;
    }
    return isReady;
  }

  /** All the beats, after the last samples. */
  finish(): Beats {
    return this.chooseAmong(this.finishCandidates());
  }

  /** The waves that may be beats, after the last samples. */
  finishCandidates(): FoundCandidates {
    this.hasEnded.fill(1);
    this.room.use((arrays) => {
      this.goOn(arrays);
      let blockCount = this.measured;
      while (this.leads.some((lead) => lead.signal.end > lead.startOf(blockCount))) blockCount++;
      while (this.measured < blockCount) this.measureNext(arrays);
      while (this.summed < this.measured) this.sumNext(arrays);
      if (this.measured === 0) return;
      this.search(this.measured - 1, this.sum.addAndSearch(this.measured, null, LEAST_HEIGHT, arrays.places), arrays);
    });
    this.room.clear();
    const { times, ...found } = this.candidates.values(this.shapeLeads.length);
    const gaps = this.findGaps();
    const clocks = recordedTimes(times, gaps);
    return { times, clocks, ...found, leadCount: this.shapeLeads.length, gaps, slopes: this.slopes.kept() };
  }

  private measureNext(arrays: Arrays): void {
    for (const lead of this.leads) lead.measure(this.measured);
    addGaps(this.gaps, this.leads, this.measured);
    this.measured++;
    if (this.measured - this.summed > LEVEL_BLOCKS) this.sumNext(arrays);
  }

  /** Adds up a block, and searches the one before it: a peak at its end has its neighbours now. */
  private sumNext(arrays: Arrays): void {
    weighLeads(this.leads, this.summed, this.measured, this.nextShares);
    const found = this.sum.addAndSearch(this.summed, this.nextShares, LEAST_HEIGHT, arrays.places);
    if (this.summed > 0) this.search(this.summed - 1, found, arrays);
    this.summed++;
    [this.shares, this.nextShares] = [this.nextShares, this.shares];
  }

  /** Takes the candidates of a block from its peaks, of which there are `found`. */
  private search(block: number, found: number, arrays: Arrays): void {
    const { leads, shares, candidates } = this;
    const { places, heights, peaks } = arrays;
    const { rate } = this.sum;
    this.slopes.add(block, shares.noise, arrays.slopes);
    if (found === 0) return;
    measureHeights(leads, shares, block, places, found, arrays.ofOtherRate.starts, heights);
    const least = Math.max(LEAST_HEIGHT, Math.min(LOW_HEIGHT, LEAST_NOISES * shares.noise));
    let count = 0;
    for (let k = 0; k < found; k++) {
      if (heights[k] < least) continue;
      HEIGHTS[count] = heights[k];
      places[count++] = places[k];
    }
    if (count === 0) return;
    findRPeaks(leads, shares, places, count, arrays.ofOtherRate, peaks);
    for (let k = 0; k < count; k++) {
      TIMES[k] = (peaks[k] + 0.5) / rate - 0.5 / this.samplingRates[0];
      NOISES[k] = shares.noise;
    }
    candidates.add(TIMES, HEIGHTS, NOISES, count);
    candidates.addShapes(this.shapeSignals, peaks, rate, count, arrays.shapes);
  }

  private duration(): number {
    return Math.max(0, ...this.sampleCounts.map((count, l) => count / this.samplingRates[l]));
  }

  private findGaps(): TimeSpan[] {
    const duration = this.duration();
    return this.gaps.map(({ from, to }) => ({ from, to: Math.min(to, duration) })).filter(isLongGap);
  }

  private chooseAmong(candidates: FoundCandidates): Beats {
    const { shapeLeads } = this;
    const { heights, shapes, shapeScales, gaps, slopes } = candidates;
    const duration = this.duration();
    const last = duration - EDGE_SECONDS;
    const { beats, times, gains, doubtful: dissociated } = chooseBeats(candidates, slopes, this.models);
    const doubtful = [
      ...dissociated,
      ...findDoubtful(candidates, gains, beats, duration),
      ...findLowStretches(candidates, beats, duration),
    ];
    const kept = beats.filter(
      (at) => times[at] >= EDGE_SECONDS && times[at] <= last && !isInGap(gaps, times[at], times[at]),
    );
    const shapesOfBeats = takeKept(shapes, kept, SHAPE_POINTS * shapeLeads.length);
    const scalesOfBeats = takeKept(shapeScales, kept, shapeLeads.length);
    if (times !== candidates.times) this.readMoved(candidates, kept, times, shapesOfBeats, scalesOfBeats);
    const shifts = findShifts(shapesOfBeats, shapeLeads.length);
    moveShapes(shapesOfBeats, shapeLeads.length, shifts);
    const afterGap = new Uint8Array(kept.length);
    for (let i = 1; i < kept.length; i++) if (isInGap(gaps, times[kept[i - 1]], times[kept[i]])) afterGap[i] = 1;
    return {
      times: takeKept(times, kept, 1).map((time, i) => time - shifts[i]),
      afterGap,
      heights: takeKept(heights, kept, 1),
      shapes: shapesOfBeats,
      shapeScales: scalesOfBeats,
      shapeLeads,
      gaps,
      doubtful,
    };
  }

  /** Makes the shapes and scales of those beats anew that are not where their candidates were. */
  private readMoved(
    { times: before, slopes }: FoundCandidates,
    kept: readonly number[],
    times: Float64Array,
    shapes: Int8Array,
    scales: Float32Array,
  ): void {
    const reader = new SlopeReader(slopes);
    for (const [i, k] of kept.entries()) {
      if (times[k] === before[k]) continue;
      for (const [lead, signal] of this.shapeSignals.entries()) {
        const at = i * this.shapeSignals.length + lead;
        const shape = shapes.subarray(at * SHAPE_POINTS, (at + 1) * SHAPE_POINTS);
        scales[at] = readShapeOfSlopes(reader, lead, times[k], shape) / signal.factor;
      }
    }
  }
}

/** What the kernels work on beside the leads: a piece of samples; the peaks of a block, their heights, and the R peaks of those that are high. */
type Arrays = ReturnType<typeof makeArrays>;

function makeArrays(maker: Maker, pieceLength: number) {
  return {
    piece: maker.ints(pieceLength),
    places: maker.ints(MOST_PEAKS),
    heights: maker.doubles(MOST_PEAKS),
    peaks: maker.doubles(MOST_PEAKS),
    ofOtherRate: makeRPeakArrays(maker),
    shapes: makeShapeArrays(maker),
    slopes: maker.floats(BLOCK_SLOPES),
  };
}

/** The candidates of a block: their times, heights and noise. */
const TIMES = new Float64Array(MOST_PEAKS);
const HEIGHTS = new Float32Array(MOST_PEAKS);
const NOISES = new Float32Array(MOST_PEAKS);

/** The beats of leads that are there as a whole. */
export function findBeats(leads: readonly { samples: Int32Array; samplingRate: number }[], models?: BeatModels): Beats {
  const detector = new BeatDetector(
    leads.map(({ samplingRate }) => samplingRate),
    models,
  );
  detector.push(leads.map(({ samples }) => samples));
  return detector.finish();
}

function join(samples: Int32Array, next: Int32Array): Int32Array {
  const joined = new Int32Array(samples.length + next.length);
  joined.set(samples);
  joined.set(next, samples.length);
  return joined;
}

/** The values of the candidates that are kept, `each` a candidate. They are moved within `values`, to save memory. */
function takeKept<T extends Float64Array | Float32Array | Int8Array>(
  values: T,
  kept: readonly number[],
  each: number,
): T {
  if (each === 1) for (let i = 0; i < kept.length; i++) values[i] = values[kept[i]];
  else for (let i = 0; i < kept.length; i++) values.copyWithin(i * each, kept[i] * each, (kept[i] + 1) * each);
  return values.slice(0, kept.length * each) as T;
}

function chooseEvenly(count: number, most: number): number[] {
  const chosen = Math.min(count, most);
  return Array.from({ length: chosen }, (_, i) => Math.floor((i * count) / chosen));
}
