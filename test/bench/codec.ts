import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { decodeChunk, encodeChunk } from "../../src/codec/chunk.ts";
import type { Lead } from "../../src/recording/recording.ts";
import { cutChunks } from "../../src/store/chunk-plan.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";
import { fastest, type Row } from "./measure.ts";
import { readWfdb } from "./wfdb.ts";

type Record = { name: string; leads: Lead[] };

/** Bits a sample and speed, beside `flac -8`, of the WFDB records of a folder, or of generated ones. */
export async function benchCodec(data: string | undefined): Promise<Row[]> {
  const folders = data === undefined ? { generated: generate() } : await readFolders(data);
  // The first record must not pay for what the engine has yet to compile.
  for (let i = 0; i < 3; i++) speedRows("", generate(), false);
  const hasFlac = spawnSync("flac", ["--version"]).status === 0;
  return Object.entries(folders).flatMap(([name, records]) => [
    sizeRow(name, records, hasFlac),
    ...speedRows(name, records, hasFlac),
  ]);
}

/** The chunks that a record is stored in. */
function cut({ leads }: Record): Int32Array[][] {
  const steps = cutChunks(leads.map(({ samplingRate, samples }) => ({ samplingRate, sampleCount: samples.length })));
  const count = Math.max(...leads.map(({ samples }, i) => Math.ceil(samples.length / steps[i])));
  return Array.from({ length: count }, (_, chunk) =>
    leads.map(({ samples }, i) => samples.slice(chunk * steps[i], (chunk + 1) * steps[i])),
  );
}

function sizeRow(name: string, records: Record[], hasFlac: boolean): Row {
  let ours = 0;
  let theirs = 0;
  let worst = { ratio: 0, name: "" };
  for (const record of records) {
    let own = 0;
    for (const chunk of cut(record)) {
      const bytes = encodeChunk(chunk);
      const back = decodeChunk(bytes);
      if (chunk.some((samples, i) => !Buffer.from(samples.buffer).equals(toBytes(back[i]))))
        throw new Error(`${record.name} came back changed`);
      own += bytes.length;
    }
    const flac = hasFlac ? flacBytes(record) : 0;
    if (own / flac > worst.ratio) worst = { ratio: own / flac, name: record.name };
    ours += own;
    theirs += flac;
  }
  const bits = (bytes: number) => `${((8 * bytes) / countSamples(records)).toFixed(3)} bits a sample`;
  return {
    what: `size, ${name}: ${records.length} records`,
    ours: bits(ours),
    anchor: hasFlac ? `flac -8 ${bits(theirs)}` : "flac is not installed",
    ratio: hasFlac ? `${(ours / theirs).toFixed(3)}, at most ${worst.ratio.toFixed(3)} (${worst.name})` : "",
    reach: { mitdb: "<= 0.98", ludb: "<= 0.72", "s0010_re, 12 leads": "<= 0.64" }[name] ?? "<= 1",
  };
}

/** Of up to a dozen records: each one's fastest, which no neighbour on the machine has disturbed. */
function speedRows(name: string, records: Record[], hasFlac: boolean): Row[] {
  const some = records
    .slice(0, 12)
    .map((record) => ({ name: record.name, leads: record.leads, chunks: cut(record).slice(0, 4) }));
  const samples = some.flatMap(({ chunks }) => chunks.flat()).reduce((sum, { length }) => sum + length, 0);
  const rate = (ms: number, count = samples) => count / ms / 1000;
  const coded = some.map(({ chunks }) => chunks.map((chunk) => encodeChunk(chunk)));
  const sum = (times: number[]) => times.reduce((total, time) => total + time, 0);
  const encode = rate(sum(some.map(({ chunks }) => fastest(() => chunks.map((chunk) => encodeChunk(chunk)), 25))));
  const decode = rate(sum(coded.map((chunks) => fastest(() => chunks.map((bytes) => decodeChunk(bytes)), 40))));
  const flac = hasFlac ? flacSpeed(records[0]) : { encode: 0, decode: 0 };
  const row = (what: "encode" | "decode", ours: number, reach: string): Row => ({
    what: `${what}, ${name}`,
    ours: `${ours.toFixed(1)} M samples/s`,
    anchor: hasFlac ? `flac -8 ${flac[what].toFixed(1)} M samples/s` : "flac is not installed",
    ratio: hasFlac ? (ours / flac[what]).toFixed(2) : "",
    reach,
  });
  return [row("encode", encode, ">= 15 M samples/s, 12 leads"), row("decode", decode, ">= 50 M samples/s, 12 leads")];
}

