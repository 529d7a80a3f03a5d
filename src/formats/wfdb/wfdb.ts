import type { Annotation } from "../../recording/recording.ts";
import {
  type Format,
  FormatError,
  type InputFile,
  type NextFile,
  type OpenRecording,
  PREFIX_BYTES,
  type ReadOptions,
  type Stretch,
} from "../format.ts";
import { readAnnotations } from "./annotations.ts";
import { type Header, readHeader, toFileKey } from "./header.ts";
import { type OpenRecord, openSegments, openSignals } from "./record.ts";
import { RecordFiles } from "./record-files.ts";
import { SIGNAL_FORMATS } from "./signals.ts";
import { writeRecord } from "./writer.ts";

/**
 * The WaveForm DataBase of PhysioNet: a header, the files of signals that it names, and annotations. The files are
 * read, a `.hea` among them; a zip of them is written. Specification: header(5), signal(5) and annot(5) of the WFDB
 * Applications Guide, https://physionet.org/physiotools/wag/, and https://github.com/wfdb/wfdb-spec.
 */
export const wfdb = {
  id: "wfdb",
  mediaTypes: ["application/zip"],
  extensions: [".zip", ".hea"],
  detect,
  open,
  write: writeRecord,
} satisfies Format;

type NamedHeader = { name: string; header: Header };

/** The characters of a line that are looked at: the reference library reads no more. */
const MAX_LINE_LENGTH = 255;

/**
 * Whether a file begins with a header. It has no magic: it is text without commas, whose first two lines but for
 * comments fit each other.
 */
function detect(prefix: Uint8Array): boolean {
  const lines = new TextDecoder("latin1").decode(prefix).split(/[\r\n]+/);
  const [record = "", next = ""] = lines
    .map((line) => line.slice(0, MAX_LINE_LENGTH).trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const title = /^[\w-]+(\/\d+)?[ \t]+\d+(?:[ \t]+[\d.][^ \t,;]*(?:[ \t]+\d+(?:[ \t][^,;]*)?)?)?$/.exec(record);
  if (!title) return false;
  if (title[1]) return /^[\w~-]+[ \t]+\d+$/.test(next);
  // A file's name is no number: lines of those are a table.
  const format = /^\S*[A-Za-z~]\S*[ \t]+(\d+)(?:x\d+)?(?::\d+)?(?:\+\d+)?(?:[ \t]|$)/.exec(next)?.[1];
  return format !== undefined && (format === "0" || SIGNAL_FORMATS.includes(Number(format)));
}

async function open(file: InputFile, options: ReadOptions, next: NextFile): Promise<OpenRecording> {
  const files = new RecordFiles(next);
  const { header, name } = await openHeader(file, files, options.timeZone);
  const record = await (header.segments ? openSegments : openSignals)(header, files, options);
  const { subject, device } = header;
  const { recordedAt, frameRate } = record;
  const leads = record.leads.map(({ name, samplesPerFrame, gain, baseline }) => {
    return { name, samplingRate: frameRate * samplesPerFrame, gain, baseline };
  });
  return {
    head: { recordedAt, subject, device, note: null, isOpen: false, leads },
    stretches: readStretches(record, files, name, header.segments === null),
  };
}

/** The bytes of files behind a header that are held to look for the header of a record of which it is a segment. */
const LOOK_AHEAD_BYTES = 8 * 1024 * 1024;

/**
 * Finds the header of the record: that with segments, else the first one. If the first file is no header, all others
 * are held.
 */
async function openHeader(file: InputFile, files: RecordFiles, timeZone: string): Promise<NamedHeader> {
  const name = toFileKey(file.name);
  const isHeader = name.endsWith(".hea") || detect(await file.bytes.peek(PREFIX_BYTES));
  await files.hold(file);
  const toHeader = (name: string) => ({ header: readHeader(files.require(name), name || "header", timeZone), name });
  if (isHeader) {
    const first = toHeader(name);
    if (first.header.segments) return first;
    await files.holdSmall(LOOK_AHEAD_BYTES);
    const headers = files.named(".hea").filter((other) => other !== name);
    return headers.map(toHeader).find(({ header }) => header.segments) ?? first;
  }
  await files.holdRest();
  let found: NamedHeader | undefined;
  for (const other of files.named(".hea")) {
    const own = toHeader(other);
    if (!found || own.header.segments) found = own;
  }
  if (!found) throw new FormatError(name || "file", "is no WFDB header, and none (.hea) is among the files");
  return found;
}

/**
 * Reads the samples, then the annotations.
 *
 * @param isAlone whether no other header belongs to the record
 */
async function* readStretches(
  record: OpenRecord,
  files: RecordFiles,
  headerName: string,
  isAlone: boolean,
): AsyncGenerator<Stretch> {
  for await (const samples of record.samples) yield { samples };
  await files.holdRest(/\.(hea|atr)$/);
  const other = isAlone && files.named(".hea").find((name) => name !== headerName);
  if (other)
    throw new FormatError(other, `is a header beside ${headerName}, which names no segments: one record is read`);
  const annotations = findAnnotations(record, files, headerName);
  yield { samples: record.leads.map(() => new Int32Array(0)), annotations };
}

/** The annotations in the file with the name of the header, or in the only one. */
function findAnnotations({ frameRate, signals }: OpenRecord, files: RecordFiles, headerName: string): Annotation[] {
  const own = headerName.replace(/\.hea$/, ".atr");
  const names = files.named(".atr");
  const name = names.length === 1 ? names[0] : names.find((name) => name === own);
  if (name === undefined) return [];
  const signalNames = signals.map((signal) => signal.name);
  return readAnnotations(files.require(name), name, frameRate, signalNames);
}
