/** From one second to another. */
export type TimeSpan = { from: number; to: number };

/** The seconds that some spans take together. */
export function secondsOf(spans: readonly TimeSpan[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** The parts of some spans that others, which ascend, do not cover. */
export function outside(spans: readonly TimeSpan[], others: readonly TimeSpan[]): TimeSpan[] {
  return spans.flatMap(({ from, to }) => {
    const parts: TimeSpan[] = [];
    let at = from;
    for (const other of others) {
      if (other.to <= at || other.from >= to) continue;
      if (other.from > at) parts.push({ from: at, to: other.from });
      at = other.to;
    }
    return at < to ? [...parts, { from: at, to }] : parts;
  });
}
