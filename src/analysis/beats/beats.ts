import { type Growing, newGrowing } from "../numbers/growing.ts";
import { LEVEL_BLOCKS, LeadBlocks } from "../signal/lead-blocks.ts";
import { newLikeness, newWidth, readShape, SHAPE_POINTS } from "./beat-shapes.ts";
import { chooseBeats } from "./choose-beats.ts";

/** What was found: one entry a beat in each list, in the order of their times. */
export type Beats = {
  /** Of the R peaks, in seconds from the first sample's. */
  times: Float64Array;
  /** 1 where no lead was recorded somewhere between this beat and the one before: what lies between is no RR interval. */
  afterGap: Uint8Array;
  /** How steep the beat is, as a share of what is usual about it: 1 is as the others. */
  heights: Float32Array;
  /** `SHAPE_POINTS` a beat and lead of `shapeLeads`: the signal about its R peak, its largest excursion being 127. */
  shapes: Int8Array;
  /** What 127 of a beat's shape is, in ADC units: one a beat and lead of `shapeLeads`. */
  shapeScales: Float32Array;
  /** The leads that shapes are of, by their number. */
  shapeLeads: number[];
  /** Where nothing was recorded in any lead, for longer than 0.1 s: seconds. */
  gaps: { from: number; to: number }[];
};

export type BeatDetector = {
  /** The next samples of each lead: as many as there are, of each its own number. */
  push: (leads: readonly Int32Array[]) => void;
  /** No more will come: all the beats. */
  finish: () => Beats;
};

/** Shapes are kept of no more leads than this, evenly chosen: a day's beats are many. */
const MAX_SHAPE_LEADS = 3;

/** Samples are gone through so much at a time. */
const PIECE_SECONDS = 10;
/** Peaks over noise: less is no ECG. */
const LEAST_QUALITY = 2.2;
/** Two candidates are this far apart at the least. */
const APART_SECONDS = 0.1;
/** As a share of the usual height: what is lower is no candidate. */
const LEAST_HEIGHT = 0.15;
/** From the steepest place to the R peak. */
const PEAK_REACH_SECONDS = 0.07;
/** Of two peaks of a complex nearly as large the first is the R peak: what is so far before counts this much more. */
const EARLIER = 0.2;
/** R peaks are those of the first lead before others, which may have theirs elsewhere: so much more it counts. */
const FIRST_LEAD = 2;
/** Before and after a QRS complex, for its baseline: a line between both. */
const BASELINE_SECONDS = 0.12;
/** An R peak that is nearer to the beginning or the end is of a complex that was not recorded as a whole. */
const EDGE_SECONDS = 0.05;
const GAP_SECONDS = 0.1;

/** How much each lead counts in a block, all together 1, its energy in the usual beat, and the noise of all. */
type Shares = { weights: Float64Array; levels: Float64Array; noise: number };

/**
 * Finds the beats of an ECG by all its leads together, in one pass with a bounded memory but for what is found; samples
 * may come in stretches of any length, and the result is the same.
 *
 * Each lead gives its QRS energy, as a share of what is usual in the 9 s before and after; the leads are added up,
 * weighted by how far their peaks are above their noise, and the peaks of the sum are candidates. Where the signal of a
 * lead makes a step, and does not come back, it counts less. Of the candidates `chooseBeats` takes the beats. The R peak
 * is the largest excursion from the baseline, of all the leads together.
 *
 * @param samplingRates Hz, one a lead
 */
