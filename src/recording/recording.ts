/** Stands for a sample that was not measured. It is not a value: a signal holds -2147483647 to 2147483647. */
export const MISSING = -0x80000000;
export const MIN_SAMPLE = -0x7fffffff;
export const MAX_SAMPLE = 0x7fffffff;

/** One lead's signal, in the device's own integers (ADC units). Millivolts are `(sample - baseline) / gain`. */
export type Lead = {
  /** As it was sent. */
  name: string;
  /** Hz; null when it is not known. */
  samplingRate: number | null;
  /** ADC units; `MISSING` marks a gap. */
  samples: Int32Array;
  /** ADC units per mV, negative for an inverted scale; null when it is not known: then nothing is said in mV. */
  gain: number | null;
  /** The ADC units at 0 mV. */
  baseline: number;
};

/** What is said of a stretch of a recording: a beat and its kind, a change of rhythm, a remark. */
export type Annotation = {
  /** Seconds from the beginning of the recording, which may be a little before it. */
  time: number;
  /** Seconds; a moment when it is left out. */
  duration?: number;
  /** WFDB's mnemonic of what it is: `N` a normal beat, `V` a ventricular one, `+` a change of rhythm ... */
  code?: string;
  text?: string;
  /** The name of the lead that it is of; of all when it is left out. */
  lead?: string;
  /** WFDB's `subtyp` and `num`, -128 to 127; 0 when left out. */
  subtype?: number;
  number?: number;
};

/** An electrocardiogram. Its leads may differ in sampling rate and in length. */
export type Recording = {
  /** When it began, in ms since 1970 (UTC); null when it is not known. */
  recordedAt: number | null;
  leads: Lead[];
  /** The sender's pseudonym for the person. */
  subject: string | null;
  device: string | null;
  note: string | null;
  /** Whether more samples are to come. */
  isOpen: boolean;
  /** In the order of their times. */
  annotations: Annotation[];
};

/** All of a recording but what comes with time. */
export type RecordingHead = Omit<Recording, "leads" | "annotations"> & { leads: Omit<Lead, "samples">[] };

/** In Hz: the rate that most leads have (the first of them when as many have another); null when that is unknown. */
export function commonSamplingRate(leads: readonly Pick<Lead, "samplingRate">[]): number | null {
  const counts = new Map<number | null, number>();
  for (const { samplingRate } of leads) counts.set(samplingRate, (counts.get(samplingRate) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0] ?? null;
}
