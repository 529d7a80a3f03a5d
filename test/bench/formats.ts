/**
 * Reads every recording in a folder, writes it in every format that can carry it, and reads that back: how many samples
 * changed. Files of one name in several formats (`Example.scp`, `Example.dcm`) are compared with each other in millivolts.
 * Usage: npm run bench:formats -- --data FOLDER
 */
import { createReadStream, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { AppError } from "../../src/errors.ts";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import type { InputFile } from "../../src/formats/format.ts";
import { formats } from "../../src/formats/index.ts";
import { openRecording } from "../../src/formats/open.ts";
import { joinStretches } from "../../src/formats/read-whole.ts";
import { findLead } from "../../src/recording/lead-names.ts";
import type { Recording } from "../../src/recording/recording.ts";

const { values } = parseArgs({ options: { data: { type: "string" } } });
if (values.data === undefined) throw new Error("Usage: npm run bench:formats -- --data FOLDER");

const OPTIONS = { name: "record", timeZone: "UTC", units: "adc", layout: "3x4", fhirVersion: "R4" } as const;
type Tally = { same: number; changed: string[]; refused: Map<string, number> };
const tallies = new Map(formats.filter(({ write }) => write).map(({ id }) => [id, newTally()]));
const byName = new Map<string, { path: string; recording: Recording }[]>();

for (const paths of groupFiles(values.data)) {
  const recording = await read(
    paths.map((path) => ({ name: basename(path), bytes: new ByteStream(createReadStream(path)) })),
  );
  const [path] = paths;
  const name = basename(path).split(".", 1)[0];
  byName.set(name, [...(byName.get(name) ?? []), { path, recording }]);
  for (const [id, tally] of tallies) await roundTrip(id, recording, path, tally);
}

for (const [id, { same, changed, refused }] of tallies) {
  const reasons = [...refused].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `  ${count} refused: ${reason}`);
  console.log(
    [`${id}: ${same} recordings with 0 samples changed, ${changed.length} changed`, ...changed, ...reasons].join("\n"),
  );
}
for (const same of byName.values()) {
  for (const other of same.slice(1)) {
    console.log(
      `${basename(same[0].path)} and ${basename(other.path)}: ${compare(same[0].recording, other.recording)}`,
    );
  }
}

async function roundTrip(id: string, recording: Recording, path: string, tally: Tally): Promise<void> {
  const format = formats.find((one) => one.id === id);
  try {
    const bytes = format?.write?.(recording, OPTIONS) ?? new Uint8Array(0);
    const isDrawing = !format?.read && !format?.open;
    const file = { name: `record${format?.extensions[0]}`, bytes: new ByteStream([bytes]) };
    const changed = isDrawing ? 0 : countChanged(recording, await read([file]));
    if (changed === 0) tally.same++;
    else tally.changed.push(`  ${path}: ${changed} samples`);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "not-acceptable") throw error;
    // Numbers and names apart it is the same reason.
    const reason = error.message.replace(/-?\d[\d.]*/g, "#").replace(/lead \S+/gi, "lead #");
    tally.refused.set(reason, (tally.refused.get(reason) ?? 0) + 1);
  }
}

async function read(files: InputFile[]): Promise<Recording> {
  const { head, stretches } = await openRecording(files, { timeZone: "UTC" });
  return joinStretches(head, stretches);
}

/** WFDB's files together, the others one by one. */
function groupFiles(folder: string): string[][] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const headers = names.filter((name) => name.endsWith(".hea"));
  const isOf = (name: string, header: string) =>
    name.startsWith(header.slice(0, -4)) && /\.(hea|dat|atr|xyz)$/.test(name);
  const masters = headers.filter(
    (name) => !headers.some((other) => other !== name && isOf(name, other) && isSegment(name, other)),
  );
  const groups = masters.map((header) =>
    names.filter((name) => name === header || (isOf(name, header) && isOwn(name, header))),
  );
  const known = formats.flatMap(({ extensions }) => extensions);
  const single = names.filter(
    (name) => !headers.some((header) => isOf(name, header)) && known.some((end) => name.endsWith(end)),
  );
  return [...groups, ...single.map((name) => [name])].map((group) => group.map((name) => join(folder, name)));
}

/** `041s01` of `041s`: a master's segments have its name and a number. */
function isSegment(name: string, master: string): boolean {
  return /[a-z]\d+\.\w+$/.test(name) && /[a-z]\.hea$/.test(master);
}

function isOwn(name: string, header: string): boolean {
  return name.slice(0, name.lastIndexOf(".")) === header.slice(0, -4) || isSegment(name, header);
}

function countChanged(recording: Recording, back: Recording): number {
  return recording.leads.reduce((sum, { samples }, i) => sum + countDifferent(samples, back.leads[i]?.samples), 0);
}

function countDifferent(samples: ArrayLike<number>, others: ArrayLike<number> | undefined): number {
  let count = Math.abs(samples.length - (others?.length ?? 0));
  for (let i = 0; i < Math.min(samples.length, others?.length ?? 0); i++) if (samples[i] !== others?.[i]) count++;
  return count;
}

function compare(one: Recording, other: Recording): string {
  const toMillivolts = ({ samples, gain, baseline }: Recording["leads"][number]) =>
    Float64Array.from(samples, (sample) => (sample - baseline) / (gain ?? Number.NaN));
  const counts = one.leads.map((lead) => {
    const same = findLead(other.leads, lead.name);
    return same ? countDifferent(toMillivolts(lead), toMillivolts(same)) : lead.samples.length;
  });
  const total = one.leads.reduce((sum, { samples }) => sum + samples.length, 0);
  return `${counts.reduce((sum, count) => sum + count, 0)} of ${total} samples differ in mV, lead by lead`;
}

function newTally(): Tally {
  return { same: 0, changed: [], refused: new Map() };
}
