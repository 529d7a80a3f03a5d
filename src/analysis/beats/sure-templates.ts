import { kernels, LastingRoom } from "../../kernels/kernels.ts";
import { takeQuantile } from "../numbers/quantile.ts";
import { SHAPE_POINTS } from "./beat-shapes.ts";
import type { Candidates } from "./candidate-list.ts";

/** What the comparison with templates tells of a candidate, in the order in which it is given. */
export const MATCH = [
  /** The likeness to the template that it is most like, in the lead in which it is: 1 at the most. */
  "likeness",
  /** How large it is as a share of that template, a logarithm. */
  "size",
  /** What is left of it without the template, as a share of this, a logarithm. */
  "rest",
  /** How far it has to be shifted, as a share of SHIFT. */
  "shift",
  /** How many beats the template is made of, as a share of BEATS: 0 where there is none, and all else is 0. */
  "known",
  /** The likeness, the size and the rest in the lead in which it is least like that template. */
  "worstLikeness",
  "worstSize",
  "worstRest",
  /** The mean likeness in all leads. */
  "meanLikeness",
  /** The likeness to the other template, if there is one. */
  "otherLikeness",
  /** How strong it is there: likeness and size. */
  "strength",
  /** The mean noise of the beats that templates are made of. */
  "noise",
] as const;

/** How strong waves near a candidate are is told in so many bins before it and after it, ... */
export const NEAR_BINS = 8;
/** ... each as long as this. */
export const NEAR_BIN_SECONDS = 0.05;
const STRENGTH = MATCH.indexOf("strength");
/** The number of values that the templates tell of a candidate. */
export const MATCHES = MATCH.length + 2 * NEAR_BINS;

/** The odds of a beat that a template may be made of have at least this logarithm. */
const SURE = 4;
/** The slopes that are compared, those of a QRS complex, ... */
const COMPARED = { from: 7, to: 23 };
/** ... as they are and up to so many points early and late: noise moves what is taken for an R peak. */
const SHIFT = 6;
/** Sure beats are shifted by up to so many points to be like each other. */
const SHIFT_OF_SURE = 4;
/** Templates are made of the best among so many sure beats before a candidate, and after it: ... */
const SPAN = 100;
/** ... of so many of them. */
const BEATS = 24;
/** Templates are made anew after this many seconds. */
const SECONDS = 60;
/** Sure beats whose likeness to a template is above this are of it. */
const ALIKE = 0.6;
/** Another template is made where so many sure beats are of none, and so many of them are alike. */
const OTHER = { least: 4, alike: 3 };
/** Beats are the better the surer they are, up to this logarithm of the odds, ... */
const SUREST = 9;
/** ... less this times the noise, ... */
const NOISE_COST = 6;
/** ... and less this for each candidate between them and where they are needed. */
const DISTANCE_COST = 0.004;
/** A candidate smaller than this share of a template says no more. */
const LEAST_SIZE = 0.05;
/** Nor does one of which less than this is left. */
const LEAST_REST = 0.02;
/** Logarithms of sizes, and of rests, say no more beyond these. */
const MOST_SIZE = 3;
const MOST_REST = 4;
/** No wave is stronger than this. */
const MOST_STRENGTH = 1.5;
/** What the templates say is known of so many candidates: more than are near one. */
const KNOWN = 32;

/** How alike two waves are by their slopes, how large the one is in the other, what is left without it, and how far it is shifted. */
type Fit = { likeness: number; size: number; rest: number; shift: number };

/** The mean slopes of sure beats, SHAPE_POINTS a lead, in the unit of the samples, and of how many. */
type Template = { slopes: Float64Array; count: number };

/**
 * Makes a function that compares a candidate with what beats nearby look like that are sure and clear: with the mean of most of
 * them, and with that of others. Electrode motion is larger than beats, but of other slopes: these are compared at a scale of
 * their own and without what all of them have in common, as a baseline that rises or falls has, wherever the R peak was taken to be.
 *
 * @returns writes MATCHES values of a candidate to a place of `found`: those of MATCH, and how strong other waves are before it and after it
 */
