import { writeNumber, writeTime } from "../page/words.ts";
import type { Findings, Value } from "./findings.ts";

/** The decimals of a value in millivolts. */
const MILLIVOLT_DECIMALS = 2;
/** The digits of a value in another unit. */
const OTHER_DIGITS = 3;

const MILLIVOLTS = new Intl.NumberFormat(undefined, {
  minimumFractionDigits: MILLIVOLT_DECIMALS,
  maximumFractionDigits: MILLIVOLT_DECIMALS,
  signDisplay: "negative",
});

/** A value of a lead: `0.52 mV`, `-12 ADC units`. */
function writeValue(value: number, unit: string): string {
  const text = unit === "mV" ? MILLIVOLTS.format(value) : writeNumber(Number(value.toPrecision(OTHER_DIGITS)));
  return `${text} ${unit}`;
}

/** What a lead has at a time; of a bucket from its lowest to its highest. */
export function writeRange({ low, high }: Value, unit: string): string {
  if (low === high) return writeValue(low, unit);
  return `${writeValue(low, unit).replace(` ${unit}`, "")} to ${writeValue(high, unit)}`;
}

/** A place in time: to the millisecond, or the number of a sample. */
export function writeMoment(time: number, isTimed: boolean): string {
  return isTimed ? writeTime(time, 3) : `sample ${writeNumber(Math.round(time))}`;
}

/** What a caliper says, in one line: `1,000 ms · 60 bpm · 1.00 mV`. */
export function writeFindings({ duration, rate, difference }: Findings, unit: string, isTimed: boolean): string {
  const parts = [
    isTimed ? `${writeNumber(Math.round(duration * 1000))} ms` : `${writeNumber(Math.round(duration))} samples`,
  ];
  if (rate !== null) parts.push(`${writeNumber(Math.round(rate))} bpm`);
  if (difference !== null) parts.push(writeValue(difference, unit));
  return parts.join(" · ");
}

/** What a QT interval says: two lines, the interval itself and what each formula makes of it. */
export function writeQt({ duration, rr, qtc }: Findings): [string, string] {
  const milliseconds = (value: number) => writeNumber(Math.round(value));
  const first = `QT ${milliseconds(duration * 1000)} ms`;
  if (rr === null || qtc === null) return [first, "no RR before it: no QTc"];
  const { bazett, fridericia, framingham, hodges } = qtc;
  return [
    `${first}, RR ${milliseconds(rr)} ms`,
    `QTc Bazett ${milliseconds(bazett)}, Fridericia ${milliseconds(fridericia)}, Framingham ${milliseconds(framingham)}, Hodges ${milliseconds(hodges)}`,
  ];
}
