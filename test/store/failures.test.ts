import { DrizzleQueryError } from "drizzle-orm";
import { expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { codeOf, stacksOf } from "../../src/store/failures.ts";

const SQL = "select * from users where username = ?";
const failed = (cause: Error) => new DrizzleQueryError(SQL, ["ada"], cause);

it("logs a failed query with its causes, and without the values that it was bound to", () => {
  const [query, cause] = stacksOf(failed(new Error("D1 is away")));
  expect(query).toContain(SQL);
  expect(query).not.toContain("ada");
  expect(cause).toMatch(/^Error: D1 is away\n/);
});

it("logs five causes at the most, and what is no error as a text", () => {
  const endless = new Error("again and again");
  endless.cause = endless;
  expect(stacksOf(endless)).toHaveLength(5);
  expect(stacksOf("a text")).toEqual(["a text"]);
});

it.each([
  { what: "a refusal of ours", error: new AppError("damaged-signal"), code: "damaged-signal" },
  { what: "one behind another error", error: failed(new AppError("unavailable")), code: "unavailable" },
  { what: "an error of D1's", error: failed(new Error("D1_ERROR: no such table: x")), code: "D1_ERROR" },
  { what: "any other error", error: new RangeError("of somebody's"), code: "RangeError" },
  { what: "no error", error: "of somebody's", code: "unknown" },
])("tells of $what its kind, and no more", ({ error, code }) => {
  expect(codeOf(error)).toBe(code);
});
