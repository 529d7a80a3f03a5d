/** Leads that a device computed from two others: see derived-lead.ts of the codec. */

/** Four samples of the derivation: whole * first + (half1 * first + half2 * second) / 2, the half rounded towards zero. */
function derived(whole: v128, half1: v128, half2: v128, first: v128, second: v128): v128 {
  const sum = i32x4.add(i32x4.mul(half1, first), i32x4.mul(half2, second));
  const half = i32x4.shr_s(i32x4.add(sum, i32x4.shr_u(sum, 31)), 1);
  return i32x4.add(i32x4.mul(whole, first), half);
}

/** Computes the difference of each sample from its derivation; all arrays are read and written up to a multiple of four. */
export function derivationErrors(
  whole: i32,
  half1: i32,
  half2: i32,
  first: usize,
  second: usize,
  samples: usize,
  count: i32,
  errors: usize,
): void {
  const wholes = i32x4.splat(whole);
  const halves1 = i32x4.splat(half1);
  const halves2 = i32x4.splat(half2);
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const derivation = derived(wholes, halves1, halves2, v128.load(first + i), v128.load(second + i));
    v128.store(errors + i, i32x4.sub(v128.load(samples + i), derivation));
  }
}

/** Undoes derivationErrors in place. */
export function undoDerivation(
  whole: i32,
  half1: i32,
  half2: i32,
  first: usize,
  second: usize,
  errors: usize,
  count: i32,
): void {
  const wholes = i32x4.splat(whole);
  const halves1 = i32x4.splat(half1);
  const halves2 = i32x4.splat(half2);
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const derivation = derived(wholes, halves1, halves2, v128.load(first + i), v128.load(second + i));
    v128.store(errors + i, i32x4.add(v128.load(errors + i), derivation));
  }
}
