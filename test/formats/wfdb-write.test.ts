import fc from "fast-check";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import type { WriteOptions } from "../../src/formats/format.ts";
import { wfdb } from "../../src/formats/wfdb/wfdb.ts";
import { type Annotation, type Lead, MISSING, type Recording } from "../../src/recording/recording.ts";
import { readFiles } from "../support/fuzz.ts";
import { UNDESCRIBED } from "../support/new-recording.ts";

const OPTIONS: WriteOptions = { name: "r", timeZone: "UTC", units: "adc", layout: "3x4", fhirVersion: "R4" };
const LEAD: Lead = { name: "II", samplingRate: 500, gain: 1000, baseline: 0, samples: Int32Array.of(1, -2, MISSING) };
const RECORDING: Recording = {
  ...UNDESCRIBED,
  leads: [LEAD],
};

const unpack = (recording: Partial<Recording>, options: Partial<WriteOptions> = {}) =>
  unzipSync(wfdb.write({ ...RECORDING, ...recording }, { ...OPTIONS, ...options }));
const writeLines = (recording: Partial<Recording>, options: Partial<WriteOptions> = {}) =>
  new TextDecoder().decode(unpack(recording, options)["r.hea"]).split("\n");
const readBack = (recording: Recording, options: Partial<WriteOptions> = {}) => {
  const files = Object.entries(unpack(recording, options)).map(([name, bytes]) => ({ name, bytes }));
  return readFiles(wfdb, files, { timeZone: options.timeZone });
};

describe("a record", () => {
  it("is a header and the samples, with the initial value and the checksum of what is stored", () => {
    const files = unpack({});
    expect(Object.keys(files)).toEqual(["r.hea", "r.dat"]);
    expect(new TextDecoder().decode(files["r.hea"])).toBe("r 1 500 3\nr.dat 16 1000(0)/mV 16 0 1 32767 0 II\n");
    expect([...files["r.dat"]]).toEqual([1, 0, 0xfe, 0xff, 0, 0x80]);
  });

  it.each([
    { samples: [32767, -32767], format: 16, bytes: [0xff, 0x7f, 1, 0x80] },
    { samples: [-32768, MISSING], format: 24, bytes: [0, 0x80, 0xff, 0, 0, 0x80] },
    { samples: [32768, -8388607], format: 24, bytes: [0, 0x80, 0, 1, 0, 0x80] },
    { samples: [32768, 1], format: 24, bytes: [0, 0x80, 0, 1, 0, 0] },
    { samples: [8388608, 1], format: 32, bytes: [0, 0, 0x80, 0, 1, 0, 0, 0] },
    { samples: [-8388608, MISSING], format: 32, bytes: [0, 0, 0x80, 0xff, 0, 0, 0, 0x80] },
    { samples: [0x7fffffff, -0x7fffffff], format: 32, bytes: [0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0x80] },
  ])("of $samples is in format $format", ({ samples, format, bytes }) => {
    const files = unpack({ leads: [{ ...LEAD, samples: Int32Array.from(samples) }] });
    expect(new TextDecoder().decode(files["r.hea"]).split("\n")[1].split(" ")[1]).toBe(String(format));
    expect([...files["r.dat"]]).toEqual(bytes);
  });

  it("has several samples a frame of faster leads", () => {
    const leads = [
      { ...LEAD, samples: Int32Array.of(1, 2, 3, 4) },
      { ...LEAD, name: "V1", samplingRate: 250, samples: Int32Array.of(5, 6) },
    ];
    expect(writeLines({ leads }).slice(0, 3)).toEqual([
      "r 2 250 2",
      "r.dat 16x2 1000(0)/mV 16 0 1 10 0 II",
      "r.dat 16 1000(0)/mV 16 0 5 11 0 V1",
    ]);
    expect([...unpack({ leads })["r.dat"]]).toEqual([1, 0, 2, 0, 5, 0, 3, 0, 4, 0, 6, 0]);
  });

  it("has frames of the common part of rates that are no multiples of each other", () => {
    const leads = [
      { ...LEAD, samplingRate: 250, samples: new Int32Array(25) },
      { ...LEAD, samplingRate: 360, samples: new Int32Array(36) },
    ];
    expect(writeLines({ leads })[0]).toBe("r 2 10 1");
    expect(writeLines({ leads })[1]).toMatch(/^r\.dat 16x25 /);
  });

  it("has a gain of 0 where there is none", () => {
    expect(writeLines({ leads: [{ ...LEAD, gain: null, baseline: 12 }] })[1]).toMatch(/^r\.dat 16 0\(12\)\/mV /);
  });

  it.each([
    { recordedAt: "2026-01-31T09:30:00Z", timeZone: "UTC", written: "r 1 500 3 09:30:00 31/01/2026" },
    { recordedAt: "2026-07-31T22:30:01.250Z", timeZone: "Europe/Berlin", written: "r 1 500 3 00:30:01.250 01/08/2026" },
  ])("of $recordedAt begins with '$written'", ({ recordedAt, timeZone, written }) => {
    expect(writeLines({ recordedAt: Date.parse(recordedAt) }, { timeZone })[0]).toBe(written);
  });

  it("has the device and the subject in comments", () => {
    const lines = writeLines({ device: "CardioPatch 3", subject: "P-0042", note: "at rest" });
    expect(lines.slice(2)).toEqual(["# device: CardioPatch 3", "# subject: P-0042", ""]);
  });

  it("has no line that a text breaks", () => {
    expect(writeLines({ device: "a\nr.dat 16" })[2]).toBe("# device: a r.dat 16");
  });

  it("has its annotations in a file of their own", () => {
    expect([...unpack({ annotations: [{ time: 0.002, code: "N" }] })["r.atr"]]).toEqual([1, 4, 0, 0]);
  });

  it("has a file for each annotator", () => {
    const annotations: Annotation[] = [
      { time: 0.002, code: "N" },
      { time: 0.002, code: "V", annotator: "qrs" },
      { time: 0.004, code: "N", annotator: "atr" },
      { time: 0.004, code: "N", annotator: "qrs" },
    ];
    const { "r.hea": _, "r.dat": __, ...files } = unpack({ annotations });
    expect(files).toEqual({ "r.atr": Uint8Array.of(1, 4, 1, 4, 0, 0), "r.qrs": Uint8Array.of(1, 20, 1, 4, 0, 0) });
  });

  it.each([
    { unit: "NU", written: "r.dat 16 1000(0)/NU 16" },
    { unit: "mm Hg", written: "r.dat 16 1000(0)/mm_Hg 16" },
    { unit: undefined, written: "r.dat 16 1000(0)/mV 16" },
  ])("has leads in $unit", ({ unit, written }) => {
    expect(writeLines({ leads: [{ ...LEAD, unit }] })[1]).toContain(written);
  });

  it("is the same bytes each time", () => {
    expect(wfdb.write(RECORDING, OPTIONS)).toEqual(wfdb.write(RECORDING, OPTIONS));
  });
});

