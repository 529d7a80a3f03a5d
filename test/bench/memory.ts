import { startServer } from "../support/server.ts";
import { type Call, newUser } from "../support/session.ts";
import { newSignal } from "../support/signals.ts";
import { watchHeap } from "./heap.ts";
import type { Row } from "./measure.ts";

/** Requests that are sent at once. */
const AT_ONCE = 8;
/** The largest body of JSON, in bytes. */
const BODY_BYTES = 16 * 1024 * 1024;
/** The longest text of annotations, in bytes. */
const ANNOTATION_BYTES = 8 * 1024 * 1024;
/** The most samples of a file that is written, in leads of so many. */
const [LEADS, LEAD_SAMPLES] = [8, 2 ** 19];
const ISOLATE_MIB = 128;

/** What an isolate holds while large requests of one kind come at once; garbage is collected before each look. */
export async function benchMemory(): Promise<Row[]> {
  const server = await startServer();
  try {
    const call = await newUser(server);
    const path = await sendLong(call);
    const kinds: { what: string; send: () => Promise<Response> }[] = [
      { what: "bodies of 16 MiB, samples of one digit", send: () => call("POST", "/ecg", newBody("7,")) },
      ...["csv", "aecg", "edf", "json"].map((format) => ({
        what: `files of 4 M samples, ${format}`,
        send: () => call("GET", `${path}?format=${format}`),
      })),
      { what: "annotations of 8 MiB, sent", send: () => call("PUT", `${path}/annotations/mine`, newAnnotations()) },
      { what: "annotations of 8 MiB, read", send: () => call("GET", `${path}/annotations/mine`) },
      { what: "annotations of 8 MiB, compared", send: () => call("GET", `${path}/annotations/mine/compare?with=mine`) },
    ];
    const rows: Row[] = [];
    for (const { what, send } of kinds) {
      const heap = await watchHeap(server.inspectorPort, true);
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          const answer = await send();
          await answer.arrayBuffer();
          return answer.status;
        }),
      );
      heap.stop();
      process.stderr.write(`${what}: ${heap.peakMiB()} MiB, ${answers.join(" ")}\n`);
      const refused = answers.filter((status) => status === 503).length;
      if (answers.some((status) => status >= 300 && status !== 503)) throw new Error(answers.join());
      rows.push({
        what: `${AT_ONCE} ${what}`,
        ours: `${heap.peakMiB()} MiB`,
        anchor: `an isolate has 128 MB; ${refused} were told to come again`,
        ratio: (heap.peakMiB() / ISOLATE_MIB).toFixed(2),
        reach: "< 1",
      });
    }
    return rows;
  } finally {
    server.stop();
  }
}

function newBody(sample: string): string {
  const [head, tail] = ['{"leads":[{"name":"II","signal":[', "1]}]}"];
  const count = Math.floor((BODY_BYTES - head.length - tail.length) / sample.length);
  return head + sample.repeat(count) + tail;
}

function newAnnotations(): string {
  const items: string[] = [];
  for (let bytes = 100; bytes < ANNOTATION_BYTES; bytes += (items.at(-1)?.length ?? 0) + 1) {
    items.push(`{"time":${(items.length * 0.012).toFixed(3)},"code":"N"}`);
  }
  return `{"items":[${items.slice(0, -1)}]}`;
}

/** Stores an ECG of as many samples as a file may have, and gives its path. */
async function sendLong(call: Call): Promise<string> {
  const leads = Array.from({ length: LEADS }, (_, i) => ({ name: `V${i}`, gain: 1000, signal: [] as number[] }));
  const part = LEAD_SAMPLES / 8;
  const signals = leads.map((_, i) => newSignal(LEAD_SAMPLES, i + 1));
  const lines = Array.from({ length: 8 }, (_, step) => ({
    leads: leads.map(({ name }, i) => ({
      name,
      start_sample: step * part,
      signal: [...signals[i].subarray(step * part, (step + 1) * part)],
    })),
  }));
  const body = [{ sampling_rate: 500, leads }, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("");
  const answer = await call("POST", "/ecg", body, "application/jsonl");
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`);
  return answer.headers.get("location") ?? "";
}
