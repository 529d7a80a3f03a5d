import { MISSING } from "../../recording/recording.ts";
import { takeEvenly } from "../numbers/evenly.ts";

/** A pacemaker's spike, by the numbers of the last sample before it and of the first after it. */
type SpikeEnds = { before: number; end: number };

/** So much of the signal before a spike says where it would go on without a tail, in seconds. */
const BEFORE_SECONDS = 0.02;
/**
 * So much of the signal after a spike is looked at, in seconds. Without the tail it is, with what is before the spike, a polynomial of
 * this degree: of a low one in a short time, as a QRS complex may follow.
 */
const LOOKS = [
  { seconds: 0.05, degree: 3 },
  { seconds: 0.03, degree: 2 },
  { seconds: 0.016, degree: 1 },
];
/** The least time constant of a tail, in seconds: one that is shorter is over with the spike. */
const SHORTEST_SECONDS = 0.003;
/** The largest time constant, in seconds. IEC 60601-2-27 tests monitors with 4 to 100 ms; a longer tail than this one moves no wave. */
const LONGEST_SECONDS = 0.045;
/** The time constants that are tried, evenly spaced by their logarithms. */
const CONSTANTS = 24;
/** A tail is gone after this many time constants. */
const GONE = 6;
/** A lead has tails where this share of what is no polynomial, in the root mean square, is left without them, or less. */
const MOST_LEFT = 0.5;
/** The time constant is that of so many spikes at the most, evenly spaced among all: a minute has hundreds. */
const MOST_FITTED = 32;

/** The tails of the spikes of some leads. */
type Tails = {
  /** The look by which they are found. */
  look: Look;
  /** Their time constant in samples. */
  constant: number;
  /** The share of each lead's signal that is neither polynomial nor tail, in the root mean square. */
  left: number[];
  /** The share of all leads together that is neither. */
  leftOfAll: number;
};

/**
 * Takes the tails of a pacemaker's spikes off leads: electrodes and a recorder's filters let the signal go back from a spike as an exponential,
 * which is as high as a P wave and lasts as long. All tails have one time constant, each its own height: those that leave the least of
 * what a polynomial through the signal before a spike and after it does not follow. The input is untouched.
 *
 * @param gap the number of samples from the one before a spike to where its ringing is over
 * @param samplingRate that of all leads, in Hz
 */
export function takeTailsOff(
  leads: readonly Int32Array[],
  spikes: readonly SpikeEnds[],
  gap: number,
  samplingRate: number,
): Int32Array[] {
  let best: Tails | undefined;
  const some = takeEvenly(spikes, MOST_FITTED);
  for (const { seconds, degree } of LOOKS) {
    const look = newLook(gap, seconds, degree, samplingRate);
    const tails = fitTails(leads, some, look, samplingRate);
    if (!(best && best.leftOfAll <= tails.leftOfAll)) best = tails;
  }
  return leads.map((samples, l) => {
    if (!best || !(best.left[l] < MOST_LEFT)) return samples;
    const without = samples.slice();
    const heights = measureHeights(samples, spikes, best);
    for (const [i, { before, end }] of spikes.entries()) {
      const last = Math.min(samples.length, before + gap + Math.ceil(GONE * best.constant));
      for (let at = end; at < last; at++) {
        if (samples[at] === MISSING) continue;
        without[at] -= Math.round(heights[i] * Math.exp((before + gap - at) / best.constant));
      }
    }
    return without;
  });
}

/** A look at the signal about a spike: the samples looked at, from the one before the spike, and an orthonormal basis of the polynomials on them. */
type Look = { gap: number; places: number[]; basis: Float64Array[] };

