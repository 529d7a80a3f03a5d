import { newBodies, read } from "./http.ts";
import { connectInspector, type Inspector } from "./inspector.ts";
import type { Row } from "./measure.ts";
import { bundle, type Runtime, startRuntime } from "./runtime.ts";

const [WARM_UP, REQUESTS] = [100, 100];
/** About every so many bytes the sampler takes one. */
const INTERVAL_BYTES = 512;

type Send = () => Promise<Response>;
type Node = { selfSize: number; children: Node[] };

/**
 * What is allocated on an isolate's heap by a request, collected since or not, beside a bare Worker. The memory behind typed arrays, which
 * is no part of the heap, does not count.
 */
export async function benchAllocations(): Promise<Row[]> {
  const own = await startRuntime(bundle("src/index.ts"), { isInspected: true });
  const bare = await startRuntime(bundle("test/bench/bare-worker.ts"), { isInspected: true });
  const inspectors = await Promise.all([own, bare].map(({ inspectorPort }) => connectInspector(inspectorPort)));
  const rows: Row[] = [];
  try {
    await read(() => bare.call("POST", "/tables", JSON.stringify({ items: 1, text: "" })));
    const { long, short } = newBodies();
    for (const [name, body] of [
      ["12 leads x 5,000", long],
      ["2 leads x 100", short],
    ]) {
      const posts = [post(own, "/ecg", body), post(bare, "/texts", body)];
      const paths = await Promise.all(posts.map(async (send) => (await read(send)).location));
      const gets = [own, bare].map((runtime, i) => () => runtime.call("GET", paths[i]));
      for (const [what, [ownSend, bareSend]] of [
        [`POST of ${name}`, posts],
        [`GET of ${name}`, gets],
      ] as const) {
        const [ours, theirs] = [await measure(inspectors[0], ownSend), await measure(inspectors[1], bareSend)];
        rows.push({
          what,
          ours: `${(ours / 1024).toFixed(0)} KiB`,
          anchor: `bare ${(theirs / 1024).toFixed(0)} KiB, body ${(body.length / 1024).toFixed(0)} KiB`,
          ratio: (ours / theirs).toFixed(2),
          reach: "",
        });
      }
    }
    return rows;
  } finally {
    for (const inspector of inspectors) inspector.close();
    await Promise.all([own, bare].map(({ stop }) => stop()));
  }
}

function post(runtime: Runtime, path: string, body: string): Send {
  return () => runtime.call("POST", path, body);
}

/** The bytes of a request. */
async function measure(inspector: Inspector, send: Send): Promise<number> {
  for (let i = 0; i < WARM_UP; i++) await read(send);
  await inspector.send("HeapProfiler.startSampling", {
    samplingInterval: INTERVAL_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  for (let i = 0; i < REQUESTS; i++) await read(send);
  const { profile } = await inspector.send<{ profile: { head: Node } }>("HeapProfiler.stopSampling");
  return sizeOf(profile.head) / REQUESTS;
}

function sizeOf({ selfSize, children }: Node): number {
  return children.reduce((sum, child) => sum + sizeOf(child), selfSize);
}