/** A lead at a time, the frames alone: no header, no padding, no seek table. */
function flacBytes(record: Record): number {
  return inFolder((folder) =>
    record.leads.reduce((sum, { samples }) => sum + countFrameBytes(runFlac(folder, samples)), 0),
  );
}

function flacSpeed({ leads }: Record): { encode: number; decode: number } {
  return inFolder((folder) => {
    // The program's own start is most of the time for a short record: a long one is made of it.
    const samples = new Int32Array(4_000_000);
    for (let i = 0; i < samples.length; i += leads[0].samples.length)
      samples.set(leads[0].samples.subarray(0, samples.length - i), i);
    const encode = fastest(() => runFlac(folder, samples), 3);
    const file = runFlac(folder, samples);
    const decode = fastest(() => spawnSync("flac", ["-d", "-s", "-f", "-o", join(folder, "back.wav"), file]), 3);
    return { encode: samples.length / encode / 1000, decode: samples.length / decode / 1000 };
  });
}

function runFlac(folder: string, samples: Int32Array): string {
  const raw = join(folder, "lead.raw");
  const file = join(folder, "lead.flac");
  writeFileSync(raw, toBytes(Int16Array.from(samples)));
  const form = [
    "--force-raw-format",
    "--endian=little",
    "--sign=signed",
    "--channels=1",
    "--bps=16",
    "--sample-rate=1000",
  ];
  const { status, stderr } = spawnSync(
    "flac",
    ["-8", "-s", "-f", "--no-padding", "--no-seektable", ...form, "-o", file, raw],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return file;
}

/** https://www.rfc-editor.org/rfc/rfc9639, section 8: metadata blocks, of which the last has its highest bit set. */
function countFrameBytes(file: string): number {
  const bytes = readFileSync(file);
  let position = 4;
  let isLast = false;
  while (!isLast) {
    isLast = (bytes[position] & 0x80) !== 0;
    position += 4 + bytes.readUIntBE(position + 1, 3);
  }
  return bytes.length - position;
}

function inFolder<T>(run: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "bench-codec-"));
  try {
    return run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The records of a folder and those below it, by the folder's name; what the reader cannot read is said and left out. */
async function readFolders(data: string): Promise<{ [name: string]: Record[] }> {
  const folders: { [name: string]: Record[] } = {};
  if (existsSync(`${data}.hea`)) {
    return { [basename(data)]: [{ name: basename(data), leads: (await readWfdb(data)).leads }] };
  }
  for (const entry of readdirSync(data, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith(".hea")) continue;
    const name = entry.name.slice(0, -4);
    try {
      const { leads } = await readWfdb(join(entry.parentPath, name));
      // A folder of single recordings of different kinds is no database.
      const group = basename(entry.parentPath) === "formats" ? name : basename(entry.parentPath);
      folders[group] ??= [];
      folders[group].push({ name, leads });
      // The reference figures are of the twelve standard leads alone.
      if (leads.length > 12) folders[`${group}, 12 leads`] = [{ name, leads: leads.slice(0, 12) }];
    } catch (error) {
      console.log(`left out ${name}: ${(error as Error).message}`);
    }
  }
  return folders;
}

function generate(): Record[] {
  return Array.from({ length: 8 }, (_, i) => ({
    name: `seed ${i}`,
    leads: syntheticEcg({ seed: i, heartRate: 50 + 10 * i }).leads,
  }));
}

function countSamples(records: Record[]): number {
  return records.flatMap(({ leads }) => leads).reduce((sum, { samples }) => sum + samples.length, 0);
}

function toBytes({ buffer, byteOffset, byteLength }: Int32Array | Int16Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}
