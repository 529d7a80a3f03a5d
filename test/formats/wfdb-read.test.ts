import { describe, expect, it } from "vitest";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import type { InputFile } from "../../src/formats/format.ts";
import { wfdb } from "../../src/formats/wfdb/wfdb.ts";
import { MISSING } from "../../src/recording/recording.ts";
import { expectNoHarm, type File, readFiles } from "../support/fuzz.ts";

const text = (name: string, ...lines: string[]): File => ({
  name,
  bytes: new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")),
});
const data = (name: string, ...bytes: number[]): File => ({ name, bytes: Uint8Array.from(bytes) });

/** Each lead's samples, of a header whose only data file is `r.dat`. */
async function readSamples(lines: string[], bytes: number[]): Promise<number[][]> {
  const { leads } = await readFiles(wfdb, [text("r.hea", ...lines), data("r.dat", ...bytes)]);
  return leads.map(({ samples }) => [...samples]);
}

/** One lead of so many samples, but for what a line says. */
const readLine = async (line: string, bytes: number[] = [0, 0]) =>
  (await readFiles(wfdb, [text("r.hea", "r 1", line), data("r.dat", ...bytes)])).leads[0];

/** Two leads in format 16, three frames, with initial values and checksums. */
const SMALL = [
  text("r.hea", "r 2 250 3 9:30:0 31/01/2026", "r.dat 16 200 12 0 1 6 0 I", "r.dat 16 100(5)/mV 12 0 -1 -6 0 V1"),
  data("r.dat", 1, 0, 0xff, 0xff, 2, 0, 0xfe, 0xff, 3, 0, 0xfd, 0xff),
];

describe("recognition", () => {
  it.each([
    { name: "a header", lines: ["100 2 360 650000", "100.dat 212 200 11 1024 995 -22131 0 MLII"] },
    { name: "one with comments and empty lines", lines: ["# of the tape", "", "r 1", "", "r.dat 16x4:2+512"] },
    { name: "one with a counter and a date", lines: ["r 1 360/60(1.5) 100 12:00:00 01/02/2003", "r.dat 16 200"] },
    { name: "one of segments", lines: ["041s/2 7 125 2000 8:26:04 26/10/1994", "041s01 1000"] },
    { name: "one of segments with a gap", lines: ["r/2 1 125 20", "~ 10", "r_1 10"] },
    {
      name: "one with folders before its name",
      lines: ["beats_wfdb/v1.0/1_r 2 500 9", "beats_wfdb/1_r.dat 32 9.5(-18)/mV"],
    },
    {
      name: "one with a folder before a number",
      lines: ["mitdb/100 2 360 9", "100.dat 212 200 11 1024 995 -22131 0 MLII"],
    },
    { name: "one with a date in brackets", lines: ["r 1 360 9 [17:34:29.000 08/05/2014]", "r.dat 16 200"] },
    { name: "a layout", lines: ["r_layout 2 125 0", "~ 0 200 12 0 0 0 0 II"] },
  ])("knows $name", ({ lines }) => {
    expect(wfdb.detect(text("r.hea", ...lines).bytes)).toBe(true);
  });

  it.each([
    { name: "nothing", lines: [] },
    { name: "JSON", lines: ['{"leads":[]}'] },
    { name: "a table of numbers", lines: ["0 1 2", "1 16 5", "2 16 7"] },
    { name: "a table with a heading", lines: ["time I II", "0 16 7"] },
    { name: "CSV", lines: ["100 2 360,5", "a 16 200"] },
    { name: "a format that there is not", lines: ["r 1 360", "r.dat 17 200"] },
  ])("does not take $name for a header", ({ lines }) => {
    expect(wfdb.detect(text("", ...lines).bytes)).toBe(false);
  });
});

