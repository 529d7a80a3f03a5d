/**
 * Prediction of a lead from its own last differences and from those of up to three references: see linear-predictor.ts of the codec,
 * which has the arithmetic. All numbers are int32 and wrap around.
 */

/** The references' part of each prediction is summed for so many samples at a time, in PARTS. */
const PIECE = 256;
/** One more than a piece has: while a sample is predicted, the part of the next one is added already. */
const PARTS = memory.data(4 * (PIECE + 4), 16);

/** The references' part of one prediction, with the half that rounds it. Differences from before sample `begin` count as 0. */
function partOf(half: i32, a: usize, b: usize, c: usize, weights: usize, begin: i32, i: i32): i32 {
  const now = (<usize>i) << 2;
  const before = (<usize>max(begin, i - 1)) << 2;
  const beforeThat = (<usize>max(begin, i - 2)) << 2;
  return (
    half +
    load<i32>(weights) * (load<i32>(a + now) - load<i32>(a + before)) +
    load<i32>(weights, 4) * (load<i32>(a + before) - load<i32>(a + beforeThat)) +
    load<i32>(weights, 8) * (load<i32>(b + now) - load<i32>(b + before)) +
    load<i32>(weights, 12) * (load<i32>(b + before) - load<i32>(b + beforeThat)) +
    load<i32>(weights, 16) * (load<i32>(c + now) - load<i32>(c + before)) +
    load<i32>(weights, 20) * (load<i32>(c + before) - load<i32>(c + beforeThat))
  );
}

/** Four differences times a weight, that to the sample at `address` first. */
function weighted(weight: v128, address: usize): v128 {
  return i32x4.mul(weight, i32x4.sub(v128.load(address), v128.load(address - 4)));
}

/**
 * Sums the references' parts of the predictions of the samples `from` up to `to`, and puts them in PARTS.
 *
 * @param begin the sample before the run, or the first one
 */
function sumParts(half: i32, a: usize, b: usize, c: usize, weights: usize, begin: i32, from: i32, to: i32): void {
  let part = PARTS;
  let i = from;
  for (; i < min(to, begin + 3); i++, part += 4) store<i32>(part, partOf(half, a, b, c, weights, begin, i));
  const halves = i32x4.splat(half);
  const a0 = v128.load32_splat(weights);
  const a1 = v128.load32_splat(weights, 4);
  const b0 = v128.load32_splat(weights, 8);
  const b1 = v128.load32_splat(weights, 12);
  const c0 = v128.load32_splat(weights, 16);
  const c1 = v128.load32_splat(weights, 20);
  for (; i + 4 <= to; i += 4, part += 16) {
    const at = (<usize>i) << 2;
    const ofA = i32x4.add(weighted(a0, a + at), weighted(a1, a + at - 4));
    const ofB = i32x4.add(weighted(b0, b + at), weighted(b1, b + at - 4));
    const ofC = i32x4.add(weighted(c0, c + at), weighted(c1, c + at - 4));
    v128.store(part, i32x4.add(i32x4.add(halves, ofA), i32x4.add(ofB, ofC)));
  }
  for (; i < to; i++, part += 4) store<i32>(part, partOf(half, a, b, c, weights, begin, i));
}

/** The most own differences that a prediction looks back on. */
const MAX_OWN = 8;
/** The differences of a piece, behind those that the first ones look back on. */
const DIFFERENCES = memory.data(4 * (MAX_OWN + PIECE + 4), 16);

/** Computes the differences of a piece of the samples; those of the piece before are there. */
function subtract(samples: usize, from: i32, to: i32, first: i32): void {
  let at = DIFFERENCES + 4 * MAX_OWN;
  store<i32>(at, first);
  at += 4;
  const end = samples + ((<usize>to) << 2);
  let sample = samples + ((<usize>from) << 2) + 4;
  for (; sample + 16 <= end; sample += 16, at += 16)
    v128.store(at, i32x4.sub(v128.load(sample), v128.load(sample - 4)));
  for (; sample < end; sample += 4, at += 4) store<i32>(at, load<i32>(sample) - load<i32>(sample - 4));
}

/**
 * Computes the differences of the samples of a run less their predictions by up to three references and the lead's own last
 * differences.
 *
 * @param errors the place of the first error of the run; up to three numbers behind the last one are written over
 */
