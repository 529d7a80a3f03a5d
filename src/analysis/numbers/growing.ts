/** A typed array that grows as numbers come. */
export type Growing<T extends Float64Array | Float32Array | Int8Array | Uint8Array> = {
  push: (value: number) => void;
  /** Takes the first so many of some numbers. */
  pushAll: (values: T, count: number) => void;
  length: () => number;
  /** The numbers so far: a view that is valid until the next comes. */
  values: () => T;
};

/** More numbers than this are taken by `set`. */
const MANY = 64;

/**
 * Makes a typed array that grows, without numbers yet.
 *
 * @param make makes an array of a length
 */
export function newGrowing<T extends Float64Array | Float32Array | Int8Array | Uint8Array>(
  make: (length: number) => T,
): Growing<T> {
  let room = make(256);
  let length = 0;
  const reserve = (count: number) => {
    if (length + count <= room.length) return;
    const wider = make(Math.max(2 * room.length, length + count));
    wider.set(room);
    room = wider;
  };
  return {
    push(value) {
      if (length === room.length) reserve(1);
      room[length++] = value;
    },
    pushAll(values, count) {
      reserve(count);
      // A few numbers are sooner written one by one than by `set`.
      if (count > MANY) room.set(values.subarray(0, count), length);
      else for (let i = 0; i < count; i++) room[length + i] = values[i];
      length += count;
    },
    length: () => length,
    values: () => room.subarray(0, length) as T,
  };
}
