import { FormatError } from "../format.ts";
import { MAX_SAMPLING_RATE_HZ } from "../limits.ts";
import { parseNumber } from "./number-scanner.ts";
import {
  DAY,
  findInstant,
  findInstantOfDays,
  findLikelyRate,
  mayBeCompact,
  parseDay,
  parseTimeText,
  SPREADSHEET_DAY_OF_1970,
  type TimeText,
} from "./times.ts";

/** The least time in seconds that is taken to count from 1970: no recording is longer than three years. */
export const MIN_SINCE_1970 = 1e8;
/** The largest time that is taken for seconds since 1970. One beyond the year 5000 is in ms, us or ns. */
const MAX_SINCE_1970 = 1e11;
/** The longest step of an ECG, of which nobody doubts that it is in seconds. */
const MAX_STEP_SECONDS = 0.5;
/** The longest step of an ECG in a unit that is guessed: one of 20 Hz, and a thousand times that in the next unit. */
const MAX_GUESSED_SECONDS = 0.05;
/** Units of times that count from anywhere, in seconds. */
const FINE_UNITS = Object.entries({ milliseconds: 1e-3, microseconds: 1e-6, nanoseconds: 1e-9 });
/** The shortest step of times in seconds: samples of a shorter one come more often than any ECG's. */
const MIN_STEP_SECONDS = 1 / MAX_SAMPLING_RATE_HZ;
/** Clocks that count days, by what they have counted on the first of 1970. Those of 1921 to 2189 are taken for some. */
const DAY_CLOCKS = [
  { name: "days, as spreadsheets count them", dayOf1970: SPREADSHEET_DAY_OF_1970 },
  { name: "days, as MATLAB counts them", dayOf1970: 719_529 },
];
const [MAX_DAYS_BEFORE_1970, MAX_DAYS_SINCE_1970] = [18_000, 80_000];
/** The decimals with which times in seconds are written by those who think of milliseconds, as our own writer does. */
const DECIMALS_OF_SECONDS = 3;
/** The relative error of a time in a double. */
const ROUNDING = 2 ** -49;
/** The powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);
/** The most samples that may have the same time, before the times say nothing of the rate. */
const MAX_SAMPLES_AT_ONCE = 10;

/** The first steps from one row to the next whose median is a usual one. */
const STEPS_OF_MEDIAN = 99;
/** A step of more usual ones than this is a gap. */
const STEPS_OF_GAP = 1.5;
/** A step that is so near to another one is that: it is a difference of doubles. */
const NEARLY = 1 - 1e-6;
/** The most gaps that are kept, and the most of all steps that may be one: with more the times are no even ones. */
const MAX_GAPS = 100_000;
const MAX_GAP_SHARE = 1 / 4;
/** The most missing samples for each that is there, so that a short file does not ask for all the memory. */
const MAX_MISSING_SHARE = 100;

/** Samples that were lost: `count` of them before the row `row`, where the first one is 0. */
export type Gap = { row: number; count: number };
/** The sampling rate that times tell, with the gaps, and a measure of how exactly they tell it. */
export type Pace = {
  samplingRate: number;
  gaps: readonly Gap[];
  error: number;
  /** The unit that is taken for that of the times, whose steps are long for seconds, though nothing says it. */
  guessedUnit?: string;
};

/** Takes the times of a table row by row, and keeps of them only what tells the sampling rate, gaps and the start. */
export class TimeColumn {
  /** The first time as it is written, if that is a date without a time of day; none when another one is no such date. */
  day: string | undefined;
  /** The unit of times that are numbers, in seconds; null where nothing says it. */
  private readonly unitSeconds: number | null;
  private count = 0;
  private first = 0;
  private last = 0;
  private decimals = 0;
  /** The shortest and the longest time between two rows. The lines are those of the second row. */
  private least = Number.POSITIVE_INFINITY;
  private most = Number.NEGATIVE_INFINITY;
  private leastLine = 0;
  private mostLine = 0;
  /** The first time, if it is a text. */
  private firstText: TimeText | undefined;
  /** The seconds of the midnights that a clock without a date has passed. */
  private midnights = 0;
  /** The first steps, until there are STEPS_OF_MEDIAN, and then their median. */
  private readonly firstSteps: number[] = [];
  private usualStep: number | undefined;
  private longStep = Number.POSITIVE_INFINITY;
  /** The steps of more than `longStep`. */
  private readonly longSteps: { row: number; step: number }[] = [];

  /** The error of the first cell that is no time. */
  private problem: FormatError | undefined;

  constructor(unitSeconds: number | null) {
    this.unitSeconds = unitSeconds;
  }

