import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import { bdf, edf } from "../../src/formats/edf/edf.ts";
import { parseTals } from "../../src/formats/edf/tals.ts";
import { FormatError, type OpenRecording, type WriteOptions } from "../../src/formats/format.ts";
import { openFile } from "../../src/formats/read-whole.ts";
import { type Annotation, type Lead, MISSING, type Recording } from "../../src/recording/recording.ts";
import { expectNoHarm, readFiles } from "../support/fuzz.ts";
import { UNDESCRIBED } from "../support/new-recording.ts";
import { readRecording } from "../support/read-recording.ts";
import { runs } from "../support/runs.ts";
import { newSignal } from "../support/signals.ts";

const OPTIONS: WriteOptions = { name: "ecg", timeZone: "UTC", units: "adc", layout: "rows", fhirVersion: "R4" };

type Channel = {
  label?: string;
  dimension?: string;
  physical?: [string, string];
  digital?: [string, string];
  prefiltering?: string;
  /** Of each data record: samples of 16 bits, or text. */
  records: (number[] | string)[];
  /** In each data record, for text; else as many as there are. */
  count?: number;
};

type File = {
  version?: string;
  patient?: string;
  recording?: string;
  date?: string;
  time?: string;
  headerBytes?: string;
  reserved?: string;
  recordCount?: string;
  duration?: string;
  signalCount?: string;
  channels: Channel[];
};

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** An EDF file with any text in its fields. */
function newEdf({ channels, ...file }: File): Uint8Array {
  const lengths = channels.map(({ count, records: [first = []] }) => count ?? first.length);
  const column = (length: number, of: (channel: Channel, i: number) => string | number = () => "") =>
    channels.map((channel, i) => String(of(channel, i)).padEnd(length)).join("");
  const header = [
    (file.version ?? "0").padEnd(8),
    (file.patient ?? "").padEnd(80),
    (file.recording ?? "").padEnd(80),
    file.date ?? "31.01.26",
    file.time ?? "09.30.15",
    (file.headerBytes ?? String(256 * (channels.length + 1))).padEnd(8),
    (file.reserved ?? "").padEnd(44),
    (file.recordCount ?? String(channels[0].records.length)).padEnd(8),
    (file.duration ?? "1").padEnd(8),
    (file.signalCount ?? String(channels.length)).padEnd(4),
    column(16, ({ label }) => label ?? "ECG II"),
    column(80),
    column(8, ({ dimension }) => dimension ?? "mV"),
    column(8, ({ physical }) => physical?.[0] ?? "-32.768"),
    column(8, ({ physical }) => physical?.[1] ?? "32.767"),
    column(8, ({ digital }) => digital?.[0] ?? "-32768"),
    column(8, ({ digital }) => digital?.[1] ?? "32767"),
    column(80, ({ prefiltering }) => prefiltering ?? ""),
    column(8, (_, i) => lengths[i]),
    column(32),
  ];
  const bytes: number[] = [...latin1(header.join(""))];
  for (let record = 0; record < channels[0].records.length; record++) {
    for (const [i, { records }] of channels.entries()) {
      const data = records[record];
      if (typeof data === "string") {
        const text = new TextEncoder().encode(data);
        bytes.push(...text, ...new Uint8Array(2 * lengths[i] - text.length));
      } else for (const sample of data) bytes.push(sample & 0xff, (sample >> 8) & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}

/** The annotations signal of EDF+, by data record. */
const newAnnotations = (...records: string[]): Channel => ({ label: "EDF Annotations", records, count: 24 });

const read = (bytes: Uint8Array, options = {}) => readFiles(edf, [{ name: "a.edf", bytes }], options);
const readEdf = (file: File, options = {}) => read(newEdf(file), options);

async function readOne(channel: Partial<Channel>, file: Partial<File> = {}): Promise<Lead> {
  return (await readEdf({ ...file, channels: [{ records: [[1]], ...channel }] })).leads[0];
}

const newLead = (fields: Partial<Lead> = {}): Lead => ({
  name: "II",
  samplingRate: 100,
  gain: 200,
  baseline: 1024,
  samples: Int32Array.of(1, -2, 3, 4),
  ...fields,
});

const newRecording = (leads: Lead[], fields: Partial<Recording> = {}): Recording => ({
  ...UNDESCRIBED,
  leads,
  ...fields,
});

describe("reading", () => {
  it("gives the ECG channels, and what the header says of them", async () => {
    const file: File = {
      patient: "Ada Byron, 7",
      channels: [
        {
          label: "ECG I",
          records: [
            [1, -1],
            [32767, -32768],
          ],
        },
        { label: "Pleth", records: [[9], [9]], physical: ["", ""] },
        { label: "EKG", records: [[2], [3]], dimension: "uV", physical: ["-10", "10"], digital: ["-100", "100"] },
      ],
    };
    expect(await readEdf(file)).toEqual({
      recordedAt: Date.parse("2026-01-31T09:30:15Z"),
      subject: "Ada Byron, 7",
      device: null,
      note: null,
      isOpen: false,
      annotations: [],
      leads: [
        { name: "I", samplingRate: 2, gain: 1000, baseline: 0, samples: Int32Array.of(1, -1, 32767, -32768) },
        { name: "EKG", samplingRate: 1, gain: 10_000, baseline: 0, samples: Int32Array.of(2, 3) },
      ],
      notes: ['Channels that are called no ECG, or are empty, were left out: "Pleth". leads= keeps them.'],
    });
  });

  it("takes BDF's samples for 24 bits", async () => {
    const header = newEdf({
      version: "\xffBIOSEMI",
      reserved: "24BIT",
      recordCount: "1",
      channels: [{ records: [], count: 4 }],
    });
    const samples = [0xff, 0xff, 0x7f, 0, 0, 0x80, 0xff, 0xff, 0xff, 1, 2, 3];
    expect((await read(Uint8Array.of(...header, ...samples))).leads[0].samples).toEqual(
      Int32Array.of(8388607, -8388608, -1, 0x030201),
    );
  });

  it.each([
    {
      name: "mV",
      channel: { physical: ["-1.47", "1.47"], digital: ["0", "32767"] },
      gain: 32767 / 2.94,
      baseline: 16383.5,
    },
    { name: "uV", channel: { dimension: "uV", physical: ["-3276.8", "3276.7"] }, gain: 10_000, baseline: 0 },
    { name: "V", channel: { dimension: "V", physical: ["-.016384", ".0163835"] }, gain: 2000, baseline: 0 },
    { name: "nV", channel: { dimension: "nV", physical: ["-3276800", "3276700"] }, gain: 10_000, baseline: 0 },
    {
      name: "a micro sign",
      channel: { dimension: "\u00b5V", physical: ["-3276.8", "3276.7"] },
      gain: 10_000,
      baseline: 0,
    },
    {
      name: "a micro sign in UTF-8",
      channel: { dimension: "\u00c2\u00b5V", physical: ["-3276.8", "3276.7"] },
      gain: 10_000,
      baseline: 0,
    },
    { name: "another case", channel: { dimension: "UV", physical: ["-3276.8", "3276.7"] }, gain: 10_000, baseline: 0 },
    {
      name: "no voltage",
      channel: { dimension: "mmHg", physical: ["0", "300"], digital: ["0", "3000"] },
      gain: 10,
      unit: "mmHg",
      baseline: 0,
    },
    { name: "volts in a word", channel: { dimension: "mVolts" }, gain: 1000, baseline: 0 },
    { name: "a prefix in a word", channel: { dimension: "milliV" }, gain: 1000, baseline: 0 },
    { name: "a word that is cut", channel: { dimension: "microvol" }, gain: 1e6, baseline: 0 },
    { name: "no dimension", channel: { dimension: "" }, gain: null, baseline: 0 },
    { name: "a dimension that is no unit", channel: { dimension: "ADU" }, gain: null, baseline: 0 },
    {
      name: "decimal commas",
      channel: { dimension: "uV", physical: ["-3276,8", "3276,7"] },
      gain: 10_000,
      baseline: 0,
    },
    {
      name: "whole numbers with a point",
      channel: { digital: ["-32768.0", "32767."] },
      gain: 1000,
      baseline: 0,
    },
    {
      name: "an inverted scale",
      channel: { physical: ["5", "-5"], digital: ["-2048", "2047"] },
      gain: -409.5,
      baseline: -0.5,
    },
    {
      name: "a scale above 0",
      channel: { physical: ["-5.12", "5.115"], digital: ["0", "2047"] },
      gain: 200,
      baseline: 1024,
    },
    { name: "a scale without 0", channel: { physical: ["1", "2"], digital: ["100", "200"] }, gain: 100, baseline: 0 },
    { name: "an exponent", channel: { physical: ["-1e1", "1E+1"], digital: ["-100", "100"] }, gain: 10, baseline: 0 },
    {
      name: "thirds that were rounded",
      channel: { physical: ["-3.33333", "3.333333"], digital: ["-1000", "1000"] },
      gain: 300,
      baseline: 0,
    },
    {
      name: "thirds that fill no field",
      channel: { physical: ["-3.3333", "3.33333"], digital: ["-1000", "1000"] },
      gain: 2000 / 6.66663,
      baseline: (1000 * -3.3333 + 1000 * 3.33333) / -6.66663,
    },
  ] as { name: string; channel: Partial<Channel>; gain: number | null; baseline: number; unit?: string }[])(
    "takes gain and baseline from $name",
    async ({ channel, gain, baseline, unit }) => {
      const lead = await readOne(channel);
      expect(lead.unit).toBe(unit);
      expect(lead.baseline).toBeCloseTo(baseline, 12);
      if (gain === null) expect(lead.gain).toBeNull();
      else expect(lead.gain).toBeCloseTo(gain, 10);
      // A whole number is that number, to the last bit.
      if (Number.isInteger(gain) && Number.isInteger(baseline)) expect(lead).toMatchObject({ gain, baseline });
    },
  );

  it.each([
    { duration: "1", count: 250, rate: 250 },
    { duration: "0.1", count: 25, rate: 250 },
    { duration: "10", count: 1285, rate: 128.5 },
    { duration: "2.5e-1", count: 90, rate: 360 },
    { duration: "0.996094", count: 255, rate: 256 },
    { duration: "4.513889", count: 1625, rate: 360 },
    { duration: "0.9960", count: 255, rate: 255 / 0.996 },
  ])("takes $rate Hz from $count samples in $duration s", async ({ duration, count, rate }) => {
    expect((await readOne({ records: [Array<number>(count).fill(0)] }, { duration })).samplingRate).toBe(rate);
  });

  it.each([
    { label: "ECG", name: "ECG" },
    { label: "ECG II", name: "II" },
    { label: "ecg  v1", name: "v1" },
    { label: "EKG1", name: "EKG1" },
    { label: "ECG1-ECG2", name: "ECG1-ECG2" },
    { label: "aVR", name: "aVR" },
    { label: "MLII", name: "MLII" },
    { label: "CM5", name: "CM5" },
    { label: "V7", name: "V7" },
    { label: "V4R", name: "V4R" },
    { label: "Lead II", name: "Lead II" },
    { label: "Ableitung V1", name: "Ableitung V1" },
    { label: "Elektrokardiogra", name: "Elektrokardiogra" },
  ])("takes a channel $label for the lead $name", async ({ label, name }) => {
    expect((await readOne({ label })).name).toBe(name);
  });

  it.each(["EEG EKG1-REF", "POL ECG", "X1_ekg", "HR-ECG"])(
    "takes a channel %s for a lead where none has the type of an ECG",
    async (label) => {
      const channels = [{ label: "EEG Fpz-Cz" }, { label }].map((channel) => ({ ...channel, records: [[1]] }));
      const { leads, notes } = await readEdf({ channels });
      expect(leads.map(({ name }) => name)).toEqual([label]);
      expect(notes).toEqual([
        'Channels that are called no ECG, or are empty, were left out: "EEG Fpz-Cz". leads= keeps them.',
      ]);
      const beside = await readEdf({ channels: [...channels, { label: "ECG II", records: [[1]] }] });
      expect(beside.leads.map(({ name }) => name)).toEqual(["II"]);
    },
  );

  it.each(["EEG Fpz-Cz", "X", "Resp", "VEOG", "Event", "SpO2", "Lead", "Lead X", "VECG", "EEG EKGx"])(
    "takes a channel %s for no lead",
    async (label) => {
      const error = await readOne({ label }).catch((error) => error);
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toContain(`name those that are with leads=. There are "${label}"`);
    },
  );

  it.each([
    { leads: ["Pleth", "II"], names: ["Pleth", "II"] },
    { leads: ["ECG II"], names: ["II"] },
    { leads: ["ii", "I"], names: ["II", "I"] },
    { leads: ["ECG"], names: ["ECG"] },
    { leads: ["ECG II", "II"], names: ["II"] },
  ])("gives the channels $leads that are asked for", async ({ leads, names }) => {
    const channels = ["ECG", "ECG II", "I", "Pleth"].map((label) => ({ label, records: [[1]] }));
    expect((await readEdf({ channels }, { leads })).leads.map(({ name }) => name)).toEqual(names);
  });

  it("refuses to give a channel that is not there", async () => {
    const reading = readEdf({ channels: [{ records: [[1]] }, newAnnotations("")] }, { leads: ["EDF Annotations"] });
    await expect(reading).rejects.toThrow('there is no channel "EDF Annotations" among "ECG II"');
  });

  it.each([
    { name: "a time zone", file: {}, at: "2026-01-31T08:30:15Z" },
    { name: "1985", file: { date: "02.01.85" }, at: "1985-01-02T08:30:15Z" },
    { name: "its second half-year", file: { date: "01.07.85" }, at: "1985-07-01T07:30:15Z" },
    { name: "2084", file: { date: "02.01.84" }, at: "2084-01-02T08:30:15Z" },
    {
      name: "a full year",
      file: { date: "02.03.26", recording: "Startdate 02-MAR-1926 X" },
      at: "1926-03-02T08:30:15Z",
    },
    {
      name: "a year that takes four digits",
      file: { date: "02.03.yy", recording: "Startdate 02-MAR-2126 X" },
      at: "2126-03-02T08:30:15Z",
    },
    {
      name: "a full date of another day",
      file: { date: "02.03.26", recording: "Startdate 03-MAR-1926 X" },
      at: "2026-03-02T08:30:15Z",
    },
    { name: "the day that stands for none", file: { date: "01.01.85", recording: "Startdate X X X X" }, at: null },
    {
      name: "that day when it is meant",
      file: { date: "01.01.85", recording: "Startdate 01-JAN-1985" },
      at: "1985-01-01T08:30:15Z",
    },
    { name: "no day", file: { date: "00.00.00" }, at: null },
    { name: "no date", file: { date: "        " }, at: null },
    { name: "no time", file: { time: "24.00.00" }, at: null },
  ] as { name: string; file: Partial<File>; at: string | null }[])("takes the date by $name", async ({ file, at }) => {
    const { recordedAt } = await readEdf({ ...file, channels: [{ records: [[1]] }] }, { timeZone: "Europe/Berlin" });
    expect(recordedAt).toBe(at && Date.parse(at));
  });

  it("goes on until the file ends if the number of data records is -1", async () => {
    const { leads, notes } = await readEdf({ recordCount: "-1", channels: [{ records: [[1], [2], [3]] }] });
    expect([leads[0].samples, notes]).toEqual([Int32Array.of(1, 2, 3), undefined]);
  });

  it("gives leads without samples for no data record", async () => {
    expect((await readOne({ records: [], count: 5 })).samples).toEqual(new Int32Array(0));
  });

  it("passes over padding behind the data records that is shorter than one", async () => {
    const bytes = newEdf({ channels: [{ records: [[1, 2]] }] });
    expect((await read(Uint8Array.of(...bytes, 0, 0, 0))).leads[0].samples).toEqual(Int32Array.of(1, 2));
  });

  it("gives the same whatever the size of the parts that come in", async () => {
    const samples = newSignal(400_000).map((sample) => sample % 30_000);
    const annotations = [
      { time: 0.5, text: "one" },
      { time: 3999, text: "two" },
    ];
    const recording = newRecording([newLead({ samples }), newLead({ name: "V1", samples })], { annotations });
    const bytes = edf.write(recording, OPTIONS);
    for (const size of [999, 1 << 16, bytes.length]) {
      const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const file = { name: "", bytes: new ByteStream(parts) };
      expect(await readRecording(edf, file, { timeZone: "UTC" }, async () => undefined)).toEqual(recording);
    }
  });

  it.each([
    { name: "another version", file: { version: "1" }, path: "byte 0" },
    { name: "a header size of its own", file: { headerBytes: "768" }, path: "number of bytes in header record" },
    {
      name: "a header size that is no number",
      file: { headerBytes: "many" },
      path: "number of bytes in header record",
    },
    { name: "no signal", file: { signalCount: "0" }, path: "number of signals in data record" },
    { name: "a number of records below -1", file: { recordCount: "-2" }, path: "number of data records" },
    { name: "a fraction of records", file: { recordCount: "1.5" }, path: "number of data records" },
    { name: "no duration", file: { duration: "" }, path: "duration of a data record, in seconds" },
    { name: "a comma too many", file: { duration: "0,5,0" }, path: "duration of a data record, in seconds" },
    {
      name: "a duration of 0",
      file: { duration: "0" },
      path: 'number of samples in each data record of signal 1, "ECG II"',
    },
    {
      name: "a duration below 0",
      file: { duration: "-1" },
      path: 'number of samples in each data record of signal 1, "ECG II"',
    },
  ] as { name: string; file: Partial<File>; path: string }[])("refuses $name", async ({ file, path }) => {
    const error = await readOne({ records: [[1], [2]] }, file).catch((error) => error);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.options.errors[0].path).toBe(path);
  });

  it.each([
    { name: "a digital end of 17 bits", channel: { digital: ["-32769", "4"] }, path: "digital minimum" },
    { name: "an upper digital end of 17 bits", channel: { digital: ["0", "32768"] }, path: "digital maximum" },
    { name: "a fractional digital end", channel: { digital: ["0", "4.5"] }, path: "digital maximum" },
    { name: "no physical minimum", channel: { physical: ["", "1"] }, path: "physical minimum" },
    { name: "a physical maximum with words", channel: { physical: ["0", "1 mV"] }, path: "physical maximum" },
    { name: "a physical maximum beyond all numbers", channel: { physical: ["0", "1e99"] }, path: "physical maximum" },
    { name: "a data record of 16 MiB", channel: { count: 8_388_608 }, path: "number of samples in each data record" },
  ] as { name: string; channel: Partial<Channel>; path: string }[])("refuses $name", async ({ channel, path }) => {
    const error = await readOne({ records: [], count: 1, ...channel }, { recordCount: "0" }).catch((error) => error);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.options.errors[0].path.replace(' of signal 1, "ECG II"', "")).toBe(path);
  });

  it.each([
    {
      name: "all of its samples",
      bytes: 16,
      recordCount: "2",
      samples: [
        [1, 2, 5, 6],
        [3, 4, 7, 8],
      ],
      notes: undefined,
    },
    {
      name: "a byte too few",
      bytes: 15,
      recordCount: "2",
      samples: [
        [1, 2, 5, 6],
        [3, 4, 7, MISSING],
      ],
      notes: [
        "The file ends within data record 2 of 2: what is there was kept, and samples that are not there are missing.",
      ],
    },
    {
      name: "a part of the first signal",
      bytes: 10,
      recordCount: "-1",
      samples: [
        [1, 2, 5, MISSING],
        [3, 4, MISSING, MISSING],
      ],
      notes: [
        "The file ends within data record 2: what is there was kept, and samples that are not there are missing.",
      ],
    },
    {
      name: "no sample of the last record",
      bytes: 9,
      recordCount: "2",
      samples: [
        [1, 2],
        [3, 4],
      ],
      notes: ["The file ends within data record 2 of 2: what is there was kept."],
    },
    {
      name: "fewer records than it says",
      bytes: 16,
      recordCount: "99999999",
      samples: [
        [1, 2, 5, 6],
        [3, 4, 7, 8],
      ],
      notes: ["The file has 2 data records of 99999999: what is there was kept."],
    },
  ])("keeps what is there of a file with $name", async ({ bytes, recordCount, samples, notes }) => {
    const records = (first: number[], second: number[]) => [first, second];
    const file = newEdf({
      recordCount,
      channels: [
        { label: "I", records: records([1, 2], [5, 6]) },
        { label: "II", records: records([3, 4], [7, 8]) },
      ],
    });
    const recording = await read(file.subarray(0, 768 + bytes));
    expect([recording.leads.map(({ samples }) => [...samples]), recording.notes]).toEqual([samples, notes]);
  });

  it("says which filters were on, of the channels that are kept", async () => {
    const channels = ["HP:0.05Hz LP:150Hz", "", "HP:0.05Hz LP:150Hz", "N:50Hz"].map((prefiltering, i) => {
      return { label: `ECG V${i + 1}`, prefiltering, records: [[1]] };
    });
    const { notes } = await readEdf({
      channels: [...channels, { label: "Resp", prefiltering: "LP:1Hz", records: [[1]] }],
    });
    expect(notes).toContain("The filters that were on are not kept: HP:0.05Hz LP:150Hz, N:50Hz.");
  });

  it.each(["0", "1"])("keeps all of a file that says %s data records and goes on", async (recordCount) => {
    const channels = [
      {
        label: "I",
        records: [
          [1, 2],
          [5, 6],
          [7, 8],
        ],
      },
      newAnnotations("+0.25\x14\x14\0", "+1.25\x14\x14\0+1.5\x14V\x14\0", "+2.25\x14\x14\0"),
    ];
    const file = newEdf({ recordCount, reserved: "EDF+C", channels });
    const note = `The file goes on behind the ${recordCount} data records of its header: all that are there were kept.`;
    const whole = await read(file);
    expect(whole).toMatchObject({
      leads: [{ samples: Int32Array.of(1, 2, 5, 6, 7, 8) }],
      annotations: [{ time: 1.25 }],
    });
    expect(whole.notes).toEqual([note]);
    // A recorder that was not stopped may also leave a part of a data record.
    const cut = await read(file.subarray(0, -50));
    expect([...cut.leads[0].samples]).toEqual([1, 2, 5, 6, 7, MISSING]);
    expect(cut.notes).toEqual([
      note,
      "The file ends within data record 3: what is there was kept, and samples that are not there are missing.",
    ]);
  });

  it("refuses a file without any of the samples that it promises", async () => {
    const file = newEdf({ channels: [{ records: [[1, 2]] }] });
    await expect(read(file.subarray(0, 513))).rejects.toMatchObject({
      options: { errors: [{ path: "data record 1 of 1" }] },
    });
  });

  it.each([
    {
      name: "digital ends in one place",
      channel: { digital: ["5", "5"] },
      made: "from -32.768 to 32.767 mV, from 5 to 5 ADC units",
    },
    {
      name: "physical ends in one place",
      channel: { physical: ["0", "0.0"] },
      made: "from 0 to 0.0 mV, from -32768 to 32767 ADC units",
    },
    {
      name: "digital ends in the wrong order",
      channel: { digital: ["5", "4"] },
      made: "from -32.768 to 32.767 mV, from 5 to 4 ADC units",
    },
  ] as { name: string; channel: Partial<Channel>; made: string }[])(
    "keeps a dead channel with $name, without a gain",
    async ({ channel, made }) => {
      const { leads, notes } = await readEdf({ channels: [{ label: "V1", records: [[7]], ...channel }] });
      expect([leads, notes]).toEqual([
        [{ name: "V1", samplingRate: 1, gain: null, baseline: 0, samples: Int32Array.of(7) }],
        [`Signal 1, "V1", is kept without a gain: its ends make no scale (${made}).`],
      ]);
    },
  );

  it.each([
    { dimension: "", physical: ["-5", "5"], isTold: true },
    { dimension: "ADU", physical: ["32767", "-32768"], isTold: true },
    { dimension: "", physical: ["-32768", "32767"], isTold: false },
    { dimension: "a.u.", physical: ["-32758.5", "32776.5"], isTold: false },
    { dimension: "uV", physical: ["-5", "5"], isTold: false },
  ] as { dimension: string; physical: [string, string]; isTold: boolean }[])(
    "says that it takes no gain from $physical in the dimension $dimension: $isTold",
    async ({ isTold, ...channel }) => {
      const { notes } = await readEdf({ channels: [{ label: "V1", records: [[7]], ...channel }] });
      const note = 'The scale of "V1" is of no unit that is known: no gain is taken from it.';
      expect(notes).toEqual(isTold ? [note] : undefined);
    },
  );

  it("leaves out a dead channel without samples", async () => {
    const { leads, notes } = await readEdf({ channels: [{ records: [[1]] }, { label: "V1", records: [[]] }] });
    expect([leads.map(({ name }) => name), notes]).toEqual([
      ["II"],
      ['Channels that are called no ECG, or are empty, were left out: "V1". leads= keeps them.'],
    ]);
  });

  it.each([
    { name: "a number with a point", channel: { digital: ["-32768.0", "32767"] }, notes: undefined },
    {
      name: "a decimal comma",
      file: { duration: "0,5" },
      notes: ["The header has numbers with decimal commas: 0,5 was read as 0.5, and others alike."],
    },
    {
      name: "decimal commas of a scale",
      channel: { physical: ["-3276,8", "3276,7"] },
      notes: ["The header has numbers with decimal commas: -3276,8 was read as -3276.8, and others alike."],
    },
    { name: "no date", file: { date: "00.00.00", time: "00.00.00" }, notes: undefined },
    {
      name: "the day that stands for none",
      file: { date: "01.01.85", recording: "Startdate X X X X" },
      notes: undefined,
    },
    {
      name: "a date of another form",
      file: { date: "Jan 2020" },
      notes: ['The start of the recording, "Jan 2020 09.30.15", was not understood.'],
    },
    ...["x2.03.20", "02.03.2x", "02.03.20", "02.03.20"].map((date, i) => {
      const time = ["09.30.15", "09.30.15", "x9.30.15", "09.30.1x"][i];
      const notes = [`The start of the recording, "${date} ${time}", was not understood.`];
      return { name: `${date} ${time}`, file: { date, time }, notes };
    }),
    {
      name: "two dates of one day in other months",
      file: { date: "02.03.26", recording: "Startdate 02-APR-2026 X" },
      notes: [
        "The start of the recording is 02.03.26 in one place and Startdate 02-APR-2026 in another: the first was kept.",
      ],
    },
    {
      name: "two dates, the first of which is none",
      file: { date: "31.02.26", recording: "Startdate 03-MAR-2026 X" },
      notes: ['The start of the recording, "31.02.26 09.30.15", was not understood.'],
    },
    {
      name: "a day that is none",
      file: { date: "31.02.20" },
      notes: ['The start of the recording, "31.02.20 09.30.15", was not understood.'],
    },
    {
      name: "two dates",
      file: { date: "02.03.26", recording: "Startdate 03-MAR-2026 X" },
      notes: [
        "The start of the recording is 02.03.26 in one place and Startdate 03-MAR-2026 in another: the first was kept.",
      ],
    },
    {
      name: "a date in the place of none",
      file: { date: "01.01.85", recording: "Startdate 03-MAR-2026 X" },
      notes: [
        "The start of the recording is 01.01.85 in one place and Startdate 03-MAR-2026 in another: neither was kept.",
      ],
    },
    {
      name: "a century that nobody knows",
      file: { date: "02.03.yy", recording: "Startdate 03-MAR-2126 X" },
      notes: [
        "The start of the recording is 02.03.yy in one place and Startdate 03-MAR-2126 in another: neither was kept.",
      ],
    },
  ] as { name: string; file?: Partial<File>; channel?: Partial<Channel>; notes?: string[] }[])(
    "says what it made of $name",
    async ({ file, channel, notes }) => {
      expect((await readEdf({ ...file, channels: [{ records: [[1]], ...channel }] })).notes).toEqual(notes);
    },
  );

  it("refuses 65 leads", async () => {
    const channels = Array.from({ length: 65 }, () => ({ records: [[1]] }));
    await expect(readEdf({ channels })).rejects.toThrow("65 leads are more than 64");
  });

  it("reads a header whose fields are filled up with zeros, and knows it", async () => {
    const bytes = newEdf({ channels: [{ records: [[1, 2]] }] });
    for (let i = 0; i < 512; i++) if (bytes[i] === 0x20 && bytes[i + 1] !== 0x49) bytes[i] = 0;
    expect(edf.detect(bytes)).toBe(true);
    expect((await read(bytes)).leads).toEqual([
      newLead({ samplingRate: 2, gain: 1000, baseline: 0, samples: Int32Array.of(1, 2) }),
    ]);
  });

  it("knows its files by version and header size", () => {
    const file = newEdf({ channels: [{ records: [[1]] }] });
    const other = newEdf({ version: "\xffBIOSEMI", channels: [{ records: [[1]] }] });
    const csv = latin1("0       ,1\n".repeat(100));
    expect([file, other, csv, file.subarray(0, 255)].map((bytes) => [edf.detect(bytes), bdf.detect(bytes)])).toEqual([
      [true, false],
      [false, true],
      [false, false],
      [false, false],
    ]);
  });
});

describe("reading EDF+", () => {
  const ecg: Channel = {
    records: [
      [1, 2],
      [3, 4],
    ],
  };

  it("gives who it is of and what it was recorded with", async () => {
    const file = {
      reserved: "EDF+C",
      patient: "P_7 F X Ada",
      recording: "Startdate X X tech Recorder_7 more",
      channels: [ecg],
    };
    expect(await readEdf(file)).toMatchObject({ subject: "P_7", device: "Recorder 7" });
  });

  it("takes no X for a subject in EDF either", async () => {
    expect((await readEdf({ reserved: "", patient: "X X X X", channels: [ecg] })).subject).toBeNull();
  });

  it.each([
    { patient: "X F X X", recording: "Startdate 02-MAR-2002 X X X" },
    { patient: "", recording: "Startdate 02-MAR-2002" },
  ])("gives neither where an X or nothing stands for them: $recording", async (fields) => {
    expect(await readEdf({ reserved: "EDF+C", ...fields, channels: [ecg] })).toMatchObject({
      subject: null,
      device: null,
    });
  });

  it.each([
    { name: "its time", others: ["+1.25\x14\x14\0", "+2.25\x14\x14\0"] },
    { name: "its time, to a sample", others: ["+1.5\x14\x14\0", "+2\x14\x14\0"] },
    { name: "an annotation's time", others: ["+9\x14a\x14\0", ""] },
    {
      name: "another time",
      others: ["+3.25\x14\x14\0", "+8\x14\x14\0"],
      notes: [
        "Data record 2 says that it begins at 3.25 s, though the file says that it has no gaps: all were read as one behind the other.",
      ],
    },
  ])("says of a file without gaps whose second data record says $name", async ({ others, notes }) => {
    const ecg = {
      records: [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [9, 10, 11, 12],
      ],
    };
    const annotations = newAnnotations("+0.25\x14\x14\0", ...others);
    const recording = await readEdf({ reserved: "EDF+C", channels: [ecg, annotations] });
    expect([[...recording.leads[0].samples], recording.notes]).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      notes,
    ]);
  });

  it("begins where its first data record does, which annotations are counted from", async () => {
    const annotations = newAnnotations(
      "+0.25\x14\x14\0+1\x152.5\x14Ruhe\x14tief\x14\0",
      "+1.25\x14\x14start\x14\0-1\x14\u00e4\x14\0",
    );
    const recording = await readEdf({ reserved: "EDF+C", channels: [ecg, annotations] });
    expect([recording.recordedAt, recording.annotations]).toEqual([
      Date.parse("2026-01-31T09:30:15.250Z"),
      [
        { time: -1.25, text: "\u00e4" },
        { time: 0.75, duration: 2.5, text: "Ruhe" },
        { time: 0.75, duration: 2.5, text: "tief" },
        { time: 1, text: "start" },
      ],
    ]);
    expect(recording.leads.map(({ name }) => name)).toEqual(["II"]);
  });

  it("links annotations to the leads whose label they name", async () => {
    const annotations = newAnnotations("+0\x14\x14\0+0\x14V@@ECG II\x14N@@EEG\x14\0", "+1\x14\x14\0");
    expect((await readEdf({ reserved: "EDF+C", channels: [ecg, annotations] })).annotations).toEqual([
      { time: 0, text: "V", lead: "II" },
      { time: 0, text: "N@@EEG" },
    ]);
  });

  it("reads several annotations signals, and durations that are left out", async () => {
    const second = newAnnotations("+0.5\x15\x14a\x14\0", "+1.5\x150\x14b\x14\0");
    const channels = [ecg, newAnnotations("+0\x14\x14\0", "+1\x14\x14\0"), second];
    expect((await readEdf({ reserved: "EDF+C", channels })).annotations).toEqual([
      { time: 0.5, text: "a" },
      { time: 1.5, duration: 0, text: "b" },
    ]);
  });

  it("reads times with decimal commas, and says so once", async () => {
    const annotations = newAnnotations("+0,5\x14\x14\0+0,75\x150,25\x14a\x14\0", "+1,5\x14\x14\0+1.625\x14b\x14\0");
    const recording = await readEdf({ reserved: "EDF+C", channels: [ecg, annotations] });
    expect(recording.annotations).toEqual([
      { time: 0.25, duration: 0.25, text: "a" },
      { time: 1.125, text: "b" },
    ]);
    expect(recording.notes).toEqual(["Times of annotations have decimal commas, which were read as points."]);
  });

  it("refuses more annotations in a data record than there can be", () => {
    const bytes = latin1(`+0\x14\x14\0+0\x14${"a\x14".repeat(2 ** 18)}\0`);
    expect(() => parseTals(bytes, { from: 0, to: bytes.length }, 1)).toThrow(
      "data record 1: more than 262144 annotations",
    );
  });

  it("fills gaps with missing samples, in each lead as many as its sampling rate makes", async () => {
    const channels = [
      {
        label: "ECG I",
        records: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      },
      {
        label: "ECG II",
        records: [
          [7, 8, 9, 10],
          [11, 12, 13, 14],
          [15, 16, 17, 18],
        ],
      },
      newAnnotations("+5\x14\x14\0", "+7.25\x14\x14\0+7.25\x14on\x14\0", "+8.25\x14\x14\0"),
    ];
    const recording = await readEdf({ reserved: "EDF+D", channels });
    const gap = (count: number) => Array<number>(count).fill(MISSING);
    expect(recording.leads.map(({ samples }) => [...samples])).toEqual([
      [1, 2, ...gap(3), 3, 4, 5, 6],
      [7, 8, 9, 10, ...gap(5), 11, 12, 13, 14, 15, 16, 17, 18],
    ]);
    expect(recording.annotations).toEqual([{ time: 2.25, text: "on" }]);
    expect(recording.notes).toBeUndefined();
  });

  it("keeps the gap before a data record in which the file ends", async () => {
    const channels = [
      newAnnotations("+0\x14\x14\0", "+3\x14\x14\0"),
      {
        records: [
          [1, 2],
          [3, 4],
        ],
      },
    ];
    const { leads, notes } = await read(newEdf({ reserved: "EDF+D", channels }).slice(0, -2));
    expect([...leads[0].samples]).toEqual([1, 2, MISSING, MISSING, MISSING, MISSING, 3, MISSING]);
    expect(notes).toEqual([
      "The file ends within data record 2 of 2: what is there was kept, and samples that are not there are missing.",
    ]);
  });

  it("reads no annotation on into the samples behind its signal", async () => {
    const channels = [newAnnotations(`+0\x14\x14\0+0\x14${"x".repeat(40)}`), { records: [[0x4141, 0x0014]] }];
    expect(await readEdf({ reserved: "EDF+C", channels })).toMatchObject({
      leads: [{ samples: Int32Array.of(0x4141, 0x0014) }],
      annotations: [],
      notes: [expect.stringContaining("in data record 1 an annotation's text has no end")],
    });
  });

  it.each([
    { name: "memory that was not cleared", behind: "\xcd\xcd\xcd", damage: "an annotation's onset has no sign" },
    { name: "blanks", behind: "   ", damage: "an annotation's onset has no sign" },
    { name: "a time that is none", behind: "+1.5E-1\x14a\x14\0", damage: "an annotation's time is no number" },
    { name: "a duration below 0", behind: "+1\x15-1\x14a\x14\0", damage: "an annotation's time is no number" },
    { name: "a text that was cut off", behind: "+1\x14Start of recor", damage: "an annotation's text has no end" },
  ])("keeps the samples where there is $name behind the annotations, and says so once", async ({ behind, damage }) => {
    const records = ["+0\x14\x14\0", `+1\x14\x14\0+1.5\x14on\x14\0${behind}`, `+2\x14\x14\0${behind}`];
    const samples = [
      [1, 2],
      [3, 4],
      [5, 6],
    ];
    for (const reserved of ["EDF+C", "EDF+D"]) {
      const channels = [{ records: samples }, newAnnotations(...records)];
      expect(await readEdf({ reserved, channels })).toMatchObject({
        leads: [{ samples: Int32Array.of(1, 2, 3, 4, 5, 6) }],
        annotations: [{ time: 1.5, text: "on" }],
        notes: [
          `Annotations that are none are not kept, nor are others behind them in their data record: in data record 2 ${damage}.`,
        ],
      });
    }
  });

  it("takes no annotation for the time of a data record that says none", async () => {
    const annotations = newAnnotations("+0.25\x14beat\x14\0", "+1.5\x14beat\x14\0");
    const recording = await readEdf({ reserved: "EDF+C", channels: [ecg, annotations] });
    expect([recording.recordedAt, recording.annotations, recording.notes]).toEqual([
      Date.parse("2026-01-31T09:30:15Z"),
      [
        { time: 0.25, text: "beat" },
        { time: 1.5, text: "beat" },
      ],
      undefined,
    ]);
    await expect(readEdf({ reserved: "EDF+D", channels: [ecg, annotations] })).rejects.toThrow(
      "data record 1: it does not say when it begins",
    );
  });

  it("gives a long gap in parts", async () => {
    const channels = [
      { records: [[1], [2], [3]] },
      newAnnotations("+0\x14\x14\0", "+500000\x14\x14\0", "+500002\x14\x14\0"),
    ];
    const file = { name: "", bytes: new ByteStream([newEdf({ reserved: "EDF+D", channels })]) };
    const { stretches }: OpenRecording = await openFile(edf, file, { timeZone: "UTC" }, async () => undefined);
    const lengths: number[] = [];
    let sum = 0;
    for await (const { samples } of stretches) {
      lengths.push(samples[0].length);
      sum += samples[0].reduce((total, sample) => total + (sample === MISSING ? 0 : sample), 0);
    }
    expect([lengths, sum]).toEqual([[1, 124999, 125000, 125000, 125000, 2], 6]);
  });

  it("takes data records within a sample of their time for contiguous", async () => {
    const channels = [ecg, newAnnotations("+0.0\x14\x14\0", "+1.49\x14\x14\0")];
    expect((await readEdf({ reserved: "EDF+D", channels })).leads[0].samples).toEqual(Int32Array.of(1, 2, 3, 4));
  });

  it.each([
    {
      name: "data records that overlap",
      second: "+0.4\x14\x14\0",
      path: "data record 2",
      message: "before the one before it ends",
    },
    { name: "a gap of years", second: "+99999999\x14\x14\0", path: "data record 2", message: "samples are missing" },
    { name: "a data record without a time", second: "", path: "data record 2", message: "when it begins" },
    { name: "a time without a sign", second: "1\x14\x14\0", path: "data record 2", message: "no sign" },
    { name: "a time that is no number", second: "+one\x14\x14\0", path: "data record 2", message: "no number" },
    {
      name: "a time of centuries",
      second: "+99999999999\x14\x14\0",
      path: "data record 2",
      message: "more than 1000000000 s",
    },
    { name: "a duration that is no number", second: "+1\x15x\x14\x14\0", path: "data record 2", message: "no number" },
    { name: "two durations", second: "+1\x151\x151\x14\x14\0", path: "data record 2", message: "no number" },
    {
      name: "a text that ends with its list",
      second: "+1\x14\x14on\0",
      path: "data record 2",
      message: "text has no end",
    },
    {
      name: "a list without an end",
      second: `+1\x14${"x".repeat(44)}\x14`,
      path: "data record 2",
      message: "annotation has no end",
    },
  ])("refuses $name", async ({ second, path, message }) => {
    const error = await readEdf({ reserved: "EDF+D", channels: [ecg, newAnnotations("+0\x14\x14\0", second)] }).catch(
      (e) => e,
    );
    expect(error).toBeInstanceOf(FormatError);
    expect(error.options.errors[0]).toMatchObject({ path, message: expect.stringContaining(message) });
  });

  it("reads texts that are no UTF-8 as windows-1252, and says so once", async () => {
    const annotations = newAnnotations(
      "+0\x14\x14\0+0.5\x14d?but\x14\0+0.6\x14?\x14\0",
      "+1\x14\x14\0+1.5\x14\u00e9t\u00e9\x14\0",
    );
    const bytes = newEdf({ reserved: "EDF+C", patient: "M\xfcller", channels: [ecg, annotations] });
    for (let i = 768; i < bytes.length; i++) if (bytes[i] === 0x3f) bytes[i] = 0xe9;
    expect(await read(bytes)).toMatchObject({
      subject: "Müller",
      annotations: [
        { time: 0.5, text: "début" },
        { time: 0.6, text: "é" },
        { time: 1.5, text: "été" },
      ],
      notes: ["Annotations that are no UTF-8 were read as windows-1252."],
    });
  });

  it("keeps the annotations of a record that is cut off behind them", async () => {
    const first = newAnnotations("+0\x14\x14\0", "+1\x14\x14\0+1.5\x14on\x14\0");
    const bytes = newEdf({ reserved: "EDF+D", channels: [first, ecg] });
    expect(await read(bytes.subarray(0, -2))).toMatchObject({
      leads: [{ samples: Int32Array.of(1, 2, 3, MISSING) }],
      annotations: [{ time: 1.5, text: "on" }],
    });
  });

  it("keeps nothing of a record whose time is cut off", async () => {
    const bytes = newEdf({
      reserved: "EDF+D",
      channels: [ecg, newAnnotations("+0\x14\x14\0", "+5\x14\x14\0")],
    });
    expect(await read(bytes.subarray(0, -1))).toMatchObject({
      leads: [{ samples: Int32Array.of(1, 2) }],
      notes: ["The file ends within data record 2 of 2: what is there was kept."],
    });
  });

  it("passes over annotations signals in plain EDF, and says so", async () => {
    const recording = await readEdf({ channels: [ecg, newAnnotations("no", "lists")] });
    expect([recording.leads.length, recording.annotations]).toEqual([1, []]);
    expect(recording.notes).toEqual([
      "The file has signals of annotations, but does not say that it is EDF+ or BDF+: they were not read.",
    ]);
  });

  it("comes to no harm by a file that is cut off or changed", async () => {
    const channels = [
      ecg,
      { ...ecg, label: "ECG V1" },
      newAnnotations("+0\x14\x14\0+0\x151\x14N\x14\0", "+2\x14\x14\0"),
    ];
    await expectNoHarm(edf, [{ name: "a.edf", bytes: newEdf({ reserved: "EDF+D", channels }) }]);
  }, 60_000);
});

