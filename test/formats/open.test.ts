import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import { openRecording } from "../../src/formats/open.ts";
import type { File } from "../support/fuzz.ts";

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

  it("refuses a bomb before it is unpacked", async () => {
    const bytes = zipSync({ "ecg.json": new Uint8Array(64 * 1024 * 1024) });
    await expect(open([{ name: "", bytes }])).rejects.toMatchObject({ code: "too-large" });
  });
});

it.each([
  { name: "nothing", files: [] },
  { name: "an empty file", files: [{ name: "", bytes: new Uint8Array(0) }] },
  { name: "what nobody knows", files: [{ name: "a.doc", bytes: strToU8("hello") }] },
])("does not know $name", async ({ files }) => {
  await expect(open(files)).rejects.toMatchObject({ code: "unsupported-type" });
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

it("gives the leads that are wanted, in that order", async () => {
  const text = '{"leads":[{"name":"I","signal":[1]},{"name":"II","signal":[2]},{"name":"v1","signal":[3]}]}';
  const files = [{ name: "ecg.json", bytes: strToU8(text) }];
  expect(await open(files, 1000, ["V1", "I"])).toEqual([3, 1]);
  await expect(open(files, 1000, ["I", "V2"])).rejects.toMatchObject({
    options: { errors: [{ path: "leads", message: 'there is no lead "V2" among I, II, v1' }] },
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
