import { describe, expect, it } from "vitest";
import type { Beats } from "../../../src/analysis/beats/beats.ts";
import { Rhythm } from "../../../src/analysis/measures/rhythm.ts";
import { newRandom } from "../../support/golden-series.ts";
import { measureLeads } from "../../support/measure-leads.ts";

const RATE = 250;

type Beat = { rr: number; p: "sinus" | "ectopic" | "none" | "no trace"; isWide?: boolean; isPaced?: boolean };

/** P waves: seconds before the R peak, width in seconds, height in ADC units. */
const P_WAVES = {
  sinus: [0.16, 0.022, 150],
  ectopic: [0.11, 0.016, -150],
  none: [0.16, 0.02, 0],
  "no trace": [0.16, 0.02, 0],
};

/** Measures an ECG of beats with T waves, and with waves of fibrillation where they have no P waves. */
async function measure(beats: readonly Beat[]) {
  const random = newRandom(3);
  let time = 0.5;
  const times = beats.map(({ rr }) => (time += rr));
  const samples = new Int32Array(Math.round(RATE * (time + 1))).map(() => Math.round(8 * (random() - 0.5)));
  for (const [b, { rr, p, isWide, isPaced }] of beats.entries()) {
    const [before, width, height] = P_WAVES[p];
    const from = Math.round(RATE * (times[b] - rr));
    for (let i = from; i < Math.min(samples.length, Math.round(RATE * (times[b] + 0.5))); i++) {
      const t = i / RATE - times[b];
      const wave = (at: number, wide: number, high: number) => high * Math.exp(-(((t - at) / wide) ** 2));
      const tWave = wave(0.22, 0.045, 200);
      const qrs = isWide ? wave(0, 0.035, 1200) - 2 * tWave : wave(0, 0.012, 1000) - wave(0.03, 0.01, 250);
      samples[i] += Math.round(qrs + tWave + wave(-before, width, height));
      if (p === "none" && t < 0)
        samples[i] += Math.round(40 * Math.sin(2 * Math.PI * 6.3 * (i / RATE) + 3 * Math.sin(i / 90)));
    }
    if (isPaced) samples[Math.round(RATE * (times[b] - 0.1))] += 3000;
  }
  return measureLeads([{ name: "II", samplingRate: RATE, samples, gain: 1000, baseline: 0 }]);
}

const repeat = (count: number, ...beats: Beat[]): Beat[] => Array.from({ length: count }, () => beats).flat();
const SINUS: Beat = { rr: 0.85, p: "sinus" };
const irregular = (count: number, p: Beat["p"]): Beat[] => {
  const random = newRandom(5);
  return Array.from({ length: count }, () => ({ rr: 0.55 + 0.5 * random(), p }));
};
const typesOf = ({ beats }: Awaited<ReturnType<typeof measure>>) => beats.types.join("");

