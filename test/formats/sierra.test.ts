import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aecg } from "../../src/formats/aecg/aecg.ts";
import { muse } from "../../src/formats/muse.ts";
import { sierra } from "../../src/formats/sierra/sierra.ts";
import { unpackXli } from "../../src/formats/sierra/xli.ts";
import type { Lead, Recording } from "../../src/recording/recording.ts";
import { expectNoHarm } from "../support/fuzz.ts";
import { newRecording } from "../support/new-recording.ts";
import { packXli, type SierraOptions, sierraText, writeSierra } from "../support/sierra-file.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

const TWELVE = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
/** The codes 0, 256, 1, 3, 64 and the end: the bytes 0 0 0 1 3 64, which are the values 1, 3, 64. */
const PACKED = [0x00, 0x10, 0x00, 0x04, 0x03, 0x10, 0x3f, 0xf0];

describe("XLI", () => {
  it("is unpacked as readers describe it", () => {
    // A size of 8, a field of 1, a first difference of 1: 2 * 3 - 1 - 1 is 4.
    const lead = [8, 0, 0, 0, 1, 0, 1, 0, ...PACKED];
    expect(unpackXli(Uint8Array.from([...lead, ...lead]), undefined)).toEqual([
      Int32Array.of(1, 3, 4),
      Int32Array.of(1, 3, 4),
    ]);
  });

  it("pads an odd count of bytes with a zero, and leaves out what pads the codes", () => {
    // The codes 0, 256, 1, 3 and none.
    const odd = [5, 0, 0, 0, 1, 0, 0, 0, ...PACKED.slice(0, 5)];
    expect(unpackXli(Uint8Array.from(odd), 3)).toEqual([Int32Array.of(1, 3, 5)]);
    // A code of 0 behind 0, 256, 1, 3, 64.
    const long = [8, 0, 0, 0, 1, 0, 1, 0, ...PACKED.slice(0, 6), 0, 0];
    expect(unpackXli(Uint8Array.from(long), 3)).toEqual([Int32Array.of(1, 3, 4)]);
    expect(unpackXli(Uint8Array.from(long), undefined)[0]).toHaveLength(4);
    // Behind 3 and 64, which are no padding, and behind an end there is none: the codes are 0, 256 and the end.
    const other = [7, 0, 0, 0, 1, 0, 1, 0, ...PACKED.slice(0, 6), 0];
    expect(unpackXli(Uint8Array.from(other), 2)).toEqual([Int32Array.of(1, 3, 4)]);
    expect(unpackXli(Uint8Array.of(4, 0, 0, 0, 1, 0, 0, 0, 0x00, 0x10, 0x0f, 0xfc), 1)).toEqual([Int32Array.of(0, 0)]);
  });

  it.each([true, false])(
    "is what was packed, with a table that is full and samples that wrap (end code: %s)",
    (hasEnd) => {
      const loud = Int32Array.from({ length: 5000 }, (_, i) => (((i * 7919 * (i % 13)) % 65536) << 16) >> 16);
      const even = Int32Array.from({ length: 5000 }, (_, i) => [0, 5, 10, 5][i % 4]);
      const leads = [loud, even, new Int32Array(20_000), Int32Array.of(7), Int32Array.of(-32768, 32767)];
      expect(unpackXli(packXli(leads, hasEnd), undefined)).toEqual(leads);
    },
  );

  it.each([
    {
      name: "a size beyond the end",
      bytes: [9, 0, 0, 0, 1, 0, 1, 0, ...PACKED],
      error: "byte 0 of XLI, lead 1: 9 bytes are promised, and 8 are left",
    },
    {
      name: "a size below 0",
      bytes: [255, 255, 255, 255, 1, 0, 1, 0],
      error: "byte 0 of XLI, lead 1: -1 bytes are promised",
    },
    {
      name: "a code that stands for nothing",
      bytes: [2, 0, 0, 0, 1, 0, 1, 0, 0x40, 0],
      error: "byte 0 of XLI, lead 1: code 256 stands for nothing yet",
    },
    {
      name: "half a header",
      bytes: [8, 0, 0, 0, 1, 0, 1, 0, ...PACKED, 1, 2, 3],
      error: "byte 16 of XLI: 3 bytes are no lead",
    },
    {
      name: "65 leads",
      bytes: Array.from({ length: 65 * 8 }, () => 0),
      error: "byte 512 of XLI, lead 65: there are more than 64 leads",
    },
  ])("is refused with $name", ({ bytes, error }) => {
    expect(() => unpackXli(Uint8Array.from(bytes), undefined)).toThrow(error);
  });

  it("does not unpack without end", () => {
    const bomb = packXli([new Int32Array(2 ** 18 + 1)]);
    expect(bomb.length).toBeLessThan(10_000);
    expect(() => unpackXli(bomb, undefined)).toThrow("byte 0 of XLI, lead 1: there are more than 262144 samples");
  });
});

