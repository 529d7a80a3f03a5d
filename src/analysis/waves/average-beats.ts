import { MISSING } from "../../recording/recording.ts";

/** Hz: every lead is brought to this rate first, so that the same shapes are compared whatever device they come from. */
export const GRID_RATE = 250;
/** A beat's window about its R peak, in grid samples: from 0.48 s before it to 0.76 s after it. */
export const BEFORE = 120;
const AFTER = 190;
export const WINDOW = BEFORE + AFTER;

export type SampledLead = { samples: Int32Array; samplingRate: number | null };

export type AlignedBeats = {
  /** Per lead, at GRID_RATE from the beginning of the stretch; gaps are bridged by straight lines. */
  grids: Float32Array[];
  /** Per lead and grid sample, how many samples before it were missing. */
  gaps: Int32Array[];
  /** Per beat, the grid sample of its R peak, after its alignment with the others of its class. */
  centres: Int32Array;
  /** Per beat, the number of its class: the beats of one shape. */
  classOf: Int32Array;
  /** Per class, a window a lead, one after another: the mean of its beats, in the lead's ADC units. */
  averages: Float32Array[];
};

/** Grid samples about the R peak in which the shapes of two beats are compared: the QRS complex and the ST segment's start. */
const COMPARED_BEFORE = 25;
const COMPARED_AFTER = 35;
const COMPARED = COMPARED_BEFORE + COMPARED_AFTER;
/** How far, in grid samples, the R peaks that a detector gives in beats of one shape may be apart. */
const ALIGNMENT_REACH = 6;
/** Two beats are of one shape from this correlation on: a ventricular beat and a normal one are well below it. */
const SAME_SHAPE = 0.85;
const MAX_CLASSES = 6;

/**
 * Brings the leads to one rate, and averages the beats of each shape.
 *
 * @param beats seconds from the beginning of the samples to each R peak, ascending
 */
export function alignBeats(leads: readonly SampledLead[], beats: ArrayLike<number>): AlignedBeats {
  const grids = toGrids(leads);
  const gaps = leads.map((lead, i) => countGaps(lead.samples, lead.samplingRate ?? 0, grids[i].length));
  const scales = grids.map(toScale);
  const centres = new Int32Array(beats.length);
  const classOf = new Int32Array(beats.length);
  const templates: Float32Array[] = [];
  for (let b = 0; b < beats.length; b++) {
    const centre = Math.round(beats[b] * GRID_RATE);
    let best = -1;
    let bestShift = 0;
    let bestCorrelation = SAME_SHAPE;
    for (let c = 0; c < templates.length; c++) {
      const { correlation, shift } = climb((shift) => correlate(templates[c], grids, scales, centre + shift));
      if (correlation <= bestCorrelation) continue;
      best = c;
      bestShift = shift;
      bestCorrelation = correlation;
    }
    if (best < 0) {
      // When there are too many shapes, all that are left are of the last class.
      best = Math.min(templates.length, MAX_CLASSES - 1);
      templates[best] ??= new Float32Array(COMPARED * leads.length);
    }
    centres[b] = centre + bestShift;
    classOf[b] = best;
    for (let l = 0; l < grids.length; l++) {
      addWindow(templates[best], l * COMPARED, COMPARED, grids[l], centres[b] - COMPARED_BEFORE);
    }
  }
  const averages = templates.map((_, c) => average(grids, gaps, centres, classOf, c));
  return { grids, gaps, centres, classOf, averages };
}

/** The shift at which two beats are most alike: from 0 on, step by step, as far as it gets better. */
function climb(correlationAt: (shift: number) => number): { correlation: number; shift: number } {
  let shift = 0;
  let correlation = correlationAt(0);
  for (const direction of [1, -1]) {
    while (Math.abs(shift) < ALIGNMENT_REACH) {
      const next = correlationAt(shift + direction);
      if (next <= correlation) break;
      correlation = next;
      shift += direction;
    }
    if (shift !== 0) break;
  }
  return { correlation, shift };
}

/** Of the beats that are whole in a lead; of all when none is. */
function average(
  grids: readonly Float32Array[],
  gaps: readonly Int32Array[],
  centres: Int32Array,
  classOf: Int32Array,
  number: number,
): Float32Array {
  const sums = new Float32Array(WINDOW * grids.length);
  for (let l = 0; l < grids.length; l++) {
    let count = 0;
    for (const onlyWhole of [true, false]) {
      for (let b = 0; b < centres.length && (onlyWhole || count === 0); b++) {
        const from = centres[b] - BEFORE;
        const isWhole = from >= 0 && from + WINDOW < gaps[l].length && gaps[l][from + WINDOW] === gaps[l][from];
        if (classOf[b] !== number || isWhole !== onlyWhole) continue;
        addWindow(sums, l * WINDOW, WINDOW, grids[l], from);
        count++;
      }
    }
    for (let k = l * WINDOW; k < (l + 1) * WINDOW; k++) sums[k] /= Math.max(1, count);
  }
  return sums;
}

/** Beyond the ends of the stretch a lead goes on as it is at the end. */
function addWindow(sums: Float32Array, offset: number, length: number, grid: Float32Array, from: number): void {
  if (grid.length === 0) return;
  if (from >= 0 && from + length <= grid.length) {
    for (let k = 0; k < length; k++) sums[offset + k] += grid[from + k];
  } else {
    for (let k = 0; k < length; k++) sums[offset + k] += grid[Math.min(grid.length - 1, Math.max(0, from + k))];
  }
}

