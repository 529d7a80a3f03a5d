import { type PropsWithChildren, useLayoutEffect, useRef, useState } from "hono/jsx/dom";

/** `what` it is done to is said to those who hear the button alone. */
type Props = { what: string; onConfirm: () => void };

/** A button for what cannot be taken back: it asks once more in its place. */
export function ConfirmButton({ what, onConfirm, children }: PropsWithChildren<Props>) {
  const [isAsked, ask] = useState(false);
  const really = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (isAsked) really.current?.focus();
  }, [isAsked]);
  if (!isAsked) {
    return (
      <button type="button" onClick={() => ask(true)}>
        {children} <span class="hidden">{what}</span>
      </button>
    );
  }
  return (
    <span class="actions">
      <button ref={really} type="button" class="danger" onClick={onConfirm}>
        {children} for good <span class="hidden">{what}</span>
      </button>
      <button type="button" onClick={() => ask(false)}>
        Keep
      </button>
    </span>
  );
}
