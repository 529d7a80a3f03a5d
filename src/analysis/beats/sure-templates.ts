import { takeQuantile } from "../numbers/quantile.ts";
import { SHAPE_POINTS } from "./beat-shapes.ts";
import type { Candidates } from "./candidate-list.ts";
import { COMPARED, type Fit, level, newComparison } from "./slope-comparison.ts";

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
/** Waves are compared as they are and shifted by up to so many points: noise moves what is taken for an R peak. */
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

/** The mean slopes of sure beats, SHAPE_POINTS a lead, in the unit of the samples, and of how many. */
type Template = { slopes: Float64Array; count: number };

/**
 * What beats near a candidate look like that are sure and clear: the mean of most of them, and that of others, with which the candidate is
 * compared. Electrode motion is larger than beats, but of other slopes: these are compared at a scale of their own and without what all of
 * them have in common, as a baseline that rises or falls has, wherever the R peak was taken to be.
 */
export class SureTemplates {
  private readonly candidates: Candidates;
  private readonly odds: Float64Array;
  /** The numbers of the candidates that surely are beats. */
  private readonly sure: number[] = [];
  private readonly comparison: ReturnType<typeof newComparison>;
  private templates: Template[] = [];
  /** The mean noise of the beats that the templates are made of. */
  private noise = 0;
  /** The number of sure beats before the candidate that was asked for last, and the time for which the templates were made. */
  private next = 0;
  private madeAt = Number.NEGATIVE_INFINITY;
  private readonly worths = new Float64Array(2 * SPAN);
  private readonly room = new Float64Array(2 * SPAN);
  /** The values of MATCH of the last candidates that were compared, and the numbers of these: each is in the slot of its remainder. */
  private readonly matches = new Float64Array(KNOWN * MATCH.length);
  private readonly numbers = new Int32Array(KNOWN).fill(-1);

  /** @param odds the logarithms of the odds of each candidate */
  constructor(candidates: Candidates, odds: Float64Array) {
    this.candidates = candidates;
    this.odds = odds;
    for (let k = 0; k < odds.length; k++) if (odds[k] >= SURE) this.sure.push(k);
    this.comparison = newComparison(candidates);
  }

  /**
   * Tells of a candidate what MATCH says, and how strong other waves are before it and after it: MATCHES values. Candidates are asked for
   * in the order of their times.
   *
   * @param found gets the values, from the place `at` on
   */
  tell(k: number, found: Float32Array, at: number): void {
    const { times } = this.candidates;
    while (this.next < this.sure.length && this.sure[this.next] < k) this.next++;
    if (times[k] - this.madeAt > SECONDS) {
      this.madeAt = times[k];
      this.numbers.fill(-1);
      this.templates = this.makeTemplates();
      this.comparison.setTemplates(this.templates.map(({ slopes }) => slopes));
    }
    found.fill(0, at, at + MATCHES);
    if (this.templates.length === 0) return;
    const own = this.match(k);
    for (let i = 0; i < MATCH.length; i++) found[at + i] = this.matches[own + i];
    const addStrength = (j: number, bins: number) => {
      const bin = Math.floor(Math.abs(times[j] - times[k]) / NEAR_BIN_SECONDS);
      if (bin >= NEAR_BINS) return false;
      found[bins + bin] = Math.max(found[bins + bin], this.matches[this.match(j) + STRENGTH]);
      return true;
    };
    const before = at + MATCH.length;
    for (let j = k - 1; j >= 0 && addStrength(j, before); j--);
    for (let j = k + 1; j < times.length && addStrength(j, before + NEAR_BINS); j++);
  }

  /** The mean of most of the clearest sure beats about the next one, and that of others if there are enough; none where no beat is sure. */
  private makeTemplates(): Template[] {
    const { best, clearest } = this.chooseClear();
    if (best.length === 0) return [];
    this.noise = best.reduce((sum, beat) => sum + this.candidates.noises[beat], 0) / best.length;
    const most = this.average(best, this.average(best, this.slopesOf(clearest)).slopes);
    const templates = most.count > 0 ? [most] : [];
    if (most.others.length < OTHER.least) return templates;
    const other = this.average(most.others, this.slopesOf(most.others[0]));
    return other.count >= OTHER.alike ? [...templates, other] : templates;
  }

