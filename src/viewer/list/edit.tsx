import { useLayoutEffect, useState } from "hono/jsx/dom";
import type { EcgSummary } from "../api.ts";
import { explainError, Refusal } from "../refusal.ts";
import { changesOf, type Details, describeOthers, detailsOf, keepTyped, withSeconds } from "./details.ts";
import { changeEcg, readTagged, type Tagged } from "./ecg-changes.ts";

/** Changes what is said of an ECG: of what it is now, and not over what somebody else says meanwhile. */
export function Edit({ id, onDone }: { id: string; onDone: (changed?: EcgSummary) => void }) {
  const [base, setBase] = useState<Tagged | undefined>(undefined);
  const [kept, setKept] = useState<Details | undefined>(undefined);
  const [refusal, setRefusal] = useState("");
  const [isBusy, setBusy] = useState(false);
  useLayoutEffect(() => {
    readTagged(id).then(setBase, (error) => setRefusal(explainError(error)));
  }, [id]);

  /** What was changed meanwhile is said, and saving goes over it then; if nothing of it is shown, it is saved at once. */
  const save = async (from: Tagged, form: HTMLFormElement): Promise<void> => {
    const fields = new FormData(form);
    const text = (name: string) => String(fields.get(name) ?? "");
    const typed = { subject: text("subject"), date: withSeconds(text("date")), note: text("note") };
    const changes = changesOf(detailsOf(from.ecg), typed);
    if (Object.keys(changes).length === 0) return onDone();
    try {
      onDone(await changeEcg(from, changes));
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 412) throw error;
      const now = await readTagged(id);
      setBase(now);
      setKept(keepTyped(detailsOf(from.ecg), typed, detailsOf(now.ecg)));
      const others = describeOthers(from.ecg, now.ecg);
      if (others === "") return save(now, form);
      setRefusal(`It was changed meanwhile: ${others}. Save again to have it as it is here.`);
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (!base) return;
    setBusy(true);
    setRefusal("");
    save(base, event.currentTarget as HTMLFormElement)
      .catch((error) => setRefusal(explainError(error)))
      .finally(() => setBusy(false));
  };

  if (!base) return refusal ? <p role="alert">{refusal}</p> : <p class="quiet">Opening …</p>;
  const { subject, date, note } = kept ?? detailsOf(base.ecg);
  return (
    <form class="fields" onSubmit={submit}>
      <label>
        Subject
        <input name="subject" value={subject} maxlength={200} autocomplete="off" autofocus />
      </label>
      <label>
        Date and time, in your zone
        <input name="date" type="datetime-local" step={1} value={date} required />
      </label>
      <label>
        Note
        <textarea name="note" rows={4} maxlength={4096}>
          {note}
        </textarea>
      </label>
      <p class="refusal" role="alert">
        {refusal}
      </p>
      <div class="actions">
        <button type="button" onClick={() => onDone()}>
          Cancel
        </button>
        <button class="main" type="submit" disabled={isBusy}>
          {isBusy ? "Saving …" : "Save"}
        </button>
      </div>
    </form>
  );
}
