import { toInstant } from "../recording/local-time.ts";
import type { Annotation, Lead, Recording } from "../recording/recording.ts";
import { ByteReader } from "./byte-reader.ts";
import { type Format, FormatError, type ReadOptions } from "./format.ts";
import { decodeText } from "./text.ts";
import { findOffsetMinutes } from "./utc-offset.ts";

/**
 * The files of AliveCor's recorders. Specification: "ATC File Format Specification 1.7",
 * https://github.com/alivecor/ATCpy, but for the checksum, which is a sum in the files that there are.
 */
export const atc = {
  id: "atc",
  mediaTypes: ["application/x-alivecor-atc"],
  extensions: [".atc"],
  detect: (prefix) => MAGIC.every((byte, i) => prefix[i] === byte),
  read,
} satisfies Format;

/** The first bytes of a file: `ALIVE` and three zero bytes. */
const MAGIC = [0x41, 0x4c, 0x49, 0x56, 0x45, 0, 0, 0];
/** The versions of the format that are known: 2 has one lead, 3 and 4 have six, 5 has twelve. */
const [FIRST_VERSION, LAST_VERSION] = [2, 5];
/** The code of signed samples of 16 bits. */
const INT16_FORMAT = 1;
const NANOVOLTS_PER_MILLIVOLT = 1_000_000;
/** The bytes of an annotation: its time in ticks, and its kind. */
const ANNOTATION_BYTES = 6;
/** The most annotations that are read: a day has fewer beats, and recordings have minutes. */
const MAX_ANNOTATIONS = 200_000;
/** The most blocks that are read: twelve leads have some forty. */
const MAX_BLOCKS = 1000;
/** The most blocks that are not kept and named in a note: further ones are counted. */
const MAX_NAMED_BLOCKS = 16;

/** The leads by the name of the block that has their samples. */
const LEADS = new Map([
  ["ecg ", "I"],
  ["ecg2", "II"],
  ["ecg3", "III"],
  ["ecg4", "aVR"],
  ["ecg5", "aVL"],
  ["ecg6", "aVF"],
  ["ecg7", "V1"],
  ["ecg8", "V2"],
  ["ecg9", "V3"],
  ["ecga", "V4"],
  ["ecgb", "V5"],
  ["ecgc", "V6"],
]);
/** WFDB's mnemonics by the kind of a beat: unknown, normal, ventricular, atrial, fusion, junctional, paced. */
const BEAT_CODES = ["Q", "N", "V", "A", "F", "J", "/"];
/** The filters that were on when a recording was made, by the flag in the block `fmt `. */
const FILTERS = new Map([
  [4, "mains filter"],
  [8, "low-pass filter"],
  [16, "baseline filter"],
  [32, "mains notch filter"],
  [64, "enhanced filter"],
]);

type Blocks = Map<string, ByteReader>;
type SignalFormat = { samplingRate: number; gain: number | null };

function read(bytes: Uint8Array, options: ReadOptions): Recording {
  const notes: string[] = [];
  const blocks = readBlocks(new ByteReader(bytes), notes);
  const about = readInfo(blocks.get("info"), options.timeZone, notes);
  const scale = readFormat(blocks.get("fmt "), notes);
  const leads = [...LEADS].flatMap(([id, name]): Lead[] => {
    const block = blocks.get(id);
    return block ? [{ name, ...scale, samples: readSamples(block, id), baseline: 0 }] : [];
  });
  if (leads.length === 0) throw new FormatError('block "ecg "', "there is none, which has the samples");
  const annotations = readAnnotations(blocks.get("ann "), notes);
  return { ...about, leads, annotations, subject: null, note: null, isOpen: false, notes };
}

/**
 * Reads the blocks by their names. Each has its name, its length, its data and the checksum of all these. A block that
 * is not known is passed over and noted.
 */
function readBlocks(bytes: ByteReader, notes: string[]): Blocks {
  bytes.skip(MAGIC.length, "the signature");
  const version = bytes.u32("the version");
  if (version < FIRST_VERSION || version > LAST_VERSION)
    throw new FormatError("byte 8", `version ${version} is not from ${FIRST_VERSION} to ${LAST_VERSION}`);
  const blocks: Blocks = new Map();
  const others = new Set<string>();
  for (let count = 1; bytes.remaining > 0; count++) {
    const { position } = bytes;
    if (count > MAX_BLOCKS) bytes.fail(`more than ${MAX_BLOCKS} blocks`);
    const head = bytes.take8(8, "a block's name and length");
    const reader = new ByteReader(head);
    const id = reader.latin1(4);
    const length = reader.u32();
    const place = `block ${JSON.stringify(id)} at byte ${position}`;
    if (length + 4 > bytes.remaining)
      throw new FormatError(
        place,
        `its ${length} bytes and checksum are more than the ${bytes.remaining} that are left`,
      );
    const start = bytes.position;
    const data = bytes.take8(length);
    if (!isChecksum(bytes.u32(), head, data)) throw new FormatError(place, "the checksum is not that of the block");
    const isKnown = LEADS.has(id) || id === "info" || id === "fmt " || id === "ann ";
    if (!isKnown) others.add(id);
    else if (blocks.has(id)) throw new FormatError(place, "is a second one of this name");
    else blocks.set(id, new ByteReader(data, { start }));
  }
  noteBlocks([...others], notes);
  return blocks;
}

/** Whether a checksum is the sum of all bytes. Some writers take bytes as signed numbers. */
function isChecksum(checksum: number, ...parts: Uint8Array[]): boolean {
  let sum = 0;
  let negative = 0;
  for (const part of parts) {
    for (const byte of part) {
      sum += byte;
      if (byte > 127) negative++;
    }
  }
  return checksum === sum >>> 0 || checksum === (sum - 256 * negative) >>> 0;
}

