import fc from "fast-check";
import { expect, it } from "vitest";
import { openSignals } from "../../src/formats/opensignals/opensignals.ts";
import { type Lead, MISSING, type Recording } from "../../src/recording/recording.ts";
import { expectNoHarm, readFiles } from "../support/fuzz.ts";
import { runs } from "../support/runs.ts";

const PLUX = {
  sensor: ["ECG", "EDA"],
  "device name": "00:07:80:D8:AB:58",
  column: ["nSeq", "DI", "CH1", "CH2"],
  time: "9:39:1.25",
  comments: "",
  date: "2017-5-22",
  device: "biosignalsplux",
  "sampling rate": 700,
  label: ["CH1", "CH2"],
  resolution: [16, 16],
};
const BITALINO = {
  sensor: ["ECGBITREV", "RAW"],
  "device name": "Belt",
  column: ["nSeq", "I1", "A1", "A5"],
  time: "19:49:30.350",
  comments: "",
  date: "2017-1-31",
  device: "bitalino_rev",
  "sampling rate": 1000,
  label: ["A1", "A5"],
  resolution: [4, 1, 10, 6],
};

function newFile(
  devices: unknown,
  rows: (readonly number[])[],
  { title = "# OpenSignals Text File Format", end = "\t\n" } = {},
) {
  const header = typeof devices === "string" ? devices : JSON.stringify({ "00:07:80:D8:AB:58": devices });
  const lines = rows.map((row) => row.join("\t") + end);
  return new TextEncoder().encode(`${title}\n# ${header}\n# EndOfHeader\n${lines.join("")}`);
}

/** The file of a recording whose leads are sensors of no kind in particular. */
function write({ recordedAt, device, leads }: Recording): Uint8Array {
  const [date, time] = new Date(recordedAt ?? 0).toISOString().slice(0, -1).split("T");
  const labels = leads.map(({ name }) => name);
  const about = {
    sensor: labels.map(() => "RAW"),
    label: labels,
    column: ["nSeq", ...labels],
    resolution: [4, ...labels.map(() => 16)],
    "sampling rate": leads[0].samplingRate,
    device,
    ...(recordedAt === null ? {} : { date, time }),
  };
  const rows = [...leads[0].samples].flatMap((sample, i) =>
    sample === MISSING ? [] : [[i % 16, ...leads.map(({ samples }) => samples[i])]],
  );
  return newFile(about, rows);
}

const read = (bytes: Uint8Array, options: { timeZone?: string; leads?: string[] } = {}) =>
  readFiles(openSignals, [{ name: "a.txt", bytes }], options);
const about = { subject: null, note: null, isOpen: false, annotations: [] };
const unscaled = "The file does not say the scale of ECG.";
const plux = (...rows: number[][]) => newFile(PLUX, rows);

it("reads the ECG of a biosignalsplux, without a scale that its file does not say", async () => {
  expect(await read(plux([0, 0, 32767, 5], [1, 0, 65535, 6]), { timeZone: "Europe/Berlin" })).toEqual({
    ...about,
    recordedAt: Date.parse("2017-05-22T07:39:01.250Z"),
    device: "biosignalsplux, 00:07:80:D8:AB:58",
    leads: [{ name: "ECG", samplingRate: 700, gain: null, baseline: 0, samples: Int32Array.of(32767, 65535) }],
    notes: ["These columns are not kept: DI, CH2 (EDA).", unscaled],
  });
});

it("reads the ECG of a BITalino (r)evolution, with the scale of its data sheet", async () => {
  const { leads, notes } = await read(
    newFile(BITALINO, [
      [15, 0, 512, 1],
      [0, 0, 1023, 2],
    ]),
  );
  expect(leads).toEqual([
    { name: "ECG", samplingRate: 1000, gain: 1024 / 3, baseline: 512, samples: Int32Array.of(512, 1023) },
  ]);
  expect(notes).toEqual([
    "These columns are not kept: I1, A5 (RAW).",
    "The scale of ECG is that in the data sheet of BITalino (r)evolution's ECG sensor.",
  ]);
});

it.each([
  { name: "of a socket of 6 bits", fields: { resolution: [4, 1, 6, 6] }, gain: 64 / 3, baseline: 32 },
  { name: "of one number of bits for all", fields: { resolution: 10 }, gain: 1024 / 3, baseline: 512 },
  { name: "of an older sensor", fields: { sensor: ["ECGBIT", "RAW"], device: "bitalino" }, gain: null, baseline: 0 },
  { name: "of unknown bits", fields: { resolution: undefined }, gain: null, baseline: 0 },
  { name: "of bits that no socket has", fields: { resolution: [4, 1, 12, 6] }, gain: null, baseline: 0 },
])("has the scale $name", async ({ fields, gain, baseline }) => {
  const { leads } = await read(newFile({ ...BITALINO, ...fields }, [[0, 0, 1, 2]]));
  expect(leads).toMatchObject([{ gain, baseline }]);
});

