/** The codes of annotations that are chosen from (WFDB's, ecgcodes(3)): beats first, as they are the most frequent. */
export const CODES: readonly { code: string; says: string; isBeat: boolean }[] = [
  ...[
    ["N", "normal beat"],
    ["L", "left bundle branch block beat"],
    ["R", "right bundle branch block beat"],
    ["B", "bundle branch block beat"],
    ["A", "atrial premature beat"],
    ["a", "aberrated atrial premature beat"],
    ["J", "nodal (junctional) premature beat"],
    ["S", "supraventricular premature beat"],
    ["V", "ventricular premature beat"],
    ["r", "R-on-T ventricular premature beat"],
    ["F", "fusion of ventricular and normal beat"],
    ["e", "atrial escape beat"],
    ["j", "nodal (junctional) escape beat"],
    ["n", "supraventricular escape beat"],
    ["E", "ventricular escape beat"],
    ["/", "paced beat"],
    ["f", "fusion of paced and normal beat"],
    ["Q", "unclassifiable beat"],
  ].map(([code, says]) => ({ code, says, isBeat: true })),
  ...[
    ["+", "rhythm change"],
    ["~", "change in signal quality"],
    ["|", "isolated artifact"],
    ['"', "comment"],
    ["[", "start of ventricular flutter"],
    ["!", "ventricular flutter wave"],
    ["]", "end of ventricular flutter"],
    ["x", "non-conducted P wave"],
    ["(", "onset of a wave"],
    [")", "end of a wave"],
    ["p", "peak of a P wave"],
    ["t", "peak of a T wave"],
    ["u", "peak of a U wave"],
    ["^", "pacemaker artifact"],
    ["s", "ST change"],
    ["T", "T-wave change"],
    ["*", "systole"],
    ["D", "diastole"],
    ["=", "measurement"],
    ["@", "link"],
  ].map(([code, says]) => ({ code, says, isBeat: false })),
];

/** What a code means; the code itself where nobody has said. */
export function nameCode(code: string | undefined): string {
  if (code === undefined) return "note";
  return CODES.find((one) => one.code === code)?.says ?? code;
}

/** The codes that a key types: capital letters and marks. Small letters are the keys of the page, and are chosen from the list. */
export const TYPED_CODES = CODES.map(({ code }) => code).filter((code) => !/[a-z]/.test(code));
