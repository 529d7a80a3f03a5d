import { chooseBeats } from "./choose-beats.ts";
import { type Growing, newGrowing } from "./growing.ts";
import { type LeadSignal, newLeadSignal } from "./lead-signal.ts";
import { measureQrsEnergy } from "./qrs-energy.ts";

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
  /** Seconds: of the longest lead. */
  duration: number;
};

export type BeatDetector = {
  /** The next samples of each lead: as many as there are, of each its own number. */
  push: (leads: readonly Int32Array[]) => void;
  /** No more will come: all the beats. */
  finish: () => Beats;
};

/** A shape reaches from so long before the R peak, in steps of so much. */
export const SHAPE_POINTS = 32;
export const SHAPE_STEP_SECONDS = 0.01;
export const SHAPE_BEFORE_SECONDS = 0.13;
/** Shapes are kept of no more leads than this, evenly chosen: a day's beats are many. */
const MAX_SHAPE_LEADS = 3;

const BLOCK_SECONDS = 2;
/** About a block, for what is measured over time. */
const MARGIN_SECONDS = 0.5;
/** Leads are judged by this many blocks before and after. */
const LEVEL_BLOCKS = 4;
const SLOTS = 2 * LEVEL_BLOCKS + 2;
/** Of the peaks of those blocks: below the middle, so that a few extrasystoles do not set it. */
const LEVEL_QUANTILE = 0.4;
/** Of the energy in a block: what there is between beats. */
const NOISE_QUANTILE = 0.4;
/** A lead's beats are taken to be no lower than this share of what is usual: a pause is no change of their height. */
const LEAST_LEVEL = 0.5;
/** Every so many samples are enough to judge noise. */
const NOISE_STEP = 4;
/** A lead counts by its peaks over its noise, to this power. */
const QUALITY_POWER = 2;
/** Peaks over noise: less is no ECG. */
const LEAST_QUALITY = 2.2;
/** Two candidates are this far apart at the least. */
const APART_SECONDS = 0.1;
/** As a share of the usual height: what is lower is no candidate. */
const LEAST_HEIGHT = 0.15;
/** From the steepest place to the R peak. */
const PEAK_REACH_SECONDS = 0.07;
/** Before and after a QRS complex, for its baseline. */
const BASELINE_SECONDS = 0.12;
const GAP_SECONDS = 0.1;

/** What is known of a lead over one block and its margins. */
type Block = {
  index: number;
  values: Float64Array;
  isGap: Uint8Array;
  energy: Float32Array;
  peak: number;
  noise: number;
};
type DetectorLead = { signal: LeadSignal; blocks: Block[]; margin: number };

/**
 * Finds the beats of an ECG by all its leads together, in one pass with a bounded memory but for what is found; samples
 * may come in stretches of any length, and the result is the same.
 *
 * Each lead gives its QRS energy, as a share of what is usual in the 9 s before and after; the leads are added up,
 * weighted by how far their peaks are above their noise, and the peaks of the sum are candidates, of which
 * `chooseBeats` takes the beats. The R peak is the largest excursion from the baseline, of all the leads together.
 *
 * @param samplingRates Hz, one a lead
 */
