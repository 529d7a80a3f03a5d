import { execFileSync } from "node:child_process";
import { type Server, startServer } from "../support/server.ts";
import { type Call, newUser } from "../support/session.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";
import { type HeapWatch, watchHeap } from "./heap.ts";
import { median, medians, type Row } from "./measure.ts";
import { countRowsRead } from "./rows-read.ts";

const HOURS = 24;
const SAMPLING_RATE_HZ = 250;
const LEADS = ["II", "V1", "V5"];
/** As a wearable would send it. */
const PART_SECONDS = 300;
/** Where windows of 10 s begin whose rows are counted: at the beginning, in the middle, and at the end. Seconds. */
const WINDOWS = [0, (HOURS * 3600) / 2, HOURS * 3600 - 10];

/** A recording of a day: its import in parts, the memory that takes, an overview and windows of it, and its insights. */
export async function benchHolter(): Promise<Row[]> {
  const server = await startServer();
  try {
    const call = await newUser(server);
    const parts = newParts();
    const heap = await watchHeap(server.inspectorPort);
    const start = performance.now();
    const path = await importHolter(call, parts);
    const importSeconds = (performance.now() - start) / 1000;
    heap.stop();
    const insightsHeap = await watchHeap(server.inspectorPort);
    const end = performance.now();
    await call("POST", `${path}/close`);
    const insightsSeconds = await waitUntilMeasured(call, end);
    insightsHeap.stop();
    const streamHeap = await watchHeap(server.inspectorPort);
    const streamStart = performance.now();
    await streamHolter(call, parts);
    const streamSeconds = (performance.now() - streamStart) / 1000;
    streamHeap.stop();
    await waitUntilMeasured(call);
    const heldHeap = await watchHeap(server.inspectorPort, true);
    const again = await importHolter(call, parts);
    heldHeap.stop();
    const heldInsightsHeap = await watchHeap(server.inspectorPort, true);
    await call("POST", `${again}/close`);
    await waitUntilMeasured(call);
    heldInsightsHeap.stop();
    const heldStreamHeap = await watchHeap(server.inspectorPort, true);
    await streamHolter(call, parts);
    heldStreamHeap.stop();
    await waitUntilMeasured(call);

    const health = () => median(async () => (await call("GET", "/health")).text(), 60);
    const readEcg = (query: string) => median(async () => (await call("GET", `${path}?${query}`)).text(), 60);
    await readEcg("max_points=2000");
    const healthMs = await health();
    const overviewMs = await readEcg("max_points=2000");
    const readWindow = async (start: number) => (await call("GET", `${path}?start=${start}&end=${start + 10}`)).text();
    let second = 0;
    const windowMs = await median(() => {
      second = (second + 7919) % (HOURS * 3600 - 10);
      return readWindow(second);
    }, 100);
    const [firstMs, lastMs] = await medians(
      [WINDOWS[0], WINDOWS[2]].map((start) => () => readWindow(start)),
      100,
    );
    const from = `from signal_chunks where ecg_id = '${path.slice(path.lastIndexOf("/") + 1)}'`;
    const rows = (sql: string) => JSON.parse(execute(server, sql))[0].results[0].n;
    const chunks = rows(`select count(*) as n ${from} and chunk_index >= 0`);
    const overviews = rows(`select count(*) as n ${from} and chunk_index < 0`);
    const stored = rows(`select sum(length(data)) as n ${from} and chunk_index >= 0`);
    const extremes = rows(`select sum(length(data)) as n ${from} and chunk_index < 0`);
    const [overviewRead, ...windowsRead] = await countRowsRead(server, path.slice(path.lastIndexOf("/") + 1), [
      `${path}?max_points=2000`,
      ...WINDOWS.map((start) => `${path}?start=${start}&end=${start + 10}`),
    ]);
    const getStart = performance.now();
    const { beats } = (await (await call("GET", `${path}/insights`)).json()) as { beats: { count: number } };
    const getSeconds = (performance.now() - getStart) / 1000;
    const samples = HOURS * 3600 * SAMPLING_RATE_HZ * LEADS.length;
    const ms = (value: number) => `${value.toFixed(1)} ms`;
    const ratio = (value: number) => (value / healthMs).toFixed(2);
    return [
      {
        what: "import",
        ours: `${importSeconds.toFixed(1)} s`,
        anchor: `${HOURS} h, ${samples / 1e6} M samples in ${parts.length} appends`,
        ratio: "",
        reach: "",
      },
      memoryRow("memory at the peak of it, garbage and all", heap, ""),
      memoryRow("the same, garbage collected at each look", heldHeap),
      {
        what: "import as one body of JSON lines",
        ours: `${streamSeconds.toFixed(1)} s`,
        anchor: `${(parts.reduce((sum, part) => sum + part.length, 0) / 1e6).toFixed(0)} MB`,
        ratio: "",
        reach: "",
      },
      memoryRow("memory at the peak of it, garbage and all", streamHeap, ""),
      memoryRow("the same, garbage collected at each look", heldStreamHeap),
      {
        what: "overview of 2,000 points",
        ours: ms(overviewMs),
        anchor: `GET /health ${ms(healthMs)}`,
        ratio: ratio(overviewMs),
        reach: "<= 3",
      },
      {
        what: "window of 10 s",
        ours: ms(windowMs),
        anchor: `GET /health ${ms(healthMs)}`,
        ratio: ratio(windowMs),
        reach: "<= 3",
      },
      {
        what: "the day's last window",
        ours: ms(lastMs),
        anchor: `its first ${ms(firstMs)}`,
        ratio: (lastMs / firstMs).toFixed(2),
        reach: "<= 1.2",
      },
      {
        what: "stored",
        ours: `${(stored / 1e6).toFixed(1)} MB of text`,
        anchor: `extremes ${(extremes / 1e6).toFixed(2)} MB`,
        ratio: `${((100 * extremes) / stored).toFixed(2)} %`,
        reach: "about 1 %",
      },
      {
        what: "measured by the queue, from its end on",
        ours: `${insightsSeconds.toFixed(1)} s`,
        anchor: `read then in ${getSeconds.toFixed(2)} s: ${beats.count} beats`,
        ratio: "",
        reach: "<= 60 s",
      },
      memoryRow("memory at the peak of it, garbage and all", insightsHeap, ""),
      memoryRow("the same, garbage collected at each look", heldInsightsHeap),
      {
        what: "rows",
        ours: `${chunks + overviews} stored`,
        anchor: `read: ${overviewRead} for an overview, ${windowsRead.join(", ")} for windows from first to last`,
        ratio: (windowsRead[windowsRead.length - 1] / windowsRead[0]).toFixed(2),
        reach: "<= 1.2",
      },
    ];
  } finally {
    server.stop();
  }
}

