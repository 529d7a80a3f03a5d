/** Files that are sent together: one ECG. */
export type Group<F> = { name: string; files: F[] };

/**
 * The ECGs that files are of: a WFDB header takes the files of its name, whatever their extension; every other file is an ECG by
 * itself.
 */
export function groupFiles<F extends { name: string }>(files: readonly F[]): Group<F>[] {
  const headers = new Set(files.filter(({ name }) => /\.hea$/i.test(name)).map(({ name }) => stemOf(name)));
  const groups = new Map<string, Group<F>>();
  for (const [i, file] of files.entries()) {
    const stem = stemOf(file.name);
    const isOfHeader = headers.has(stem);
    const key = isOfHeader ? stem : `${i}/${file.name}`;
    const group = groups.get(key) ?? { name: isOfHeader ? stem : file.name, files: [] };
    group.files.push(file);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** A name without its last extension. */
function stemOf(name: string): string {
  return name.replace(/\.[^.]*$/, "");
}