export function newBeatDetector({ samplingRates }: { samplingRates: readonly number[] }): BeatDetector {
  const leads: DetectorLead[] = samplingRates.map((samplingRate) => {
    const signal = newLeadSignal(samplingRate);
    const margin = Math.ceil(MARGIN_SECONDS * signal.rate);
    const length = Math.ceil(BLOCK_SECONDS * signal.rate) + 2 * margin + 2;
    const blocks = Array.from({ length: SLOTS }, () => ({
      index: -1,
      values: new Float64Array(length),
      isGap: new Uint8Array(length),
      energy: new Float32Array(length),
      peak: 0,
      noise: 0,
    }));
    return { signal, blocks, margin };
  });
  const shapeLeads = chooseEvenly(leads.length, MAX_SHAPE_LEADS);
  const found = newCandidates();
  let measured = 0;
  let searched = 0;
  let sampleCounts = samplingRates.map(() => 0);
  const gaps: { from: number; to: number }[] = [];

  const startOf = (lead: DetectorLead, block: number) => Math.ceil(block * BLOCK_SECONDS * lead.signal.rate);

  function measureBlock(lead: DetectorLead, index: number) {
    const { signal, margin } = lead;
    const block = lead.blocks[index % SLOTS];
    const from = startOf(lead, index);
    const to = startOf(lead, index + 1);
    block.index = index;
    signal.copy(from - margin, block.values, block.isGap);
    signal.dropBefore(to - margin);
    measureQrsEnergy(block.values, signal.rate, block.energy);
    block.peak = 0;
    for (let i = margin; i < margin + to - from; i++) if (block.energy[i] > block.peak) block.peak = block.energy[i];
    block.noise = sampledQuantile(block.energy, margin, margin + to - from, NOISE_STEP, NOISE_QUANTILE);
  }

  /** Of each lead in a block: what its energy is multiplied with, so that the usual beat is 1 in the sum of all. */
  function weigh(index: number): { factors: number[]; quality: number } {
    const peaks: number[] = [];
    const factors: number[] = [];
    let total = 0;
    let best = 0;
    for (const { blocks } of leads) {
      peaks.length = 0;
      let here = 0;
      let noise = 0;
      let leastNoise = Number.POSITIVE_INFINITY;
      for (let k = Math.max(0, index - LEVEL_BLOCKS); k < Math.min(measured, index + LEVEL_BLOCKS + 1); k++) {
        const block = blocks[k % SLOTS];
        peaks.push(block.peak);
        if (Math.abs(k - index) <= 1) here = Math.max(here, block.peak);
        if (k === index) noise = block.noise;
        if (block.peak > 0) leastNoise = Math.min(leastNoise, block.noise);
      }
      peaks.sort((a, b) => a - b);
      const usual = peaks[Math.floor(LEVEL_QUANTILE * peaks.length)];
      const level = Math.min(usual, Math.max(here, LEAST_LEVEL * usual));
      const weight = level > 0 ? (Math.min(here, level) / (noise + 0.02 * level)) ** QUALITY_POWER : 0;
      factors.push(level > 0 ? weight / level : 0);
      total += weight;
      if (level > 0) best = Math.max(best, usual / (leastNoise + 0.02 * usual));
    }
    return { factors: factors.map((factor) => (total > 0 ? factor / total : 0)), quality: best };
  }

  const { rate } = leads[0]?.signal ?? { rate: 1 };
  const marginOfAll = leads[0]?.margin ?? 0;
  const reach = Math.max(1, Math.round(PEAK_REACH_SECONDS * rate));
  const excursions = new Float64Array(2 * reach + 1);
  const energyOfAll = new Float64Array(leads[0]?.blocks[0].energy.length ?? 0);

  function searchBlock(index: number) {
    const { factors, quality } = weigh(index);
    const count = startOf(leads[0], index + 1) - startOf(leads[0], index);
    if (quality < LEAST_QUALITY) return;
    const apart = Math.max(1, Math.round(APART_SECONDS * rate));
    const from = marginOfAll - apart - 1;
    const to = marginOfAll + count + apart + 1;
    energyOfAll.fill(0);
    for (const [l, lead] of leads.entries()) addEnergy(lead, index, factors[l], from, to);
    for (let i = marginOfAll; i < marginOfAll + count; i++) {
      const height = energyOfAll[i];
      if (height < LEAST_HEIGHT || height < energyOfAll[i - 1] || height < energyOfAll[i + 1]) continue;
      if (isHighest(energyOfAll, i, apart)) addCandidate(index, i, height, factors);
    }
  }

  function addEnergy(lead: DetectorLead, index: number, factor: number, from: number, to: number) {
    if (factor === 0) return;
    const { energy } = lead.blocks[index % SLOTS];
    if (lead.signal.rate === rate) {
      for (let i = from; i < to; i++) energyOfAll[i] += factor * energy[i];
    } else {
      const map = newMap(lead, index);
      for (let i = from; i < to; i++) energyOfAll[i] += factor * energy[map(i)];
    }
  }

  /** From a place in the first lead's block to the one of the same time in another lead's. */
  function newMap(lead: DetectorLead, index: number): (i: number) => number {
    const ratio = lead.signal.rate / rate;
    const ours = startOf(leads[0], index) - marginOfAll;
    const theirs = startOf(lead, index) - lead.margin;
    const last = lead.blocks[0].energy.length - 1;
    return (i) => Math.min(last, Math.max(0, Math.round((ours + i) * ratio) - theirs));
  }

  function addCandidate(index: number, at: number, height: number, factors: number[]) {
    const peak = findPeak(index, at, factors);
    found.times.push((startOf(leads[0], index) - marginOfAll + peak + 0.5) / rate - 0.5 / samplingRates[0]);
    found.heights.push(height);
    for (const l of shapeLeads) {
      const lead = leads[l];
      const { values } = lead.blocks[index % SLOTS];
      const center = lead.signal.rate === rate ? peak : newMap(lead, index)(Math.round(peak));
      found.shapeScales.push(readShape(values, lead.signal.rate, center, SHAPE) / lead.signal.factor);
      found.shapes.pushAll(SHAPE);
    }
  }

  /** The largest excursion from the baseline near a steep place, all leads together: a place between samples. */
  function findPeak(index: number, at: number, factors: number[]): number {
    excursions.fill(0);
    for (const [l, lead] of leads.entries()) {
      const factor = factors[l];
      if (factor === 0) continue;
      const { values } = lead.blocks[index % SLOTS];
      const far = Math.max(reach, Math.round(BASELINE_SECONDS * rate));
      if (lead.signal.rate === rate) {
        const baseline = (values[at - far] + values[at + far]) / 2;
        for (let i = 0; i <= 2 * reach; i++) excursions[i] += factor * Math.abs(values[at - reach + i] - baseline);
      } else {
        const map = newMap(lead, index);
        const baseline = (values[map(at - far)] + values[map(at + far)]) / 2;
        for (let i = 0; i <= 2 * reach; i++) excursions[i] += factor * Math.abs(values[map(at - reach + i)] - baseline);
      }
    }
    let best = 0;
    for (let i = 1; i < excursions.length; i++) if (excursions[i] > excursions[best]) best = i;
    return at - reach + best + vertexOf(excursions, best);
  }

  function advance(isLast: boolean) {
    for (;;) {
      const isReady = leads.every((lead) => lead.signal.count() >= startOf(lead, measured + 1) + lead.margin + 2);
      const isLeft = isLast && leads.some((lead) => lead.signal.count() > startOf(lead, measured));
      if (!isReady && !isLeft) break;
      for (const lead of leads) measureBlock(lead, measured);
      findGaps(measured);
      measured++;
      if (measured - searched > LEVEL_BLOCKS) searchBlock(searched++);
    }
    if (isLast) while (searched < measured) searchBlock(searched++);
  }

  /** Stretches of a block in which no lead is there. */
  function findGaps(index: number) {
    const count = startOf(leads[0], index + 1) - startOf(leads[0], index);
    const maps = leads.map((lead) => (lead.signal.rate === rate ? (i: number) => i : newMap(lead, index)));
    if (leads.some(({ blocks }) => !blocks[index % SLOTS].isGap.includes(1))) return;
    for (let i = marginOfAll; i < marginOfAll + count; i++) {
      if (!leads.every(({ blocks }, l) => blocks[index % SLOTS].isGap[maps[l](i)] === 1)) continue;
      const from = (startOf(leads[0], index) - marginOfAll + i) / rate;
      const last = gaps.at(-1);
      if (last && from - last.to < 0.5 / rate) last.to = from + 1 / rate;
      else gaps.push({ from, to: from + 1 / rate });
    }
  }

  return {
    push(pieces) {
      for (const [l, { signal }] of leads.entries()) if (pieces[l]) signal.push(pieces[l]);
      sampleCounts = sampleCounts.map((count, l) => count + (pieces[l]?.length ?? 0));
      if (leads.length > 0) advance(false);
    },
    finish() {
      for (const { signal } of leads) signal.finish();
      if (leads.length > 0) advance(true);
      const duration = Math.max(0, ...sampleCounts.map((count, l) => count / samplingRates[l]));
      const known = gaps
        .map(({ from, to }) => ({ from, to: Math.min(to, duration) }))
        .filter(({ from, to }) => to - from > GAP_SECONDS);
      return { ...toBeats(found, shapeLeads, known), duration };
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
  shapes: Growing<Int8Array>;
  shapeScales: Growing<Float32Array>;
};

function newCandidates(): Candidates {
  return {
    times: newGrowing((length) => new Float64Array(length)),
    heights: newGrowing((length) => new Float32Array(length)),
    shapes: newGrowing((length) => new Int8Array(length)),
    shapeScales: newGrowing((length) => new Float32Array(length)),
  };
}

function toBeats(found: Candidates, shapeLeads: number[], gaps: Beats["gaps"]): Omit<Beats, "duration"> {
  const times = found.times.values();
  const chosen = chooseBeats(times, found.heights.values());
  const isInGap = newGapTest(gaps);
  const kept = chosen.filter((at) => times[at] >= 0 && !isInGap(times[at], times[at]));
  const perBeat = SHAPE_POINTS * shapeLeads.length;
  const shapes = new Int8Array(kept.length * perBeat);
  const shapeScales = new Float32Array(kept.length * shapeLeads.length);
  for (const [i, at] of kept.entries()) {
    shapes.set(found.shapes.values().subarray(at * perBeat, (at + 1) * perBeat), i * perBeat);
    for (let l = 0; l < shapeLeads.length; l++) {
      shapeScales[i * shapeLeads.length + l] = found.shapeScales.values()[at * shapeLeads.length + l];
    }
  }
  return {
    times: Float64Array.from(kept, (at) => times[at]),
    afterGap: Uint8Array.from(kept, (at, i) => (i > 0 && isInGap(times[kept[i - 1]], times[at]) ? 1 : 0)),
    heights: Float32Array.from(kept, (at) => found.heights.values()[at]),
    shapes,
    shapeScales,
    shapeLeads,
    gaps,
  };
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
const SHAPE_VALUES = new Float64Array(SHAPE_POINTS);

/** The signal about a place, less its mean: what 127 is of it. */
function readShape(values: Float64Array, rate: number, center: number, shape: Int8Array): number {
  let mean = 0;
  const step = SHAPE_STEP_SECONDS * rate;
  const first = center - SHAPE_BEFORE_SECONDS * rate;
  const last = values.length - 2;
  for (let i = 0; i < SHAPE_POINTS; i++) {
    const at = first + i * step;
    const left = at < 0 ? 0 : at > last ? last : at | 0;
    const value = values[left] + (at - left) * (values[left + 1] - values[left]);
    SHAPE_VALUES[i] = value;
    mean += value / SHAPE_POINTS;
  }
  let largest = 0;
  for (let i = 0; i < SHAPE_POINTS; i++) {
    const excursion = SHAPE_VALUES[i] - mean;
    if (excursion > largest) largest = excursion;
    else if (-excursion > largest) largest = -excursion;
  }
  const scale = largest > 0 ? 127 / largest : 0;
  for (let i = 0; i < SHAPE_POINTS; i++) shape[i] = Math.round((SHAPE_VALUES[i] - mean) * scale);
  return largest;
}

const QUANTILE_ROOM = new Float32Array(4096);

function sampledQuantile(values: Float32Array, from: number, to: number, step: number, share: number): number {
  let count = 0;
  for (let i = from; i < to && count < QUANTILE_ROOM.length; i += step) QUANTILE_ROOM[count++] = values[i];
  const sorted = QUANTILE_ROOM.subarray(0, count).sort();
  return count === 0 ? 0 : sorted[Math.floor(share * count)];
}
