import { readFileSync } from "node:fs";

/** An annotation of a WFDB file in MIT format. */
export type WfdbAnnotation = {
  /** The number of the sample that it is at. */
  sample: number;
  /** WFDB's annotation code: 1 is a normal beat, 5 a premature ventricular one ... */
  code: number;
  subtype: number;
  /** The auxiliary text, such as the name of a rhythm: `(AFIB`. */
  text: string;
};

/** Codes of WFDB's `ecgcodes.h`, by the mnemonic that its tools print. */
export const CODES = {
  N: 1,
  L: 2,
  R: 3,
  a: 4,
  V: 5,
  F: 6,
  J: 7,
  A: 8,
  S: 9,
  E: 10,
  j: 11,
  "/": 12,
  Q: 13,
  "~": 14,
  B: 25,
  "+": 28,
  "?": 30,
  "[": 32,
  "]": 33,
  e: 34,
  n: 35,
  f: 38,
  r: 41,
} as const;

/** What the high six bits of a word say when they are no code of an annotation. */
const SKIP = 59;
const NUMBER = 60;
const SUBTYPE = 61;
const CHANNEL = 62;
const TEXT = 63;

/** The annotations of a file in MIT format. Specification: the WFDB Applications Guide, `annot(5)`. */
export function readAnnotations(path: string): WfdbAnnotation[] {
  const bytes = readFileSync(path);
  const annotations: WfdbAnnotation[] = [];
  let sample = 0;
  for (let at = 0; at + 1 < bytes.length; ) {
    const word = bytes.readUInt16LE(at);
    at += 2;
    if (word === 0) break;
    const code = word >> 10;
    const low = word & 0x3ff;
    const last = annotations.at(-1);
    if (code === SKIP) {
      // A long interval, the high half first.
      sample += (bytes.readInt16LE(at) << 16) + bytes.readUInt16LE(at + 2);
      at += 4;
    } else if (code === TEXT) {
      if (last) last.text = bytes.toString("latin1", at, at + low).replace(/\0+$/, "");
      at += low + (low & 1);
    } else if (code === SUBTYPE) {
      if (last) last.subtype = (low << 24) >> 24;
    } else if (code !== NUMBER && code !== CHANNEL) {
      sample += low;
      annotations.push({ sample, code, subtype: 0, text: "" });
    }
  }
  return annotations;
}