export function newSureTemplates(candidates: Candidates, odds: Float64Array) {
  const { times, noises, leadCount } = candidates;
  const size = leadCount * SHAPE_POINTS;
  const sure: number[] = [];
  for (let k = 0; k < odds.length; k++) if (odds[k] >= SURE) sure.push(k);
  const { setTemplates, compare } = newComparison(candidates);

  /** The mean of those beats that are like some slopes, each shifted to be most like them, and the beats that are not. */
  const average = (beats: readonly number[], like: Float64Array): Template & { others: number[] } => {
    const slopes = new Float64Array(size);
    const others: number[] = [];
    setTemplates([like]);
    for (const beat of beats) {
      const { slopes: ofBeat, fits } = compare(beat, SHIFT_OF_SURE);
      let likeness = Number.NEGATIVE_INFINITY;
      let shift = 0;
      for (const fit of fits[0]) {
        if (fit.likeness <= likeness) continue;
        likeness = fit.likeness;
        shift = fit.shift;
      }
      if (likeness <= ALIKE) {
        others.push(beat);
        continue;
      }
      for (let first = 0; first < size; first += SHAPE_POINTS) {
        for (let p = COMPARED.from; p < COMPARED.to; p++) slopes[first + p] += ofBeat[first + p + shift];
      }
    }
    const count = beats.length - others.length;
    for (let p = 0; p < size; p++) slopes[p] /= count || 1;
    level(slopes);
    return { slopes, count, others };
  };

  let templates: Template[] = [];
  let noise = 0;
  const worths = new Float64Array(2 * SPAN);
  const room = new Float64Array(2 * SPAN);
  const make = (next: number) => {
    templates = [];
    const from = Math.max(0, next - SPAN);
    const near = Math.min(sure.length, next + SPAN) - from;
    if (near === 0) return;
    const here = sure[Math.min(next, sure.length - 1)];
    let first = 0;
    for (let i = 0; i < near; i++) {
      const beat = sure[from + i];
      const cost = NOISE_COST * Math.min(1, noises[beat]) + DISTANCE_COST * Math.abs(beat - here);
      worths[i] = Math.min(SUREST, odds[beat]) - cost;
      room[i] = worths[i];
      if (worths[i] > worths[first]) first = i;
    }
    const least = near > BEATS ? takeQuantile(room, near, 1 - BEATS / near) : Number.NEGATIVE_INFINITY;
    const best: number[] = [];
    noise = 0;
    for (let i = 0; i < near; i++) {
      if (worths[i] < least) continue;
      best.push(sure[from + i]);
      noise += noises[sure[from + i]];
    }
    noise /= best.length;
    const slopesOf = (beat: number) => {
      const slopes = compare(beat, 0).slopes.slice();
      level(slopes);
      return slopes;
    };
    const most = average(best, average(best, slopesOf(sure[from + first])).slopes);
    if (most.count > 0) templates.push(most);
    if (most.others.length < OTHER.least) return;
    const other = average(most.others, slopesOf(most.others[0]));
    if (other.count >= OTHER.alike) templates.push(other);
  };

  /** What MATCH says of the last candidates that were compared with the templates, and their numbers: each is in the slot of its remainder. */
  const matches = Array.from({ length: KNOWN }, () => new Float64Array(MATCH.length));
  const numbers = new Int32Array(KNOWN).fill(-1);
  const match = (k: number): Float64Array => {
    const slot = k % KNOWN;
    const found = matches[slot];
    if (numbers[slot] === k) return found;
    numbers[slot] = k;
    const { fits } = compare(k, SHIFT);
    let of = 0;
    let best = 0;
    for (let t = 0; t < templates.length; t++) {
      for (let lead = 0; lead < leadCount; lead++) {
        if (fits[t][lead].likeness <= fits[of][best].likeness) continue;
        of = t;
        best = lead;
      }
    }
    let worst = leadCount > 1 && best === 0 ? 1 : 0;
    let sum = 0;
    let other = templates.length > 1 ? -1 : 0;
    for (let lead = 0; lead < leadCount; lead++) {
      sum += fits[of][lead].likeness;
      if (lead !== best && fits[of][lead].likeness < fits[of][worst].likeness) worst = lead;
      if (templates.length > 1) other = Math.max(other, fits[1 - of][lead].likeness);
    }
    const { likeness, size: share, rest, shift } = fits[of][best];
    found[0] = likeness;
    found[1] = logOfSize(share);
    found[2] = logOfRest(rest);
    found[3] = Math.abs(shift) / SHIFT;
    found[4] = templates[0].count / BEATS;
    found[5] = fits[of][worst].likeness;
    found[6] = logOfSize(fits[of][worst].size);
    found[7] = logOfRest(fits[of][worst].rest);
    found[8] = sum / leadCount;
    found[9] = other;
    found[STRENGTH] = likeness * Math.max(0, Math.min(MOST_STRENGTH, share));
    found[11] = noise;
    return found;
  };

  let next = 0;
  let madeAt = Number.NEGATIVE_INFINITY;
  return (k: number, found: Float32Array, at: number) => {
    while (next < sure.length && sure[next] < k) next++;
    if (times[k] - madeAt > SECONDS) {
      madeAt = times[k];
      numbers.fill(-1);
      make(next);
      setTemplates(templates.map(({ slopes }) => slopes));
    }
    found.fill(0, at, at + MATCHES);
    if (templates.length === 0) return;
    found.set(match(k), at);
    const addStrength = (j: number, bins: number) => {
      const bin = Math.floor(Math.abs(times[j] - times[k]) / NEAR_BIN_SECONDS);
      if (bin >= NEAR_BINS) return false;
      found[bins + bin] = Math.max(found[bins + bin], match(j)[STRENGTH]);
      return true;
    };
    const before = at + MATCH.length;
    for (let j = k - 1; j >= 0 && addStrength(j, before); j--);
    for (let j = k + 1; j < times.length && addStrength(j, before + NEAR_BINS); j++);
  };
}