export function newBeatDetector({ samplingRates }: { samplingRates: readonly number[] }): BeatDetector {
  const leads = samplingRates.map((samplingRate) => new LeadBlocks(samplingRate));
  const shapeLeads = chooseEvenly(leads.length, MAX_SHAPE_LEADS);
  const pieceLengths = samplingRates.map((samplingRate) => Math.max(1, Math.round(PIECE_SECONDS * samplingRate)));
  const sampleCounts = samplingRates.map(() => 0);
  const found = newCandidates();
  const gaps: { from: number; to: number }[] = [];
  /** Blocks so far. */
  let measured = 0;
  let summed = 0;

  /** All leads are added up at the rate of the first: places are the numbers of its samples. */
  const rate = leads[0]?.signal.rate ?? 1;
  const apart = Math.max(1, Math.round(APART_SECONDS * rate));
  const reach = Math.max(1, Math.round(PEAK_REACH_SECONDS * rate));
  const far = Math.max(reach, Math.round(BASELINE_SECONDS * rate));
  const excursions = new Float64Array(2 * reach + 1);
  /** The energy of all leads from the place `sumFirst` to `sumEnd`: of two blocks, and as far as candidates are apart. */
  const sum = new Float64Array(leads.length > 0 ? leads[0].startOf(2) + 2 * (apart + 2) : 0);
  let sumFirst = -apart - 1;
  let sumEnd = 0;
  const newShares = (): Shares => ({
    weights: new Float64Array(leads.length),
    levels: new Float64Array(leads.length),
    noise: 0,
  });
  /** Of the block that is searched, and of the one after it. */
  let shares = newShares();
  let nextShares = newShares();

  function weigh(index: number, into: Shares) {
    let total = 0;
    let noise = 0;
    let best = 0;
    for (let l = 0; l < leads.length; l++) {
      const standing = leads[l].judge(index, measured);
      into.weights[l] = standing.weight;
      into.levels[l] = standing.level;
      total += standing.weight;
      noise += standing.weight * standing.noise;
      best = Math.max(best, standing.quality);
    }
    const scale = best >= LEAST_QUALITY && total > 0 ? 1 / total : 0;
    for (let l = 0; l < leads.length; l++) into.weights[l] *= scale;
    into.noise = noise * scale;
  }

  function sumBlock(index: number) {
    const from = sumEnd;
    sumEnd = leads[0].startOf(index + 1);
    sum.fill(0, from - sumFirst, sumEnd - sumFirst);
    for (let l = 0; l < leads.length; l++) {
      const factor = nextShares.weights[l] / nextShares.levels[l];
      if (factor === 0) continue;
      const energy = leads[l].energyOf(index);
      if (leads[l].signal.rate === rate) {
        for (let i = from; i < sumEnd; i++) sum[i - sumFirst] += factor * energy[i - from];
      } else {
        const start = leads[l].startOf(index);
        for (let i = from; i < sumEnd; i++) sum[i - sumFirst] += factor * energy[placeIn(leads[l], index, i) - start];
      }
    }
  }

  /** The place in another lead at the time of one in the first, both in a block. */
  function placeIn(lead: LeadBlocks, index: number, place: number): number {
    if (lead.signal.rate === rate) return place;
    const nearest = Math.round(((place + 0.5) * lead.signal.rate) / rate - 0.5);
    return Math.max(lead.startOf(index), Math.min(lead.startOf(index + 1) - 1, nearest));
  }

  function searchBlock(index: number) {
    const to = leads[0].startOf(index + 1) - sumFirst;
    let i = leads[0].startOf(index) - sumFirst;
    let before = sum[i - 1];
    let height = sum[i];
    for (; i < to; i++) {
      const after = sum[i + 1];
      if (height >= LEAST_HEIGHT && height >= before && height >= after && isHighest(sum, i, apart)) {
        addCandidate(index, sumFirst + i);
      }
      before = height;
      height = after;
    }
    const drop = Math.max(0, to - apart - 1);
    sum.copyWithin(0, drop, sumEnd - sumFirst);
    sumFirst += drop;
  }

  function addCandidate(index: number, place: number) {
    const height = heightAt(index, place);
    if (height < LEAST_HEIGHT) return;
    const peak = findPeak(place);
    found.times.push((peak + 0.5) / rate - 0.5 / samplingRates[0]);
    found.heights.push(height);
    found.noises.push(shares.noise);
    for (const l of shapeLeads) {
      const { signal } = leads[l];
      const center = ((peak + 0.5) * signal.rate) / rate - 0.5 - signal.first;
      found.shapeScales.push(readShape(signal.values, signal.rate, center, SHAPE) / signal.factor);
      found.shapes.pushAll(SHAPE);
    }
  }

  /** By square roots: what several leads have a little of is more than what one has much of. */
  function heightAt(index: number, place: number): number {
    let root = 0;
    for (let l = 0; l < leads.length; l++) {
      if (shares.weights[l] === 0) continue;
      const energy = leads[l].trustedEnergy(index, placeIn(leads[l], index, place));
      root += shares.weights[l] * Math.sqrt(energy / shares.levels[l]);
    }
    return root * root;
  }

  /** The largest excursion from the baseline near a steep place, all leads together: a place between samples. */
  function findPeak(place: number): number {
    excursions.fill(0);
    for (let l = 0; l < leads.length; l++) {
      const factor = ((l === 0 ? FIRST_LEAD : 1) * shares.weights[l]) / shares.levels[l];
      if (factor === 0) continue;
      const { smooth, first, rate: ownRate } = leads[l].signal;
      if (ownRate === rate) {
        const at = place - first;
        const tilt = (smooth[at + far] - smooth[at - far]) / (2 * far);
        const start = smooth[at - far] + tilt * (far - reach);
        for (let i = 0; i <= 2 * reach; i++)
          excursions[i] += factor * Math.abs(smooth[at - reach + i] - start - tilt * i);
      } else {
        const valueAt = (near: number) => smooth[Math.round(((near + 0.5) * ownRate) / rate - 0.5) - first];
        const tilt = (valueAt(place + far) - valueAt(place - far)) / (2 * far);
        const start = valueAt(place - far) + tilt * (far - reach);
        for (let i = 0; i <= 2 * reach; i++) {
          excursions[i] += factor * Math.abs(valueAt(place - reach + i) - start - tilt * i);
        }
      }
    }
    for (let i = 0; i < excursions.length; i++) excursions[i] *= 1 + (EARLIER * (reach - i)) / reach;
    let best = 0;
    for (let i = 1; i < excursions.length; i++) if (excursions[i] > excursions[best]) best = i;
    return place - reach + best + vertexOf(excursions, best);
  }

  function measureNext() {
    for (const lead of leads) lead.measure(measured);
    findGaps(measured);
    measured++;
    if (measured - summed > LEVEL_BLOCKS) sumNext();
  }

  /** And searches the block before: a peak at its end has its neighbours now. */
  function sumNext() {
    weigh(summed, nextShares);
    sumBlock(summed);
    if (summed > 0) searchBlock(summed - 1);
    summed++;
    [shares, nextShares] = [nextShares, shares];
  }

  /** Stretches of a block in which no lead is there. */
  function findGaps(index: number) {
    if (leads.some((lead) => lead.signal.lastGap < lead.startOf(index))) return;
    for (let place = leads[0].startOf(index); place < leads[0].startOf(index + 1); place++) {
      const isMeasured = leads.some((lead) => lead.signal.isGap[placeIn(lead, index, place) - lead.signal.first] === 0);
      if (isMeasured) continue;
      const from = place / rate;
      const last = gaps.at(-1);
      if (last && from - last.to < 0.5 / rate) last.to = from + 1 / rate;
      else gaps.push({ from, to: from + 1 / rate });
    }
  }

  return {
    push(samples) {
      const pieceCounts = pieceLengths.map((length, l) => Math.ceil((samples[l]?.length ?? 0) / length));
      for (let piece = 0; piece < Math.max(...pieceCounts, 0); piece++) {
        for (let l = 0; l < leads.length; l++) {
          if (piece >= pieceCounts[l]) continue;
          leads[l].signal.push(samples[l].subarray(piece * pieceLengths[l], (piece + 1) * pieceLengths[l]));
        }
        while (leads.every((lead) => lead.isReady(measured))) measureNext();
      }
      for (let l = 0; l < leads.length; l++) sampleCounts[l] += samples[l]?.length ?? 0;
    },
    finish() {
      for (const { signal } of leads) signal.finish();
      let blockCount = measured;
      while (leads.some((lead) => lead.signal.end > lead.startOf(blockCount))) blockCount++;
      while (measured < blockCount) measureNext();
      while (summed < measured) sumNext();
      if (measured > 0) {
        sum.fill(0, sumEnd - sumFirst);
        searchBlock(measured - 1);
      }
      const duration = Math.max(0, ...sampleCounts.map((count, l) => count / samplingRates[l]));
      const known = gaps
        .map(({ from, to }) => ({ from, to: Math.min(to, duration) }))
        .filter(({ from, to }) => to - from > GAP_SECONDS);
      return toBeats(found, shapeLeads, known, duration);
    },
  };
}

