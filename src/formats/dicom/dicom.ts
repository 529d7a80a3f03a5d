import type { Format } from "../format.ts";
import { findStorageClass, isDicom } from "./data-set.ts";
import { readDicom } from "./reader.ts";
import { writeDicom } from "./writer.ts";

/**
 * DICOM waveforms: 12-lead, general, ambulatory and 32-bit ECGs. Specification: PS3.3, sections A.34 and C.10.9, in
 * files as PS3.10 has them. https://www.dicomstandard.org/current
 *
 * The rhythm is read. Typical beats and annotations are not.
 */
export const dicom = {
  id: "dicom",
  mediaTypes: ["application/dicom"],
  extensions: [".dcm"],
  detect: isDicom,
  // An ECG comes on a disc with a directory, or with its report.
  isNoEcg: (prefix) => !/^($|1\.2\.840\.10008\.5\.1\.4\.1\.1\.9\.)/.test(findStorageClass(prefix)),
  read: readDicom,
  write: writeDicom,
} satisfies Format;
