import { isVoltage, type Lead, MILLIVOLT, MISSING, type Recording } from "../../recording/recording.ts";
import { formatDecimal } from "../decimal.ts";
import { newNotAcceptable, type WriteOptions } from "../format.ts";
import { findInterval, findLinearScale } from "../sampled-values.ts";
import { findUcum } from "../unit.ts";
import { ELEC_POTL, MDC, toConcept } from "./codes.ts";

/** The longest string, in characters: https://hl7.org/fhir/R4/datatypes.html#string */
const MAX_STRING_LENGTH = 1024 * 1024;
/** The unit of the time between samples, as a power of ten of seconds. */
const MILLISECOND = -3;
/** The unit of origin and factor is that of the lead: as a power of ten of it. */
const UNIT_EXPONENT = 0;

/**
 * Writes an Observation with a component of SampledData for each lead. Numbers have the digits that read back as the
 * same rate, gain and baseline, up to the eighteen that FHIR's decimals may have.
 *
 * @throws AppError `not-acceptable`
 */
export function writeFhir(recording: Recording, { fhirVersion }: WriteOptions): Uint8Array<ArrayBuffer> {
  const { recordedAt, subject, device, leads } = recording;
  requireShort(leads);
  const observation = JSON.stringify({
    resourceType: "Observation",
    status: "final",
    category: [
      {
        coding: [
          {
            system: "http://terminology.hl7.org/CodeSystem/observation-category",
            code: "procedure",
            display: "Procedure",
          },
        ],
      },
    ],
    code: { coding: [{ system: MDC, code: String(ELEC_POTL), display: "MDC_ECG_ELEC_POTL" }] },
    subject: subject === null ? undefined : { identifier: { value: subject } },
    effectiveDateTime: recordedAt === null ? undefined : new Date(recordedAt).toISOString(),
    device: device === null ? undefined : { display: device },
  });
  // Its numbers may have more digits than a double.
  const components = leads.map(
    (lead) =>
      `{"code":${JSON.stringify(toConcept(lead.name))},"valueSampledData":${writeSampledData(lead, fhirVersion)}}`,
  );
  const text = `${observation.slice(0, -1)},"component":[${components.join()}]}`;
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

function writeSampledData(lead: Lead, fhirVersion: WriteOptions["fhirVersion"]): string {
  const { name, samples, gain, baseline } = lead;
  if (samples.length === 0)
    throw newNotAcceptable(`FHIR's SampledData cannot be empty, and lead ${name} has no samples.`);
  if (gain === null && !isVoltage(lead))
    throw newNotAcceptable(
      `FHIR's SampledData has a unit with a scale only, and lead ${name} has a unit without a gain.`,
    );
  const interval = findInterval(requireRate(lead), MILLISECOND);
  const linear = findLinearScale(gain ?? 1, baseline, UNIT_EXPONENT);
  if (!interval || !linear) {
    throw newNotAcceptable(`FHIR has no decimals that read back as the rate, gain and baseline of lead ${name}.`);
  }
  const period =
    fhirVersion === "R5"
      ? `"interval":${formatDecimal(interval)},"intervalUnit":"ms"`
      : `"period":${formatDecimal(interval)}`;
  const unit = gain === null ? "" : writeUnit(lead);
  const origin = `{"value":${formatDecimal(linear.origin)}${unit}}`;
  return `{"origin":${origin},${period},"factor":${formatDecimal(linear.scale)},"dimensions":1,"data":"${writeData(samples)}"}`;
}

/**
 * The unit of the origin and the factor, as elements of a Quantity. One that UCUM has no code for has its name alone.
 *
 * @param lead of a known gain
 */
function writeUnit({ unit = MILLIVOLT }: Lead): string {
  const code = unit === MILLIVOLT ? unit : findUcum(unit);
  const coded = code === undefined ? "" : `,"system":"http://unitsofmeasure.org","code":${JSON.stringify(code)}`;
  return `,"unit":${JSON.stringify(unit)}${coded}`;
}

function requireRate({ name, samplingRate }: Lead): number {
  if (samplingRate !== null) return samplingRate;
  throw newNotAcceptable(`FHIR's SampledData needs a sampling rate, and that of lead ${name} is not known.`);
}

function writeData(samples: Int32Array): string {
  const text = samples.join(" ");
  return samples.includes(MISSING) ? text.replaceAll(String(MISSING), "E") : text;
}

/**
 * Requires that the data of each lead fit into a string.
 *
 * @throws AppError `not-acceptable`, with the longest window that does
 */
function requireShort(leads: readonly Lead[]): void {
  const long = leads.find((lead) => lengthOf(lead.samples) > MAX_STRING_LENGTH);
  if (!long) return;
  const seconds = Math.min(
    ...leads.map((lead) => Math.floor(MAX_STRING_LENGTH / longestOf(lead.samples)) / requireRate(lead)),
  );
  throw newNotAcceptable(
    `Lead ${long.name} is longer than the ${MAX_STRING_LENGTH} characters of FHIR's strings: ask for a window with start and end, ` +
      `of ${Math.floor(seconds)} seconds at the most.`,
  );
}

/** The length of a lead's data in characters, with a space behind each sample. */
function lengthOf(samples: Int32Array): number {
  let length = 0;
  for (const sample of samples) length += lengthOfOne(sample);
  return length;
}

function longestOf(samples: Int32Array): number {
  let longest = 1;
  for (const sample of samples) longest = Math.max(longest, lengthOfOne(sample));
  return longest;
}

function lengthOfOne(sample: number): number {
  if (sample === MISSING) return 2;
  const magnitude = Math.abs(sample);
  let length = sample < 0 ? 3 : 2;
  for (let limit = 10; limit <= magnitude; limit *= 10) length++;
  return length;
}
