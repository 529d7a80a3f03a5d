import type { Recording } from "../recording/recording.ts";

/** One way to write an ECG down. A new format is a file that gives one of these, and a line in `index.ts`. */
export type Format = {
  id: string;
  /** Lower case, the preferred one first. */
  mediaTypes: readonly string[];
  /** @throws AppError, `malformed` or `invalid`, and nothing else */
  read: (bytes: Uint8Array) => Recording;
};
