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

/** Bits, from the highest on, that a test writes a stream from. */
class BitWriter {
  readonly bits: number[] = [];

  /** Writes the lowest `count` bits of a number of any sign. */
  put(value: number, count: number): this {
    for (let i = count - 1; i >= 0; i--) this.bits.push(Math.floor(value / 2 ** i) & 1);
    return this;
  }

  toBytes(): number[] {
    const bytes: number[] = [];
    for (let i = 0; i < this.bits.length; i += 8) {
      bytes.push(Array.from({ length: 8 }, (_, k) => this.bits[i + k] ?? 0).reduce((byte, bit) => 2 * byte + bit, 0));
    }
    return bytes;
  }
}

/** The CRC of section 9.1.8 (8 bits of x^8 + x^2 + x + 1) or 9.3 (16 bits of x^16 + x^15 + x^2 + 1), bit by bit. */
function crc(bytes: readonly number[], width: 8 | 16): number {
  const [polynomial, top] = width === 8 ? [0x07, 0x80] : [0x8005, 0x8000];
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << (width - 8);
    for (let i = 0; i < 8; i++) sum = (sum & top ? (sum << 1) ^ polynomial : sum << 1) & (2 * top - 1);
  }
  return sum;
}

type Frame = {
  /** The samples of each channel. */
  samples: number[][];
  /** Writes a channel's samples: as they are, if left out. */
  putSubframe?: (bits: BitWriter, samples: readonly number[], width: number) => void;
  /** The codes of the header, and the bits that follow it for them. */
  size?: [code: number, ...rest: [value: number, count: number][]];
  rate?: [code: number, ...rest: [value: number, count: number][]];
  assignment?: number;
  depth?: number;
  /** The frame's number, as UTF-8 has characters. */
  number?: number[];
};
type Stream = { bits: 8 | 16 | 24; channels: number; maxBlockSize?: number; metadata?: number[]; frames: Frame[] };

const putVerbatim = (bits: BitWriter, samples: readonly number[], width: number) => {
  bits.put(2, 8);
  for (const sample of samples) bits.put(sample, width);
};

/** A FLAC stream (RFC 9639, section 8 and 9). */
function newStream({ bits, channels, maxBlockSize = 4608, metadata = [], frames }: Stream): number[] {
  const info = new BitWriter().put(16, 16).put(maxBlockSize, 16).put(0, 24).put(0, 24).put(96_000, 20);
  info
    .put(channels - 1, 3)
    .put(bits - 1, 5)
    .put(0, 36);
  const blocks = [metadata.length > 0 ? 0 : 0x80, 0, 0, 34, ...info.toBytes(), ...new Uint8Array(16), ...metadata];
  return [...[0x66, 0x4c, 0x61, 0x43], ...blocks, ...frames.flatMap((frame) => newFrame(frame, bits))];
}

function newFrame(frame: Frame, width: number): number[] {
  const { samples, putSubframe = putVerbatim, assignment = samples.length - 1, depth = 0, number = [0] } = frame;
  const { size: [size, ...sizeRest] = [7, [samples[0].length - 1, 16]], rate: [rate, ...rateRest] = [0] } = frame;
  const header = new BitWriter().put(0x3ffe, 14).put(0, 2).put(size, 4).put(rate, 4).put(assignment, 4).put(depth, 3);
  header.put(0, 1);
  for (const byte of number) header.put(byte, 8);
  for (const [value, count] of [...sizeRest, ...rateRest]) header.put(value, count);
  const body = new BitWriter();
  for (const channel of samples) putSubframe(body, channel, width);
  const bytes = [...header.toBytes(), crc(header.toBytes(), 8), ...body.toBytes()];
  return [...bytes, ...new BitWriter().put(crc(bytes, 16), 16).toBytes()];
}

const putRice = (bits: BitWriter, value: number, parameter: number) => {
  const folded = value < 0 ? -2 * value - 1 : 2 * value;
  for (let i = 0; i < folded >> parameter; i++) bits.put(0, 1);
  bits.put(1, 1).put(folded, parameter);
};

/** What is left of samples when each is predicted by `order` before it: their differences, so many times. */
const toResiduals = (samples: readonly number[], order: number): number[] =>
  order === 0
    ? [...samples]
    : toResiduals(
        samples.slice(1).map((sample, i) => sample - samples[i]),
        order - 1,
      );

const putFixed =
  (order: number, putResiduals: (bits: BitWriter, residuals: readonly number[]) => void) =>
  (bits: BitWriter, samples: readonly number[], width: number) => {
    bits.put(8 + order, 7).put(0, 1);
    for (const sample of samples.slice(0, order)) bits.put(sample, width);
    putResiduals(bits, toResiduals(samples, order));
  };
const putCodes =
  (parameter: number, method: 0 | 1 = 0) =>
  (bits: BitWriter, residuals: readonly number[]) => {
    bits
      .put(method, 2)
      .put(0, 4)
      .put(parameter, 4 + method);
    for (const residual of residuals) putRice(bits, residual, parameter);
  };

