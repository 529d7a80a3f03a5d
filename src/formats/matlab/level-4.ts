import { ByteReader } from "../byte-reader.ts";
import { FormatError } from "../format.ts";
import { MAX_VARIABLES, type Matrix, NUMBER_BYTES, type NumberType, newValueAt, type Variable } from "./variable.ts";

/** The header of a variable: its type, rows, columns, whether it is complex, and the length of its name. */
const HEADER_BYTES = 20;
/** The longest name of a variable with the zero behind it: MATLAB's own are shorter. */
const MAX_NAME_BYTES = 64;
/** The types of numbers by the third digit of a variable's type (MOPT). */
const NUMBER_TYPES: readonly NumberType[] = ["double", "single", "int32", "int16", "uint16", "uint8"];

type Header = { isLittleEndian: boolean; numberType: NumberType; isFull: boolean };

/** Whether a file begins with a variable of level 4. It has no magic number: its first fields must make sense. */
export function isLevel4(prefix: Uint8Array): boolean {
  const header = findHeader(prefix);
  if (!header) return false;
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.length);
  const isComplex = view.getUint32(12, header.isLittleEndian);
  const nameBytes = view.getUint32(16, header.isLittleEndian);
  if (isComplex > 1 || nameBytes < 2 || nameBytes > MAX_NAME_BYTES) return false;
  const name = String.fromCharCode(...prefix.subarray(HEADER_BYTES, HEADER_BYTES + nameBytes));
  return name.length === nameBytes && /^[A-Za-z]\w*\0$/.test(name);
}

/** Reads the variables of a file of level 4. */
export function readLevel4(bytes: Uint8Array): Variable[] {
  const variables: Variable[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (variables.length === MAX_VARIABLES) throw new FormatError(`byte ${at}`, `more than ${MAX_VARIABLES} variables`);
    const header = findHeader(bytes.subarray(at));
    if (!header) throw new FormatError(`byte ${at}`, "this is no variable of MATLAB's level 4");
    const reader = new ByteReader(bytes.subarray(at), { isLittleEndian: header.isLittleEndian, start: at });
    variables.push(readVariable(reader, header));
    at = reader.position;
  }
  return variables;
}

/** The type of the variable that bytes begin with; undefined when it is none. It says in which order its bytes are. */
function findHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const isLittleEndian of [true, false]) {
    const type = view.getUint32(0, isLittleEndian);
    const [thousands, hundreds] = [Math.floor(type / 1000), Math.floor(type / 100) % 10];
    const numberType = NUMBER_TYPES[Math.floor(type / 10) % 10];
    if (thousands === (isLittleEndian ? 0 : 1) && hundreds === 0 && numberType && type % 10 <= 2)
      return { isLittleEndian, numberType, isFull: type % 10 === 0 };
  }
  return undefined;
}

function readVariable(reader: ByteReader, { isLittleEndian, numberType, isFull }: Header): Variable {
  reader.skip(4, "a variable's type");
  const [rows, columns] = [reader.u32("the rows"), reader.u32("the columns")];
  const isComplex = reader.u32("the flag of complex numbers");
  if (isComplex > 1) reader.fail(`${isComplex} is no flag of complex numbers`);
  const nameBytes = reader.u32("the name's length");
  if (nameBytes < 1 || nameBytes > MAX_NAME_BYTES)
    reader.fail(`a name of ${nameBytes} bytes is not of 1 to ${MAX_NAME_BYTES}`);
  const name = reader.latin1(nameBytes, "the name").split("\0", 1)[0];
  const values = reader.take8(rows * columns * NUMBER_BYTES[numberType], `variable ${JSON.stringify(name)}`);
  if (isComplex === 1) reader.skip(values.length, "the imaginary part");
  const matrix: Matrix = {
    rows,
    columns,
    valueAt: newValueAt(values, numberType, isLittleEndian),
    isInt16: numberType === "int16",
  };
  return { name, matrix: isFull && isComplex === 0 ? matrix : null };
}
