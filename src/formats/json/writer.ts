import { writeText } from "./text-writer.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Buckets = { min: Int32Array; max: Int32Array };

/**
 * A lead: its fields, and its `signal` or its `buckets`. A bucket has the lowest and highest of some samples, MISSING
 * for both where all are missing.
 */
export type JsonLead<Signal = Int32Array> = { fields: Record<string, unknown> } & (
  | { signal: Signal }
  | { buckets: Buckets }
);

/** Writes `{ ...fields, leads: [{ ...lead, signal: [...] }] }` in UTF-8, with no array of numbers in between. */
export function writeEcgJson(fields: Record<string, unknown>, leads: readonly JsonLead[]): Bytes {
  return writeText((text) => {
    for (const [i, between] of writeTexts(fields, leads).entries()) {
      text.add(between);
      const lead = leads[i];
      if (lead) text.addValues("signal" in lead ? lead.signal : lead.buckets);
    }
  });
}

/** Like writeEcgJson, for signals that come some samples at a time: yields the JSON as they come. */
export async function* streamEcgJson(
  fields: Record<string, unknown>,
  leads: readonly JsonLead<AsyncIterable<Int32Array>>[],
): AsyncGenerator<Bytes> {
  for (const [i, between] of writeTexts(fields, leads).entries()) {
    yield writeText((text) => text.add(between));
    const lead = leads[i];
    if (!lead) return;
    const values = "signal" in lead ? lead.signal : [lead.buckets];
    let before = "";
    for await (const some of values) {
      const length = some instanceof Int32Array ? some.length : some.min.length;
      if (length === 0) continue;
      yield writeText((text) => {
        text.add(before);
        text.addValues(some);
      });
      before = ",";
    }
  }
}

/** The texts before, between and behind the values of the leads. */
function writeTexts(fields: Record<string, unknown>, leads: readonly JsonLead<unknown>[]): string[] {
  const opened = leads.map((lead) => `${open(lead.fields)}"${"signal" in lead ? "signal" : "buckets"}":[`);
  const head = `${open(fields)}"leads":[`;
  if (opened.length === 0) return [`${head}]}`];
  return [`${head}${opened[0]}`, ...opened.slice(1).map((text) => `]},${text}`), "]}]}"];
}

/** The JSON of an object whose last member is still to come. */
function open(fields: Record<string, unknown>): string {
  const text = JSON.stringify(fields);
  return text === "{}" ? "{" : `${text.slice(0, -1)},`;
}
