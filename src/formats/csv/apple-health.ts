import { findLead, standardLead } from "../../recording/lead-names.ts";
import type { Recording } from "../../recording/recording.ts";
import type { ReadOptions } from "../format.ts";
import { decodeText } from "../text.ts";
import { findUnitsPerMillivolt } from "./heading.ts";
import { parseNumber } from "./number-scanner.ts";
import { type Numbers, readTable } from "./table.ts";
import { COMMA, findSeparator, NO_SEPARATOR, SEMICOLON, TAB, TextReader } from "./text.ts";
import { findInstant, parseTimeText } from "./times.ts";

/** The lines above the samples: a key in the language of the phone, and a value. */
type AppleHealthHead = readonly (readonly [key: string, value: string])[];

/**
 * The fewest lines above the samples. `Recorded Date`, `Sample Rate`, `Lead` and `Unit` are among them, and no table of
 * numbers has so many.
 */
const MIN_HEAD_LINES = 4;
/** The most lines above the samples: Apple writes some ten. */
const MAX_HEAD_LINES = 32;
/** A sampling rate: a number and the beginning of a word for Hz in the languages of Unicode's CLDR. */
const RATE =
  /^(\d{1,6}(?:[.,]\d{1,9})?)\s*(?:hz|hert|herc|hers|heirts|hezi|gert|gers|\u0433\u0435\u0440\u0446|\u0445\u0435\u0440\u0446|\u03c7\u03b5\u03c1\u03c4\u03b6|\u0570\u0565\u0580\u0581|\u10f0\u10d4\u10e0\u10ea|\u30d8\u30eb\u30c4|\u8d6b|\ud5e4\ub974\uce20|\u0647\u0631\u062a\u0632|\u06c1\u0631\u0679\u0632|\u05d4\u05e8\u05e5|\u0939\u0930\u094d|\u0e40\u0e2e\u0e34\u0e23\u0e4c?\u0e15)/iu;
/** A number with a word that is none of these, in languages where the word comes first too. */
const NUMBER_AND_WORD = /^(?:[\p{L}\p{M}.]+\s+)?(\d{3,4}(?:[.,]\d{1,9})?)(?:\s*[\p{L}\p{M}.]+)?$/u;
/** The sampling rates in Hz that a number with such a word may be: Apple's watches have some 512. */
const [MIN_RATE_HZ, MAX_RATE_HZ] = [100, 2000];
/** Characters that Unicode puts around numbers for the direction of writing, and its spaces. */
const INVISIBLE = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** The zeros of the decimal digits that CLDR's languages write numbers with, each before its other nine. */
const ZEROS = [0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0];
/** Apple's numbers have a unit, and few decimals. */
const NUMBERS: Numbers = { are: "decimals", refusal: "is no number", mostPerUnit: 1e6 };
/** A device, such as `Watch6,1`. */
const DEVICE = /^(apple )?watch/i;

/**
 * Reads the lines above the samples of an ECG that Apple Health exports (`electrocardiograms/ecg_*.csv`); undefined if
 * the file is none. Apple does not document them. Keys are translated, so lines are told apart by their values, in
 * which a decimal comma is not quoted.
 */
export function readAppleHealthHead(reader: TextReader): AppleHealthHead | undefined {
  const ahead = reader.fork();
  if ([SEMICOLON, TAB].includes(findSeparator(ahead))) return undefined;
  const head: [string, string][] = [];
  let lines = ahead.fork();
  for (; ahead.findLine() && head.length <= MAX_HEAD_LINES; lines = ahead.fork()) {
    const [key, ...values] = ahead.readCells(COMMA).map(toPlainNumbers);
    if (parseNumber(key)) break;
    head.push([key, values.join(",")]);
  }
  const hasUnit = head.some(([, value]) => findUnitsPerMillivolt(value) !== undefined);
  if (head.length < MIN_HEAD_LINES || head.length > MAX_HEAD_LINES || !hasUnit || !findRate(head)) return undefined;
  reader.goTo(lines);
  return head;
}

/** The sampling rate, and whether its word is one for Hz. Without such a word it is the last number of those of a watch. */
function findRate(head: AppleHealthHead): { text: string; rate: number; isKnown: boolean } | undefined {
  const values = head.map(([, value]) => value);
  const find = (form: RegExp, isKnown: boolean) =>
    values.map((text) => ({ text, rate: Number(form.exec(text)?.[1].replace(",", ".")), isKnown }));
  const known = find(RATE, true).find(({ rate }) => rate > 0);
  if (known || !values.some((value) => DEVICE.test(value))) return known;
  return find(NUMBER_AND_WORD, false).findLast(({ rate }) => rate >= MIN_RATE_HZ && rate <= MAX_RATE_HZ);
}

/** A text whose numbers have ASCII's digits, minus and decimal point, and nothing invisible around them. */
function toPlainNumbers(text: string): string {
  return text
    .replace(INVISIBLE, "")
    .replace(/\u2212/g, "-")
    .replace(/\u066b/g, ".")
    .replace(/(?![0-9])\p{Nd}/gu, (digit) => {
      const value = ZEROS.map((zero) => digit.charCodeAt(0) - zero).find((value) => value >= 0 && value <= 9);
      return value === undefined ? digit : String(value);
    });
}

/** A cursor over the samples with plain numbers. */
function readPlainly(reader: TextReader): TextReader {
  const rest = reader.bytes.subarray(reader.position);
  if (rest.every((byte) => byte < 0x80)) return reader;
  const plain = new TextReader(new TextEncoder().encode(toPlainNumbers(decodeText(rest))));
  plain.goTo({ position: 0, line: reader.line });
  return plain;
}

/** Reads the recording: its samples stand below the head, one a line. */
export function readAppleHealth(reader: TextReader, head: AppleHealthHead, options: ReadOptions): Recording {
  const values = head.map(([, value]) => value);
  const date = values.map(parseTimeText).find((time) => time?.date);
  const { text = "", rate = 0, isKnown = true } = findRate(head) ?? {};
  const unit = head.findIndex(([, value]) => findUnitsPerMillivolt(value) !== undefined);
  // The name comes first, or not at all; the lead is `Lead I` or `Ableitung I`, above its unit.
  const [, subject] = head[0];
  const lead = head[unit - 1]?.[1] ?? "";
  const name =
    [/\s+/, /[^A-Za-z0-9]+/]
      .flatMap((gap) => lead.split(gap))
      .map(standardLead)
      .find(Boolean) ?? lead;
  const isWanted = options.leads?.some((wanted) => findLead([{ name }], wanted)) ?? true;
  if (!isWanted) reader.fail(`the only lead is ${name}`);

  if (!reader.findLine()) reader.fail("no samples follow");
  const [{ samples, perUnit }] = readTable(readPlainly(reader), NO_SEPARATOR, [0], [NUMBERS]).leads;
  const unitsPerMillivolt = findUnitsPerMillivolt(values[unit]) ?? 1;
  return {
    recordedAt: date ? findInstant(date, options.timeZone) : null,
    subject: subject === "" || parseTimeText(subject) ? null : subject,
    device: values.find((value) => DEVICE.test(value)) ?? null,
    note: null,
    isOpen: false,
    annotations: [],
    leads: [{ name, samplingRate: rate, samples, gain: unitsPerMillivolt * perUnit, baseline: 0 }],
    ...(!isKnown && { notes: [`${JSON.stringify(text)} is taken for the sampling rate in Hz.`] }),
  };
}
