import { describe, expect, it } from "vitest";
import { wfdb } from "../../src/formats/wfdb/wfdb.ts";
import { type File, readFiles } from "../support/fuzz.ts";

const text = (name: string, ...lines: string[]): File => ({ name, bytes: new TextEncoder().encode(lines.join("\n")) });
const data = (name: string, ...bytes: number[]): File => ({ name, bytes: Uint8Array.from(bytes) });
const ascii = (text: string) => [...new TextEncoder().encode(text)];

/** What can be said in a record and is not kept, in the order of the notes. */
type Odd = {
  name: string;
  note: string;
  /** What follows the rate, which is none if it begins with a space. */
  rate?: string;
  date?: string;
  /** The gain and its unit. */
  scale?: string;
  skew?: string;
  comments?: string[];
  lines?: string[];
  samples?: number[];
  beat?: number[];
  files?: File[];
};

const ODDITIES: Odd[] = [
  {
    name: "comments",
    comments: ["#Age: 56", "# <sex>: F", "#", "# device: another"],
    note: '3 comments of the header are not kept, the first is "Age: 56".',
  },
  {
    name: "lines behind the signals",
    lines: ["more 1 2"],
    note: 'A line of the header behind its signals is not understood: "more 1 2".',
  },
  { name: "a counter", rate: "/60(1.5)", note: 'The counter of the header, "60(1.5)", is not kept.' },
  {
    name: "a date that may be two",
    date: "04/05/2026 09:30:00",
    note: `The header's date and time, "04/05/2026 09:30:00", is not understood as one moment: no date is taken from it.`,
  },
  {
    name: "a gain per ADC unit",
    scale: "200/adu",
    note: 'The scale of "II" is of no unit that is known: no gain is taken from it.',
  },
  {
    name: "a skew",
    skew: ":1",
    note: "Samples from before the record's beginning are not kept, and as many are missing at its end: II.",
  },
  {
    name: "samples behind the end",
    samples: [4, 5],
    note: "The file r.dat is longer than the header says: what is behind the record's end is not kept.",
  },
  {
    name: "an annotation of a signal that there is not",
    beat: [1, 4, 7, 0xf8],
    note: "r.atr has annotations of signals without a name or beyond the record's, which are kept as of all: 2, the first of signal 7.",
  },
  {
    name: "a text without an annotation",
    beat: [1, 0, 2, 0xfc, ...ascii("ab")],
    note: 'r.atr has texts without an annotation, which are not kept: 1, the first "ab".',
  },
  {
    name: "the description of a code",
    beat: [
      ...[0, 0x58, 30, 0xfc, ...ascii("## annotation type definitions")],
      ...[0, 0x58, 10, 0xfc, ...ascii("42 xy long")],
      ...[0, 0x58, 21, 0xfc, ...ascii("## end of definitions"), 0],
    ],
    note: 'r.atr describes codes of its own, which is not kept: 1, the first as "long".',
  },
  {
    name: "a file that is named after the record and is no annotation file",
    files: [data("r.txt", ...ascii("some"))],
    note: "A file that is named after the record is no annotation file and is not kept: r.txt, byte 4: the annotations end without their end mark.",
  },
  {
    name: "other files",
    files: [data("LICENSE", 1), data("s.dat", 2)],
    note: "Files that are none of the record's are not kept: LICENSE, s.dat.",
  },
];

function newRecord(oddities: readonly Odd[]): File[] {
  const join = (key: "rate" | "skew") => oddities.flatMap((odd) => odd[key] ?? []).join("");
  const [scale = "200"] = oddities.flatMap((odd) => odd.scale ?? []);
  const [date = "09:30:00 31/01/2026"] = oddities.flatMap((odd) => odd.date ?? []);
  const header = text(
    "r.hea",
    `r 1 250${join("rate")} 3 ${date}`,
    `r.dat 80${join("skew")} ${scale} 8 0 0 0 0 II`,
    ...oddities.flatMap((odd) => odd.lines ?? []),
    "# device: CardioPatch 3",
    "# subject: P-0042",
    ...oddities.flatMap((odd) => odd.comments ?? []),
  );
  // The definitions of codes come first in their file.
  const beats = oddities.flatMap((odd) => (odd.beat ? [odd.beat] : [])).reverse();
  return [
    header,
    data("r.dat", 129, 130, 131, ...oddities.flatMap((odd) => odd.samples ?? [])),
    data("r.atr", ...beats.flat(), 1, 4, 0, 0),
    ...oddities.flatMap((odd) => odd.files ?? []),
  ];
}

