import fc from "fast-check";
import { zlibSync } from "fflate";
import { describe, expect, it } from "vitest";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import type { ReadOptions } from "../../src/formats/format.ts";
import { joinBytes } from "../../src/formats/join-bytes.ts";
import { matlab } from "../../src/formats/matlab/matlab.ts";
import { openRecording } from "../../src/formats/open.ts";
import { MISSING, type Recording } from "../../src/recording/recording.ts";
import { ByteWriter } from "../support/byte-writer.ts";
import { expectNoHarm, type File, readFiles } from "../support/fuzz.ts";
import { UNDESCRIBED } from "../support/new-recording.ts";
import { runs } from "../support/runs.ts";

/** The number of a type in level 4 (MOPT), of an array's class, and of its stored numbers in level 5. */
const TYPES = {
  double: { mopt: 0, arrayClass: 6, stored: 9 },
  single: { mopt: 10, arrayClass: 7, stored: 7 },
  int32: { mopt: 20, arrayClass: 12, stored: 5 },
  int16: { mopt: 30, arrayClass: 10, stored: 3 },
  uint16: { mopt: 40, arrayClass: 11, stored: 4 },
  uint8: { mopt: 50, arrayClass: 9, stored: 2 },
  int8: { mopt: 0, arrayClass: 8, stored: 1 },
  int64: { mopt: 0, arrayClass: 14, stored: 12 },
  uint64: { mopt: 0, arrayClass: 15, stored: 13 },
};

type Type = keyof typeof TYPES;
type Options = { type?: Type; isLittleEndian?: boolean };

/** More bytes than a name may have. */
const LONG_NAME = 257;
const STRUCT = 2;
const CHAR = 4;
const COMPLEX = 0x0800;

/** The numbers of rows, one column after the other. */
function newNumbers(rows: readonly (readonly number[])[], { type = "int16", isLittleEndian = true }: Options) {
  const values = rows.length > 0 ? rows[0].flatMap((_, column) => rows.map((row) => row[column])) : [];
  const bytes = new ByteWriter({ isLittleEndian });
  if (type === "double") return bytes.float(8, ...values).toBytes();
  if (type === "single") return bytes.float(4, ...values).toBytes();
  // High and low half, in the order of the bytes.
  const halves = (value: number) => (isLittleEndian ? [value, value < 0 ? -1 : 0] : [value < 0 ? -1 : 0, value]);
  if (type.endsWith("64")) return bytes.int(4, ...values.flatMap(halves)).toBytes();
  return bytes.int(type.endsWith("32") ? 4 : type.endsWith("16") ? 2 : 1, ...values).toBytes();
}

/** A variable of level 4. */
function newLevel4(
  rows: readonly (readonly number[])[],
  { name = "val", type = "int16" as Type, isLittleEndian = true, kind = 0, imaginary = 0 } = {},
): Uint8Array {
  const file = new ByteWriter({ isLittleEndian });
  file.int(4, TYPES[type].mopt + kind + (isLittleEndian ? 0 : 1000), rows.length, rows[0]?.length ?? 0, imaginary);
  return file
    .int(4, name.length + 1)
    .put(`${name}\0`)
    .put(newNumbers(rows, { type, isLittleEndian }))
    .toBytes();
}

/** A data element of level 5; small ones, of up to four bytes, may have a tag of four bytes. */
function newElement(type: number, data: Uint8Array, { isLittleEndian = true, isSmall = false } = {}): Uint8Array {
  const element = new ByteWriter({ isLittleEndian });
  if (isSmall)
    return element
      .int(4, (data.length << 16) | type)
      .put(data, 4)
      .toBytes();
  return element
    .int(4, type, data.length)
    .put(data, 8 * Math.ceil(data.length / 8))
    .toBytes();
}

