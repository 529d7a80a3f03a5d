import { describe, expect, it } from "vitest";
import { wfdb } from "../../src/formats/wfdb/wfdb.ts";
import { MISSING } from "../../src/recording/recording.ts";
import { expectNoHarm, type File, readFiles } from "../support/fuzz.ts";

const range = (count: number, valueAt: (i: number) => number) => Array.from({ length: count }, (_, i) => valueAt(i));
const parabola = (i: number) => Math.floor((i * i) / 3) - 200;
const noise = (i: number) => (i * i * 31 + i * 17) % 97;

/**
 * Made by flac 1.4.2 with `flac --no-padding --no-seektable --force-raw-format --endian=little --sign=signed
 * --sample-rate=96000 --channels=... --bps=...` and the options given here, without their comments
 * (`metaflac --remove --block-type=VORBIS_COMMENT --dont-use-padding`). What is in them is as `flac -a` says.
 */
const STREAMS = [
  {
    holds: "left and side, predicted by two samples",
    options: "-8 -m",
    format: 516,
    base64:
      "ZkxhQ4AAACIQABAAAAAtAAAtF3AC8AAAADCF786/nRkIef+6q+Wftbv0//hriAAv9xT/OP84AAmTJkyZMmTJkyZMmTJkQACjRo0aNGjRo0aNGjRo0Ysv",
    signals: [range(48, parabola), range(48, (i) => parabola(i) + (i % 3))],
  },
  {
    holds: "side and right",
    options: "-8 -m",
    format: 516,
    base64:
      "ZkxhQ4AAACIQABAAAAAxAAAxF3AC8AAAADAN517tXMl/CjpfaUmB5xXo//hrmAAvVRAAJDIZDIZDIZDIZDIZDIZDIZDIRT/OP84AAmTJkyZMmTJkyZMmTJmAww==",
    signals: [range(48, (i) => parabola(i) + (i % 3)), range(48, parabola)],
  },
  {
    holds: "mid and side, with bits that no sample has",
    options: "-8 -m",
    format: 516,
    base64:
      "ZkxhQ4AAACIQABAAAAA2AAA2F3AC8AAAADCLn1n6BCO/IXR1iHGuD2j0//hrqAAvtBT/OP84AAmTJkyZMmTJkyZMmTJkTgAAAImKoyML0mxVGRekMTFUZGEMIaE3QFX/",
    signals: [range(48, (i) => parabola(i) + (noise(i) % 5)), range(48, (i) => parabola(i) - (noise(i) % 5))],
  },
  {
    holds: "a linear prediction",
    options: "-8 -l 8 --disable-fixed-subframes",
    format: 516,
    base64:
      "ZkxhQ4AAACIQABAAAAB9AAB9F3AA8AAAAGCMsbuotZ88m9nq2t0jxGkm//hrCABfq0QAAAcsDe60qX28iogPjP7FqGt7xaaV+DzOHWdfrmOnl4GPepRLrzronVg4xDWOQQGLVNrQL8plehmfs6jtzHb39e81f5Yzqy92sR4Vh6iAsyIt7x5a8kwEamjxFoEi2HTlO/z0HHzMOzq1R/s7Zrn1bkUA5vY=",
    signals: [range(96, (i) => Math.round(9000 * Math.sin(i / 5)) + noise(i))],
  },
  {
    holds: "a constant, samples as they are, and two frames of 24 bits",
    options: "-8 --lax -b 32",
    format: 524,
    base64:
      "ZkxhQ4AAACIAIAAgAABKAAB/F3AFcAAAADDj1xk1ti4XwJDPLg0VQoUP//hrLAAfhAAAAAcCgAAA6d0lUudKu/FvJc6Ujti59+LeYOwDyskoM9NNnN1yBeeXb8S82M7hQdgGquIrFL9Qfcl15tOaULC/ubrkIsQJi84u9atTXrV4x7+dMMnCmqbnA7AMbLox1cRWP6F7FR//OP/zgACZMmTJkyZMmTBa3v/4aywBD+EAAAAHAqiroBG1xXq/6uScD02mNLawWSCNfomXo/KhyFur7cWIEi6SN5ecXACmgWqDptONyxUQAI0ACjACTJkyZDcM",
    signals: [
      range(48, () => 7),
      range(48, (i) => ((((i * 48271) % 65537) * 211) % 65536) * 256 - 8388608 + ((i * 37) % 256)),
      range(48, (i) => 16 * parabola(i)),
    ],
  },
];