function newLook(gap: number, seconds: number, degree: number, samplingRate: number): Look {
  const before = Math.round(BEFORE_SECONDS * samplingRate);
  const count = before + Math.round(seconds * samplingRate);
  const places = Array.from({ length: count }, (_, k) => (k < before ? k - before + 1 : gap + k - before));
  const look: Look = { gap, places, basis: [] };
  for (let power = 0; power <= degree; power++) {
    // Twice, as rounding errors of the first time are not small beside what is left.
    const left = withoutPolynomial(
      withoutPolynomial(
        Float64Array.from(places, (place) => (place / count) ** power),
        look,
      ),
      look,
    );
    look.basis.push(toUnit(left));
  }
  return look;
}

/** What is left of values without the polynomial that is nearest, in place. */
function withoutPolynomial(values: Float64Array, { basis }: Look): Float64Array {
  for (const part of basis) {
    const share = dot(part, values);
    for (let k = 0; k < values.length; k++) values[k] -= share * part[k];
  }
  return values;
}

function toUnit(values: Float64Array): Float64Array {
  const length = Math.sqrt(dot(values, values));
  return values.map((value) => (length > 0 ? value / length : 0));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** What is about each spike that no polynomial follows; nothing where a sample is missing. */
function bendAt(samples: Int32Array, spikes: readonly SpikeEnds[], look: Look): Float64Array[] {
  return spikes.map(({ before }) => {
    const values = Float64Array.from(look.places, (place) => samples[before + place] ?? MISSING);
    return values.includes(MISSING) ? values.fill(0) : withoutPolynomial(values, look);
  });
}

/** What a tail of height 1, where the ringing of the spike is over, has that no polynomial follows. */
function tailOf(constant: number, look: Look): Float64Array {
  const tail = Float64Array.from(look.places, (place) => (place <= 0 ? 0 : Math.exp((look.gap - place) / constant)));
  return withoutPolynomial(tail, look);
}

function fitTails(leads: readonly Int32Array[], spikes: readonly SpikeEnds[], look: Look, samplingRate: number): Tails {
  const bent = leads.map((samples) => bendAt(samples, spikes, look));
  const powers = bent.map((ofLead) => ofLead.reduce((sum, values) => sum + dot(values, values), 0));
  const explain = (ofLead: readonly Float64Array[], unit: Float64Array) =>
    ofLead.reduce((sum, values) => sum + dot(values, unit) ** 2, 0);
  const explainAll = (logarithm: number) => {
    const unit = toUnit(tailOf(Math.exp(logarithm), look));
    return sumOf(bent.map((ofLead) => explain(ofLead, unit)));
  };
  const constant = Math.exp(
    findPeak(explainAll, Math.log(SHORTEST_SECONDS * samplingRate), Math.log(LONGEST_SECONDS * samplingRate)),
  );
  const unit = toUnit(tailOf(constant, look));
  const shareLeft = (explained: number, power: number) =>
    power > 0 ? Math.sqrt(Math.max(0, 1 - explained / power)) : 1;
  return {
    look,
    constant,
    left: bent.map((ofLead, l) => shareLeft(explain(ofLead, unit), powers[l])),
    leftOfAll: shareLeft(explainAll(Math.log(constant)), sumOf(powers)),
  };
}

/** The height of each tail of a lead where the ringing of its spike is over, in ADC units. */
function measureHeights(samples: Int32Array, spikes: readonly SpikeEnds[], { look, constant }: Tails): Float64Array {
  const tail = tailOf(constant, look);
  const power = dot(tail, tail);
  return Float64Array.from(bendAt(samples, spikes, look), (values) => (power > 0 ? dot(values, tail) / power : 0));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Where a function is highest: by the parabola through the highest of CONSTANTS values and those beside it. */
function findPeak(valueAt: (at: number) => number, from: number, to: number): number {
  const step = (to - from) / (CONSTANTS - 1);
  const values = Array.from({ length: CONSTANTS }, (_, i) => valueAt(from + i * step));
  const highest = values.indexOf(Math.max(...values));
  const at = from + highest * step;
  const [before, here, after] = [valueAt(at - step), values[highest], valueAt(at + step)];
  const bend = before - 2 * here + after;
  return bend < 0 ? at + step * Math.max(-1, Math.min(1, (0.5 * (before - after)) / bend)) : at;
}