function newArray(
  name: string,
  arrayClass: number,
  dimensions: readonly number[],
  contents: Uint8Array,
  isLittleEndian = true,
): Uint8Array {
  const order = { isLittleEndian };
  const parts = [
    newElement(6, new ByteWriter(order).int(4, arrayClass, 0).toBytes(), order),
    newElement(5, new ByteWriter(order).int(4, ...dimensions).toBytes(), order),
    newElement(1, new TextEncoder().encode(name), { isLittleEndian, isSmall: name.length > 0 && name.length <= 4 }),
    contents,
  ];
  return newElement(14, joinBytes(parts), order);
}

function newMatrix(
  name: string,
  rows: readonly (readonly number[])[],
  { type = "int16", isLittleEndian = true }: Options = {},
): Uint8Array {
  const numbers = newElement(TYPES[type].stored, newNumbers(rows, { type, isLittleEndian }), { isLittleEndian });
  return newArray(name, TYPES[type].arrayClass, [rows.length, rows[0]?.length ?? 0], numbers, isLittleEndian);
}

function newStruct(name: string, fields: Record<string, Uint8Array>, dimensions = [1, 1]): Uint8Array {
  const names = new ByteWriter();
  for (const field of Object.keys(fields)) names.put(field, 8);
  const length = newElement(5, new ByteWriter().int(4, 8).toBytes(), { isSmall: true });
  return newArray(
    name,
    STRUCT,
    dimensions,
    joinBytes([length, newElement(1, names.toBytes()), ...Object.values(fields)]),
  );
}

function compress(element: Uint8Array): Uint8Array {
  const packed = zlibSync(element);
  return new ByteWriter().int(4, 15, packed.length).put(packed).toBytes();
}

/** A file of level 5. */
function newLevel5(elements: readonly Uint8Array[], { isLittleEndian = true, version = 0x0100 } = {}): Uint8Array {
  const header = new ByteWriter({ isLittleEndian }).put("MATLAB 5.0 MAT-file", 124).int(2, version);
  return joinBytes([header.put(isLittleEndian ? "IM" : "MI").toBytes(), ...elements]);
}

const UNKNOWN = "The file does not say what its leads are, nor what scale they have.";
const read = (bytes: Uint8Array, samplingRate?: number, options: Partial<ReadOptions> = {}) =>
  readFiles(matlab, [{ name: "a.mat", bytes }], { samplingRate, ...options });
const signalsOf = ({ leads }: Recording) => leads.map(({ samples }) => [...samples]);

const rows = [
  [1, -2, 3],
  [40, 50, -60],
];
const recording = {
  ...UNDESCRIBED,
  leads: rows.map((row, i) => {
    return { name: `lead ${i + 1}`, samplingRate: 500, gain: null, baseline: 0, samples: Int32Array.from(row) };
  }),
  notes: [UNKNOWN],
};

it("reads a matrix of level 4, written by hand", async () => {
  const header = [30, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0];
  const data = [1, 0, 40, 0, 0xfe, 0xff, 50, 0, 3, 0, 0xc4, 0xff];
  const bytes = Uint8Array.from([...header, ...[..."val\0"].map((c) => c.charCodeAt(0)), ...data]);
  expect(await read(bytes, 500)).toEqual(recording);
});

describe.each([
  { name: "level 4", write: (type: Type, isLittleEndian: boolean) => newLevel4(rows, { type, isLittleEndian }) },
  {
    name: "level 5",
    write: (type: Type, isLittleEndian: boolean) =>
      newLevel5([newMatrix("val", rows, { type, isLittleEndian })], { isLittleEndian }),
  },
])("$name", ({ write }) => {
  it.each(["double", "single", "int32", "int16"] as const)("reads %s of either byte order", async (type) => {
    for (const isLittleEndian of [true, false]) expect(await read(write(type, isLittleEndian), 500)).toEqual(recording);
  });
});

