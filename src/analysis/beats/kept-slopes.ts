import { kernels } from "../../kernels/kernels.ts";
import { newGrowing } from "../numbers/growing.ts";
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

/** The slopes of some blocks of an ECG. */
export type Slopes = {
  /** The numbers of the blocks, in their order. */
  blocks: readonly number[];
  /** BLOCK_SLOPES for each block and lead: by how many units of the lead's sums the signal changes in a hundredth of a second. */
  values: Float32Array;
  leadCount: number;
};

export const NO_SLOPES: Slopes = { blocks: [], values: new Float32Array(0), leadCount: 0 };

/** Keeps the slopes of leads in noise and near to it, as their blocks come: there beats are told by more of the signal than a candidate's own. */
export class KeptSlopes {
  private readonly leads: readonly LeadBlocks[];
  private readonly values = newGrowing((length) => new Float32Array(length));
  private readonly blocks: number[] = [];
  /** The number of the first block that is not kept. */
  private next = 0;
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
    if (noise >= LEAST_NOISE) this.keptTo = Math.max(this.keptTo, block + NEAR_BLOCKS);
    if (block > this.keptTo) return;
    const most = (NEAR_BLOCKS + 1) * this.leads.length * BLOCK_SLOPES;
    if (this.values.length() + most > MOST_SLOPES) return;
    for (let b = Math.max(this.next, block - NEAR_BLOCKS); b <= block; b++) {
      for (const lead of this.leads) this.keep(lead, b, room);
      this.blocks.push(b);
    }
    this.next = block + 1;
  }

  /** All that was kept. */
  kept(): Slopes {
    return { blocks: this.blocks, values: this.values.values(), leadCount: this.leads.length };
  }

  private keep({ signal }: LeadBlocks, block: number, room: Float32Array<ArrayBuffer>): void {
    const step = signal.rate / SLOPE_RATE_HZ;
    const place = block * BLOCK_SLOPES * step + 0.5 / signal.factor - 0.5;
    const from = Math.floor(place);
    kernels.resampleSlopes(signal.valueAt(from), place - from, step, BLOCK_SLOPES, room.byteOffset);
    this.values.pushAll(room, BLOCK_SLOPES);
  }
}
