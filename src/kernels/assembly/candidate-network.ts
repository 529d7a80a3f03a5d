/** What a small network says of candidates: see candidate-model.ts of the beats, which has its form. */

/**
 * Gives what the network says of rows of values: two rows and four units at a time, each sum in the order of the values.
 *
 * @param size the number of values in a row
 * @param count the number of rows, even
 * @param rows float32
 * @param units the number of units, a multiple of four
 * @param weights float64: the bias, one for each value, then of four units each: their biases, weights for each value, what they count
 * @param values room for two rows in float64
 * @param results float64
 */
export function scoreRows(
  size: i32,
  count: i32,
  rows: usize,
  units: i32,
  weights: usize,
  values: usize,
  results: usize,
): void {
  const bias = load<f64>(weights);
  const direct = weights + 8;
  const first = direct + (size << 3);
  const other = values + (size << 3);
  for (let row = 0; row < count; row += 2) {
    let from = rows + <usize>((row * size) << 2);
    let a = bias;
    let b = bias;
    for (let i = 0; i < size << 3; i += 8, from += 4) {
      const weight = load<f64>(direct + i);
      const valueOfA = <f64>load<f32>(from);
      const valueOfB = <f64>load<f32>(from + (size << 2));
      store<f64>(values + i, valueOfA);
      store<f64>(other + i, valueOfB);
      a += weight * valueOfA;
      b += weight * valueOfB;
    }
    let at = first;
    for (let unit = 0; unit < units; unit += 4) {
      let firstOfA = v128.load(at);
      let secondOfA = v128.load(at, 16);
      let firstOfB = firstOfA;
      let secondOfB = secondOfA;
      at += 32;
      for (let i = 0; i < size << 3; i += 8, at += 32) {
        const ofFirst = v128.load(at);
        const ofSecond = v128.load(at, 16);
        const valueOfA = v128.load64_splat(values + i);
        const valueOfB = v128.load64_splat(other + i);
        firstOfA = f64x2.add(firstOfA, f64x2.mul(ofFirst, valueOfA));
        secondOfA = f64x2.add(secondOfA, f64x2.mul(ofSecond, valueOfA));
        firstOfB = f64x2.add(firstOfB, f64x2.mul(ofFirst, valueOfB));
        secondOfB = f64x2.add(secondOfB, f64x2.mul(ofSecond, valueOfB));
      }
      const counts = v128.load(at);
      const otherCounts = v128.load(at, 16);
      at += 32;
      a = a + countOf(firstOfA, counts) + countOf(secondOfA, otherCounts);
      b = b + countOf(firstOfB, counts) + countOf(secondOfB, otherCounts);
    }
    store<f64>(results + (row << 3), a);
    store<f64>(results + (row << 3), b, 8);
  }
}

/** What two units count: nothing where their sum is below 0. */
function countOf(sums: v128, counts: v128): f64 {
  const both = f64x2.mul(counts, f64x2.pmax(f64x2.splat(0), sums));
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}