  /** Adds a row without a time. */
  addMissing(line: number): void {
    this.problem ??= new FormatError(`line ${line}`, "has no time");
  }

  /** Adds the time `digits / 10 ** decimals`, in the unit of the column. */
  add(digits: number, decimals: number, line: number): void {
    this.day = undefined;
    this.addTime(decimals < POWERS_OF_TEN.length ? digits / POWERS_OF_TEN[decimals] : digits / 10 ** decimals, line);
    if (decimals > this.decimals) this.decimals = decimals;
  }

  /** Whether the number `digits / 10 ** decimals` may be a date without separators, whose text is to be added. */
  mayBeDate(digits: number, decimals: number): boolean {
    return this.unitSeconds === null && mayBeCompact(digits / 10 ** decimals);
  }

  /** Adds a time that is a text, such as a date. */
  addText(text: string, line: number): void {
    const unquoted = text.startsWith("'") ? text.slice(1, -1).trim() : text;
    const timeOfDay = parseTimeText(unquoted);
    const time = timeOfDay ?? parseDay(unquoted);
    if (timeOfDay) this.day = undefined;
    else if (time && this.count === 0) this.day = unquoted;
    if (!time) {
      const number = parseNumber(unquoted);
      if (number) this.add(number.digits, number.decimals, line);
      else this.problem ??= new FormatError(`line ${line}`, "its time is neither a number nor a date and time");
      return;
    }
    if (this.count === 0) this.firstText = time;
    // A clock that goes back by most of a day has passed midnight.
    const isClock = time.seconds < DAY;
    const isPastMidnight = isClock && this.count > 0 && time.seconds + this.midnights < this.last - DAY / 2;
    if (isPastMidnight) this.midnights += DAY;
    this.addTime(time.seconds + this.midnights, line);
    if (time.decimals > this.decimals) this.decimals = time.decimals;
  }

  /**
   * The sampling rate in Hz by the times, and where they leave samples out; null when there are fewer than two times.
   *
   * @throws FormatError when one is no time, or when steps that are no gap differ from the mean by more than half of it
   */
  findPace(): Pace | null {
    const { count, first, last, least, most } = this;
    if (this.problem) throw this.problem;
    if (count < 2 || this.day !== undefined) return null;
    const duration = last - first;
    const error = Math.max(10 ** -this.decimals, Math.abs(last) * ROUNDING);
    const mean = duration / (count - 1);
    const isEven = most <= mean + mean / 2 + error && most <= this.longestEvenStep(error);
    const { gaps, step, length } = isEven ? { gaps: [], step: mean, length: duration } : this.findGaps(error);
    const tolerance = step / 2 + error;
    if (!(duration > 0) || least < step - tolerance) {
      throw new FormatError(`line ${this.leastLine}`, `its time is ${least} after the one before`);
    }
    if (error > MAX_SAMPLES_AT_ONCE * step) {
      throw new FormatError(`line ${this.leastLine}`, "the times have too few decimals to tell the sampling rate");
    }
    const known = this.unit;
    const isDoubtful = this.unitSeconds === null && !this.firstText && known * step > MAX_STEP_SECONDS;
    const units = this.decimals < DECIMALS_OF_SECONDS ? FINE_UNITS : [];
    const guess = units.find(([, unit]) => unit * step <= MAX_GUESSED_SECONDS) ?? ["seconds", known];
    const [guessedUnit, unit] = isDoubtful ? guess : [this.dayClock?.name, known];
    const steps = count - 1 - gaps.length;
    const samplingRate = findLikelyRate(length * unit, steps, error * (gaps.length + 1) * unit);
    return { samplingRate, gaps, error: error / step, ...(guessedUnit !== undefined && { guessedUnit }) };
  }

  /** The time of day of the first sample in seconds, of times that are a clock's and have no date. */
  get clock(): number | undefined {
    const isClock = this.firstText && !this.firstText.date && !this.firstText.isUnclear && this.first < DAY;
    return isClock ? this.first : undefined;
  }

  /** Whether the times have a date in words. */
  get hasDate(): boolean {
    return this.firstText?.date !== undefined;
  }

  /** Whether the times have dates of which nobody knows what is the day and what the month. */
  get hasUnclearDate(): boolean {
    return this.firstText?.isUnclear ?? false;
  }

