import { describe, expect, it } from "vitest";
import { EVIDENCE } from "../../../src/analysis/beats/candidate-evidence.ts";
import { scoreCandidates } from "../../../src/analysis/beats/candidate-model.ts";
import { makeVariants } from "../../../src/analysis/training/beat-variants.ts";
import {
  type CandidateExample,
  examineRecord,
  toDoubtfulExamples,
  toExamples,
} from "../../../src/analysis/training/candidate-examples.ts";
import { FIRST, fitNetwork, IN_DOUBT } from "../../../src/analysis/training/candidate-network.ts";
import { makeUpNoise } from "../../../src/analysis/training/made-up-noise.ts";
import { newRandom } from "../../../src/analysis/training/random.ts";
import { addRuns } from "../../../src/analysis/training/ventricular-runs.ts";
import { type BeatRecord, scoreBeatRecord } from "../../bench/beat-records.ts";

/** Without the records of MIT-BIH the variants are generated ECGs alone. */
function generated(wanted: string): BeatRecord {
  const found = makeVariants([], 1).find(({ name }) => name === wanted);
  if (!found) throw new Error(`No ECG ${wanted} is generated.`);
  return found;
}

const record = generated("100.250");

describe("examineRecord", () => {
  it("takes one candidate for each beat, in each way of looking, and others away from beats", () => {
    const examples = examineRecord(record).flatMap(toExamples);
    const beats = examples.filter(({ isBeat }) => isBeat);
    expect(beats.length).toBe(record.ways.length * record.reference.beats.length);
    expect(examples.length).toBeGreaterThan(beats.length);
  });

  it("passes over ventricular flutter", () => {
    const { beats } = record.reference;
    const flutter = [{ from: 0, to: beats[9].sample + 1 }];
    const examples = examineRecord({ ...record, reference: { beats, flutter } }).flatMap(toExamples);
    expect(examples.filter(({ isBeat }) => isBeat).length).toBeLessThanOrEqual(record.ways.length * (beats.length - 9));
  });
});

describe("toDoubtfulExamples", () => {
  it("takes those that a network leaves in doubt, with its odds", () => {
    const direct = EVIDENCE.map((name) => (name === "height" ? 2 : 0));
    const first = { bias: 4, direct, hidden: [] };
    const [examined] = examineRecord(record);
    const examples = toDoubtfulExamples(examined, first);
    const all = toExamples(examined);
    const oddsOf = (evidence: Float32Array) => 4 + 2 * evidence[EVIDENCE.indexOf("height")];
    expect(examples.length).toBeGreaterThan(0);
    expect(examples.length).toBeLessThan(all.length);
    for (const { evidence, odds } of examples) expect(odds).toBeCloseTo(oddsOf(evidence), 4);
    expect(examples.some(({ odds }) => Math.abs(odds) < 3)).toBe(true);
    expect(new Set(examples.map(({ isBeat }) => isBeat)).size).toBe(2);
  });

  it("passes over what teaches nothing", () => {
    const [examined] = examineRecord(record);
    const undecided = { bias: 0, direct: EVIDENCE.map(() => 0), hidden: [] };
    const known = examined.isBeat.filter((isBeat) => isBeat !== undefined).length;
    expect(toDoubtfulExamples(examined, undecided).length).toBe(known);
    expect(toDoubtfulExamples({ ...examined, isBeat: examined.isBeat.map(() => undefined) }, undecided)).toEqual([]);
  });
});

describe("makeUpNoise", () => {
  it("makes the same noise of two leads for a seed, which have movements together and no two are the same", () => {
    const [first, second] = makeUpNoise(newRandom(1), 60);
    expect([first.length, second.length]).toEqual([60 * 360, 60 * 360]);
    expect(makeUpNoise(newRandom(1), 60)).toEqual([first, second]);
    expect(makeUpNoise(newRandom(2), 60)).not.toEqual([first, second]);
    expect(second).not.toEqual(first);
    const strength = (lead: Float32Array) =>
      Math.sqrt(lead.reduce((sum, value) => sum + value * value, 0) / lead.length);
    for (const lead of [first, second]) {
      expect(strength(lead)).toBeGreaterThan(0.3);
      expect(strength(lead)).toBeLessThan(10);
    }
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

describe("addRuns", () => {
  const made = addRuns(record, newRandom(1));
  const { beats } = made.reference;
  const isEarly = (i: number) => beats[i].type === "V";

  it("puts the same runs into a record for a seed, and keeps all about the other beats", () => {
    expect(addRuns(record, newRandom(1))).toEqual(made);
    expect(addRuns(record, newRandom(2))).not.toEqual(made);
    expect(beats.filter(({ type }) => type === "V").length).toBeGreaterThan(5);
    for (const [i, { sample }] of beats.entries()) {
      if (isEarly(i)) continue;
      expect(record.reference.beats).toContainEqual(beats[i]);
      for (const [l, { samples }] of made.leads.entries()) {
        expect(samples.slice(sample - 30, sample + 30)).toEqual(
          record.leads[l].samples.slice(sample - 30, sample + 30),
        );
      }
    }
  });

  it("puts two beats and more after each other, and a pause behind them", () => {
    for (let i = 1; i < beats.length; i++) {
      const seconds = (beats[i].sample - beats[i - 1].sample) / record.samplingRate;
      if (isEarly(i)) expect(seconds).toBeGreaterThan(0.25);
      if (isEarly(i)) expect(isEarly(i - 1) || isEarly(i + 1)).toBe(true);
      else if (isEarly(i - 1)) expect(seconds).toBeGreaterThan(0.39);
    }
  });

  it("makes what the weights in use find the beats of, at slow rates too", () => {
    for (const name of ["50.250", "50.500"]) {
      const tallies = scoreBeatRecord(addRuns(generated(name), newRandom(2))).map(({ tally }) => tally);
      for (const { falseNegatives, falsePositives } of tallies)
        expect([falseNegatives, falsePositives]).toEqual([0, 0]);
    }
  });
});

describe("fitNetwork", () => {
  it("adds to the odds by which examples were judged before", () => {
    const random = newRandom(7);
    const examples = Array.from({ length: 2000 }, (): CandidateExample => {
      const evidence = Float32Array.from({ length: 3 }, () => random());
      const isBeat = random() < 0.5;
      return { database: "made", record: "made", evidence, odds: isBeat ? 6 : -6, isBeat };
    });
    const model = fitNetwork(examples, 1, { ...IN_DOUBT, steps: 1500 });
    const changes = scoreCandidates(Float32Array.from(examples.flatMap(({ evidence }) => [...evidence])), model);
    expect([model.direct.length, model.hidden.length]).toEqual([3, IN_DOUBT.units]);
    expect(Math.max(...changes.map(Math.abs))).toBeLessThan(2);
  });

  it("tells beats by what no sum of weighted evidence tells, and scores the evidence as it is", () => {
    const random = newRandom(7);
    const examples = Array.from({ length: 2000 }, (): CandidateExample => {
      const evidence = Float32Array.from(EVIDENCE, () => 10 + 5 * random());
      const isBeat = evidence[0] > 12.5 !== evidence[1] > 12.5;
      return { database: "made", record: "made", evidence, odds: 0, isBeat };
    });
    const odds = scoreCandidates(
      Float32Array.from(examples.flatMap(({ evidence }) => [...evidence])),
      fitNetwork(examples, 1, { ...FIRST, steps: 1500 }),
    );
    const right = examples.filter(({ isBeat }, k) => odds[k] > 0 === isBeat);
    expect(right.length / examples.length).toBeGreaterThan(0.9);
  });
});
