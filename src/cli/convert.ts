/**
 * `npm run convert` converts a recording from one format to another, with the modules of the service and without the
 * service.
 */
import { createReadStream, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { exit } from "node:process";
import { parseArgs } from "node:util";
import { unzipSync } from "fflate";
import { AppError } from "../errors.ts";
import { ByteStream } from "../formats/byte-stream.ts";
import type { ReadOptions, WriteOptions } from "../formats/format.ts";
import { findFormatByName, formats } from "../formats/index.ts";
import { openRecording } from "../formats/open.ts";
import { joinStretches } from "../formats/read-whole.ts";
import { isTimeZone } from "../recording/local-time.ts";

const USAGE = `npm run convert -- [options] IN... OUT
  IN...                 the files of one recording: WFDB's .hea .dat .atr, a zip of them, or one file of another format
  OUT                   its extension says the format, unless --format does; OUT.hea writes WFDB's files beside one another
  --format ID           one of: ${writable().join(" ")}
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
  --fhir-version R4|R5`;

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

const { values: options, positionals } = readOptions();
const output = positionals.pop();
if (output === undefined || positionals.length === 0) fail(USAGE);
const format =
  options.format === undefined ? findFormatByName(output, formats) : formats.find(({ id }) => id === options.format);
if (!format?.write) fail(`No format to write is known by ${options.format ?? extname(output)}.\n\n${USAGE}`);
for (const [name, choices] of Object.entries(CHOICES)) {
  const choice = options[name as keyof typeof CHOICES];
  if (choice !== undefined && !choices.includes(choice))
    fail(`--${name} is one of ${choices.join(", ")}, not ${choice}.`);
}
if (extname(output) === ".hea" && !/^[\w-]+\.hea$/.test(basename(output))) {
  fail(`A WFDB record's name has letters, digits, - and _ only, unlike ${basename(output)}.`);
}
if (options.resolution !== undefined && !(Number(options.resolution) > 0)) {
  fail(`--resolution is a number of more than 0, not ${options.resolution}.`);
}
if (!isTimeZone(options.timezone)) fail(`${options.timezone} is no IANA time zone.`);

try {
  const files = positionals.map((path) => ({ name: basename(path), bytes: new ByteStream(createReadStream(path)) }));
  const { head, stretches } = await openRecording(files, {
    timeZone: options.timezone,
    leads: options.leads?.split(","),
    samplingRate: options["sampling-rate"] === undefined ? undefined : Number(options["sampling-rate"]),
    units: options["input-units"] as ReadOptions["units"],
    resolution: options.resolution === undefined ? undefined : Number(options.resolution),
    keepSubject: options["keep-subject"],
  });
  const written = format.write(await joinStretches(head, stretches), {
    name: basename(output, extname(output)).replace(/[^\w-]/g, "_"),
    timeZone: options.timezone,
    units: options.units === "mv" ? "mv" : "adc",
    // These were compared with CHOICES.
    layout: (options.layout ?? "3x4") as WriteOptions["layout"],
    rhythm: options.rhythm?.split(",").filter(Boolean),
    order: options.order as WriteOptions["order"],
    speed: options.speed === undefined ? undefined : Number(options.speed),
    gain: options.gain === undefined ? undefined : Number(options.gain),
    paper: options.paper as WriteOptions["paper"],
    fhirVersion: options["fhir-version"] === "R5" ? "R5" : "R4",
  });
  mkdirSync(dirname(output), { recursive: true });
  if (extname(output) === ".hea") {
    for (const [name, bytes] of Object.entries(unzipSync(written))) writeFileSync(join(dirname(output), name), bytes);
  } else writeFileSync(output, written);
} catch (error) {
  if (!(error instanceof AppError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
  fail((error as Error).message);
}

function readOptions() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        format: { type: "string" },
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
    return fail(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function writable(): string[] {
  return formats.filter(({ write }) => write).map(({ id }) => id);
}

function fail(message: string): never {
  console.error(message);
  exit(1);
}
