import { AppError, explain } from "../errors.ts";
import type { Annotation, Recording, RecordingHead } from "../recording/recording.ts";
import type { SheetLead, SheetOptions } from "../sheet/drawn-leads.ts";
import type { ByteStream } from "./byte-stream.ts";

/**
 * A file format of ECGs. A new format is a file that gives one of these, and a line in `index.ts`. It has `read` if its
 * files are short and read whole, or `open` if they may be long and are read as they come in.
 */
export type Format = {
  id: string;
  /** Media types in lower case, the preferred one first. */
  mediaTypes: readonly string[];
  /** Extensions in lower case and with the dot, the preferred one first. */
  extensions: readonly string[];
  /** Whether its files may be part of a record of another format. Then they are opened if no other file is recognised. */
  mayBelongToOthers?: boolean;
  /** Whether a file is of this format, from its first bytes (up to `PREFIX_BYTES`). Never throws. */
  detect: (prefix: Uint8Array) => boolean;
  /** Whether a file of this format says in its first bytes that it is no ECG. It is opened if no other file is recognised. Never throws. */
  isNoEcg?: (prefix: Uint8Array) => boolean;
  /** Whether every file of this format is detected: another one of such a name, WFDB's `.ecg`, is something else. */
  hasMagic?: boolean;
  /** Whether the reader alone chooses the wanted leads, by more names than those that the leads get. */
  choosesLeads?: boolean;
  /**
   * Reads a whole file. The `subject` is what the file says of the person: the caller drops it unless it is to be kept.
   *
   * @throws AppError, in general a FormatError, and nothing else
   */
  read?: (bytes: Uint8Array, options: ReadOptions) => Recording;
  /**
   * Reads what comes before the samples; `next` gives the files that came with this one.
   *
   * @throws AppError, in general a FormatError, and nothing else; so do the stretches
   */
  open?: (file: InputFile, options: ReadOptions, next: NextFile) => Promise<OpenRecording>;
  /**
   * Finds out whether leads can be written, as far as their lengths and what is said of them tell: before they are read and measured.
   *
   * @throws AppError like `write`
   */
  requireWritable?: (leads: readonly SheetLead[], options: SheetOptions & Pick<WriteOptions, "paper">) => void;
  /**
   * Writes a file.
   *
   * @throws AppError `not-acceptable`, with a detail that says what the format cannot carry
   */
  write?: (recording: Recording, options: WriteOptions) => Uint8Array<ArrayBuffer>;
  /**
   * Writes the same file in parts, of which no more than one need be in memory.
   *
   * @throws AppError like `write`, before the first part is asked for
   */
  writeParts?: (recording: Recording, options: WriteOptions) => Generator<Uint8Array<ArrayBuffer>>;
  /** Bytes that `write` needs for each sample, beside the sample itself: text takes more than numbers. */
  writtenBytesPerSample?: number;
  /** Whether `write` has a place for annotations: then the caller reads them. */
  writesAnnotations?: boolean;
  /** Whether `write` has a place for `measured`: then the caller measures. */
  writesMeasured?: boolean;
};

/** The bytes that `detect` is given of a file, if the file has so many. */
export const PREFIX_BYTES = 4096;

/** A file that was sent. `name` has no folders, and is empty when there was none; `mediaType` is what came with this one of several. */
export type InputFile = { name: string; mediaType?: string; bytes: ByteStream };
/** Gives the next file. The file before it can be read no further. */
export type NextFile = () => Promise<InputFile | undefined>;

/** What the sender says of how a file is read. */
export type ReadOptions = {
  /** The IANA name of the zone of times that name none. */
  timeZone: string;
  /** The channels that become leads, in this order. Without it they are those that the format takes for ECG. */
  leads?: readonly string[];
  /** Hz, for files that do not say it. */
  samplingRate?: number;
  /** The unit of CSV's and MATLAB's numbers that name none. Without it they are ADC units, and so have no decimals. */
  units?: "adc" | "mv" | "uv";
  /** The step, in the unit of the file's numbers, that numbers with decimals are rounded to: CSV's, FHIR's and MATLAB's. */
  resolution?: number;
  /** Whether the caller keeps what a file says of the person. Readers give it in any case. */
  keepSubject?: boolean;
};

/** What the reader says of how a file is written. */
export type WriteOptions = {
  /** The name of files inside of files: letters, digits, `-` and `_`. */
  name: string;
  /** The IANA name of the zone of times in formats that cannot name one. */
  timeZone: string;
  /** CSV has ADC units or millivolts. */
  units: "adc" | "mv";
  /** The layout of the drawing, and what else there is to choose of it: see `SheetOptions`. */
  layout: SheetOptions["layout"];
  rhythm?: readonly string[];
  order?: SheetOptions["order"];
  speed?: number;
  gain?: number;
  /** The paper of PDF: A4 if left out. */
  paper?: "a4" | "letter";
  /** The values that a program measured in the ECG, to be written on its sheet: `{ label: "QTc", value: "412 ms" }`. */
  measured?: readonly { label: string; value: string }[];
  fhirVersion: "R4" | "R5";
};

/** A recording whose samples come as the file is read. */
export type OpenRecording = { head: RecordingHead; stretches: AsyncIterable<Stretch> | Iterable<Stretch> };

/**
 * The next samples of each lead, of about the same time in all of them, and the annotations and notes that came with them.
 */
export type Stretch = { samples: Int32Array[]; annotations?: Annotation[]; notes?: string[] };

/** Says what is wrong with a file, and where: at a byte, a line, or a field as its specification names it. */
export class FormatError extends AppError {
  override name = "FormatError";

  /** @param where as in `byte 236`, `line 3`, `section 6, byte 22`, `(5400,0100) Waveform Sequence` */
  constructor(where: string, message: string) {
    const error = { path: where, message };
    super("invalid", { detail: explain("The file cannot be read", error), errors: [error] });
  }
}

/**
 * The error of a writer whose format cannot carry a recording.
 *
 * @param detail why, as a sentence
 */
export function newNotAcceptable(detail: string): AppError {
  return new AppError("not-acceptable", { detail });
}
