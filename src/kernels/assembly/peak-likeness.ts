/** Compares the highest peaks of a lead's blocks by their slopes: see peak-likeness.ts of the analysis. All numbers are float64. */

/**
 * Compares a peak with those of the blocks before its own.
 *
 * @param slopes those of each slot's peak: `count` of them with `shift` before and behind
 * @param sizes the size of the slopes in the middle of each
 * @param slots the number of slots: a block is in that of its number's remainder
 * @param first the number of the first block that it is compared with
 * @param block the number of its own
 * @param count the number of slopes that are compared, odd
 * @param shift one of the two is shifted by up to so many
 * @param found for each of those blocks the likeness of the peak in the middle to the other one shifted, and of that to this, up to 1
 */
export function comparePeaks(
  slopes: usize,
  sizes: usize,
  slots: i32,
  first: i32,
  block: i32,
  count: i32,
  shift: i32,
  found: usize,
): void {
  const length = (count + 2 * shift) << 3;
  const slot = block % slots;
  const ours = slopes + <usize>(slot * length);
  const size = load<f64>(sizes + (slot << 3));
  for (let other = first; other < block; other++) {
    const otherSlot = other % slots;
    const theirs = slopes + <usize>(otherSlot * length);
    const start = ours + (shift << 3);
    const end = start + (count << 3);
    let most: f64 = 0;
    let mostOfOther: f64 = 0;
    for (let late = -shift; late <= shift; late++) {
      const away = theirs - ours + (late << 3);
      // Two sums, as each waits for its own only: the number of slopes is odd.
      let sums = f64x2.replace_lane(f64x2.splat(0), 0, load<f64>(start) * load<f64>(start + away));
      for (let i = start + 8; i < end; i += 16) {
        sums = f64x2.add(sums, f64x2.mul(v128.load(i), v128.load(i + away)));
      }
      const sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
      // The products of the other in the middle are the same but for their ends.
      let sumOfOther = sum;
      for (let i = 0; i < late; i++) {
        const before = start - ((i + 1) << 3);
        const last = end - ((i + 1) << 3);
        sumOfOther += load<f64>(before) * load<f64>(before + away) - load<f64>(last) * load<f64>(last + away);
      }
      for (let i = 0; i < -late; i++) {
        const behind = end + (i << 3);
        const here = start + (i << 3);
        sumOfOther += load<f64>(behind) * load<f64>(behind + away) - load<f64>(here) * load<f64>(here + away);
      }
      if (sum > most) most = sum;
      if (sumOfOther > mostOfOther) mostOfOther = sumOfOther;
    }
    const both = size * load<f64>(sizes + (otherSlot << 3));
    const scale: f64 = both > 0 ? both : 1;
    const at = found + ((other - first) << 4);
    store<f64>(at, min(1, most / scale));
    store<f64>(at, min(1, mostOfOther / scale), 8);
  }
}
