import type { ChunkReader } from "./chunk-reader.ts";
import { DamagedChunkError } from "./damaged-chunk-error.ts";

/**
 * Prediction of a lead that a device computed from two others in integers, as most do with four of the standard twelve:
 * III = II - I (Einthoven), aVR = -(I + II) / 2, aVL = I - II / 2, aVF = II - I / 2 (Goldberger), the halves rounded
 * towards zero as C and Java divide. Where that is how the lead was made, nothing is left to code.
 *
 * A sample is whole * first + (half1 * first + half2 * second) / 2.
 */
type Derivation = { whole: number; half1: number; half2: number };

const DERIVATIONS: readonly Derivation[] = [-1, 0, 1].flatMap((whole) =>
  [-1, 0, 1].flatMap((half1) => [-2, -1, 1, 2].map((half2) => ({ whole, half1, half2 }))),
);

/** How many samples are enough to recognise a derivation, and how far off one may be. */
const PROBES = 24;
const MAX_OFF = 3;

function predict({ whole, half1, half2 }: Derivation, first: number, second: number): number {
  const sum = (Math.imul(half1, first) + Math.imul(half2, second)) | 0;
  return (Math.imul(whole, first) + ((sum + (sum >>> 31)) >> 1)) | 0;
}

type FoundDerivation = { derivation: Derivation; first: number; second: number };

/** The derivation of `target` from two of the candidates that comes nearest, if any is near everywhere. */
export function findDerivation(target: Int32Array, candidates: readonly Int32Array[]): FoundDerivation | undefined {
  const stride = Math.max(1, Math.floor(target.length / PROBES));
  let found: FoundDerivation | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let first = 0; first < candidates.length; first++) {
    for (let second = 0; second < candidates.length; second++) {
      if (first === second) continue;
      for (const derivation of DERIVATIONS) {
        const off = sumOff(derivation, target, candidates[first], candidates[second], stride, least);
        if (off >= least) continue;
        least = off;
        found = { derivation, first, second };
      }
    }
  }
  return found;
}

/** Sum of what the derivation is off at the probes, or infinity as soon as it is no better than another. */
function sumOff(
  derivation: Derivation,
  target: Int32Array,
  first: Int32Array,
  second: Int32Array,
  stride: number,
  least: number,
): number {
  let sum = 0;
  for (let i = stride - 1; i < target.length; i += stride) {
    const off = Math.abs(target[i] - predict(derivation, first[i], second[i]));
    sum += off;
    if (off > MAX_OFF || sum >= least) return Number.POSITIVE_INFINITY;
  }
  return sum;
}

/** Of every sample the difference from its derivation. */
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

/** Undoes {@link derivationErrors}. */
export function undoDerivation(
  { whole, half1, half2 }: Derivation,
  errors: Int32Array,
  first: Int32Array,
  second: Int32Array,
): Int32Array {
  const samples = new Int32Array(errors.length);
  for (let i = 0; i < samples.length; i++) {
    const sum = (Math.imul(half1, first[i]) + Math.imul(half2, second[i])) | 0;
    samples[i] = errors[i] + Math.imul(whole, first[i]) + ((sum + (sum >>> 31)) >> 1);
  }
  return samples;
}

export const derivationCode = (derivation: Derivation): number => DERIVATIONS.indexOf(derivation);

export function readDerivation(bytes: ChunkReader): Derivation {
  const derivation = DERIVATIONS[bytes.byte()];
  if (derivation === undefined) throw new DamagedChunkError("A lead is derived in an unknown way");
  return derivation;
}
