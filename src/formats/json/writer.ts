import { MISSING } from "../../recording/recording.ts";

const NULL = [0x6e, 0x75, 0x6c, 0x6c];
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;

/** A lead's own fields, and its samples, which become `signal`. */
export type JsonLead = { fields: Record<string, unknown>; samples: Int32Array };

/** `{ ...fields, leads: [{ ...lead, signal: [...] }] }` in UTF-8, with no array of numbers in between. */
export function writeEcgJson(fields: Record<string, unknown>, leads: readonly JsonLead[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const heads = leads.map((lead, i) => encoder.encode(`${i > 0 ? "]}," : ""}${open(lead.fields)}"signal":[`));
  const head = encoder.encode(`${open(fields)}"leads":[`);
  const tail = encoder.encode(leads.length > 0 ? "]}]}" : "]}");

  const room = leads.reduce((sum, lead, i) => sum + heads[i].length + roomFor(lead.samples), head.length + tail.length);
  const out = new Uint8Array(room);
  out.set(head);
  let position = head.length;
  for (const [i, lead] of leads.entries()) {
    out.set(heads[i], position);
    position = writeSamples(lead.samples, out, position + heads[i].length);
  }
  out.set(tail, position);
  return out.subarray(0, position + tail.length);
}

/** The JSON of an object whose last member is still to come. */
function open(fields: Record<string, unknown>): string {
  const text = JSON.stringify(fields);
  return text === "{}" ? "{" : `${text.slice(0, -1)},`;
}

/** In bytes, at the most. */
function roomFor(samples: Int32Array): number {
  let most = 9999; // Of magnitude: a missing sample, "null", takes the room of four digits.
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i];
    const magnitude = sample < 0 ? -sample : sample;
    if (magnitude > most && sample !== MISSING) most = magnitude;
  }
  const digits = String(most).length;
  return samples.length * (digits + 2);
}

/** Writes the samples with commas between them from `position` on, and gives the position behind them. */
function writeSamples(samples: Int32Array, out: Uint8Array, start: number): number {
  let position = start;
  for (let i = 0; i < samples.length; i++) {
    if (i > 0) out[position++] = COMMA;
    let rest = samples[i];
    if (rest === MISSING) {
      out.set(NULL, position);
      position += 4;
      continue;
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
    position = end;
  }
  return position;
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
