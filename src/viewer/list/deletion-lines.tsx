import { useLayoutEffect, useRef } from "hono/jsx/dom";
import type { EcgSummary } from "../api.ts";
import { useValue } from "../page/observable.ts";
import type { Deletions } from "./deletions.ts";
import { nameOf } from "./row.tsx";

/** What is being deleted, while it can be taken back, and what could not be. */
export function DeletionLines({ deletions }: { deletions: Deletions<EcgSummary> }) {
  const all = useValue(deletions.all).filter(({ state }) => state !== "sent");
  return (
    <ul class="toasts" aria-live="polite">
      {all.map(({ item, state, failure }) => (
        <li key={item.id}>
          {state === "waiting" ? (
            <>
              <span>{nameOf(item)} is deleted.</span>
              <Undo onUndo={() => deletions.drop(item.id)} />
            </>
          ) : (
            <>
              <span>
                {nameOf(item)} could not be deleted. <span class="refusal">{failure}</span>
              </span>
              <button type="button" onClick={() => deletions.add(item)}>
                Delete it again
              </button>
              <button type="button" onClick={() => deletions.drop(item.id)}>
                Keep it
              </button>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The keyboard is on it, for the row that it was on has gone. */
function Undo({ onUndo }: { onUndo: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => button.current?.focus(), []);
  return (
    <button ref={button} type="button" onClick={onUndo}>
      Undo
    </button>
  );
}
