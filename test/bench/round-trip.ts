/**
 * Sends a WFDB record as JSON to a Worker of its own and compares what comes back, sample by sample.
 * Usage: npm run bench:round-trip -- --data FOLDER/RECORD
 */
import { parseArgs } from "node:util";
import { MISSING } from "../../src/recording/recording.ts";
import { startServer } from "../support/server.ts";
import { newUser } from "../support/session.ts";
import { readWfdb } from "./wfdb.ts";

const { values } = parseArgs({ options: { data: { type: "string" } } });
if (!values.data) throw new Error("give --data: the path of a WFDB record, without .hea");
const { leads } = await readWfdb(values.data);
const server = await startServer();
try {
  const call = await newUser(server);
  const body = {
    sampling_rate: leads[0].samplingRate,
    leads: leads.map(({ name, gain, baseline, samples }) => ({
      name,
      gain,
      baseline,
      signal: Array.from(samples, (sample) => (sample === MISSING ? null : sample)),
    })),
  };
  const sent = await call("POST", "/ecg", body);
  const read = await call("GET", sent.headers.get("location") ?? "");
  const ecg = (await read.json()) as typeof body & { leads: { zero_crossings: number }[] };
  let different = 0;
  for (const [i, { name, signal }] of body.leads.entries()) {
    const back = ecg.leads[i].signal;
    different += signal.filter((sample, at) => sample !== back[at]).length + Math.abs(signal.length - back.length);
    console.log(`${name}: ${back.length} samples, ${ecg.leads[i].zero_crossings} zero crossings`);
  }
  console.log(`${sent.status}, ${read.status}: ${body.leads.length} leads, ${different} samples differ`);
  if (different > 0) process.exitCode = 1;
} finally {
  server.stop();
}
