import { BEFORE, WINDOW } from "./average-beats.ts";
import { measureWindow, type PointedWaves, WaveNetwork } from "./wave-network.ts";
import { FIRST_LOOK } from "./wave-weights.ts";

/** The points of a beat's waves that the model gives, in the order of its outputs. */
export const POINTS = ["pOnset", "pEnd", "qrsOnset", "qrsEnd", "tOnset", "tEnd", "pPeak", "tPeak"] as const;

/*
 * The shape of the network and of its inputs is that with which it was trained: none of it can change without the weights.
 */

/** The grid samples in a step of the model. */
const STEP = 2;
/** The middle of a step's grid samples, from the first of them. */
const STEP_MIDDLE = 0.5;
/** The network, once its weights have been read. */
let network: WaveNetwork | undefined;

function newNetwork(): WaveNetwork {
  return new WaveNetwork({
    weights: FIRST_LOOK,
    steps: WINDOW / STEP,
    firstTime: STEP_MIDDLE - BEFORE,
    stepTime: STEP,
    earliest: [-110, -90, -30, -8, 15, 25, -100, 15],
    latest: [-8, 0, 8, 50, 100, 165, -5, 135],
  });
}

/**
 * Points at the waves of an average beat in all its leads together by a `WaveNetwork`, whose steps are two grid samples.
 *
 * The network was trained on the average beats of records 1 to 60 of the Lobachevsky University database (Kalyakulina et al., "LUDB: a
 * new open-access validation tool for electrocardiogram delineation algorithms", IEEE Access 8:186181-186190, 2020), towards
 * the middle between the marks of all beats of a kind (the middle of their mean and median) and the mean of those averaged:
 * 4000 steps of Adam with 8 averages each, at a rate of 0.004 that falls to 0 by a cosine, with a weight decay of 0.001.
 * The loss is Huber's of the error, and the cross entropy with a bell about the mark. In training, most averages are of some
 * of the beats only; they are stretched and moved in time, as a whole and in parts, their P and T waves made larger or
 * smaller, with noise and wander, of 1 to 12 leads, one lead in ten upside down: which way round a lead is says where its
 * waves are marked, but must not decide it. Where no beat of a kind has a P wave, the model is to prefer no time: the cross
 * entropy is then with all times alike. A fifth of the channels is left out; the weights kept are the mean of the last
 * hundred steps or so. `training/README.md` has scripts, and how the weights that they give compare.
 *
 * @param average the average beat: a window a lead, one after another
 */
export function pointAtWaves(average: Float64Array, leadCount: number): PointedWaves[] {
  network ??= newNetwork();
  return network.point(leadCount, (lead, inputs) =>
    measureWindow(average.subarray(lead * WINDOW, (lead + 1) * WINDOW), 0, WINDOW, inputs, INPUTS_OF_SAMPLE),
  );
}

/** The values of a grid sample among the inputs: two of them make a step. */
const INPUTS_OF_SAMPLE = 3;
