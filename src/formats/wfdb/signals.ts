import { MISSING } from "../../recording/recording.ts";
import type { ByteStream } from "../byte-stream.ts";
import { FormatError } from "../format.ts";
import { openFlac } from "./flac.ts";
import type { FrameSource } from "./frame-source.ts";
import type { Signal } from "./header.ts";

/** How a format packs samples into bytes (signal(5); spec/SIGNALS.md of wfdb-spec). */
type Packing = {
  /** The bytes that the first 0, 1, 2 ... samples of a group take. The last number is of a whole group. */
  groupBytes: readonly number[];
  unpack: (bytes: Uint8Array, count: number) => Int32Array;
};

/** The formats that pack samples without compression. */
const PACKINGS: Record<number, Packing> = {
  // First differences, which are added up afterwards.
  8: { groupBytes: [0, 1], unpack: (b, count) => unpackEach(count, (i) => (b[i] << 24) >> 24) },
  16: {
    groupBytes: [0, 2],
    unpack: (b, count) => unpackEach(count, (i) => ((b[2 * i] << 16) | (b[2 * i + 1] << 24)) >> 16),
  },
  24: {
    groupBytes: [0, 3],
    unpack: (b, count) =>
      unpackEach(count, (i) => ((b[3 * i] << 8) | (b[3 * i + 1] << 16) | (b[3 * i + 2] << 24)) >> 8),
  },
  32: {
    groupBytes: [0, 4],
    unpack: (b, count) =>
      unpackEach(count, (i) => b[4 * i] | (b[4 * i + 1] << 8) | (b[4 * i + 2] << 16) | (b[4 * i + 3] << 24)),
  },
  61: {
    groupBytes: [0, 2],
    unpack: (b, count) => unpackEach(count, (i) => ((b[2 * i] << 24) | (b[2 * i + 1] << 16)) >> 16),
  },
  80: { groupBytes: [0, 1], unpack: (b, count) => unpackEach(count, (i) => b[i] - 128) },
  160: { groupBytes: [0, 2], unpack: (b, count) => unpackEach(count, (i) => (b[2 * i] | (b[2 * i + 1] << 8)) - 32768) },
  212: { groupBytes: [0, 2, 3], unpack: unpack212 },
  310: { groupBytes: [0, 2, 4, 4], unpack: unpack310 },
  311: { groupBytes: [0, 2, 3, 4], unpack: unpack311 },
};

/** The most bits of a sample in each format that is a FLAC stream. */
const FLAC_BITS: Record<number, number> = { 508: 8, 516: 16, 524: 24 };

/** The stored value of a missing sample in each format. Format 8 has none. */
const MISSING_CODES: Record<number, number> = {
  ...{ 16: -0x8000, 24: -0x800000, 32: -0x80000000, 61: -0x8000, 80: -0x80, 160: -0x8000 },
  ...{ 212: -0x800, 310: -0x200, 311: -0x200, 508: -0x80, 516: -0x8000, 524: -0x800000 },
};

/** All formats of signals that have samples. */
export const SIGNAL_FORMATS: readonly number[] = [...Object.keys(PACKINGS), ...Object.keys(FLAC_BITS)].map(Number);

/** The signals of one file, read from its beginning to its end. */
export class SignalFile {
  private readonly name: string;
  private readonly signals: readonly Signal[];
  private readonly source: FrameSource;
  /** The last sample of each signal, to which differences are added, and the sum of all its samples, as stored. */
  private readonly seen: { last: number; sum: number }[];

  private constructor(name: string, signals: readonly Signal[], source: FrameSource) {
    this.name = name;
    this.signals = signals;
    this.source = source;
    this.seen = signals.map(({ start }) => ({ last: start, sum: 0 }));
  }

