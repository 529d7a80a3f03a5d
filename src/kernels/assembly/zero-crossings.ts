/** Sign changes: see zero-crossings.ts of the analysis. */

/**
 * Counts the sign changes of samples. Those that are 0 or missing (the lowest int32) have no sign.
 *
 * @param lastWithSign an int32, the last sample with a sign that comes before these, or 0; then it is the last of all with a sign
 */
export function countSignChanges(samples: usize, count: i32, lastWithSign: usize): i32 {
  let last = load<i32>(lastWithSign);
  const end = samples + ((<usize>count) << 2);
  let changes = 0;
  let at = samples;
  while (at < end) {
    // Four samples that all have a sign, as nearly all do: the bits of their signs are compared with those of the samples before them.
    if (last !== 0) {
      for (; at + 16 <= end; at += 16) {
        const four = v128.load(at);
        const doubled = i32x4.shl(four, 1);
        if (!i32x4.all_true(doubled)) break;
        const signs = i32x4.bitmask(four);
        changes += popcnt((signs ^ ((signs << 1) | (last >>> 31))) & 15);
        last = i32x4.extract_lane(four, 3);
      }
    }
    // The others, up to four of them.
    for (const next = min<usize>(at + 16, end); at < next; at += 4) {
      const sample = load<i32>(at);
      if (sample << 1 === 0) continue;
      changes += <i32>((sample ^ last) < 0 && last !== 0);
      last = sample;
    }
  }
  store<i32>(lastWithSign, last);
  return changes;
}
