import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { csv } from "../../src/formats/csv/csv.ts";
import { findLikelyRate } from "../../src/formats/csv/times.ts";
import { FormatError, type ReadOptions, type WriteOptions } from "../../src/formats/format.ts";
import { type Lead, MISSING, type Recording } from "../../src/recording/recording.ts";
import { expectNoHarm } from "../support/fuzz.ts";
import { UNDESCRIBED } from "../support/new-recording.ts";
import { runs } from "../support/runs.ts";

function read(text: string, options: Partial<ReadOptions> = {}): Recording {
  return csv.read(new TextEncoder().encode(text), { timeZone: "UTC", ...options });
}

/** Each lead as `name: samples`, a missing one as a dot. */
function show({ leads }: Recording): string[] {
  return leads.map(
    ({ name, samples }) => `${name}: ${[...samples].map((it) => (it === MISSING ? "." : it)).join(" ")}`,
  );
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof FormatError) return error.options.errors?.map((e) => `${e.path}: ${e.message}`).join() ?? "";
    if (error instanceof AppError && error.code === "not-acceptable") return error.message;
    throw error;
  }
  return "none";
}

function newRecording(leads: Partial<Lead>[]): Recording {
  const whole = { name: "II", samplingRate: 500, samples: Int32Array.of(1, 2, 3), gain: 1000, baseline: 0 };
  return {
    recordedAt: null,
    leads: leads.map((lead) => ({ ...whole, ...lead })),
    subject: null,
    device: null,
    note: null,
    isOpen: false,
    annotations: [],
  };
}

function write(leads: Partial<Lead>[], units: WriteOptions["units"] = "adc"): string {
  return new TextDecoder().decode(csv.write(newRecording(leads), { units }));
}

const APPLE = `Name,Jane Doe
Date of Birth,"Feb 5, 1952"
Recorded Date,2020-02-05 09:14:40 -0400
Classification,Sinus Rhythm
Symptoms,
Software Version,1.51
Device,"Watch5,4"
Sample Rate,512.844 hertz


Lead,Lead I
Unit,µV

-48.673
-59.681
12.5
`;
const GERMAN = `Name
Geburtstag,"27.03.1987"
Aufzeichnungsdatum,2020-07-31 22:48:19 +0200
Klassifizierung,Sinusrhythmus
Symptome,
Softwareversion,1.13
Gerät,"Watch4,2"
Messrate,511,562\u00a0Hertz


Ableitung,Ableitung I
Einheit,µV

-180,596
"-199,83"
12
`;

