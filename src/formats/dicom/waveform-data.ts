import { MAX_SAMPLE, MISSING } from "../../recording/recording.ts";
import { FormatError } from "../format.ts";
import { toPlace } from "./attributes.ts";
import { type DataSet, findBytes, findText, requireUnsigned } from "./data-set.ts";

/** Sample interpretations: how a sample is stored (PS3.3, section C.10.9.1.5). */
const INTERPRETATIONS: Record<
  string,
  { bytes: number; isSigned: boolean; read: (view: DataView, at: number, isLittleEndian: boolean) => number }
> = {
  SB: { bytes: 1, isSigned: true, read: (view, at) => view.getInt8(at) },
  UB: { bytes: 1, isSigned: false, read: (view, at) => view.getUint8(at) },
  SS: { bytes: 2, isSigned: true, read: (view, at, isLittleEndian) => view.getInt16(at, isLittleEndian) },
  US: { bytes: 2, isSigned: false, read: (view, at, isLittleEndian) => view.getUint16(at, isLittleEndian) },
  SL: { bytes: 4, isSigned: true, read: (view, at, isLittleEndian) => view.getInt32(at, isLittleEndian) },
  UL: { bytes: 4, isSigned: false, read: (view, at, isLittleEndian) => view.getUint32(at, isLittleEndian) },
};

/** The facts of a multiplex group that its samples are read by. Its number, from 1, is for errors. */
type WaveformGroup = {
  number: number;
  sampleCount: number;
  channels: readonly { bitsStored: number | undefined }[];
  set: DataSet;
};

/**
 * The samples of one channel of a multiplex group (PS3.3, section C.10.9.1), in which those of all channels take turns.
 *
 * @param index of the channel, from 0
 * @throws FormatError
 */
export function readWaveformData({ number, sampleCount, channels, set }: WaveformGroup, index: number): Int32Array {
  const { isLittleEndian } = set.encoding;
  const { bytes: sampleBytes, isSigned, read } = requireInterpretation(set);
  const data = findBytes(set, "WaveformData");
  const needed = sampleCount * channels.length * sampleBytes;
  if (data?.length !== needed && data?.length !== needed + (needed % 2)) {
    const message = `group ${number} has ${data?.length ?? 0} bytes for ${needed} of ${sampleCount} samples`;
    throw new FormatError(toPlace("WaveformData"), message);
  }
  const bits = channels[index].bitsStored ?? sampleBytes * 8;
  if (bits < 1 || bits > sampleBytes * 8) {
    throw new FormatError(toPlace("WaveformBitsStored"), `${bits} are not 1 to ${sampleBytes * 8}`);
  }
  const unused = 32 - bits;
  const padding = findPadding(set);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const stride = channels.length * sampleBytes;
  const samples = new Int32Array(sampleCount);
  for (let i = 0, at = index * sampleBytes; i < sampleCount; i++, at += stride) {
    const stored = read(view, at, isLittleEndian);
    if (stored === padding) {
      samples[i] = MISSING;
      continue;
    }
    const sample = isSigned ? (stored << unused) >> unused : (stored << unused) >>> unused;
    // The bits above those that are stored are all zeros, or all ones: others are the sample's own, and would be lost.
    const above = Math.floor(stored / 2 ** bits);
    if (stored !== sample && above !== 0 && (isSigned || above !== 2 ** (sampleBytes * 8 - bits) - 1)) {
      throw new FormatError(
        toPlace("WaveformBitsStored"),
        `sample ${i + 1} of group ${number} is ${stored}, which has more than ${bits} bits`,
      );
    }
    if (sample > MAX_SAMPLE || sample === MISSING) {
      throw new FormatError(
        toPlace("WaveformData"),
        `sample ${i + 1} of group ${number} is ${sample}, which is not kept`,
      );
    }
    samples[i] = sample;
  }
  return samples;
}

/**
 * The stored value that stands for a missing sample; undefined when there is none. Zero is no padding of signed
 * samples: every ECG has zeros, and writers that give it mean that no sample is missing.
 */
function findPadding(set: DataSet): number | undefined {
  const bytes = findBytes(set, "WaveformPaddingValue");
  if (!bytes || bytes.length === 0) return undefined;
  const { bytes: sampleBytes, isSigned, read } = requireInterpretation(set);
  if (bytes.length < sampleBytes) throw new FormatError(toPlace("WaveformPaddingValue"), "is shorter than a sample");
  const padding = read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, set.encoding.isLittleEndian);
  return isSigned && padding === 0 ? undefined : padding;
}

function requireInterpretation(set: DataSet) {
  const code = findText(set, "WaveformSampleInterpretation");
  const bits = requireUnsigned(set, "WaveformBitsAllocated");
  const interpretation = Object.hasOwn(INTERPRETATIONS, code) ? INTERPRETATIONS[code] : undefined;
  if (interpretation?.bytes === bits / 8) return interpretation;
  throw new FormatError(toPlace("WaveformSampleInterpretation"), `"${code}" of ${bits} bits is not read`);
}
