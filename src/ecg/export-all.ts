import type { Insights } from "../analysis/insights.ts";
import { AppError } from "../errors.ts";
import { ecgJson } from "../formats/json/ecg-json.ts";
import { writeEcgJson } from "../formats/json/writer.ts";
import { findRange, type SampleRange, SignalFile, writeAnnotationFiles } from "../formats/wfdb/writer.ts";
import type { ZipFile } from "../formats/zip.ts";
import type { Annotation } from "../recording/recording.ts";
import { toTimestamp } from "../recording/timestamp.ts";
import { type AskForRoom, readAnnotations } from "../store/annotations.ts";
import { findAuditEnd, listAuditOf } from "../store/audit.ts";
import { CHUNKS_PER_GROUP, countChunks, isShort } from "../store/chunk-plan.ts";
import { type AuditedStore, type Store, withoutActor } from "../store/db.ts";
import { type EcgCursor, listWholeEcgs } from "../store/ecgs.ts";
import { logFailure } from "../store/failures.ts";
import { countSamples } from "../store/lead-rows.ts";
import { readBuckets } from "../store/overviews.ts";
import type { AuditRow, EcgRow, UserRow } from "../store/schema.ts";
import { newSpanReader, readSpans, type Span } from "../store/signal-reader.ts";
import { heldPerSample, toFileName } from "./export.ts";
import { MAX_SAMPLES_AT_ONCE } from "./limits.ts";
import { findKeptInsights, readInsights } from "./measure.ts";
import { toEcgFields, toLeadFields, toSummary } from "./summary.ts";

/** Statements that the ECGs of a part may take. Production allows 1,000 a request; the trail and the account take some 60 of them. */
const STATEMENTS_A_PART = 900;
/** Statements of a short ECG: samples, annotations, and insights that are looked for, measured and kept in some rows. */
const STATEMENTS_AN_ECG = 8;
/** Statements of a long one beside those that read its samples: also its overviews and the samples at their ends. */
const STATEMENTS_A_LONG_ECG = 10;
/** Entries of the audit trail in a part, and in each read of them: some 15 MB, and some 300 kB. */
const ENTRIES_A_PART = 50_000;
const ENTRIES_A_READ = 1000;
/** Samples of all leads that are written as WFDB at a time. */
const SAMPLES_A_STRETCH = 2 ** 19;
const NEW_LINE = Uint8Array.of(0x0a);
/** Chunks whose samples are a line of JSON: a million samples at the most. */
const CHUNKS_A_LINE = 8;

/** Where a part of an export that began at a time, in ms since 1970, begins: behind an ECG of the list, or behind an entry of the trail. */
export type ExportPlace = { part: number; begunAt: number; after?: EcgCursor; before?: string };

/** A part of an export: some ECGs, the entries of the trail from behind `before` to `end`, or both; and where the next part begins. */
type ExportPart = {
  part: number;
  begunAt: number;
  ecgs: EcgRow[];
  trail: { before?: string; end?: string } | null;
  next: ExportPlace | null;
};

/** How an API says what is no recording. */
type ExportJson = {
  insights: (ecg: EcgRow, insights: Insights) => unknown;
  entry: (row: AuditRow) => unknown;
  /** Whether an entry is of an ECG's having been changed, perhaps in its date and so in its place in the list. */
  isOfChange: (row: AuditRow) => boolean;
};

/** What a part says of itself: what it has not, and why. */
type Manifest = {
  part: number;
  created_at: string;
  ecgs: number;
  next: string | null;
  errors: { ecg_id: string; detail: string }[];
  left_out: { ecg_id: string; file: string; detail: string }[];
  /** ECGs that were changed since the export began: those whose date has another place in the list now may be in no part. */
  changed: string[];
};

/** Plans a part of the export of a user's data: as many ECGs as a request can read, in the order of the list, and then the trail. */
export async function planExport(store: AuditedStore, user: UserRow, place: ExportPlace): Promise<ExportPart> {
  const { part, begunAt, after, before } = place;
  if (user.role === "admin" || before !== undefined) {
    return { part, begunAt, ecgs: [], ...(await planTrail(store, user, place)) };
  }
  const most = Math.floor(STATEMENTS_A_PART / STATEMENTS_AN_ECG);
  const rows = await listWholeEcgs(store, user.id, most + 1, after);
  let statements = 0;
  const tooMany = rows.findIndex((ecg, i) => {
    statements += countStatements(ecg);
    return i > 0 && statements > STATEMENTS_A_PART;
  });
  if (tooMany < 0) return { part, begunAt, ecgs: rows, ...(await planTrail(withoutActor(store), user, place)) };
  const ecgs = rows.slice(0, tooMany);
  const { recordedAt, id } = ecgs[tooMany - 1];
  return { part, begunAt, ecgs, trail: null, next: { part: part + 1, begunAt, after: { recordedAt, id } } };
}

async function planTrail(store: Store | AuditedStore, user: UserRow, { part, begunAt, before }: ExportPlace) {
  const end = await findAuditEnd(store, user.id, ENTRIES_A_PART, before);
  return { trail: { before, end }, next: end === undefined ? null : { part: part + 1, begunAt, before: end } };
}

