import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { FormatError, type ReadOptions, type WriteOptions } from "../../src/formats/format.ts";
import { scp } from "../../src/formats/scp/scp.ts";
import { type Lead, MISSING, type Recording } from "../../src/recording/recording.ts";
import { expectNoHarm } from "../support/fuzz.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

const u16 = (value: number) => [value & 0xff, (value >> 8) & 0xff];
const u32 = (value: number) => [...u16(value), ...u16(Math.floor(value / 65536))];
const ascii = (text: string) => [...new TextEncoder().encode(text)];
const tag = (number: number, value: number[]) => [number, ...u16(value.length), ...value];

/** CRC-CCITT bit by bit. */
function crcOf(bytes: number[]): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const isSet = ((crc >> 15) ^ (byte >> bit)) & 1;
      crc = ((crc << 1) & 0xffff) ^ (isSet ? 0x1021 : 0);
    }
  }
  return crc;
}

type Shape = {
  /** In place of all CRCs. */
  crc?: number;
  magic?: string;
};

/** A record of sections: by their number, what is behind their headers. All up to 11 have a pointer. */
function record(sections: Record<number, number[]>, { crc, magic = "SCPECG" }: Shape = {}): Uint8Array {
  const withCrc = (bytes: number[]) => [...u16(crc ?? crcOf(bytes)), ...bytes];
  const section = (id: number, content: number[], reserved = [0, 0, 0, 0, 0, 0]) =>
    withCrc([...u16(id), ...u32(content.length + 16), 20, 20, ...reserved, ...content]);
  const ids = new Set([...Array(12).keys(), ...Object.keys(sections).map(Number)]);
  const length0 = 16 + ids.size * 10;
  const pointers: number[] = [...u16(0), ...u32(length0), ...u32(7)];
  const bodies: number[] = [];
  for (const id of [...ids].slice(1)) {
    const body = sections[id] ? section(id, sections[id]) : [];
    pointers.push(...u16(id), ...u32(body.length), ...u32(body.length > 0 ? 6 + length0 + bodies.length + 1 : 0));
    for (const byte of body) bodies.push(byte);
  }
  const section0 = section(0, pointers, ascii(magic));
  return Uint8Array.from(withCrc([...u32(6 + length0 + bodies.length), ...section0, ...bodies]));
}

type LeadSpec = { number?: number; start?: number; end: number };

const section3 = (leads: LeadSpec[], flags = 4) => [
  leads.length,
  flags,
  ...leads.flatMap(({ number = 1, start = 1, end }) => [...u32(start), ...u32(end), number]),
];

type SignalSpec = { nanovolts?: number; microseconds?: number; order?: number; bimodal?: number };

const signals = (
  leads: number[][],
  { nanovolts = 1000, microseconds = 2000, order = 0, bimodal = 0 }: SignalSpec = {},
) => [
  ...u16(nanovolts),
  ...u16(microseconds),
  order,
  bimodal,
  ...leads.flatMap(({ length }) => u16(length)),
  ...leads.flat(),
];

type Complex = { type?: number; start: number; fiducial: number; end: number; zone?: [number, number] };

const section4 = (milliseconds: number, fiducial: number, complexes: Complex[]) => [
  ...[...u16(milliseconds), ...u16(fiducial), ...u16(complexes.length)],
  ...complexes.flatMap(({ type = 0, start, fiducial, end }) => [
    ...u16(type),
    ...[start, fiducial, end].flatMap((number) => u32(number)),
  ]),
  ...complexes.flatMap(({ zone = [] }) => zone.flatMap((number) => u32(number))),
];

const integers = (samples: readonly number[]) => samples.flatMap((sample) => u16(sample));

