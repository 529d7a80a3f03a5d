import { type PropsWithChildren, useEffect, useRef } from "hono/jsx/dom";

/** A small window over the page, which Escape and a click beside it close. */
export function Dialog({ title, onClose, children }: PropsWithChildren<{ title: string; onClose: () => void }>) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-label={title} closedby="any" onClose={onClose}>
      <div class="dialog">
        <header>
          <h2>{title}</h2>
          <button type="button" class="plain" title="Close (Esc)" aria-label="Close" onClick={onClose}>
            ×
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