describe("the rhythm of an ECG", () => {
  it("is irregular where P waves are gone: its beats are normal, without a P wave, those about it have theirs", async () => {
    const insights = await measure([...repeat(30, SINUS), ...irregular(40, "none"), ...repeat(30, SINUS)]);
    expect(insights.irregular).toHaveLength(1);
    const [{ from, to }] = insights.irregular;
    const { times, intervals } = insights.beats;
    expect(Math.abs(from - times[30])).toBeLessThan(5);
    expect(Math.abs(to - times[69])).toBeLessThan(5);
    expect(typesOf(insights)).toBe("N".repeat(100));
    for (const [i, { pr }] of intervals.entries()) {
      if (times[i] >= from && times[i] <= to) expect(pr).toBeNull();
      else if (i < 25 || i > 75) expect(pr).not.toBeNull();
    }
  });

  it("has neither P waves nor a PR interval in 10 s of fibrillation", async () => {
    const insights = await measure(irregular(12, "none"));
    expect(insights.irregular).toHaveLength(1);
    expect(insights.intervals).toMatchObject({ p: null, pr: null, counts: { p: 0, pr: 0 } });
  });

  it("is not irregular where it has P waves, as in sinus arrhythmia", async () => {
    const insights = await measure(
      Array.from({ length: 60 }, (_, i) => ({ rr: 0.9 + 0.2 * Math.sin(1.2 * i), p: "sinus" })),
    );
    expect(insights.irregular).toEqual([]);
    expect(typesOf(insights)).toBe("N".repeat(60));
  });

  it("has early beats in bigeminy, and runs between pauses, told by their P waves", async () => {
    const bigeminy = await measure(repeat(30, { rr: 0.55, p: "ectopic" }, { rr: 1.1, p: "sinus" }));
    expect(typesOf(bigeminy).slice(2)).toBe("SN".repeat(29));
    const run = (p: Beat["p"]) => [{ rr: 1.8, p: "sinus" } as const, ...repeat(4, { rr: 0.7, p })];
    expect(typesOf(await measure(repeat(12, ...run("ectopic")))).slice(5)).toBe("NSSSS".repeat(11));
    expect(typesOf(await measure(repeat(12, ...run("sinus"))))).toBe("N".repeat(60));
  });

  it.each([
    {
      name: "bigeminy",
      turn: [
        { rr: 1.1, p: "sinus" },
        { rr: 0.6, p: "ectopic" },
      ],
      types: "NS",
    },
    { name: "bigeminy without pauses", turn: [SINUS, { rr: 0.6, p: "ectopic" }], types: "NS" },
    { name: "trigeminy", turn: [{ rr: 1.1, p: "sinus" }, SINUS, { rr: 0.6, p: "ectopic" }], types: "NNS" },
    {
      name: "sinus pauses",
      turn: [
        { rr: 1.1, p: "sinus" },
        { rr: 0.6, p: "sinus" },
      ],
      types: "NN",
    },
  ] as const)(
    "has early beats in turn with others from the first to the last, in 10 s and in a minute: $name",
    async ({ turn, types }) => {
      for (const count of [Math.floor(12 / turn.length), Math.floor(70 / turn.length)]) {
        expect(typesOf(await measure(repeat(count, ...turn)))).toBe(types.repeat(count));
      }
    },
  );

  it("is judged at the end of a minute by the intervals after it, too, though ventricular beats are between", () => {
    const intervals = [...repeat(60, SINUS), ...irregular(10, "none"), ...repeat(100, SINUS), ...repeat(60, SINUS)];
    let time = 0;
    const times = Float64Array.from(intervals, ({ rr }) => (time += rr));
    const types = intervals.map((_, i) => (i >= 70 && i < 170 ? "V" : "N"));
    const judge = (...ends: number[]) => {
      const rhythm = new Rhythm({ times, afterGap: new Uint8Array(times.length) } as Beats, types);
      rhythm.comesBack.set(intervals.map(({ p }, i) => (types[i] === "V" ? Number.NaN : p === "sinus" ? 0.8 : 0.1)));
      for (const [k, next] of ends.entries()) rhythm.judgeBeats({ first: ends[k - 1] ?? 0, next });
      return rhythm.isFibrillating.join("");
    };
    expect([judge(70, 170, 230), judge(230)]).toEqual(["0".repeat(230), "0".repeat(230)]);
  });

  it("is judged alike across the minutes of a long recording", async () => {
    const insights = await measure([...repeat(50, SINUS), ...irregular(100, "none"), ...repeat(50, SINUS)]);
    expect(insights.irregular).toHaveLength(1);
    expect(typesOf(insights)).toBe("N".repeat(200));
  });

  it("has no early and no ventricular beats where a pacemaker takes its turn with the sinus node, or paces now and then", async () => {
    const paced = (rr: number): Beat => ({ rr, p: "no trace", isWide: true, isPaced: true });
    const onDemand = await measure(repeat(6, ...repeat(6, SINUS), ...repeat(6, paced(1.1))));
    expect([onDemand.paced, typesOf(onDemand)]).toEqual([true, "N".repeat(72)]);
    const single = await measure(repeat(8, ...repeat(7, SINUS), paced(0.7)));
    expect([single.paced, typesOf(single)]).toEqual([true, "N".repeat(64)]);
  });

  it("has ventricular beats where wide ones without P waves end pauses, and normal ones where P waves come before them", async () => {
    const late = (p: Beat["p"]): Beat => ({ rr: 1.6, p, isWide: true });
    const escapes = await measure(repeat(7, ...repeat(7, SINUS), late("no trace")));
    expect(typesOf(escapes)).toBe("NNNNNNNV".repeat(7));
    const conducted = await measure(repeat(7, ...repeat(7, SINUS), late("sinus")));
    expect(typesOf(conducted)).toBe("N".repeat(56));
  });

  it("has supraventricular beats in a fast run that begins and ends of a sudden, though it is all of several minutes", async () => {
    const insights = await measure([
      ...repeat(90, SINUS),
      ...repeat(400, { rr: 0.36, p: "ectopic" }),
      ...repeat(90, SINUS),
    ]);
    expect(typesOf(insights)).toBe("N".repeat(90) + "S".repeat(400) + "N".repeat(90));
  });

  it("leaves ventricular beats in a fast run as they are", () => {
    const intervals = [...Array(30).fill(0.85), ...Array(60).fill(0.37), ...Array(30).fill(0.85)];
    let time = 0;
    const times = Float64Array.from(intervals, (rr) => (time += rr));
    const shapeTypes = intervals.map((_, i) => (i === 60 ? "V" : "N"));
    const rhythm = new Rhythm({ times, afterGap: new Uint8Array(times.length) } as Beats, shapeTypes);
    rhythm.judgeBeats({ first: 0, next: times.length });
    expect(rhythm.types.join("")).toBe(`${"N".repeat(30)}${"S".repeat(30)}V${"S".repeat(29)}${"N".repeat(30)}`);
  });

  it("has normal beats where wide ones come in time with the rate of exercise, and ventricular ones where the first is early", () => {
    const typesOfRun = (first: number) => {
      const intervals = [...Array(20).fill(0.47), first, ...Array(29).fill(0.45), ...Array(20).fill(0.47)];
      let time = 0;
      const times = Float64Array.from(intervals, (rr) => (time += rr));
      const none = new Uint8Array(times.length);
      const isWide = none.map((_, i) => (i >= 20 && i < 50 ? 1 : 0));
      const shapeTypes = Array.from(isWide, (wide) => (wide ? "V" : "N"));
      return new Rhythm({ times, afterGap: none } as Beats, shapeTypes, { isWide, isPaced: none }).types.join("");
    };
    expect(typesOfRun(0.46)).toBe("N".repeat(70));
    expect(typesOfRun(0.38)).toBe("N".repeat(20) + "V".repeat(30) + "N".repeat(20));
  });

  it("has ventricular beats where early ones and runs of them are wide, across minutes, too, supraventricular ones where not", () => {
    const intervals = [...repeat(30, SINUS), ...repeat(40, { rr: 0.45, p: "none" }), ...repeat(30, SINUS)];
    let time = 0;
    const times = Float64Array.from(intervals, ({ rr }) => (time += rr));
    const isEarly = Uint8Array.from(intervals, ({ p }) => (p === "none" ? 1 : 0));
    const none = new Uint8Array(times.length);
    const judge = (isWide: Uint8Array, qrsSeconds: number, ...ends: number[]) => {
      const beats = { times, afterGap: none } as Beats;
      const rhythm = new Rhythm(
        beats,
        intervals.map(() => "N"),
        { isWide, isPaced: none },
      );
      rhythm.clearness.fill(0.8);
      rhythm.qrsSeconds.fill(qrsSeconds);
      rhythm.unlikeSlow.set(isEarly.map((early) => 0.7 * early));
      for (const [k, next] of ends.entries()) rhythm.judgeBeats({ first: ends[k - 1] ?? 0, next });
      return rhythm.types.join("");
    };
    const expected = (type: string) => "N".repeat(30) + type.repeat(40) + "N".repeat(30);
    expect([judge(isEarly, 0.13, 100), judge(isEarly, 0.13, 50, 100)]).toEqual([expected("V"), expected("V")]);
    // Of another shape alone, as P and T waves may make it.
    expect([judge(isEarly, 0.1, 100), judge(none, 0.13, 100)]).toEqual([expected("S"), expected("S")]);
  });

  it("has normal beats where bundle branch block comes with the rate, and ventricular ones in a slow rhythm of the ventricles", async () => {
    const wide = (p: Beat["p"], rr: number): Beat => ({ rr, p, isWide: true });
    const block = await measure([...repeat(25, SINUS), ...repeat(20, wide("sinus", 0.7)), ...repeat(25, SINUS)]);
    expect(typesOf(block)).toBe("N".repeat(70));
    const own = await measure([...repeat(25, SINUS), ...repeat(20, wide("no trace", 0.8)), ...repeat(25, SINUS)]);
    expect(typesOf(own)).toBe("N".repeat(25) + "V".repeat(20) + "N".repeat(25));
  });
});
