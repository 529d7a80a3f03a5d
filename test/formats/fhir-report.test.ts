import { expect, it } from "vitest";
import { type Report, type ReportValue, writeFhirReport } from "../../src/formats/fhir/report.ts";

const NONE: Report["values"] = {
  ...{ heartRate: null, pr: null, qrs: null, qt: null, qtc: null },
  ...{ pAxis: null, qrsAxis: null, tAxis: null },
};
const REPORT: Report = {
  subject: "P-0042",
  device: "CardioPatch 3",
  recordedAt: Date.UTC(2026, 0, 31, 9, 30),
  notice: "Reviewed by nobody.",
  values: { ...NONE, heartRate: 71.84, qtc: 409.27 },
};
const read = (report: Report) => JSON.parse(writeFhirReport(report));

it("is a preliminary DiagnosticReport that contains an Observation for each value", () => {
  const about = { subject: { identifier: { value: "P-0042" } }, effectiveDateTime: "2026-01-31T09:30:00.000Z" };
  const loinc = (code: string, display: string) => ({
    coding: [{ system: "http://loinc.org", code, display }],
    text: display,
  });
  expect(read(REPORT)).toEqual({
    resourceType: "DiagnosticReport",
    text: {
      status: "generated",
      div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>Reviewed by nobody.</p><ul><li>Heart rate: 71.8 beats/minute</li><li>Q-T interval corrected: 409.3 ms</li></ul></div>',
    },
    contained: [
      {
        ...{ resourceType: "Observation", id: "heart-rate", status: "preliminary", ...about },
        code: loinc("8867-4", "Heart rate"),
        valueQuantity: { value: 71.8, unit: "beats/minute", system: "http://unitsofmeasure.org", code: "/min" },
        device: { display: "CardioPatch 3" },
      },
      {
        ...{ resourceType: "Observation", id: "qtc", status: "preliminary", ...about },
        code: loinc("8636-3", "Q-T interval corrected"),
        valueQuantity: { value: 409.3, unit: "ms", system: "http://unitsofmeasure.org", code: "ms" },
        method: { text: "Fridericia" },
        device: { display: "CardioPatch 3" },
      },
    ],
    status: "preliminary",
    category: [
      {
        coding: [
          {
            system: "http://terminology.hl7.org/CodeSystem/v2-0074",
            code: "EC",
            display: "Electrocardiac (e.g., EKG, EEC, Holter)",
          },
        ],
      },
    ],
    code: loinc("11524-6", "EKG study"),
    ...about,
    result: [
      { reference: "#heart-rate", display: "Heart rate" },
      { reference: "#qtc", display: "Q-T interval corrected" },
    ],
  });
});

it.each<{ name: ReportValue; code: string; value: number; written: number; unit: string }>([
  { name: "heartRate", code: "8867-4", value: 60.06, written: 60.1, unit: "/min" },
  { name: "pr", code: "8625-6", value: 158.04, written: 158, unit: "ms" },
  { name: "qrs", code: "8633-0", value: 92.06, written: 92.1, unit: "ms" },
  { name: "qt", code: "8634-8", value: 386, written: 386, unit: "ms" },
  { name: "qtc", code: "8636-3", value: 409, written: 409, unit: "ms" },
  { name: "pAxis", code: "8626-4", value: 52.4, written: 52, unit: "deg" },
  { name: "qrsAxis", code: "8632-2", value: -179.6, written: -180, unit: "deg" },
  { name: "tAxis", code: "8638-9", value: 0, written: 0, unit: "deg" },
])("has $name by its code and unit", ({ name, code, value, written, unit }) => {
  const { contained } = read({ ...REPORT, values: { ...NONE, [name]: value } });
  expect(contained).toMatchObject([{ code: { coding: [{ code }] }, valueQuantity: { value: written, code: unit } }]);
});

it("leaves out what is not known, and has no empty list", () => {
  const report = read({ ...REPORT, subject: null, device: null, recordedAt: null, values: NONE });
  expect(Object.keys(report)).toEqual(["resourceType", "text", "status", "category", "code"]);
  const [observation] = read({ ...REPORT, subject: null, device: null, recordedAt: null }).contained;
  expect(Object.keys(observation)).toEqual(["resourceType", "id", "status", "code", "valueQuantity"]);
});
