import { z } from "zod";
import { FormatError } from "../format.ts";
import { explainIssue } from "../input-errors.ts";
import { JsonNumber } from "./exact-json.ts";
import { listResources, ReferenceSchema, type Resources } from "./references.ts";

/**
 * A number of FHIR. This and the other schemas are the parts of an Observation that an ECG is read from, alike in R4
 * and R5.
 */
const DecimalSchema = z.instanceof(JsonNumber, { error: "expected a number" }).transform(({ decimal }, context) => {
  if (decimal) return decimal;
  context.addIssue({ code: "custom", message: "is no number that can be worked with" });
  return z.NEVER;
});

const ConceptSchema = z.object({
  coding: z
    .array(z.object({ system: z.string().optional(), code: z.string().optional(), display: z.string().optional() }))
    .optional(),
  text: z.string().optional(),
});

const SampledDataSchema = z.object({
  origin: z.object({ value: DecimalSchema.optional(), unit: z.string().optional(), code: z.string().optional() }),
  /** R4: the time between samples, in ms. */
  period: DecimalSchema.optional(),
  /** R5: the time between samples, in `intervalUnit`. */
  interval: DecimalSchema.optional(),
  intervalUnit: z.string().optional(),
  offsets: z.string().optional(),
  factor: DecimalSchema.optional(),
  dimensions: DecimalSchema.optional(),
  data: z.string().optional(),
});

const ObservationSchema = z.object({
  status: z.unknown().optional(),
  code: ConceptSchema.optional(),
  note: z.unknown().optional(),
  interpretation: z.unknown().optional(),
  subject: ReferenceSchema.optional(),
  device: ReferenceSchema.optional(),
  effectiveDateTime: z.string().optional(),
  effectiveInstant: z.string().optional(),
  effectiveTiming: z.object({ event: z.array(z.string()).optional() }).optional(),
  effectivePeriod: z.object({ start: z.string().optional(), end: z.string().optional() }).optional(),
  valueSampledData: SampledDataSchema.optional(),
  component: z
    .array(z.object({ code: ConceptSchema.optional(), valueSampledData: SampledDataSchema.optional() }))
    .optional(),
});

const ResourceSchema = z.object({ resourceType: z.string() });
const BundleSchema = z.object({
  entry: z.array(z.object({ fullUrl: z.string().optional(), resource: z.unknown().optional() })).optional(),
});
/** An Observation of anything, to find those with sampled data in a Bundle. */
const CandidateSchema = z.object({
  resourceType: z.literal("Observation"),
  valueSampledData: z.unknown().optional(),
  component: z.array(z.object({ valueSampledData: z.unknown().optional() })).optional(),
});

/** An Observation, as far as it is read. */
export type Observation = z.output<typeof ObservationSchema>;
/** Samples of an Observation or of a component. */
export type SampledData = z.output<typeof SampledDataSchema>;
/** A CodeableConcept. */
export type Concept = z.output<typeof ConceptSchema>;

/**
 * The Observation that a resource is or, if the resource is a Bundle, the only one in it with sampled data.
 *
 * @returns with `path`, the text before the name of an element that says where it is, and the resources that it may refer to
 * @throws FormatError with the element
 */
export function findObservation(resource: unknown): { observation: Observation; path: string; resources: Resources } {
  const { resourceType } = parseAs(ResourceSchema, resource, "");
  if (resourceType === "Observation") {
    return {
      observation: parseAs(ObservationSchema, resource, ""),
      path: "",
      resources: listResources(resource, []),
    };
  }
  if (resourceType !== "Bundle") {
    throw new FormatError(
      "resourceType",
      `${JSON.stringify(resourceType.slice(0, 64))} is neither Observation nor Bundle`,
    );
  }
  const { entry = [] } = parseAs(BundleSchema, resource, "");
  const found = [...entry.entries()].filter(([, { resource }]) => hasSampledData(resource));
  if (found.length !== 1) {
    throw new FormatError("entry", `${found.length} Observations have sampled data, and one is read at a time`);
  }
  const [[index, { resource: only }]] = found;
  const path = `entry[${index}].resource.`;
  return { observation: parseAs(ObservationSchema, only, path), path, resources: listResources(only, entry) };
}

function hasSampledData(resource: unknown): boolean {
  const { data } = CandidateSchema.safeParse(resource);
  return [data, ...(data?.component ?? [])].some((value) => value?.valueSampledData !== undefined);
}

function parseAs<Schema extends z.ZodType>(schema: Schema, value: unknown, path: string): z.output<Schema> {
  const result = schema.safeParse(value, { error: explainIssue });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  throw new FormatError((path + where.replace(/^\./, "")).replace(/\.$/, "") || "resource", issue.message);
}