/**
 * Waits until all ECGs are measured.
 *
 * @param since as `performance.now()` counts it
 * @returns the seconds since then
 */
async function waitUntilMeasured(call: Call, since = performance.now()): Promise<number> {
  for (;;) {
    const { items } = (await (await call("GET", "/ecg")).json()) as { items: { findings: string[] | null }[] };
    if (items.every(({ findings }) => findings !== null)) return (performance.now() - since) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function memoryRow(what: string, heap: HeapWatch, reach = "< 1"): Row {
  return {
    what,
    ours: `${heap.peakMiB()} MiB`,
    anchor: "what an isolate may have: 128 MB",
    ratio: (heap.peakMiB() / 128).toFixed(2),
    reach,
  };
}

/** The bodies of the appends, of a generated hour again and again. */
function newParts(): string[] {
  const hour = syntheticEcg({ seconds: 3600, samplingRate: SAMPLING_RATE_HZ, heartRate: 72, noise: 0.01 });
  const signals = LEADS.map((name) => hour.leads.find((lead) => lead.name === name)?.samples ?? new Int32Array(0));
  const step = PART_SECONDS * SAMPLING_RATE_HZ;
  return Array.from({ length: (HOURS * 3600) / PART_SECONDS }, (_, i) => {
    const from = (i * step) % (3600 * SAMPLING_RATE_HZ);
    const leads = LEADS.map((name, lead) => ({
      name,
      start_sample: i * step,
      signal: [...signals[lead].subarray(from, from + step)],
    }));
    return JSON.stringify({ leads });
  });
}

/** Sends the recording in parts, and gives its path: it is open still. */
async function importHolter(call: Call, parts: string[]): Promise<string> {
  const leads = LEADS.map((name) => ({ name, gain: 1000, signal: [] }));
  const created = await call("POST", "/ecg", { sampling_rate: SAMPLING_RATE_HZ, open: true, leads });
  const path = created.headers.get("location") ?? "";
  for (const part of parts) {
    const { status } = await call("POST", `${path}/samples`, part);
    if (status !== 200) throw new Error(`an append was answered with ${status}`);
  }
  return path;
}

/** The same recording in one request. */
async function streamHolter(call: Call, parts: string[]): Promise<void> {
  const leads = LEADS.map((name) => ({ name, gain: 1000, signal: [] }));
  const lines = [JSON.stringify({ sampling_rate: SAMPLING_RATE_HZ, leads }), ...parts];
  const body = new Blob(lines.map((line) => `${line}\n`)).stream();
  const { status } = await call("POST", "/ecg", body, "application/jsonl");
  if (status !== 201) throw new Error(`the import was answered with ${status}`);
}

function execute({ data }: Server, sql: string): string {
  return execFileSync(
    "wrangler",
    ["d1", "execute", "DB", "--local", "--persist-to", data, "--json", "--command", sql],
    // Less than its usual log, which the bundles of other benchmarks are made with, would have no result.
    { encoding: "utf8", env: { ...process.env, WRANGLER_LOG: "log" } },
  );
}
