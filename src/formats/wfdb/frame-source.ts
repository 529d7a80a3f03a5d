/** The samples of a file's signals, frame by frame. */
export type FrameSource = {
  /** Reads the next frames, up to so many and fewer at the end: the samples of each signal, as they are stored. */
  read: (frameCount: number) => Promise<Int32Array[]>;
  /** Whether a whole frame is left, beyond the room that the last samples take in their group of bytes. */
  hasMore: () => Promise<boolean>;
  /** Whether the file was read to its end, and has the beginning of a frame there, which is not given. */
  isCutOff: () => boolean;
};
