/** Joins samples that follow one another; a single part is given as it is. */
export function joinSamples(parts: readonly Int32Array[]): Int32Array {
  if (parts.length === 1) return parts[0];
  const samples = new Int32Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    samples.set(part, position);
    position += part.length;
  }
  return samples;
}
