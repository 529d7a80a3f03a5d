import fc from "fast-check";
import { expect, it } from "vitest";
import { atc } from "../../src/formats/atc.ts";
import type { Annotation, Lead, Recording } from "../../src/recording/recording.ts";
import { ByteWriter } from "../support/byte-writer.ts";
import { expectNoHarm, readFiles } from "../support/fuzz.ts";
import { runs } from "../support/runs.ts";

type Block = { id: string; data: Uint8Array };

const LEADS = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
const KINDS = "QNVAFJ/";

/** A file of blocks, each with the sum of its bytes, which some writers take as signed. */
function newFile(blocks: Block[], { version = 4, isSigned = false } = {}): Uint8Array {
  const file = new ByteWriter().put("ALIVE", 8).int(4, version);
  for (const { id, data } of blocks) {
    const block = new ByteWriter().put(id).int(4, data.length).put(data).toBytes();
    const sum = block.reduce((sum, byte) => sum + (isSigned && byte > 127 ? byte - 256 : byte), 0);
    file.put(block).int(4, sum);
  }
  return file.toBytes();
}

function newInfo(
  texts: Partial<Record<"date" | "id" | "phoneId" | "phone" | "software" | "hardware" | "data", string>>,
) {
  const { date = "", id = "", phoneId = "", phone = "", software = "", hardware = "", data = "" } = texts;
  const block = new ByteWriter().put(date, 32).put(id, 40).put(phoneId, 44).put(phone, 32).put(software, 32);
  return { id: "info", data: block.put(hardware, 32).put(data, 52).toBytes() };
}

function newFormat({ format = 1, samplingRate = 300, nanovolts = 500, flags = 0 } = {}): Block {
  const data = new ByteWriter().int(1, format).int(2, samplingRate, nanovolts).int(1, flags).int(2, 0).toBytes();
  return { id: "fmt ", data };
}

function newEcg(name: string, samples: Iterable<number>): Block {
  const number = LEADS.indexOf(name) + 1;
  const id = `ecg${number === 1 ? " " : number.toString(16)}`;
  return { id, data: new ByteWriter().int(2, ...samples).toBytes() };
}

function newBeats(ticksPerSecond: number, beats: [ticks: number, kind: number][]): Block {
  const block = new ByteWriter().int(4, ticksPerSecond);
  for (const [ticks, kind] of beats) block.int(4, ticks).int(2, kind);
  return { id: "ann ", data: block.toBytes() };
}

/** The file of a recording whose leads share a rate and a gain, and whose annotations are at whole ticks of 1 ms. */
function write({ recordedAt, device, leads, annotations }: Recording): Uint8Array {
  const [{ samplingRate, gain }] = leads;
  return newFile([
    newInfo({ date: recordedAt === null ? "" : new Date(recordedAt).toISOString(), hardware: device ?? "" }),
    newFormat({ samplingRate: samplingRate ?? 0, nanovolts: gain === null ? 0 : Math.round(1e6 / gain) }),
    ...leads.map(({ name, samples }) => newEcg(name, samples)),
    newBeats(
      1000,
      annotations.map(({ time, code = "" }) => [Math.round(time * 1000), KINDS.indexOf(code)]),
    ),
  ]);
}

const read = (bytes: Uint8Array, timeZone = "UTC") => readFiles(atc, [{ name: "a.atc", bytes }], { timeZone });
const samples = [1, -2, 32767, -32768];

