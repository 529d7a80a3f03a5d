import { kernels, type Maker } from "../../kernels/kernels.ts";
import { LeadSignal } from "./lead-signal.ts";
import { PeakLikeness } from "./peak-likeness.ts";
import { measureQrsEnergy } from "./qrs-energy.ts";

/** The length of a block: at 30 beats a minute and above, each has a beat. */
const BLOCK_SECONDS = 2;
/** A block is measured with this much of the signal before and after it. */
const MARGIN_SECONDS = 0.5;
/** A lead is judged by this many blocks before and after a block. */
export const LEVEL_BLOCKS = 4;
/** Blocks kept: LEVEL_BLOCKS to each side, the block itself, and the one before, which is still to be searched. */
const SLOTS = 2 * LEVEL_BLOCKS + 2;
/** The signal is kept of so many blocks before the block that is still to be searched, ... */
export const KEPT_BEFORE = 3;
/** ... and from that one to the one that comes, when the next was not asked for yet. */
const KEPT_BLOCKS = KEPT_BEFORE + LEVEL_BLOCKS + 3;
/** No beat is to be seen at a lower rate. */
const LEAST_RATE_HZ = 4;

/*
 * The constants below were chosen on 22 MIT-BIH records, by the first lead, by the second and by both.
 */

/** Beats are no lower than this share of what was usual in the blocks before: in an asystole P waves are no beats. */
const LEAST_OF_BEFORE = 0.6;
/** This many blocks before, two minutes of them, say what was usual. */
const BLOCKS_BEFORE = 60;
/** A block changes what was usual no more than one that differs from it by this, a logarithm. */
const MOST_CHANGE = 0.2;
/** A lead's beats are taken to be no lower than this share of the usual peak: a pause is no change of their height. */
const LEAST_LEVEL = 0.5;
/** A block whose peak is more than this many levels high has something else than beats, and counts less for it. */
const MOST_LEVELS = 2;
/** A block says nothing of the lead when more than this share of it was not measured. */
const GAP_SHARE = 0.5;
/** Noise below this share of the level does not count, or a lead whose signal has gone would be the best. */
const LEAST_NOISE = 0.02;
/**
 * Rounding to whole units makes so much energy between beats, in units of a sample: errors of sqrt(1/12), twice subtracted from each other,
 * in the mean of a few samples. Where a beat is few units high a wave of one unit has sharp edges, and a flat line between looks like no noise.
 */
const ROUNDING_NOISE = 0.2;
/** A lead counts by its peaks over its noise, to this power. */
const QUALITY_POWER = 2;
/** A lead counts in full when the highest peaks of its blocks are usually at least this much alike. */
const ALIKE_IN_GOOD_LEAD = 0.9;
/** A lead counts LEAST_TRUST of it when they are this much alike or less: an electrode moves. */
const ALIKE_IN_BAD_LEAD = 0.5;
/** Not 0, for the lead may be all there is. */
const LEAST_TRUST = 0.02;
/** What is left of a lead counts to this power. */
const TRUST_POWER = 1.5;

/** A QRS complex rises and falls within this time before and after a place, a step or a slower wave does not. */
const RETURN_SECONDS = 0.084;
/** No block has more peaks than this: they are apart. */
export const MOST_PEAKS = 32;

/** How good a lead is in a block. */
type Standing = {
  /** How much the lead counts beside others. */
  weight: number;
  /** The lead's energy in the usual beat. */
  level: number;
  /** The lead's energy between beats, as a share of the level. */
  noise: number;
  /** The usual peak over the least noise of the blocks about it. */
  quality: number;
};

