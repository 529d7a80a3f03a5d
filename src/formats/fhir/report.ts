/** What a report says of an ECG: values that are not known are null, and left out. */
export type Report = {
  /** The sender's pseudonym of the person. */
  subject: string | null;
  device: string | null;
  /** The beginning of what was measured, in ms since 1970; null when it is not known. */
  recordedAt: number | null;
  /** What is to be known of all values, as a sentence. */
  notice: string;
  values: Record<ReportValue, number | null>;
};
/** The name of a value that a report may have. */
export type ReportValue = keyof typeof MEASURES;

const LOINC = "http://loinc.org";
const UCUM = "http://unitsofmeasure.org";

/** The units of values: as they are read, as UCUM has them, and the decimals to which they are rounded. */
const RATE = { unit: "beats/minute", code: "/min", digits: 1 };
const DURATION = { unit: "ms", code: "ms", digits: 1 };
const ANGLE = { unit: "degrees", code: "deg", digits: 0 };

/** The values by their codes of LOINC. */
const MEASURES = {
  heartRate: { id: "heart-rate", loinc: "8867-4", display: "Heart rate", quantity: RATE },
  pr: { id: "pr", loinc: "8625-6", display: "P-R Interval", quantity: DURATION },
  qrs: { id: "qrs", loinc: "8633-0", display: "QRS duration", quantity: DURATION },
  qt: { id: "qt", loinc: "8634-8", display: "Q-T interval", quantity: DURATION },
  qtc: { id: "qtc", loinc: "8636-3", display: "Q-T interval corrected", quantity: DURATION, method: "Fridericia" },
  pAxis: { id: "p-axis", loinc: "8626-4", display: "P wave axis", quantity: ANGLE },
  qrsAxis: { id: "qrs-axis", loinc: "8632-2", display: "QRS axis", quantity: ANGLE },
  tAxis: { id: "t-axis", loinc: "8638-9", display: "T wave axis", quantity: ANGLE },
} as const satisfies Record<string, Measure>;
type Measure = { id: string; loinc: string; display: string; quantity: typeof RATE; method?: string };

/** LOINC's code of the report. */
const EKG_STUDY = { system: LOINC, code: "11524-6", display: "EKG study" };
/** HL7's code of the section of a diagnostic service that ECGs are of. */
const ELECTROCARDIAC = {
  system: "http://terminology.hl7.org/CodeSystem/v2-0074",
  code: "EC",
  display: "Electrocardiac (e.g., EKG, EEC, Holter)",
};

/**
 * Writes a DiagnosticReport that contains an Observation for each value, all of them preliminary: nobody has reviewed them. It is
 * alike in R4 and R5. https://hl7.org/fhir/R4/diagnosticreport.html
 */
export function writeFhirReport({ subject, device, recordedAt, notice, values }: Report): string {
  const about = {
    subject: subject === null ? undefined : { identifier: { value: subject } },
    effectiveDateTime: recordedAt === null ? undefined : new Date(recordedAt).toISOString(),
  };
  const observations = Object.entries(MEASURES).flatMap(([name, measure]: [string, Measure]) => {
    const value = values[name as ReportValue];
    if (value === null) return [];
    const { digits, ...quantity } = measure.quantity;
    return {
      resourceType: "Observation",
      id: measure.id,
      status: "preliminary",
      code: { coding: [{ system: LOINC, code: measure.loinc, display: measure.display }], text: measure.display },
      ...about,
      valueQuantity: { value: Number(value.toFixed(digits)), system: UCUM, ...quantity },
      method: measure.method === undefined ? undefined : { text: measure.method },
      device: device === null ? undefined : { display: device },
    };
  });
  const lines = observations.map(
    ({ code, valueQuantity: { value, unit } }) => `<li>${code.text}: ${value} ${unit}</li>`,
  );
  return JSON.stringify({
    resourceType: "DiagnosticReport",
    text: {
      status: "generated",
      div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${notice}</p>${lines.length > 0 ? `<ul>${lines.join("")}</ul>` : ""}</div>`,
    },
    // FHIR has no empty lists.
    contained: observations.length > 0 ? observations : undefined,
    status: "preliminary",
    category: [{ coding: [ELECTROCARDIAC] }],
    code: { coding: [EKG_STUDY], text: EKG_STUDY.display },
    ...about,
    result:
      observations.length > 0
        ? observations.map(({ id, code }) => ({ reference: `#${id}`, display: code.text }))
        : undefined,
  });
}
