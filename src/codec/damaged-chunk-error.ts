/** Says that bytes are no chunk of this version, have changed since they were written, or contradict themselves. */
export class DamagedChunkError extends Error {
  override name = "DamagedChunkError";
}
