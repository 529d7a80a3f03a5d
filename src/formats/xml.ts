import { SaxesParser, type SaxesTagPlain } from "saxes";
import { FormatError } from "./format.ts";
import { decodeText, isCharset } from "./text.ts";

/** The callbacks for a document as it is parsed. A path has the local names of the open elements: `root/child/leaf`. */
export type XmlHandler = {
  /** @param line that of the end of the tag */
  open: (path: string, attributes: Record<string, string>, line: number) => void;
  /** Takes a part of the text of the innermost element. The path is empty outside of the root. */
  text: (path: string, text: string) => void;
  close: (path: string) => void;
};

/** What a reader of XML is after. */
export type XmlRules = {
  /** The local name of the root. */
  root: string;
  /**
   * Whether a document type that only names a file is taken. That file is never fetched. Declarations in the document
   * are refused in any case, and with them all entities but XML's own.
   */
  takesExternalType?: boolean;
};

/** The encoding of bytes that are in no other, as decoders call it. */
const WINDOWS_1252 = "windows-1252";
const LESS_THAN = 0x3c;
const AMPERSAND = 0x26;
/** The bytes that are parsed at a time. */
const STEP_BYTES = 64 * 1024;
/** The deepest nesting of elements: the documents of ECGs have a dozen levels. */
const MAX_DEPTH = 64;
/** The most tags, references and comments: each costs far more than its few bytes. */
const MAX_MARKS = 1_000_000;
/** The most bytes before the root: some comments, and no document type that goes on and on. */
const MAX_PROLOG_BYTES = 4 * STEP_BYTES;
/** The most attributes of an element. */
const MAX_ATTRIBUTES = 32;
/** The longest name of an element, in UTF-16 code units. */
const MAX_ELEMENT_NAME_LENGTH = 128;
/** A document type without declarations of its own, as it stands behind `<!DOCTYPE`. */
const EXTERNAL_TYPE =
  /^\s*[^\s"'[\]]+(?:\s+SYSTEM\s*(?:"[^"]*"|'[^']*')|\s+PUBLIC\s*(?:"[^"]*"|'[^']*')\s*(?:"[^"]*"|'[^']*'))?\s*$/;

/**
 * Parses an XML document. Elements go by their local names: files come with any prefix for a namespace, and without one.
 * One that is not in the encoding that it says is UTF-8 or else windows-1252, as all texts are.
 *
 * @returns a note for the sender on such an encoding
 * @throws FormatError with the line, and what the handler throws
 */
export function parseXml(bytes: Uint8Array, rules: XmlRules, handler: XmlHandler): string | undefined {
  const said = findEncoding(bytes);
  const encoding = [said, "utf-8"].find((encoding) => isIn(encoding, bytes)) ?? WINDOWS_1252;
  new Parser(rules, handler).parse(bytes, encoding);
  if (encoding === said) return undefined;
  return `The file is not in the encoding ${said}: it was read as ${encoding === "utf-8" ? "UTF-8" : encoding}.`;
}

/** Whether bytes are in an encoding that is known. UTF-16 is told by its first bytes: nothing else begins so. */
function isIn(encoding: string, bytes: Uint8Array): boolean {
  if (!isCharset(encoding)) return false;
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: false });
  if (/^utf-16/.test(decoder.encoding)) return true;
  try {
    for (let at = 0; at < bytes.length; at += STEP_BYTES)
      decoder.decode(bytes.subarray(at, at + STEP_BYTES), { stream: true });
    decoder.decode();
    return true;
  } catch {
    return false;
  }
}

/** The local name of a document's root, from its first bytes; undefined for what is no XML. Never throws. */
export function findRootName(prefix: Uint8Array): string | undefined {
  if (!prefix.includes(LESS_THAN)) return undefined;
  // UTF-16 is ASCII with zeros between.
  const text = new TextDecoder("latin1").decode(prefix).replaceAll("\0", "");
  const bare = text
    .replace(/<!--[\s\S]*?(?:-->|$)|<\?[\s\S]*?(?:\?>|$)/g, "")
    .replace(/<!DOCTYPE[^>[]*(?:\[[^\]]*\]\s*)?>/, "");
  const name = /^(?:\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)?\s*<([\w.:-]+)[\s>/]/.exec(bare)?.[1];
  return name === undefined ? undefined : localName(name);
}

