import { useMemo, useRef } from "hono/jsx/dom";
import { useValue } from "../page/observable.ts";
import type { EcgAnnotations } from "./ecg-annotations.ts";
import { Finder } from "./finder.ts";

/** Looks for a code or a text among the annotations that are shown. */
export function Finding({ annotations, goTo }: { annotations: EcgAnnotations; goTo: (time: number) => void }) {
  const finder = useMemo(() => new Finder(annotations), [annotations]);
  const says = useValue(finder.says);
  const field = useRef<HTMLInputElement>(null);
  const step = (by: 1 | -1) => {
    const wanted = field.current?.value.trim() ?? "";
    if (wanted !== "") void finder.step(wanted, by, goTo);
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    step(1);
  };
  return (
    <section aria-label="Find annotations">
      <form class="line" onSubmit={onSubmit}>
        <label>
          Code or text
          <input ref={field} size={8} autocomplete="off" placeholder="V" />
        </label>
        <button type="button" onClick={() => step(-1)}>
          Previous
        </button>
        <button type="submit">Next</button>
      </form>
      <p role="status" class="quiet">
        {says}
      </p>
    </section>
  );
}