it("reads unsigned numbers, and bytes, in both levels", async () => {
  const numbers = [[0, 200]];
  for (const type of ["uint8", "uint16"] as const) {
    expect(signalsOf(await read(newLevel4(numbers, { type })))).toEqual(numbers);
    expect(signalsOf(await read(newLevel5([newMatrix("val", numbers, { type })])))).toEqual(numbers);
  }
  expect(signalsOf(await read(newLevel5([newMatrix("val", [[-7, 7]], { type: "int8" })])))).toEqual([[-7, 7]]);
});

it.each(["int64", "uint64"] as const)(
  "reads %s, which are what numpy has if it is not told otherwise",
  async (type) => {
    const positive = rows.map((row) => row.map(Math.abs));
    for (const isLittleEndian of [true, false]) {
      const file = newLevel5([newMatrix("val", positive, { type, isLittleEndian })], { isLittleEndian });
      expect(signalsOf(await read(file))).toEqual(positive);
    }
    expect(signalsOf(await read(newLevel5([newMatrix("val", rows, { type: "int64" })])))).toEqual(rows);
  },
);

it("reads doubles that are stored as bytes, as MATLAB stores small ones", async () => {
  const numbers = newElement(TYPES.int8.stored, newNumbers(rows, { type: "int8" }));
  expect(await read(newLevel5([newArray("val", TYPES.double.arrayClass, [2, 3], numbers)]), 500)).toEqual(recording);
});

it("reads compressed elements", async () => {
  expect(await read(newLevel5([compress(newMatrix("val", rows))]), 500)).toEqual(recording);
});

it("reads the data of a struct, and says what else is in it", async () => {
  const sex = newArray("", CHAR, [1, 4], newElement(4, new ByteWriter().put("M\0a\0l\0e\0").toBytes()));
  const fields = { sex, age: newMatrix("", [[74]], { type: "uint8" }), data: newMatrix("", rows, { type: "double" }) };
  for (const file of [newStruct("ECG", fields), compress(newStruct("ECG", fields))]) {
    expect(await read(newLevel5([file]), 500)).toEqual({
      ...recording,
      notes: ['Of the file\'s variables these are not kept: "ECG.sex", "ECG.age".', UNKNOWN],
    });
  }
});

it("says which variables are not kept, and counts those that are many", async () => {
  const others = Array.from({ length: 20 }, (_, i) => newLevel4([[i]], { name: `x${i}` }));
  const { notes } = await read(joinBytes([...others, newLevel4(rows)]), 500);
  const named = Array.from({ length: 16 }, (_, i) => `"x${i}"`).join(", ");
  expect(notes).toEqual([`Of the file's variables these are not kept: ${named} and 4 more.`, UNKNOWN]);
});

describe("the sampling rate", () => {
  const newFile = (name: string, hertz: number[][]) =>
    newLevel5([newMatrix("val", rows), newMatrix(name, hertz, { type: "double" })]);
  const ratesOf = ({ leads }: Recording) => leads.map(({ samplingRate }) => samplingRate);

  it.each(["fs", "Fs", "sampling_rate", "SamplingFrequency"])(
    "is taken from a variable %s, with a note",
    async (name) => {
      const answer = await read(newFile(name, [[257.5]]));
      expect(ratesOf(answer)).toEqual([257.5, 257.5]);
      expect(answer.notes).toEqual([UNKNOWN, `The sampling rate of 257.5 Hz is taken from the variable "${name}".`]);
    },
  );

  it("is taken from a field of the struct with the signals", async () => {
    const fields = { fs: newMatrix("", [[250]], { type: "double" }), data: newMatrix("", rows) };
    expect(ratesOf(await read(newLevel5([newStruct("ECG", fields)])))).toEqual([250, 250]);
  });

  it("is the sender's where the sender says one", async () => {
    const { leads, notes } = await read(newFile("fs", [[250]]), 500);
    expect(leads[0].samplingRate).toBe(500);
    expect(notes).toEqual([expect.stringContaining('not kept: "fs"'), UNKNOWN]);
  });

  it.each([
    { what: "a rate of 0", hertz: [[0]] },
    { what: "a rate that no ECG has", hertz: [[1e9]] },
    { what: "no number", hertz: [[Number.NaN]] },
    { what: "several rates", hertz: [[500, 250]] },
  ])("is not taken from $what", async ({ hertz }) => {
    expect(ratesOf(await read(newFile("fs", hertz)))).toEqual([null, null]);
  });
});

