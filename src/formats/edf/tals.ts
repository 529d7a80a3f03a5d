import type { Annotation } from "../../recording/recording.ts";
import { FormatError, newNotAcceptable } from "../format.ts";
import { trimZeros } from "./number-field.ts";

/** A Time-stamped Annotations List (EDF+ specification, section 2.2.2). */
export type Tal = {
  /** Seconds from the start time of the header. */
  onset: number;
  /** Seconds. */
  duration: number | undefined;
  /** Without those that are empty, as the first that tells the time of a data record. */
  texts: string[];
};

/** What EDFlib, which most programs use, reads of a text. */
const MAX_TEXT_BYTES = 512;
/** EDFlib's resolution, 100 ns: further digits would not be read. */
const ONSET_DECIMALS = 7;
/** Thirty years. */
const MAX_SECONDS = 1e9;
/** With one more digit it is still a whole number. */
const MAX_DIGITS = 1e14;

const TEXT_MARK = 0x14;
const DURATION_MARK = 0x15;
const [PLUS, MINUS, POINT, ZERO] = [..."+-.0"].map((character) => character.charCodeAt(0));
const UTF8 = new TextDecoder();

/**
 * All lists of an annotations signal within one data record. Behind them there are zeros.
 *
 * @param range of its bytes
 * @param record its number, for errors
 */
export function parseTals(bytes: Uint8Array, range: { from: number; to: number }, record: number): Tal[] {
  const tals: Tal[] = [];
  const cursor = new TalCursor(bytes, range, record);
  while (cursor.skipZeros()) {
    const onset = cursor.readOnset();
    const duration = cursor.readDuration();
    const texts: string[] = [];
    while (!cursor.isAtEnd()) {
      const text = cursor.readText();
      if (text !== "") texts.push(text);
    }
    tals.push({ onset, duration, texts });
  }
  return tals;
}

/**
 * Reads `+onset[\x15duration]\x14text\x14...\0` byte by byte: there may be millions of lists in a file, most of them of
 * nothing but the time of a data record.
 */
class TalCursor {
  private readonly bytes: Uint8Array;
  private readonly end: number;
  private readonly record: number;
  private position: number;

  constructor(bytes: Uint8Array, range: { from: number; to: number }, record: number) {
    this.bytes = bytes;
    this.position = range.from;
    this.end = range.to;
    this.record = record;
  }

  /** Whether there is more behind them. */
  skipZeros(): boolean {
    while (this.position < this.end && this.bytes[this.position] === 0) this.position++;
    return this.position < this.end;
  }

  readOnset(): number {
    const sign = this.bytes[this.position];
    if (sign !== PLUS && sign !== MINUS) this.fail("an annotation's onset has no sign");
    this.position++;
    const seconds = this.readNumber();
    return sign === MINUS && seconds > 0 ? -seconds : seconds;
  }

  /** Up to the end of the time; undefined when there is none. */
  readDuration(): number | undefined {
    let duration: number | undefined;
    if (this.bytes[this.position] === DURATION_MARK) {
      this.position++;
      // Some programs write the mark without a duration.
      if (this.bytes[this.position] !== TEXT_MARK) duration = this.readNumber();
    }
    if (this.bytes[this.position] !== TEXT_MARK) this.fail("an annotation's time is no number");
    this.position++;
    return duration;
  }

  isAtEnd(): boolean {
    if (this.position >= this.end) this.fail("an annotation has no end");
    return this.bytes[this.position] === 0;
  }

  readText(): string {
    const start = this.position;
    for (let byte = this.bytes[start]; byte !== TEXT_MARK; byte = this.bytes[++this.position])
      if (byte === 0 || this.position >= this.end) this.fail("an annotation's text has no end");
    const end = this.position++;
    // A beat's code, of which there are many, is one letter.
    if (end === start + 1 && this.bytes[start] < 0x80) return String.fromCharCode(this.bytes[start]);
    return end === start ? "" : UTF8.decode(this.bytes.subarray(start, end));
  }

  /** Without a sign; digits beyond those that a number holds are passed over. */
  private readNumber(): number {
    const start = this.position;
    let digits = 0;
    let decimals = 0;
    let isFraction = false;
    for (; ; this.position++) {
      const byte = this.bytes[this.position];
      if (byte === POINT && !isFraction && this.position > start) isFraction = true;
      else if (!(byte >= ZERO && byte <= ZERO + 9)) break;
      else if (!isFraction || digits < MAX_DIGITS) {
        digits = digits * 10 + byte - ZERO;
        if (isFraction) decimals++;
        else if (digits > MAX_SECONDS) this.fail(`an annotation's time is more than ${MAX_SECONDS} s`);
      }
    }
    if (this.position === start) this.fail("an annotation's time is no number");
    return digits / 10 ** decimals;
  }

  private fail(message: string): never {
    throw new FormatError(`data record ${this.record}`, message);
  }
}

/** The first list of each data record, which says when it begins (section 2.2.4). */
export function formatTimeKeeping(onset: number): string {
  return `${formatOnset(onset)}\x14\x14\0`;
}

/**
 * An annotation as a list. EDF+ has nothing but texts: a code is written as one, before the text.
 *
 * @param onset seconds from the start time of the header
 * @param label of the signal that it is of (EDF+ standard texts, section 3.3)
 * @returns undefined for what says nothing but a time
 */
export function formatTal(onset: number, { duration, code, text }: Annotation, label?: string): string | undefined {
  const said = [code, text].filter(Boolean).join(" ");
  if (said === "") return undefined;
  const linked = label === undefined ? said : `${said}@@${label}`;
  if (new TextEncoder().encode(linked).length > MAX_TEXT_BYTES)
    throw newNotAcceptable(`EDF+ and BDF+ carry annotations of up to ${MAX_TEXT_BYTES} bytes: one is longer.`);
  const length = duration === undefined ? "" : `\x15${formatTime(duration)}`;
  // Of the control characters only tab and the line ends are allowed.
  return `${formatOnset(onset)}${length}\x14${linked.replace(/[^\P{Cc}\t\n\r]/gu, " ")}\x14\0`;
}

function formatOnset(seconds: number): string {
  const time = formatTime(seconds);
  return time.startsWith("-") ? time : `+${time}`;
}

function formatTime(seconds: number): string {
  return trimZeros(seconds.toFixed(ONSET_DECIMALS));
}
