import { Unzlib } from "fflate";
import { ByteReader } from "../byte-reader.ts";
import { FormatError } from "../format.ts";
import { joinBytes } from "../join-bytes.ts";
import { MAX_WHOLE_BYTES } from "../read-whole.ts";
import { MAX_VARIABLES, type Matrix, NUMBER_BYTES, type NumberType, newValueAt, type Variable } from "./variable.ts";

/** The offset of the version and of the mark of the byte order, behind a text and an offset. */
const VERSION_OFFSET = 124;
const HEADER_BYTES = 128;
/** The version of level 5. MATLAB 7.3 has 2, and is HDF5 behind its header. */
const LEVEL_5 = 0x0100;
const HDF5 = 0x0200;
/** The types of data elements that are no numbers. */
const [MATRIX, COMPRESSED] = [14, 15];
/** The types of numbers by the type of a data element. */
const NUMBER_TYPES: Record<number, NumberType> = {
  1: "int8",
  2: "uint8",
  3: "int16",
  4: "uint16",
  5: "int32",
  6: "uint32",
  7: "single",
  9: "double",
  12: "int64",
  13: "uint64",
};
/** The classes of arrays: a struct, and the first and last of numbers. */
const [STRUCT, FIRST_NUMERIC, LAST_NUMERIC] = [2, 6, 15];
const INT16_CLASS = 10;
/** The flag of complex numbers. */
const COMPLEX = 0x0800;
/** The most dimensions, and the longest name, that are read: MATLAB's names have up to 63 characters. */
const [MAX_DIMENSIONS, MAX_NAME_BYTES] = [32, 256];
/** Bytes that are inflated at a time: they may make a thousand times as many. */
const STEP_BYTES = 4096;
/** Against decompression bombs: all elements may inflate to FREE_BYTES, and beyond to MAX_RATIO times the file. */
const FREE_BYTES = 1024 * 1024;
/** No signal packs to a two-hundredth, but bombs do. */
const MAX_RATIO = 200;
/** The modulus of Adler-32 (RFC 1950). */
const ADLER_MODULUS = 65521;

type Element = { type: number; data: ByteReader };
/** How many bytes may still be inflated. */
type Budget = { bytes: number };

/** Whether a file begins with the header of level 5, or with that of MATLAB 7.3. */
export function isLevel5(prefix: Uint8Array): boolean {
  if (prefix.length < HEADER_BYTES) return false;
  const mark = String.fromCharCode(prefix[126], prefix[127]);
  if (mark !== "IM" && mark !== "MI") return false;
  const version = new DataView(prefix.buffer, prefix.byteOffset).getUint16(VERSION_OFFSET, mark === "IM");
  return version === LEVEL_5 || version === HDF5;
}

/** Reads the variables of a file of level 5, and the fields of those that are structs. */
export function readLevel5(bytes: Uint8Array): Variable[] {
  const isLittleEndian = bytes[126] === "I".charCodeAt(0);
  const reader = new ByteReader(bytes, { isLittleEndian });
  reader.skip(VERSION_OFFSET, "the header");
  if (reader.u16("the version") !== LEVEL_5)
    throw new FormatError(`byte ${VERSION_OFFSET}`, "MATLAB 7.3 is not read: save the file with -v7");
  reader.skip(2, "the mark of the byte order");
  const budget = { bytes: Math.min(MAX_WHOLE_BYTES, FREE_BYTES + MAX_RATIO * bytes.length) };
  const variables: Variable[] = [];
  while (reader.remaining > 0) {
    const { position } = reader;
    let element = readElement(reader, isLittleEndian);
    if (element.type === COMPRESSED) {
      const inflated = inflate(element.data, position, budget);
      element = readElement(new ByteReader(inflated, { isLittleEndian }), isLittleEndian);
    }
    if (variables.length >= MAX_VARIABLES)
      throw new FormatError(`byte ${position}`, `more than ${MAX_VARIABLES} variables`);
    if (element.type === MATRIX) variables.push(...readVariable(element.data, isLittleEndian, ""));
  }
  return variables;
}

/**
 * Reads a data element: its type, its length and its data, which is filled up to eight bytes if it is not compressed.
 * Data of up to four bytes may be behind a type and a length of two bytes each.
 */
function readElement(reader: ByteReader, isLittleEndian: boolean): Element {
  const tag = reader.take8(4, "a data element's type");
  const type = new DataView(tag.buffer, tag.byteOffset, 4).getUint32(0, isLittleEndian);
  const smallBytes = type >>> 16;
  if (smallBytes > 0) {
    if (smallBytes > 4) reader.fail(`a small data element of ${smallBytes} bytes is longer than 4`);
    const data = reader.part(4, "a small data element").part(smallBytes);
    return { type: type & 0xffff, data };
  }
  const length = reader.u32("a data element's length");
  const data = reader.part(length, "a data element");
  const padding = type === COMPRESSED ? 0 : (8 - (length % 8)) % 8;
  reader.skip(Math.min(padding, reader.remaining));
  return { type, data };
}

