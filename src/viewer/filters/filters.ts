import { writeNumber } from "../page/words.ts";
import { newHighPass, newLowPass, newNotch, type Section } from "./sections.ts";

/** What is taken off an ECG on the screen. Nothing that is measured or kept is filtered. */
export type Filters = {
  /** Whether the wander of the baseline is taken off. */
  baseline: boolean;
  /** Hz above which all is taken off. */
  lowPass: (typeof LOW_PASSES)[number] | null;
  /** Hz of the mains, whose hum is taken off. */
  notch: (typeof NOTCHES)[number] | null;
};

/** The corner of the filter against wander: what the AHA allows one without a shift in phase (Kligfield et al. 2007), in Hz. */
export const BASELINE_HZ = 0.67;
/** 150 Hz is the bandwidth of a diagnostic ECG of adults (AHA 2007), 40 Hz that of a monitor. */
export const LOW_PASSES = [150, 40] as const;
/** The frequencies of the mains that can be taken off, Hz. */
export const NOTCHES = [50, 60] as const;
/** The signal as it is. */
export const NO_FILTERS: Filters = { baseline: false, lowPass: null, notch: null };

/** The notch takes off so many Hz: the mains go astray by tenths. */
const NOTCH_WIDTH_HZ = 4;
/** The share of its sampling rate up to which a lead can have a filter. */
const HIGHEST_SHARE = 0.45;
/** What a filter still knows of a sample after so many seconds is not seen: less than a thousandth of it. */
const BASELINE_SECONDS = 4;
const OTHER_SECONDS = 1;

/** Whether any filter is on. */
export function isFiltered({ baseline, lowPass, notch }: Filters): boolean {
  return baseline || lowPass !== null || notch !== null;
}

/** Whether the samples of a rate can be filtered at a frequency. */
export function allowsFilter(rate: number, hz: number): boolean {
  return hz < rate * HIGHEST_SHARE;
}

/** The filters that a sampling rate allows. */
export function allowedFilters({ baseline, lowPass, notch }: Filters, rate: number): Filters {
  return {
    baseline: baseline && allowsFilter(rate, BASELINE_HZ),
    lowPass: lowPass !== null && allowsFilter(rate, lowPass) ? lowPass : null,
    notch: notch !== null && allowsFilter(rate, notch) ? notch : null,
  };
}

/** What samples of a rate are run through. */
export function sectionsOf(filters: Filters, rate: number): Section[] {
  const { baseline, lowPass, notch } = allowedFilters(filters, rate);
  return [
    ...(baseline ? [newHighPass(BASELINE_HZ, rate)] : []),
    ...(notch === null ? [] : [newNotch(notch, NOTCH_WIDTH_HZ, rate)]),
    ...(lowPass === null ? [] : [newLowPass(lowPass, rate)]),
  ];
}

/** How far samples are felt through the filters, in seconds. */
export function marginOf({ baseline }: Filters): number {
  return baseline ? BASELINE_SECONDS : OTHER_SECONDS;
}

/** The filters in words, as a sheet has them: `0.67–40 Hz, notch 50 Hz`; `none` without any. */
export function nameFilters({ baseline, lowPass, notch }: Filters): string {
  const [low, high] = [writeNumber(BASELINE_HZ), lowPass === null ? "" : writeNumber(lowPass)];
  const band = baseline ? (high ? `${low}–${high} Hz` : `from ${low} Hz`) : high && `to ${high} Hz`;
  return [band, notch === null ? "" : `notch ${notch} Hz`].filter(Boolean).join(", ") || "none";
}

/** The filters as the address has them. */
export function writeFilters({ baseline, lowPass, notch }: Filters): string[] {
  return [baseline && "baseline", lowPass && `lowpass${lowPass}`, notch && `notch${notch}`].filter(
    (name): name is string => typeof name === "string",
  );
}

/** The filters that an address names, as `writeFilters` writes them; others are passed over. */
export function parseFilters(names: readonly string[]): Filters {
  return {
    baseline: names.includes("baseline"),
    lowPass: LOW_PASSES.find((hz) => names.includes(`lowpass${hz}`)) ?? null,
    notch: NOTCHES.find((hz) => names.includes(`notch${hz}`)) ?? null,
  };
}
