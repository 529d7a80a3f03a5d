import { gzipSync, strToU8, Zip, ZipDeflate, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import { formats } from "../../src/formats/index.ts";
import { joinBytes } from "../../src/formats/join-bytes.ts";
import { openRecording } from "../../src/formats/open.ts";
import type { File } from "../support/fuzz.ts";
import { newTar } from "../support/new-tar.ts";

const ECG = { name: "ecg.json", bytes: strToU8('{"leads":[{"name":"I","signal":[1,2]}]}') };

describe("files in a zip", () => {
  it.each<{ name: string; entries: Record<string, Uint8Array> }>([
    { name: "one", entries: { "ecg.json": ECG.bytes } },
    { name: "one in a folder", entries: { "a/": strToU8(""), "a/b/ecg.json": ECG.bytes } },
    {
      name: "one among others",
      entries: { "README.md": strToU8("hello"), "ecg.json": ECG.bytes, "x.bin": strToU8("x") },
    },
    { name: "one beside what a Mac adds", entries: { "ecg.json": ECG.bytes, "__MACOSX/._ecg.json": strToU8("x") } },
  ])("reads $name, whatever the pieces it comes in", async ({ entries }) => {
    for (const level of [0, 6] as const) {
      const bytes = zipSync(entries, { level });
      for (const size of [1, 100, bytes.length]) expect(await open([{ name: "z", bytes }], size)).toEqual([1, 2]);
    }
  });

  it("reads a record whose signals are in two files", async () => {
    const header = strToU8("r 2 100 2\na.dat 16 200\nb.dat 16 200\n");
    const files = { "r.hea": header, "a.dat": Uint8Array.of(1, 0, 2, 0), "b.dat": Uint8Array.of(3, 0, 4, 0) };
    for (const size of [1, 1000])
      expect(await open([{ name: "z", bytes: zipSync(files) }], size)).toEqual([1, 2, 3, 4]);
  });

  it("refuses each cut of it", async () => {
    const bytes = zipSync({ "ecg.json": ECG.bytes });
    for (let length = 4; length < bytes.length; length++) {
      await expect(open([{ name: "", bytes: bytes.slice(0, length) }])).rejects.toMatchObject({ code: "invalid" });
    }
  });

  it.each([0, 6] as const)("refuses each damaged byte of a file that is packed with level %i", async (level) => {
    const bytes = zipSync({ "ecg.json": ECG.bytes }, { level });
    const end = bytes.length - (46 + "ecg.json".length + 22);
    for (let at = 30 + "ecg.json".length; at < end; at++) {
      const damaged = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
      await expect(open([{ name: "", bytes: damaged }])).rejects.toMatchObject({
        name: expect.stringMatching(/Error$/),
      });
    }
  });

  it("reads a file by its own name, whatever the type that the zip was said to have", async () => {
    const bytes = zipSync({ "README.txt": strToU8("hello"), "ecg.json": ECG.bytes });
    expect(await open([{ name: "", bytes }], 1000, undefined, "application/zip")).toEqual([1, 2]);
  });

  // By `zip -0 -P secret`: of the flags of the file's header the first is set, and what follows is no plain text.
  it.each([0, 6] as const)("says that a file is encrypted, as one that was packed with level %i", async (level) => {
    const bytes = zipSync({ "r.hea": strToU8("r 1 250 4\nr.dat 16\n") }, { level });
    const encrypted = bytes.map((byte, i) => (i === 6 ? byte | 1 : i < 30 + "r.hea".length ? byte : byte ^ 0xa5));
    await expect(open([{ name: "a.zip", bytes: encrypted }])).rejects.toThrow(
      "The file cannot be read at byte 6: a file in the zip is encrypted: send it without a password.",
    );
  });

  it("refuses a bomb before it is unpacked", async () => {
    const bytes = zipSync({ "ecg.json": new Uint8Array(64 * 1024 * 1024) });
    await expect(open([{ name: "", bytes }])).rejects.toMatchObject({ code: "too-large" });
    // By its first header alone.
    await expect(open([{ name: "", bytes: bytes.slice(0, 64) }])).rejects.toMatchObject({ code: "too-large" });
  });

  it("refuses a bomb that does not say how much it unpacks to", async () => {
    const chunks: Uint8Array[] = [];
    const zip = new Zip((_, chunk) => chunks.push(chunk));
    const file = new ZipDeflate("ecg.json");
    zip.add(file);
    file.push(new Uint8Array(32 * 1024 * 1024), true);
    zip.end();
    await expect(open([{ name: "", bytes: joinBytes(chunks) }])).rejects.toMatchObject({ code: "too-large" });
  });
});

const READABLE = formats.filter(({ read, open }) => read || open).map(({ id }) => id);
const READ = `What is read: ${READABLE.slice(0, -1).join(", ")} and ${READABLE.at(-1)}.`;

it.each<{ name: string; file: string; begin: string | number[]; seen: string; hint?: string }>([
  { name: "a text", file: "a.doc", begin: "hello\nworld", seen: 'a.doc is text that begins "hello"' },
  {
    name: "a long text",
    file: "a",
    begin: "x".repeat(41),
    seen: `a is text that begins "${"x".repeat(40)}..."`,
  },
  {
    name: "a long name",
    file: `${"x".repeat(99)}.doc`,
    begin: " hello",
    seen: `...${"x".repeat(36)}.doc is text that begins "hello"`,
  },
  {
    name: "bytes",
    file: "a.bin",
    begin: [0, 1, 2, 3, 250, 251, 252, 253, 254, 255],
    seen: "a.bin is bytes that begin 00 01 02 03 fa fb fc fd",
  },
  { name: "white space", file: "a.txt", begin: " \n", seen: "a.txt is white space" },
  {
    name: "JSON that is called otherwise",
    file: "a.txt",
    begin: '{"ecg":[1]}',
    seen: 'a.txt is JSON that begins "{\\"ecg\\":[1]}"',
    hint: " The JSON of this service is sent as application/json, or in a file whose name ends in .json.",
  },
  { name: "a PDF", file: "report.pdf", begin: "%PDF-1.7\n", seen: "report.pdf is a PDF" },
  { name: "a PDF that is called an EDF", file: "a.edf", begin: "%PDF-1.7\n", seen: "a.edf is a PDF" },
  {
    name: "a PNG",
    file: "a.png",
    begin: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    seen: "a.png is a PNG picture",
  },
  { name: "a JPEG", file: "a.jpg", begin: [0xff, 0xd8, 0xff, 0xe0], seen: "a.jpg is a JPEG picture" },
  { name: "a TIFF", file: "a.tif", begin: "II*\0", seen: "a.tif is a TIFF picture" },
  { name: "NumPy's", file: "a.npy", begin: [0x93, ...strToU8("NUMPY"), 1, 0], seen: "a.npy is a NumPy array" },
  { name: "bzip2", file: "a.csv.bz2", begin: "BZh91AY&SY", seen: "a.csv.bz2 is a bzip2 archive" },
  { name: "xz", file: "a.csv.xz", begin: [0xfd, ...strToU8("7zXZ"), 0], seen: "a.csv.xz is an xz archive" },
  { name: "HTML", file: "a.xml", begin: "<!-- x --><!DOCTYPE html>\n<p>", seen: "a.xml is an HTML page" },
  {
    name: "HTML without a document type",
    file: "a.csv",
    begin: "\ufeff <HTML lang=en>",
    seen: "a.csv is an HTML page",
  },
  {
    name: "XML of another kind",
    file: "a.xml",
    begin: '<?xml version="1.0"?><!-- <b> --><!DOCTYPE x>\n<x:HolterReport a="b">',
    seen: "a.xml is XML of the root element x:HolterReport",
  },
  {
    name: "XML in UTF-16",
    file: "a.xml",
    begin: [0xff, 0xfe, ...Array.from("<Ecg/>", (letter) => [letter.charCodeAt(0), 0]).flat()],
    seen: "a.xml is XML of the root element Ecg",
  },
])("says of $name what it saw, and what is read", async ({ file, begin, seen, hint = "" }) => {
  const bytes = typeof begin === "string" ? strToU8(begin) : Uint8Array.from(begin);
  await expect(open([{ name: file, bytes }])).rejects.toMatchObject({
    code: "unsupported-type",
    message: `No ECG is recognised: ${seen}. ${READ}${hint}`,
  });
});

it("says what type a body was said to have", async () => {
  await expect(
    open([{ name: "", bytes: strToU8("%PDF-1.7") }], 1000, undefined, "application/pdf"),
  ).rejects.toMatchObject({
    message: `No ECG is recognised: the body is a PDF, sent as application/pdf. ${READ}`,
  });
});

it("names the first files of many, in a zip too", async () => {
  const entries = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`f/${i}.txt`, strToU8(i === 1 ? "" : "x")]));
  const x = 'is text that begins "x"';
  const seen = `0.txt ${x}; 1.txt is empty; 2.txt ${x}; 3.txt ${x}; 4.txt ${x}; 2 more are no better known`;
  for (const files of [
    [{ name: "all.zip", bytes: zipSync(entries) }],
    Object.entries(entries).map(([name, bytes]) => ({ name: name.slice(2), bytes })),
  ]) {
    await expect(open(files)).rejects.toMatchObject({
      code: "unsupported-type",
      message: `No ECG is recognised: ${seen}. ${READ}`,
    });
  }
});

