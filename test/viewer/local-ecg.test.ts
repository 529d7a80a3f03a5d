import * as fc from "fast-check";
import { expect, it } from "vitest";
import { MISSING } from "../../src/recording/recording.ts";
import { answerQuery, newLocalEcg } from "../../src/viewer/local/local-ecg.ts";
import { newRecording } from "../support/new-recording.ts";

const SAMPLES = Int32Array.of(5, -3, MISSING, 8, 9, -1, 2);
const EMPTY = Int32Array.of(MISSING, MISSING);
const ECG = newLocalEcg(
  "file-1",
  newRecording({ recordedAt: null }, [
    { name: "II", samplingRate: 2, samples: SAMPLES },
    { name: "V1", samplingRate: 2, samples: EMPTY },
  ]),
  Date.UTC(2026, 0, 2),
);

function ask(query: string) {
  return answerQuery(ECG, new URLSearchParams(query)).leads;
}

it("says what the API would say of it, without its samples", () => {
  expect(answerQuery(ECG, new URLSearchParams("signals=none"))).toMatchObject({
    id: "file-1",
    date: "2026-01-02T00:00:00Z",
    date_source: "received",
    sampling_rate: 2,
    duration: 3.5,
    heart_rate: null,
    leads: [
      { name: "II", n_samples: 7, unit: "mV", zero_crossings: 4 },
      { name: "V1", n_samples: 2, zero_crossings: 0 },
    ],
  });
});

it.each([
  { query: "leads=II", answer: { start_sample: 0, signal: [5, -3, null, 8, 9, -1, 2] } },
  { query: "leads=II&start=1&end=2", answer: { start_sample: 2, signal: [null, 8] } },
  { query: "leads=II&start=3&end=99&max_points=20", answer: { start_sample: 6, signal: [2] } },
  {
    query: "leads=II&start=0.5&max_points=3",
    answer: {
      start_sample: 1,
      samples_per_bucket: 3,
      buckets: [
        [-3, -3],
        [-1, 9],
        [2, 2],
      ],
    },
  },
  { query: "leads=V1&max_points=1", answer: { samples_per_bucket: 2, buckets: [null] } },
])("answers $query", ({ query, answer }) => {
  expect(ask(query)).toMatchObject([answer]);
});

it("buckets begin at multiples of their length, are no more than asked for and have every sample", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: MISSING + 1 }), { minLength: 1, maxLength: 50 }),
      fc.nat(20),
      fc.integer({ min: 1, max: 9 }),
      (signal, skip, most) => {
        const recording = newRecording({}, [{ name: "I", samplingRate: 1, samples: Int32Array.from(signal) }]);
        const from = skip % signal.length;
        const query = new URLSearchParams({ start: String(from), max_points: String(most) });
        const [lead] = answerQuery(newLocalEcg("file-1", recording, 0), query).leads as unknown as {
          start_sample: number;
          signal?: number[];
          samples_per_bucket?: number;
          buckets?: number[][];
        }[];
        const {
          start_sample,
          samples_per_bucket: step = 1,
          buckets = lead.signal?.map((one) => [one, one]) ?? [],
        } = lead;
        expect(start_sample).toBe(from);
        expect(buckets.length).toBeLessThanOrEqual(most);
        for (const [i, one] of signal.entries()) {
          if (i < from) continue;
          const [low, high] = buckets[Math.floor(i / step) - Math.floor(from / step)];
          expect(low <= one && one <= high).toBe(true);
        }
      },
    ),
  );
});
