import type { EcgSummary } from "../api.ts";
import { NEW_VIEW, writePlace } from "../page/address.ts";
import { count, explainDate, writeDate, writeDuration, writeNumber } from "../page/words.ts";
import { Thumbnail } from "./thumbnail.tsx";

/** An ECG in the list. */
export function Row({ ecg }: { ecg: EcgSummary }) {
  const { id, subject, date, leads, duration, sampling_rate: rate, note, open } = ecg;
  const length = duration === null ? count(leads[0].n_samples, "sample") : writeDuration(duration);
  const facts = [count(leads.length, "lead"), length, rate === null ? "" : `${writeNumber(rate)} Hz`].filter(Boolean);
  return (
    <li>
      <a class="row" href={writePlace({ name: "ecg", id, view: NEW_VIEW })}>
        <Thumbnail ecg={ecg} />
        <span class="who">
          <strong>{subject ?? "No subject"}</strong>
          <time dateTime={date} title={explainDate(date)}>
            {writeDate(date)}
          </time>
        </span>
        <span class="facts" title={leads.map(({ name }) => name).join(", ")}>
          <span>{facts.join(" · ")}</span>
          <span class="quiet">{open ? "Still being recorded" : (note ?? "")}</span>
        </span>
      </a>
    </li>
  );
}
