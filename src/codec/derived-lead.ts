import { kernels, type Maker } from "../kernels/kernels.ts";
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

/** All derivations that are looked for; a derivation is stored as its place in this list, which the kernel knows. */
const DERIVATIONS: readonly Derivation[] = [-1, 0, 1].flatMap((whole) =>
  [-1, 0, 1].flatMap((half1) => [-2, -1, 1, 2].map((half2) => ({ whole, half1, half2 }))),
);

/** How many samples, evenly spread, a derivation is tried on. */
const PROBES = 24;

/** The memory in which derivations are looked for, in a room of the kernels. */
export type DerivationDesk = { candidates: Int32Array; probes: Int32Array; found: Int32Array };

/** Makes a desk for so many candidates at most. */
export function newDerivationDesk(maker: Maker, candidateCount: number): DerivationDesk {
  return { candidates: maker.ints(candidateCount), probes: maker.ints(2 * PROBES), found: maker.ints(3) };
}

type FoundDerivation = { derivation: Derivation; first: number; second: number };

/**
 * Finds the derivation of `target` from two candidates that is nearest at the probes; undefined if none is near at all
 * of them. All leads are in the desk's room.
 */
export function findDerivation(
  target: Int32Array,
  candidates: readonly Int32Array[],
  desk: DerivationDesk,
): FoundDerivation | undefined {
  for (const [i, { byteOffset }] of candidates.entries()) desk.candidates[i] = byteOffset;
  const isFound = kernels.findDerivation(
    target.byteOffset,
    desk.candidates.byteOffset,
    candidates.length,
    desk.probes.byteOffset,
    chooseProbes(target, desk.probes),
    desk.found.byteOffset,
  );
  const [first, second, code] = desk.found;
  return isFound ? { derivation: DERIVATIONS[code], first, second } : undefined;
}

/**
 * Chooses the places of the probes. The one farthest from zero is first: there nearly all that do not fit are seen.
 *
 * @returns how many there are
 */
function chooseProbes(target: Int32Array, probes: Int32Array): number {
  const stride = Math.max(1, Math.floor(target.length / PROBES));
  const count = Math.floor(target.length / stride);
  for (let p = 0; p < count; p++) {
    probes[p] = (p + 1) * stride - 1;
    if (Math.abs(target[probes[p]]) > Math.abs(target[probes[0]])) [probes[0], probes[p]] = [probes[p], probes[0]];
  }
  return count;
}

/** Computes the difference of every sample from its derivation. All arrays are in a room of the kernels. */
export function derivationErrors(
  { whole, half1, half2 }: Derivation,
  samples: Int32Array,
  first: Int32Array,
  second: Int32Array,
  errors: Int32Array,
): void {
  kernels.derivationErrors(
    whole,
    half1,
    half2,
    first.byteOffset,
    second.byteOffset,
    samples.byteOffset,
    samples.length,
    errors.byteOffset,
  );
}

/** Undoes {@link derivationErrors}, in place. */
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
