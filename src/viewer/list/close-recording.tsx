import { useState } from "hono/jsx/dom";
import type { EcgSummary } from "../api.ts";
import { explainError } from "../refusal.ts";
import { closeEcg } from "./ecg-changes.ts";

/** Asks whether an open recording is to end, and ends it. */
export function CloseRecording({ id, onDone }: { id: string; onDone: (changed?: EcgSummary) => void }) {
  const [refusal, setRefusal] = useState("");
  const close = () => closeEcg(id).then(onDone, (error) => setRefusal(explainError(error)));
  return (
    <div class="fields">
      <p>No more samples can follow when it has ended. What is there stays.</p>
      <p class="refusal" role="alert">
        {refusal}
      </p>
      <div class="actions">
        <button type="button" onClick={() => onDone()} autofocus>
          Cancel
        </button>
        <button type="button" class="main" onClick={() => void close()}>
          End it
        </button>
      </div>
    </div>
  );
}
