import type { LeadBlocks } from "../signal/lead-blocks.ts";

/** How the leads count in a block. */
export type Shares = {
  /** The weight of each lead: 1 for all together. */
  weights: Float64Array;
  /** The energy of each lead in the usual beat. */
  levels: Float64Array;
  /** The noise of all leads, as a share of their levels. */
  noise: number;
};

/** Leads whose best one has peaks of less than this many times its noise show no ECG. */
const LEAST_QUALITY = 2.2;

export function newShares(leadCount: number): Shares {
  return { weights: new Float64Array(leadCount), levels: new Float64Array(leadCount), noise: 0 };
}

/**
 * Weighs the leads against each other in a block.
 *
 * @param measured the number of blocks that are measured
 * @param shares what is found
 */
export function weighLeads(leads: readonly LeadBlocks[], block: number, measured: number, shares: Shares): void {
  const { weights, levels } = shares;
  let total = 0;
  let noise = 0;
  let best = 0;
  for (let l = 0; l < leads.length; l++) {
    const standing = leads[l].judge(block, measured);
    weights[l] = standing.weight;
    levels[l] = standing.level;
    total += standing.weight;
    noise += standing.weight * standing.noise;
    best = Math.max(best, standing.quality);
  }
  const scale = best >= LEAST_QUALITY && total > 0 ? 1 / total : 0;
  for (let l = 0; l < leads.length; l++) weights[l] *= scale;
  shares.noise = noise * scale;
}

/**
 * Measures the heights of candidates, as shares of what is usual, by square roots: what several leads have a little of is more than
 * what one has much of. All arrays are the kernels'.
 *
 * @param places the numbers of samples of the first lead, in the block
 * @param count the first so many are looked at
 * @param placesHere room for the numbers of samples of another lead
 * @param heights what is found
 */
export function measureHeights(
  leads: readonly LeadBlocks[],
  { weights, levels }: Shares,
  block: number,
  places: Int32Array,
  count: number,
  placesHere: Int32Array,
  heights: Float64Array,
): void {
  const { rate } = leads[0].signal;
  heights.fill(0, 0, count);
  for (let l = 0; l < leads.length; l++) {
    if (weights[l] === 0) continue;
    const isOfSameRate = leads[l].signal.rate === rate;
    for (let k = 0; !isOfSameRate && k < count; k++) placesHere[k] = leads[l].placeAt(block, places[k], rate);
    leads[l].addHeights(block, isOfSameRate ? places : placesHere, count, weights[l], levels[l], heights);
  }
  for (let k = 0; k < count; k++) heights[k] *= heights[k];
}