describe("reading", () => {
  it("gives what a file of 1.03 says", () => {
    const xli = Buffer.from([8, 0, 0, 0, 1, 0, 1, 0, ...PACKED]).toString("base64");
    const file = `<?xml version="1.0" encoding="UTF-8"?>
      <restingecgdata xmlns="http://www3.medical.philips.com">
        <documentinfo><documenttype>SierraECG</documenttype><documentversion>1.03</documentversion></documentinfo>
        <reportinfo date="2026-08-01" time="00:00:00"/>
        <dataacquisition date="2026-07-31" time="09:30:05" statflag="False">
          <machine machineid="0001" detaildescription="Philips:860306:A.07">PageWriter</machine>
          <acquirer><operatorid>OP5</operatorid></acquirer>
          <signalcharacteristics>
            <samplingrate>500</samplingrate><signalresolution>5</signalresolution><signalbandwidth>0.05-150</signalbandwidth>
            <numberchannelsallocated>12</numberchannelsallocated><numberchannelsvalid>1</numberchannelsvalid>
          </signalcharacteristics>
        </dataacquisition>
        <patient><generalpatientdata><patientid> P-1 </patientid><sex>Male</sex></generalpatientdata></patient>
        <interpretations><interpretation/></interpretations>
        <waveforms>
          <parsedwaveforms compressflag="True" compressmethod="XLI" dataencoding="Base64" durationperchannel="6" nbitspersample="16">
            ${xli.slice(0, 9)}\r\n${xli.slice(9)}
          </parsedwaveforms>
          <repbeats dataencoding="Base64"><repbeat leadname="V2" duration="2"><waveform>AAA=</waveform></repbeat></repbeats>
        </waveforms>
      </restingecgdata>`;
    expect(sierra.read(new TextEncoder().encode(file), { timeZone: "Europe/Berlin" })).toEqual({
      recordedAt: Date.UTC(2026, 6, 31, 7, 30, 5),
      subject: "P-1",
      device: "Philips:860306:A.07 PageWriter 0001",
      note: null,
      isOpen: false,
      annotations: [],
      leads: [lead("V2", [1, 3, 4])],
      notes: [
        "Not kept: reportinfo, interpretations.",
        "Kept in part: dataacquisition, patient/generalpatientdata.",
        "The average beats (repbeats) are not kept.",
        "The filters that were on are not kept: signalbandwidth 0.05-150.",
      ],
    });
  });

  it("says that leads end alike, as those with a pulse for calibration do", () => {
    const pulse = Array.from({ length: 50 }, (_, i) => (i < 25 ? 0 : 200));
    const withEnd = (end: number[]) =>
      sierra.read(writeSierra(twelve(([name, i]) => lead(name, [1, i, ...end]))), { timeZone: "UTC" }).notes ?? [];
    const note = "The last 50 samples are the same in all leads, as a pulse for calibration is: they are kept.";
    expect(withEnd(pulse)).toContain(note);
    expect(withEnd(pulse.slice(1)).join()).not.toContain("calibration");
    expect(withEnd(Array(50).fill(7)).join()).not.toContain("calibration");
  });

  it("rebuilds the limb leads from what is left of their prediction", () => {
    // III = II - I - 7, aVR = -8 - floor((I + II) / 2), aVL = floor((I - III) / 2) - 9, aVF = floor((II + III) / 2) - 10.
    const stored = [[5], [10], [7], [8], [9], [10], [11], [12], [13], [14], [15], [16]].map((samples) =>
      Int32Array.from(samples),
    );
    const original = twelve(([name]) => lead(name, [0]));
    const packed = Buffer.from(packXli(stored)).toString("base64");
    const text = sierraText(original).replace(/>\n[\w+/=\s]+<\/parsed/, `>${packed}</parsed`);
    const read = sierra.read(new TextEncoder().encode(text.replace("UTF-16", "UTF-8")), { timeZone: "UTC" });
    expect(read.leads.map(({ samples }) => samples[0])).toEqual([5, 10, -2, -15, -6, -6, 11, 12, 13, 14, 15, 16]);
  });

  it.each<SierraOptions>([
    { version: "1.03", compression: "XLI" },
    { version: "1.04", compression: "XLI" },
    { version: "1.03", compression: "none" },
    { version: "1.04", compression: "none" },
    { version: "1.04", compression: "plain" },
    { version: "1.04", compression: "XLI", hasLabels: false },
  ])("reads an ECG of twelve leads: %o", (options) => {
    const { leads } = syntheticEcg({ gain: 200 });
    const { leads: read, notes } = sierra.read(writeSierra(recordingOf(leads), options), { timeZone: "UTC" });
    expect(read).toEqual(leads);
    const order =
      "The file does not name its leads: they are taken for I, II, III, aVR, aVL, aVF, V1, V2, V3, V4, V5, V6, in this order.";
    expect(notes).toEqual(options.hasLabels === false ? [order] : []);
  });

  it("is told from other XML by its root, in UTF-16 as well", () => {
    for (const version of ["1.03", "1.04"] as const) {
      const file = writeSierra(recordingOf([lead("V1", [1])]), { version });
      expect([sierra, muse, aecg].map((format) => format.detect(file))).toEqual([true, false, false]);
    }
  });

  it.each([
    {
      name: "no person, device or date",
      from: /<(patient|machine)>.*<\/\1>| date="[^"]*" time="[^"]*"/g,
      to: "",
      expected: { subject: null, device: null, recordedAt: null },
    },
    {
      name: "a name and no id",
      from: "<patientid>P</patientid>",
      to: "<patientid/><name><firstname>Ann</firstname><lastname>Lee</lastname></name>",
      expected: { subject: "Ann Lee" },
    },
    {
      name: "a time that is none",
      from: 'time="09:30:00"',
      to: 'time="25:30:00"',
      expected: { recordedAt: null, notes: ['The date "2026-01-31 25:30:00" is not understood, and not kept.'] },
    },
    { name: "a prefix", from: /<(\/?)(?=[a-z])/g, to: "<$1p:" },
    {
      name: "another version",
      from: ">1.04<",
      to: ">1.05<",
      expected: { notes: ['The documentversion "1.05" is not known: it is read as 1.04.'] },
    },
    {
      name: "attributes rather than elements",
      from: "<samplingrate>500</samplingrate><resolution>5</resolution>",
      to: "",
      also: { from: "nbitspersample", to: 'samplespersecond="500" resolution="5" nbitspersample' },
    },
    {
      name: "no resolution",
      from: "<resolution>5</resolution>",
      to: "",
      expected: {
        leads: [lead("V1", [1, 2], null), lead("V7", [3, 4], null)],
        notes: ["The file has no resolution: the gain is not known."],
      },
    },
    {
      name: "another duration",
      from: 'durationperchannel="4"',
      to: 'durationperchannel="11000"',
      expected: { notes: ["The samples that are there are kept (2 a lead), though durationperchannel means 5500."] },
    },
    { name: "no duration", from: 'durationperchannel="4"', to: "" },
    {
      name: "an offset",
      from: "<signaloffset>0",
      to: "<signaloffset>8",
      expected: { notes: ['signaloffset "8" is not understood, and not kept.'] },
    },
    {
      name: "channels that are not valid",
      from: 'leadlabels="V1 V7"',
      to: 'leadlabels="V1"',
      also: { from: "valid>2<", to: "valid>1<" },
      expected: { leads: [lead("V1", [1, 2])], notes: ["1 channels beyond the 1 that are valid are not kept."] },
    },
    {
      name: "the names of average beats",
      from: 'leadlabels="V1 V7"',
      to: "",
      also: {
        from: "</waveforms>",
        to: '<repbeats><repbeat leadname="V1"/><repbeat leadname="V7"/></repbeats></waveforms>',
      },
      expected: { notes: ["The average beats (repbeats) are not kept."] },
    },
    {
      name: "average beats of other leads",
      from: 'leadlabels="V1 V7"',
      to: "",
      also: { from: "</waveforms>", to: '<repbeats><repbeat leadname="V7"/></repbeats></waveforms>' },
      expected: {
        leads: [lead("I", [1, 2]), lead("II", [3, 4])],
        notes: [
          "The average beats (repbeats) are not kept.",
          "The file does not name its leads: they are taken for I, II, III, aVR, aVL, aVF, V1, V2, V3, V4, V5, V6, in this order.",
        ],
      },
    },
  ])("takes $name", ({ from, to, also, expected }) => {
    const about = { subject: "P", device: "D", recordedAt: Date.UTC(2026, 0, 31, 9, 30) };
    const recording = { ...recordingOf([lead("V1", [1, 2]), lead("V7", [3, 4])]), ...about };
    expect(read(recording, { from, to }, also)).toEqual({ ...recording, notes: [], ...expected });
  });

  it.each(["None", "Uncompressed"])("takes samples whose compression is %s", (compression) => {
    const leads = [lead("V1", [1, 2]), lead("V7", [3, 4])];
    const change = { from: "<parsedwaveforms ", to: `<parsedwaveforms compression="${compression}" ` };
    expect(read(recordingOf(leads), change, undefined, { compression: "none" }).leads).toEqual(leads);
  });

  it("refuses more labels than leads can be, and makes no list of all of them", () => {
    const to = `leadlabels="${" V1".repeat(1e6)}"`;
    expect(() => read(recordingOf([lead("V1", [1])]), { from: 'leadlabels="V1"', to })).toThrow(
      "more than 64 leads are named",
    );
  });

  it("names channels that have no name", () => {
    const { leads } = read(recordingOf([lead("V1", [1]), lead("V2", [2])]), {
      from: 'leadlabels="V1 V2"',
      to: 'leadlabels="v1"',
    });
    expect(leads.map(({ name }) => name)).toEqual(["V1", "lead 2"]);
  });

  it("takes the rate that is asked for where there is none", () => {
    const file = writeSierra(recordingOf([{ ...lead("V1", [1]), samplingRate: null }]));
    expect(sierra.read(file, { timeZone: "UTC", samplingRate: 250 }).leads[0].samplingRate).toBe(250);
    expect(sierra.read(file, { timeZone: "UTC" }).leads[0].samplingRate).toBeNull();
  });

  it.each([
    { name: "another root", from: /restingecgdata/g, to: "ecg", error: "line 2: the root is ecg, not restingecgdata" },
    {
      name: "a document type",
      from: "<restingecgdata",
      to: '<!DOCTYPE restingecgdata SYSTEM "a">\n<restingecgdata',
      error: "line 2: a document type is not taken",
    },
    {
      name: "no samples",
      from: /<parsedwaveforms[\s\S]*<\/parsedwaveforms>/,
      to: "",
      error: "parsedwaveforms: there are no samples",
    },
    {
      name: "samples of 12 bits",
      from: 'nbitspersample="16"',
      to: 'nbitspersample="12"',
      error: 'line 11: samples of 16 bits are read, and not of "12"',
    },
    {
      name: "samples without a sign",
      from: "<signalsigned>True",
      to: "<signalsigned>False",
      error: "line 7: samples without a sign are not read",
    },
    { name: "a rate of 0", from: "<samplingrate>500", to: "<samplingrate>0", error: 'line 6: "0" is no sampling rate' },
    {
      name: "a resolution in words",
      from: "<resolution>5",
      to: "<resolution>fine",
      error: 'line 6: "fine" is no resolution',
    },
    {
      name: "a duration below 0",
      from: 'durationperchannel="4"',
      to: 'durationperchannel="-4"',
      error: 'line 11: "-4" is no duration',
    },
    {
      name: "another compression",
      from: 'compression="XLI"',
      to: 'compression="Huffman"',
      error: 'line 11: the compression "HUFFMAN" is not known',
    },
    {
      name: "a compression of plain numbers",
      from: 'dataencoding="Base64"',
      to: 'dataencoding="Plain"',
      error: "line 11: samples are packed and in no base64",
    },
    {
      name: "what is no base64",
      from: "\n</parsed",
      to: "*\n</parsed",
      error: "line 11: parsedwaveforms is not in base64",
    },
    {
      name: "more names than leads",
      from: 'leadlabels="V1 V2"',
      to: 'leadlabels="V1 V2 V3"',
      error: "line 11: 3 leads are named, and there are 2",
    },
    {
      name: "limb leads out of their order",
      from: 'leadlabels="V1 V2"',
      to: 'leadlabels="V1 aVF"',
      error: 'line 11: lead "aVF" is stored as a difference from others',
    },
  ])("refuses $name", ({ from, to, error }) => {
    const recording = recordingOf([lead("V1", [1, 2]), lead("V2", [3, 4])]);
    expect(() => read(recording, { from, to })).toThrow(error);
    expect(() => read(recording, { from, to })).toThrow(expect.objectContaining({ name: "FormatError" }));
  });

  it.each([
    {
      name: "half a sample",
      compression: "none",
      from: /AQAC.*\n/,
      to: "AQAC\n",
      error: "line 11: 3 bytes are no samples of 2 bytes each",
    },
    {
      name: "leads of no common length",
      compression: "none",
      from: /AQAC.*\n/,
      to: "AQACAAMA\n",
      error: "line 11: 3 samples are not those of 2 leads of one length",
    },
    {
      name: "numbers that are none",
      compression: "plain",
      from: "\n3 4",
      to: "\n3 x",
      error: 'line 13: the samples have "x", which is no integer of 32 bits',
    },
    {
      name: "elements among numbers",
      compression: "plain",
      from: "\n3 4",
      to: "\n3 <a/>4",
      error: "line 11: parsedwaveforms has elements among its samples",
    },
  ] as const)("refuses $name that are not packed", ({ compression, from, to, error }) => {
    const recording = recordingOf([lead("V1", [1, 2]), lead("V2", [3, 4])]);
    expect(() => read(recording, { from, to }, undefined, { compression })).toThrow(error);
  });

  it("refuses limb leads of other lengths", () => {
    const original = twelve(([name, i]) => lead(name, i === 3 ? [1, 2, 3] : [1, 2]));
    expect(() => sierra.read(writeSierra(original), { timeZone: "UTC" })).toThrow(
      'line 11: lead "III" is stored as a difference from others that are not where they are looked for',
    );
  });

  it.each<SierraOptions>([
    { version: "1.03" },
    { version: "1.04" },
    { version: "1.03", compression: "none" },
    { version: "1.03", compression: "plain" },
  ])("does no harm when a file is cut off or changed: %o", async (options) => {
    const recording = {
      ...twelve(([name, i]) => lead(name, [i, 2, -3, 300, 4])),
      recordedAt: 0,
      subject: "P",
      device: "D",
    };
    await expectNoHarm(sierra, [{ name: "a.xml", bytes: writeSierra(recording, options) }]);
  });
});

