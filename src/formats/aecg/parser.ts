import { SaxesParser, type SaxesTagPlain } from "saxes";
import { FormatError } from "../format.ts";
import { parseNumberList } from "../number-list.ts";

/** The elements of an AnnotatedECG that are read, with their texts. */
export type AnnotatedEcg = {
  effectiveTime?: TimeText;
  /** The extension of the trial subject's id, or its root if it has no extension. */
  subjectId?: string;
  subjectName: string;
  /** The first series that is no representative beat. */
  rhythm?: Series;
};

export type Series = {
  code: string;
  effectiveTime?: TimeText;
  manufacturer: string;
  model: string;
  software: string;
  deviceId: string;
  sets: Sequence[][];
};

/** A sequence. That of a lead has digits; that of the times of the leads beside it has a head and an increment. */
export type Sequence = {
  code: string;
  displayName: string;
  line: number;
  head?: Quantity;
  increment?: Quantity;
  origin?: Quantity;
  scale?: Quantity;
  samples?: Int32Array;
};

export type Quantity = { value: string; unit: string | undefined; line: number };
/** HL7's `TS`: `YYYYMMDDhhmmss.mmm+zzzz`, whose end may be left out. */
export type TimeText = { value: string; line: number };

const LESS_THAN = 0x3c;
const AMPERSAND = 0x26;
/** The bytes that are parsed at a time. */
const STEP_BYTES = 64 * 1024;
/** The deepest nesting of elements: an AnnotatedECG has a dozen levels. */
const MAX_DEPTH = 64;
/** The most tags, references and comments: each costs far more than its few bytes. */
const MAX_MARKS = 1_000_000;
/** The most bytes before the root: some comments, and no document type that goes on and on. */
const MAX_PROLOG_BYTES = 4 * STEP_BYTES;
/** The most attributes of an element. */
const MAX_ATTRIBUTES = 32;
/** The longest name of an element, in UTF-16 code units. */
const MAX_ELEMENT_NAME_LENGTH = 128;
/** The longest text that names something, in UTF-16 code units. More is cut off. */
const MAX_TEXT_LENGTH = 1024;

const ROOT = "AnnotatedECG";
const SUBJECT = `${ROOT}/componentOf/timepointEvent/componentOf/subjectAssignment/subject/trialSubject`;
const SUBJECT_NAME = `${SUBJECT}/subjectDemographicPerson/name`;
const SERIES = `${ROOT}/component/series`;
const AUTHOR = `${SERIES}/author/seriesAuthor`;
const DEVICE = `${AUTHOR}/manufacturedSeriesDevice`;
const SET = `${SERIES}/component/sequenceSet`;
const SEQUENCE = `${SET}/component/sequence`;
const VALUE = `${SEQUENCE}/value`;
const DIGITS = `${VALUE}/digits`;

/**
 * Parses an AnnotatedECG (HL7 message type PORT_MT020001). Elements go by their local names: files come with any prefix
 * for HL7's namespace, and without one. A document type is refused, and with it all entities but XML's own.
 *
 * @throws FormatError with the line
 */
export function parseAnnotatedEcg(bytes: Uint8Array): AnnotatedEcg {
  return new Parser().parse(bytes);
}

class Parser {
  private readonly xml = new SaxesParser({ position: false, xmlns: false });
  private readonly ecg: AnnotatedEcg = { subjectName: "" };
  /** The paths of the open elements, from the root. */
  private readonly paths: string[] = [];
  private hasRoot = false;
  private marks = 0;
  /** The number of attributes of the tag that is being read. */
  private attributes = 0;
  /** The open series, if it is read; the open sequence in it. */
  private series: Series | undefined;
  private sequence: Sequence | undefined;
  private digits = "";
  private digitsLine = 0;

  parse(bytes: Uint8Array): AnnotatedEcg {
    const { xml } = this;
    xml.on("error", ({ message }) => this.fail(message.replace(/\.$/, "")));
    xml.on("doctype", () => this.fail("a document type is not taken"));
    xml.on("attribute", () => {
      if (++this.attributes > MAX_ATTRIBUTES) this.fail(`an element has more than ${MAX_ATTRIBUTES} attributes`);
    });
    xml.on("opentag", (tag) => this.open(tag));
    xml.on("text", (text) => this.readText(text));
    xml.on("cdata", (text) => this.readText(text));
    xml.on("closetag", () => this.close());

    const decoder = this.newDecoder(bytes);
    for (let at = 0; at < bytes.length; at += STEP_BYTES) {
      const step = bytes.subarray(at, at + STEP_BYTES);
      this.countMarks(step);
      if (at >= MAX_PROLOG_BYTES && !this.hasRoot)
        this.fail(`there is no element in the first ${MAX_PROLOG_BYTES} bytes`);
      xml.write(this.decode(decoder, step));
    }
    xml.write(this.decode(decoder));
    xml.close();
    return this.ecg;
  }

  private countMarks(bytes: Uint8Array): void {
    for (const byte of bytes) if (byte === LESS_THAN || byte === AMPERSAND) this.marks++;
    if (this.marks > MAX_MARKS) this.fail(`there are more than ${MAX_MARKS} tags and references`);
  }

