import { type LocalTime, toInstant } from "../../recording/local-time.ts";
import { type Lead, MAX_SAMPLE, MISSING, type Recording } from "../../recording/recording.ts";
import { ByteReader } from "../byte-reader.ts";
import { type Format, FormatError, type ReadOptions } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { decodeText } from "../text.ts";
import {
  type Attributes,
  type DataType,
  DEFAULT_DATA_TYPE,
  putAttribute,
  type StoredInteger,
  toInteger,
  toSigned,
} from "./attributes.ts";
import { describe, readItems, TAGS } from "./items.ts";

/**
 * The Medical waveform Format Encoding Rules, in which Japanese electrocardiographs and monitors write. Specification:
 * ISO 22077-1 (once ISO/TS 11073-92001), and ISO/TS 22077-2 for electrocardiograms.
 */
export const mfer = {
  id: "mfer",
  mediaTypes: ["application/x-mfer"],
  extensions: [".mwf", ".mfr", ".mfer"],
  detect: (prefix) => prefix[0] === TAGS.preamble && MAGIC.every((byte, i) => prefix[MAGIC_OFFSET + i] === byte),
  read,
} satisfies Format;

/** What the preamble begins with, behind its tag and its length: `MFR `. */
const MAGIC = [0x4d, 0x46, 0x52, 0x20];
const MAGIC_OFFSET = 2;
/** The sampling rate of the standard for files that name none, in Hz. */
const DEFAULT_SAMPLING_RATE_HZ = 1000;
/** The most items that are read. */
const MAX_ITEMS = 1_000_000;
/** The most frames, as the standard calls a piece of the waveforms: more than a day has seconds. */
const MAX_FRAMES = 100_000;
/** How often the channels may change between frames. */
const MAX_LAYOUTS = 1000;
/** The most items that are not kept and named in a note: further ones are counted. */
const MAX_NAMED_ITEMS = 16;
/** The items that say nothing of the recording. */
const SILENT_ITEMS: readonly number[] = [TAGS.zero, TAGS.version, TAGS.preamble, TAGS.waveformType];

/** A channel in a frame: its lead, and where and how its samples are stored. */
type Channel = {
  lead: Omit<Lead, "samples">;
  /** Samples in a block, which follow one another. */
  blockLength: number;
  /** The offset of its block in a sequence, in bytes. */
  offset: number;
  dataType: DataType;
  missing: number | undefined;
};
/** The channels of a frame. A sequence has a block of each. */
type Layout = { channels: readonly Channel[]; sequenceBytes: number };
type Frame = Layout & { kind: string; sequences: number; data: Uint8Array; isLittleEndian: boolean };

/** What the items so far have said of the samples that come. */
class Definitions {
  isLittleEndian = false;
  charset: string | undefined;
  readonly common: Attributes = {};
  readonly own = new Map<number, Attributes>();
  private channelCount = 1;
  /** The bytes of the type of the waveforms, such as an ECG at rest, and of what is said of it. */
  private kind = "";
  private sequences: number | undefined;
  /** The layout by these definitions, and how many there have been. */
  private layout: Layout = { channels: [], sequenceBytes: 0 };
  private layoutCount = 0;
  private isChanged = true;

  /** Puts what an item says of all channels, or of one, into the definitions; false if it is no such item. */
  put(tag: number, channel: number | undefined, value: ByteReader): boolean {
    const place = `byte ${value.position}, ${describe(tag)}`;
    if (tag === TAGS.compression) {
      if (value.u8("the compression") !== 0 || (value.remaining > 0 && value.u8() !== 0))
        throw new FormatError(place, "compressed data are not read");
      return true;
    }
    if (channel !== undefined) {
      if (channel >= MAX_LEADS) throw new FormatError(place, `channel ${channel} is beyond ${MAX_LEADS} leads`);
      if (tag === TAGS.sequences) throw new FormatError(place, "a channel with sequences of its own is not read");
      const own = this.own.get(channel) ?? {};
      this.own.set(channel, own);
      return this.putAttribute(own, tag, value);
    }
    switch (tag) {
      case TAGS.byteOrder:
        this.isLittleEndian = value.u8("the byte order") === 1;
        return true;
      case TAGS.charset:
        this.charset = this.readText(value) || undefined;
        return true;
      case TAGS.channels: {
        const count = this.readCount(value);
        if (count < 1 || count > MAX_LEADS) throw new FormatError(place, `${count} channels are not 1 to ${MAX_LEADS}`);
        this.isChanged ||= count !== this.channelCount;
        this.channelCount = count;
        return true;
      }
      case TAGS.sequences:
        this.sequences = this.readCount(value);
        return true;
      case TAGS.waveformType:
        this.kind = value.take8(value.remaining).join();
        return true;
      default:
        return this.putAttribute(this.common, tag, value);
    }
  }

