/** The heading of a column, taken apart. */
export type Heading = {
  /** The name without the unit. */
  name: string;
  /** The unit of a signal, as it is written; null when the heading names none. */
  unit: string | null;
  /** How many of a signal's unit are 1 mV; null when the heading names no unit of voltage. */
  unitsPerMillivolt: number | null;
  /** Whether the heading says that the numbers are ADC units. */
  isAdc: boolean;
  /** The unit of a time in seconds; null when the heading does not say it. */
  unitSeconds: number | null;
  /** What the column has; `words` are known when it is read. */
  kind: "time" | "counter" | "signal" | "words";
};

/** How many of a unit are 1 mV. `adu` stands for ADC units, which say no voltage. */
const VOLTAGES = new Map<string, number | null>([
  ...["mv", "mvolt", "mvolts", "millivolt", "millivolts", "\u043c\u0432", "\u6beb\u4f0f"].map(
    (name) => [name, 1] as const,
  ),
  ...["uv", "uvolt", "uvolts", "microvolt", "microvolts", "microvoltios", "microvolti", "mikrovolt"].map(
    (name) => [name, 1000] as const,
  ),
  ...["\u043c\u043a\u0432", "\u5fae\u4f0f", "\u5fae\u4f0f\u7279"].map((name) => [name, 1000] as const),
  ["nv", 1_000_000],
  ...["v", "volt", "volts"].map((name) => [name, 0.001] as const),
  ["adu", null],
]);

/** Units of other signals that monitors record beside an ECG, in lower case; all of them in brackets. */
const OTHER_UNITS = new Set(
  "mmhg cmh2o cmh20 kpa hpa pa nu % bpm 1/min /min rpm brpm \u00b0c degc celsius ohm ohms kohm g m/s2 m/s^2 m/s\u00b2 dps deg/s l/min ml/min ml l ma".split(
    " ",
  ),
);
/** The units that may also stand behind a name without brackets: no name of a lead ends in them. */
const UNBRACKETED = new Set(["mmhg", "cmh2o", "kpa", "bpm", "degc"]);

/** Units of time, in seconds. */
const TIMES = new Map<string, number>([
  ...["s", "sec", "secs", "second", "seconds", "sekunde", "sekunden", "secondes", "segundos", "secondi"].map(
    (name) => [name, 1] as const,
  ),
  ...["ms", "msec", "millis", "millisecond", "milliseconds", "millisekunden"].map((name) => [name, 1e-3] as const),
  ...["\u0441", "\u0441\u0435\u043a", "\u79d2"].map((name) => [name, 1] as const),
  ...["\u043c\u0441", "\u6beb\u79d2"].map((name) => [name, 1e-3] as const),
  ...["\u043c\u043a\u0441", "\u5fae\u79d2"].map((name) => [name, 1e-6] as const),
  ...["us", "usec", "micros", "microsecond", "microseconds"].map((name) => [name, 1e-6] as const),
  ...["ns", "nsec", "nanos", "nanosecond", "nanoseconds"].map((name) => [name, 1e-9] as const),
  ...["min", "minute", "minutes"].map((name) => [name, 60] as const),
]);
/** The unit of times that are text: `hh:mm:ss.mmm`, also with the date that PhysioNet's have. */
const CLOCK_UNIT = /^\[?h{0,2}:?m{1,2}:ss?(\.m*)?( dd\/mm\/yyyy\])?$/;

