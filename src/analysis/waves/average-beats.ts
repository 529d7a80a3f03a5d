import { type Address, kernels, type Room, roomFor, withRoom } from "../../kernels/kernels.ts";
import { MISSING } from "../../recording/recording.ts";

/** Every lead is brought to this rate first, so that the same shapes are compared whatever device they come from. */
export const GRID_RATE_HZ = 250;
/** A beat's window begins this many grid samples before its R peak: 0.48 s. */
export const BEFORE = 120;
/** A beat's window ends this many grid samples after its R peak: 0.76 s. */
const AFTER = 190;
/** The grid samples of a beat's window. */
export const WINDOW = BEFORE + AFTER;

export type SampledLead = { samples: Int32Array; samplingRate: number | null };

/** The beats of a stretch, grouped into kinds: the beats of a kind have like shapes. */
export type AlignedBeats = {
  /** The numbers of the leads that show beats: those of `grids` and all that follow. */
  shown: number[];
  /** The samples of each lead at GRID_RATE_HZ from the beginning of the stretch; gaps are bridged by straight lines. */
  grids: Float32Array[];
  /** The number of samples that are missing before each grid sample of each lead. */
  gaps: Int32Array[];
  /** The grid sample of each beat's R peak, after the beat's alignment with the others of its kind. */
  centres: Int32Array;
  /** The number of each beat's kind. */
  kindOf: Int32Array;
  /** The mean of each kind's beats: a window a lead, one after another, in the lead's ADC units, of single precision. */
  averages: Float64Array[];
  /** The sums that are averaged, likewise. */
  sums: Float64Array[];
};

/** Two beats are compared from this many grid samples before their R peaks on: 100 ms, before any QRS complex but a very wide one. */
export const COMPARED_BEFORE = 25;
/** Two beats are compared up to this many grid samples after their R peaks: 140 ms, with the ST segment's start. */
export const COMPARED_AFTER = 35;
/** The bytes of the beats of a kind so far in a lead, as the kernel `correlate` has them: the sum of the 60 grid samples that are compared, and its slopes. */
const TEMPLATE_BYTES = 736;
/** The bytes of a lead in its list of leads. */
const LEAD_BYTES = 16;
/** A QRS complex is over within this many grid samples of its R peak, 60 ms, but for its outer end; it may begin COMPARED_BEFORE it. */
const AFTER_PEAK = 15;
/**
 * A lead shows beats where its slopes near R peaks are at least this share of all its slopes about them, as a share of the same of the lead that
 * shows beats best. No lead of LUDB and PTB (1224) and none of 746 pieces of leads of MIT-BIH and CPSC 2021 is below it, and all but one of 612 made
 * signals of breathing, pulse waves, tremor and movement are.
 */
const LEAST_STEEPNESS = 0.4;
/** The R peaks that a detector gives in beats of one kind may be this many grid samples apart. */
const ALIGNMENT_REACH = 6;
/** Two beats are of one kind when their correlation is above this: a ventricular beat and a normal one are well below it. */
export const SAME_KIND = 0.85;
/** A stretch has no more kinds than this: beats that are like none are then of the last one. */
const MOST_KINDS = 6;

/**
 * Brings the leads to one rate, groups the beats into kinds, and averages the beats of each kind. Leads that do not show the beats are left out:
 * a signal of breathing beside one ECG lead would outweigh it where P waves are looked for, and have onsets and ends of its own.
 *
 * @param beats seconds from the beginning of the samples to each R peak, ascending
 * @param room for the grids, of the stretch before: its own are lost
 */
