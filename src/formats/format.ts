import { AppError } from "../errors.ts";
import type { Annotation, Recording, RecordingHead } from "../recording/recording.ts";
import type { ByteStream } from "./byte-stream.ts";

/**
 * One way to write an ECG down. A new format is a file that gives one of these, and a line in `index.ts`. It has `read`
 * if its files are short and read whole, or `open` if they may be long and are read as they come in.
 */
export type Format = {
  id: string;
  /** Lower case, the preferred one first. */
  mediaTypes: readonly string[];
  /** Lower case and with the dot, the preferred one first. */
  extensions: readonly string[];
  /** Whether a file that begins so (with up to `PREFIX_BYTES` of it) is of this format. Never throws. */
  detect: (prefix: Uint8Array) => boolean;
  /**
   * `subject` is what the file says of the person, whether or not it is to be kept.
   *
   * @throws AppError, in general a FormatError, and nothing else
   */
  read?: (bytes: Uint8Array, options: ReadOptions) => Recording;
  /**
   * Reads as much as it takes to say what the recording is; `next` gives the files that came with this one.
   *
   * @throws AppError, in general a FormatError, and nothing else; so do the stretches
   */
  open?: (file: InputFile, options: ReadOptions, next: NextFile) => Promise<OpenRecording>;
  /** @throws AppError `not-acceptable`, with a detail that says what the format cannot carry */
  write?: (recording: Recording, options: WriteOptions) => Uint8Array<ArrayBuffer>;
};

/** How much of a file `detect` is given, if it has so much. */
export const PREFIX_BYTES = 4096;

/** `name` is as it was sent, without folders; empty when there was none. */
export type InputFile = { name: string; bytes: ByteStream };
/** The file before it is read no further. */
export type NextFile = () => Promise<InputFile | undefined>;

export type ReadOptions = {
  /** The IANA name of the zone in which times are that name none. */
  timeZone: string;
  /** The names of the channels that are wanted as leads, in this order; what the format takes for ECG when left out. */
  leads?: readonly string[];
  /** Hz, where the file does not say it. */
  samplingRate?: number;
  /** Whether what a file says of the person is kept. Readers give it in any case. */
  keepSubject?: boolean;
};

export type WriteOptions = {
  /** Names files inside of files: letters, digits, `-` and `_`. */
  name: string;
  /** The IANA name of the zone of the times in formats that cannot name one. */
  timeZone: string;
  /** What CSV is written in. */
  units: "adc" | "mv";
  /** Of the drawing. */
  layout: "3x4" | "rows";
  fhirVersion: "R4" | "R5";
};

/** A recording whose samples come as it is read. */
export type OpenRecording = { head: RecordingHead; stretches: AsyncIterable<Stretch> | Iterable<Stretch> };

/** Each lead's next samples, of about the same time in all leads, and the annotations that were read with them. */
export type Stretch = { samples: Int32Array[]; annotations?: Annotation[] };

/** What is wrong with a file, and where: a byte, a line, or a field as its specification names it. */
export class FormatError extends AppError {
  override name = "FormatError";

  /** @param where as in `byte 236`, `line 3`, `section 6, byte 22`, `(5400,0100) Waveform Sequence` */
  constructor(where: string, message: string) {
    super("invalid", { detail: `The file cannot be read: ${where}: ${message}.`, errors: [{ path: where, message }] });
  }
}

/** Why a format cannot carry a recording, as a sentence. */
export function newNotAcceptable(detail: string): AppError {
  return new AppError("not-acceptable", { detail });
}
