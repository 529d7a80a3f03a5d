import { useRef, useState } from "hono/jsx/dom";
import { dayOf } from "../page/days.ts";
import { count, writeNumber } from "../page/words.ts";
import { explainError, isAbort } from "../refusal.ts";
import { whoIsHere } from "../session/session.ts";
import { ExportRun, type Progress } from "./export-parts.ts";
import { chooseWhereToSave, fetchPartOf } from "./save-parts.ts";

/** Downloads all that is one's own, in as many zips as it takes. */
export function ExportAll() {
  const run = useRef<ExportRun | null>(null);
  const [now, setNow] = useState<Progress | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const [refusal, setRefusal] = useState("");
  const start = async () => {
    setRefusal("");
    setSaid("");
    try {
      const savePart = await chooseWhereToSave();
      setBusy(true);
      run.current ??= new ExportRun(`ecgs-${dayOf(Date.now())}`);
      const { part, bytes } = await run.current.run(fetchPartOf(whoIsHere()), savePart, setNow);
      run.current = null;
      setSaid(`${count(part, "file")} with ${megabytes(bytes)}. The manifest in each says what is missing, and why.`);
    } catch (error) {
      if (!isAbort(error)) setRefusal(`The download has broken off. ${explainError(error)}`);
    }
    setBusy(false);
    setNow(undefined);
  };
  return (
    <section class="fields" aria-labelledby="export-title">
      <h2 id="export-title">All that is yours</h2>
      <p class="quiet">
        Your account, keys and trail, and each ECG in JSON and WFDB with its annotations and what was measured, as zips.
      </p>
      <div>
        <button type="button" disabled={isBusy} onClick={() => void start()}>
          {isBusy ? "Downloading …" : refusal ? "Go on with the download" : "Download all"}
        </button>{" "}
        {now && (
          <span class="quiet">
            File {now.part}, {megabytes(now.bytes)}
          </span>
        )}
      </div>
      <p class="refusal" role="alert">
        {refusal}
      </p>
      <p role="status">{said}</p>
    </section>
  );
}

function megabytes(bytes: number): string {
  return `${writeNumber(Math.round(bytes / 1e5) / 10)} MB`;
}
