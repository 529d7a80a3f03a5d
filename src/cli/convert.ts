/**
 * `npm run convert` converts recordings from one format to another, with the modules of the service and without the
 * service.
 */
import {
  createReadStream,
  existsSync,
  mkdirSync,
  type ReadStream,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import process, { exit, pid, stderr } from "node:process";
import { parseArgs } from "node:util";
import { unzipSync } from "fflate";
import { AppError } from "../errors.ts";
import { ByteStream } from "../formats/byte-stream.ts";
import type { Format, ReadOptions, WriteOptions } from "../formats/format.ts";
import { findFormatByName, formats } from "../formats/index.ts";
import { openRecording } from "../formats/open.ts";
import { joinStretches } from "../formats/read-whole.ts";
import { isTimeZone } from "../recording/local-time.ts";
import { ProgressBar } from "./progress.ts";
import { groupPaths, type InputPaths, stemOf } from "./recordings.ts";

const USAGE = `npm run convert -- [options] IN... OUT
npm run convert -- [options] --to ID IN... FOLDER
  IN...                 the files of one recording: WFDB's .hea .dat .atr, a zip of them, or one file of another format;
                        with --to of any number of recordings, each of which becomes a file in FOLDER
  OUT                   its extension says the format, unless --format does; OUT.hea writes WFDB's files beside one another
  --format ID, --to ID  one of: ${writable().join(" ")}
  --force               overwrite what is in FOLDER
  --timezone NAME       the IANA zone of times that name none; UTC, if not given
  --leads II,V1         only these, by name
  --sampling-rate HZ    of a file that does not say it
  --input-units mv|uv|adc   of CSV's and MATLAB's numbers that name no unit
  --resolution STEP     that numbers of CSV and FHIR are rounded to, in their unit, where they have too many digits
  --keep-subject        keep what the file says of the person
  --units adc|mv        of CSV
  --layout NAME         of SVG and PDF: one of 3x4 6x2 12x1 rows
  --rhythm II,V1        the leads of the rhythm strips below the twelve; with --rhythm= none
  --order cabrera       limb leads as aVL, I, -aVR, II, aVF, III
  --speed 12.5|25|50    mm/s
  --gain 5|10|20        mm/mV
  --paper a4|letter     of PDF
  --fhir-version R4|R5
What is not kept, not understood or assumed is told on stderr. Exits with 0 if all is converted, 1 if something is not, 2
if the command is wrong.`;

/** Exit statuses. */
const [FAILED, MISUSED] = [1, 2];

/** The options that take one of a few words. */
const CHOICES = {
  "input-units": ["adc", "mv", "uv"],
  units: ["adc", "mv"],
  layout: ["3x4", "6x2", "12x1", "rows"],
  order: ["standard", "cabrera"],
  speed: ["12.5", "25", "50"],
  gain: ["5", "10", "20"],
  paper: ["a4", "letter"],
  "fhir-version": ["R4", "R5"],
};

/** Parameters of requests that messages name, as this command calls them. */
const PARAMETERS: Record<string, string> = {
  keep_subject: "--keep-subject",
  leads: "--leads",
  sampling_rate: "--sampling-rate",
  timezone: "--timezone",
  units: "--input-units",
  resolution: "--resolution",
};

/** A recording's files, and the file that it becomes. */
type Task = { inputs: InputPaths; output: string };
type WritableFormat = Format & Required<Pick<Format, "write">>;

const { values: options, positionals } = readOptions();
const format = findWanted();
requireGoodOptions();
const tasks = options.to === undefined ? [toTask(positionals)] : toTasks(positionals);
const bar = new ProgressBar(
  stderr,
  tasks.flatMap(({ inputs }) => inputs).reduce((sum, path) => sum + sizeOf(path), 0),
);
let isFailed = false;
for (const task of tasks) {
  try {
    for (const note of await convert(task)) tell(task, note);
  } catch (error) {
    isFailed = true;
    const isKnown = error instanceof AppError || (error as NodeJS.ErrnoException).code !== undefined;
    tell(task, isKnown ? (error as Error).message : ((error as Error).stack ?? String(error)));
  }
}
bar.clear();
if (isFailed) process.exitCode = FAILED;

/** Converts a recording, and gives the notes on it. */
async function convert({ inputs, output }: Task): Promise<string[]> {
  // No bytes are read for what would not be written.
  if (options.to !== undefined) requireFree(output);
  for (const path of inputs) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
      throw new AppError("invalid", { detail: `${path} is a folder: give the files in it.` });
  }
  const streams: ReadStream[] = [];
  try {
    const given = inputs.map((path) => ({ name: basename(path), bytes: new ByteStream(readParts(path, streams)) }));
    const { head, stretches } = await openRecording(given, {
      timeZone: options.timezone,
      leads: options.leads?.split(","),
      samplingRate: toNumber(options["sampling-rate"]),
      // This and others below were compared with CHOICES.
      units: options["input-units"] as ReadOptions["units"],
      resolution: toNumber(options.resolution),
      keepSubject: options["keep-subject"],
    });
    const recording = await joinStretches(head, stretches);
    const written = format.write(recording, {
      name: toRecordName(stemOf(output)),
      timeZone: options.timezone,
      units: options.units === "mv" ? "mv" : "adc",
      layout: (options.layout ?? "3x4") as WriteOptions["layout"],
      rhythm: options.rhythm?.split(",").filter(Boolean),
      order: options.order as WriteOptions["order"],
      speed: toNumber(options.speed),
      gain: toNumber(options.gain),
      paper: options.paper as WriteOptions["paper"],
      fhirVersion: options["fhir-version"] === "R5" ? "R5" : "R4",
    });
    const isRecord = extname(output) === ".hea";
    const entries = isRecord ? Object.entries(unzipSync(written)) : [[basename(output), written] as const];
    const files = entries.map(([name, bytes]) => ({ path: join(dirname(output), name), bytes }));
    for (const { path } of files) requireOther(path, inputs);
    writeFiles(files);
    return recording.notes ?? [];
  } finally {
    for (const stream of streams) stream.destroy();
  }
}

