import { newBodies, read } from "./http.ts";
import { connectInspector } from "./inspector.ts";
import type { Row } from "./measure.ts";
import { bundle, startRuntime } from "./runtime.ts";

/** How many requests are sent before the profile, and in it. */
const [WARM_UP, REQUESTS] = [200, 400];
/** How many functions a table has. */
const TOP = 30;
/** How often the profiler looks, in us. */
const INTERVAL_US = 100;

/** The characters that are shown of a function's first line. */
const MAX_SOURCE_LENGTH = 70;
/** What stands for time in which no function runs. */
const NO_FUNCTIONS = ["(idle)", "(root)"];

/** What V8's profiler has seen: its nodes are functions by who calls them, and a sample is the id of one. */
type Profile = {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
};

/** The functions of the Worker's isolate that take most of its time, for a POST and a GET of a long ECG and of a short one. */
export async function benchProfile(): Promise<Row[]> {
  const worker = bundle("src/index.ts");
  const lines = worker.script.split("\n");
  const runtime = await startRuntime(worker, { isInspected: true });
  const inspector = await connectInspector(runtime.inspectorPort);
  try {
    await inspector.send("Profiler.enable");
    await inspector.send("Profiler.setSamplingInterval", { interval: INTERVAL_US });
    const rows: Row[] = [];
    for (const [name, body] of Object.entries(newBodies())) {
      const { location } = await read(() => runtime.call("POST", "/ecg", body));
      const requests = {
        [`POST ${name}`]: () => runtime.call("POST", "/ecg", body),
        [`GET ${name}`]: () => runtime.call("GET", location),
      };
      if (name === "long") {
        requests["GET insights"] = () => runtime.call("GET", `${location}/insights`);
        requests["GET list"] = () => runtime.call("GET", "/ecg?limit=100");
      }
      for (const [what, send] of Object.entries(requests)) {
        for (let i = 0; i < WARM_UP; i++) await read(send);
        await inspector.send("Profiler.start");
        for (let i = 0; i < REQUESTS; i++) await read(send);
        const { profile } = await inspector.send<{ profile: Profile }>("Profiler.stop");
        rows.push(...toRows(what, sumUp(profile, lines)));
      }
    }
    return rows;
  } finally {
    inspector.close();
    await runtime.stop();
  }
}

type FunctionTime = { name: string; source: string; us: number };

/** The self time of each function. What passes while the isolate waits is counted by the sample after it, and left out. */
function sumUp({ nodes, samples, timeDeltas }: Profile, lines: readonly string[]): FunctionTime[] {
  const functions = new Map<number, FunctionTime>();
  const known = new Map<string, FunctionTime>();
  for (const { id, callFrame } of nodes) {
    const { functionName, url, lineNumber } = callFrame;
    const isOwn = url.endsWith("index.js");
    const source = isOwn ? (lines[lineNumber]?.trim().slice(0, MAX_SOURCE_LENGTH) ?? "") : url;
    const key = `${functionName} ${url} ${lineNumber}`;
    const found = known.get(key) ?? { name: functionName || "(anonymous)", source, us: 0 };
    known.set(key, found);
    functions.set(id, found);
  }
  for (const [i, id] of samples.entries()) {
    const found = functions.get(id);
    if (found) found.us += Math.min(timeDeltas[i], 2 * INTERVAL_US);
  }
  return [...known.values()].filter(({ name }) => !NO_FUNCTIONS.includes(name)).sort((a, b) => b.us - a.us);
}

function toRows(what: string, functions: readonly FunctionTime[]): Row[] {
  const all = functions.reduce((sum, { us }) => sum + us, 0);
  return functions.slice(0, TOP).map(({ name, source, us }) => ({
    what: `${what}: ${name}`,
    ours: `${(us / REQUESTS).toFixed(0)} us of ${(all / REQUESTS).toFixed(0)}`,
    anchor: source,
    ratio: `${((100 * us) / all).toFixed(1)} %`,
    reach: "",
  }));
}
