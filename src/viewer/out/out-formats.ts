import type { LayoutName, View } from "../page/address.ts";
import { rhythmOf, SHEET_LAYOUTS } from "../paper/layout.ts";

/** Those formats of the API that it writes. */
type FormatId = "json" | "wfdb" | "edf" | "bdf" | "dicom" | "scp" | "aecg" | "ishne" | "fhir" | "csv" | "svg" | "pdf";

/** A file that the API makes of an ECG. */
export type OutFormat = {
  name: string;
  /** The parameters of `GET /ecg/{id}` that ask for it. */
  query: { format: FormatId; units?: "adc" | "mv"; fhir_version?: "R4" | "R5"; paper?: "a4" | "letter" };
  extension: string;
  /** What it does not carry, or when it cannot be had, in a few words. */
  lacks: string;
};

/** Drawings, to scale. */
export const PAPERS: readonly OutFormat[] = [
  { name: "PDF, A4", query: { format: "pdf", paper: "a4" }, extension: ".pdf", lacks: "up to 30 pages" },
  { name: "PDF, Letter", query: { format: "pdf", paper: "letter" }, extension: ".pdf", lacks: "up to 30 pages" },
  { name: "SVG", query: { format: "svg" }, extension: ".svg", lacks: "up to 60 s in rows" },
];

/** Files of samples, each of which is as it was sent. */
export const FILES: readonly OutFormat[] = [
  { name: "JSON", query: { format: "json" }, extension: ".json", lacks: "of any length; no annotations" },
  { name: "WFDB", query: { format: "wfdb" }, extension: ".zip", lacks: "with annotations; no note" },
  { name: "EDF+", query: { format: "edf" }, extension: ".edf", lacks: "16 bits; no missing samples" },
  { name: "BDF+", query: { format: "bdf" }, extension: ".bdf", lacks: "24 bits; no missing samples" },
  { name: "DICOM", query: { format: "dicom" }, extension: ".dcm", lacks: "one rate; no annotations" },
  {
    name: "SCP-ECG",
    query: { format: "scp" },
    extension: ".scp",
    lacks: "16 bits, standard leads; no annotations, no missing samples",
  },
  { name: "HL7 aECG", query: { format: "aecg" }, extension: ".aecg.xml", lacks: "no annotations" },
  { name: "ISHNE", query: { format: "ishne" }, extension: ".ecg", lacks: "16 bits, standard leads; no annotations" },
  {
    name: "FHIR R4",
    query: { format: "fhir", fhir_version: "R4" },
    extension: ".fhir.json",
    lacks: "up to a million characters a lead; no annotations",
  },
  {
    name: "FHIR R5",
    query: { format: "fhir", fhir_version: "R5" },
    extension: ".fhir.json",
    lacks: "up to a million characters a lead; no annotations",
  },
  {
    name: "CSV, millivolts",
    query: { format: "csv", units: "mv" },
    extension: ".csv",
    lacks: "one rate; no date, no subject",
  },
  {
    name: "CSV, ADC units",
    query: { format: "csv", units: "adc" },
    extension: ".csv",
    lacks: "one rate; no gain, no date, no subject",
  },
];

/** The parameters of a drawing, as far as the API draws what is seen: other speeds and gains are as usual, and chest leads as the others. */
export function sheetQueryOf(
  layout: LayoutName,
  view: Pick<View, "seconds" | "speed" | "gain" | "order" | "rhythm">,
  leads: readonly { name: string }[],
) {
  const rhythm = rhythmOf(layout, view, leads);
  const drawn = SHEET_LAYOUTS[layout];
  const speed = (["12.5", "25", "50"] as const).find((one) => view.seconds === null && Number(one) === view.speed);
  const gain = (["5", "10", "20"] as const).find((one) => Number(one) === view.gain);
  return {
    layout: drawn,
    ...(drawn !== "rows" && { rhythm: rhythm.length > 0 ? rhythm : "" }),
    order: view.order,
    speed: speed ?? ("25" as const),
    gain: gain ?? ("10" as const),
  };
}
