import { describe, expect, it } from "vitest";
import { ecgOfBeats, sinusBeat, ventricularBeat } from "../support/ecg-of-beats.ts";
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
