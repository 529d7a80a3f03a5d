import { joinBytes } from "../join-bytes.ts";

/**
 * A TrueType font: which glyph a character has, how wide it is, and a smaller font of a few characters. It reads fonts with a
 * cmap of format 12, as `npm run font` makes them. Specification: https://learn.microsoft.com/typography/opentype/spec/
 *
 * It trusts its bytes: they are the project's own, never a sender's.
 */
export class TrueType {
  private readonly tables: ReadonlyMap<string, DataView>;
  private readonly unitsPerEm: number;
  private readonly advances: Uint16Array;
  /** Where each glyph begins in `glyf`, and where the last ends. */
  private readonly offsets: Uint32Array;
  private readonly glyphs: ReadonlyMap<number, number>;

  constructor(bytes: Uint8Array) {
    this.tables = readTables(bytes);
    this.unitsPerEm = this.table("head").getUint16(18);
    const count = this.table("maxp").getUint16(4);
    const long = this.table("head").getInt16(50) === 1;
    const loca = this.table("loca");
    this.offsets = Uint32Array.from({ length: count + 1 }, (_, i) =>
      long ? loca.getUint32(4 * i) : 2 * loca.getUint16(2 * i),
    );
    const [hmtx, metrics] = [this.table("hmtx"), this.table("hhea").getUint16(34)];
    this.advances = Uint16Array.from({ length: count }, (_, i) => hmtx.getUint16(4 * Math.min(i, metrics - 1)));
    this.glyphs = readCmap(this.table("cmap"));
  }

  /** The glyph of a character, by its code point; undefined where the font has none. */
  glyphOf(codePoint: number): number | undefined {
    return this.glyphs.get(codePoint);
  }

  /** The width of a glyph in thousandths of the font's size. */
  widthOf(glyph: number): number {
    return Math.round((this.advances[glyph] * 1000) / this.unitsPerEm);
  }

  /** Ascent, descent and bounding box (left, bottom, right, top) of all glyphs in thousandths of the font's size. */
  get metrics(): { ascent: number; descent: number; box: number[] } {
    const [head, hhea] = [this.table("head"), this.table("hhea")];
    const toThousandths = (value: number) => Math.round((value * 1000) / this.unitsPerEm);
    return {
      ascent: toThousandths(hhea.getInt16(4)),
      descent: toThousandths(hhea.getInt16(6)),
      box: [36, 38, 40, 42].map((offset) => toThousandths(head.getInt16(offset))),
    };
  }

  /**
   * The font of these characters alone, without hinting. Glyphs keep their numbers: those that are not needed are empty.
   *
   * @param codePoints characters; those that the font lacks are left out
   */
  subset(codePoints: Iterable<number>): Uint8Array<ArrayBuffer> {
    const chars = [...new Set(codePoints)].sort((a, b) => a - b).filter((char) => this.glyphs.has(char));
    const used = new Set<number>([0]);
    for (const char of chars) this.addWithParts(this.glyphs.get(char) ?? 0, used);

    const count = this.advances.length;
    const loca = new DataView(new ArrayBuffer(4 * (count + 1)));
    const hmtx = new DataView(new ArrayBuffer(4 * count));
    const outlines: Uint8Array[] = [];
    let end = 0;
    for (let glyph = 0; glyph < count; glyph++) {
      if (used.has(glyph)) {
        const outline = withoutInstructions(this.outlineOf(glyph));
        outlines.push(outline);
        end += outline.length;
        hmtx.setUint16(4 * glyph, this.advances[glyph]);
        if (outline.length > 0) hmtx.setInt16(4 * glyph + 2, viewOf(outline).getInt16(2));
      }
      loca.setUint32(4 * (glyph + 1), end);
    }
    const head = copyOf(this.table("head"));
    head.setUint32(8, 0); // The checksum of the whole file: nothing here reads it.
    head.setInt16(50, 1); // Long offsets in `loca`.
    const hhea = copyOf(this.table("hhea"));
    hhea.setUint16(34, count);
    return writeTables({
      cmap: writeCmap(chars.map((char) => [char, this.glyphs.get(char) ?? 0])),
      glyf: viewOf(joinBytes(outlines)),
      head,
      hhea,
      hmtx,
      loca,
      maxp: this.table("maxp"),
    });
  }

  private table(tag: string): DataView {
    const table = this.tables.get(tag);
    if (!table) throw new Error(`The font has no table ${tag}`);
    return table;
  }

  private outlineOf(glyph: number): Uint8Array {
    return bytesOf(this.table("glyf")).subarray(this.offsets[glyph], this.offsets[glyph + 1]);
  }

  private addWithParts(glyph: number, used: Set<number>): void {
    if (used.has(glyph)) return;
    used.add(glyph);
    for (const part of partsOf(this.outlineOf(glyph)).glyphs) this.addWithParts(part, used);
  }
}

/** Flags of a part of a composite glyph. */
const PART = { words: 1, scale: 8, more: 32, twoScales: 64, matrix: 128, instructions: 256 };

