import { z } from "zod";
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from "./passwords.ts";

export const UsernameSchema = z
  .string()
  .min(1)
  .max(64)
  .refine((name) => !/[\p{Cc}\p{Cs}]/u.test(name), "has a control character or half of a surrogate pair")
  .meta({ description: "Taken as given, upper and lower case apart", example: "ada" });

export const EmailSchema = z.email().max(254).meta({ example: "ada@example.org" });

export const PasswordSchema = z
  .string()
  .min(MIN_PASSWORD_LENGTH)
  .max(MAX_PASSWORD_LENGTH)
  // To scrypt, a password and the same with a NUL behind it are one.
  .refine((password) => !password.includes("\0"), "has a NUL")
  .meta({ format: "password", example: "correct horse battery" });
