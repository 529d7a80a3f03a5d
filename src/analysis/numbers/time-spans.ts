/** From one second to another. */
export type TimeSpan = { from: number; to: number };

/** The seconds that some spans take together. */
export function secondsOf(spans: readonly TimeSpan[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** The parts of some spans that others do not cover. Both ascend, and the others do not overlap. */
export function outside(spans: readonly TimeSpan[], others: readonly TimeSpan[]): TimeSpan[] {
  let next = 0;
  return spans.flatMap(({ from, to }) => {
    while (others[next]?.to <= from) next++;
    const parts: TimeSpan[] = [];
    let at = from;
    for (let i = next; others[i]?.from < to; i++) {
      if (others[i].from > at) parts.push({ from: at, to: others[i].from });
      at = others[i].to;
    }
    return at < to ? [...parts, { from: at, to }] : parts;
  });
}