/** The beats of leads that are there as a whole. */
export function findBeats(leads: readonly { samples: Int32Array; samplingRate: number }[]): Beats {
  const detector = newBeatDetector({ samplingRates: leads.map(({ samplingRate }) => samplingRate) });
  detector.push(leads.map(({ samples }) => samples));
  return detector.finish();
}

type Candidates = {
  times: Growing<Float64Array>;
  heights: Growing<Float32Array>;
  noises: Growing<Float32Array>;
  shapes: Growing<Int8Array>;
  shapeScales: Growing<Float32Array>;
};

function newCandidates(): Candidates {
  return {
    times: newGrowing((length) => new Float64Array(length)),
    heights: newGrowing((length) => new Float32Array(length)),
    noises: newGrowing((length) => new Float32Array(length)),
    shapes: newGrowing((length) => new Int8Array(length)),
    shapeScales: newGrowing((length) => new Float32Array(length)),
  };
}

function toBeats(found: Candidates, shapeLeads: number[], gaps: Beats["gaps"], duration: number): Beats {
  const times = found.times.values();
  const heights = found.heights.values();
  const isInGap = newGapTest(gaps);
  const kept = chooseBeats({
    times,
    clocks: recordedTimes(times, gaps),
    heights,
    noises: found.noises.values(),
    likeness: newLikeness(found.shapes.values(), shapeLeads.length),
    width: newWidth(found.shapes.values(), shapeLeads.length),
  }).filter(
    (at) => times[at] >= EDGE_SECONDS && times[at] <= duration - EDGE_SECONDS && !isInGap(times[at], times[at]),
  );
  return {
    times: Float64Array.from(kept, (at) => times[at]),
    afterGap: Uint8Array.from(kept, (at, i) => (i > 0 && isInGap(times[kept[i - 1]], times[at]) ? 1 : 0)),
    heights: Float32Array.from(kept, (at) => heights[at]),
    shapes: pick(found.shapes.values(), kept, SHAPE_POINTS * shapeLeads.length),
    shapeScales: pick(found.shapeScales.values(), kept, shapeLeads.length),
    shapeLeads,
    gaps,
  };
}