  private open({ name, attributes }: SaxesTagPlain): void {
    const parent = this.paths.at(-1);
    const local = localName(name);
    if (name.length > MAX_ELEMENT_NAME_LENGTH)
      this.fail(`the name of an element has more than ${MAX_ELEMENT_NAME_LENGTH} characters`);
    if (parent === undefined && local !== ROOT) this.fail(`the root is ${name}, not ${ROOT}`);
    if (parent === DIGITS) this.fail("digits are not made of elements");
    if (this.paths.length >= MAX_DEPTH) this.fail(`elements are nested more than ${MAX_DEPTH} deep`);
    this.hasRoot = true;
    this.attributes = 0;
    const path = parent === undefined ? local : `${parent}/${local}`;
    this.paths.push(path);

    const { ecg, series, sequence } = this;
    const { value, unit, code = "", displayName = "", root, extension } = attributes;
    const line = this.xml.line;
    const time = value ? { value, line } : undefined;
    const quantity = value ? { value, unit, line } : undefined;
    switch (path) {
      case `${ROOT}/effectiveTime`:
      case `${ROOT}/effectiveTime/low`:
      case `${ROOT}/effectiveTime/center`:
        ecg.effectiveTime ??= time;
        break;
      case `${SUBJECT}/id`:
        ecg.subjectId ??= extension || root;
        break;
      case SERIES:
        if (!ecg.rhythm) this.series = newSeries();
        break;
    }
    if (!series) return;
    switch (path) {
      case `${SERIES}/code`:
        series.code = code;
        break;
      case `${SERIES}/effectiveTime`:
      case `${SERIES}/effectiveTime/low`:
      case `${SERIES}/effectiveTime/center`:
        series.effectiveTime ??= time;
        break;
      case `${DEVICE}/id`:
        series.deviceId ||= extension ?? "";
        break;
      case SET:
        series.sets.push([]);
        break;
      case SEQUENCE:
        this.sequence = { code: "", displayName: "", line };
        series.sets.at(-1)?.push(this.sequence);
        break;
    }
    if (!sequence) return;
    switch (path) {
      case `${SEQUENCE}/code`:
        sequence.code = code;
        sequence.displayName = displayName;
        break;
      case `${VALUE}/head`:
        sequence.head = quantity;
        break;
      case `${VALUE}/increment`:
        sequence.increment = quantity;
        break;
      case `${VALUE}/origin`:
        sequence.origin = quantity;
        break;
      case `${VALUE}/scale`:
        sequence.scale = quantity;
        break;
      case DIGITS:
        this.digits = "";
        this.digitsLine = line;
        break;
    }
  }

  private readText(text: string): void {
    const path = this.paths.at(-1) ?? "";
    if (path.startsWith(SUBJECT_NAME)) this.ecg.subjectName = join(this.ecg.subjectName, text);
    const { series } = this;
    if (!series) return;
    if (path === DIGITS) this.digits += text;
    else if (path === `${AUTHOR}/manufacturerOrganization/name`) series.manufacturer = join(series.manufacturer, text);
    else if (path === `${DEVICE}/manufacturerModelName`) series.model = join(series.model, text);
    else if (path === `${DEVICE}/softwareName`) series.software = join(series.software, text);
  }

  private close(): void {
    const path = this.paths.pop();
    if (path === DIGITS && this.sequence) {
      this.sequence.samples = this.parseDigits();
      this.digits = "";
    } else if (path === SEQUENCE) this.sequence = undefined;
    else if (path === SERIES) {
      if (this.series && this.series.code !== "REPRESENTATIVE_BEAT") this.ecg.rhythm = this.series;
      this.series = undefined;
    }
  }

  private parseDigits(): Int32Array {
    const text = this.digits;
    const list = parseNumberList(text, 0, "", ({ token, offset }) => {
      const line = this.digitsLine + text.slice(0, offset).split("\n").length - 1;
      throw new FormatError(`line ${line}`, `the digits have ${JSON.stringify(token)}, which is no integer of 32 bits`);
    });
    return list.samples;
  }

  private newDecoder(bytes: Uint8Array): TextDecoder {
    const encoding = findEncoding(bytes);
    try {
      return new TextDecoder(encoding, { fatal: true, ignoreBOM: false });
    } catch {
      this.fail(`the encoding ${encoding} is not known`);
    }
  }

  /** Decodes some bytes; without bytes, the characters that are left at the end. */
  private decode(decoder: TextDecoder, bytes?: Uint8Array): string {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      this.fail(`what follows is not ${decoder.encoding}`);
    }
  }

  private fail(message: string): never {
    throw new FormatError(`line ${this.xml.line}`, message);
  }
}

/**
 * The encoding of a file: by the byte order mark or the bytes of its first `<`, else by the XML declaration in ASCII.
 */
function findEncoding(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return "utf-16be";
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 256));
  const declared = /^(?:\u00ef\u00bb\u00bf)?<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1];
  // It can be read as ASCII: whoever declares UTF-16 there wrote it into a string first.
  return declared === undefined || /^utf-?16/i.test(declared) ? "utf-8" : declared;
}

function newSeries(): Series {
  return { code: "", manufacturer: "", model: "", software: "", deviceId: "", sets: [] };
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function join(text: string, more: string): string {
  if (text.length > MAX_TEXT_LENGTH) return text;
  return `${text} ${more.slice(0, MAX_TEXT_LENGTH).trim()}`.trim();
}
