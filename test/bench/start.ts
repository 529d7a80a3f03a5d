import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newBodies, read } from "./http.ts";
import type { Row } from "./measure.ts";
import { bundle, startRuntime } from "./runtime.ts";

const RUNS = 7;

/** From nothing to the first answers, in ms: as they are waited for, and of CPU. */
type Start = { health: number; healthCpu: number; post: number; postCpu: number };

/** How long it takes until a Worker that was not there answers, beside a bare one: workerd, its isolates, the bundle. */
export async function benchStart(): Promise<Row[]> {
  const body = newBodies().short;
  const own = await newStarts("src/index.ts", "/ecg", body);
  const bare = await newStarts("test/bench/bare-worker.ts", "/texts", body);
  try {
    const starts: { own: Start; bare: Start }[] = [];
    for (let run = 0; run < RUNS; run++) starts.push({ bare: await bare.start(), own: await own.start() });
    const middle = (side: "own" | "bare", what: keyof Start) =>
      starts.map((one) => one[side][what]).sort((a, b) => a - b)[Math.floor(RUNS / 2)];
    const row = (what: string, wait: keyof Start, cpu: keyof Start): Row => {
      const describe = (side: "own" | "bare") => `${middle(side, wait).toFixed(0)} ms, ${middle(side, cpu)} ms of CPU`;
      return {
        what,
        ours: describe("own"),
        anchor: `bare ${describe("bare")}`,
        ratio: (middle("own", wait) / middle("bare", wait)).toFixed(2),
        reach: "",
      };
    };
    return [
      row("from nothing to the first answer of /health", "health", "healthCpu"),
      row("from then to the first answer of a POST", "post", "postCpu"),
    ];
  } finally {
    for (const { remove } of [own, bare]) remove();
  }
}

/** Starts of a Worker on a database that is there already. */
async function newStarts(entryPoint: string, path: string, body: string) {
  const worker = bundle(entryPoint);
  const folder = mkdtempSync(join(tmpdir(), "ecg-api-"));
  const first = await startRuntime(worker, { folder });
  if (path === "/texts") await read(() => first.call("POST", "/tables", JSON.stringify({ items: 1, text: "" })));
  await first.stop();
  return {
    async start(): Promise<Start> {
      const begin = performance.now();
      const runtime = await startRuntime(worker, { folder });
      await read(() => runtime.call("GET", "/health"));
      const [health, healthCpu] = [performance.now() - begin, runtime.cpuMs()];
      await read(() => runtime.call("POST", path, body));
      const [post, postCpu] = [performance.now() - begin - health, runtime.cpuMs() - healthCpu];
      await runtime.stop();
      return { health, healthCpu, post, postCpu };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
