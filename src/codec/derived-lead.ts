import { kernels } from "../kernels/kernels.ts";
import type { ChunkReader } from "./chunk-reader.ts";
import { DamagedChunkError } from "./damaged-chunk-error.ts";

/**
 * How a device computed a lead from two others, in integers: sample = whole * first + (half1 * first + half2 * second)
 * / 2, the half rounded towards zero as C and Java divide.
 *
 * Most devices compute four of the standard twelve leads: III = II - I (Einthoven), aVR = -(I + II) / 2, aVL = I - II /
 * 2, aVF = II - I / 2 (Goldberger). A lead that was made this way leaves no residuals.
 */
type Derivation = { whole: number; half1: number; half2: number };

/** All derivations that are looked for; a derivation is stored as its place in this list. */
const DERIVATIONS: readonly Derivation[] = [-1, 0, 1].flatMap((whole) =>
  [-1, 0, 1].flatMap((half1) => [-2, -1, 1, 2].map((half2) => ({ whole, half1, half2 }))),
);

/** How many samples, evenly spread, a derivation is tried on. */
const PROBES = 24;
/** How far from its derivation a sample may be, in units of the lead. */
const MAX_OFF = 3;

/** The sample that the derivation makes of one sample of each lead. */
function predict({ whole, half1, half2 }: Derivation, first: number, second: number): number {
  const sum = (Math.imul(half1, first) + Math.imul(half2, second)) | 0;
  return (Math.imul(whole, first) + ((sum + (sum >>> 31)) >> 1)) | 0;
}

type FoundDerivation = { derivation: Derivation; first: number; second: number };

/**
 * Finds the derivation of `target` from two candidates that is nearest at the probes; undefined if none is near at all
 * of them.
 */
export function findDerivation(target: Int32Array, candidates: readonly Int32Array[]): FoundDerivation | undefined {
  const probes = chooseProbes(target);
  const probe = probes[0] ?? 0;
  const wanted = target[probe] ?? 0;
  let found: FoundDerivation | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let first = 0; first < candidates.length; first++) {
    for (let second = 0; second < candidates.length; second++) {
      if (first === second) continue;
      const ofFirst = candidates[first][probe] ?? 0;
      const ofSecond = candidates[second][probe] ?? 0;
      for (const derivation of DERIVATIONS) {
        if (Math.abs(wanted - predict(derivation, ofFirst, ofSecond)) > MAX_OFF) continue;
        const off = sumOff(derivation, target, candidates[first], candidates[second], probes, least);
        if (off >= least) continue;
        least = off;
        found = { derivation, first, second };
      }
    }
  }
  return found;
}

/** Chooses the places of the probes. The one farthest from zero is first: there nearly all that do not fit are seen. */
function chooseProbes(target: Int32Array): Int32Array {
  const stride = Math.max(1, Math.floor(target.length / PROBES));
  const probes = new Int32Array(Math.floor(target.length / stride));
  for (let p = 0; p < probes.length; p++) {
    probes[p] = (p + 1) * stride - 1;
    if (Math.abs(target[probes[p]]) > Math.abs(target[probes[0]])) [probes[0], probes[p]] = [probes[p], probes[0]];
  }
  return probes;
}

/**
 * Sums how far the derivation is off at the probes; infinity when it is too far off at one, or not below `least` in
 * sum.
 */
function sumOff(
  derivation: Derivation,
  target: Int32Array,
  first: Int32Array,
  second: Int32Array,
  probes: Int32Array,
  least: number,
): number {
  let sum = 0;
  for (let p = 0; p < probes.length; p++) {
    const i = probes[p];
    const off = Math.abs(target[i] - predict(derivation, first[i], second[i]));
    sum += off;
    if (off > MAX_OFF || sum >= least) return Number.POSITIVE_INFINITY;
  }
  return sum;
}

/** The difference of every sample from its derivation. */
export function derivationErrors(
  derivation: Derivation,
  samples: Int32Array,
  first: Int32Array,
  second: Int32Array,
): Int32Array {
  const errors = new Int32Array(samples.length);
  for (let i = 0; i < errors.length; i++) errors[i] = samples[i] - predict(derivation, first[i], second[i]);
  return errors;
}

/** Undoes {@link derivationErrors}, in place. All arrays are in a room of the kernels. */
export function undoDerivation(
  { whole, half1, half2 }: Derivation,
  errors: Int32Array,
  first: Int32Array,
  second: Int32Array,
): void {
  kernels.undoDerivation(whole, half1, half2, first.byteOffset, second.byteOffset, errors.byteOffset, errors.length);
}

/** The byte that a derivation is stored as. */
export const derivationCode = (derivation: Derivation): number => DERIVATIONS.indexOf(derivation);

/** @throws DamagedChunkError for a code that no derivation has */
export function readDerivation(bytes: ChunkReader): Derivation {
  const derivation = DERIVATIONS[bytes.byte()];
  if (derivation === undefined) throw new DamagedChunkError("A lead is derived in an unknown way");
  return derivation;
}
