import type { ByteReader } from "../byte-reader.ts";
import { FormatError } from "../format.ts";

/** Stands in place of a number of tables for the table of the specification. */
export const DEFAULT_TABLE = 19999;
/** The most codes of all tables together: differences of 16 bits have as many values. */
const MAX_CODES = 65536;
/** The longest prefix, in bits: its field has 32. */
const MAX_PREFIX_BITS = 32;
/** The most bits behind a prefix: values have 16. */
const MAX_EXTRA_BITS = 16;

/**
 * A code: `prefixBits` of `prefix`, the lowest first, stand for `base`. Behind them come `extraBits` of a signed
 * number, the highest first, which is added to `base`. A code that switches makes `base` the table of what follows.
 */
type Code = { prefixBits: number; extraBits: number; isSwitch: boolean; base: number; prefix: number };

/**
 * Tables as trees. From `node` a bit leads to `next[2 * node + bit]`: a node above 0, `~code` below 0, or 0 where no
 * code goes.
 */
export type HuffmanTables = { codes: readonly Code[]; next: readonly number[]; roots: readonly number[] };

/**
 * Reads the tables of section 2 (section 5.5 of the specification); undefined when there are none, and nothing is
 * coded. Programs disagree about numbers of tables: they begin at 0 if any code switches to 0, else at 1.
 */
export function readHuffmanTables(section: ByteReader | undefined): HuffmanTables | undefined {
  const count = section?.u16("the number of Huffman tables") ?? 0;
  if (!section || count === 0) return undefined;
  if (count === DEFAULT_TABLE) return DEFAULT_TABLES;
  const tables: Code[][] = [];
  let codeCount = 0;
  while (tables.length < count) {
    const length = section.u16("the number of codes");
    codeCount += length;
    if (codeCount > MAX_CODES) section.fail(`more than ${MAX_CODES} codes`);
    if (length * 9 > section.remaining) section.fail(`${length} codes do not fit into ${section.remaining} bytes`);
    tables.push(Array.from({ length }, () => readCode(section)));
  }
  const switches = tables.flat().filter(({ isSwitch }) => isSwitch);
  const first = switches.some(({ base }) => base === 0) ? 0 : 1;
  for (const code of switches) {
    code.base -= first;
    if (!(code.base >= 0 && code.base < count))
      section.fail(`a code switches to table ${code.base + first} of ${count}`);
  }
  return plant(tables);
}

function readCode(section: ByteReader): Code {
  const prefixBits = section.u8();
  const extraBits = section.u8() - prefixBits;
  if (!(prefixBits >= 1 && prefixBits <= MAX_PREFIX_BITS && extraBits >= 0 && extraBits <= MAX_EXTRA_BITS))
    section.fail(`a code of ${prefixBits} bits and ${extraBits} more`);
  const isSwitch = section.u8() === 0;
  return { prefixBits, extraBits, isSwitch, base: section.i16(), prefix: section.u32() };
}

function plant(tables: readonly (readonly Code[])[]): HuffmanTables {
  const codes = tables.flat();
  // Node 0 is none.
  const next = [0, 0];
  const newNode = () => next.push(0, 0) / 2 - 1;
  let index = 0;
  const roots = tables.map((table) => {
    const root = newNode();
    for (const { prefix, prefixBits } of table) {
      let node = root;
      for (let bit = 0; bit < prefixBits - 1; bit++) {
        const branch = 2 * node + ((prefix >>> bit) & 1);
        if (next[branch] < 0) throw newAmbiguity();
        next[branch] ||= newNode();
        node = next[branch];
      }
      const leaf = 2 * node + ((prefix >>> (prefixBits - 1)) & 1);
      if (next[leaf] !== 0) throw newAmbiguity();
      next[leaf] = ~index++;
    }
    return root;
  });
  return { codes, next, roots };
}

function newAmbiguity(): FormatError {
  return new FormatError("section 2", "a code of a Huffman table begins with another");
}

/**
 * Decodes up to `maxCount` values, fewer if there are no more. Each lead begins with the first table.
 *
 * @param where for the error
 */
export function decode(tables: HuffmanTables, bytes: Uint8Array, maxCount: number, where: string): Int16Array {
  const { codes, next, roots } = tables;
  const end = bytes.length * 8;
  const values = new Int16Array(Math.min(maxCount, end));
  const bitAt = (at: number) => (bytes[at >> 3] >> (7 - (at & 7))) & 1;
  let root = roots[0];
  let node = root;
  let count = 0;
  for (let at = 0; at < end && count < values.length; ) {
    node = next[2 * node + bitAt(at++)];
    if (node > 0) continue;
    if (node === 0) throw new FormatError(where, `bit ${at - 1} is of no code in the Huffman table`);
    const { extraBits, isSwitch, base } = codes[~node];
    if (isSwitch) root = roots[base];
    else {
      if (at + extraBits > end) break;
      let extra = extraBits > 0 ? -bitAt(at) : 0;
      for (let i = 1; i < extraBits; i++) extra = (extra << 1) | bitAt(at + i);
      at += extraBits;
      values[count++] = base + extra;
    }
    node = root;
  }
  return values.subarray(0, count);
}

/** The least difference that has no code of its own, and is written as it is. */
const MIN_ESCAPED = 9;

/**
 * The specification's table (annex C). A number of size n up to 8 is n ones and a zero, then its sign unless it is 0.
 * Behind nine ones and a zero come 8 bits, behind ten ones 16.
 */
const DEFAULT_TABLES = plant([
  [
    { prefixBits: 1, extraBits: 0, isSwitch: false, base: 0, prefix: 0 },
    ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((base) => {
      const code = { prefixBits: base + 2, extraBits: 0, isSwitch: false };
      const ones = 2 ** base - 1;
      return [
        { ...code, base, prefix: ones },
        { ...code, base: -base, prefix: ones + 2 ** (base + 1) },
      ];
    }),
    { prefixBits: 10, extraBits: 8, isSwitch: false, base: 0, prefix: 0x1ff },
    { prefixBits: 10, extraBits: 16, isSwitch: false, base: 0, prefix: 0x3ff },
  ],
]);

/**
 * Encodes values of 16 bits by the specification's table. At least one bit is to spare, for some readers lose the last
 * value without it, and the number of bytes is even.
 */
export function encode(values: Int32Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((values.length * 26) / 8) + 2);
  let at = 0;
  const put = (bits: number, length: number) => {
    for (let i = length - 1; i >= 0; i--, at++) bytes[at >> 3] |= ((bits >> i) & 1) << (7 - (at & 7));
  };
  for (const value of values) {
    const size = Math.abs(value);
    if (value === 0) put(0, 1);
    else if (size < MIN_ESCAPED) put((2 ** size - 1) * 4 + (value < 0 ? 1 : 0), size + 2);
    else if (value >= -128 && value <= 127) put((0x3fe << 8) | (value & 0xff), 18);
    else put((0x3ff << 16) | (value & 0xffff), 26);
  }
  const length = (at >> 3) + 1;
  return bytes.subarray(0, length + (length % 2));
}
