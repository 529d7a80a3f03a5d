import type { EcgSummary } from "../api.ts";
import { PlaceHeading } from "./place-heading.tsx";
import { explainDate, writeDate } from "./words.ts";

/** When something was, with its zone and seconds for who looks twice. */
export function Moment({ at, isQuiet = false }: { at: string; isQuiet?: boolean }) {
  return (
    <time class={isQuiet ? "quiet" : undefined} dateTime={at} title={explainDate(at)}>
      {writeDate(at)}
    </time>
  );
}

/** When an ECG was recorded. Of one that does not say it, when it was received, in so many words: nobody is to take that for the other. */
export function EcgMoment({ ecg }: { ecg: Pick<EcgSummary, "date" | "date_source"> }) {
  if (ecg.date_source === "recorded") return <Moment at={ecg.date} />;
  return (
    <span class="quiet" title="It does not say when it was recorded.">
      received <Moment at={ecg.date} />
    </span>
  );
}

/** The heading of a place of one ECG: whose it is, and when it was recorded. */
export function EcgTitle({ ecg }: { ecg: EcgSummary }) {
  const { date, date_source: source } = ecg;
  return (
    <PlaceHeading title={`ECG ${source === "recorded" ? "of" : "received"} ${writeDate(date)}`}>
      <strong>{ecg.subject ?? "ECG"}</strong>{" "}
      <span class="when">
        <EcgMoment ecg={ecg} />
      </span>
    </PlaceHeading>
  );
}
