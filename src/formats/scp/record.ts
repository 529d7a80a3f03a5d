import { ByteReader } from "../byte-reader.ts";
import { crcCcitt } from "../crc-ccitt.ts";
import { FormatError } from "../format.ts";

/** The bytes before the first section: the CRC and the length of the record. */
export const RECORD_HEADER_BYTES = 6;
/** The bytes before the content of a section: CRC, number, length, two versions and 6 reserved bytes. */
export const SECTION_HEADER_BYTES = 16;
/** The length of a pointer to a section: its number, length and index. */
export const POINTER_BYTES = 10;
/** The pointers in section 0: one for each section of the specification, whether it is there or not. */
export const POINTER_COUNT = 12;
/** The reserved bytes of section 0. Those of the other sections are zeros. */
export const MAGIC = "SCPECG";
/** The sections that are read. */
const WANTED_SECTIONS = [1, 2, 3, 4, 5, 6];
/** Values that stand for a CRC that was not computed. */
const NO_CRC = [0, 0xffff];

/** The sections of a record by their number, as readers of their content. */
export type Sections = ReadonlyMap<number, ByteReader>;

/** The sections that are read, and the numbers of the others that the record has. */
type ScpRecord = { sections: Sections; others: number[] };

/**
 * Whether a file begins with section 0: it has its magic, or in version 1, where that may lack, its pointer to itself.
 */
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
 * Reads the sections of a record (sections 5.2 and 5.3 of the specification). CRCs are verified unless they are left
 * out. Lengths are verified, but need not be even. Bytes behind the end of the record are ignored.
 *
 * @throws FormatError
 */
export function readRecord(bytes: Uint8Array): ScpRecord {
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
  const others = new Set<number>();
  const section0 = openSection(record, self);
  while (section0.remaining >= POINTER_BYTES) {
    const pointer = readPointer(section0);
    if (pointer.length <= SECTION_HEADER_BYTES || pointer.id === 0) continue;
    if (!WANTED_SECTIONS.includes(pointer.id)) others.add(pointer.id);
    else if (!wanted.has(pointer.id)) wanted.set(pointer.id, pointer);
  }
  return {
    sections: new Map([...wanted].map(([id, pointer]) => [id, openSection(record, pointer)])),
    others: [...others],
  };
}

/**
 * A pointer to a section.
 *
 * @param index the number of the section's first byte; that of the record is number 1
 */
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
