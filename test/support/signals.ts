/** A wandering signal of so many samples, the same for the same seed: quick to make where only its bits matter. */
export function newSignal(count: number, seed = 1): Int32Array {
  const samples = new Int32Array(count);
  let state = seed;
  let level = 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    level += (state >> 28) - (level >> 6);
    samples[i] = level;
  }
  return samples;
}

/** Random bits do not get smaller: 2 bytes a sample. */
export function newNoise(count: number): Int32Array {
  const samples = new Int32Array(count);
  let state = 7;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    samples[i] = state >> 16;
  }
  return samples;
}
