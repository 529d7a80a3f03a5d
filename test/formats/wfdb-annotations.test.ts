import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import { openRecording } from "../../src/formats/open.ts";
import { joinStretches } from "../../src/formats/read-whole.ts";
import { readAnnotations, writeAnnotations } from "../../src/formats/wfdb/annotations.ts";
import { wfdb } from "../../src/formats/wfdb/wfdb.ts";
import type { Annotation } from "../../src/recording/recording.ts";
import { expectNoHarm, type File, readFiles } from "../support/fuzz.ts";

const NAMES = ["I", "II", "V1"];
const read = (...bytes: number[]) => readAnnotations(Uint8Array.from(bytes), "r.atr", 100, NAMES);
const write = (...annotations: Annotation[]) => [...writeAnnotations(annotations, [100], NAMES)];
const ascii = (text: string) => [...new TextEncoder().encode(text)];

/** As bytes: the interval's low byte, then the code above its two high bits. */
const SAID: { name: string; bytes: number[]; annotations: Annotation[] }[] = [
  { name: "a beat", bytes: [18, 4, 0, 0], annotations: [{ time: 0.18, code: "N" }] },
  {
    name: "intervals from one annotation to the next",
    bytes: [10, 4, 0xff, 0x17, 0, 0],
    annotations: [
      { time: 0.1, code: "N" },
      { time: 10.33, code: "V" },
    ],
  },
  {
    name: "a long interval, whose high half comes first",
    bytes: [0, 0xec, 1, 0, 2, 0, 0, 4, 0, 0],
    annotations: [{ time: 655.38, code: "N" }],
  },
  {
    name: "a time before the beginning",
    bytes: [0, 0xec, 0xff, 0xff, 0xfe, 0xff, 0, 4, 0, 0],
    annotations: [{ time: -0.02, code: "N" }],
  },
  {
    name: "a subtype, which is of one annotation",
    bytes: [1, 0x38, 0xff, 0xf7, 1, 0x38, 0, 0],
    annotations: [
      { time: 0.01, code: "~", subtype: -1 },
      { time: 0.02, code: "~" },
    ],
  },
  {
    name: "a lead and a number, which hold on",
    bytes: [1, 4, 2, 0xf8, 0xfd, 0xf3, 1, 4, 1, 4, 0, 0xf8, 0, 0xf0, 0, 0],
    annotations: [
      { time: 0.01, code: "N", lead: "V1", number: -3 },
      { time: 0.02, code: "N", lead: "V1", number: -3 },
      { time: 0.03, code: "N" },
    ],
  },
  {
    name: "a text of an even length, and of an odd one",
    bytes: [
      1,
      0x70,
      4,
      0xfc,
      ...ascii("(VFL"),
      1,
      0x70,
      2,
      0xfc,
      ...ascii("(N"),
      1,
      0x70,
      3,
      0xfc,
      ...ascii("(AB"),
      0,
      0,
      0,
    ],
    annotations: [
      { time: 0.01, code: "+", text: "(VFL" },
      { time: 0.02, code: "+", text: "(N" },
      { time: 0.03, code: "+", text: "(AB" },
    ],
  },
  {
    name: "text in UTF-8",
    bytes: [1, 0x58, 3, 0xfc, 0x61, 0xc3, 0xa9, 0, 0, 0],
    annotations: [{ time: 0.01, code: '"', text: "aé" }],
  },
  {
    name: "times in a resolution of its own",
    bytes: [0, 0x58, 24, 0xfc, ...ascii("## time resolution: 1000"), 1, 4, 0, 0],
    annotations: [{ time: 0.001, code: "N" }],
  },
  {
    name: "codes of its own",
    bytes: [
      ...[0, 0x58, 30, 0xfc, ...ascii("## annotation type definitions")],
      ...[0, 0x58, 8, 0xfc, ...ascii("42 xy xy")],
      ...[0, 0x58, 21, 0xfc, ...ascii("## end of definitions"), 0],
      ...[1, 0xa8, 1, 0xac, 0, 0],
    ],
    annotations: [
      { time: 0.01, code: "xy" },
      { time: 0.02, code: "[43]" },
    ],
  },
  { name: "nothing", bytes: [0, 0], annotations: [] },
];