it("reads back whatever was written", () => {
  const names = fc.constantFrom(TWELVE, [...TWELVE, "V3R", "V4R", "V7"], ["I", "II", "V1"], ["V9"]);
  const options = fc.record({
    version: fc.constantFrom("1.03" as const, "1.04" as const),
    compression: fc.constantFrom("XLI" as const, "none" as const, "plain" as const),
  });
  const recording = fc.tuple(names, fc.integer({ min: 1, max: 40 })).chain(([names, length]) =>
    fc.record({
      leads: fc.tuple(
        ...names.map((name) =>
          fc
            .array(fc.integer({ min: -32768, max: 32767 }), { minLength: length, maxLength: length })
            .map((samples) => lead(name, samples)),
        ),
      ),
      subject: fc.constantFrom(null, "P-1"),
      device: fc.constantFrom(null, "PageWriter TC70"),
      recordedAt: fc.option(fc.integer({ min: 0, max: 2 ** 31 }).map((seconds) => seconds * 1000)),
    }),
  );
  fc.assert(
    fc.property(recording, options, (about, options) => {
      const original = { ...recordingOf(about.leads), ...about };
      expect(sierra.read(writeSierra(original, options), { timeZone: "UTC" })).toEqual({ ...original, notes: [] });
    }),
  );
});

type Change = { from: string | RegExp; to: string };

/** A recording from its file of 1.04, after a change or two that find something to change. */
function read(recording: Recording, change: Change, also?: Change, options: SierraOptions = {}): Recording {
  let text = sierraText(recording, options);
  for (const { from, to } of also ? [change, also] : [change]) {
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    text = changed;
  }
  const bytes = new Uint8Array(Uint16Array.from(text, (letter) => letter.charCodeAt(0)).buffer);
  return sierra.read(bytes, { timeZone: "UTC" });
}

function twelve(make: (lead: [name: string, i: number]) => Lead): Recording {
  return recordingOf(TWELVE.map((name, i) => make([name, i])));
}

function lead(name: string, samples: number[], gain: number | null = 200): Lead {
  return { name, samplingRate: 500, samples: Int32Array.from(samples), gain, baseline: 0 };
}

function recordingOf(leads: Lead[]): Recording {
  return newRecording({}, leads);
}
