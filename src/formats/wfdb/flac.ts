import type { ByteStream } from "../byte-stream.ts";
import { FormatError } from "../format.ts";
import type { FrameSource } from "./frame-source.ts";
import type { Signal } from "./header.ts";

/** The facts of a stream in its STREAMINFO (section 8.2). */
type StreamInfo = { maxBlockSize: number; channels: number; bits: number };
/** A block: as many samples of each channel. */
type Block = Int32Array[];

/** The first four bytes of a stream. */
const MAGIC = 0x664c6143; // fLaC
/** The first 14 bits of a frame (section 9.1). */
const SYNC = 0b11111111111110;
/** The length of STREAMINFO. */
const STREAMINFO_BYTES = 34;
/** The length of a metadata block's header (section 8.1). */
const METADATA_HEADER_BYTES = 4;
/** The bytes of metadata that are skipped at a time. */
const SKIPPED_BYTES = 2 ** 16;
/**
 * The most bytes of a sample in a frame: no encoder takes more than a sample of 32 bits as it is, with a bit for the
 * side of a stereo pair.
 */
const MAX_SAMPLE_BYTES = 5;
/** The room for the header of a frame, its checksum and the headers of subframes. */
const MAX_FRAME_HEADER_BYTES = 64;
/**
 * Against decompression bombs: a stream may unpack to FREE_SAMPLES, a larger one to MAX_SAMPLES_PER_BYTE times its
 * bytes. A flat line packs to next to nothing.
 */
const FREE_SAMPLES = 2 ** 24;
/** The samples of all channels that a byte may become beyond FREE_SAMPLES. */
const MAX_SAMPLES_PER_BYTE = 100;

/** The table of the CRC of frame headers: `x^8 + x^2 + x + 1`, from 0. */
const CRC8 = newCrcTable(0x07, 8);
/** The table of the CRC of frames: `x^16 + x^15 + x^2 + 1`, from 0. */
const CRC16 = newCrcTable(0x8005, 16);

/**
 * Opens the signals of formats 508, 516 and 524: a FLAC stream (RFC 9639) with a channel for each signal, in which the
 * samples of a frame follow one another. The sampling rate of the stream means nothing.
 *
 * @param maxBits the most bits of a sample
 * @throws FormatError, and so does what it gives
 */
export async function openFlac(
  name: string,
  bytes: ByteStream,
  signals: readonly Signal[],
  maxBits: number,
): Promise<FrameSource> {
  const info = await readStreamInfo(name, bytes);
  const { samplesPerFrame, offset } = signals[0];
  if (info.channels !== signals.length)
    throw new FormatError(name, `has ${info.channels} channels for ${signals.length} signals`);
  if (info.bits > maxBits) throw new FormatError(name, `has ${info.bits} bits a sample, its format ${maxBits}`);
  if (signals.some((signal) => signal.samplesPerFrame !== samplesPerFrame))
    throw new FormatError(name, "its signals differ in samples per frame, which FLAC cannot hold");

  let block: Block | undefined;
  let position = 0;
  let unpacked = 0;
  /** Moves to the next sample that was not taken; false at the end. */
  const advance = async () => {
    while (!block || position === block[0].length) {
      block = await readBlock(name, bytes, info);
      if (!block) return false;
      position = 0;
      unpacked += block[0].length * block.length;
      if (unpacked > FREE_SAMPLES + MAX_SAMPLES_PER_BYTE * bytes.position)
        throw new FormatError(name, "unpacks to more than any signal does");
    }
    return true;
  };
  for (let left = offset; left > 0; ) {
    if (!(await advance()) || !block) throw new FormatError(name, `ends before its sample ${offset}`);
    const skipped = Math.min(left, block[0].length - position);
    position += skipped;
    left -= skipped;
  }
  const read = async (frameCount: number) => {
    const wanted = frameCount * samplesPerFrame;
    const taken = signals.map(() => new Int32Array(wanted));
    let count = 0;
    while (count < wanted && (await advance()) && block) {
      const end = Math.min(block[0].length, position + wanted - count);
      for (const [i, samples] of block.entries()) taken[i].set(samples.subarray(position, end), count);
      count += end - position;
      position = end;
    }
    const whole = count - (count % samplesPerFrame);
    return taken.map((samples) => samples.subarray(0, whole));
  };
  const isWithinBlock = () => block !== undefined && position < block[0].length;
  const hasMore = async () => isWithinBlock() || (await bytes.peek(1)).length > 0;
  // A stream that is cut off has no whole block at its end, which is damage.
  return { read, hasMore, isCutOff: () => false };
}

