import { useValue } from "../page/observable.ts";
import type { Measuring } from "./measuring.ts";

/** The buttons of measuring. Those of a caliper are off while none is held: the paper must not jump when one is taken hold of. */
export function MeasureTools({ measuring }: { measuring: Measuring }) {
  useValue(measuring.held);
  useValue(measuring.reading.view);
  const kind = measuring.heldCaliper?.caliper.kind;
  return (
    <>
      <button
        type="button"
        title="Caliper at the cursor (c); on the paper Shift and drag, or a long press"
        onClick={() => measuring.addAtCursor()}
      >
        Caliper
      </button>
      <button type="button" title="QT of the beat at the cursor (q)" onClick={() => void measuring.addQt()}>
        QT
      </button>
      <button
        type="button"
        title="The caliper marches, or stops (m)"
        disabled={kind === undefined || kind === "qt"}
        aria-pressed={kind === "march" ? "true" : "false"}
        onClick={() => measuring.toggleMarch()}
      >
        March
      </button>
      <button
        type="button"
        title="Take the caliper away (Delete)"
        disabled={kind === undefined}
        onClick={() => measuring.remove()}
      >
        Remove
      </button>
    </>
  );
}
