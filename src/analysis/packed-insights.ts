import type { BeatType } from "./beats/beat-types.ts";
import type { BeatSeries, Insights, LeadInsights } from "./insights.ts";
import type { BeatAmplitudes } from "./measures/beat-amplitudes.ts";
import type { BeatIntervals } from "./measures/intervals.ts";
import type { Quality } from "./measures/quality.ts";

/** Times and durations of beats are kept in ticks of a tenth of a millisecond. */
const TICKS_A_SECOND = 10_000;
/** The character code of a second without a fault: the sum of a second's faults, seven powers of two, is added to it. */
const NO_FAULT = 48;

/** The amplitudes of the normal beat are kept to so many decimals: in mV to a tenth of a microvolt. */
const AMPLITUDE_DIGITS = 4;

const INTERVALS = ["p", "pr", "qrs", "qt"] as const satisfies (keyof BeatIntervals)[];
type IntervalName = (typeof INTERVALS)[number];

type PackedQuality = Omit<Quality, "faults"> & { faults: string };
type PackedBeats = {
  ticks: number[];
  types: string;
  /** The numbers of the beats after a gap. */
  gaps: number[];
  /** A list of ticks an interval: all values of one name follow one another. */
  intervals: Record<IntervalName, (number | null)[]>;
};
type Packed = Omit<Insights, "leads" | "beats"> & {
  leads: (Omit<LeadInsights, "quality"> & { quality: PackedQuality | null })[];
  beats: PackedBeats;
};

/**
 * Writes insights as JSON that is small enough to keep: a day takes some 4 MB, with a number or a letter a beat in each
 * list, and a character a second and lead.
 */
export function packInsights({ leads, beats, ...rest }: Insights): string {
  const packed: Packed = {
    ...rest,
    leads: leads.map(({ quality, normalBeat, ...lead }) => ({
      ...lead,
      normalBeat: normalBeat && roundAmplitudes(normalBeat),
      quality: quality && {
        ...quality,
        faults: Array.from(quality.faults, (sum) => String.fromCharCode(NO_FAULT + sum)).join(""),
      },
    })),
    beats: packBeats(beats),
  };
  return JSON.stringify(packed);
}

/**
 * Reads insights that were packed, with the times and intervals of beats to the nearest tick. JSON has null for a number
 * that was NaN or infinite: a measurement that cannot be without such a number is null itself.
 */
export function unpackInsights(text: string): Insights {
  const { leads, beats, ...rest } = JSON.parse(text) as Packed;
  return {
    ...rest,
    leads: leads.map((lead) => ({
      ...lead,
      amplitude: isWhole(lead.amplitude) ? lead.amplitude : null,
      quality: lead.quality && {
        ...lead.quality,
        hum: isWhole(lead.quality.hum) ? lead.quality.hum : null,
        faults: unpackFaults(lead.quality.faults),
      },
    })),
    beats: unpackBeats(beats),
  };
}

function unpackFaults(text: string): Uint8Array {
  const faults = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) faults[i] = text.charCodeAt(i) - NO_FAULT;
  return faults;
}

function isWhole(stored: Record<string, number> | null): boolean {
  return stored !== null && Object.values<number | null>(stored).every((value) => value !== null);
}

function roundAmplitudes({ st, t, ...qrs }: BeatAmplitudes): BeatAmplitudes {
  return { ...roundAll(qrs), t: t && roundAll({ t }).t, st: roundAll(st) };
}

function roundAll<T extends Record<string, number>>(values: T): T {
  // Object.fromEntries forgets which name has which type.
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Number(value.toFixed(AMPLITUDE_DIGITS))]),
  ) as T;
}

function packBeats({ times, types, afterGap, intervals }: BeatSeries): PackedBeats {
  return {
    ticks: Array.from(times, toTicks),
    types: types.join(""),
    gaps: Array.from(afterGap.keys()).filter((i) => afterGap[i]),
    intervals: eachInterval((name) => intervals.map(({ [name]: ms }) => ms && toTicks(ms / 1000))),
  };
}

function unpackBeats({ ticks, types, gaps, intervals: { p, pr, qrs, qt } }: PackedBeats): BeatSeries {
  const afterGap = new Uint8Array(ticks.length);
  for (const i of gaps) afterGap[i] = 1;
  return {
    times: Float64Array.from(ticks, (tick) => tick / TICKS_A_SECOND),
    types: [...types] as BeatType[],
    afterGap,
    intervals: ticks.map((_, i) => ({ p: toMs(p[i]), pr: toMs(pr[i]), qrs: toMs(qrs[i]), qt: toMs(qt[i]) })),
  };
}

function eachInterval<T>(read: (name: IntervalName) => T): Record<IntervalName, T> {
  return Object.fromEntries(INTERVALS.map((name) => [name, read(name)])) as Record<IntervalName, T>;
}

function toTicks(seconds: number): number {
  return Math.round(seconds * TICKS_A_SECOND);
}

function toMs(ticks: number | null): number | null {
  return ticks === null ? null : (ticks * 1000) / TICKS_A_SECOND;
}
