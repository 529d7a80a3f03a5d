/** A typed array that grows as numbers come. */
export type Growing<T extends Float64Array | Float32Array | Int8Array | Uint8Array> = {
  push: (value: number) => void;
  pushAll: (values: ArrayLike<number>) => void;
  length: () => number;
  /** The numbers so far: a view that is valid until the next comes. */
  values: () => T;
};

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
    pushAll(values) {
      reserve(values.length);
      // A few numbers are sooner written one by one than by `set`.
      const to = room;
      const from = length;
      for (let i = 0; i < values.length; i++) to[from + i] = values[i];
      length += values.length;
    },
    length: () => length,
    values: () => room.subarray(0, length) as T,
  };
}
