import type { EcgSummary } from "../api.ts";
import { writeNumber } from "../page/words.ts";
import { FINDINGS, type Finding } from "./search.ts";

/** What a finding is called in the list and in its search. */
export const FINDING_WORDS: Record<Finding, string> = {
  irregular: "irregular",
  ventricular: "ventricular beats",
  supraventricular: "supraventricular beats",
  pause: "pause over 2 s",
  paced: "paced",
  unjudged: "not judged",
};

/** What was found in an ECG, in words; one that the page does not know is called as the API calls it. */
export function describeFindings(findings: readonly string[]): string {
  const known: readonly string[] = FINDINGS;
  return findings
    .map((name) => (known.includes(name) ? FINDING_WORDS[name as Finding] : name.replaceAll("_", " ")))
    .join(", ");
}

/** What was measured in an ECG, in a line: `72 bpm · QTc 412 ms`; empty where it has neither. */
export function describeMeasured({ heart_rate: rate, qtc }: Pick<EcgSummary, "heart_rate" | "qtc">): string {
  const whole = (value: number) => writeNumber(Math.round(value));
  return [rate === null ? "" : `${whole(rate)} bpm`, qtc === null ? "" : `QTc ${whole(qtc)} ms`]
    .filter(Boolean)
    .join(" · ");
}
