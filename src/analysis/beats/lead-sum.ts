import { kernels, type Maker } from "../../kernels/kernels.ts";
import { type LeadBlocks, MOST_PEAKS } from "../signal/lead-blocks.ts";
import type { Shares } from "./shares.ts";

/** Two peaks of the sum are at least this far apart, or the lower one is no candidate. */
const APART_SECONDS = 0.1;

/**
 * The energy of all leads, added up block by block at the rate of the first lead: a place is the number of one of its
 * samples. Only the last two blocks are kept.
 */
export class LeadSum {
  /** The rate of the sum, Hz. */
  readonly rate: number;
  private readonly leads: readonly LeadBlocks[];
  /** The places in APART_SECONDS. */
  private readonly apart: number;
  private readonly length: number;
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
    this.length = leads.length > 0 ? leads[0].startOf(2) + 2 * (this.apart + 2) : 0;
    this.first = -this.apart - 1;
  }

  /** Makes the arrays of what is kept. */
  makeArrays(maker: Maker): void {
    this.sum = maker.doubles(this.length);
    this.energyHere = maker.doubles(this.length);
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
    const { leads, sum, energyHere, first, rate, apart } = this;
    const from = this.end;
    const end = shares ? leads[0].startOf(block + 1) : from + apart + 1;
    sum.fill(0, from - first, end - first);
    const here = sum.byteOffset + 8 * (from - first);
    for (let l = 0; shares && l < leads.length; l++) {
      const factor = shares.weights[l] / shares.levels[l];
      if (factor === 0) continue;
      const lead = leads[l];
      const energy = lead.energyOf(block);
      if (lead.signal.rate === rate) kernels.addEnergy(here, energy.byteOffset, end - from, factor);
      else {
        const start = lead.startOf(block);
        for (let i = from; i < end; i++) energyHere[i - from] = energy[lead.placeAt(block, i, rate) - start];
        kernels.addEnergy(here, energyHere.byteOffset, end - from, factor);
      }
    }
    const to = from - first;
    const start = block > 0 ? leads[0].startOf(block - 1) - first : to;
    const count = kernels.findPeaks(sum.byteOffset, start, to, apart, leastHeight, places.byteOffset, MOST_PEAKS);
    for (let k = 0; k < count; k++) places[k] += first;
    const drop = Math.max(0, from - first - apart - 1);
    sum.copyWithin(0, drop);
    this.first += drop;
    this.end = end;
    return count;
  }
}