describe("what it reads", () => {
  it("reads all that a file says", () => {
    expect(read("time,II [mV],V1 [uV]\n0,0.125,-7\n0.004,-1.5,\n0.008,0,12\n")).toEqual({
      ...UNDESCRIBED,
      leads: [
        { name: "II", samplingRate: 250, samples: Int32Array.of(125, -1500, 0), gain: 1000, baseline: 0 },
        { name: "V1", samplingRate: 250, samples: Int32Array.of(-7, MISSING, 12), gain: 1000, baseline: 0 },
      ].map((lead) => (lead.name === "V1" ? { ...lead, gain: 1000 } : lead)),
    });
  });

  it("says how many lines between samples are passed over, unless there are times", () => {
    expect(read("II\n1\n\n2\n# marker\n3\n\n")).toMatchObject({
      leads: [{ samples: Int32Array.of(1, 2, 3) }],
      notes: ["Lines between the samples that are empty or comments are passed over: 2, the first is line 3."],
    });
    expect(read("time_s,II\n0,1\n\n0.5,2\n").notes).toBeUndefined();
  });

  it.each([
    { what: "commas", text: "I,II\n1,2\n3,4\n", leads: ["I: 1 3", "II: 2 4"] },
    { what: "semicolons", text: "I;II\n1;2\n3;4\n", leads: ["I: 1 3", "II: 2 4"] },
    { what: "tabs", text: "I\tII\n1\t2\n3\t4\n", leads: ["I: 1 3", "II: 2 4"] },
    { what: "one column", text: "II\n1\n2\n", leads: ["II: 1 2"] },
    { what: "no names", text: "1,2\n3,4\n", leads: ["lead 1: 1 3", "lead 2: 2 4"] },
    {
      what: "decimal commas between semicolons",
      text: "I;II\n0,5;-1,25\n,75;3\n",
      units: "mv",
      leads: ["I: 50 75", "II: -125 300"],
    },
    {
      what: "decimal commas between tabs",
      text: "I\tII\n0,5\t1\n1\t2\n",
      units: "mv",
      leads: ["I: 5 10", "II: 10 20"],
    },
    {
      what: "the minus sign of Swedish, Norwegian and Finnish",
      text: 'I;II\n\u22120,5;\u22121e1\n"\u22122";+3\n',
      units: "mv",
      leads: ["I: -5 -20", "II: -100 30"],
    },
    {
      what: "decimal commas in quotes",
      text: 'I,II\n"0,5","1"\n"-1,5",2\n',
      units: "mv",
      leads: ["I: 5 -15", "II: 10 20"],
    },
    { what: "a byte order mark and CRLF", text: "\uFEFFI,II\r\n1,2\r\n3,4\r\n", leads: ["I: 1 3", "II: 2 4"] },
    { what: "no line end at the end", text: "I,II\n1,2\n3,4", leads: ["I: 1 3", "II: 2 4"] },
    { what: "separators at the lines' ends", text: "I,II,\n1,2,\n3,4,\n", leads: ["I: 1 3", "II: 2 4"] },
    {
      what: "empty lines and comments",
      text: "# made by x\n\nI,II\n#\n1,2\n\n  \n# 9\n3,4\n\n",
      leads: ["I: 1 3", "II: 2 4"],
    },
    { what: "blanks around cells", text: "I , II\n 1 , 2\n3 ,4 \n", leads: ["I: 1 3", "II: 2 4"] },
    { what: "names in quotes", text: '"Lead ""A"", left","x\ny"\n1,2\n', leads: ['Lead "A", left: 1', "x\ny: 2"] },
    {
      what: "exponents",
      text: "I,II\n1.5e-3,2E2\n-1e0,+3e+1\n",
      units: "mv",
      leads: ["I: 15 -10000", "II: 2000000 300000"],
    },
    {
      what: "more zeros than are needed",
      text: "I\n1.000000000000e+00\n-2.5000000000e-01\n",
      units: "mv",
      leads: ["I: 100 -25"],
    },
    {
      what: "more decimals further down",
      text: "I\n1\n-\n0.5\n0.25\n-3\n",
      units: "mv",
      leads: ["I: 100 . 50 25 -300"],
    },
    { what: "the largest numbers", text: "I\n2147483647\n-2147483647\n", leads: ["I: 2147483647 -2147483647"] },
    {
      what: "what is missing",
      text: 'I,II\nNaN,nan\nnull,NULL\n-,""\n,.\nNA,None\n"NaN",-nan\n5,6\n',
      leads: ["I: . . . . . . 5", "II: . . . . . . 6"],
    },
    {
      what: "the errors of spreadsheets",
      text: 'I,II\n1,#N/A\n"#VALUE!",2\n"#DIV/0!",#NUM!\n',
      leads: ["I: 1 . .", "II: . 2 ."],
    },
    { what: "rows of nothing but gaps", text: "I,II\n1,2\n,\n3,4\n", leads: ["I: 1 . 3", "II: 2 . 4"] },
    { what: "lines that end in CR CR LF", text: "I,II\r\r\n1,2\r\r\n3,4\r\r\n", leads: ["I: 1 3", "II: 2 4"] },
    { what: "blanks below names and units", text: "I II\n(mV) (mV)\n1 2\n3 4\n", leads: ["I: 1 3", "II: 2 4"] },
    {
      what: "blanks below a comment and a mark of UTF-8",
      text: "\ufeff# a note\n1 2 3\n4 5 6\n",
      leads: ["lead 1: 1 4", "lead 2: 2 5", "lead 3: 3 6"],
    },
    {
      what: "one column below lines, whose second sample is missing",
      text: "Recorder\nII\nmV\n1\nNaN\n2\n",
      leads: ["II: 1 . 2"],
    },
    { what: "one column of decimal commas below a unit", text: "MLII\n(V)\n0,25\n-1,50\n", leads: ["MLII: 25 -150"] },
    {
      what: "one column of decimal commas below a line and a unit",
      text: "Recorder\nMLII\n(V)\n0,25\n-1,50\n",
      leads: ["MLII: 25 -150"],
    },
    { what: "one column of decimal commas", text: "II [mV]\n0,25\n-1,50\n", leads: ["II: 25 -150"] },
    {
      what: "one column of decimal commas below a line",
      text: "Recorder\nEKG (mV)\n0,25\n-1,50\n",
      leads: ["EKG: 25 -150"],
    },
    {
      what: "two columns below what names one lead without a unit",
      text: "II\n1,2\n3,4\n",
      leads: ["lead 1: 1 3", "lead 2: 2 4"],
    },
    { what: "one column that begins with a gap", text: "II\nNaN\n1\n2\n", leads: ["II: . 1 2"] },
    {
      what: "one column with a unit, that begins with gaps",
      text: "II [mV]\nNaN\nNaN\n1\n2\n",
      leads: ["II: . . 1 2"],
    },
    { what: "one column without a name, that begins with gaps", text: "NaN\nNaN\n1\n2\n", leads: ["lead 1: . . 1 2"] },
    { what: "one column with a gap", text: 'II\n1\n""\n2\n', leads: ["II: 1 . 2"] },
    {
      what: "a counter in front",
      text: "'sample #','MLII','V5'\n0,995,1011\n1,995,1011\n",
      leads: ["MLII: 995 995", "V5: 1011 1011"],
    },
    { what: "the index of a pandas frame", text: ",0,1\n0,7,8\n1,9,10\n", leads: ["0: 7 9", "1: 8 10"] },
    { what: "a lead that is called as a counter is, behind another", text: "I,n\n1,2\n", leads: ["I: 1", "n: 2"] },
    {
      what: "integers that are written with decimals",
      text: "I,II\n995.0,1.000e+01\n-3.00,2\n",
      leads: ["I: 995 -3", "II: 10 2"],
    },
    {
      what: "units that the sender names",
      text: "I,II\n995,10\n-3,2\n",
      leads: ["I: 995 -3", "II: 10 2"],
      units: "uv",
    },
  ] as { what: string; text: string; leads: string[]; units?: "mv" | "uv" }[])(
    "reads $what",
    ({ text, leads, units }) => {
      expect(show(read(text, { units }))).toEqual(leads);
    },
  );

  it.each([
    {
      what: "a unit that the sender names",
      heading: "I,II",
      samples: ["I: 600 1200", "II: 305 610"],
      gains: [1e4, 1e4],
    },
    { what: "a unit", heading: "I [mV],II [mV]", samples: ["I: 6 12", "II: 305 610"], gains: [100, 10_000] },
    { what: "one unit", heading: "I,II [mV]", samples: ["I: 6 12", "II: 305 610"], gains: [100, 10_000] },
  ])("keeps the proportions of leads with $what", ({ heading, samples, gains }) => {
    const recording = read(`${heading}\n0.06,0.0305\n0.12,0.0610\n`, { units: "mv" });
    expect([show(recording), recording.leads.map(({ gain }) => gain)]).toEqual([samples, gains]);
  });

  it.each([
    { units: undefined, gains: [null, null, null, 1000] },
    { units: "adc", gains: [null, null, null, 1000] },
    { units: "mv", gains: [1, 1, null, 1000] },
    { units: "uv", gains: [1000, 1000, null, 1000] },
  ] as const)("takes units=$units for columns without a unit alone", ({ units, gains }) => {
    const { leads } = read("I,II,V1 [adu],V2 [uV]\n1,2,3,4\n", { units });
    expect(leads.map(({ gain, samples }) => [gain, ...samples])).toEqual(gains.map((gain, i) => [gain, i + 1]));
  });

  it("drops zeros at the end of numbers where leads without a unit would not fit with them", () => {
    expect(show(read("I,II\n30.0,0.500000000\n", { units: "mv" }))).toEqual(["I: 300", "II: 5"]);
  });

  it.each([
    { heading: "II [mV]", gain: 100 },
    { heading: "II (mV)", gain: 100 },
    { heading: "II_mV", gain: 100 },
    { heading: "II mV", gain: 100 },
    { heading: "II/mV", gain: 100 },
    { heading: "II [uV]", gain: 100_000 },
    { heading: "II (µV)", gain: 100_000 },
    { heading: "II (volts)", gain: 0.1 },
    { heading: "II_μV", gain: 100_000 },
    { heading: "II [V]", gain: 0.1 },
  ])("takes the gain of two decimals from the heading $heading", ({ heading, gain }) => {
    expect(read(`${heading}\n0.25\n`).leads).toEqual([
      { name: "II", samplingRate: null, samples: Int32Array.of(25), gain, baseline: 0 },
    ]);
  });

  it.each([
    { what: "commas in quotes", text: 'I [uV],II [uV]\n7,683\n-8,"1,220"\n9,"-1,501"\n', column: 2 },
    { what: "points", text: "II [uV];V1\n683;1\n1.220;2\n-1.501;3\n", column: 1 },
    { what: "commas in a file of semicolons", text: "II [uV];V1\n683;1\n1,220;2\n12,345;3\n", column: 1 },
  ])("refuses separators of thousands that would be taken for points: $what", ({ text, column }) => {
    const message = `line 2: the numbers of column ${column} have separators of thousands, as it seems: they are read without`;
    expect(() => read(text)).toThrow(message);
    expect(() => read(text, { resolution: 0.001 })).toThrow(message);
  });

  it.each([
    { what: "three decimals each", text: "II [mV]\n683.000\n1.220\n", samples: [683_000, 1220] },
    { what: "no zeros at the end", text: "II [mV]\n683\n1.22\n1.221\n", samples: [683_000, 1220, 1221] },
    { what: "a number below 1", text: "II [mV]\n683\n1.220\n0.250\n", samples: [683_000, 1220, 250] },
    { what: "a whole number behind thousands", text: "II [mV]\n683\n1000.220\n", samples: [683_000, 1_000_220] },
  ])("takes points for points where there are $what", ({ text, samples }) => {
    expect([...read(text).leads[0].samples]).toEqual(samples);
  });

  it.each(["II", "II [adu]"])("takes no gain from the heading %s", (heading) => {
    expect(read(`${heading}\n25\n`).leads).toEqual([
      { name: "II", samplingRate: null, samples: Int32Array.of(25), gain: null, baseline: 0 },
    ]);
  });

  it.each([
    { heading: "ABP [mmHg]", name: "ABP", unit: "mmHg" },
    { heading: "ABP_mmHg", name: "ABP", unit: "mmHg" },
    { heading: "PLETH (NU)", name: "PLETH", unit: "NU" },
    { heading: "SpO2 [%]", name: "SpO2", unit: "%" },
    { heading: "HR bpm", name: "HR", unit: "bpm" },
  ])("takes the unit of what is no voltage from the heading $heading", ({ heading, name, unit }) => {
    expect(read(`${heading}\n25.5\n`, { units: "mv" }).leads).toEqual([
      { name, samplingRate: null, samples: Int32Array.of(255), gain: 10, baseline: 0, unit },
    ]);
  });

  it.each([
    { heading: "RESP [pm]", name: "RESP [pm]" },
    { heading: "V1 min", name: "V1 min" },
    { heading: "CC5_V", name: "CC5_V" },
    { heading: "mV", name: "mV" },
    { heading: "'-dV/dt'", name: "-dV/dt" },
    { heading: "'-dV/dt", name: "-dV/dt" },
    { heading: "'x", name: "'x" },
  ])("keeps $heading as a name", ({ heading, name }) => {
    expect(read(`${heading},I\n1,2\n`).leads[0]).toMatchObject({ name, gain: null });
  });

  it("reads headings in windows-1252", () => {
    const bytes = Uint8Array.from("Temps (ms);D\xe9rivation I (\xb5V)\n0;5\n4;6\n", (character) =>
      character.charCodeAt(0),
    );
    expect(csv.read(bytes, { timeZone: "UTC" }).leads[0]).toMatchObject({
      name: "D\u00e9rivation I",
      gain: 1000,
      samplingRate: 250,
    });
  });

  it("reads a micro sign in Latin-1", () => {
    const bytes = Uint8Array.from("II [\xb5V]\n5\n", (character) => character.charCodeAt(0));
    expect(csv.read(bytes, { timeZone: "UTC" }).leads[0]).toMatchObject({ name: "II", gain: 1000 });
  });

  it("reads what spreadsheets export: UTF-16, and a line that tells the separator", () => {
    const text = "\uFEFFsep=;\r\nII [µV];V1\r\n0,5;1\r\n-2;3\r\n";
    const utf16 = new Uint8Array(Uint16Array.from(text, (character) => character.charCodeAt(0)).buffer);
    for (const bytes of [utf16, new TextEncoder().encode(text)]) {
      expect(csv.detect(bytes)).toBe(true);
      expect(show(csv.read(bytes, { timeZone: "UTC" }))).toEqual(["II: 5 -20", "V1: 1 3"]);
    }
    expect(refusal(() => read("sep=;\nII\n1\nx\n"))).toMatch(/^line 4:/);
    expect(show(read('"sep=\t"\nI\tII\n1\t2\n'))).toEqual(["I: 1", "II: 2"]);
  });

  it("reads lines that end in CR alone", () => {
    expect(show(read("I,II\r1,2\r3,4\r"))).toEqual(["I: 1 3", "II: 2 4"]);
    expect(show(read("# I II\r1  2\r3  4"))).toEqual(["I: 1 3", "II: 2 4"]);
    expect(refusal(() => read("I\r1\rx\r"))).toMatch(/^line 3:/);
  });

  it("passes over rows without anything where there are times", () => {
    const { leads, notes } = read("time,I,II\n0,1,2\n,,\n0.004,,3\n0.008,4,\n,,\n,,\n");
    expect([show({ ...UNDESCRIBED, leads }), leads[0].samplingRate, notes]).toEqual([
      ["I: 1 . 4", "II: 2 3 ."],
      250,
      undefined,
    ]);
    expect(refusal(() => read("time,I\n0,1\n,2\n"))).toBe("line 3: has no time");
  });

  it.each([
    {
      what: "lines with a rate",
      text: "Patient: 7\nSampling rate: 250 Hz\nLeads: I,II\n\nI,II\n1,2\n3,4\n",
      rate: 250,
      notes: [
        "Lines above the table are not kept: 3.",
        "The sampling rate of 250 Hz is taken from a line above the table.",
      ],
    },
    {
      what: "a rate of other words, above numbers alone",
      text: "Recorder 3000\nfs = 360\n\n1;2\n3;4\n",
      names: ["lead 1", "lead 2"],
      rate: 360,
      notes: [
        "Lines above the table are not kept: 2.",
        "The sampling rate of 360 Hz is taken from a line above the table.",
      ],
    },
    {
      what: "a rate beside times, which count",
      text: "Sample rate,500\nExport\ntime [ms],I,II\n0,1,2\n4,3,4\n",
      rate: 250,
      notes: ["Lines above the table are not kept: 2."],
    },
    {
      what: "comments with a rate",
      text: "# fs = 500 Hz\n# I,II\n1,2\n3,4\n",
      rate: 500,
      notes: ["The sampling rate of 500 Hz is taken from a line above the table."],
    },
    {
      what: "comments of MATLAB with a rate",
      text: "% fs = 500 Hz\n% I,II\n1,2\n3,4\n",
      rate: 500,
      notes: ["The sampling rate of 500 Hz is taken from a line above the table."],
    },
    {
      what: "a rate in as many cells as the table has columns",
      text: "Patient,7\nSample rate,500\nI,II\n1,2\n3,4\n",
      rate: 500,
      notes: [
        "Lines above the table are not kept: 2.",
        "The sampling rate of 500 Hz is taken from a line above the table.",
      ],
    },
    {
      what: "a rate in as many cells as there are, without names",
      text: "fs,500\n1,2\n3,4\n",
      names: ["lead 1", "lead 2"],
      rate: 500,
      notes: [
        "Lines above the table are not kept: 1.",
        "The sampling rate of 500 Hz is taken from a line above the table.",
      ],
    },
    {
      what: "lines, of one column",
      text: "Recorder, model 3\nSample rate: 500 Hz\nI\n1\n3\n",
      names: ["I"],
      rate: 500,
      notes: [
        "Lines above the table are not kept: 2.",
        "The sampling rate of 500 Hz is taken from a line above the table.",
      ],
    },
    {
      what: "lines, of one column with a unit",
      text: "Recorder\nI\nmV\n1\n3\n",
      names: ["I"],
      rate: null,
      gain: 1,
      notes: ["Lines above the table are not kept: 1."],
    },
    {
      what: "lines, of columns between blanks",
      text: "Recorder\nModel, serial\nDate 2020-01-02\nSampling rate: 500 Hz\n\nI  II\n1  2\n3  4\n",
      names: ["I", "II"],
      rate: 500,
      notes: [
        "Lines above the table are not kept: 4.",
        "The sampling rate of 500 Hz is taken from a line above the table.",
      ],
    },
    {
      what: "a rate, of one column without a name",
      text: "Sample rate: 500 Hz\n1\n3\n",
      names: ["lead 1"],
      rate: 500,
      notes: [
        "Lines above the table are not kept: 1.",
        "The sampling rate of 500 Hz is taken from a line above the table.",
      ],
    },
    { what: "a word and a unit below each name", text: "I,II\nCAL,CAL\nmV,mV\n1,2\n3,4\n", rate: null, gain: 1 },
    {
      what: "all of these",
      text: "Shimmer\n\nI,II\nCAL,CAL\nmV,mV\n1,2\n3,4\n",
      rate: null,
      gain: 1,
      notes: ["Lines above the table are not kept: 1."],
    },
    {
      what: "lines that have as many cells as three of headings",
      text: "Shimmer\nUnit,7\nWard,3\nI,II\nCAL,CAL\nmV,mV\n1,2\n3,4\n",
      rate: null,
      gain: 1,
      notes: ["Lines above the table are not kept: 3."],
    },
    {
      what: "a rate and a unit in three lines, which are fewer than Apple Health writes",
      text: "Sample Rate,500 Hz\nUnit,mV\n\nI,II,III\n1,2,3\n3,4,5\n",
      names: ["I", "II", "III"],
      rate: 500,
      notes: [
        "Lines above the table are not kept: 2.",
        "The sampling rate of 500 Hz is taken from a line above the table.",
      ],
    },
  ])("reads a table below $what", ({ text, names = ["I", "II"], rate, gain = null, notes }) => {
    const recording = read(text);
    expect(recording.leads).toEqual(
      names.map((name, i) => {
        return { name, samplingRate: rate, samples: Int32Array.of(1 + i, 3 + i), gain, baseline: 0 };
      }),
    );
    expect(recording.notes).toEqual(notes);
    expect(csv.detect(new TextEncoder().encode(text))).toBe(true);
  });

  describe("of the text that BIOPAC's AcqKnowledge exports", () => {
    const newText = ({ above = "subject.acq", interval = "2 msec/sample", names = "", rows = "" }) =>
      `${above}\r\n${interval}\r\n2 channels\r\nECG - ECG100C\r\nmV\r\nClench\r\nkg\r\n${names}\r\n${rows}`;
    const leads = [
      { name: "ECG - ECG100C", samplingRate: 500, samples: Int32Array.of(25, -50), gain: 100, baseline: 0 },
      { name: "Clench", samplingRate: 500, samples: Int32Array.of(7, 8), gain: 1, baseline: 0, unit: "kg" },
    ];

    it.each([
      { what: "with times", names: "min\tCH1\tCH2\t", rows: "\t2\t2\t\r\n0\t.25\t7\t\r\n3.3e-5\t-.5\t8\t\r\n" },
      { what: "without times", names: "CH1\tCH2\t", rows: "2\t2\t\r\n.25\t7\t\r\n-.5\t8\t\r\n" },
      { what: "with commas, and channels of some numbers", names: "CH2,CH41", rows: "2,1\r\n.25,7\r\n-.5,8" },
      { what: "without the number of samples", names: "CH1\tCH2", rows: ".25\t7\r\n-.5\t8\r\n" },
      {
        what: "with the rate beside",
        names: "CH1,CH2",
        rows: ".25,7\n-.5,8\n",
        interval: "2 msec/sample\tSample rate =\t500Hz",
      },
    ])("reads names, units, the rate and all samples $what", ({ what: _, ...file }) => {
      const { leads: found, recordedAt, notes } = read(newText(file));
      expect([found, recordedAt]).toEqual([leads, null]);
      expect(notes).toEqual(["The sampling rate of 500 Hz is taken from a line above the table."]);
    });

    it("says when it was recorded", () => {
      const text = newText({ above: "Recording on: 2025-02-21 11:05:38.634", names: "CH1,CH2", rows: ".25,7\n" });
      expect(read(text, { timeZone: "Europe/Berlin" }).recordedAt).toBe(Date.parse("2025-02-21T10:05:38.634Z"));
    });

    it.each([
      { name: "of one channel", interval: "62.5 usec/sample", rate: 16_000 },
      { name: "of another rate", interval: "0.01 sec/sample", rate: 100 },
    ])("reads a file $name", ({ interval, rate }) => {
      const { leads } = read(`x.acq\n${interval}\n1 channels\nECG\nVolts\nmilliSec,CH1\n,2\n0,1\n1,2\n`);
      expect(leads).toEqual([
        { name: "ECG", samplingRate: rate, samples: Int32Array.of(1, 2), gain: 0.001, baseline: 0 },
      ]);
    });

    it.each([
      { what: "no time between samples", text: "x\n2 channels\nECG\nmV\nEMG\nmV\nCH1,CH2\n1,2\n3,4\n" },
      { what: "no number of channels", text: "x\n1 msec/sample\nECG\nmV\nEMG\nmV\nCH1,CH2\n1,2\n3,4\n" },
      { what: "other headings", text: "1 msec/sample\n2 channels\nECG\nmV\nEMG\nmV\nI,II\n1,2\n3,4\n" },
      {
        what: "headings of fewer channels",
        text: "1 msec/sample\n3 channels\na\nmV\nb\nmV\nc\nmV\nCH1,CH2\n1,2\n3,4\n",
      },
    ])("takes one with $what for any other table", ({ text }) => {
      expect(show(read(text)).map((lead) => lead.slice(-5))).toEqual([": 1 3", ": 2 4"]);
    });
  });

  describe("of the text that ADInstruments' LabChart exports", () => {
    const newText = ({ interval = "0.002 s", range = "10.000 mV\t2.0 V", more = "", rows = "" }) =>
      [
        `Interval=\t${interval}`,
        // 31 January 2026, 9:30:00.25.
        "ExcelDateTime=\t4.6053395836226853e+04\t01/31/2026 09:30:00.250000",
        "TimeFormat=\tStartOfBlock",
        "DateFormat=\t",
        "ChannelTitle=\tECG\tResp",
        `Range=\t${range}`,
        `${more}${rows}`,
      ].join("\r\n");
    const ROWS = "0\t.25\t7\r\n0.002\t-.5\t8\r\n";
    const ecg = { name: "ECG", samplingRate: 500, samples: Int32Array.of(25, -50), gain: 100, baseline: 0 };
    const resp = { ...ecg, name: "Resp", samples: Int32Array.of(7, 8), gain: 0.001 };

    it.each([
      { what: "with times", file: { rows: ROWS } },
      { what: "without times", file: { rows: ".25\t7\r\n-.5\t8" } },
      { what: "with decimal commas", file: { interval: "0,002 s", rows: ROWS.replaceAll(".", ",") } },
      {
        what: "whose units are named",
        file: { more: "UnitName=\tmV\tmmHg\r\nTopValue=\t1\t1\r\n", rows: ROWS },
        unit: "mmHg",
      },
      { what: "whose range has no unit", file: { range: "10 mV\t*", rows: ROWS }, unit: null },
    ])("reads names, units, the rate and the date of one $what", ({ file, unit }) => {
      const { leads, recordedAt, notes, annotations } = read(newText(file), { timeZone: "Europe/Berlin" });
      const second = unit === null ? { ...resp, gain: null } : unit ? { ...resp, gain: 1, unit } : resp;
      expect(leads).toEqual([ecg, second]);
      expect([recordedAt, annotations]).toEqual([Date.parse("2026-01-31T08:30:00.250Z"), []]);
      expect(notes).toEqual(["The sampling rate of 500 Hz is taken from a line above the table."]);
    });

    it("makes annotations of the comments behind rows, and of those between them", () => {
      const rows = "0\t.25\t7\t#* start\r\n0.001\t#2 cough\r\n0.001\t#*\r\n0.002\t-.5\t*\t#1 a #b\t\r\n";
      const { leads, annotations } = read(newText({ rows }));
      expect(show({ leads } as Recording)).toEqual(["ECG: 25 -50", "Resp: 7 ."]);
      expect(annotations).toEqual([
        { time: 0, text: "start" },
        { time: 0.002, text: "cough", lead: "Resp" },
        { time: 0.002, text: "a #b", lead: "ECG" },
      ]);
    });

    it("reads the first block, and says that there are others", () => {
      const { leads, annotations, notes } = read(
        newText({ rows: ROWS + newText({ rows: `${ROWS}0\t1\t2\t#* x\r\n` }) }),
      );
      expect([leads, annotations]).toEqual([[ecg, resp], []]);
      expect(notes?.[0]).toBe("The file has 2 blocks, of which the first is kept.");
    });

    it("names the line of what is no number", () => {
      expect(refusal(() => read(newText({ rows: `${ROWS}0.004\tx\t1\r\n` })))).toBe("line 9: cell 2 is not a number");
    });

    it("has no date from one that is none", () => {
      expect(read(newText({ rows: ROWS }).replace("4.6053395836226853e+04", "-")).recordedAt).toBeNull();
    });

    it.each([
      { what: "no time between samples", text: newText({ interval: "fast", rows: ROWS }) },
      { what: "no names of channels", text: newText({ rows: ROWS }).replace(/ChannelTitle=.*\r\n/, "") },
      { what: "rows of another width", text: newText({ rows: "1\r\n2\r\n" }) },
      { what: "another beginning", text: newText({ rows: ROWS }).replace("Interval=", "TopValue=") },
    ])("takes one with $what for any other table", ({ text }) => {
      expect(refusal(() => read(text))).toMatch(/^line \d+: /);
    });
  });

  describe("of a table with a row a lead", () => {
    const row = (from: number, length = 80) => Array.from({ length }, (_, i) => (i % 2 === 0 ? from : -from));
    const rows = (separator: string) => [row(1), row(2), row(3)].map((samples) => samples.join(separator));
    const signals = ["1", "2", "3"].map((n) => row(Number(n)).join(" "));

    it.each([
      { what: "numbers alone", text: `${rows(",").join("\n")}\n`, names: ["lead 1", "lead 2", "lead 3"] },
      { what: "blanks between them", text: `${rows("   ").join("\n")}`, names: ["lead 1", "lead 2", "lead 3"] },
      { what: "separators at the lines' ends", text: rows(";").join("; \r\n"), names: ["lead 1", "lead 2", "lead 3"] },
      {
        what: "names before them",
        text: rows("\t")
          .map((line, i) => `V${i + 1}\t${line}`)
          .join("\n\n"),
        names: ["V1", "V2", "V3"],
      },
      {
        what: "times, and lines above it",
        text: `# of a day\nPatient 7\ntime_ms,${Array.from({ length: 80 }, (_, i) => 4 * i).join()}\n${rows(",")
          .map((line, i) => `V${i + 1},${line}`)
          .join("\n")}\n`,
        names: ["V1", "V2", "V3"],
        rate: 250,
        above: 1,
      },
      { what: "more than a thousand columns", text: `I,${row(1, 1200).join()}\n`, names: ["I"], long: true },
    ])("reads $what", ({ text, names, rate = null, above = 0, long = false }) => {
      const recording = read(text);
      expect(show(recording)).toEqual(
        long ? [`I: ${row(1, 1200).join(" ")}`] : names.map((name, i) => `${name}: ${signals[i]}`),
      );
      expect(recording.leads[0].samplingRate).toBe(rate);
      const lines = text.split("\n").filter((line) => line.length > 100).length;
      expect(recording.notes).toEqual([
        `The table is read with a row a lead: it has ${lines}.`,
        ...(above > 0 ? [`Lines above the table are not kept: ${above}.`] : []),
      ]);
    });

    it("says where in the file what is no number stands", () => {
      const lines = rows(",");
      lines[1] = lines[1].replace(/^(?:[^,]+,){16}/, (begin) => `${begin}x`);
      expect(refusal(() => read(`Ward 3\n${lines.join("\n")}\n`))).toBe(
        "column 17: the cell in line 3 is not a number",
      );
    });

    it.each([
      { what: "as many columns as it may have leads and more", text: `${row(1, 72).join()}\n` },
      { what: "rows of differing lengths", text: `${rows(",").join("\n")}\n1,2\n` },
      { what: "words in the second column", text: `I,a${rows(",")[0]}\n` },
      { what: "a word at the end", text: `${rows(",")[0]},a\n` },
      { what: "quotes", text: `"1",${rows(",")[0]}\n` },
      { what: "too many rows", text: `${rows(",")[0]}\n`.repeat(73) },
    ])("is none with $what", ({ text }) => {
      expect(refusal(() => read(text))).toMatch(/columns are more than the 64 leads|cells of the first line/);
    });
  });

  it("takes no rows for lines above a table because some of their cells are words", () => {
    const text = "time,I,beat\n0,1,N\n4,2,N\n8,3,V\n12,4,N\n16,5,\n20,6,\n24,7,\n";
    expect(show(read(text, { leads: ["I"] }))).toEqual(["I: 1 2 3 4 5 6 7"]);
  });

  it("reads a row of units below the names", () => {
    const { leads } = read(
      "'Elapsed time','MLII','V5'\n'hh:mm:ss.mmm','mV','mV'\n'0:00.000',-0.145,-0.065\n'0:00.003',0.1,0\n",
    );
    expect(leads.map(({ name, gain, samples }) => [name, gain, ...samples])).toEqual([
      ["MLII", 1000, -145, 100],
      ["V5", 1000, -65, 0],
    ]);
  });

  it.each([
    { leads: ["V1"], shown: ["V1: 3 6"] },
    { leads: ["v1", "avr"], shown: ["V1: 3 6", "aVR: 2 5"] },
    { leads: ["time", "V1"], shown: ["time: 0 4", "V1: 3 6"] },
  ])("reads the columns that are asked for: $leads", ({ leads, shown }) => {
    expect(show(read("time,aVR,V1,text\n0,2,3,beat\n4,5,6,x\n", { leads }))).toEqual(shown);
  });

  it.each([
    { what: "seconds", heading: "time", times: ["0", "0.002", "0.004"], rate: 500 },
    { what: "seconds of another name", heading: "Elapsed time (s)", times: ["10", "10.004", "10.008"], rate: 250 },
    { what: "parts of a second", heading: "time [s/256]", times: ["0", "1", "2"], rate: 256 },
    { what: "milliseconds", heading: "time [ms]", times: ["0", "2", "4"], rate: 500 },
    { what: "milliseconds by name", heading: "ms", times: ["0", "1", "2"], rate: 1000 },
    { what: "microseconds", heading: "t_us", times: ["0", "1000", "2000"], rate: 1000 },
    { what: "times rounded to ms", heading: "t", times: ["0.000", "0.003", "0.006", "0.008", "0.011"], rate: 360 },
    {
      what: "times of all digits",
      heading: "t",
      times: ["0", "0.002777777777777778", "0.005555555555555556"],
      rate: 360,
    },
    {
      what: "times of 32 bits",
      heading: "t",
      times: ["0", "0.0020000000949949026", "0.004000000189989805"],
      rate: 500,
    },
    { what: "a third of a kHz", heading: "t", times: ["0.000000", "0.003000", "0.006000"], rate: 1000 / 3 },
    {
      what: "a rate with decimals",
      heading: "t",
      times: ["0", "0.001954881", "0.003909763", "0.005864644"],
      rate: 511.54,
    },
    { what: "clock times", heading: "Elapsed time", times: ["'0:59.996'", "'1:00.000'", "'1:00.004'"], rate: 250 },
    { what: "times that jitter", heading: "time", times: ["0", "0.0041", "0.0078", "0.012"], rate: 250 },
  ])("finds the rate of $what", ({ heading, times, rate }) => {
    const { leads } = read(`${heading},II\n${times.map((time) => `${time},1\n`).join("")}`);
    expect(leads.map(({ name, samplingRate }) => [name, samplingRate])).toEqual([["II", rate]]);
  });

  it.each([
    { times: ["2026-01-31T09:30:00.000Z", "2026-01-31T09:30:00.004Z"], at: "2026-01-31T09:30:00.000Z", rate: 250 },
    {
      times: ["2026-01-31 09:30:00.998+01:00", "2026-01-31 09:30:01.000+01:00"],
      at: "2026-01-31T08:30:00.998Z",
      rate: 500,
    },
    { times: ["2026-07-31 09:30:00.25", "2026-07-31 09:30:00.75"], at: "2026-07-31T07:30:00.250Z", rate: 2 },
    { times: ["31.07.2026 09:30:00,25", "31.07.2026 09:30:00,75"], at: "2026-07-31T07:30:00.250Z", rate: 2 },
    { times: ["2026-07-31 09:30:00.25 UTC", "2026-07-31 09:30:00.75 UTC"], at: "2026-07-31T09:30:00.250Z", rate: 2 },
    { times: ["31/07/2026 09:30:00.996", "31/07/2026 09:30:01.000"], at: "2026-07-31T07:30:00.996Z", rate: 250 },
    { times: ["7/31/2026 12:59:59.996 AM", "7/31/2026 1:00:00.000 AM"], at: "2026-07-30T22:59:59.996Z", rate: 250 },
    { times: ["7/7/2026, 12:30:00.000 pm", "7/7/2026, 12:30:00.004 pm"], at: "2026-07-07T10:30:00.000Z", rate: 250 },
    { times: ["31-Jul-2026 09:30:00.996", "31-Jul-2026 09:30:01.000"], at: "2026-07-31T07:30:00.996Z", rate: 250 },
    { times: ["July 31, 2026 9:30:00.0 PM", "July 31, 2026 9:30:00.5 PM"], at: "2026-07-31T19:30:00.000Z", rate: 2 },
    { times: ["2026-07-31 09:30:00:996", "2026-07-31 09:30:01:000"], at: "2026-07-31T07:30:00.996Z", rate: 250 },
    { times: ["20260731T093000.996", "20260731T093001.000"], at: "2026-07-31T07:30:00.996Z", rate: 250 },
    { times: ["20260731093000.996", "20260731093001.000"], at: "2026-07-31T07:30:00.996Z", rate: 250 },
    { times: ['"20260731093000,996"', '"20260731093001,000"'], at: "2026-07-31T07:30:00.996Z", rate: 250 },
    { times: ["1700000000.000", "1700000000.004"], at: "2023-11-14T22:13:20.000Z", rate: 250 },
    { times: ["1700000000000", "1700000000004"], at: "2023-11-14T22:13:20.000Z", rate: 250 },
    { times: ["1700000000000000", "1700000000004000"], at: "2023-11-14T22:13:20.000Z", rate: 250 },
  ])("finds the date and the rate of $times.0", ({ times, at, rate }) => {
    const options = { timeZone: "Europe/Berlin" };
    const { recordedAt, leads } = read(`timestamp;II\n${times.map((time) => `${time};1\n`).join("")}`, options);
    expect([recordedAt, leads[0].samplingRate]).toEqual([Date.parse(at), rate]);
  });

  it.each([
    { clock: "spreadsheets count", dayOf1970: 25_569 },
    { clock: "MATLAB counts", dayOf1970: 719_529 },
  ])("takes times of very short steps for days, as $clock them", ({ clock, dayOf1970 }) => {
    const days = (ms: number) => (dayOf1970 + (Date.UTC(2026, 6, 31, 9, 30) + ms) / 86_400_000).toFixed(10);
    const table = (heading: string) => `${heading},I\n${ramp(20, (i) => `${days(4 * i)},${i}`)}`;
    const { recordedAt, leads, notes } = read(table("time"), { timeZone: "Europe/Berlin" });
    expect([recordedAt, leads[0].samplingRate]).toEqual([Date.UTC(2026, 6, 31, 7, 30), 250]);
    expect(notes).toEqual([
      `Column "time" names no unit: its times are taken for days, as ${clock} them, which makes 250 Hz. A heading such as time [s] says another.`,
    ]);
    expect(read(table("time [min]")).recordedAt).toBeNull();
  });

  it("takes no times of a unit for a date without separators", () => {
    const { recordedAt, leads } = read("uptime [ns];I\n20260731093000;1\n20260735093000;2\n");
    expect([recordedAt, leads[0].samplingRate]).toEqual([null, 250]);
  });

  it.each([
    { date: "31.07.2026", time: "09:30:00,250", next: "09:30:00,254", at: "2026-07-31T07:30:00.250Z" },
    { date: "7/31/2026", time: "9:30:00.250 PM", next: "9:30:00.254 PM", at: "2026-07-31T19:30:00.250Z" },
    { date: "2026-07-31", time: "0:00:00.000", next: "0:00:00.004", at: "2026-07-30T22:00:00.000Z", isDay: true },
    { date: "2026-07-31", time: "0", next: "0.004", at: "2026-07-30T22:00:00.000Z", isDay: true },
    { date: "2026-07-31", time: "1700000000000", next: "1700000000004", at: "2023-11-14T22:13:20.000Z" },
  ])("joins a column of dates and one of times: $date $time", ({ date, time, next, at, isDay }) => {
    const text = `Date;Time;I\n${date};${time};1\n${date};${next};2\n`;
    const { recordedAt, leads, notes } = read(text, { timeZone: "Europe/Berlin" });
    expect([recordedAt, leads[0].samplingRate]).toEqual([Date.parse(at), 250]);
    expect(notes ?? []).toEqual(
      isDay ? [`The file says no time of day, but ${date}: the beginning of that is taken.`] : [],
    );
  });

  it("has no date from a column of dates whose day may be its month", () => {
    const { recordedAt, notes } = read("Date;Time;I\n1/2/2026;09:30:00.000;1\n1/2/2026;09:30:00.004;2\n");
    expect([recordedAt, notes]).toEqual([
      null,
      ["No date is taken from the times: whether the day or the month comes first is not clear."],
    ]);
  });

  it("refuses a time of an offset that no zone has", () => {
    const times = ["2026-01-31T09:30:00.000+26:00", "2026-01-31T09:30:00.004+26:00"];
    expect(() => read(`timestamp;II\n${times.map((time) => `${time};1\n`).join("")}`)).toThrow(FormatError);
  });

  it("takes a first column without a name for a time if it goes up evenly by fractions", () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${(i / 250).toFixed(3)},${i}\n`).join("");
    const { leads } = read(rows);
    expect(leads.map(({ name, samplingRate }) => [name, samplingRate])).toEqual([["lead 1", 250]]);
  });

  it.each([
    { what: "of whole numbers", cell: (i: number) => `${i}` },
    { what: "that does not go up evenly", cell: (i: number) => `0.${i * i + 100}` },
    { what: "that begins elsewhere", cell: (i: number) => (5 + i / 4).toFixed(2) },
  ])("takes a first column without a name for a lead: one $what", ({ cell }) => {
    const rows = Array.from({ length: 20 }, (_, i) => `${cell(i)},${i}\n`).join("");
    expect(read(rows, { units: "mv" }).leads.map(({ name }) => name)).toEqual(["lead 1", "lead 2"]);
  });

  it("takes a first column of dates without a name for the time", () => {
    const { leads, recordedAt } = read("2026-01-31T09:30:00.000Z,5\n2026-01-31T09:30:00.002Z,6\n");
    expect([recordedAt, leads]).toEqual([
      Date.UTC(2026, 0, 31, 9, 30),
      [{ name: "lead 1", samplingRate: 500, samples: Int32Array.of(5, 6), gain: null, baseline: 0 }],
    ]);
  });

  it.each([
    { what: "no time column", text: "II\n1\n2\n", rate: 360 },
    { what: "one time only", text: "time,II\n0,1\n", rate: 360 },
    { what: "a time column", text: "time,II\n0,1\n0.002,2\n", rate: 500 },
  ])("takes the rate that is given if the file does not say it: $what", ({ text, rate }) => {
    expect(read(text, { samplingRate: 360 }).leads[0].samplingRate).toBe(rate);
  });

  const ramp = (count: number, row: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => row(i)).join("\n");
  const wave = (i: number) => (i * 37) % 101;

  it.each([
    "time_s",
    "ts",
    "Time(s)",
    "elapsed_time",
    "epoch",
    "unix_timestamp",
    "Phone timestamp",
    "sampleTime",
    "Zeit [s]",
    "Horodatage",
  ])("takes the column %s for a time", (heading) => {
    const text = `${heading},ecg_mv\n${ramp(4, (i) => `${i / 250},0.5`)}`;
    expect(read(text).leads).toEqual([
      { name: "ecg", samplingRate: 250, samples: Int32Array.of(5, 5, 5, 5), gain: 10, baseline: 0 },
    ]);
  });

  it.each([
    { heading: "millis", step: 4 },
    { heading: "timestamp_us", step: 4000 },
    { heading: "time_ns", step: 4_000_000 },
    { heading: "\u0412\u0440\u0435\u043c\u044f (\u043c\u0441)", step: 4 },
  ])("takes the unit of times from $heading", ({ heading, step }) => {
    expect(read(`${heading},I\n${ramp(4, (i) => `${i * step},7`)}`).leads[0]).toMatchObject({
      name: "I",
      samplingRate: 250,
    });
  });

  it("takes an index without a name for the time if it has dates or fractions, as that of pandas", () => {
    const dates = ramp(20, (i) => `2026-01-31 09:30:00.${String(4 * i).padStart(3, "0")}000+01:00,${wave(i)}`);
    expect(read(`,I\n${dates}`)).toMatchObject({
      recordedAt: Date.UTC(2026, 0, 31, 8, 30),
      leads: [{ name: "I", samplingRate: 250 }],
    });
    expect(read(`,I\n${ramp(20, (i) => `${i / 360},${wave(i)}`)}`).leads).toMatchObject([
      { name: "I", samplingRate: 360 },
    ]);
    expect(read(`,I\n${ramp(20, (i) => `${i},${wave(i)}`)}`)).toMatchObject({
      leads: [{ name: "I", samplingRate: null }],
    });
  });

  it("takes a column that rises for times if its heading ends in a unit of time", () => {
    const text = `sensor_ns,I\n${ramp(20, (i) => `${5e9 + 4e6 * i},${wave(i)}`)}`;
    expect(read(text)).toMatchObject({ recordedAt: null, leads: [{ name: "I", samplingRate: 250 }] });
  });

  it.each([
    { what: "a clock that passes midnight", times: ["23:59:59.996", "00:00:00.000", "00:00:00.004", "00:00:00.008"] },
    {
      what: "the elapsed time of pandas",
      times: ["0 days 00:00:00.996000", "0 days 00:00:01", "0 days 00:00:01.004000"],
    },
  ])("reads $what", ({ times }) => {
    expect(read(`time,I\n${times.map((time, i) => `${time},${i}\n`).join("")}`).leads).toMatchObject([
      { name: "I", samplingRate: 250, samples: Int32Array.from(times.keys()) },
    ]);
  });

  it.each([
    { heading: "time", times: "0 4 8", rate: 250, unit: "milliseconds" },
    { heading: "time", times: "0 1 2", rate: 1000, unit: "milliseconds" },
    { heading: "timestamp", times: "0 4000 8000", rate: 250, unit: "microseconds" },
    { heading: "t", times: "0 4000000 8000000", rate: 250, unit: "nanoseconds" },
    { heading: "time", times: "0.00 8.00 16.00", rate: 125, unit: "milliseconds" },
    { heading: "time", times: "0.000 4.000 8.000", rate: 0.25, unit: "seconds" },
    { heading: "time [s]", times: "0 4 8", rate: 0.25, unit: undefined },
    { heading: "time", times: "0 0.1 0.2", rate: 10, unit: undefined },
  ])("takes times of $times below $heading for $unit, and says so", ({ heading, times, rate, unit }) => {
    const rows = times.split(" ").map((time) => `${time},7\n`);
    const { leads, notes } = read(`${heading},I\n${rows.join("")}`);
    expect(leads[0].samplingRate).toBe(rate);
    expect(notes).toEqual(
      unit && [
        `Column "${heading}" names no unit: its times are taken for ${unit}, which makes ${rate} Hz. A heading such as time [s] says another.`,
      ],
    );
  });

  it("takes the rate that is named where times stand still or go back, and says so", () => {
    for (const last of ["0.008", "0.004"]) {
      const { leads, notes } = read(`time,I\n0,1\n0.004,2\n0.008,3\n${last},4\n`, { samplingRate: 130 });
      expect(leads).toMatchObject([{ name: "I", samplingRate: 130, samples: Int32Array.of(1, 2, 3, 4) }]);
      expect(notes?.join()).toMatch(/^The times do not tell the rate, and no gaps: .* line 5/);
    }
  });

  it.each([
    { rows: 15, leads: 2 },
    { rows: 16, leads: 1 },
  ])("takes a first column for times by $rows rows: $leads leads are left", ({ rows, leads }) => {
    const text = ramp(rows, (i) => `${(5 + i / 250).toFixed(3)},${wave(i)}`);
    expect(read(`foo,bar\n${text}`, { units: "mv" }).leads.length).toBe(leads);
  });

  it("takes a count of the columns above decimals for their names, as pandas writes it, and says so", () => {
    const recording = read("0,1\n0.5,0.25\n-0.5,1.0\n", { units: "mv" });
    expect(show(recording)).toEqual(["0: 50 -50", "1: 25 100"]);
    expect(recording.notes).toEqual(["The first line counts the columns: it is taken for their names."]);
    expect(show(read("0,1\n5,25\n"))).toEqual(["lead 1: 0 5", "lead 2: 1 25"]);
  });

  it("reads a row of units in brackets", () => {
    expect(read("Elapsed,I,II\n(ms),[mV],(\u00b5V)\n0,0.5,500\n4,0.6,600\n").leads).toMatchObject([
      { name: "I", samplingRate: 250, samples: Int32Array.of(5, 6), gain: 10 },
      { name: "II", samplingRate: 250, samples: Int32Array.of(500, 600), gain: 1000 },
    ]);
  });

  it.each(["point", "No.", "count", "Sample_index", "Data point", "idx"])(
    "takes the column %s for a count",
    (heading) => {
      expect(show(read(`${heading},value\n1,-202\n2,-318\n3,-185\n`))).toEqual(["value: -202 -318 -185"]);
    },
  );

  it("takes what is called a count and does not count for a lead", () => {
    expect(show(read("count,sample\n-202,1\n-318,5\n-185,2\n"))).toEqual(["count: -202 -318 -185", "sample: 1 5 2"]);
  });

  it.each([
    { what: "a count", cell: (i: number) => `${i + 1}`, rate: null, as: "a count of the samples" },
    { what: "times", cell: (i: number) => `${(5 + i / 250).toFixed(3)}`, rate: 250, as: "times" },
    { what: "times since 1970", cell: (i: number) => `${1_700_000_000_000 + 4 * i}`, rate: 250, as: "times" },
  ])("takes a first column for $what by what its numbers do, and says so", ({ cell, rate, as }) => {
    const rows = ramp(20, (i) => `${cell(i)},${wave(i)}`);
    for (const [text, what] of [
      [`foo,bar\n${rows}`, 'Column "foo"'],
      [rows, "The first column"],
    ]) {
      const { leads, notes } = read(text);
      expect([leads.length, leads[0].samplingRate, notes]).toEqual([
        1,
        rate,
        [`${what} rises steadily: it is taken for ${as}, and is no lead.`],
      ]);
    }
  });

  it.each([
    {
      what: "np.savetxt's doubles",
      header: "",
      cells: ["0.25", "-5.0e-01", "7.5e-01"],
      names: [1, 2, 3].map((n) => `lead ${n}`),
    },
    { what: "names behind #", header: "# I II III\n", cells: ["0.25", "-0.5", "0.75"], names: ["I", "II", "III"] },
    {
      what: "columns that are aligned",
      header: "    I    II  III \r\n",
      cells: ["   0.25", " -0.5", "0.75 \r"],
      names: ["I", "II", "III"],
    },
  ])("reads columns with blanks between them: $what", ({ header, cells, names }) => {
    const text = `${header}${ramp(3, () => cells.join(" "))}\n`;
    expect(csv.detect(new TextEncoder().encode(text))).toBe(true);
    expect(show(read(text, { units: "mv" }))).toEqual(
      names.map((name, i) => `${name}: ${Array(3).fill([25, -50, 75][i]).join(" ")}`),
    );
  });

  it("takes a column that rises for a lead if it is called as one", () => {
    expect(read(`II,x\n${ramp(20, (i) => `${i},${wave(i)}`)}`).leads.map(({ name }) => name)).toEqual(["II", "x"]);
  });

  it.each([
    { text: "#,I\n1,-202\n2,-318\n", leads: ["I: -202 -318"] },
    { text: "# made by x\n# time, I, II\n0,1,2\n0.004,3,4\n", leads: ["I: 1 3", "II: 2 4"] },
    { text: "# time, I, II\n# made by x\n0,1,2\n0.004,3,4\n", leads: ["I: 1 3", "II: 2 4"] },
    { text: `# I, II\n# the "lead\n# ${"-".repeat(600)}\n1,2\n`, leads: ["I: 1", "II: 2"] },
    { text: "# II\n1\n2\n", leads: ["II: 1 2"] },
    { text: "# ecg [mV]\n1\n2\n", leads: ["ecg: 1 2"] },
    { text: "# of patient 7\n1\n2\n", leads: ["lead 1: 1 2"] },
    { text: "# 1,2\n3,4\n", leads: ["lead 1: 3", "lead 2: 4"] },
  ])("reads names behind a #: $text", ({ text, leads }) => {
    expect(show(read(text))).toEqual(leads);
  });

  it("reads the time wherever it is, and whatever leads are asked for", () => {
    const text =
      "Phone timestamp;I;sensor timestamp [ns];timestamp [ms];II\n2026-03-04T05:06:07.123;1;599616000000000000;0;2\n2026-03-04T05:06:07.130;3;599616000007692308;7.692308;4\n";
    for (const leads of [undefined, ["II"]]) {
      const recording = read(text, { leads });
      expect(recording.leads.map(({ name }) => name)).toEqual(leads ?? ["I", "II"]);
      expect([recording.recordedAt, recording.leads[0].samplingRate]).toEqual([
        Date.UTC(2026, 2, 4, 5, 6, 7, 123),
        130,
      ]);
    }
  });

  it("takes the rate from the times that tell it most exactly", () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const columns = [
        ["time [ms]", "0", "8"],
        ["time [us]", "0", "7143"],
      ];
      const [a, b] = order.map((i) => columns[i]);
      expect(read([0, 1, 2].map((row) => `${a[row]},${b[row]},${row || "I"}`).join("\n")).leads).toMatchObject([
        { name: "I", samplingRate: 140 },
      ]);
    }
  });

  it.each(["12/01/2026", "01/12/2026", "11/12/2026"])("has no date from %s, whose day may be its month", (date) => {
    const { recordedAt, notes } = read(`time,I\n${date} 09:30:00.000,1\n${date} 09:30:00.004,2\n`);
    expect([recordedAt, notes]).toEqual([
      null,
      ["No date is taken from the times: whether the day or the month comes first is not clear."],
    ]);
  });

  it("says that columns have no number", () => {
    const note = (names: string, more = " leads= keeps the others alone.") => [
      `Of these leads all samples are missing, as their columns have no number: ${names}.${more}`,
    ];
    const { leads, notes } = read("time,I,annotation,II\n0,1,,2\n0.004,,,3\n");
    expect(leads.map(({ name }) => name)).toEqual(["I", "annotation", "II"]);
    expect(notes).toEqual(note('"annotation"'));
    expect(read("time,I,annotation,II\n0,1,,2\n0.004,,,3\n", { leads: ["I", "II"] }).notes).toBeUndefined();
    expect(read("I,II\n,\n,\n").notes).toEqual(note('"I", "II"', ""));
    const many = Array.from({ length: 10 }, (_, i) => `V${i}`);
    expect(read(`I,${many}\n1${",".repeat(10)}\n`).notes).toEqual(
      note(
        `${many
          .slice(0, 8)
          .map((name) => `"${name}"`)
          .join(", ")} and 2 more`,
      ),
    );
  });

  it("takes a first column for times, and no count, if its steps are not 1", () => {
    const { leads, notes } = read(ramp(20, (i) => `${1000 + 4 * i},${wave(i)}`));
    expect(leads.map(({ name, samplingRate }) => [name, samplingRate])).toEqual([["lead 1", 250]]);
    expect(notes).toEqual([
      "The first column rises steadily: it is taken for times, and is no lead.",
      'Column "lead 1" names no unit: its times are taken for milliseconds, which makes 250 Hz. A heading such as time [s] says another.',
    ]);
  });

  it("takes the rate that is given before one by times of a unit that is guessed", () => {
    const { leads, notes } = read("time,I\n0,1\n4,2\n12,3\n16,4\n20,5\n", { samplingRate: 1000 });
    expect([leads[0].samplingRate, [...leads[0].samples]]).toEqual([1000, [1, 2, MISSING, 3, 4, 5]]);
    expect(notes).toEqual(["By the times 1 samples of each lead are missing, in one place."]);
  });

  it.each(["3", '3,"4', "3 "])("leaves out a last line that is cut off, and says so: %s", (line) => {
    const recording = read(`I,II,III\n1,2,3\n2,3,4\n${line}`);
    expect(show(recording)).toEqual(["I: 1 2", "II: 2 3", "III: 3 4"]);
    expect(recording.notes).toEqual(["The last line is cut off, and is not kept."]);
  });

  it("keeps a last line that ends in an empty cell", () => {
    expect(show(read("I,II\n1,2\n2,"))).toEqual(["I: 1 2", "II: 2 ."]);
  });

  it("leaves out columns of words, and says so", () => {
    const text = "patient,no,time,II,event,lead_off\nP1,1,0,5,,false\nP1,2,0.004,6,button,false\nP1,3,0.008,7,,true\n";
    const recording = read(text);
    expect([show(recording), recording.leads[0].samplingRate]).toEqual([["II: 5 6 7"], 250]);
    expect(recording.notes).toEqual([
      'Columns of words are no leads, and are not kept: "patient", "event", "lead_off".',
    ]);
    expect(read(text, { leads: ["II"] }).notes).toBeUndefined();
    expect(refusal(() => read(text, { leads: ["II", "event"] }))).toBe("line 3: cell 5 is not a number");
  });

  it.each([
    { what: "behind words", text: "I,II\n1,off\n2,3\n", where: "line 2: cell 2" },
    { what: "in all columns", text: "I,II\na,b\n", where: "line 2: cell 1" },
    { what: "in a table without names", text: "P1,5\nP1,6\n", where: "line 2: cell 1" },
    { what: "with a unit behind them", text: "I,II\n1,5mV\n2,6mV\n", where: "line 2: cell 2" },
    { what: "in groups", text: "I;II\n1;1.234,5\n2;1.235,5\n", where: "line 2: cell 2" },
  ])("takes no column for words that may have numbers: $what", ({ text, where }) => {
    expect(refusal(() => read(text))).toBe(`${where} is not a number`);
  });

  it.each(["!", "?", "--"])("takes %s for a missing sample", (text) => {
    expect(show(read(`I\n1\n${text}\n3\n`))).toEqual(["I: 1 . 3"]);
  });

  it("refuses times of a day that is none", () => {
    const day = "2026-02-30";
    expect(() => read(`time,I\n${day} 09:30:00.000,1\n${day} 09:30:00.004,2\n`)).toThrow(FormatError);
  });

  it("has no date from one whose day may be its month, and says so", () => {
    const { recordedAt, leads, notes } = read(
      "time,I\n12/01/2026 23:59:59.996,1\n13/01/2026 00:00:00.000,2\n13/01/2026 00:00:00.004,3\n",
    );
    expect([recordedAt, leads[0].samplingRate, notes]).toEqual([
      null,
      250,
      ["No date is taken from the times: whether the day or the month comes first is not clear."],
    ]);
  });

  it("has no date from a sensor's own clock", () => {
    expect(read("sensor timestamp [ns];I\n599616000000000000;1\n599616000007692308;3\n").recordedAt).toBeNull();
  });

  it.each([
    { what: "of even times", time: (i: number) => (i / 250).toFixed(3), rate: 250 },
    { what: "of times rounded to ms", time: (i: number) => (i / 130).toFixed(3), rate: 130 },
    { what: "that are late beside", time: (i: number) => (i / 130 + (i >= 93 ? 0.003 : 0)).toFixed(6), rate: 130 },
  ])("keeps lost samples as missing ones: $what", ({ time, rate }) => {
    const kept = Array.from({ length: 300 }, (_, i) => i).filter((i) => (i < 20 || i >= 93) && i !== 200);
    const { leads, notes } = read(`time,I\n${kept.map((i) => `${time(i)},${i}`).join("\n")}`);
    expect(leads[0].samplingRate).toBe(rate);
    expect([...leads[0].samples]).toEqual(
      Array.from({ length: 300 }, (_, i) => ((i >= 20 && i < 93) || i === 200 ? MISSING : i)),
    );
    expect(notes).toEqual(["By the times 74 samples of each lead are missing, in 2 places."]);
  });

  it.each([
    { what: "49 of the first 99 steps", isLost: (i: number) => i < 98 && i % 2 === 1, missing: 49 },
    { what: "all of the next 99", isLost: (i: number) => i > 99 && i < 299 && i % 2 === 0, missing: 100 },
  ])("tells the rate by the median of the first 99 steps: lost samples in $what", ({ isLost, missing }) => {
    const kept = Array.from({ length: 1000 }, (_, i) => i).filter((i) => !isLost(i));
    const { leads, notes } = read(`time,I\n${kept.map((i) => `${(i / 250).toFixed(3)},${i}`).join("\n")}`);
    expect(leads[0].samplingRate).toBe(250);
    expect(notes).toEqual([`By the times ${missing} samples of each lead are missing, in ${missing} places.`]);
  });

  it.each([
    { what: "500 Hz in ms", time: (i: number) => String(2 * i), heading: "time [ms]", rate: 500 },
    { what: "500 Hz in s", time: (i: number) => (i / 500).toFixed(3), heading: "time", rate: 500 },
    { what: "360 Hz rounded to ms", time: (i: number) => (i / 360).toFixed(3), heading: "time", rate: 360 },
  ])("keeps a single one: $what", ({ time, heading, rate }) => {
    const kept = Array.from({ length: 1000 }, (_, i) => i).filter((i) => i !== 700);
    const { leads } = read(`${heading},I\n${kept.map((i) => `${time(i)},${i}`).join("\n")}`);
    expect([leads[0].samplingRate, leads[0].samples.indexOf(MISSING), leads[0].samples.length]).toEqual([
      rate,
      700,
      1000,
    ]);
  });

  it.each([
    { what: "400 Hz rounded to ms", time: (i: number) => (i / 400).toFixed(3), rate: 400 },
    {
      what: "late ones that are made up for",
      time: (i: number) => String((2 * i + (i === 50 ? 2 : 0)) / 1000),
      rate: 500,
    },
  ])("takes no even times for lost samples: $what", ({ time, rate }) => {
    const { leads } = read(`time,I\n${Array.from({ length: 1000 }, (_, i) => `${time(i)},${i}`).join("\n")}`);
    expect([leads[0].samplingRate, leads[0].samples.indexOf(MISSING), leads[0].samples.length]).toEqual([
      rate,
      -1,
      1000,
    ]);
  });

  it("keeps them in short tables", () => {
    const recording = read("time,I\n0.000,1\n0.004,2\n0.008,3\n0.020,4\n0.024,5\n");
    expect([show(recording), recording.leads[0].samplingRate]).toEqual([["I: 1 2 3 . . 4 5"], 250]);
    expect(recording.notes).toEqual(["By the times 2 samples of each lead are missing, in one place."]);
  });

  it.each([
    { what: "divided by a gain", number: (n: number) => String(n / 204.8 / 3), gain: 614.4 },
    { what: "as numpy.savetxt writes them", number: (n: number) => (n / 300).toExponential(18), gain: 300 },
  ])("gives the integers back of doubles $what", ({ number, gain }) => {
    const samples = Array.from({ length: 200 }, (_, i) => wave(i) - 50);
    const { leads, notes } = read(samples.map(number).join("\n"), { units: "mv" });
    expect(leads).toEqual([
      { name: "lead 1", samplingRate: null, samples: Int32Array.from(samples), gain, baseline: 0 },
    ]);
    expect(notes).toBeUndefined();
  });

  it("rounds other doubles to a pV or what fits, and says so", () => {
    const { leads, notes } = read(`II [mV]\n${Math.SQRT2}\n-\n${-Math.LN2}\n`);
    expect(leads).toEqual([
      {
        name: "II",
        samplingRate: null,
        samples: Int32Array.of(1414213562, MISSING, -693147181),
        gain: 1e9,
        baseline: 0,
      },
    ]);
    expect(notes).toEqual([
      "The numbers of II are rounded to 1e-9 mV, by up to 4.4e-10: they have more digits than 32 bits hold, and are no multiples of one step. Another is named by resolution.",
    ]);
  });

  it("rounds them to the step that the sender names, and says so", () => {
    const { leads, notes } = read(`II\n${Math.SQRT2}\n${-Math.SQRT1_2}\n`, { units: "mv", resolution: 0.005 });
    expect(leads).toEqual([
      { name: "II", samplingRate: null, samples: Int32Array.of(283, -141), gain: 200, baseline: 0 },
    ]);
    expect(notes).toEqual(["The numbers of II are rounded to 0.005 mV, by up to 0.0021."]);
    expect(read("II [mV]\n0.105\n-0.015\n", { resolution: 0.005 })).toMatchObject({
      leads: [{ samples: Int32Array.of(21, -3), gain: 200 }],
    });
  });

  it("reads the times that PhysioNet writes into CSV", () => {
    const text =
      "'Time and date','MLII'\n'[hh:mm:ss.mmm dd/mm/yyyy]','mV'\n'[17:34:29.000 08/05/2014]',-0.145\n'[17:34:29.004 08/05/2014]',0.1\n";
    expect(read(text)).toMatchObject({
      recordedAt: Date.UTC(2014, 4, 8, 17, 34, 29),
      leads: [{ name: "MLII", samplingRate: 250, samples: Int32Array.of(-145, 100), gain: 1000 }],
    });
  });

  it("reads the ECG that Apple Health exports", () => {
    expect(read(APPLE)).toEqual({
      recordedAt: Date.UTC(2020, 1, 5, 13, 14, 40),
      subject: "Jane Doe",
      device: "Watch5,4",
      note: null,
      isOpen: false,
      annotations: [],
      leads: [
        {
          name: "I",
          samplingRate: 512.844,
          samples: Int32Array.of(-48673, -59681, 12500),
          gain: 1_000_000,
          baseline: 0,
        },
      ],
    });
  });

  it("reads it in another language, with decimal commas and without a name", () => {
    expect(read(GERMAN)).toEqual({
      recordedAt: Date.UTC(2020, 6, 31, 20, 48, 19),
      subject: null,
      device: "Watch4,2",
      note: null,
      isOpen: false,
      annotations: [],
      leads: [
        {
          name: "I",
          samplingRate: 511.562,
          samples: Int32Array.of(-180596, -199830, 12000),
          gain: 1_000_000,
          baseline: 0,
        },
      ],
    });
  });
});

