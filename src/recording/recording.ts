/** Marks a sample that was not measured. It is not a value: samples are MIN_SAMPLE to MAX_SAMPLE. */
export const MISSING = -0x80000000;
/** The lowest sample, in ADC units. */
export const MIN_SAMPLE = -0x7fffffff;
/** The highest sample, in ADC units. */
export const MAX_SAMPLE = 0x7fffffff;

/** Where the date of an ECG comes from: it was recorded then, or nobody says when and it was received then. */
export const DATE_SOURCES = ["recorded", "received"] as const;
/** What the date of an ECG is. */
export type DateSource = (typeof DATE_SOURCES)[number];

/** The unit of a lead that does not name one: that of an ECG. */
export const MILLIVOLT = "mV";

/** The signal of a lead, in the device's own integers (ADC units). Its value in `unit` is `(sample - baseline) / gain`. */
export type Lead = {
  /** The name as it was sent. */
  name: string;
  /** The sampling rate in Hz; null when it is not known. */
  samplingRate: number | null;
  /** The samples in ADC units; `MISSING` marks a gap. */
  samples: Int32Array;
  /** The unit of the lead's values; `mV` if left out. A lead of another unit (mmHg, NU) is no voltage, and no ECG. */
  unit?: string;
  /**
   * The gain in ADC units per unit, negative for an inverted scale. It is null when it is not known: then nothing is said
   * in mV.
   */
  gain: number | null;
  /** The sample at 0 of the unit, in ADC units. */
  baseline: number;
};

/** Whether a lead is a voltage, and so may be an ECG. */
export function isVoltage({ unit = MILLIVOLT }: Pick<Lead, "unit">): boolean {
  return unit === MILLIVOLT;
}

/** The annotator of annotations that name none: the reference, by the extension of its file in WFDB. */
export const REFERENCE = "atr";

/** A remark on a moment or a part of a recording: a beat and its kind, a change of rhythm, a text. */
export type Annotation = {
  /** Seconds from the beginning of the recording; may be a little below 0. */
  time: number;
  /** Seconds. Without it the annotation is of a moment. */
  duration?: number;
  /** WFDB's mnemonic: `N` for a normal beat, `V` for a ventricular one, `+` for a change of rhythm ... */
  code?: string;
  text?: string;
  /** The name of the lead that is annotated. Without it all leads are. */
  lead?: string;
  /** Who or what made the annotation, by the extension of a WFDB file; `atr` if left out: the reference. */
  annotator?: string;
  /** WFDB's `subtyp` and `num`, -128 to 127; 0 if left out. */
  subtype?: number;
  number?: number;
};

/** An electrocardiogram. Its leads may differ in sampling rate and in length. */
export type Recording = {
  /** The beginning in ms since 1970 (UTC); null when it is not known. */
  recordedAt: number | null;
  leads: Lead[];
  /** The sender's pseudonym for the person. */
  subject: string | null;
  device: string | null;
  note: string | null;
  /** Whether more samples are to come. */
  isOpen: boolean;
  /** The annotations in the order of their times. */
  annotations: Annotation[];
  /** Sentences for the sender: what a reader did not keep, did not understand or assumed. */
  notes?: string[];
};

/** A recording without its samples and annotations. */
export type RecordingHead = Omit<Recording, "leads" | "annotations"> & { leads: Omit<Lead, "samples">[] };

/**
 * The sampling rate in Hz that most leads have, the first lead's of those that are as frequent; null when that is
 * unknown.
 */
export function commonSamplingRate(leads: readonly Pick<Lead, "samplingRate">[]): number | null {
  const [first] = leads;
  // Nearly always all have one rate, which is asked for with each lead of a list.
  if (leads.every(({ samplingRate }) => samplingRate === first.samplingRate)) return first?.samplingRate ?? null;
  const counts = new Map<number | null, number>();
  for (const { samplingRate } of leads) counts.set(samplingRate, (counts.get(samplingRate) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0] ?? null;
}
