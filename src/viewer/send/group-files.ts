/** Files that are sent together: one ECG. */
type Group<F> = { name: string; files: F[] };

/** A file that was chosen. */
type Chosen = { name: string; text(): Promise<string> };

/**
 * The ECGs that files are of: a WFDB header takes the files that it names or that are called as it is, and so those of its segments;
 * every other file is an ECG by itself.
 */
export async function groupFiles<F extends Chosen>(files: readonly F[]): Promise<Group<F>[]> {
  const headers = new Map<string, ReadonlySet<string>>();
  for (const file of files) {
    if (/\.hea$/i.test(file.name)) headers.set(stemOf(file.name), namesIn(await file.text()));
  }
  const isOf = (file: F, record: string) => stemOf(file.name) === record || headers.get(record)?.has(file.name);
  const segmentsOf = (record: string) =>
    [...(headers.get(record) ?? [])].filter((name) => name !== record && headers.has(name));
  const segments = new Set([...headers.keys()].flatMap(segmentsOf));
  const records = [...headers.keys()].filter((record) => !segments.has(record));
  const groups = new Map<string, Group<F>>();
  for (const [i, file] of files.entries()) {
    const record = records.find((one) => [one, ...segmentsOf(one)].some((part) => isOf(file, part)));
    const key = record ?? `${i}/${file.name}`;
    const group = groups.get(key) ?? { name: record ?? file.name, files: [] };
    group.files.push(file);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The names of signal files, or of segments, with which the lines of a header begin (header(5) of WFDB). */
function namesIn(header: string): ReadonlySet<string> {
  const [, ...lines] = header.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return new Set(lines.map((line) => line.trim().split(/\s+/, 1)[0]));
}

/** A name without its last extension. */
function stemOf(name: string): string {
  return name.replace(/\.[^.]*$/, "");
}
