/** What is kept of an ECG, whatever format it comes in. */
export const MAX_LEADS = 64;
export const MIN_SAMPLING_RATE_HZ = 0.001;
export const MAX_SAMPLING_RATE_HZ = 1_000_000;
/** In UTF-16 code units. */
export const MAX_NAME_LENGTH = 64;
export const MAX_SUBJECT_LENGTH = 128;
export const MAX_DEVICE_LENGTH = 256;
