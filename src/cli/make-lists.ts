/**
 * `npm run lists` makes the lists that names and passwords are held against: `src/auth/confusables.ts` of Unicode's confusable
 * characters, and `src/auth/common-passwords.ts`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { foldCase } from "../auth/fold-case.ts";

/** The mapping of `confusables.txt` of Unicode 13.0.0, from npm's unhomoglyph. */
const CONFUSABLES = "node_modules/unhomoglyph/data.json";
/** Passwords in the order of how common they are, from npm's zxcvbn-ts. */
const PASSWORDS = "node_modules/@zxcvbn-ts/language-common/src/passwords.json";
/** So many passwords are taken, the most common ones, and all that are long enough for the usual minimum. */
const COMMON_PASSWORDS = 10_000;
/** The usual minimum of a password's length. */
const USUAL_MINIMUM = 12;
/** The shortest password that can be configured: a shorter one is only of use as the core of another. */
const SHORTEST_PASSWORD = 8;

writeList(
  "src/auth/confusables.ts",
  "CONFUSABLES",
  `A line a look: the prototype, a tab, and the characters that look like it. Made by \`npm run lists\` of
 * confusables.txt of Unicode 13.0.0. Licence: Unicode-DFS-2016, https://www.unicode.org/copyright.html`,
  listConfusables(),
);
writeList(
  "src/auth/common-passwords.ts",
  "COMMON_PASSWORDS",
  `The most common passwords, folded, a line each. Made by \`npm run lists\` of zxcvbn-ts's list. Licence: MIT,
 * Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc., (c) 2021 the authors of zxcvbn-ts`,
  listPasswords(),
);

/** The characters that folded and decomposed names can have, by what they look like. */
function listConfusables(): string[] {
  const all: Record<string, string> = JSON.parse(readFileSync(CONFUSABLES, "utf8"));
  const prototypes = new Map<string, string>();
  for (const [char, prototype] of Object.entries(all)) {
    if (isFolded(char)) prototypes.set(char, prototype);
  }
  // A small letter whose capital looks like a Latin letter or a digit is taken for that, or TOM in Cyrillic were not TOM in Latin.
  for (const [capital, prototype] of Object.entries(all)) {
    const char = foldCase(capital);
    if (!/^[A-Za-z\d]$/.test(prototype) || char === capital || /[a-z]/.test(char) || !isFolded(char)) continue;
    if (!/^[a-z]$/.test(prototypes.get(char) ?? "")) prototypes.set(char, prototype);
  }
  const sourcesOf = new Map<string, string[]>();
  for (const [char, prototype] of prototypes) {
    const look = resolve(prototype, prototypes);
    if (look !== char) sourcesOf.set(look, [...(sourcesOf.get(look) ?? []), char]);
  }
  return [...sourcesOf].map(([look, chars]) => `${look}\t${chars.sort().join("")}`).sort();
}

/** Whether a folded and decomposed name can have this character. */
function isFolded(char: string): boolean {
  return /^[!-~\p{L}\p{M}\p{Nd}]$/u.test(char) && foldCase(char.normalize("NFKC")).normalize("NFD") === char;
}

/** What a prototype is itself folded to: 0 looks like O, which is o. */
function resolve(text: string, prototypes: ReadonlyMap<string, string>): string {
  let look = text;
  for (let before = ""; before !== look; ) {
    before = look;
    look = Array.from(foldCase(look).normalize("NFD"), (char) => prototypes.get(char) ?? char).join("");
  }
  return look;
}

/** Without the short ones that are not from letter to letter: they are neither a password nor the core of one. */
function listPasswords(): string[] {
  const all: string[] = JSON.parse(readFileSync(PASSWORDS, "utf8"));
  const common = all
    .filter((password, rank) => rank < COMMON_PASSWORDS || password.length >= USUAL_MINIMUM)
    .map((password) => foldCase(password.normalize("NFKC")));
  return [...new Set(common)]
    .filter((password) => password.length >= SHORTEST_PASSWORD || /^\p{L}.*\p{L}$/u.test(password))
    .sort();
}

function writeList(path: string, name: string, comment: string, lines: string[]): void {
  writeFileSync(path, `/**\n * ${comment}\n */\nexport const ${name} =\n  ${JSON.stringify(lines.join("\n"))};\n`);
  console.log(`${path}: ${lines.length} lines`);
}