class Parser {
  private readonly xml = new SaxesParser({ position: false, xmlns: false });
  private readonly rules: XmlRules;
  private readonly handler: XmlHandler;
  /** The paths of the open elements, from the root. */
  private readonly paths: string[] = [];
  private hasRoot = false;
  private marks = 0;
  /** The number of attributes of the tag that is being read. */
  private attributes = 0;

  constructor(rules: XmlRules, handler: XmlHandler) {
    this.rules = rules;
    this.handler = handler;
  }

  parse(bytes: Uint8Array, encoding: string): void {
    const { xml, handler } = this;
    xml.on("error", ({ message }) => this.fail(message.replace(/\.$/, "")));
    xml.on("doctype", (type) => this.checkType(type));
    xml.on("attribute", () => {
      if (++this.attributes > MAX_ATTRIBUTES) this.fail(`an element has more than ${MAX_ATTRIBUTES} attributes`);
    });
    xml.on("opentag", (tag) => this.open(tag));
    xml.on("text", (text) => handler.text(this.paths.at(-1) ?? "", text));
    xml.on("cdata", (text) => handler.text(this.paths.at(-1) ?? "", text));
    xml.on("closetag", () => handler.close(this.paths.pop() ?? ""));

    const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: false });
    for (let at = 0; at < bytes.length; at += STEP_BYTES) {
      const step = bytes.subarray(at, at + STEP_BYTES);
      this.countMarks(step);
      if (at >= MAX_PROLOG_BYTES && !this.hasRoot)
        this.fail(`there is no element in the first ${MAX_PROLOG_BYTES} bytes`);
      xml.write(this.decode(decoder, step));
    }
    xml.write(this.decode(decoder));
    xml.close();
  }

  private countMarks(bytes: Uint8Array): void {
    for (const byte of bytes) if (byte === LESS_THAN || byte === AMPERSAND) this.marks++;
    if (this.marks > MAX_MARKS) this.fail(`there are more than ${MAX_MARKS} tags and references`);
  }

  private checkType(type: string): void {
    if (!this.rules.takesExternalType) this.fail("a document type is not taken");
    if (!EXTERNAL_TYPE.test(type)) this.fail("a document type with declarations of its own is not taken");
  }

  private open({ name, attributes }: SaxesTagPlain): void {
    const parent = this.paths.at(-1);
    const local = localName(name);
    if (name.length > MAX_ELEMENT_NAME_LENGTH)
      this.fail(`the name of an element has more than ${MAX_ELEMENT_NAME_LENGTH} characters`);
    const { root } = this.rules;
    if (parent === undefined && local !== root) this.fail(`the root is ${name}, not ${root}`);
    if (this.paths.length >= MAX_DEPTH) this.fail(`elements are nested more than ${MAX_DEPTH} deep`);
    this.hasRoot = true;
    this.attributes = 0;
    const path = parent === undefined ? local : `${parent}/${local}`;
    this.paths.push(path);
    this.handler.open(path, attributes, this.xml.line);
  }

  /** Decodes some bytes; without bytes, the characters that are left at the end. */
  private decode(decoder: TextDecoder, bytes?: Uint8Array): string {
    if (decoder.encoding === WINDOWS_1252) return decodeText(bytes ?? new Uint8Array(0), WINDOWS_1252);
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
  // An editor that saves a file as UTF-8 puts the mark before it, and leaves the declaration as it was.
  if (start.startsWith("\u00ef\u00bb\u00bf")) return "utf-8";
  const declared = /^<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1];
  // It can be read as ASCII: whoever declares UTF-16 there wrote it into a string first.
  return declared === undefined || /^utf-?16/i.test(declared) ? "utf-8" : declared;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