it("knows its files by their title", () => {
  const texts = [
    "# OpenSignals Text File Format. Version 1\n",
    "\uFEFF# OpenSignals Text File Format\n",
    "# OpenSignals\n",
    "",
  ];
  expect(texts.map((text) => openSignals.detect(new TextEncoder().encode(text)))).toEqual([true, true, false, false]);
});

it("reads an older file, which names no columns", async () => {
  const fields = { ...PLUX, column: undefined, sensor: ["CUSTOM/0.5/1.0/V"], label: ["CH1"], resolution: 12 };
  const { leads, notes } = await read(
    newFile(
      fields,
      [
        [0, 2050],
        [1, 3414],
      ],
      { end: "\r\n" },
    ),
  );
  expect(leads.map(({ name, samples }) => [name, ...samples])).toEqual([["CH1", 2050, 3414]]);
  expect(notes).toEqual([
    "No sensor is said to be an ECG: those whose kind is not said are taken.",
    "The file does not say the scale of CH1.",
  ]);
});

it.each([
  { leads: ["EDA"], names: ["EDA"] },
  { leads: ["CH2", "ECG"], names: ["EDA", "ECG"] },
  { leads: ["eda", "EDA"], names: ["EDA"] },
])("takes the leads $leads", async ({ leads, names }) => {
  expect((await read(plux([0, 0, 1, 2]), { leads })).leads.map(({ name }) => name)).toEqual(names);
});

it("tells two sensors of a kind by their columns", async () => {
  const { leads } = await read(newFile({ ...PLUX, sensor: ["ECG", "ECG"] }, [[0, 0, 1, 2]]));
  expect(leads.map(({ name }) => name)).toEqual(["ECG CH1", "ECG CH2"]);
});

it("reads two devices, whose columns stand side by side", async () => {
  const devices = JSON.stringify({ a: { ...PLUX, sensor: ["EMG", "EDA"] }, b: PLUX });
  const { leads } = await read(newFile(devices, [[0, 0, 1, 2, 0, 0, 3, 4]]));
  expect(leads.map(({ name, samples }) => [name, ...samples])).toEqual([["ECG", 3]]);
});

it.each([
  {
    name: "of four bits that begin again",
    file: newFile(BITALINO, [
      [14, 0, 1, 0],
      [2, 0, 2, 0],
      [3, 0, 3, 0],
      [5, 0, 4, 0],
    ]),
    samples: [1, MISSING, MISSING, MISSING, 2, 3, MISSING, 4],
    note: "By nSeq 4 samples of each lead are missing, in 2 places.",
  },
  {
    name: "of as many bits as there must be",
    file: plux([65533, 0, 1, 0], [65534, 0, 2, 0], [1, 0, 3, 0]),
    samples: [1, 2, MISSING, MISSING, 3],
    note: "By nSeq 2 samples of each lead are missing, in one place.",
  },
  {
    name: "that are not clear",
    file: plux([500, 0, 1, 0], [0, 0, 2, 0], [0, 0, 3, 0]),
    samples: [1, 2, 3],
    note: "Places where nSeq does not go on, and nothing is put: 2.",
  },
])("puts missing samples for lost packets, by numbers $name", async ({ file, samples, note }) => {
  const { leads, notes } = await read(file);
  expect([...leads[0].samples]).toEqual(samples);
  expect(notes?.at(-1)).toBe(note);
});

it("leaves out a last line that is cut off, and lines without numbers", async () => {
  const file = new TextEncoder().encode(`${new TextDecoder().decode(plux([0, 0, 1, 0]))}\n1\t0\t`);
  const { leads, notes } = await read(file);
  expect([...leads[0].samples]).toEqual([1]);
  expect(notes?.at(-1)).toBe("The last line is cut off, and is left out.");
});

it("reads whole numbers that are written with a point, and negative ones", async () => {
  const file = new TextDecoder().decode(plux([0, 0, 1, 0])).replace("0\t0\t1\t0", "0.0\t0\t-12.00\t0.");
  expect([...(await read(new TextEncoder().encode(file))).leads[0].samples]).toEqual([-12]);
});

it("says which date it does not understand, and that there are comments", async () => {
  const { recordedAt, notes } = await read(newFile({ ...PLUX, date: "22.5.2017", comments: "x" }, [[0, 0, 1, 0]]));
  expect(recordedAt).toBeNull();
  expect(notes).toContain('The date "22.5.2017 9:39:1.25" is not understood.');
  expect(notes).toContain("The comments are not kept.");
});

it("has no date where there is none", async () => {
  const { recordedAt, notes } = await read(newFile({ ...PLUX, date: undefined, time: undefined }, [[0, 0, 1, 0]]));
  expect(recordedAt).toBeNull();
  expect(notes).toEqual(["These columns are not kept: DI, CH2 (EDA).", unscaled]);
});

const id = 'device "00:07:80:D8:AB:58"';
const many = Array.from({ length: 65 }, (_, i) => `A${i}`);

