import { describe, expect, it } from "vitest";
import {
  type BeatWaves,
  ecgOfBeats,
  pWave,
  qrsAndT,
  scaled,
  sinusBeat,
  together,
  ventricularBeat,
} from "../support/ecg-of-beats.ts";
import { measureLeads } from "../support/measure-leads.ts";

/** The times of a steady rhythm from one second to before another. */
function steady(rr: number, from: number, to: number): number[] {
  return Array.from({ length: Math.ceil((to - from) / rr) }, (_, i) => from + i * rr);
}

/** Sines of 3 to 8 Hz whose sum is another in each lead, in mV. */
function fibrillation(lead: number, time: number): number {
  let sum = 0;
  for (let k = 0; k < 12; k++) {
    sum += (0.3 + ((7 * k) % 5) / 6) * Math.sin(2 * Math.PI * (3 + ((5 * k) % 12) / 2.4) * time + k * k + 3 * k * lead);
  }
  return 0.3 * sum;
}

/** A sine of about 5 Hz, of 0.6 to 1.4 mV. */
function waveringSine(lead: number, time: number): number {
  return (1 + 0.4 * Math.sin(0.9 * time)) * Math.sin(31 * time + 0.8 * Math.sin(1.3 * time) + lead);
}

describe("what has no beats", () => {
  it.each([
    { name: "fibrillating ventricles", extra: fibrillation },
    { name: "a sine that comes and goes", extra: waveringSine },
  ])("is not judged as a rhythm: $name", async ({ extra }) => {
    const { beats, heartRate, pauses, irregular, judgedSeconds } = await measureLeads(ecgOfBeats([], 60, { extra }));
    expect(beats.types.filter((type) => type !== "Q").length).toBeLessThan(8);
    expect([heartRate?.minimum ?? null, pauses, irregular]).toEqual([null, [], []]);
    expect(judgedSeconds).toBeLessThan(20);
  });

  it("is told from a fast ventricular rhythm, whose waves are as wide and rest as little", async () => {
    const sinus = [...steady(0.8, 0.4, 20), ...steady(0.8, 40.8, 60)];
    const leads = ecgOfBeats(
      [
        ...sinus.map((time) => ({ time, waves: sinusBeat(0.8) })),
        ...steady(0.3, 20, 40).map((time) => ({ time, waves: ventricularBeat(0.3) })),
      ],
      60,
    );
    const { heartRate, judgedSeconds } = await measureLeads(leads);
    expect([Math.round(heartRate?.maximum?.beatsPerMinute ?? 0), judgedSeconds]).toEqual([200, 60]);
  });
});

describe("a stretch of low waves among beats of full height", () => {
  const low = (seconds: number, waves: BeatWaves, duration = 60) =>
    ecgOfBeats(
      steady(0.8, 0.4, duration).map((time) => ({
        time,
        waves: time > 30 && time < 30 + seconds ? waves : sinusBeat(0.8),
      })),
      duration,
    );

  it.each([
    { name: "P waves alone, as in a standstill of the ventricles", seconds: 6, waves: pWave(0.25) },
    { name: "beats that are fourteen times lower", seconds: 5, waves: scaled(sinusBeat(0.8), 1 / 14) },
  ])("is neither a pause nor a rhythm: $name", async ({ seconds, waves }) => {
    const { beats, heartRate, pauses, judgedSeconds } = await measureLeads(low(seconds, waves));
    expect([Math.round(heartRate?.mean ?? 0), pauses]).toEqual([75, []]);
    // All of the stretch, and at most 3 s more: seconds are whole, and those of the beats to both sides may go with them.
    expect(60 - judgedSeconds).toBeGreaterThanOrEqual(seconds);
    expect(60 - judgedSeconds).toBeLessThanOrEqual(seconds + 3);
    const inside = beats.types.filter((_, i) => beats.times[i] > 30.5 && beats.times[i] < 29.5 + seconds);
    expect(inside.filter((type) => type !== "Q")).toEqual([]);
    // Up to the end likewise.
    const atEnd = await measureLeads(low(8, waves, 38));
    expect([atEnd.pauses, Math.abs(30 - atEnd.judgedSeconds) < 3]).toEqual([[], true]);
  });

  it("is judged where its beats are found, and is a pause where there are none", async () => {
    const lower = await measureLeads(low(6, scaled(sinusBeat(0.8), 0.2)));
    expect([lower.beats.times.length, lower.judgedSeconds, lower.pauses]).toEqual([75, 60, []]);
    const none = await measureLeads(low(6, [[], []]));
    expect([none.judgedSeconds, none.pauses.map(({ duration }) => Math.round(10 * duration))]).toEqual([60, [64]]);
    const forGood = await measureLeads(low(60, scaled(ventricularBeat(0.8), -0.12), 90));
    expect([forGood.judgedSeconds, forGood.pauses]).toEqual([90, []]);
    const stopped = await measureLeads(low(30, [[], []]));
    expect([stopped.judgedSeconds, stopped.pauses.map(({ duration }) => Math.round(duration))]).toEqual([60, [30]]);
  });
});

describe("a rate that rises little by little", () => {
  it.each([1, -1])("is of the sinus node, in the direction %i", async (direction) => {
    const beats: { time: number; waves: BeatWaves }[] = [];
    for (let time = 0.4, i = 0; time < 120; i++) {
      const rate = 60 + 110 * (direction > 0 ? time / 120 : 1 - time / 120);
      beats.push({ time, waves: sinusBeat(60 / rate) });
      time += (60 / rate) * (1 + 0.006 * Math.sin(7 * i * i));
    }
    const { types } = (await measureLeads(ecgOfBeats(beats, 120))).beats;
    expect(types.filter((type) => type !== "N")).toEqual([]);
  });
});

describe("beats that come irregularly", () => {
  const intervals = Array.from({ length: 50 }, (_, i) => 1 + 0.3 * Math.sin(i * i));
  const times = intervals.map((_, i) => intervals.slice(0, i + 1).reduce((sum, rr) => sum + rr, 0));
  const irregularSeconds = async (wavesOf: (i: number) => BeatWaves) => {
    const beats = times.map((time, i) => ({ time, waves: wavesOf(i) }));
    const { irregular } = await measureLeads(ecgOfBeats(beats, Math.ceil(times[times.length - 1]) + 1));
    return irregular.reduce((sum, { from, to }) => sum + to - from, 0);
  };

  it("are irregular as in atrial fibrillation without P waves", async () => {
    expect(await irregularSeconds((i) => qrsAndT(intervals[i]))).toBeGreaterThan(40);
  });

  it("are not with P waves, however long before them each is", async () => {
    const wavesOf = (i: number) => together(pWave(0.12, 0.34 + 0.1 * Math.sin(3 * i)), qrsAndT(intervals[i]));
    expect(await irregularSeconds(wavesOf)).toBe(0);
  });
});