it("asks for the sampling rate where nobody says it", async () => {
  const { leads, notes } = await read(newLevel4(rows));
  expect(leads.map(({ samplingRate }) => samplingRate)).toEqual([null, null]);
  expect(notes).toEqual([UNKNOWN, "The file does not say its sampling rate: send it as sampling_rate."]);
});

it("keeps what is missing: NaN, and the lowest integer of 16 bits, but not of 32", async () => {
  expect(signalsOf(await read(newLevel4([[-32768, 1]])))).toEqual([[MISSING, 1]]);
  expect(signalsOf(await read(newLevel5([newMatrix("val", [[-32768, 1]])])))).toEqual([[MISSING, 1]]);
  expect(signalsOf(await read(newLevel4([[-32768, 1]], { type: "int32" })))).toEqual([[-32768, 1]]);
  expect(signalsOf(await read(newLevel4([[Number.NaN, 1]], { type: "double" })))).toEqual([[MISSING, 1]]);
});

describe("numbers of a unit", () => {
  const decimals = [
    [0.5, -0.0305],
    [12, 1e-4],
  ];
  const leadsOf = ({ leads }: Recording) => leads.map(({ samples, gain }) => [[...samples], gain]);

  it.each([
    { units: "mv", gain: 10_000 },
    { units: "uv", gain: 10_000_000 },
  ] as const)("are samples without their point, by one gain for all leads, in $units", async ({ units, gain }) => {
    const recording = await read(newLevel4(decimals, { type: "double" }), 500, { units });
    expect(leadsOf(recording)).toEqual([
      [[5000, -305], gain],
      [[120000, 1], gain],
    ]);
    expect(recording.notes).toEqual(["The file does not say what its leads are."]);
  });

  it("are whole already", async () => {
    expect(leadsOf(await read(newLevel4([[1, -2]]), 500, { units: "uv" }))).toEqual([[[1, -2], 1000]]);
  });

  it("are the multiples of their common step", async () => {
    const multiples = [[3 / 204.8, -1 / 204.8, Number.NaN, 2000 / 204.8]];
    const recording = await read(newLevel4(multiples, { type: "double" }), 500, { units: "mv" });
    expect(leadsOf(recording)).toEqual([[[3, -1, MISSING, 2000], 204.8]]);
    expect(recording.notes).toEqual(["The file does not say what its leads are."]);
  });

  it("are rounded to the step that is named, with a note", async () => {
    const file = newLevel4([[Math.PI, -Math.E]], { type: "double" });
    const recording = await read(file, 500, { units: "mv", resolution: 0.001 });
    expect(leadsOf(recording)).toEqual([[[3142, -2718], 1000]]);
    const rounding = "rounded to 0.001 mV, by up to 0.00041: they are no multiples of one step.";
    expect(recording.notes?.[0]).toBe(`The numbers of "val" are ${rounding}`);
  });

  it("may be too many steps for 32 bits", async () => {
    const file = newLevel4([[Math.PI * 1e6]], { type: "double" });
    await expect(read(file, 500, { units: "mv", resolution: 1e-6 })).rejects.toMatchObject({
      options: { errors: [{ path: "val", message: "not all numbers fit into 32 bits: name a coarser resolution" }] },
    });
  });
});

it("passes over complex numbers of level 4 before the signals", async () => {
  const complex = joinBytes([newLevel4([[1, 2]], { name: "x", imaginary: 1 }), Uint8Array.of(3, 0, 4, 0)]);
  expect(signalsOf(await read(joinBytes([complex, newLevel4(rows)])))).toEqual(rows);
});