describe("the ECG of Apple Health in any language", () => {
  it("is read with the date, the rate, the lead and the unit alone above its samples", () => {
    const lines = APPLE.split("\n").filter((line) => /^(Recorded|Sample|Lead|Unit|-|$)/.test(line));
    expect(read(lines.join("\n"))).toMatchObject({
      recordedAt: Date.UTC(2020, 1, 5, 13, 14, 40),
      leads: [{ name: "I", samplingRate: 512.844, samples: Int32Array.of(-48673, -59681), gain: 1_000_000 }],
    });
  });

  it.each(["I. elvezet\u00e9s", "\u7b2cI\u8a98\u5c0e", "I\u5bfc\u8054"])("finds the lead in %s", (lead) => {
    expect(read(APPLE.replace("Lead I", lead)).leads[0].name).toBe("I");
  });

  it.each([
    "512 hercios",
    "512 герц",
    "512\u00a0Hz",
    "512 hertsiä",
    "512 հերց",
    "512ヘルツ",
    "512 赫茲",
    "512 헤르츠",
    "512 হার্টজ",
    "512 ဟတ်ဇ်",
    "hezi 512",
    "512 amahertz",
    "\u200f٥١٢ هرتز",
    "۵۱۲ هرتز",
    "512,000 Hertz",
  ])("finds the rate in %s", (rate) => {
    const { leads } = read(GERMAN.replace("511,562\u00a0Hertz", rate));
    expect(leads.map(({ name, samplingRate }) => [name, samplingRate])).toEqual([["I", 512]]);
  });

  it("says what it takes for the rate when it does not know the word", () => {
    expect(read(APPLE.replace("512.844 hertz", "512.844 hx")).notes).toEqual([
      '"512.844 hx" is taken for the sampling rate in Hz.',
    ]);
    expect(read(APPLE).notes).toBeUndefined();
  });

  it("takes no other number for the rate where there is no watch", () => {
    const text = APPLE.replace("512.844 hertz", "512.844 sec").replace("Watch5,4", "Holter");
    expect(refusal(() => read(text))).not.toBe("none");
  });

  it.each(["мкВ", "μV", "microvoltios", "微伏"])("knows the unit %s", (unit) => {
    expect(read(APPLE.replace("µV", unit)).leads[0].gain).toBe(1_000_000);
  });

  it("reads samples with another minus and other digits", () => {
    const text = APPLE.replace("-48.673\n-59.681", "\u2212\u0664\u0668\u066b\u0666\u0667\u0663\n\u221259.681");
    expect(read(text).leads[0].samples).toEqual(Int32Array.of(-48673, -59681, 12500));
  });
});

