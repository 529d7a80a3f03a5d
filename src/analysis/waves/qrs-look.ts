import { type AlignedBeats, BEFORE, WINDOW } from "./average-beats.ts";
import { measureWindow, type PointedWaves, WaveNetwork } from "./wave-network.ts";
import { QRS_LOOK } from "./wave-weights.ts";

/*
 * The shape of the network and of its inputs is that with which it was trained: none of it can change without the weights.
 */

/** The first grid sample that is looked at, from the R peak. */
const FIRST = -42;
/** The grid samples that are looked at, a step each. */
const STEPS = 96;
/** The inputs of a step: three measures of the beat, and of the average. */
const INPUTS = 6;
/** Where those of the average begin. */
const OF_AVERAGE = 3;
/** The network, once its weights have been read. */
let network: WaveNetwork | undefined;

function newNetwork(): WaveNetwork {
  return new WaveNetwork({
    weights: QRS_LOOK,
    steps: STEPS,
    firstTime: FIRST,
    stepTime: 1,
    earliest: [-30, -8],
    latest: [8, 50],
  });
}

/**
 * Looks at the QRS complex of each beat in all leads together, by a `WaveNetwork` whose steps are grid samples: where it begins and ends in
 * each lead. It is given the beat and the average of its kind, which has less noise.
 *
 * The network was trained on the beats of records 1 to 100 of LUDB towards the marks of each beat, as that of `wave-model.ts` but for 16
 * beats at a time: three in ten are mixed with the average, half of the averages are of some beats only.
 *
 * @returns the onset and the end of each beat's QRS complex in each lead
 */
export function lookAtQrs({ grids, centres, kindOf, averages }: AlignedBeats): PointedWaves[][] {
  const own = network ?? newNetwork();
  network = own;
  const ofAverages = averages.map((average) =>
    grids.map((_, l) => {
      const measures = new Float32Array(STEPS * INPUTS);
      measure(average.subarray(l * WINDOW, (l + 1) * WINDOW), measures.subarray(OF_AVERAGE));
      return measures;
    }),
  );
  const window = new Float64Array(WINDOW);
  return Array.from(centres, (centre, b) =>
    own.point(grids.length, (l, inputs) => {
      inputs.set(ofAverages[kindOf[b]][l]);
      const grid = grids[l];
      const last = grid.length - 1;
      for (let k = 0; k < WINDOW; k++) window[k] = grid[Math.max(0, Math.min(last, centre - BEFORE + k))];
      measure(window, inputs);
    }),
  );
}

function measure(window: Float64Array, inputs: Float32Array): void {
  measureWindow(window, BEFORE + FIRST, BEFORE + FIRST + STEPS, inputs, INPUTS);
}
