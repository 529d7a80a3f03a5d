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

/** How far from its derivation a sample may be, in units of the lead. */
const MAX_OFF: u32 = 3;

/** Sums how far the derivation is off at the probes; `least` when it is too far off at one, or not below `least` in sum. */
function sumOff(
  whole: i32,
  half1: i32,
  half2: i32,
  first: usize,
  second: usize,
  samples: usize,
  probes: usize,
  count: i32,
  least: u32,
): u32 {
  let total: u32 = 0;
  for (let p = 0; p < count; p++) {
    const i = (<usize>load<i32>(probes + ((<usize>p) << 2))) << 2;
    const sum = half1 * load<i32>(first + i) + half2 * load<i32>(second + i);
    const derivation = whole * load<i32>(first + i) + ((sum + (sum >>> 31)) >> 1);
    const off: u32 = abs(load<i32>(samples + i) - derivation);
    total += off;
    if (off > MAX_OFF || total >= least) return least;
  }
  return total;
}

/**
 * Finds the derivation of a lead from two of the candidates that is nearest at the probes, of those that are near at all of them.
 *
 * @param candidates their addresses
 * @param probes indices of samples; at the first one nearly all derivations that do not fit are seen
 * @param found gets the places of the two candidates and the derivation's place in the list of all: by whole, half1, half2
 * @returns whether there is one
 */
export function findDerivation(
  samples: usize,
  candidates: usize,
  candidateCount: i32,
  probes: usize,
  probeCount: i32,
  found: usize,
): bool {
  if (probeCount === 0) return false;
  const probe = (<usize>load<i32>(probes)) << 2;
  const wanted = v128.load32_splat(samples + probe);
  const none = u32.MAX_VALUE;
  let least = none;
  for (let i = 0; i < candidateCount; i++) {
    const first: usize = load<u32>(candidates + ((<usize>i) << 2));
    const ofFirst = v128.load32_splat(first + probe);
    for (let j = 0; j < candidateCount; j++) {
      if (i === j) continue;
      const second: usize = load<u32>(candidates + ((<usize>j) << 2));
      const ofSecond = v128.load32_splat(second + probe);
      for (let whole = -1; whole <= 1; whole++) {
        for (let half1 = -1; half1 <= 1; half1++) {
          const derivations = derived(i32x4.splat(whole), i32x4.splat(half1), i32x4(-2, -1, 1, 2), ofFirst, ofSecond);
          const offs = i32x4.add(i32x4.sub(wanted, derivations), i32x4.splat(MAX_OFF));
          const near = i32x4.bitmask(i32x4.le_u(offs, i32x4.splat(2 * MAX_OFF)));
          for (let k = 0; k < 4; k++) {
            if ((near & (1 << k)) === 0) continue;
            const half2 = k < 2 ? k - 2 : k - 1;
            const sum = sumOff(whole, half1, half2, first, second, samples, probes, probeCount, least);
            if (sum >= least) continue;
            least = sum;
            store<i32>(found, i);
            store<i32>(found, j, 4);
            store<i32>(found, 12 * (whole + 1) + 4 * (half1 + 1) + k, 8);
          }
        }
      }
    }
  }
  return least < none;
}