/** Reads an array: its flags, its dimensions, its name, and what is in it. A struct gives its fields. */
function readVariable(reader: ByteReader, isLittleEndian: boolean, within: string): Variable[] {
  // An empty element stands for an empty array.
  if (reader.remaining === 0) return [{ name: within, matrix: null }];
  const flags = readElement(reader, isLittleEndian).data.u32("the array flags");
  const dimensions = readDimensions(readElement(reader, isLittleEndian).data);
  const nameData = readElement(reader, isLittleEndian).data;
  const ownName = readName(nameData, nameData.remaining);
  const name = within === "" ? ownName : within;
  const arrayClass = flags & 0xff;
  if (arrayClass === STRUCT && within === "") return readFields(reader, isLittleEndian, name, dimensions);
  const isReal = arrayClass >= FIRST_NUMERIC && arrayClass <= LAST_NUMERIC && (flags & COMPLEX) === 0;
  if (!isReal || dimensions.length !== 2) return [{ name, matrix: null }];
  const { type, data } = readElement(reader, isLittleEndian);
  const numberType = NUMBER_TYPES[type];
  if (!numberType) return [{ name, matrix: null }];
  const [rows, columns] = dimensions;
  const values = data.take8(rows * columns * NUMBER_BYTES[numberType], `variable ${JSON.stringify(name)}`);
  const valueAt = newValueAt(values, numberType, isLittleEndian);
  const matrix: Matrix = { rows, columns, valueAt, isInt16: arrayClass === INT16_CLASS };
  return [{ name, matrix }];
}

function readDimensions(reader: ByteReader): number[] {
  const count = reader.remaining / 4;
  if (!Number.isInteger(count) || count < 2 || count > MAX_DIMENSIONS)
    reader.fail(`${reader.remaining} bytes are no dimensions of an array`);
  return Array.from({ length: count }, () => {
    const size = reader.i32("a dimension");
    return size >= 0 ? size : reader.fail(`${size} is no size of an array`);
  });
}

function readName(reader: ByteReader, length: number): string {
  if (length > MAX_NAME_BYTES) reader.fail(`a name of ${length} bytes is longer than ${MAX_NAME_BYTES}`);
  return reader.latin1(length, "a name").split("\0", 1)[0];
}

/** Reads the fields of a struct. One that is an array of several structs is not looked into. */
function readFields(
  reader: ByteReader,
  isLittleEndian: boolean,
  name: string,
  dimensions: readonly number[],
): Variable[] {
  if (dimensions.some((size) => size !== 1)) return [{ name, matrix: null }];
  const length = readElement(reader, isLittleEndian).data.i32("the length of field names");
  const { data } = readElement(reader, isLittleEndian);
  if (length < 1 || data.remaining % length > 0)
    data.fail(`${data.remaining} bytes are no names of fields of ${length} bytes`);
  const fields: Variable[] = [];
  while (data.remaining > 0) {
    if (fields.length === MAX_VARIABLES) data.fail(`more than ${MAX_VARIABLES} fields`);
    const field = `${name}.${readName(data, length)}`;
    const element = readElement(reader, isLittleEndian);
    if (element.type !== MATRIX) reader.fail(`the field ${JSON.stringify(field)} is no array`);
    fields.push(...readVariable(element.data, isLittleEndian, field));
  }
  return fields;
}

/**
 * Inflates an element (RFC 1950).
 *
 * @throws FormatError also if it is damaged, or packed as no signal is
 */
function inflate(packed: ByteReader, position: number, budget: Budget): Uint8Array {
  const place = `compressed element at byte ${position}`;
  const bytes = packed.take8(packed.remaining);
  const parts: Uint8Array[] = [];
  const stream = new Unzlib((part) => {
    parts.push(part);
    budget.bytes -= part.length;
  });
  for (let at = 0; at < bytes.length; at += STEP_BYTES) {
    try {
      stream.push(bytes.subarray(at, at + STEP_BYTES), at + STEP_BYTES >= bytes.length);
    } catch (error) {
      throw new FormatError(place, `cannot be inflated: ${(error as Error).message}`);
    }
    if (budget.bytes < 0) throw new FormatError(place, "inflates to more than is read");
  }
  const inflated = joinBytes(parts);
  const checksum = new ByteReader(bytes.subarray(-4), { isLittleEndian: false });
  if (checksum.remaining < 4 || checksum.u32() !== adler32(inflated))
    throw new FormatError(place, "the checksum is not that of what it inflates to");
  return inflated;
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % ADLER_MODULUS;
    b = (b + a) % ADLER_MODULUS;
  }
  return ((b << 16) | a) >>> 0;
}
