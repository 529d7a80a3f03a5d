import { ByteReader } from "../byte-reader.ts";
import { crcCcitt } from "../crc-ccitt.ts";
import { FormatError } from "../format.ts";

/** The record's CRC and length, before the first section. */
export const RECORD_HEADER_BYTES = 6;
/** CRC, number, length, two versions and 6 reserved bytes, before what a section holds. */
export const SECTION_HEADER_BYTES = 16;
export const POINTER_BYTES = 10;
/** Of those in section 0: one for each section of the specification, be it there or not. */
export const POINTER_COUNT = 12;
/** In section 0 alone the reserved bytes have a use. */
export const MAGIC = "SCPECG";
/** All that is needed of a record. */
const WANTED_SECTIONS = [1, 2, 3, 4, 5, 6];
/** In place of a CRC these say that none was made. */
const NO_CRC = [0, 0xffff];

/** The sections that a record has, by their number: readers of what is behind their headers. */
export type Sections = ReadonlyMap<number, ByteReader>;

/** Whether a file begins with section 0: by its name, or by the pointer to itself where that is left out (version 1). */
export function isRecord(prefix: Uint8Array): boolean {
  if (prefix.length < RECORD_HEADER_BYTES + SECTION_HEADER_BYTES + POINTER_BYTES) return false;
  const reader = new ByteReader(prefix);
  reader.skip(RECORD_HEADER_BYTES + 2);
  const id = reader.u16();
  const length = reader.u32();
  reader.skip(2);
  const reserved = reader.latin1(MAGIC.length);
  const self = readPointer(reader);
  if (id !== 0) return false;
  return reserved === MAGIC || (self.id === 0 && self.length === length && self.index === RECORD_HEADER_BYTES + 1);
}

/**
 * The sections of a record (sections 5.2 and 5.3 of the specification). Each CRC is checked unless it is left out, and so
 * is each length, which need not be even. What is behind the record's end is passed over.
 */
export function readRecord(bytes: Uint8Array): Sections {
  const header = new ByteReader(bytes);
  const crc = header.u16("the record's CRC");
  const length = header.u32("the record's length");
  if (length > bytes.length || length < RECORD_HEADER_BYTES + SECTION_HEADER_BYTES)
    throw new FormatError("byte 2", `a record of ${length} bytes does not match the file's ${bytes.length}`);
  checkCrc(crc, bytes.subarray(2, length), "byte 0");

  const record = bytes.subarray(0, length);
  const pointers = new ByteReader(record.subarray(RECORD_HEADER_BYTES), { start: RECORD_HEADER_BYTES });
  pointers.skip(4);
  const self = { id: 0, length: pointers.u32(), index: RECORD_HEADER_BYTES + 1 };
  const wanted = new Map<number, Pointer>();
  const section0 = openSection(record, self);
  while (section0.remaining >= POINTER_BYTES) {
    const pointer = readPointer(section0);
    const isThere = pointer.length > SECTION_HEADER_BYTES && WANTED_SECTIONS.includes(pointer.id);
    if (isThere && !wanted.has(pointer.id)) wanted.set(pointer.id, pointer);
  }
  return new Map([...wanted].map(([id, pointer]) => [id, openSection(record, pointer)]));
}

/** @param index of the section's first byte in the record, which is number 1 */
type Pointer = { id: number; length: number; index: number };

function readPointer(reader: ByteReader): Pointer {
  return { id: reader.u16(), length: reader.u32(), index: reader.u32() };
}

function openSection(record: Uint8Array, { id, length, index }: Pointer): ByteReader {
  const start = index - 1;
  const where = `section ${id}`;
  if (start < RECORD_HEADER_BYTES || length < SECTION_HEADER_BYTES || start + length > record.length)
    throw new FormatError(where, `${length} bytes from byte ${start} on are not within the record`);
  const bytes = record.subarray(start, start + length);
  const reader = new ByteReader(bytes, { start });
  const crc = reader.u16();
  const ownId = reader.u16();
  const ownLength = reader.u32();
  if (ownId !== id || ownLength !== length)
    throw new FormatError(where, `its header says section ${ownId} of ${ownLength} bytes, its pointer ${length} bytes`);
  checkCrc(crc, bytes.subarray(2), where);
  reader.skip(SECTION_HEADER_BYTES - 8);
  return reader;
}

function checkCrc(expected: number, bytes: Uint8Array, where: string): void {
  if (NO_CRC.includes(expected)) return;
  const found = crcCcitt(bytes);
  if (found !== expected) throw new FormatError(where, `the CRC is ${expected}, that of what it is for ${found}`);
}
