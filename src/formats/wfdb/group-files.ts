import { toFileKey } from "./file-key.ts";

/** What is to be known of files that are sorted into recordings. */
export type Grouping<F> = {
  /** The name of a file, with its folder if it has one. */
  nameOf: (file: F) => string;
  /** The text of a header; empty if it cannot be read, which is told when it is opened. */
  textOf: (header: F) => string;
  /** Whether a file of this name is a recording by itself, by its extension. */
  isRecording: (name: string) => boolean;
};

/** A file, and the names by which it is looked for in its folder. */
type Member<F> = { file: F; folder: string; key: string; stem: string; isHeader: boolean };

/**
 * Sorts files into recordings. A header takes the files that it names or that are called like it, and so do the headers of its
 * segments; any other file is a recording by itself. Files belong together in one folder alone. In names case makes no difference.
 *
 * @returns the files of each recording, its header first
 */
export function groupFiles<F>(files: readonly F[], { nameOf, textOf, isRecording }: Grouping<F>): [F, ...F[]][] {
  const members = files.map((file) => toMember(file, nameOf(file)));
  const byKey = Map.groupBy(members, ({ folder, key }) => folder + key);
  const byStem = Map.groupBy(members, ({ folder, stem }) => folder + stem);
  // An annotator may be called `ecg`, which is a recording where there is no header.
  const isOther = ({ key }: Member<F>) => isRecording(key) && !key.endsWith(".ecg");
  /** The files that belong to a header, by the header. */
  const parts = new Map<Member<F>, Member<F>[]>();
  for (const header of members.filter(({ isHeader }) => isHeader)) {
    const named = namesIn(textOf(header.file)).flatMap((name) => byKey.get(header.folder + toFileKey(name)) ?? []);
    const alike = (byStem.get(header.folder + header.stem) ?? []).filter((member) => !isOther(member));
    parts.set(
      header,
      [...named, ...alike].filter((member) => member !== header),
    );
  }
  const taken = new Set([...parts.values()].flat());
  const groups = members.filter((member) => !taken.has(member)).map((member) => collect(member, parts));
  const grouped = new Set(groups.flat());
  // Headers that name each other are taken by none.
  const left = members.filter((member) => !grouped.has(member)).map((member) => [member]);
  return [...groups, ...left].map(([first, ...others]) => [first.file, ...others.map(({ file }) => file)]);
}

function toMember<F>(file: F, name: string): Member<F> {
  const folder = name.slice(0, Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  const whole = toFileKey(name);
  // What is packed alone is looked for as what is in it.
  const key = whole.replace(/(?<=.)\.gz$/, "");
  return { file, folder, key, stem: key.replace(/\.[^.]*$/, ""), isHeader: whole.endsWith(".hea") };
}

/** A header, and the files of it and of the headers among them, each once. */
function collect<F>(header: Member<F>, parts: ReadonlyMap<Member<F>, Member<F>[]>): Member<F>[] {
  const found = new Set([header]);
  for (const one of found) for (const part of parts.get(one) ?? []) found.add(part);
  return [...found];
}

/** The names of signal files, or of the headers of segments, with which the lines of a header begin (header(5) of WFDB). */
function namesIn(header: string): string[] {
  const lines = header.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const [[record = ""] = [], ...others] = lines.map((line) => line.trim().split(/\s+/, 1));
  return others.map(([name]) => (record.includes("/") ? `${name}.hea` : name));
}
