import { ecgJson } from "../../src/formats/json/ecg-json.ts";
import { writeEcgJson } from "../../src/formats/json/writer.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { fastest, type Row } from "./measure.ts";

/** Reading and writing a 12-lead ECG of 10 s at 500 Hz, beside what the runtime itself does with its JSON. */
export function benchJson(): Row[] {
  const recording = syntheticEcg();
  const object = toEcgJson(recording);
  const text = JSON.stringify(object);
  const bytes = new TextEncoder().encode(text);
  const leads = recording.leads.map(({ name, samples }) => ({ fields: { name }, signal: samples }));

  for (let i = 0; i < 3; i++) fastest(() => [ecgJson.read(bytes), JSON.parse(text)]);
  const read = fastest(() => ecgJson.read(bytes), 200);
  const parse = fastest(() => JSON.parse(text), 200);
  const decode = fastest(() => JSON.parse(new TextDecoder().decode(bytes)), 200);
  const write = fastest(() => writeEcgJson({}, leads), 200);
  const stringify = fastest(() => JSON.stringify(object), 200);
  const toArrays = fastest(() => {
    const arrays = recording.leads.map(({ name, samples }) => ({ name, signal: Array.from(samples) }));
    return new TextEncoder().encode(JSON.stringify({ leads: arrays }));
  }, 50);

  const ms = (value: number) => `${value.toFixed(3)} ms`;
  const row = (what: string, ours: number, anchor: number, name: string, reach = "") => ({
    what,
    ours: ms(ours),
    anchor: `${name} ${ms(anchor)}`,
    ratio: (ours / anchor).toFixed(2),
    reach,
  });
  return [
    row("parse and validate", read, parse, "JSON.parse of a string"),
    row("parse and validate", read, decode, "JSON.parse of the bytes"),
    row("validate: what it takes beyond JSON.parse", Math.max(read - parse, 0), parse, "JSON.parse", "<= 0.3"),
    row("write", write, stringify, "JSON.stringify of arrays", "<= 0.5"),
    row("write", write, toArrays, "the same from typed arrays to bytes"),
  ];
}
