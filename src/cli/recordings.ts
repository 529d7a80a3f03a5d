import { readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { AppError } from "../errors.ts";
import { findFormatByName, formats } from "../formats/index.ts";
import { toFileKey } from "../formats/wfdb/file-key.ts";
import { readHeader } from "../formats/wfdb/header.ts";

/** The files of one recording, the one that names it first. */
export type InputPaths = [string, ...string[]];

/** The longest header that is looked into for the files it names, in bytes. */
const MAX_HEADER_BYTES = 1024 * 1024;

/**
 * Sorts files into recordings. A WFDB header takes the files that it names or that are called like it, and so do the
 * headers of its segments; any other file is a recording by itself. Files belong together in one folder alone.
 */
export function groupFiles(paths: readonly string[]): InputPaths[] {
  const byPlace = new Map(paths.map((path) => [toPlace(dirname(path), path), path]));
  const headers = paths.filter((path) => toFileKey(path).endsWith(".hea"));
  const byStem = Map.groupBy(paths, (path) => toPlace(dirname(path), stemOf(path)));
  /** The files that belong to a header, by the header's path. */
  const parts = new Map<string, string[]>();
  for (const header of headers) {
    const named = readNames(header).flatMap((name) => byPlace.get(toPlace(dirname(header), name)) ?? []);
    const alike = (byStem.get(toPlace(dirname(header), stemOf(header))) ?? []).filter(isNoRecording);
    parts.set(
      header,
      [...named, ...alike].filter((path) => path !== header),
    );
  }
  const taken = new Set([...parts.values()].flat());
  return paths.filter((path) => !taken.has(path)).map((path) => [path, ...collect(path, parts)]);
}

/** Whether a file is of no format by its name, or an annotator's: `.ecg` is, beside a header, and ISHNE's otherwise. */
function isNoRecording(path: string): boolean {
  return findFormatByName(path, formats) === undefined || extname(path).toLowerCase() === ".ecg";
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

/** The files of a header and of the headers among them, each once. */
function collect(path: string, parts: ReadonlyMap<string, string[]>): string[] {
  const found = new Set([path]);
  for (const one of found) for (const part of parts.get(one) ?? []) found.add(part);
  found.delete(path);
  return [...found];
}

/** The names of files that a header has in it; none if it is not to be read, which is told when it is converted. */
function readNames(header: string): string[] {
  try {
    if (statSync(header).size > MAX_HEADER_BYTES) return [];
    const { signals, segments } = readHeader(readFileSync(header), header, "UTC");
    return [...signals.map(({ file }) => file), ...(segments ?? []).map(({ name }) => `${name}.hea`)];
  } catch (error) {
    if (error instanceof AppError || (error as NodeJS.ErrnoException).code !== undefined) return [];
    throw error;
  }
}

function toPlace(folder: string, name: string): string {
  return join(folder, toFileKey(name));
}
