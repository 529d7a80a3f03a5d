import { findLead } from "../recording/lead-names.ts";
import { MILLIVOLT, type RecordingHead } from "../recording/recording.ts";
import { ByteStream } from "./byte-stream.ts";
import { unpackFile } from "./files.ts";
import {
  type Format,
  FormatError,
  type InputFile,
  type NextFile,
  type OpenRecording,
  PREFIX_BYTES,
  type ReadOptions,
  type Stretch,
} from "./format.ts";
import { findFormat, findFormatByName, formats } from "./index.ts";
import { ecgJson } from "./json/ecg-json.ts";
import { jsonLines } from "./json/lines.ts";
import {
  isGain,
  LEAST_GAIN,
  MAX_DEVICE_LENGTH,
  MAX_LEADS,
  MAX_NAME_LENGTH,
  MAX_SAMPLING_RATE_HZ,
  MAX_SUBJECT_LENGTH,
  MAX_UNIT_LENGTH,
  MIN_SAMPLING_RATE_HZ,
  MOST_GAIN,
} from "./limits.ts";
import { MAX_WHOLE_BYTES, openFile } from "./read-whole.ts";
import { findForeign, newUnrecognised, type Unread } from "./unrecognised.ts";

/** The most characters of a note: a name that it tells may be as long as the file. */
const MAX_NOTE_LENGTH = 1000;

const readable = formats.filter((format) => format.read || format.open);

/**
 * Opens the recording in files that come one after the other; an archive counts as the files in it. The format is recognised
 * by a file's content, then by its media type, then by its name.
 *
 * @param mediaType of the only file, if there is one
 * @throws AppError `unsupported-type` when no format is recognised, `malformed` or `invalid` when all is empty; what the
 * format throws, and so do the stretches
 */
export async function openRecording(
  files: AsyncIterable<InputFile> | Iterable<InputFile>,
  options: ReadOptions,
  mediaType = "",
): Promise<{ format: Format; head: RecordingHead; stretches: AsyncGenerator<Stretch> }> {
  const source = unpack(files);
  const aside: (InputFile & { format: Format | undefined })[] = [];
  const unread: Unread[] = [];
  let asideBytes = 0;
  const next = async () => aside.shift() ?? (await source.next()).value ?? undefined;
  for await (const file of { [Symbol.asyncIterator]: () => ({ next: () => source.next() }) }) {
    // A zip's type is not that of the files in it.
    const format = await recogniseFormat(file, file.isUnpacked ? "" : mediaType);
    if (!format) unread.push({ name: file.name, prefix: await file.bytes.peek(PREFIX_BYTES) });
    if (!format || format.mayBelongToOthers || (await isNoEcg(file, format))) {
      // It may be one that another one needs, or stand beside it.
      const bytes = await file.bytes.readAll(MAX_WHOLE_BYTES - asideBytes);
      asideBytes += bytes.length;
      aside.push({ name: file.name, bytes: new ByteStream([bytes]), format });
      continue;
    }
    return openFormat(format, file, options, next);
  }
  const alone = aside.findIndex(({ format }) => format);
  const [file] = alone < 0 ? [] : aside.splice(alone, 1);
  if (file?.format) return openFormat(file.format, file, options, next);
  throw newUnrecognised(unread, mediaType, readable);
}

async function isNoEcg({ bytes }: InputFile, { isNoEcg }: Format): Promise<boolean> {
  return isNoEcg?.(await bytes.peek(PREFIX_BYTES)) ?? false;
}

/** Opens the recording in a file of a format, and keeps of it what is asked for and what makes sense. */
async function openFormat(
  format: Format,
  file: InputFile,
  options: ReadOptions,
  next: NextFile,
): Promise<{ format: Format; head: RecordingHead; stretches: AsyncGenerator<Stretch> }> {
  const opened = await openFile(format, file, options, next);
  const { head: picked, stretches } = format.choosesLeads ? opened : pickLeads(opened, options.leads);
  const head = completeRates(picked, options.samplingRate);
  const isOwn = format === ecgJson || format === jsonLines;
  // In our own JSON it is the sender's pseudonym; in a file it may be a name.
  const isKept = options.keepSubject || isOwn;
  const notes = [...(head.notes ?? [])];
  if (!isKept && head.subject !== null)
    notes.push("The file says who it is of: that is not kept without keep_subject=true.");
  const kept = { ...head, subject: isKept ? head.subject : null, notes };
  return { format, head: checkHead(kept, isOwn), stretches: requireLast(stretches, next) };
}

