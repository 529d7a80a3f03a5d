import dicomParser, {
  type ByteArrayParser,
  type Element,
  type DataSet as Parsed,
  type ByteStream as ParserStream,
} from "dicom-parser";
import { Inflate } from "fflate";
import { FormatError, PREFIX_BYTES } from "../format.ts";
import { joinBytes } from "../join-bytes.ts";
import { MAX_WHOLE_BYTES } from "../read-whole.ts";
import { ATTRIBUTES, type Keyword, TRANSFER_SYNTAXES, toPlace } from "./attributes.ts";
import { decodeExtended, findCharset } from "./charset.ts";

/** The attributes of a file, or of an item in a sequence. */
export type DataSet = { elements: Readonly<Record<string, Element>>; encoding: Encoding };

type Encoding = {
  bytes: Uint8Array;
  isLittleEndian: boolean;
  /** The charset of texts; empty for ASCII. */
  charset: string;
  /** Sentences for the sender on texts whose charset was guessed. */
  notes: Set<string>;
};

/** The length of the preamble (PS3.10, section 7.1). */
const PREAMBLE_BYTES = 128;
/**
 * The most numbers of 16 bits that dicom-parser may read. It reads up to five for each element and makes an object of
 * it: at worst these take 50 MB.
 */
const MAX_NUMBERS = 500_000;
/**
 * The bytes of a text that are read: texts have up to 64 characters (PS3.5, table 6.2-1), and names three times as many,
 * of up to four bytes.
 */
const MAX_TEXT_BYTES = 1024;
/** The value representations of texts in the data set's charset (PS3.5, section 6.1.2.3); all others are in ASCII. */
const TEXT_VRS = ["SH", "LO", "PN"];
/** Bytes of a deflated data set that are inflated at a time: deflate makes up to a thousand times as many of them. */
const STEP_BYTES = 4096;
/** Against decompression bombs: a data set may inflate to FREE_BYTES, and beyond them to MAX_RATIO times its bytes. */
const FREE_BYTES = 1024 * 1024;
/** No signal packs to a two-hundredth, but bombs do. */
const MAX_RATIO = 200;

/** Whether a file begins as DICOM: with a preamble and "DICM", or at once with attributes of group 2 or 8. */
export function isDicom(prefix: Uint8Array): boolean {
  if (hasPreamble(prefix)) return true;
  if (prefix.length < 16) return false;
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.length);
  const group = view.getUint16(0, true);
  const element = view.getUint16(2, true);
  if (!((group === 2 && element <= 1) || (group === 8 && element <= 0x18))) return false;
  const isExplicit = hasVr(prefix, 0);
  const length = isExplicit ? view.getUint16(6, true) : view.getUint32(4, true);
  const next = 8 + length;
  if (length % 2 !== 0 || length > 64 || next + 4 > prefix.length) return false;
  return view.getUint16(next, true) === group && view.getUint16(next + 2, true) > element;
}

/** The Media Storage SOP Class UID in the file meta information, which is in explicit VR; empty when there is none. */
export function findStorageClass(file: Uint8Array): string {
  if (!hasPreamble(file)) return "";
  const meta = String.fromCharCode(...file.subarray(PREAMBLE_BYTES, PREFIX_BYTES));
  const [, behind = ""] = meta.split("\x02\0\x02\0UI");
  return /^[\d.]+/.exec(behind.slice(2))?.[0] ?? "";
}

/**
 * Reads the data set of a file (PS3.10, chapter 7), with or without the preamble and the file meta information.
 *
 * @throws FormatError
 */
