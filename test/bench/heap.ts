import { connectInspector } from "./inspector.ts";

/** Watches the memory of a Worker's isolate, which is what production bounds, through the inspector of the local runtime. */
export type HeapWatch = { peakMiB: () => number; stop: () => void };

type Usage = { usedSize: number; embedderHeapUsedSize?: number; backingStorageSize?: number };

const INTERVAL_MS = 20;
const HELD_INTERVAL_MS = 150;

/**
 * @param inspectorPort of the local runtime
 * @param isHeld whether garbage is collected before each look, so that only what is held counts; the Worker is slower then
 */
export async function watchHeap(inspectorPort: number, isHeld = false): Promise<HeapWatch> {
  const inspector = await connectInspector(inspectorPort);
  let peak = 0;
  const ask = async () => {
    if (isHeld) void inspector.send("HeapProfiler.collectGarbage");
    const usage = await inspector.send<Usage>("Runtime.getHeapUsage");
    peak = Math.max(peak, usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0));
  };
  const timer = setInterval(ask, isHeld ? HELD_INTERVAL_MS : INTERVAL_MS);
  return {
    peakMiB: () => Math.round(peak / 1024 / 1024),
    stop: () => {
      clearInterval(timer);
      inspector.close();
    },
  };
}