describe("files in gzip and tar", () => {
  const text = strToU8(
    `{"leads":[{"name":"I","signal":[${Array.from({ length: 3000 }, (_, i) => (i * 37) % 1001)}]}]}`,
  );
  const samples = Array.from({ length: 3000 }, (_, i) => (i * 37) % 1001);
  const other = { name: "a/README.md", bytes: strToU8("hello") };
  const file = { name: "a/b/ecg.json", bytes: text };
  const longName = { name: "././@LongLink", bytes: strToU8(`${"d/".repeat(60)}ecg.json\0`), type: "L" };
  const pax = { name: "PaxHeader", bytes: strToU8("22 path=b/c/ecg.json\n12 mtime=1.5\n"), type: "x" };

  it.each<{ what: string; name: string; bytes: Uint8Array }>([
    { what: "gzip", name: "ecg.json.gz", bytes: gzipSync(text) },
    {
      what: "gzip with a name in its header",
      name: "",
      bytes: gzipSync(text, { filename: "x.json", mtime: 1 }),
    },
    {
      what: "gzip of three members, one of them empty",
      name: "ecg.json.gz",
      bytes: joinBytes([gzipSync(text.slice(0, 5000)), gzipSync(new Uint8Array(0)), gzipSync(text.slice(5000))]),
    },
    {
      what: "gzip of many members",
      name: "ecg.json.gz",
      bytes: joinBytes(Array.from({ length: 100 }, (_, i) => gzipSync(text.slice(i * 150, i * 150 + 150)))),
    },
    { what: "tar", name: "a.tar", bytes: newTar([other, { ...other, name: "a/", type: "5" }, file]) },
    { what: "tar.gz", name: "a.tar.gz", bytes: gzipSync(newTar([other, file, other])) },
    { what: "tar with a long name", name: "a.tar", bytes: newTar([longName, { ...file, name: "d/d" }]) },
    { what: "tar with a pax header", name: "a.tar", bytes: newTar([pax, { ...file, name: "x" }]) },
    { what: "gzip in a zip", name: "a.zip", bytes: zipSync({ "ecg.json.gz": gzipSync(text) }) },
    { what: "tar.gz in a zip", name: "a.zip", bytes: zipSync({ "a.tgz": gzipSync(newTar([file])) }) },
  ])("reads $what, whatever the pieces it comes in", async ({ name, bytes }) => {
    for (const size of [1, 100, bytes.length]) expect(await open([{ name, bytes }], size)).toEqual(samples);
  });

  it("reads the files of a record that are packed one by one", async () => {
    const header = strToU8("r 1 100 2\nr.dat 16 200\n");
    const files = [
      { name: "r.hea.gz", bytes: gzipSync(header) },
      { name: "r.dat.gz", bytes: gzipSync(Uint8Array.of(5, 0, 6, 0)) },
    ];
    expect(await open(files)).toEqual([5, 6]);
  });

  it.each([
    { what: "gzip", bytes: gzipSync(ECG.bytes) },
    { what: "gzip of two members", bytes: joinBytes([gzipSync(ECG.bytes.slice(0, 9)), gzipSync(ECG.bytes.slice(9))]) },
  ])("refuses each cut and each damaged byte of the data of $what", async ({ bytes }) => {
    const name = "ecg.json.gz";
    const whole = await open([{ name, bytes }]);
    for (let length = 4; length < bytes.length; length++) {
      await expect(open([{ name, bytes: bytes.slice(0, length) }])).rejects.toMatchObject({
        // Between two members what was cut off is seen by the format alone.
        code: expect.stringMatching(/^(invalid|malformed)$/),
      });
    }
    for (let at = 10; at < bytes.length; at++) {
      const damaged = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
      const outcome = await open([{ name, bytes: damaged }]).catch((error: unknown) => error);
      // The header of a second member has a time, and what it was packed by.
      if (!(outcome instanceof AppError)) expect(outcome).toEqual(whole);
    }
  });

  it.each([1, 2, 3, 4, 8, 9, 512, 4096, 10_240, 100_000])("passes over %i zeros behind a gzip", async (zeros) => {
    const name = "ecg.json.gz";
    const members = [gzipSync(text.slice(0, 5000)), gzipSync(text.slice(5000))];
    for (const bytes of [gzipSync(text), joinBytes(members)]) {
      const padded = joinBytes([bytes, new Uint8Array(zeros)]);
      for (const size of [1, 100, padded.length]) expect(await open([{ name, bytes: padded }], size)).toEqual(samples);
      const damaged = padded.map((byte, i) => (i === bytes.length - 5 ? byte ^ 1 : byte));
      await expect(open([{ name, bytes: damaged }])).rejects.toMatchObject({ code: "invalid" });
      const continued = joinBytes([padded, bytes]);
      await expect(open([{ name, bytes: continued }])).rejects.toMatchObject({ code: "invalid" });
    }
  });

  it("refuses a gzip whose second member is zeros but for its header", async () => {
    const second = gzipSync(text.slice(5000)).fill(0, 10);
    const bytes = joinBytes([gzipSync(text.slice(0, 5000)), second]);
    await expect(open([{ name: "ecg.json.gz", bytes }])).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringMatching(/is no good gzip/),
    });
  });

  it("refuses each cut of tar but that of its end", async () => {
    const bytes = newTar([{ name: "ecg.json", bytes: ECG.bytes }]);
    for (let length = 300; length < 512 + ECG.bytes.length; length += 7) {
      await expect(open([{ name: "", bytes: bytes.slice(0, length) }])).rejects.toMatchObject({ code: "invalid" });
    }
  });

  it.each([
    { what: "gzip", bytes: gzipSync(new Uint8Array(64 * 1024 * 1024)) },
    { what: "gzip in a zip", bytes: zipSync({ a: gzipSync(new Uint8Array(64 * 1024 * 1024)) }) },
  ])("refuses a bomb of $what before it is unpacked", async ({ bytes }) => {
    await expect(open([{ name: "", bytes }])).rejects.toMatchObject({ code: "too-large" });
  });

  it("refuses a gzip of more members than anybody writes", async () => {
    const bytes = (members: number) => joinBytes(Array.from({ length: members }, () => gzipSync(strToU8("5\n"))));
    expect(await open([{ name: "ecg.csv.gz", bytes: bytes(1000) }])).toHaveLength(1000);
    await expect(open([{ name: "ecg.csv.gz", bytes: bytes(1100) }])).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringMatching(/the gzip has \d+ members, more than are read of its size/),
    });
  });

  it("unpacks no archive that is deeper than three in one another", async () => {
    const pack = (depth: number): Uint8Array => (depth === 0 ? ECG.bytes : gzipSync(pack(depth - 1)));
    expect(await open([{ name: "ecg.json", bytes: pack(3) }])).toEqual([1, 2]);
    await expect(open([{ name: "", bytes: pack(4) }])).rejects.toMatchObject({ code: "unsupported-type" });
  });

  it("takes the type that a gzip was said to have for that of its file", async () => {
    const csv = gzipSync(strToU8("5\n-7\n"));
    expect(await open([{ name: "", bytes: csv }], 1000, undefined, "text/csv")).toEqual([5, -7]);
  });
});

