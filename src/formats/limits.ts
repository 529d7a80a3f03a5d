/** The most leads of an ECG, whatever format it comes in. */
export const MAX_LEADS = 64;
/** The lowest sampling rate, in Hz: a sample in a quarter of an hour. Slower signals are no ECGs. */
export const MIN_SAMPLING_RATE_HZ = 0.001;
/** The highest sampling rate, in Hz. Even recordings of pacemaker pulses stay below it. */
export const MAX_SAMPLING_RATE_HZ = 1_000_000;
/** The least gain, in ADC units per mV of either sign: an ADC unit is 1 MV. */
export const LEAST_GAIN = 1e-9;
/** The largest gain, in ADC units per mV of either sign: an ADC unit is 1 fV. */
export const MOST_GAIN = 1e12;
/** The longest name of a lead, in UTF-16 code units. */
export const MAX_NAME_LENGTH = 64;
/** The longest subject, in UTF-16 code units. */
export const MAX_SUBJECT_LENGTH = 128;
/** The longest name of a device, in UTF-16 code units. */
export const MAX_DEVICE_LENGTH = 256;
/** The most characters of a lead's unit. */
export const MAX_UNIT_LENGTH = 16;

/** The most bytes that all files of an archive may unpack to together. */
export const MAX_UNPACKED_BYTES = 512 * 1024 * 1024;
/** Against decompression bombs: an archive may unpack to FREE_BYTES, and beyond them to MAX_RATIO times its own bytes. */
export const FREE_BYTES = 16 * 1024 * 1024;
/** No signal packs to a two-hundredth, but bombs do: deflate packs up to a thousandfold. */
export const MAX_RATIO = 200;
/** The most files of an archive: a WFDB record of segments may have hundreds. */
export const MAX_FILES = 1000;

/** Whether a gain makes sense. Gains of 0 or beyond these sizes are mistakes, and measurements by them overflow. */
export function isGain(gain: number): boolean {
  return Math.abs(gain) >= LEAST_GAIN && Math.abs(gain) <= MOST_GAIN;
}
