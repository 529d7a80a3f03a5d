import { findLead, standardLead } from "../../recording/lead-names.ts";
import type { Recording } from "../../recording/recording.ts";
import type { ReadOptions } from "../format.ts";
import { findUnitsPerMillivolt } from "./heading.ts";
import { parseNumber } from "./number-scanner.ts";
import { type Numbers, readTable } from "./table.ts";
import { COMMA, findSeparator, NO_SEPARATOR, SEMICOLON, TAB, type TextReader } from "./text.ts";
import { findInstant, parseTimeText } from "./times.ts";

/** The lines above the samples: a key in the language of the phone, and a value. */
export type AppleHealthHead = readonly (readonly [key: string, value: string])[];

/**
 * The fewest lines above the samples. `Recorded Date`, `Sample Rate`, `Lead` and `Unit` are among them, and no table of
 * numbers has so many.
 */
const MIN_HEAD_LINES = 4;
/** The most lines above the samples: Apple writes some ten. */
const MAX_HEAD_LINES = 32;
/** A sampling rate: a number and a word for Hz in the scripts of Apple's languages. */
const RATE = /^(\d{1,6}(?:[.,]\d{1,9})?)\s*(?:hz|hert|gert|герц|ヘルツ|赫|헤르츠|هرتز|הרץ|เฮิรตซ์|χερτζ)/i;
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
    const [key, ...values] = ahead.readCells(COMMA);
    if (parseNumber(key)) break;
    head.push([key, values.join(",")]);
  }
  const hasRate = head.some(([, value]) => RATE.test(value));
  const hasUnit = head.some(([, value]) => findUnitsPerMillivolt(value) !== undefined);
  if (head.length < MIN_HEAD_LINES || head.length > MAX_HEAD_LINES || !hasRate || !hasUnit) return undefined;
  reader.goTo(lines);
  return head;
}

/** Reads the recording: its samples stand below the head, one a line. */
export function readAppleHealth(reader: TextReader, head: AppleHealthHead, options: ReadOptions): Recording {
  const values = head.map(([, value]) => value);
  const date = values.map(parseTimeText).find((time) => time?.date);
  const rate = values.map((value) => RATE.exec(value)?.[1]).find((digits) => digits !== undefined);
  const unit = head.findIndex(([, value]) => findUnitsPerMillivolt(value) !== undefined);
  // The name comes first, or not at all; the lead is `Lead I` or `Ableitung I`, above its unit.
  const [, subject] = head[0];
  const lead = head[unit - 1]?.[1] ?? "";
  const name = lead.split(/\s+/).map(standardLead).find(Boolean) ?? lead;
  const isWanted = options.leads?.some((wanted) => findLead([{ name }], wanted)) ?? true;
  if (!isWanted) reader.fail(`the only lead is ${name}`);

  if (!reader.findLine()) reader.fail("no samples follow");
  const [{ samples, perUnit }] = readTable(reader, NO_SEPARATOR, [0], [NUMBERS]).leads;
  const unitsPerMillivolt = findUnitsPerMillivolt(values[unit]) ?? 1;
  const samplingRate = Number(rate?.replace(",", "."));
  return {
    recordedAt: date ? findInstant(date, options.timeZone) : null,
    subject: subject === "" || parseTimeText(subject) ? null : subject,
    device: values.find((value) => DEVICE.test(value)) ?? null,
    note: null,
    isOpen: false,
    annotations: [],
    leads: [{ name, samplingRate, samples, gain: unitsPerMillivolt * perUnit, baseline: 0 }],
  };
}