/** Words of which one in a heading says that the column is a time. */
const TIME_WORDS = new Set(
  (
    "time times timestamp timestamps datetime date epoch unix unixtime clock " +
    "zeit zeitstempel uhrzeit datum temps horodatage heure tiempo fecha hora tempo ora tijd tid tidspunkt czas \u010das " +
    "cas aika zaman id\u0151 \u0432\u0440\u0435\u043c\u044f \u0447\u0430\u0441 \u0434\u0430\u0442\u0430 \u65f6\u95f4 \u6642\u9593 \u6642\u523b \uc2dc\uac04"
  ).split(" "),
);
/** Words that say it when no others stand beside them but units of time. */
const SHORT_TIME_WORDS = new Set(["t", "ts", "elapsed"]);
/** Words that say that a column counts rows, when no others stand beside them. */
const COUNTER_WORDS = new Set(
  (
    "# n nr no num number nummer numero n\u00famero num\u00e9ro row rows idx index ix id seq sequence sample samples point " +
    "points pt count counter cnt frame record line"
  ).split(" "),
);
/** Headings of a counter as a whole: programs leave the name of an index out. */
const COUNTER_NAME = /^(|unnamed: 0|data[ _]?points?)$/i;

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
  const heading = { name, unit: null, unitsPerMillivolt: null, isAdc: false, unitSeconds: null };
  const asWritten = suffix.replace(/^(?:'(.*)'|\((.*)\)|\[(.*)\])$/, "$1$2$3").trim();
  if (VOLTAGES.has(unit)) {
    const unitsPerMillivolt = VOLTAGES.get(unit) ?? null;
    if (unitsPerMillivolt === null) return { ...heading, isAdc: true, kind: "signal" };
    return { ...heading, unit: asWritten, unitsPerMillivolt, kind: "signal" };
  }
  if (OTHER_UNITS.has(unit)) return { ...heading, unit: asWritten, kind: "signal" };
  const words = wordsOf(name);
  const unitSeconds = findSeconds(unit) ?? findSeconds(words.at(-1) ?? "") ?? null;
  if (isTime(name)) return { ...heading, unitSeconds, kind: "time" };
  return isCounter(name, words) ? { ...heading, kind: "counter" } : { ...heading, unitSeconds, kind: "signal" };
}

function hasUnit(match: RegExpExecArray | null): match is RegExpExecArray {
  if (!match) return false;
  const [text, name, suffix] = match;
  const unit = fold(suffix);
  if (VOLTAGES.has(unit) || (findSeconds(unit) !== undefined && isTime(name))) return true;
  return OTHER_UNITS.has(unit) && (/[\])]$/.test(text) || UNBRACKETED.has(unit));
}

function isTime(name: string): boolean {
  const words = wordsOf(name);
  if (words.some((word) => TIME_WORDS.has(word))) return true;
  return words.length > 0 && words.every((word) => SHORT_TIME_WORDS.has(word) || TIMES.has(word));
}

function isCounter(name: string, words: readonly string[]): boolean {
  return COUNTER_NAME.test(name) || (words.length > 0 && words.every((word) => COUNTER_WORDS.has(word)));
}

/** The words of a name in lower case: `unix_timestamp`, `sampleNumber` and `Phone timestamp` have two. */
function wordsOf(name: string): string[] {
  const spaced = name.replace(/(\p{Ll})(?=\p{Lu})/gu, "$1 ");
  return spaced
    .toLowerCase()
    .split(/[^\p{L}\p{N}#]+/u)
    .filter(Boolean);
}

/** A unit of time in seconds, also a part of one: Hexoskin counts in `s/256`. Undefined for any other. */
function findSeconds(unit: string): number | undefined {
  const parts = Number(/^s\/(\d{1,7})$/.exec(unit)?.[1]);
  return parts > 0 ? 1 / parts : TIMES.get(unit);
}

/** Whether a text is a unit as it stands below headings or in brackets. */
export function isUnit(text: string): boolean {
  const unit = fold(text);
  return (
    VOLTAGES.has(unit) ||
    OTHER_UNITS.has(unit) ||
    findSeconds(unit) !== undefined ||
    CLOCK_UNIT.test(unit) ||
    unit === "sample" ||
    unit === "#"
  );
}

/** How many of a unit are 1 mV; undefined for what is no unit of voltage. */
export function findUnitsPerMillivolt(unit: string): number | undefined {
  return VOLTAGES.get(fold(unit)) ?? undefined;
}

/** A unit in lower case, out of apostrophes or brackets, with a `u` for the micro sign. */
function fold(unit: string): string {
  return unit
    .replace(/^(?:'(.*)'|\((.*)\)|\[(.*)\])$/, "$1$2$3")
    .trim()
    .toLowerCase()
    .replace(/^[\u00b5\u03bc](?=[vs])/, "u");
}