describe("a header", () => {
  it("gives a recording all it says", async () => {
    expect(await readFiles(wfdb, SMALL, { timeZone: "Europe/Berlin" })).toEqual({
      recordedAt: Date.parse("2026-01-31T08:30:00Z"),
      subject: null,
      device: null,
      note: null,
      isOpen: false,
      annotations: [],
      leads: [
        { name: "I", samplingRate: 250, gain: 200, baseline: 0, samples: Int32Array.of(1, 2, 3) },
        { name: "V1", samplingRate: 250, gain: 100, baseline: 5, samples: Int32Array.of(-1, -2, -3) },
      ],
    });
  });

  it.each([
    { rates: "360", rate: 360 },
    { rates: "360.", rate: 360 },
    { rates: "3.6e2", rate: 360 },
    { rates: "0.5/60(1.5)", rate: 0.5 },
    { rates: "", rate: 250 },
  ])("has the rate $rate Hz of '$rates'", async ({ rates, rate }) => {
    const { leads } = await readFiles(wfdb, [text("r.hea", `r 1 ${rates}`, "r.dat 16"), data("r.dat", 1, 0)]);
    expect(leads[0].samplingRate).toBe(rate);
  });

  it("without a rate takes the one that it is given", async () => {
    const files = [text("r.hea", "r 1", "r.dat 16"), data("r.dat", 1, 0)];
    expect((await readFiles(wfdb, files, { samplingRate: 500 })).leads[0].samplingRate).toBe(500);
  });

  it.each([
    { date: "9:30:0 31/01/2026", iso: "2026-01-31T09:30:00.000Z" },
    { date: "23:59:59.125 1/2/0980", iso: "0980-02-01T23:59:59.125Z" },
    { date: "9:30:0", iso: null },
    { date: "", iso: null },
    { date: "9:30:0 31/02/2026", iso: null },
    { date: "05-Feb-2020 11:39:16", iso: "2020-02-05T11:39:16.000Z" },
    { date: "12-May-2020 12:33:59", iso: "2020-05-12T12:33:59.000Z" },
    { date: "12:33:59.5 12 September 2020", iso: "2020-09-12T12:33:59.500Z" },
    { date: "12-Mai-2020 12:33:59", iso: null },
    { date: "2020-05-12T12:33:59", iso: "2020-05-12T12:33:59.000Z" },
    { date: "2020-05-12T12:33:59.25Z", iso: "2020-05-12T12:33:59.250Z" },
    { date: "2020-05-12T12:33:59+05:30", iso: "2020-05-12T07:03:59.000Z" },
    { date: "2020-05-12 12:33:59", iso: "2020-05-12T12:33:59.000Z" },
    { date: "12:33:59 2020/5/12", iso: "2020-05-12T12:33:59.000Z" },
    { date: "[17:34:29.000 08/05/2014]", iso: "2014-05-08T17:34:29.000Z" },
    { date: "13/05/2014 17:34:29", iso: "2014-05-13T17:34:29.000Z" },
    { date: "05/13/2014 17:34:29", iso: "2014-05-13T17:34:29.000Z" },
    { date: "05/05/2014 17:34:29", iso: "2014-05-05T17:34:29.000Z" },
    { date: "08/05/2014 17:34:29", iso: null },
    { date: "17:34:29 08/05/14", iso: null },
    { date: "17:34 08/05/2014", iso: null },
    { date: "17:34:29 05/13/2014", iso: null },
    { date: "08/05/2014", iso: null },
    { date: "2014-13-05 17:34:29", iso: null },
    { date: "2020-05-12T12:33:59+26:00", iso: null },
    { date: "2020-05-12T12:33:59ZZ", iso: null },
    { date: "x2020-05-12T12:33:59", iso: null },
    { date: "2020-05-12T1:2:3:4", iso: null },
    { date: "2020-05-12T12:33", iso: null },
    { date: "12020-05-12 12:33:59", iso: null },
    { date: "2020-05-123 12:33:59", iso: null },
    { date: "112-May-2020 12:33:59", iso: null },
    { date: "12-May-20200 12:33:59", iso: null },
    { date: "113/05/2014 17:34:29", iso: null },
    { date: "12:33:59 13/05/20145", iso: null },
    { date: "12/05/2014 17:34:29", iso: null },
    { date: "05/12/2014 17:34:29", iso: null },
    { date: "yesterday", iso: null },
  ])("has the instant $iso of '$date', or a note that quotes it", async ({ date, iso }) => {
    const files = [text("r.hea", `r 1 100 1 ${date}`, "r.dat 16"), data("r.dat", 1, 0)];
    const { recordedAt, notes } = await readFiles(wfdb, files);
    expect(recordedAt === null ? null : new Date(recordedAt).toISOString()).toBe(iso);
    const note = `The header's date and time, "${date}", is not understood as one moment: no date is taken from it.`;
    expect(notes).toEqual(iso === null && date !== "" ? [note] : undefined);
  });

  it("has a date in the zone of the caller, unless it names its own", async () => {
    const dateOf = async (date: string) => {
      const files = [text("r.hea", `r 1 100 1 ${date}`, "r.dat 16"), data("r.dat", 1, 0)];
      const { recordedAt } = await readFiles(wfdb, files, { timeZone: "Asia/Kolkata" });
      return new Date(recordedAt ?? 0).toISOString();
    };
    expect(await dateOf("12-May-2020 12:33:59")).toBe("2020-05-12T07:03:59.000Z");
    expect(await dateOf("2020-05-12T12:33:59-01:00")).toBe("2020-05-12T13:33:59.000Z");
  });

  it.each([
    { scale: "", gain: null, baseline: 0 },
    { scale: "0 12 7", gain: null, baseline: 7 },
    { scale: "200", gain: 200, baseline: 0 },
    { scale: "200 11 1024", gain: 200, baseline: 1024 },
    { scale: "200(-3) 11 1024", gain: 200, baseline: -3 },
    { scale: "-1e3(0)/mV", gain: -1000, baseline: 0 },
    { scale: "4.88(1)/uV", gain: 4880, baseline: 1 },
    { scale: "4.88(1)/µV", gain: 4880, baseline: 1 },
    { scale: "200000/V", gain: 200, baseline: 0 },
    { scale: "0.001/nV", gain: 1000, baseline: 0 },
    { scale: "200/adu", gain: null, baseline: 0 },
    { scale: "200/", gain: 200, baseline: 0 },
    { scale: "0.2/microvolts", gain: 200, baseline: 0 },
    { scale: "20(-1600)/mmHg", gain: 20, baseline: -1600 },
  ])("has a gain of $gain and a baseline of $baseline for '$scale'", async ({ scale, gain, baseline }) => {
    expect(await readLine(`r.dat 16 ${scale}`)).toMatchObject({ gain, baseline });
  });

  it.each([
    { scale: "", unit: undefined },
    { scale: "4.88(1)/uV", unit: undefined },
    { scale: "200/adu", unit: undefined },
    { scale: "200/Millivolt", unit: undefined },
    { scale: "4.88/microV", unit: undefined },
    { scale: "20(-1600)/mmHg", unit: "mmHg" },
    { scale: "0/NU", unit: "NU" },
    { scale: "10/beats/min", unit: "beats/min" },
  ])("has the unit $unit for '$scale'", async ({ scale, unit }) => {
    expect((await readLine(`r.dat 16 ${scale}`)).unit).toBe(unit);
  });

  it("names a lead by all that is behind the block size", async () => {
    expect((await readLine("r.dat 16 200 12 0 0 0 0  ECG  lead II ")).name).toBe("ECG  lead II");
  });

  it("is read in UTF-8 or in what came before it", async () => {
    const line = new TextEncoder().encode("r.dat 16 0.2/");
    const header = [...new TextEncoder().encode("r 1\n"), ...line, 0xb5, 0x56, 0x0a];
    const { leads } = await readFiles(wfdb, [data("r.hea", ...header), data("r.dat", 0, 0)]);
    expect(leads[0].gain).toBe(200);
  });

  it("has a device and a subject in comments", async () => {
    const header = text("r.hea", "r 1", "r.dat 16", "# device: CardioPatch 3", "#Subject:  P-0042", "# age: 81");
    expect(await readFiles(wfdb, [header, data("r.dat")])).toMatchObject({
      device: "CardioPatch 3",
      subject: "P-0042",
    });
  });
});