it.each<{ name: string; file: Uint8Array; leads?: string[]; path: string; message: string }>([
  { name: "no end of the header", file: plux().subarray(0, -2), path: "line 3", message: "no # EndOfHeader" },
  { name: "no devices", file: newFile("x", []), path: "header", message: "no line with the devices" },
  { name: "what is no JSON", file: newFile("{x}", []), path: "line 2", message: "this is no JSON" },
  { name: "no device", file: newFile("{}", []), path: "line 2", message: "0 devices" },
  { name: "a device that is none", file: newFile('{"a": 1}', []), path: 'device "a"', message: "is no object" },
  { name: "no rate", file: newFile({ ...PLUX, "sampling rate": 0 }, []), path: id, message: "no sampling rate" },
  { name: "no sensor", file: newFile({ ...PLUX, sensor: [], label: [] }, []), path: id, message: "0 sensors" },
  {
    name: "too few labels",
    file: newFile({ ...PLUX, label: ["CH1"] }, []),
    path: id,
    message: "2 sensors have 1 labels",
  },
  {
    name: "too few columns",
    file: newFile({ ...PLUX, column: ["CH1"] }, []),
    path: id,
    message: "2 sensors have 1 columns",
  },
  {
    name: "too many columns",
    file: newFile({ ...PLUX, column: Array(1001).fill("x") }, []),
    path: "column",
    message: "1001 are more than 1000",
  },
  {
    name: "no ECG",
    file: newFile({ ...PLUX, sensor: ["EMG", "EDA"] }, []),
    path: "sensor",
    message: "none is an ECG: choose among EMG, EDA by leads",
  },
  {
    name: "too many leads",
    file: newFile({ ...PLUX, sensor: many.map(() => "ECG"), label: many, column: many }, []),
    path: "column",
    message: "65 channels",
  },
  {
    name: "a lead that is not there",
    file: plux([0, 0, 1, 0]),
    leads: ["V1"],
    path: "leads",
    message: '"V1" among ECG, EDA',
  },
  { name: "a short row", file: plux([0, 0, 1], [1, 0, 1, 2]), path: "line 4", message: "there are 3 numbers, not 4" },
  {
    name: "a long row",
    file: plux([0, 0, 1, 2], [1, 0, 1, 2, 3]),
    path: "line 5",
    message: "more numbers than the 4 columns",
  },
  { name: "decimals", file: plux([0, 0, 1.5, 0]), path: "line 4", message: '"1.5" is no whole number' },
  {
    name: "a number beyond 32 bits",
    file: plux([0, 0, 2 ** 31, 0]),
    path: "line 4",
    message: "2147483648 does not fit",
  },
  {
    name: "more lost packets than could be",
    file: plux([0, 0, 1, 0], [5_000_000, 0, 1, 0]),
    path: "nSeq",
    message: "4999999 lost packets of 5000001 are too many",
  },
  {
    name: "packets that are lost all the time",
    file: newFile(
      BITALINO,
      Array.from({ length: 100_002 }, (_, i) => [(3 * i) % 16, 0, 1, 0]),
    ),
    path: "nSeq",
    message: "packets are lost in more than 100000 places",
  },
])("refuses $name", async ({ file, leads, path, message }) => {
  await expect(read(file, leads && { leads })).rejects.toMatchObject({
    name: "FormatError",
    options: { errors: [{ path, message: expect.stringContaining(message) }] },
  });
});

it("reads what was written", async () => {
  const value = fc.integer({ min: -0x7fffffff, max: 0x7fffffff });
  const recording = fc.record({
    recordedAt: fc.option(fc.integer({ min: 0, max: 4e12 })),
    device: fc.option(fc.stringMatching(/^[a-z]{1,9}$/)),
    samplingRate: fc.integer({ min: 1, max: 3000 }),
    leadCount: fc.integer({ min: 1, max: 8 }),
    rows: fc.array(fc.option(value, { nil: MISSING, freq: 9 }), { maxLength: 14 }),
  });
  await fc.assert(
    fc.asyncProperty(recording, async ({ recordedAt, device, samplingRate, leadCount, rows }) => {
      // Packets can only be missing between others.
      while (rows[0] === MISSING) rows.shift();
      while (rows.at(-1) === MISSING) rows.pop();
      const leads = Array.from({ length: leadCount }, (_, i): Lead => {
        const samples = Int32Array.from(rows.map((row) => (row === MISSING ? row : Math.max(row - i, -0x7fffffff))));
        return { name: `A${i + 1}`, samplingRate, gain: null, baseline: 0, samples };
      });
      const expected = { ...about, recordedAt, device, leads };
      const { notes, ...actual } = await read(write(expected));
      expect(actual).toEqual(expected);
      expect(notes?.some((note) => note.includes("missing"))).toBe(rows.includes(MISSING));
    }),
    { numRuns: runs(200), seed: 1 },
  );
});

it.each([
  { name: "biosignalsplux", file: plux([0, 0, 32767, 5], [1, 0, 65535, 6]) },
  {
    name: "BITalino",
    file: newFile(BITALINO, [
      [14, 0, 1, 0],
      [2, 0, 2, 0],
    ]),
  },
])("takes every truncation and change of a file of $name for a recording or a FormatError", async ({ file }) => {
  await expectNoHarm(openSignals, [{ name: "a.txt", bytes: file }]);
});
