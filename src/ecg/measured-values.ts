import type { Insights } from "../analysis/insights.ts";
import type { WriteOptions } from "../formats/format.ts";

/** The rate, intervals and axes of an ECG as texts for its sheet; what is not known is left out. */
export function listMeasuredValues({
  heartRate,
  intervals,
  axes,
}: Pick<Insights, "heartRate" | "intervals" | "axes">): NonNullable<WriteOptions["measured"]> {
  const values: [label: string, value: number | null | undefined, unit: string][] = [
    ["Heart rate", heartRate?.mean, "/min"],
    ["P", intervals?.p, " ms"],
    ["PR", intervals?.pr, " ms"],
    ["QRS", intervals?.qrs, " ms"],
    ["QT", intervals?.qt, " ms"],
    ["QTc (Fridericia)", intervals?.qtc?.fridericia, " ms"],
    ["P axis", axes?.p, "°"],
    ["QRS axis", axes?.qrs, "°"],
    ["T axis", axes?.t, "°"],
  ];
  return values.flatMap(([label, value, unit]) =>
    value === null || value === undefined ? [] : [{ label, value: `${Math.round(value)}${unit}` }],
  );
}
