import type { Format } from "../format.ts";
import { readFhir } from "./reader.ts";
import { writeFhir } from "./writer.ts";

/** HL7 FHIR R4 and R5: an Observation with SampledData. https://hl7.org/fhir/R4/datatypes.html#SampledData */
export const fhir = {
  id: "fhir",
  mediaTypes: ["application/fhir+json"],
  extensions: [".fhir.json"],
  // Servers that keep the keys in an order of their own have the type behind the samples.
  detect: (prefix) => {
    const text = new TextDecoder().decode(prefix);
    return /^\s*\{/.test(text) && /"(resourceType"\s*:\s*"(Observation|Bundle)"|valueSampledData"\s*:)/.test(text);
  },
  read: readFhir,
  write: writeFhir,
  writtenBytesPerSample: 28,
} satisfies Format;