async function readStreamInfo(name: string, bytes: ByteStream): Promise<StreamInfo> {
  const start = new BitReader(await bytes.read(4 + METADATA_HEADER_BYTES + STREAMINFO_BYTES));
  if (start.read(32) >>> 0 !== MAGIC) throw new FormatError(name, "is no FLAC stream");
  let isLast = start.read(1) === 1;
  if (start.read(7) !== 0 || start.read(24) !== STREAMINFO_BYTES)
    throw new FormatError(name, "begins without STREAMINFO");
  start.skip(16); // The smallest block.
  const maxBlockSize = start.read(16);
  start.skip(24 + 24 + 20); // The smallest and largest frame, the sampling rate.
  const info = { maxBlockSize, channels: start.read(3) + 1, bits: start.read(5) + 1 };
  start.skip(36 + 128); // The number of samples, their MD5.
  if (start.isPastEnd) throw new FormatError(name, "ends within its STREAMINFO");
  while (!isLast) {
    const header = new BitReader(await bytes.read(METADATA_HEADER_BYTES));
    isLast = header.read(1) === 1;
    header.skip(7);
    for (let left = header.read(24); left > 0; left -= Math.min(left, SKIPPED_BYTES)) {
      await bytes.read(Math.min(left, SKIPPED_BYTES));
    }
    if (header.isPastEnd) throw new FormatError(name, "ends within its metadata");
  }
  return info;
}

/** Reads the next frame; undefined at the end (section 9). */
async function readBlock(name: string, bytes: ByteStream, info: StreamInfo): Promise<Block | undefined> {
  const at = bytes.position;
  const fail = (message: string): never => {
    throw new FormatError(`${name}, byte ${at}`, message);
  };
  const frame = await bytes.peek(MAX_FRAME_HEADER_BYTES + info.channels * info.maxBlockSize * MAX_SAMPLE_BYTES);
  if (frame.length === 0) return undefined;
  const bits = new BitReader(frame);
  if (bits.read(14) !== SYNC) fail("no FLAC frame begins here");
  bits.skip(2); // Reserved, and whether blocks differ in size.
  const sizeCode = bits.read(4);
  const rateCode = bits.read(4);
  const assignment = bits.read(4);
  const depthCode = bits.read(3);
  bits.skip(1);
  // The frame's number, as UTF-8 has characters: its length in the leading ones of its first byte.
  const leadingOnes = Math.clz32(~(bits.read(8) << 24));
  bits.skip(8 * Math.max(0, leadingOnes - 1));
  const blockSize = readBlockSize(bits, sizeCode);
  if (rateCode >= 12) bits.skip(rateCode === 12 ? 8 : 16);
  if (bits.read(8) !== crc8(frame.subarray(0, bits.byte - 1)) || bits.isPastEnd)
    fail("the frame's header fails its CRC");
  const channels = assignment < 8 ? assignment + 1 : 2;
  if (channels !== info.channels || assignment > 10) fail(`${channels} channels where ${info.channels} were promised`);
  if (blockSize === 0 || blockSize > info.maxBlockSize) fail(`a block of ${blockSize} samples`);
  const depth = depthCode === 0 ? info.bits : [0, 8, 12, 0, 16, 20, 24, 32][depthCode];
  if (depth !== info.bits) fail(`${depth} bits a sample where ${info.bits} were promised`);

  const block: Block = [];
  for (let channel = 0; channel < channels; channel++) {
    const isSide = assignment === (channel === 0 ? 9 : 8) || (assignment === 10 && channel === 1);
    const samples = readSubframe(bits, blockSize, depth + (isSide ? 1 : 0)) ?? fail("a subframe of an unknown kind");
    if (bits.isPastEnd) fail("ends within a frame");
    block.push(samples);
  }
  decorrelate(block, assignment);
  bits.alignToByte();
  const length = bits.byte;
  if (bits.read(16) !== crc16(frame.subarray(0, length)) || bits.isPastEnd) fail("the frame fails its CRC");
  await bytes.read(length + 2);
  return block;
}

function readBlockSize(bits: BitReader, code: number): number {
  if (code === 1) return 192;
  if (code >= 2 && code <= 5) return 576 << (code - 2);
  if (code === 6) return bits.read(8) + 1;
  if (code === 7) return bits.read(16) + 1;
  return code >= 8 ? 256 << (code - 8) : 0;
}

/** Reads a subframe; undefined for a kind that is reserved (section 9.2). */
function readSubframe(bits: BitReader, blockSize: number, depth: number): Int32Array | undefined {
  bits.skip(1);
  const kind = bits.read(6);
  const wasted = bits.read(1) === 1 ? bits.readUnary() + 1 : 0;
  const width = depth - wasted;
  if (width < 1) return undefined;
  const samples = new Int32Array(blockSize);
  if (kind === 0) samples.fill(bits.readSigned(width));
  else if (kind === 1) for (let i = 0; i < blockSize; i++) samples[i] = bits.readSigned(width);
  else if (kind >= 8 && kind <= 12) {
    if (!readPredicted(bits, samples, width, kind - 8, readFixedPredictor)) return undefined;
  } else if (kind >= 32) {
    if (!readPredicted(bits, samples, width, kind - 31, readLinearPredictor)) return undefined;
  } else return undefined;
  if (wasted > 0) for (let i = 0; i < blockSize; i++) samples[i] <<= wasted;
  return samples;
}

/**
 * A prediction of the next sample: the last samples, the nearest first, times the coefficients, summed up, over
 * 2^shift.
 */
type Predictor = { coefficients: readonly number[]; shift: number };

/** The coefficients of fixed predictors by their order (section 9.2.5). */
const FIXED_PREDICTORS = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