describe("an annotation file", () => {
  it.each(SAID)("says $name", ({ bytes, annotations }) => {
    expect(read(...bytes)).toEqual(annotations);
  });

  it.each(SAID)("is written to say $name", ({ bytes, annotations }) => {
    expect(write(...annotations)).toEqual(bytes);
  });

  it("has a mnemonic for each code", () => {
    const codes = Array.from({ length: 58 }, (_, i) => [0, 4 * (i + 1)]).flat();
    expect(
      read(...codes, 0, 0)
        .map(({ code }) => code)
        .join(" "),
    ).toBe(
      'N L R a V F J A S E j / Q ~ [15] | [17] s T * D " = p B ^ t + u ? ! [ ] e n @ x f ( ) r ' +
        "[42] [43] [44] [45] [46] [47] [48] [49] [50] [51] [52] [53] [54] [55] [56] [57] [58]",
    );
  });

  it("may end texts as C does", () => {
    expect(read(1, 0x70, 3, 0xfc, 0x28, 0x4e, 0, 0, 0, 0)).toEqual([{ time: 0.01, code: "+", text: "(N" }]);
  });

  it("may have texts in what came before UTF-8", () => {
    expect(read(1, 0x58, 2, 0xfc, 0x61, 0xe9, 0, 0)).toEqual([{ time: 0.01, code: '"', text: "aé" }]);
  });

  it("gives annotations in the order of their times", () => {
    expect(read(9, 4, 0, 0xec, 0xff, 0xff, 0xfc, 0xff, 0, 0x14, 0, 0)).toEqual([
      { time: 0.05, code: "V" },
      { time: 0.09, code: "N" },
    ]);
  });

  it("passes over what is no annotation, but for the time it takes", () => {
    expect(read(5, 0, 5, 4, 0, 0)).toEqual([{ time: 0.1, code: "N" }]);
  });

  it("is refused when it has more annotations than are wanted", () => {
    const three = Uint8Array.of(1, 4, 1, 4, 1, 4, 0, 0);
    expect(readAnnotations(three, "r.atr", 100, NAMES, { most: 3 })).toHaveLength(3);
    expect(() => readAnnotations(three, "r.atr", 100, NAMES, { most: 2 })).toThrow(
      "byte 4: more than 524288 annotations",
    );
  });

  it("says nothing of a lead that the record does not have", () => {
    expect(read(1, 4, 9, 0xf8, 0, 0)).toEqual([{ time: 0.01, code: "N" }]);
  });

  it.each([
    { bytes: [], path: "r.atr, byte 0", message: "the annotations end without their end mark" },
    { bytes: [1, 4, 0], path: "r.atr, byte 2", message: "the annotations end without their end mark" },
    { bytes: [0, 0xec, 1, 0], path: "r.atr, byte 0", message: "ends within an interval" },
    { bytes: [1, 4, 3, 0xfc, 1, 2], path: "r.atr, byte 2", message: "a text of 3 bytes is longer than the file" },
    { bytes: [2, 0xf8], path: "r.atr, byte 0", message: "something is said of an annotation before the first one" },
    {
      bytes: [0, 0x58, 21, 0xfc, ...ascii("## time resolution: 0"), 0, 0, 0],
      path: "r.atr",
      message: "## time resolution: 0 is no time resolution",
    },
    {
      // Times would be infinite.
      bytes: [0, 0x58, 26, 0xfc, ...ascii("## time resolution: 1e-320"), 0, 0],
      path: "r.atr",
      message: "## time resolution: 1e-320 is no time resolution",
    },
    {
      bytes: [0, 0x58, 24, 0xfc, ...ascii("## time resolution: 2e09"), 0, 0],
      path: "r.atr",
      message: "## time resolution: 2e09 is no time resolution",
    },
  ])("is refused for $message", ({ bytes, path, message }) => {
    expect(() => read(...bytes)).toThrow(
      expect.objectContaining({ options: expect.objectContaining({ errors: [{ path, message }] }) }),
    );
  });
});

