import type { Format } from "../format.ts";
import { findRootName } from "../xml.ts";
import { readAecg } from "./reader.ts";
import { writeAecg, writeAecgParts } from "./writer.ts";

/**
 * HL7 Annotated ECG (ANSI/HL7 V3 ECG, R1-2004), the XML of the FDA. Its annotations are neither read nor written. It
 * has no registered media type.
 */
export const aecg = {
  id: "aecg",
  mediaTypes: ["application/xml", "text/xml"],
  extensions: [".aecg.xml", ".xml", ".aecg"],
  detect: (prefix) => findRootName(prefix) === "AnnotatedECG",
  read: readAecg,
  write: writeAecg,
  writeParts: writeAecgParts,
} satisfies Format;