describe("samples", () => {
  it.each([
    { format: "8 1 8 0 100", bytes: [5, 253, 128], samples: [105, 102, -26] },
    { format: "8 1 8 -7", bytes: [5, 253], samples: [-2, -5] },
    { format: "16", bytes: [0x2c, 1, 0xff, 0xff, 0, 0x80], samples: [300, -1, MISSING] },
    { format: "24", bytes: [1, 0, 1, 0xff, 0xff, 0xff, 0, 0, 0x80], samples: [65537, -1, MISSING] },
    { format: "32", bytes: [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0x80], samples: [2 ** 24, -1, MISSING] },
    { format: "61", bytes: [1, 0x2c, 0xff, 0xff, 0x80, 0], samples: [300, -1, MISSING] },
    { format: "80", bytes: [133, 127, 0], samples: [5, -1, MISSING] },
    { format: "160", bytes: [0x2c, 0x81, 0xff, 0x7f, 0, 0], samples: [300, -1, MISSING] },
    { format: "212", bytes: [0xe8, 0xf3, 0xff, 0, 0x08], samples: [1000, -1, MISSING] },
    { format: "310", bytes: [0x58, 0x02, 0xfe, 0x87], samples: [300, -1, MISSING] },
    { format: "311", bytes: [0x2c, 0xfd, 0x0f, 0x20], samples: [300, -1, MISSING] },
  ])("of format $format are unpacked", async ({ format, bytes, samples }) => {
    expect(await readSamples([`r 1 100 ${samples.length}`, `r.dat ${format}`], bytes)).toEqual([samples]);
    expect(await readSamples(["r 1 100", `r.dat ${format}`], bytes)).toEqual([samples]);
  });

  it.each([
    { format: "212", bytes: [0xe8, 0x03], samples: [1000] },
    { format: "310", bytes: [0x58, 0x02], samples: [300] },
    { format: "310", bytes: [0x58, 0x02, 0xfe, 0x07], samples: [300, -1] },
    { format: "311", bytes: [0x2c, 0x01], samples: [300] },
    { format: "311", bytes: [0x2c, 0xfd, 0x0f], samples: [300, -1] },
  ])("of format $format may end within a group", async ({ format, bytes, samples }) => {
    expect(await readSamples([`r 1 100 ${samples.length}`, `r.dat ${format}`], bytes)).toEqual([samples]);
  });

  it("of several signals take turns, some with more in a frame", async () => {
    const lines = ["r 2 100 2", "r.dat 80x2 1", "r.dat 80 1"];
    const { leads } = await readFiles(wfdb, [text("r.hea", ...lines), data("r.dat", 129, 130, 138, 131, 132, 139)]);
    expect(leads.map(({ samplingRate, samples }) => ({ samplingRate, samples: [...samples] }))).toEqual([
      { samplingRate: 200, samples: [1, 2, 3, 4] },
      { samplingRate: 100, samples: [10, 11] },
    ]);
  });

  it("begin behind a prolog", async () => {
    expect(await readSamples(["r 1 100 2", "r.dat 80+3"], [1, 2, 3, 129, 130])).toEqual([[1, 2]]);
  });

  it("that come before the record begins are left out, and lack at its end", async () => {
    const lines = ["r 2 100 3", "r.dat 80 1", "r.dat 80x2:2 1"];
    const bytes = [129, 138, 139, 130, 140, 141, 131, 142, 143];
    expect(await readSamples(lines, bytes)).toEqual([
      [1, 2, 3],
      [14, 15, MISSING, MISSING, MISSING, MISSING],
    ]);
  });

  it("of a signal in no file are missing", async () => {
    expect(await readSamples(["r 2 100 2", "~ 0 200", "r.dat 80"], [129, 130])).toEqual([
      [MISSING, MISSING],
      [1, 2],
    ]);
  });

  it("behind those that the header promises are none", async () => {
    expect(await readSamples(["r 1 100 2", "r.dat 80"], [129, 130, 131])).toEqual([[1, 2]]);
  });

  it("are given for the leads that are wanted, in their order", async () => {
    const { leads } = await readFiles(wfdb, SMALL, { leads: ["V1", "i"] });
    expect(leads.map(({ name, samples }) => [name, ...samples])).toEqual([
      ["V1", -1, -2, -3],
      ["I", 1, 2, 3],
    ]);
  });

  it("of a checksum without its sign are accepted", async () => {
    expect(await readSamples(["r 1 100 2", "r.dat 80 1 8 0 -1 65533"], [127, 126])).toEqual([[-1, -2]]);
  });

  it("are summed up as they are stored, missing ones too", async () => {
    expect(await readSamples(["r 1 100 2", "r.dat 212 1 12 0 5 -2043"], [5, 0x80, 0])).toEqual([[5, MISSING]]);
  });

  it.each([
    { name: "the right checksum", checksum: 3 },
    { name: "none", checksum: 0 },
  ])("are not held against the initial value of a header with $name", async ({ checksum }) => {
    expect(await readSamples(["r 1 100 2", `r.dat 80 1 8 0 2 ${checksum}`], [129, 130])).toEqual([[1, 2]]);
  });

  it("begin with the initial value in format 8, which has differences", async () => {
    expect(await readSamples(["r 1 100 2", "r.dat 8 1 8 0 100 203"], [1, 1])).toEqual([[101, 102]]);
  });

  it("are not held against an initial value if the first is missing", async () => {
    expect(await readSamples(["r 1 100 1", "r.dat 212 1 12 0 -32768"], [0, 8])).toEqual([[MISSING]]);
  });

  it("are not held against a header without a length, whose checksum may be of anything", async () => {
    expect(await readSamples(["r 1 100 0", "r.dat 80 1 8 0 5 5"], [129, 130])).toEqual([[1, 2]]);
  });

  it("are not held against zeros, which stand for what is not known", async () => {
    expect(await readSamples(["r 1 100 2", "r.dat 80 1 8 0 0 0"], [129, 130])).toEqual([[1, 2]]);
  });
});

