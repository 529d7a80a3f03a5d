import { MISSING } from "../../recording/recording.ts";
import type { ByteStream } from "../byte-stream.ts";
import { FormatError } from "../format.ts";
import { openFlac } from "./flac.ts";
import type { Signal } from "./header.ts";

/** Gives up to so many frames of all signals of a file, fewer at its end: a signal's samples as they are stored. */
export type FrameSource = (frameCount: number) => Promise<Int32Array[]>;

/** How a format of signals (signal(5); spec/SIGNALS.md of wfdb-spec) packs samples into bytes. */
type Packing = {
  /** How many bytes the first so many samples of a group take; the last is a whole group. */
  groupBytes: readonly number[];
  unpack: (bytes: Uint8Array, count: number) => Int32Array;
};

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

/** FLAC streams, and the most bits of a sample in them. */
const FLAC_BITS: Record<number, number> = { 508: 8, 516: 16, 524: 24 };

/** What is stored for a sample that is missing; format 8 has nothing for it. */
const MISSING_CODES: Record<number, number> = {
  ...{ 16: -0x8000, 24: -0x800000, 32: -0x80000000, 61: -0x8000, 80: -0x80, 160: -0x8000 },
  ...{ 212: -0x800, 310: -0x200, 311: -0x200, 508: -0x80, 516: -0x8000, 524: -0x800000 },
};

/** The formats of signals that have samples. */
export const SIGNAL_FORMATS: readonly number[] = [...Object.keys(PACKINGS), ...Object.keys(FLAC_BITS)].map(Number);

/** The signals of one file, read from its beginning to its end. */
export class SignalFile {
  private readonly name: string;
  private readonly signals: readonly Signal[];
  private readonly read: FrameSource;
  /** Each signal's last sample (to which differences are added) and the sum of all, as they are stored. */
  private readonly seen: { last: number; sum: number }[];

  private constructor(name: string, signals: readonly Signal[], read: FrameSource) {
    this.name = name;
    this.signals = signals;
    this.read = read;
    this.seen = signals.map(({ start }) => ({ last: start, sum: 0 }));
  }

  /**
   * @param signals all that are in the file, in their order
   * @throws FormatError
   */
  static async open(name: string, bytes: ByteStream, signals: readonly Signal[]): Promise<SignalFile> {
    const { format, offset } = signals[0];
    if (signals.some((signal) => signal.format !== format || signal.offset !== offset))
      throw new FormatError(name, "its signals differ in format or byte offset");
    const maxBits = FLAC_BITS[format];
    const read = maxBits ? await openFlac(name, bytes, signals, maxBits) : await openPacked(name, bytes, signals);
    return new SignalFile(name, signals, read);
  }

  /** The next frames of each signal, up to so many and fewer at the end, with MISSING for what is missing. */
  async readFrames(frameCount: number): Promise<Int32Array[]> {
    const blocks = await this.read(frameCount);
    for (const [i, samples] of blocks.entries()) {
      const { format } = this.signals[i];
      const seen = this.seen[i];
      if (format === 8) accumulate(samples, seen.last);
      seen.last = samples.at(-1) ?? seen.last;
      seen.sum = finish(samples, seen.sum, MISSING_CODES[format] ?? MISSING);
    }
    return blocks;
  }

  /**
   * The initial values are not compared: only format 8 begins with them, and published headers have others than their
   * samples.
   *
   * @throws FormatError if samples that were read are not those of the header's checksums
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

/** The number of frames to take at a time: signals need not begin a byte, every sixth frame of all formats does. */
export function toStretchFrames(samplesPerFrame: number): number {
  return 6 * Math.max(1, Math.floor(Math.min(MAX_STRETCH_FRAMES, MAX_STRETCH_SAMPLES / samplesPerFrame) / 6));
}

const MAX_STRETCH_FRAMES = 2 ** 16;
/** Of all signals. */
const MAX_STRETCH_SAMPLES = 2 ** 20;
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
  return async (frameCount) => {
    const packed = await bytes.read(toByteCount(frameCount * frameLength, packing));
    const frames = Math.min(frameCount, Math.floor(toSampleCount(packed.length, packing) / frameLength));
    return separate(packing.unpack(packed, frames * frameLength), signals, frames, frameLength);
  };
}

/** The bytes of so many samples. */
function toByteCount(samples: number, { groupBytes }: Packing): number {
  const last = groupBytes.length - 1;
  return Math.floor(samples / last) * groupBytes[last] + groupBytes[samples % last];
}

/** The samples that are whole in so many bytes. */
function toSampleCount(bytes: number, { groupBytes }: Packing): number {
  const last = groupBytes.length - 1;
  const left = bytes % groupBytes[last];
  return Math.floor(bytes / groupBytes[last]) * last + groupBytes.findLastIndex((count) => count <= left);
}

/** Each signal's own samples, of frames in which they follow one another. */
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

/** Turns differences into samples, in place. */
function accumulate(samples: Int32Array, before: number): void {
  let last = before | 0;
  for (let i = 0; i < samples.length; i++) {
    last = (last + samples[i]) | 0;
    samples[i] = last;
  }
}

/** Adds the samples to a sum as they are stored, and marks in place what is missing. */
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

/** Two samples in three bytes. What is written behind the last sample falls off its array. */
function unpack212(bytes: Uint8Array, count: number): Int32Array {
  const samples = new Int32Array(count);
  for (let i = 0, at = 0; i < count; i += 2, at += 3) {
    const middle = bytes[at + 1];
    samples[i] = ((bytes[at] << 20) | (middle << 28)) >> 20;
    samples[i + 1] = ((bytes[at + 2] << 20) | ((middle >> 4) << 28)) >> 20;
  }
  return samples;
}

/** Three samples in two words: ten bits of each above its lowest, and what is left in both. */
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

/** Three samples in the low thirty bits of four bytes. */
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
