import fc from "fast-check";
import { expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import { crcCcitt } from "../../src/formats/crc-ccitt.ts";
import { FormatError, type WriteOptions } from "../../src/formats/format.ts";
import { ishne } from "../../src/formats/ishne.ts";
import { type Lead, MISSING, type Recording } from "../../src/recording/recording.ts";
import { expectNoHarm, readFiles } from "../support/fuzz.ts";
import { UNDESCRIBED } from "../support/new-recording.ts";
import { readRecording } from "../support/read-recording.ts";
import { newSignal } from "../support/signals.ts";

const OPTIONS: WriteOptions = { name: "ecg", timeZone: "UTC", units: "adc", layout: "rows", fhirVersion: "R4" };

/** Where the fields are that tests change, by the specification. */
const [CHECKSUM, VARIABLE_SIZE, SAMPLE_COUNT, ECG_OFFSET, RECORD_DATE, START_TIME] = [8, 10, 14, 22, 138, 150];
const [LEAD_COUNT, LEAD_CODES, RESOLUTIONS, RECORDER, SAMPLING_RATE] = [156, 158, 206, 232, 272];

type Field = { at: number; value: number | number[] | string };

/** A file of 16 bits a field, with its checksum; `size` is of the header with its variable block. */
function newFile(samples: number[], fields: Field[] = [], size = 522): Uint8Array {
  const bytes = new Uint8Array(size + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const put = ({ at, value }: Field) => {
    if (typeof value === "string") bytes.set(new TextEncoder().encode(value), at);
    else for (const [i, number] of [value].flat().entries()) view.setInt16(at + 2 * i, number, true);
  };
  const defaults: Field[] = [
    { at: 0, value: "ISHNE1.0" },
    { at: VARIABLE_SIZE, value: size - 522 },
    { at: 18, value: 522 },
    { at: ECG_OFFSET, value: size },
    { at: RECORD_DATE, value: [31, 1, 2026] },
    { at: START_TIME, value: [9, 30, 15] },
    { at: LEAD_COUNT, value: 2 },
    { at: LEAD_CODES, value: [6, 11] },
    { at: RESOLUTIONS, value: [2500, 5000] },
    { at: SAMPLING_RATE, value: 200 },
  ];
  for (const field of [...defaults, ...fields]) put(field);
  if (!fields.some(({ at }) => at === CHECKSUM)) view.setUint16(CHECKSUM, crcCcitt(bytes.subarray(10, size)), true);
  put({ at: size, value: samples });
  return bytes;
}

function newLead(fields: Partial<Lead> = {}): Lead {
  return { name: "II", samplingRate: 200, gain: 400, baseline: 0, samples: Int32Array.of(1, -2, 3), ...fields };
}

function newRecording(leads: Lead[], fields: Partial<Recording> = {}): Recording {
  const about = UNDESCRIBED;
  return { ...about, leads, ...fields };
}

const read = (bytes: Uint8Array, timeZone = "UTC") => readFiles(ishne, [{ name: "a.ecg", bytes }], { timeZone });

it("reads leads that take turns, with what the header says of them", async () => {
  const file = newFile([1, -1, 32767, -32767, -32768, 0], [{ at: RECORDER, value: "Recorder 7" }]);
  expect(await read(file)).toEqual({
    recordedAt: Date.parse("2026-01-31T09:30:15Z"),
    subject: null,
    device: "Recorder 7",
    note: null,
    isOpen: false,
    annotations: [],
    leads: [
      { name: "II", samplingRate: 200, gain: 400, baseline: 0, samples: Int32Array.of(1, 32767, MISSING) },
      { name: "V1", samplingRate: 200, gain: 200, baseline: 0, samples: Int32Array.of(-1, -32767, 0) },
    ],
  });
});

it("knows its files by their first bytes", () => {
  expect(
    ["ISHNE1.0", "ISHNE1.", "ISHNE2.0....", ""].map((text) => ishne.detect(new TextEncoder().encode(text))),
  ).toEqual([true, false, false, false]);
});

it("names each lead by its code", async () => {
  const names: string[] = [];
  for (const first of [0, 10]) {
    const codes = Array.from({ length: 10 }, (_, i) => first + i);
    const file = newFile(
      [],
      [
        { at: LEAD_COUNT, value: 10 },
        { at: LEAD_CODES, value: codes },
      ],
    );
    names.push(...(await read(file)).leads.map(({ name }) => name));
  }
  expect(names.join(" ")).toBe("lead 1 lead 2 X Y Z I II III aVR aVL aVF V1 V2 V3 V4 V5 V6 ES AS AI");
});

it.each([
  { name: "an unknown code", fields: [{ at: LEAD_CODES, value: [-9, 20] }], leads: ["lead 1", "lead 2"] },
  { name: "the first of twelve places", fields: [{ at: LEAD_COUNT, value: 1 }], leads: ["II"] },
])("names leads of $name", async ({ fields, leads }) => {
  expect((await read(newFile([], fields))).leads.map(({ name }) => name)).toEqual(leads);
});

it.each([
  { name: "no resolution", resolution: 0, gain: null },
  { name: "an absent resolution", resolution: -9, gain: null },
  { name: "3 nV", resolution: 3, gain: 1e6 / 3 },
])("takes the gain from $name", async ({ resolution, gain }) => {
  const { leads } = await read(newFile([], [{ at: RESOLUTIONS, value: [resolution, resolution] }]));
  expect(leads.map((lead) => lead.gain)).toEqual([gain, gain]);
});

it.each([
  {
    name: "an id",
    fields: [
      { at: 28, value: "Ada" },
      { at: 108, value: "P-7" },
    ],
    subject: "P-7",
  },
  {
    name: "a name",
    fields: [
      { at: 28, value: "Ada" },
      { at: 68, value: "Byron " },
    ],
    subject: "Ada Byron",
  },
  {
    name: "a field without an end",
    fields: [{ at: 108, value: "12345678901234567890" }],
    subject: "12345678901234567890",
  },
])("takes the subject from $name", async ({ fields, subject }) => {
  expect((await read(newFile([], fields))).subject).toBe(subject);
});

it.each([
  { name: "the zone that is asked for", fields: [], at: "2026-01-31T08:30:15Z" },
  { name: "no date at all", fields: [{ at: RECORD_DATE, value: [0, 0, 0] }], at: null },
  { name: "no time", fields: [{ at: START_TIME, value: [-9, -9, -9] }], at: null },
  { name: "a day that is none", fields: [{ at: RECORD_DATE, value: [31, 2, 2026] }], at: null },
])("takes the date in $name", async ({ fields, at }) => {
  expect((await read(newFile([], fields), "Europe/Berlin")).recordedAt).toBe(at && Date.parse(at));
});

it.each([
  { name: "zeros", fields: [{ at: RECORD_DATE, value: [0, 0, 0] }], notes: undefined },
  { name: "absent fields", fields: [{ at: RECORD_DATE, value: [-9, -9, -9] }], notes: undefined },
  {
    name: "a day that is none",
    fields: [{ at: RECORD_DATE, value: [31, 2, 2026] }],
    notes: ["The start, 2026-2-31 9:30:15, is no date and time."],
  },
  {
    name: "a date without a day",
    fields: [{ at: RECORD_DATE, value: [0, 1, 2026] }],
    notes: ["The start, 2026-1-0 9:30:15, is no date and time."],
  },
  {
    name: "a date without a time",
    fields: [{ at: START_TIME, value: [-9, -9, -9] }],
    notes: ["The start, 2026-1-31 -9:-9:-9, is no date and time."],
  },
])("says what it made of $name", async ({ fields, notes }) => {
  const { recordedAt, notes: said } = await read(newFile([], fields));
  expect([recordedAt, said]).toEqual([null, notes]);
});

it("takes a checksum of 0 for none, and says so", async () => {
  const { leads, notes } = await read(newFile([1, 2], [{ at: CHECKSUM, value: 0 }]));
  expect([leads.map(({ samples }) => samples[0]), notes]).toEqual([
    [1, 2],
    ["The file has a checksum of 0: the header could not be verified."],
  ]);
});

it.each([
  { name: "of each lead", promised: 2 },
  { name: "of all leads", promised: 4 },
  { name: "none", promised: 0 },
  { name: "an unknown number", promised: -9 },
  {
    name: "more",
    promised: 500,
    notes: ["The header promises 500 samples, and the file has 2 of each lead: they are kept."],
  },
])("says of a file that is not as long as its header says: it promises $name", async ({ promised, notes }) => {
  const count: Field = { at: SAMPLE_COUNT, value: [promised, promised < 0 ? -1 : 0] };
  const { leads, notes: said } = await read(newFile([1, 2, 3, 4], [count]));
  expect([leads.map(({ samples }) => [...samples]), said]).toEqual([
    [
      [1, 3],
      [2, 4],
    ],
    notes,
  ]);
});

it("reads texts that are no UTF-8 as windows-1252", async () => {
  const file = newFile(
    [],
    [
      { at: RECORDER, value: [0x6c80] },
      { at: 108, value: "Mü" },
      { at: CHECKSUM, value: 0 },
    ],
  );
  expect(await read(file)).toMatchObject({ device: "\u20acl", subject: "Mü" });
});

it("writes a date that is not known as zeros, and reads it back as such", async () => {
  const bytes = ishne.write(newRecording([newLead()]), OPTIONS);
  expect([...bytes.subarray(RECORD_DATE, RECORD_DATE + 18)]).toEqual(Array(18).fill(0));
  expect(await read(bytes)).toEqual(newRecording([newLead()]));
});

it("passes the variable block, and what is between it and the samples", async () => {
  const file = newFile(
    [7, 8],
    [
      { at: VARIABLE_SIZE, value: 5 },
      { at: 522, value: "notes" },
    ],
    530,
  );
  // The checksum is of the blocks alone.
  new DataView(file.buffer).setUint16(CHECKSUM, crcCcitt(file.subarray(10, 527)), true);
  expect((await read(file)).leads.map(({ samples }) => [...samples])).toEqual([[7], [8]]);
});

it("gives the same samples whatever the size of the parts that come in", async () => {
  const signal = newSignal(300_000).map((sample) => sample % 30_000);
  const bytes = ishne.write(
    newRecording([newLead({ samples: signal }), newLead({ name: "V1", samples: signal })]),
    OPTIONS,
  );
  for (const size of [1001, 1 << 16, bytes.length]) {
    const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    const file = { name: "", bytes: new ByteStream(parts) };
    const { leads } = await readRecording(ishne, file, { timeZone: "UTC" }, async () => undefined);
    expect(leads.map(({ samples }) => samples)).toEqual([signal, signal]);
  }
});

it.each([
  { name: "another magic number", bytes: newFile([], [{ at: 0, value: "ISHNE2.0" }]), path: "byte 0" },
  { name: "a wrong checksum", bytes: newFile([], [{ at: CHECKSUM, value: 1 }]), path: "byte 8" },
  { name: "no lead", bytes: newFile([], [{ at: LEAD_COUNT, value: 0 }]), path: "number of leads" },
  { name: "thirteen leads", bytes: newFile([], [{ at: LEAD_COUNT, value: 13 }]), path: "number of leads" },
  { name: "no sampling rate", bytes: newFile([], [{ at: SAMPLING_RATE, value: 0 }]), path: "sampling rate" },
  {
    name: "samples within the header",
    bytes: newFile([], [{ at: ECG_OFFSET, value: 521 }]),
    path: "offset of ECG block",
  },
  { name: "samples behind the end", bytes: newFile([], [{ at: ECG_OFFSET, value: 600 }]), path: "offset of ECG block" },
  {
    name: "a variable block of 2 GB",
    bytes: newFile([], [{ at: VARIABLE_SIZE, value: [0, 0x7fff] }]),
    path: "size of variable length block",
  },
  { name: "a sample of one lead too many", bytes: newFile([1, 2, 3]), path: "byte 528" },
  { name: "an end within the header", bytes: newFile([]).subarray(0, 300), path: "byte 274" },
  {
    name: "an end within the variable block",
    bytes: newFile([], [{ at: CHECKSUM, value: 0 }], 530).subarray(0, 526),
    path: "byte 8",
  },
])("refuses $name", async ({ bytes, path }) => {
  const error = await read(bytes).catch((error) => error);
  expect(error).toBeInstanceOf(FormatError);
  expect(error.options.errors[0].path).toBe(path);
});

it("comes to no harm by a file that is cut off or changed", async () => {
  await expectNoHarm(ishne, [{ name: "a.ecg", bytes: newFile([1, 2, 3, 4]) }]);
}, 30_000);

it("writes the header as it is specified", () => {
  const recordedAt = Date.parse("2026-01-31T09:30:15.750Z");
  const recording = newRecording([newLead(), newLead({ name: "lead 2", gain: null })], {
    recordedAt,
    subject: "P-7",
    device: "Recorder \u0416",
  });
  const bytes = ishne.write(recording, { ...OPTIONS, timeZone: "Europe/Berlin" });
  const expected = newFile(
    [1, 1, -2, -2, 3, 3],
    [
      { at: 14, value: 3 },
      { at: 26, value: 1 },
      { at: 108, value: "P-7" },
      { at: START_TIME, value: [10, 30, 15] },
      { at: LEAD_CODES, value: [6, 0, ...Array<number>(10).fill(-9)] },
      { at: 182, value: [0, 0, ...Array<number>(10).fill(-9)] },
      { at: RESOLUTIONS, value: [2500, 0, ...Array<number>(10).fill(-9)] },
      { at: 230, value: -9 },
      { at: RECORDER, value: "Recorder ?" },
    ],
  );
  expect(bytes).toEqual(expected);
});

it("reads back what it has written", async () => {
  const name = fc.constantFrom("I", "II", "III", "aVR", "V6", "X", "ES");
  const sample = fc.oneof(fc.integer({ min: -32767, max: 32767 }), fc.constant(MISSING));
  const lead = fc.record({
    name,
    gain: fc.oneof(
      fc.integer({ min: 1, max: 32767 }).map((resolution) => 1e6 / resolution),
      fc.constant(null),
    ),
    samples: fc.array(sample, { minLength: 3, maxLength: 3 }),
  });
  const given = fc.record({
    leads: fc.uniqueArray(lead, { selector: ({ name }) => name, minLength: 1 }),
    samplingRate: fc.integer({ min: 1, max: 32767 }),
    second: fc.option(fc.integer({ min: 0, max: 2e9 })),
  });
  await fc.assert(
    fc.asyncProperty(given, async ({ leads, samplingRate, second }) => {
      const recording = newRecording(
        leads.map(({ samples, ...about }) => ({
          ...about,
          samplingRate,
          baseline: 0,
          samples: Int32Array.from(samples),
        })),
        { recordedAt: second && second * 1000 },
      );
      expect(await read(ishne.write(recording, OPTIONS))).toEqual(recording);
    }),
    { seed: 1 },
  );
});

it("leaves out a subject that has no room, rather than to cut it", async () => {
  const recording = newRecording([newLead()], { subject: "123456789012345678901" });
  expect((await read(ishne.write(recording, OPTIONS))).subject).toBeNull();
});

it.each([
  {
    name: "13 leads",
    leads: Array.from({ length: 13 }, () => newLead()),
    detail: "ISHNE carries up to 12 leads: these are 13.",
  },
  {
    name: "an unknown sampling rate",
    leads: [newLead({ samplingRate: null })],
    detail: "ISHNE needs a sampling rate of 1 to 32767 whole Hz: this is null.",
  },
  {
    name: "a fractional sampling rate",
    leads: [newLead({ samplingRate: 128.5 })],
    detail: "ISHNE needs a sampling rate of 1 to 32767 whole Hz: this is 128.5.",
  },
  {
    name: "leads of two lengths",
    leads: [newLead(), newLead({ name: "V1", samples: Int32Array.of(1) })],
    detail: "ISHNE carries leads of one sampling rate and one length only.",
  },
  {
    name: "leads of two rates",
    leads: [newLead(), newLead({ name: "V1", samplingRate: 100 })],
    detail: "ISHNE carries leads of one sampling rate and one length only.",
  },
  {
    name: "a unit that is no voltage",
    leads: [newLead({ unit: "mmHg" })],
    detail: "ISHNE has voltages only: lead II is in mmHg.",
  },
  { name: "a name that has no code", leads: [newLead({ name: "MLII" })], detail: "ISHNE has no code for lead MLII." },
  {
    name: "a baseline",
    leads: [newLead({ baseline: 1024 })],
    detail: "ISHNE has 0 mV at 0: that of lead II is at 1024.",
  },
  {
    name: "a gain that is no whole number of nV",
    leads: [newLead({ gain: 1716 })],
    detail: "ISHNE carries a resolution of 1 to 32767 whole nV: that of lead II is 582.7505827505828.",
  },
  {
    name: "an inverted scale",
    leads: [newLead({ gain: -400 })],
    detail: "ISHNE carries a resolution of 1 to 32767 whole nV: that of lead II is -2500.",
  },
  {
    name: "a sample that would be a missing one",
    leads: [newLead({ samples: Int32Array.of(-32768) })],
    detail: "ISHNE carries samples of -32767 to 32767: lead II has -32768.",
  },
  {
    name: "a sample of 17 bits",
    leads: [newLead({ samples: Int32Array.of(32768) })],
    detail: "ISHNE carries samples of -32767 to 32767: lead II has 32768.",
  },
])("does not write $name", ({ leads, detail }) => {
  expect(() => ishne.write(newRecording(leads), OPTIONS)).toThrow(new AppError("not-acceptable", { detail }));
});
