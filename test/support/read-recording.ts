import type { Format, InputFile, NextFile, ReadOptions } from "../../src/formats/format.ts";
import { joinStretches, openFile } from "../../src/formats/read-whole.ts";
import type { Recording } from "../../src/recording/recording.ts";

/** Reads a file of a format, with all its samples. */
export async function readRecording(
  format: Format,
  file: InputFile,
  options: ReadOptions,
  next: NextFile,
): Promise<Recording> {
  const { head, stretches } = await openFile(format, file, options, next);
  return joinStretches(head, stretches);
}