/** The bytes of a file as they are read. It is opened when the first of them are wanted. */
async function* readParts(path: string, streams: ReadStream[]): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(path);
  streams.push(stream);
  for await (const part of stream) {
    bar.advance(part.length, basename(path));
    yield part;
  }
}

/** Writes files under other names, and renames them when all are there: none is ever half there. */
function writeFiles(files: readonly { path: string; bytes: Uint8Array }[]): void {
  const made: { from: string; to: string }[] = [];
  try {
    for (const { path, bytes } of files) {
      if (options.to !== undefined) requireFree(path);
      mkdirSync(dirname(path), { recursive: true });
      // A pipe or a device has no name to be renamed to.
      if (existsSync(path) && !statSync(path).isFile()) {
        writeFileSync(path, bytes);
        continue;
      }
      const to = existsSync(path) ? realpathSync(path) : path;
      const from = join(dirname(to), `.${basename(to)}.${pid}.part`);
      made.push({ from, to });
      writeFileSync(from, bytes);
    }
    for (const { from, to } of made) renameSync(from, to);
  } finally {
    for (const { from } of made) rmSync(from, { force: true });
  }
}

/** Nothing is written over what it is made of: a format may not keep all that another had. */
function requireOther(path: string, inputs: InputPaths): void {
  const isGiven = (input: string) => realpathSync(input) === realpathSync(path);
  if (existsSync(path) && statSync(path).isFile() && inputs.some(isGiven))
    throw new AppError("conflict", { detail: `${path} is what is converted: give another name.` });
}

function requireFree(path: string): void {
  if (existsSync(path) && !options.force)
    throw new AppError("conflict", { detail: `${path} is there: --force overwrites it.` });
}

function tell({ inputs }: Task, message: string): void {
  bar.clear();
  console.error(toPlainLines(`${inputs[0]}: ${inWordsOfShell(message)}`));
}

/** A text without control characters but ends of lines: a file's name may have commands to the terminal in it. */
function toPlainLines(text: string): string {
  return text.replace(/[^\P{Cc}\n]+/gu, " ");
}

/** A message with this command's options for the parameters of requests: `--keep-subject` for `keep_subject=true`. */
function inWordsOfShell(message: string): string {
  return message.replace(/\b([a-z_]+)=(true\b)?(?=(\w?))/g, (found, name: string, yes?: string, next?: string) => {
    const option = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    return option === undefined ? found : `${option}${yes || !next ? "" : " "}`;
  });
}

