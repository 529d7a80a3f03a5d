import { explainError, isAbort } from "../refusal.ts";
import type { LeadPart } from "./lead-part.ts";
import type { TileKey } from "./tile-plan.ts";

/** The parts of all leads, by the leads' names. */
export type Tile = ReadonlyMap<string, LeadPart>;
/** Fetches a tile. */
type LoadTile = (key: TileKey, signal: AbortSignal) => Promise<Tile>;

/** Numbers that are kept of tiles: 32 MB. */
const MAX_NUMBERS = 2 ** 23;
/** How many requests run at a time: those that are wanted next should not wait behind many. */
const MAX_REQUESTS = 4;

/**
 * Tiles in memory: those that were used the longest ago go first. What is wanted is fetched in the order in which it is
 * wanted, and what is no longer wanted is called off.
 */
export class TileStore {
  private readonly tiles = new Map<string, Tile>();
  private readonly running = new Map<string, AbortController>();
  /** Why tiles could not be had, until they are. */
  private readonly failures = new Map<string, string>();
  /** Tiles that failed and are to be fetched again. */
  private readonly due = new Set<string>();
  /** Tiles that are there and no longer whole. */
  private readonly stale = new Set<string>();
  /** Tiles under way that will not be whole when they come. */
  private readonly outdated = new Set<string>();
  private wanted: TileKey[] = [];
  private numbers = 0;
  private readonly load: LoadTile;
  private readonly onChange: () => void;
  private readonly maxNumbers: number;

  /** @param onChange is called when a tile has come, or cannot be had */
  constructor(load: LoadTile, onChange: () => void, maxNumbers = MAX_NUMBERS) {
    this.load = load;
    this.onChange = onChange;
    this.maxNumbers = maxNumbers;
  }

  /** The tile, if it is there. */
  find(key: TileKey): Tile | undefined {
    const name = nameOf(key);
    const tile = this.tiles.get(name);
    if (tile) {
      this.tiles.delete(name);
      this.tiles.set(name, tile);
    }
    return tile;
  }

  /** Why a tile could not be had. */
  findFailure(key: TileKey): string | undefined {
    return this.failures.get(nameOf(key));
  }

  /** Has these tiles fetched, the first ones first, and no others. */
  want(keys: readonly TileKey[]): void {
    this.wanted = [...keys];
    const names = new Set(keys.map(nameOf));
    for (const [name, controller] of this.running) {
      if (names.has(name)) continue;
      this.running.delete(name);
      controller.abort();
    }
    this.fetchNext();
  }

  /**
   * Has tiles fetched anew, as far as they are wanted. Until they come they are there as they were, or as they were under way: on a slow
   * line each would be called off before it is there.
   */
  expire(isExpired: (key: TileKey) => boolean): void {
    for (const name of this.tiles.keys()) if (isExpired(keyOf(name))) this.stale.add(name);
    for (const name of this.running.keys()) if (isExpired(keyOf(name))) this.outdated.add(name);
    for (const name of this.failures.keys()) if (isExpired(keyOf(name))) this.failures.delete(name);
    this.fetchNext();
  }

  /** Tries again to fetch what failed, which is said to have failed until it is there. */
  retry(): void {
    for (const name of this.failures.keys()) this.due.add(name);
    this.fetchNext();
  }

  /** Calls everything off. */
  close(): void {
    this.want([]);
  }

  private fetchNext(): void {
    for (const key of this.wanted) {
      if (this.running.size >= MAX_REQUESTS) return;
      const name = nameOf(key);
      const isHere = this.tiles.has(name) && !this.stale.has(name);
      const hasFailed = this.failures.has(name) && !this.due.has(name);
      if (!isHere && !this.running.has(name) && !hasFailed) void this.fetch(key, name);
    }
  }

  private async fetch(key: TileKey, name: string): Promise<void> {
    const controller = new AbortController();
    this.running.set(name, controller);
    this.outdated.delete(name);
    this.due.delete(name);
    try {
      const tile = await this.load(key, controller.signal);
      if (controller.signal.aborted) return;
      this.keep(name, tile);
      this.failures.delete(name);
      if (this.outdated.has(name)) this.stale.add(name);
    } catch (error) {
      if (controller.signal.aborted || isAbort(error)) return;
      this.failures.set(name, explainError(error));
    }
    this.running.delete(name);
    this.onChange();
    this.fetchNext();
  }

  private keep(name: string, tile: Tile): void {
    const before = this.tiles.get(name);
    this.tiles.delete(name);
    this.tiles.set(name, tile);
    this.stale.delete(name);
    this.numbers += sizeOf(tile) - (before ? sizeOf(before) : 0);
    for (const [oldest, other] of this.tiles) {
      if (this.numbers <= this.maxNumbers || oldest === name) break;
      this.tiles.delete(oldest);
      this.stale.delete(oldest);
      this.numbers -= sizeOf(other);
    }
  }
}

function nameOf({ level, index }: TileKey): string {
  return `${level}/${index}`;
}

function keyOf(name: string): TileKey {
  const [level, index] = name.split("/").map(Number);
  return { level, index };
}

function sizeOf(tile: Tile): number {
  let size = 0;
  for (const { low, high } of tile.values()) size += low === high ? low.length : low.length + high.length;
  return size;
}