export function alignBeats(
  leads: readonly SampledLead[],
  beats: ArrayLike<number>,
  room: Float32Array[] = [],
): AlignedBeats {
  const all = leads.map((lead, l) => toGrid(lead, room, l));
  const shown = findShown(all, beats);
  const read = shown.map((l) => all[l]);
  const grids = read.map(({ grid }) => grid);
  const gaps = read.map(({ gaps }) => gaps);
  const { centres, kindOf, kinds } = groupBeats(read, beats);
  const averaged = Array.from({ length: kinds }, (_, kind) => average(grids, gaps, centres, kindOf, kind));
  const averages = averaged.map(({ means }) => means);
  return { shown, grids, gaps, centres, kindOf, averages, sums: averaged.map(({ sums }) => sums) };
}

/** Finds the leads that show beats: where none does so better than another, all. */
function findShown(leads: readonly ReadLead[], beats: ArrayLike<number>): number[] {
  const centres = Int32Array.from(beats, (time) => Math.round(time * GRID_RATE_HZ));
  const { means } = average(
    leads.map(({ grid }) => grid),
    leads.map(({ gaps }) => gaps),
    centres,
    new Int32Array(centres.length),
    0,
  );
  const steepness = leads.map((_, l) => steepnessNearPeak(means.subarray(l * WINDOW, (l + 1) * WINDOW)));
  const least = LEAST_STEEPNESS * Math.max(0, ...steepness);
  return [...leads.keys()].filter((l) => steepness[l] >= least);
}

/** The mean square of a window's slopes near its R peak, as a share of that of all its slopes; 0 for a flat window. */
function steepnessNearPeak(window: Float64Array): number {
  let near = 0;
  let all = 0;
  for (let k = 1; k < WINDOW - 1; k++) {
    const slope = (window[k + 1] - window[k - 1]) ** 2;
    all += slope;
    if (k >= BEFORE - COMPARED_BEFORE && k <= BEFORE + AFTER_PEAK) near += slope;
  }
  return all > 0 ? near / all : 0;
}

/** Groups beats by their slopes: each with the kind to whose beats so far it is most alike. */
function groupBeats(leads: readonly ReadLead[], beats: ArrayLike<number>) {
  const centres = new Int32Array(beats.length);
  const kindOf = new Int32Array(beats.length);
  let kinds = 0;
  const templateBytes = TEMPLATE_BYTES * leads.length;
  const gridBytes = leads.reduce((sum, { grid }) => sum + roomFor(grid.byteLength), 0);
  withRoom(gridBytes + LEAD_BYTES * leads.length + MOST_KINDS * templateBytes, (room) => {
    const list = listLeads(room, leads);
    const templates = room.bytes(MOST_KINDS * templateBytes).fill(0).byteOffset;
    for (let b = 0; b < beats.length; b++) {
      const centre = Math.round(beats[b] * GRID_RATE_HZ);
      const start = centre - COMPARED_BEFORE;
      let best = -1;
      let bestShift = 0;
      let bestCorrelation = SAME_KIND;
      for (let kind = 0; kind < kinds; kind++) {
        const template = templates + kind * templateBytes;
        const { correlation, shift } = climb((shift) => kernels.correlate(template, list, leads.length, start + shift));
        if (correlation <= bestCorrelation) continue;
        best = kind;
        bestShift = shift;
        bestCorrelation = correlation;
      }
      if (best < 0) {
        best = Math.min(kinds, MOST_KINDS - 1);
        kinds = Math.max(kinds, best + 1);
      }
      centres[b] = centre + bestShift;
      kindOf[b] = best;
      kernels.addToTemplate(templates + best * templateBytes, list, leads.length, start + bestShift);
    }
  });
  return { centres, kindOf, kinds };
}

/** Puts leads into the kernels' memory, and the list of them there that kernels ask for. */
function listLeads(room: Room, leads: readonly ReadLead[]): Address {
  const list = room.bytes(LEAD_BYTES * leads.length);
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  for (const [l, { grid, scale }] of leads.entries()) {
    const values = room.floats(grid.length);
    values.set(grid);
    view.setUint32(LEAD_BYTES * l, values.byteOffset, true);
    view.setInt32(LEAD_BYTES * l + 4, grid.length, true);
    view.setFloat64(LEAD_BYTES * l + 8, scale * scale, true);
  }
  return list.byteOffset;
}

