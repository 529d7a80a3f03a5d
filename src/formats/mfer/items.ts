import type { ByteReader } from "../byte-reader.ts";

/** A piece of a file: what it is (the tag), and its value. Attributes of a channel are items in an item. */
type Item = {
  tag: number;
  /** The number of the channel that it is of, from 0; undefined for all channels. */
  channel?: number;
  value: ByteReader;
};

/** The tags of the items that are understood, as ISO 22077-1 names them. */
export const TAGS = {
  zero: 0x00,
  byteOrder: 0x01,
  version: 0x02,
  charset: 0x03,
  blockLength: 0x04,
  channels: 0x05,
  sequences: 0x06,
  waveformType: 0x08,
  waveform: 0x09,
  dataType: 0x0a,
  interval: 0x0b,
  resolution: 0x0c,
  offset: 0x0d,
  compression: 0x0e,
  missing: 0x12,
  maker: 0x17,
  data: 0x1e,
  channel: 0x3f,
  preamble: 0x40,
  end: 0x80,
  name: 0x81,
  id: 0x82,
  time: 0x85,
} as const;

/** A length of this says that the items within go on until an end; a larger one how many bytes of length follow. */
const INDEFINITE = 0x80;
/** The most bytes of a length. */
const MAX_LENGTH_BYTES = 4;
/** The bit of a byte of a channel number that says that another byte follows. */
const GOES_ON = 0x80;
/** The most bytes of a channel number: more channels than ECGs have leads. */
const MAX_CHANNEL_BYTES = 2;

/** Reads the items of a file up to its end, or to the item that says that it ends; those of channels come one by one. */
export function* readItems(reader: ByteReader): Generator<Item> {
  while (reader.remaining > 0) {
    const tag = reader.u8();
    if (tag === TAGS.end) return;
    if (tag === TAGS.channel) yield* readChannelItems(reader);
    else yield { tag, value: reader.part(readLength(reader), describe(tag)) };
  }
}

/** A tag as errors and notes name it. */
export function describe(tag: number): string {
  return `item ${tag.toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Reads the items of one channel. Behind an indefinite length they end with an item of two zeros. */
function* readChannelItems(reader: ByteReader): Generator<Item> {
  const channel = readChannel(reader);
  const length = findLength(reader);
  const isIndefinite = length === undefined;
  const items = isIndefinite ? reader : reader.part(length, describe(TAGS.channel));
  while (isIndefinite || items.remaining > 0) {
    const tag = items.u8("an item of a channel");
    const value = items.part(readLength(items), describe(tag));
    if (isIndefinite && tag === TAGS.zero && value.remaining === 0) return;
    yield { tag, channel, value };
  }
}

/** Reads the number of a channel: seven bits a byte. */
function readChannel(reader: ByteReader): number {
  let channel = 0;
  for (let i = 0; i < MAX_CHANNEL_BYTES; i++) {
    const byte = reader.u8("a channel's number");
    channel = channel * GOES_ON + (byte % GOES_ON);
    if (byte < GOES_ON) return channel;
  }
  return reader.fail(`a channel's number is longer than ${MAX_CHANNEL_BYTES} bytes`);
}

function readLength(reader: ByteReader): number {
  return findLength(reader) ?? reader.fail("a length that is not told is only that of a channel's items");
}

/**
 * Reads the length of a value; undefined when it is indefinite. Its bytes begin with the highest one, whatever the order of the values; but one that
 * only fits the file in the other order has that.
 */
function findLength(reader: ByteReader): number | undefined {
  const first = reader.u8("a length");
  if (first < INDEFINITE) return first;
  if (first === INDEFINITE) return undefined;
  const count = first - INDEFINITE;
  if (count > MAX_LENGTH_BYTES) reader.fail(`a length of ${count} bytes is longer than ${MAX_LENGTH_BYTES}`);
  const bytes = reader.take8(count, "a length");
  const length = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  if (length <= reader.remaining) return length;
  const reversed = bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
  return reversed <= reader.remaining ? reversed : length;
}
