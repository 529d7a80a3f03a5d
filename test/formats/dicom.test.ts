import fc from "fast-check";
import { deflateSync } from "fflate";
import { describe, expect, it } from "vitest";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import { dicom } from "../../src/formats/dicom/dicom.ts";
import { findChannelScale, fromChannelScale } from "../../src/formats/dicom/scale.ts";
import { FormatError, type ReadOptions, type WriteOptions } from "../../src/formats/format.ts";
import { openRecording } from "../../src/formats/open.ts";
import { standardLead } from "../../src/recording/lead-names.ts";
import { type Lead, MISSING, type Recording } from "../../src/recording/recording.ts";
import { expectNoHarm } from "../support/fuzz.ts";
import { UNDESCRIBED } from "../support/new-recording.ts";
import { runs } from "../support/runs.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

/** An attribute as `gggg,eeee VR`, and its value: text, bytes in the file's order, numbers of the VR, or items. */
type Value = string | number | Uint8Array | Attributes[];
type Attributes = Record<string, Value | undefined>;
type Syntax = { uid: string; isExplicit: boolean; isLittleEndian: boolean };

const EXPLICIT: Syntax = { uid: "1.2.840.10008.1.2.1", isExplicit: true, isLittleEndian: true };
const IMPLICIT: Syntax = { uid: "1.2.840.10008.1.2", isExplicit: false, isLittleEndian: true };
const BIG_ENDIAN: Syntax = { uid: "1.2.840.10008.1.2.2", isExplicit: true, isLittleEndian: false };
const DEFLATED_UID = "1.2.840.10008.1.2.1.99";

const OPTIONS: WriteOptions = { name: "ecg", timeZone: "UTC", units: "adc", layout: "3x4", fhirVersion: "R4" };

function encode(attributes: Attributes, syntax: Syntax): Uint8Array {
  const { isExplicit, isLittleEndian } = syntax;
  const u16 = (value: number) => [value & 255, (value >> 8) & 255];
  const order = (bytes: number[]) => (isLittleEndian ? bytes : bytes.reverse());
  const number = (value: number, size: number) =>
    order(size === 2 ? u16(value) : [...u16(value), ...u16(value >>> 16)]);
  const tag = (text: string) => [
    ...number(Number.parseInt(text, 16), 2),
    ...number(Number.parseInt(text.slice(5), 16), 2),
  ];
  const bytes: number[] = [];
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    const vr = attribute.slice(-2);
    let body: number[];
    if (Array.isArray(value)) {
      body = value.flatMap((item) => {
        const encoded = encode(item, syntax);
        return [...tag("fffe,e000"), ...number(encoded.length, 4), ...encoded];
      });
    } else if (typeof value === "number") body = number(value, vr === "US" ? 2 : 4);
    else body = [...(typeof value === "string" ? new TextEncoder().encode(value) : value)];
    if (body.length % 2 !== 0) body.push(vr === "UI" || typeof value !== "string" ? 0 : 0x20);
    const isLong = ["OB", "OW", "SQ", "UN"].includes(vr);
    const vrBytes = isExplicit ? [...new TextEncoder().encode(vr), ...(isLong ? [0, 0] : [])] : [];
    bytes.push(...tag(attribute), ...vrBytes, ...number(body.length, isExplicit && !isLong ? 2 : 4), ...body);
  }
  return Uint8Array.from(bytes);
}

function toFile(set: Uint8Array, uid: string, storageClass?: string): Uint8Array {
  const version = storageClass && { "0002,0001 OB": Uint8Array.of(0, 1), "0002,0002 UI": storageClass };
  const meta = encode({ ...version, "0002,0010 UI": uid }, EXPLICIT);
  return Uint8Array.from([...new Uint8Array(128), ...new TextEncoder().encode("DICM"), ...meta, ...set]);
}

function int16(...values: number[]): Uint8Array {
  return new Uint8Array(Int16Array.from(values).buffer);
}

function code(value: string, scheme: string, meaning: string): Attributes[] {
  return [{ "0008,0100 SH": value, "0008,0102 SH": scheme, "0008,0104 LO": meaning }];
}

function channel(name: string, changes: Attributes = {}): Attributes {
  return {
    "003a,0208 SQ": code("", "99TEST", name),
    "003a,0210 DS": "2.5",
    "003a,0211 SQ": code("uV", "UCUM", "microvolt"),
    "003a,0212 DS": "1",
    "003a,0213 DS": "0",
    "003a,021a US": 16,
    ...changes,
  };
}

function group(channels: Attributes[], data: Uint8Array, changes: Attributes = {}): Attributes {
  return {
    "003a,0004 CS": "ORIGINAL",
    "003a,0005 US": channels.length,
    "003a,0010 UL": data.length / 2 / channels.length,
    "003a,001a DS": "500",
    "003a,0020 SH": "RHYTHM",
    "003a,0200 SQ": channels,
    "5400,1004 US": 16,
    "5400,1006 CS": "SS",
    "5400,1010 OW": data,
    ...changes,
  };
}

function ecg(groups: Attributes[], changes: Attributes = {}): Attributes {
  return { "0008,0016 UI": "1.2.840.10008.5.1.4.1.1.9.1.2", ...changes, "5400,0100 SQ": groups };
}

function read(attributes: Attributes, options: Partial<ReadOptions> = {}): Recording {
  return dicom.read(toFile(encode(attributes, EXPLICIT), EXPLICIT.uid), { timeZone: "UTC", ...options });
}

/** Of one channel with the samples 1, 2. */
function readOne(channelChanges: Attributes = {}, groupChanges: Attributes = {}, changes: Attributes = {}): Recording {
  return read(ecg([group([channel("V1", channelChanges)], int16(1, 2), groupChanges)], changes));
}

function lead(name: string, samples: number[], changes: Partial<Lead> = {}): Lead {
  return { name, samplingRate: 500, samples: Int32Array.from(samples), gain: 400, baseline: 0, ...changes };
}

function recording(leads: Lead[], changes: Partial<Recording> = {}): Recording {
  const none = UNDESCRIBED;
  return { ...none, leads, ...changes };
}

const TWO_LEADS = ecg(
  [
    group(
      [channel("Lead I", { "003a,0208 SQ": code("2:1", "MDC", "Lead I") }), channel("V9 test")],
      int16(-2, -8192, 300, -300, 32767, -32768),
    ),
  ],
  { "0008,002a DT": "20260131093000.25+0100", "0008,1090 LO": "ELI250", "0010,0020 LO": "P-1" },
);
const TWO_LEADS_READ = recording([lead("I", [-2, 300, 32767]), lead("V9 test", [-8192, -300, -32768])], {
  recordedAt: Date.UTC(2026, 0, 31, 8, 30, 0, 250),
  subject: "P-1",
  device: "ELI250",
});

function toBigEndian(attributes: Attributes): Attributes {
  const entries = Object.entries(attributes).map(([tag, value]) => {
    if (value instanceof Uint8Array) return [tag, value.map((_, i) => value[i ^ 1])];
    return [tag, Array.isArray(value) ? value.map(toBigEndian) : value];
  });
  return Object.fromEntries(entries);
}

