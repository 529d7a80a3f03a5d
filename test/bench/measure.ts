/** A row of a benchmark's table: this project, its anchor in the same run, and the one as a share of the other. */
export type Row = { what: string; ours: string; anchor: string; ratio: string; reach: string };

/** The fastest of several runs, in ms, after a few to warm up: what is faster than it can be is noise of the machine. */
export function fastest(run: () => unknown, runs = 30): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** The middle one of so many runs, in ms. */
export async function median(run: () => Promise<unknown>, runs: number): Promise<number> {
  const [time] = await medians([run], runs);
  return time;
}

/** The middle one of so many runs of each, in ms: they take turns, so that what else the machine does slows down all alike. */
export async function medians(each: readonly (() => Promise<unknown>)[], runs: number): Promise<number[]> {
  const times = each.map((): number[] => []);
  for (let i = 0; i < runs; i++) {
    for (const [k, run] of each.entries()) {
      const start = performance.now();
      await run();
      times[k].push(performance.now() - start);
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[Math.floor(runs / 2)]);
}

export function printTable(title: string, rows: readonly Row[]): void {
  const head: Row = { what: title, ours: "this project", anchor: "anchor", ratio: "ratio", reach: "reach" };
  const keys = Object.keys(head) as (keyof Row)[];
  const widths = keys.map((key) => Math.max(...[head, ...rows].map((row) => row[key].length)));
  for (const row of [head, ...rows])
    console.log(
      keys
        .map((key, i) => row[key].padEnd(widths[i]))
        .join("  ")
        .trimEnd(),
    );
  console.log();
}