describe("files", () => {
  const [header, samples] = SMALL;

  it("are read in any order", async () => {
    expect(await readFiles(wfdb, [samples, header])).toEqual(await readFiles(wfdb, SMALL));
  });

  it("are found in any case, and without the folders that a header names", async () => {
    const other = text("R.HEA", "r 1 100 2", "data/R.dat 80");
    expect((await readFiles(wfdb, [other, data("r.DAT", 129, 130)])).leads[0].samples).toEqual(Int32Array.of(1, 2));
  });

  it("of several signals are read side by side", async () => {
    const lines = ["r 3 100 2", "a.dat 80", "a.dat 80", "b.dat 16"];
    const files = [text("r.hea", ...lines), data("b.dat", 1, 0, 2, 0), data("a.dat", 129, 130, 131, 132)];
    const { leads } = await readFiles(wfdb, files);
    expect(leads.map(({ samples }) => [...samples])).toEqual([
      [1, 3],
      [2, 4],
      [1, 2],
    ]);
  });

  it("of no wanted lead need not be there", async () => {
    const lines = ["r 2 100 2", "a.dat 80 1 8 0 0 0 0 I", "b.dat 80 1 8 0 0 0 0 II"];
    const { leads } = await readFiles(wfdb, [text("r.hea", ...lines), data("b.dat", 129, 130)], { leads: ["II"] });
    expect(leads[0].samples).toEqual(Int32Array.of(1, 2));
  });

  it("that are of no use are passed over", async () => {
    const extra = [data("notes.txt", 1), data("r.qrs", 2), data("Photo.jpg", 3)];
    expect(await readFiles(wfdb, [header, extra[0], samples, extra[1], extra[2]])).toEqual({
      ...(await readFiles(wfdb, SMALL)),
      notes: [
        "A file that is named after the record is no annotation file and is not kept: r.qrs, byte 0: the annotations end without their end mark.",
        "Files that are none of the record's are not kept: notes.txt, Photo.jpg.",
      ],
    });
  });

  it("are found where the record's name has a folder", async () => {
    const lines = ["beats/r 1 100 2 9:30:0 31/01/2026", "beats/r.dat 80"];
    const { leads, notes } = await readFiles(wfdb, [text("r.hea", ...lines), data("r.dat", 129, 130)]);
    expect([leads[0].samples, notes]).toEqual([Int32Array.of(1, 2), undefined]);
    const ofNumber = [text("100.hea", "mitdb/100 1 360 2", "100.dat 80 200"), data("100.dat", 129, 130)];
    expect((await readFiles(wfdb, ofNumber)).leads[0].samples).toEqual(Int32Array.of(1, 2));
  });

  it("that are a little shorter than the header says lack samples at their end, with a note", async () => {
    const lines = ["r 2 100 4", "a.dat 80 1 8 0 0 99", "b.dat 80x2 1 8 0 0 0"];
    const files = [
      text("r.hea", ...lines),
      data("a.dat", 129, 130, 131),
      data("b.dat", 130, 130, 131, 131, 132, 132, 9),
    ];
    const { leads, notes } = await readFiles(wfdb, files);
    expect(leads.map(({ samples }) => [...samples])).toEqual([
      [1, 2, 3, MISSING],
      [2, 2, 3, 3, 4, 4, MISSING, MISSING],
    ]);
    expect(notes).toEqual([
      "2 files are shorter than the header says, and the rest of them is missing: a.dat has 3 of the 4 samples that the header promises, the rest is missing, to begin with.",
    ]);
  });

  it("may lack a second, and a frame where frames are longer", async () => {
    const lastOf = async (rate: string, count: number) => {
      const files = [text("r.hea", `r 1 ${rate} ${count}`, "r.dat 80"), data("r.dat", 129)];
      return (await readFiles(wfdb, files)).leads[0].samples.at(-1);
    };
    expect(await lastOf("100", 101)).toBe(MISSING);
    await expect(lastOf("100", 102)).rejects.toMatchObject({ code: "invalid" });
    expect(await lastOf("0.1", 2)).toBe(MISSING);
    await expect(lastOf("0.1", 3)).rejects.toMatchObject({ code: "invalid" });
  });

  it("that are shorter by more than is read at a time lack it all", async () => {
    const files = [
      text("r.hea", "r 1 1000000 200000", "r.dat 80"),
      { name: "r.dat", bytes: new Uint8Array(9).fill(129) },
    ];
    const { leads, notes } = await readFiles(wfdb, files);
    expect(leads[0].samples).toEqual(new Int32Array(200_000).fill(MISSING).fill(1, 0, 9));
    expect(notes).toHaveLength(1);
  });

  it.each([
    { format: "80", count: 2, bytes: [129, 130, 131] },
    { format: "212", count: 1, bytes: [1, 0, 0, 2, 0] },
    { format: "310", count: 1, bytes: [2, 0, 0, 0, 4, 0] },
    { format: "16", count: 2, bytes: [1, 0, 2, 0, 3, 0] },
  ])("of format $format that are longer than the header says have a note", async ({ format, count, bytes }) => {
    const { leads, notes } = await readFiles(wfdb, [
      text("r.hea", `r 1 100 ${count}`, `r.dat ${format}`),
      data("r.dat", ...bytes),
    ]);
    expect(leads[0].samples).toHaveLength(count);
    expect(notes).toEqual([
      "The file r.dat is longer than the header says: what is behind the record's end is not kept.",
    ]);
  });

  it.each([
    { format: "16", count: 2, bytes: [1, 0, 2, 0, 3] },
    { format: "212", count: 1, bytes: [1, 0, 0] },
    { format: "310", count: 1, bytes: [2, 0, 0, 0] },
    { format: "311", count: 2, bytes: [1, 8, 0, 0] },
  ])("of format $format with the rest of a last group have none", async ({ format, count, bytes }) => {
    const files = [text("r.hea", `r 1 100 ${count}`, `r.dat ${format}`), data("r.dat", ...bytes)];
    expect((await readFiles(wfdb, files)).notes).toBeUndefined();
  });

  it("of two records are refused by the name that is there twice", async () => {
    const [header, samples] = SMALL;
    for (const files of [
      [header, samples, header, samples],
      [samples, header, samples],
      [header, samples, { ...samples, name: `q/${samples.name}` }],
    ]) {
      await expect(readFiles(wfdb, files)).rejects.toMatchObject({
        options: { errors: [{ message: "is there twice: one record is read" }] },
      });
    }
  });

  it("come in while they are read, in stretches of the same time in all leads", async () => {
    // 16 MiB, of which 8 are looked at for other headers.
    const bytes = new Uint8Array(2 ** 24).fill(129);
    const step = 2 ** 16;
    let taken = 0;
    function* parts() {
      for (let at = 0; at < bytes.length; at += step) {
        taken = at + step;
        yield bytes.subarray(at, taken);
      }
    }
    const files: InputFile[] = [{ name: "r.dat", bytes: new ByteStream(parts()) }];
    const lines = text("r.hea", "r 2 100 8388608", "r.dat 80", "r.dat 80");
    const first = { name: "r.hea", bytes: new ByteStream([lines.bytes]) };
    const { stretches } = await wfdb.open(first, { timeZone: "UTC" }, async () => files.shift());
    const seen: number[][] = [];
    for await (const stretch of stretches) seen.push([stretch.samples[0].length, stretch.samples[1].length, taken]);
    expect(seen[0]).toEqual([65532, 65532, 2 ** 23]);
    // Then no more than the stretches need.
    expect(seen[80]).toEqual([65532, 65532, Math.ceil((81 * 2 * 65532) / step) * step]);
    expect(seen.at(-1)).toEqual([0, 0, bytes.length]);
    expect(seen.reduce((sum, [count]) => sum + count, 0)).toBe(2 ** 23);
  });

  it("that must be held are no more than 32 MiB", async () => {
    const part = new Uint8Array(2 ** 20);
    let count = 0;
    function* endless() {
      for (;;) {
        count++;
        yield part;
      }
    }
    const file = { name: "r.dat", bytes: new ByteStream(endless()) };
    await expect(wfdb.open(file, { timeZone: "UTC" }, async () => undefined)).rejects.toMatchObject({
      code: "too-large",
    });
    expect(count).toBe(33);
  });
});