it("reads leads, beats and what the blocks say of them", async () => {
  const file = newFile([
    newInfo({
      date: "2010-12-08T15:54:23.245+10:00",
      id: "58E0A7D7",
      phone: "Phone 4",
      software: "App 1.6",
      hardware: "Recorder 7",
      data: "SN=1",
    }),
    newFormat({ flags: 1 + 2 + 4 + 16 }),
    newEcg("I", samples),
    { id: "avg ", data: new Uint8Array(4) },
    newEcg("aVF", [5]),
    newBeats(300, [
      [450, 1],
      [150, 0],
      [600, 2],
      [900, 9],
    ]),
  ]);
  expect(await read(file)).toEqual({
    recordedAt: Date.parse("2010-12-08T05:54:23.245Z"),
    subject: null,
    device: "Recorder 7, App 1.6, Phone 4",
    note: null,
    isOpen: false,
    annotations: [
      { time: 0.5, code: "Q" },
      { time: 1.5, code: "N" },
      { time: 2, code: "V" },
      { time: 3, code: "Q" },
    ],
    leads: [
      { name: "I", samplingRate: 300, gain: 2000, baseline: 0, samples: Int32Array.from(samples) },
      { name: "aVF", samplingRate: 300, gain: 2000, baseline: 0, samples: Int32Array.of(5) },
    ],
    notes: [
      'The blocks "avg " are not kept: only the ECG and its annotations are.',
      "Of the block \"info\" this is not kept: the recording's id, the device's data.",
      "The samples were filtered by the recorder (mains filter, baseline filter).",
      "Annotations of kinds that are not known, kept as beats of an unknown kind: 1.",
    ],
  });
});

it("knows its files by their first bytes", () => {
  const prefixes = ["ALIVE\0\0\0", "ALIVE\0\0", "ALIVE   ", ""];
  expect(prefixes.map((text) => atc.detect(new TextEncoder().encode(text)))).toEqual([true, false, false, false]);
});

it("has no notes where nothing was lost", async () => {
  expect((await read(newFile([newFormat(), newEcg("I", samples)], { version: 2 }))).notes).toBeUndefined();
});

it("takes checksums of unsigned and of signed bytes", async () => {
  for (const isSigned of [false, true]) {
    const { leads } = await read(newFile([newFormat({ samplingRate: 200 }), newEcg("II", samples)], { isSigned }));
    expect(leads[0].samples).toEqual(Int32Array.from(samples));
  }
});

it.each([
  { name: "west of Greenwich", date: "2026-01-31T09:30:00-05:30", at: "2026-01-31T15:00:00Z" },
  { name: "in UTC", date: "2026-01-31T09:30:00.5Z", at: "2026-01-31T09:30:00.500Z" },
  { name: "without a zone", date: "2026-01-31T09:30:00", at: "2026-01-31T08:30:00Z" },
])("reads a date $name", async ({ date, at }) => {
  const { recordedAt, notes } = await read(newFile([newInfo({ date }), newFormat(), newEcg("I", [])]), "Europe/Berlin");
  expect({ recordedAt, notes }).toEqual({ recordedAt: Date.parse(at), notes: undefined });
});

it.each(["31 Jan 2026", "2026-02-31T09:30:00Z", "2026-01-31T09:30:00+26:00"])(
  "says that it does not understand the date %s",
  async (date) => {
    const { recordedAt, notes } = await read(newFile([newInfo({ date }), newFormat(), newEcg("I", [])]));
    expect({ recordedAt, notes }).toEqual({ recordedAt: null, notes: [`The date "${date}" is not understood.`] });
  },
);

it("has no gain where the resolution is 0", async () => {
  const { leads } = await read(newFile([newFormat({ nanovolts: 0 }), newEcg("I", samples)]));
  expect(leads[0].gain).toBeNull();
});

it("names twelve leads", async () => {
  const file = newFile([newFormat(), ...LEADS.map((name) => newEcg(name, samples))], { version: 5 });
  expect((await read(file)).leads.map(({ name }) => name)).toEqual(LEADS);
});

const good = [newFormat(), newEcg("I", samples)];
const damaged = newFile(good).map((byte, i) => (i === 21 ? byte ^ 1 : byte));

