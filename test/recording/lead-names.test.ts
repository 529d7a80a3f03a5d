import { expect, it } from "vitest";
import { findLead, standardLead } from "../../src/recording/lead-names.ts";

it.each([
  ["II", "II"],
  ["avr", "aVR"],
  [" V3 ", "V3"],
  ["MDC_ECG_LEAD_aVF", "aVF"],
  ["MDC_ECG_ELEC_POTL_AVL", "aVL"],
  ["131074", "II"],
  ["131392", "aVF"],
  ["2:61", "III"],
  ["5.6.3-9-8", "V6"],
  ["Lead II", "II"],
  ["Ableitung V1", "V1"],
  ["D\u00e9rivation aVL", "aVL"],
  ["ECG II", "II"],
  ["EKG Ableitung V1", "V1"],
  ["ecg_II", "II"],
  ["LEAD_AVR", "aVR"],
  ["ecg_lead_v1", "V1"],
  ["ECG-III", "III"],
  ["Lead-I", "I"],
  ["ECG -aVR", undefined],
  ["Lead--aVR", undefined],
  ["ECG_", undefined],
  ["ECG", undefined],
  ["ECG Lead", undefined],
  ["ECG ECG II", undefined],
  ["Lead", undefined],
  ["Lead 2", undefined],
  ["MLII", undefined],
  ["", undefined],
])("takes %j for the lead %s", (name, lead) => {
  expect(standardLead(name)).toBe(lead);
});

it.each([
  { name: "ii", found: "ii" },
  { name: "II", found: "II" },
  { name: "AVR", found: "MDC_ECG_LEAD_AVR" },
  { name: "V1", found: undefined },
  { name: "resp", found: "resp" },
  { name: "RESP", found: undefined },
])("finds $found for $name", ({ name, found }) => {
  const leads = ["II", "ii", "MDC_ECG_LEAD_AVR", "resp"].map((lead) => ({ name: lead }));
  expect(findLead(leads, name)?.name).toBe(found);
});
