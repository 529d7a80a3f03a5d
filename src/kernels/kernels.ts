import module from "#kernels-module";
import type * as Exports from "./exports.d.ts";

/** An address in the memory of the kernels: the `byteOffset` of an array of a room, or what {@link keep} gave. */
export type Address = number;

const { memory, freeFrom, ...functions } = new WebAssembly.Instance(module).exports as unknown as typeof Exports;

/** The loops that are written in AssemblyScript. They work on what is in a {@link Room}. */
export const kernels = functions;

/** Arrays begin at multiples of so many bytes, those of a SIMD register. */
const ALIGNMENT = 16;
const PAGE_BYTES = 65_536;

/** A part of the kernels' memory, in which arrays are made one after the other. */
export class Room {
  #at: number;
  readonly #end: number;

  constructor(from: number, end: number) {
    this.#at = from;
    this.#end = end;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(memory.buffer as ArrayBuffer, this.#take(length), length);
  }

  ints(length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(memory.buffer as ArrayBuffer, this.#take(4 * length), length);
  }

  floats(length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(memory.buffer as ArrayBuffer, this.#take(4 * length), length);
  }

  doubles(length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(memory.buffer as ArrayBuffer, this.#take(8 * length), length);
  }

  #take(bytes: number): Address {
    const at = this.#at;
    this.#at += roomFor(bytes);
    if (!(this.#at <= this.#end)) throw new RangeError("The room is too small");
    return at;
  }
}

/** How many bytes of a room an array of so many bytes takes. */
export function roomFor(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** What makes arrays: a room, or what only counts how large one has to be. */
export type Maker = Pick<Room, "bytes" | "ints" | "floats" | "doubles">;

/** Makes arrays without elements, and counts the bytes of those that are asked for. */
class Count implements Maker {
  total = 0;

  bytes(length: number): Uint8Array<ArrayBuffer> {
    this.total += roomFor(length);
    return new Uint8Array(0);
  }

  ints(length: number): Int32Array<ArrayBuffer> {
    this.total += roomFor(4 * length);
    return new Int32Array(0);
  }

  floats(length: number): Float32Array<ArrayBuffer> {
    this.total += roomFor(4 * length);
    return new Float32Array(0);
  }

  doubles(length: number): Float64Array<ArrayBuffer> {
    this.total += roomFor(8 * length);
    return new Float64Array(0);
  }
}

/** How many bytes of a room the arrays take that `make` makes. */
export function bytesOf(make: (maker: Maker) => unknown): number {
  const count = new Count();
  make(count);
  return count.total;
}

let isOpen = false;
/** How often rooms began elsewhere or the memory grew: arrays that were made before are of no use then. */
let changes = 0;
/** Where rooms begin: behind all that is kept. */
let roomsFrom = roomFor(freeFrom.value);
/** What saves the arrays of the lasting room that was used last; null where another room was open since. */
let saveLasting: (() => void) | null = null;

/**
 * Puts a table into the kernels' memory for good, before any room is open. Kernels ask for its address; a view of it would not last,
 * since memory that has grown is in another buffer.
 */
export function keep(table: Uint8Array | Int16Array | Uint16Array | Int32Array | Float32Array | Float64Array): Address {
  if (isOpen) throw new Error("A room is open");
  makeWay();
  const address = roomsFrom;
  growTo(address + table.byteLength);
  new Uint8Array(memory.buffer).set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength), address);
  roomsFrom += roomFor(table.byteLength);
  changes++;
  return address;
}

/**
 * Calls `work` with a room of the kernels' memory. What is in the room at first is what earlier callers left, and its arrays are not to be
 * kept: the next caller writes over them. The memory grows when it has to, and never shrinks: nobody asks for more than a few MB.
 *
 * @param bytes the size of the room: of all arrays by {@link roomFor}, or by {@link bytesOf}
 */
export function withRoom<Result>(bytes: number, work: (room: Room) => Result): Result {
  if (isOpen) throw new Error("A room is open already");
  makeWay();
  growTo(roomsFrom + bytes);
  isOpen = true;
  try {
    return work(new Room(roomsFrom, roomsFrom + bytes));
  } finally {
    isOpen = false;
  }
}

/**
 * A room whose arrays last: what is in them is there again each time, zeros at first. It takes no part of the memory for good, but is saved
 * when another room is opened: for what comes piece by piece, and for small pieces of work that come by the thousand.
 */
export class LastingRoom<Arrays> {
  readonly #make: (maker: Maker) => Arrays;
  #arrays: Arrays | undefined;
  #madeAt = 0;
  /** All bytes of the arrays. */
  #bytes = new Uint8Array(0);
  /** The contents of the arrays while another room has their place. */
  #saved: Uint8Array | undefined;
  readonly #save = () => {
    this.#saved ??= new Uint8Array(this.#bytes.length);
    this.#saved.set(this.#bytes);
  };

  /** @param make makes the arrays; it is called again when their place has changed, and at first to count their bytes */
  constructor(make: (maker: Maker) => Arrays) {
    this.#make = make;
  }

  /** Calls `work` with the arrays as {@link withRoom} does with a room. */
  use<Result>(work: (arrays: Arrays) => Result): Result {
    if (isOpen) throw new Error("A room is open already");
    const arrays = saveLasting === this.#save && this.#arrays !== undefined ? this.#arrays : this.#enter();
    isOpen = true;
    try {
      return work(arrays);
    } finally {
      isOpen = false;
    }
  }

  /** Forgets what is in the arrays: it needs not be saved. */
  clear(): void {
    this.#saved = undefined;
    if (saveLasting === this.#save) saveLasting = null;
  }

  #enter(): Arrays {
    makeWay();
    if (this.#arrays === undefined || this.#madeAt !== changes) {
      const bytes = bytesOf(this.#make);
      growTo(roomsFrom + bytes);
      this.#madeAt = changes;
      this.#bytes = new Uint8Array(memory.buffer, roomsFrom, bytes);
      this.#arrays = this.#make(new Room(roomsFrom, roomsFrom + bytes));
    }
    if (this.#saved) this.#bytes.set(this.#saved);
    else this.#bytes.fill(0);
    saveLasting = this.#save;
    return this.#arrays;
  }
}

/** Saves what is to last, before another room has its place. */
function makeWay(): void {
  saveLasting?.();
  saveLasting = null;
}

/** Makes the memory reach up to `end` at least. */
function growTo(end: number): void {
  const missing = end - memory.buffer.byteLength;
  if (missing <= 0) return;
  memory.grow(Math.ceil(missing / PAGE_BYTES));
  changes++;
}
