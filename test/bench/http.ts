import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import type { Row } from "./measure.ts";
import { bundle, type Runtime, startRuntime } from "./runtime.ts";

/** Both take turns of so many seconds: what else the machine does is shared out between them. */
const SECONDS = 0.75;
const ROUNDS = 8;
/**
 * How many requests of a kind are sent before they are counted, until the runtime has compiled and optimized most of what they take: of a
 * GET of a long ECG V8 still optimizes functions after 6,000, in bursts that would be counted to whoever has the most of them.
 */
const WARM_UP = 2000;
const WARM_UP_CONCURRENCY = 8;
const CONCURRENCIES = [1, 8];
/** How many ECGs there are for the list. */
const LISTED = 1000;

type Send = () => Promise<Response>;
/** What is sent to a Worker and to its anchor, and which share of the anchor's CPU it may take. */
type Case = { what: string; own: Send; anchor: Send; reach: number };
type Counts = { requests: number; seconds: number; cpuMs: number; latencies: number[] };

/**
 * ECGs sent, read and listed: the CPU of the whole runtime a request, database included, beside a Worker that keeps texts; and what the
 * entries of the audit trail cost. Short ECGs are not measured ahead: a POST is counted without the job that would follow it.
 */
export async function benchHttp(): Promise<Row[]> {
  const own = await startRuntime(bundle("src/index.ts"));
  const bare = await startRuntime(bundle("test/bench/bare-worker.ts"));
  const unaudited = await startRuntime(bundle("test/bench/unaudited-worker.ts"));
  try {
    const rows: Row[] = [];
    for (const one of await newCases(own, bare)) rows.push(...(await compare(one, own, bare, "bare")));
    for (const one of await newAuditCases(own, unaudited)) {
      rows.push(...(await compare(one, own, unaudited, "without it")));
    }
    return rows;
  } finally {
    await Promise.all([own, bare, unaudited].map(({ stop }) => stop()));
  }
}

/** 12 leads of 5,000 samples, and 2 leads of 100, as the bodies of POSTs. */
export function newBodies(): { long: string; short: string } {
  const { leads, ...ecg } = syntheticEcg({ seconds: 0.2 });
  return {
    long: JSON.stringify(toEcgJson(syntheticEcg())),
    short: JSON.stringify(toEcgJson({ ...ecg, leads: leads.slice(0, 2) })),
  };
}

async function newCases(own: Runtime, bare: Runtime): Promise<Case[]> {
  const { long, short } = newBodies();
  const listed = JSON.stringify(toEcgJson(syntheticEcg({ seconds: 0.2 })));
  for (let i = 0; i < LISTED; i++) await read(() => own.call("POST", "/ecg", listed));
  const { items } = JSON.parse((await read(() => own.call("GET", "/ecg?limit=1"))).text) as { items: unknown[] };
  await read(() => bare.call("POST", "/tables", JSON.stringify({ items: LISTED, text: JSON.stringify(items[0]) })));
  const page: Case = {
    what: `GET a page of 100 of ${LISTED} ECGs`,
    own: () => own.call("GET", "/ecg?limit=100"),
    anchor: () => bare.call("GET", "/texts"),
    reach: 1.5,
  };
  const { location: ecg } = await read(() => own.call("POST", "/ecg", long));
  const { location: text } = await read(() => bare.call("POST", "/texts", long));
  const insights = await read(() => own.call("GET", `${ecg}/insights`));
  const { location: kept } = await read(() => bare.call("POST", "/texts", insights.text));
  const post = (what: string, body: string, reach: number): Case => ({
    what: `POST of ${what}, ${body.length} bytes`,
    own: () => own.call("POST", "/ecg", body),
    anchor: () => bare.call("POST", "/texts", body),
    reach,
  });
  const get = (what: string, ownPath: string, barePath: string, reach: number): Case => ({
    what,
    own: () => own.call("GET", ownPath),
    anchor: () => bare.call("GET", barePath),
    reach,
  });
  return [
    page,
    get("GET of 12 leads x 5,000", ecg, text, 1.3),
    get(`GET of kept insights, ${insights.text.length} bytes`, `${ecg}/insights`, kept, 1.5),
    post("12 leads x 5,000", long, 1.6),
    post("2 leads x 100", short, 1.5),
  ];
}

async function newAuditCases(own: Runtime, unaudited: Runtime): Promise<Case[]> {
  const { short } = newBodies();
  const post = (runtime: Runtime) => () => runtime.call("POST", "/ecg", short);
  const [ownEcg, unauditedEcg] = await Promise.all([read(post(own)), read(post(unaudited))]);
  return [
    {
      what: "POST of 2 leads x 100 with its entry in the trail",
      own: post(own),
      anchor: post(unaudited),
      reach: 1.1,
    },
    {
      what: "GET of the same",
      own: () => own.call("GET", ownEcg.location),
      anchor: () => unaudited.call("GET", unauditedEcg.location),
      reach: 1.1,
    },
  ];
}

async function compare(one: Case, own: Runtime, anchor: Runtime, anchorName: string): Promise<Row[]> {
  const sides = [
    { runtime: anchor, send: one.anchor },
    { runtime: own, send: one.own },
  ];
  for (const { send } of sides) {
    for (let i = 0; i < WARM_UP; i += WARM_UP_CONCURRENCY) {
      await Promise.all(Array.from({ length: WARM_UP_CONCURRENCY }, () => read(send)));
    }
  }
  const rows: Row[] = [];
  for (const concurrency of CONCURRENCIES) {
    const counts = sides.map((): Counts => ({ requests: 0, seconds: 0, cpuMs: 0, latencies: [] }));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, { runtime, send }] of sides.entries()) await count(counts[i], runtime, send, concurrency);
    }
    const [anchorCpu, ownCpu] = counts.map(({ cpuMs, requests }) => cpuMs / requests);
    rows.push({
      what: `${one.what}, ${concurrency} at a time`,
      ours: describe(counts[1]),
      anchor: `${anchorName} ${describe(counts[0])}`,
      ratio: (ownCpu / anchorCpu).toFixed(2),
      reach: `<= ${one.reach}`,
    });
    process.stderr.write(`${Object.values(rows[rows.length - 1]).join("  ")}\n`);
  }
  return rows;
}

async function count(counts: Counts, runtime: Runtime, send: Send, concurrency: number): Promise<void> {
  const [start, startCpuMs] = [performance.now(), runtime.cpuMs()];
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let now = start; now < start + SECONDS * 1000; ) {
        await read(send);
        const end = performance.now();
        counts.latencies.push(end - now);
        now = end;
      }
    }),
  );
  counts.seconds += (performance.now() - start) / 1000;
  counts.cpuMs += runtime.cpuMs() - startCpuMs;
  counts.requests = counts.latencies.length;
}

function describe({ requests, seconds, cpuMs, latencies }: Counts): string {
  const sorted = latencies.sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(1));
  return `${(cpuMs / requests).toFixed(2)} ms of CPU, ${(requests / seconds).toFixed(0)}/s, p50 ${p50} p99 ${p99} ms`;
}

/** Waits for the whole answer. */
export async function read(send: Send): Promise<{ location: string; text: string }> {
  const answer = await send();
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return { location: answer.headers.get("location") ?? "", text };
}