it("takes a column for a lead where there are too many rows", async () => {
  const columns = Array.from({ length: 70 }, (_, i) => [i, -i]);
  const { leads, notes } = await read(newLevel4(columns), 500);
  expect(leads.map(({ samples }) => samples[69])).toEqual([69, -69]);
  expect(notes?.[0]).toBe('The matrix "val" of 70 rows is read with a column a lead.');
});

const numbers = newElement(3, new Uint8Array(12));
const deep = compress(newMatrix("val", rows));
const wrongSum = deep.map((byte, i) => (i === deep.length - 1 ? byte ^ 1 : byte));

it.each([
  { name: "no matrix of its name", file: newLevel4(rows, { name: "x" }), path: "val", message: 'there are "x"' },
  { name: "no variable", file: newLevel5([]), path: "val", message: "no struct with one called data" },
  { name: "a text", file: newLevel4(rows, { kind: 1 }), path: "val", message: "no matrix" },
  {
    name: "a matrix of level 4 that is cut off",
    file: newLevel4(rows).subarray(0, -1),
    path: "byte 24",
    message: 'variable "val" of 12 bytes',
  },
  {
    name: "complex numbers",
    file: newLevel5([newArray("val", TYPES.int16.arrayClass | COMPLEX, [2, 3], numbers)]),
    path: "val",
    message: "is no matrix of real numbers with two dimensions",
  },
  {
    name: "three dimensions",
    file: newLevel5([newArray("val", TYPES.int16.arrayClass, [2, 3, 1], numbers)]),
    path: "val",
    message: "no matrix",
  },
  {
    name: "a size below 0",
    file: newLevel5([newArray("val", TYPES.int16.arrayClass, [-2, 3], numbers)]),
    path: "byte 164",
    message: "-2 is no size",
  },
  {
    name: "fewer numbers than promised",
    file: newLevel5([newArray("val", TYPES.int16.arrayClass, [2, 4], numbers)]),
    path: "byte 184",
    message: 'variable "val" of 16 bytes',
  },
  {
    name: "structs in a struct",
    file: newLevel5([newStruct("ECG", { data: newMatrix("", rows) }, [1, 2])]),
    path: "val",
    message: 'there are "ECG"',
  },
  { name: "too many leads", file: newLevel4(Array(65).fill(Array(65).fill(0))), path: "val", message: "65 rows" },
  {
    name: "decimals without a unit",
    file: newLevel4([[0.5]], { type: "double" }),
    path: "val",
    message: "not every number is an integer of 32 bits, and nothing says its unit: say it by units=mv or units=uv",
  },
  {
    name: "numbers that are too large",
    file: newLevel4([[3e9]], { type: "double" }),
    path: "val",
    message: "not every number is an integer of 32 bits",
  },
  {
    name: "a thousand variables and one",
    file: joinBytes(Array(1001).fill(newLevel4([[1]]))),
    path: "byte 26000",
    message: "more than 1000 variables",
  },
  {
    name: "a thousand variables and one of level 5",
    file: newLevel5(Array(1001).fill(newMatrix("x", [[1]]))),
    path: "byte 64128",
    message: "more than 1000 variables",
  },
  {
    name: "a thousand fields and one",
    file: newLevel5([
      newStruct("x", Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`f${i}`, newMatrix("", [[1]])]))),
    ]),
    path: expect.any(String),
    message: "more than 1000 fields",
  },
  {
    name: "complex numbers of level 4",
    file: joinBytes([newLevel4([[1, 2]], { imaginary: 1 }), Uint8Array.of(3, 0, 4, 0)]),
    path: "val",
    message: "is no matrix of real numbers with two dimensions",
  },
  {
    name: "a flag of complex numbers that is none",
    file: joinBytes([newLevel4([[1, 2]]), newLevel4([[1, 2]], { imaginary: 2 })]),
    path: "byte 44",
    message: "2 is no flag of complex numbers",
  },
  {
    name: "a name of level 4 that is too long",
    file: joinBytes([newLevel4([[1, 2]]), newLevel4([[1, 2]], { name: "x".repeat(LONG_NAME) })]),
    path: "byte 48",
    message: `a name of ${LONG_NAME + 1} bytes is not of 1 to`,
  },
  {
    name: "a name of level 5 that is too long",
    file: newLevel5([newMatrix("x".repeat(LONG_NAME), rows)]),
    path: "byte 176",
    message: `a name of ${LONG_NAME} bytes is longer than`,
  },
  {
    name: "a small element of five bytes",
    file: newLevel5([newElement(14, new ByteWriter().int(4, (5 << 16) | 6, 0, 0).toBytes())]),
    path: "byte 140",
    message: "a small data element of 5 bytes is longer than 4",
  },
  ...[[3], []].map((dimensions) => ({
    name: `an array of ${dimensions.length} dimensions`,
    file: newLevel5([newArray("val", TYPES.int16.arrayClass, dimensions, numbers)]),
    path: "byte 160",
    message: `${4 * dimensions.length} bytes are no dimensions of an array`,
  })),
  {
    name: "names of fields that are cut",
    file: newLevel5([
      newArray(
        "x",
        STRUCT,
        [1, 1],
        joinBytes([newElement(5, Uint8Array.of(8, 0, 0, 0)), newElement(1, new Uint8Array(9))]),
      ),
    ]),
    path: expect.any(String),
    message: "9 bytes are no names of fields of 8 bytes",
  },
  {
    name: "names of fields without a length",
    file: newLevel5([
      newArray(
        "x",
        STRUCT,
        [1, 1],
        joinBytes([newElement(5, Uint8Array.of(0, 0, 0, 0)), newElement(1, new Uint8Array(8))]),
      ),
    ]),
    path: expect.any(String),
    message: "8 bytes are no names of fields of 0 bytes",
  },
  {
    name: "a field that is no array",
    file: newLevel5([newStruct("x", { data: newElement(1, Uint8Array.of(1, 2)) })]),
    path: expect.any(String),
    message: 'the field "x.data" is no array',
  },
  { name: "what is infinite", file: newLevel4([[Infinity]], { type: "double" }), path: "val", message: "Infinity" },
  {
    name: "MATLAB 7.3",
    file: newLevel5([], { version: 0x0200 }),
    path: "byte 124",
    message: "MATLAB 7.3 is not read: save the file with -v7",
  },
  {
    name: "a wrong checksum",
    file: newLevel5([wrongSum]),
    path: "compressed element at byte 128",
    message: "the checksum is not that",
  },
  {
    name: "a bomb",
    file: newLevel5([compress(new Uint8Array(8 * 1024 * 1024))]),
    path: "compressed element at byte 128",
    message: "inflates to more than is read",
  },
  {
    name: "many elements that are a bomb together",
    file: newLevel5(Array(8).fill(compress(newElement(1, new Uint8Array(900_000))))),
    path: expect.stringMatching(/^compressed element at byte \d+$/),
    message: "inflates to more than is read",
  },
])("refuses $name", async ({ file, path, message }) => {
  await expect(read(file)).rejects.toMatchObject({
    name: "FormatError",
    options: { errors: [{ path, message: expect.stringContaining(message) }] },
  });
});

