import { FormatError } from "../format.ts";
import { parseNumberList } from "../number-list.ts";
import { parseXml } from "../xml.ts";

/** The elements of an AnnotatedECG that are read, with their texts. */
export type AnnotatedEcg = {
  effectiveTime?: TimeText;
  /** The extension of the trial subject's id, or its root if it has no extension. */
  subjectId?: string;
  subjectName: string;
  /** The person's id where a maker has it, beside the name and not in the schema. */
  ownSubjectId: string;
  /** The first series that is no representative beat. */
  rhythm?: Series;
  /** The number of series that are not read: beats, and those behind the first. */
  otherSeries: number;
  hasAnnotations: boolean;
  /** A sentence for the sender where the file is not in the encoding that it says. */
  encodingNote?: string;
};

/** A series, as far as it is read: its sequences by the sets that they are in. */
export type Series = {
  code: string;
  effectiveTime?: TimeText;
  manufacturer: string;
  model: string;
  software: string;
  deviceId: string;
  /** The filters that were on, such as `LOW_PASS 35 Hz`. */
  filters: string[];
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

/** HL7's `PQ`, a value and its unit as texts, and the line that it is in. */
export type Quantity = { value: string; unit: string | undefined; line: number };
/** HL7's `TS`: `YYYYMMDDhhmmss.mmm+zzzz`, whose end may be left out. */
export type TimeText = { value: string; line: number };

/** The most filters of a series that are read. */
const MAX_FILTERS = 16;
/** The longest text that names something, in UTF-16 code units. More is cut off. */
const MAX_TEXT_LENGTH = 1024;

const ROOT = "AnnotatedECG";
const SUBJECT = `${ROOT}/componentOf/timepointEvent/componentOf/subjectAssignment/subject/trialSubject`;
const SUBJECT_NAME = `${SUBJECT}/subjectDemographicPerson/name`;
/** Mindray's element for the person's id. */
const OWN_SUBJECT_ID = `${SUBJECT}/subjectDemographicPerson/PatientID`;
const SERIES = `${ROOT}/component/series`;
const AUTHOR = `${SERIES}/author/seriesAuthor`;
const DEVICE = `${AUTHOR}/manufacturedSeriesDevice`;
/** What was chosen of a series, such as a filter; its values are components of it. */
const CONTROL = `${SERIES}/controlVariable/controlVariable`;
const SET = `${SERIES}/component/sequenceSet`;
const SEQUENCE = `${SET}/component/sequence`;
const VALUE = `${SEQUENCE}/value`;
const DIGITS = `${VALUE}/digits`;

/**
 * Parses an AnnotatedECG (HL7 message type PORT_MT020001).
 *
 * @throws FormatError with the line
 */
export function parseAnnotatedEcg(bytes: Uint8Array): AnnotatedEcg {
  const parser = new Parser();
  const encodingNote = parseXml(bytes, { root: ROOT }, parser);
  return { ...parser.ecg, encodingNote };
}

/** An element that begins: the names from the root down to its own, and its line. */
type OpenElement = { path: string; attributes: Record<string, string>; line: number };

class Parser {
  readonly ecg: AnnotatedEcg = { subjectName: "", ownSubjectId: "", otherSeries: 0, hasAnnotations: false };
  /** The open series, if it is read; the open sequence in it. */
  private series: Series | undefined;
  private sequence: Sequence | undefined;
  /** The open filter, with its values; empty outside of one. */
  private filter = "";
  private digits = "";
  private digitsLine = 0;

  open(path: string, attributes: Record<string, string>, line: number): void {
    if (path.startsWith(`${DIGITS}/`)) throw new FormatError(`line ${line}`, "digits are not made of elements");
    const { series, sequence } = this;
    const element = { path, attributes, line };
    this.openInDocument(element);
    if (series) this.openInSeries(series, element);
    if (sequence) this.openInSequence(sequence, element);
  }

  private openInDocument({ path, attributes, line }: OpenElement): void {
    const { ecg } = this;
    switch (path) {
      case `${ROOT}/effectiveTime`:
      case `${ROOT}/effectiveTime/low`:
      case `${ROOT}/effectiveTime/center`:
        ecg.effectiveTime ??= toTimeText(attributes, line);
        break;
      case `${SUBJECT}/id`:
        ecg.subjectId ??= attributes.extension || attributes.root;
        break;
      case SERIES:
        if (ecg.rhythm) ecg.otherSeries++;
        else this.series = newSeries();
        break;
    }
    if (path.endsWith("/derivedSeries")) ecg.otherSeries++;
    if (path.endsWith("/annotationSet")) ecg.hasAnnotations = true;
  }

  private openInSeries(series: Series, { path, attributes, line }: OpenElement): void {
    switch (path) {
      case `${SERIES}/code`:
        series.code = attributes.code ?? "";
        break;
      case `${SERIES}/effectiveTime`:
      case `${SERIES}/effectiveTime/low`:
      case `${SERIES}/effectiveTime/center`:
        series.effectiveTime ??= toTimeText(attributes, line);
        break;
      case `${DEVICE}/id`:
        series.deviceId ||= attributes.extension ?? "";
        break;
      case CONTROL:
        this.filter = "";
        break;
      case `${CONTROL}/code`:
        this.filter = /_FILTER_(\w{1,32})$/.exec(attributes.code ?? "")?.[1] ?? "";
        break;
      case `${CONTROL}/component/controlVariable/value`:
        if (this.filter !== "") this.filter = join(this.filter, `${attributes.value ?? ""} ${attributes.unit ?? ""}`);
        break;
      case SET:
        series.sets.push([]);
        break;
      case SEQUENCE:
        this.sequence = { code: "", displayName: "", line };
        series.sets.at(-1)?.push(this.sequence);
        break;
    }
  }

  private openInSequence(sequence: Sequence, { path, attributes, line }: OpenElement): void {
    switch (path) {
      case `${SEQUENCE}/code`:
        sequence.code = attributes.code ?? "";
        sequence.displayName = attributes.displayName ?? "";
        break;
      case `${VALUE}/head`:
        sequence.head = toQuantity(attributes, line);
        break;
      case `${VALUE}/increment`:
        sequence.increment = toQuantity(attributes, line);
        break;
      case `${VALUE}/origin`:
        sequence.origin = toQuantity(attributes, line);
        break;
      case `${VALUE}/scale`:
        sequence.scale = toQuantity(attributes, line);
        break;
      case DIGITS:
        this.digits = "";
        this.digitsLine = line;
        break;
    }
  }

  text(path: string, text: string): void {
    if (path.startsWith(SUBJECT_NAME)) this.ecg.subjectName = join(this.ecg.subjectName, text);
    if (path === OWN_SUBJECT_ID) this.ecg.ownSubjectId = join(this.ecg.ownSubjectId, text);
    const { series } = this;
    if (!series) return;
    if (path === DIGITS) this.digits += text;
    else if (path === `${AUTHOR}/manufacturerOrganization/name`) series.manufacturer = join(series.manufacturer, text);
    else if (path === `${DEVICE}/manufacturerModelName`) series.model = join(series.model, text);
    else if (path === `${DEVICE}/softwareName`) series.software = join(series.software, text);
  }

  close(path: string): void {
    if (path === DIGITS && this.sequence) {
      this.sequence.samples = this.parseDigits();
      this.digits = "";
    } else if (path === SEQUENCE) this.sequence = undefined;
    else if (path === CONTROL && this.series && this.filter !== "" && this.series.filters.length < MAX_FILTERS)
      this.series.filters.push(this.filter);
    else if (path === SERIES) {
      if (this.series?.code === "REPRESENTATIVE_BEAT") this.ecg.otherSeries++;
      else if (this.series) this.ecg.rhythm = this.series;
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
}

function toTimeText({ value }: Record<string, string>, line: number): TimeText | undefined {
  return value ? { value, line } : undefined;
}

function toQuantity({ value, unit }: Record<string, string>, line: number): Quantity | undefined {
  return value ? { value, unit, line } : undefined;
}

function newSeries(): Series {
  return { code: "", manufacturer: "", model: "", software: "", deviceId: "", filters: [], sets: [] };
}

function join(text: string, more: string): string {
  if (text.length > MAX_TEXT_LENGTH) return text;
  return `${text} ${more.slice(0, MAX_TEXT_LENGTH).trim()}`.trim();
}
