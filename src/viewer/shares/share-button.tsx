import { useState } from "hono/jsx/dom";
import { isLocal } from "../local/local-ecgs.ts";
import { Dialog } from "../page/dialog.tsx";
import { share } from "../page/navigation.ts";
import { useValue } from "../page/observable.ts";
import type { Reading } from "../reader/reading.ts";
import { Shares } from "./shares.tsx";

/** Shares an ECG as it is looked at. What is shared is not shared on, nor what was not sent. */
export function ShareButton({ reading }: { reading: Reading }) {
  const isShared = share.value !== undefined;
  const view = useValue(reading.view);
  const [isOpen, setOpen] = useState(false);
  if (isShared || isLocal(reading.ecg.id)) return null;
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Share
      </button>
      {isOpen && (
        <Dialog title="Share this ECG" isForm onClose={() => setOpen(false)}>
          <Shares id={reading.ecg.id} view={view} />
        </Dialog>
      )}
    </>
  );
}
