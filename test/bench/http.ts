import { join } from "node:path";
import { startServer } from "../support/server.ts";
import { newUser } from "../support/session.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { countPerSecond, type Row } from "./measure.ts";

const SECONDS = 4;
const ROUNDS = 3;

/** A 12-lead ECG of 10 s sent and read over HTTP, beside routes of the same Worker that only read or answer as many bytes. */
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
    const row = (what: string, { own, anchor }: { own: number; anchor: number }, reach: string): Row => ({
      what,
      ours: `${own.toFixed(0)} requests/s`,
      anchor: `bare route ${anchor.toFixed(0)} requests/s`,
      ratio: (own / anchor).toFixed(2),
      reach,
    });
    return [
      row(`POST /ecg, ${body.length} bytes`, posts, ">= 0.4"),
      row(`GET /ecg/{id}, ${length} bytes`, gets, ">= 0.5"),
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
