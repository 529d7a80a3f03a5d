import { AppError } from "../../errors.ts";
import { withRoom } from "../../kernels/kernels.ts";
import { MAX_SAMPLE, MIN_SAMPLE, MISSING } from "../../recording/recording.ts";
import { MAX_LEADS } from "../limits.ts";
import { SAMPLES_TEXT_BYTES, SamplesText } from "./samples-text.ts";

/** The keys of an ECG, and then those that only answers need; all others are unknown. */
const ECG_KEYS = new Set([
  ...["date", "date_source", "sampling_rate", "subject", "device", "note", "open", "leads"],
  ...["id", "created_at", "duration", "samples_sha256", "heart_rate", "qtc", "findings", "notes"],
]);
/** The keys of a lead, or of its next samples, and then those that only answers need. */
const LEAD_KEYS = new Set([
  ...["name", "n_samples", "gain", "baseline", "unit", "sampling_rate", "start_sample", "signal"],
  ...["zero_crossings", "samples_per_bucket", "buckets"],
]);
/** The most unknown keys of an object that are named: they are an error, whatever their number. */
const MAX_UNKNOWN_KEYS = 8;
/** The characters that are kept of an unknown key. */
const MAX_UNKNOWN_KEY_LENGTH = 64;
/**
 * The deepest nesting. An ECG has four levels; deeper ones are skipped by recursion, which may not exhaust the call
 * stack.
 */
const MAX_DEPTH = 256;

/** An array in the place of a signal, with an element that is no sample. */
export class NotASignal {
  /** The index of the first element that is no sample. */
  readonly index: number;
  readonly found: unknown;

  constructor(index: number, found: unknown) {
    this.index = index;
    this.found = found;
  }
}

/** A lead that has buckets in the place of a signal, as the answer to a request for an overview. */
export class NoSignalButBuckets {}

/**
 * Parses a JSON text (RFC 8259) like `JSON.parse`, but for an ECG: each `leads[].signal` becomes an Int32Array, a
 * `NotASignal` or a `NoSignalButBuckets`. What an ECG has no place for is checked for its syntax and not built, so that memory stays within a few
 * times that of the text: a misplaced array or object comes out empty, an unknown key has no value.
 *
 * @throws AppError `malformed`, which names the byte
 */
export function parseEcgJson(bytes: Uint8Array): unknown {
  return withRoom(SAMPLES_TEXT_BYTES, (room) => new Parser(bytes, new SamplesText(bytes, room)).parse());
}

type Fields = Record<string, unknown>;

class Parser {
  private readonly bytes: Uint8Array;
  private readonly samplesText: SamplesText;
  private readonly decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  private position = 0;

  constructor(bytes: Uint8Array, samplesText: SamplesText) {
    this.bytes = bytes;
    this.samplesText = samplesText;
    // As `Request.json()` does, a byte order mark is passed over.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.position = 3;
  }

  parse(): unknown {
    const value =
      this.peek() === 0x7b
        ? this.readObject(ECG_KEYS, (key) => (key === "leads" ? this.readLeads() : this.readScalar()))
        : this.readScalar();
    if (this.peek() !== undefined) this.fail();
    return value;
  }

  private readLeads(): unknown {
    if (this.peek() !== 0x5b) return this.readScalar();
    const leads: unknown[] = [];
    this.eachElement(() => {
      // One more than there may be is enough to be refused.
      if (leads.length > MAX_LEADS) this.skip(2);
      else leads.push(this.readLead());
    });
    return leads;
  }

  private readLead(): unknown {
    if (this.peek() !== 0x7b) return this.readScalar();
    const lead = this.readObject(LEAD_KEYS, (key) => (key === "signal" ? this.readSignal() : this.readScalar()));
    if (lead.buckets !== undefined) lead.signal ??= new NoSignalButBuckets();
    return lead;
  }

  /**
   * Reads an object that has no prototype, so that `__proto__` is a key like any other. Of two equal keys the last
   * counts.
   */
  private readObject(known: ReadonlySet<string>, readValue: (key: string) => unknown): Fields {
    const fields: Fields = Object.create(null);
    let unknownKeys = 0;
    this.eachMember((key) => {
      if (known.has(key)) fields[key] = readValue(key);
      else {
        this.skip(2);
        if (unknownKeys++ < MAX_UNKNOWN_KEYS) fields[key.slice(0, MAX_UNKNOWN_KEY_LENGTH)] = undefined;
      }
    });
    return fields;
  }

