import { describe, expect, it } from "vitest";
import type { BeatType } from "../../../src/analysis/beats/beat-types.ts";
import { EVENT_KINDS, type FindableWaves, findEvents, MOST_EVENTS } from "../../../src/analysis/measures/events.ts";

const NARROW = { p: 100, pr: 160, qrs: 90, qt: 380 };

/** Beats of these types 0.5 s apart from 1 s on, and nothing else; `|` is a gap. */
function beatsOf(text: string, more: Partial<FindableWaves> = {}): FindableWaves {
  const types = [...text.replaceAll("|", "")] as BeatType[];
  const afterGap = new Uint8Array(types.length);
  for (let at = 0, i = 0; at < text.length; at++) {
    if (text[at] === "|") afterGap[i] = 1;
    else i++;
  }
  const times = Float64Array.from(types, (_, i) => 1 + 0.5 * i);
  return {
    beats: { times, types, afterGap, intervals: types.map(() => NARROW) },
    heartRate: null,
    pauses: [],
    irregular: [],
    pacingSpikes: [],
    unusable: [],
    ...more,
  };
}

const none = { confidence: null, rate: null, beats: null };

describe("findEvents", () => {
  it.each([
    { text: "NNVNN", events: [] },
    { text: "NVVN", events: [{ ...none, kind: "ventricular_couplet", time: 1.5, duration: 0.5, rate: 120, beats: 2 }] },
    {
      text: "NVVVNVV",
      events: [
        { ...none, kind: "ventricular_run", time: 1.5, duration: 1, rate: 120, beats: 3 },
        { ...none, kind: "ventricular_couplet", time: 3.5, duration: 0.5, rate: 120, beats: 2 },
      ],
    },
    {
      text: "VV|VVV",
      events: [
        { ...none, kind: "ventricular_couplet", time: 1, duration: 0.5, rate: 120, beats: 2 },
        { ...none, kind: "ventricular_run", time: 2, duration: 1, rate: 120, beats: 3 },
      ],
    },
    { text: "VVSV", events: [{ ...none, kind: "ventricular_couplet", time: 1, duration: 0.5, rate: 120, beats: 2 }] },
    { text: "NVNVN", events: [] },
    { text: "NVNVSVN", events: [{ ...none, kind: "ventricular_bigeminy", time: 1.5, duration: 2, beats: 3 }] },
    {
      text: "VNVNVNVNNVNVNV",
      events: [
        { ...none, kind: "ventricular_bigeminy", time: 1, duration: 3, beats: 4 },
        { ...none, kind: "ventricular_bigeminy", time: 5.5, duration: 2, beats: 3 },
      ],
    },
    { text: "VNVN|VNV", events: [] },
    { text: "VNVNVV", events: [{ ...none, kind: "ventricular_couplet", time: 3, duration: 0.5, rate: 120, beats: 2 }] },
  ])("finds the ventricular events of $text", ({ text, events }) => {
    expect(findEvents(beatsOf(text)).list).toEqual(events);
  });

  it.each([
    { text: "NNNNNNNN", kind: "wide_complex_tachycardia", rr: 0.5, rate: 120 },
    { text: "NNNNNNNN", kind: "wide_complex_rhythm", rr: 1, rate: 60 },
  ])("finds a $kind of wide beats", ({ text, kind, rr, rate }) => {
    const { beats } = beatsOf(text);
    const wide = {
      ...beats,
      times: beats.times.map((_, i) => 1 + rr * i),
      intervals: beats.types.map(() => ({ p: null, pr: null, qrs: 140, qt: 380 })),
    };
    expect(findEvents(beatsOf(text, { beats: wide })).list).toEqual([
      { ...none, kind, time: 1, duration: 7 * rr, rate, beats: 8 },
    ]);
  });

  it("lists all kinds in the order of their times", () => {
    const { list, counts } = findEvents(
      beatsOf("NNNNVVN", {
        heartRate: { mean: 70, minimum: { beatsPerMinute: 40, at: 9 }, maximum: { beatsPerMinute: 120, at: 1 } },
        pauses: [{ from: 4, duration: 2.5 }],
        irregular: [{ from: 2, to: 42, confidence: 0.7 }],
        pacingSpikes: [44, 45, 47.5, 60],
        unusable: [{ from: 50, to: 52 }],
      }),
    );
    expect(list).toEqual([
      { ...none, kind: "fastest", time: 1, duration: 10, rate: 120 },
      { ...none, kind: "irregular_rhythm", time: 2, duration: 40, confidence: 0.7 },
      { ...none, kind: "ventricular_couplet", time: 3, duration: 0.5, rate: 120, beats: 2 },
      { ...none, kind: "pause", time: 4, duration: 2.5 },
      { ...none, kind: "slowest", time: 9, duration: 10, rate: 40 },
      { ...none, kind: "pacing", time: 44, duration: 3.5 },
      { ...none, kind: "pacing_without_capture", time: 44, duration: 3.5 },
      { ...none, kind: "unusable", time: 50, duration: 2 },
      { ...none, kind: "pacing", time: 60, duration: 0 },
    ]);
    expect(counts).toEqual({
      ...Object.fromEntries(EVENT_KINDS.map((kind) => [kind, 1])),
      ventricular_run: 0,
      wide_complex_tachycardia: 0,
      wide_complex_rhythm: 0,
      pacing_without_sensing: 0,
      ventricular_bigeminy: 0,
      pacing: 2,
    });
  });

  it("lists the first of more than it lists, and counts them all", () => {
    const { list, counts } = findEvents(beatsOf("VVN".repeat(1200)));
    expect([list.length, list.at(-1)?.time, counts.ventricular_couplet]).toEqual([MOST_EVENTS, 1 + 1.5 * 999, 1200]);
    const rest = findEvents(beatsOf("VVN".repeat(1200)), 1 + 1.5 * 999);
    expect([rest.list.length, rest.list[0].time, rest.counts.ventricular_couplet]).toEqual([201, 1 + 1.5 * 999, 1200]);
  });
});