/** From a text of zeros and ones. */
function packed(bits: string): number[] {
  return (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
}

/** A number in the specification's Huffman code. */
function defaultCode(value: number): string {
  const size = Math.abs(value);
  if (size <= 8) return `${"1".repeat(size)}0${value === 0 ? "" : value > 0 ? "0" : "1"}`;
  const bits = value >= -128 && value < 128 ? 8 : 16;
  const digits = (value & (2 ** bits - 1)).toString(2).padStart(bits, "0");
  return `111111111${bits === 8 ? "0" : "1"}${digits}`;
}

/** Differences in 16 bits, before which so many samples stand as they are. */
function differences(samples: readonly number[], order: number): number[] {
  const values = samples.map((sample, i) => {
    if (i < order || order === 0) return sample;
    return order === 1 ? sample - samples[i - 1] : sample - 2 * samples[i - 1] + samples[i - 2];
  });
  return [...Int16Array.from(values)];
}

const read = (bytes: Uint8Array, options: Partial<ReadOptions> = {}) =>
  scp.read(bytes, { timeZone: "UTC", ...options });

const samplesOf = (bytes: Uint8Array) => read(bytes).leads.map(({ samples }) => [...samples]);

/** The signals of a record without a header. */
const readSignals = (sections: Record<number, number[]>) => samplesOf(record(sections));

const one = (samples: number[]) => ({ 3: section3([{ end: samples.length }]), 6: signals([integers(samples)]) });

const device = ({ code = 255, model = "", strings = [] as string[] }) => [
  ...[0, 0, 0, 0, 0, 0, 1, code],
  ...[...ascii(model), 0, 0, 0, 0, 0, 0].slice(0, 6),
  ...[20, 0xa0, 0, 0, 0],
  ...Array(16).fill(0),
  (strings[0] ?? "").length + 1,
  ...strings.flatMap((text) => [...ascii(text), 0]),
];

const DATE = tag(25, [...u16(2026), 1, 31]);
const TIME = tag(26, [9, 30, 5]);

describe("reading", () => {
  it("reads a whole record", () => {
    const bytes = record({
      1: [
        ...tag(0, ascii("Doe\0")),
        ...tag(2, ascii("P-0042\0")),
        ...tag(14, device({ model: "CP3", strings: ["1.0", "S-17", "", "", "Cardio Patches"] })),
        ...[...DATE, ...TIME, ...tag(34, [...u16(60), 0, 0]), ...tag(255, [])],
      ],
      3: section3([
        { number: 2, end: 3 },
        { number: 64, end: 2 },
      ]),
      6: signals([integers([1, -2, 32767]), integers([-32768, 5])], { nanovolts: 2500, microseconds: 4000 }),
    });
    expect(read(bytes)).toEqual({
      recordedAt: Date.parse("2026-01-31T08:30:05Z"),
      subject: "P-0042",
      device: "Cardio Patches CP3 S-17",
      note: null,
      isOpen: false,
      annotations: [],
      leads: [
        { name: "II", samplingRate: 250, samples: Int32Array.of(1, -2, 32767), gain: 400, baseline: 0 },
        { name: "aVF", samplingRate: 250, samples: Int32Array.of(-32768, 5), gain: 400, baseline: 0 },
      ],
    });
  });

  it("decodes the example of annex C of the specification", () => {
    // Where the draft prints F5 for the sixth byte, its own table of bits has F1.
    const data = [0xff, 0x83, 0x7f, 0xe0, 0xe6, 0xf1, 0x53, 0x65, 0x59, 0xb6, 0x5b, 0x96, 0x4b, 0x96, 0];
    const samples = [
      13, 14, 15, 14, 16, 18, 19, 20, 22, 22, 23, 23, 23, 22, 22, 20, 17, 15, 12, 8, 6, 3, 1, 0, -2, -2, -3, -3,
    ];
    const sections = { 2: u16(19999), 3: section3([{ end: 28 }]), 6: signals([data], { order: 2 }) };
    expect(readSignals(sections)).toEqual([samples]);
  });

  it.each([
    { name: "the id", tags: [...tag(2, ascii("7 ")), ...tag(1, ascii("Jo\0"))], subject: "7" },
    {
      name: "the names",
      tags: [...tag(0, ascii("Doe\0")), ...tag(1, ascii("Jo\0")), ...tag(2, [0])],
      subject: "Jo Doe",
    },
    { name: "ISO 8859-1", tags: tag(2, [0x4a, 0xf6]), subject: "Jö" },
    { name: "UTF-8", tags: tag(2, ascii("Jö")), subject: "Jö" },
    { name: "the first of two", tags: [...tag(2, ascii("1")), ...tag(2, ascii("2"))], subject: "1" },
    { name: "nothing behind the end", tags: [...tag(255, []), ...tag(2, ascii("1"))], subject: null },
  ])("takes for the subject $name", ({ tags, subject }) => {
    expect(read(record({ 1: tags, ...one([0]) })).subject).toBe(subject);
  });

  it.each([
    { device: "Schiller AT-10", of: { code: 17, model: "AT-10", strings: ["", "", "", "", "ignored"] } },
    { device: "ELI250", of: { model: "ELI250", strings: ["unknown", "unknown", "", "", "Unknown"] } },
    { device: "Cart", of: { model: "Cart", strings: [] } },
    { device: null, of: {} },
  ])("reads the device $device", ({ of, device: expected }) => {
    expect(read(record({ 1: tag(14, device(of)), ...one([0]) })).device).toBe(expected);
  });

  it("reads no device from fewer bytes than come before its strings", () => {
    const bytes = device({ model: "Cart" });
    expect(read(record({ 1: tag(14, bytes.slice(0, 36)), ...one([0]) })).device).toBe("Cart");
    expect(read(record({ 1: tag(14, bytes.slice(0, 35)), ...one([0]) })).device).toBeNull();
  });

  it.each([
    {
      tags: [tag(27, u16(5)), tag(28, u16(150)), tag(29, [0b1111])],
      filters: "high pass 0.05 Hz, low pass 150 Hz, 60 Hz notch, 50 Hz notch, artefacts, baseline",
    },
    { tags: [tag(29, [0b10])], filters: "50 Hz notch" },
  ])("says that $filters were on", ({ tags, filters }) => {
    const { notes } = read(record({ 1: tags.flat(), ...one([0]) }));
    expect(notes).toEqual([`The filters that were on are not kept: ${filters}.`]);
  });

  it("takes zeros and cut tags for no filters", () => {
    const tags = [...tag(27, [0, 0]), ...tag(28, [1]), ...tag(29, [])];
    expect(read(record({ 1: tags, ...one([0]) })).notes).toBeUndefined();
  });

  it.each([
    { name: "its own offset", tags: [DATE, TIME, tag(34, [...u16(-90), 0, 0])], expected: "2026-01-31T11:00:05Z" },
    { name: "the zone asked for if the offset is unknown", tags: [DATE, TIME, tag(34, u16(0x7fff))] },
    { name: "the zone asked for if there is no offset", tags: [DATE, TIME] },
    { name: "the zone asked for if the offset is cut", tags: [DATE, TIME, tag(34, [1])] },
  ])("takes the date by $name", ({ tags, expected = "2026-01-31T08:30:05Z" }) => {
    const { recordedAt } = read(record({ 1: tags.flat(), ...one([0]) }), { timeZone: "Europe/Berlin" });
    expect(recordedAt).toBe(Date.parse(expected));
  });

  it.each([
    { name: "zeros", tags: [tag(25, [0, 0, 0, 0]), tag(26, [0, 0, 0])] },
    { name: "no time", tags: [DATE], notes: ["The date of acquisition was not kept: it is not whole."] },
    {
      name: "a date that is cut",
      tags: [tag(25, [...u16(2026), 1]), TIME],
      notes: ["The date of acquisition was not kept: it is not whole."],
    },
    {
      name: "a time that is cut",
      tags: [DATE, tag(26, [9, 30])],
      notes: ["The date of acquisition was not kept: it is not whole."],
    },
    {
      name: "no month",
      tags: [tag(25, [...u16(2026), 0, 5]), TIME],
      notes: ["The date of acquisition, 2026-0-5 9:30:5, is none."],
    },
    {
      name: "no day",
      tags: [tag(25, [...u16(2026), 5, 0]), TIME],
      notes: ["The date of acquisition, 2026-5-0 9:30:5, is none."],
    },
    { name: "nothing in the tag", tags: [tag(25, []), TIME] },
    { name: "no tag", tags: [TIME] },
    {
      name: "30 February",
      tags: [tag(25, [...u16(2026), 2, 30]), TIME, tag(34, [0, 0, 0, 0])],
      notes: ["The date of acquisition, 2026-2-30 9:30:5, is none."],
    },
  ])("knows no date from $name", ({ tags, notes }) => {
    const recording = read(record({ 1: tags.flat(), ...one([0]) }));
    expect([recording.recordedAt, recording.notes]).toEqual([null, notes]);
  });

  it.each([
    { end: 4, count: 5, coded: false, taken: "numbers of samples, as they are" },
    { end: 5, count: 5, coded: false, taken: "counts of samples" },
    { end: 10, count: 11, coded: false, taken: "numbers of samples, as they are" },
    { end: 9, count: 10, coded: true, taken: "numbers of samples, as they are" },
    { end: 10, count: 10, coded: true, taken: "counts of samples" },
  ])("reads $count samples from 0 to $end, coded or not: $coded", ({ end, count, coded, taken }) => {
    const samples = Array.from({ length: count }, (_, i) => i - 3);
    const data = coded ? [...packed(samples.map(defaultCode).join("")), 0] : integers(samples);
    const sections: Record<number, number[]> = { 3: section3([{ start: 0, end }]), 6: signals([data]) };
    if (coded) sections[2] = u16(19999);
    const { leads, notes } = read(record(sections));
    expect([[...leads[0].samples], notes]).toEqual([
      samples,
      [`Section 3 counts samples from 0, not from 1: the ends of leads were taken for ${taken}.`],
    ]);
  });

  it("refuses signals that are shorter than either", () => {
    const sections = { 3: section3([{ start: 0, end: 7 }]), 6: signals([integers([1, 2, 3])]) };
    expect(placeOf(() => readSignals(sections))).toBe("section 6, lead 1");
  });

  it("says which sections were not read", () => {
    expect(read(record({ ...one([1]), 10: [1, 2], 8: [3], 7: [] })).notes).toEqual([
      "Sections that are no signals were not read, such as measurements and interpretations: 8, 10.",
    ]);
  });

  it("reads texts that are no UTF-8 as windows-1252", () => {
    const tags = tag(14, device({ model: "", strings: ["", "", "", "", "?"] }));
    const about = tags.map((byte) => (byte === 0x3f ? 0x80 : byte));
    expect(read(record({ 1: about, ...one([0]) })).device).toBe("\u20ac");
  });

  it("names leads by their numbers", () => {
    const numbers = [0, 1, 8, 10, 16, 20, 30, 61, 62, 65, 66, 72, 78, 85, 92, 110, 121, 126, 134, 147, 151, 184, 185];
    const leads = numbers.map((number) => ({ number, end: 1 }));
    const bytes = record({ 3: section3(leads), 6: signals(leads.map(() => [0, 0])) });
    const names = "|I|V6|V2R|X|CM5|fH|III|aVR|-aVR|V8|J|A4|dJ|MCL1|CM6|CM7|ML|S|RL|V10|dV10|SCP 185";
    expect(read(bytes).leads.map(({ name }) => name)).toEqual(names.split("|"));
  });

  it("reads a record without a header section", () => {
    expect(read(record(one([1])))).toMatchObject({ subject: null, device: null, recordedAt: null });
  });

  it("takes the rate asked for where the record has none, and knows no gain from a multiplier of 0", () => {
    const sections = { 3: section3([{ end: 1 }]), 6: signals([[1, 0]], { nanovolts: 0, microseconds: 0 }) };
    expect(read(record(sections)).leads[0]).toMatchObject({ samplingRate: null, gain: null });
    expect(read(record(sections), { samplingRate: 125 }).leads[0].samplingRate).toBe(125);
  });

  it("gives the leads asked for, in that order", () => {
    const leads = [1, 2, 62].map((number) => ({ number, end: 1 }));
    const bytes = record({ 3: section3(leads), 6: signals([integers([1]), integers([2]), integers([3])]) });
    const asked = read(bytes, { leads: ["avr", "I"] }).leads;
    expect(asked.map(({ name, samples }) => [name, samples[0]])).toEqual([
      ["aVR", 3],
      ["I", 1],
    ]);
    expect(() => read(bytes, { leads: ["V1"] })).toThrow(FormatError);
  });

  it("aligns leads that start one after the other", () => {
    const sections = {
      3: section3([
        { start: 11, end: 12 },
        { start: 13, end: 14 },
      ]),
      6: signals([integers([1, 2]), integers([3, 4])]),
    };
    expect(readSignals(sections)).toEqual([
      [1, 2],
      [MISSING, MISSING, 3, 4],
    ]);
  });
});

describe("the frame", () => {
  const good = record(one([1, 2, 3]));
  const changed = (bytes: Uint8Array, at: number, ...put: number[]) => {
    const copy = Uint8Array.from(bytes);
    copy.set(put, at);
    return copy;
  };

  it.each([
    { name: "a record", bytes: good, expected: true },
    {
      name: "a record of version 1, whose reserved bytes are zeros",
      bytes: record(one([1]), { magic: "\0\0\0\0\0\0" }),
      expected: true,
    },
    {
      name: "other reserved bytes and a pointer elsewhere",
      bytes: changed(good, 16, ...ascii("SCPXXX"), 0, 0, 1),
      expected: false,
    },
    { name: "another section first", bytes: changed(good, 8, 1), expected: false },
    { name: "a short file", bytes: good.subarray(0, 31), expected: false },
    { name: "an empty file", bytes: new Uint8Array(0), expected: false },
  ])("is detected in $name: $expected", ({ bytes, expected }) => {
    expect(scp.detect(bytes)).toBe(expected);
  });

  it.each([0, 0xffff])("needs no CRC where there is %d", (crc) => {
    expect(samplesOf(record(one([7]), { crc }))).toEqual([[7]]);
  });

  it("passes over what is behind the record, and manufacturers' sections", () => {
    const bytes = record({ ...one([7]), 200: [1, 2, 3] });
    expect(samplesOf(Uint8Array.from([...bytes, 9, 9, 9]))).toEqual([[7]]);
  });

  // Section 0's pointers begin at byte 22: at 82 that to section 6: number, length, index.
  const unchecked = record(one([1, 2, 3]), { crc: 0 });
  it.each([
    { name: "a wrong CRC of the record", bytes: changed(good, 0, 1, 2), where: "byte 0" },
    { name: "a changed sample", bytes: changed(good, good.length - 1, 9), where: "byte 0" },
    {
      name: "the same where only its section has a CRC",
      bytes: changed(changed(good, good.length - 1, 9), 0, 0, 0),
      where: "section 6",
    },
    { name: "a record that is longer than the file", bytes: unchecked.subarray(0, -1), where: "byte 2" },
    { name: "a record that is shorter than its header", bytes: changed(unchecked, 2, 21, 0), where: "byte 2" },
    { name: "a section 0 beyond the end", bytes: changed(unchecked, 10, 0, 9), where: "section 0" },
    { name: "a section beyond the end", bytes: changed(unchecked, 88, 0, 9), where: "section 6" },
    { name: "a section before the first byte", bytes: changed(unchecked, 88, 0, 0), where: "section 6" },
    { name: "a section of another length", bytes: changed(unchecked, 84, 27), where: "section 6" },
    { name: "a section of another number", bytes: changed(unchecked, 82, 5), where: "section 5" },
  ])("refuses $name", ({ bytes, where }) => {
    expect(placeOf(() => read(bytes))).toBe(where);
  });

  it.each([
    { name: "no section 3", sections: { 6: signals([[1, 0]]) }, where: "section 3" },
    { name: "no section 6", sections: { 3: section3([{ end: 1 }]) }, where: "section 6" },
    { name: "no leads", sections: { 3: section3([]), 6: signals([]) }, where: "section 3" },
    {
      name: "more leads than an ECG has",
      sections: { ...one([1]), 3: section3(Array(65).fill({ end: 1 })) },
      where: "section 3",
    },
    { name: "more leads than fit", sections: { ...one([1]), 3: [2, 4, ...u32(1), ...u32(1), 1] }, where: "byte 169" },
    {
      name: "a lead that ends before it starts",
      sections: { ...one([1]), 3: section3([{ start: 5, end: 3 }]) },
      where: "byte 169",
    },
    {
      name: "more samples than there are bits",
      sections: { ...one([1]), 3: section3([{ end: 17 }]) },
      where: "section 6, lead 1",
    },
    { name: "2^31 samples", sections: { ...one([1]), 3: section3([{ end: 2 ** 31 }]) }, where: "section 6, lead 1" },
    {
      name: "fewer samples than are promised",
      sections: { ...one([1]), 3: section3([{ end: 2 }]) },
      where: "section 6, lead 1",
    },
    {
      name: "a lead that starts in a long time",
      sections: {
        3: section3([{ end: 1 }, { start: 2 ** 31, end: 2 ** 31 }]),
        6: signals([
          [1, 0],
          [1, 0],
        ]),
      },
      where: "section 3",
    },
    {
      name: "a lead that starts after more samples than all leads have",
      sections: { 3: section3([{ end: 1 }, { start: 4, end: 4 }]), 6: signals([integers([1]), integers([1])]) },
      where: "section 3",
    },
    {
      name: "a lead beyond the section's end",
      sections: { ...one([1]), 6: [...signals([[1, 0]]).slice(0, 6), 3, 0, 1, 0] },
      where: "byte 193",
    },
    {
      name: "differences of order 3",
      sections: { ...one([1]), 6: signals([[1, 0]], { order: 3 }) },
      where: "byte 190",
    },
    { name: "a tag beyond the section's end", sections: { 1: [2, 3, 0, 65], ...one([1]) }, where: "byte 161" },
  ])("refuses $name", ({ sections, where }) => {
    expect(placeOf(() => readSignals(sections as Record<number, number[]>))).toBe(where);
  });

  it("refuses more samples than an ECG needs, those that are missing before a lead's start included", () => {
    const count = 2 ** 17 + 1;
    const leads = [{ end: count }, ...Array(63).fill({ start: count, end: count })];
    const data = leads.map(({ start = 1, end }) => Array(Math.ceil((end - start + 1) / 8)).fill(0));
    const sections = { 2: u16(19999), 3: section3(leads), 6: signals(data) };
    expect(placeOf(() => readSignals(sections))).toBe("section 3");
  });
});

/** Where a FormatError says that the file is wrong. */
function placeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof FormatError) return error.options.errors?.[0].path;
    throw error;
  }
  return undefined;
}

