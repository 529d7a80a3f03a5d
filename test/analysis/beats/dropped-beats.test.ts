import { describe, expect, it } from "vitest";
import type { BeatWaves } from "../../support/ecg-of-beats.ts";
import { ecgOfBeats, pWave, qrsAndT, scaled, together, ventricularBeat } from "../../support/ecg-of-beats.ts";
import { measureLeads } from "../../support/measure-leads.ts";

const PP_SECONDS = 0.84;
/** 130 ms before the R peak: of one that is much sooner no end is in a beat's shape. */
const P_WAVE = pWave(0.3, 0.13);

/** A minute in which one in so many beats is dropped, and what is in its place, so many seconds sooner. */
function withDropped(every: number, inPlace: BeatWaves, sooner = 0) {
  const waves = together(P_WAVE, qrsAndT(PP_SECONDS));
  const places = Array.from({ length: Math.floor(59 / PP_SECONDS) }, (_, i) => i);
  const timeOf = (i: number) => 0.6 + i * PP_SECONDS + 0.006 * Math.sin(5 * i * i);
  const isDropped = (i: number) => i % every === every - 1;
  const events = places.map((i) =>
    isDropped(i) ? { time: timeOf(i) - sooner, waves: inPlace } : { time: timeOf(i), waves },
  );
  return {
    leads: ecgOfBeats(events, 60),
    places: places.length,
    conducted: places.filter((i) => !isDropped(i)).length,
  };
}

describe("the P wave of a beat that is dropped, in a block with the same PR", () => {
  it.each([3, 4, 6])("is no beat: one in %i is dropped", async (every) => {
    const { leads, conducted } = withDropped(every, P_WAVE);
    for (const used of [leads.slice(0, 1), leads]) {
      const { types } = (await measureLeads(used)).beats;
      expect([types.length, types.filter((type) => type !== "N")]).toEqual([conducted, []]);
    }
  });
});

describe("P waves of which only every second or third leads to a beat", () => {
  /** A QRS complex as wide as in bundle branch block, and its T wave. */
  const wide = ventricularBeat(1.4);
  it.each([
    { name: "every second, wide beats", ratio: 2, p: pWave(0.25, 0.16), qrs: wide },
    { name: "every third, wide beats", ratio: 3, p: pWave(0.25, 0.16), qrs: wide },
    { name: "every third, narrow beats", ratio: 3, p: P_WAVE, qrs: qrsAndT(1.2) },
  ])("are no beats: $name", async ({ ratio, p, qrs }) => {
    const pp = 0.55;
    const places = Array.from({ length: Math.floor(58 / pp) }, (_, i) => i);
    const leads = ecgOfBeats(
      places.map((i) => ({
        time: 0.6 + i * pp + 0.006 * Math.sin(5 * i * i),
        waves: i % ratio === 0 ? together(p, qrs) : p,
      })),
      59,
    );
    for (const used of [leads.slice(0, 1), leads]) {
      const { types } = (await measureLeads(used)).beats;
      const ectopic = types.filter((type) => type === "V" || type === "S");
      expect([types.length, ectopic]).toEqual([Math.ceil(places.length / ratio), []]);
    }
  });
});

describe("a low wide beat in a pause of two intervals", () => {
  it.each([
    { name: "larger than P waves, in the place of one", sizes: [0.4, 0.5] },
    { name: "the other way up, in the place of one", sizes: [-0.2, -0.3, -0.5] },
  ])("is a beat, as it is not what comes before others: $name", async ({ sizes }) => {
    for (const size of sizes) {
      const { leads, places } = withDropped(4, scaled(ventricularBeat(PP_SECONDS), size), 0.16);
      for (const used of [leads.slice(0, 1), leads]) {
        expect((await measureLeads(used)).beats.times.length).toBe(places);
      }
    }
  });
});
