import type { Annotation } from "../../recording/recording.ts";
import { FormatError, newNotAcceptable } from "../format.ts";
import { decodeText, isUtf8 } from "../text.ts";
import { trimZeros } from "./number-field.ts";

/** A time-stamped annotations list, TAL (EDF+ specification, section 2.2.2). */
export type Tal = {
  /** Seconds from the start time in the header. */
  onset: number;
  /** The duration in seconds, if the list has one. */
  duration: number | undefined;
  /** The texts that are not empty. */
  texts: string[];
  /** Whether the first text is empty: such a list, if it is the first one, tells when a data record begins. */
  tellsTime: boolean;
  /** Whether one of the texts is no UTF-8, as EDF+ has it. */
  isGuessed: boolean;
  /** Whether a time has a decimal comma, as some programs write it. */
  hasComma: boolean;
};

/** The longest text, in bytes: EDFlib, which most programs use, reads no more of it. */
const MAX_TEXT_BYTES = 512;
/** The most lists and texts of a signal in one data record: two days have fewer beats, and a record mostly has a second. */
const MAX_ENTRIES = 2 ** 18;
/** The decimals of an onset that are written: EDFlib reads no finer ones than 100 ns. */
const ONSET_DECIMALS = 7;
/** The latest onset and the longest duration that are read, some thirty years. */
const MAX_SECONDS = 1e9;
/**
 * Decimals are read while the digits make less than this: with one more digit they are still an exact integer in a
 * double.
 */
const MAX_EXACT_DIGITS = 1e14;

/** Ends an onset, a duration and each text. */
const TEXT_MARK = 0x14;
/** Comes before a duration. */
const DURATION_MARK = 0x15;
const [PLUS, MINUS, POINT, COMMA, ZERO] = [..."+-.,0"].map((character) => character.charCodeAt(0));

/** Why something is no list of annotations. It is thrown, and no Error: of those a file of such data records would make millions, each with its stack. */
class NoTal {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * All lists of an annotations signal in one data record, up to something that is none, and why it is none. Zeros fill the room
 * behind them.
 *
 * @param range the place of the signal's bytes
 * @param record the number of the data record, for errors
 */
export function parseTals(
  bytes: Uint8Array,
  range: { from: number; to: number },
  record: number,
): { tals: Tal[]; damage?: string } {
  const tals: Tal[] = [];
  try {
    readTals(new TalCursor(bytes, range), record, tals);
  } catch (error) {
    if (!(error instanceof NoTal)) throw error;
    return { tals, damage: error.reason };
  }
  return { tals };
}

/** Adds lists to `tals`, so that those before one that is none are there. */
function readTals(cursor: TalCursor, record: number, tals: Tal[]): void {
  let entries = 0;
  const count = () => {
    if (++entries > MAX_ENTRIES) throw new FormatError(`data record ${record}`, `more than ${MAX_ENTRIES} annotations`);
  };
  while (cursor.skipZeros()) {
    count();
    const onset = cursor.readOnset();
    const duration = cursor.readDuration();
    const texts: string[] = [];
    let tellsTime = false;
    for (let isFirst = true; !cursor.isAtEnd(); isFirst = false) {
      const text = cursor.readText();
      if (text === "") {
        tellsTime ||= isFirst;
        continue;
      }
      count();
      texts.push(text);
    }
    tals.push({ onset, duration, texts, tellsTime, ...cursor.takeOddities() });
  }
}

/**
 * Reads `+onset[\x15duration]\x14text\x14...\0` byte by byte: a file may have millions of lists, most of them with
 * nothing but the time of a data record.
 */
class TalCursor {
  private readonly bytes: Uint8Array;
  private readonly end: number;
  private position: number;
  private isGuessed = false;
  private hasComma = false;

  constructor(bytes: Uint8Array, range: { from: number; to: number }) {
    this.bytes = bytes;
    this.position = range.from;
    this.end = range.to;
  }

  /** Moves behind zeros; false at the end. */
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

  /** Reads up to the first text; undefined when there is no duration. */
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
    let bits = 0;
    for (let byte = this.bytes[start]; byte !== TEXT_MARK; byte = this.bytes[++this.position]) {
      if (byte === 0 || this.position >= this.end) this.fail("an annotation's text has no end");
      bits |= byte;
    }
    const end = this.position++;
    // A beat's code, of which there are many, is one letter.
    if (end === start + 1 && bits < 0x80) return String.fromCharCode(this.bytes[start]);
    if (end === start) return "";
    const bytes = this.bytes.subarray(start, end);
    if (bits >= 0x80 && !isUtf8(bytes)) this.isGuessed = true;
    return decodeText(bytes);
  }

  /** Whether a text was no UTF-8, and a time had a comma, since this was asked before. */
  takeOddities(): Pick<Tal, "isGuessed" | "hasComma"> {
    const { isGuessed, hasComma } = this;
    this.isGuessed = false;
    this.hasComma = false;
    return { isGuessed, hasComma };
  }

  /** Reads a number without a sign. Decimals beyond what a double holds are skipped. */
  private readNumber(): number {
    const start = this.position;
    let digits = 0;
    let decimals = 0;
    let isFraction = false;
    for (; ; this.position++) {
      const byte = this.bytes[this.position];
      if ((byte === POINT || byte === COMMA) && !isFraction && this.position > start) {
        isFraction = true;
        this.hasComma ||= byte === COMMA;
      } else if (!(byte >= ZERO && byte <= ZERO + 9)) break;
      else if (!isFraction || digits < MAX_EXACT_DIGITS) {
        digits = digits * 10 + byte - ZERO;
        if (isFraction) decimals++;
        else if (digits > MAX_SECONDS) this.fail(`an annotation's time is more than ${MAX_SECONDS} s`);
      }
    }
    if (this.position === start) this.fail("an annotation's time is no number");
    return digits / 10 ** decimals;
  }

  private fail(message: string): never {
    throw new NoTal(message);
  }
}

/** The first list of a data record, which says when the record begins (section 2.2.4). */
export function formatTimeKeeping(onset: number): string {
  return `${formatOnset(onset)}\x14\x14\0`;
}

/**
 * An annotation as a list. EDF+ has no codes: a code is written before the text.
 *
 * @param onset seconds from the start time in the header
 * @param label the label of the signal that is annotated (EDF+ standard texts, section 3.3)
 * @returns undefined for an annotation with neither code nor text
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
