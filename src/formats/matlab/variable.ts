/** A variable of a file, or a field of a struct: then its name is as in `ECG.data`. */
export type Variable = {
  name: string;
  /** Its numbers; null for what is no matrix of real numbers with two dimensions. */
  matrix: Matrix | null;
};

/** Real numbers in rows and columns. They are stored one column after the other. */
export type Matrix = {
  rows: number;
  columns: number;
  /** The number at a place, counted down the columns. */
  valueAt: (index: number) => number;
  /** Whether its numbers are integers of 16 bits with a sign. */
  isInt16: boolean;
};

/** The most variables of a file, and fields of structs, that are looked at. */
export const MAX_VARIABLES = 1000;

/** The types of numbers that a matrix may be stored as. */
export type NumberType = keyof typeof NUMBER_BYTES;

/** The bytes of a number by its type. */
export const NUMBER_BYTES = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  single: 4,
  double: 8,
} as const;

/** The number at a place among numbers of a type. One of 64 bits is rounded beyond 53 of them: no sample is so large. */
export function newValueAt(bytes: Uint8Array, type: NumberType, isLittleEndian: boolean): (index: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (type) {
    case "int8":
      return (i) => view.getInt8(i);
    case "uint8":
      return (i) => view.getUint8(i);
    case "int16":
      return (i) => view.getInt16(2 * i, isLittleEndian);
    case "uint16":
      return (i) => view.getUint16(2 * i, isLittleEndian);
    case "int32":
      return (i) => view.getInt32(4 * i, isLittleEndian);
    case "uint32":
      return (i) => view.getUint32(4 * i, isLittleEndian);
    case "int64":
      return (i) => Number(view.getBigInt64(8 * i, isLittleEndian));
    case "uint64":
      return (i) => Number(view.getBigUint64(8 * i, isLittleEndian));
    case "single":
      return (i) => view.getFloat32(4 * i, isLittleEndian);
    case "double":
      return (i) => view.getFloat64(8 * i, isLittleEndian);
  }
}
