import fc from "fast-check";
import { expect, it } from "vitest";
import { mfer } from "../../src/formats/mfer/mfer.ts";
import { STANDARD_LEADS, type StandardLead } from "../../src/recording/lead-names.ts";
import { type Lead, MISSING, type Recording } from "../../src/recording/recording.ts";
import { ByteWriter } from "../support/byte-writer.ts";
import { expectNoHarm, readFiles } from "../support/fuzz.ts";
import { runs } from "../support/runs.ts";

type Bytes = Iterable<number> | string;
const LITTLE = [0x01, 1, 1];
const PREAMBLE = newItem(0x40, new ByteWriter().put("MFR Standard 12 leads", 32).toBytes());

/** An item with a short length, or one of as many bytes as are asked for. */
function newItem(tag: number, value: Bytes, lengthBytes = 0): number[] {
  const bytes = [...new ByteWriter().put(value).toBytes()];
  const length = Array.from({ length: lengthBytes }, (_, i) => (bytes.length >> (8 * (lengthBytes - 1 - i))) & 0xff);
  return [tag, ...(lengthBytes > 0 ? [0x80 + lengthBytes, ...length] : [bytes.length]), ...bytes];
}

/** Items of one channel. */
function newChannel(channel: number, items: number[][]): number[] {
  const contents = items.flat();
  return [0x3f, channel, contents.length, ...contents];
}

const toFile = (...items: Iterable<number>[]) => Uint8Array.from([PREAMBLE, ...items].flatMap((item) => [...item]));
const int16 = (isLittleEndian: boolean, ...values: number[]) =>
  new ByteWriter({ isLittleEndian }).int(2, ...values).toBytes();