  /**
   * The time of the first sample in ms since 1970; null when the times do not say it.
   *
   * @param clock the time of day in seconds, by another column, where this one has days alone
   */
  findStart(timeZone: string, clock: number | undefined): number | null {
    if (this.firstText) return findInstant(this.firstText, timeZone, this.day === undefined ? undefined : clock);
    const { dayClock } = this;
    if (dayClock) return findInstantOfDays(this.first - dayClock.dayOf1970, timeZone);
    const seconds = this.first * this.unit;
    return this.count > 0 && seconds >= MIN_SINCE_1970 ? Math.round(seconds * 1000) : null;
  }

  /** The unit of the times as they are kept, in seconds: times that are texts are in seconds. */
  private get unit(): number {
    if (this.firstText) return 1;
    if (this.unitSeconds !== null) return this.unitSeconds;
    if (this.dayClock) return DAY;
    return [1, 1e-3, 1e-6, 1e-9].find((unit) => this.first * unit < MAX_SINCE_1970) ?? 1;
  }

  /** The clock of days that numbers of no unit are of: their steps are too short for seconds. */
  private get dayClock() {
    const step = (this.last - this.first) / (this.count - 1);
    if (this.firstText || this.unitSeconds !== null || !(step > 0 && step < MIN_STEP_SECONDS)) return undefined;
    return DAY_CLOCKS.find(({ dayOf1970 }) => {
      const days = this.first - dayOf1970;
      return days > -MAX_DAYS_BEFORE_1970 && days < MAX_DAYS_SINCE_1970;
    });
  }

  /**
   * The longest step that may be no gap where none is so short that it makes up for a longer one; infinity otherwise.
   */
  private longestEvenStep(error: number): number {
    const usual = this.usualStep ?? this.endFirstSteps();
    const isSteady = usual >= 2 * error * NEARLY && this.least >= (usual - error) * NEARLY;
    return isSteady ? toLongestEven(usual, error) : Number.POSITIVE_INFINITY;
  }

  /**
   * The gaps, the mean step beside them, and how long all steps beside them are together.
   *
   * @throws FormatError when there are too many gaps, or too long ones
   */
  private findGaps(error: number): { gaps: Gap[]; step: number; length: number } {
    const usual = this.usualStep ?? this.endFirstSteps();
    const { count, longSteps, most, mostLine } = this;
    const gapStep = Math.min(STEPS_OF_GAP * usual + error, this.longestEvenStep(error));
    const between = longSteps.filter(({ step }) => step > gapStep);
    const steps = count - 1 - between.length;
    const length = this.last - this.first - between.reduce((sum, { step }) => sum + step, 0);
    const mean = length / steps;
    const gaps = between.map(({ row, step }) => ({ row, count: Math.round(step / mean) - 1 }));
    const missing = gaps.reduce((sum, { count }) => sum + count, 0);
    const areEven = usual > 0 && mean > 0 && longSteps.length < MAX_GAPS && gaps.length <= MAX_GAP_SHARE * count;
    if (!areEven || !(missing <= MAX_MISSING_SHARE * count)) {
      const what = areEven ? `${missing} samples would be missing` : "the times are uneven";
      throw new FormatError(`line ${mostLine}`, `its time is ${most} after the one before: ${what}`);
    }
    return { gaps, step: mean, length };
  }

  /** Takes the median of the first steps, which is the usual one, and looks for long ones among them. */
  private endFirstSteps(): number {
    const sorted = this.firstSteps.toSorted((a, b) => a - b);
    const usual = sorted[sorted.length >> 1] ?? 0;
    this.usualStep = usual;
    const error = 10 ** -this.decimals;
    this.longStep = Math.min(STEPS_OF_GAP * usual + error, toLongestEven(usual, error));
    for (const [i, step] of this.firstSteps.entries()) this.addLong(step, i + 1);
    return usual;
  }

  private addLong(step: number, row: number): void {
    if (step > this.longStep && this.longSteps.length < MAX_GAPS) this.longSteps.push({ row, step });
  }

  private addTime(time: number, line: number): void {
    if (this.count++ === 0) this.first = time;
    else {
      const step = time - this.last;
      if (this.usualStep !== undefined) this.addLong(step, this.count - 1);
      else if (this.firstSteps.push(step) === STEPS_OF_MEDIAN) this.endFirstSteps();
      if (step < this.least) {
        this.least = step;
        this.leastLine = line;
      }
      if (step > this.most) {
        this.most = step;
        this.mostLine = line;
      }
    }
    this.last = time;
  }
}

/**
 * The longest step between even times that are rounded to `error`, the usual one being that long: rounding makes steps
 * longer or shorter than the true one by less than `error`.
 */
function toLongestEven(usual: number, error: number): number {
  return Math.max(usual + 2 * error, STEPS_OF_GAP * usual + error / 2) * NEARLY;
}
