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
  let sum0 = start === 0 ? 0 : Number.NEGATIVE_INFINITY;
  let sum1 = start === 1 ? 0 : Number.NEGATIVE_INFINITY;
  for (let step = 0; step < count; step++) {
    const from0to0 = sum0 + gain(step, 0, 0);
    const from0to1 = sum0 + gain(step, 0, 1);
    const from1to0 = sum1 + gain(step, 1, 0);
    const from1to1 = sum1 + gain(step, 1, 1);
    origins[2 * step] = from1to0 > from0to0 ? 1 : 0;
    origins[2 * step + 1] = from1to1 > from0to1 ? 1 : 0;
    sum0 = Math.max(from0to0, from1to0);
    sum1 = Math.max(from0to1, from1to1);
  }
  let state = sum1 > sum0 ? 1 : 0;
  for (let step = count - 1; step >= 0; step--) {
    states[step] = state;
    state = origins[2 * step + state];
  }
  return states;
}