describe("dicom.read", () => {
  it.each([
    { name: "explicit little endian", file: toFile(encode(TWO_LEADS, EXPLICIT), EXPLICIT.uid) },
    // The first two samples are the bytes of an item's tag, by which a sequence is told where no VR is given.
    { name: "implicit little endian", file: toFile(encode(TWO_LEADS, IMPLICIT), IMPLICIT.uid) },
    { name: "deflated little endian", file: toFile(deflateSync(encode(TWO_LEADS, EXPLICIT)), DEFLATED_UID) },
    {
      name: "deflated little endian, padded",
      file: toFile(Uint8Array.from([...deflateSync(encode(TWO_LEADS, EXPLICIT)), 0]), DEFLATED_UID),
    },
    { name: "explicit big endian", file: toFile(encode(toBigEndian(TWO_LEADS), BIG_ENDIAN), BIG_ENDIAN.uid) },
    { name: "explicit little endian without a preamble", file: encode(TWO_LEADS, EXPLICIT) },
    { name: "implicit little endian without a preamble", file: encode(TWO_LEADS, IMPLICIT) },
    {
      name: "file meta information without a preamble",
      file: toFile(encode(TWO_LEADS, IMPLICIT), IMPLICIT.uid).subarray(132),
    },
  ])("reads $name", ({ file }) => {
    expect(dicom.read(file, { timeZone: "UTC" })).toEqual(TWO_LEADS_READ);
  });

  it("reads sequences and items of undefined length", () => {
    const length = [255, 255, 255, 255];
    const set = encode(ecg([]), EXPLICIT).slice(0, -12);
    const item = encode(group([channel("V1")], int16(1, 2)), EXPLICIT);
    const ends = [0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0];
    const file = [...set, 0, 0x54, 0, 1, 0x53, 0x51, 0, 0, ...length, 0xfe, 0xff, 0, 0xe0, ...length, ...item, ...ends];
    const { leads } = dicom.read(toFile(Uint8Array.from(file), EXPLICIT.uid), { timeZone: "UTC" });
    expect(leads).toEqual([lead("V1", [1, 2])]);
  });

  it.each([
    { sensitivity: "2.5", unit: "uV", gain: 400 },
    { sensitivity: "5", unit: "uV", gain: 200 },
    { sensitivity: "4.88", unit: "uV", gain: 1000 / 4.88 },
    { sensitivity: "0.0025", unit: "mV", gain: 400 },
    { sensitivity: "2.5E-6", unit: "V", gain: 400 },
    { sensitivity: "2500", unit: "nV", gain: 400 },
    { sensitivity: " +2.50 ", unit: "µV", gain: 400 },
    { sensitivity: "-2.5", unit: "uV", gain: -400 },
    { sensitivity: "0.1", correction: "3", unit: "uV", gain: 10_000 / 3 },
    { sensitivity: "1.25", correction: "2", unit: "uV", gain: 400 },
    { sensitivity: "1.25", correction: "2", offset: "-2560", unit: "uV", gain: 400, baseline: 1024 },
    { sensitivity: "0.005", offset: "0.0025", unit: "mV", gain: 200, baseline: -0.5 },
    { sensitivity: "", unit: "uV", gain: null },
  ])("takes $sensitivity $unit x $correction + $offset for $gain ADC units per mV", (row) => {
    const { sensitivity, correction, offset, unit, gain, baseline = 0 } = row;
    const { leads } = readOne(
      {
        "003a,0210 DS": sensitivity,
        "003a,0211 SQ": code(unit, "UCUM", ""),
        "003a,0212 DS": correction,
        "003a,0213 DS": offset,
      },
      {},
      { "0008,0005 CS": "ISO_IR 192" },
    );
    expect(leads).toEqual([lead("V1", [1, 2], { gain, baseline })]);
  });

  it("says which filters were on", () => {
    const filters = { "003a,0220 DS": "0.05 ", "003a,0221 DS": "150", "003a,0222 DS": "0" };
    expect(readOne(filters).notes).toEqual([
      "The filters that were on are not kept: FilterLowFrequency 0.05 Hz, FilterHighFrequency 150 Hz.",
    ]);
    expect(readOne({ "003a,0222 DS": "50" }).notes).toEqual([
      "The filters that were on are not kept: NotchFilterFrequency 50 Hz.",
    ]);
  });

  it.each([
    { name: "a sensitivity of 0", changes: { "003a,0210 DS": "0.0" }, scale: "0.0 uV, corrected by 1, from 0" },
    { name: "a sensitivity with a comma", changes: { "003a,0210 DS": "2,5" }, scale: "2,5 uV, corrected by 1, from 0" },
    {
      name: "a correction that is no number",
      changes: { "003a,0212 DS": "1,5" },
      scale: "2.5 uV, corrected by 1,5, from 0",
    },
    {
      name: "a baseline that is no number",
      changes: { "003a,0213 DS": "none" },
      scale: "2.5 uV, corrected by 1, from none",
    },
  ])("keeps a channel with $name without a gain, beside others", ({ changes, scale }) => {
    const channels = [channel("V1", changes), channel("V2")];
    expect(read(ecg([group(channels, int16(1, 2, 3, 4))]))).toMatchObject({
      leads: [lead("V1", [1, 3], { gain: null }), lead("V2", [2, 4])],
      notes: [`Channels whose sensitivity makes no scale are kept without a gain: "V1" (${scale}).`],
    });
  });

  it("knows no gain without units", () => {
    const { leads, notes } = readOne({ "003a,0211 SQ": undefined, "003a,0210 DS": "2.5" });
    expect(leads).toEqual([lead("V1", [1, 2], { gain: null })]);
    expect(notes).toEqual(['The scale of "V1" is of no unit that is known: no gain is taken from it.']);
    expect(readOne({ "003a,0211 SQ": undefined, "003a,0210 DS": "1.0" }).notes).toBeUndefined();
  });

  it.each([
    { code: "2:1", scheme: "MDC", name: "I" },
    { code: "2:64\0", scheme: "MDC", name: "aVF" },
    { code: "MDC_ECG_LEAD_AVR", scheme: "MDC", name: "aVR" },
    { code: "5.6.3-9-61", scheme: "SCPECG", name: "III" },
    { code: "131074", scheme: "MDC", name: "II" },
    { code: "131391", scheme: "MDC", name: "aVL" },
    { code: "2:11", scheme: "MDC", meaning: "Lead V3R", name: "V3R" },
    { code: "2:65", scheme: "MDC", name: "-aVR" },
    { code: "2:24", scheme: "MDC", meaning: "Lead I (Frank)", name: "Lead I (Frank)" },
    { code: "2:31", scheme: "MDC", meaning: "Derived Lead I", name: "Derived Lead I" },
    { code: "2:0", scheme: "MDC", meaning: "Unspecified lead", label: "chest", name: "chest" },
    { code: "MDC_ECG_LEAD_MCL1", scheme: "MDC", name: "MCL1" },
    { code: "X1", scheme: "99", meaning: "Lead I (Einthoven)", name: "I" },
    { code: "X1", scheme: "99", meaning: "aVF, augmented voltage, foot", name: "aVF" },
    { code: "X1", scheme: "99", meaning: "V6 ", name: "V6" },
    { code: "X1", scheme: "99", meaning: "MLII", label: "II", name: "MLII" },
    { code: "X1", scheme: "99", label: "CH1", name: "CH1" },
    { code: "X1", scheme: "99", name: "X1" },
    { code: "CHANNEL-1", scheme: "99ECGAPI", meaning: "Lead I", name: "Lead I" },
  ])("calls $code $meaning $label of $scheme $name", ({ code: value, scheme, meaning = "", label, name }) => {
    const source = { "003a,0203 SH": label, "003a,0208 SQ": code(value, scheme, meaning) };
    expect(readOne(source).leads.map((lead) => lead.name)).toEqual([name]);
  });

  it.each([
    { as: "SB", bytes: [0xff, 0x7f, 0x80, 0x01], bits: 8, samples: [-1, 127, -128, 1] },
    { as: "UB", bytes: [0xff, 0x7f, 0x80], bits: 8, samples: [255, 127, 128] },
    { as: "SS", bytes: [0xff, 0xff, 0x00, 0x80], bits: 16, samples: [-1, -32768] },
    { as: "US", bytes: [0xff, 0xff, 0x00, 0x80], bits: 16, samples: [65535, 32768] },
    { as: "SL", bytes: [0x01, 0, 0, 0x80], bits: 32, samples: [-0x7fffffff] },
    { as: "UL", bytes: [0xff, 0xff, 0xff, 0x7f], bits: 32, samples: [0x7fffffff] },
    { as: "SS", bytes: [0xff, 0x0f, 0xff, 0x07, 0x00, 0xf8], bits: 16, stored: 12, samples: [-1, 2047, -2048] },
    { as: "US", bytes: [0xff, 0xff, 0xff, 0x07], bits: 16, stored: 12, samples: [4095, 2047] },
    { as: "SS", bytes: [0x00, 0x80, 0x01, 0], bits: 16, padding: [0x00, 0x80], samples: [MISSING, 1] },
    { as: "SS", bytes: [0x00, 0x80, 0xff, 0x0f], bits: 16, stored: 12, padding: [0, 0x80], samples: [MISSING, -1] },
    { as: "SB", bytes: [0x80, 0x7f], bits: 8, padding: [0x80], samples: [MISSING, 127] },
    { as: "SL", bytes: [0, 0, 0, 0x80], bits: 32, padding: [0, 0, 0, 0x80], samples: [MISSING] },
    // Some give zero to say that nothing stands for missing samples.
    { as: "SS", bytes: [0, 0, 0x01, 0], bits: 16, padding: [0, 0], samples: [0, 1] },
    { as: "UB", bytes: [0, 0x01], bits: 8, padding: [0], samples: [MISSING, 1] },
  ])(
    "reads $bytes as $as, $stored bits stored and padding $padding",
    ({ as, bytes, bits, stored, padding, samples }) => {
      const { leads } = readOne(
        { "003a,021a US": stored },
        {
          "003a,0010 UL": samples.length,
          "5400,1004 US": bits,
          "5400,1006 CS": as,
          "5400,100a OW": padding && Uint8Array.from(padding),
          "5400,1010 OW": Uint8Array.from(bytes),
        },
      );
      expect([...leads[0].samples]).toEqual(samples);
    },
  );

  const V1 = [channel("V1")];
  const V2 = [channel("V2")];
  const BEAT = { "003a,0004 CS": "DERIVED", "003a,0020 SH": "MEDIAN BEAT" };
  const NO_LABEL = { "003a,0020 SH": undefined };
  it.each([
    {
      name: "the rhythm, not the median beat",
      groups: [group(V1, int16(9, 9, 9), BEAT), group(V1, int16(1, 2))],
      leads: [lead("V1", [1, 2])],
      left: '"MEDIAN BEAT"',
    },
    {
      name: "what is original where there are no labels",
      groups: [group(V1, int16(9, 9), { ...BEAT, ...NO_LABEL }), group(V1, int16(1), NO_LABEL)],
      leads: [lead("V1", [1])],
      left: '"1"',
    },
    {
      name: "the longest where all is derived",
      groups: [1, 3, 2].map((n) => group(V1, int16(...Array(n).fill(n)), { ...BEAT, ...NO_LABEL })),
      leads: [lead("V1", [3, 3, 3])],
      left: '"1", "3"',
    },
    {
      name: "groups of other leads at the same time side by side",
      groups: [group(V1, int16(1, 2)), group(V2, int16(3), { "003a,001a DS": "250" })],
      leads: [lead("V1", [1, 2]), lead("V2", [3], { samplingRate: 250 })],
    },
    {
      name: "groups that begin later with missing samples before them",
      groups: [group(V1, int16(1, 2), { "0018,1068 DS": "1000" }), group(V2, int16(3), { "0018,1068 DS": "1004" })],
      leads: [lead("V1", [1, 2]), lead("V2", [MISSING, MISSING, 3])],
      recordedAt: 1000,
    },
    {
      name: "one lead in groups one after the other as one, with a gap between them",
      groups: [group(V1, int16(1, 2)), group(V1, int16(3, 4), { "0018,1068 DS": "6" })],
      leads: [lead("V1", [1, 2, MISSING, 3, 4])],
    },
    ...(
      [
        { what: "gain", second: { "003a,0210 DS": "5" }, changes: { gain: 200 } },
        { what: "baseline", second: { "003a,0213 DS": "5" }, changes: { baseline: -2 } },
      ] as const
    ).map(({ what, second, changes }) => ({
      name: `one lead in groups one after the other that differ in ${what} twice`,
      groups: [group(V1, int16(1, 2)), group([channel("V1", second)], int16(3, 4), { "0018,1068 DS": "4" })],
      leads: [lead("V1", [1, 2]), lead("V1", [MISSING, MISSING, 3, 4], changes)],
    })),
    {
      name: "one lead in groups one after the other that differ in rate twice",
      groups: [group(V1, int16(1, 2)), group(V1, int16(3, 4), { "0018,1068 DS": "4", "003a,001a DS": "250" })],
      leads: [lead("V1", [1, 2]), lead("V1", [MISSING, 3, 4], { samplingRate: 250 })],
    },
    {
      name: "one lead in groups at the same time twice",
      groups: [group(V1, int16(1, 2)), group(V1, int16(3, 4), { "0018,1068 DS": "2" })],
      leads: [lead("V1", [1, 2]), lead("V1", [MISSING, 3, 4])],
    },
  ])("reads $name", ({ groups, leads, left, recordedAt = 0 }) => {
    const notes = left && [`Groups that are no continuous rhythm were left out: ${left}.`];
    const expected = recording(leads, { recordedAt, ...(notes && { notes }) });
    expect(read(ecg(groups, { "0008,002a DT": "19700101000000" }))).toEqual(expected);
  });

  it.each([
    { set: { "003a,0215 DS": "0.5" }, skew: undefined },
    { set: { "003a,0215 DS": "-5" }, skew: -5 },
    { set: { "003a,0214 DS": "0.004" }, skew: 2 },
    { set: { "003a,0214 DS": "a while", "003a,0215 DS": "" }, skew: undefined },
  ])("says that a channel's skew of $set is not made up for, if it is a sample or more", ({ set, skew }) => {
    const notes = skew && [
      `Channels were sampled later than their group, which is not made up for: "V1" by ${skew} samples.`,
    ];
    expect(readOne(set)).toEqual(recording([lead("V1", [1, 2])], { ...(notes && { notes }) }));
  });

  const PRESSURE = channel("ART", { "003a,0211 SQ": code("mm[Hg]", "UCUM", "") });
  it("takes no pressure for a lead unless it is asked for", () => {
    const both = ecg([group([PRESSURE, channel("aVR")], int16(1, 2))]);
    expect(read(both)).toEqual(
      recording([lead("aVR", [2])], { notes: ['Channels that are no ECG were left out: "ART".'] }),
    );
    expect(read(both, { leads: ["avr", "ART"] })).toEqual(
      recording([lead("aVR", [2]), lead("ART", [1], { gain: 1 / 2.5, unit: "mmHg" })]),
    );
  });

  it.each([
    { unit: "%", sensitivity: "0.5", offset: "-2", expected: { unit: "%", gain: 2, baseline: 4 } },
    { unit: "1", sensitivity: "1", offset: "0", expected: { unit: "1", gain: 1 } },
    { unit: "%", sensitivity: "", offset: "0", expected: { unit: "%", gain: null } },
    { unit: "%", sensitivity: "0", offset: "0", expected: { unit: "%", gain: null } },
  ])("gives a channel of $sensitivity $unit that unit", ({ unit, sensitivity, offset, expected }) => {
    const pleth = channel("PLETH", {
      "003a,0210 DS": sensitivity,
      "003a,0211 SQ": code(unit, "UCUM", ""),
      "003a,0213 DS": offset,
    });
    const { leads } = read(ecg([group([pleth], int16(1, 2))]), { leads: ["PLETH"] });
    expect(leads).toEqual([lead("PLETH", [1, 2], expected)]);
  });

  const CATHETER = { "0008,0016 UI": "1.2.840.10008.5.1.4.1.1.9.2.1" };
  const II = channel("", { "003a,0208 SQ": code("2:2", "MDC", "Lead II") });
  it("reads the leads of an ECG beside pressures in a hemodynamic file", () => {
    const set = ecg([group([II, PRESSURE, channel("HIS"), channel("V7")], int16(1, 2, 3, 4))], CATHETER);
    expect(read(set)).toEqual(
      recording([lead("II", [1]), lead("V7", [4])], {
        notes: ['Channels that are no ECG were left out: "ART", "HIS".'],
      }),
    );
    expect(read(set, { leads: ["HIS"] }).leads).toEqual([lead("HIS", [3])]);
  });

  it("refuses a hemodynamic file without a lead of an ECG", () => {
    const set = ecg([group([PRESSURE, channel("HIS")], int16(1, 2))], CATHETER);
    expect(errorsOf(() => read(set))).toEqual([
      { path: "(0008,0016) SOPClassUID", message: "the file is a hemodynamic waveform, not an ECG" },
    ]);
  });

  it("says that annotations were not read", () => {
    const set = { ...ecg([group(V1, int16(1))]), "0040,b020 SQ": [{ "0070,0006 ST": "sinus" }] };
    expect(read(set).notes).toEqual(["The file has annotations, which were not read."]);
  });

  it.each([
    { set: { "0008,002a DT": "2026-01-31" }, notes: ['AcquisitionDateTime "2026-01-31" was not understood.'] },
    {
      set: { "0008,0022 DA": "20260231", "0008,0032 TM": "0915", "0008,0020 DA": "20260228" },
      notes: [
        'AcquisitionDate "20260231 0915" was not understood.',
        "The file says no time of day, but 20260228: the beginning of that is taken.",
      ],
    },
    {
      set: { "0008,002a DT": "20260131+0100" },
      notes: ["The file says no time of day, but 20260131+0100: the beginning of that is taken."],
    },
    {
      set: { "0008,002a DT": "20260131093000+1401" },
      notes: ['AcquisitionDateTime "20260131093000+1401" was not understood.'],
    },
    {
      set: { "0008,0201 SH": "+25", "0008,002a DT": "20260131093000" },
      notes: ['TimezoneOffsetFromUTC "+25" was not understood.'],
    },
    {
      set: { "0008,0201 SH": "+2500", "0008,002a DT": "tomorrow", "0008,0020 DA": "20260228" },
      notes: [
        'TimezoneOffsetFromUTC "+2500" was not understood.',
        'AcquisitionDateTime "tomorrow" was not understood.',
        "The file says no time of day, but 20260228: the beginning of that is taken.",
      ],
    },
    { set: { "0008,002a DT": "2026013109" }, notes: undefined },
    { set: { "0008,002a DT": "19000101000000", "0008,0020 DA": "" }, notes: undefined },
    { set: { "0008,0020 DA": "00000000" }, notes: undefined },
  ])("says which date of $set was not understood, or has no time of day", ({ set, notes }) => {
    expect(readOne({}, {}, set).notes).toEqual(notes);
  });

  const bytes = (...parts: (string | number[])[]) =>
    Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)));
  const ESC = [0x1b];
  const GUESS = "Texts are not of the Specific Character Set: they were read as UTF-8, or else as windows-1252.";
  it.each([
    { set: "ISO_IR 144", text: [[0xba, 0xd0, 0xe0, 0xd4, 0xd8, 0xde]], is: "Кардио" },
    { set: "ISO_IR 126", text: [[0xca, 0xe1, 0xf1]], is: "Καρ" },
    { set: "ISO_IR 13", text: [[0xd4, 0xcf, 0xc0, 0xde]], is: "ﾔﾏﾀﾞ" },
    { set: "ISO_IR 166", text: [[0xbb, 0xc3]], is: "ปร" },
    { set: "GB18030", text: [[0xcd, 0xf5]], is: "王" },
    // The second byte of a letter may be that of a backslash.
    { set: "GBK", text: [[0x95, 0x5c, 0x41]], is: "昞A" },
    { set: "ISO 2022 IR 100", text: [[0xe9]], is: "é" },
    { set: "\\ISO 2022 IR 87", text: [ESC, "$B", [0x3b, 0x33, 0x45, 0x44], ESC, "(B A"], is: "山田 A" },
    { set: "\\ISO 2022 IR 159", text: [ESC, "$(D", [0x30, 0x21], ESC, "(B"], is: "丂" },
    { set: "\\ISO 2022 IR 149", text: [ESC, "$)C", [0xb1, 0xe8], "A"], is: "김A" },
    { set: "\\ISO 2022 IR 58", text: [ESC, "$)A", [0xcd, 0xf5]], is: "王" },
    { set: "ISO 2022 IR 6\\ISO 2022 IR 144", text: ["a", ESC, "-L", [0xba]], is: "aК" },
    { set: "ISO_IR 100", text: ["a", ESC, "-L", [0xba], "\t", [0xe9]], is: "aК\té" },
    { set: undefined, text: ["a", ESC, "?", [0x62]], is: "a?b" },
    { set: undefined, text: ["plain"], is: "plain" },
    { set: undefined, text: [[0x4d, 0xfc]], is: "Mü", notes: [GUESS] },
    { set: undefined, text: ["Mü"], is: "Mü", notes: [GUESS] },
    { set: "ISO_IR 192", text: [[0x4d, 0xfc]], is: "Mü", notes: [GUESS] },
    {
      set: "KLINGON",
      text: ["a"],
      is: "a",
      notes: ['The Specific Character Set "KLINGON" is not known: texts may have other letters.'],
    },
  ])("reads $text of the charset $set as $is", ({ set, text, is, notes }) => {
    const read = readOne({}, {}, { "0008,0005 CS": set, "0008,1090 LO": bytes(...text) });
    expect([read.device, read.notes]).toEqual([is, notes]);
  });

  it("begins the components of a name with the charset of the file again", () => {
    const name = bytes([0xe9], "a^", ESC, "-L", [0xba], "^", [0xe9], "=", ESC, "$)C", [0xb1, 0xe8]);
    expect(readOne({}, {}, { "0008,0005 CS": "ISO_IR 100", "0010,0010 PN": name }).subject).toBe("éa К é");
  });

  it("takes the sampling rate that is given where there is none", () => {
    const without = ecg([group(V1, int16(1), { "003a,001a DS": undefined })]);
    expect(read(without).leads).toEqual([lead("V1", [1], { samplingRate: null })]);
    expect(read(without, { samplingRate: 300 }).leads).toEqual([lead("V1", [1], { samplingRate: 300 })]);
  });

  const CONTENT = { "0008,0023 DA": "20260202", "0008,0033 TM": "1015" };
  it.each([
    { set: { "0008,002a DT": "20260131093000" }, at: "2026-01-31T08:30:00Z" },
    { set: { "0008,002a DT": "20260131093000.984-0530" }, at: "2026-01-31T15:00:00.984Z" },
    { set: { "0008,002a DT": "20260131093000", "0008,0201 SH": "+0900" }, at: "2026-01-31T00:30:00Z" },
    { set: { "0008,002a DT": "20260131" }, at: "2026-01-30T23:00:00Z" },
    { set: { "0008,0022 DA": "20260201", "0008,0032 TM": "235959.5", ...CONTENT }, at: "2026-02-01T22:59:59.500Z" },
    { set: { "0008,002a DT": "not a date", ...CONTENT }, at: "2026-02-02T09:15:00Z" },
    { set: { "0008,0020 DA": "2026.07.01", "0008,0030 TM": "10:15:30" }, at: "2026-07-01T08:15:30Z" },
    { set: { "0008,002a DT": "20260231093000" }, at: null },
    { set: { "0008,002a DT": "19000101000000" }, at: null },
    { set: {}, at: null },
  ])("takes $set for $at", ({ set, at }) => {
    const { recordedAt } = read(ecg([group(V1, int16(1))], set), { timeZone: "Europe/Berlin" });
    expect(recordedAt).toBe(at === null ? null : Date.parse(at));
  });

  it.each([
    { set: { "0010,0010 PN": "Clark^Ann=X", "0010,0020 LO": "SBJ-123 " }, subject: "SBJ-123", device: null },
    { set: { "0010,0010 PN": "Clark^Ann^^Dr=X" }, subject: "Clark Ann Dr", device: null },
    {
      set: { "0008,0005 CS": "ISO_IR 192", "0008,0070 LO": "Müller", "0008,1090 LO": "E1", "0018,1000 LO": "77" },
      subject: null,
      device: "Müller E1 77",
    },
    {
      set: { "0008,0005 CS": "ISO_IR 100", "0008,1090 LO": Uint8Array.of(0x4d, 0xfc) },
      subject: null,
      device: "Mü",
    },
  ])("takes $set for the subject $subject and the device $device", ({ set, subject, device }) => {
    const read = readOne({}, {}, set);
    expect([read.subject, read.device]).toEqual([subject, device]);
  });

  const MANY = Array.from({ length: 65 }, (_, i) => channel(`L${i}`));
  it.each([
    {
      name: "other waveforms",
      set: ecg([], { "0008,0016 UI": "1.2.840.10008.5.1.4.1.1.9.2.1" }),
      path: "(0008,0016) SOPClassUID",
      message: "the file is a hemodynamic waveform, not an ECG",
    },
    {
      name: "images",
      set: { "0008,0016 UI": "1.2.840.10008.5.1.4.1.1.2" },
      path: "(0008,0016) SOPClassUID",
      message: "the file is of the class 1.2.840.10008.5.1.4.1.1.2, not an ECG",
    },
    {
      name: "no waveforms",
      set: ecg([]),
      path: "(5400,0100) WaveformSequence",
      message: "has no multiplex groups",
    },
    {
      name: "a median beat alone",
      set: ecg([group(V1, int16(1), BEAT)]),
      path: "(5400,0100) WaveformSequence",
      message: "holds typical beats, but no continuous recording",
    },
    {
      name: "more groups than there are leads",
      set: ecg(Array.from({ length: 65 }, () => group([], int16()))),
      path: "(5400,0100) WaveformSequence",
      message: "more than 64 groups",
    },
    {
      name: "more channels than an ECG has leads",
      set: ecg([group(MANY, int16(...MANY.keys()))]),
      path: "(003A,0200) ChannelDefinitionSequence",
      message: "65 channels are more than the 64 leads of an ECG",
    },
    {
      name: "samples of no bits",
      set: ecg([group([channel("V1", { "003a,021a US": 0 })], int16(1, 2))]),
      path: "(003A,021A) WaveformBitsStored",
      message: "0 are not 1 to 16",
    },
    {
      name: "another number of channels than are described",
      set: ecg([group(V1, int16(1, 2), { "003a,0005 US": 2 })]),
      path: "(003A,0200) ChannelDefinitionSequence",
      message: "describes 1 channels of 2 in group 1",
    },
    {
      name: "pressures alone",
      set: ecg([group([PRESSURE], int16(1))]),
      path: "(003A,0200) ChannelDefinitionSequence",
      message: "has no channels of an ECG",
    },
    {
      name: "a sequence that is none",
      set: ecg([group(V1, int16(1), { "003a,0200 SQ": undefined, "003a,0200 UN": "text" })]),
      path: "(003A,0200) ChannelDefinitionSequence",
      message: "is no sequence",
    },
    {
      name: "a waveform without its number of samples",
      set: ecg([group(V1, int16(1), { "003a,0010 UL": undefined })]),
      path: "(003A,0010) NumberOfWaveformSamples",
      message: "is missing",
    },
    {
      name: "a number of six bytes",
      set: ecg([group(V1, int16(1), { "003a,0010 UL": "123456" })]),
      path: "(003A,0010) NumberOfWaveformSamples",
      message: "is 6 bytes long, which is no number",
    },
    {
      name: "2^31 samples in six bytes",
      set: ecg([group(V1, int16(1, 2, 3), { "003a,0010 UL": 0x80000000 })]),
      path: "(5400,1010) WaveformData",
      message: "group 1 has 6 bytes for 4294967296 of 2147483648 samples",
    },
    {
      name: "more data than samples",
      set: ecg([group(V1, int16(1, 2), { "003a,0010 UL": 1 })]),
      path: "(5400,1010) WaveformData",
      message: "group 1 has 4 bytes for 2 of 1 samples",
    },
    {
      name: "a sampling rate of 0",
      set: ecg([group(V1, int16(1), { "003a,001a DS": "0" })]),
      path: "(003A,001A) SamplingFrequency",
      message: "0 Hz is no sampling rate",
    },
    {
      name: "a sampling rate that is no number",
      set: ecg([group(V1, int16(1), { "003a,001a DS": "0x1F" })]),
      path: "(003A,001A) SamplingFrequency",
      message: '"0x1F" is no number',
    },
    {
      name: "mu-law samples",
      set: ecg([group(V1, int16(1), { "5400,1004 US": 8, "5400,1006 CS": "MB" })]),
      path: "(5400,1006) WaveformSampleInterpretation",
      message: '"MB" of 8 bits is not read',
    },
    {
      name: "samples of another size than their kind has",
      set: ecg([group(V1, int16(1), { "5400,1004 US": 32 })]),
      path: "(5400,1006) WaveformSampleInterpretation",
      message: '"SS" of 32 bits is not read',
    },
    {
      name: "more bits stored than allocated",
      set: ecg([group([channel("V1", { "003a,021a US": 17 })], int16(1))]),
      path: "(003A,021A) WaveformBitsStored",
      message: "17 are not 1 to 16",
    },
    {
      name: "samples of more bits than are stored",
      set: ecg([group([channel("V1", { "003a,021a US": 12 })], int16(2047, -2048, 4095, -4096))]),
      path: "(003A,021A) WaveformBitsStored",
      message: "sample 4 of group 1 is -4096, which has more than 12 bits",
    },
    {
      name: "a padding that is shorter than a sample",
      set: ecg([
        group(V1, int16(1, 2), {
          "003a,0010 UL": 1,
          "5400,1004 US": 32,
          "5400,1006 CS": "SL",
          "5400,100a OW": int16(1),
        }),
      ]),
      path: "(5400,100A) WaveformPaddingValue",
      message: "is shorter than a sample",
    },
    {
      name: "samples of more than 31 bits and a sign",
      set: ecg([
        group([channel("V1", { "003a,021a US": 32 })], int16(0, -32768), {
          "003a,0010 UL": 1,
          "5400,1004 US": 32,
          "5400,1006 CS": "UL",
        }),
      ]),
      path: "(5400,1010) WaveformData",
      message: "sample 1 of group 1 is 2147483648, which is not kept",
    },
    {
      name: "groups that are days apart",
      set: ecg([group(V1, int16(1)), group(V2, int16(1), { "0018,1068 DS": "1e8" })]),
      path: "(0018,1068) MultiplexGroupTimeOffset",
      message: "the groups are 50000000 samples apart",
    },
  ])("refuses $name", ({ set, path, message }) => {
    expect(errorsOf(() => read(set))).toEqual([{ path, message }]);
  });

  it("refuses to give a lead that is not there", () => {
    const path = "(003A,0208) ChannelSourceSequence";
    expect(errorsOf(() => read(TWO_LEADS, { leads: ["V9 test", "V2"] }))).toEqual([
      { path, message: "there is no channel V2" },
    ]);
  });

  const NESTED = [0, 0x54, 0, 1, 0x53, 0x51, 0, 0, 255, 255, 255, 255, 0xfe, 0xff, 0, 0xe0, 255, 255, 255, 255];
  it.each([
    {
      name: "transfer syntaxes of images",
      file: toFile(encode(TWO_LEADS, EXPLICIT), "1.2.840.10008.1.2.4.50"),
      path: "(0002,0010) TransferSyntaxUID",
      message: "1.2.840.10008.1.2.4.50 is none that waveforms are stored in",
    },
    {
      name: "a file that ends before its attributes",
      file: toFile(new Uint8Array(0), EXPLICIT.uid),
      path: "byte 160",
      message: "the file ends where its attributes should begin",
    },
    {
      name: "samples that are cut off",
      file: toFile(encode(TWO_LEADS, IMPLICIT), IMPLICIT.uid).slice(0, -4),
      path: expect.stringMatching(/^byte \d+$/),
      message: expect.stringMatching(/^the attributes are damaged: /),
    },
    {
      name: "sequences without end in one another",
      file: toFile(Uint8Array.from(Array.from({ length: 50_000 }, () => NESTED).flat()), EXPLICIT.uid),
      path: expect.stringMatching(/^byte \d+$/),
      message: "sequences are nested too deeply",
    },
    {
      name: "attributes without end",
      file: toFile(new Uint8Array(8_000_000), IMPLICIT.uid),
      path: expect.stringMatching(/^byte \d+$/),
      message: "there are more attributes than an ECG has",
    },
    {
      name: "a deflate bomb",
      file: toFile(deflateSync(new Uint8Array(100_000_000)), DEFLATED_UID),
      path: "byte 162",
      message: "the data set inflates to more than is read",
    },
    {
      name: "a deflated data set that is cut off",
      file: toFile(deflateSync(encode(TWO_LEADS, EXPLICIT)), DEFLATED_UID).slice(0, -20),
      path: "byte 162",
      message: "the data set cannot be inflated: unexpected EOF",
    },
  ])("refuses $name", ({ file, path, message }) => {
    expect(errorsOf(() => dicom.read(file, { timeZone: "UTC" }))).toEqual([{ path, message }]);
  });

  it.each([
    { name: "explicit", file: toFile(encode(TWO_LEADS, EXPLICIT), EXPLICIT.uid) },
    { name: "implicit", file: encode(TWO_LEADS, IMPLICIT) },
    { name: "deflated", file: toFile(deflateSync(encode(TWO_LEADS, EXPLICIT)), DEFLATED_UID) },
  ])("ends in a recording or an error whatever is changed in an $name file", async ({ file }) => {
    await expectNoHarm(dicom, [{ name: "a.dcm", bytes: file }]);
  });
});

