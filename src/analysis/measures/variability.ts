import type { Finding } from "./finding.ts";

/** The heart rate variability. An NN interval is one between two beats that both come from the sinus node, with nothing missing in between. */
export type Variability = {
  /** The number of NN intervals. */
  count: number;
  /** The share of all intervals that are no NN intervals: 0 to 1. */
  excludedShare: number;
  /** Standard deviation of the NN intervals, in ms. */
  sdnn: number | null;
  /** Root mean square of the differences of neighbouring NN intervals, in ms. */
  rmssd: number | null;
  /** Share of these differences that are over 50 ms, in %. */
  pnn50: number | null;
  /** Standard deviation of the mean NN intervals of 5-minute segments, in ms. */
  sdann: number | null;
  /** Mean of the standard deviations of the NN intervals of 5-minute segments, in ms. */
  sdnnIndex: number | null;
  /** Mean power of 5-minute segments up to 0.04 Hz, in ms2. */
  vlf: number | null;
  /** Mean power of 5-minute segments from 0.04 to 0.15 Hz, in ms2. */
  lf: number | null;
  /** Mean power of 5-minute segments from 0.15 to 0.4 Hz, in ms2. */
  hf: number | null;
  /** LF over HF. */
  lfHf: number | null;
  /** The number of 5-minute segments that were measured. */
  segments: number;
  /** Why values of the time domain, of segments or of the spectrum are null. */
  reasons: { time?: string; segments?: string; spectrum?: string };
};

/** How the spectrum is made, in words for who reads its values. */
export const SPECTRUM_METHOD = "Lomb-Scargle periodogram of the NN intervals, mean of 5-minute segments";

/** The length of a segment, by the Task Force. */
const SEGMENT_SECONDS = 300;
/** The share of a segment that its NN intervals must cover. */
const LEAST_COVERAGE = 0.8;
/** A value of the time domain needs this many NN intervals, or differences of them. */
const LEAST_INTERVALS = 5;
/** A deviation between segments needs this many of them. */
const LEAST_SEGMENTS = 3;
/** A shorter interval ends with an extra beat. */
const SHORTEST_NN_MS = 240;
/** A beat was missed in a longer interval. */
const LONGEST_NN_MS = 3000;
/** The difference that pNN50 counts from, by the Task Force. */
const PNN_MS = 50;
/** Times carry rounding errors in their last bits: a difference of 50 ms and this little is not over it. */
const ROUNDING_MS = 1e-6;
/** The upper end of the very low frequencies, by the Task Force. */
const VLF_LIMIT_HZ = 0.04;
/** The upper end of the low frequencies, by the Task Force. */
const LF_LIMIT_HZ = 0.15;
/** The upper end of the high frequencies, by the Task Force. */
const HF_LIMIT_HZ = 0.4;
/** A sine or cosine with less power than this at all the beats takes no part in Lomb's sum. */
const LEAST_POWER = 1e-9;

/** The heart rate variability of an ECG, and why there is none. The parameters are those of measureVariability. */
export function findVariability(...beats: Parameters<typeof measureVariability>): Finding<Variability | null> {
  const variability = measureVariability(...beats);
  if (variability.count > 0) return { value: variability };
  return { value: null, reason: "no two normal beats follow one another within 0.24 to 3 s" };
}

/**
 * Measures heart rate variability by the Task Force of the ESC and the NASPE ("Heart rate variability: standards of measurement,
 * physiological interpretation, and clinical use", Circulation 93:1043-1065, 1996).
 *
 * The spectrum is Lomb's periodogram ("Least-squares frequency analysis of unequally spaced data", Astrophys Space Sci 39:447-462,
 * 1976), in Press and Rybicki's normalisation. It takes NN intervals where they are, so that nothing is made up where beats
 * were left out. A straight line is taken off each segment first.
 *
 * @param beats seconds of each R peak, ascending
 * @param isNormal not 0 for each beat that comes from the sinus node
 * @param isConnected not 0 for each beat with nothing missing between it and the one before
 */
