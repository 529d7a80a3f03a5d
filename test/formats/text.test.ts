import { describe, expect, it } from "vitest";
import { decodeText, isCharset } from "../../src/formats/text.ts";

const bytesOf = (...bytes: number[]) => Uint8Array.from(bytes);
const utf8 = (text: string) => new TextEncoder().encode(text);

describe("decodeText", () => {
  it.each([
    { what: "UTF-8 that is not declared", bytes: utf8("début 心电图"), charset: undefined, text: "début 心电图" },
    {
      what: "bytes that are no UTF-8",
      bytes: bytesOf(0x64, 0xe9, 0x62, 0x75, 0x74),
      charset: undefined,
      text: "début",
    },
    { what: "windows-1252's own", bytes: bytesOf(0x80, 0x85, 0x9c, 0x81), charset: undefined, text: "€…œ\u0081" },
    { what: "Latin-1 that is declared", bytes: bytesOf(0xc3, 0xa9), charset: "iso-8859-1", text: "Ã©" },
    { what: "Cyrillic that is declared", bytes: bytesOf(0xba, 0xd0), charset: "ISO-8859-5", text: "Ка" },
    { what: "GB 18030", bytes: bytesOf(0xcd, 0xf5), charset: "gb18030", text: "王" },
    { what: "a charset that is not known", bytes: utf8("é"), charset: "x-nobody", text: "é" },
    { what: "a charset that the bytes are not of", bytes: bytesOf(0xe9, 0x20), charset: "shift_jis", text: "é " },
    { what: "UTF-8 that is declared and cut off", bytes: bytesOf(0x61, 0xe9), charset: "utf-8", text: "aé" },
    { what: "a mark of UTF-8", bytes: bytesOf(0xef, 0xbb, 0xbf, 0x61), charset: undefined, text: "a" },
    { what: "a replacement character in the file", bytes: utf8("d\ufffdbut"), charset: undefined, text: "d?but" },
    { what: "an empty charset", bytes: bytesOf(0x61, 0xe9), charset: "", text: "aé" },
    { what: "nothing", bytes: bytesOf(), charset: "utf-8", text: "" },
  ])("reads $what", ({ bytes, charset, text }) => {
    expect(decodeText(bytes, charset)).toBe(text);
  });

  it("gives no replacement character for any byte of any charset", () => {
    const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);
    for (const charset of [undefined, "utf-8", "utf-16le", "iso-8859-6", "euc-kr", "shift_jis", "iso-2022-jp"])
      expect(decodeText(everyByte, charset)).not.toContain("\ufffd");
  });
});

describe("isCharset", () => {
  it.each([
    ["utf-8", true],
    ["ISO-8859-1", true],
    ["gb18030", true],
    ["x-nobody", false],
  ])("knows whether %s is one", (charset, is) => {
    expect(isCharset(charset)).toBe(is);
  });
});