describe("annotation files of a record", () => {
  const RECORD: File[] = [
    { name: "r.hea", bytes: new TextEncoder().encode("r 1 100 2\nr.dat 80 200 8 0 0 0 0 II\n") },
    { name: "r.dat", bytes: Uint8Array.of(129, 130) },
  ];
  const file = (name: string, ...bytes: number[]): File => ({ name, bytes: Uint8Array.from(bytes) });
  const BEAT = [1, 4, 0, 0];
  const readRecord = async (...files: File[]) => {
    const orders = [
      [...RECORD, ...files],
      [...files, ...RECORD],
      [RECORD[0], ...files, RECORD[1]],
    ];
    const [first, ...others] = await Promise.all(orders.map((order) => readFiles(wfdb, order)));
    for (const other of others) expect(other).toEqual(first);
    const { annotations, notes } = first;
    return { annotations, notes };
  };

  it("are each of an annotator, but for the reference", async () => {
    const files = [
      file("r.atr", 1, 20, 0, 0),
      file("r.qrs", ...BEAT),
      file("R.ecg", 2, 4, 0, 0),
      file("r.v1", ...BEAT),
    ];
    expect((await readRecord(...files)).annotations).toHaveLength(4);
    expect(await readRecord(...files)).toEqual({
      annotations: expect.arrayContaining([
        { time: 0.01, code: "V" },
        { time: 0.01, code: "N", annotator: "qrs" },
        { time: 0.02, code: "N", annotator: "ecg" },
        { time: 0.01, code: "N", annotator: "v1" },
      ]),
      notes: undefined,
    });
  });

  it("are told from others by their content", async () => {
    const files = [
      file("r.txt", ...ascii("nothing")),
      file("r.xy", ...BEAT, 1),
      file("r.z", 1, 0xa8, 0, 0),
      file("r.pad", ...BEAT, 0, 0),
    ];
    expect(await readRecord(...files)).toEqual({
      annotations: [{ time: 0.01, code: "N", annotator: "pad" }],
      notes: [
        expect.stringMatching(/^3 files that are named after the record are no annotation files and are not kept, /),
      ],
    });
  });

  it("may be followed by something, which is noted of the reference", async () => {
    expect(await readRecord(file("r.atr", ...BEAT, 0, 7))).toEqual({
      annotations: [{ time: 0.01, code: "N" }],
      notes: ["r.atr goes on behind its end mark, at byte 4: that is not kept."],
    });
  });

  it("are refused when the reference is damaged", async () => {
    await expect(readFiles(wfdb, [...RECORD, file("r.atr", 1, 4, 0)])).rejects.toMatchObject({
      options: { errors: [{ path: "r.atr, byte 2", message: "the annotations end without their end mark" }] },
    });
  });

  it("are read behind samples that were read as they came in, and what is no annotation file is passed over", async () => {
    // Of more than is looked at for other headers.
    const samples = new Uint8Array(2 ** 23 + 2).fill(129);
    const lines = new TextEncoder().encode(`r 1 100 ${samples.length}\nr.dat 80 200 8 0 0 0 0 II\n`);
    const { leads, annotations, notes } = await readFiles(wfdb, [
      { name: "r.hea", bytes: lines },
      { name: "r.dat", bytes: samples },
      ...[file("r.atr", ...BEAT), file("r.qrs", ...BEAT), file("LICENSE", 1)],
    ]);
    expect([leads[0].samples.length, leads[0].samples.at(-1)]).toEqual([samples.length, 1]);
    expect(annotations).toEqual([
      { time: 0.01, code: "N" },
      { time: 0.01, code: "N", annotator: "qrs" },
    ]);
    expect(notes).toEqual(["Files that are none of the record's are not kept: LICENSE."]);
  });

  it("of other names are passed over, but for a reference that is alone", async () => {
    expect(await readRecord(file("s.qrs", ...BEAT), file("s.atr", ...BEAT))).toEqual({
      annotations: [{ time: 0.01, code: "N" }],
      notes: ["Files that are none of the record's are not kept: s.qrs."],
    });
    expect(await readRecord(file("s.atr", ...BEAT), file("t.atr", ...BEAT))).toEqual({
      annotations: [],
      notes: ["Files that are none of the record's are not kept: s.atr, t.atr."],
    });
  });

  it("have the name of the header's file, or of the record in it", async () => {
    const [header, samples] = RECORD;
    const files = [{ ...header, name: "renamed.hea" }, samples, file("r.qrs", ...BEAT), file("renamed.ari", ...BEAT)];
    const { annotations, notes } = await readFiles(wfdb, files);
    expect(annotations.map(({ annotator }) => annotator).sort()).toEqual(["ari", "qrs"]);
    expect(notes).toBeUndefined();
  });

  it("of a signal are none, whatever their extension", async () => {
    const header = new TextEncoder().encode("r 1 100 2\nr.sig 80 200 8 0 0 0 0 II\n");
    const { leads, annotations, notes } = await readFiles(wfdb, [
      { name: "r.hea", bytes: header },
      file("r.sig", 129, 130),
    ]);
    expect([leads[0].samples, annotations, notes]).toEqual([Int32Array.of(1, 2), [], undefined]);
  });

  it("are refused when there are two of one name", async () => {
    const files = [...RECORD, file("r.qrs", ...BEAT), file("a/r.qrs", ...BEAT)];
    await expect(readFiles(wfdb, files)).rejects.toMatchObject({
      options: { errors: [{ path: "r.qrs", message: "is there twice: one record is read" }] },
    });
  });

  it("beyond 4 MiB are passed over", async () => {
    const bytes = new Uint8Array(4 * 1024 * 1024 + 2);
    bytes.set([1, 4]);
    expect((await readFiles(wfdb, [...RECORD, { name: "r.qrs", bytes: bytes.subarray(2) }])).notes).toBeUndefined();
    expect(await readFiles(wfdb, [...RECORD, { name: "r.qrs", bytes }])).toMatchObject({
      annotations: [],
      notes: ["Files that are none of the record's are not kept: r.qrs."],
    });
  });

  it("are known before the header comes, though .ecg is another format's extension too", async () => {
    const files = [file("r.ecg", ...BEAT), ...RECORD].map(({ name, bytes }) => ({
      name,
      bytes: new ByteStream([bytes]),
    }));
    const { format, head, stretches } = await openRecording(files, { timeZone: "UTC" });
    const { annotations } = await joinStretches(head, stretches);
    expect([format.id, annotations]).toEqual(["wfdb", [{ time: 0.01, code: "N", annotator: "ecg" }]]);
  });

  it("that are damaged are refused, noted, or still some", () => {
    const bytes = SAID.slice(0, -1).flatMap(({ bytes }) => bytes.slice(0, -2));
    return expectNoHarm(wfdb, [...RECORD, file("r.qrs", ...bytes, 0, 0)], 2);
  });
});