/** How much of the time before each moment was recorded, in seconds; the moments rise. */
function recordedTimes(times: Float64Array, gaps: Beats["gaps"]): Float64Array {
  let next = 0;
  let lost = 0;
  return times.map((time) => {
    for (; next < gaps.length && gaps[next].to <= time; next++) lost += gaps[next].to - gaps[next].from;
    return time - lost;
  });
}

/** Of values that are so many a candidate, those of the ones that are kept; they take their place. */
function pick<T extends Float32Array | Int8Array>(values: T, kept: readonly number[], each: number): T {
  for (const [i, at] of kept.entries()) values.copyWithin(i * each, at * each, (at + 1) * each);
  return values.slice(0, kept.length * each) as T;
}

/** Whether any gap meets the time from one moment to another; the moments do not go back. */
function newGapTest(gaps: Beats["gaps"]): (from: number, to: number) => boolean {
  return (from, to) => {
    let low = 0;
    let high = gaps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (gaps[middle].to > from) high = middle;
      else low = middle + 1;
    }
    return low < gaps.length && gaps[low].from <= to;
  };
}

function chooseEvenly(count: number, most: number): number[] {
  const chosen = Math.min(count, most);
  return Array.from({ length: chosen }, (_, i) => Math.floor((i * count) / chosen));
}

/** Whether nothing within `reach` is higher; of equals it is the first. */
function isHighest(values: Float64Array, at: number, reach: number): boolean {
  const height = values[at];
  for (let i = at - reach; i < at; i++) if (values[i] >= height) return false;
  for (let i = at + 1; i <= at + reach; i++) if (values[i] > height) return false;
  return true;
}

/** Where between its neighbours the parabola through a largest value and these has its vertex: -0.5 to 0.5. */
function vertexOf(values: Float64Array, at: number): number {
  if (at === 0 || at === values.length - 1) return 0;
  const bend = values[at - 1] - 2 * values[at] + values[at + 1];
  return bend < 0 ? Math.max(-0.5, Math.min(0.5, (values[at - 1] - values[at + 1]) / (2 * bend))) : 0;
}

const SHAPE = new Int8Array(SHAPE_POINTS);