  /**
   * Opens the file of some signals.
   *
   * @param signals all that are in the file, in their order
   * @throws FormatError
   */
  static async open(name: string, bytes: ByteStream, signals: readonly Signal[]): Promise<SignalFile> {
    const { format, offset } = signals[0];
    if (signals.some((signal) => signal.format !== format || signal.offset !== offset))
      throw new FormatError(name, "its signals differ in format or byte offset");
    const maxBits = FLAC_BITS[format];
    const source = maxBits ? await openFlac(name, bytes, signals, maxBits) : await openPacked(name, bytes, signals);
    return new SignalFile(name, signals, source);
  }

  /** Reads the next frames of each signal, up to `frameCount` and fewer at the end. What is missing is MISSING. */
  async readFrames(frameCount: number): Promise<Int32Array[]> {
    const frames = await this.source.read(frameCount);
    for (const [i, samples] of frames.entries()) {
      const { format } = this.signals[i];
      const seen = this.seen[i];
      if (format === 8) accumulate(samples, seen.last);
      seen.last = samples.at(-1) ?? seen.last;
      seen.sum = finish(samples, seen.sum, MISSING_CODES[format] ?? MISSING);
    }
    return frames;
  }

  /** Whether more frames follow those that were read. */
  hasMore(): Promise<boolean> {
    return this.source.hasMore();
  }

  /** Whether the file ends within a frame, which was left out. */
  isCutOff(): boolean {
    return this.source.isCutOff();
  }

  /**
   * Compares the samples that were read with the checksums of the header. Initial values are not compared: only format
   * 8 begins with them, and those of published headers are not always the first samples.
   *
   * @throws FormatError
   */
  verify(): void {
    for (const [i, { name, checksum }] of this.signals.entries()) {
      const { sum } = this.seen[i];
      if (checksum !== undefined && ((checksum - sum) & 0xffff) !== 0)
        throw new FormatError(
          `${this.name}, signal ${i + 1} (${name})`,
          `the header has the checksum ${checksum}, its samples ${(sum << 16) >> 16}`,
        );
    }
  }
}

/**
 * The frames to read at a time. Samples of a frame need not begin at a byte, but in all formats every sixth frame does.
 */
export function toStretchFrames(samplesPerFrame: number): number {
  return 6 * Math.max(1, Math.floor(Math.min(MAX_STRETCH_FRAMES, MAX_STRETCH_SAMPLES / samplesPerFrame) / 6));
}

/** The most frames that are read at a time. */
const MAX_STRETCH_FRAMES = 2 ** 16;
/** The most samples of all signals that are read at a time. */
const MAX_STRETCH_SAMPLES = 2 ** 20;
/** The bytes that are skipped at a time. */
const SKIPPED_BYTES = 2 ** 16;

async function openPacked(name: string, bytes: ByteStream, signals: readonly Signal[]): Promise<FrameSource> {
  const { format, offset } = signals[0];
  const packing = PACKINGS[format];
  if (!packing) throw new FormatError(name, `is in format ${format}, which is not known`);
  for (let left = offset; left > 0; ) {
    const { length } = await bytes.read(Math.min(left, SKIPPED_BYTES));
    if (length === 0) throw new FormatError(name, `ends before its byte ${offset}, where the samples begin`);
    left -= length;
  }
  const frameLength = signals.reduce((sum, { samplesPerFrame }) => sum + samplesPerFrame, 0);
  /** The bytes that the last group of samples has left. */
  let padding = 0;
  /** The bytes that were read behind the last whole frame, beside these. */
  let rest = 0;
  return {
    read: async (frameCount) => {
      const packed = await bytes.read(toByteCount(frameCount * frameLength, packing));
      const frames = Math.min(frameCount, Math.floor(toSampleCount(packed.length, packing) / frameLength));
      padding = toPadding(frames * frameLength, packing);
      rest = packed.length - toByteCount(frames * frameLength, packing) - padding;
      return separate(packing.unpack(packed, frames * frameLength), signals, frames, frameLength);
    },
    hasMore: async () => {
      const length = padding + toByteCount(frameLength, packing);
      return (await bytes.peek(length)).length === length;
    },
    isCutOff: () => rest > 0,
  };
}