describe("dicom.detect", () => {
  it.each([
    { name: "a preamble", file: toFile(encode(TWO_LEADS, EXPLICIT), EXPLICIT.uid), is: true },
    { name: "explicit attributes", file: encode(TWO_LEADS, EXPLICIT), is: true },
    { name: "implicit attributes", file: encode(TWO_LEADS, IMPLICIT), is: true },
    {
      name: "attributes out of order",
      file: encode({ "0008,0016 UI": "1.2", "0008,0005 CS": "ISO_IR 6", ...TWO_LEADS }, EXPLICIT),
      is: false,
    },
    {
      name: "attributes of no data set's beginning",
      file: encode({ "0008,0020 DA": "20260131", "0008,0030 TM": "093000" }, EXPLICIT),
      is: false,
    },
    {
      name: "a first attribute of another group",
      file: encode({ "0010,0010 PN": "A", "0010,0020 LO": "1" }, EXPLICIT),
      is: false,
    },
    {
      name: "a first attribute that is followed by one of another group",
      file: encode({ "0008,0005 CS": "ISO_IR 6", "0010,0010 PN": "A" }, EXPLICIT),
      is: false,
    },
    {
      name: "a first attribute that is too long",
      file: encode({ "0008,0005 CS": "x".repeat(66), "0008,0016 UI": "1.2" }, EXPLICIT),
      is: false,
    },
    { name: "an attribute alone", file: encode({ "0008,0016 UI": "1.2.840" }, EXPLICIT), is: false },
    { name: "a JSON text", file: new TextEncoder().encode('{"leads":[{"name":"II","signal":[1,2,3]}]}'), is: false },
    { name: "samples that begin with 8", file: int16(8, 16, 12, 0, 9, 8, 7, 6, 5, 8, 3, 2), is: false },
    { name: "nothing", file: new Uint8Array(0), is: false },
  ])("takes $name for DICOM: $is", ({ file, is }) => {
    expect(dicom.detect(file.subarray(0, 4096))).toBe(is);
  });
});