describe("writing", () => {
  it("gives EDF+ as it is specified", async () => {
    const annotations: Annotation[] = [
      { time: 0.005, code: "N", lead: "II" },
      { time: 0.5, duration: 0.25, code: "+", text: "(AFIB" },
      { time: 1, text: "two\0lines\n" },
      { time: 2 },
    ];
    const recording = newRecording([newLead(), newLead({ name: "Brust\u00e4", gain: null, baseline: 0 })], {
      recordedAt: Date.parse("2026-01-31T09:30:15.250Z"),
      subject: "P 7",
      device: "Recorder \u0416",
      annotations,
    });
    const records = [
      "+0.25\x14\x14\0+0.255\x14N@@ECG II\x14\0+0.75\x150.25\x14+ (AFIB\x14\0+1.25\x14two lines\n\x14\0",
    ];
    const expected = newEdf({
      patient: "P_7 X X X",
      recording: "Startdate 31-JAN-2026 X X Recorder_?",
      date: "31.01.26",
      time: "10.30.15",
      reserved: "EDF+C",
      duration: "0.04",
      channels: [
        { label: "ECG II", records: [[1, -2, 3, 4]], physical: ["-168.96", "158.715"] },
        { label: "ECG Brusta", records: [[1, -2, 3, 4]], dimension: "", physical: ["-32768", "32767"] },
        { label: "EDF Annotations", records, dimension: "", physical: ["-1", "1"], count: 32 },
      ],
    });
    expect(new TextDecoder("latin1").decode(edf.write(recording, { ...OPTIONS, timeZone: "Europe/Berlin" }))).toBe(
      new TextDecoder("latin1").decode(expected),
    );
  });

  it("says that date, subject and device are unknown", async () => {
    const bytes = edf.write(newRecording([newLead()]), OPTIONS);
    const header = new TextDecoder().decode(bytes.subarray(8, 184));
    expect(header.replace(/ +/g, " ")).toBe("X X X X Startdate X X X X 01.01.8500.00.00");
    expect(await read(bytes)).toEqual(newRecording([newLead()]));
  });

  it("keeps the unit of a lead that is no voltage, whose label is no ECG's", async () => {
    const pressure = newLead({ name: "ABP", unit: "mmHg", gain: 10, baseline: 5 });
    const bytes = edf.write(newRecording([newLead(), pressure]), OPTIONS);
    expect(new TextDecoder().decode(bytes.subarray(256, 288)).trim()).toBe("ECG II          ABP");
    expect((await read(bytes)).leads.map(({ name }) => name)).toEqual(["II"]);
    expect((await read(bytes, { leads: ["II", "ABP"] })).leads).toEqual([newLead(), pressure]);
  });

  it.each([
    { name: "a year before 1985", at: "1975-06-02T01:02:03Z" },
    { name: "a year after 2084", at: "2101-06-02T01:02:03Z" },
    { name: "a part of a second", at: "2026-06-02T01:02:03.999Z" },
    { name: "the day that stands for none", at: "1985-01-01T00:00:00Z" },
  ])("keeps $name", async ({ at }) => {
    const recordedAt = Date.parse(at);
    expect((await read(edf.write(newRecording([newLead()], { recordedAt }), OPTIONS))).recordedAt).toBe(recordedAt);
  });

  it("writes the samples in 16 bits, and those of BDF in 24", () => {
    const recording = newRecording([newLead({ samples: Int32Array.of(-2, 258) })]);
    expect([edf, bdf].map((format) => [...format.write(recording, OPTIONS).subarray(768, 774)])).toEqual([
      [0xfe, 0xff, 2, 1, 0x2b, 0x30],
      [0xfe, 0xff, 0xff, 2, 1, 0],
    ]);
  });

  it.each([
    { name: "seconds", samples: 5000, samplingRate: 500, duration: "1", records: 10 },
    { name: "what divides the length", samples: 38_400, samplingRate: 1000, duration: "0.96", records: 40 },
    { name: "the whole of a length that is prime", samples: 5003, samplingRate: 500, duration: "10.006", records: 1 },
    {
      name: "a duration that is rounded as little as can be",
      samples: 650_000,
      samplingRate: 360,
      duration: "4.513889",
      records: 400,
    },
  ])("chooses data records of $name", ({ samples, samplingRate, duration, records }) => {
    const header = edf.write(newRecording([newLead({ samplingRate, samples: new Int32Array(samples) })]), OPTIONS);
    expect(new TextDecoder().decode(header.subarray(236, 252)).trim().split(/ +/)).toEqual([String(records), duration]);
  });

  it("keeps samples, gain, baseline, sampling rate, name and date", async () => {
    const bits = fc.constantFrom(15, 23);
    const samplingRate = fc.oneof(fc.integer({ min: 1, max: 4000 }), fc.constantFrom(128.5, 0.5, 1000 / 3));
    const gain = fc.oneof(
      fc.integer({ min: 1, max: 5000 }),
      fc.constantFrom(null, 204.8, -400, 409.5, 1000 / 2.44, 0.5),
    );
    const lead = fc.record({
      name: fc.constantFrom("II", "aVR", "MLII", "ECG", "EKG1", "chest 2", "x", "MDC_ECG_LEAD_V1"),
      gain,
      baseline: fc.oneof(fc.constant(0), fc.integer({ min: -3000, max: 3000 })),
      seed: fc.nat(),
      offset: fc.nat(300),
    });
    const given = fc.record({
      bits,
      samplingRate,
      leads: fc.array(lead, { minLength: 1, maxLength: 3 }),
      count: fc.integer({ min: 20, max: 400 }),
      milliseconds: fc.option(fc.integer({ min: 0, max: 3e12 })),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ bits, samplingRate, leads, count, milliseconds }) => {
        const recording = newRecording(
          leads.map(({ seed, offset, ...about }) => ({
            ...about,
            samplingRate,
            samples: newSignal(count, seed).map((sample) => (bits === 23 ? 40 : 1) * (sample - offset)),
          })),
          { recordedAt: milliseconds },
        );
        const format = bits === 23 ? bdf : edf;
        const bytes = format.write(recording, OPTIONS);
        expect(format.detect(bytes)).toBe(true);
        expect(await readFiles(format, [{ name: "", bytes }])).toEqual(recording);
      }),
      { seed: 1, numRuns: runs(300) },
    );
  }, 60_000);

  it.each([
    { name: "EDF", format: edf, samples: [-32768, 32767] },
    { name: "BDF", format: bdf, samples: [-8388608, 8388607] },
  ])("writes the largest samples of $name", async ({ format, samples }) => {
    const recording = newRecording([newLead({ gain: 32_000, baseline: 0, samples: Int32Array.from(samples) })]);
    expect(await readFiles(format, [{ name: "", bytes: format.write(recording, OPTIONS) }])).toEqual(recording);
  });

  it("tells an awkward scale to within half an ADC unit of each sample", async () => {
    const [gain, baseline] = [1234.56789, 0.123];
    const samples = Int32Array.of(-30_000, 0, 30_000);
    const [lead] = (await read(edf.write(newRecording([newLead({ gain, baseline, samples })]), OPTIONS))).leads;
    const errors = [...samples].map(
      (sample) => ((sample - lead.baseline) / (lead.gain ?? 0)) * gain + baseline - sample,
    );
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(0.5);
  });

  it("keeps leads of different rates", async () => {
    const recording = newRecording([
      newLead({ samplingRate: 250, samples: newSignal(2500) }),
      newLead({ name: "V1", samplingRate: 125, samples: newSignal(1250) }),
    ]);
    expect(await read(edf.write(recording, OPTIONS))).toEqual(recording);
  });

  it("keeps the texts, times, durations and leads of annotations, however many there are", async () => {
    const annotations = Array.from(
      { length: 1000 },
      (_, i): Annotation => ({
        time: i / 128 - 1,
        text: i % 3 ? "N" : "\u00e4 long one, that does not fit everywhere".repeat(1 + (i % 10)),
        ...(i % 2 && { duration: i / 4 }),
        ...(i % 5 && { lead: "V1" }),
      }),
    );
    const recording = newRecording([
      newLead({ samples: newSignal(1000) }),
      newLead({ name: "V1", samples: newSignal(1000) }),
    ]);
    const got = await read(edf.write({ ...recording, annotations }, OPTIONS));
    expect(got.annotations).toEqual(annotations);
  });

  it.each([
    {
      name: "missing samples",
      leads: [newLead({ samples: Int32Array.of(MISSING) })],
      detail: "EDF has no code for missing samples, which lead II has.",
    },
    {
      name: "17 bits",
      leads: [newLead({ samples: Int32Array.of(32768) })],
      detail: "EDF carries samples of up to 16 bits: lead II has larger ones.",
    },
    {
      name: "17 bits below 0",
      leads: [newLead({ samples: Int32Array.of(-32769, 5) })],
      detail: "EDF carries samples of up to 16 bits: lead II has larger ones.",
    },
    {
      name: "a second lead of an unknown rate",
      leads: [newLead(), newLead({ name: "V1", samplingRate: null })],
      detail: "EDF needs the sampling rate of each lead.",
    },
    {
      name: "an unknown rate",
      leads: [newLead({ samplingRate: null })],
      detail: "EDF needs the sampling rate of each lead.",
    },
    {
      name: "leads of two durations",
      leads: [newLead(), newLead({ samples: Int32Array.of(1) })],
      detail: "EDF carries leads of the same duration only.",
    },
    {
      name: "no samples",
      leads: [newLead({ samples: new Int32Array(0) })],
      detail: "EDF holds whole data records, and there is no duration for them: 0 samples at 100 Hz.",
    },
    {
      name: "a rate that no duration gives",
      leads: [newLead({ samplingRate: 123.456789 })],
      detail: "EDF holds whole data records, and there is no duration for them: 4 samples at 123.456789 Hz.",
    },
    {
      name: "a scale that 8 characters do not tell",
      leads: [newLead({ gain: 3e12 })],
      detail:
        "EDF and BDF tell a scale in numbers of 8 characters: 3000000000000 ADC units per mV with the baseline 1024 do not fit.",
    },
    {
      name: "a baseline beyond all fields",
      leads: [newLead({ gain: 200, baseline: 1e300 })],
      detail:
        "EDF and BDF tell a scale in numbers of 8 characters: 200 ADC units per mV with the baseline 1e+300 do not fit.",
    },
    {
      name: "a name of 13 letters",
      leads: [newLead({ name: "thirteen char" })],
      detail: 'EDF and BDF carry names of leads of up to 12 Latin letters, digits and signs: "thirteen char" is none.',
    },
    {
      name: "a name of other letters",
      leads: [newLead({ name: "\u5fc3\u7535" })],
      detail: 'EDF and BDF carry names of leads of up to 12 Latin letters, digits and signs: "\u5fc3\u7535" is none.',
    },
    {
      name: "a unit without a gain",
      leads: [newLead({ unit: "mmHg", gain: null })],
      detail: "EDF and BDF carry a unit with a gain only, and lead II has none.",
    },
    {
      name: "a unit of nine letters",
      leads: [newLead({ unit: "furlongs9" })],
      detail: 'EDF and BDF carry units of up to 8 characters of ASCII: that of lead II is "furlongs9".',
    },
    {
      name: "an endless annotation",
      leads: [newLead()],
      annotations: [{ time: 0, text: "x".repeat(513) }],
      detail: "EDF+ and BDF+ carry annotations of up to 512 bytes: one is longer.",
    },
  ])("does not write $name", ({ leads, annotations, detail }) => {
    expect(() => edf.write(newRecording(leads, { annotations: annotations ?? [] }), OPTIONS)).toThrow(
      new AppError("not-acceptable", { detail }),
    );
  });

  it.each([8388608, -8388609])("does not write 25 bits: %i", (sample) => {
    const detail = "BDF carries samples of up to 24 bits: lead II has larger ones.";
    const recording = newRecording([newLead({ samples: Int32Array.of(sample) })]);
    expect(() => bdf.write(recording, OPTIONS)).toThrow(new AppError("not-acceptable", { detail }));
  });
});