it("takes the only large matrix for the signals where none has their name, and says so", async () => {
  const long = newMatrix("ecg", [Array.from({ length: 100 }, (_, i) => i)]);
  const { leads, notes } = await read(newLevel5([newMatrix("age", [[50]]), long]));
  expect(leads.map(({ samples }) => samples.length)).toEqual([100]);
  expect(notes?.slice(0, 2)).toEqual([
    'No variable is called val: "ecg" is taken for the signals.',
    'Of the file\'s variables these are not kept: "age".',
  ]);
  const two = read(newLevel5([long, newMatrix("ppg", [Array(100).fill(1)])]));
  await expect(two).rejects.toThrow(
    'there is no matrix of this name, and no struct with one called data: there are "ecg", "ppg"',
  );
});

it("knows its files by their first bytes", () => {
  const files = [newLevel4(rows), newLevel4(rows, { isLittleEndian: false }), newLevel5([]), newLevel4([[]])];
  expect(files.map(matlab.detect)).toEqual([true, true, true, true]);
  const others = [new Uint8Array(4096), newLevel4(rows, { name: "1" }), newLevel4(rows).subarray(0, 20)];
  expect(others.map(matlab.detect)).toEqual([false, false, false]);
});

describe("beside other files", () => {
  const header = { name: "a.hea", bytes: new TextEncoder().encode("a 2 100 3\na.mat 16+24 200\na.mat 16+24 200\n") };
  const signals = { name: "a.mat", bytes: newLevel4(rows) };

  async function open(files: File[]) {
    const inputs = files.map(({ name, bytes }) => ({ name, bytes: new ByteStream([bytes]) }));
    const { format, head, stretches } = await openRecording(inputs, { timeZone: "UTC" });
    const samples: number[][] = head.leads.map(() => []);
    for await (const stretch of stretches) for (const [i, part] of stretch.samples.entries()) samples[i].push(...part);
    return { id: format.id, samples };
  }

  it("is WFDB's signals where a header comes, whichever is first", async () => {
    for (const files of [
      [header, signals],
      [signals, header],
    ]) {
      expect(await open(files)).toEqual({ id: "wfdb", samples: rows });
    }
  });

  it("is read alone, also beside what is no recording", async () => {
    const readme = { name: "README.md", bytes: new TextEncoder().encode("hello") };
    for (const files of [[signals], [readme, signals], [signals, readme]]) {
      expect(await open(files)).toEqual({ id: "matlab", samples: rows });
    }
  });

  it("is one recording at a time", async () => {
    await expect(open([signals, { ...signals, name: "b.mat" }])).rejects.toMatchObject({
      options: { errors: [{ path: "b.mat", message: "is a second recording: one is taken at a time" }] },
    });
  });
});