describe("files of DICOM beside an ECG", () => {
  const DIRECTORY = toFile(encode({ "0004,1130 CS": "DISC" }, EXPLICIT), EXPLICIT.uid, "1.2.840.10008.1.3.10");
  const PDF_CLASS = "1.2.840.10008.5.1.4.1.1.104.1";
  const REPORT = toFile(encode({ "0008,0016 UI": PDF_CLASS }, EXPLICIT), EXPLICIT.uid, PDF_CLASS);
  const ECG = toFile(encode(TWO_LEADS, EXPLICIT), EXPLICIT.uid, "1.2.840.10008.5.1.4.1.1.9.1.1");
  const openAll = (...files: Uint8Array[]) =>
    openRecording(
      files.map((bytes, i) => ({ name: `${i}`, bytes: new ByteStream([bytes]) })),
      { timeZone: "UTC" },
    );

  it("are passed over: the directory of a disc, a report", async () => {
    for (const files of [[DIRECTORY, ECG], [REPORT, ECG], [ECG, DIRECTORY, REPORT], [ECG]]) {
      const { head, stretches } = await openAll(...files);
      expect(head.leads).toHaveLength(2);
      for await (const { samples } of stretches) expect(samples).toHaveLength(2);
    }
  });

  it("are told what they are where there is no ECG", async () => {
    const path = "(0008,0016) SOPClassUID";
    for (const [file, what] of [
      [DIRECTORY, "the directory of a disc (DICOMDIR)"],
      [REPORT, "a PDF"],
    ] as const) {
      await expect(openAll(file)).rejects.toMatchObject({
        options: { errors: [{ path, message: `the file is ${what}, not an ECG` }] },
      });
    }
  });

  it("are no other ECGs, of which one is read", async () => {
    const { stretches } = await openAll(ECG, ECG);
    await expect(Array.fromAsync(stretches)).rejects.toMatchObject({ options: { errors: [{ path: "1" }] } });
  });

  it("count by the class in the file meta information alone where the data set has none", () => {
    const { "0008,0016 UI": sopClass, ...set } = TWO_LEADS;
    const file = toFile(encode(set, EXPLICIT), EXPLICIT.uid, String(sopClass));
    expect(dicom.read(file, { timeZone: "UTC" }).leads).toHaveLength(2);
  });
});

