/** What the module gives to its callers; see the README on how a kernel is written. */

export * from "./align-beats";
export * from "./average-beats";
export * from "./beat-template";
export * from "./candidate-kinds";
export * from "./candidate-neighbours";
export * from "./candidate-network";
export * from "./candidates";
export * from "./checksum";
export * from "./derivation";
export * from "./fit";
export * from "./gaps";
export * from "./lead-blocks";
export * from "./lead-signal";
export * from "./networks";
export * from "./numbers";
export * from "./p-likeness";
export * from "./p-wave";
export * from "./peak-likeness";
export * from "./prediction";
export { decodingEntry, lowBits, meanMagnitude, reach, tableOf } from "./residual-tables";
export * from "./residuals";
export * from "./samples";
export * from "./sure-templates";
export * from "./zero-crossings";

/** The first address that is free: below it is what the module itself needs. */
export const freeFrom: usize = __heap_base;
