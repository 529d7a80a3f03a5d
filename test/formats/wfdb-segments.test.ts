import { describe, expect, it } from "vitest";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import { wfdb } from "../../src/formats/wfdb/wfdb.ts";
import { MISSING } from "../../src/recording/recording.ts";
import { expectNoHarm, type File, readFiles } from "../support/fuzz.ts";

const text = (name: string, ...lines: string[]): File => ({
  name,
  bytes: new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")),
});
const data = (name: string, ...bytes: number[]): File => ({ name, bytes: Uint8Array.from(bytes) });
const leadsOf = async (files: File[], leads?: string[]) =>
  (await readFiles(wfdb, files, { leads })).leads.map(({ name, samples }) => [name, ...samples]);

/** Opens a record without reading its samples. */
function open(files: readonly File[]) {
  const [first, ...rest] = files.map(({ name, bytes }) => ({ name, bytes: new ByteStream([bytes]) }));
  return wfdb.open(first, { timeZone: "UTC" }, async () => rest.shift());
}

/** Two segments with the same two leads, in different formats. */
const FIXED = [
  text("m.hea", "m/2 2 100 5 12:00:00 01/02/2003", "a 3", "b 2"),
  data("a.dat", 129, 138, 130, 139, 131, 140),
  text("a.hea", "a 2 100 3", "a.dat 80 200 8 0 1 6 0 I", "a.dat 80 200 8 0 10 33 0 II"),
  text("b.hea", "b 2 100 2", "b.dat 16 200 16 0 4 9 0 I", "b.dat 16 200 16 0 13 27 0 II"),
  data("b.dat", 4, 0, 13, 0, 5, 0, 14, 0),
];

/** The same, with a gap of twelve days instead of the second segment. */
const LONG_GAP = [text("m.hea", "m/2 2", "a 3", "~ 99999999"), ...FIXED.slice(1)];

/** A segment of 4000 samples, listed so often that they would be 80 million. */
const OFTEN = [
  text("m.hea", "m/20000 2", ...Array.from({ length: 20_000 }, () => "a 2000")),
  text("a.hea", "a 2 100 2000", "a.dat 80", "a.dat 80"),
  data("a.dat", ...new Uint8Array(4000)),
];

/** A layout of two leads, then one segment with both in another order, a gap, and one with the second lead alone. */
const VARIABLE = [
  text("v.hea", "v/4 2 100 6", "v_layout 0", "x 2", "~ 2", "y 2"),
  text("v_layout.hea", "v_layout 2 100 0", "~ 0 50(1)/mV 8 0 0 0 0 I", "~ 0 200 8 0 0 0 0 II"),
  text("x.hea", "x 2 100 2 12:00:00 01/02/2003", "x.dat 80 200 8 0 1 3 0 II", "x.dat 80 400(7) 8 0 10 21 0 I"),
  data("x.dat", 129, 138, 130, 139),
  text("y.hea", "y 1 100 2", "y.dat 80 200 8 0 3 7 0 II"),
  data("y.dat", 131, 132),
];