describe("dicom.write", () => {
  it("writes all that a general ECG must have", () => {
    const ecg = recording([lead("II", [1, -1]), lead("MLII", [256, MISSING], { gain: 200, baseline: 1024 })], {
      recordedAt: Date.UTC(2026, 6, 1, 8, 15, 30, 7),
      subject: "P-0042",
      device: "Müller E1",
    });
    const bytes = dicom.write(ecg, { ...OPTIONS, timeZone: "Europe/Berlin" });
    const uid = expect.stringMatching(/^2\.25\.[1-9]\d{35,38}$/);
    const instance = listAttributes(bytes, 132).find(([tag]) => tag === "0008,0018 UI")?.[1];
    expect(listAttributes(bytes, 132)).toEqual([
      ["0002,0000 UL", bytes.length - 132 - 12 - lengthFrom(bytes, "0008,0005")],
      ["0002,0001 OB", "00 01"],
      ["0002,0002 UI", "1.2.840.10008.5.1.4.1.1.9.1.2"],
      ["0002,0003 UI", instance],
      ["0002,0010 UI", "1.2.840.10008.1.2.1"],
      ["0002,0012 UI", "2.25.105418616813771370810690969525487487075"],
      ["0002,0013 SH", "ECG_API"],
      ["0008,0005 CS", "ISO_IR 192"],
      ["0008,0016 UI", "1.2.840.10008.5.1.4.1.1.9.1.2"],
      ["0008,0018 UI", uid],
      ["0008,0020 DA", "20260701"],
      ["0008,0023 DA", "20260701"],
      ["0008,002a DT", "20260701101530.007+0200"],
      ["0008,0030 TM", "101530.007"],
      ["0008,0033 TM", "101530.007"],
      ["0008,0050 SH", ""],
      ["0008,0060 CS", "ECG"],
      ["0008,0070 LO", ""],
      ["0008,0090 PN", ""],
      ["0008,0201 SH", "+0200"],
      ["0008,1090 LO", "Müller E1"],
      ["0010,0010 PN", ""],
      ["0010,0020 LO", "P-0042"],
      ["0010,0030 DA", ""],
      ["0010,0040 CS", ""],
      ["0020,000d UI", uid],
      ["0020,000e UI", uid],
      ["0020,0010 SH", "1"],
      ["0020,0011 IS", "1"],
      ["0020,0013 IS", "1"],
      ["0040,0555 SQ", []],
      [
        "5400,0100 SQ",
        [
          [
            ["003a,0004 CS", "ORIGINAL"],
            ["003a,0005 US", 2],
            ["003a,0010 UL", 2],
            ["003a,001a DS", "500"],
            ["003a,0020 SH", "RHYTHM"],
            [
              "003a,0200 SQ",
              [
                [
                  ["003a,0203 SH", "II"],
                  ["003a,0208 SQ", [writtenCode("2:2", "MDC", "Lead II")]],
                  ["003a,0210 DS", "2.5"],
                  ["003a,0211 SQ", [writtenCode("uV", "UCUM", "microvolt")]],
                  ["003a,0212 DS", "1"],
                  ["003a,0213 DS", "0"],
                  ["003a,0215 DS", "0"],
                  ["003a,021a US", 16],
                ],
                [
                  ["003a,0203 SH", "MLII"],
                  ["003a,0208 SQ", [writtenCode("CHANNEL-2", "99ECGAPI", "MLII")]],
                  ["003a,0210 DS", "5"],
                  ["003a,0211 SQ", [writtenCode("uV", "UCUM", "microvolt")]],
                  ["003a,0212 DS", "1"],
                  ["003a,0213 DS", "-5120"],
                  ["003a,0215 DS", "0"],
                  ["003a,021a US", 16],
                ],
              ],
            ],
            ["5400,1004 US", 16],
            ["5400,1006 CS", "SS"],
            ["5400,100a OW", "00 80"],
            ["5400,1010 OW", "01 00 00 01 ff ff 00 80"],
          ],
        ],
      ],
    ]);
  });

  const TWELVE = syntheticEcg({ seconds: 2, samplingRate: 250 });
  const LONG = [lead("II", Array(16385).fill(1))];
  it.each([
    { name: "the twelve leads", ecg: TWELVE, sopClass: 1, groups: [12] },
    {
      name: "the twelve leads for long",
      ecg: syntheticEcg({ seconds: 17, samplingRate: 1000 }),
      sopClass: 2,
      groups: [12],
    },
    { name: "one lead for long", ecg: recording(LONG), sopClass: 2, groups: [1] },
    {
      name: "64 leads",
      ecg: recording(Array.from({ length: 64 }, (_, i) => lead(`L${i}`, [i]))),
      sopClass: 2,
      groups: [24, 24, 16],
    },
    { name: "128 Hz", ecg: recording([lead("II", [1], { samplingRate: 128 })]), sopClass: 3, groups: [1] },
    { name: "17 bits", ecg: recording([lead("II", [32768])]), sopClass: 4, groups: [1] },
    {
      name: "missing samples beside the lowest of 16 bits",
      ecg: recording([lead("II", [-32768]), lead("V1", [MISSING])]),
      sopClass: 4,
      groups: [2],
    },
  ])("writes $name as class $sopClass in groups of $groups channels", ({ ecg, sopClass, groups }) => {
    const bytes = dicom.write(ecg, OPTIONS);
    const attributes = new Map(listAttributes(bytes, 132));
    const sequence = attributes.get("5400,0100 SQ") as [string, unknown][][];
    expect(attributes.get("0008,0016 UI")).toBe(`1.2.840.10008.5.1.4.1.1.9.1.${sopClass}`);
    expect(sequence.map((group) => new Map(group).get("003a,0005 US"))).toEqual(groups);
    expect(dicom.read(bytes, { timeZone: "UTC" })).toEqual(ecg);
  });

  it("writes the same ECG the same, and gives another one other UIDs", () => {
    const uids = (samples: number[], name = "a") => {
      const bytes = dicom.write(recording([lead("II", samples)]), { ...OPTIONS, name });
      return listAttributes(bytes, 132).flatMap(([tag, value]) =>
        /^0008,0018|^0020,000[de]/.test(tag) ? [value] : [],
      );
    };
    const all = [uids([1, 2]), uids([2, 1]), uids([1, 2], "b")].flat();
    expect(uids([1, 2])).toEqual(all.slice(0, 3));
    expect(new Set(all).size).toBe(9);
  });

  it("leaves out a subject and a device that DICOM has no room for", () => {
    const bytes = dicom.write(recording([lead("II", [1])], { subject: "a\\b", device: "d".repeat(65) }), OPTIONS);
    expect(dicom.read(bytes, { timeZone: "UTC" })).toEqual(recording([lead("II", [1])]));
  });

  it("writes no date that is not known, and reads it back as such", () => {
    const bytes = dicom.write(recording([lead("II", [1])]), OPTIONS);
    const dates = listAttributes(bytes, 132).filter(([tag]) => / (DA|DT|TM)$/.test(tag));
    expect(dates).toEqual([
      ["0008,0020 DA", ""],
      ["0008,0023 DA", ""],
      ["0008,0030 TM", ""],
      ["0008,0033 TM", ""],
      ["0010,0030 DA", ""],
    ]);
    expect(dicom.read(bytes, { timeZone: "UTC" })).toEqual(recording([lead("II", [1])]));
  });

  it.each([
    { unit: "mmHg", gain: 3, baseline: -7, code: ["mm[Hg]", "UCUM", "mmHg"] },
    { unit: "NU", gain: 12.5, baseline: 0, code: ["NU", "99ECGAPI", "NU"] },
    { unit: "%", gain: null, baseline: 0, code: ["%", "UCUM", "%"] },
  ])("writes the unit $unit of a lead", ({ unit, gain, baseline, code: [value, scheme, meaning] }) => {
    const ecg = recording([lead("II", [1]), lead("P1", [2], { unit, gain, baseline })]);
    const bytes = dicom.write(ecg, OPTIONS);
    const [[group]] = [new Map(listAttributes(bytes, 132)).get("5400,0100 SQ") as [string, unknown][][]];
    const channels = new Map(group).get("003a,0200 SQ") as [string, unknown][][];
    expect(new Map(channels[1]).get("003a,0211 SQ")).toEqual([writtenCode(value, scheme, meaning)]);
    expect(dicom.read(bytes, { timeZone: "UTC", leads: ["II", "P1"] })).toEqual(ecg);
  });

  it("gives standard leads their standard names", () => {
    const { leads } = dicom.read(dicom.write(recording([lead("avr", [1])]), OPTIONS), { timeZone: "UTC" });
    expect(leads).toEqual([lead("aVR", [1])]);
  });

  it.each([
    { name: "no leads", leads: [], detail: "DICOM has no ECG without samples." },
    { name: "no samples", leads: [lead("II", [])], detail: "DICOM has no ECG without samples." },
    {
      name: "leads of two lengths",
      leads: [lead("II", [1]), lead("V1", [1, 2])],
      detail: "DICOM is written with leads of one sampling rate and length only.",
    },
    {
      name: "leads of two sampling rates",
      leads: [lead("II", [1]), lead("V1", [1], { samplingRate: 250 })],
      detail: "DICOM is written with leads of one sampling rate and length only.",
    },
    {
      name: "no sampling rate",
      leads: [lead("II", [1], { samplingRate: null })],
      detail: "DICOM needs a sampling rate, and this ECG has none.",
    },
    {
      name: "2 kHz",
      leads: [lead("II", [1], { samplingRate: 2000 })],
      detail: "DICOM has ECGs of 200 to 1000 Hz, and of up to 12 leads from 50 Hz on, not of 1 leads at 2000 Hz.",
    },
    {
      name: "13 leads at 128 Hz",
      leads: Array.from({ length: 13 }, (_, i) => lead(`L${i}`, [1], { samplingRate: 128 })),
      detail: "DICOM has ECGs of 200 to 1000 Hz, and of up to 12 leads from 50 Hz on, not of 13 leads at 128 Hz.",
    },
    {
      name: "17 bits at 128 Hz",
      leads: [lead("II", [-32769], { samplingRate: 128 })],
      detail: "DICOM has ECGs of more than 16 bits only from 200 Hz on.",
    },
    {
      name: "a sampling rate of more digits than are carried",
      leads: [lead("II", [1], { samplingRate: 1000 / 3 })],
      detail: "DICOM cannot carry a sampling rate of 333.3333333333333 Hz exactly.",
    },
    {
      name: "a baseline of more digits than are carried",
      leads: [lead("II", [1], { baseline: 1 / 3 })],
      detail:
        "DICOM cannot carry a gain of 400 ADC units per mV with 0.3333333333333333 at 0 mV exactly, as lead II has them.",
    },
    {
      name: "a baseline without a gain",
      leads: [lead("II", [1], { gain: null, baseline: 5 })],
      detail: "DICOM carries a baseline with a gain only, and lead II has none.",
    },
    {
      name: "a unit of 17 letters",
      leads: [lead("P1", [1], { unit: "u".repeat(17) })],
      detail: `DICOM cannot carry "${"u".repeat(17)}" as the unit of lead P1.`,
    },
    {
      name: "a name that is two values",
      leads: [lead("A\\B", [1])],
      detail: 'DICOM cannot carry "A\\B" as the name of a lead.',
    },
  ])("refuses $name", ({ leads, detail }) => {
    expect(() => dicom.write(recording(leads), OPTIONS)).toThrow(
      expect.objectContaining({ code: "not-acceptable", message: detail }),
    );
  });

  it("refuses a date that would be read as an unknown one", () => {
    const early = recording([lead("II", [1])], { recordedAt: Date.UTC(1900, 0, 1) });
    expect(() => dicom.write(early, OPTIONS)).toThrow("DICOM has no way to say a date as early as this one.");
  });

  it("gives back what it is given", () => {
    const anyLead = fc.record({
      name: fc.oneof(
        fc.constantFrom("I", "aVF", "V6", "V7", "X", "-aVR", "Lead I", "MDC_ECG_LEAD_MCL1", "é ü", "n".repeat(64)),
        fc.string({ minLength: 1, maxLength: 20 }).filter((name) => name === name.trim() && !name.includes("\\")),
      ),
      gain: fc.oneof(
        fc.constant(null),
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      ),
      baseline: fc.oneof(fc.constant(0), fc.integer({ min: -40_000, max: 40_000 }), fc.constantFrom(0.5, -12.25)),
      isInverted: fc.boolean(),
    });
    const anySample = fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: -32768, max: 32767 }) },
      { weight: 1, arbitrary: fc.constant(MISSING) },
    );
    fc.assert(
      fc.property(
        fc.array(anyLead, { minLength: 1, maxLength: 4 }),
        fc.array(
          fc.array(fc.oneof(anySample, fc.integer({ min: -0x7fffffff, max: 0x7fffffff })), {
            minLength: 4,
            maxLength: 4,
          }),
          {
            minLength: 1,
            maxLength: 5,
          },
        ),
        fc.oneof(fc.integer({ min: 200, max: 1000 }), fc.constantFrom(257.5, 999.99)),
        fc.option(fc.integer({ min: Date.UTC(1901, 1), max: Date.UTC(9999, 11) })),
        fc.constantFrom("UTC", "Europe/Amsterdam", "Asia/Kathmandu", "America/St_Johns"),
        (leads, rows, samplingRate, recordedAt, timeZone) => {
          const ecg = recording(
            leads.map(({ name, gain, baseline, isInverted }, i) => ({
              name,
              samplingRate,
              samples: Int32Array.from(rows, (row) => row[i]),
              gain: gain === null ? null : isInverted ? -gain : gain,
              baseline: gain === null ? 0 : baseline,
            })),
            { recordedAt },
          );
          const bytes = dicom.write(ecg, { ...OPTIONS, timeZone });
          const standard = {
            ...ecg,
            leads: ecg.leads.map((lead) => ({ ...lead, name: standardLead(lead.name) ?? lead.name })),
          };
          expect(dicom.read(bytes, { timeZone: "Pacific/Auckland" })).toEqual(standard);
        },
      ),
      { seed: 1, numRuns: runs(300) },
    );
  });
});