describe("what is written", () => {
  const sample = fc.oneof(
    fc.integer({ min: -40_000, max: 40_000 }),
    fc.integer({ min: -0x7fffffff }),
    fc.constant(MISSING),
  );
  const lead = (frames: number) =>
    fc
      .record({
        // What stands for no character is kept as a question mark: no name that is stored has it.
        name: fc.string({ unit: "grapheme", maxLength: 20 }).map((name) => name.replaceAll("\ufffd", "").trim()),
        perFrame: fc.constantFrom(1, 1, 2, 5),
        gain: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).filter((gain) => gain !== 0)),
        baseline: fc.integer({ min: -0x7fffffff }),
        unit: fc.constantFrom(undefined, "mmHg", "NU", "1/min", "%", "°C"),
        seed: fc.array(sample, { minLength: 1, maxLength: 8 }),
      })
      .map(({ perFrame, seed, unit, ...lead }): Lead => {
        const samples = Int32Array.from({ length: frames * perFrame }, (_, i) => seed[(i * i) % seed.length]);
        return { ...lead, samplingRate: 125 * perFrame, samples, ...(unit !== undefined && { unit }) };
      });
  const recording = fc.record({
    recordedAt: fc.option(fc.integer({ min: 0, max: 4e12 })),
    subject: fc.constantFrom(null, "P-0042"),
    device: fc.constantFrom(null, "CardioPatch 3"),
    note: fc.constant(null),
    isOpen: fc.constant(false),
    annotations: fc.constantFrom<Annotation[][]>(
      [],
      [
        { time: 0.008, code: "V", text: "a" },
        { time: 0.016, code: "N", annotator: "qrs" },
        { time: 0.024, code: "x", annotator: "ii", text: "b" },
      ],
    ),
    leads: fc.nat(40).chain((frames) => fc.array(lead(frames), { minLength: 1, maxLength: 5 })),
  });

  it("is read as it was, with a name that Unicode says is two lines", async () => {
    const leads = [{ ...LEAD, name: "V1\u2028V2" }];
    expect((await readBack({ ...RECORDING, leads })).leads).toEqual(leads);
  });

  it("is read as it was", () =>
    fc.assert(
      fc.asyncProperty(recording, fc.constantFrom("UTC", "Asia/Kolkata"), async (written, timeZone) => {
        expect(await readBack(written, { timeZone })).toEqual(written);
      }),
    ));
});

describe("refusals", () => {
  it.each([
    { name: "no lead", leads: [], detail: "WFDB needs a lead." },
    { name: "no rate", leads: [{ ...LEAD, samplingRate: null }], detail: "WFDB needs a sampling rate." },
    {
      name: "rates without a common part",
      leads: [LEAD, { ...LEAD, samplingRate: 333.333 }],
      detail: "WFDB holds sampling rates that are whole multiples of one.",
    },
    {
      name: "leads of other lengths",
      leads: [LEAD, { ...LEAD, samples: new Int32Array(2) }],
      detail: "WFDB holds leads of the same length in time, in whole frames of their sampling rates.",
    },
    {
      name: "a part of a frame",
      leads: [LEAD, { ...LEAD, samplingRate: 1000, samples: new Int32Array(7) }],
      detail: "WFDB holds leads of the same length in time, in whole frames of their sampling rates.",
    },
    {
      name: "a baseline between two integers",
      leads: [{ ...LEAD, baseline: 0.5 }],
      detail: "WFDB's baseline is a whole number of 32 bits, not 0.5.",
    },
    {
      name: "a baseline of more than 32 bits",
      leads: [{ ...LEAD, baseline: 2 ** 31 }],
      detail: "WFDB's baseline is a whole number of 32 bits, not 2147483648.",
    },
  ])("says that it cannot carry $name", ({ leads, detail }) => {
    expect(() => wfdb.write({ ...RECORDING, leads }, OPTIONS)).toThrow(
      expect.objectContaining({ code: "not-acceptable", message: detail }),
    );
  });

  it.each(["hea", "dat", "my beats", "", "QRS"])("says that it cannot carry an annotator called '%s'", (annotator) => {
    const annotations = [{ time: 0, code: "N", annotator }];
    expect(() => wfdb.write({ ...RECORDING, annotations }, OPTIONS)).toThrow(
      expect.objectContaining({ code: "not-acceptable", message: `WFDB has no annotator of the name ${annotator}.` }),
    );
  });
});
