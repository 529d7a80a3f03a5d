import { expect, it } from "vitest";
import { jsonLines } from "../../src/formats/json/lines.ts";
import { MISSING } from "../../src/recording/recording.ts";
import { readFiles } from "../support/fuzz.ts";

const FIRST = '{"sampling_rate":250,"open":true,"leads":[{"name":"I","signal":[1]},{"name":"II","signal":[]}]}';
const next = (one: string, two: string) =>
  `{"leads":[{"name":"II","start_sample":${two}},{"name":"I","start_sample":${one}}]}`;

it("reads an ECG that goes on from line to line", async () => {
  const lines = [FIRST, next('1,"signal":[2,null]', '0,"signal":[7]'), " ", next('3,"signal":[]', '1,"signal":[8,9]')];
  expect(await read(lines.join("\r\n"))).toMatchObject({
    isOpen: true,
    leads: [
      { name: "I", samplingRate: 250, samples: Int32Array.of(1, 2, MISSING) },
      { name: "II", samplingRate: 250, samples: Int32Array.of(7, 8, 9) },
    ],
  });
});

it("reads a first line alone, with or without its end", async () => {
  expect(await read(FIRST)).toEqual(await read(`${FIRST}\n`));
});

it.each([
  { name: "no line", text: "", errors: [{ path: "line 1", message: "there is none" }] },
  {
    name: "a wrong field",
    text: `${FIRST}\n{"leads":[],"x":1}`,
    errors: [
      { path: "line 2: leads", message: "is empty" },
      { path: "line 2: x", message: "is not a field" },
    ],
  },
  {
    name: "a lead that is lost",
    text: `${FIRST}\n{"leads":[{"name":"I","start_sample":1,"signal":[]}]}`,
    errors: [{ path: "line 2: leads", message: "must have all leads of the ECG: I, II" }],
  },
  {
    name: "another offset",
    text: `${FIRST}\n${next('0,"signal":[1]', '0,"signal":[1]')}`,
    errors: [{ path: "line 2", message: 'the lead "I" goes on from 1, not 0' }],
  },
])("refuses $name and says on which line it is", async ({ text, errors }) => {
  await expect(read(text)).rejects.toMatchObject({ code: "invalid", options: { errors } });
});

it("says on which line JSON ends", async () => {
  await expect(read(`${FIRST}\n{"leads":[`)).rejects.toMatchObject({
    code: "malformed",
    message: expect.stringMatching(/^Line 2: /),
  });
});

function read(text: string) {
  return readFiles(jsonLines, [{ name: "", bytes: new TextEncoder().encode(text) }]);
}