/** Finds the shift at which two beats are most alike: from 0 on, step by step, as long as they get more alike. */
export function climb(correlationAt: (shift: number) => number): { correlation: number; shift: number } {
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

/** The mean and the sum of the beats of a kind that are whole in a lead; of all its beats when none is. */
function average(
  grids: readonly Float32Array[],
  gaps: readonly Int32Array[],
  centres: Int32Array,
  kindOf: Int32Array,
  kind: number,
): { means: Float64Array; sums: Float64Array } {
  const means = new Float64Array(WINDOW * grids.length);
  const sums = new Float64Array(WINDOW * grids.length);
  const starts = centres.map((centre) => centre - BEFORE).filter((_, b) => kindOf[b] === kind);
  for (let l = 0; l < grids.length; l++) {
    const whole = starts.filter((from) => isWhole(gaps[l], from));
    const sum = sums.subarray(l * WINDOW, (l + 1) * WINDOW);
    if (whole.length > 0) addWholeWindows(sum, grids[l], whole);
    else for (const from of starts) addWindow(sum, grids[l], from);
    const count = Math.max(1, whole.length || starts.length);
    for (let k = 0; k < WINDOW; k++) means[l * WINDOW + k] = Math.fround(sum[k] / count);
  }
  return { means, sums };
}

/** Whether a lead with these gaps is there from a grid sample on for a whole window. */
export function isWhole(gaps: Int32Array, from: number): boolean {
  return from >= 0 && from + WINDOW < gaps.length && gaps[from + WINDOW] === gaps[from];
}

/**
 * Adds windows of a lead to a sum.
 *
 * @param starts the grid sample at which each begins: it ends within the lead
 */
export function addWholeWindows(sum: Float64Array, grid: Float32Array, starts: ArrayLike<number>): void {
  if (starts.length === 0) return;
  const bytes = roomFor(grid.byteLength) + roomFor(4 * starts.length) + roomFor(sum.byteLength);
  withRoom(bytes, (room) => {
    const values = room.floats(grid.length);
    values.set(grid);
    const begins = room.ints(starts.length);
    begins.set(starts);
    const sums = room.doubles(sum.length);
    sums.set(sum);
    kernels.addWindows(values.byteOffset, begins.byteOffset, starts.length, sum.length, sums.byteOffset);
    sum.set(sums);
  });
}

/** Adds a window of a lead to a sum. Beyond its ends the lead goes on as it is there. */
function addWindow(sum: Float64Array, grid: Float32Array, from: number): void {
  if (grid.length === 0) return;
  for (let k = 0; k < WINDOW; k++) sum[k] += grid[Math.min(grid.length - 1, Math.max(0, from + k))];
}

/** A lead at the grid's rate, its scale, and the number of samples that are missing before each grid sample and before the end. */
type ReadLead = { grid: Float32Array; scale: number; gaps: Int32Array };

/**
 * Brings a lead to the grid's rate, by the mean of its samples about each grid time. They are weighted by a triangle as
 * wide as two grid steps, which is zero at the grid's rate and without delay, or as wide as two samples, which gives
 * straight lines, where these are farther apart. Straight lines are in the place of samples that are missing.
 *
 * @param grids room for the grids of all leads
 */
function toGrid({ samples, samplingRate }: SampledLead, grids: Float32Array[], lead: number): ReadLead {
  const rate = samplingRate ?? 0;
  const length = samples.length;
  const count = rate > 0 && length > 0 ? Math.floor(((length - 1) * GRID_RATE_HZ) / rate) + 1 : 0;
  const grid = takeGrid(grids, lead, count);
  if (lastSieve?.rate !== rate) lastSieve = newSieve(rate);
  const { taps, firsts, weights } = lastSieve;
  const bytes =
    roomFor(samples.byteLength) + roomFor(firsts.byteLength) + roomFor(weights.byteLength) + roomFor(grid.byteLength);
  return withRoom(bytes, (room) => {
    const given = room.ints(length);
    given.set(samples);
    const missing = kernels.bridgeMissing(given.byteOffset, length);
    const bridged = new Float32Array(given.buffer, given.byteOffset, length);
    const found = rate === GRID_RATE_HZ ? bridged.subarray(0, count) : room.floats(count);
    if (rate !== GRID_RATE_HZ) {
      const firstsAt = room.ints(firsts.length);
      firstsAt.set(firsts);
      const weightsAt = room.doubles(weights.length);
      weightsAt.set(weights);
      const [of, by] = [firstsAt.byteOffset, weightsAt.byteOffset];
      kernels.resample(bridged.byteOffset, length, rate / GRID_RATE_HZ, of, by, taps, found.byteOffset, count);
    }
    grid.set(found);
    return {
      grid,
      scale: toScale(kernels.steepnessOf(found.byteOffset, count), count),
      gaps: countGaps(samples, missing > 0, rate, count),
    };
  });
}

/** Takes the room for a lead's grid: that of the stretch before, if it is large enough. */
function takeGrid(grids: Float32Array[], lead: number, count: number): Float32Array {
  if (!(grids[lead]?.length >= count)) grids[lead] = new Float32Array(count);
  return grids[lead].subarray(0, count);
}

/** A grid sample lies on a sample, or a whole number of this many parts of the way to the next one: a phase of the kernel `resample`. */
const PHASES = 128;
/**
 * How grid samples are made of the samples of a rate: for each phase the first sample that has a weight, from the one at or before the grid
 * sample, and the weights of that and of those after it.
 */
type Sieve = { rate: number; taps: number; firsts: Int32Array; weights: Float64Array };

/** The sieve of the last lead: the next lead or stretch is most likely of the same rate. */
let lastSieve: Sieve | undefined;

function newSieve(rate: number): Sieve {
  const step = rate / GRID_RATE_HZ;
  const reach = Math.max(1, step);
  // A triangle that begins and ends at samples has none of them.
  const taps = Number.isInteger(step) ? Math.max(1, 2 * step - 1) : Math.ceil(2 * reach);
  const weights = new Float32Array(PHASES * taps);
  const firsts = Int32Array.from({ length: PHASES }, (_, phase) => Math.floor(phase / PHASES - reach) + 1);
  for (let phase = 0; phase < PHASES; phase++) {
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      weights[phase * taps + k] = Math.max(0, 1 - Math.abs(firsts[phase] + k - phase / PHASES) / reach);
      sum += weights[phase * taps + k];
    }
    for (let k = 0; k < taps; k++) weights[phase * taps + k] /= sum;
  }
  return { rate, taps, firsts, weights: new Float64Array(weights) };
}

/** The gaps of every lead that has none. */
let noGaps = new Int32Array(0);

/** Counts the missing samples before each grid sample, and before the end. */
function countGaps(samples: Int32Array, hasGaps: boolean, samplingRate: number, count: number): Int32Array {
  if (!hasGaps) {
    if (noGaps.length <= count) noGaps = new Int32Array(count + 1);
    return noGaps.subarray(0, count + 1);
  }
  const gaps = new Int32Array(count + 1);
  let missing = 0;
  for (let i = 0, k = 0; i <= count; i++) {
    for (; k < samples.length && k < (i * samplingRate) / GRID_RATE_HZ; k++) if (samples[k] === MISSING) missing++;
    gaps[i] = missing;
  }
  return gaps;
}

/** The scale that makes a lead count as much as another: the reciprocal of the root mean square of its slopes; 0 for a flat lead. */
function toScale(steepness: number, count: number): number {
  return steepness > 0 ? Math.sqrt(count / steepness) : 0;
}