it("reads what was written", async () => {
  const size = fc.record({ leads: fc.integer({ min: 1, max: 12 }), samples: fc.nat(20) });
  const file = size.chain(({ leads, samples }) => {
    const row = fc.array(fc.integer({ min: -32767, max: 32767 }), { minLength: samples, maxLength: samples });
    return fc.record({
      signals: fc.array(row, { minLength: leads, maxLength: leads }),
      type: fc.constantFrom<Type>("double", "single", "int32", "int16"),
      isLittleEndian: fc.boolean(),
    });
  });
  await fc.assert(
    fc.asyncProperty(file, async ({ signals, ...options }) => {
      const { isLittleEndian } = options;
      expect(signalsOf(await read(newLevel4(signals, options)))).toEqual(signals);
      expect(signalsOf(await read(newLevel5([newMatrix("val", signals, options)], { isLittleEndian })))).toEqual(
        signals,
      );
    }),
    { numRuns: runs(200), seed: 1 },
  );
});

it.each([
  { name: "level 4", file: newLevel4(rows) },
  { name: "level 5", file: newLevel5([newMatrix("x", [[1]]), newMatrix("val", rows)]) },
  { name: "level 5 with a struct", file: newLevel5([newStruct("ECG", { data: newMatrix("", rows) })]) },
  { name: "level 5, compressed", file: newLevel5([deep]) },
])("takes every truncation and change of $name for a recording or a FormatError", async ({ file }) => {
  await expectNoHarm(matlab, [{ name: "a.mat", bytes: file }]);
});
