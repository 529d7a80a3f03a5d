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
    const pivot = values[(low + high) >> 1];
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left] < pivot) left++;
      while (values[right] > pivot) right--;
      if (left <= right) {
        const value = values[left];
        values[left++] = values[right];
        values[right--] = value;
      }
    }
    if (wanted <= right) high = right;
    else if (wanted >= left) low = left;
    else break;
  }
  return values[wanted];
}
