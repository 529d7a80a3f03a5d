import { type Annotation, REFERENCE } from "../../recording/recording.ts";
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
import { isAnnotator, MAX_ANNOTATIONS, readAnnotations } from "./annotations.ts";
import { toFileKey } from "./file-key.ts";
import { type Header, readHeader } from "./header.ts";
import { list, Tally } from "./notes.ts";
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
  writesAnnotations: true,
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
  const title = /^((?:[\w.-]+\/)*[\w-]+)[ \t]+\d+(?:[ \t]+[\d.][^ \t,;]*(?:[ \t]+\d+(?:[ \t][^,;]*)?)?)?$/.exec(record);
  if (!title) return false;
  if (/\/\d+$/.test(title[1]) && /^[\w~-]+[ \t]+\d+$/.test(next)) return true;
  // A file's name is no number: lines of those are a table.
  const format = /^\S*[A-Za-z~]\S*[ \t]+(\d+)(?:x\d+)?(?::\d+)?(?:\+\d+)?(?:[ \t]|$)/.exec(next)?.[1];
  return format !== undefined && (format === "0" || SIGNAL_FORMATS.includes(Number(format)));
}

async function open(file: InputFile, options: ReadOptions, next: NextFile): Promise<OpenRecording> {
  const files = new RecordFiles(next);
  const { header, name } = await openHeader(file, files, options.timeZone);
  files.claim(name);
  const record = await (header.segments ? openSegments : openSignals)(header, files, options);
  const { subject, device } = header;
  const { recordedAt, frameRate, notes } = record;
  const leads = record.leads.map(({ name, samplesPerFrame, gain, baseline, unit }) => {
    return { name, samplingRate: frameRate * samplesPerFrame, gain, baseline, ...(unit !== undefined && { unit }) };
  });
  return {
    head: { recordedAt, subject, device, note: null, isOpen: false, leads, notes },
    stretches: readStretches(record, files, { header, name }),
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
    const headers = files.named((key) => key.endsWith(".hea") && key !== name);
    return headers.map(toHeader).find(({ header }) => header.segments) ?? first;
  }
  await files.holdRest();
  let found: NamedHeader | undefined;
  for (const other of files.named((key) => key.endsWith(".hea"))) {
    const own = toHeader(other);
    if (!found || own.header.segments) found = own;
  }
  if (!found) throw new FormatError(name || "file", "is no WFDB header, and none (.hea) is among the files");
  return found;
}

/** The most bytes of an annotation file but the reference: some 2 million annotations. */
const MAX_ANNOTATION_BYTES = 4 * 1024 * 1024;

/** Reads the samples, then the annotations. */
async function* readStretches(
  record: OpenRecord,
  files: RecordFiles,
  { header, name: headerName }: NamedHeader,
): AsyncGenerator<Stretch> {
  yield* record.stretches;
  const stems = [headerName.replace(/\.hea$/, ""), toFileKey(header.name)];
  const isOfUse = (key: string) =>
    stems.some((stem) => key.startsWith(`${stem}.`) && isAnnotator(key.slice(stem.length + 1)));
  await files.holdSome((key) => /\.(hea|atr)$/.test(key), isOfUse, MAX_ANNOTATION_BYTES);
  const headers = files.named((key) => key.endsWith(".hea"));
  const other = header.segments === null && headers.find((name) => name !== headerName);
  if (other)
    throw new FormatError(other, `is a header beside ${headerName}, which names no segments: one record is read`);
  const { annotations, notes } = findAnnotations(record, files, isOfUse);
  const strangers = files.strangers();
  if (strangers.length > 0) notes.push(`Files that are none of the record's are not kept: ${list(strangers)}.`);
  yield { samples: record.leads.map(() => new Int32Array(0)), annotations, ...(notes.length > 0 && { notes }) };
}

/**
 * The annotations in the files with the record's name, each of an annotator of its own with the extension as its name.
 * Only the reference may have another name, if it is alone and no segment's. Its content alone tells an annotation file
 * of an extension that says nothing.
 */
function findAnnotations(
  { frameRate, signals }: OpenRecord,
  files: RecordFiles,
  isOfRecord: (key: string) => boolean,
): { annotations: Annotation[]; notes: string[] } {
  const annotations: Annotation[] = [];
  const notes: string[] = [];
  const unread = new Tally();
  const signalNames = signals.map((signal) => signal.name);
  const references = files.named((key) => key.endsWith(`.${REFERENCE}`));
  const isSegments = (key: string) => files.named((other) => other === key.replace(/\.atr$/, ".hea")).length > 0;
  const isOnlyReference = (key: string) => references.length === 1 && key === references[0] && !isSegments(key);
  for (const key of files.named((key) => !files.isClaimed(key) && (isOfRecord(key) || isOnlyReference(key)))) {
    const annotator = key.slice(key.lastIndexOf(".") + 1);
    const isReference = annotator === REFERENCE;
    if (!isReference && files.require(key).length > MAX_ANNOTATION_BYTES) continue;
    files.requireOnce(key);
    files.claim(key);
    const options = { most: MAX_ANNOTATIONS - annotations.length, notes, isStrict: !isReference };
    try {
      const own = readAnnotations(files.require(key), key, frameRate, signalNames, options);
      for (const annotation of own) annotations.push(isReference ? annotation : { ...annotation, annotator });
    } catch (error) {
      if (isReference || !(error instanceof FormatError)) throw error;
      const [{ path, message }] = error.options.errors ?? [{ path: key, message: error.message }];
      unread.add(`${path}: ${message}`);
    }
  }
  notes.push(
    ...unread.toNotes(({ count, first }) =>
      count === 1
        ? `A file that is named after the record is no annotation file and is not kept: ${first}.`
        : `${count} files that are named after the record are no annotation files and are not kept, the first ${first}.`,
    ),
  );
  return { annotations: annotations.sort((a, b) => a.time - b.time), notes };
}
