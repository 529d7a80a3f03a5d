import { AppError, newInputError } from "../errors.ts";
import { readAnnotations, writeAnnotations } from "../formats/wfdb/annotations.ts";
import type { Annotation } from "../recording/recording.ts";
import { type Expected, replaceAnnotations } from "../store/annotations.ts";
import type { Access } from "../store/callers.ts";
import type { AnyStore } from "../store/db.ts";
import type { EcgRow } from "../store/schema.ts";

/**
 * Replaces the annotations of one annotator of an ECG, or makes the first.
 *
 * @returns the edition that there is now
 * @throws AppError `invalid` for annotations of leads that the ECG does not have, and for what no annotation file of WFDB holds, as
 * the ECG could not be had as WFDB any more; what `replaceAnnotations` throws
 */
export async function annotateEcg(
  store: AnyStore,
  access: Access,
  ecg: EcgRow,
  annotator: string,
  annotations: readonly Annotation[],
  expected: Expected,
): Promise<string> {
  const names = namesOf(ecg);
  const errors = annotations.flatMap(({ lead }, i) =>
    lead === undefined || names.includes(lead) ? [] : [{ path: `items.${i}.lead`, message: "is no lead of this ECG" }],
  );
  if (errors.length > 0) throw newInputError(errors);
  try {
    writeWfdb(ecg, annotations);
  } catch (error) {
    if (!(error instanceof AppError && error.code === "not-acceptable")) throw error;
    throw newInputError([{ path: "items", message: error.message.replace(/\.$/, "") }]);
  }
  return replaceAnnotations(store, access, ecg, annotator, annotations, expected);
}

/**
 * Reads an annotation file of WFDB as of an ECG: its times are in samples of the slowest lead unless it says otherwise.
 *
 * @param file the file's name, for what is wrong with it
 * @param notes takes sentences on what is not kept
 * @throws FormatError; AppError `invalid` for a file without a resolution where the ECG has no sampling rate
 */
export function readWfdb(ecg: EcgRow, file: string, bytes: Uint8Array, notes: string[]): Annotation[] {
  const [rate = Number.NaN] = ratesOf(ecg);
  const annotations = readAnnotations(bytes, file, rate, namesOf(ecg), { notes });
  if (annotations.some(({ time }) => Number.isNaN(time))) {
    throw newInputError([{ path: "", message: "neither the file nor the ECG has a rate to time annotations by" }]);
  }
  return annotations;
}

/**
 * Writes annotations of an ECG as an annotation file of WFDB, with times as `readWfdb` takes them.
 *
 * @throws AppError `not-acceptable` for what WFDB cannot carry
 */
export function writeWfdb(ecg: EcgRow, annotations: readonly Annotation[]): Uint8Array<ArrayBuffer> {
  return writeAnnotations(annotations, ratesOf(ecg), namesOf(ecg));
}

function namesOf({ leads }: EcgRow): string[] {
  return leads.map(({ name }) => name);
}

/** The sampling rates of the leads that have one, the lowest first: it is that of WFDB's frames. */
function ratesOf({ leads }: EcgRow): number[] {
  return leads.flatMap(({ samplingRate }) => samplingRate ?? []).sort((a, b) => a - b);
}
