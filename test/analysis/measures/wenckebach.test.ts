import { describe, expect, it } from "vitest";
import { findWenckebach, hasPauses } from "../../../src/analysis/measures/wenckebach.ts";
import { ecgOfBeats, pWave, qrsAndT } from "../../support/ecg-of-beats.ts";
import { measureLeads } from "../../support/measure-leads.ts";

/** Groups of beats whose P waves come every 0.7 s, but for one after each group that leads to none; PR is longer by each of `longer` in turn. */
function periods(groups: number, longer: readonly number[]) {
  const pTimes: number[] = [];
  const beats: number[] = [];
  for (let group = 0; group < groups; group++) {
    let pr = 0.18;
    for (const [i, more] of [0, ...longer].entries()) {
      pr += more;
      pTimes.push(0.4 + 0.7 * (group * (longer.length + 2) + i));
      beats.push(pTimes[pTimes.length - 1] + pr);
    }
  }
  return { pTimes, beats };
}

const intervalsOf = (beats: readonly number[]) =>
  Float64Array.from(beats, (time, i) => (i > 0 ? time - beats[i - 1] : Number.NaN));
const find = (pTimes: readonly number[], beats: readonly number[]) =>
  findWenckebach(Float64Array.from(pTimes), intervalsOf(beats)).join("");

describe("findWenckebach", () => {
  it.each([
    { name: "4:3", longer: [0.1, 0.05] },
    { name: "5:4", longer: [0.09, 0.05, 0.03] },
  ])("finds the beats of periods: $name", ({ longer }) => {
    const { pTimes, beats } = periods(6, longer);
    expect(hasPauses(intervalsOf(beats))).toBe(true);
    expect(find(pTimes, beats)).toBe(`0${"1".repeat(beats.length - 1)}`);
  });

  it("finds none where P waves are early, in turn with others, all in time, or at any time", () => {
    const inTurn = periods(8, [0.12]);
    expect(find(inTurn.pTimes, inTurn.beats)).toBe("0".repeat(16));
    // Early beats as soon after others as half of what is between those.
    const half = Array.from({ length: 21 }, (_, i) => 0.6 * (i + Math.floor(i / 3)));
    expect(find(half, half)).toBe("0".repeat(21));
    const early = Array.from({ length: 20 }, (_, i) => 0.8 * i - (i % 3 === 2 ? 0.3 : 0));
    expect(find(early, early)).toBe("0".repeat(20));
    const steady = Array.from({ length: 20 }, (_, i) => 0.8 * i);
    expect(find(steady, steady)).toBe("0".repeat(20));
    const wild = Array.from({ length: 20 }, (_, i) => 0.8 * i + 0.3 * Math.sin(5 * i * i));
    expect(find(wild, wild)).toBe("0".repeat(20));
    const { pTimes, beats } = periods(6, [0.1, 0.05]);
    expect(
      find(
        pTimes.map(() => Number.NaN),
        beats,
      ),
    ).toBe("0".repeat(beats.length));
  });

  it("leaves out a beat that comes sooner than P waves do, and one whose P wave is not in time", () => {
    const { pTimes, beats } = periods(6, [0.1, 0.05]);
    const soon = beats.with(7, beats[6] + 0.5);
    expect(find(pTimes, soon)[7]).toBe("0");
    const early = pTimes.with(7, pTimes[7] - 0.1);
    expect([find(early, beats)[7], find(early, beats)[10]]).toEqual(["0", "1"]);
  });
});

describe("beats in Wenckebach's periods", () => {
  it.each([
    { name: "4:3", longer: [0.1, 0.05] },
    { name: "5:4", longer: [0.09, 0.05, 0.03] },
  ])("are not supraventricular, and the rhythm is not irregular: $name", async ({ longer }) => {
    const { pTimes, beats } = periods(Math.floor(60 / (0.7 * (longer.length + 2))), longer);
    const dropped = pTimes.filter((_, i) => i % (longer.length + 1) === longer.length).map((time) => time + 0.7);
    const leads = ecgOfBeats(
      [
        ...[...pTimes, ...dropped].map((time) => ({ time, waves: pWave(0.15, 0) })),
        ...beats.map((time) => ({ time, waves: qrsAndT(0.7) })),
      ],
      61,
    );
    const { beats: found, irregular } = await measureLeads(leads);
    expect(found.times.length).toBe(beats.length);
    expect(found.types.filter((type) => type === "S")).toEqual([]);
    expect(irregular).toEqual([]);
  });
});
