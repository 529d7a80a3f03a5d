import { type Envelope, findEnvelope, joinEnvelopes, newEnvelope } from "../codec/envelope.ts";
import { blockSamplesOf, CHUNKS_PER_GROUP, type Cut, overviewRowOf } from "./chunk-plan.ts";
import { encodeRow, type NewChunk, toSignals } from "./chunk-row.ts";

/**
 * The end of what is stored, from the start of `chunk` on: the samples of each lead, and for each lead the envelope of
 * the blocks before that chunk in its group.
 */
export type Tail = { chunk: number; samples: Int32Array[]; blocks: Envelope[] };

/** Makes rows of samples as they come in, and yields them a group of chunks at a time. */
export class SignalEncoder {
  private readonly ecgId: string;
  private readonly leads: readonly Cut[];
  private readonly isOpen: boolean;
  /** The samples of each lead that are in no row yet. */
  private readonly waiting: SampleQueue[];
  private chunk: number;
  private blocks: Envelope[];
  private rows: NewChunk[] = [];

  /**
   * @param tail the end of what is stored, from the first chunk that is to be written
   * @param isOpen whether more samples may follow after these: then even a single chunk gets an overview
   */
  constructor(ecgId: string, leads: readonly Cut[], tail: Tail, isOpen: boolean) {
    this.ecgId = ecgId;
    this.leads = leads;
    this.isOpen = isOpen;
    this.waiting = tail.samples.map((samples) => new SampleQueue(samples));
    this.chunk = tail.chunk;
    this.blocks = tail.blocks;
  }

  /** How many samples, of all leads, wait for those of other leads. */
  get waitingCount(): number {
    return this.waiting.reduce((sum, { length }) => sum + length, 0);
  }

  /**
   * Takes the next samples of each lead and yields the rows of each group that they fill.
   *
   * @param samples are not to change any more
   */
  *push(samples: readonly Int32Array[]): Generator<NewChunk[]> {
    for (const [i, queue] of this.waiting.entries()) queue.add(samples[i]);
    while (this.waiting.every((queue, i) => queue.length >= this.leads[i].chunkSamples)) yield* this.encodeNext();
  }

  /** Yields the rest of the rows, when there are no more samples. */
  *finish(): Generator<NewChunk[]> {
    const isOnly =
      !this.isOpen && this.chunk === 0 && this.waiting.every(({ length }, i) => length <= this.leads[i].chunkSamples);
    while (this.waiting.some(({ length }) => length > 0)) yield* this.encodeNext(!isOnly);
    // The overview of a single chunk would be one row to spare the reading of one.
    if (this.rows.length > 0) yield this.endGroup(this.isOpen || this.chunk > 1);
  }

  private *encodeNext(inOverview = true): Generator<NewChunk[]> {
    const cut = this.waiting.map((queue, i) => queue.take(this.leads[i].chunkSamples));
    this.rows.push(encodeRow(this.ecgId, this.chunk, cut));
    if (inOverview) {
      this.blocks = this.blocks.map((blocks, i) =>
        joinEnvelopes(blocks, findEnvelope(cut[i], blockSamplesOf(this.leads[i]))),
      );
    }
    this.chunk++;
    if (this.chunk % CHUNKS_PER_GROUP === 0) yield this.endGroup(true);
  }

  private endGroup(withOverview: boolean): NewChunk[] {
    const rows = this.rows;
    const chunkIndex = overviewRowOf(Math.floor((this.chunk - 1) / CHUNKS_PER_GROUP));
    if (withOverview) rows.push(encodeRow(this.ecgId, chunkIndex, toSignals(this.blocks)));
    this.rows = [];
    this.blocks = this.leads.map(() => newEnvelope(0));
    return rows;
  }
}

/** A queue of samples. They are copied only when samples that were added in parts are taken together. */
class SampleQueue {
  private parts: Int32Array[] = [];
  /** The memory where parts are put together. It is used again, since memory that is let go of is not free at once. */
  private room = new Int32Array(0);
  length = 0;

  constructor(samples: Int32Array) {
    this.add(samples);
  }

  add(samples: Int32Array): void {
    if (samples.length > 0) this.parts.push(samples);
    this.length += samples.length;
  }

  /** Takes up to `count` samples: a view that is good until the next ones are taken. */
  take(count: number): Int32Array {
    const wanted = Math.min(count, this.length);
    this.length -= wanted;
    const [first = this.room] = this.parts;
    if (first.length >= wanted) return this.cut(wanted);
    if (this.room.length < wanted) this.room = new Int32Array(wanted);
    let position = 0;
    let used = 0;
    for (; used < this.parts.length && this.parts[used].length <= wanted - position; used++) {
      this.room.set(this.parts[used], position);
      position += this.parts[used].length;
    }
    // Parts are removed at once: each shift() of a long array moves all the others.
    this.parts.splice(0, used);
    this.room.set(this.cut(wanted - position), position);
    return this.room.subarray(0, wanted);
  }

  /** Takes up to `count` samples of the first part. */
  private cut(count: number): Int32Array {
    const [first] = this.parts;
    if (!first) return this.room.subarray(0, 0);
    if (first.length > count) this.parts[0] = first.subarray(count);
    else this.parts.shift();
    return first.subarray(0, count);
  }
}

/** Makes the tail of a recording that has no samples yet. */
export function newTail(leads: readonly Cut[]): Tail {
  return { chunk: 0, samples: leads.map(() => new Int32Array(0)), blocks: leads.map(() => newEnvelope(0)) };
}
