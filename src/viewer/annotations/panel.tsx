import { useState } from "hono/jsx/dom";
import { Waiting } from "../insights/waiting.tsx";
import { valueIn } from "../page/loaded.ts";
import { share } from "../page/navigation.ts";
import { useValue } from "../page/observable.ts";
import { count, writeNumber, writeTime } from "../page/words.ts";
import { nameCode } from "./codes.ts";
import { Comparing } from "./comparing.tsx";
import type { EcgAnnotations } from "./ecg-annotations.ts";
import { Editing } from "./editing.tsx";
import { Finding } from "./finding.tsx";

/** Annotations of what is seen that are listed. */
const MOST_LISTED = 200;

/** Who has annotated an ECG, what is edited, what is seen of it, and how far two annotators agree. */
export function AnnotationsPanel({ annotations, goTo }: { annotations: EcgAnnotations; goTo: (time: number) => void }) {
  const annotators = useValue(annotations.annotators);
  const editor = useValue(annotations.editor);
  const failure = useValue(annotations.failure);
  const done = useValue(annotations.done);
  useValue(annotations.shown);
  return (
    <>
      <section>
        <Waiting loaded={annotators} onRetry={() => void annotations.list()} doing="Reading" />
        <Annotators annotations={annotations} isEditing={editor !== undefined} />
        {failure && !editor && <p role="alert">{failure.why}</p>}
        <p role="status">{done}</p>
      </section>
      {editor && <Editing annotations={annotations} editor={editor} />}
      <Seen annotations={annotations} goTo={goTo} />
      {annotations.rows.length > 0 && <Finding annotations={annotations} goTo={goTo} />}
      {annotations.names.length > 0 && <Comparing annotations={annotations} goTo={goTo} />}
    </>
  );
}

/** Whose annotations are shown, and edited. */
function Annotators({ annotations, isEditing }: { annotations: EcgAnnotations; isEditing: boolean }) {
  const shown = useValue(annotations.shown);
  // What is shared is read alone.
  const mayEdit = useValue(share) === undefined && !isEditing;
  const list = valueIn(annotations.annotators.value);
  if (!list) return null;
  return (
    <>
      {list.length === 0 && <p class="quiet">Nobody has annotated this ECG yet.</p>}
      <ul class="annotators" aria-label="Annotators">
        {list.map(({ annotator, count: number }) => (
          <li key={annotator}>
            <label>
              <input
                type="checkbox"
                checked={shown.includes(annotator)}
                onChange={(event: Event) => annotations.show(annotator, (event.target as HTMLInputElement).checked)}
              />{" "}
              {annotator} <span class="quiet">{writeNumber(number)}</span>
            </label>
            {mayEdit && (
              <button
                type="button"
                aria-label={`Edit the annotations of ${annotator}`}
                onClick={() => void annotations.edit(annotator)}
              >
                Edit
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayEdit && (
        <button type="button" onClick={() => void annotations.edit(null)}>
          New annotations
        </button>
      )}
    </>
  );
}

/** The annotations of what is seen, as a list: of the one that is edited each can be selected. */
function Seen({ annotations, goTo }: { annotations: EcgAnnotations; goTo: (time: number) => void }) {
  useValue(annotations.changes);
  useValue(annotations.reading.scene);
  const [isOpen, open] = useState(false);
  const { value: editor } = annotations.editor;
  const rows = annotations.seen;
  const all = rows.flatMap(({ name, items, selected }, i) => {
    const isEdited = editor !== undefined && i === rows.length - 1;
    return items.map((item) => ({ name, item, isEdited, isSelected: item === selected }));
  });
  if (rows.length === 0) return null;
  const listed = all.sort((a, b) => a.item.time - b.item.time).slice(0, MOST_LISTED);
  return (
    <section>
      <h2>
        <button type="button" class="link" aria-expanded={isOpen ? "true" : "false"} onClick={() => open(!isOpen)}>
          {count(all.length, "annotation")} in view
        </button>
      </h2>
      {isOpen && (
        <ul class="events" aria-label="Annotations in view">
          {listed.map(({ name, item, isEdited, isSelected }, i) => (
            <li key={i}>
              <button
                type="button"
                aria-current={isSelected ? "true" : "false"}
                onClick={() => (isEdited ? editor?.select(item) : goTo(item.time))}
              >
                <span class="time">{writeTime(item.time, 2)}</span>
                <span>
                  <strong>{item.code ?? "·"}</strong> {item.text ?? ""}
                  <span class="quiet"> {[nameCode(item.code), item.lead, name].filter(Boolean).join(", ")}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {isOpen && all.length > listed.length && <p class="quiet">The first {writeNumber(listed.length)} are listed.</p>}
    </section>
  );
}
