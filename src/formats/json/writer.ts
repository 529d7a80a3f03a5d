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
  const parts = [...writeParts(fields, leads, (samples) => writeSamples(samples, true))];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    out.set(part, position);
    position += part.length;
  }
  return out;
}

/** The same a part at a time, of signals that come piece by piece. */
export async function* streamEcgJson(
  fields: Record<string, unknown>,
  leads: readonly JsonLead<AsyncIterable<Int32Array>>[],
): AsyncGenerator<Bytes> {
  for (const part of writeParts(fields, leads, (pieces) => pieces)) {
    if (part instanceof Uint8Array) {
      yield part;
      continue;
    }
    let isFirst = true;
    for await (const samples of part) {
      if (samples.length === 0) continue;
      yield writeSamples(samples, isFirst);
      isFirst = false;
    }
  }
}

function* writeParts<Signal, Written>(
  fields: Record<string, unknown>,
  leads: readonly JsonLead<Signal>[],
  writeSignal: (signal: Signal) => Written,
): Generator<Bytes | Written> {
  yield encode(`${open(fields)}"leads":[`);
  for (const [i, lead] of leads.entries()) {
    const member = "signal" in lead ? "signal" : "buckets";
    yield encode(`${i > 0 ? "," : ""}${open(lead.fields)}"${member}":[`);
    yield "signal" in lead ? writeSignal(lead.signal) : writeBuckets(lead.buckets);
    yield encode("]}");
  }
  yield encode("]}");
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text) as Bytes;
}

/** The JSON of an object whose last member is still to come. */
function open(fields: Record<string, unknown>): string {
  const text = JSON.stringify(fields);
  return text === "{}" ? "{" : `${text.slice(0, -1)},`;
}

/** The samples with commas between them, and one before them unless they are the first. */
function writeSamples(samples: Int32Array, isFirst: boolean): Bytes {
  const out = new Uint8Array(samples.length * roomFor(samples) + 1 + SLACK_BYTES);
  const view = new DataView(out.buffer);
  let position = 0;
  if (!isFirst) out[position++] = COMMA;
  for (let i = 0; i < samples.length; i++) {
    let rest = samples[i];
    if (rest < 0 && rest !== MISSING) {
      out[position++] = MINUS;
      rest = -rest;
    }
    if (rest >= 0 && rest < 1000) {
      view.setUint32(position, LEADING[rest], true);
      position += LENGTH[rest];
    } else {
      position = writeLong(rest, view, position);
    }
  }
  // Without the comma behind the last.
  return out.subarray(0, samples.length > 0 ? position - 1 : position);
}

function writeBuckets({ min, max }: { min: Int32Array; max: Int32Array }): Bytes {
  const out = new Uint8Array(min.length * (roomFor(min) + roomFor(max) + 2) + SLACK_BYTES);
  const view = new DataView(out.buffer);
  let position = 0;
  const write = (sample: number) => {
    if (sample < 0 && sample !== MISSING) {
      out[position++] = MINUS;
      position = writeLong(-sample, view, position);
    } else {
      position = writeLong(sample, view, position);
    }
  };
  for (let i = 0; i < min.length; i++) {
    if (min[i] === MISSING) {
      write(MISSING);
      continue;
    }
    out[position++] = OPEN;
    write(min[i]);
    write(max[i]);
    out[position - 1] = CLOSE;
    out[position++] = COMMA;
  }
  return out.subarray(0, Math.max(position - 1, 0));
}

/** Of one sample and its comma, at the most. */
function roomFor(samples: Int32Array): number {
  let magnitude = 999; // With a sign as long as "null".
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i];
    const own = sample < 0 ? -sample : sample;
    if (own > magnitude && sample !== MISSING) magnitude = own;
  }
  return String(magnitude).length + 2;
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
