import { expect, it } from "vitest";
import { parseNumberList, type WrongNumber } from "../../src/formats/number-list.ts";
import { MISSING } from "../../src/recording/recording.ts";

it.each([
  { text: "", decimals: 0, samples: [] },
  { text: " \r\n\t ", decimals: 0, samples: [] },
  { text: "1 -2\n+3\t\t-0 ", decimals: 0, samples: [1, -2, 3, 0] },
  { text: "2147483647 -2147483647 0000000000012", decimals: 0, samples: [2147483647, -2147483647, 12] },
  { text: "1.0 2.000 3.", decimals: 0, samples: [1, 2, 3] },
  { text: "0.125 -.5 7 E U L", decimals: 3, samples: [125, -500, 7000, MISSING, MISSING, MISSING] },
])("reads $text", ({ text, decimals, samples }) => {
  expect(parseNumberList(text, 9, "EUL", fail)).toEqual({ decimals, samples: Int32Array.from(samples) });
});

it.each([
  { text: "1 2x", wrong: { token: "2x", index: 1, offset: 2 } },
  { text: "1 2 3,4 5", wrong: { token: "3,4", index: 2, offset: 4 } },
  { text: "1e5", wrong: { token: "1e5", index: 0, offset: 0 } },
  { text: "-", wrong: { token: "-", index: 0, offset: 0 } },
  { text: ".", wrong: { token: ".", index: 0, offset: 0 } },
  { text: "1.2.3", wrong: { token: "1.2.3", index: 0, offset: 0 } },
  { text: "EU", wrong: { token: "EU", index: 0, offset: 0 } },
  { text: "-E", wrong: { token: "-E", index: 0, offset: 0 } },
  { text: "e", wrong: { token: "e", index: 0, offset: 0 } },
  { text: "2147483648", wrong: { token: "2147483648", index: 0, offset: 0 } },
  { text: "-2147483648", wrong: { token: "-2147483648", index: 0, offset: 0 } },
  { text: "3000000 0.001", wrong: { token: "3000000", index: 0, offset: 0 } },
  { text: "0.0000000001", wrong: { token: "0.0000000001", index: 0, offset: 0 } },
  { text: "9".repeat(400), wrong: { token: "9".repeat(32), index: 0, offset: 0 } },
])("refuses $text", ({ text, wrong }) => {
  expect(() => parseNumberList(text, 9, "EUL", fail)).toThrow(JSON.stringify(wrong));
});

it("takes no more decimals than it may", () => {
  expect(parseNumberList("1.0", 0, "", fail).samples).toEqual(Int32Array.of(1));
  expect(() => parseNumberList("1.5", 0, "", fail)).toThrow('"1.5"');
});

function fail(wrong: WrongNumber): never {
  throw new Error(JSON.stringify(wrong));
}
