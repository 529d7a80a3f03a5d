import type { BeatType } from "./beats.ts";

/** The colours of beats on paper, each beside its letter. */
export const BEAT_INK: Record<BeatType, string> = { N: "#6b7280", S: "#0a6bc2", V: "#c2410c", Q: "#6b7280" };
/** The part of the trace that has a beat's colour, in seconds before and after its R peak. */
export const BEAT_BEFORE = 0.12;
export const BEAT_AFTER = 0.22;
/** Of a pacemaker's spikes. */
export const SPIKE_INK = "#7c3aed";
/** The colours of waves. */
export const WAVE_INK = { p: "#2f9e8f", qrs: "#444", t: "#a16207" };
/** What is not usable, and the place that one has gone to. */
export const SEEN_INK = {
  place: "rgb(29 78 216 / 7%)",
  edge: "rgb(29 78 216 / 60%)",
  bad: "rgb(107 114 128 / 8%)",
  hatching: "rgb(107 114 128 / 30%)",
};