/** The one recording of the form `IN... OUT`. */
function toTask(paths: readonly string[]): Task {
  const inputs = paths.slice(0, -1);
  const output = paths[paths.length - 1];
  if (existsSync(output) && statSync(output).isDirectory()) {
    misuse(`${output} is a folder: --to says the format of the files in it.`);
  }
  if (extname(output) === ".hea" && toRecordName(stemOf(output)) !== stemOf(output)) {
    misuse(`A WFDB record's name has letters, digits, - and _ only, unlike ${basename(output)}.`);
  }
  const first = inputs.find((path) => extname(path).toLowerCase() === ".hea") ?? inputs[0];
  return { inputs: [first, ...inputs.filter((path) => path !== first)], output };
}

/** The recordings of the form `--to ID IN... FOLDER`. No two of them may become one file, in any case of its name. */
function toTasks(paths: readonly string[]): Task[] {
  const folder = paths[paths.length - 1];
  if (existsSync(folder) && !statSync(folder).isDirectory()) misuse(`${folder} is no folder.`);
  const extension = format.id === "wfdb" ? ".hea" : format.extensions[0];
  const taken = new Map<string, string>();
  return groupPaths(paths.slice(0, -1)).map((inputs) => {
    const stem = extension === ".hea" ? toRecordName(stemOf(inputs[0])) : stemOf(inputs[0]);
    const output = join(folder, `${stem}${extension}`);
    const other = taken.get(output.toLowerCase());
    if (other !== undefined) misuse(`${other} and ${inputs[0]} would both become ${output}.`);
    taken.set(output.toLowerCase(), inputs[0]);
    return { inputs, output };
  });
}

/** A name with the characters that WFDB takes for a record's. */
function toRecordName(name: string): string {
  return name.replace(/[^\w-]/g, "_");
}

/** The bytes of a file; 0 for one that is not there, which is told when it is converted. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function findWanted(): WritableFormat {
  if (positionals.length < 2) misuse(USAGE);
  // npm writes lines of its own to the standard output.
  if (positionals.includes("-")) misuse("Files are read and written by their names: - is none.");
  if (options.to !== undefined && options.format !== undefined) misuse("--to and --format say the same: give one.");
  const id = options.to ?? options.format;
  const output = positionals[positionals.length - 1];
  const found = id === undefined ? findFormatByName(output, formats) : formats.find((format) => format.id === id);
  if (!found?.write) misuse(`No format to write is known by ${id ?? (extname(output) || output)}.\n\n${USAGE}`);
  return { ...found, write: found.write };
}

function requireGoodOptions(): void {
  for (const [name, choices] of Object.entries(CHOICES)) {
    const choice = options[name as keyof typeof CHOICES];
    if (choice !== undefined && !choices.includes(choice))
      misuse(`--${name} is one of ${choices.join(", ")}, not ${choice}.`);
  }
  if (!isTimeZone(options.timezone)) misuse(`${options.timezone} is no IANA time zone.`);
  for (const name of ["sampling-rate", "resolution"] as const) {
    const text = options[name];
    if (text !== undefined && !(Number(text) > 0)) misuse(`--${name} is a number of more than 0, not ${text}.`);
  }
}

function toNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function readOptions() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        format: { type: "string" },
        to: { type: "string" },
        force: { type: "boolean", default: false },
        timezone: { type: "string", default: "UTC" },
        leads: { type: "string" },
        "sampling-rate": { type: "string" },
        "input-units": { type: "string" },
        resolution: { type: "string" },
        "keep-subject": { type: "boolean", default: false },
        units: { type: "string" },
        layout: { type: "string" },
        rhythm: { type: "string" },
        order: { type: "string" },
        speed: { type: "string" },
        gain: { type: "string" },
        paper: { type: "string" },
        "fhir-version": { type: "string" },
      },
    });
  } catch (error) {
    return misuse(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function writable(): string[] {
  return formats.filter(({ write }) => write).map(({ id }) => id);
}

function misuse(message: string): never {
  console.error(message);
  exit(MISUSED);
}