it.each([
  { name: "no file", files: [], code: "malformed", message: "There is no file in what was sent." },
  {
    name: "an empty body",
    files: [{ name: "", bytes: new Uint8Array(0) }],
    code: "malformed",
    message: "The body is empty: there is nothing to read.",
  },
  {
    name: "an empty file, whatever it is called",
    files: [{ name: "a.edf", bytes: new Uint8Array(0) }],
    code: "invalid",
    message: "a.edf is empty.",
  },
  {
    name: "empty files",
    files: ["r.hea", "r.dat"].map((name) => ({ name, bytes: new Uint8Array(0) })),
    code: "invalid",
    message: "All 2 files are empty.",
  },
])("says that there is nothing in $name", async ({ files, code, message }) => {
  await expect(open(files)).rejects.toMatchObject({ code, message });
});

it("passes over an empty file beside a recording", async () => {
  expect(await open([{ name: "a.csv", bytes: new Uint8Array(0) }, ECG])).toEqual([1, 2]);
});

it.each([
  {
    name: "a place that is the subject",
    files: { "r.hea": "r 1 100 1\nSub/R_1.DAT 16\n" },
    message: "The file cannot be read: Sub/R_1.DAT is missing, and the header names it.",
  },
  {
    name: "a place that is not",
    files: { "a.csv": "I,II\n1,2\n1,x\n" },
    message: "The file cannot be read at line 3: cell 2 is not a number.",
  },
  {
    name: "a field",
    files: { "a.json": '{"leads":[{"name":"I","signal":[1.5]}]}' },
    message: "The input is not valid at leads.0.signal.0: 1.5 is not an integer.",
  },
  {
    name: "several fields",
    files: { "a.json": '{"x":1,"leads":[{"name":"I","signal":[1.5]}]}' },
    message:
      "The input is not valid at leads.0.signal.0: 1.5 is not an integer. It is the first of 2 wrong places: see errors.",
  },
  {
    name: "a line of several",
    files: {
      "a.jsonl": '{"leads":[{"name":"I","signal":[]}]}\n{"leads":[{"name":"I","start_sample":0,"signal":[0.5]}]}',
    },
    message: "The input is not valid at line 2: leads.0.signal.0: 0.5 is not an integer.",
  },
])("says in a sentence what is wrong with $name", async ({ files, message }) => {
  const inputs = Object.entries(files).map(([name, text]) => ({ name, bytes: strToU8(text) }));
  await expect(open(inputs)).rejects.toMatchObject({ code: "invalid", message });
});

