import { type AlignedBeats, GRID_RATE_HZ } from "./average-beats.ts";

/** What is behind an R peak is looked at from here on, where most QRS complexes are over, to where T waves are over in a slow rhythm, too, in seconds. */
const [FROM_SECONDS, TO_SECONDS] = [0.1, 0.6];
/** What is behind so many beats at the least tells what their T wave is: noise of fewer would be put into others. */
const LEAST_BEATS = 6;

/**
 * Takes the T waves off the beats that another follows so soon that its P wave may be in them: the mean of what is behind those that a slow beat
 * follows, up to where its P wave may begin.
 *
 * @param slow the numbers of slow beats
 * @param first the grid sample where a P wave may begin, from the R peak of its beat
 * @param alike the numbers of the beats whose T waves may be alike
 * @returns the grids without these T waves; undefined where no beat follows so soon, or too few slow ones follow on others
 */
export function withoutTWaves(
  { grids, centres }: Pick<AlignedBeats, "grids" | "centres">,
  slow: readonly number[],
  first: number,
  alike: ReadonlySet<number>,
): Float32Array[] | undefined {
  /** How long nothing but the T wave is behind a beat, in grid samples. */
  const restOf = (beat: number) => centres[beat + 1] - centres[beat] + first;
  const beforeSlow = slow.map((beat) => beat - 1).filter((beat) => alike.has(beat));
  if (beforeSlow.length < LEAST_BEATS) return undefined;
  const from = Math.round(FROM_SECONDS * GRID_RATE_HZ);
  const to = Math.min(Math.round(TO_SECONDS * GRID_RATE_HZ), ...beforeSlow.map(restOf));
  const beforeSoon = Array.from(centres.keys()).filter((beat) => alike.has(beat) && restOf(beat) < to);
  if (to <= from || beforeSoon.length === 0) return undefined;
  return grids.map((grid) => {
    const wave = new Float64Array(to - from);
    for (const beat of beforeSlow) {
      const start = centres[beat] + from;
      for (let k = 0; k < wave.length; k++) wave[k] += grid[start + k] / beforeSlow.length;
    }
    const rest = grid.slice();
    for (const beat of beforeSoon) {
      const start = centres[beat] + from;
      const end = Math.min(wave.length, grid.length - start);
      // It ends at its last sample's level, so that nothing jumps there.
      for (let k = 0; k < end; k++) rest[start + k] -= wave[k] - wave[wave.length - 1];
    }
    return rest;
  });
}
