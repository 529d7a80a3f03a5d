import { useValue } from "../page/observable.ts";
import type { Reading } from "../reader/reading.ts";
import { captionOf } from "./picture.ts";

/** What a print of the page says above a paper. */
export function Printed({ reading }: { reading: Reading }) {
  const scene = useValue(reading.scene);
  if (!scene) return null;
  const { head, foot } = captionOf(reading.ecg, scene);
  return (
    <p class="printed">
      <strong>{head}</strong> · {foot}
    </p>
  );
}