/**
 * Makes a function that compares a wave with the level slopes of the templates that were set, two at the most, shifted up to `reach` points
 * to where they are most alike, and gives how it fits each of them in each lead, and its slopes, SHAPE_POINTS a lead: both are there until
 * the next is compared.
 */
function newComparison({ shapes, shapeScales, leadCount }: Candidates) {
  const size = leadCount * SHAPE_POINTS;
  const bytes = new Uint8Array(shapes.buffer, shapes.byteOffset, shapes.byteLength);
  const slopes = new Float64Array(size);
  const fits: Fit[][] = [0, 1].map(() =>
    Array.from({ length: leadCount }, () => ({ likeness: 0, size: 0, rest: 0, shift: 0 })),
  );
  let templateCount = 0;
  const room = new LastingRoom((maker) => ({
    shapeHere: maker.bytes(size),
    scalesHere: maker.floats(leadCount),
    slopesHere: maker.doubles(size),
    templatesHere: maker.doubles(2 * size),
    found: maker.doubles(8 * leadCount),
  }));
  const setTemplates = (templates: readonly Float64Array[]) => {
    templateCount = templates.length;
    room.use(({ templatesHere }) => {
      for (let t = 0; t < templateCount; t++) templatesHere.set(templates[t], t * size);
    });
  };
  const compare = (k: number, reach: number) =>
    room.use(({ shapeHere, scalesHere, slopesHere, templatesHere, found }) => {
      shapeHere.set(bytes.subarray(k * size, (k + 1) * size));
      for (let lead = 0; lead < leadCount; lead++) scalesHere[lead] = shapeScales[k * leadCount + lead];
      kernels.compareSlopes(
        shapeHere.byteOffset,
        scalesHere.byteOffset,
        leadCount,
        templatesHere.byteOffset,
        templateCount,
        reach,
        slopesHere.byteOffset,
        found.byteOffset,
      );
      slopes.set(slopesHere);
      for (let t = 0; t < templateCount; t++) {
        for (let lead = 0; lead < leadCount; lead++) {
          const at = 4 * (t * leadCount + lead);
          const fit = fits[t][lead];
          fit.likeness = found[at];
          fit.size = found[at + 1];
          fit.rest = found[at + 2];
          fit.shift = found[at + 3];
        }
      }
      return { slopes, fits };
    });
  return { setTemplates, compare };
}

/** Takes from the slopes that are compared of each lead what they have in common. */
function level(slopes: Float64Array): void {
  for (let first = 0; first < slopes.length; first += SHAPE_POINTS) {
    let sum = 0;
    for (let p = COMPARED.from; p < COMPARED.to; p++) sum += slopes[first + p];
    for (let p = COMPARED.from; p < COMPARED.to; p++) slopes[first + p] -= sum / COUNT;
  }
}

const COUNT = COMPARED.to - COMPARED.from;

function logOfSize(size: number): number {
  return Math.min(MOST_SIZE, Math.log(Math.max(LEAST_SIZE, size)));
}

function logOfRest(rest: number): number {
  return Math.min(MOST_REST, Math.log(LEAST_REST + rest));
}