/**
 * The mean about each grid time, weighted by a triangle as wide as two grid steps: zero at the grid's rate, no delay, and
 * straight lines between samples that are farther apart.
 */
function toGrids(leads: readonly SampledLead[]): Float32Array[] {
  return leads.map(({ samples, samplingRate }) => {
    const rate = samplingRate ?? 0;
    const bridged = bridgeGaps(samples);
    if (rate === GRID_RATE) return new Float32Array(bridged);
    const count = rate > 0 && samples.length > 0 ? Math.floor(((samples.length - 1) * GRID_RATE) / rate) + 1 : 0;
    if (lastKernel?.rate !== rate) lastKernel = newKernel(rate);
    const { taps, starts, weights } = lastKernel;
    const grid = new Float32Array(count);
    const last = bridged.length - 1;
    const step = rate / GRID_RATE;
    for (let i = 0; i < count; i++) {
      const at = Math.round(i * step * PHASES);
      const phase = at % PHASES;
      const start = (at - phase) / PHASES + starts[phase];
      let sum = 0;
      if (start >= 0 && start + taps <= bridged.length) {
        for (let k = 0; k < taps; k++) sum += weights[phase * taps + k] * bridged[start + k];
      } else {
        // Beyond its ends a lead goes on as it is there.
        for (let k = 0; k < taps; k++) {
          sum += weights[phase * taps + k] * bridged[Math.min(last, Math.max(0, start + k))];
        }
      }
      grid[i] = sum;
    }
    return grid;
  });
}

/** A grid sample lies on a sample, or so many parts of the way to the next one. */
const PHASES = 128;
/** For each phase, the first sample that a grid sample is made of, and the weights of that and those after it. */
type Kernel = { rate: number; taps: number; starts: Int32Array; weights: Float32Array };

/** The next stretch is most likely of the same rate. */
let lastKernel: Kernel | undefined;

function newKernel(rate: number): Kernel {
  const step = rate / GRID_RATE;
  const reach = Math.max(1, step);
  // A triangle that begins and ends at samples has none of them.
  const taps = Number.isInteger(step) ? 2 * step - 1 : Math.ceil(2 * reach);
  const starts = new Int32Array(PHASES);
  const weights = new Float32Array(PHASES * taps);
  for (let phase = 0; phase < PHASES; phase++) {
    const center = phase / PHASES;
    starts[phase] = Math.floor(center - reach) + 1;
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      weights[phase * taps + k] = Math.max(0, 1 - Math.abs(starts[phase] + k - center) / reach);
      sum += weights[phase * taps + k];
    }
    for (let k = 0; k < taps; k++) weights[phase * taps + k] /= sum;
  }
  return { rate, taps, starts, weights };
}

function bridgeGaps(samples: Int32Array): Float32Array | Int32Array {
  if (!samples.includes(MISSING)) return samples;
  const bridged = new Float32Array(samples.length);
  let last = -1;
  for (let i = 0; i <= samples.length; i++) {
    if (i < samples.length && samples[i] === MISSING) continue;
    const from = last < 0 ? (samples[i] ?? 0) : samples[last];
    const to = i < samples.length ? samples[i] : from;
    for (let k = last + 1; k < i; k++) bridged[k] = from + ((to - from) * (k - last)) / (i - last);
    if (i < samples.length) bridged[i] = to;
    last = i;
  }
  return bridged;
}

/** Of all leads without a gap. */
let noGaps = new Int32Array(0);

function countGaps(samples: Int32Array, samplingRate: number, count: number): Int32Array {
  if (!samples.includes(MISSING)) {
    if (noGaps.length <= count) noGaps = new Int32Array(count + 1);
    return noGaps.subarray(0, count + 1);
  }
  const gaps = new Int32Array(count + 1);
  let missing = 0;
  for (let i = 0, k = 0; i <= count; i++) {
    for (; k < samples.length && k < (i * samplingRate) / GRID_RATE; k++) if (samples[k] === MISSING) missing++;
    gaps[i] = missing;
  }
  return gaps;
}

/** What makes a lead weigh as much as another: the reciprocal of its steepest usual slope; 0 for a flat one. */
function toScale(grid: Float32Array): number {
  let sum = 0;
  for (let i = 1; i < grid.length; i++) sum += (grid[i] - grid[i - 1]) ** 2;
  return sum > 0 ? Math.sqrt(grid.length / sum) : 0;
}

/** Pearson's, of the slopes in all leads together. */
function correlate(
  template: Float32Array,
  grids: readonly Float32Array[],
  scales: readonly number[],
  centre: number,
): number {
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let l = 0; l < grids.length; l++) {
    const grid = grids[l];
    const from = Math.max(2, COMPARED_BEFORE - centre + 2);
    const to = Math.min(COMPARED, grid.length - centre + COMPARED_BEFORE);
    const offset = l * COMPARED;
    const start = centre - COMPARED_BEFORE;
    const weight = scales[l] * scales[l];
    let lxx = 0;
    let lyy = 0;
    let lxy = 0;
    for (let k = from; k < to; k += 2) {
      const x = template[offset + k] - template[offset + k - 2];
      const y = grid[start + k] - grid[start + k - 2];
      lxx += x * x;
      lyy += y * y;
      lxy += x * y;
    }
    xx += weight * lxx;
    yy += weight * lyy;
    xy += weight * lxy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