it("finds a file that the header writes in another case, and twice", async () => {
  const files = [
    { name: "r.hea", bytes: strToU8("r 2 100 1\nR.DAT 16\nr.dat 16\n") },
    { name: "r.dat", bytes: Uint8Array.of(1, 0, 2, 0) },
  ];
  expect(await open(files)).toEqual([1, 2]);
});

it("refuses a second recording, of which nothing would be kept", async () => {
  await expect(open([ECG, { ...ECG, name: "other.json" }])).rejects.toMatchObject({
    options: { errors: [{ path: "other.json", message: "is a second recording: one is taken at a time" }] },
  });
});

it.each([
  { name: "WFDB", file: "r.hea", text: "r 2 100 1\nr.dat 16 200\nr.dat 16 -1.1e12\n", path: "lead 2" },
  { name: "WFDB, far too small", file: "r.hea", text: "r 1 100 1\nr.dat 16 1e-300\n", path: "lead 1" },
  { name: "CSV", file: "a.csv", text: "II [nV]\n0.1234567\n1\n", path: "lead 1" },
  { name: "JSON", file: "a.json", text: '{"leads":[{"name":"I","gain":9e-10,"signal":[]}]}', path: "leads.0.gain" },
  {
    name: "JSON lines",
    file: "a.jsonl",
    text: '{"leads":[{"name":"I","gain":2e12,"signal":[]}]}\n',
    path: "line 1: leads.0.gain",
  },
])("refuses a gain beyond 1e-9 to 1e12 in $name", async ({ file, text, path }) => {
  const files = [
    { name: file, bytes: strToU8(text) },
    { name: "r.dat", bytes: new Uint8Array(4) },
  ];
  await expect(open(files)).rejects.toMatchObject({
    code: "invalid",
    options: { errors: [{ path, message: expect.stringMatching(/1e-9 to 1000000000000 in size$/) }] },
  });
});

