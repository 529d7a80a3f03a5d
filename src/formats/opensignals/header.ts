import type { LocalTime } from "../../recording/local-time.ts";
import { FormatError } from "../format.ts";
import { decodeText } from "../text.ts";

/** The facts in the header of a file. The columns of several devices stand one behind the other. */
export type Header = {
  columns: Column[];
  /** Where each device says it was started; the first one's counts. */
  start: LocalTime | null;
  /** The first device's date and time as they are written. */
  startText: string;
  device: string | null;
  hasComments: boolean;
  /** The offset of the first row of numbers, in bytes, and the number of its line. */
  end: number;
  line: number;
};

/** A column of numbers. */
export type Column = {
  /** Its name in the header, as in `nSeq`, `I1`, `A2`, `CH1`. */
  label: string;
  /** The kind of sensor, as in `ECG`; null for the number of a packet, and for digital lines. */
  sensor: string | null;
  samplingRate: number;
  /** How many bits its numbers have; null when it is not said. */
  bits: number | null;
  /** Whether it is of a BITalino (r)evolution, whose sensors are documented. */
  isRevolution: boolean;
};

/** The first line of a file. */
export const TITLE = "# OpenSignals Text File Format";
const END = "# EndOfHeader";
const LF = 0x0a;
/** The longest header, in bytes. */
const MAX_HEADER_BYTES = 256 * 1024;
/** The most devices, and the most columns of all of them: more than there are sockets. */
const [MAX_DEVICES, MAX_COLUMNS] = [16, 1000];

type Json = Record<string, unknown>;

/** Reads the header: a title, the devices as JSON behind `#`, and its end. */
export function readHeader(bytes: Uint8Array): Header {
  const lines: string[] = [];
  let end = 0;
  while (lines.at(-1)?.trim() !== END) {
    const next = bytes.indexOf(LF, end);
    if (next < 0 || next > MAX_HEADER_BYTES) throw new FormatError(`line ${lines.length + 1}`, `no ${END} follows`);
    lines.push(decodeText(bytes.subarray(end, next)).replace(/^\uFEFF/, ""));
    end = next + 1;
  }
  const index = lines.findIndex((line) => /^#\s*\{/.test(line));
  if (index < 0) throw new FormatError("header", "there is no line with the devices as JSON");
  const devices = readDevices(lines[index].replace(/^#/, ""), `line ${index + 1}`);
  const columns = devices.flatMap(({ id, fields }) => readColumns(fields, id));
  if (columns.length > MAX_COLUMNS) throw new FormatError("column", `${columns.length} are more than ${MAX_COLUMNS}`);
  const [{ fields }] = devices;
  const startText = `${toText(fields.date)} ${toText(fields.time)}`.trim();
  const names = [toText(fields.device), toText(fields["device name"])].filter((name) => name !== "");
  return {
    columns,
    start: findTime(startText),
    startText,
    device: [...new Set(names)].join(", ") || null,
    hasComments: devices.some((device) => toText(device.fields.comments) !== ""),
    end,
    line: lines.length + 1,
  };
}

function readDevices(text: string, place: string): { id: string; fields: Json }[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new FormatError(place, "this is no JSON");
  }
  if (!isObject(json)) throw new FormatError(place, "this is no object with the devices");
  const devices = Object.entries(json).map(([id, fields]) => {
    return isObject(fields) ? { id, fields } : fail(id, "is no object with what is said of a device");
  });
  if (devices.length < 1 || devices.length > MAX_DEVICES)
    throw new FormatError(place, `${devices.length} devices are not 1 to ${MAX_DEVICES}`);
  return devices;
}

/**
 * Reads the columns of a device. Its sensors have the last ones, and before them are the number of the packet and digital
 * lines. Older files name no columns: theirs have the number of the packet and the sensors.
 */
function readColumns(fields: Json, id: string): Column[] {
  const samplingRate = Number(fields["sampling rate"]);
  if (!(samplingRate > 0) || !Number.isFinite(samplingRate)) fail(id, "there is no sampling rate");
  const sensors = toTexts(fields.sensor);
  const given = toTexts(fields.label);
  const labels = given.length > 0 ? given : sensors.map((_, i) => `CH${i + 1}`);
  if (labels.length === 0 || (sensors.length > 0 && sensors.length !== labels.length))
    fail(id, `${sensors.length} sensors have ${labels.length} labels`);
  const named = toTexts(fields.column);
  const columns = named.length > 0 ? named : [PACKET_NUMBER, ...labels];
  const first = columns.length - labels.length;
  if (first < 0) fail(id, `${labels.length} sensors have ${columns.length} columns`);
  const isRevolutionDevice = toText(fields.device) === "bitalino_rev";
  return columns.map((label, i): Column => {
    const sensor = i < first ? null : (sensors[i - first] ?? "RAW");
    return {
      label,
      sensor: sensor?.toUpperCase().replace(/\/.*|BIT(REV)?$/g, "") ?? null,
      samplingRate,
      bits: findBits(fields.resolution, i, first, columns.length),
      isRevolution: isRevolutionDevice || /BITREV$/i.test(sensor ?? ""),
    };
  });
}

/** The label of the column with the number of the packet. */
export const PACKET_NUMBER = "nSeq";

/** The bits of a column: one number for all sensors, one for each of them, or one for each column. */
function findBits(resolution: unknown, index: number, first: number, count: number): number | null {
  const list = Array.isArray(resolution) ? resolution : index >= first ? Array(count - first).fill(resolution) : [];
  const bits = Number(list.length === count ? list[index] : list[index - first]);
  return Number.isInteger(bits) && bits >= 1 && bits <= 32 ? bits : null;
}

/** The date and time as in `2017-5-22 9:39:1.0`; null for another text. */
function findTime(text: string): LocalTime | null {
  const match = /^(\d{4})-(\d\d?)-(\d\d?) (\d\d?):(\d\d?):(\d\d?(?:\.\d{1,9})?)$/.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
  return { year, month, day, hour, minute, second };
}

function isObject(json: unknown): json is Json {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function toText(json: unknown): string {
  return typeof json === "string" ? json.trim() : "";
}

function toTexts(json: unknown): string[] {
  return Array.isArray(json) ? json.slice(0, MAX_COLUMNS + 1).map(toText) : [];
}

/** @param id of the device in the header */
function fail(id: string, message: string): never {
  throw new FormatError(`device ${JSON.stringify(id)}`, message);
}
