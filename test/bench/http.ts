import { join } from "node:path";
import { startServer } from "../support/server.ts";
import { newUser } from "../support/session.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { countPerSecond, type Row } from "./measure.ts";

const SECONDS = 4;
const ROUNDS = 3;

/**
 * A 12-lead ECG of 10 s sent and read over HTTP, beside routes of the same Worker that only read or answer as many bytes, and beside
 * the same without an entry in the audit trail.
 */
export async function benchHttp(): Promise<Row[]> {
  const server = await startServer(join(import.meta.dirname, "bare-worker.ts"));
  try {
    const call = await newUser(server);
    const body = JSON.stringify(toEcgJson(syntheticEcg()));
    const { location } = await send(() => call("POST", "/ecg", body));
    const { length } = await send(() => call("GET", location));
    const measure = async (own: () => Promise<Response>, anchor: () => Promise<Response>) => {
      const best = { own: 0, anchor: 0 };
      for (let round = 0; round < ROUNDS; round++) {
        best.anchor = Math.max(best.anchor, await countPerSecond(async () => void (await send(anchor)), SECONDS));
        best.own = Math.max(best.own, await countPerSecond(async () => void (await send(own)), SECONDS));
      }
      return best;
    };
    const posts = await measure(
      () => call("POST", "/ecg", body),
      () => call("POST", "/bare", body),
    );
    const gets = await measure(
      () => call("GET", location),
      () => call("GET", `/bare?bytes=${length}`),
    );
    const auditedPosts = await measure(
      () => call("POST", "/audited/ecg", body),
      () => call("POST", "/unaudited/ecg", body),
    );
    const auditedGets = await measure(
      () => call("GET", `/audited${location}`),
      () => call("GET", `/unaudited${location}`),
    );
    type Rates = { own: number; anchor: number };
    const row = (what: string, { own, anchor }: Rates, reach: string, beside = "bare route"): Row => ({
      what,
      ours: `${own.toFixed(0)} requests/s`,
      anchor: `${beside} ${anchor.toFixed(0)} requests/s`,
      ratio: (own / anchor).toFixed(2),
      reach,
    });
    return [
      row(`POST /ecg, ${body.length} bytes`, posts, ">= 0.4"),
      row(`GET /ecg/{id}, ${length} bytes`, gets, ">= 0.5"),
      row("POST /ecg with its entry in the trail", auditedPosts, ">= 0.9", "without it"),
      row("GET /ecg/{id} with its entry in the trail", auditedGets, ">= 0.9", "without it"),
    ];
  } finally {
    server.stop();
  }
}

/** Waits for the whole answer. */
async function send(request: () => Promise<Response>): Promise<{ location: string; length: number }> {
  const answer = await request();
  const { byteLength } = await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${answer.status}`);
  return { location: answer.headers.get("location") ?? "", length: byteLength };
}
