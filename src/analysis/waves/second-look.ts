import { type Address, keep, kernels, roomFor, withRoom } from "../../kernels/kernels.ts";
import { newWeights } from "../numbers/weights.ts";
import { BEFORE, WINDOW } from "./average-beats.ts";
import { POINTS } from "./wave-model.ts";
import type { PointedWaves } from "./wave-network.ts";
import { SECOND_LOOK } from "./wave-weights.ts";

const [P_ONSET, P_END, QRS_ONSET, QRS_END, , T_END] = POINTS.keys();
/**
 * The points that are looked at again, in the order of the weights, the grid samples between the places about each, and the share
 * of a correction that is taken: the whole goes too far on records that the networks were not trained on.
 */
const LOOKS = [
  { p: P_ONSET, step: 3, trust: 0.9 },
  { p: P_END, step: 3, trust: 0.8 },
  { p: QRS_ONSET, step: 1, trust: 0.7 },
  { p: QRS_END, step: 1, trust: 0.7 },
  { p: T_END, step: 4, trust: 0.9 },
];
/** The number of places before a point and after it. */
const REACH = 12;
/** The number of places about a point. */
const PLACES = 2 * REACH + 1;
/** The number of places in the kernel: those that are more count for nothing. */
const KERNEL_PLACES = 28;
/** A network's inputs are three measures of each place: the size of the slope, the slope, and the height. */
const MEASURES = 3;
/** The hidden units of a network. */
const HIDDEN = 16;
/** The standard deviation of BELL, in places. */
const BELL_WIDTH = 6;
/** How much each place counts for the scale of all, so that a larger wave at the far end does not set it. */
const BELL = Float64Array.from({ length: PLACES }, (_, i) => Math.exp(-0.5 * ((i - REACH) / BELL_WIDTH) ** 2));
/** Keeps the scale of a flat place finite, in ADC units. */
const LEAST_SCALE = 1e-6;

/** The weights of the network of each point in the kernels' memory, once they have been read. */
let looks: Address[] | undefined;

function readLooks(): Address[] {
  const take = newWeights(SECOND_LOOK);
  return LOOKS.map(() => {
    const hidden = take(HIDDEN * MEASURES * PLACES);
    const biases = take(HIDDEN);
    const out = take(HIDDEN);
    const bias = take(1);
    const direct = take(MEASURES * PLACES);
    const ofInputs = Array.from({ length: MEASURES * KERNEL_PLACES }, (_, i) => {
      const place = i % KERNEL_PLACES;
      return place < PLACES ? Math.floor(i / KERNEL_PLACES) * PLACES + place : undefined;
    });
    const ordered = [
      Array.from({ length: KERNEL_PLACES }, (_, place) => BELL[place] ?? 0),
      ofInputs.map((input) => (input === undefined ? 0 : direct[input])),
      ofInputs.flatMap((input) =>
        Array.from({ length: HIDDEN }, (_, h) => (input === undefined ? 0 : hidden[h * MEASURES * PLACES + input])),
      ),
      ...[biases, out, bias],
    ];
    return keep(Float32Array.from(ordered.flatMap((weights) => [...weights])));
  });
}

/**
 * Corrects where the waves begin and end in one lead, by the lead's signal about each point. Each point has a network of
 * one layer of 16, which is the mean of two of 8 that were trained apart. They were trained after the first model, on what
 * that gave for the beats of records 1 to 100, towards the marks of the beat itself: 1000 steps of Adam
 * with 512 points each and Huber's loss, the point moved to and fro by up to a place, a third of the windows mixed with the
 * average. That of QRS onsets was trained on records 1 to 60, on what a first model gave that was not trained on them.
 *
 * What is read about a point are the sizes of the slopes, the slopes, and the heights over their mean, at places some grid samples apart,
 * each as a share of the largest there, and large ones compressed: the kernel `lookAgain`.
 *
 * @param signal of a lead, which goes on beyond its ends as it is there; or of all leads, a window after the other, as an average beat has it
 * @param starts where the windows that are looked at begin in it
 * @param times the points in each, as the first model gives them
 */
export function lookAgain(
  signal: Float32Array | Float64Array,
  starts: ArrayLike<number>,
  times: readonly Float64Array[],
): Float64Array[] {
  looks ??= readLooks();
  const networks = looks;
  const length = WINDOW + signal.length + WINDOW;
  return withRoom(INPUTS_BYTES + roomFor(Float32Array.BYTES_PER_ELEMENT * length), (room) => {
    const inputs = room.floats(MEASURES * KERNEL_PLACES).byteOffset;
    const widened = room.floats(length);
    widened.fill(signal[0], 0, WINDOW);
    widened.set(signal, WINDOW);
    widened.fill(signal[signal.length - 1], WINDOW + signal.length);
    return times.map((given, i) => {
      const corrected = given.slice();
      const start = Math.max(0, Math.min(WINDOW + signal.length, WINDOW + starts[i]));
      const window = widened.byteOffset + Float32Array.BYTES_PER_ELEMENT * start;
      for (let k = 0; k < LOOKS.length; k++) {
        const { p, step, trust } = LOOKS[k];
        const centre = Math.round(given[p]);
        // Beside a QRS complex a P wave is next to nothing: its looks end where that begins.
        const end = p === P_ONSET || p === P_END ? BEFORE + Math.round(given[QRS_ONSET]) : WINDOW;
        const last = Math.min(end, WINDOW - 2 - step);
        const later = kernels.lookAgain(window, BEFORE + centre, step, last, networks[k], LEAST_SCALE, inputs);
        corrected[p] += trust * (centre + later - given[p]);
      }
      return corrected;
    });
  });
}

/** The points of an average beat in each lead, after a second look at it. */
export function lookAtAverage(average: Float64Array, pointed: readonly PointedWaves[]): PointedWaves[] {
  const starts = pointed.map((_, l) => l * WINDOW);
  const corrected = lookAgain(
    average,
    starts,
    pointed.map(({ times }) => times),
  );
  return pointed.map(({ spreads }, l) => ({ times: corrected[l], spreads }));
}

/** What the kernel needs for the inputs of a network. */
const INPUTS_BYTES = roomFor(Float32Array.BYTES_PER_ELEMENT * MEASURES * KERNEL_PLACES);