  /** The sure beats about the next one that are worth most, by their odds, their noise and how far they are, and the first among them. */
  private chooseClear(): { best: number[]; clearest: number } {
    const { sure, next, worths, room, odds } = this;
    const from = Math.max(0, next - SPAN);
    const near = Math.min(sure.length, next + SPAN) - from;
    if (near === 0) return { best: [], clearest: -1 };
    const here = sure[Math.min(next, sure.length - 1)];
    let first = 0;
    for (let i = 0; i < near; i++) {
      const beat = sure[from + i];
      const cost = NOISE_COST * Math.min(1, this.candidates.noises[beat]) + DISTANCE_COST * Math.abs(beat - here);
      worths[i] = Math.min(SUREST, odds[beat]) - cost;
      room[i] = worths[i];
      if (worths[i] > worths[first]) first = i;
    }
    const least = near > BEATS ? takeQuantile(room, near, 1 - BEATS / near) : Number.NEGATIVE_INFINITY;
    return { best: sure.slice(from, from + near).filter((_, i) => worths[i] >= least), clearest: sure[from + first] };
  }

  private slopesOf(beat: number): Float64Array {
    const slopes = this.comparison.compare(beat, 0).slopes.slice();
    level(slopes);
    return slopes;
  }

  /** The mean of those beats that are like some slopes, each shifted to be most like them, and the beats that are not. */
  private average(beats: readonly number[], like: Float64Array): Template & { others: number[] } {
    const slopes = new Float64Array(like.length);
    const others: number[] = [];
    this.comparison.setTemplates([like]);
    for (const beat of beats) {
      const { slopes: ofBeat, fits } = this.comparison.compare(beat, SHIFT_OF_SURE);
      const { likeness, shift } = fits[0].reduce((best, fit) => (fit.likeness > best.likeness ? fit : best));
      if (likeness <= ALIKE) {
        others.push(beat);
        continue;
      }
      for (let first = 0; first < slopes.length; first += SHAPE_POINTS) {
        for (let p = COMPARED.from; p < COMPARED.to; p++) slopes[first + p] += ofBeat[first + p + shift];
      }
    }
    const count = beats.length - others.length;
    for (let p = 0; p < slopes.length; p++) slopes[p] /= count || 1;
    level(slopes);
    return { slopes, count, others };
  }

  /** Compares a candidate with the templates, and gives the place of its first value of MATCH among those that are known. */
  private match(k: number): number {
    const { matches } = this;
    const slot = k % KNOWN;
    const at = slot * MATCH.length;
    if (this.numbers[slot] === k) return at;
    this.numbers[slot] = k;
    const { fits } = this.comparison.compare(k, SHIFT);
    const { of, best, worst, mean, other } = chooseFits(fits, this.templates.length);
    const { likeness, size, rest, shift } = fits[of][best];
    matches[at] = likeness;
    matches[at + 1] = logOfSize(size);
    matches[at + 2] = logOfRest(rest);
    matches[at + 3] = Math.abs(shift) / SHIFT;
    matches[at + 4] = this.templates[0].count / BEATS;
    matches[at + 5] = fits[of][worst].likeness;
    matches[at + 6] = logOfSize(fits[of][worst].size);
    matches[at + 7] = logOfRest(fits[of][worst].rest);
    matches[at + 8] = mean;
    matches[at + 9] = other;
    matches[at + STRENGTH] = likeness * Math.max(0, Math.min(MOST_STRENGTH, size));
    matches[at + 11] = this.noise;
    return at;
  }
}

/**
 * The template and the lead in which a candidate is most like one, the lead in which it is least like that template (another one where
 * there is one), its mean likeness to it, and the most to the other template (0 without one).
 */
function chooseFits(fits: readonly (readonly Fit[])[], templateCount: number) {
  const leadCount = fits[0].length;
  let [of, best] = [0, 0];
  for (let t = 0; t < templateCount; t++) {
    for (let lead = 0; lead < leadCount; lead++) {
      if (fits[t][lead].likeness > fits[of][best].likeness) [of, best] = [t, lead];
    }
  }
  let worst = leadCount > 1 && best === 0 ? 1 : 0;
  let sum = 0;
  let other = templateCount > 1 ? -1 : 0;
  for (let lead = 0; lead < leadCount; lead++) {
    sum += fits[of][lead].likeness;
    if (lead !== best && fits[of][lead].likeness < fits[of][worst].likeness) worst = lead;
    if (templateCount > 1) other = Math.max(other, fits[1 - of][lead].likeness);
  }
  return { of, best, worst, mean: sum / leadCount, other };
}

function logOfSize(size: number): number {
  return Math.min(MOST_SIZE, Math.log(Math.max(LEAST_SIZE, size)));
}

function logOfRest(rest: number): number {
  return Math.min(MOST_REST, Math.log(LEAST_REST + rest));
}
