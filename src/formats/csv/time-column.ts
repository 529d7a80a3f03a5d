import { FormatError } from "../format.ts";
import { parseNumber } from "./number-scanner.ts";
import { findInstant, findLikelyRate, parseTimeText, type TimeText } from "./times.ts";

/** The least time in seconds that is taken to count from 1970: no recording is longer than three years. */
const MIN_SINCE_1970 = 1e8;
/** The largest time that is taken for seconds since 1970. One beyond the year 5000 is in ms, us or ns. */
const MAX_SINCE_1970 = 1e11;
/** The relative error of a time in a double. */
const ROUNDING = 2 ** -49;
/** The powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);
/** The most samples that may have the same time, before the times say nothing of the rate. */
const MAX_SAMPLES_AT_ONCE = 10;

/** Takes the times of a table row by row, and keeps of them only what tells the sampling rate and the start. */
export class TimeColumn {
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

  /** Adds the time `digits / 10 ** decimals`, in the unit of the column. */
  add(digits: number, decimals: number, line: number): void {
    this.addTime(decimals < POWERS_OF_TEN.length ? digits / POWERS_OF_TEN[decimals] : digits / 10 ** decimals, line);
    if (decimals > this.decimals) this.decimals = decimals;
  }

  /**
   * Adds a time that is a text, such as a date.
   *
   * @throws FormatError for what is no time
   */
  addText(text: string, line: number): void {
    const unquoted = text.startsWith("'") ? text.slice(1, -1).trim() : text;
    const time = parseTimeText(unquoted);
    if (!time) {
      const number = parseNumber(unquoted);
      if (!number) throw new FormatError(`line ${line}`, "its time is neither a number nor a date and time");
      this.add(number.digits, number.decimals, line);
      return;
    }
    if (this.count === 0) this.firstText = time;
    this.addTime(time.seconds, line);
    if (time.decimals > this.decimals) this.decimals = time.decimals;
  }

  /**
   * The sampling rate in Hz by the times; null when there are fewer than two.
   *
   * @param unitSeconds the unit of the column in seconds, null where its heading does not say
   * @throws FormatError when a step differs from the mean by more than half of it
   */
  findSamplingRate(unitSeconds: number | null): number | null {
    const { count, first, last, least, most } = this;
    if (count < 2) return null;
    const duration = last - first;
    const step = duration / (count - 1);
    const error = Math.max(10 ** -this.decimals, Math.abs(last) * ROUNDING);
    const tolerance = step / 2 + error;
    if (!(duration > 0) || least < step - tolerance) {
      throw new FormatError(`line ${this.leastLine}`, `its time is ${least} after the one before`);
    }
    if (most > step + tolerance) {
      const message = `its time is ${most} after the one before, where ${step} is the mean: samples are missing`;
      throw new FormatError(`line ${this.mostLine}`, message);
    }
    if (error > MAX_SAMPLES_AT_ONCE * step) {
      throw new FormatError(`line ${this.leastLine}`, "the times have too few decimals to tell the sampling rate");
    }
    const unit = this.unitOf(unitSeconds);
    return findLikelyRate(duration * unit, count - 1, error * unit);
  }

  /** The time of the first sample in ms since 1970; null when the times do not say it. */
  findStart(unitSeconds: number | null, timeZone: string): number | null {
    if (this.firstText) return findInstant(this.firstText, timeZone);
    const seconds = this.first * this.unitOf(unitSeconds);
    return this.count > 0 && seconds >= MIN_SINCE_1970 ? Math.round(seconds * 1000) : null;
  }

  private unitOf(unitSeconds: number | null): number {
    if (this.firstText) return 1;
    if (unitSeconds !== null) return unitSeconds;
    return [1, 1e-3, 1e-6, 1e-9].find((unit) => this.first * unit < MAX_SINCE_1970) ?? 1;
  }

  private addTime(time: number, line: number): void {
    if (this.count++ === 0) this.first = time;
    else {
      const step = time - this.last;
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
