import { FormatError } from "./format.ts";
import { parseXml, type XmlRules } from "./xml.ts";

/** An element of a document with those of its children that were asked for. */
export type XmlElement = {
  /** The local name. */
  name: string;
  attributes: Record<string, string>;
  /** The text directly in it, without white space at its ends. */
  text: string;
  /** The line of its start tag's end. */
  line: number;
  /** The line on which its text begins. */
  textLine: number;
  children: XmlElement[];
  /** Whether there are elements in it that were not asked for. */
  hasOthers: boolean;
};

/** The elements of a file that a reader names. */
type XmlTree = {
  root: XmlElement;
  /** The paths below the root of the elements that were passed over, without those inside of them. */
  skipped: ReadonlySet<string>;
};

/** The most elements of a tree: 64 leads with all that is said of them are a tenth of it. */
const MAX_ELEMENTS = 20_000;
/** The most paths of skipped elements that are remembered. */
const MAX_SKIPPED = 1000;
/** The characters that an error or a note shows of a text. */
const MAX_SHOWN_LENGTH = 64;

/**
 * Parses a document and keeps the elements of some paths: a few fields and the samples of what may be a large report.
 *
 * @param paths of elements below the root: `Waveform/LeadData/LeadID`. Those on the way to them are kept, too
 * @throws FormatError with the line
 */
export function parseXmlTree(bytes: Uint8Array, rules: XmlRules, paths: readonly string[]): XmlTree {
  const kept = withParents(paths);
  const top = newElement("", {}, 0);
  /** The open elements that are kept, the innermost last. */
  const open = [top];
  /** The path of the outermost open element that is skipped. */
  let skipping: string | undefined;
  const skipped = new Set<string>();
  let count = 0;
  parseXml(bytes, rules, {
    open: (path, attributes, line) => {
      if (skipping !== undefined) return;
      const below = path.slice(rules.root.length + 1);
      const parent = open[open.length - 1];
      if (!kept.has(below)) {
        skipping = path;
        parent.hasOthers = true;
        if (skipped.size < MAX_SKIPPED) skipped.add(below);
        return;
      }
      if (++count > MAX_ELEMENTS) {
        throw new FormatError(
          `line ${line}`,
          `there are more than ${MAX_ELEMENTS} elements that say something of samples`,
        );
      }
      const element = newElement(path.slice(path.lastIndexOf("/") + 1), attributes, line);
      parent.children.push(element);
      open.push(element);
    },
    text: (_, text) => {
      if (skipping === undefined) open[open.length - 1].text += text;
    },
    close: (path) => {
      if (skipping === undefined) {
        const element = open.pop();
        if (!element) return;
        const text = element.text.trimStart();
        const before = element.text.slice(0, element.text.length - text.length);
        element.textLine += before.split("\n").length - 1;
        element.text = text.trimEnd();
      } else if (skipping === path) skipping = undefined;
    },
  });
  return { root: top.children[0], skipped };
}

/** All elements at a path below an element. */
export function findElements(element: XmlElement, path: string): XmlElement[] {
  return path
    .split("/")
    .reduce(
      (found, name) => found.flatMap(({ children }) => children.filter((child) => child.name === name)),
      [element],
    );
}

/** The first element at a path that has a text. */
export function findText(element: XmlElement, path: string): XmlElement | undefined {
  return findElements(element, path).find(({ text }) => text !== "");
}

/** A text for an error or a note, cut to what can be read at a glance. */
export function quoteText(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}...` : text);
}

/** The text of an element that has nothing else in it. */
export function plainText({ name, text, line, hasOthers }: XmlElement): string {
  if (hasOthers) throw new FormatError(`line ${line}`, `${name} has elements among its samples`);
  return text;
}

/** The bytes that an element has in base64. */
export function decodeBase64(element: XmlElement): Uint8Array {
  const text = plainText(element);
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new FormatError(`line ${element.line}`, `${element.name} is not in base64`);
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/**
 * Notes on what of a document is not kept: sections by their names, and those that are kept in part.
 *
 * @param skipped the paths of elements that were passed over
 */
export function noteSkipped(skipped: ReadonlySet<string>): string[] {
  const whole = [...skipped].filter((path) => !path.includes("/"));
  const inPart = new Set(
    [...skipped].filter((path) => path.includes("/")).map((path) => path.slice(0, path.lastIndexOf("/"))),
  );
  return [
    ...(whole.length > 0 ? [`Not kept: ${listNames(whole)}.`] : []),
    ...(inPart.size > 0 ? [`Kept in part: ${listNames([...inPart])}.`] : []),
  ];
}

/** Names in a note, some of them if they are many. */
function listNames(names: readonly string[]): string {
  const MOST = 12;
  const shown = names.slice(0, MOST).join(", ");
  return names.length > MOST ? `${shown} and ${names.length - MOST} more` : shown;
}

function newElement(name: string, attributes: Record<string, string>, line: number): XmlElement {
  return { name, attributes, text: "", line, textLine: line, children: [], hasOthers: false };
}

/** The paths and those of all elements around them, and the root's, which is empty. */
function withParents(paths: readonly string[]): Set<string> {
  const all = new Set([""]);
  for (const path of paths) {
    const names = path.split("/");
    for (let count = 1; count <= names.length; count++) all.add(names.slice(0, count).join("/"));
  }
  return all;
}
