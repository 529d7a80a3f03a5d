import { describe, expect, it } from "vitest";
import { EVIDENCE } from "../../../src/analysis/beats/candidate-evidence.ts";
import { scoreCandidates } from "../../../src/analysis/beats/candidate-model.ts";
import { makeVariants } from "../../../src/analysis/training/beat-variants.ts";
import { type CandidateExample, examineRecord } from "../../../src/analysis/training/candidate-examples.ts";
import { fitNetwork } from "../../../src/analysis/training/candidate-network.ts";
import { newRandom } from "../../../src/analysis/training/random.ts";
import { type BeatRecord, scoreBeatRecord } from "../../bench/beat-records.ts";

/** Without the records of MIT-BIH the variants are generated ECGs alone. */
const record = makeVariants([], 1).find(({ name }) => name === "100.250");
if (!record) throw new Error("No ECG of 100 beats a minute is generated.");

describe("examineRecord", () => {
  it("takes one candidate for each beat, in each way of looking, and others away from beats", () => {
    const examples = examineRecord(record);
    const beats = examples.filter(({ isBeat }) => isBeat);
    expect(beats.length).toBe(record.ways.length * record.reference.beats.length);
    expect(examples.length).toBeGreaterThan(beats.length);
  });

  it("passes over ventricular flutter", () => {
    const { beats } = record.reference;
    const flutter = [{ from: 0, to: beats[9].sample + 1 }];
    const examples = examineRecord({ ...record, reference: { beats, flutter } });
    expect(examples.filter(({ isBeat }) => isBeat).length).toBeLessThanOrEqual(record.ways.length * (beats.length - 9));
  });
});

describe("makeVariants", () => {
  it("generates the same ECGs for a seed, and annotates beats that can be found", () => {
    const first = (seed: number): BeatRecord => makeVariants([], seed).next().value;
    expect(first(1)).toEqual(first(1));
    expect(first(1)).not.toEqual(first(2));
    const tallies = scoreBeatRecord(record).map(({ tally }) => tally);
    const all = record.reference.beats.length;
    for (const { truePositives, falsePositives } of tallies) {
      expect(truePositives).toBeGreaterThan(0.98 * all);
      expect(falsePositives).toBeLessThan(0.02 * all);
    }
  });
});

describe("fitNetwork", () => {
  it("tells beats by what no sum of weighted evidence tells, and scores the evidence as it is", () => {
    const random = newRandom(7);
    const examples = Array.from({ length: 2000 }, (): CandidateExample => {
      const evidence = Float32Array.from(EVIDENCE, () => 10 + 5 * random());
      const isBeat = evidence[0] > 12.5 !== evidence[1] > 12.5;
      return { database: "made", record: "made", evidence, isBeat };
    });
    const odds = scoreCandidates(
      Float32Array.from(examples.flatMap(({ evidence }) => [...evidence])),
      fitNetwork(examples, 1, 1500),
    );
    const right = examples.filter(({ isBeat }, k) => odds[k] > 0 === isBeat);
    expect(right.length / examples.length).toBeGreaterThan(0.9);
  });
});