describe("a record of segments", () => {
  it("goes on in each lead", async () => {
    expect(await leadsOf(FIXED)).toEqual([
      ["I", 1, 2, 3, 4, 5],
      ["II", 10, 11, 12, 13, 14],
    ]);
  });

  it("has the date of its own header, or of the first segment's", async () => {
    const date = Date.parse("2003-02-01T12:00:00Z");
    expect((await readFiles(wfdb, FIXED)).recordedAt).toBe(date);
    const [, , first, ...rest] = FIXED;
    const dated = text(
      "a.hea",
      "a 2 100 3 12:00:00 01/02/2003",
      ...new TextDecoder().decode(first.bytes).split("\n").slice(1),
    );
    expect(
      (await readFiles(wfdb, [text("m.hea", "m/2 2 100 5", "a 3", "b 2"), FIXED[1], dated, ...rest])).recordedAt,
    ).toBe(date);
  });

  it("is read in whatever order its files come", async () => {
    const expected = await readFiles(wfdb, FIXED);
    const orders = FIXED.map((_, i) => [...FIXED.slice(i), ...FIXED.slice(0, i)]);
    for (const order of [...orders, ...orders.map((files) => files.toReversed())]) {
      expect(await readFiles(wfdb, order)).toEqual(expected);
    }
  });

  it("may have a segment twice", async () => {
    expect(await leadsOf([text("m.hea", "m/3 2", "a 3", "b 2", "a 3"), ...FIXED.slice(1)], ["I"])).toEqual([
      ["I", 1, 2, 3, 4, 5, 1, 2, 3],
    ]);
  });

  it("may have a segment without signals, which is a gap", async () => {
    const files = [
      text("m.hea", "m/2 2 100 4", "null 1", "a 3"),
      text("null.hea", "null 1 100 1", "~ 0"),
      ...FIXED.slice(1),
    ];
    expect(await leadsOf(files)).toEqual([
      ["I", MISSING, 1, 2, 3],
      ["II", MISSING, 10, 11, 12],
    ]);
  });

  it("has missing samples where a segment lacks a lead of the layout, and in gaps", async () => {
    expect(await leadsOf(VARIABLE)).toEqual([
      ["I", 10, 11, MISSING, MISSING, MISSING, MISSING],
      ["II", 1, 2, MISSING, MISSING, 3, 4],
    ]);
  });

  it("has the scale of its samples, not that of the layout", async () => {
    const { leads } = await readFiles(wfdb, VARIABLE);
    expect(leads.map(({ gain, baseline }) => ({ gain, baseline }))).toEqual([
      { gain: 400, baseline: 7 },
      { gain: 200, baseline: 0 },
    ]);
  });

  it("has the scale of the layout for a lead that no segment has", async () => {
    const layout = text("v_layout.hea", "v_layout 1 100 0", "~ 0 50(1)/mV 8 0 0 0 0 V1");
    const { leads } = await readFiles(wfdb, [VARIABLE[0], layout, ...VARIABLE.slice(2)]);
    expect(leads).toEqual([
      { name: "V1", samplingRate: 100, gain: 50, baseline: 1, samples: new Int32Array(6).fill(MISSING) },
    ]);
  });

  it("gives the leads that are wanted", async () => {
    expect(await leadsOf(VARIABLE, ["II"])).toEqual([["II", 1, 2, MISSING, MISSING, 3, 4]]);
  });

  it("has annotations that count from its beginning", async () => {
    const { annotations } = await readFiles(wfdb, [...FIXED, data("m.atr", 4, 4, 0, 0), data("a.atr", 1, 4, 0, 0)]);
    expect(annotations).toEqual([{ time: 0.04, code: "N" }]);
  });
});

