import { expect, it } from "vitest";
import { ByteReader } from "../../src/formats/byte-reader.ts";
import { FormatError } from "../../src/formats/format.ts";

it.each([4, -1, Number.NaN, Number.POSITIVE_INFINITY])("takes no %d bytes where three are left, and stays", (count) => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3, 4), { start: 10 });
  expect(reader.u8()).toBe(1);
  for (const act of ["skip", "take8", "latin1", "part"] as const) {
    expect(() => reader[act](count, "the name")).toThrow(
      new FormatError("byte 11", `the name of ${count} bytes does not fit into the 3 that are left`),
    );
  }
  expect([reader.position, ...reader.take8(3)]).toEqual([11, 2, 3, 4]);
});

it("reads a part, and nothing beyond it", () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3, 4), { isLittleEndian: false });
  reader.skip(1);
  const part = reader.part(2);
  expect([part.position, part.u16(), part.remaining, reader.u8()]).toEqual([1, 0x0203, 0, 4]);
  expect(() => part.u8()).toThrow(FormatError);
});
