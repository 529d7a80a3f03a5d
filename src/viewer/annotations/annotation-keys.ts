import { placeFor, placesOf } from "../measure/places.ts";
import { nextTime } from "../measure/snap.ts";
import type { Command } from "../reader/commands.ts";
import { TYPED_CODES } from "./codes.ts";
import type { EcgAnnotations } from "./ecg-annotations.ts";

/** The keys of annotations. They come before those of the paper: what is selected is moved by arrows. */
export function commandsOfAnnotations(annotations: EcgAnnotations, goTo: (time: number) => void): Command[] {
  const editor = () => annotations.editor.value;
  const selected = () => editor()?.state.value.selected;
  const isEditing = () => editor() !== undefined;
  const isSelected = () => selected() !== undefined;
  const isCompared = () => annotations.comparison.value.state === "here";
  return [
    {
      keys: TYPED_CODES,
      says: "Annotation: its code, or a new one at the cursor",
      isOn: isEditing,
      run: (code) => {
        editor()?.setCode(code);
        if (!isSelected()) addAtCursor(annotations);
      },
    },
    {
      keys: ["Enter"],
      says: "Annotation: a new one at the cursor",
      isOn: () => isEditing() && !isOnButton(),
      run: () => addAtCursor(annotations),
    },
    {
      keys: ["u"],
      says: "Next disagreement of two annotators",
      isOn: isCompared,
      run: () => annotations.stepDisagreement(1, goTo),
    },
    {
      keys: ["U"],
      says: "Disagreement before",
      isOn: isCompared,
      run: () => annotations.stepDisagreement(-1, goTo),
    },
    { keys: ["."], says: "Next annotation", isOn: isEditing, run: () => selectNext(annotations, 1) },
    { keys: [","], says: "Annotation before", isOn: isEditing, run: () => selectNext(annotations, -1) },
    {
      keys: ["ArrowRight", "ArrowLeft"],
      says: "Annotation: on or back",
      isOn: isSelected,
      run: (key) => step(annotations, key === "ArrowRight" ? 1 : -1),
    },
    {
      keys: ["S-ArrowRight", "S-ArrowLeft"],
      says: "Annotation: to the next wave or extreme",
      isOn: isSelected,
      run: (key) => leap(annotations, key === "S-ArrowRight" ? 1 : -1),
    },
    {
      keys: ["Delete", "Backspace"],
      says: "Annotation: away with it",
      isOn: isSelected,
      run: () => editor()?.remove(),
    },
    {
      keys: ["z"],
      says: "Annotations: the last step undone",
      isOn: () => editor()?.state.value.canUndo ?? false,
      run: () => editor()?.undo(),
    },
    {
      keys: ["Z"],
      says: "Annotations: a step done again",
      isOn: () => editor()?.state.value.canRedo ?? false,
      run: () => editor()?.redo(),
    },
    {
      keys: ["Escape"],
      says: "Let go of the annotation",
      isOn: isSelected,
      run: () => editor()?.select(undefined),
    },
  ];
}

/** Whether Enter presses a button, or follows a link. */
function isOnButton(): boolean {
  return document.activeElement?.matches("button, a, summary") ?? false;
}

/** Adds an annotation at the cursor, or in the middle of what is seen. */
export function addAtCursor({ editor, measuring, reading }: EcgAnnotations): void {
  const scene = reading.scene.value;
  const anchor = scene?.layout.isTimed ? measuring.anchor(scene) : undefined;
  if (anchor) editor.value?.add(anchor.time);
}

/** Selects the next annotation, or the one before, from the cursor or the left edge on. */
export function selectNext(annotations: EcgAnnotations, by: 1 | -1): void {
  const { editor, measuring, reading } = annotations;
  const edge = reading.frame?.time ?? 0;
  editor.value?.selectNext(measuring.cursor.value?.time ?? edge, by);
  const selected = editor.value?.state.value.selected;
  if (selected) annotations.reveal(selected.time);
}

/** The annotation goes a pixel on or back, or a sample where these are farther apart. */
function step({ editor, reading }: EcgAnnotations, by: 1 | -1): void {
  const scene = reading.scene.value;
  const selected = editor.value?.state.value.selected;
  if (!scene || !selected) return;
  const { layout, signal } = scene;
  const pixel = layout.ratio / (layout.speed * 100 * layout.unit);
  editor.value?.moveTo(selected.time + by * Math.max(1 / signal.rate, pixel));
}

/** The annotation goes to the next wave or extreme of its lead, or of the one for the rhythm. */
function leap({ editor, measuring, reading }: EcgAnnotations, by: 1 | -1): void {
  const scene = reading.scene.value;
  const selected = editor.value?.state.value.selected;
  const place = scene && selected && placeFor(placesOf(scene), selected.time, selected.lead);
  if (!place) return;
  const next = nextTime(measuring.timesOn(scene, place, place.strip.from, place.strip.to), selected.time, by);
  if (next !== undefined) editor.value?.moveTo(next);
}