/** The QRS energy of one lead, in blocks of 2 s, of which the last few are kept. */
export class LeadBlocks {
  readonly signal: LeadSignal;
  /** The number of samples before and after a block that must be there. */
  private readonly margin: number;
  /** The most samples in a block, and one more. */
  private readonly length: number;
  /** The energy of each slot. */
  private energies: Float64Array[] = [];
  /** The highest energy of each slot, then the energy between beats of each, then 1 for each that was recorded. */
  private blocks = new Float64Array(0);
  /** What a kernel finds of all blocks together. */
  private found = new Float64Array(0);
  /** Null where the lead is alone: it counts in full then. */
  private readonly likeness: PeakLikeness | null;
  /** The mean logarithm of what was usual in the last blocks with beats. */
  private before = Number.NEGATIVE_INFINITY;
  /** The number of these blocks, up to BLOCKS_BEFORE. */
  private blocksBefore = 0;

  /**
   * @param samplingRate Hz
   * @param isAlone whether there is no other lead, beside which this one would count more or less
   */
  constructor(samplingRate: number, isAlone: boolean) {
    this.signal = new LeadSignal(samplingRate, MARGIN_SECONDS, KEPT_BLOCKS * BLOCK_SECONDS);
    this.margin = -this.signal.first;
    this.length = Math.ceil(BLOCK_SECONDS * this.signal.rate) + 1;
    this.likeness = isAlone ? null : new PeakLikeness(this.signal.rate, SLOTS, LEVEL_BLOCKS + 1);
  }

  /** Makes the arrays of what is kept. */
  makeArrays(maker: Maker): void {
    this.signal.makeArrays(maker);
    this.energies = Array.from({ length: SLOTS }, () => maker.doubles(this.length));
    this.blocks = maker.doubles(3 * SLOTS);
    this.found = maker.doubles(4);
    this.likeness?.makeArrays(maker);
  }

  /** The number of the first sample of a block. */
  startOf(block: number): number {
    return Math.ceil(block * BLOCK_SECONDS * this.signal.rate);
  }

  /**
   * The number of the sample at the time of a place in another lead, both in the same block.
   *
   * @param place the number of a sample of the other lead
   * @param rate the other lead's, Hz
   */
  placeAt(block: number, place: number, rate: number): number {
    if (this.signal.rate === rate) return place;
    const nearest = Math.round(((place + 0.5) * this.signal.rate) / rate - 0.5);
    return Math.max(this.startOf(block), Math.min(this.startOf(block + 1) - 1, nearest));
  }

  /** Whether all of a block and its margin has come. */
  isReady(block: number): boolean {
    return this.signal.end >= this.startOf(block + 1) + this.margin;
  }

  /** The QRS energy of a block: a value a sample. */
  energyOf(block: number): Float64Array {
    return this.energies[block % SLOTS];
  }

  /** Measures the next block. What is not there of it is a gap. */
  measure(index: number): void {
    const { signal, margin, blocks } = this;
    const slot = index % SLOTS;
    const from = this.startOf(index);
    const count = this.startOf(index + 1) - from;
    signal.extendTo(from + count + margin);
    signal.dropBefore(this.startOf(index - LEVEL_BLOCKS - 1 - KEPT_BEFORE) - margin);
    const energy = this.energies[slot];
    if (signal.rate >= LEAST_RATE_HZ) {
      const { peak, noise } = measureQrsEnergy(signal.smooth, signal.rate, from - signal.first, energy, count);
      blocks[slot] = peak;
      blocks[SLOTS + slot] = Math.max(noise, ROUNDING_NOISE * signal.factor);
      this.likeness?.remember(index, signal.smooth, from - signal.first + energy.indexOf(peak));
    }
    blocks[2 * SLOTS + slot] = signal.countGaps(from, from + count) < GAP_SHARE * count ? 1 : 0;
  }

