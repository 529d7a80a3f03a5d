import { kernels, type Maker } from "../../kernels/kernels.ts";
import { type LeadBlocks, MOST_PEAKS } from "../signal/lead-blocks.ts";
import type { Shares } from "./shares.ts";

/** Two peaks of the sum are at least this far apart, or the lower one is no candidate. */
const APART_SECONDS = 0.1;
/** So many blocks have room: two are needed, and they are only moved where there is none for the next. */
const ROOM_BLOCKS = 6;

/**
 * The energy of all leads, added up block by block at the rate of the first lead: a place is the number of one of its
 * samples. Only the last blocks are kept.
 */
export class LeadSum {
  /** The rate of the sum, Hz. */
  readonly rate: number;
  private readonly leads: readonly LeadBlocks[];
  /** The places in APART_SECONDS. */
  private readonly apart: number;
  private sum = new Float64Array(0);
  /** The energy of a lead of another rate at the places of the sum. */
  private energyHere = new Float64Array(0);
  /** The place of the first value of `sum`. */
  private first: number;
  /** The place after the last one that is added up. */
  private end = 0;

  constructor(leads: readonly LeadBlocks[]) {
    this.leads = leads;
    this.rate = leads[0]?.signal.rate ?? 1;
    this.apart = Math.max(1, Math.round(APART_SECONDS * this.rate));
    this.first = -this.apart - 1;
  }

  /** Makes the arrays of what is kept. */
  makeArrays(maker: Maker): void {
    const [first] = this.leads;
    if (!first) return;
    this.sum = maker.doubles(first.startOf(ROOM_BLOCKS) + 2 * (this.apart + 2));
    this.energyHere = maker.doubles(first.startOf(1) + 2);
  }

  /**
   * Adds up the next block, or silence after the last, and finds the peaks of the block before it: they have their neighbours now. What
   * comes before that block's end is not needed again, and dropped.
   *
   * @param shares how the leads count in the block; null for silence
   * @param leastHeight lower peaks are none
   * @param places what is found, MOST_PEAKS at the most, in an array of the kernels
   * @returns the number of them
   */
  addAndSearch(block: number, shares: Shares | null, leastHeight: number, places: Int32Array): number {
    const { leads, sum, energyHere, rate, apart } = this;
    const from = this.end;
    const end = shares ? leads[0].startOf(block + 1) : from + apart + 1;
    const start = block > 0 ? leads[0].startOf(block - 1) : from;
    this.reserve(end, start - apart - 1);
    const { first } = this;
    const here = sum.byteOffset + 8 * (from - first);
    let isEmpty = true;
    for (let l = 0; shares && l < leads.length; l++) {
      const factor = shares.weights[l] / shares.levels[l];
      if (factor === 0) continue;
      const lead = leads[l];
      const energy = lead.energyOf(block);
      const isOfSameRate = lead.signal.rate === rate;
      const offset = lead.startOf(block);
      for (let i = from; !isOfSameRate && i < end; i++) {
        energyHere[i - from] = energy[lead.placeAt(block, i, rate) - offset];
      }
      const { byteOffset } = isOfSameRate ? energy : energyHere;
      if (isEmpty) kernels.takeEnergy(here, byteOffset, end - from, factor);
      else kernels.addEnergy(here, byteOffset, end - from, factor);
      isEmpty = false;
    }
    if (isEmpty) sum.fill(0, from - first, end - first);
    const { byteOffset } = places;
    const count = kernels.findPeaks(
      sum.byteOffset,
      start - first,
      from - first,
      apart,
      leastHeight,
      byteOffset,
      MOST_PEAKS,
    );
    for (let k = 0; k < count; k++) places[k] += first;
    this.end = end;
    return count;
  }

  /** Makes room up to a place: what is before another one is not needed again. */
  private reserve(end: number, needed: number): void {
    const { sum, first } = this;
    if (end - first + 2 <= sum.length) return;
    sum.copyWithin(0, needed - first, this.end - first);
    this.first = needed;
  }
}
