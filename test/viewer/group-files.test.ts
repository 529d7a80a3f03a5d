import { expect, it } from "vitest";
import { formats } from "../../src/formats/index.ts";
import { groupChosen, RECORDING_EXTENSIONS } from "../../src/viewer/send/group-files.ts";

/** How files are grouped, as `record: its files`; a header's text is behind its name. */
async function group(...files: (string | [string, string])[]): Promise<string[]> {
  const chosen = files.map((file) => {
    const [name, text] = typeof file === "string" ? [file, "100 1 360 10\n"] : file;
    return { name, text: async () => text };
  });
  const groups = await groupChosen(chosen);
  return groups.map((one) => `${one.name}: ${one.files.map(({ name }) => name).join(" ")}`);
}

it.each([
  {
    what: "every file but those of a WFDB header is an ECG",
    files: ["100.dat", "b.edf", "100.hea", "100.atr", "101.dat", "b.edf"],
    groups: ["100: 100.dat 100.hea 100.atr", "b.edf: b.edf", "101.dat: 101.dat", "b.edf: b.edf"],
  },
  {
    what: "a header takes files that it names otherwise",
    files: [["rec.hea", "# a remark\nrec 2 500 10\nleads.bin 16\r\nleads.bin 16\n"], "leads.bin", "other.bin"],
    groups: ["rec: rec.hea leads.bin", "other.bin: other.bin"],
  },
  {
    what: "a header takes files whose names differ in case, or in how an accent is written",
    files: [["Rec.HEA", "rec 2 500 10\nReve\u0301.dat 16\nrec_b.DAT 16\n"], "REV\u00c9.DAT", "rec_b.dat", "REC.atr"],
    groups: ["Rec: Rec.HEA REV\u00c9.DAT rec_b.dat REC.atr"],
  },
  {
    what: "a header of several segments takes theirs",
    files: [
      ["a.hea", "a/2 1 125 20\na1 10\n~ 5\na2 10\n"],
      "a1.hea",
      "a1.dat",
      ["a2.hea", "a2 1 125\nx.dat 16\n"],
      "x.dat",
    ],
    groups: ["a: a.hea a1.hea a1.dat a2.hea x.dat"],
  },
  {
    what: "a header takes no other recording of its name, and an annotator that is called as one",
    files: ["rec.hea", "rec.dat", "rec.edf", "rec.csv.gz", "rec.ecg", "rec.qrs.gz"],
    groups: ["rec: rec.hea rec.dat rec.ecg rec.qrs.gz", "rec.edf: rec.edf", "rec.csv.gz: rec.csv.gz"],
  },
  {
    what: "headers that name each other are ECGs by themselves",
    files: [
      ["a.hea", "a/1 1 125\nb 10\n"],
      ["b.hea", "b/1 1 125\na 10\n"],
    ],
    groups: ["a: a.hea", "b: b.hea"],
  },
] as { what: string; files: (string | [string, string])[]; groups: string[] }[])("$what", async ({ files, groups }) => {
  expect(await group(...files)).toEqual(groups);
});

it("leaves it to the sending to tell of a header that cannot be read", async () => {
  const unreadable = { name: "rec.hea", text: () => Promise.reject(new DOMException("gone", "NotReadableError")) };
  const other = { name: "rec.dat", text: async () => "" };
  expect(await groupChosen([unreadable, other])).toEqual([{ name: "rec", files: [unreadable, other] }]);
});

it("knows how the files of all formats are called", () => {
  const ends = formats.flatMap(({ extensions }) => extensions);
  expect(ends.filter((end) => !RECORDING_EXTENSIONS.some((extension) => end.endsWith(extension)))).toEqual([]);
  expect(RECORDING_EXTENSIONS.filter((extension) => !ends.includes(extension))).toEqual([]);
});
