import type { EcgSummary } from "../api.ts";
import { explainDate, writeDate } from "./words.ts";

/** When something was, with its zone and seconds for who looks twice. */
export function Moment({ at, isQuiet = false }: { at: string; isQuiet?: boolean }) {
  return (
    <time class={isQuiet ? "quiet" : undefined} dateTime={at} title={explainDate(at)}>
      {writeDate(at)}
    </time>
  );
}

/** The heading of a place of one ECG: whose it is, and when it was recorded. */
export function EcgTitle({ ecg }: { ecg: EcgSummary }) {
  return (
    <h1>
      <strong>{ecg.subject ?? "ECG"}</strong> <Moment at={ecg.date} />
    </h1>
  );
}
