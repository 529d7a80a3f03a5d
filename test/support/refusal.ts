import { AppError } from "../../src/errors.ts";

/** Why a format cannot carry something, in its words; "none" where it can. */
export function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError && error.code === "not-acceptable") return error.message;
    throw error;
  }
  return "none";
}
