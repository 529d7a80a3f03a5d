import { useRef, useState } from "hono/jsx/dom";

/** A secret that is shown this once, to be copied. */
export function ShownOnce({ label, text }: { label: string; text: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState("");
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied.");
    } catch {
      setSaid("It is marked: copy it with your keyboard or its menu.");
    }
  };
  return (
    <div class="shown-once">
      <label>
        {label}
        <input ref={field} readonly value={text} onFocus={() => field.current?.select()} />
      </label>
      <button type="button" onClick={() => void copy()}>
        Copy
      </button>
      <span class="quiet" role="status">
        {said}
      </span>
    </div>
  );
}
