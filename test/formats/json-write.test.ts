import fc from "fast-check";
import { expect, it } from "vitest";
import { writeEcgJson } from "../../src/formats/json/writer.ts";
import { MISSING } from "../../src/recording/recording.ts";
import { runs } from "../support/runs.ts";

const MAX = 0x7fffffff;

const write = (fields: Record<string, unknown>, signals: number[][]) =>
  new TextDecoder().decode(
    writeEcgJson(
      fields,
      signals.map((signal, i) => ({ fields: { name: `lead ${i}` }, signal: Int32Array.from(signal) })),
    ),
  );

it.each([
  { name: "an ECG of nothing", fields: {}, signals: [], text: '{"leads":[]}' },
  { name: "fields alone", fields: { id: "7", note: null }, signals: [], text: '{"id":"7","note":null,"leads":[]}' },
  { name: "no samples", fields: {}, signals: [[]], text: '{"leads":[{"name":"lead 0","signal":[]}]}' },
  {
    name: "leads of different lengths",
    fields: { sampling_rate: 0.5 },
    signals: [[1], [], [-2, 3]],
    text: '{"sampling_rate":0.5,"leads":[{"name":"lead 0","signal":[1]},{"name":"lead 1","signal":[]},{"name":"lead 2","signal":[-2,3]}]}',
  },
  {
    name: "missing samples as null",
    fields: {},
    signals: [[MISSING, 0, MISSING]],
    text: '{"leads":[{"name":"lead 0","signal":[null,0,null]}]}',
  },
  {
    name: "nothing but missing samples",
    fields: {},
    signals: [[MISSING, MISSING, MISSING, MISSING]],
    text: '{"leads":[{"name":"lead 0","signal":[null,null,null,null]}]}',
  },
  {
    name: "the largest and the smallest sample",
    fields: {},
    signals: [[MAX, -MAX]],
    text: '{"leads":[{"name":"lead 0","signal":[2147483647,-2147483647]}]}',
  },
  { name: "a field without a value", fields: { a: undefined }, signals: [], text: '{"leads":[]}' },
  {
    name: "what JSON escapes, in UTF-8",
    fields: { note: '"\\\n\u0000\u00e9\u{1f600}\ud800' },
    signals: [],
    text: '{"note":"\\"\\\\\\n\\u0000\u00e9\u{1f600}\\ud800","leads":[]}',
  },
])("writes $name", ({ fields, signals, text }) => {
  expect(write(fields, signals)).toBe(text);
});

it("writes a lead that has no fields of its own", () => {
  const bytes = writeEcgJson({}, [
    { fields: {}, signal: Int32Array.of(1) },
    { fields: {}, signal: Int32Array.of(2) },
  ]);
  expect(new TextDecoder().decode(bytes)).toBe('{"leads":[{"signal":[1]},{"signal":[2]}]}');
});

it("writes every number of digits, up to the next and down", () => {
  const powers = Array.from({ length: 10 }, (_, digits) => 10 ** digits);
  const signal = powers.flatMap((power) => [power - 1, power, -power, 1 - power]).map((sample) => sample + 0);
  expect(JSON.parse(write({}, [signal])).leads[0].signal).toEqual(signal);
});

it("leaves the samples as they are", () => {
  const samples = Int32Array.of(-12, MISSING, 0);
  writeEcgJson({}, [{ fields: {}, signal: samples }]);
  expect(samples).toEqual(Int32Array.of(-12, MISSING, 0));
});

it.each([0, 1, 200_000, 600_000])("writes long texts and many samples, the text %i bytes long", (length) => {
  const signal = Array.from({ length: 100_000 }, (_, i) => (i % 97 === 0 ? MISSING : i * (i % 2 ? -21_473 : 1)));
  const fields = { note: "\u00e9".repeat(length / 2) };
  const text = write(fields, [signal, [], signal.slice(0, 8192), signal.slice(0, 8193)]);
  const leads = [signal, [], signal.slice(0, 8192), signal.slice(0, 8193)].map((signal, i) => {
    return { fields: { name: `lead ${i}` }, signal };
  });
  // A comparison of its own: nobody reads the difference of two long texts.
  expect(text === JSON.stringify(toObject(fields, leads))).toBe(true);
});

it("writes buckets as pairs, and null where there is no sample", () => {
  const buckets = { min: Int32Array.of(-MAX, MISSING, 3), max: Int32Array.of(MAX, MISSING, 3) };
  const bytes = writeEcgJson({}, [{ fields: {}, buckets }]);
  expect(new TextDecoder().decode(bytes)).toBe('{"leads":[{"buckets":[[-2147483647,2147483647],null,[3,3]]}]}');
});

const samples = fc.oneof(
  fc.constantFrom(MISSING, 0, 1, -1, MAX, -MAX),
  fc.integer({ min: -9999, max: 9999 }),
  fc.integer({ min: MISSING, max: MAX }),
);
/** One magnitude a signal, since the room for a signal goes by its largest sample. */
const signals = fc.oneof(
  fc.array(samples),
  fc
    .nat(9)
    .chain((digits) =>
      fc.array(fc.oneof(fc.constant(MISSING), fc.integer({ min: -(10 ** digits), max: 10 ** digits }))),
    ),
);
const fields = fc.dictionary(
  fc.string({ unit: "binary" }).filter((key) => !["leads", "signal", "__proto__"].includes(key)),
  fc.jsonValue({ maxDepth: 2 }),
);
const leads = fc.array(fc.record({ fields, signal: signals }), { maxLength: 5 });

/** The object that is written, with an array of numbers for each signal. */
function toObject(fields: Record<string, unknown>, leads: { fields: Record<string, unknown>; signal: number[] }[]) {
  return {
    ...fields,
    leads: leads.map((lead) => ({
      ...lead.fields,
      signal: lead.signal.map((sample) => (sample === MISSING ? null : sample)),
    })),
  };
}

it("writes byte for byte what JSON.stringify does", () => {
  fc.assert(
    fc.property(fields, leads, (fields, leads) => {
      const bytes = writeEcgJson(
        fields,
        leads.map(({ fields, signal }) => ({ fields, signal: Int32Array.from(signal) })),
      );
      expect(new TextDecoder().decode(bytes)).toBe(JSON.stringify(toObject(fields, leads)));
    }),
    { numRuns: runs(1000) },
  );
});

it("is read by JSON.parse as the ECG that was written", () => {
  fc.assert(
    fc.property(leads, (leads) => {
      const bytes = writeEcgJson(
        { id: "7" },
        leads.map(({ signal }, i) => ({ fields: { name: `${i}` }, signal: Int32Array.from(signal) })),
      );
      const named = leads.map(({ signal }, i) => ({ fields: { name: `${i}` }, signal }));
      expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual(toObject({ id: "7" }, named));
    }),
    { numRuns: runs(1000) },
  );
});
