/** The heading of a column, taken apart. */
export type Heading = {
  /** The name without the unit. */
  name: string;
  /** How many of a signal's unit are 1 mV; null when the heading names no unit of voltage. */
  unitsPerMillivolt: number | null;
  /** The unit of a time in seconds; null when the heading does not say it. */
  unitSeconds: number | null;
  kind: "time" | "counter" | "signal";
};

/** How many of a unit are 1 mV. `adu` stands for ADC units, which say no voltage. */
const VOLTAGES = new Map<string, number | null>([
  ["mv", 1],
  ["millivolt", 1],
  ["millivolts", 1],
  ["uv", 1000],
  ["microvolt", 1000],
  ["microvolts", 1000],
  ["nv", 1_000_000],
  ["v", 0.001],
  ["adu", null],
]);

/** Units of time, in seconds. */
const TIMES = new Map<string, number>([
  ...["s", "sec", "secs", "second", "seconds", "sekunden"].map((name) => [name, 1] as const),
  ...["ms", "msec", "millisecond", "milliseconds"].map((name) => [name, 1e-3] as const),
  ...["us", "usec", "microsecond", "microseconds"].map((name) => [name, 1e-6] as const),
  ...["ns", "nsec", "nanosecond", "nanoseconds"].map((name) => [name, 1e-9] as const),
  ...["min", "minute", "minutes"].map((name) => [name, 60] as const),
]);
/** The unit of times that are text: `hh:mm:ss.mmm`. */
const CLOCK_UNIT = /^h{0,2}:?m{1,2}:ss?(\.m*)?$/;

/** Names of a column of times. */
const TIME_NAME = /^(elapsed[ _]?)?(t|time|times|timestamps?|date|datetime|zeit|temps|tiempo|tempo)$/i;
/** Names of a column that counts rows. */
const COUNTER_NAME = /^(|#|n|nr|no|row|idx|index|samples?|samples?[ _]?(#|nr|no|number|index|idx)|unnamed: 0)$/i;

/** A name and a unit in brackets: `II [mV]`, `II (V)`. */
const BRACKETED = /^(.*\S)\s*[[(]\s*([^[\]()]{1,16}?)\s*[\])]$/;
/** A name and a unit of more than a letter behind it: `II_mV`, `II mV`, `II/mV`. */
const SUFFIXED = /^(.*[^\s_/])(?:\s|_|\/)+([^\s_/]{2,16})$/;

/**
 * A heading that spreadsheets would take for a formula, with any number of apostrophes before it: only if those count,
 * too, can an apostrophe that was put before it be taken away again.
 */
const FORMULA = /^'*[=+\-@\t\r]/;

/**
 * A heading as it is written: with an apostrophe before it if spreadsheets would take it for a formula. `parseHeading`
 * takes the apostrophe away.
 */
export function guardHeading(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

function unguardHeading(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}

/**
 * Takes a heading apart.
 *
 * @param unitBelow the unit that a row of units below the headings has for it
 */
export function parseHeading(text: string, unitBelow = ""): Heading {
  const unquoted = /^'.*'$/.test(text) ? text.slice(1, -1).trim() : unguardHeading(text);
  const [, name = unquoted, suffix = unitBelow] =
    [BRACKETED, SUFFIXED].map((form) => form.exec(unquoted)).find(hasUnit) ?? [];
  const unit = fold(suffix);
  const unitsPerMillivolt = VOLTAGES.get(unit) ?? null;
  if (VOLTAGES.has(unit)) return { name, unitsPerMillivolt, unitSeconds: null, kind: "signal" };
  const unitSeconds = TIMES.get(unit) ?? TIMES.get(fold(name)) ?? null;
  const kind = isTime(name) ? "time" : COUNTER_NAME.test(name) ? "counter" : "signal";
  return { name, unitsPerMillivolt, unitSeconds, kind };
}

function hasUnit(match: RegExpExecArray | null): match is RegExpExecArray {
  if (!match) return false;
  const [, name, unit] = match;
  return VOLTAGES.has(fold(unit)) || (TIMES.has(fold(unit)) && isTime(name));
}

function isTime(name: string): boolean {
  return TIME_NAME.test(name) || TIMES.has(fold(name));
}

/** Whether a text is a unit as it stands below headings or in brackets. */
export function isUnit(text: string): boolean {
  const unit = fold(text);
  return VOLTAGES.has(unit) || TIMES.has(unit) || CLOCK_UNIT.test(unit) || unit === "sample" || unit === "#";
}

/** How many of a unit are 1 mV; undefined for what is no unit of voltage. */
export function findUnitsPerMillivolt(unit: string): number | undefined {
  return VOLTAGES.get(fold(unit)) ?? undefined;
}

/** A unit in lower case and ASCII. In a file that is not UTF-8 the micro sign came out as U+FFFD. */
function fold(unit: string): string {
  return unit
    .replace(/^'(.*)'$/, "$1")
    .trim()
    .toLowerCase()
    .replace(/^[\u00b5\u03bc\ufffd](?=[vs])/, "u");
}
