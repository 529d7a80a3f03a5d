/**
 * `npm run font` makes the font that PDF files are written with, `src/formats/pdf/dejavu-sans.ts`: the characters below of
 * DejaVu Sans Condensed, without hinting.
 */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { zlibSync } from "fflate";
import { TrueType } from "../formats/pdf/true-type.ts";

const FONT = "node_modules/dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf";
const LICENSE = "node_modules/dejavu-fonts-ttf/LICENSE";
const FOLDER = "src/formats/pdf";

/** The blocks of Unicode whose characters can be written one after the other from left to right. */
const BLOCKS = {
  "Basic Latin to Spacing Modifier Letters": [0x20, 0x2ff],
  "Combining Diacritical Marks": [0x300, 0x36f],
  "Greek, Cyrillic, Armenian": [0x370, 0x58f],
  Georgian: [0x10a0, 0x10ff],
  "Latin Extended Additional, Greek Extended": [0x1e00, 0x1fff],
  "General Punctuation to Mathematical Operators": [0x2000, 0x22ff],
  "Geometric Shapes": [0x25a0, 0x25ff],
  "Latin and Armenian ligatures": [0xfb00, 0xfb17],
};

const chars = Object.values(BLOCKS).flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
const subset = new TrueType(new Uint8Array(readFileSync(FONT))).subset(chars);
const packed = Buffer.from(zlibSync(subset, { level: 9 })).toString("base64");
copyFileSync(LICENSE, `${FOLDER}/LICENSE-DEJAVU.txt`);
writeFileSync(
  `${FOLDER}/dejavu-sans.ts`,
  `/** DejaVu Sans Condensed of a part of Unicode, packed by zlib, in base64: made by \`npm run font\`. Licence: LICENSE-DEJAVU.txt. */
export const DEJAVU_SANS =
  "${packed}";
`,
);
console.log(`${subset.length} bytes of font, ${packed.length} packed`);