describe("a scale that changes between segments", () => {
  /** Four segments in three scales of II, a gap, and a signal in one scale. */
  const SCALES = [
    text("s.hea", "s/7 2 100 9 12:00:00 01/02/2003", "s_layout 0", "a 1", "~ 1", "b 2", "c 2", "d 1", "a 2"),
    text("s_layout.hea", "s_layout 2 100 0", "~ 0 200 8 0 0 0 0 II", "~ 0 2(-5)/mmHg 8 0 0 0 0 ABP"),
    text("a.hea", "a 1 100", "a.dat 80 50 8 0 0 0 0 II"),
    data("a.dat", 129, 130),
    text("b.hea", "b 2 100 2", "b.dat 80 70 8 0 3 7 0 II", "b.dat 80 2(-5)/mmHg 8 0 20 41 0 ABP"),
    data("b.dat", 131, 148, 132, 149),
    text("c.hea", "c 1 100 2", "c.dat 80 50 8 0 5 11 0 II"),
    data("c.dat", 133, 134),
    text("d.hea", "d 1 100 1", "d.dat 80 70(1) 8 0 7 7 0 II"),
    data("d.dat", 135),
  ];

  it("makes a lead of each scale, exact where it holds and missing where another does", async () => {
    const { leads, notes, annotations } = await readFiles(wfdb, [
      ...SCALES,
      data("s.qrs", 3, 4, 0, 0xf8, 1, 4, 1, 0xf8, 0, 0),
    ]);
    const gap = MISSING;
    expect(leads).toEqual([
      {
        name: "II",
        samplingRate: 100,
        gain: 50,
        baseline: 0,
        samples: Int32Array.of(1, gap, gap, gap, 5, 6, gap, 1, 2),
      },
      {
        name: "II (2)",
        samplingRate: 100,
        gain: 70,
        baseline: 0,
        samples: Int32Array.of(gap, gap, 3, 4, gap, gap, gap, gap, gap),
      },
      {
        name: "II (3)",
        samplingRate: 100,
        gain: 70,
        baseline: 1,
        samples: Int32Array.of(gap, gap, gap, gap, gap, gap, 7, gap, gap),
      },
      {
        name: "ABP",
        samplingRate: 100,
        gain: 2,
        baseline: -5,
        unit: "mmHg",
        samples: Int32Array.of(gap, gap, 20, 21, gap, gap, gap, gap, gap),
      },
    ]);
    expect(annotations).toEqual([
      { time: 0.03, code: "N", annotator: "qrs" },
      { time: 0.04, code: "N", annotator: "qrs", lead: "ABP" },
    ]);
    expect(notes).toEqual([
      "Gains or baselines change between segments: each scale of a signal is a lead of its own, missing where another holds: II to II (3).",
      "The file a.dat is longer than the header says: what is behind the record's end is not kept.",
    ]);
  });

  it("gives the scale that is wanted, and notes that there are others", async () => {
    const { leads, notes } = await readFiles(wfdb, SCALES, { leads: ["II (2)"] });
    expect(leads.map(({ name, gain, samples }) => [name, gain, ...samples.slice(2, 4)])).toEqual([
      ["II (2)", 70, 3, 4],
    ]);
    expect(notes?.[0]).toMatch(/II to II \(3\)\.$/);
    const abp = await readFiles(wfdb, SCALES, { leads: ["ABP"] });
    expect(abp.notes).toBeUndefined();
  });

  it("may make more missing samples than another record has, eight for each byte", async () => {
    const count = 2 ** 20;
    const names = Array.from({ length: 38 }, (_, i) => `E${i}`);
    const files = [
      text("s.hea", `s/3 38 100 ${count + 1}`, "s_layout 0", "a 1", `b ${count}`),
      text("s_layout.hea", "s_layout 38 100 0", ...names.map((name) => `~ 0 1 8 0 0 0 0 ${name}`)),
      text("a.hea", "a 38 100 1", ...names.map((name) => `a.dat 80 1 8 0 0 0 0 ${name}`)),
      { name: "a.dat", bytes: new Uint8Array(38).fill(129) },
      text("b.hea", `b 1 100 ${count}`, "b.dat 80 2 8 0 0 0 0 E0"),
      { name: "b.dat", bytes: new Uint8Array(count).fill(129) },
    ];
    const { head, stretches } = await open(files);
    expect(head.leads.map(({ name }) => name)).toEqual(["E0", "E0 (2)", ...names.slice(1)]);
    let seen = 0;
    for await (const { samples } of stretches) seen += samples[37].length;
    expect(seen).toBe(count + 1);
  });

  it("is read in stretches of the same time in all leads", async () => {
    const frames = 100_000;
    const segment = (name: string, gain: number) => [
      text(`${name}.hea`, `${name} 1 100 ${frames}`, `${name}.dat 80 ${gain} 8 0 0 0 0 II`),
      { name: `${name}.dat`, bytes: new Uint8Array(frames).fill(129) },
    ];
    const files = [
      text("s.hea", `s/2 1 100 ${2 * frames}`, `a ${frames}`, `b ${frames}`),
      ...segment("a", 1),
      ...segment("b", 2),
    ];
    const { stretches } = await open(files);
    const lengths: number[][] = [];
    for await (const { samples } of stretches) lengths.push(samples.map(({ length }) => length));
    expect(lengths).toEqual([65532, 34468, 65532, 34468, 0].map((length) => [length, length]));
  });

  it("is a damaged header that is refused, or still one", () => expectNoHarm(wfdb, SCALES, 0));
  it("is a damaged segment that is refused, or still one", () => expectNoHarm(wfdb, SCALES, 4));
});

describe("notes", () => {
  it("tell signals that the layout does not name, and names that change where there is none", async () => {
    const y = text("y.hea", "y 1 100 2", "y.dat 80 200 8 0 3 7 0 V9");
    expect((await readFiles(wfdb, [...VARIABLE.slice(0, 4), y, VARIABLE[5]])).notes).toEqual([
      'Signals of segments that the layout does not name are not kept: 1, the first "V9" of y.',
    ]);
    const b = text("b.hea", "b 2 100 2", "b.dat 16 200 16 0 4 9 0 I", "b.dat 16 200 16 0 13 27 0 V2");
    expect((await readFiles(wfdb, [...FIXED.slice(0, 3), b, FIXED[4]])).notes).toEqual([
      'Signals are named differently in segments, and keep the first name: "II" is "V2" in b.',
    ]);
  });

  it("tell an annotation file of a segment", async () => {
    const { notes, annotations } = await readFiles(wfdb, [...FIXED, data("a.atr", 1, 4, 0, 0)]);
    expect([annotations, notes]).toEqual([[], ["Files that are none of the record's are not kept: a.atr."]]);
  });

  it("tell the first of the dates that is not understood, where there is no other", async () => {
    const files = [text("m.hea", "m/2 2 100 5", "a 3", "b 2"), ...FIXED.slice(1)];
    const first = text(
      "a.hea",
      ...new TextDecoder().decode(FIXED[2].bytes).trim().replace("100 3", "100 3 12:00:00").split("\n"),
    );
    expect(
      (
        await readFiles(
          wfdb,
          files.map((file) => (file.name === "a.hea" ? first : file)),
        )
      ).notes,
    ).toEqual(['The header\'s date and time, "12:00:00", is not understood as one moment: no date is taken from it.']);
    const dated = FIXED.map((file) => (file.name === "a.hea" ? first : file));
    expect((await readFiles(wfdb, dated)).notes).toBeUndefined();
  });
});

