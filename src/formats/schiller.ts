import { standardLead } from "../recording/lead-names.ts";
import { toInstant } from "../recording/local-time.ts";
import { type Lead, MAX_SAMPLE, type Recording } from "../recording/recording.ts";
import { findDecimal } from "./decimal.ts";
import { type Format, FormatError, type ReadOptions } from "./format.ts";
import { MAX_LEADS } from "./limits.ts";
import { findRootName } from "./xml.ts";
import { findStepGain } from "./xml-gain.ts";
import {
  findElements,
  findText,
  noteSkipped,
  parseXmlTree,
  plainText,
  quoteText,
  type XmlElement,
} from "./xml-tree.ts";

const ROOT = "com.xiriuz.sema.xml.schillerEDI.SchillerEDI";
const WAVES = "eventdata/event/wavedata";
const SPACE = 0x20;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
/** The characters that an error shows of a wrong number. */
const MAX_SHOWN_LENGTH = 32;
const PATHS = [
  ...["id", "firstname", "lastname"].map((name) => `patdata/${name}`),
  ...["date", "time"].map((name) => `examdescript/startdatetime/${name}`),
  ...["hardware/vendor", "hardware/model", "software/version"].map((name) => `examdescript/aquiringdevice/${name}`),
  ...["type", "resolution/samplerate/exponent", "resolution/samplerate/value"].map((name) => `${WAVES}/${name}`),
  ...["resolution/yres/unitperbit", "resolution/yres/units"].map((name) => `${WAVES}/${name}`),
  ...["name", "samplecount", "datastype", "data"].map((name) => `${WAVES}/channel/${name}`),
];

/** Schiller's XML (SEMA, schillerEDI). There is no public specification: it is read by what published readers do. */
export const schiller = {
  id: "schiller",
  mediaTypes: ["application/x-schiller-xml"],
  extensions: [".schiller.xml"],
  detect: (prefix) => findRootName(prefix) === ROOT,
  read,
} satisfies Format;

function read(bytes: Uint8Array, options: ReadOptions): Recording {
  const { root, skipped } = parseXmlTree(bytes, { root: ROOT }, PATHS);
  const notes = noteSkipped(skipped);
  const waves = chooseWaves(root, notes);
  const text = (path: string) => findText(root, path)?.text ?? "";
  const person = ["firstname", "lastname"].map((name) => text(`patdata/${name}`));
  const device = ["hardware/vendor", "hardware/model", "software/version"].map((name) =>
    text(`examdescript/aquiringdevice/${name}`),
  );
  return {
    recordedAt: readDate(
      text("examdescript/startdatetime/date"),
      text("examdescript/startdatetime/time"),
      options,
      notes,
    ),
    leads: readLeads(waves, options, notes),
    subject: text("patdata/id") || person.join(" ").trim() || null,
    device: device.filter((part) => part !== "").join(" ") || null,
    note: null,
    isOpen: false,
    annotations: [],
    notes,
  };
}

/** The first wavedata of a rhythm. */
function chooseWaves(root: XmlElement, notes: string[]): XmlElement {
  const all = findElements(root, WAVES);
  const typeOf = (waves: XmlElement) => findText(waves, "type")?.text ?? "";
  const chosen = all.find((waves) => /^ECG_RHYTHMS?$/i.test(typeOf(waves)));
  if (!chosen) throw new FormatError("wavedata", "there is none of the type ECG_RHYTHMS");
  if (all.length > 1) {
    const others = all.filter((waves) => waves !== chosen).map((waves) => typeOf(waves) || "without a type");
    const kinds = [...new Set(others)].slice(0, 4).map((type) => type.slice(0, 32));
    notes.push(`Of ${all.length} wavedata one is kept; the others are not: ${kinds.join(", ")}.`);
  }
  return chosen;
}

