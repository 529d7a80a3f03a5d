import type { Format } from "../format.ts";
import { findRootName } from "../xml.ts";
import { ROOT, readSierra } from "./reader.ts";

/**
 * Philips Sierra ECG XML, 1.03 (SierraECG) and 1.04 (PhilipsECG), as PageWriter and TraceMaster export it. There is no
 * public specification of how signals are packed: it is read by what published readers do.
 */
export const sierra = {
  id: "sierra",
  mediaTypes: ["application/x-sierra-xml"],
  extensions: [".sierra.xml"],
  detect: (prefix) => findRootName(prefix) === ROOT,
  read: readSierra,
} satisfies Format;
