import { AppError, newInputError } from "../../errors.ts";
import type { ByteStream } from "../byte-stream.ts";
import { type Format, FormatError, type InputFile, type OpenRecording, type Stretch } from "../format.ts";
import { ecgJson, readSamples, sortByLead } from "./ecg-json.ts";

/** The most lines without samples: they cost as much as those with some. */
const MAX_IDLE_LINES = 1000;
/** The longest line, in bytes. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * JSON Lines, for recordings of any length. The first line is an ECG as `ecgJson` reads it, with its first samples or
 * none; each line after it has the next samples of every lead, as an append has them.
 */
export const jsonLines = {
  id: "jsonl",
  mediaTypes: ["application/jsonl", "application/x-ndjson", "application/ndjson"],
  extensions: [".jsonl", ".ndjson"],
  // A first line alone is an ECG in JSON.
  detect: () => false,
  open,
} satisfies Format;

async function open({ bytes }: InputFile): Promise<OpenRecording> {
  const first = await bytes.readLine(MAX_LINE_BYTES);
  if (!first) throw new FormatError("line 1", "there is none");
  const { leads, annotations: _, ...about } = onLine(1, () => ecgJson.read(first));
  const head = { ...about, leads: leads.map(({ samples: _, ...lead }) => lead) };
  const samples = leads.map((lead) => lead.samples);
  return {
    head,
    stretches: readStretches(
      bytes,
      leads.map(({ name }) => name),
      samples,
    ),
  };
}

async function* readStretches(bytes: ByteStream, names: string[], first: Int32Array[]): AsyncGenerator<Stretch> {
  yield { samples: first };
  const counts = first.map((samples) => samples.length);
  let idle = 0;
  for (let number = 2; ; number++) {
    const line = await bytes.readLine(MAX_LINE_BYTES);
    if (!line) return;
    const isBlank = line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
    const next = isBlank ? [] : onLine(number, () => sortByLead(names, readSamples(line)));
    if (next.every(({ samples }) => samples.length === 0) && ++idle > MAX_IDLE_LINES) {
      throw new FormatError(`line ${number}`, `is one more than ${MAX_IDLE_LINES} lines without samples`);
    }
    if (isBlank) continue;
    for (const [i, { name, startSample, samples }] of next.entries()) {
      if (startSample !== counts[i]) {
        const message = `the lead ${JSON.stringify(name)} goes on from ${counts[i]}, not ${startSample}`;
        throw new FormatError(`line ${number}`, message);
      }
      counts[i] += samples.length;
    }
    yield { samples: next.map(({ samples }) => samples) };
  }
}

/** Gives what `read` gives. What is wrong with the JSON of a line is thrown with the number of the line. */
function onLine<T>(number: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { errors, ...options } = error.options;
    if (errors) throw newInputError(errors.map(({ path, message }) => ({ path: `line ${number}: ${path}`, message })));
    throw new AppError(error.code, { ...options, detail: `Line ${number}: ${error.message}` });
  }
}
