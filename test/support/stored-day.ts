import { type Call, postEcg } from "./session.ts";
import { syntheticEcg } from "./synthetic-ecg.ts";

const HOURS = 24;
const LEADS = ["II", "V1", "V5"];
/** So much is generated, and sent again and again. */
const PART_SECONDS = 300;

/**
 * Sends a recording of a day with three leads.
 *
 * @param samplingRate Hz
 * @returns its id
 */
export async function storeDay(call: Call, samplingRate: number): Promise<string> {
  const part = syntheticEcg({ seconds: PART_SECONDS, samplingRate, heartRate: 50, noise: 0, gain: 200 });
  const signals = LEADS.map((name) => [...(part.leads.find((lead) => lead.name === name)?.samples ?? [])].join());
  const head = { sampling_rate: samplingRate, leads: LEADS.map((name) => ({ name, gain: 200, signal: [] })) };
  const lines = Array.from({ length: (HOURS * 3600) / PART_SECONDS }, (_, i) => {
    const start = i * PART_SECONDS * samplingRate;
    const leads = LEADS.map((name, n) => `{"name":"${name}","start_sample":${start},"signal":[${signals[n]}]}`);
    return `{"leads":[${leads}]}\n`;
  });
  const body = new Blob([`${JSON.stringify(head)}\n`, ...lines]).stream();
  return postEcg(call, body, "application/jsonl");
}