  private readSignal(): unknown {
    if (this.peek() !== 0x5b) return this.readScalar();
    const all = this.samplesText.read(this.position + 1);
    if (this.bytes[all.end - 1] === 0x5d) {
      this.position = all.end;
      return all.samples.slice();
    }
    // Empty arrays, those longer than what is read at once, and those with elements that are rare.
    const count = this.samplesText.countElements(this.position + 1);
    if (count === undefined) {
      this.position = this.bytes.length; // Where the array's end is missed.
      this.fail();
    }
    this.position++;
    if (this.peek() === 0x5d) {
      this.position++;
      return new Int32Array(0);
    }
    const samples = new Int32Array(count);
    for (let length = 0; ; ) {
      const plain = this.samplesText.read(this.position);
      samples.set(plain.samples, length);
      length += plain.samples.length;
      this.position = plain.end;
      if (this.bytes[this.position - 1] === 0x5d) return samples;
      // All else is rare: longer numbers, fractions, and what is no sample.
      const found = this.readScalar();
      if (found !== null && !isSample(found)) return this.passOverRest(new NotASignal(length, found));
      samples[length++] = found ?? MISSING;
      const next = this.peek();
      if (next !== 0x2c && next !== 0x5d) this.fail();
      this.position++;
      if (next === 0x5d) return samples;
    }
  }

  /** Skips the rest of an array, from behind one of its elements, and gives `value`. */
  private passOverRest<T>(value: T): T {
    for (;;) {
      const next = this.peek();
      if (next !== 0x2c && next !== 0x5d) this.fail();
      this.position++;
      if (next === 0x5d) return value;
      this.skip(4);
    }
  }

  /** Reads a string, number, boolean or null. An array or object is skipped and comes out empty. */
  private readScalar(): unknown {
    const next = this.peek();
    if (next === 0x22) return this.readString();
    if (next === 0x7b || next === 0x5b) {
      this.skip(1);
      return next === 0x7b ? {} : [];
    }
    return this.readNumberOrName();
  }

  private skip(depth: number): void {
    if (depth > MAX_DEPTH) this.fail("nested too deeply");
    const next = this.peek();
    if (next === 0x7b) this.eachMember(() => this.skip(depth + 1));
    else if (next === 0x5b) this.eachElement(() => this.skip(depth + 1));
    else if (next === 0x22) this.readString();
    else this.readNumberOrName();
  }

  private eachMember(read: (key: string) => void): void {
    this.position++;
    if (this.peek() === 0x7d) {
      this.position++;
      return;
    }
    for (;;) {
      if (this.peek() !== 0x22) this.fail();
      const key = this.readString();
      if (this.peek() !== 0x3a) this.fail();
      this.position++;
      read(key);
      const next = this.peek();
      if (next !== 0x2c && next !== 0x7d) this.fail();
      this.position++;
      if (next === 0x7d) return;
    }
  }

  private eachElement(read: () => void): void {
    this.position++;
    if (this.peek() === 0x5d) {
      this.position++;
      return;
    }
    for (;;) {
      read();
      const next = this.peek();
      if (next !== 0x2c && next !== 0x5d) this.fail();
      this.position++;
      if (next === 0x5d) return;
    }
  }

  private readString(): string {
    const bytes = this.bytes;
    const start = this.position;
    let position = start + 1;
    let escaped = false;
    while (bytes[position] !== 0x22) {
      if (position >= bytes.length || bytes[position] < 0x20) {
        this.position = position;
        this.fail();
      }
      if (bytes[position] === 0x5c) {
        escaped = true;
        position++;
      }
      position++;
    }
    this.position = position + 1;
    const text = this.decode(start + 1, position);
    return escaped ? this.unescape(text, start) : text;
  }

  private decode(start: number, end: number): string {
    try {
      return this.decoder.decode(this.bytes.subarray(start, end));
    } catch {
      this.position = start;
      this.fail("something that is not UTF-8");
    }
  }

  private unescape(text: string, start: number): string {
    try {
      return JSON.parse(`"${text}"`);
    } catch {
      this.position = start;
      this.fail("a wrong escape in the string");
    }
  }

  private readNumberOrName(): unknown {
    const bytes = this.bytes;
    const start = this.position;
    let position = start;
    // The token ends at the first byte that cannot be a part of one: space , : [ ] { } "
    while (position < bytes.length && isPartOfToken(bytes[position])) position++;
    const token = this.decode(start, position);
    this.position = position;
    if (token === "null") return null;
    if (token === "true") return true;
    if (token === "false") return false;
    if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(token)) return Number(token);
    this.position = start;
    this.fail();
  }

  private passSpace(position: number): number {
    let at = position;
    while (isSpace(this.bytes[at])) at++;
    return at;
  }

  /** Moves to the next byte that is no white space and gives it; undefined at the end. */
  private peek(): number | undefined {
    this.position = this.passSpace(this.position);
    return this.bytes[this.position];
  }

  private fail(what?: string): never {
    const where = this.position < this.bytes.length ? `at byte ${this.position}` : "at its end";
    throw new AppError("malformed", { detail: `The body is not JSON: ${what ?? "something unexpected"} ${where}.` });
  }
}

function isSample(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= MIN_SAMPLE && (value as number) <= MAX_SAMPLE;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isPartOfToken(byte: number): boolean {
  return (
    byte > 0x20 &&
    byte !== 0x2c &&
    byte !== 0x3a &&
    byte !== 0x5b &&
    byte !== 0x5d &&
    byte !== 0x7b &&
    byte !== 0x7d &&
    byte !== 0x22
  );
}
