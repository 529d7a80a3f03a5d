/**
 * Undoes the prediction of a run by at most one reference, or by up to three: see linear-predictor.ts of the codec, which has the
 * arithmetic. All numbers are int32 and wrap around.
 */

/**
 * Undoes the prediction of a run by up to three references and the lead's own last six differences.
 *
 * @param shift bits of the weights after the point
 * @param a samples of the first reference; b and c likewise
 * @param referenceWeights six weights
 * @param ownWeights six weights
 * @param samples the errors, in whose place the samples come
 * @param start the value before the first sample
 * @returns the last sample, or `start` where there is none
 */
export function undoOfSix(
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
  const a0 = load<i32>(referenceWeights);
  const a1 = load<i32>(referenceWeights, 4);
  const b0 = load<i32>(referenceWeights, 8);
  const b1 = load<i32>(referenceWeights, 12);
  const c0 = load<i32>(referenceWeights, 16);
  const c1 = load<i32>(referenceWeights, 20);
  const w1 = load<i32>(ownWeights);
  const w2 = load<i32>(ownWeights, 4);
  const w3 = load<i32>(ownWeights, 8);
  const w4 = load<i32>(ownWeights, 12);
  const w5 = load<i32>(ownWeights, 16);
  const w6 = load<i32>(ownWeights, 20);
  const half = (1 << shift) >> 1;
  const before = (<usize>max(0, from - 1)) << 2;
  let sumBefore = a1 * load<i32>(a + before) + b1 * load<i32>(b + before) + c1 * load<i32>(c + before);
  let sumNow = a0 * load<i32>(a + before) + b0 * load<i32>(b + before) + c0 * load<i32>(c + before) + sumBefore;
  let last = start;
  let s1 = half;
  let s2 = half;
  let s3 = half;
  let s4 = half;
  let s5 = half;
  let s6 = half;
  const end = (<usize>to) << 2;
  for (let i = (<usize>from) << 2; i < end; i += 4) {
    const inA = load<i32>(a + i);
    const inB = load<i32>(b + i);
    const inC = load<i32>(c + i);
    const sum = a0 * inA + b0 * inB + c0 * inC + sumBefore;
    sumBefore = a1 * inA + b1 * inB + c1 * inC;
    const d = load<i32>(samples + i) + ((s1 + sum - sumNow) >> shift);
    sumNow = sum;
    last += d;
    store<i32>(samples + i, last);
    s1 = s2 + w1 * d;
    s2 = s3 + w2 * d;
    s3 = s4 + w3 * d;
    s4 = s5 + w4 * d;
    s5 = s6 + w5 * d;
    s6 = half + w6 * d;
  }
  return last;
}