export function predictionErrors(
  shift: i32,
  a: usize,
  b: usize,
  c: usize,
  referenceWeights: usize,
  ownWeights: usize,
  samples: usize,
  from: i32,
  to: i32,
  start: i32,
  errors: usize,
): void {
  const w1 = v128.load32_splat(ownWeights);
  const w2 = v128.load32_splat(ownWeights, 4);
  const w3 = v128.load32_splat(ownWeights, 8);
  const w4 = v128.load32_splat(ownWeights, 12);
  const w5 = v128.load32_splat(ownWeights, 16);
  const w6 = v128.load32_splat(ownWeights, 20);
  const w7 = v128.load32_splat(ownWeights, 24);
  const w8 = v128.load32_splat(ownWeights, 28);
  const ofEight = v128.any_true(v128.or(w7, w8));
  const half = (1 << shift) >> 1;
  const begin = max(0, from - 1);
  let last = start;
  let out = errors;
  for (let at: usize = 0; at < 4 * MAX_OWN; at += 16) v128.store(DIFFERENCES + at, i32x4.splat(0));
  for (let piece = from; piece < to; piece += PIECE) {
    const pieceEnd = min(to, piece + PIECE);
    sumParts(half, a, b, c, referenceWeights, begin, piece, pieceEnd);
    subtract(samples, piece, pieceEnd, load<i32>(samples + ((<usize>piece) << 2)) - last);
    last = load<i32>(samples + ((<usize>pieceEnd) << 2) - 4);
    let part = PARTS;
    let d = DIFFERENCES + 4 * MAX_OWN;
    const end = d + ((<usize>(pieceEnd - piece)) << 2);
    for (; d < end; d += 16, part += 16, out += 16) {
      const near = i32x4.add(i32x4.mul(w1, v128.load(d - 4)), i32x4.mul(w2, v128.load(d - 8)));
      const far = i32x4.add(i32x4.mul(w3, v128.load(d - 12)), i32x4.mul(w4, v128.load(d - 16)));
      const farther = i32x4.add(i32x4.mul(w5, v128.load(d - 20)), i32x4.mul(w6, v128.load(d - 24)));
      let sum = i32x4.add(i32x4.add(v128.load(part), near), i32x4.add(far, farther));
      if (ofEight) {
        const farthest = i32x4.add(i32x4.mul(w7, v128.load(d - 28)), i32x4.mul(w8, v128.load(d - 32)));
        sum = i32x4.add(sum, farthest);
      }
      v128.store(out, i32x4.sub(v128.load(d), i32x4.shr_s(sum, shift)));
    }
    for (let at: usize = 0; at < 4 * MAX_OWN; at += 16)
      v128.store(DIFFERENCES + at, v128.load(DIFFERENCES + 4 * PIECE + at));
  }
}

/**
 * Undoes the prediction of a run by up to three references and the lead's own last differences.
 *
 * For each of the next samples the loop keeps the part of its prediction that is known already (s2, s3 ...): a new difference is
 * multiplied with all its weights at once, so that no chain of additions delays the next sample. The first two weights have their own
 * numbers, for what comes out of a vector comes too late for the next sample.
 *
 * @param shift bits of the weights after the point
 * @param a samples of the first reference; b and c likewise; anything where its weights are 0
 * @param referenceWeights six weights
 * @param ownWeights eight weights
 * @param samples the errors, in whose place the samples come
 * @param start the value before the first sample
 * @returns the last sample, or `start` where there is none
 */
export function undoPrediction(
  shift: i32,
  a: usize,
  b: usize,
  c: usize,
  referenceWeights: usize,
  ownWeights: usize,
  samples: usize,
  from: i32,
  to: i32,
  start: i32,
): i32 {
  const w1 = load<i32>(ownWeights);
  const w2 = load<i32>(ownWeights, 4);
  const w3to6 = v128.load(ownWeights, 8);
  const w7to8 = v128.load64_zero(ownWeights, 24);
  // The last two weights are seldom there.
  const ofEight = v128.any_true(w7to8);
  const half = (1 << shift) >> 1;
  const begin = max(0, from - 1);
  let last = start;
  let sum = 0;
  let s2 = 0;
  let s3to6 = i32x4.splat(0);
  let s7to10 = i32x4.splat(0);
  for (let piece = from; piece < to; piece += PIECE) {
    sumParts(half, a, b, c, referenceWeights, begin, piece, min(to, piece + PIECE + 1));
    if (piece === from) sum = load<i32>(PARTS);
    let part = PARTS + 4;
    const end = samples + ((<usize>min(to, piece + PIECE)) << 2);
    for (let at = samples + ((<usize>piece) << 2); at < end; at += 4, part += 4) {
      const d = load<i32>(at) + (sum >> shift);
      last += d;
      store<i32>(at, last);
      sum = s2 + load<i32>(part) + w1 * d;
      s2 = i32x4.extract_lane(s3to6, 0) + w2 * d;
      const four = i32x4.splat(d);
      s3to6 = i32x4.add(v128.shuffle<i32>(s3to6, s7to10, 1, 2, 3, 4), i32x4.mul(w3to6, four));
      if (ofEight) s7to10 = i32x4.add(v128.shuffle<i32>(s7to10, i32x4.splat(0), 1, 2, 3, 4), i32x4.mul(w7to8, four));
    }
  }
  return last;
}
