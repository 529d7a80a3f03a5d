/**
 * Chunks of an ECG: 24 h of 12 leads at 500 Hz have 5,400. A request may make 1,000 queries in production, and storing takes two for each 32
 * chunks (`test/jobs/archive-aged.test.ts` counts them).
 */
export const MAX_CHUNKS = 12_000;

/** Chunks that one append may add: no body of samples at a usual rate comes near. */
export const MAX_NEW_CHUNKS = 1024;

/** Samples of all leads that are written as one file: 16 MB. */
export const MAX_SAMPLES_TO_WRITE = 2 ** 22;

/** Bytes that samples and a file of them may take together: half of what an isolate has. Text has fewer samples for it. */
export const MAX_HELD_BYTES = 64 * 1024 * 1024;

/** Samples of all leads that are written at once also in a format that can be written in parts. */
export const MAX_SAMPLES_IN_A_PIECE = 2 ** 17;

/** Samples of all leads that are read at once, and verified, before an answer in JSON begins; more are read piece by piece. */
export const MAX_SAMPLES_AT_ONCE = 2 ** 20;

/** Chunks in a piece of an answer that is read piece by piece. */
export const PIECE_CHUNKS = 32;

/** Buckets of a lead in an overview. */
export const MAX_POINTS = 20_000;

/** The waves of each beat are given of so long an ECG or window at once, in seconds: of a day they would take too much memory. */
export const MAX_WAVES_SECONDS = 6 * 3600;
