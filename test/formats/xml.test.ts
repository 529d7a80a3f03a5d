import { describe, expect, it } from "vitest";
import { findRootName, parseXml, type XmlHandler } from "../../src/formats/xml.ts";
import {
  decodeBase64,
  findElements,
  findText,
  noteSkipped,
  parseXmlTree,
  type XmlElement,
} from "../../src/formats/xml-tree.ts";

const NOTHING: XmlHandler = { open: () => {}, text: () => {}, close: () => {} };
const encode = (text: string) => new TextEncoder().encode(text);
const toUtf16 = (text: string) => new Uint8Array(Uint16Array.from(text, (letter) => letter.charCodeAt(0)).buffer);

describe("the root", () => {
  it.each([
    { name: "an element alone", text: "<ecg/>", root: "ecg" },
    { name: "a prefix", text: '<?xml version="1.0"?><a:ecg x="<b>">', root: "ecg" },
    { name: "dots in a name", text: "<com.acme.Ecg>", root: "com.acme.Ecg" },
    { name: "a comment with another element", text: "<!-- <b> --><ecg>", root: "ecg" },
    { name: "a document type", text: '<!DOCTYPE ecg SYSTEM "ecg.dtd">\n<ecg>', root: "ecg" },
    { name: "declarations", text: '<!DOCTYPE ecg [<!ENTITY a "<b>">\n]>\n<ecg>', root: "ecg" },
    { name: "a comment that does not end", text: "<!-- <b>", root: undefined },
    { name: "a tag that does not end", text: "<ecg", root: undefined },
    { name: "text", text: "ECG <ecg>", root: undefined },
    { name: "nothing", text: "", root: undefined },
  ])("is found behind $name", ({ text, root }) => {
    expect(findRootName(encode(text))).toBe(root);
    expect(findRootName(encode(`\ufeff${text}`))).toBe(root);
    expect(findRootName(toUtf16(`\ufeff${text}`))).toBe(root);
    expect(findRootName(toUtf16(text))).toBe(root);
  });
});

describe("the encoding", () => {
  it("is UTF-8 behind its byte order mark, whatever a declaration says that an editor left as it was", () => {
    const texts: string[] = [];
    const handler = { ...NOTHING, text: (_: string, text: string) => texts.push(text) };
    const text = '\ufeff<?xml version="1.0" encoding="ISO-8859-1"?><ecg>f\u00fcr</ecg>';
    expect([parseXml(encode(text), { root: "ecg" }, handler), texts]).toEqual([undefined, ["f\u00fcr"]]);
  });
});

describe("a document type", () => {
  const parse = (type: string, takesExternalType = true) =>
    parseXml(encode(`${type}<ecg>&lt;</ecg>`), { root: "ecg", takesExternalType }, NOTHING);

  it.each([
    '<!DOCTYPE ecg SYSTEM "a[b].dtd">',
    "<!DOCTYPE ecg SYSTEM 'a'>",
    '<!DOCTYPE ecg PUBLIC "-//A//B" "a.dtd" >',
    "<!DOCTYPE ecg>",
  ])("is taken where the rules take one that names a file: %s", (type) => {
    expect(() => parse(type)).not.toThrow();
    expect(() => parse(type, false)).toThrow("line 1: a document type is not taken");
  });

  it.each([
    '<!DOCTYPE ecg [<!ENTITY lol "lol">]>',
    '<!DOCTYPE ecg SYSTEM "a.dtd" [<!ENTITY lol SYSTEM "file:///etc/passwd">]>',
    "<!DOCTYPE ecg SYSTEM>",
    "<!DOCTYPE>",
  ])("is refused with declarations: %s", (type) => {
    expect(() => parse(type)).toThrow("line 1: a document type with declarations of its own is not taken");
  });

  it("brings no entities", () => {
    const text = '<!DOCTYPE ecg SYSTEM "ecg.dtd"><ecg>&nbsp;</ecg>';
    expect(() => parseXml(encode(text), { root: "ecg", takesExternalType: true }, NOTHING)).toThrow("undefined entity");
  });
});

describe("a tree", () => {
  const read = (text: string, ...paths: string[]) => parseXmlTree(encode(text), { root: "ecg" }, paths);

  it("has the elements that are asked for, and those around them", () => {
    const { root, skipped } = read(
      '<x:ecg v="1">\n <a> one<b>2</b> <c>3<b>4</b></c>more </a>\n<b>5</b><a><b/></a><d/><d><a/></d></x:ecg>',
      "a/b",
    );
    const b: Partial<XmlElement> = { name: "b", children: [], attributes: {}, hasOthers: false };
    expect(root).toMatchObject({ name: "ecg", attributes: { v: "1" }, line: 1, hasOthers: true });
    expect(findElements(root, "a")).toMatchObject([
      { text: "one more", line: 2, textLine: 2, hasOthers: true, children: [{ ...b, text: "2" }] },
      { text: "", line: 3, hasOthers: false, children: [{ ...b, text: "" }] },
    ]);
    expect(findText(root, "a/b")?.text).toBe("2");
    expect(findText(root, "a/c")).toBeUndefined();
    expect([...skipped]).toEqual(["a/c", "b", "d"]);
    expect(noteSkipped(skipped)).toEqual(["Not kept: b, d.", "Kept in part: a."]);
  });

  it("knows the line on which a text begins", () => {
    expect(read("<ecg>\n<a>\r\n\n 1\n2 </a></ecg>", "a").root.children[0]).toMatchObject({
      text: "1\n2",
      line: 2,
      textLine: 4,
    });
  });

  it("names some of the many elements that are skipped", () => {
    const text = Array.from({ length: 2000 }, (_, i) => `<a${i}/>`).join("");
    const { skipped } = read(`<ecg>${text}</ecg>`);
    expect(skipped.size).toBe(1000);
    expect(noteSkipped(skipped)).toEqual(["Not kept: a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11 and 988 more."]);
    expect(noteSkipped(new Set())).toEqual([]);
  });

  it("does not grow without end", () => {
    expect(() => read(`<ecg>${"<a/>".repeat(20_000)}</ecg>`, "a")).toThrow(
      "line 1: there are more than 20000 elements that say something of samples",
    );
    expect(() => read(`<ecg>${"<b/>".repeat(20_000)}</ecg>`, "a")).not.toThrow();
  });

  it("reads base64 with line breaks, and refuses what is none", () => {
    const decode = (text: string) => decodeBase64(read(`<ecg>\n<a>${text}</a></ecg>`, "a").root.children[0]);
    expect([...decode(" AQL/\n\tgA== ")]).toEqual([1, 2, 255, 128]);
    expect(() => decode("AQL*")).toThrow("line 2: a is not in base64");
    expect(() => decode("AQ<b/>L/")).toThrow("line 2: a has elements among its samples");
  });
});
