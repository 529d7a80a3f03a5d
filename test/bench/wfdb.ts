import { createReadStream, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import type { InputFile } from "../../src/formats/format.ts";
import { wfdb } from "../../src/formats/wfdb/wfdb.ts";
import type { Recording } from "../../src/recording/recording.ts";
import { readRecording } from "../support/read-recording.ts";

/**
 * A WFDB record with its `.atr` annotations, if it has any.
 *
 * @param path the header's, without `.hea`
 * @throws FormatError for what is no record, or lacks a file
 */
export async function readWfdb(path: string): Promise<Recording> {
  const files = [...namedFiles(`${path}.hea`), `${path}.atr`]
    .filter(existsSync)
    .map((file): InputFile => ({ name: file, bytes: new ByteStream(createReadStream(file)) }));
  const [header, ...rest] = files;
  return readRecording(wfdb, header, { timeZone: "UTC" }, async () => rest.shift());
}

/** A header's own path and those of the files that it may name, its segments' headers among them. */
function namedFiles(header: string): string[] {
  if (!existsSync(header)) return [header];
  const lines = readFileSync(header, "latin1").split(/[\r\n]+/);
  const names = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(/\s+/)[0]);
  const [, ...files] = new Set(names.map((name) => join(dirname(header), name)));
  return [header, ...files.flatMap((file) => (existsSync(`${file}.hea`) ? namedFiles(`${file}.hea`) : [file]))];
}
