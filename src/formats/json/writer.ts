import { MISSING } from "../../recording/recording.ts";

const COMMA = 0x2c;
const MINUS = 0x2d;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** Of each number below 1000, its digits and a comma as four bytes, little endian: without leading zeros, and with. */
const LEADING = new Uint32Array(1000);
const PADDED = new Uint32Array(1000);
/** How many bytes its digits and the comma are without leading zeros. */
const LENGTH = new Uint8Array(1000);
for (let i = 0; i < 1000; i++) {
  LEADING[i] = pack(`${i},`);
  PADDED[i] = pack(`${String(i).padStart(3, "0")},`);
  LENGTH[i] = `${i},`.length;
}
const NULL = pack("null");
/** A sample is written four bytes at a time, of which the last may be beyond its end. */
const SLACK_BYTES = 4;

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * A lead: its own fields, and its `signal`, or `buckets`, the lowest and highest sample of each stretch (MISSING for both
 * where it has none).
 */
export type JsonLead<Signal = Int32Array> = { fields: Record<string, unknown> } & (
  | { signal: Signal }
  | { buckets: { min: Int32Array; max: Int32Array } }
);

/** `{ ...fields, leads: [{ ...lead, signal: [...] }] }` in UTF-8, with no array of numbers in between. */
export function writeEcgJson(fields: Record<string, unknown>, leads: readonly JsonLead[]): Bytes {
  const texts = writeTexts(fields, leads).map(encode);
  const room = texts.reduce((sum, text) => sum + text.length, SLACK_BYTES);
  const out = newOutput(leads.reduce((sum, lead) => sum + roomFor(lead), room));
  let position = 0;
  for (const [i, text] of texts.entries()) {
    out.bytes.set(text, position);
    position += text.length;
    if (i < leads.length) position = writeValues(leads[i], out, position);
  }
  return out.bytes.subarray(0, position);
}

/** The same a part at a time, of signals that come piece by piece. */
export async function* streamEcgJson(
  fields: Record<string, unknown>,
  leads: readonly JsonLead<AsyncIterable<Int32Array>>[],
): AsyncGenerator<Bytes> {
  for (const [i, text] of writeTexts(fields, leads).entries()) {
    yield encode(text);
    const lead = leads[i];
    if (!lead) return;
    const pieces = "signal" in lead ? lead.signal : [lead];
    let before = "";
    for await (const piece of pieces) {
      const values = piece instanceof Int32Array ? { fields: {}, signal: piece } : piece;
      const out = newOutput(roomFor(values) + SLACK_BYTES);
      const end = writeValues(values, out, 0);
      if (end === 0) continue;
      yield encode(before);
      yield out.bytes.subarray(0, end);
      before = ",";
    }
  }
}

/** All that stands before, between and behind the leads' values. */
function writeTexts(fields: Record<string, unknown>, leads: readonly JsonLead<unknown>[]): string[] {
  const opened = leads.map((lead) => `${open(lead.fields)}"${"signal" in lead ? "signal" : "buckets"}":[`);
  const head = `${open(fields)}"leads":[`;
  if (opened.length === 0) return [`${head}]}`];
  return [`${head}${opened[0]}`, ...opened.slice(1).map((text) => `]},${text}`), "]}]}"];
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text) as Bytes;
}

/** The JSON of an object whose last member is still to come. */
function open(fields: Record<string, unknown>): string {
  const text = JSON.stringify(fields);
  return text === "{}" ? "{" : `${text.slice(0, -1)},`;
}

type Output = { bytes: Bytes; view: DataView };

function newOutput(length: number): Output {
  const bytes = new Uint8Array(length);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Writes a lead's values with commas between them; gives the position behind them. */
function writeValues(lead: JsonLead, out: Output, start: number): number {
  const end = "signal" in lead ? writeSamples(lead.signal, out, start) : writeBuckets(lead.buckets, out, start);
  // Without the comma behind the last.
  return Math.max(start, end - 1);
}

function writeSamples(samples: Int32Array, { bytes, view }: Output, start: number): number {
  let position = start;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i];
    // -1 or 0. No branch for the sign, which no processor can foresee: a minus too many is written over.
    const sign = sample >> 31;
    const magnitude = ((sample ^ sign) - sign) | 0;
    bytes[position] = MINUS;
    // MISSING has no magnitude, and comes out of this below 0.
    if (magnitude >>> 0 < 1000) {
      position -= sign;
      view.setUint32(position, LEADING[magnitude], true);
      position += LENGTH[magnitude];
    } else if (magnitude >>> 0 < 1_000_000) {
      position -= sign;
      const thousands = (magnitude / 1000) | 0;
      view.setUint32(position, LEADING[thousands], true);
      // The three digits replace the comma behind the thousands.
      position += LENGTH[thousands] - 1;
      view.setUint32(position, PADDED[magnitude - thousands * 1000], true);
      position += 4;
    } else {
      position = writeLong(magnitude, view, sample === MISSING ? position : position - sign);
    }
  }
  return position;
}

function writeBuckets({ min, max }: { min: Int32Array; max: Int32Array }, out: Output, start: number): number {
  const pair = new Int32Array(2);
  let position = start;
  for (let i = 0; i < min.length; i++) {
    if (min[i] === MISSING) {
      position = writeLong(MISSING, out.view, position);
      continue;
    }
    out.bytes[position] = OPEN;
    pair[0] = min[i];
    pair[1] = max[i];
    position = writeSamples(pair, out, position + 1);
    out.bytes[position - 1] = CLOSE;
    out.bytes[position++] = COMMA;
  }
  return position;
}

/** In bytes, at the most. */
function roomFor(lead: JsonLead): number {
  if ("signal" in lead) return lead.signal.length * longestOf(lead.signal);
  const { min, max } = lead.buckets;
  return min.length * (longestOf(min) + longestOf(max) + 2);
}

/** Of one sample and its comma, at the most. */
function longestOf(samples: Int32Array): number {
  let bits = 999; // With a sign as long as "null".
  for (let i = 0; i < samples.length; i++) {
    // One more than the magnitude of a negative one, less one: near enough. MISSING gives all bits, which is room enough.
    bits |= samples[i] ^ (samples[i] >> 31);
  }
  return String(bits + 1).length + 2;
}

/** A sample without its sign, or MISSING, and a comma; gives the position behind them. */
function writeLong(sample: number, view: DataView, position: number): number {
  if (sample === MISSING) {
    view.setUint32(position, NULL, true);
    view.setUint8(position + 4, COMMA);
    return position + 5;
  }
  if (sample < 1000) {
    view.setUint32(position, LEADING[sample], true);
    return position + LENGTH[sample];
  }
  const thousands = (sample / 1000) | 0;
  // The three digits replace the comma behind the thousands.
  const next = writeLong(thousands, view, position) - 1;
  view.setUint32(next, PADDED[sample - thousands * 1000], true);
  return next + 4;
}

function pack(text: string): number {
  return [...text].reduce((bits, character, i) => bits + character.charCodeAt(0) * 2 ** (8 * i), 0);
}