  /**
   * Judges the lead in a block: how far its peak is above its noise, by what is usual in the blocks about it.
   *
   * @param measured the number of blocks that are measured
   */
  judge(index: number, measured: number): Standing {
    const { blocks } = this;
    const from = Math.max(0, index - LEVEL_BLOCKS);
    const to = Math.min(measured, index + LEVEL_BLOCKS + 1);
    const found = this.judgeBlocks(from, to);
    if (found.usual === 0) return { weight: 0, level: 1, noise: 0, quality: 0 };
    const { usual, usualOfAll, usualNoise, leastNoise } = found;
    let here = 0;
    for (let k = Math.max(from, index - 1); k < Math.min(to, index + 2); k++) here = Math.max(here, blocks[k % SLOTS]);
    const level = Math.max(
      Math.min(usual, Math.max(here, LEAST_LEVEL * usual)),
      LEAST_OF_BEFORE * Math.exp(this.before),
    );
    const peak = blocks[index % SLOTS];
    // A flat stretch has no noise: what is usual counts there.
    const noiseHere = Math.max(blocks[SLOTS + (index % SLOTS)], usualNoise);
    // A lead that is off, but for a step now and then, has no weight for its steps.
    const common = Math.min(level, usualOfAll);
    const clear = Math.min(peak, common) * Math.min(1, (MOST_LEVELS * common) / peak);
    return {
      weight:
        peak > 0 ? this.trust(index, from, to) * (clear / (noiseHere + LEAST_NOISE * common)) ** QUALITY_POWER : 0,
      level,
      noise: noiseHere / level,
      quality: usual / (leastNoise + LEAST_NOISE * usual),
    };
  }

  /** How much a lead counts by how alike its peaks are in a block and those beside it: LEAST_TRUST to 1. */
  private trust(index: number, from: number, to: number): number {
    if (!this.likeness) return 1;
    const first = Math.max(from, index - 1);
    const end = Math.min(to, index + 2);
    let isGood = true;
    for (let k = first; isGood && k < end; k++) isGood = this.likeness.isAtLeast(ALIKE_IN_GOOD_LEAD, k, from, to);
    if (isGood) return 1;
    let alike = 0;
    for (let k = first; k < end; k++) alike += this.likeness.judge(k, from, to);
    const share = (alike / (end - first) - ALIKE_IN_BAD_LEAD) / (ALIKE_IN_GOOD_LEAD - ALIKE_IN_BAD_LEAD);
    return Math.max(LEAST_TRUST, Math.min(1, share)) ** TRUST_POWER;
  }

  /**
   * The usual peak of the blocks with beats in them, so that those without, of a slow heart or of an asystole, count for
   * nothing; and the usual peak of all blocks. Without blocks with beats both are the same. With them the noise that is usual, and the least.
   */
  private judgeBlocks(from: number, to: number) {
    const { blocks, found } = this;
    const at = blocks.byteOffset;
    if (!kernels.judgeBlocks(SLOTS, from, to, at, at + 8 * SLOTS, at + 16 * SLOTS, found.byteOffset))
      return { usual: 0, usualOfAll: 0, usualNoise: 0, leastNoise: 0 };
    if (found[0] > 0) this.remember(Math.log(found[0]));
    return { usual: found[0] || found[1], usualOfAll: found[1], usualNoise: found[2], leastNoise: found[3] };
  }

  /** Lets a block with beats change what was usual before. */
  private remember(log: number): void {
    if (this.blocksBefore < BLOCKS_BEFORE) this.blocksBefore++;
    if (this.blocksBefore === 1) this.before = log;
    this.before += Math.max(-MOST_CHANGE, Math.min(MOST_CHANGE, log - this.before)) / this.blocksBefore;
  }

  /**
   * Adds to the heights of waves what they are in this lead, as square roots: less where the signal only rises or only falls, as in a step.
   *
   * @param places the numbers of their samples, an array of the kernels
   * @param count the first so many are looked at
   * @param weight how the lead counts
   * @param level the energy in the usual beat
   * @param heights what is added to, an array of the kernels
   */
  addHeights(
    index: number,
    places: Int32Array,
    count: number,
    weight: number,
    level: number,
    heights: Float64Array,
  ): void {
    const reach = Math.max(1, Math.round(RETURN_SECONDS * this.signal.rate));
    const energies = this.energyOf(index).byteOffset - 8 * this.startOf(index);
    const { byteOffset } = heights;
    kernels.addHeights(this.signal.smoothAt(0), energies, count, places.byteOffset, reach, weight, level, byteOffset);
  }
}
