/**
 * Finds the likeliest of all ways through two states, 0 and 1, by Viterbi's algorithm ("Error bounds for convolutional codes and an
 * asymptotically optimum decoding algorithm", IEEE Trans Inf Theory 13:260-269, 1967).
 *
 * @param count the number of steps
 * @param start the state before the first step
 * @param gain the logarithm of the likelihood of a step from one state to another
 * @returns the state after each step
 */
export function findStates(
  count: number,
  start: number,
  gain: (step: number, from: number, to: number) => number,
): Uint8Array {
  const states = new Uint8Array(count);
  /** For each step and state, the state before it that is likeliest. */
  const origins = new Uint8Array(2 * count);
  let sums = [start === 0 ? 0 : Number.NEGATIVE_INFINITY, start === 1 ? 0 : Number.NEGATIVE_INFINITY];
  for (let step = 0; step < count; step++) {
    sums = [0, 1].map((to) => {
      const [of0, of1] = [0, 1].map((from) => sums[from] + gain(step, from, to));
      const origin = of1 > of0 ? 1 : 0;
      origins[2 * step + to] = origin;
      return origin === 1 ? of1 : of0;
    });
  }
  let state = sums[1] > sums[0] ? 1 : 0;
  for (let step = count - 1; step >= 0; step--) {
    states[step] = state;
    state = origins[2 * step + state];
  }
  return states;
}
