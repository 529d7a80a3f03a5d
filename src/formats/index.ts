import { aecg } from "./aecg/aecg.ts";
import { atc } from "./atc.ts";
import { csv } from "./csv/csv.ts";
import { dicom } from "./dicom/dicom.ts";
import { bdf, edf } from "./edf/edf.ts";
import { fhir } from "./fhir/fhir.ts";
import type { Format } from "./format.ts";
import { ishne } from "./ishne.ts";
import { ecgJson } from "./json/ecg-json.ts";
import { jsonLines } from "./json/lines.ts";
import { matlab } from "./matlab/matlab.ts";
import { mfer } from "./mfer/mfer.ts";
import { muse } from "./muse.ts";
import { openSignals } from "./opensignals/opensignals.ts";
import { pdf } from "./pdf/pdf.ts";
import { schiller } from "./schiller.ts";
import { scp } from "./scp/scp.ts";
import { sierra } from "./sierra/sierra.ts";
import { svg } from "./svg.ts";
import { wfdb } from "./wfdb/wfdb.ts";

/** Every format, in the order in which they are tried: formats that cannot be mistaken come first. */
export const formats: readonly Format[] = [
  ecgJson,
  jsonLines,
  dicom,
  scp,
  ishne,
  atc,
  mfer,
  matlab,
  edf,
  bdf,
  aecg,
  muse,
  sierra,
  schiller,
  fhir,
  openSignals,
  wfdb,
  csv,
  svg,
  pdf,
];

/** The format of a media type, whose parameters are ignored. */
export function findFormat<T extends Format>(mediaType: string, among: readonly T[]): T | undefined {
  const bare = mediaType.split(";", 1)[0].trim().toLowerCase();
  return among.find(({ mediaTypes }) => mediaTypes.includes(bare));
}

/**
 * The format of the extension that a file's name ends in, the longest where several match: `.fhir.json` before `.json`.
 */
export function findFormatByName<T extends Format>(name: string, among: readonly T[]): T | undefined {
  const endOf = ({ extensions }: Format) =>
    Math.max(0, ...extensions.filter((end) => name.toLowerCase().endsWith(end)).map(({ length }) => length));
  const best = Math.max(...among.map(endOf));
  return best > 0 ? among.find((format) => endOf(format) === best) : undefined;
}
