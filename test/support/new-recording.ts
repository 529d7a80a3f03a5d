import type { Lead, Recording } from "../../src/recording/recording.ts";

/** What a recording has beside its leads, where nothing of it is known. */
export const UNDESCRIBED: Omit<Recording, "leads"> = {
  recordedAt: null,
  subject: null,
  device: null,
  note: null,
  isOpen: false,
  annotations: [],
};

/** A lead of one sample, with other fields where they are given. */
export function newLead(fields: Partial<Lead> = {}): Lead {
  return { name: "II", samplingRate: 500, samples: Int32Array.of(1), gain: 400, baseline: 0, ...fields };
}

/** A recording of such leads, of which nothing is known but what is given. */
export function newRecording(about: Partial<Recording> = {}, leads: Partial<Lead>[] = [{}]): Recording {
  return { ...UNDESCRIBED, ...about, leads: leads.map(newLead) };
}