/** How many statements the export of an ECG takes at the most: a long one is read twice, for JSON and for WFDB. */
function countStatements(ecg: EcgRow): number {
  if (!isLong(ecg)) return STATEMENTS_AN_ECG;
  return STATEMENTS_A_LONG_ECG + 2 * Math.ceil(countChunks(ecg.leads) / CHUNKS_PER_GROUP);
}

/** Whether an ECG is read and written some samples at a time. */
function isLong(ecg: EcgRow): boolean {
  return countSamples(ecg.leads) > MAX_SAMPLES_AT_ONCE || !isShort(ecg);
}

/** How many bytes the samples of an ECG and a file of them take, which are in memory together: of the longest in a part. */
export function countPartBytes({ ecgs }: ExportPart): number {
  const most = Math.min(Math.max(0, ...ecgs.map(({ leads }) => countSamples(leads))), MAX_SAMPLES_AT_ONCE);
  return most * heldPerSample(ecgJson);
}

/**
 * Makes the files of a part as they are taken: a folder an ECG, the trail as JSON lines, and last a manifest. Of an ECG that is damaged the
 * manifest tells; what else fails breaks off, and leaves a zip without its directory.
 *
 * @param account further files, of the first part
 * @param next where the next part is to be had
 * @param askForRoom is asked for what the annotations of an ECG take
 */
export async function* exportFiles(
  store: Store,
  user: UserRow,
  { part, begunAt, ecgs, trail }: ExportPart,
  account: Record<string, unknown>,
  next: string | null,
  json: ExportJson,
  askForRoom?: AskForRoom,
): AsyncGenerator<ZipFile> {
  const manifest: Manifest = {
    part,
    created_at: toTimestamp(Date.now()),
    ecgs: ecgs.length,
    next,
    errors: [],
    left_out: [],
    changed: [],
  };
  for (const [name, value] of Object.entries(account)) yield toJsonFile(name, value);
  for (const ecg of ecgs) {
    try {
      yield* exportFolder(store, ecg, json, manifest, askForRoom);
    } catch (error) {
      noteDamage(manifest, ecg, error);
      yield toJsonFile(`${folderOf(ecg)}/summary.json`, toSummary(ecg));
    }
  }
  const changed = new Set<string>();
  const note = (row: AuditRow) => {
    if (row.at >= begunAt && row.subjectId !== null && json.isOfChange(row)) changed.add(row.subjectId);
  };
  if (trail) yield { name: "audit.jsonl", content: writeTrail(store, user.id, trail, json, note) };
  manifest.changed.push(...changed);
  yield toJsonFile("manifest.json", manifest);
}

/** Makes the files of an ECG: what is damaged throws, when it is reached. */
async function* exportFolder(
  store: Store,
  ecg: EcgRow,
  json: ExportJson,
  manifest: Manifest,
  askForRoom?: AskForRoom,
): AsyncGenerator<ZipFile> {
  const folder = folderOf(ecg);
  const leaveOut = (file: string, detail: string) => manifest.left_out.push({ ecg_id: ecg.id, file, detail });
  const annotations = await readAnnotations(store, ecg, undefined, undefined, askForRoom);
  if (annotations.length > 0) yield toJsonFile(`${folder}/annotations.json`, { items: annotations });
  yield* isLong(ecg) ? exportLong(store, ecg, annotations, leaveOut) : exportShort(store, ecg, annotations, leaveOut);
  const insights = await (isShort(ecg) ? readInsights(store, ecg) : findKeptInsights(store, ecg));
  if (insights) yield toJsonFile(`${folder}/insights.json`, json.insights(ecg, insights));
  else leaveOut("insights.json", "It is still to be measured: ask for the insights of this ECG.");
}

/** Notes what is not among the files of an ECG, and why. */
type LeaveOut = (file: string, detail: string) => void;

async function* exportShort(
  store: Store,
  ecg: EcgRow,
  annotations: readonly Annotation[],
  leaveOut: LeaveOut,
): AsyncGenerator<ZipFile> {
  const samples = await readSpans(store, ecg, spansOf(ecg));
  const fields = toEcgFields(ecg);
  const leads = ecg.leads.map((lead, i) => ({ fields: toLeadFields(lead, fields.sampling_rate), signal: samples[i] }));
  yield { name: `${folderOf(ecg)}/ecg.json`, content: writeEcgJson(fields, leads) };
  yield* exportRecord(ecg, annotations, findRange(samples), (signals) => signals.write(samples), leaveOut);
}

async function* exportLong(
  store: Store,
  ecg: EcgRow,
  annotations: readonly Annotation[],
  leaveOut: LeaveOut,
): AsyncGenerator<ZipFile> {
  // What is damaged ends its file, and not the zip.
  let failure: unknown;
  const fail = (error: unknown) => {
    failure = error;
  };
  yield { name: `${folderOf(ecg)}/ecg.jsonl`, content: untilDamaged(writeLines(store, ecg), fail) };
  if (failure) throw failure;
  const range = await readRange(store, ecg);
  const write = (signals: SignalFile) => untilDamaged(writeFrames(store, ecg, signals), fail);
  yield* exportRecord(ecg, annotations, range, write, leaveOut);
  if (failure) throw failure;
}