/** The glyphs that a composite glyph is made of, where their flags are, and where the last part ends. */
function partsOf(outline: Uint8Array): { glyphs: number[]; flagOffsets: number[]; end: number } {
  const view = viewOf(outline);
  const [glyphs, flagOffsets]: number[][] = [[], []];
  if (outline.length === 0 || view.getInt16(0) >= 0) return { glyphs, flagOffsets, end: 0 };
  let at = 10;
  let flags = PART.more;
  while (flags & PART.more) {
    flags = view.getUint16(at);
    flagOffsets.push(at);
    glyphs.push(view.getUint16(at + 2));
    const scale = flags & PART.scale ? 2 : flags & PART.twoScales ? 4 : flags & PART.matrix ? 8 : 0;
    at += 4 + (flags & PART.words ? 4 : 2) + scale;
  }
  return { glyphs, flagOffsets, end: at };
}

/** An outline without the instructions that fit it to a screen's pixels, of an even number of bytes. */
function withoutInstructions(outline: Uint8Array): Uint8Array {
  if (outline.length === 0) return outline;
  const view = viewOf(outline);
  const contours = view.getInt16(0);
  if (contours < 0) {
    const { flagOffsets, end } = partsOf(outline);
    const short = viewOf(outline.slice(0, end));
    for (const at of flagOffsets) short.setUint16(at, short.getUint16(at) & ~PART.instructions);
    return padded(bytesOf(short), 2);
  }
  const at = 10 + 2 * contours;
  const points = outline.subarray(at + 2 + view.getUint16(at));
  const short = new Uint8Array(at + 2 + points.length);
  short.set(outline.subarray(0, at));
  short.set(points, at + 2);
  return padded(short, 2);
}

function readTables(bytes: Uint8Array): Map<string, DataView> {
  const view = viewOf(bytes);
  return new Map(
    Array.from({ length: view.getUint16(4) }, (_, i) => {
      const at = 12 + 16 * i;
      const [offset, length] = [view.getUint32(at + 8), view.getUint32(at + 12)];
      return [String.fromCharCode(...bytes.subarray(at, at + 4)), viewOf(bytes.subarray(offset, offset + length))];
    }),
  );
}

function writeTables(tables: Record<string, DataView>): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tables);
  const headBytes = 12 + 16 * entries.length;
  const total = entries.reduce((sum, [, { byteLength }]) => sum + Math.ceil(byteLength / 4) * 4, headBytes);
  const bytes = new Uint8Array(total);
  const view = viewOf(bytes);
  const power = Math.floor(Math.log2(entries.length));
  view.setUint32(0, 0x10000);
  for (const [i, value] of [entries.length, 16 << power, power, 16 * entries.length - (16 << power)].entries()) {
    view.setUint16(4 + 2 * i, value);
  }
  let offset = headBytes;
  for (const [i, [tag, table]] of entries.entries()) {
    const at = 12 + 16 * i;
    const content = padded(bytesOf(table), 4);
    bytes.set(new TextEncoder().encode(tag), at);
    view.setUint32(at + 4, checksum(content));
    view.setUint32(at + 8, offset);
    view.setUint32(at + 12, table.byteLength);
    bytes.set(content, offset);
    offset += content.length;
  }
  return bytes;
}

function checksum(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 4) sum = (sum + view.getUint32(at)) >>> 0;
  return sum;
}

/** Glyphs by code point, from a cmap's subtable of format 12. */
function readCmap(cmap: DataView): Map<number, number> {
  const offsets = Array.from({ length: cmap.getUint16(2) }, (_, i) => cmap.getUint32(4 + 8 * i + 4));
  const at = offsets.find((offset) => cmap.getUint16(offset) === 12);
  if (at === undefined) throw new Error("The font has no cmap of format 12");
  const glyphs = new Map<number, number>();
  for (let i = 0; i < cmap.getUint32(at + 12); i++) {
    const [first, last, glyph] = [0, 4, 8].map((field) => cmap.getUint32(at + 16 + 12 * i + field));
    for (let char = first; char <= last; char++) glyphs.set(char, glyph + char - first);
  }
  return glyphs;
}

function writeCmap(glyphs: readonly (readonly [number, number])[]): DataView {
  const cmap = new DataView(new ArrayBuffer(12 + 16 + 12 * glyphs.length));
  cmap.setUint16(2, 1); // One subtable, for Windows and all of Unicode, at byte 12.
  cmap.setUint16(4, 3);
  cmap.setUint16(6, 10);
  cmap.setUint32(8, 12);
  cmap.setUint16(12, 12);
  cmap.setUint32(16, 16 + 12 * glyphs.length);
  cmap.setUint32(24, glyphs.length);
  for (const [i, [char, glyph]] of glyphs.entries()) {
    for (const [field, value] of [char, char, glyph].entries()) cmap.setUint32(28 + 12 * i + 4 * field, value);
  }
  return cmap;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function copyOf(view: DataView): DataView {
  return viewOf(bytesOf(view).slice());
}

/** Bytes with zeros behind them, up to a multiple of a length. */
function padded(bytes: Uint8Array, multiple: number): Uint8Array {
  if (bytes.length % multiple === 0) return bytes;
  const longer = new Uint8Array(Math.ceil(bytes.length / multiple) * multiple);
  longer.set(bytes);
  return longer;
}
