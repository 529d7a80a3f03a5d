import type { Caliper } from "../measure/caliper.ts";
import type { Findings } from "../measure/findings.ts";
import { writeCsv } from "./csv.ts";

/** A caliper, its lead as the paper calls it (of which −aVR is upside down), what it says, and the unit of the lead. */
type Measured = { caliper: Caliper; lead: string; findings: Findings; unit: string };

/** A thousandth of whatever the unit is: what lies behind it is of the mouse. */
const DECIMALS = 3;

/**
 * What somebody measured by calipers as CSV, a caliper a line.
 *
 * @param isTimed whether times are seconds; else they are samples
 * @param filters that the leads were seen through, in words
 */
export function writeCalipers(measured: readonly Measured[], isTimed: boolean, filters: string): string {
  const [time, duration] = isTimed ? ["s", "ms"] : ["samples", "samples"];
  const head = [
    ...["number", "kind", "lead", `from (${time})`, `to (${time})`, `duration (${duration})`, "rate (bpm)"],
    ...["difference", "unit", "RR before (ms)"],
    ...["Bazett", "Fridericia", "Framingham", "Hodges"].map((name) => `QTc ${name} (ms)`),
    "filters",
  ];
  const rows = measured.map(({ caliper: { kind, from, to }, lead, findings, unit }, i) => {
    const [first, last] = [Math.min(from.time, to.time), Math.max(from.time, to.time)];
    const { qtc } = findings;
    return [
      i + 1,
      kind,
      lead,
      ...[first, last, findings.duration * (isTimed ? 1000 : 1), findings.rate, findings.difference].map(round),
      findings.difference === null ? null : unit,
      ...[findings.rr, qtc?.bazett, qtc?.fridericia, qtc?.framingham, qtc?.hodges].map(round),
      filters,
    ];
  });
  return writeCsv([head, ...rows]);
}

function round(value: number | null | undefined): number | null {
  return value == null ? null : Number(value.toFixed(DECIMALS));
}
