import { describe, expect, it } from "vitest";
import type { InsightLead } from "../../src/analysis/signal/stretches.ts";
import { chooseLeads, explainUnused } from "../../src/analysis/used-leads.ts";

function lead(of: Partial<InsightLead>): InsightLead {
  return { name: "II", samplingRate: 500, gain: 1000, baseline: 0, sampleCount: 5000, ...of };
}

describe("chooseLeads", () => {
  it.each<{ name: string; leads: Partial<InsightLead>[]; chosen: number[] }>([
    { name: "all, the fastest first", leads: [{}, { samplingRate: 250 }, { samplingRate: 1000 }], chosen: [2, 0, 1] },
    {
      name: "those of 30 Hz",
      leads: [{ samplingRate: 30 }, { samplingRate: 29 }, { samplingRate: null }],
      chosen: [0],
    },
    { name: "those that have samples", leads: [{ sampleCount: 0 }, {}], chosen: [1] },
    { name: "voltages", leads: [{ unit: "mmHg" }, { unit: "mV" }], chosen: [1] },
    { name: "those with a gain where one has it", leads: [{ gain: null }, {}], chosen: [1] },
    { name: "those without where none has it", leads: [{ gain: null }, { unit: "mmHg" }], chosen: [0] },
    { name: "as many as have 2^21 samples a second", leads: Array(3).fill({ samplingRate: 2 ** 20 }), chosen: [0, 1] },
  ])("takes $name", ({ leads, chosen }) => {
    expect(chooseLeads(leads.map(lead)).map(({ number }) => number)).toEqual(chosen);
  });
});

describe("explainUnused", () => {
  it.each<{ leads: Partial<InsightLead>[]; why: string }>([
    { leads: [{ samplingRate: null }], why: "no lead has a known sampling rate" },
    { leads: [{ sampleCount: 0 }, { sampleCount: 0, samplingRate: null }], why: "no lead has samples" },
    { leads: [{ unit: "mmHg" }], why: "no lead is a voltage" },
    { leads: [{ samplingRate: 10 }], why: "no lead with a gain has samples at 30 Hz or more" },
    { leads: [{ samplingRate: 10, gain: null }], why: "no lead has samples at 30 Hz or more" },
  ])("says that $why", ({ leads, why }) => {
    expect(chooseLeads(leads.map(lead))).toEqual([]);
    expect(explainUnused(leads.map(lead))).toBe(why);
  });
});
