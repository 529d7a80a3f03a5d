import { useLayoutEffect, useState } from "hono/jsx/dom";
import { isLocal } from "../local/local-ecgs.ts";
import type { Measuring } from "../measure/measuring.ts";
import { useValue } from "../page/observable.ts";
import { writeDuration, writeNumber, writeTime } from "../page/words.ts";
import type { Reading } from "../reader/reading.ts";
import { Exporting, type Progress, type Scope } from "./exporting.ts";
import { FILES, type OutFormat, PAPERS } from "./out-formats.ts";

/** What can be had of an ECG: drawings, files, and what was measured; of a file that was not sent, what the page itself draws. */
export function ExportMenu({ measuring }: { measuring: Measuring }) {
  const { reading } = measuring;
  const [exporting] = useState(() => new Exporting(measuring));
  const [scope, setScope] = useState<Scope>({ isWindow: false, isShownLeads: false });
  const progress = useValue(exporting.progress);
  const view = useValue(reading.view);
  useLayoutEffect(() => () => exporting.cancel(), [exporting]);
  const isSent = !isLocal(reading.ecg.id);
  const isBusy = progress.is === "saving";
  const file = (name: string, text: string, save: () => Promise<void>) => (
    <li key={name}>
      <button type="button" disabled={isBusy} onClick={() => void save()}>
        {name}
      </button>
      <span class="quiet">{text}</span>
    </li>
  );
  const formats = (list: readonly OutFormat[]) =>
    list.map((format) => file(format.name, format.lacks, () => exporting.saveFormat(format, scope)));
  return (
    <div class="exports">
      <ScopeChoice reading={reading} scope={scope} onChange={setScope} />
      <State progress={progress} onCancel={() => exporting.cancel()} />
      <section>
        <h3>On paper</h3>
        <ul>
          {isSent && formats(PAPERS)}
          {file("PNG of the view", "as it is seen, with its filters and marks", () => exporting.savePicture())}
          {file("Print", "the view, fitted to the page; PDF is to scale", async () => print())}
        </ul>
      </section>
      {isSent && (
        <section>
          <h3>Signals</h3>
          <p class="quiet">As they were sent: no filter. A format that cannot carry this ECG says why.</p>
          <ul>{formats(FILES)}</ul>
        </section>
      )}
      {(isSent || view.calipers.length > 0) && (
        <section>
          <h3>What was measured, in all of it</h3>
          <ul>
            {isSent &&
              file("Measurements, CSV", "values, of how many beats, and why some are not known", () =>
                exporting.saveMeasures(),
              )}
            {isSent && file("Beats, WFDB annotations", "of all leads together", () => exporting.saveInsights("wfdb"))}
            {isSent && file("Report, FHIR", "a preliminary DiagnosticReport", () => exporting.saveInsights("fhir"))}
            {view.calipers.length > 0 &&
              file("Calipers, CSV", "what is measured by hand, of the leads that are shown", () =>
                exporting.saveCalipers(),
              )}
          </ul>
        </section>
      )}
    </div>
  );
}

/** Chooses which part of the ECG is exported, and which leads. */
function ScopeChoice({
  reading,
  scope,
  onChange,
}: {
  reading: Reading;
  scope: Scope;
  onChange: (scope: Scope) => void;
}) {
  const view = useValue(reading.view);
  const { frame } = reading;
  const isPart = frame !== undefined && frame.seconds < frame.duration;
  return (
    <fieldset>
      <legend>What of it</legend>
      <label>
        <input
          type="radio"
          name="scope"
          checked={!scope.isWindow}
          onChange={() => onChange({ ...scope, isWindow: false })}
        />
        All {frame && reading.scene.value?.layout.isTimed ? writeDuration(frame.duration) : "of it"}
      </label>
      <label>
        <input
          type="radio"
          name="scope"
          checked={scope.isWindow}
          disabled={!isPart || !reading.scene.value?.layout.isTimed}
          onChange={() => onChange({ ...scope, isWindow: true })}
        />
        What is seen
        {frame && isPart && `: ${writeTime(frame.time, 1)} to ${writeTime(frame.time + frame.seconds, 1)}`}
      </label>
      <label>
        <input
          type="checkbox"
          checked={scope.isShownLeads}
          disabled={!view.leads && view.layout !== "one"}
          onChange={() => onChange({ ...scope, isShownLeads: !scope.isShownLeads })}
        />
        Only the leads that are shown
      </label>
    </fieldset>
  );
}

/** How far the file is that is saved, or what came of it. */
function State({ progress, onCancel }: { progress: Progress; onCancel: () => void }) {
  return (
    <div class="state" aria-live="polite">
      {progress.is === "saving" && (
        <>
          Saving {progress.what} … {writeNumber(Math.round(progress.bytes / 1e5) / 10)} MB{" "}
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
        </>
      )}
      {progress.is === "saved" && `${progress.what} is saved.`}
      {progress.is === "failed" && (
        <span class="refusal" role="alert">
          {progress.what}: {progress.why}
        </span>
      )}
    </div>
  );
}
