import { useValue } from "../page/observable.ts";
import type { Measuring } from "./measuring.ts";

/** The buttons of measuring. Those of a caliper are there while one is held. */
export function MeasureTools({ measuring }: { measuring: Measuring }) {
  useValue(measuring.held);
  const view = useValue(measuring.reading.view);
  const held = measuring.heldCaliper;
  const isMarching = held !== undefined && view.calipers[held.index]?.kind === "march";
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
      {held && held.caliper.kind !== "qt" && (
        <button
          type="button"
          title="The caliper marches, or stops (m)"
          aria-pressed={isMarching}
          onClick={() => measuring.toggleMarch()}
        >
          March
        </button>
      )}
      {held && (
        <button type="button" title="Take the caliper away (Delete)" onClick={() => measuring.remove()}>
          Remove
        </button>
      )}
    </>
  );
}