describe("refusals", () => {
  const bytes = data("r.dat", 129, 130);
  it.each([
    { lines: [], error: ["r.hea", "has no record line"] },
    { lines: ["r"], error: ["r.hea, line 1", "nothing is no number of signals"] },
    { lines: ["r x"], error: ["r.hea, line 1", "x is no number of signals"] },
    { lines: ["r/ 1"], error: ["r.hea, line 1", "no name of a record"] },
    {
      lines: ["r 2 100 2", "r.dat 80", "r.dat 80:3"],
      error: ["r.dat", "a skew of 3 frames is longer than the 2 frames that there are"],
    },
    {
      lines: ["r 1 100", "r.dat 80x2:3"],
      error: ["r.dat", "a skew of 3 frames is longer than the 1 frames that there are"],
    },
    { lines: ["r 1 0"], error: ["r.hea, line 1", "a sampling frequency of 0 Hz"] },
    { lines: ["r 1 0x10"], error: ["r.hea, line 1", "0x10 is no sampling frequency"] },
    { lines: ["r 1 100 -1"], error: ["r.hea, line 1", "-1 is no number of samples"] },
    { lines: ["r 0 100 1"], error: ["r", "has no signals"] },
    { lines: ["r 2", "r.dat 80"], error: ["r.hea, line 1", "promises 2 signals, behind it come 1 lines"] },
    {
      lines: ["r 257", ...Array.from({ length: 257 }, () => "r.dat 80")],
      error: ["r.hea, line 1", "257 signals are more than 256"],
    },
    { lines: ["r 1", "r.dat"], error: ["r.hea, line 2", "nothing is no format"] },
    { lines: ["r 1", "", "r.dat 80y"], error: ["r.hea, line 3", "80y is no format"] },
    { lines: ["r 1", "r.dat x80"], error: ["r.hea, line 2", "x80 is no format"] },
    { lines: ["r 1", "r.dat 80 200(0)x"], error: ["r.hea, line 2", "no gain"] },
    { lines: ["r 1", `#${"x".repeat(2 ** 20)}`, "r.dat 80"], error: ["r.hea", "is too long for a header"] },
    { lines: ["r 1", "r.dat 81"], error: ["r.dat", "is in format 81, which is not known"] },
    { lines: ["r 1", "r.dat 80x65537"], error: ["r.hea, line 1", "65537 samples in a frame are too many"] },
    { lines: ["r 1", "r.dat 80 x"], error: ["r.hea, line 2", "x is no ADC gain"] },
    { lines: ["r 1", "r.dat 80 1(x)"], error: ["r.hea, line 2", "x is no baseline"] },
    { lines: ["r 2", "r.dat 80", "r.dat 16"], error: ["r.dat", "its signals differ in format or byte offset"] },
    { lines: ["r 2", "r.dat 80", "r.dat 80+1"], error: ["r.dat", "its signals differ in format or byte offset"] },
    { lines: ["r 1", "r.dat 80+3"], error: ["r.dat", "ends before its byte 3, where the samples begin"] },
    { lines: ["r 1", "other.dat 80"], error: ["other.dat", "is missing, and the header names it"] },
    {
      lines: ["r 1 100 103", "r.dat 80"],
      error: ["r.dat", "ends after 2 of the 103 samples that the header promises"],
    },
    {
      lines: ["r 1 100 1", "r.dat 16x2"],
      error: ["r.dat", "ends after 0 of the 1 samples that the header promises"],
    },
    {
      lines: ["r 1 100 2147483648", "r.dat 80"],
      error: ["r.dat", "ends after 2 of the 2147483648 samples that the header promises"],
    },
    {
      lines: ["r 1 100 2147483648", "~ 0"],
      error: ["r", "has more than 33554432 samples that are in no file, or no length for them"],
    },
    {
      lines: ["r 2 100", "r.dat 80", "~ 0"],
      error: ["r", "has more than 33554432 samples that are in no file, or no length for them"],
    },
    {
      lines: ["r 1 100 2", "r.dat 80 1 8 0 1 4 0 II"],
      error: ["r.dat, signal 1 (II)", "the header has the checksum 4, its samples 3"],
    },
    {
      lines: ["r 1 100 2", "r.dat 80 1 8 0 2 4 0 II"],
      error: ["r.dat, signal 1 (II)", "the header has the checksum 4, its samples 3"],
    },
  ])("says of $lines: $error", async ({ lines, error: [path, message] }) => {
    await expect(readFiles(wfdb, [text("r.hea", ...lines), bytes])).rejects.toMatchObject({
      code: "invalid",
      options: { errors: [{ path, message }] },
    });
  });

  it("says which lead is wanted and is not there", async () => {
    await expect(readFiles(wfdb, SMALL, { leads: ["V2"] })).rejects.toMatchObject({
      options: { errors: [{ path: "r", message: "has no signal that is called V2" }] },
    });
  });

  it("takes no more leads than an ECG has", async () => {
    const lines = Array.from({ length: 65 }, (_, i) => `r.dat 80 1 8 0 0 0 0 E${i}`);
    const files = [text("r.hea", "r 65", ...lines), data("r.dat", ...new Uint8Array(65).fill(130))];
    await expect(readFiles(wfdb, files)).rejects.toMatchObject({
      options: { errors: [{ path: "r", message: "65 leads are more than the 64 of an ECG" }] },
    });
    expect((await readFiles(wfdb, files, { leads: ["E64"] })).leads[0].samples).toEqual(Int32Array.of(2));
  });

  it("takes one record at a time", async () => {
    await expect(readFiles(wfdb, [...SMALL, text("s.hea", "s 1", "s.dat 80")])).rejects.toMatchObject({
      options: { errors: [{ path: "s.hea" }] },
    });
  });

  it("says of files that no header is among them", async () => {
    await expect(readFiles(wfdb, [SMALL[1]])).rejects.toMatchObject({
      options: { errors: [{ path: "r.dat", message: "is no WFDB header, and none (.hea) is among the files" }] },
    });
  });

  it.each([
    { format: "16", bytes: [1, 0, 2, 0], note: false },
    { format: "16", bytes: [1, 0, 2, 0, 3], note: true },
    { format: "16", bytes: [1, 0, 2, 0, 3, 0], note: true },
    { format: "212", bytes: [1, 0, 2], note: false },
    { format: "212", bytes: [1, 0, 2, 0], note: true },
  ])("says that a file of format $format with $bytes ends within a frame: $note", async ({ format, bytes, note }) => {
    const lines = ["r 2 100", `r.dat ${format}`, `r.dat ${format}`];
    const { leads, notes } = await readFiles(wfdb, [text("r.hea", ...lines), data("r.dat", ...bytes)]);
    expect(leads.map(({ samples }) => [...samples])).toEqual([[1], [2]]);
    expect(notes).toEqual(
      note ? ["The file r.dat ends within a frame, which is left out: it may have been cut off."] : undefined,
    );
  });

  it("says of files of differing length that they are so, where the header gives none", async () => {
    const files = [text("r.hea", "r 2", "a.dat 80", "b.dat 80"), data("a.dat", 1, 2), data("b.dat", 1)];
    await expect(readFiles(wfdb, files)).rejects.toMatchObject({
      options: { errors: [{ path: "b.dat", message: "is not as long as a.dat" }] },
    });
  });
});

describe("a damaged file", () => {
  it("is a header that is refused, or still one", () => expectNoHarm(wfdb, SMALL, 0));
  it("has samples that are refused, or still some", () => expectNoHarm(wfdb, SMALL, 1));
});