const toFiles = (base64: string, ...lines: string[]): File[] => [
  { name: "r.hea", bytes: new TextEncoder().encode(lines.join("\n")) },
  { name: "r.dat", bytes: Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)) },
];
const samplesOf = async (files: File[]) => (await readFiles(wfdb, files)).leads.map(({ samples }) => [...samples]);
const [{ base64: STEREO, signals: STEREO_SIGNALS }] = STREAMS;
const STEREO_FILES = toFiles(STEREO, "r 2 100 48", "r.dat 516 1", "r.dat 516 1");

describe("a FLAC stream", () => {
  it.each(STREAMS)("with $holds is unpacked", async ({ format, base64, signals }) => {
    const lines = signals.map(() => `r.dat ${format} 1`);
    const missing = format === 524 ? -(2 ** 23) : -(2 ** 15);
    expect(await samplesOf(toFiles(base64, `r ${signals.length} 100 ${signals[0].length}`, ...lines))).toEqual(
      signals.map((samples) => samples.map((sample) => (sample === missing ? MISSING : sample))),
    );
  });

  it("ends where its header says none", async () => {
    expect(await samplesOf(toFiles(STEREO, "r 2 100", "r.dat 516", "r.dat 516"))).toEqual(STEREO_SIGNALS);
  });

  it("has the samples of a frame of one signal behind one another", async () => {
    const { leads } = await readFiles(wfdb, toFiles(STEREO, "r 2 100 16", "r.dat 516x3", "r.dat 516x3"));
    expect(leads.map(({ samplingRate, samples }) => [samplingRate, ...samples])).toEqual(
      STEREO_SIGNALS.map((samples) => [300, ...samples]),
    );
  });

  it.each([
    { frames: 49, expected: (samples: number[]) => [...samples, MISSING], note: "r.dat has 48 of the 49 samples" },
    { frames: 47, expected: (samples: number[]) => samples.slice(0, 47), note: "r.dat is longer than the header says" },
    { frames: 40, expected: (samples: number[]) => samples.slice(0, 40), note: "r.dat is longer than the header says" },
  ])("of another length than $frames is noted", async ({ frames, expected, note }) => {
    const { leads, notes } = await readFiles(wfdb, toFiles(STEREO, `r 2 100 ${frames}`, "r.dat 516", "r.dat 516"));
    expect(leads.map(({ samples }) => [...samples])).toEqual(STEREO_SIGNALS.map(expected));
    expect(notes).toEqual([expect.stringContaining(note)]);
  });

  it("begins at a sample, not a byte, that the header says", async () => {
    expect(await samplesOf(toFiles(STEREO, "r 2 100 8", "r.dat 516+40", "r.dat 516+40"))).toEqual(
      STEREO_SIGNALS.map((samples) => samples.slice(40)),
    );
  });

  it.each([
    { lines: ["r 1", "r.dat 516"], error: ["r.dat", "has 2 channels for 1 signals"] },
    { lines: ["r 2", "r.dat 508", "r.dat 508"], error: ["r.dat", "has 16 bits a sample, its format 8"] },
    {
      lines: ["r 2", "r.dat 516x2", "r.dat 516"],
      error: ["r.dat", "its signals differ in samples per frame, which FLAC cannot hold"],
    },
    { lines: ["r 2", "r.dat 516+49", "r.dat 516+49"], error: ["r.dat", "ends before its sample 49"] },
    {
      lines: ["r 2 100 149", "r.dat 516", "r.dat 516"],
      error: ["r.dat", "ends after 48 of the 149 samples that the header promises"],
    },
  ])("is refused for $error", async ({ lines, error: [path, message] }) => {
    await expect(readFiles(wfdb, toFiles(STEREO, ...lines))).rejects.toMatchObject({
      options: { errors: [{ path, message }] },
    });
  });

  it.each([
    { at: 0, path: "r.dat", message: "is no FLAC stream" },
    { at: 4, path: "r.dat", message: "begins without STREAMINFO" },
    { at: 42, path: "r.dat, byte 42", message: "no FLAC frame begins here" },
    { at: 44, path: "r.dat, byte 42", message: "the frame's header fails its CRC" },
    { at: 80, path: "r.dat, byte 42", message: "the frame fails its CRC" },
    { at: 86, path: "r.dat, byte 42", message: "the frame fails its CRC" },
  ])("with byte $at changed is refused: $message", async ({ at, path, message }) => {
    const [header, { name, bytes }] = STEREO_FILES;
    const changed = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
    await expect(readFiles(wfdb, [header, { name, bytes: changed }])).rejects.toMatchObject({
      options: { errors: [{ path, message }] },
    });
  });

  it("that is damaged is refused, or still one", () => expectNoHarm(wfdb, STEREO_FILES, 1));
});