describe("a record of which all is kept", () => {
  it("has no notes", async () => {
    expect(await readFiles(wfdb, newRecord([]))).toEqual({
      recordedAt: Date.parse("2026-01-31T09:30:00Z"),
      subject: "P-0042",
      device: "CardioPatch 3",
      note: null,
      isOpen: false,
      annotations: [{ time: 0.004, code: "N" }],
      leads: [{ name: "II", samplingRate: 250, gain: 200, baseline: 0, samples: Int32Array.of(1, 2, 3) }],
    });
  });
});

describe("what is not kept", () => {
  it.each(ODDITIES)("is noted: $name", async (odd) => {
    expect((await readFiles(wfdb, newRecord([odd]))).notes).toEqual([odd.note]);
  });

  it("is noted, all of it", async () => {
    expect((await readFiles(wfdb, newRecord(ODDITIES))).notes).toEqual(ODDITIES.map(({ note }) => note));
  });

  it("is one note, however much there is", async () => {
    const files = Array.from({ length: 500 }, (_, i) => data(`other${i}.bin`, 1));
    const comments = Array.from({ length: 500 }, (_, i) => `# ${"long ".repeat(30)}${i}`);
    const { notes = [] } = await readFiles(wfdb, newRecord([{ name: "", note: "", comments, files }]));
    expect(notes).toHaveLength(2);
    for (const note of notes) expect(note.length).toBeLessThan(200);
  });
});

describe("a gain per ADC unit", () => {
  const header = (scale: string) => text("a.hea", "a 1 250 1", `a.dat 80 ${scale} 8 0 0 0 0 II`);

  it.each(["1(0)/adu", "0/adu", "1/ADU", "1/mV", "200/NU"])("is not noted of %s", async (scale) => {
    const { notes } = await readFiles(wfdb, [header(scale), data("a.dat", 129)]);
    expect(notes).toBeUndefined();
  });

  it("is noted of segments, in the scale that has it", async () => {
    const segments = text("s.hea", "s/2 1 250 2", "a 1", "b 1");
    const b = text("b.hea", "b 1 250 1", "b.dat 80 200 8 0 0 0 0 II");
    const { leads, notes } = await readFiles(wfdb, [
      ...[segments, header("200/adu"), b],
      ...[data("a.dat", 129), data("b.dat", 130)],
    ]);
    expect(leads.map(({ name, gain }) => [name, gain])).toEqual([
      ["II", null],
      ["II (2)", 200],
    ]);
    expect(notes).toContain('The scale of "II" is of no unit that is known: no gain is taken from it.');
  });
});

describe("a scale of a dead signal that is no number", () => {
  const header = (signal: string) => text("a.hea", "a 1 250 2", signal);

  it.each(["nan(nan)/mV 16 0 nan nan", "inf(0)/mV 8 0 1 3", "-Infinity", "200(NaN)/mV 8 0 -3 0"])(
    "is noted of %s, and its samples are kept",
    async (fields) => {
      const { leads, notes } = await readFiles(wfdb, [header(`a.dat 80 ${fields}`), data("a.dat", 129, 130)]);
      const [{ gain, baseline, samples }] = leads;
      expect([gain, baseline, samples]).toEqual([null, 0, Int32Array.of(1, 2)]);
      expect(notes?.[0]).toMatch(/^The gain or the baseline is no number, and is not kept: /);
    },
  );

  it.each([
    { fields: "80 200 8 0 nan 0", what: "nan is no initial value" },
    { fields: "8 nan 8 0 nan 0", what: "nan is no initial value" },
    { fields: "80 200 8 0 0 nan", what: "nan is no checksum" },
  ])("does not make up for $what in $fields", async ({ fields, what }) => {
    await expect(readFiles(wfdb, [header(`a.dat ${fields}`), data("a.dat", 129, 130)])).rejects.toThrow(what);
  });
});

describe("what is assumed", () => {
  it("is noted: the sampling frequency, unless the sender gives it", async () => {
    const files = [text("r.hea", "r 1", "r.dat 80"), data("r.dat", 129)];
    expect((await readFiles(wfdb, files)).notes).toEqual([
      "The header names no sampling frequency: it is taken as 250 Hz, which is WFDB's default.",
    ]);
    expect((await readFiles(wfdb, files, { samplingRate: 500 })).notes).toBeUndefined();
  });
});
