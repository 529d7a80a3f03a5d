import fc from "fast-check";
import { expect, it } from "vitest";
import { countZeroCrossings } from "../../../src/analysis/measures/zero-crossings.ts";
import { MISSING } from "../../../src/recording/recording.ts";

const MAX = 0x7fffffff;
const countOf = (samples: Int32Array) => countZeroCrossings(samples).count;

it.each([
  { signal: [1, -1, 2, -2, 3, -3, 4, -4, 5, -5, -3], crossings: 9 },
  { signal: [3, 2, 0, 0, -1], crossings: 1 },
  { signal: [2, 1, 0, -1], crossings: 1 },
  { signal: [2, 1, 0, 1], crossings: 0 },
  { signal: [-1, 0, -1], crossings: 0 },
  { signal: [0, 0, 5, -5], crossings: 1 },
  { signal: [5, -5, 0, 0], crossings: 1 },
  { signal: [0], crossings: 0 },
  { signal: [7], crossings: 0 },
  { signal: [-7], crossings: 0 },
  { signal: [], crossings: 0 },
  { signal: [MISSING], crossings: 0 },
  { signal: [MISSING, 4], crossings: 0 },
  { signal: [4, MISSING, 4], crossings: 0 },
  { signal: [4, MISSING, -4], crossings: 1 },
  { signal: [-4, MISSING, 0, MISSING, -4], crossings: 0 },
  { signal: [-4, MISSING, 0, MISSING, 4, MISSING], crossings: 1 },
  { signal: [MAX, -MAX, MAX], crossings: 2 },
  { signal: [MAX, MAX], crossings: 0 },
  { signal: [-MAX, -MAX], crossings: 0 },
])("counts $crossings in $signal", ({ signal, crossings }) => {
  expect(countOf(Int32Array.from(signal))).toBe(crossings);
});

it("leaves the samples as they are", () => {
  const samples = Int32Array.of(3, 0, MISSING, -1);
  countZeroCrossings(samples);
  expect(samples).toEqual(Int32Array.of(3, 0, MISSING, -1));
});

const signals = fc.array(
  fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -MAX, max: MAX }), fc.constant(MISSING)),
);

it("counts what a look at each pair of neighbours with a sign counts", () => {
  fc.assert(
    fc.property(signals, (signal) => {
      const signs = signal.filter((sample) => sample !== 0 && sample !== MISSING).map(Math.sign);
      const pairs = signs.filter((sign, i) => i > 0 && sign !== signs[i - 1]);
      expect(countOf(Int32Array.from(signal))).toBe(pairs.length);
    }),
  );
});

it("goes on from what came before, wherever a signal is cut", () => {
  fc.assert(
    fc.property(signals, fc.nat(), (signal, at) => {
      const samples = Int32Array.from(signal);
      const cut = at % (signal.length + 1);
      const before = countZeroCrossings(samples.subarray(0, cut));
      expect(countZeroCrossings(samples.subarray(cut), before)).toEqual(countZeroCrossings(samples));
    }),
  );
});

it("counts in signals of more than one piece", () => {
  const samples = Int32Array.from({ length: 100_003 }, (_, i) => (i % 1000 < 3 ? 0 : i % 3 === 0 ? -i : i));
  const signs = [...samples].map(Math.sign).filter((sign) => sign !== 0);
  const count = signs.filter((sign, i) => i > 0 && sign !== signs[i - 1]).length;
  expect(countZeroCrossings(samples)).toEqual({ count, lastSign: signs[signs.length - 1] });
});

it("counts as many in the signal turned upside down", () => {
  fc.assert(
    fc.property(signals, (signal) => {
      const negated = signal.map((sample) => (sample === MISSING ? MISSING : -sample));
      expect(countOf(Int32Array.from(negated))).toBe(countOf(Int32Array.from(signal)));
    }),
  );
});

it("counts as many with zeros and missing samples put in anywhere", () => {
  const insertions = fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, MISSING)));
  fc.assert(
    fc.property(signals, insertions, (signal, added) => {
      const longer = [...signal];
      for (const [at, sample] of added) longer.splice(at % (longer.length + 1), 0, sample);
      expect(countOf(Int32Array.from(longer))).toBe(countOf(Int32Array.from(signal)));
    }),
  );
});