export function readDataSet(file: Uint8Array): DataSet {
  const { transferSyntax, end } = readFileMeta(file);
  const isDeflated = transferSyntax === TRANSFER_SYNTAXES.deflatedExplicitLittleEndian;
  const isLittleEndian = transferSyntax !== TRANSFER_SYNTAXES.explicitBigEndian;
  const isImplicit = transferSyntax === TRANSFER_SYNTAXES.implicitLittleEndian;
  if (!(Object.values(TRANSFER_SYNTAXES) as string[]).includes(transferSyntax)) {
    throw new FormatError(toPlace("TransferSyntaxUID"), `${transferSyntax} is none that waveforms are stored in`);
  }
  const bytes = isDeflated ? inflate(file, end) : file;
  const elements: Record<string, Element> = {};
  read(bytes, isDeflated ? 0 : end, isLittleEndian, (stream) => {
    // What dicom-parser takes for a data set is a class of its own, of which it only uses these.
    const into = { elements, warnings: [] as string[] } as Parsed;
    if (isImplicit) {
      dicomParser.parseDicomDataSetImplicit(into, stream, bytes.length, { untilTag: "", vrCallback: findVr });
    } else dicomParser.parseDicomDataSetExplicit(into, stream, bytes.length);
  });
  const set = { elements, encoding: { bytes, isLittleEndian, charset: "", notes: new Set<string>() } };
  const term = findText(set, "SpecificCharacterSet");
  const charset = findCharset(term);
  set.encoding.charset = charset ?? "";
  if (charset === undefined)
    set.encoding.notes.add(
      `The Specific Character Set ${JSON.stringify(term)} is not known: texts may have other letters.`,
    );
  return set;
}

/** The text of an attribute without padding, the first of several; empty when there is none. */
export function findText(set: DataSet, keyword: Keyword): string {
  const { charset, notes } = set.encoding;
  const padded = findBytes(set, keyword)?.subarray(0, MAX_TEXT_BYTES) ?? new Uint8Array(0);
  const end = padded.indexOf(0);
  const bytes = end < 0 ? padded : padded.subarray(0, end);
  const vr = ATTRIBUTES[keyword].slice(-2);
  if (!TEXT_VRS.includes(vr))
    return String.fromCharCode(...bytes)
      .split("\\", 1)[0]
      .trim();
  const { text, isGuessed } = decodeExtended(bytes, charset, vr === "PN");
  if (isGuessed)
    notes.add("Texts are not of the Specific Character Set: they were read as UTF-8, or else as windows-1252.");
  return text.split("\\", 1)[0].trim();
}

/**
 * The number of an attribute of 16 or 32 bits; undefined when there is none.
 *
 * @throws FormatError for another length
 */
export function findUnsigned(set: DataSet, keyword: Keyword): number | undefined {
  const bytes = findBytes(set, keyword);
  if (!bytes || bytes.length === 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length === 2) return view.getUint16(0, set.encoding.isLittleEndian);
  if (bytes.length === 4) return view.getUint32(0, set.encoding.isLittleEndian);
  throw new FormatError(toPlace(keyword), `is ${bytes.length} bytes long, which is no number`);
}

/**
 * The number of an attribute that must be there.
 *
 * @throws FormatError
 */
export function requireUnsigned(set: DataSet, keyword: Keyword): number {
  const value = findUnsigned(set, keyword);
  if (value === undefined) throw new FormatError(toPlace(keyword), "is missing");
  return value;
}

/** Whether there is an attribute with a value. */
export function hasValue({ elements }: DataSet, keyword: Keyword): boolean {
  return (elements[toKey(keyword)]?.length ?? 0) > 0;
}

/** The items of a sequence; none if there is no such sequence. */
export function findItems(set: DataSet, keyword: Keyword): DataSet[] {
  const element = set.elements[toKey(keyword)];
  if (!element || element.length === 0) return [];
  if (!element.items) throw new FormatError(toPlace(keyword), "is no sequence");
  return element.items.map(({ dataSet }) => ({ elements: dataSet?.elements ?? {}, encoding: set.encoding }));
}

/** A view of the bytes of an attribute. */
export function findBytes({ elements, encoding }: DataSet, keyword: Keyword): Uint8Array | undefined {
  const element = elements[toKey(keyword)];
  if (!element) return undefined;
  const { dataOffset, length } = element;
  const { bytes } = encoding;
  if (length > bytes.length - dataOffset) {
    const left = Math.max(0, bytes.length - dataOffset);
    throw new FormatError(toPlace(keyword), `${length} bytes do not fit into the ${left} that are left`);
  }
  return bytes.subarray(dataOffset, dataOffset + length);
}

