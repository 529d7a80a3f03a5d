import { groupFiles } from "../../formats/wfdb/group-files.ts";

/** Files that are sent together: one ECG. */
type Group<F> = { name: string; files: F[] };

/** A file that was chosen. */
type Chosen = { name: string; text(): Promise<string> };

/** With which names of files end that the service reads as an ECG: the page has no format of its own until one is needed. */
export const RECORDING_EXTENSIONS: readonly string[] = [
  ...[
    ".aecg",
    ".atc",
    ".bdf",
    ".csv",
    ".dcm",
    ".ecg",
    ".edf",
    ".hea",
    ".hol",
    ".json",
    ".jsonl",
    ".mat",
    ".mfer",
    ".mfr",
  ],
  ...[".mwf", ".ndjson", ".opensignals.txt", ".pdf", ".rec", ".scp", ".svg", ".tsv", ".xml", ".zip"],
];

/**
 * The ECGs that files are of, as `npm run convert` groups them, in the order in which the files were chosen. One that has a header is
 * called by it.
 */
export async function groupChosen<F extends Chosen>(files: readonly F[]): Promise<Group<F>[]> {
  const texts = new Map<F, string>();
  for (const file of files) {
    // That a file cannot be read is told when it is sent, or looked at.
    if (isHeader(file)) texts.set(file, await file.text().catch(() => ""));
  }
  const groups = groupFiles(files, {
    nameOf: ({ name }) => name,
    textOf: (header) => texts.get(header) ?? "",
    isRecording: (name) => RECORDING_EXTENSIONS.some((extension) => name.endsWith(extension)),
  });
  const places = new Map(files.map((file, i) => [file, i]));
  const byPlace = (a: F, b: F) => (places.get(a) ?? 0) - (places.get(b) ?? 0);
  return groups
    .map(([first, ...others]) => ({
      name: isHeader(first) ? first.name.replace(/\.[^.]*$/, "") : first.name,
      files: [first, ...others].sort(byPlace),
    }))
    .sort((a, b) => byPlace(a.files[0], b.files[0]));
}

function isHeader({ name }: Chosen): boolean {
  return /\.hea$/i.test(name);
}