/** Of samples that are predicted by one before them, times one coefficient of so many bits; all residuals are 1. */
const putLinear =
  (precision: number, shift: number) => (bits: BitWriter, samples: readonly number[], width: number) => {
    bits.put(64, 8).put(0, width);
    bits
      .put(precision - 1, 4)
      .put(shift, 5)
      .put(1, precision);
    putCodes(4)(
      bits,
      samples.slice(1).map(() => 1),
    );
  };

describe("a FLAC stream that is written here", () => {
  const wave = (count: number) => range(count, (i) => Math.round(900 * Math.sin(i / 7)) + (noise(i) % 11));
  const readStream = (stream: Stream) => {
    const count = stream.frames.reduce((sum, { samples }) => sum + samples[0].length, 0);
    const lines = range(stream.channels, () => 0).map(() => `r.dat ${500 + stream.bits} 1`);
    return samplesOf([
      { name: "r.hea", bytes: new TextEncoder().encode([`r ${stream.channels} 100 ${count}`, ...lines].join("\n")) },
      { name: "r.dat", bytes: Uint8Array.from(newStream(stream)) },
    ]);
  };

  it.each([0, 1, 2, 3, 4])("is unpacked if each sample is predicted by %i before it", async (order) => {
    const samples = [wave(100)];
    const frames = [{ samples, putSubframe: putFixed(order, putCodes(4)) }];
    expect(await readStream({ bits: 16, channels: 1, frames })).toEqual(samples);
  });

  it.each([
    { precision: 15, shift: 0 },
    { precision: 5, shift: 4 },
  ])("is unpacked if a coefficient has $precision bits and is shifted by $shift", async ({ precision, shift }) => {
    const frames = [{ samples: [[0, 0, 0]], putSubframe: putLinear(precision, shift) }];
    expect(await readStream({ bits: 16, channels: 1, frames })).toEqual([shift === 0 ? [0, 1, 2] : [0, 1, 1]]);
  });

  it.each<{ what: string; putResiduals: (bits: BitWriter, residuals: readonly number[]) => void }>([
    { what: "codes with parameters of five bits", putResiduals: putCodes(17, 1) },
    {
      what: "codes in partitions, one of them as they are and one of zeros alone",
      putResiduals: (bits, residuals) => {
        bits.put(0, 2).put(2, 4).put(3, 4);
        // A first partition is shorter by the samples that nothing predicts.
        for (const residual of residuals.slice(0, 23)) putRice(bits, residual, 3);
        bits.put(15, 4).put(12, 5);
        for (const residual of residuals.slice(23, 48)) bits.put(residual, 12);
        bits.put(15, 4).put(0, 5).put(5, 4);
        for (const residual of residuals.slice(73)) putRice(bits, residual, 5);
      },
    },
  ])("is unpacked with $what", async ({ putResiduals }) => {
    // The third quarter goes on as the two samples before it do.
    const samples = wave(100);
    for (let i = 50; i < 75; i++) samples[i] = 2 * samples[i - 1] - samples[i - 2];
    const frames = [{ samples: [samples], putSubframe: putFixed(2, putResiduals) }];
    expect(await readStream({ bits: 16, channels: 1, frames })).toEqual([samples]);
  });

  it.each<{ count: number; size: NonNullable<Frame["size"]> }>([
    { count: 192, size: [1] },
    { count: 576, size: [2] },
    { count: 1152, size: [3] },
    { count: 2304, size: [4] },
    { count: 4608, size: [5] },
    { count: 17, size: [6, [16, 8]] },
    { count: 1000, size: [7, [999, 16]] },
    { count: 256, size: [8] },
    { count: 2048, size: [11] },
  ])("has a block of $count samples by the code $size.0", async ({ count, size }) => {
    const samples = [wave(count)];
    expect(await readStream({ bits: 16, channels: 1, frames: [{ samples, size }] })).toEqual(samples);
  });

  it.each<{ rate: NonNullable<Frame["rate"]> }>([
    { rate: [11] },
    { rate: [12, [96, 8]] },
    { rate: [13, [48_000, 16]] },
    { rate: [14, [9600, 16]] },
  ])("may name its rate by the code $rate.0, which says nothing", async ({ rate }) => {
    const samples = [wave(20), wave(20).reverse()];
    expect(await readStream({ bits: 16, channels: 2, frames: [{ samples, rate, depth: 4 }] })).toEqual(samples);
  });

  it.each<{ number: number[] }>([
    { number: [0x7f] },
    { number: [0xc2, 0x80] },
    { number: [0xf0, 0x90, 0x80, 0x80] },
    { number: [0xfe, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80] },
  ])("may have frames of the number $number", async ({ number }) => {
    const samples = [wave(20)];
    expect(await readStream({ bits: 16, channels: 1, frames: [{ samples, number }] })).toEqual(samples);
  });

  it("that unpacks to more than any signal does is refused", async () => {
    // A constant in a few bytes, for 2^15 samples each.
    const frame: Frame = { samples: [[]], size: [15], putSubframe: (bits) => bits.put(0, 8).put(5, 16) };
    const bytes = newStream({ bits: 16, channels: 1, maxBlockSize: 2 ** 15, frames: [frame] });
    const repeated = bytes.slice(42);
    const count = 2 ** 9 + 64;
    const header = new TextEncoder().encode(`r 1 100 ${count * 2 ** 15}\nr.dat 516 1\n`);
    const data = Uint8Array.from([...bytes, ...Array.from({ length: count - 1 }, () => repeated).flat()]);
    const files = [
      { name: "r.hea", bytes: header },
      { name: "r.dat", bytes: data },
    ];
    await expect(readFiles(wfdb, files)).rejects.toMatchObject({
      options: { errors: [{ path: "r.dat", message: "unpacks to more than any signal does" }] },
    });
  });

  it.each([
    { what: "STREAMINFO", length: 30, message: "ends within its STREAMINFO" },
    { what: "metadata", length: 44, message: "ends within its metadata" },
  ])("is refused where it ends within its $what", async ({ length, message }) => {
    const metadata = [1, 0, 1, 4, ...new Uint8Array(260)];
    const bytes = Uint8Array.from(newStream({ bits: 16, channels: 1, metadata, frames: [] }).slice(0, length));
    const header = new TextEncoder().encode("r 1 100 1\nr.dat 516 1\n");
    const files = [
      { name: "r.hea", bytes: header },
      { name: "r.dat", bytes },
    ];
    await expect(readFiles(wfdb, files)).rejects.toMatchObject({ options: { errors: [{ path: "r.dat", message }] } });
  });

  it("may have other blocks before its frames", async () => {
    const samples = [wave(20)];
    const metadata = [1, 0, 1, 4, ...new Uint8Array(260), 0x81, 0, 0, 0];
    expect(await readStream({ bits: 16, channels: 1, metadata, frames: [{ samples }] })).toEqual(samples);
  });

  it.each([8, 16, 24] as const)("of %i bits has its lowest sample for a missing one", async (bits) => {
    const lowest = -(2 ** (bits - 1));
    const frames = [{ samples: [[lowest, lowest + 1, 0, -1 - lowest]] }];
    expect(await readStream({ bits, channels: 1, frames })).toEqual([[MISSING, lowest + 1, 0, -1 - lowest]]);
  });

  const samples = [wave(20)];
  it.each<{ what: string; stream: Partial<Stream>; message: string }>([
    {
      what: "another number of channels",
      stream: { frames: [{ samples: [wave(20), wave(20)] }] },
      message: "2 channels where 1 were promised",
    },
    {
      what: "channels of a reserved kind",
      stream: { channels: 2, frames: [{ samples: [wave(20), wave(20)], assignment: 11 }] },
      message: "2 channels where 2 were promised",
    },
    {
      what: "a larger block than the largest",
      stream: { maxBlockSize: 19, frames: [{ samples }] },
      message: "a block of 20 samples",
    },
    {
      what: "a block of a reserved size",
      stream: { frames: [{ samples, size: [0] }] },
      message: "a block of 0 samples",
    },
    {
      what: "other bits a sample",
      stream: { frames: [{ samples, depth: 6 }] },
      message: "24 bits a sample where 16 were promised",
    },
    {
      what: "a subframe of a reserved kind",
      stream: { frames: [{ samples, putSubframe: (bits) => bits.put(2 << 1, 8) }] },
      message: "a subframe of an unknown kind",
    },
    {
      what: "more samples before a prediction than there are",
      stream: { frames: [{ samples: [[1, 2]], putSubframe: putFixed(3, putCodes(4)) }] },
      message: "a subframe of an unknown kind",
    },
    {
      what: "coefficients of 16 bits",
      stream: { frames: [{ samples, putSubframe: putLinear(16, 0) }] },
      message: "a subframe of an unknown kind",
    },
    {
      what: "a shift below 0",
      stream: { frames: [{ samples, putSubframe: putLinear(5, -1) }] },
      message: "a subframe of an unknown kind",
    },
    {
      what: "codes of a reserved kind",
      stream: { frames: [{ samples, putSubframe: putFixed(0, (bits) => bits.put(2, 2)) }] },
      message: "a subframe of an unknown kind",
    },
    {
      what: "partitions that do not fill the block",
      stream: { frames: [{ samples, putSubframe: putFixed(0, (bits) => bits.put(0, 2).put(3, 4)) }] },
      message: "a subframe of an unknown kind",
    },
    {
      what: "an end within a frame",
      stream: { frames: [{ samples, putSubframe: (bits) => bits.put(2, 8).put(7, 16) }] },
      message: "ends within a frame",
    },
  ])("is refused for $what", async ({ stream, message }) => {
    await expect(readStream({ bits: 16, channels: 1, frames: [], ...stream })).rejects.toMatchObject({
      options: { errors: [{ path: "r.dat, byte 42", message }] },
    });
  });
});
