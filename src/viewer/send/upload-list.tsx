import { NEW_VIEW, writePlace } from "../page/address.ts";
import { useValue } from "../page/observable.ts";
import { dismiss, retry, type Upload, uploads } from "./uploads.ts";

/** What is on its way, and what came of what was sent. */
export function UploadList() {
  const all = useValue(uploads);
  if (all.length === 0) return null;
  return (
    <section class="uploads" aria-label="Sent files">
      <ul>
        {all.map((upload) => (
          <li key={upload.key}>
            <Line upload={upload} />
          </li>
        ))}
      </ul>
      {all.some(({ outcome }) => outcome) && (
        <button type="button" class="plain" title="Close" aria-label="Close the list of sent files" onClick={dismiss}>
          ×
        </button>
      )}
    </section>
  );
}

function Line({ upload }: { upload: Upload }) {
  const { name, share, outcome } = upload;
  if (!outcome) {
    return (
      <>
        <span>{name}</span> <progress value={share} max={1} aria-label={`${name} on its way`} />
      </>
    );
  }
  if ("id" in outcome) {
    return (
      <div role="status">
        <a href={writePlace({ name: "ecg", id: outcome.id, view: NEW_VIEW })}>{name}</a> is there.
        {outcome.notes.length > 0 && (
          <ul class="notes">
            {outcome.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </div>
    );
  }
  return (
    <div role="alert">
      <strong>{name}</strong> was not taken. <span class="refusal">{outcome.refusal}</span>{" "}
      {outcome.isWorthRetrying && (
        <button type="button" onClick={() => retry(upload)}>
          Try again
        </button>
      )}
    </div>
  );
}
