import { expect, it } from "vitest";
import { crc32 } from "../src/crc32.ts";

it.each([
  { text: "", sum: 0 },
  { text: "123456789", sum: 0xcbf43926 }, // the check value of the standard
  { text: "a", sum: 0xe8b7be43 },
])("of $text is $sum", ({ text, sum }) => {
  expect(crc32(new TextEncoder().encode(text))).toBe(sum);
});

it("continues from the bytes before", () => {
  const bytes = new TextEncoder().encode("123456789");
  expect(crc32(bytes, 4, crc32(bytes.subarray(0, 4)))).toBe(0xcbf43926);
});