const sample = fc.integer({ min: -0x8000, max: 0x7fff });
const smoothSample = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -300, max: 300 }), sample);

describe("the encodings", () => {
  it.each([0, 1, 2])("sums up differences of order %d that come round in 16 bits", (order) => {
    const samples = [3, 32767, -32768, -32768, 32767, 32767, 0, -5];
    const data = differences(samples, order);
    const sections = { 3: section3([{ end: 8 }]), 6: signals([integers(data)], { order }) };
    expect(readSignals(sections)).toEqual([samples]);
  });

  it("reads what is coded by the specification's Huffman table", () => {
    fc.assert(
      fc.property(fc.array(smoothSample, { maxLength: 60 }), fc.constantFrom(0, 1, 2), (samples, order) => {
        const data = packed(differences(samples, order).map(defaultCode).join(""));
        const sections = { 2: u16(19999), 3: section3([{ end: samples.length }]), 6: signals([data], { order }) };
        expect(readSignals(sections)).toEqual([samples]);
      }),
      { seed: 1 },
    );
  });

  /** Its bits in the order in which they are sent, and as many more; its base is a table where `switches`. */
  type Code = { bits: string; more?: number; base: number; switches?: boolean };
  const section2 = (tables: Code[][]) => [
    ...u16(tables.length),
    ...tables.flatMap((codes) => [
      ...u16(codes.length),
      ...codes.flatMap(({ bits, more = 0, base, switches = false }) => [
        ...[bits.length, bits.length + more, switches ? 0 : 1, ...u16(base)],
        ...u32(Number.parseInt([...bits].reverse().join(""), 2)),
      ]),
    ]),
  ];

  it("reads codes of a table of its own, to whose base the bits behind them are added", () => {
    const table = section2([
      [
        { bits: "0", base: -7 },
        { bits: "100", base: 1000 },
        { bits: "101", base: 16, more: 4 },
        { bits: "11", base: 0, more: 16 },
      ],
    ]);
    const data = packed("0" + "100" + "1010111" + "1011000" + "111000000000000000" + "0");
    const sections = { 2: table, 3: section3([{ end: 6 }]), 6: signals([data]) };
    expect(readSignals(sections)).toEqual([[-7, 1000, 23, 8, -32768, -7]]);
  });

  it.each([1, 0])("switches tables that are numbered from %d, and begins each lead with the first", (first) => {
    const table = section2([
      [
        { bits: "0", base: 5 },
        { bits: "1", base: first + 1, switches: true },
      ],
      [
        { bits: "10", base: first, switches: true },
        { bits: "0", base: -5 },
        { bits: "11", base: 9 },
      ],
    ]);
    const sections = {
      2: table,
      3: section3([{ end: 6 }, { end: 2 }]),
      6: signals([packed("0" + "1" + "0" + "11" + "0" + "10" + "0" + "1" + "11"), packed("00")]),
    };
    expect(readSignals(sections)).toEqual([
      [5, -5, 9, -5, 5, 9],
      [5, 5],
    ]);
  });

  it("takes a section 2 without tables for data that are not coded", () => {
    expect(readSignals({ 2: [0, 0], ...one([-3, 300]) })).toEqual([[-3, 300]]);
  });

  it("reads 32 bits of prefix", () => {
    const bits = "10101010101010101010101010101011";
    const sections = {
      2: section2([[{ bits, base: 77 }]]),
      3: section3([{ end: 2 }]),
      6: signals([packed(bits + bits)]),
    };
    expect(readSignals(sections)).toEqual([[77, 77]]);
  });

  const coded = (tables: Code[][], bits: string) => ({
    2: section2(tables),
    3: section3([{ end: 2 }]),
    6: signals([packed(bits)]),
  });
  it.each([
    { name: "bits that are of no code", sections: coded([[{ bits: "0", base: 1 }]], "01"), where: "section 6, lead 1" },
    {
      name: "a code that ends with the data",
      sections: coded([[{ bits: "0", base: 1, more: 4 }]], "0"),
      where: "section 6, lead 1",
    },
    {
      name: "a code twice",
      sections: coded(
        [
          [
            { bits: "01", base: 1 },
            { bits: "01", base: 2 },
          ],
        ],
        "01",
      ),
      where: "section 2",
    },
    {
      name: "a code that begins with another",
      sections: coded(
        [
          [
            { bits: "0", base: 1 },
            { bits: "01", base: 2 },
          ],
        ],
        "01",
      ),
      where: "section 2",
    },
    {
      name: "a code that another begins with",
      sections: coded(
        [
          [
            { bits: "01", base: 1 },
            { bits: "0", base: 2 },
          ],
        ],
        "01",
      ),
      where: "section 2",
    },
    {
      name: "a table that is not there",
      sections: coded([[{ bits: "0", base: 2, switches: true }]], "01"),
      where: "byte 171",
    },
    {
      name: "a code without bits",
      sections: { ...one([1]), 2: [1, 0, 1, 0, 0, 8, 1, 0, 0, 0, 0, 0, 0] },
      where: "byte 164",
    },
    {
      name: "a code of 33 bits",
      sections: { ...one([1]), 2: [1, 0, 1, 0, 33, 33, 1, 0, 0, 0, 0, 0, 0] },
      where: "byte 164",
    },
    {
      name: "a code that is longer than it and what is added",
      sections: { ...one([1]), 2: [1, 0, 1, 0, 2, 1, 1, 0, 0, 0, 0, 0, 0] },
      where: "byte 164",
    },
    {
      name: "a table below the first",
      sections: coded([[{ bits: "0", base: -1, switches: true }]], "01"),
      where: "byte 171",
    },
    {
      name: "a code of more bits than are added",
      sections: { ...one([1]), 2: [1, 0, 1, 0, 1, 18, 1, 0, 0, 0, 0, 0, 0] },
      where: "byte 164",
    },
    {
      name: "more codes than fit",
      sections: { ...one([1]), 2: [1, 0, 2, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0] },
      where: "byte 162",
    },
    { name: "more tables than fit", sections: { ...one([1]), 2: [2, 0, 0, 0] }, where: "byte 162" },
  ])("refuses $name", ({ sections, where }) => {
    expect(placeOf(() => readSignals(sections))).toBe(where);
  });

  it("refuses more codes than it takes", () => {
    const code = [1, 1, 1, 0, 0, 0, 0, 0, 0];
    const codes = Array(65535).fill(code).flat();
    const section2 = [...u16(2), ...u16(65535), ...codes, ...u16(2), ...code, ...code];
    expect(placeOf(() => read(record({ ...one([1]), 2: section2 }, { crc: 0 })))).toBe("byte 589979");
  });
});

