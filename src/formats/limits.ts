/** What is kept of an ECG, whatever format it comes in. */
export const MAX_LEADS = 64;
export const MIN_SAMPLING_RATE_HZ = 0.001;
export const MAX_SAMPLING_RATE_HZ = 1_000_000;
/** ADC units per mV, whatever the sign: from a step of 1 fV to one of 1 MV. */
export const LEAST_GAIN = 1e-9;
export const MOST_GAIN = 1e12;
/** In UTF-16 code units. */
export const MAX_NAME_LENGTH = 64;
export const MAX_SUBJECT_LENGTH = 128;
export const MAX_DEVICE_LENGTH = 256;

/** Whether millivolts can be told by it: beyond these sizes, and at 0, it is a mistake, and what is measured overflows. */
export function isGain(gain: number): boolean {
  return Math.abs(gain) >= LEAST_GAIN && Math.abs(gain) <= MOST_GAIN;
}
