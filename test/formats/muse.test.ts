import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aecg } from "../../src/formats/aecg/aecg.ts";
import { muse } from "../../src/formats/muse.ts";
import { type Lead, MISSING, type Recording } from "../../src/recording/recording.ts";
import { expectNoHarm } from "../support/fuzz.ts";
import { museWaveform, writeMuse } from "../support/muse-file.ts";
import { newRecording } from "../support/new-recording.ts";

const EIGHT = ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"];
/** 4.88 uV a count. */
const GAIN = 1000 / 4.88;

describe("reading", () => {
  it("gives what the file says, and the leads that follow from I and II", () => {
    // 01 00 FF FF 00 80 is 1, -1, -32768; 02 00 04 00 FF 7F is 2, 4, 32767.
    const text = `<?xml version="1.0" encoding="ISO-8859-1"?>
      <!DOCTYPE RestingECG SYSTEM "restecg.dtd">
      <RestingECG>
        <MuseInfo><MuseVersion>9.0.9.18167</MuseVersion></MuseInfo>
        <PatientDemographics><PatientID>MRN-1</PatientID><Gender>FEMALE</Gender><PatientLastName>Lee</PatientLastName></PatientDemographics>
        <TestDemographics>
          <AcquisitionDevice>MAC55\u00ae</AcquisitionDevice><AcquisitionTime>09:30:05</AcquisitionTime>
          <AcquisitionDate>07-31-2026</AcquisitionDate><AcquisitionSoftwareVersion>009C</AcquisitionSoftwareVersion>
        </TestDemographics>
        <RestingECGMeasurements><VentricularRate>60</VentricularRate></RestingECGMeasurements>
        <Diagnosis><DiagnosisStatement><StmtFlag>ENDSLINE</StmtFlag><StmtText>Normal</StmtText></DiagnosisStatement></Diagnosis>
        <Waveform><WaveformType>Median</WaveformType><SampleBase>500</SampleBase>
          <LeadData><LeadID>I</LeadID><WaveFormData>AAA=</WaveFormData></LeadData></Waveform>
        <Waveform><WaveformType>Rhythm</WaveformType><SampleBase>25</SampleBase><SampleExponent>1</SampleExponent>
          <HighPassFilter>16</HighPassFilter><LowPassFilter>150</LowPassFilter>
          ${data("I", "AQD/\n/wCA")}
          ${data("II", "AgAEAP9/")}
          ${data("V3R", "AAAAAAEA")}
        </Waveform>
      </RestingECG>`;
    expect(read(text, "Europe/Berlin")).toEqual({
      recordedAt: Date.UTC(2026, 6, 31, 7, 30, 5),
      subject: "MRN-1",
      device: "MAC55\u00ae 009C",
      note: null,
      isOpen: false,
      annotations: [],
      leads: [
        lead("I", [1, -1, -32768], GAIN, 250),
        lead("II", [2, 4, 32767], GAIN, 250),
        lead("III", [1, 5, 65535], GAIN, 250),
        lead("aVR", [-3, -3, 1], 2 * GAIN, 250),
        lead("aVL", [0, -6, -98303], 2 * GAIN, 250),
        lead("aVF", [3, 9, 98302], 2 * GAIN, 250),
        lead("V3R", [0, 0, 1], GAIN, 250),
      ],
      notes: [
        "Not kept: MuseInfo, RestingECGMeasurements, Diagnosis.",
        "Kept in part: PatientDemographics.",
        "Of 2 Waveforms one is kept; the others are not: Median.",
        "The filters that were on are not kept: HighPassFilter 16, LowPassFilter 150.",
        "Not in the file, and derived from I and II (aVR, aVL and aVF at twice the gain, so that nothing is rounded): III, aVR, aVL, aVF.",
      ],
    });
  });

  it("tells nothing where nothing is lost", () => {
    const all = [...EIGHT.slice(0, 2), "III", "aVR", "aVL", "aVF", ...EIGHT.slice(2)].map((name) => lead(name, [1, 2]));
    expect(muse.read(writeMuse(recordingOf(all)), { timeZone: "UTC" }).notes).toEqual([]);
  });

  it("is told from other XML by its root, in UTF-16 as well", () => {
    const bytes = writeMuse(recordingOf([lead("I", [1])]));
    const wide = new Uint8Array(
      Uint16Array.from(`\ufeff${new TextDecoder().decode(bytes)}`, (c) => c.charCodeAt(0)).buffer,
    );
    for (const file of [bytes, wide]) {
      expect([muse.detect(file), aecg.detect(file)]).toEqual([true, false]);
      expect(muse.read(file, { timeZone: "UTC" }).leads).toEqual([lead("I", [1])]);
    }
    expect(muse.detect(new TextEncoder().encode("<AnnotatedECG><RestingECG>"))).toBe(false);
  });

  it.each([
    {
      name: "no demographics",
      from: /<(Patient|Test)Demographics>.*<\/\1Demographics>/gs,
      to: "",
      expected: { recordedAt: null, subject: null, device: null },
    },
    {
      name: "a name and no id",
      from: "<PatientID>P</PatientID>",
      to: "<PatientID/><PatientLastName>Lee</PatientLastName>",
      expected: { subject: "Lee" },
    },
    {
      name: "a date alone",
      from: /<AcquisitionTime>.*<\/AcquisitionTime>/,
      to: "",
      expected: { recordedAt: null, notes: ['The date "01-31-2026 ?" is not understood, and not kept.'] },
    },
    {
      name: "a date of another order",
      from: "01-31-2026",
      to: "31-01-2026",
      expected: { recordedAt: null, notes: ['The date "31-01-2026 09:30:00" is not understood, and not kept.'] },
    },
    { name: "no document type", from: /<!DOCTYPE.*>/, to: "" },
    { name: "no type of Waveform", from: /<WaveformType>.*<\/WaveformType>/, to: "" },
    {
      name: "the Median first",
      from: "<Waveform>",
      to: `${museWaveform([lead("I", [9])], "Median")}<Waveform>`,
      expected: { notes: ["Of 2 Waveforms one is kept; the others are not: Median."] },
    },
    {
      name: "more Waveforms",
      from: "</RestingECG>",
      to: `${museWaveform([lead("I", [9])])}${museWaveform([lead("I", [9])], "Median")}</RestingECG>`,
      expected: { notes: ["Of 3 Waveforms one is kept; the others are not: Rhythm, Median."] },
    },
    { name: "a prefix", from: /<(\/?)(?=[A-Z])(?!DOCTYPE)/g, to: "<$1ge:" },
    {
      name: "an electrode that was off",
      from: "<LeadOff>FALSE",
      to: "<LeadOff>TRUE",
      expected: { notes: ["The electrode was off (LeadOff): I."] },
    },
    {
      name: "a wrong count",
      from: "<LeadSampleCountTotal>2",
      to: "<LeadSampleCountTotal>5000",
      expected: { notes: ["The samples that are there are kept, though LeadSampleCountTotal is another number: I."] },
    },
    {
      name: "a baseline",
      from: "<FirstSampleBaseline>0",
      to: "<FirstSampleBaseline>8",
      expected: { notes: ["FirstSampleBaseline is not 0, and is not understood: I."] },
    },
    {
      name: "a lead without samples",
      from: "</Waveform>",
      to: "<LeadData><LeadID>V9</LeadID><WaveFormData/></LeadData></Waveform>",
      expected: { notes: ["Leads without WaveFormData are not kept: V9."] },
    },
    {
      name: "no unit",
      from: /<LeadAmplitudeUnits>.*?<\/LeadAmplitudeUnits>/,
      to: "",
      expected: {
        leads: [lead("I", [1, 2], null), lead("V1", [3, 4])],
        notes: ["The gain is not known without LeadAmplitudeUnitsPerBit in a unit of voltage: I."],
      },
    },
    {
      name: "millivolts",
      from: /MICROVOLTS/g,
      to: "Millivolts",
      expected: { leads: [lead("I", [1, 2], GAIN / 1000), lead("V1", [3, 4], GAIN / 1000)] },
    },
    {
      name: "a lead that begins later",
      from: "<LeadOffsetFirstSample>0",
      to: "<LeadOffsetFirstSample>2",
      expected: {
        leads: [lead("I", [MISSING, MISSING, 1, 2]), lead("V1", [3, 4])],
        notes: ["Samples are missing before LeadOffsetFirstSample: I."],
      },
    },
  ])("takes $name", ({ from, to, expected }) => {
    const file = text({
      ...recordingOf([lead("I", [1, 2]), lead("V1", [3, 4])]),
      subject: "P",
      device: "D",
      recordedAt: Date.UTC(2026, 0, 31, 9, 30),
    });
    const changed = file.replace(from, to);
    expect(changed).not.toBe(file);
    expect(read(changed)).toEqual({
      ...recordingOf([lead("I", [1, 2]), lead("V1", [3, 4])]),
      ...{ subject: "P", device: "D", recordedAt: Date.UTC(2026, 0, 31, 9, 30), notes: [] },
      ...expected,
    });
  });

  it.each([
    { name: "of other lengths", ii: lead("II", [1]) },
    { name: "of other scales", ii: lead("II", [1, 2], 400) },
  ])("derives nothing from leads $name", ({ ii }) => {
    const { leads, notes } = read(text(recordingOf([lead("I", [1, 2]), ii])));
    expect(leads.map(({ name }) => name)).toEqual(["I", "II"]);
    expect(notes).toEqual([
      "III, aVR, aVL and aVF are not derived: I and II differ in length or scale, have no gain, or have gaps.",
    ]);
  });

  it.each([1, 2])("derives nothing from leads I and II where number %i begins later", (number) => {
    let count = 0;
    const file = text(recordingOf([lead("I", [1, 2]), lead("II", [3, 4])])).replaceAll(
      /<LeadOffsetFirstSample>0|AQACAA==|AwAEAA==/g,
      (found) => {
        // Of the other lead the missing sample is a stored one, so that both are as long.
        if (found.startsWith("<")) return ++count === number ? "<LeadOffsetFirstSample>1" : found;
        return count === number ? found : "BQAGAAcA";
      },
    );
    const { leads } = read(file);
    expect(leads.map(({ name, samples }) => [name, samples.length])).toEqual([
      ["I", 3],
      ["II", 3],
    ]);
  });

  it("derives the leads that are missing alone", () => {
    const { leads, notes } = read(text(recordingOf(["II", "aVL", "I", "III"].map((name) => lead(name, [7])))));
    expect(leads.map(({ name, samples }) => [name, ...samples])).toEqual([
      ["II", 7],
      ["aVR", -14],
      ["aVF", 7],
      ["aVL", 7],
      ["I", 7],
      ["III", 7],
    ]);
    expect(notes?.[0]).toMatch(/: aVR, aVF\.$/);
  });

  it("takes the rate that is asked for where there is none", () => {
    const file = text(recordingOf([lead("V1", [1], GAIN, null)]));
    expect(
      muse.read(new TextEncoder().encode(file), { timeZone: "UTC", samplingRate: 250 }).leads[0].samplingRate,
    ).toBe(250);
    expect(read(file).leads[0].samplingRate).toBeNull();
  });

  it.each([
    { name: "another root", from: /RestingECG/g, to: "Other", error: "line 3: the root is Other, not RestingECG" },
    {
      name: "declarations",
      from: '"restecg.dtd"',
      to: '"restecg.dtd" [<!ENTITY a "b">]',
      error: "line 2: a document type with declarations of its own is not taken",
    },
    { name: "no Waveform", from: /<Waveform>.*<\/Waveform>/s, to: "", error: "Waveform: there is none of a rhythm" },
    { name: "a Median alone", from: "Rhythm", to: "MEDIAN", error: "Waveform: there is none of a rhythm" },
    {
      name: "no leads",
      from: /<LeadData>.*<\/LeadData>/s,
      to: "",
      error: "line 5: the Waveform has no lead with samples",
    },
    {
      name: "65 leads",
      from: "<LeadData>",
      to: `${"<LeadData/>".repeat(64)}<LeadData>`,
      error: "LeadData: there are more than 64 leads",
    },
    {
      name: "samples of 4 bytes",
      from: "<LeadSampleSize>2",
      to: "<LeadSampleSize>4",
      error: 'line 13: samples are read that have 2 bytes each, and not "4"',
    },
    { name: "what is no base64", from: "AQACAA==", to: "AQ*CAA==", error: "line 14: WaveFormData is not in base64" },
    { name: "half a sample", from: "AQACAA==", to: "AQAC", error: "line 14: 3 bytes are no samples of 2 bytes each" },
    {
      name: "elements in base64",
      from: "AQACAA==",
      to: "AQAC<a/>AA==",
      error: "line 14: WaveFormData has elements among its samples",
    },
    { name: "a scale of 0", from: /PerBit>[\d.]+</, to: "PerBit>0<", error: 'line 10: "0" is no scale' },
    { name: "a scale in words", from: /PerBit>[\d.]+</, to: "PerBit>few<", error: 'line 10: "few" is no scale' },
    {
      name: "a rate of 0",
      from: "<SampleBase>500",
      to: "<SampleBase>0",
      error: 'line 7: "0" samples a second are no sampling rate',
    },
    {
      name: "an exponent that is none",
      from: "<SampleExponent>0",
      to: "<SampleExponent>x",
      error: 'line 7: "500" samples a second are no sampling rate',
    },
    ...["-1", "1.5"].map((offset) => ({
      name: `a lead that begins ${offset} samples later`,
      from: "<LeadOffsetFirstSample>0",
      to: `<LeadOffsetFirstSample>${offset}`,
      error: `line 12: LeadOffsetFirstSample "${offset}" is not 0 to 60000`,
    })),
    {
      name: "a lead that begins too late",
      from: "<LeadOffsetFirstSample>0",
      to: "<LeadOffsetFirstSample>60001",
      error: 'line 12: LeadOffsetFirstSample "60001" is not 0 to 60000',
    },
  ])("refuses $name", ({ from, to, error }) => {
    const file = text(recordingOf([lead("I", [1, 2])]));
    const changed = file.replace(from, to);
    expect(changed).not.toBe(file);
    expect(() => read(changed)).toThrow(error);
    expect(() => read(changed)).toThrow(expect.objectContaining({ name: "FormatError" }));
  });

  it("does no harm when a file is cut off or changed", async () => {
    const recording = {
      ...recordingOf(["I", "II"].map((name) => lead(name, [1, -2, 300]))),
      recordedAt: 0,
      subject: "P",
    };
    const before = museWaveform([lead("I", [1])], "Median");
    await expectNoHarm(muse, [{ name: "a.xml", bytes: writeMuse(recording, { before }) }]);
  });
});