/** The head with the sampling rate that the sender says, where the file says none at all; where it says others, a note tells that they hold. */
function completeRates(head: RecordingHead, samplingRate: number | undefined): RecordingHead {
  const { leads, notes = [] } = head;
  if (samplingRate === undefined || leads.some((lead) => lead.samplingRate === samplingRate)) return head;
  if (leads.every((lead) => lead.samplingRate === null)) {
    return { ...head, leads: leads.map((lead) => ({ ...lead, samplingRate })) };
  }
  return {
    ...head,
    notes: [...notes, `The file says its sampling rate, which is not ${samplingRate} Hz: that holds.`],
  };
}

async function* unpack(
  files: AsyncIterable<InputFile> | Iterable<InputFile>,
): AsyncGenerator<InputFile & { isUnpacked: boolean }> {
  for await (const file of files) yield* unpackFile(file);
}

/**
 * The format of a file, by its first bytes, then by its media type, then by its name, then by what a form says of it: a browser calls what
 * has no name `blob`. An empty file has none, nor has what plainly is something else.
 */
async function recogniseFormat(
  { name, mediaType: own = "", bytes }: InputFile,
  mediaType = "",
): Promise<Format | undefined> {
  const prefix = await bytes.peek(PREFIX_BYTES);
  if (prefix.length === 0) return undefined;
  const detected = readable.find((format) => format.detect(prefix));
  if (detected || findForeign(prefix) !== undefined) return detected;
  const byName = readable.filter(({ hasMagic }) => !hasMagic);
  return findFormat(mediaType, readable) ?? findFormatByName(name, byName) ?? findFormat(own, byName);
}

/**
 * The recording with the wanted leads in the wanted order. Most readers have chosen already, and read nothing of the others.
 *
 * @throws FormatError for a lead that is not there
 */
function pickLeads(recording: OpenRecording, wanted: readonly string[] | undefined): OpenRecording {
  const { head, stretches } = recording;
  const picked = wanted?.map((name) => findLead(head.leads, name));
  if (!picked || (picked.length === head.leads.length && picked.every((lead, i) => lead === head.leads[i]))) {
    return recording;
  }
  const leads = picked.flatMap((lead) => lead ?? []);
  if (leads.length < picked.length) {
    const missing = wanted?.find((name) => !findLead(head.leads, name));
    const names = head.leads.map(({ name }) => name).join(", ");
    throw new FormatError("leads", `there is no lead ${JSON.stringify(missing)} among ${names}`);
  }
  const places = leads.map((lead) => head.leads.indexOf(lead));
  async function* pick() {
    for await (const stretch of stretches) yield { ...stretch, samples: places.map((i) => stretch.samples[i]) };
  }
  return { head: { ...head, leads }, stretches: pick() };
}

/** Yields the stretches, their notes as they are told, and refuses a second recording behind them: nothing of it would be kept. */
async function* requireLast(stretches: OpenRecording["stretches"], next: NextFile): AsyncGenerator<Stretch> {
  for await (const stretch of stretches) {
    yield stretch.notes ? { ...stretch, notes: stretch.notes.map(toPlainNote) } : stretch;
  }
  for (let file = await next(); file; file = await next()) {
    const format = await recogniseFormat(file);
    if (format && !(await isNoEcg(file, format)))
      throw new FormatError(file.name, "is a second recording: one is taken at a time");
  }
}

/**
 * The head of a recording as it is kept: names of leads are distinct, texts have no control characters and are cut to
 * their limits, a date beyond four-digit years is dropped.
 *
 * @param isOwn whether it came as our own JSON, whose texts are kept as they are: its schema has checked them
 * @throws FormatError for too many leads, or a rate or scale that makes no sense
 */
