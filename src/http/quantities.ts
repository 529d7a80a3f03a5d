import { z } from "@hono/zod-openapi";
import { precision } from "./schema-json.ts";

/** The decimals to which a number of each unit is rounded. */
const DIGITS = {
  "0 to 1": 4,
  "%": 1,
  "Beats per minute": 1,
  Degrees: 0,
  Hz: 0,
  "Hz: 50 or 60": 0,
  "In `unit`": 4,
  "LF / HF": 2,
  Seconds: 3,
  mV: 4,
  "mV/s": 3,
  ms: 1,
  ms2: 1,
  "Seconds from the beginning of the ECG": 3,
  "Seconds from the R peak": 4,
  "Seconds, over 2": 3,
};

type Unit = keyof typeof DIGITS;

/** The schema of a number of a unit, which is rounded as that says; `digits` otherwise. */
export const quantity = (unit: Unit, example: number, more = "", digits = DIGITS[unit]) =>
  z
    .number()
    .openapi({ description: `${unit}${more}`, example })
    .register(precision, { digits });
/** A quantity that may not be known. */
export const maybe = (unit: Unit, example: number, more = "") => quantity(unit, example, more).nullable();
/** A time. */
export const seconds = (more: string, digits?: number) =>
  quantity("Seconds from the beginning of the ECG", 12.4, more, digits);
/** A share of something. */
export const share = (example: number, more: string, digits?: number) => quantity("0 to 1", example, more, digits);

/** A time from the R peak, which may not be known. */
export const fromPeak = (example: number, more = "") => maybe("Seconds from the R peak", example, more);

/** A stretch of an ECG. */
export const StretchSchema = z.object({ start: seconds(""), end: seconds("") });