describe("writing annotations", () => {
  it("counts in frames as long as all times are whole ones, else in ms, else in us", () => {
    const resolutionOf = (...times: number[]) =>
      /resolution: (\d+)/.exec(
        String.fromCharCode(
          ...writeAnnotations(
            times.map((time) => ({ time })),
            [100, 360],
            NAMES,
          ),
        ),
      )?.[1];
    expect([resolutionOf(0.01, 5), resolutionOf(1 / 360), resolutionOf(0.001), resolutionOf(0.000_001)]).toEqual([
      undefined,
      "360",
      "1000",
      "1000000",
    ]);
  });

  it("is off by less than a microsecond for a time that is in none", () => {
    const [{ time }] = readAnnotations(writeAnnotations([{ time: 1 / 7 }], [100], NAMES), "r.atr", 100, NAMES);
    expect(Math.abs(time - 1 / 7)).toBeLessThan(0.000_000_6);
  });

  it("writes an annotation without a code as a note", () => {
    expect(write({ time: 0, text: "a" })).toEqual([0, 0x58, 1, 0xfc, 0x61, 0, 0, 0]);
  });

  it("leaves out how long an annotation lasts", () => {
    expect(write({ time: 0, code: "N", duration: 1 })).toEqual(write({ time: 0, code: "N" }));
  });

  it("leaves out annotations of leads that are not there", () => {
    expect(write({ time: 0, code: "N", lead: "V6" })).toEqual([0, 0]);
  });

  it.each([
    {
      annotation: { time: 0, text: "é".repeat(128) },
      detail: "WFDB has no room for an annotation's text of 256 bytes: 255 are the most.",
    },
    { annotation: { time: 0, code: "my beat" }, detail: "WFDB has no annotation code for my beat." },
  ])("refuses: $detail", ({ annotation, detail }) => {
    expect(() => write(annotation)).toThrow(expect.objectContaining({ code: "not-acceptable", message: detail }));
  });

  it("refuses more codes of one's own than there are", () => {
    const own = Array.from({ length: 9 }, (_, i) => ({ time: 0, code: `own${i}` }));
    expect(() => write(...own)).toThrow(expect.objectContaining({ message: "WFDB has no annotation code for own8." }));
    expect(readAnnotations(Uint8Array.from(write(...own.slice(1))), "r.atr", 100, NAMES)).toEqual(own.slice(1));
  });

  it("gives back what it wrote", () => {
    const byte = fc.integer({ min: -128, max: 127 }).filter((value) => value !== 0);
    const annotation = fc.record(
      {
        tick: fc.oneof(fc.nat(5000), fc.integer({ min: -(2 ** 33), max: 2 ** 33 })),
        code: fc.constantFrom("N", "V", "+", "[", "]", "r", "[15]", "[42]", "[58]", "own"),
        text: fc
          .string({ unit: "binary", minLength: 1, maxLength: 60 })
          .filter((text) => !/\0$|^\uFEFF|^## /.test(text)),
        lead: fc.constantFrom("II", "V1"),
        subtype: byte,
        number: byte,
      },
      { requiredKeys: ["tick", "code"] },
    );
    fc.assert(
      fc.property(fc.array(annotation), fc.constantFrom(100, 360, 1000), (entries, resolution) => {
        const sorted = entries
          .map(({ tick, ...rest }) => ({ time: tick / resolution, ...rest }))
          .sort((a, b) => a.time - b.time);
        const bytes = writeAnnotations(sorted, [100, 360], NAMES);
        expect(readAnnotations(bytes, "r.atr", 100, NAMES)).toEqual(sorted);
      }),
    );
  });
});

describe("a damaged annotation file", () => {
  it("is refused, or still one", () => {
    const files: File[] = [
      { name: "r.hea", bytes: new TextEncoder().encode("r 2 100 1\nr.dat 80\nr.dat 80\n") },
      { name: "r.dat", bytes: Uint8Array.of(1, 2) },
      {
        name: "r.atr",
        bytes: Uint8Array.from(
          SAID.slice(0, -1)
            .flatMap(({ bytes }) => bytes.slice(0, -2))
            .concat(0, 0),
        ),
      },
    ];
    return expectNoHarm(wfdb, files, 2);
  });
});