describe("findChannelScale", () => {
  it.each([
    { gain: 200, baseline: 0, scale: { sensitivity: "5", correction: "1", baseline: "0" } },
    { gain: 1000, baseline: 1024, scale: { sensitivity: "1", correction: "1", baseline: "-1024" } },
    { gain: 2000, baseline: 0.5, scale: { sensitivity: "0.5", correction: "1", baseline: "-0.25" } },
    { gain: -400, baseline: 1, scale: { sensitivity: "2.5", correction: "-1", baseline: "2.5" } },
    { gain: 204.8, baseline: 0, scale: { sensitivity: "4.8828125", correction: "1", baseline: "0" } },
    { gain: 400, baseline: 1 / 3, scale: undefined },
  ])("writes $gain ADC units per mV and $baseline at 0 mV exactly", ({ gain, baseline, scale }) => {
    expect(findChannelScale(gain, baseline)).toEqual(scale);
  });

  it("finds a correction of less than half a percent for any gain", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        fc.integer({ min: -9999, max: 9999 }),
        (gain, baseline) => {
          const scale = findChannelScale(gain, baseline);
          expect(scale && fromChannelScale(scale, "uV")).toEqual({ gain, baseline });
          expect(Math.abs(Number(scale?.correction) - 1)).toBeLessThan(0.005);
          for (const text of Object.values(scale ?? {})) expect(text.length).toBeLessThanOrEqual(16);
        },
      ),
      { seed: 1, numRuns: runs(300) },
    );
  });
});

function errorsOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    if (error instanceof FormatError) return error.options.errors;
    throw error;
  }
  return undefined;
}

function writtenCode(value: string, scheme: string, meaning: string): [string, unknown][] {
  return [
    ["0008,0100 SH", value],
    ["0008,0102 SH", scheme],
    ["0008,0104 LO", meaning],
  ];
}

/** Each attribute of explicit little endian and its value, bytes in hexadecimal. */
function listAttributes(bytes: Uint8Array, start = 0): [string, unknown][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const hex = (value: number) => value.toString(16).padStart(4, "0");
  const list: [string, unknown][] = [];
  let at = start;
  while (at < bytes.length) {
    const tag = `${hex(view.getUint16(at, true))},${hex(view.getUint16(at + 2, true))}`;
    const vr = String.fromCharCode(bytes[at + 4], bytes[at + 5]);
    const isLong = ["OB", "OW", "SQ"].includes(vr);
    const length = isLong ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const from = at + (isLong ? 12 : 8);
    const value = bytes.subarray(from, from + length);
    at = from + length;
    if (vr === "SQ") list.push([`${tag} SQ`, listItems(value)]);
    else if (vr === "US") list.push([`${tag} US`, view.getUint16(from, true)]);
    else if (vr === "UL") list.push([`${tag} UL`, view.getUint32(from, true)]);
    else if (isLong) list.push([`${tag} ${vr}`, Array.from(value, (byte) => hex(byte).slice(2)).join(" ")]);
    else list.push([`${tag} ${vr}`, new TextDecoder().decode(value).replace(/[ \0]$/, "")]);
  }
  return list;
}

function listItems(bytes: Uint8Array): [string, unknown][][] {
  const items: [string, unknown][][] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at + 4, 4).getUint32(0, true);
    items.push(listAttributes(bytes.subarray(at + 8, at + 8 + length)));
    at += 8 + length;
  }
  return items;
}

/** From an attribute of the file to its end. */
function lengthFrom(bytes: Uint8Array, tag: string): number {
  const [first, second] = tag.split(",").map((part) => Number.parseInt(part, 16));
  const pattern = [first & 255, first >> 8, second & 255, second >> 8];
  const at = bytes.findIndex((_, i) => i >= 132 && pattern.every((byte, k) => bytes[i + k] === byte));
  return bytes.length - at;
}
