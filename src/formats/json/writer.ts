import { MISSING } from "../../recording/recording.ts";
import { joinBytes } from "../join-bytes.ts";

const COMMA = 0x2c;
const MINUS = 0x2d;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** The digits of each number below 1000 and a comma as four bytes, little-endian, without leading zeros. */
const LEADING = new Uint32Array(1000);
/** The digits of each number below 1000 with leading zeros, and a comma. */
const PADDED = new Uint32Array(1000);
/** How many bytes of LEADING are the digits and the comma. */
const LENGTH = new Uint8Array(1000);
for (let i = 0; i < 1000; i++) {
  LEADING[i] = pack(`${i},`);
  PADDED[i] = pack(`${String(i).padStart(3, "0")},`);
  LENGTH[i] = `${i},`.length;
}
/** The letters of `null` as four bytes, little-endian. */
const NULL = pack("null");
/** The room for a sample: the longest is `-2147483647,`, and digits are written four bytes at a time. */
const MAX_SAMPLE_BYTES = 12 + 3;
/**
 * The size of the memory in which all is written before it is copied out: fresh memory costs more than the digits do.
 * Nothing stays in it between two calls.
 */
const SCRATCH_BYTES = 2 ** 16;
const scratch = new Uint8Array(SCRATCH_BYTES);
const scratchView = new DataView(scratch.buffer);

type Bytes = Uint8Array<ArrayBuffer>;
type Buckets = { min: Int32Array; max: Int32Array };

/**
 * A lead: its fields, and its `signal` or its `buckets`. A bucket has the lowest and highest of some samples, MISSING
 * for both where all are missing.
 */
export type JsonLead<Signal = Int32Array> = { fields: Record<string, unknown> } & (
  | { signal: Signal }
  | { buckets: Buckets }
);

/** Writes `{ ...fields, leads: [{ ...lead, signal: [...] }] }` in UTF-8, with no array of numbers in between. */
export function writeEcgJson(fields: Record<string, unknown>, leads: readonly JsonLead[]): Bytes {
  const parts: Bytes[] = [];
  for (const [i, text] of writeTexts(fields, leads).entries()) {
    parts.push(encode(text));
    const lead = leads[i];
    if (lead) parts.push(...writeValues("signal" in lead ? lead.signal : lead.buckets));
  }
  return joinBytes(parts);
}

/** Like writeEcgJson, for signals that come some samples at a time: yields the JSON as they come. */
export async function* streamEcgJson(
  fields: Record<string, unknown>,
  leads: readonly JsonLead<AsyncIterable<Int32Array>>[],
): AsyncGenerator<Bytes> {
  for (const [i, text] of writeTexts(fields, leads).entries()) {
    yield encode(text);
    const lead = leads[i];
    if (!lead) return;
    const values = "signal" in lead ? lead.signal : [lead.buckets];
    let before = "";
    for await (const some of values) {
      const written = writeValues(some);
      if (written.length === 0) continue;
      yield encode(before);
      yield joinBytes(written);
      before = ",";
    }
  }
}

/** The texts before, between and behind the values of the leads. */
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

/** Writes a signal or buckets with commas between them, in parts; none if there are no values. */
function writeValues(values: Int32Array | Buckets): Bytes[] {
  const parts = values instanceof Int32Array ? writeSamples(values) : writeBuckets(values);
  // Without the comma behind the last.
  const last = parts.pop();
  if (last) parts.push(last.subarray(0, -1));
  return parts;
}

function writeSamples(samples: Int32Array): Bytes[] {
  const parts: Bytes[] = [];
  const step = Math.floor(SCRATCH_BYTES / MAX_SAMPLE_BYTES);
  for (let from = 0; from < samples.length; from += step) {
    parts.push(scratch.slice(0, writeRun(samples, from, Math.min(from + step, samples.length), 0)));
  }
  return parts;
}

/** Writes samples to the scratch, each with a comma behind it; gives the position behind them. */
function writeRun(samples: Int32Array, from: number, to: number, start: number): number {
  let position = start;
  for (let i = from; i < to; i++) {
    const sample = samples[i];
    // -1 or 0. No branch for the sign, which no processor can foresee: a minus too many is written over.
    const sign = sample >> 31;
    const magnitude = ((sample ^ sign) - sign) | 0;
    scratch[position] = MINUS;
    // MISSING has no magnitude, and comes out of this below 0.
    if (magnitude >>> 0 < 1000) {
      position -= sign;
      scratchView.setUint32(position, LEADING[magnitude], true);
      position += LENGTH[magnitude];
    } else if (magnitude >>> 0 < 1_000_000) {
      position -= sign;
      const thousands = (magnitude / 1000) | 0;
      scratchView.setUint32(position, LEADING[thousands], true);
      // The three digits replace the comma behind the thousands.
      position += LENGTH[thousands] - 1;
      scratchView.setUint32(position, PADDED[magnitude - thousands * 1000], true);
      position += 4;
    } else {
      position = writeLong(magnitude, sample === MISSING ? position : position - sign);
    }
  }
  return position;
}

function writeBuckets({ min, max }: Buckets): Bytes[] {
  const parts: Bytes[] = [];
  const pair = new Int32Array(2);
  let position = 0;
  for (let i = 0; i < min.length; i++) {
    if (min[i] === MISSING) position = writeLong(MISSING, position);
    else {
      scratch[position] = OPEN;
      pair[0] = min[i];
      pair[1] = max[i];
      position = writeRun(pair, 0, 2, position + 1);
      scratch[position - 1] = CLOSE;
      scratch[position++] = COMMA;
    }
    if (position > SCRATCH_BYTES - 2 * MAX_SAMPLE_BYTES - 2 || i === min.length - 1) {
      parts.push(scratch.slice(0, position));
      position = 0;
    }
  }
  return parts;
}

/** Writes a sample without its sign, or MISSING, and a comma; gives the position behind them. */
function writeLong(sample: number, position: number): number {
  if (sample === MISSING) {
    scratchView.setUint32(position, NULL, true);
    scratchView.setUint8(position + 4, COMMA);
    return position + 5;
  }
  if (sample < 1000) {
    scratchView.setUint32(position, LEADING[sample], true);
    return position + LENGTH[sample];
  }
  const thousands = (sample / 1000) | 0;
  // The three digits replace the comma behind the thousands.
  const next = writeLong(thousands, position) - 1;
  scratchView.setUint32(next, PADDED[sample - thousands * 1000], true);
  return next + 4;
}

function pack(text: string): number {
  return [...text].reduce((bits, character, i) => bits + character.charCodeAt(0) * 2 ** (8 * i), 0);
}
