import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Lead, MISSING } from "../../src/recording/recording.ts";

/**
 * The leads of a WFDB record whose signals are all in formats 16 or 212, one sample a frame: enough for the reference
 * databases that benchmarks run on.
 *
 * @param path the header's, without `.hea`
 * @throws Error for any other record
 */
export function readWfdb(path: string): Lead[] {
  const lines = readFileSync(`${path}.hea`, "latin1")
    .split(/\r?\n/)
    .filter((line) => line && !line.startsWith("#"));
  const [, leadCount, samplingRate] = lines[0].split(/\s+/);
  const specs = lines.slice(1, 1 + Number(leadCount)).map((line) => {
    const [file, format, gain = "200", , zero = "0", , , , name = file] = line.split(/\s+/);
    return {
      file,
      format,
      gain: Number.parseFloat(gain),
      baseline: Number(/\((-?\d+)\)/.exec(gain)?.[1] ?? zero),
      name,
    };
  });
  const files = Map.groupBy(specs, (spec) => spec.file);
  return [...files].flatMap(([file, leads]) => {
    const samples = deinterleave(readSamples(join(dirname(path), file), leads[0].format), leads.length);
    return leads.map(({ name, gain, baseline }, i) => ({
      name,
      samplingRate: Number.parseFloat(samplingRate ?? "250"),
      samples: samples[i],
      gain,
      baseline,
    }));
  });
}

function readSamples(file: string, format: string): Int32Array {
  const bytes = readFileSync(file);
  if (format === "16") {
    return Int32Array.from({ length: bytes.length >> 1 }, (_, i) => orMissing(bytes.readInt16LE(2 * i), -32768));
  }
  if (format !== "212") throw new Error(`format ${format} of ${file} is not for this reader`);
  return Int32Array.from({ length: Math.floor((bytes.length * 2) / 3) }, (_, i) => {
    const at = (i >> 1) * 3;
    const raw = i % 2 === 0 ? bytes[at] | ((bytes[at + 1] & 0x0f) << 8) : bytes[at + 2] | ((bytes[at + 1] & 0xf0) << 4);
    return orMissing((raw << 20) >> 20, -2048);
  });
}

function orMissing(sample: number, invalid: number): number {
  return sample === invalid ? MISSING : sample;
}

function deinterleave(samples: Int32Array, count: number): Int32Array[] {
  const length = Math.floor(samples.length / count);
  return Array.from({ length: count }, (_, lead) => Int32Array.from({ length }, (_, i) => samples[i * count + lead]));
}
