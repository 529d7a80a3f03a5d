import { toFileKey } from "../../formats/wfdb/file-key.ts";

/** Files that are sent together: one ECG. */
type Group<F> = { name: string; files: F[] };

/** A file that was chosen. */
type Chosen = { name: string; text(): Promise<string> };

/** A WFDB header: the name of its record, and the keys of the files or segments that it names. */
type Header = { name: string; keys: ReadonlySet<string> };

/**
 * The ECGs that files are of: a WFDB header takes the files that it names or that are called as it is, and so those of its segments;
 * every other file is an ECG by itself. In names case makes no difference, as it makes none to the service.
 */
export async function groupFiles<F extends Chosen>(files: readonly F[]): Promise<Group<F>[]> {
  const headers = new Map<string, Header>();
  for (const file of files) {
    const key = toFileKey(file.name);
    if (!key.endsWith(".hea")) continue;
    // That a file cannot be read is told when it is sent, or looked at.
    const text = await file.text().catch(() => "");
    headers.set(stemOf(key), { name: stemOf(file.name), keys: keysIn(text) });
  }
  const isOf = (key: string, record: string) => stemOf(key) === record || headers.get(record)?.keys.has(key);
  const segmentsOf = (record: string) =>
    [...(headers.get(record)?.keys ?? [])].filter((key) => key !== record && headers.has(key));
  const segments = new Set([...headers.keys()].flatMap(segmentsOf));
  const records = [...headers.keys()].filter((record) => !segments.has(record));
  const groups = new Map<string, Group<F>>();
  for (const [i, file] of files.entries()) {
    const key = toFileKey(file.name);
    const record = records.find((one) => [one, ...segmentsOf(one)].some((part) => isOf(key, part)));
    const place = record ?? `${i}/${file.name}`;
    const group = groups.get(place) ?? { name: (record && headers.get(record)?.name) || file.name, files: [] };
    group.files.push(file);
    groups.set(place, group);
  }
  return [...groups.values()];
}

/** The keys of the names of signal files, or of segments, with which the lines of a header begin (header(5) of WFDB). */
function keysIn(header: string): ReadonlySet<string> {
  const [, ...lines] = header.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return new Set(lines.map((line) => toFileKey(line.trim().split(/\s+/, 1)[0])));
}

/** A name without its last extension. */
function stemOf(name: string): string {
  return name.replace(/\.[^.]*$/, "");
}
