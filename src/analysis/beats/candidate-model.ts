import { kernels, roomFor, withRoom } from "../../kernels/kernels.ts";
import type { BeatNetwork } from "./beat-network.ts";
import { CANDIDATE_WEIGHTS } from "./candidate-weights.ts";

/**
 * A small network that says how likely a candidate is a beat, by what is known of it: one hidden layer of rectified units beside
 * a logistic model. A row of `hidden` is a unit: its bias, a weight for each value, and what it counts.
 */
export type CandidateModel = { bias: number; direct: number[]; hidden: number[][] };

/**
 * The network that judges each candidate by its evidence, that which changes the odds of those in doubt by what is about them, and that
 * which tells beats by slopes, if not the one in use.
 */
export type BeatModels = { first: CandidateModel; inDoubt: CandidateModel; bySlopes?: Pick<BeatNetwork, "score"> };

/** So many units are summed up in one pass: their sums do not wait for each other. */
const UNITS_TOGETHER = 4;
/** So many candidates are scored in one go, an even number: the kernel takes two at a time. */
const MOST_TOGETHER = 512;

/** The natural logarithm of the odds that each candidate is a beat, or the change of them: what the network says of each row of values. */
export function scoreCandidates(evidence: Float32Array, model: CandidateModel = CANDIDATE_WEIGHTS): Float64Array {
  return newScorer(model)(evidence);
}

/** Makes a function that scores candidates like scoreCandidates: the weights are brought into the kernel's order once. */
export function newScorer(model: CandidateModel): (evidence: Float32Array) => Float64Array {
  const weights = weightsOf(model);
  const units = Math.ceil(model.hidden.length / UNITS_TOGETHER) * UNITS_TOGETHER;
  return (evidence) => scoreRows(evidence, model.direct.length, units, weights);
}

function scoreRows(evidence: Float32Array, size: number, units: number, weights: Float64Array): Float64Array {
  const odds = new Float64Array(evidence.length / size);
  if (odds.length === 0) return odds;
  const most = Math.min(odds.length + (odds.length % 2), MOST_TOGETHER);
  const bytes = roomFor(4 * most * size) + roomFor(weights.byteLength) + roomFor(16 * size) + roomFor(8 * most);
  withRoom(bytes, (room) => {
    const rows = room.floats(most * size);
    const weightsHere = room.doubles(weights.length);
    weightsHere.set(weights);
    const values = room.doubles(2 * size);
    const results = room.doubles(most);
    for (let from = 0; from < odds.length; from += most) {
      const count = Math.min(most, odds.length - from);
      rows.set(evidence.subarray(from * size, (from + count) * size));
      kernels.scoreRows(
        size,
        count + (count % 2),
        rows.byteOffset,
        units,
        weightsHere.byteOffset,
        values.byteOffset,
        results.byteOffset,
      );
      odds.set(results.subarray(0, count), from);
    }
  });
  return odds;
}

/** The weights of a model in the order in which the kernel takes them. Units of zeros, which count nothing, fill up the last pass. */
function weightsOf({ bias, direct, hidden }: CandidateModel): Float64Array {
  const size = direct.length;
  const passes = Math.ceil(hidden.length / UNITS_TOGETHER);
  const weights = new Float64Array(1 + size + passes * UNITS_TOGETHER * (size + 2));
  weights[0] = bias;
  weights.set(direct, 1);
  for (const [u, unit] of hidden.entries()) {
    const first = 1 + size + Math.floor(u / UNITS_TOGETHER) * UNITS_TOGETHER * (size + 2) + (u % UNITS_TOGETHER);
    for (let i = 0; i < unit.length; i++) weights[first + UNITS_TOGETHER * i] = unit[i];
  }
  return weights;
}
