import type { LeadBlocks } from "../signal/lead-blocks.ts";
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
  private readonly sum: Float64Array;
  /** The place of the first value of `sum`. */
  private first: number;
  /** The place after the last one that is added up. */
  private end = 0;

  constructor(leads: readonly LeadBlocks[]) {
    this.leads = leads;
    this.rate = leads[0]?.signal.rate ?? 1;
    this.apart = Math.max(1, Math.round(APART_SECONDS * this.rate));
    this.sum = new Float64Array(leads.length > 0 ? leads[0].startOf(2) + 2 * (this.apart + 2) : 0);
    this.first = -this.apart - 1;
  }

  /** Adds up the next block. */
  add(block: number, { weights, levels }: Shares): void {
    const { leads, sum, first, rate } = this;
    const from = this.end;
    const end = leads[0].startOf(block + 1);
    sum.fill(0, from - first, end - first);
    for (let l = 0; l < leads.length; l++) {
      const factor = weights[l] / levels[l];
      if (factor === 0) continue;
      const lead = leads[l];
      const energy = lead.energyOf(block);
      if (lead.signal.rate === rate) {
        for (let i = from; i < end; i++) sum[i - first] += factor * energy[i - from];
      } else {
        const start = lead.startOf(block);
        for (let i = from; i < end; i++) sum[i - first] += factor * energy[lead.placeAt(block, i, rate) - start];
      }
    }
    this.end = end;
  }

  /** Lets silence follow on the last block, so that it can be searched. */
  addSilence(): void {
    this.sum.fill(0, this.end - this.first);
  }

  /** The places of a block's peaks that are this high. What comes before the block's end is not needed again, and dropped. */
  findPeaks(block: number, leastHeight: number): number[] {
    const { leads, sum, first, apart } = this;
    const places: number[] = [];
    const to = leads[0].startOf(block + 1) - first;
    // Of places that are as near as `apart` only the highest may be a peak.
    for (let from = leads[0].startOf(block) - first; from < to; from += apart + 1) {
      const end = Math.min(to, from + apart + 1);
      let at = from;
      let top = sum[from];
      for (let i = from + 1; i < end; i++) {
        const value = sum[i];
        if (value <= top) continue;
        top = value;
        at = i;
      }
      if (top >= leastHeight && isHighest(sum, at, apart)) places.push(first + at);
    }
    const drop = Math.max(0, to - apart - 1);
    sum.copyWithin(0, drop, this.end - first);
    this.first += drop;
    return places;
  }
}

/** Whether nothing within `reach` is higher; the first of equal values is the highest. */
function isHighest(values: Float64Array, at: number, reach: number): boolean {
  const height = values[at];
  for (let i = at - reach; i < at; i++) if (values[i] >= height) return false;
  for (let i = at + 1; i <= at + reach; i++) if (values[i] > height) return false;
  return true;
}
