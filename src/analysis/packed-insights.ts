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

/** A lead's values without their names, in the order of `packLead`: with them twelve leads take twice the room and time. */
type PackedLead = [
  zeroCrossings: number,
  amplitude: [minimum: number, maximum: number, range: number] | null,
  normalBeat: PackedNormalBeat | null,
  quality: PackedQuality | null,
];
type PackedNormalBeat = [
  beats: number,
  q: number,
  r: number,
  s: number,
  t: number | null,
  st: [j: number, j40: number, j60: number, j80: number, slope: number],
];
type PackedQuality = [
  unit: Quality["unit"],
  missingShare: number,
  flatShare: number,
  clippedShare: number,
  hum: [frequencyHz: NonNullable<Quality["hum"]>["frequencyHz"], amplitude: number] | null,
  baselineWander: number | null,
  noise: number | null,
  usableShare: number | null,
  faults: string,
];
type PackedBeats = {
  ticks: number[];
  types: string;
  /** The numbers of the beats after a gap. */
  gaps: number[];
  /** A list of ticks an interval: all values of one name follow one another. */
  intervals: Record<IntervalName, (number | null)[]>;
};
type Packed = Omit<Insights, "leads" | "beats"> & { leads: PackedLead[]; beats: PackedBeats };

/**
 * Writes insights as JSON that is small enough to keep: a day takes some 4 MB, with a number or a letter a beat in each
 * list, and a character a second and lead.
 */
export function packInsights({ leads, beats, ...rest }: Insights): string {
  const packed: Packed = { ...rest, leads: leads.map(packLead), beats: packBeats(beats) };
  return JSON.stringify(packed);
}

/**
 * Reads insights that were packed, with the times and intervals of beats to the nearest tick. JSON has null for a number
 * that was NaN or infinite: a measurement that cannot be without such a number is null itself.
 */
export function unpackInsights(text: string): Insights {
  const { leads, beats, ...rest } = JSON.parse(text) as Packed;
  return { ...rest, leads: leads.map(unpackLead), beats: unpackBeats(beats) };
}

function packLead({ zeroCrossings, amplitude, normalBeat, quality }: LeadInsights): PackedLead {
  return [
    zeroCrossings,
    amplitude && [amplitude.minimum, amplitude.maximum, amplitude.range],
    normalBeat && packNormalBeat(normalBeat),
    quality && packQuality(quality),
  ];
}

function unpackLead([zeroCrossings, amplitude, normalBeat, quality]: PackedLead): LeadInsights {
  return {
    zeroCrossings,
    amplitude: isWhole(amplitude) ? { minimum: amplitude[0], maximum: amplitude[1], range: amplitude[2] } : null,
    normalBeat: normalBeat && unpackNormalBeat(normalBeat),
    quality: quality && unpackQuality(quality),
  };
}

function packNormalBeat({ beats, q, r, s, t, st: { j, j40, j60, j80, slope } }: BeatAmplitudes): PackedNormalBeat {
  const st: PackedNormalBeat[5] = [round(j), round(j40), round(j60), round(j80), round(slope)];
  return [beats, round(q), round(r), round(s), t && round(t), st];
}

function unpackNormalBeat([beats, q, r, s, t, [j, j40, j60, j80, slope]]: PackedNormalBeat): BeatAmplitudes {
  return { beats, q, r, s, t, st: { j, j40, j60, j80, slope } };
}

function round(amplitude: number): number {
  return Number(amplitude.toFixed(AMPLITUDE_DIGITS));
}

function packQuality(quality: Quality): PackedQuality {
  const { unit, missingShare, flatShare, clippedShare, hum, baselineWander, noise, usableShare } = quality;
  const faults = Array.from(quality.faults, (sum) => String.fromCharCode(NO_FAULT + sum)).join("");
  const packedHum: PackedQuality[4] = hum && [hum.frequencyHz, hum.amplitude];
  return [unit, missingShare, flatShare, clippedShare, packedHum, baselineWander, noise, usableShare, faults];
}

function unpackQuality(packed: PackedQuality): Quality {
  const [unit, missingShare, flatShare, clippedShare, hum, baselineWander, noise, usableShare, faults] = packed;
  return {
    unit,
    missingShare,
    flatShare,
    clippedShare,
    hum: isWhole(hum) ? { frequencyHz: hum[0], amplitude: hum[1] } : null,
    baselineWander,
    noise,
    usableShare,
    faults: unpackFaults(faults),
  };
}

function unpackFaults(text: string): Uint8Array {
  const faults = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) faults[i] = text.charCodeAt(i) - NO_FAULT;
  return faults;
}

/** Whether there are values, and none of them was no number. */
function isWhole<Values extends readonly number[]>(stored: Values | null): stored is Values {
  return stored !== null && (stored as readonly (number | null)[]).every((value) => value !== null);
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
