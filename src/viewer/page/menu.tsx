import { useId } from "hono/jsx/dom";

/** Something that a menu does. */
type MenuItem = { name: string; run: () => void };

/** A button that opens others below it. Escape, a click beside them and whatever they do close them. */
export function Menu({ label, items }: { label: string; items: readonly MenuItem[] }) {
  const id = useId();
  return (
    <>
      <button type="button" class="plain" popovertarget={id} title="More" aria-label={label}>
        ⋯
      </button>
      <div id={id} class="menu" popover="auto">
        {items.map(({ name, run }) => (
          <button key={name} type="button" popovertarget={id} popovertargetaction="hide" onClick={run}>
            {name}
          </button>
        ))}
      </div>
    </>
  );
}
