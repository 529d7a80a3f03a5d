import { join } from "node:path";
import { startServer } from "../support/server.ts";
import { newUser, USER } from "../support/session.ts";
import { newSignal } from "../support/signals.ts";
import { watchHeap } from "./heap.ts";
import type { Row } from "./measure.ts";

const SECONDS = 60;
const SENDERS = 8;
/** The parts of the run whose memory is compared. */
const PARTS = 3;
const RATE_HZ = 250;
const SAMPLES = 10 * RATE_HZ;
const APPENDED = RATE_HZ;
/** Statuses that are no failure of the service: what it says when its storage fails, and what an append that had been done is told. */
const EXPECTED = [200, 201, 409, 503];

/** An ECG whose storing was acknowledged, and how many samples of its signal were. */
type Acknowledged = { id: string; note: string; seed: number; count: number };

/**
 * A minute of what users do all at once, on a storage that fails now and then: every acknowledged ECG is there once and exact afterwards,
 * nothing but 503 is said of the failures, and the memory that is held does not grow.
 *
 * @throws Error when one of the first two does not hold
 */
export async function benchLoad(): Promise<Row[]> {
  const server = await startServer(join(import.meta.dirname, "load-worker.ts"));
  try {
    const call = await newUser(server);
    const log = await fetch(`${server.url}/auth/token`, { method: "POST", body: new URLSearchParams(USER) });
    const { access_token } = (await log.json()) as { access_token: string };
    const times = new Map<string, number[]>();
    const statuses = new Map<number, number>();
    const ask = async (what: string, method: string, path: string, body?: unknown, key?: string) => {
      const start = performance.now();
      const answer = await fetch(`${server.url}${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${access_token}`,
          "X-Faults": "1",
          ...(body !== undefined && { "Content-Type": "application/json" }),
          ...(key !== undefined && { "Idempotency-Key": `"${key}"` }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      times.set(what, [...(times.get(what) ?? []), performance.now() - start]);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (!EXPECTED.includes(answer.status)) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return { status: answer.status, json: () => JSON.parse(text) };
    };
    /** Asks until it is not told to come again. */
    const askUntilDone = async (...args: Parameters<typeof ask>) => {
      for (;;) {
        const answer = await ask(...args);
        if (answer.status !== 503) return answer;
      }
    };

    const stored: Acknowledged[] = [];
    let seeds = 0;
    const store = async (isOpen: boolean): Promise<Acknowledged> => {
      const seed = ++seeds;
      const note = crypto.randomUUID();
      const signal = [...newSignal(SAMPLES, seed)];
      const ecg = { note, sampling_rate: RATE_HZ, ...(isOpen && { open: true }), leads: [{ name: "II", signal }] };
      const answer = await askUntilDone(isOpen ? "open" : "POST", "POST", "/ecg", ecg, note);
      if (answer.status !== 201) throw new Error(`an ECG was answered with ${answer.status}`);
      const acknowledged = { id: (answer.json() as { id: string }).id, note, seed, count: SAMPLES };
      stored.push(acknowledged);
      return acknowledged;
    };
    const append = async (ecg: Acknowledged) => {
      const signal = [...newSignal(ecg.count + APPENDED, ecg.seed)].slice(ecg.count);
      const leads = [{ name: "II", start_sample: ecg.count, signal }];
      // A 409 is for what had been appended when the answer was lost.
      await askUntilDone("append", "POST", `/ecg/${ecg.id}/samples`, { leads });
      ecg.count += APPENDED;
    };
    const end = performance.now() + SECONDS * 1000;
    const sendAll = async () => {
      const open = await store(true);
      for (let i = 0; performance.now() < end; i++) {
        const { id } = i % 2 === 0 ? open : await store(false);
        await append(open);
        await ask("list", "GET", "/ecg?limit=20");
        await ask("window", "GET", `/ecg/${id}?start=2&end=5`);
        await ask("insights", "GET", `/ecg/${id}/insights`);
        await ask("health", "GET", "/health");
      }
    };
    const senders = Promise.all(Array.from({ length: SENDERS }, sendAll));
    const held: number[] = [];
    for (let part = 0; part < PARTS; part++) {
      const heap = await watchHeap(server.inspectorPort, true);
      await Promise.race([senders, new Promise((resolve) => setTimeout(resolve, (SECONDS * 1000) / PARTS))]);
      heap.stop();
      held.push(heap.peakMiB());
    }
    await senders;

    const notes: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = (await (await call("GET", `/ecg?limit=100${query}`)).json()) as {
        items: { note: string }[];
        next_cursor: string | null;
      };
      notes.push(...page.items.map(({ note }) => note));
      cursor = page.next_cursor;
    }
    const wanted = stored.map(({ note }) => note);
    if (notes.sort().join() !== wanted.sort().join()) {
      throw new Error(`${notes.length} ECGs are there, and ${wanted.length} were acknowledged`);
    }
    for (const { id, seed, count } of stored) {
      const { leads } = (await (await call("GET", `/ecg/${id}`)).json()) as { leads: { signal: number[] }[] };
      if (leads[0].signal.join() !== newSignal(count, seed).join()) throw new Error(`ECG ${id} is not as it was sent`);
    }

    const [anchor] = quantilesOf(times.get("health") ?? []);
    const total = [...statuses.values()].reduce((sum, count) => sum + count, 0);
    const rows = [...times].map(([what, list]): Row => {
      const [middle, late] = quantilesOf(list);
      return {
        what: `${what}, ${list.length} times`,
        ours: `p50 ${middle.toFixed(0)} ms, p99 ${late.toFixed(0)} ms`,
        anchor: `GET /health ${anchor.toFixed(0)} ms`,
        ratio: (middle / anchor).toFixed(2),
        reach: "",
      };
    });
    return [
      ...rows,
      {
        what: `memory held, thirds of ${SECONDS} s`,
        ours: held.map((mib) => `${mib} MiB`).join(", "),
        anchor: "the first third",
        ratio: (held[PARTS - 1] / held[0]).toFixed(2),
        reach: "~ 1",
      },
      {
        what: `${stored.length} ECGs acknowledged`,
        ours: "all there once, and exact",
        anchor: `${statuses.get(503) ?? 0} of ${total} answers were 503, none another 5xx`,
        ratio: "1.00",
        reach: "1.00",
      },
    ];
  } finally {
    server.stop();
  }
}

/** The middle one, and the one that 99 of 100 are below. */
function quantilesOf(list: readonly number[]): [number, number] {
  const sorted = [...list].sort((a, b) => a - b);
  return [sorted[Math.floor(sorted.length / 2)], sorted[Math.floor(sorted.length * 0.99)]];
}
