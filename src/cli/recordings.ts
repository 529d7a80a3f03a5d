import { readFileSync, statSync } from "node:fs";
import { basename, extname, normalize } from "node:path";
import { findFormatByName, formats } from "../formats/index.ts";
import { decodeText } from "../formats/text.ts";
import { groupFiles } from "../formats/wfdb/group-files.ts";

/** The files of one recording, the one that names it first. */
export type InputPaths = [string, ...string[]];

/** The longest header that is looked into for the files it names, in bytes. */
const MAX_HEADER_BYTES = 1024 * 1024;

/** Sorts files into recordings. */
export function groupPaths(paths: readonly string[]): InputPaths[] {
  return groupFiles(paths, {
    nameOf: normalize,
    textOf: readHeader,
    isRecording: (name) => findFormatByName(name, formats) !== undefined,
  });
}

/** The name of what a recording becomes, without an extension: `ecg` of `data/ecg.edf`, `ecg.fhir.json`, `ecg.edf.gz`. */
export function stemOf(path: string): string {
  const name = basename(path).replace(/(?<=.)\.gz$/i, "");
  const known = formats
    .flatMap(({ extensions }) => extensions)
    .filter((extension) => name.toLowerCase().endsWith(extension) && name.length > extension.length);
  const length = Math.max(0, ...known.map((extension) => extension.length)) || extname(name).length;
  return name.slice(0, name.length - length);
}

/** The text of a header; empty if it is not to be read, which is told when it is converted. */
function readHeader(path: string): string {
  try {
    return statSync(path).size > MAX_HEADER_BYTES ? "" : decodeText(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) return "";
    throw error;
  }
}
