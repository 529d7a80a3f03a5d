/**
 * Reads the next frames, up to so many and fewer at the end: the samples of each signal of a file, as they are stored.
 */
export type FrameSource = (frameCount: number) => Promise<Int32Array[]>;
