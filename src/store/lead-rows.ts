import { type SQL, sql } from "drizzle-orm";
import { customType, type SQLiteColumn } from "drizzle-orm/sqlite-core";

/** A lead without its samples. */
export type LeadRow = {
  name: string;
  sampleCount: number;
  /** In Hz. */
  samplingRate: number | null;
  /** ADC units per unit. */
  gain: number | null;
  /** The unit of the lead's values; mV if left out. */
  unit?: string;
  /** In ADC units. */
  baseline: number;
  zeroCrossings: number;
  /** The sign of the last sample that has one, -1 or 1, and 0 before: an appended sample may cross zero from it. */
  lastSign: number;
  /** How many samples of the lead a chunk holds: sample s is in chunk floor(s / chunkSamples). */
  chunkSamples: number;
};

/** Counts the samples of all leads. */
export function countSamples(leads: readonly LeadRow[]): number {
  return leads.reduce((sum, { sampleCount }) => sum + sampleCount, 0);
}

/** The values of a lead in the order in which they are stored. */
type StoredLead = [
  name: string,
  sampleCount: number,
  samplingRate: number | null,
  gain: number | null,
  baseline: number,
  zeroCrossings: number,
  lastSign: number,
  chunkSamples: number,
  unit?: string,
];

/** Where the values that statements ask for stand in a stored lead. */
const PLACES = { samplingRate: 2, chunkSamples: 7 };

/**
 * A column of leads, in JSON: an array of values a lead. Rows of before have an object a lead, three times as long, and keep it until the
 * ECG is appended to.
 */
export const leadRows = customType<{ data: LeadRow[]; driverData: string }>({
  dataType: () => "text",
  toDriver: (leads) => JSON.stringify(leads.map(toStored)),
  fromDriver: (text) => (JSON.parse(text) as (StoredLead | LeadRow)[]).map(fromStored),
});

/** Whether a column holds these leads, in either form. */
export function areLeads(column: SQLiteColumn, leads: readonly LeadRow[]): SQL {
  return sql`${column} in (${sql.param(leads, column)}, ${JSON.stringify(leads)})`;
}

/** A value of the first lead of a column, in either form. */
export function valueOfFirstLead(column: SQLiteColumn, name: keyof typeof PLACES): SQL {
  return sql`coalesce(${column} ->> ${`$[0][${PLACES[name]}]`}, ${column} ->> ${`$[0].${name}`})`;
}

function toStored(lead: LeadRow): StoredLead {
  const { name, sampleCount, samplingRate, gain, baseline, zeroCrossings, lastSign, chunkSamples, unit } = lead;
  const stored: StoredLead = [name, sampleCount, samplingRate, gain, baseline, zeroCrossings, lastSign, chunkSamples];
  if (unit !== undefined) stored.push(unit);
  return stored;
}

function fromStored(lead: StoredLead | LeadRow): LeadRow {
  // As it is: what is stored is compared with it.
  if (!Array.isArray(lead)) return lead;
  const [name, sampleCount, samplingRate, gain, baseline, zeroCrossings, lastSign, chunkSamples, unit] = lead;
  const row = { name, sampleCount, samplingRate, gain, baseline, zeroCrossings, lastSign, chunkSamples };
  return unit === undefined ? row : { ...row, unit };
}