/** Makes the files of a WFDB record, the header behind the samples, whose sums it has. */
async function* exportRecord(
  ecg: EcgRow,
  annotations: readonly Annotation[],
  range: SampleRange,
  write: (signals: SignalFile) => ZipFile["content"],
  leaveOut: LeaveOut,
): AsyncGenerator<ZipFile> {
  const recordedAt = ecg.dateSource === "recorded" ? ecg.recordedAt : null;
  const name = toFileName(recordedAt, ecg.id, "UTC");
  const folder = folderOf(ecg);
  let signals: SignalFile;
  let annotationFiles: Record<string, Uint8Array>;
  try {
    signals = new SignalFile(ecg.leads, range);
    annotationFiles = writeAnnotationFiles(annotations, name, ecg.leads);
  } catch (error) {
    if (!(error instanceof AppError && error.code === "not-acceptable")) throw error;
    return leaveOut(`${name}.hea`, error.message);
  }
  yield { name: `${folder}/${name}.dat`, content: write(signals) };
  yield { name: `${folder}/${name}.hea`, content: signals.writeHeader({ ...ecg, recordedAt }, name, "UTC") };
  for (const [file, content] of Object.entries(annotationFiles)) yield { name: `${folder}/${file}`, content };
}

/** Writes a long ECG as JSON lines that can be sent as they are: the ECG with its first samples, then all leads' next ones. */
async function* writeLines(store: Store, ecg: EcgRow): AsyncGenerator<Uint8Array> {
  const read = newSpanReader(store, ecg);
  const count = countChunks(ecg.leads);
  const about = toEcgFields(ecg);
  for (let chunk = 0; chunk < count; chunk += CHUNKS_A_LINE) {
    const spans = ecg.leads.map(({ chunkSamples, sampleCount }, lead) => {
      const [from, to] = [chunk, chunk + CHUNKS_A_LINE].map((at) => Math.min(at * chunkSamples, sampleCount));
      return { lead, from, to };
    });
    const samples = await read(spans);
    const leads = ecg.leads.map((lead, i) => {
      // The number of samples would be taken for that of the line.
      const { n_samples: _, ...fields } = toLeadFields(lead, about.sampling_rate);
      return { fields: chunk === 0 ? fields : { name: lead.name, start_sample: spans[i].from }, signal: samples[i] };
    });
    yield writeEcgJson(chunk === 0 ? about : {}, leads);
    yield NEW_LINE;
  }
}

async function* writeFrames(store: Store, ecg: EcgRow, signals: SignalFile): AsyncGenerator<Uint8Array> {
  const read = newSpanReader(store, ecg);
  for (let spans = signals.nextSpans(SAMPLES_A_STRETCH); spans; spans = signals.nextSpans(SAMPLES_A_STRETCH)) {
    yield signals.write(await read(spans.map((span, lead) => ({ ...span, lead }))));
  }
}

/** Reads the lowest and the highest sample of all leads, from the overviews. */
async function readRange(store: Store, ecg: EcgRow): Promise<SampleRange> {
  const buckets = await readBuckets(store, ecg, spansOf(ecg), 1);
  return findRange(buckets.flatMap(({ min, max }) => [min, max]));
}

/** Writes entries of the trail as JSON lines, newest first. */
async function* writeTrail(
  store: Store,
  accountId: string,
  { before, end = "" }: NonNullable<ExportPart["trail"]>,
  json: ExportJson,
  note: (row: AuditRow) => void,
): AsyncGenerator<Uint8Array> {
  let last = before;
  do {
    const { rows, next } = await listAuditOf(store, accountId, {}, ENTRIES_A_READ, last);
    const entries = rows.filter(({ id }) => id >= end);
    entries.forEach(note);
    yield encode(entries.map((row) => `${JSON.stringify(json.entry(row))}\n`).join(""));
    last = next ?? undefined;
  } while (last !== undefined && last > end);
}

/** Gives parts until one is damaged: then it tells of it, and ends. */
async function* untilDamaged(
  parts: AsyncIterable<Uint8Array>,
  tell: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* parts;
  } catch (error) {
    if (!isDamage(error)) throw error;
    tell(error);
  }
}

function noteDamage({ errors }: Manifest, ecg: EcgRow, error: unknown): void {
  if (!isDamage(error)) throw error;
  logFailure(`exporting ECG ${ecg.id}`, error);
  errors.push({ ecg_id: ecg.id, detail: "Its samples are damaged, or it was erased meanwhile." });
}

function isDamage(error: unknown): boolean {
  return error instanceof AppError && error.code === "damaged-signal";
}

function spansOf({ leads }: EcgRow): Span[] {
  return leads.map(({ sampleCount }, lead) => ({ lead, from: 0, to: sampleCount }));
}

function folderOf({ id }: EcgRow): string {
  return `ecgs/${id}`;
}

function toJsonFile(name: string, value: unknown): ZipFile {
  return { name, content: encode(JSON.stringify(value)) };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
