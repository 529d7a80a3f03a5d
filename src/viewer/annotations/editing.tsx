import { useLayoutEffect, useState } from "hono/jsx/dom";
import { useValue } from "../page/observable.ts";
import { StepButtons } from "../page/step-buttons.tsx";
import { count, writeTime } from "../page/words.ts";
import { addAtCursor, selectNext } from "./annotation-keys.ts";
import { CODES, nameCode } from "./codes.ts";
import type { EcgAnnotations } from "./ecg-annotations.ts";
import type { Editor } from "./editor.ts";

/** The name that new annotations are saved under, unless another is typed. */
const USUAL_NAME = "mine";
/** The longest text of an annotation, in characters: 255 bytes are the most that a file has. */
const LONGEST_TEXT = 80;

type Edited = { annotations: EcgAnnotations; editor: Editor };

/** The tools with which annotations are edited, and saved under a name. */
export function Editing({ annotations, editor }: Edited) {
  const state = useValue(editor.state);
  return (
    <section class="editing" aria-label="Editing">
      <h2>{editor.annotator ? `Editing ${editor.annotator}` : "New annotations"}</h2>
      <Steps annotations={annotations} editor={editor} />
      <Selected annotations={annotations} editor={editor} />
      <Saving annotations={annotations} editor={editor} />
      {editor.annotator && !state.isChanged && <Erase annotations={annotations} annotator={editor.annotator} />}
    </section>
  );
}

/** Goes through annotations, and through the steps of their editing. */
function Steps({ annotations, editor }: Edited) {
  const state = useValue(editor.state);
  return (
    <div class="line">
      <StepButtons
        onStep={(by) => selectNext(annotations, by)}
        titles={["Annotation before (,)", "Next annotation (.)"]}
      />
      <button type="button" title="The last step undone (z)" disabled={!state.canUndo} onClick={() => editor.undo()}>
        Undo
      </button>
      <button type="button" title="A step done again (Z)" disabled={!state.canRedo} onClick={() => editor.redo()}>
        Redo
      </button>
    </div>
  );
}

/** The annotation that is selected: its code, its text and its removal; or what a new one is. */
function Selected({ annotations, editor }: Edited) {
  const { selected, code, items } = useValue(editor.state);
  const known = CODES.some((one) => one.code === code) ? CODES : [{ code, says: code, isBeat: false }, ...CODES];
  return (
    <>
      <label>
        Code
        <select
          title="Capital letters and marks type it"
          value={selected?.code ?? code}
          onChange={(event: Event) => editor.setCode((event.target as HTMLSelectElement).value)}
        >
          {known.map((one) => (
            <option key={one.code} value={one.code}>
              {one.code} {one.says}
            </option>
          ))}
        </select>
      </label>
      {selected && (
        <label>
          Text
          <input
            type="text"
            maxLength={LONGEST_TEXT}
            value={selected.text ?? ""}
            onChange={(event: Event) => editor.setText((event.target as HTMLInputElement).value.trim())}
          />
        </label>
      )}
      <div class="line">
        <button type="button" title="A new annotation at the cursor (Enter)" onClick={() => addAtCursor(annotations)}>
          Add at the cursor
        </button>
        {selected && (
          <button type="button" title="Away with the annotation (Delete)" onClick={() => editor.remove()}>
            Remove
          </button>
        )}
      </div>
      <p role="status" class="quiet">
        {selected
          ? `${nameCode(selected.code)} at ${writeTime(selected.time, 3)}${selected.lead ? `, ${selected.lead}` : ""}`
          : `${count(items.length, "annotation")}. Click one to select it, drag it to move it.`}
      </p>
    </>
  );
}

/** Saves under a name, and says why that was not possible. */
function Saving({ annotations, editor }: Edited) {
  const { isChanged } = useValue(editor.state);
  const failure = useValue(annotations.failure);
  const [name, setName] = useState(editor.annotator ?? USUAL_NAME);
  useLayoutEffect(() => setName(editor.annotator ?? USUAL_NAME), [editor]);
  const leave = () => {
    if (!isChanged || confirm("Leave without saving what was changed?")) annotations.stopEditing();
  };
  return (
    <>
      <form
        class="line"
        onSubmit={(event: Event) => {
          event.preventDefault();
          void annotations.save(name);
        }}
      >
        <label>
          Save as
          <input
            type="text"
            required
            pattern="[a-z0-9_+\-]{1,20}"
            title="1 to 20 of a to z, 0 to 9, _, + and -"
            value={name}
            onInput={(event: Event) => setName((event.target as HTMLInputElement).value)}
          />
        </label>
        <button type="submit" disabled={!isChanged && name === editor.annotator}>
          Save
        </button>
        <button type="button" onClick={leave}>
          Done
        </button>
      </form>
      {isChanged && <p class="quiet">Not saved yet.</p>}
      {failure && (
        <p role="alert">
          {failure.why}
          {failure.kind === "changed" && (
            <>
              {" "}
              Save yours under another name, or{" "}
              <button type="button" onClick={() => void annotations.edit(editor.annotator)}>
                read theirs and drop yours
              </button>
            </>
          )}
        </p>
      )}
    </>
  );
}

/** Erases all annotations of an annotator, after a question. */
function Erase({ annotations, annotator }: { annotations: EcgAnnotations; annotator: string }) {
  const erase = () => {
    if (confirm(`Erase all annotations of ${annotator} for good?`)) void annotations.erase();
  };
  return (
    <button type="button" class="link" onClick={erase}>
      Erase all annotations of {annotator}
    </button>
  );
}