it("a record of segments without a date has that of its first signals, less the time before them", async () => {
  const files = [
    text("m.hea", "m/2 2 100 5", "null 2", "a 3"),
    text("null.hea", "null 1 100 2", "~ 0"),
    FIXED[1],
    text("a.hea", "a 2 100 3 12:00:00 01/02/2003", "a.dat 80 200 8 0 1 6 0 I", "a.dat 80 200 8 0 10 33 0 II"),
  ];
  expect((await readFiles(wfdb, files)).recordedAt).toBe(Date.parse("2003-02-01T11:59:59.980Z"));
});

describe("refusals", () => {
  it.each([
    {
      name: "a length that is not that of the segments",
      files: [text("m.hea", "m/2 2 100 6", "a 3", "b 2"), ...FIXED.slice(1)],
      error: { path: "m", message: "promises 6 samples, its segments 5" },
    },
    {
      name: "a segment of another length",
      files: [text("m.hea", "m/2 2 100 6", "a 4", "b 2"), ...FIXED.slice(1)],
      error: { path: "a.hea", message: "has 3 samples where its record says 4" },
    },
    {
      name: "a segment of another rate",
      files: [text("m.hea", "m/2 2 200 5", "a 3", "b 2"), ...FIXED.slice(1)],
      error: { path: "a.hea", message: "has 100 Hz where its record has 200 Hz" },
    },
    {
      name: "a segment whose header is not there",
      files: FIXED.filter(({ name }) => name !== "b.hea"),
      error: { path: "b.hea", message: "is missing, and the header names it" },
    },
    {
      name: "a segment whose samples are not there",
      files: FIXED.filter(({ name }) => name !== "b.dat"),
      error: { path: "b.dat", message: "is missing, and the header names it" },
    },
    {
      name: "a segment of segments",
      files: [text("m.hea", "m/1 2", "m 3"), ...FIXED.slice(1)],
      error: { path: "m.hea", message: "is a segment and consists of segments itself" },
    },
    {
      name: "a segment with fewer leads, where there is no layout",
      files: [...FIXED.slice(0, 3), text("b.hea", "b 1 100 2", "b.dat 16 200"), FIXED[4]],
      error: { path: "b", message: "has 1 signals where its record has 2" },
    },
    {
      name: "a segment with more samples in a frame",
      files: [...FIXED.slice(0, 3), text("b.hea", "b 2 100 2", "b.dat 16x2 200", "b.dat 16 200"), FIXED[4]],
      error: { path: "b", message: "the samples per frame of I differ from those of its record" },
    },
    {
      name: "a segment with two leads of one name",
      files: [...VARIABLE.slice(0, 4), text("y.hea", "y 2", "y.dat 80", "y.dat 80"), VARIABLE[5]],
      error: { path: "y", message: "has two signals of one name: they cannot be told apart" },
    },
    {
      name: "nothing but gaps",
      files: [text("m.hea", "m/1 2 100 5", "~ 5")],
      error: { path: "m", message: "has no segment with signals" },
    },
    {
      name: "a gap of years",
      files: LONG_GAP,
      error: {
        path: "m",
        // 2^25, and 8 for each byte.
        message: `has more than ${2 ** 25 + 8 * LONG_GAP.reduce((sum, { bytes }) => sum + bytes.length, 0)} samples that are in no file, or no length for them`,
      },
    },
    {
      name: "a segment that is listed again and again",
      files: OFTEN,
      error: {
        path: "m",
        message: `has more than ${2 ** 25 + 8 * OFTEN.reduce((sum, { bytes }) => sum + bytes.length, 0)} samples that are in no file, or no length for them`,
      },
    },
    {
      name: "a checksum that is not that of a segment's samples",
      files: [...FIXED.slice(0, 4), data("b.dat", 4, 0, 13, 0, 5, 0, 15, 0)],
      error: { path: "b.dat, signal 2 (II)", message: "the header has the checksum 27, its samples 28" },
    },
  ])("says of $name where it is", async ({ files, error }) => {
    await expect(readFiles(wfdb, files)).rejects.toMatchObject({ code: "invalid", options: { errors: [error] } });
  });
});

describe("a damaged file", () => {
  it("is a header of segments that is refused, or still one", () => expectNoHarm(wfdb, VARIABLE, 0));
  it("is a segment's header that is refused, or still one", () => expectNoHarm(wfdb, VARIABLE, 2));
});
