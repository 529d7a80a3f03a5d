import { expect, it } from "vitest";
import { crcCcitt } from "../../src/formats/crc-ccitt.ts";

const text = (characters: string) => new TextEncoder().encode(characters);

it.each([
  { name: "nothing", bytes: text(""), crc: 0xffff },
  // The check value of CRC-16/IBM-3740, also called CCITT-FALSE, in the catalogue of parametrised CRC algorithms.
  { name: "the digits 1 to 9", bytes: text("123456789"), crc: 0x29b1 },
  { name: "a zero", bytes: Uint8Array.of(0), crc: 0xe1f0 },
])("gives the published remainder of $name", ({ bytes, crc }) => {
  expect(crcCcitt(bytes)).toBe(crc);
});

it("goes on where it stopped", () => {
  expect(crcCcitt(text("56789"), crcCcitt(text("1234")))).toBe(0x29b1);
});
