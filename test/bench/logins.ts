import { startServer } from "../support/server.ts";
import { newUser } from "../support/session.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import type { Row } from "./measure.ts";

const SECONDS = 10;
const CLIENTS = 8;
/** Log-ins that one address may try in a minute are 60: so many names and addresses are tried in turn. */
const NAMES = 100;

/** Readers of an ECG and of `/health`, with log-ins beside them and without. */
export async function benchLogins(): Promise<Row[]> {
  const server = await startServer();
  try {
    const call = await newUser(server);
    const posted = await call("POST", "/ecg", JSON.stringify(toEcgJson(syntheticEcg())));
    const location = posted.headers.get("location") ?? "";
    let tries = 0;
    const logIn = () =>
      fetch(`${server.url}/auth/token`, {
        method: "POST",
        headers: { "CF-Connecting-IP": `10.0.0.${tries++ % NAMES}` },
        body: new URLSearchParams({ username: `nobody-${tries % NAMES}`, password: "correct horse battery" }),
      });
    const read = () => call("GET", location);
    const health = () => fetch(`${server.url}/health`);
    await logIn();
    const hash = median(await timeAll(logIn, 1, 2));
    const alone = await timeAll(read, CLIENTS, SECONDS);
    const counts = { done: 0, refused: 0 };
    const logInAndCount = async () => {
      const { status } = await logIn();
      counts[status === 429 ? "refused" : "done"]++;
    };
    const [beside] = await Promise.all([timeAll(read, CLIENTS, SECONDS), timeAll(logInAndCount, CLIENTS, SECONDS)]);
    const [checked] = await Promise.all([timeAll(health, 1, SECONDS), timeAll(logIn, 4, SECONDS)]);
    const row = (what: string, times: number[], anchor: string, ratio: number, reach: string): Row => ({
      what,
      ours: `p50 ${quantile(times, 0.5).toFixed(0)} ms, p99 ${quantile(times, 0.99).toFixed(0)} ms of ${times.length}`,
      anchor,
      ratio: ratio.toFixed(2),
      reach,
    });
    const oneHash = `one log-in ${hash.toFixed(0)} ms`;
    return [
      row(`${CLIENTS} readers, no log-ins`, alone, oneHash, quantile(alone, 0.99) / hash, ""),
      row(
        `${CLIENTS} readers beside ${CLIENTS} log-ins (${counts.done} done, ${counts.refused} refused)`,
        beside,
        oneHash,
        quantile(beside, 0.99) / hash,
        "<= 3",
      ),
      row("/health beside 4 log-ins", checked, oneHash, quantile(checked, 0.99) / hash, "<= 3"),
    ];
  } finally {
    server.stop();
  }
}

/** How long each of the calls takes that `clients` make one after the other for some seconds, in ms. */
async function timeAll(call: () => Promise<unknown>, clients: number, seconds: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  const run = async () => {
    while (performance.now() < end) {
      const begin = performance.now();
      const answer = await call();
      if (answer instanceof Response) await answer.arrayBuffer();
      times.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: clients }, run));
  return times;
}

const median = (times: number[]) => quantile(times, 0.5);

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