/** The file of a recording: whole hertz and whole nanovolts a count, and leads that divide into blocks of a size. */
function write({ recordedAt, subject, device, leads }: Recording, { isLittleEndian = true, sequences = 1 } = {}) {
  const number = (size: 1 | 2 | 4, ...values: number[]) => new ByteWriter({ isLittleEndian }).int(size, ...values);
  const blockLengths = leads.map(({ samples }) => samples.length / sequences);
  const items = [
    newItem(0x01, [isLittleEndian ? 1 : 0]),
    newItem(0x05, number(1, leads.length).toBytes()),
    newItem(0x06, number(2, sequences).toBytes()),
    newItem(0x0a, [2]),
    newItem(0x12, number(4, MISSING).toBytes()),
    ...leads.map(({ name, samplingRate, gain }, i) =>
      newChannel(i, [
        newItem(0x04, number(2, blockLengths[i]).toBytes()),
        newItem(0x09, number(2, STANDARD_LEADS[name as StandardLead]).toBytes()),
        newItem(0x0b, [0, 0, ...number(4, samplingRate ?? 0).toBytes()]),
        newItem(0x0c, [0, 0xf7, ...number(4, gain === null ? 0 : Math.round(1e6 / gain)).toBytes()]),
      ]),
    ),
  ];
  if (subject !== null) items.push(newItem(0x82, subject));
  if (device !== null) items.push(newItem(0x17, `${device}^^`));
  if (recordedAt !== null) {
    const at = new Date(recordedAt);
    const day = [at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
    const year = number(2, at.getUTCFullYear()).toBytes();
    items.push(newItem(0x85, [...year, ...day, ...number(2, at.getUTCMilliseconds(), 0).toBytes()]));
  }
  const data = new ByteWriter({ isLittleEndian });
  for (let sequence = 0; sequence < sequences; sequence++) {
    for (const [i, { samples }] of leads.entries())
      data.int(4, ...samples.subarray(sequence * blockLengths[i], (sequence + 1) * blockLengths[i]));
  }
  items.push(newItem(0x1e, data.toBytes(), 4), [0x80]);
  return toFile(...items);
}

const read = (bytes: Uint8Array, timeZone = "UTC") => readFiles(mfer, [{ name: "a.mwf", bytes }], { timeZone });
const about = { recordedAt: null, subject: null, device: null, note: null, isOpen: false, annotations: [] };

it("reads items of little endian, written by hand", async () => {
  const file = toFile(
    LITTLE,
    [0x17, 12, ...[..."Maker^A-1^2\0"].map((letter) => letter.charCodeAt(0))],
    [0x08, 1, 1],
    [0x0b, 3, 1, 0xfd, 4],
    [0x0c, 4, 0, 0xfa, 2, 0],
    [0x04, 1, 2],
    [0x05, 1, 2],
    [0x06, 1, 2],
    [0x0a, 1, 0],
    [0x12, 2, 0, 0x80],
    [0x3f, 0, 4, 0x09, 2, 2, 0],
    [0x3f, 1, 3, 0x09, 1, 63],
    [0x82, 3, 0x50, 0x2d, 0x37],
    [0x85, 11, 0xea, 0x07, 1, 31, 9, 30, 15, 0xf4, 1, 0, 0],
    [0x1e, 0x81, 16, 1, 0, 0xfe, 0xff, 0xff, 0x7f, 1, 0x80, 3, 0, 0, 0x80, 4, 0, 5, 0],
    [0x80],
  );
  expect(await read(file, "Europe/Berlin")).toEqual({
    ...about,
    recordedAt: Date.parse("2026-01-31T08:30:15.500Z"),
    subject: "P-7",
    device: "Maker A-1 2",
    leads: [
      { name: "II", samplingRate: 250, gain: 500, baseline: 0, samples: Int32Array.of(1, -2, 3, MISSING) },
      { name: "aVL", samplingRate: 250, gain: 500, baseline: 0, samples: Int32Array.of(32767, -32767, 4, 5) },
    ],
  });
});

it("takes big endian for the order where none is named, and a mantissa of each size", async () => {
  const data = newItem(0x1e, int16(false, 258));
  for (const mantissa of [[4], [0, 4], [0, 0, 0, 4]]) {
    const { leads } = await read(toFile([0x0b, 2 + mantissa.length, 1, 0xfd, ...mantissa], data));
    expect(leads).toEqual([
      { name: "lead 1", samplingRate: 250, gain: null, baseline: 0, samples: Int32Array.of(258) },
    ]);
  }
});

it("knows its files by their preamble", () => {
  const prefixes = [PREAMBLE, PREAMBLE.slice(0, 5), [0x41, ...PREAMBLE.slice(1)], []];
  expect(prefixes.map((prefix) => mfer.detect(Uint8Array.from(prefix)))).toEqual([true, false, false, false]);
});

const rate = [0x0b, 3, 0, 0, 100];

it("reads channels of different rates, blocks, resolutions, types and names", async () => {
  const channels = [
    newChannel(0, [[0x04, 1, 2], rate, [0x0c, 3, 0, 0xfa, 5], [0x0a, 1, 5], [0x09, 2, 0, 3]]),
    newChannel(1, [
      [0x0b, 3, 0, 0, 50],
      [0x0c, 3, 1, 0xff, 1],
      [0x0a, 1, 1],
      newItem(0x09, [0x40, 1, ..."ART\0"].map(toCode)),
    ]),
  ];
  const sequence = (...bytes: number[]) => bytes;
  const data = newItem(0x1e, [...sequence(0xff, 2, 0xff, 0xfe), ...sequence(3, 4, 0, 1)]);
  expect((await read(toFile([0x05, 1, 2], ...channels, data))).leads).toEqual([
    { name: "V1", samplingRate: 100, gain: 200, baseline: 0, samples: Int32Array.of(-1, 2, 3, 4) },
    { name: "ART", samplingRate: 50, unit: "mmHg", gain: 10, baseline: 0, samples: Int32Array.of(65534, 1) },
  ]);
});

function toCode(part: number | string): number {
  return typeof part === "number" ? part : part.charCodeAt(0);
}

it.each([
  { type: 0, missing: -32768, bytes: int16(false, -32768, 5), samples: [MISSING, 5] },
  { type: 1, missing: 65535, bytes: int16(false, 65535, 5), samples: [MISSING, 5] },
  {
    type: 2,
    missing: -1,
    bytes: new ByteWriter({ isLittleEndian: false }).int(4, -1, 70000).toBytes(),
    samples: [MISSING, 70000],
  },
  { type: 3, missing: 255, bytes: [255, 5], samples: [MISSING, 5] },
  { type: 4, missing: 0, bytes: int16(false, 0, 40000), samples: [MISSING, 40000] },
  { type: 5, missing: -128, bytes: [0x80, 0xfb], samples: [MISSING, -5] },
  {
    type: 6,
    missing: 1,
    bytes: new ByteWriter({ isLittleEndian: false }).int(4, 1, 70000).toBytes(),
    samples: [MISSING, 70000],
  },
  {
    type: 6,
    missing: -1,
    bytes: new ByteWriter({ isLittleEndian: false }).int(4, -1, 70000).toBytes(),
    samples: [MISSING, 70000],
  },
])("reads data of type $type and their missing value, also where it is named before the type", async (row) => {
  const size = [2, 2, 4, 1, 2, 1, 4][row.type] as 1 | 2 | 4;
  const missing = newItem(0x12, new ByteWriter({ isLittleEndian: false }).int(size, row.missing).toBytes());
  const type = [0x0a, 1, row.type];
  for (const items of [
    [missing, type],
    [type, missing],
  ]) {
    const { leads } = await read(toFile(...items, newItem(0x1e, row.bytes)));
    expect([...leads[0].samples]).toEqual(row.samples);
  }
});

it("reads 256 bytes of a waveform's text, which is compared at each change", () => {
  const name = newItem(0x09, [0, 0, ...new Uint8Array(1000).fill(0x61)], 2);
  const { leads } = mfer.read(toFile(name, newItem(0x1e, int16(false, 1))), { timeZone: "UTC" });
  expect(leads[0].name).toBe("a".repeat(256));
});

it.each([
  { name: "lead", other: newItem(0x09, [0, 63]) },
  { name: "rate", other: [0x0b, 3, 1, 0xfd, 2] },
  { name: "scale", other: [0x0c, 3, 0, 0xfa, 5] },
  { name: "unit", other: [0x0c, 3, 1, 0, 0] },
])("joins frames of the same leads, and says how many of another $name it leaves", async ({ other }) => {
  const frames = [
    newItem(0x1e, int16(false, 1, 2)),
    newItem(0x1e, int16(false, 3)),
    other,
    newItem(0x1e, int16(false, 4)),
  ];
  const { leads, notes } = await read(toFile(rate, ...frames));
  expect([...leads[0].samples]).toEqual([1, 2, 3]);
  expect(notes).toEqual([
    "Frames of another kind, or of other leads, rates or scales than the first, which are not kept: 1.",
  ]);
});

it("takes no average beat for the next samples, by the type of its waveform", async () => {
  const type = (comment: string) => newItem(0x08, [0, 1, ...new TextEncoder().encode(comment)]);
  const frames = [[1, 2], [3], [4]].map((samples) => newItem(0x1e, int16(false, ...samples)));
  const file = toFile(rate, type("12 leads"), frames[0], type("12 leads"), frames[1], type("Average"), frames[2]);
  const { leads, notes } = await read(file);
  expect([...leads[0].samples]).toEqual([1, 2, 3]);
  expect(notes).toEqual([
    "Frames of another kind, or of other leads, rates or scales than the first, which are not kept: 1.",
  ]);
});

it("begins at the time of the first frame, whatever times later ones have", async () => {
  const time = (minute: number) => newItem(0x85, [0x07, 0xea, 1, 31, 9, minute, 15]);
  const frame = newItem(0x1e, int16(false, 1));
  const { recordedAt, leads, notes } = await read(toFile(rate, time(29), time(30), frame, time(31), frame));
  expect([recordedAt, leads[0].samples.length]).toEqual([Date.parse("2026-01-31T09:30:15Z"), 2]);
  expect(notes).toEqual(["Times of later frames are not kept, which are put behind one another: 1."]);
  expect((await read(toFile(rate, frame, time(30)))).recordedAt).toBe(Date.parse("2026-01-31T09:30:15Z"));
});

it("says what it does not keep, and what it assumes", async () => {
  const items = [
    [0x16, 1, 65],
    [0x41, 2, 0, 1],
    [0x83, 0],
    [0x0d, 2, 0, 9],
    [0x85, 7, 0, 0, 0, 0, 0, 0, 0],
  ];
  const { recordedAt, leads, notes } = await read(toFile(...items, newItem(0x1e, int16(false, 1))));
  expect({ recordedAt, samplingRate: leads[0].samplingRate, baseline: leads[0].baseline, notes }).toEqual({
    recordedAt: null,
    samplingRate: 1000,
    baseline: 9,
    notes: [
      "The time of measurement (85) is none, and is not kept.",
      "The items of the tags 16, 41, 83 are not kept.",
      "The file names no sampling interval: 1000 Hz are assumed, as the standard says.",
      "The offset (0D) is taken for the sample at 0 of the unit.",
    ],
  });
});

it("takes the name for the subject where there is no id, in the file's charset", async () => {
  const name = [0x8e, 0x52, 0x93, 0x63];
  expect((await read(toFile(newItem(0x03, "Shift_JIS"), newItem(0x81, name), newItem(0x1e, "")))).subject).toBe("山田");
});

it("reads lengths of up to four bytes, also those that fit in the other order alone", async () => {
  const data = int16(false, 1, 2);
  for (const lengthBytes of [0, 1, 2, 4]) {
    expect([...(await read(toFile(rate, newItem(0x1e, data, lengthBytes)))).leads[0].samples]).toEqual([1, 2]);
  }
  expect([...(await read(toFile(rate, [0x1e, 0x84, 4, 0, 0, 0], data))).leads[0].samples]).toEqual([1, 2]);
});

it("reads the items of a channel up to their end where their length is not told", async () => {
  const channel = [0x3f, 0, 0x80, 0x09, 1, 61, ...rate, 0, 0];
  const { leads } = await read(toFile(channel, newItem(0x1e, int16(false, 1))));
  expect(leads.map(({ name, samplingRate }) => ({ name, samplingRate }))).toEqual([{ name: "III", samplingRate: 100 }]);
});

it("reads no sequences of blocks without samples, however many there are said to be", async () => {
  const { leads } = await read(toFile(rate, [0x04, 1, 0], [0x06, 4, 255, 255, 255, 255], newItem(0x1e, [])));
  expect(leads[0].samples).toHaveLength(0);
});

it("reads nothing behind the end", async () => {
  expect((await read(toFile(rate, newItem(0x1e, int16(false, 1)), [0x80, 0x1e, 99]))).leads[0].samples).toHaveLength(1);
});

it.each([
  { name: "no data", items: [rate], path: "item 1E", message: "there is none" },
  {
    name: "half a sample",
    items: [newItem(0x1e, [1])],
    path: "byte 36, item 1E",
    message: "1 bytes are no whole sequences of 2",
  },
  {
    name: "fewer sequences than promised",
    items: [[0x06, 1, 3], newItem(0x1e, [1, 2])],
    path: "byte 39, item 1E",
    message: "2 bytes are no 3 sequences of 2 bytes",
  },
  {
    name: "more data than promised",
    items: [[0x06, 1, 1], newItem(0x1e, [1, 2, 3, 4])],
    path: "byte 39, item 1E",
    message: "4 bytes are no 1 sequences of 2 bytes",
  },
  {
    name: "data without blocks",
    items: [[0x04, 1, 0], [0x06, 4, 255, 255, 255, 255], newItem(0x1e, [1, 2])],
    path: "byte 45, item 1E",
    message: "2 bytes are no 4294967295 sequences of 0 bytes",
  },
  { name: "no channels", items: [[0x05, 1, 0]], path: "byte 36, item 05", message: "0 channels" },
  { name: "too many channels", items: [[0x05, 1, 65]], path: "byte 36, item 05", message: "65 channels" },
  { name: "a channel beyond", items: [newChannel(64, [rate])], path: "byte 39, item 0B", message: "channel 64" },
  {
    name: "a channel's number without an end",
    items: [[0x3f, 255, 255, 255]],
    path: "byte 37",
    message: "longer than 2",
  },
  {
    name: "sequences of a channel",
    items: [newChannel(0, [[0x06, 1, 1]])],
    path: "byte 39, item 06",
    message: "sequences of its own",
  },
  { name: "floating point", items: [[0x0a, 1, 7]], path: "byte 37, item 0A", message: "data of type 7" },
  { name: "AHA's compression", items: [[0x0a, 1, 9]], path: "byte 37, item 0A", message: "data of type 9" },
  { name: "compression", items: [[0x0e, 2, 0, 1]], path: "byte 36, item 0E", message: "compressed" },
  {
    name: "compression of a channel",
    items: [newChannel(0, [[0x0e, 2, 1, 0]])],
    path: "byte 39, item 0E",
    message: "compressed",
  },
  { name: "samples apart in space", items: [[0x0b, 3, 2, 0, 1]], path: "byte 39, item 0B", message: "unit 2" },
  {
    name: "an interval of 0",
    items: [[0x0b, 3, 1, 0, 0]],
    path: "byte 39, item 0B",
    message: "0 is no sampling interval",
  },
  { name: "an interval without a number", items: [[0x0b, 2, 1, 0]], path: "byte 38, item 0B", message: "0 bytes" },
  {
    name: "unsigned samples that do not fit",
    items: [[0x0a, 1, 6], newItem(0x1e, [255, 255, 255, 255])],
    path: "lead 1",
    message: "4294967295",
  },
  { name: "a length of five bytes", items: [[0x1e, 0x85, 0, 0, 0, 0, 0]], path: "byte 36", message: "5 bytes" },
  { name: "an indefinite length of data", items: [[0x1e, 0x80]], path: "byte 36", message: "only that of a channel" },
  { name: "a value beyond the end", items: [[0x1e, 9, 1]], path: "byte 36", message: "item 1E of 9 bytes" },
  {
    name: "frames without end",
    items: Array.from({ length: 100_001 }, () => [0x1e, 0]),
    path: expect.any(String),
    message: "more than 100000 frames",
  },
  {
    name: "items without end",
    items: [new Uint8Array(2_000_000)],
    path: expect.any(String),
    message: "more than 1000000 items",
  },
  {
    name: "channels that change without end",
    items: Array.from({ length: 1001 }, (_, i) => [0x04, 2, i >> 8, i & 255, 0x1e, 0]),
    path: expect.any(String),
    message: "channels change more than 1000 times",
  },
])("refuses $name", async ({ items, path, message }) => {
  await expect(read(toFile(...items))).rejects.toMatchObject({
    name: "FormatError",
    options: { errors: [{ path, message: expect.stringContaining(message) }] },
  });
});

it("reads what was written", async () => {
  const sample = fc.oneof(fc.integer({ min: -0x7fffffff, max: 0x7fffffff }), fc.constant(MISSING));
  const recording = fc.record({
    recordedAt: fc.option(fc.integer({ min: 0, max: 4e12 })),
    subject: fc.option(fc.stringMatching(/^[A-Z]-\d{1,4}$/)),
    device: fc.option(fc.stringMatching(/^[A-Z][a-z]{1,9}$/)),
    sequences: fc.integer({ min: 1, max: 4 }),
    isLittleEndian: fc.boolean(),
    leads: fc.array(
      fc.record({
        samplingRate: fc.integer({ min: 1, max: 100_000 }),
        gain: fc.option(fc.integer({ min: 1, max: 1_000_000 })),
        block: fc.array(sample, { maxLength: 6 }),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  });
  const names = Object.keys(STANDARD_LEADS);
  await fc.assert(
    fc.asyncProperty(recording, async ({ leads, sequences, isLittleEndian, ...head }) => {
      const all = leads.map(({ samplingRate, gain, block }, i): Lead => {
        const samples = Int32Array.from(Array(sequences).fill(block).flat());
        return { name: names[i], samplingRate, gain: gain && 1e6 / gain, baseline: 0, samples };
      });
      if (all.every(({ samples }) => samples.length === 0)) return;
      const expected = { ...about, ...head, leads: all };
      expect(await read(write(expected, { isLittleEndian, sequences }))).toEqual(expected);
    }),
    { numRuns: runs(200), seed: 1 },
  );
});

it("takes every truncation and change of a file for a recording or a FormatError", async () => {
  const leads = ["I", "III"].map((name, i): Lead => {
    return { name, samplingRate: 250 + i, gain: 200, baseline: 0, samples: Int32Array.of(1, MISSING, -3, 4) };
  });
  const file = write({ ...about, recordedAt: 0, subject: "P", device: "D", leads }, { sequences: 2 });
  await expectNoHarm(mfer, [{ name: "a.mwf", bytes: file }]);
});
