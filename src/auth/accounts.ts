import { z } from "zod";
import { findNameFault, MAX_NAME_LENGTH, normalizeName } from "./names.ts";
import { LEAST_MIN_PASSWORD_LENGTH, MAX_PASSWORD_LENGTH } from "./password-rules.ts";

/** A new account's name, which comes out as it is stored. */
export const UsernameSchema = z
  .string()
  .overwrite(normalizeName)
  .superRefine((name, context) => {
    const message = findNameFault(name);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  })
  .meta({
    description:
      "By RFC 8265: letters, digits and signs of one alphabet, with spaces between words; upper and lower case are kept. Two names that look the same are a 409",
    minLength: 1,
    maxLength: MAX_NAME_LENGTH,
    example: "ada",
  });

/** The longest local part of an e-mail address: RFC 5321, section 4.5.3.1.1. */
const MAX_LOCAL_PART_LENGTH = 64;

/** The e-mail address of an account: of 254 characters at the most (RFC 5321, section 4.5.3.1.3, less its brackets). */
export const EmailSchema = z
  .email()
  .max(254)
  .refine(
    (email) => email.indexOf("@") <= MAX_LOCAL_PART_LENGTH,
    `has more than ${MAX_LOCAL_PART_LENGTH} characters before the @`,
  )
  .meta({ pattern: z.regexes.email.source, example: "ada@example.org" });

/** A new password, before the rules that take the configuration and the account: `findPasswordFault` has them. */
export const PasswordSchema = z
  .string()
  .min(1)
  .refine(
    (password) => Array.from(password).length <= MAX_PASSWORD_LENGTH,
    `has more than ${MAX_PASSWORD_LENGTH} characters`,
  )
  // To scrypt, a password and the same with a NUL behind it are one.
  .refine((password) => !password.includes("\0"), "has a NUL")
  // All halves of surrogate pairs are one to it, as they are in UTF-8.
  .refine((password) => password.isWellFormed(), "has half of a surrogate pair")
  .meta({
    description:
      "12 characters or more, unless the operator has configured another minimum; no common one, and not made of the username, the e-mail address or the service's name",
    format: "password",
    minLength: LEAST_MIN_PASSWORD_LENGTH,
    maxLength: MAX_PASSWORD_LENGTH,
    example: "correct horse battery",
  });
