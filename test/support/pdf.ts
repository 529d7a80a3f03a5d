import { unzlibSync } from "fflate";

/** What the tests look at in a PDF of the project's own. */
export type ReadPdf = {
  /** The file as characters, a byte each. */
  file: string;
  /** Of each page, its operators and its texts. */
  pages: { content: string; texts: string[] }[];
  font: Uint8Array;
};

export function readPdf(bytes: Uint8Array): ReadPdf {
  const file = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const objects = new Map(
    Array.from(file.matchAll(/^(\d+) 0 obj\n([\s\S]*?)\nendobj$/gm), ([, number, body]) => [number, body]),
  );
  const stream = (number: string | undefined): Uint8Array => {
    const [, packed] = objects.get(number ?? "")?.match(/\nstream\n([\s\S]*)\nendstream$/) ?? [];
    return unzlibSync(Uint8Array.from(packed, (char) => char.charCodeAt(0)));
  };
  const text = (number: string | undefined) => new TextDecoder().decode(stream(number));
  const bodies = [...objects.values()];
  const referred = (key: string) =>
    bodies.map((body) => body.match(new RegExp(`/${key} (\\d+) 0 R`))?.[1]).find(Boolean);
  const characters = new Map(
    Array.from(text(referred("ToUnicode")).matchAll(/^<(\w{4})> <(\w+)>$/gm), ([, glyph, units]) => [
      glyph,
      toText(units),
    ]),
  );
  const pages = bodies
    .filter((body) => body.includes("/Type /Page "))
    .map((body) => text(body.match(/\/Contents (\d+) 0 R/)?.[1]))
    .map((content) => ({
      content,
      texts: Array.from(content.matchAll(/^q 0 g 0 G BT .* ET Q$/gm), ([operators]) =>
        Array.from(operators.matchAll(/<(\w+)> Tj/g), ([, codes]) =>
          Array.from(codes.matchAll(/\w{4}/g), ([code]) => characters.get(code) ?? "?").join(""),
        ).join(""),
      ),
    }));
  return { file, pages, font: stream(referred("FontFile2")) };
}

/** The text of UTF-16 code units of four hexadecimal digits. */
export function toText(units: string): string {
  return Array.from(units.matchAll(/\w{4}/g), ([unit]) => String.fromCharCode(Number.parseInt(unit, 16))).join("");
}
