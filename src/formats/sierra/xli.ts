import { ByteReader } from "../byte-reader.ts";
import { FormatError } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";

/**
 * The most samples of a lead, against files that are made to unpack without end: almost nine minutes at 500 Hz, and a
 * resting ECG has some ten seconds.
 */
const MAX_LEAD_SAMPLES = 2 ** 18;
/** The size of the compressed bytes, a field that is not used, and the first difference. */
const HEADER_BYTES = 8;
/** The bits of a code. */
const CODE_BITS = 10;
/** The code that ends a lead. */
const END_CODE = 2 ** CODE_BITS - 1;
/** The codes of single bytes; longer sequences follow. */
const FIRST_SEQUENCE = 256;
/** The offset of stored second differences. */
const DIFFERENCE_OFFSET = 64;
/** The most bytes that padding may add to a lead without an end: a code of 0 is a byte. */
const MAX_PADDING_BYTES = 8;

/**
 * Unpacks XLI: the leads one after the other, each with a header of 8 bytes, and its second differences in LZW.
 *
 * @param expected the samples of a lead; undefined when that is not known
 * @throws FormatError with the byte of what is packed
 */
export function unpackXli(bytes: Uint8Array, expected: number | undefined): Int32Array[] {
  const reader = new ByteReader(bytes);
  const leads: Int32Array[] = [];
  while (reader.remaining >= HEADER_BYTES) {
    const where = `byte ${reader.position} of XLI, lead ${leads.length + 1}`;
    if (leads.length === MAX_LEADS) throw new FormatError(where, `there are more than ${MAX_LEADS} leads`);
    const size = reader.i32();
    reader.skip(2);
    const first = reader.i16();
    if (size < 0 || size > reader.remaining) {
      throw new FormatError(where, `${size} bytes are promised, and ${reader.remaining} are left`);
    }
    const { unpacked, hasEnd } = unpackLzw(reader.take8(size), where);
    const padding = hasEnd || expected === undefined ? 0 : unpacked.length - 2 * expected;
    const isPadded = padding > 0 && padding <= MAX_PADDING_BYTES && !unpacked.subarray(-padding).some((byte) => byte);
    leads.push(sumDifferences(toInt16(isPadded ? unpacked.subarray(0, -padding) : unpacked), first));
  }
  const { position, remaining } = reader;
  if (reader.take8(remaining).some((byte) => byte !== 0)) {
    throw new FormatError(`byte ${position} of XLI`, `${remaining} bytes are no lead: one begins with ${HEADER_BYTES}`);
  }
  return leads;
}

/** Unpacks LZW of 10-bit codes. The table is full with 1,023 sequences: the last code is the end. */
function unpackLzw(bytes: Uint8Array, where: string): { unpacked: Uint8Array; hasEnd: boolean } {
  const prefixes = new Uint16Array(END_CODE);
  const lasts = new Uint8Array(END_CODE);
  const lengths = new Uint16Array(END_CODE).fill(1, 0, FIRST_SEQUENCE);
  for (let code = 0; code < FIRST_SEQUENCE; code++) lasts[code] = code;
  let unpacked = new Uint8Array(Math.min(2 * MAX_LEAD_SAMPLES, 8 * bytes.length));
  let length = 0;
  let next = FIRST_SEQUENCE;
  let previous = -1;
  let bits = 0;
  let bitCount = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfffff;
    bitCount += 8;
    if (bitCount < CODE_BITS) continue;
    bitCount -= CODE_BITS;
    const code = (bits >> bitCount) & END_CODE;
    if (code === END_CODE) return { unpacked: unpacked.subarray(0, length), hasEnd: true };
    // A sequence may be used as soon as it is made: then it is the previous one with its own first byte again.
    const isNew = code === next && previous >= 0;
    if (code >= next && !isNew) throw new FormatError(where, `code ${code} stands for nothing yet`);
    const sequence = isNew ? previous : code;
    const end = length + lengths[sequence];
    if (end >= 2 * MAX_LEAD_SAMPLES) throw new FormatError(where, `there are more than ${MAX_LEAD_SAMPLES} samples`);
    if (end >= unpacked.length) unpacked = enlarge(unpacked, end + 1);
    let at = end;
    for (let rest = sequence; at > length; rest = prefixes[rest]) unpacked[--at] = lasts[rest];
    const firstByte = unpacked[length];
    length = end;
    if (isNew) unpacked[length++] = firstByte;
    if (previous >= 0 && next < END_CODE) {
      prefixes[next] = previous;
      lasts[next] = firstByte;
      lengths[next] = lengths[previous] + 1;
      next++;
    }
    previous = code;
  }
  return { unpacked: unpacked.subarray(0, length), hasEnd: false };
}

function enlarge(bytes: Uint8Array, atLeast: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(atLeast, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}

/** The values whose high bytes come first, and then their low bytes. A byte that is missing at the end is 0. */
function toInt16(bytes: Uint8Array): Int32Array {
  const count = (bytes.length + 1) >> 1;
  const values = new Int32Array(count);
  for (let i = 0; i < count; i++) values[i] = wrap((bytes[i] << 8) | (bytes[count + i] ?? 0));
  return values;
}

/** Two samples, and then twice the last one less that before it less the difference that stands one place before. */
function sumDifferences(values: Int32Array, first: number): Int32Array {
  const samples = values.slice();
  let difference = first;
  for (let i = 2; i < samples.length; i++) {
    samples[i] = wrap(2 * samples[i - 1] - samples[i - 2] - difference);
    difference = values[i] - DIFFERENCE_OFFSET;
  }
  return samples;
}

/** A number as int16, which wraps. */
export function wrap(value: number): number {
  return (value << 16) >> 16;
}