it.each([
  { name: "an older version", file: newFile(good, { version: 1 }), path: "byte 8", message: "version 1" },
  { name: "a newer version", file: newFile(good, { version: 6 }), path: "byte 8", message: "version 6" },
  { name: "a wrong checksum", file: damaged, path: 'block "fmt " at byte 12', message: "checksum" },
  { name: "no samples", file: newFile([newFormat()]), path: 'block "ecg "', message: "none" },
  { name: "no format", file: newFile([newEcg("I", samples)]), path: 'block "fmt "', message: "none" },
  {
    name: "a lead twice",
    file: newFile([...good, newEcg("I", [1])]),
    path: 'block "ecg " at byte 52',
    message: "is a second one of this name",
  },
  {
    name: "another format of samples",
    file: newFile([newFormat({ format: 2 }), newEcg("I", samples)]),
    path: 'block "fmt "',
    message: "format 2 is not 1",
  },
  {
    name: "a rate of 0",
    file: newFile([newFormat({ samplingRate: 0 }), newEcg("I", samples)]),
    path: 'block "fmt "',
    message: "0 Hz",
  },
  {
    name: "half a sample",
    file: newFile([newFormat(), { id: "ecg ", data: new Uint8Array(3) }]),
    path: 'block "ecg "',
    message: "3 bytes",
  },
  {
    name: "a part of an annotation",
    file: newFile([...good, { id: "ann ", data: new Uint8Array(9) }]),
    path: 'block "ann "',
    message: "5 bytes",
  },
  {
    name: "annotations without a unit of time",
    file: newFile([...good, newBeats(0, [[1, 1]])]),
    path: 'block "ann "',
    message: "0 ticks",
  },
  {
    name: "annotations without end",
    file: newFile([...good, { id: "ann ", data: new Uint8Array(4 + 6 * 200_001).fill(1) }]),
    path: 'block "ann "',
    message: "more than 200000 annotations",
  },
  {
    name: "blocks without end",
    file: newFile(Array(1001).fill({ id: "none", data: new Uint8Array(0) })),
    path: "byte 12012",
    message: "more than 1000 blocks",
  },
  {
    name: "a block that is longer than the file",
    file: new ByteWriter().put("ALIVE", 8).int(4, 4).put("ecg ").int(4, -1, 0).toBytes(),
    path: 'block "ecg " at byte 12',
    message: "its 4294967295 bytes",
  },
])("refuses $name", async ({ file, path, message }) => {
  await expect(read(file)).rejects.toMatchObject({
    name: "FormatError",
    options: { errors: [{ path, message: expect.stringContaining(message) }] },
  });
});

it("reads what was written", async () => {
  const lead = fc.array(fc.integer({ min: -32768, max: 32767 }), { maxLength: 20 });
  const annotation = fc.record({ time: fc.nat(10_000).map((ms) => ms / 1000), code: fc.constantFrom(...KINDS) });
  const recording = fc.record({
    recordedAt: fc.option(fc.integer({ min: 0, max: 4e12 })),
    device: fc.option(
      fc.string({ minLength: 1, maxLength: 32, unit: fc.constantFrom(..."abc 1-.") }).filter(isTrimmed),
    ),
    samplingRate: fc.integer({ min: 1, max: 65535 }),
    gain: fc.option(fc.integer({ min: 1, max: 65535 }).map((nanovolts) => 1e6 / nanovolts)),
    signals: fc.array(lead, { minLength: 1, maxLength: 12 }),
    annotations: fc.array(annotation, { maxLength: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(recording, async ({ samplingRate, gain, signals, annotations, ...about }) => {
      const leads = signals.map((signal, i): Lead => {
        return { name: LEADS[i], samplingRate, gain, baseline: 0, samples: Int32Array.from(signal) };
      });
      const inOrder: Annotation[] = annotations.sort((a, b) => a.time - b.time);
      const expected = { ...about, leads, annotations: inOrder, subject: null, note: null, isOpen: false };
      expect(await read(write(expected))).toEqual(expected);
    }),
    { numRuns: runs(200), seed: 1 },
  );
});

function isTrimmed(text: string): boolean {
  return text === text.trim();
}

it("takes every truncation and change of a file for a recording or a FormatError", async () => {
  const file = newFile([
    newInfo({ date: "2026-01-31T09:30:00Z" }),
    ...good,
    newEcg("II", samples),
    newBeats(300, [[1, 1]]),
  ]);
  await expectNoHarm(atc, [{ name: "a.atc", bytes: file }]);
});