describe("what it refuses", () => {
  const rows = (count: number, cell: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => cell(i)).join("\n");
  it.each([
    { what: "nothing", text: "", where: "line 1" },
    { what: "empty lines", text: "\n\n", where: "line 3" },
    { what: "names without numbers", text: "I,II\n", where: "line 2" },
    { what: "a word among the numbers", text: "I,II\n1,2\n3,x\n", where: "line 3" },
    { what: "thousands in groups", text: "I;II\n1.234,5;2\n", where: "line 2" },
    { what: "too few cells", text: "I,II\n1,2\n3\n", where: "line 3" },
    { what: "too many cells", text: "I,II\n1,2\n3,4,5\n", where: "line 3" },
    { what: "a quote that does not end", text: 'I,II\n1,"2\n3,4\n', where: "line 2" },
    { what: "a quote within a number", text: 'I,II\n1,2"\n', where: "line 2" },
    { what: "ten decimals", text: "I\n1\n0.0000000001\n", where: "line 3" },
    { what: "more than 32 bits", text: "I\n2147483648\n", where: "line 2" },
    { what: "the code of a missing sample", text: "I\n-2147483648\n", where: "line 2" },
    { what: "more than 32 bits with all decimals", text: "I\n3000\n0.000001\n", where: "line 3" },
    { what: "leads without a unit that have too many digits together", text: "I,II\n30000,0.00001\n", where: "line 2" },
    { what: "infinity", text: "I\n1e999\n", where: "line 2" },
    { what: "a line end of the Macintosh", text: "I\n1\r2\n", where: "line 2" },
    { what: "a time that stands still", text: "time,I\n0,1\n0,2\n", where: "line 3" },
    { what: "a time that goes back", text: "time,I\n0,1\n0.004,2\n0.002,3\n0.012,3\n", where: "line 4" },
    {
      what: "times that are no even ones",
      text: "time,I\n0,1\n10,2\n20,3\n30,4\n70,5\n110,5\n150,6\n160,7\n",
      where: "line 6",
    },
    { what: "a gap of years", text: "time,I\n0,1\n0.004,2\n0.008,3\n0.012,3\n50000000,4\n", where: "line 6" },
    { what: "decimals without a unit", text: "I,II\n1,2\n3,0.06\n", where: "line 3" },
    { what: "decimals of ADC units", text: "I,II\n1,2\n3,0.06\n", units: "adc", where: "line 3" },
    { what: "decimals under [adu]", text: "I [adu]\n1\n0.5\n", units: "mv", where: "line 3" },
    { what: "no time", text: "time,I\n0,1\n,2\n", where: "line 3" },
    { what: "a time that is a word", text: "time,I\n0,1\nnow,2\n", where: "line 3" },
    {
      what: "times of whole seconds",
      text: `time,I\n${rows(100, (i) => `${Math.floor(i / 50)},1`)}\n`,
      where: "line 3",
    },
    { what: "65 leads", text: `${rows(65, () => "1").replaceAll("\n", ",")}\n`, where: "line 1" },
    { what: "1,001 columns", text: ",".repeat(1001), where: "line 1" },
    { what: "a long cell", text: `${"1".repeat(1000)}\n`, where: "line 1" },
    { what: "a lead that is not there", text: "I,II\n1,2\n", leads: ["V1"], where: "line 2" },
    { what: "an ECG of Apple Health without samples", text: APPLE.slice(0, APPLE.indexOf("-48")), where: "line 14" },
    { what: "a lead that Apple Health does not have", text: APPLE, leads: ["II"], where: "line 13" },
    { what: "a word among the samples of Apple Health", text: APPLE.replace("12.5", "x"), where: "line 16" },
  ] as { what: string; text: string; leads?: string[]; units?: "mv" | "adc"; where: string }[])(
    "names the line of $what",
    ({ text, leads, units, where }) => {
      expect(refusal(() => read(text, { leads, units }))).toMatch(new RegExp(`^${where}: `));
    },
  );

  it("takes no memory for more samples than there may be", () => {
    const names = Array.from({ length: 64 }, (_, i) => `x${i}`).join();
    const text = `${names}\n${`${",".repeat(63)}\n`.repeat(2 ** 18 + 1)}`;
    expect(refusal(() => read(text))).toBe("line 2: more than 16777216 samples follow");
  });

  it.each([
    { what: "a table", text: "time,I,II\n0,1,2\n0.002,3,4\n" },
    { what: "a table with decimal commas", text: "I;II\n1,5;2\n3;4\n" },
    { what: "a table without names", text: "1\t2\n3\t4\n" },
    { what: "one lead with a name", text: "II [mV]\n0.1\n0.2\n" },
    {
      what: "LabChart's text",
      text: "Interval=\t.002 s\nChannelTitle=\tECG\nRange=\t10 mV\n0\t.25\t#* a\n.002\t-.5\nInterval=\t1 s\n",
    },
    { what: "BIOPAC's text", text: "x\n2 msec/sample\n1 channels\nECG\nmV\nsec\tCH1\n\t2\n0\t.25\n.002\t-.5\n" },
    { what: "a table with a row a lead", text: `I${",1,-2".repeat(40)}\nII${",3,4".repeat(40)}\n` },
    { what: "Apple's ECG", text: APPLE },
    { what: "Apple's ECG in German", text: GERMAN },
  ])(
    "harms nothing whatever becomes of $what",
    async ({ text }) => {
      await expectNoHarm(csv, [{ name: "x.csv", bytes: new TextEncoder().encode(text) }]);
    },
    60_000,
  );
});