  /** The frame of data by the definitions so far. */
  newFrame(value: ByteReader): Frame {
    const place = `byte ${value.position}, ${describe(TAGS.data)}`;
    if (this.isChanged) this.updateLayout(place);
    const { sequenceBytes } = this.layout;
    const sequences = sequenceBytes > 0 ? (this.sequences ?? value.remaining / sequenceBytes) : 0;
    if (!Number.isInteger(sequences) || sequences * sequenceBytes !== value.remaining) {
      const promise = this.sequences === undefined ? "whole sequences" : `${this.sequences} sequences`;
      throw new FormatError(place, `${value.remaining} bytes are no ${promise} of ${sequenceBytes} bytes`);
    }
    const { layout, kind, isLittleEndian } = this;
    return { ...layout, kind, sequences, data: value.take8(value.remaining), isLittleEndian };
  }

  /** Reads a text, in which a zero ends one that is shorter than its item. */
  readText(value: ByteReader): string {
    return decodeText(value.take8(value.remaining), this.charset).replace(/\0.*$/s, "").trim();
  }

  private putAttribute(attributes: Attributes, tag: number, value: ByteReader): boolean {
    const before = JSON.stringify(attributes);
    const isAttribute = putAttribute(attributes, tag, value, this);
    this.isChanged ||= JSON.stringify(attributes) !== before;
    return isAttribute;
  }

  /** Works the layout out again. Until the definitions change it stays the same object, which frames keep. */
  private updateLayout(place: string): void {
    if (++this.layoutCount > MAX_LAYOUTS)
      throw new FormatError(place, `channels change more than ${MAX_LAYOUTS} times`);
    let sequenceBytes = 0;
    const channels = Array.from({ length: this.channelCount }, (_, i) => {
      const channel = this.newChannel(i, sequenceBytes);
      sequenceBytes += channel.blockLength * channel.dataType.bytes;
      return channel;
    });
    this.layout = { channels, sequenceBytes };
    this.isChanged = false;
  }

  private newChannel(index: number, offset: number): Channel {
    const { common } = this;
    const own = this.own.get(index) ?? {};
    const { gain, unit } = own.scale ?? common.scale ?? { gain: null };
    const samplingRate = own.samplingRate ?? common.samplingRate ?? DEFAULT_SAMPLING_RATE_HZ;
    const name = own.name || common.name || `lead ${index + 1}`;
    const dataType = own.dataType ?? common.dataType ?? DEFAULT_DATA_TYPE;
    const toValue = (stored: StoredInteger) => (dataType.isSigned ? toSigned(stored) : stored.value);
    const zero = own.offset ?? common.offset;
    const missing = own.missing ?? common.missing;
    const baseline = zero ? toValue(zero) : 0;
    return {
      lead: unit === undefined ? { name, samplingRate, gain, baseline } : { name, samplingRate, unit, gain, baseline },
      blockLength: own.blockLength ?? common.blockLength ?? 1,
      offset,
      dataType,
      missing: missing && toValue(missing),
    };
  }

  private readCount(value: ByteReader): number {
    if (value.remaining < 1 || value.remaining > 4) value.fail(`${value.remaining} bytes are no count`);
    return toInteger(value.take8(value.remaining), this.isLittleEndian, false);
  }
}

function read(bytes: Uint8Array, { timeZone }: ReadOptions): Recording {
  const definitions = new Definitions();
  const frames: Frame[] = [];
  const notes: string[] = [];
  const lost = new Set<number>();
  let [itemCount, otherFrames, laterTimes] = [0, 0, 0];
  let [id, name, device]: (string | null)[] = [null, null, null];
  let time: LocalTime | undefined;
  for (const { tag, channel, value } of readItems(new ByteReader(bytes))) {
    if (++itemCount > MAX_ITEMS) value.fail(`more than ${MAX_ITEMS} items`);
    const isOfAll = channel === undefined;
    if (isOfAll && tag === TAGS.data) {
      if (frames.length + otherFrames === MAX_FRAMES) value.fail(`more than ${MAX_FRAMES} frames`);
      const frame = definitions.newFrame(value);
      if (frames.length > 0 && !goesOn(frames[0], frame)) otherFrames++;
      else frames.push(frame);
    } else if (isOfAll && tag === TAGS.name) name = definitions.readText(value) || null;
    else if (isOfAll && tag === TAGS.id) id = definitions.readText(value) || null;
    else if (isOfAll && tag === TAGS.maker)
      device = definitions.readText(value).split("^").filter(Boolean).join(" ") || null;
    else if (isOfAll && tag === TAGS.time) {
      // A later frame may have a time of its own.
      if (frames.length === 0 || !time) time = readTime(value, definitions.isLittleEndian);
      else laterTimes++;
    } else if (!definitions.put(tag, channel, value) && !SILENT_ITEMS.includes(tag)) lost.add(tag);
  }
  if (frames.length === 0) throw new FormatError(describe(TAGS.data), "there is none, which has the samples");
  const recordedAt = time ? toInstant(time, timeZone) : null;
  if (time && recordedAt === null) notes.push("The time of measurement (85) is none, and is not kept.");
  if (laterTimes > 0)
    notes.push(`Times of later frames are not kept, which are put behind one another: ${laterTimes}.`);
  noteLosses(lost, otherFrames, definitions, notes);
  const leads = readLeads(frames);
  return { recordedAt, leads, subject: id ?? name, device, note: null, isOpen: false, annotations: [], notes };
}

