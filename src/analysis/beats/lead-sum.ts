import { kernels, newRoom } from "../../kernels/kernels.ts";
import { type LeadBlocks, MOST_PEAKS } from "../signal/lead-blocks.ts";
import type { Shares } from "./shares.ts";

/** Two peaks of the sum are at least this far apart, or the lower one is no candidate. */
const APART_SECONDS = 0.1;

/** No two blocks have more values than this at any rate. */
const MOST_VALUES = 1024;

const withSum = newRoom(8 * MOST_VALUES + 4 * MOST_PEAKS, (room) => ({
  sumHere: room.doubles(MOST_VALUES),
  placesHere: room.ints(MOST_PEAKS),
}));

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

  /**
   * Finds the peaks of a block that are this high. What comes before the block's end is not needed again, and dropped.
   *
   * @param places what is found, MOST_PEAKS at the most
   * @returns the number of them
   */
  findPeaks(block: number, leastHeight: number, places: Int32Array): number {
    const { leads, sum, first, apart } = this;
    const from = leads[0].startOf(block) - first;
    const to = leads[0].startOf(block + 1) - first;
    const count = withSum(({ sumHere, placesHere }) => {
      sumHere.set(sum.subarray(0, to + apart + 1));
      const at = placesHere.byteOffset;
      const found = kernels.findPeaks(sumHere.byteOffset, from, to, apart, leastHeight, at, MOST_PEAKS);
      for (let k = 0; k < found; k++) places[k] = first + placesHere[k];
      return found;
    });
    const drop = Math.max(0, to - apart - 1);
    sum.copyWithin(0, drop, this.end - first);
    this.first += drop;
    return count;
  }
}
