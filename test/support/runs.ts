/** How many runs a property or a mutation takes: a fifth of all, or TEST_RUNS times as many. */
export function runs(all: number): number {
  return Math.min(all, Math.ceil((all / 5) * Number(process.env.TEST_RUNS || 1)));
}