describe("what it recognises", () => {
  it.each([
    { what: "names and numbers", text: "time,II\n0,5\n", is: true },
    { what: "numbers alone", text: "1;2\n3;4\n", is: true },
    { what: "tabs", text: "\uFEFF# x\nI\tII\r\n1,5\t2\r\n", is: true },
    { what: "names, units and numbers", text: "'Elapsed time','MLII'\n'seconds','mV'\n0.000,-0.145\n", is: true },
    { what: "dates and numbers", text: "2026-01-31T09:30:00Z,1\n2026-01-31T09:30:01Z,2\n", is: true },
    { what: "one named column", text: "II\n1\n2\n", is: true },
    { what: "Apple's ECG", text: APPLE, is: true },
    { what: "Apple's ECG in German", text: GERMAN, is: true },
    {
      what: "what goes on beyond what is seen",
      text: `I,II\n${"1,2\n".repeat(2000)}`.slice(0, 4095).concat("x"),
      is: true,
    },
    { what: "nothing", text: "", is: false },
    { what: "one row", text: "1,2\n", is: false },
    { what: "a list of record names", text: "100\n101\n102\n", is: false },
    { what: "JSON", text: '{"leads":\n[1,2]\n,1,2\n', is: false },
    { what: "an array", text: "[1,2,\n3,4,\n5,6]\n", is: false },
    { what: "XML", text: "<a>\n1,2\n3,4\n", is: false },
    { what: "a WFDB header", text: "100 2 360 650000\n100.dat 212 200 11 1024 995 -22131 0 MLII\n", is: false },
    { what: "a text", text: "One, two,\nthree, four.\n", is: false },
    { what: "bytes", text: "1,2\n3,4\n\0", is: false },
  ])("$what: $is", ({ text, is }) => {
    expect(csv.detect(new TextEncoder().encode(text))).toBe(is);
  });
});

