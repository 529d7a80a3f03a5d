import { type PropsWithChildren, useEffect, useRef } from "hono/jsx/dom";

/** `isForm`: what is typed in it is not lost by a click beside it. */
type Props = { title: string; isForm?: boolean; onClose: () => void };

/**
 * A small window over the page, which Escape and a click beside it close. The keyboard is then where it was before. Each of several in one place has a
 * key of its own: one that took over the element of another would be closed with it, which is told of that late.
 */
export function Dialog({ title, isForm = false, onClose, children }: PropsWithChildren<Props>) {
  const dialog = useRef<HTMLDialogElement>(null);
  // With the next frame: the focus goes back when what is behind has been moved.
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // What is behind it may be moved as it closes, which loses the focus.
      if (opener instanceof HTMLElement) requestAnimationFrame(() => opener.focus());
    };
  }, []);
  return (
    <dialog ref={dialog} aria-label={title} closedby={isForm ? "closerequest" : "any"} onClose={onClose}>
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
