import { unzlibSync } from "fflate";
import { DEJAVU_SANS } from "./dejavu-sans.ts";
import { type PdfDocument, type PdfReference, toHex, toUtf16 } from "./document.ts";
import { TrueType } from "./true-type.ts";

/** A text is looked at up to this length: no line has room for more. */
const MAX_CHARS = 1000;

let unpacked: TrueType | undefined;

/** The font is unpacked when it is first used. */
function unpackFont(): TrueType {
  unpacked ??= new TrueType(unzlibSync(Uint8Array.from(atob(DEJAVU_SANS), (char) => char.charCodeAt(0))));
  return unpacked;
}

/** A text as it is written: a piece for each character. */
type Piece = {
  glyphs: number[];
  width: number;
  /** The character, where its code point is written in its place. */
  actual?: string;
};

/**
 * The font of a document: it knows which characters were written, and embeds those alone. A character that it lacks is
 * written as its code point, `U+5F20`, and copied from the page as itself.
 */
export class PdfFont {
  private readonly font = unpackFont();
  /** The characters that were written, by glyph. */
  private readonly written = new Map<number, number>();

  /**
   * The operators that show a text in one line, and its width in the unit of `size`.
   *
   * @param maxWidth where the text ends with `…` if it is longer
   */
  show(text: string, size: number, maxWidth = Number.POSITIVE_INFINITY): { operators: string; width: number } {
    const pieces = this.shape(text);
    const ellipsis = this.piece("…");
    const room = (maxWidth * 1000) / size;
    let width = pieces.reduce((sum, piece) => sum + piece.width, 0);
    if (width > room) {
      while (pieces.length > 0 && width + ellipsis.width > room) width -= pieces.pop()?.width ?? 0;
      pieces.push(ellipsis);
      width += ellipsis.width;
    }
    let operators = "";
    let run = "";
    const flush = () => {
      if (run) operators += `<${run}> Tj `;
      run = "";
    };
    for (const { glyphs, actual } of pieces) {
      const codes = glyphs.map(toHex).join("");
      if (actual === undefined) run += codes;
      else {
        flush();
        operators += `/Span << /ActualText <feff${toUtf16(actual)}> >> BDC <${codes}> Tj EMC `;
      }
    }
    flush();
    return { operators, width: (width * size) / 1000 };
  }

  /** Adds the font to a document, after all texts. */
  embed(document: PdfDocument): PdfReference {
    const name = "ECGAPI+DejaVuSansCondensed";
    const { ascent, descent, box } = this.font.metrics;
    const glyphs = [...this.written.keys()].sort((a, b) => a - b);
    const bytes = this.font.subset(this.written.values());
    const file = document.addStream(bytes, `/Length1 ${bytes.length} `);
    const descriptor = document.add(
      `<< /Type /FontDescriptor /FontName /${name} /Flags 32 /FontBBox [${box.join(" ")}] /ItalicAngle 0 ` +
        `/Ascent ${ascent} /Descent ${descent} /CapHeight 729 /StemV 80 /FontFile2 ${file} >>`,
    );
    const widths = glyphs.map((glyph) => `${glyph} [${this.font.widthOf(glyph)}]`).join(" ");
    const descendant = document.add(
      `<< /Type /Font /Subtype /CIDFontType2 /BaseFont /${name} /CIDToGIDMap /Identity /DW 0 /W [${widths}] ` +
        `/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor ${descriptor} >>`,
    );
    const characters = document.addStream(new TextEncoder().encode(this.toUnicode(glyphs)));
    return document.add(
      `<< /Type /Font /Subtype /Type0 /BaseFont /${name} /Encoding /Identity-H ` +
        `/DescendantFonts [${descendant}] /ToUnicode ${characters} >>`,
    );
  }

  private shape(text: string): Piece[] {
    const line = text
      .slice(0, MAX_CHARS)
      .toWellFormed()
      .normalize("NFC")
      .replace(/[\s\p{Cc}]+/gu, " ")
      .replace(/\p{Cf}/gu, "")
      .trim();
    let wasCode = false;
    return Array.from(line, (char) => {
      const isCode = this.font.glyphOf(char.codePointAt(0) ?? 0) === undefined;
      // A space between two code points, and none in the text that is copied.
      const piece = isCode ? { ...this.piece(`${wasCode ? " " : ""}${codeOf(char)}`), actual: char } : this.piece(char);
      wasCode = isCode;
      return piece;
    });
  }

  /** Characters that the font has. */
  private piece(chars: string): Piece {
    const glyphs = Array.from(chars, (char) => {
      const codePoint = char.codePointAt(0) ?? 0;
      const glyph = this.font.glyphOf(codePoint) ?? 0;
      if (!this.written.has(glyph)) this.written.set(glyph, codePoint);
      return glyph;
    });
    return { glyphs, width: glyphs.reduce((sum, glyph) => sum + this.font.widthOf(glyph), 0) };
  }

  /** The CMap by which texts are found and copied. */
  private toUnicode(glyphs: readonly number[]): string {
    const lines = glyphs.map((glyph) => {
      const char = String.fromCodePoint(this.written.get(glyph) ?? 0);
      return `<${toHex(glyph)}> <${toUtf16(char)}>`;
    });
    // A block has 100 lines at most.
    const blocks = Array.from({ length: Math.ceil(lines.length / 100) }, (_, i) => {
      const block = lines.slice(100 * i, 100 * (i + 1));
      return `${block.length} beginbfchar\n${block.join("\n")}\nendbfchar`;
    });
    return [
      "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap",
      "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
      "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def",
      "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange",
      ...blocks,
      "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend",
    ].join("\n");
  }
}

/** `U+5F20`. */
function codeOf(char: string): string {
  return `U+${toHex(char.codePointAt(0) ?? 0).toUpperCase()}`;
}