describe("what it writes", () => {
  const ii = { name: "II", samples: Int32Array.of(12, -7, MISSING) };
  const v1 = { name: "V1", samples: Int32Array.of(0, MISSING, 2147483647) };
  it.each([
    {
      what: "ADC units",
      leads: [ii, v1],
      units: "adc",
      text: "time,II,V1\n0.000,12,0\n0.002,-7,\n0.004,,2147483647\n",
    },
    {
      what: "no time without a rate",
      leads: [
        { ...ii, samplingRate: null },
        { ...v1, samplingRate: null },
      ],
      units: "adc",
      text: "II,V1\n12,0\n-7,\n,2147483647\n",
    },
    { what: "one lead without a rate", leads: [{ ...ii, samplingRate: null }], units: "adc", text: 'II\n12\n-7\n""\n' },
    { what: "mV", leads: [ii], units: "mv", text: "time,II [mV]\n0.000,0.012\n0.002,-0.007\n0.004,\n" },
    {
      what: "mV by another gain and baseline",
      leads: [{ ...ii, gain: -200, baseline: 1024 }],
      units: "mv",
      text: "time,II [mV]\n0.000,5.060\n0.002,5.155\n0.004,\n",
    },
    {
      what: "another unit",
      leads: [{ ...ii, name: "ABP", gain: 10, unit: "mmHg" }],
      units: "mv",
      text: "time,ABP [mmHg]\n0.000,1.2\n0.002,-0.7\n0.004,\n",
    },
    {
      what: "mV of 2.5 uV",
      leads: [{ ...ii, gain: 400 }],
      units: "mv",
      text: "time,II [mV]\n0.000,0.0300\n0.002,-0.0175\n0.004,\n",
    },
    {
      what: "mV that have no end",
      leads: [{ ...ii, gain: 300 }],
      units: "mv",
      text: "time,II [mV]\n0.000,0.04000\n0.002,-0.02333\n0.004,\n",
    },
    {
      what: "mV of whole numbers",
      leads: [{ ...ii, gain: 0.5 }],
      units: "mv",
      text: "time,II [mV]\n0.000,24\n0.002,-14\n0.004,\n",
    },
    {
      what: "times that have no end",
      leads: [{ ...ii, samplingRate: 360 }],
      units: "adc",
      text: "time,II\n0.000000,12\n0.002778,-7\n0.005556,\n",
    },
    {
      what: "names that need quotes",
      leads: [{ ...ii, name: '=1+"2",3' }],
      units: "adc",
      text: 'time,"\'=1+""2"",3"\n0.000,12\n0.002,-7\n0.004,\n',
    },
    { what: "no samples", leads: [{ ...ii, samples: new Int32Array(0) }], units: "adc", text: "time,II\n" },
  ] as const)("writes $what", ({ leads, units, text }) => {
    expect(write([...leads], units)).toBe(text);
  });

  it.each([
    { what: "different rates", leads: [{ samplingRate: 250 }, {}], units: "adc", says: "of different sampling rates" },
    {
      what: "a rate that is not known of one",
      leads: [{ samplingRate: null }, {}],
      units: "adc",
      says: "of different sampling rates",
    },
    {
      what: "different lengths",
      leads: [{ samples: Int32Array.of(1) }, {}],
      units: "adc",
      says: "of different lengths",
    },
    { what: "no gain", leads: [{}, { name: "V1", gain: null }], units: "mv", says: "Lead V1 has no gain" },
    {
      what: "more digits than are exact",
      leads: [{ samples: Int32Array.of(2 ** 30), gain: 1e-9 }],
      units: "mv",
      says: "more digits",
    },
  ] as const)("refuses $what", ({ leads, units, says }) => {
    expect(refusal(() => write([...leads], units))).toContain(says);
  });

  const sample = fc.oneof(
    fc.integer({ min: -2147483647, max: 2147483647 }),
    fc.integer({ min: -999, max: 999 }),
    fc.constant(MISSING),
  );
  const rate = fc.oneof(
    fc.constantFrom(null, 360, 500, 512, 204.8, 976.5625, 1000 / 3, 511.54, 0.001, 1_000_000),
    fc.integer({ min: 1, max: 20_000 }),
    fc.integer({ min: 1, max: 999_999 }).map((milli) => milli / 1000),
  );
  const name = fc.oneof(
    fc.constantFrom(
      "II",
      "aVR",
      "time",
      "t",
      "n",
      "#",
      "1",
      "-",
      "NaN",
      "I [mV]",
      "x_uV",
      "'II'",
      "'",
      "''",
      "=1",
      "'=1",
      "''=1",
      "'=1'",
      "-dV/dt [mV]",
      "'+x'",
      "-5",
      "ms",
      "a;b",
      '"',
      "@",
      "0:01",
    ),
    fc
      .string({ unit: fc.constantFrom("'", "=", "-", "I", " ", "[mV]"), minLength: 1, maxLength: 8 })
      .filter((text) => text.trim() === text),
    fc.string({ minLength: 1, maxLength: 64 }).filter((text) => text.trim() === text && !/\p{Cc}/u.test(text)),
  );

  it.each([
    { name: '=HYPERLINK("http://x";"y")', cell: '"\'=HYPERLINK(""http://x"";""y"")"' },
    { name: "+I", cell: '"\'+I"' },
    { name: "-I", cell: '"\'-I"' },
    { name: "@I", cell: '"\'@I"' },
    { name: "-5", cell: '"\'-5 [adu]"' },
    { name: "'=1", cell: "\"''=1\"" },
    { name: "'I", cell: '"\'I"' },
    { name: "I=1", cell: "I=1" },
  ])("writes the name $name so that no spreadsheet takes it for a formula, and reads it back", ({ name, cell }) => {
    const text = write([{ name }]);
    expect(text.split("\n")[0]).toBe(`time,${cell}`);
    expect(read(text).leads[0].name).toBe(name);
    expect(read(write([{ name }], "mv")).leads[0].name).toBe(name);
  });

  it.each(["\t=1", "\r=1"])("writes no name that begins as %j does", (name) => {
    expect(write([{ name }])).toBe(`time,"'${name}"\n0.000,1\n0.002,2\n0.004,3\n`);
  });

  it.each(["#1", "%O2", "[a", "<b", "{c", "fs 250", "Sample rate: 500 Hz"])(
    "gives back the name %s, which reads as no name in some places",
    (name) => {
      for (const samplingRate of [null, 500]) {
        const [one, two] = [{ name, samplingRate }, { samplingRate }];
        for (const leads of [[one], [one, two], [two, one]]) {
          const { leads: found } = read(write(leads));
          expect(found.map((lead) => [lead.name, lead.samplingRate])).toEqual(
            leads.map(({ name = "II" }: Partial<Lead>) => [name, samplingRate]),
          );
        }
      }
    },
  );

  it("gives the same samples, names and rate back in ADC units", () => {
    fc.assert(
      fc.property(
        rate,
        fc.integer({ min: 2, max: 40 }).chain((rows) =>
          fc.uniqueArray(fc.tuple(name, fc.array(sample, { minLength: rows, maxLength: rows })), {
            minLength: 1,
            maxLength: 5,
            selector: ([text]) => text,
          }),
        ),
        (samplingRate, columns) => {
          const leads = columns.map(([name, samples]) => ({ name, samplingRate, samples: Int32Array.from(samples) }));
          const bytes = csv.write(newRecording(leads), { units: "adc" });
          const back = csv.read(bytes, { timeZone: "UTC" }).leads;
          expect(back).toEqual(leads.map((lead) => ({ ...lead, gain: null, baseline: 0 })));
        },
      ),
      { numRuns: runs(1000), seed: 1 },
    );
  });

  it("gives every ADC unit back from mV", () => {
    const gain = fc.oneof(
      fc.constantFrom(200, 1000, 204.8, 2000, 0.5),
      fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(
        gain,
        fc.boolean(),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.array(sample, { minLength: 1, maxLength: 40 }),
        (magnitude, isInverted, baseline, samples) => {
          const gain = isInverted ? -magnitude : magnitude;
          const cells = write([{ samples: Int32Array.from(samples), gain, baseline }], "mv")
            .trimEnd()
            .split("\n")
            .slice(1);
          const back = cells
            .map((row) => row.split(",")[1])
            .map((mv) => (mv === "" ? MISSING : Math.round(Number(mv) * gain + baseline)));
          expect(back).toEqual(samples);
        },
      ),
      { numRuns: runs(1000), seed: 1 },
    );
  });

  it("gives the same samples and gain back from mV when an ADC unit is a power of ten", () => {
    const samples = Int32Array.of(0, -1, 12345, MISSING, -2147483647);
    const bytes = csv.write(newRecording([{ samples }]), { units: "mv" });
    expect(csv.read(bytes, { timeZone: "UTC" }).leads).toEqual([
      { name: "II", samplingRate: 500, samples, gain: 1000, baseline: 0 },
    ]);
  });

  it("finds the rates that devices have from times in ms", () => {
    for (const rate of [125, 128, 200, 250, 256, 257, 300, 360, 500, 512, 1000]) {
      const duration = Math.round((4999 / rate) * 1000) / 1000;
      expect(findLikelyRate(duration, 4999, 0.001)).toBe(rate);
    }
  });
});
