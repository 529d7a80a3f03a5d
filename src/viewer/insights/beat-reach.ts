/** The part of the trace that has a beat's colour, in seconds before and after its R peak. */
export const BEAT_BEFORE = 0.12;
export const BEAT_AFTER = 0.22;