describe("a subtracted reference beat", () => {
  const SUBTRACTED = 1;
  /** Two leads of 8 samples, a beat of 4 at 500 Hz whose second sample is its fiducial. */
  const readAdded = (complexes: Complex[], of5: SignalSpec = {}, of6: SignalSpec = {}) =>
    readSignals({
      3: section3([{ end: 8 }, { start: 3, end: 8 }], SUBTRACTED),
      4: section4(8, 2, complexes),
      5: signals([integers([10, 40, 20, 5]), integers([-1, -4, -2, -1])], of5),
      6: signals([integers([1, 1, 1, 1, 1, 1, 1, 1]), integers([0, 0, 0, 0, 0, 0])], of6),
    });
  const GAP = [MISSING, MISSING];

  it("is added to each lead where its fiducial is, within the zone", () => {
    expect(readAdded([{ start: 3, fiducial: 4, end: 6 }])).toEqual([
      [1, 1, 11, 41, 21, 6, 1, 1],
      [...GAP, -1, -4, -2, -1, 0, 0],
    ]);
    expect(readAdded([{ start: 4, fiducial: 4, end: 5 }])).toEqual([
      [1, 1, 1, 41, 21, 1, 1, 1],
      [...GAP, 0, -4, -2, 0, 0, 0],
    ]);
  });

  it("is cut where the lead or the beat begins or ends", () => {
    expect(
      readAdded([
        { start: 1, fiducial: 1, end: 5 },
        { start: 4, fiducial: 8, end: 90 },
      ]),
    ).toEqual([
      [41, 21, 6, 1, 1, 1, 11, 41],
      [...GAP, -1, 0, 0, 0, -1, -4],
    ]);
  });

  it("is added to no beats of other types", () => {
    expect(readAdded([{ type: 1, start: 3, fiducial: 4, end: 6 }])[0]).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it.each([
    { beat: 5000, rhythm: 2500, added: [1, 1, 21, 81, 41, 11, 1, 1], gain: 400 },
    { beat: 1000, rhythm: 3000, added: [3, 3, 13, 43, 23, 8, 3, 3], gain: 1000 },
    { beat: 2000, rhythm: 3000, added: [3, 3, 23, 83, 43, 13, 3, 3], gain: 1000 },
  ])("is added in the common unit of $beat and $rhythm nV", ({ beat, rhythm, added, gain }) => {
    const sections = {
      3: section3([{ end: 8 }], SUBTRACTED),
      4: section4(8, 2, [{ start: 3, fiducial: 4, end: 6 }]),
      5: signals([integers([10, 40, 20, 5])], { nanovolts: beat }),
      6: signals([integers([1, 1, 1, 1, 1, 1, 1, 1])], { nanovolts: rhythm }),
    };
    expect(read(record(sections)).leads).toEqual([
      { name: "I", samplingRate: 500, samples: Int32Array.from(added), gain, baseline: 0 },
    ]);
  });

  it("comes round in 16 bits, as it did when it was subtracted from 30000", () => {
    const sections = {
      3: section3([{ end: 1 }], SUBTRACTED),
      4: section4(2, 1, [{ start: 1, fiducial: 1, end: 1 }]),
      5: signals([integers([-20000])]),
      6: signals([integers([50000 - 65536])]),
    };
    expect(readSignals(sections)).toEqual([[30000]]);
  });

  it("is read with its own differences and the record's table", () => {
    const code = (values: number[], order: number) => packed(differences(values, order).map(defaultCode).join(""));
    const sections = {
      2: u16(19999),
      3: section3([{ end: 4 }], SUBTRACTED),
      4: section4(6, 1, [{ start: 2, fiducial: 2, end: 4 }]),
      5: signals([code([100, 300, -50], 1)], { order: 1 }),
      6: signals([code([7, 8, 9, 9], 2)], { order: 2 }),
    };
    expect(readSignals(sections)).toEqual([[7, 108, 309, -41]]);
  });

  it("is not looked at where it was not subtracted", () => {
    expect(readSignals({ ...one([1, 2]), 4: [1], 5: [2] })).toEqual([[1, 2]]);
  });

  const good = {
    3: section3([{ end: 2 }], SUBTRACTED),
    4: section4(4, 1, [{ start: 1, fiducial: 1, end: 2 }]),
    5: signals([[1, 0, 1, 0]]),
    6: signals([[1, 0, 1, 0]]),
  };
  const many = Array(9).fill({ start: 1, fiducial: 1, end: 2 });
  it.each([
    { name: "without section 4", sections: { ...good, 4: [] }, where: "section 4" },
    { name: "without section 5", sections: { ...good, 5: [] }, where: "section 5" },
    {
      name: "of no known amplitude",
      sections: { ...good, 5: signals([[1, 0]], { nanovolts: 0 }) },
      where: "section 6",
    },
    {
      name: "of another rate that is no fraction",
      sections: { ...good, 5: signals([[1, 0]], { microseconds: 1500 }) },
      where: "section 6",
    },
    {
      name: "of an unknown rate",
      sections: { ...good, 5: signals([[1, 0]], { microseconds: 0 }) },
      where: "section 6",
    },
    { name: "at more places than fit", sections: { ...good, 4: section4(4, 1, many).slice(0, 60) }, where: "byte 191" },
    { name: "many times at one place", sections: { ...good, 4: section4(4, 1, many) }, where: "section 4" },
  ])("is refused $name", ({ sections, where }) => {
    expect(placeOf(() => readSignals(sections))).toBe(where);
  });
});

describe("bimodal compression", () => {
  const BIMODAL = { bimodal: 1, microseconds: 8000 };
  const complex = (zone: [number, number]) => ({ type: 1, start: 0, fiducial: 0, end: 0, zone });

  /** @param stored of lead I, of whose samples only those of the zones are stored as they were */
  const readBimodal = (stored: number[], lead: LeadSpec, complexes: Complex[], of5 = 2000, of6: SignalSpec = BIMODAL) =>
    readSignals({
      3: section3([lead]),
      4: section4(0, 0, complexes),
      5: signals([[]], { microseconds: of5 }),
      6: signals([integers(stored)], of6),
    })[0];

  it("draws a line from the middle of a group of four to that of the next", () => {
    expect(readBimodal([8, 16, -4], { end: 12 }, [])).toEqual([8, 8, 8, 10, 12, 14, 16, 11, 6, 1, -4, -4]);
  });

  it("draws a line from the middle of a group of two to that of the next", () => {
    expect(readBimodal([10, 20, 40], { end: 6 }, [], 4000)).toEqual([10, 10, 15, 20, 30, 40]);
  });

  it("keeps the protected zones, and what does not fill a group before them", () => {
    const stored = [8, 16, 5, 6, 100, 200, 150, -4, 1, 2, 3];
    const samples = [8, 8, 8, 10, 12, 14, 16, 16, 5, 6, 100, 200, 150, -4, -4, -4, -4, 1, 2, 3];
    expect(readBimodal(stored, { end: 20 }, [complex([11, 13])])).toEqual(samples);
  });

  it("takes zones in any order, those that overlap as one, and none from zeros", () => {
    const zones = (
      [
        [5, 6],
        [0, 0],
        [1, 2],
        [2, 3],
      ] as [number, number][]
    ).map(complex);
    expect(readBimodal([1, 2, 3, 4, 5, 6, 7], { end: 7 }, zones)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(readBimodal([1, 2, 3, 9, 5, 6], { end: 9 }, [complex([1, 3]), complex([8, 9])])).toEqual([
      1, 2, 3, 9, 9, 9, 9, 5, 6,
    ]);
  });

  it("counts the zones' samples from the recording's first", () => {
    expect(readBimodal([9, 1, 2], { start: 11, end: 16 }, [complex([15, 90])])).toEqual([9, 9, 9, 9, 1, 2]);
  });

  it("protects what a beat is subtracted from in version 1, which has no zones", () => {
    expect(readBimodal([9, 1, 2], { end: 6 }, [{ type: 1, start: 5, fiducial: 5, end: 6 }])).toEqual([
      9, 9, 9, 9, 1, 2,
    ]);
  });

  it("gives the rate before the decimation", () => {
    const sections = {
      3: section3([{ end: 4 }]),
      4: section4(0, 0, []),
      5: signals([[]]),
      6: signals([[1, 0]], BIMODAL),
    };
    expect(read(record(sections)).leads[0]).toMatchObject({ samplingRate: 500, samples: Int32Array.of(1, 1, 1, 1) });
    const note = "Samples between the beats were stored at a lower rate, and are interpolated.";
    expect(read(record(sections)).notes).toEqual([note]);
  });

  it("changes nothing where both intervals are the same", () => {
    expect(readBimodal([1, 2, 3], { end: 3 }, [], 8000)).toEqual([1, 2, 3]);
  });

  it("gives back exactly, with the reference beat, what is piecewise linear between the complexes", () => {
    // 40 samples that rise by 1 each, and upon the 17th to the 24th a beat, which is subtracted and protected.
    const beat = [5, 50, 500, -500, -50, 900, -7, 3];
    const base = Array.from({ length: 40 }, (_, i) => i);
    const ecg = base.map((sample, i) => sample + (beat[i - 16] ?? 0));
    const means = (from: number, to: number) => base.slice(from, to).filter((_, i) => i % 4 === 2);
    const stored = [...means(0, 16), ...base.slice(16, 24), ...means(24, 40)];
    const sections = {
      2: u16(19999),
      3: section3([{ end: 40 }], 1),
      4: section4(16, 3, [{ type: 0, start: 17, fiducial: 19, end: 24, zone: [17, 24] }]),
      5: signals([packed(beat.map(defaultCode).join(""))]),
      6: signals([packed(differences(stored, 2).map(defaultCode).join(""))], { ...BIMODAL, order: 2 }),
    };
    const [samples] = readSignals(sections);
    // Before the middle of a stretch's first group and behind that of its last it is level.
    const isLevel = (i: number) => i < 2 || (i > 14 && i < 16) || (i > 23 && i < 26) || i > 38;
    expect(samples.filter((_, i) => !isLevel(i))).toEqual(ecg.filter((_, i) => !isLevel(i)));
    expect(samples.filter((_, i) => isLevel(i))).toEqual([2, 2, 14, 26, 26, 38]);
  });

  it.each([
    { name: "an interval that is no multiple", of5: 3000, where: "section 6" },
    { name: "a group of more samples than are taken together", of5: 500, where: "section 6" },
  ])("is refused with $name", ({ of5, where }) => {
    expect(placeOf(() => readBimodal([1], { end: 1 }, [], of5))).toBe(where);
  });

  it("is refused when there are fewer values than it takes", () => {
    expect(placeOf(() => readBimodal([1, 2], { end: 12 }, []))).toBe("section 6, lead 1");
  });
});

describe("writing", () => {
  const OPTIONS: WriteOptions = {
    name: "ecg",
    timeZone: "Europe/Berlin",
    units: "adc",
    layout: "rows",
    fhirVersion: "R4",
  };
  const write = (recording: Recording) => scp.write(recording, OPTIONS);
  const lead = (fields: Partial<Lead> = {}): Lead => ({
    ...{ name: "II", samplingRate: 500, samples: Int32Array.of(1, 2, 3), gain: 1000, baseline: 0 },
    ...fields,
  });
  const recordingOf = (...leads: Lead[]): Recording => ({
    ...{ recordedAt: Date.parse("2026-01-31T09:30:05Z"), subject: "P-0042", device: "CardioPatch 3", note: null },
    ...{ isOpen: false, annotations: [], leads },
  });

  /** Section 1 of it: of even length. */
  const ABOUT = [
    ...tag(2, ascii("P-0042\0")),
    ...tag(14, device({ strings: ["", "", "", "", "CardioPatch 3"] })),
    ...[...tag(25, [...u16(2026), 1, 31]), ...tag(26, [10, 30, 5]), ...tag(34, [60, 0, 0, 0]), ...tag(255, [])],
  ];
  const padded = (content: number[]) => [...content, ...Array(content.length % 2).fill(0)];

  it("writes the samples as they are where that is shorter", () => {
    const bytes = write(recordingOf(lead({ samples: Int32Array.of(3000, -3000) }), lead({ name: "avr" })));
    const leads = [
      { number: 2, end: 2 },
      { number: 62, end: 3 },
    ];
    const data = [integers([3000, -3000]), integers([1, 2, 3])];
    expect(bytes).toEqual(record({ 1: padded(ABOUT), 3: section3(leads, 4 + (2 << 3)), 6: signals(data) }));
  });

  it("writes first differences in the specification's code where that is shorter", () => {
    const samples = [0, 1, 1, -1, 7, 7, 7, 6, 20, 20, 20, 20, 20, -200];
    const bytes = write(recordingOf(lead({ samples: Int32Array.from(samples) })));
    const data = packed(differences(samples, 1).map(defaultCode).join(""));
    const sections = {
      1: padded(ABOUT),
      2: u16(19999),
      3: padded(section3([{ number: 2, end: 14 }], 4 + (1 << 3))),
      6: signals([padded(data)], { order: 1 }),
    };
    expect(bytes).toEqual(record(sections));
  });

  it("leaves a bit to spare behind the last code", () => {
    const bytes = write(recordingOf(lead({ samples: new Int32Array(16) })));
    expect([...bytes.subarray(-8)]).toEqual([1, 0, 4, 0, 0, 0, 0, 0]);
  });

  it("writes what is not known as nothing, and no date", () => {
    const bytes = write({ ...recordingOf(lead()), recordedAt: null, subject: null, device: null });
    const about = [...tag(2, [0]), ...tag(14, device({ strings: ["", "", "", "", ""] }))];
    const end = tag(255, []);
    expect([...bytes.subarray(158, 158 + about.length + end.length)]).toEqual([...about, ...end]);
    expect(read(bytes)).toEqual({ ...recordingOf(lead()), recordedAt: null, subject: null, device: null });
  });

  it.each(["CardioPätch 3", "心电图"])("keeps the device %s", (name) => {
    expect(read(write({ ...recordingOf(lead()), device: name })).device).toBe(name);
  });

  it("keeps the date to the second, whatever zone it is read in", () => {
    const bytes = write({ ...recordingOf(lead()), recordedAt: Date.parse("2026-07-31T22:30:05.999Z") });
    expect(read(bytes, { timeZone: "America/New_York" }).recordedAt).toBe(Date.parse("2026-07-31T22:30:05Z"));
  });

  it("keeps a date from when offsets had seconds, read in the same zone", () => {
    const recordedAt = Date.parse("1890-01-01T12:00:00Z");
    const bytes = write({ ...recordingOf(lead()), recordedAt });
    expect(read(bytes, { timeZone: "Europe/Berlin" }).recordedAt).toBe(recordedAt);
  });

  it("gives back all that it has written", () => {
    const names = fc.constantFrom("I", "II", "III", "aVR", "V1", "V6", "V3R", "X", "CM5", "-aVR");
    const signal = fc.array(smoothSample, { maxLength: 80 }).map((samples) => Int32Array.from(samples));
    const leads = fc.tuple(
      fc.array(fc.tuple(names, signal), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(1000, 500, 400, 200, 1e6 / 4883, 1e6),
      fc.constantFrom(1000, 500, 250, 1e6 / 3333, 100),
    );
    const recordings = leads.map(([all, gain, samplingRate]) =>
      recordingOf(...all.map(([name, samples]) => lead({ name, samples, gain, samplingRate }))),
    );
    fc.assert(
      fc.property(recordings, (recording) => {
        expect(read(write(recording))).toEqual(recording);
      }),
      { seed: 1 },
    );
  });

  it("writes an ECG in less than half of what its samples take, and gives it back", () => {
    const recording = syntheticEcg({ seconds: 10, gain: 400, noise: 0.002 });
    const bytes = write(recording);
    expect(read(bytes)).toEqual(recording);
    expect(bytes.length).toBeLessThan(12 * 5000);
  });

  it.each([
    { why: "a sampling rate that is known and the same", leads: [lead({ samplingRate: null })] },
    { why: "a sampling rate that is known and the same", leads: [lead(), lead({ name: "I", samplingRate: 250 })] },
    { why: "a sampling rate of 360", leads: [lead({ samplingRate: 360 })] },
    { why: "a sampling rate of 10", leads: [lead({ samplingRate: 10 })] },
    { why: "a sampling rate that is known", leads: [] },
    { why: "a gain that is known and the same", leads: [lead({ gain: null })] },
    { why: "a gain that is known and the same", leads: [lead(), lead({ name: "I", gain: 999 })] },
    { why: "a gain of 204.8", leads: [lead({ gain: 204.8 })] },
    { why: "a gain of -1000", leads: [lead({ gain: -1000 })] },
    { why: "0 mV at 0 ADC units", leads: [lead({ baseline: 1 })] },
    { why: "SCP-ECG has voltages only: lead II is in mmHg.", leads: [lead({ unit: "mmHg" })] },
    { why: "samples are missing", leads: [lead({ samples: Int32Array.of(1, MISSING) })] },
    { why: "has 32768", leads: [lead({ samples: Int32Array.of(32768) })] },
    { why: "has -32769", leads: [lead({ samples: Int32Array.of(-32769) })] },
    { why: "no number for a lead called MLII", leads: [lead({ name: "MLII" })] },
    { why: "up to 64 leads", leads: Array(65).fill(lead()) },
    { why: "65535 bytes", leads: [lead({ samples: new Int32Array(32768).map((_, i) => (i % 2) * 32767) })] },
    { why: "65535 bytes", leads: [lead({ samples: new Int32Array(65535 * 8 + 1) })] },
    { why: "65535 bytes", leads: Array(17).fill(lead({ samples: new Int32Array(65534 * 8) })) },
  ])("refuses what it cannot carry: $why", ({ why, leads }) => {
    const attempt = () => write(recordingOf(...leads));
    expect(attempt).toThrow(AppError);
    expect(attempt).toThrow(why);
  });
});

describe("bad input", () => {
  it("does no harm in a record that was written", async () => {
    const recording = syntheticEcg({ seconds: 0.2, samplingRate: 100 });
    const bytes = scp.write({ ...recording, leads: recording.leads.slice(0, 3) }, { timeZone: "UTC" } as WriteOptions);
    await expectNoHarm(scp, [{ name: "ecg.scp", bytes }]);
  });

  it("does no harm in a record without CRCs that has all there is", async () => {
    const switching = [
      ...[...u16(2), ...u16(3)],
      ...[...[1, 1, 1, ...u16(0), ...u32(0)], ...[2, 10, 1, ...u16(0), ...u32(1)], ...[2, 2, 0, ...u16(2), ...u32(3)]],
      ...[...u16(2), ...[1, 1, 1, ...u16(5), ...u32(0)], ...[1, 1, 0, ...u16(1), ...u32(1)]],
    ];
    const data = packed(`${"10"}${"00000111"}${"0".repeat(9)}${"11"}${"00"}${"1"}${"0".repeat(8)}`);
    const sections = {
      1: [...tag(2, ascii("7\0")), ...tag(14, device({ strings: ["", "8"] })), ...DATE, ...TIME, ...tag(255, [])],
      2: switching,
      3: section3([{ end: 20 }, { start: 3, end: 20 }], 1),
      4: section4(16, 2, [{ start: 5, fiducial: 6, end: 9, zone: [5, 8] }]),
      5: signals([data, data], { nanovolts: 1500 }),
      6: signals([data, data], { order: 2, bimodal: 1, microseconds: 4000 }),
    };
    const bytes = record(sections, { crc: 0 });
    expect(read(bytes).leads[0].samples).toHaveLength(20);
    await expectNoHarm(scp, [{ name: "ecg.scp", bytes }]);
  });
});