function readFixedPredictor(_: BitReader, order: number): Predictor {
  return { coefficients: FIXED_PREDICTORS[order], shift: 0 };
}

function readLinearPredictor(bits: BitReader, order: number): Predictor | undefined {
  const precision = bits.read(4) + 1;
  const shift = bits.readSigned(5);
  if (precision === 16 || shift < 0) return undefined;
  return { coefficients: Array.from({ length: order }, () => bits.readSigned(precision)), shift };
}

/**
 * Reads predicted samples: the first ones as they are, then how far each is from its prediction (sections 9.2.5 and
 * 9.2.6). False if they are of a reserved kind.
 */
function readPredicted(
  bits: BitReader,
  samples: Int32Array,
  width: number,
  order: number,
  readPredictor: (bits: BitReader, order: number) => Predictor | undefined,
): boolean {
  if (order > samples.length) return false;
  for (let i = 0; i < order; i++) samples[i] = bits.readSigned(width);
  const predictor = readPredictor(bits, order);
  if (!predictor || !readResiduals(bits, samples, order)) return false;
  const { coefficients, shift } = predictor;
  // 24 bits times 15 times 32 are more than an int32 holds, and fewer than a double does.
  const scale = 2 ** shift;
  for (let i = order; i < samples.length; i++) {
    let sum = 0;
    for (let k = 0; k < order; k++) sum += coefficients[k] * samples[i - 1 - k];
    samples[i] += Math.floor(sum / scale);
  }
  return true;
}

/** Reads Rice codes, in partitions with a parameter each (section 9.2.7). False if they are of a reserved kind. */
function readResiduals(bits: BitReader, samples: Int32Array, order: number): boolean {
  const method = bits.read(2);
  if (method > 1) return false;
  const parameterBits = method === 0 ? 4 : 5;
  const escapeCode = 2 ** parameterBits - 1;
  const partitions = 2 ** bits.read(4);
  const length = samples.length / partitions;
  if (!Number.isInteger(length) || length < order) return false;
  for (let i = order, end = length; end <= samples.length; end += length) {
    const parameter = bits.read(parameterBits);
    if (parameter === escapeCode) {
      const width = bits.read(5);
      for (; i < end; i++) samples[i] = width === 0 ? 0 : bits.readSigned(width);
    } else {
      for (; i < end; i++) samples[i] = bits.readRice(parameter);
    }
    if (bits.isPastEnd) return true;
  }
  return true;
}

/** Makes left and right of left and side, side and right, or mid and side, in place (section 4.2). */
function decorrelate([first, second]: Block, assignment: number): void {
  if (assignment < 8) return;
  for (let i = 0; i < first.length; i++) {
    if (assignment === 8) second[i] = first[i] - second[i];
    else if (assignment === 9) first[i] += second[i];
    else {
      const side = second[i];
      // The bit that the mean lost is the side's lowest.
      const sum = first[i] * 2 + (side & 1);
      first[i] = (sum + side) / 2;
      second[i] = (sum - side) / 2;
    }
  }
}

/** A cursor over bits, the highest of a byte first. All bits behind the end are 0. */
class BitReader {
  private readonly bytes: Uint8Array;
  private position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get isPastEnd(): boolean {
    return this.position > this.bytes.length * 8;
  }

  /** The byte in which the next bit is. */
  get byte(): number {
    return this.position >> 3;
  }

  skip(count: number): void {
    this.position += count;
  }

  alignToByte(): void {
    this.position = (this.position + 7) & ~7;
  }

  /**
   * Reads an unsigned number.
   *
   * @param count the number of bits, up to 32, of which the result is an int32
   */
  read(count: number): number {
    if (count > 24) return (this.read(count - 16) << 16) | this.read(16);
    if (count === 0) return 0;
    const bits = this.peek() >>> (32 - count);
    this.position += count;
    return bits;
  }

  readSigned(count: number): number {
    const shift = 32 - count;
    return (this.read(count) << shift) >> shift;
  }

  /** Reads the 0 bits before the next 1, and that bit, too. Gives how many 0 bits there were. */
  readUnary(): number {
    let count = 0;
    for (let bits = this.peek(); bits === 0 && !this.isPastEnd; bits = this.peek()) {
      count += 25;
      this.position += 25;
    }
    const zeros = Math.clz32(this.peek());
    this.position += zeros + 1;
    return count + zeros;
  }

  readRice(parameter: number): number {
    const high = this.readUnary();
    const code = (high << parameter) | this.read(parameter);
    return (code >>> 1) ^ -(code & 1);
  }

  /** The next 25 bits, at the top of an int32. */
  private peek(): number {
    const { bytes, position } = this;
    const at = position >> 3;
    const word = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    return (word << (position & 7)) & 0xffffff80;
  }
}

function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) crc = CRC8[crc ^ bytes[i]];
  return crc;
}

function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) crc = ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ bytes[i]];
  return crc;
}

function newCrcTable(polynomial: number, width: number): Uint16Array {
  const top = 1 << (width - 1);
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & top ? polynomial : 0);
    return crc & (2 ** width - 1);
  });
}
