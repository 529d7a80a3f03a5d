/** Annotations in the reader: loaded when the paper is there. */

export { AnnotationHands } from "./annotation-hands.ts";
export { commandsOfAnnotations } from "./annotation-keys.ts";
export { EcgAnnotations } from "./ecg-annotations.ts";
export { AnnotationsPanel } from "./panel.tsx";
