import { kernels, LastingRoom } from "../../kernels/kernels.ts";
import { SHAPE_POINTS } from "./beat-shapes.ts";
import type { Candidates } from "./candidate-list.ts";

/** The slopes that are compared: those of a QRS complex. */
export const COMPARED = { from: 7, to: 23 };
const COUNT = COMPARED.to - COMPARED.from;

/** How alike two waves are by their slopes, how large the one is in the other, what is left without it, and how far it is shifted. */
export type Fit = { likeness: number; size: number; rest: number; shift: number };

/**
 * Makes a function that compares a wave with the level slopes of the templates that were set, two at the most, shifted up to `reach` points
 * to where they are most alike, and gives how it fits each of them in each lead, and its slopes, SHAPE_POINTS a lead: both are there until
 * the next is compared.
 */
export function newComparison({ shapes, shapeScales, leadCount }: Candidates) {
  const size = leadCount * SHAPE_POINTS;
  const bytes = new Uint8Array(shapes.buffer, shapes.byteOffset, shapes.byteLength);
  const slopes = new Float64Array(size);
  const fits: Fit[][] = [0, 1].map(() =>
    Array.from({ length: leadCount }, () => ({ likeness: 0, size: 0, rest: 0, shift: 0 })),
  );
  let templateCount = 0;
  const room = new LastingRoom((maker) => ({
    shapeHere: maker.bytes(size),
    scalesHere: maker.floats(leadCount),
    slopesHere: maker.doubles(size),
    templatesHere: maker.doubles(2 * size),
    found: maker.doubles(8 * leadCount),
  }));
  const setTemplates = (templates: readonly Float64Array[]) => {
    templateCount = templates.length;
    room.use(({ templatesHere }) => {
      for (let t = 0; t < templateCount; t++) templatesHere.set(templates[t], t * size);
    });
  };
  const compare = (k: number, reach: number) =>
    room.use(({ shapeHere, scalesHere, slopesHere, templatesHere, found }) => {
      // So few bytes are sooner written one by one than a view of them is made.
      for (let p = 0; p < size; p++) shapeHere[p] = bytes[k * size + p];
      for (let lead = 0; lead < leadCount; lead++) scalesHere[lead] = shapeScales[k * leadCount + lead];
      kernels.compareSlopes(
        shapeHere.byteOffset,
        scalesHere.byteOffset,
        leadCount,
        templatesHere.byteOffset,
        templateCount,
        reach,
        slopesHere.byteOffset,
        found.byteOffset,
      );
      slopes.set(slopesHere);
      for (let t = 0; t < templateCount; t++) {
        for (let lead = 0; lead < leadCount; lead++) {
          const at = 4 * (t * leadCount + lead);
          const fit = fits[t][lead];
          fit.likeness = found[at];
          fit.size = found[at + 1];
          fit.rest = found[at + 2];
          fit.shift = found[at + 3];
        }
      }
      return { slopes, fits };
    });
  return { setTemplates, compare };
}

/** Takes from the slopes that are compared of each lead what they have in common. */
export function level(slopes: Float64Array): void {
  for (let first = 0; first < slopes.length; first += SHAPE_POINTS) {
    let sum = 0;
    for (let p = COMPARED.from; p < COMPARED.to; p++) sum += slopes[first + p];
    for (let p = COMPARED.from; p < COMPARED.to; p++) slopes[first + p] -= sum / COUNT;
  }
}
