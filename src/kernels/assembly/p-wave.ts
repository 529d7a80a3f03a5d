/** How alike beats are with the average of the others before their QRS complexes: see p-wave.ts of the analysis. */

const FLOAT: usize = 4;
const DOUBLE: usize = 8;
/** A slope is between the sums of the two values after a place and of the two before it. */
const REACH: i32 = 2;

/**
 * Adds what tells how alike each beat's slopes are with those of the others, as far as the lead is there: the sums of products of both, each less its
 * mean.
 *
 * @param values of the lead, floats
 * @param starts of the beats' windows, int32: they may be outside of the lead
 * @param slopes the sums of the slopes of all beats, a double for each value of a window
 * @param from the first value of a window that is looked at
 * @param to behind the last
 * @param weight of the lead
 * @param sums of the squares of the others' slopes, of the beat's own, and of the products: three doubles a beat
 */
export function addLikeness(
  values: usize,
  length: i32,
  starts: usize,
  beats: i32,
  slopes: usize,
  from: i32,
  to: i32,
  weight: f64,
  sums: usize,
): void {
  for (let b = 0; b < beats; b++, sums += 3 * DOUBLE) {
    const start = load<i32>(starts + <usize>b * 4);
    const first = max(from, REACH - start);
    const last = min(to, length - REACH - start);
    const count = last - first;
    if (count <= 0) continue;
    let x = f64x2.splat(0);
    let y = f64x2.splat(0);
    let xx = f64x2.splat(0);
    let yy = f64x2.splat(0);
    let xy = f64x2.splat(0);
    let at = values + <usize>(start + first) * FLOAT;
    let other = slopes + <usize>first * DOUBLE;
    for (let k = 0; k < count; k += 2, at += 2 * FLOAT, other += 2 * DOUBLE) {
      let own: v128;
      let others: v128;
      if (k + 1 < count) {
        const after = f64x2.add(twoAt(at + 2 * FLOAT), twoAt(at + FLOAT));
        own = f64x2.sub(f64x2.sub(after, twoAt(at - FLOAT)), twoAt(at - 2 * FLOAT));
        others = f64x2.sub(v128.load(other), own);
      } else {
        const after = <f64>load<f32>(at, 8) + <f64>load<f32>(at, 4);
        const slope = after - <f64>load<f32>(at - FLOAT) - <f64>load<f32>(at - 2 * FLOAT);
        own = f64x2.replace_lane(f64x2.splat(0), 0, slope);
        others = f64x2.replace_lane(f64x2.splat(0), 0, load<f64>(other) - slope);
      }
      x = f64x2.add(x, others);
      y = f64x2.add(y, own);
      xx = f64x2.add(xx, f64x2.mul(others, others));
      yy = f64x2.add(yy, f64x2.mul(own, own));
      xy = f64x2.add(xy, f64x2.mul(others, own));
    }
    const n = <f64>count;
    add(sums, weight * (sumOf(xx) - (sumOf(x) * sumOf(x)) / n));
    add(sums + DOUBLE, weight * (sumOf(yy) - (sumOf(y) * sumOf(y)) / n));
    add(sums + 2 * DOUBLE, weight * (sumOf(xy) - (sumOf(x) * sumOf(y)) / n));
  }
}

function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}

/** Two floats as doubles. */
function twoAt(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

function sumOf(two: v128): f64 {
  return f64x2.extract_lane(two, 0) + f64x2.extract_lane(two, 1);
}
