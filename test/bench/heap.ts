/** Watches the memory of a Worker's isolate, which is what production bounds, through the inspector of `wrangler dev`. */
export type HeapWatch = { peakMiB: () => number; stop: () => void };

type Usage = { usedSize: number; embedderHeapUsedSize?: number; backingStorageSize?: number };

const INTERVAL_MS = 20;
const HELD_INTERVAL_MS = 150;

/**
 * @param inspectorPort of `wrangler dev`
 * @param isHeld whether garbage is collected before each look, so that only what is held counts; the Worker is slower then
 */
export async function watchHeap(inspectorPort: number, isHeld = false): Promise<HeapWatch> {
  const targets = (await (await fetch(`http://localhost:${inspectorPort}/json`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = newSocket(targets[0].webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error("the inspector does not answer")));
  });
  let peak = 0;
  socket.addEventListener("message", ({ data }) => {
    const usage = (JSON.parse(String(data)) as { result?: Partial<Usage> }).result;
    if (usage?.usedSize === undefined) return;
    peak = Math.max(peak, usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0));
  });
  let id = 0;
  const send = (method: string) => socket.send(JSON.stringify({ id: ++id, method }));
  const ask = () => {
    if (isHeld) send("HeapProfiler.collectGarbage");
    send("Runtime.getHeapUsage");
  };
  const timer = setInterval(ask, isHeld ? HELD_INTERVAL_MS : INTERVAL_MS);
  return {
    peakMiB: () => Math.round(peak / 1024 / 1024),
    stop: () => {
      clearInterval(timer);
      socket.close();
    },
  };
}

/** Node's WebSocket takes headers, and wrangler's inspector wants to know an origin. */
function newSocket(url: string): WebSocket {
  const init = { headers: { Origin: "http://localhost" } };
  return new (WebSocket as unknown as new (url: string, init: object) => WebSocket)(url, init);
}