/** Whether a frame has the next samples of the same leads as another one: an average beat is of another kind. */
function goesOn({ channels, kind }: Frame, next: Frame): boolean {
  if (next.kind !== kind) return false;
  if (next.channels === channels) return true;
  return (
    channels.length === next.channels.length &&
    channels.every(({ lead }, i) => {
      const other = next.channels[i].lead;
      return (
        lead.name === other.name &&
        lead.samplingRate === other.samplingRate &&
        lead.unit === other.unit &&
        lead.gain === other.gain &&
        lead.baseline === other.baseline
      );
    })
  );
}

/** Reads a time: year, month, day, hour, minute, second, and of two bytes the ms if they are there. */
function readTime(value: ByteReader, isLittleEndian: boolean): LocalTime {
  const year = toInteger(value.take8(2, "the year"), isLittleEndian, false);
  const [month, day] = [value.u8("the month"), value.u8("the day")];
  const [hour, minute, second] = [value.u8("the hour"), value.u8("the minute"), value.u8("the second")];
  const ms = value.remaining >= 2 ? toInteger(value.take8(2), isLittleEndian, false) : 0;
  return { year, month, day, hour, minute, second: second + ms / 1000 };
}

/** Says what is not kept, and what is assumed. */
function noteLosses(
  lost: ReadonlySet<number>,
  otherFrames: number,
  { common, own }: Definitions,
  notes: string[],
): void {
  if (lost.size > 0) {
    const named = [...lost].slice(0, MAX_NAMED_ITEMS).map((tag) => tag.toString(16).toUpperCase().padStart(2, "0"));
    const more = lost.size > named.length ? ` and ${lost.size - named.length} more` : "";
    notes.push(`The items of the tags ${named.join(", ")}${more} are not kept.`);
  }
  if (otherFrames > 0)
    notes.push(
      `Frames of another kind, or of other leads, rates or scales than the first, which are not kept: ${otherFrames}.`,
    );
  if (common.samplingRate === undefined && [...own.values()].every(({ samplingRate }) => samplingRate === undefined))
    notes.push(
      `The file names no sampling interval: ${DEFAULT_SAMPLING_RATE_HZ} Hz are assumed, as the standard says.`,
    );
  if ([common, ...own.values()].some(({ offset }) => offset && offset.value !== 0))
    notes.push("The offset (0D) is taken for the sample at 0 of the unit.");
}

/** The samples of the frames, one behind the other. */
function readLeads(frames: readonly Frame[]): Lead[] {
  return frames[0].channels.map(({ lead }, index) => {
    const length = frames.reduce((sum, { channels, sequences }) => sum + sequences * channels[index].blockLength, 0);
    const samples = new Int32Array(length);
    let at = 0;
    for (const frame of frames) at = putSamples(samples, at, frame, index);
    return { ...lead, samples };
  });
}

/** Puts the samples of a channel in a frame to a place, and gives the place behind them. */
function putSamples(samples: Int32Array, start: number, frame: Frame, index: number): number {
  const { channels, sequences, sequenceBytes, data, isLittleEndian } = frame;
  const { lead, blockLength, offset, dataType, missing } = channels[index];
  const valueAt = newValueAt(data, dataType, isLittleEndian);
  let at = start;
  for (let sequence = 0; sequence < sequences; sequence++) {
    const block = sequence * sequenceBytes + offset;
    for (let i = 0; i < blockLength; i++) {
      const value = valueAt(block + i * dataType.bytes);
      const isMissing = value === missing;
      if (value > MAX_SAMPLE && !isMissing)
        throw new FormatError(lead.name, `the sample ${value} does not fit into 32 bits with a sign`);
      samples[at++] = isMissing ? MISSING : value;
    }
  }
  return at;
}

/** The integer at a byte of data. */
function newValueAt(data: Uint8Array, { bytes, isSigned }: DataType, isLittleEndian: boolean): (at: number) => number {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  if (bytes === 1) return isSigned ? (at) => view.getInt8(at) : (at) => view.getUint8(at);
  if (bytes === 2)
    return isSigned ? (at) => view.getInt16(at, isLittleEndian) : (at) => view.getUint16(at, isLittleEndian);
  return isSigned ? (at) => view.getInt32(at, isLittleEndian) : (at) => view.getUint32(at, isLittleEndian);
}
