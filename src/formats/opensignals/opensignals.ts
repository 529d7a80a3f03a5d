import { toInstant } from "../../recording/local-time.ts";
import type { Lead, Recording } from "../../recording/recording.ts";
import { type Format, FormatError, type ReadOptions } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { type Column, type Header, PACKET_NUMBER, readHeader, TITLE } from "./header.ts";
import { readRows } from "./rows.ts";

/**
 * The text logs of OpenSignals, with which PLUX's biosignalsplux and BITalino record. Description: "OpenSignals
 * (r)evolution User Manual"; the ECG sensor's data sheet of BITalino (r)evolution has the scale.
 */
export const openSignals = {
  id: "opensignals",
  mediaTypes: ["text/x-opensignals"],
  extensions: [".opensignals.txt"],
  detect: (prefix) => new TextDecoder().decode(prefix.subarray(0, 64)).startsWith(TITLE),
  read,
} satisfies Format;

/** The gain of the ECG sensor of BITalino (r)evolution, its voltage, and the bits of the sockets that it has. */
const [SENSOR_GAIN, MILLIVOLTS, REVOLUTION_BITS] = [1100, 3300, [6, 10]];
/** The kinds of sensors that are no kind in particular, and may be an ECG. */
const ANY_SENSOR: readonly string[] = ["RAW", "CUSTOM", "UNKNOWN", ""];
/** The most columns that are not kept and named: further ones are counted. */
const MAX_NAMED = 16;

/** A column that may be a lead. */
type Channel = Column & { name: string; index: number };

function read(bytes: Uint8Array, { leads: wanted, timeZone }: ReadOptions): Recording {
  const header = readHeader(bytes);
  const notes: string[] = [];
  const channels = chooseChannels(header.columns, wanted, notes);
  const roles = header.columns.map((_, i) => channels.findIndex(({ index }) => index === i));
  const packets = header.columns.findIndex(({ label }) => label === PACKET_NUMBER);
  const packetNumber = packets < 0 ? undefined : { column: packets, bits: header.columns[packets].bits };
  const rows = readRows(bytes, { start: header.end, firstLine: header.line }, roles, packetNumber);
  const leads = channels.map((channel, i): Lead => {
    const { name, samplingRate } = channel;
    return { name, samplingRate, ...findScale(channel, notes), samples: rows.samples[i] };
  });
  if (rows.lostPackets > 0) {
    const places = rows.lostPlaces === 1 ? "one place" : `${rows.lostPlaces} places`;
    notes.push(`By ${PACKET_NUMBER} ${rows.lostPackets} samples of each lead are missing, in ${places}.`);
  }
  if (rows.unclearPlaces > 0)
    notes.push(`Places where ${PACKET_NUMBER} does not go on, and nothing is put: ${rows.unclearPlaces}.`);
  if (rows.isCutOff) notes.push("The last line is cut off, and is left out.");
  const recordedAt = readStart(header, timeZone, notes);
  return {
    recordedAt,
    leads,
    subject: null,
    device: header.device,
    note: null,
    isOpen: false,
    annotations: [],
    notes,
  };
}

/** The instant of the start; null, with a note, where the file's text is none. */
function readStart({ start, startText, hasComments }: Header, timeZone: string, notes: string[]): number | null {
  const instant = start && toInstant(start, timeZone);
  if (instant === null && startText !== "")
    notes.push(`The date ${JSON.stringify(startText.slice(0, 64))} is not understood.`);
  if (hasComments) notes.push("The comments are not kept.");
  return instant;
}

/**
 * The columns that become leads: those that are wanted, by the name of the lead, of the sensor or of the column; else
 * those of ECG sensors; else those of sensors that are not named.
 */
function chooseChannels(columns: readonly Column[], wanted: ReadOptions["leads"], notes: string[]): Channel[] {
  const channels = nameChannels(columns);
  const chosen = wanted
    ? [...new Set(wanted.map((name) => findChannel(channels, name) ?? failLead(name, channels)))]
    : findEcg(channels, notes);
  if (chosen.length > MAX_LEADS)
    throw new FormatError("column", `${chosen.length} channels are more than the ${MAX_LEADS} leads of an ECG`);
  const others = columns.filter(({ label }, i) => label !== PACKET_NUMBER && !chosen.some(({ index }) => index === i));
  if (others.length > 0) {
    const names = others.slice(0, MAX_NAMED).map(({ label, sensor }) => (sensor ? `${label} (${sensor})` : label));
    const more = others.length > names.length ? ` and ${others.length - names.length} more` : "";
    notes.push(`These columns are not kept: ${names.join(", ")}${more}.`);
  }
  return chosen;
}

/** A sensor's channel is called after its kind, or after its column where the kind is not named or there are several. */
function nameChannels(columns: readonly Column[]): Channel[] {
  const counts = new Map<string, number>();
  for (const { sensor } of columns) if (sensor !== null) counts.set(sensor, (counts.get(sensor) ?? 0) + 1);
  return columns.flatMap((column, index) => {
    const { sensor, label } = column;
    if (sensor === null) return [];
    const isOne = counts.get(sensor) === 1;
    const name = ANY_SENSOR.includes(sensor) ? label : isOne ? sensor : `${sensor} ${label}`;
    return [{ ...column, name, index }];
  });
}

function findChannel(channels: readonly Channel[], wanted: string): Channel | undefined {
  return (
    channels.find(({ name }) => name === wanted) ??
    channels.find(({ label }) => label === wanted) ??
    channels.find(({ sensor }) => sensor === wanted.toUpperCase())
  );
}

function findEcg(channels: readonly Channel[], notes: string[]): Channel[] {
  const ecg = channels.filter(({ sensor }) => sensor === "ECG");
  if (ecg.length > 0) return ecg;
  const any = channels.filter(({ sensor }) => sensor !== null && ANY_SENSOR.includes(sensor));
  if (any.length === 0) {
    const names = channels.map(({ name }) => name).join(", ");
    throw new FormatError("sensor", `none is an ECG: choose among ${names} by leads`);
  }
  notes.push("No sensor is said to be an ECG: those whose kind is not said are taken.");
  return any;
}

function failLead(wanted: string, channels: readonly Channel[]): never {
  const names = channels.map(({ name }) => name).join(", ");
  throw new FormatError("leads", `there is no lead ${JSON.stringify(wanted)} among ${names}`);
}

/**
 * The gain and the baseline of a channel. Those of BITalino (r)evolution's ECG sensor follow from its data sheet:
 * `ECG (V) = (ADC / 2^n - 1/2) * VCC / gain`, with n bits. Other sensors come in several makes, and none is claimed.
 */
function findScale({ sensor, name, bits, isRevolution }: Channel, notes: string[]): Pick<Lead, "gain" | "baseline"> {
  if (sensor === "ECG" && isRevolution && bits !== null && REVOLUTION_BITS.includes(bits)) {
    notes.push(`The scale of ${name} is that in the data sheet of BITalino (r)evolution's ECG sensor.`);
    return { gain: (2 ** bits * SENSOR_GAIN) / MILLIVOLTS, baseline: 2 ** (bits - 1) };
  }
  notes.push(`The file does not say the scale of ${name}.`);
  return { gain: null, baseline: 0 };
}
