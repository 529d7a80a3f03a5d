/** Fewer values take no time that matters, whatever their order. Of more the pivot is drawn, or an order could be made up that takes the square of their number. */
const SURELY_FAST = 1000;

/**
 * The quantile of some values: the one that would be at that share of their number if they were sorted. Hoare's selection
 * ("Algorithm 65: FIND", CACM 4(7):321-322, 1961) finds it in a time that grows as their number.
 *
 * @param values the first `count` are looked at; their order is changed
 * @param share 0 to 1
 * @returns 0 when there are none
 */
export function takeQuantile(values: Float64Array, count: number, share: number): number {
  if (count === 0) return 0;
  const wanted = Math.min(count - 1, Math.floor(share * count));
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = high - low < SURELY_FAST ? (low + high) >> 1 : low + Math.floor(Math.random() * (high - low));
    const pivot = values[middle];
    values[middle] = values[high];
    // Each value changes places with the first that is not lower, whether it is lower or not: a branch could not be foreseen.
    let end = low;
    for (let i = low; i < high; i++) {
      const value = values[i];
      values[i] = values[end];
      values[end] = value;
      end += Number(value < pivot);
    }
    values[high] = values[end];
    values[end] = pivot;
    if (wanted < end) high = end - 1;
    else if (wanted === end) break;
    else if (end > low) low = end + 1;
    else {
      // None is lower: those that are the same come first.
      for (let i = low + 1; i <= high; i++) {
        const value = values[i];
        if (value !== pivot) continue;
        values[i] = values[++end];
        values[end] = value;
      }
      if (wanted <= end) break;
      low = end + 1;
    }
  }
  return values[wanted];
}

/** The median of some values, the higher of the two in the middle; 0 when there are none. Their order is kept. */
export function medianOf(values: readonly number[]): number {
  return takeQuantile(new Float64Array(values), values.length, 0.5);
}
