import { kernels } from "../../kernels/kernels.ts";
import { KEPT_BEFORE, type LeadBlocks } from "../signal/lead-blocks.ts";

/** Slopes a second. */
export const SLOPE_RATE_HZ = 100;
/** Slopes in a block of 2 s. */
export const BLOCK_SLOPES = 200;
/** Blocks are kept whose noise is at least this share of a beat, ... */
const LEAST_NOISE = 0.05;
/** ... with so many before and after them, ... */
const NEAR_BLOCKS = KEPT_BEFORE;
/** ... and the first blocks, as beats of a short recording are judged by few others. */
const FIRST_BLOCKS = 15;
/** No more slopes are kept than this, of all leads: almost six hours of a lead. */
const MOST_SLOPES = 2 ** 21;
/** They are kept in parts of so many blocks of a lead: one array that grows would be copied again and again. */
export const PART_BLOCKS = 32;

/** What is nearer than this to slopes that were not kept, in seconds, is not told by slopes: P waves without the beats about them look like beats. */
const CONTEXT_SECONDS = 1;

/** The slopes of some blocks of an ECG. */
export type Slopes = {
  /** The numbers of the blocks, in their order. */
  blocks: readonly number[];
  /** How many blocks the ECG has, kept or not. */
  blockCount: number;
  /**
   * BLOCK_SLOPES for each block and lead, PART_BLOCKS of these in each part: by how many units of the lead's sums the signal changes in a
   * hundredth of a second.
   */
  parts: readonly Float32Array[];
  leadCount: number;
};

export const NO_SLOPES: Slopes = { blocks: [], blockCount: 0, parts: [], leadCount: 0 };

/** Reads slopes at any time. */
export class SlopeReader {
  readonly leadCount: number;
  private readonly parts: readonly Float32Array[];
  /** Where each block is among those that were kept; -1 for others. */
  private readonly places: Int32Array;

  constructor({ blocks, blockCount, parts, leadCount }: Slopes) {
    this.leadCount = leadCount;
    this.parts = parts;
    this.places = new Int32Array(blockCount).fill(-1);
    for (let place = 0; place < blocks.length; place++) this.places[blocks[place]] = place;
  }

  /** Whether slopes were kept about a time, in seconds, as far as the ECG goes. */
  isKeptAbout(time: number): boolean {
    const blockAt = (at: number) => Math.floor((at * SLOPE_RATE_HZ) / BLOCK_SLOPES);
    const first = Math.max(0, blockAt(time - CONTEXT_SECONDS));
    const last = Math.min(this.places.length - 1, blockAt(time + CONTEXT_SECONDS));
    return first <= last && this.places[first] >= 0 && this.places[last] >= 0;
  }

  /**
   * Reads the slopes of a lead: zeros where they were not kept.
   *
   * @param first the number of the first slope: the one from a time on is this times SLOPE_RATE_HZ
   * @param count how many
   */
  read(lead: number, first: number, count: number): Float32Array {
    const slopes = new Float32Array(count);
    for (let block = Math.floor(first / BLOCK_SLOPES); block * BLOCK_SLOPES < first + count; block++) {
      const place = this.places[block] ?? -1;
      if (place < 0) continue;
      const kept = place * this.leadCount + lead;
      const part = this.parts[Math.floor(kept / PART_BLOCKS)];
      const at = (kept % PART_BLOCKS) * BLOCK_SLOPES;
      const offset = block * BLOCK_SLOPES - first;
      const from = Math.max(0, -offset);
      const to = Math.min(BLOCK_SLOPES, count - offset);
      slopes.set(part.subarray(at + from, at + to), offset + from);
    }
    return slopes;
  }
}

/** Keeps the slopes of leads in noise and near to it, as their blocks come: there beats are told by more of the signal than a candidate's own. */
export class KeptSlopes {
  private readonly leads: readonly LeadBlocks[];
  private readonly parts: Float32Array[] = [];
  private readonly blocks: number[] = [];
  /** The number of the first block that is not kept. */
  private next = 0;
  /** How many blocks have come. */
  private blockCount = 0;
  /** The number of the last block that is kept whatever its noise. */
  private keptTo = FIRST_BLOCKS - 1;

  /** @param leads those whose slopes are kept */
  constructor(leads: readonly LeadBlocks[]) {
    this.leads = leads;
  }

  /**
   * Takes the next block.
   *
   * @param noise what there is between beats, as a share of a beat
   * @param room for BLOCK_SLOPES among the kernels
   */
  add(block: number, noise: number, room: Float32Array<ArrayBuffer>): void {
    this.blockCount = block + 1;
    if (noise >= LEAST_NOISE) this.keptTo = Math.max(this.keptTo, block + NEAR_BLOCKS);
    if (block > this.keptTo) return;
    const most = (this.blocks.length + NEAR_BLOCKS + 1) * this.leads.length * BLOCK_SLOPES;
    if (most > MOST_SLOPES) return;
    for (let b = Math.max(this.next, block - NEAR_BLOCKS); b <= block; b++) {
      for (const [l, lead] of this.leads.entries()) {
        this.keep(lead, b, this.blocks.length * this.leads.length + l, room);
      }
      this.blocks.push(b);
    }
    this.next = block + 1;
  }

  /** All that was kept. */
  kept(): Slopes {
    const { blocks, blockCount, parts } = this;
    return { blocks, blockCount, parts, leadCount: this.leads.length };
  }

  private keep({ signal }: LeadBlocks, block: number, kept: number, room: Float32Array<ArrayBuffer>): void {
    const step = signal.rate / SLOPE_RATE_HZ;
    const place = block * BLOCK_SLOPES * step + 0.5 / signal.factor - 0.5;
    const from = Math.floor(place);
    kernels.resampleSlopes(signal.valueAt(from), place - from, step, BLOCK_SLOPES, room.byteOffset);
    const at = kept % PART_BLOCKS;
    if (at === 0) this.parts.push(new Float32Array(PART_BLOCKS * BLOCK_SLOPES));
    this.parts[this.parts.length - 1].set(room, at * BLOCK_SLOPES);
  }
}