function readLeads(waves: XmlElement, options: ReadOptions, notes: string[]): Lead[] {
  const samplingRate = readSamplingRate(waves) ?? options.samplingRate ?? null;
  const gain = readGain(waves, notes);
  const channels = findElements(waves, "channel");
  if (channels.length > MAX_LEADS) throw new FormatError("channel", `there are more than ${MAX_LEADS}`);
  const empty: string[] = [];
  const miscounted: string[] = [];
  const leads = channels.flatMap((channel, i): Lead[] => {
    const label = findText(channel, "name")?.text ?? `lead ${i + 1}`;
    const name = standardLead(label) ?? label;
    const data = findText(channel, "data");
    if (!data) {
      empty.push(name.slice(0, 16));
      return [];
    }
    const type = findText(channel, "datastype");
    if (type && !/^COMMASEPARATED?$/i.test(type.text)) {
      throw new FormatError(`line ${type.line}`, `the datastype ${quoteText(type.text)} is not known`);
    }
    const samples = readSamples(data);
    const count = findText(channel, "samplecount");
    if (count && Number(count.text) !== samples.length) miscounted.push(name.slice(0, 16));
    return [{ name, samplingRate, samples, gain, baseline: 0 }];
  });
  if (leads.length === 0) throw new FormatError(`line ${waves.line}`, "the wavedata have no channel with samples");
  if (empty.length > 0) notes.push(`Channels without data are not kept: ${empty.join(", ")}.`);
  if (miscounted.length > 0) {
    notes.push(`The samples that are there are kept, though samplecount is another number: ${miscounted.join(", ")}.`);
  }
  return leads;
}

function readSamplingRate(waves: XmlElement): number | undefined {
  const exponent = findText(waves, "resolution/samplerate/exponent");
  if (exponent && Number(exponent.text) !== 1) {
    throw new FormatError(
      `line ${exponent.line}`,
      `an exponent ${quoteText(exponent.text)} of the samplerate is not understood: 1 is`,
    );
  }
  const value = findText(waves, "resolution/samplerate/value");
  if (!value) return undefined;
  const number = findDecimal(value.text);
  if (!number || number.digits <= 0n) {
    throw new FormatError(`line ${value.line}`, `${quoteText(value.text)} samples a second are no sampling rate`);
  }
  return Number(`${number.digits}e${number.exponent}`);
}

function readGain(waves: XmlElement, notes: string[]): number | null {
  const gain = findStepGain(findText(waves, "resolution/yres/unitperbit"), findText(waves, "resolution/yres/units"));
  if (gain === null) notes.push("The gain is not known without unitperbit in a unit of voltage.");
  return gain;
}

/** Integers with commas between, and maybe one behind the last. */
function readSamples(data: XmlElement): Int32Array {
  const text = plainText(data);
  const samples = new Int32Array(countCommas(text) + 1);
  let count = 0;
  let at = 0;
  const skipSpace = () => {
    while (text.charCodeAt(at) <= SPACE) at++;
  };
  for (skipSpace(); at < text.length; skipSpace()) {
    const start = at;
    const sign = text.charCodeAt(at);
    if (sign === COMMA) fail(data, start, "a sample is missing between commas");
    if (sign === MINUS || sign === PLUS) at++;
    const first = at;
    let value = 0;
    for (let code = text.charCodeAt(at); isDigit(code); code = text.charCodeAt(++at)) value = value * 10 + code - ZERO;
    const end = at;
    skipSpace();
    const isAlone = at === text.length || text.charCodeAt(at) === COMMA;
    if (end === first || value > MAX_SAMPLE || (end === at && !isAlone)) {
      const [token] = text.slice(start, start + MAX_SHOWN_LENGTH).split(/[\s,]/, 1);
      fail(data, start, `the data have ${JSON.stringify(token)}, which is no integer of 32 bits`);
    }
    if (!isAlone) fail(data, start, `there is no comma behind ${text.slice(start, end)}`);
    samples[count++] = sign === MINUS ? -value : value;
    at++;
  }
  return samples.subarray(0, count);
}

function countCommas(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === COMMA) count++;
  return count;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

/** Throws with the line of a place in the text of an element. */
function fail({ text, textLine }: XmlElement, offset: number, message: string): never {
  const line = textLine + text.slice(0, offset).split("\n").length - 1;
  throw new FormatError(`line ${line}`, message);
}

/** The instant of `YYYYMMDD` and `HHMMSSmmm`; null when there is none. */
function readDate(date: string, time: string, { timeZone }: ReadOptions, notes: string[]): number | null {
  if (date === "" && time === "") return null;
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(date) ?? [];
  const [, hour, minute, second, ms = "0"] = /^(\d\d)(\d\d)(\d\d)(\d{3})?$/.exec(time) ?? [];
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, `${second}.${ms}`].map(Number);
  const instant = toInstant({ year: y, month: mo, day: d, hour: h, minute: mi, second: s }, timeZone);
  if (instant === null)
    notes.push(`The date ${quoteText(`${date || "?"} ${time || "?"}`)} is not understood, and not kept.`);
  return instant;
}
