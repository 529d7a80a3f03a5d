import { MISSING } from "../../recording/recording.ts";

const NULL = [0x6e, 0x75, 0x6c, 0x6c];
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const OPEN = 0x5b;
const CLOSE = 0x5d;

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
  const out = new Uint8Array(samples.length * (lengthOf(samples) + 1));
  let position = 0;
  for (let i = 0; i < samples.length; i++) {
    if (i > 0 || !isFirst) out[position++] = COMMA;
    position = writeSample(samples[i], out, position);
  }
  return out.subarray(0, position);
}

function writeBuckets({ min, max }: { min: Int32Array; max: Int32Array }): Bytes {
  const out = new Uint8Array(min.length * (lengthOf(min) + lengthOf(max) + 4));
  let position = 0;
  for (let i = 0; i < min.length; i++) {
    if (i > 0) out[position++] = COMMA;
    if (min[i] === MISSING) {
      position = writeSample(MISSING, out, position);
      continue;
    }
    out[position++] = OPEN;
    position = writeSample(min[i], out, position);
    out[position++] = COMMA;
    position = writeSample(max[i], out, position);
    out[position++] = CLOSE;
  }
  return out.subarray(0, position);
}

/** Of the longest of the samples as text, or somewhat more. */
function lengthOf(samples: Int32Array): number {
  let magnitude = 999; // With a sign as long as "null".
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i];
    const own = sample < 0 ? -sample : sample;
    if (own > magnitude && sample !== MISSING) magnitude = own;
  }
  return countDigits(magnitude) + 1;
}

function writeSample(sample: number, out: Uint8Array, start: number): number {
  let position = start;
  let rest = sample;
  if (rest === MISSING) {
    out.set(NULL, position);
    return position + 4;
  }
  if (rest < 0) {
    out[position++] = MINUS;
    rest = -rest;
  }
  const end = position + countDigits(rest);
  for (let at = end - 1; at >= position; at--) {
    const quotient = (rest / 10) | 0;
    out[at] = ZERO + rest - quotient * 10;
    rest = quotient;
  }
  return end;
}

function countDigits(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1000) return 3;
  if (value < 10_000) return 4;
  if (value < 100_000) return 5;
  if (value < 1_000_000) return 6;
  if (value < 10_000_000) return 7;
  if (value < 100_000_000) return 8;
  return value < 1_000_000_000 ? 9 : 10;
}