it("reads back whatever was written", () => {
  const samples = fc.array(fc.integer({ min: -32768, max: 32767 }), { minLength: 1, maxLength: 40 });
  const leads = fc.uniqueArray(fc.constantFrom(...EIGHT, "V3R", "V4R", "V7", "X 9"), { minLength: 1, maxLength: 12 });
  const recording = fc
    .record({ names: leads, samples, rate: fc.constantFrom(250, 500, 1000), step: fc.constantFrom(4.88, 1, 2.5, 5) })
    .chain(({ names, samples, rate, step }) =>
      fc.record({
        leads: fc.tuple(...names.map((name) => fc.constant(lead(name, samples, 1000 / step, rate)))),
        subject: fc.constantFrom(null, "P-1"),
        device: fc.constantFrom(null, "MAC 5500"),
        recordedAt: fc.option(fc.integer({ min: 0, max: 2 ** 31 }).map((seconds) => seconds * 1000)),
      }),
    );
  fc.assert(
    fc.property(recording, (about) => {
      const original = { ...recordingOf(about.leads), ...about };
      const { notes: _, leads, ...head } = muse.read(writeMuse(original), { timeZone: "UTC" });
      const isDerived = ({ name }: Lead) => ["III", "aVR", "aVL", "aVF"].includes(name);
      expect({ ...head, leads: leads.filter((lead) => !isDerived(lead)) }).toEqual(original);
    }),
  );
});

function read(text: string, timeZone = "UTC"): Recording {
  return muse.read(
    Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
    { timeZone },
  );
}

function text(recording: Recording): string {
  return new TextDecoder("latin1").decode(writeMuse(recording));
}

function lead(name: string, samples: number[], gain: number | null = GAIN, samplingRate: number | null = 500): Lead {
  return { name, samplingRate, samples: Int32Array.from(samples), gain, baseline: 0 };
}

function recordingOf(leads: Lead[]): Recording {
  return newRecording({}, leads);
}

function data(name: string, base64: string): string {
  return `<LeadData><LeadID>${name}</LeadID><LeadSampleCountTotal>3</LeadSampleCountTotal><LeadSampleSize>2</LeadSampleSize>
    <LeadAmplitudeUnitsPerBit>4.88</LeadAmplitudeUnitsPerBit><LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>
    <WaveFormData>${base64}</WaveFormData></LeadData>`;
}