/** Says which blocks are not kept: average and median beats, what was before the filters, and what is not known. */
function noteBlocks(ids: readonly string[], notes: string[]): void {
  if (ids.length === 0) return;
  const named = ids.slice(0, MAX_NAMED_BLOCKS).map((id) => JSON.stringify(id));
  const more = ids.length > named.length ? ` and ${ids.length - named.length} more` : "";
  notes.push(`The blocks ${named.join(", ")}${more} are not kept: only the ECG and its annotations are.`);
}

/** Reads when and by what a recording was made (block `info`). */
function readInfo(
  block: ByteReader | undefined,
  timeZone: string,
  notes: string[],
): Pick<Recording, "recordedAt" | "device"> {
  if (!block) return { recordedAt: null, device: null };
  const date = readText(block, 32, "the date");
  const [recordingId, phoneId] = [readText(block, 40, "the recording's id"), readText(block, 44, "the phone's id")];
  const [phone, software] = [readText(block, 32, "the phone"), readText(block, 32, "the software")];
  const [hardware, deviceData] = [readText(block, 32, "the hardware"), readText(block, 52, "the device's data")];
  const recordedAt = parseDate(date, timeZone);
  if (date !== "" && recordedAt === null) notes.push(`The date ${JSON.stringify(date)} is not understood.`);
  const lost = Object.entries({ "recording's id": recordingId, "phone's id": phoneId, "device's data": deviceData });
  const names = lost.flatMap(([name, text]) => (text === "" ? [] : `the ${name}`));
  if (names.length > 0) notes.push(`Of the block "info" this is not kept: ${names.join(", ")}.`);
  return { recordedAt, device: [hardware, software, phone].filter((text) => text !== "").join(", ") || null };
}

/** Reads a text field, in which a zero ends a text that is shorter than the field. */
function readText(block: ByteReader, length: number, what: string): string {
  const bytes = block.take8(length, what);
  const end = bytes.indexOf(0);
  return decodeText(end < 0 ? bytes : bytes.subarray(0, end)).trim();
}

/** The instant of a date as in `2010-12-08T15:54:23.245+10:00`, in ms since 1970; null for what is none. */
function parseDate(text: string, timeZone: string): number | null {
  const match =
    /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d(?:\.\d{1,9})?))?\s*(?:(Z)|([+-])(\d\d):?(\d\d))?$/.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0));
  const local = { year, month, day, hour, minute, second };
  const [, , , , , , , utc, sign, hours, minutes] = match;
  if (!utc && !sign) return toInstant(local, timeZone);
  const instant = toInstant(local, "UTC");
  const ahead = sign ? findOffsetMinutes(sign, hours, minutes) : 0;
  return instant === null || ahead === undefined ? null : instant - ahead * 60_000;
}

/** Reads the sampling rate and the gain, which all leads share (block `fmt `). */
function readFormat(block: ByteReader | undefined, notes: string[]): SignalFormat {
  if (!block) throw new FormatError('block "fmt "', "there is none, which has the sampling rate");
  const format = block.u8("the format");
  if (format !== INT16_FORMAT) throw new FormatError('block "fmt "', `format ${format} is not ${INT16_FORMAT}`);
  const samplingRate = block.u16("the sampling rate");
  if (samplingRate === 0) throw new FormatError('block "fmt "', "a sampling rate of 0 Hz is none");
  const nanovolts = block.u16("the amplitude resolution");
  const flags = block.u8("the flags");
  const filters = [...FILTERS].flatMap(([flag, name]) => (flags & flag ? [name] : []));
  if (filters.length > 0) notes.push(`The samples were filtered by the recorder (${filters.join(", ")}).`);
  return { samplingRate, gain: nanovolts > 0 ? NANOVOLTS_PER_MILLIVOLT / nanovolts : null };
}

function readSamples(block: ByteReader, id: string): Int32Array {
  if (block.remaining % 2 > 0)
    throw new FormatError(`block ${JSON.stringify(id)}`, `${block.remaining} bytes are no samples of 16 bits`);
  const samples = new Int32Array(block.remaining / 2);
  for (let i = 0; i < samples.length; i++) samples[i] = block.i16();
  return samples;
}

/** Reads the beats that the recorder found (block `ann `), in the order of their times. */
function readAnnotations(block: ByteReader | undefined, notes: string[]): Annotation[] {
  if (!block) return [];
  const ticksPerSecond = block.u32("the ticks per second");
  if (block.remaining % ANNOTATION_BYTES > 0)
    throw new FormatError('block "ann "', `${block.remaining} bytes are no annotations of ${ANNOTATION_BYTES}`);
  if (block.remaining > MAX_ANNOTATIONS * ANNOTATION_BYTES)
    throw new FormatError('block "ann "', `there are more than ${MAX_ANNOTATIONS} annotations`);
  if (ticksPerSecond === 0 && block.remaining > 0)
    throw new FormatError('block "ann "', "there are annotations, but 0 ticks a second");
  let unknown = 0;
  const annotations: Annotation[] = [];
  while (block.remaining > 0) {
    const time = block.u32() / ticksPerSecond;
    const kind = block.u16();
    if (kind >= BEAT_CODES.length) unknown++;
    annotations.push({ time, code: BEAT_CODES[kind] ?? BEAT_CODES[0] });
  }
  if (unknown > 0) notes.push(`Annotations of kinds that are not known, kept as beats of an unknown kind: ${unknown}.`);
  return annotations.sort((a, b) => a.time - b.time);
}
