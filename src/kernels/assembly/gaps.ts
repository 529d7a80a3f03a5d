/** Finds the first sample of a value between `from` and `to`; gives `to` where there is none. */
export function indexOfSample(samples: usize, from: i32, to: i32, value: i32): i32 {
  const values = i32x4.splat(value);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const equal = i32x4.bitmask(i32x4.eq(v128.load(samples + ((<usize>i) << 2)), values));
    if (equal !== 0) return i + ctz(equal);
  }
  for (; i < to; i++) if (load<i32>(samples + ((<usize>i) << 2)) === value) return i;
  return to;
}
