import { COMMON_PASSWORDS } from "./common-passwords.ts";
import { foldCase } from "./fold-case.ts";

/** The shortest minimum that can be configured, in characters: NIST SP 800-63B-4, section 3.1.1.2, allows no shorter one with a second factor. */
export const LEAST_MIN_PASSWORD_LENGTH = 8;
/** The minimum if none is configured. */
const MIN_PASSWORD_LENGTH = 12;
/** The longest password, in characters, so that nobody has megabytes hashed. */
export const MAX_PASSWORD_LENGTH = 128;
/** The name of the service, which is no password either. */
const SERVICE_NAME = "ecg api";
/** Letters and digits that a password must have beside names that are in it. */
const LEAST_BESIDE_NAMES = 8;
/** A password that is the repetition of so few characters is as good as one of them. */
const FEW_CHARACTERS = 3;
/** The shortest name that is looked for in a password: shorter ones are in words. */
const SHORTEST_NAME = 3;

/** Whose password it is to be. */
export type PasswordOwner = { username: string; email: string };

/**
 * The configured minimum in characters, or the usual one.
 *
 * @throws Error when it is no number from 8 to 128
 */
export function readMinPasswordLength(configured: string | undefined): number {
  const length = Number(configured || MIN_PASSWORD_LENGTH);
  if (!Number.isInteger(length) || length < LEAST_MIN_PASSWORD_LENGTH || length > MAX_PASSWORD_LENGTH) {
    throw new Error(`MIN_PASSWORD_LENGTH must be from ${LEAST_MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH}`);
  }
  return length;
}

/**
 * What is wrong with a new password, as the end of a sentence (NIST SP 800-63B-4, section 3.1.1.2); undefined when nothing is. No case,
 * width or way of typing an accent makes a difference.
 *
 * @param minLength in characters, which are code points of the composed text
 */
export function findPasswordFault(password: string, minLength: number, owner: PasswordOwner): string | undefined {
  if (Array.from(password.normalize("NFC")).length < minLength) return `has fewer than ${minLength} characters`;
  const folded = foldCase(password.normalize("NFKC"));
  if (Array.from(withoutRepeats(folded)).length <= FEW_CHARACTERS) return "repeats a few characters";
  if (isCommon(folded)) return "is one of the most common passwords, or one with digits and signs around it";
  if (isMadeOfNames(folded, owner)) return "is made of the username, the e-mail address or the name of the service";
  return undefined;
}

/** Whether a password, or what is in it from the first letter to the last, with signs or without, once or repeated, is a common one. */
function isCommon(folded: string): boolean {
  const core = /\p{L}.*\p{L}/su.exec(folded)?.[0] ?? folded;
  return [folded, core, lettersOf(core)].some((text) => isListed(text) || isListed(withoutRepeats(text)));
}

function isListed(text: string): boolean {
  return `\n${COMMON_PASSWORDS}\n`.includes(`\n${text}\n`);
}

/** What a text is the repetition of: `abab` of `ab`. */
function withoutRepeats(text: string): string {
  return /^(.+?)\1*$/su.exec(text)?.[1] ?? text;
}

/** Whether a password has names in it, and too little beside them. Of all only the letters and digits count. */
function isMadeOfNames(folded: string, { username, email }: PasswordOwner): boolean {
  const names = [username, email, email.split("@")[0], SERVICE_NAME]
    .map((name) => lettersOf(foldCase(name.normalize("NFKC"))))
    .filter((name) => name.length >= SHORTEST_NAME)
    .sort((a, b) => b.length - a.length);
  const letters = lettersOf(folded);
  const left = names.reduce((text, name) => text.replaceAll(name, ""), letters);
  return left.length < letters.length && Array.from(left).length < LEAST_BESIDE_NAMES;
}

function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}]/gu, "");
}