export function measureVariability(
  beats: Float64Array,
  isNormal: ArrayLike<number>,
  isConnected: ArrayLike<number>,
): Variability {
  const count = Math.max(0, beats.length - 1);
  const times = new Float64Array(count);
  const intervals = new Float64Array(count);
  let nn = 0;
  let previous = -1;
  let pairs = 0;
  let squares = 0;
  let over = 0;
  for (let b = 1; b < beats.length; b++) {
    const interval = (beats[b] - beats[b - 1]) * 1000;
    const isNn = isNormal[b] && isNormal[b - 1] && isConnected[b];
    if (!isNn || !(interval >= SHORTEST_NN_MS && interval <= LONGEST_NN_MS)) continue;
    if (previous === b - 1) {
      const difference = interval - intervals[nn - 1];
      squares += difference * difference;
      if (Math.abs(difference) > PNN_MS + ROUNDING_MS) over++;
      pairs++;
    }
    previous = b;
    times[nn] = beats[b];
    intervals[nn++] = interval;
  }

  const segments = measureSegments(times.subarray(0, nn), intervals.subarray(0, nn));
  const isLong = segments.length >= LEAST_SEGMENTS;
  const [vlf, lf, hf] = (["vlf", "lf", "hf"] as const).map((band) =>
    segments.length > 0 ? mean(segments.map((segment) => segment[band])) : null,
  );
  const hasIntervals = nn >= LEAST_INTERVALS;
  const hasPairs = pairs >= LEAST_INTERVALS;
  return {
    count: nn,
    excludedShare: count > 0 ? 1 - nn / count : 0,
    sdnn: hasIntervals ? deviation(intervals.subarray(0, nn)) : null,
    rmssd: hasPairs ? Math.sqrt(squares / pairs) : null,
    pnn50: hasPairs ? (100 * over) / pairs : null,
    sdann: isLong ? deviation(segments.map((segment) => segment.mean)) : null,
    sdnnIndex: isLong ? mean(segments.map((segment) => segment.sd)) : null,
    vlf,
    lf,
    hf,
    lfHf: lf !== null && hf !== null && hf > 0 ? lf / hf : null,
    segments: segments.length,
    reasons: {
      ...((!hasIntervals || !hasPairs) && { time: `fewer than ${LEAST_INTERVALS} normal intervals in a row` }),
      ...(!isLong && {
        segments: `fewer than ${LEAST_SEGMENTS} segments of 5 minutes with ${100 * LEAST_COVERAGE} % normal`,
      }),
      ...(segments.length === 0 && { spectrum: `no 5 minutes with ${100 * LEAST_COVERAGE} % normal intervals` }),
    },
  };
}

type Segment = { mean: number; sd: number; vlf: number; lf: number; hf: number };

/** Measures segments one after the other from the first interval on. A part of one at the end, or one with too few intervals, is left out. */
function measureSegments(times: Float64Array, intervals: Float64Array): Segment[] {
  const segments: Segment[] = [];
  // The first interval begins where its first beat is.
  const start = times.length > 0 ? times[0] - intervals[0] / 1000 : 0;
  for (let from = 0, to = 0, index = 0; from < times.length; from = to, index++) {
    const end = start + (index + 1) * SEGMENT_SECONDS;
    let covered = 0;
    for (to = from; to < times.length && times[to] <= end; to++) covered += intervals[to];
    if (covered < LEAST_COVERAGE * SEGMENT_SECONDS * 1000) continue;
    const values = intervals.subarray(from, to);
    segments.push({ mean: mean(values), sd: deviation(values), ...measureBands(times.subarray(from, to), values) });
  }
  return segments;
}

/**
 * The power of each band in ms2, such that the power of a sine is its variance. The frequencies are the multiples of one
 * period a segment.
 */
function measureBands(times: Float64Array, intervals: Float64Array): { vlf: number; lf: number; hf: number } {
  const count = times.length;
  const values = detrend(times, intervals);
  const bands = { vlf: 0, lf: 0, hf: 0 };
  // Each interval's phase goes on by the same angle from frequency to frequency.
  const sines = new Float64Array(count);
  const cosines = new Float64Array(count).fill(1);
  const stepSines = new Float64Array(count);
  const stepCosines = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const step = (2 * Math.PI * (times[i] - times[0])) / SEGMENT_SECONDS;
    stepSines[i] = Math.sin(step);
    stepCosines[i] = Math.cos(step);
  }
  for (let k = 1; k <= HF_LIMIT_HZ * SEGMENT_SECONDS; k++) {
    let vs = 0;
    let vc = 0;
    let ss = 0;
    let sc = 0;
    for (let i = 0; i < count; i++) {
      const s = sines[i] * stepCosines[i] + cosines[i] * stepSines[i];
      const c = cosines[i] * stepCosines[i] - sines[i] * stepSines[i];
      sines[i] = s;
      cosines[i] = c;
      vs += values[i] * s;
      vc += values[i] * c;
      ss += s * s;
      sc += s * c;
    }
    // Lomb's time offset makes the sine and the cosine orthogonal: their sums, turned by its angle.
    const cc = count - ss;
    const angle = 0.5 * Math.atan2(2 * sc, cc - ss);
    const sin = Math.sin(angle);
    const cos = Math.cos(angle);
    const cosinePower = cc * cos * cos + 2 * sc * cos * sin + ss * sin * sin;
    const sinePower = count - cosinePower;
    const cosinePart = vc * cos + vs * sin;
    const sinePart = vs * cos - vc * sin;
    const power =
      ((cosinePower > LEAST_POWER ? cosinePart ** 2 / cosinePower : 0) +
        (sinePower > LEAST_POWER ? sinePart ** 2 / sinePower : 0)) /
      count;
    const frequency = k / SEGMENT_SECONDS;
    if (frequency <= VLF_LIMIT_HZ) bands.vlf += power;
    else if (frequency <= LF_LIMIT_HZ) bands.lf += power;
    else bands.hf += power;
  }
  return bands;
}

function detrend(times: Float64Array, values: Float64Array): Float64Array {
  const meanTime = mean(times);
  const meanValue = mean(values);
  let tt = 0;
  let tv = 0;
  for (let i = 0; i < times.length; i++) {
    tt += (times[i] - meanTime) ** 2;
    tv += (times[i] - meanTime) * (values[i] - meanValue);
  }
  const slope = tt > 0 ? tv / tt : 0;
  return values.map((value, i) => value - meanValue - slope * (times[i] - meanTime));
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function deviation(values: ArrayLike<number>): number {
  const middle = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - middle) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}