it("takes the least and the largest gain, of inverted scales too", async () => {
  const text = "r 4 100 1\nr.dat 16 1e-9\nr.dat 16 -1e-9\nr.dat 16 1e12\nr.dat 16 -1e12\n";
  const files = [
    { name: "r.hea", bytes: strToU8(text) },
    { name: "r.dat", bytes: Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0) },
  ];
  expect(await open(files)).toEqual([1, 2, 3, 4]);
});

it("notes a unit that is cut", async () => {
  const files = [
    {
      name: "r.hea",
      bytes: new ByteStream([
        strToU8("r 2 100 1\nr.dat 16 1/mmHg\nr.dat 16 1/a_very_long_unit_of_pressure 16 0 0 0 0 P\n"),
      ]),
    },
    { name: "r.dat", bytes: new ByteStream([Uint8Array.of(1, 0, 2, 0)]) },
  ];
  const { head } = await openRecording(files, { timeZone: "UTC" });
  expect(head.leads.map(({ unit }) => unit)).toEqual(["mmHg", "a_very_long_unit"]);
  expect(head.notes).toContain('The unit of "P" is kept as "a_very_long_unit".');
});

it("tells notes without control characters, and cut, those that come with the samples too", async () => {
  const name = `x.a\u001b[2J${"y".repeat(5000)}`;
  const files = [
    { name: "r.hea", bytes: new ByteStream([strToU8("r 1 100 1\nr.dat 16 100 16 0 0 0 0 II\n")]) },
    { name: "r.dat", bytes: new ByteStream([Uint8Array.of(1, 0)]) },
    { name, bytes: new ByteStream([strToU8("abc")]) },
  ];
  const { head, stretches } = await openRecording(files, { timeZone: "UTC" });
  const notes = [...(head.notes ?? [])];
  for await (const stretch of stretches) notes.push(...(stretch.notes ?? []));
  expect(notes).toEqual([
    expect.stringMatching(/^Files that are none of the record's are not kept: x\.a \[2Jy{900,}\.\.\.$/),
  ]);
});

it.each([
  { name: "none", ecg: { leads: [{ name: "II", signal: [1] }] }, rates: [250], notes: [] },
  { name: "that one", ecg: { sampling_rate: 250, leads: [{ name: "II", signal: [1] }] }, rates: [250], notes: [] },
  {
    name: "others",
    ecg: {
      sampling_rate: 500,
      leads: [
        { name: "II", signal: [1] },
        { name: "X", sampling_rate: null, signal: [1] },
      ],
    },
    rates: [500, null],
    notes: ["The file says its sampling rate, which is not 250 Hz: that holds."],
  },
])("takes the sampling rate that the sender says for JSON that says $name", async ({ ecg, rates, notes }) => {
  for (const [name, text] of [
    ["ecg.json", JSON.stringify(ecg)],
    ["ecg.jsonl", `${JSON.stringify(ecg)}\n`],
  ]) {
    const files = [{ name, bytes: new ByteStream([strToU8(text)]) }];
    const { head } = await openRecording(files, { timeZone: "UTC", samplingRate: 250 });
    expect([name, head.leads.map(({ samplingRate }) => samplingRate), head.notes]).toEqual([name, rates, notes]);
  }
});

it("gives the leads that are wanted, in that order", async () => {
  const text = '{"leads":[{"name":"I","signal":[1]},{"name":"II","signal":[2]},{"name":"v1","signal":[3]}]}';
  const files = [{ name: "ecg.json", bytes: strToU8(text) }];
  expect(await open(files, 1000, ["V1", "I"])).toEqual([3, 1]);
  await expect(open(files, 1000, ["I", "V2"])).rejects.toMatchObject({
    options: { errors: [{ path: "leads", message: 'there is no lead "V2" among I, II, v1' }] },
  });
});

it.each([
  { name: "ecg.json", text: '{"leads":[{"name":"II","signal":[1]}]}', wanted: ["V2"] },
  { name: "ecg.jsonl", text: '{"leads":[{"name":"II","signal":[1]}]}\n', wanted: ["V2"] },
  { name: "ecg.json", text: '{"leads":[{"name":"II","signal":[1]},{"name":"V1","signal":[2]}]}', wanted: ["II", "V2"] },
])("refuses $wanted of $text, though there are as many leads", async ({ name, text, wanted }) => {
  await expect(open([{ name, bytes: strToU8(text) }], 1000, wanted)).rejects.toMatchObject({
    options: { errors: [{ path: "leads", message: expect.stringMatching(/^there is no lead "V2" among II/) }] },
  });
});

/** The samples of all leads. */
async function open(files: readonly File[], pieceBytes = 1000, leads?: string[], mediaType = ""): Promise<number[]> {
  const { stretches } = await openRecording(
    files.map(({ name, bytes }) => ({ name, bytes: new ByteStream(cut(bytes, pieceBytes)) })),
    { timeZone: "UTC", leads },
    mediaType,
  );
  const samples: number[] = [];
  for await (const stretch of stretches) samples.push(...stretch.samples.flatMap((signal) => [...signal]));
  return samples;
}

function* cut(bytes: Uint8Array, pieceBytes: number) {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
