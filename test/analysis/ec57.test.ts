import { describe, expect, it } from "vitest";
import {
  type BeatClass,
  positivePredictivity,
  type Reference,
  type ScoredBeat,
  scoreBeats,
  sensitivity,
  tallyBeats,
  tallyFibrillation,
  tallySupraventricular,
  tallyVentricular,
  toReference,
} from "../../src/analysis/ec57.ts";

const RATE = 100;
/** Five minutes, which are not scored. */
const START = 300 * RATE;

/** Beats from a line such as `N0 V80`: the class, and the sample after the first five minutes. */
function beatsOf(line: string): ScoredBeat[] {
  return line
    .split(" ")
    .filter(Boolean)
    .map((word) => ({ type: word[0] as BeatClass, sample: START + Number(word.slice(1)) }));
}

function score(reference: string, found: string, flutter: Reference["flutter"] = []) {
  return scoreBeats({ beats: beatsOf(reference), flutter }, beatsOf(found), RATE);
}

describe("scoreBeats", () => {
  it.each([
    { name: "the same", reference: "N100 V200", found: "N100 V200", counts: { NN: 1, VV: 1 } },
    { name: "150 ms early and late", reference: "N100 N200", found: "N85 N215", counts: { NN: 2 } },
    { name: "more than 150 ms off", reference: "N100", found: "N116", counts: { NO: 1, ON: 1 } },
    { name: "one missed", reference: "N100 N200 N300", found: "N100 N300", counts: { NN: 2, NO: 1 } },
    { name: "one too many", reference: "N100 N300", found: "N100 N200 N300", counts: { NN: 2, ON: 1 } },
    { name: "two near one: the nearer", reference: "N100", found: "V90 N102", counts: { NN: 1, OV: 1 } },
    { name: "one near two: the nearer", reference: "N90 V100", found: "V98", counts: { NO: 1, VV: 1 } },
    { name: "another class", reference: "V100 F200 S300", found: "N100 V200 N300", counts: { VN: 1, FV: 1, SN: 1 } },
    { name: "nothing found", reference: "N100", found: "", counts: { NO: 1 } },
    { name: "nothing there", reference: "", found: "N100", counts: { ON: 1 } },
    { name: "the first five minutes", reference: "N-500 N-400 N100", found: "N-450 N100", counts: { NN: 1 } },
    { name: "a match from the first five minutes", reference: "N5 N100", found: "N-5 N100", counts: { NN: 2 } },
    { name: "a match for the first five minutes", reference: "N-5 N100", found: "N5 N100", counts: { NN: 1 } },
  ])("pairs $name", ({ reference, found, counts }) => {
    expect(score(reference, found).counts).toEqual(counts);
  });

  it("does not count what is found in ventricular flutter", () => {
    const flutter = [{ from: START + 150, to: START + 250 }];
    expect(score("N100 N300", "N100 V160 V200 N300 N320", flutter).counts).toEqual({ NN: 2, ON: 1 });
  });

  it("does not count what is found in any of several stretches of flutter, both ends included", () => {
    const flutter = [
      { from: START + 150, to: START + 250 },
      { from: START + 400, to: START + 500 },
    ];
    const found = "V149 V150 V250 V251 V399 V400 V450 V500 V501";
    expect(score("", found, flutter).counts).toEqual({ OV: 4 });
  });

  it("looks at each stretch of flutter as often as there are beats about it, and not for every beat", () => {
    let looks = 0;
    const count = (sample: number) => {
      looks++;
      return sample;
    };
    const flutter = Array.from({ length: 1000 }, (_, i) => ({
      get from() {
        return count(START + 20 * i);
      },
      get to() {
        return count(START + 20 * i + 1);
      },
    }));
    const found = beatsOf(Array.from({ length: 2000 }, (_, i) => `V${10 * i}`).join(" "));
    expect(scoreBeats({ beats: [], flutter }, found, RATE).counts).toEqual({ OV: 1000 });
    expect(looks).toBeLessThan(3 * (flutter.length + found.length));
  });

  it("says how much later each was found", () => {
    expect(score("N100 N200 N300", "N103 N198").delays).toEqual([3, -2]);
  });
});

describe("the tallies", () => {
  const { counts } = score("N100 V200 V300 V400 F500 Q600 S700 N800", "V100 V200 N300 V500 V600 S700 S800 V900");

  it("count beats of any class alike", () => {
    expect(tallyBeats({ counts })).toEqual({ truePositives: 7, falseNegatives: 1, falsePositives: 1 });
  });

  it("count a fusion or an unknown beat that is called ventricular as no error", () => {
    expect(tallyVentricular({ counts })).toEqual({
      truePositives: 1,
      falseNegatives: 2,
      falsePositives: 2,
    });
  });

  it("count supraventricular beats", () => {
    expect(tallySupraventricular({ counts })).toEqual({
      truePositives: 1,
      falseNegatives: 0,
      falsePositives: 1,
    });
  });

  it("give sensitivity and positive predictivity", () => {
    const tally = { truePositives: 8, falseNegatives: 2, falsePositives: 24 };
    expect([sensitivity(tally), positivePredictivity(tally)]).toEqual([0.8, 0.25]);
  });
});

describe("toReference", () => {
  it("takes beats by class and stretches of flutter, in which none are counted", () => {
    const codes = ["+", "N", "L", "A", "V", "~", "[", "V", "]", "F", "/", "["];
    const annotations = codes.map((code, i) => ({ time: i / 10, code }));
    expect(toReference(annotations, RATE)).toEqual({
      beats: [
        { sample: 10, type: "N", time: 0.1, code: "N" },
        { sample: 20, type: "N", time: 0.2, code: "L" },
        { sample: 30, type: "S", time: 0.3, code: "A" },
        { sample: 40, type: "V", time: 0.4, code: "V" },
        { sample: 90, type: "F", time: 0.9, code: "F" },
        { sample: 100, type: "Q", time: 1, code: "/" },
      ],
      flutter: [
        { from: 60, to: 80 },
        { from: 110, to: Number.POSITIVE_INFINITY },
      ],
    });
  });
});

describe("tallyFibrillation", () => {
  const changes = ["(N", "(AFIB", "(AFL", "(N"].map((name, i) => ({ name, time: 10 * i }));

  it("counts seconds, but for those that are found in flutter", () => {
    const found = [
      { from: 5, to: 18 },
      { from: 22, to: 34 },
    ];
    expect(tallyFibrillation(changes, 40, found)).toEqual({ truePositives: 8, falseNegatives: 2, falsePositives: 9 });
  });

  it("counts those as false ones where they are asked for", () => {
    const found = [{ from: 10, to: 25 }];
    expect(tallyFibrillation(changes, 40, found, "false").falsePositives).toBe(5);
    expect(tallyFibrillation(changes, 40, found).falsePositives).toBe(0);
  });

  it("goes on to the end with the last rhythm", () => {
    const tally = tallyFibrillation(changes.slice(0, 2), 15, [{ from: 12, to: 40 }]);
    expect(tally).toEqual({ truePositives: 3, falseNegatives: 2, falsePositives: 0 });
  });
});