/** The bytes that a number of samples takes. */
function toByteCount(samples: number, { groupBytes }: Packing): number {
  const last = groupBytes.length - 1;
  return Math.floor(samples / last) * groupBytes[last] + groupBytes[samples % last];
}

/** The bytes that a group has behind these samples. */
function toPadding(samples: number, { groupBytes }: Packing): number {
  const last = groupBytes.length - 1;
  return samples % last === 0 ? 0 : groupBytes[last] - groupBytes[samples % last];
}

/** The samples that are whole in a number of bytes. */
function toSampleCount(bytes: number, { groupBytes }: Packing): number {
  const last = groupBytes.length - 1;
  const left = bytes % groupBytes[last];
  return Math.floor(bytes / groupBytes[last]) * last + groupBytes.findLastIndex((count) => count <= left);
}

/** Separates the samples of frames, which follow one another, into those of each signal. */
function separate(samples: Int32Array, signals: readonly Signal[], frames: number, frameLength: number): Int32Array[] {
  let start = 0;
  return signals.map(({ samplesPerFrame }) => {
    const own = new Int32Array(frames * samplesPerFrame);
    for (let frame = 0, i = 0, at = start; frame < frames; frame++, at += frameLength) {
      for (let k = 0; k < samplesPerFrame; k++) own[i++] = samples[at + k];
    }
    start += samplesPerFrame;
    return own;
  });
}

/** Sums up differences into samples, in place. */
function accumulate(samples: Int32Array, before: number): void {
  let last = before | 0;
  for (let i = 0; i < samples.length; i++) {
    last = (last + samples[i]) | 0;
    samples[i] = last;
  }
}

/** Adds stored samples to a sum, and marks in place those that are missing. */
function finish(samples: Int32Array, before: number, missingCode: number): number {
  let sum = before;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i];
    sum = (sum + sample) | 0;
    if (sample === missingCode) samples[i] = MISSING;
  }
  return sum;
}

function unpackEach(count: number, sampleAt: (i: number) => number): Int32Array {
  const samples = new Int32Array(count);
  for (let i = 0; i < count; i++) samples[i] = sampleAt(i);
  return samples;
}

/** Unpacks format 212: two samples in three bytes. A sample behind the last one falls off its array. */
function unpack212(bytes: Uint8Array, count: number): Int32Array {
  const samples = new Int32Array(count);
  for (let i = 0, at = 0; i < count; i += 2, at += 3) {
    const middle = bytes[at + 1];
    samples[i] = ((bytes[at] << 20) | (middle << 28)) >> 20;
    samples[i + 1] = ((bytes[at + 2] << 20) | ((middle >> 4) << 28)) >> 20;
  }
  return samples;
}

/**
 * Unpacks format 310: three samples in two words. Each word has ten bits above its lowest bit; the third sample is in
 * the five bits that each has left.
 */
function unpack310(bytes: Uint8Array, count: number): Int32Array {
  const samples = new Int32Array(count);
  for (let i = 0, at = 0; i < count; i += 3, at += 4) {
    const low = bytes[at] | (bytes[at + 1] << 8);
    const high = bytes[at + 2] | (bytes[at + 3] << 8);
    samples[i] = (low << 21) >> 22;
    samples[i + 1] = (high << 21) >> 22;
    samples[i + 2] = (((low >> 11) | ((high >> 11) << 5)) << 22) >> 22;
  }
  return samples;
}

/** Unpacks format 311: three samples in the low thirty bits of four bytes. */
function unpack311(bytes: Uint8Array, count: number): Int32Array {
  const samples = new Int32Array(count);
  for (let i = 0, at = 0; i < count; i += 3, at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    samples[i] = (word << 22) >> 22;
    samples[i + 1] = (word << 12) >> 22;
    samples[i + 2] = (word << 2) >> 22;
  }
  return samples;
}