/** Reads the transfer syntax, and where the data set begins. */
function readFileMeta(file: Uint8Array): { transferSyntax: string; end: number } {
  const start = hasPreamble(file) ? PREAMBLE_BYTES + 4 : 0;
  const elements: Record<string, Element> = {};
  let end = start;
  read(file, start, true, (stream) => {
    while (end < file.length && isOfGroup2(file, end)) {
      const element = dicomParser.readDicomElementExplicit(stream, []);
      elements[element.tag] = element;
      end = stream.position;
    }
  });
  const meta = { elements, encoding: { bytes: file, isLittleEndian: true, charset: "", notes: new Set<string>() } };
  // Without file meta information it is implicit by default (PS3.5, section 10.1), though some leave off just the meta.
  const { implicitLittleEndian, explicitLittleEndian } = TRANSFER_SYNTAXES;
  const guess = hasVr(file, end) ? explicitLittleEndian : implicitLittleEndian;
  return { transferSyntax: findText(meta, "TransferSyntaxUID") || guess, end };
}

/**
 * Lets dicom-parser read, and makes a FormatError of all that it throws: texts, errors, and the end of the call stack.
 */
function read(bytes: Uint8Array, start: number, isLittleEndian: boolean, parse: (stream: ParserStream) => void): void {
  if (start >= bytes.length) throw new FormatError(`byte ${start}`, "the file ends where its attributes should begin");
  const parser = isLittleEndian ? dicomParser.littleEndianByteArrayParser : dicomParser.bigEndianByteArrayParser;
  const stream = new dicomParser.ByteStream(limitNumbers(parser), bytes, start);
  try {
    parse(stream);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    const isTooDeep = error instanceof RangeError;
    const reason = error instanceof Error ? error.message : String(error).replace(/^\w+[.:][\w.]*(:| -)? */, "");
    const message = isTooDeep ? "sequences are nested too deeply" : `the attributes are damaged: ${reason}`;
    throw new FormatError(`byte ${stream.position}`, message);
  }
}

/** A parser that throws after MAX_NUMBERS numbers. */
function limitNumbers(parser: ByteArrayParser): ByteArrayParser {
  let left = MAX_NUMBERS;
  return {
    ...parser,
    readUint16: (bytes, position) => {
      if (left-- === 0) throw new FormatError(`byte ${position}`, "there are more attributes than an ECG has");
      return parser.readUint16(bytes, position);
    },
  };
}

/**
 * The value representation of a tag, for data sets that name none. Without it, samples that look like the tag of an
 * item would pass for a sequence.
 */
function findVr(tag: string): string {
  // dicom-parser takes undefined for a tag that is not known, though its types do not say so.
  return VR_BY_KEY.get(tag) as string;
}

/** The value representations of attributes by dicom-parser's tags. */
const VR_BY_KEY = new Map(
  (Object.keys(ATTRIBUTES) as Keyword[]).map((keyword) => [toKey(keyword), ATTRIBUTES[keyword].slice(-2)]),
);

/**
 * Inflates a data set.
 *
 * @throws FormatError also if it is larger than a file may be, or packed as no signal is
 */
function inflate(file: Uint8Array, start: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new Inflate((part) => {
    parts.push(part);
    length += part.length;
  });
  for (let position = start; position < file.length; position += STEP_BYTES) {
    const next = Math.min(position + STEP_BYTES, file.length);
    try {
      stream.push(file.subarray(position, next), next === file.length);
    } catch (error) {
      throw new FormatError(`byte ${position}`, `the data set cannot be inflated: ${(error as Error).message}`);
    }
    if (length > Math.min(MAX_WHOLE_BYTES, FREE_BYTES + MAX_RATIO * (next - start))) {
      throw new FormatError(`byte ${position}`, "the data set inflates to more than is read");
    }
  }
  return joinBytes(parts);
}

function hasPreamble(file: Uint8Array): boolean {
  return String.fromCharCode(...file.subarray(PREAMBLE_BYTES, PREAMBLE_BYTES + 4)) === "DICM";
}

function isOfGroup2(file: Uint8Array, position: number): boolean {
  return file[position] === 2 && file[position + 1] === 0;
}

/** Whether the element at `position` names its value representation. */
function hasVr(file: Uint8Array, position: number): boolean {
  return /^[A-Z]{2}$/.test(String.fromCharCode(...file.subarray(position + 4, position + 6)));
}

/** A tag as dicom-parser writes it: `x54000100`. */
function toKey(keyword: Keyword): string {
  return `x${ATTRIBUTES[keyword].slice(0, 4)}${ATTRIBUTES[keyword].slice(5, 9)}`;
}
