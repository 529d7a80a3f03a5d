/** How many runs a property or a mutation takes: all of them where TEST_RUNS is "all", as in .ci/run, else a fifth. */
export function runs(all: number): number {
  return process.env.TEST_RUNS === "all" ? all : Math.ceil(all / 5);
}