function checkHead(head: RecordingHead, isOwn: boolean): RecordingHead {
  const clean = isOwn ? (text: string | null) => text : toCleanText;
  const { length } = head.leads;
  if (length === 0) throw new FormatError("leads", "there are none");
  if (length > MAX_LEADS) throw new FormatError("leads", `${length} are more than the ${MAX_LEADS} of an ECG`);
  const notes = [...(head.notes ?? [])];
  const names = new Set<string>();
  const leads = head.leads.map((lead, i) => {
    const { samplingRate, gain, baseline } = lead;
    if (samplingRate !== null && !(samplingRate >= MIN_SAMPLING_RATE_HZ && samplingRate <= MAX_SAMPLING_RATE_HZ)) {
      const range = `${MIN_SAMPLING_RATE_HZ} to ${MAX_SAMPLING_RATE_HZ} Hz`;
      throw new FormatError(`lead ${i + 1}`, `a sampling rate of ${samplingRate} Hz is not within ${range}`);
    }
    if ((gain !== null && !isGain(gain)) || !Number.isFinite(baseline)) {
      const scale = `a gain of ${gain} ADC units per mV with ${baseline} at 0 mV`;
      throw new FormatError(`lead ${i + 1}`, `${scale} is no scale: gains are ${LEAST_GAIN} to ${MOST_GAIN} in size`);
    }
    const name = newName(clean(lead.name, MAX_NAME_LENGTH) ?? `lead ${i + 1}`, names);
    names.add(name);
    if (name !== lead.name) notes.push(`Lead ${i + 1} is called ${quote(name)}, and ${quote(lead.name)} in the file.`);
    const unit = clean(lead.unit ?? null, MAX_UNIT_LENGTH) ?? undefined;
    if (lead.unit !== unit) notes.push(`The unit of ${quote(name)} is kept as ${quote(unit ?? MILLIVOLT)}.`);
    return { ...lead, name, unit: unit === MILLIVOLT ? undefined : unit };
  });
  const { recordedAt } = head;
  const hasDate = recordedAt !== null && Number.isFinite(recordedAt) && Math.abs(recordedAt) <= 8.64e15;
  const year = hasDate ? new Date(recordedAt).getUTCFullYear() : -1;
  const isDated = year >= 0 && year <= 9999;
  if (recordedAt !== null && !isDated) notes.push("The file's date is not kept: its year has no four digits.");
  const keep = (what: string, text: string | null, maxLength: number) => {
    const kept = clean(text, maxLength);
    if (text !== null && kept !== text && kept !== text.trim())
      notes.push(`The ${what} is kept as ${quote(kept ?? "")}.`);
    return kept;
  };
  return {
    ...head,
    leads,
    recordedAt: isDated ? recordedAt : null,
    subject: keep("subject", head.subject, MAX_SUBJECT_LENGTH),
    device: keep("device", head.device, MAX_DEVICE_LENGTH),
    notes: notes.map(toPlainNote),
  };
}

/** A note without control characters, which would be commands to a terminal, and cut to what anybody reads. */
function toPlainNote(note: string): string {
  const plain = note.replace(/\p{Cc}+/gu, " ");
  return plain.length > MAX_NOTE_LENGTH ? `${plain.slice(0, MAX_NOTE_LENGTH)}...` : plain;
}

/** A text in a note, cut to what can be read at a glance. */
function quote(text: string): string {
  return JSON.stringify(text.length > MAX_NAME_LENGTH ? `${text.slice(0, MAX_NAME_LENGTH)}...` : text);
}

/** A free name for a lead: `V5`, or `V5 (2)` when `V5` is taken. */
function newName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) {
    const suffix = ` (${number})`;
    free = `${name.slice(0, MAX_NAME_LENGTH - suffix.length)}${suffix}`;
  }
  return free;
}

function toCleanText(text: string | null, maxLength: number): string | null {
  if (text === null) return null;
  // A replacement character was made by a program that did not know the charset: it stands for no letter.
  const printable = text
    .replace(/[\p{Cc}\p{Cs}]+/gu, " ")
    .replaceAll("\ufffd", "?")
    .trim();
  // Cut between characters, not within one.
  const cut = printable.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, "");
  return cut === "" ? null : cut;
}
