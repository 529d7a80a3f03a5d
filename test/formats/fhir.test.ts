import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fhir } from "../../src/formats/fhir/fhir.ts";
import type { WriteOptions } from "../../src/formats/format.ts";
import { type Lead, MISSING, type Recording } from "../../src/recording/recording.ts";
import { expectNoHarm } from "../support/fuzz.ts";
import { newRecording } from "../support/new-recording.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

const WRITE: WriteOptions = { name: "ecg", timeZone: "UTC", units: "adc", layout: "3x4", fhirVersion: "R4" };
const MDC = "urn:iso:std:iso:11073:10101";
const MV = { unit: "mV", system: "http://unitsofmeasure.org", code: "mV" };
const SAMPLED = { origin: { value: 0, ...MV }, period: 2, factor: 0.0025, dimensions: 1, data: "1 -2 3" };

describe("reading", () => {
  it("gives what an Observation of R4 says", () => {
    const observation = {
      resourceType: "Observation",
      status: "final",
      code: { coding: [{ system: MDC, code: "131328" }] },
      subject: { reference: "Patient/f001", display: "P. van de Heuvel" },
      device: { reference: "Device/1", display: "12 lead EKG" },
      effectiveDateTime: "2015-02-19T09:30:35+01:00",
      component: [
        { code: { coding: [{ system: "urn:oid:2.16.840.1.113883.6.24", code: "131389" }] }, valueSampledData: SAMPLED },
        {
          code: { text: " right V3 " },
          valueSampledData: {
            ...SAMPLED,
            origin: { value: 2048, unit: "uV" },
            factor: 1.612,
            data: "E\n5 U  L",
            period: 2.5,
          },
        },
        { code: { text: "heart rate" }, valueQuantity: { value: 60 } },
      ],
    };
    expect(read(observation)).toEqual({
      recordedAt: Date.UTC(2015, 1, 19, 8, 30, 35),
      subject: "Patient/f001",
      device: "12 lead EKG",
      note: null,
      isOpen: false,
      annotations: [],
      leads: [
        { name: "III", samplingRate: 500, samples: Int32Array.of(1, -2, 3), gain: 400, baseline: 0 },
        {
          name: "right V3",
          samplingRate: 400,
          samples: Int32Array.of(MISSING, 5, MISSING, MISSING),
          gain: 1000 / 1.612,
          baseline: -2048 / 1.612,
        },
      ],
      notes: [
        "Components without sampled data were not read: 1.",
        "Values above or below the limits (U and L) are kept as missing samples.",
      ],
    });
  });

  it("takes doubles that are multiples of one step for these integers", () => {
    const data = [3, -7, 1, 100].map((sample) => sample / 300).join(" ");
    const sampled = { ...SAMPLED, origin: { value: 1, ...MV }, factor: 1, data: `${data} E` };
    const { leads, notes } = read(observe(sampled));
    expect([[...leads[0].samples], leads[0].gain, leads[0].baseline]).toEqual([[3, -7, 1, 100, MISSING], 300, -300]);
    expect(notes).toBeUndefined();
  });

  it("rounds other doubles to a pV or what fits, and says so", () => {
    const sampled = {
      ...SAMPLED,
      origin: { value: 0, unit: "uV" },
      factor: 2,
      data: `${Math.PI * 100} ${-Math.E * 10} 1e-7`,
    };
    const { leads, notes } = read(observe(sampled));
    expect([[...leads[0].samples], leads[0].gain]).toEqual([[314159265, -27182818, 0], 500_000_000]);
    expect(notes).toEqual([
      "The data of II are rounded to 0.000002 uV, by up to 7.2e-7: they have more digits than 32 bits hold.",
    ]);
  });

  it("rounds to the step that the sender names, in the unit of the origin", () => {
    const sampled = {
      ...SAMPLED,
      origin: { value: 0, unit: "uV" },
      factor: 2,
      data: "3.14159265358979 -2.71828182845905 0.5",
    };
    const { leads, notes } = read(observe(sampled), { resolution: 0.1 });
    expect([[...leads[0].samples], leads[0].gain]).toEqual([[63, -54, 10], 10_000]);
    expect(notes).toEqual(["The data of II are rounded to 0.1 uV, by up to 0.037."]);
  });

  it.each([
    { unit: "ms", interval: 2 },
    { unit: "s", interval: 0.002 },
    { unit: "us", interval: 2000 },
  ])("takes the interval of R5 in $unit", ({ unit, interval }) => {
    const { period: _, ...sampled } = { ...SAMPLED, interval, intervalUnit: unit };
    expect(readLead(sampled).samplingRate).toBe(500);
  });

  it.each([
    { period: "4", rate: 250 },
    { period: "2.7777777777777777", rate: 360 },
    { period: "2.777777777777778", rate: 360 },
    { period: "2.7778", rate: 360 },
    { period: "2.7780", rate: 1000 / 2.778 },
    { period: "3", rate: 1000 / 3 },
    { period: "1e1", rate: 100 },
  ])("samples $period ms apart are of $rate Hz", ({ period, rate }) => {
    const text = JSON.stringify(observe(SAMPLED)).replace('"period":2', `"period":${period}`);
    expect(fhir.read(new TextEncoder().encode(text), { timeZone: "UTC" }).leads[0].samplingRate).toBe(rate);
  });

  it("takes the rate that is said when the file says none", () => {
    const { period: _, ...sampled } = SAMPLED;
    expect([readLead(sampled).samplingRate, readLead(sampled, { samplingRate: 360 }).samplingRate]).toEqual([
      null,
      360,
    ]);
  });

  it.each([
    { origin: { value: 1, unit: "millivolt", code: "mV" }, factor: 0.005, gain: 200, baseline: -200 },
    { origin: { value: 10, unit: "\u00b5V" }, factor: 5, gain: 200, baseline: -2 },
    { origin: { unit: "V" }, factor: 0.001, gain: 1, baseline: 0 },
    { origin: { value: -3, code: "mV" }, factor: undefined, gain: 1, baseline: 3 },
    { origin: { value: 2048 }, factor: -2, gain: null, baseline: 1024 },
    { origin: { value: 4, unit: "mm" }, factor: 2, gain: 0.5, baseline: -2, other: "mm" },
    { origin: { value: 4, unit: "Torr", code: "mm[Hg]" }, factor: 2, gain: 0.5, baseline: -2, other: "mmHg" },
    { origin: { value: 4, unit: "counts", code: "{counts}" }, factor: 2, gain: null, baseline: -2 },
  ])(
    "$origin with a factor of $factor is a gain of $gain with $baseline at 0 mV",
    ({ origin, factor, gain, baseline, other }) => {
      const lead = readLead({ ...SAMPLED, origin, factor });
      expect([lead.gain, lead.baseline, lead.unit]).toEqual([gain, baseline, other]);
    },
  );

  it("reads a text that is no UTF-8 as windows-1252, and says so", () => {
    const text = JSON.stringify({ ...observe(SAMPLED), device: { display: "Ger?t" } });
    const bytes = Uint8Array.from(text, (c) => (c === "?" ? 0xe4 : c.charCodeAt(0)));
    const { device, notes } = fhir.read(bytes, { timeZone: "UTC" });
    expect([device, notes]).toEqual(["Ger\u00e4t", ["The text is no UTF-8: it was read as windows-1252."]]);
    expect(read({ ...observe(SAMPLED), device: { display: "Ger\u00e4t" } }).notes).toBeUndefined();
  });

  it("makes decimals whole, and scales the gain with them", () => {
    const sampled = { ...SAMPLED, origin: { value: 1, unit: "mV" }, factor: 1, data: "0.125 -.5 E 2 1.50" };
    expect(readLead(sampled)).toEqual({
      name: "II",
      samplingRate: 500,
      samples: Int32Array.of(125, -500, MISSING, 2000, 1500),
      gain: 1000,
      baseline: -1000,
    });
  });

  it("parts the dimensions", () => {
    const { leads } = read(observe({ ...SAMPLED, dimensions: 3, data: "1 2 3 4 5 6" }));
    expect(leads.map(({ name, samples }) => [name, ...samples])).toEqual([
      ["II 1", 1, 4],
      ["II 2", 2, 5],
      ["II 3", 3, 6],
    ]);
  });

  it.each([
    { code: { coding: [{ system: MDC, code: "131329" }] }, name: "I" },
    { code: { coding: [{ system: MDC, code: "131073" }] }, name: "I" },
    { code: { coding: [{ system: MDC, code: "131392" }] }, name: "aVF" },
    { code: { coding: [{ system: MDC, code: "131336", display: "wrong" }], text: "wrong" }, name: "V6" },
    { code: { coding: [{ system: MDC, code: "MDC_ECG_ELEC_POTL_AVR" }] }, name: "aVR" },
    { code: { coding: [{ code: "x", display: "MDC_ECG_LEAD_V1" }] }, name: "V1" },
    {
      code: {
        coding: [
          { system: "http://loinc.org", code: "131329" },
          { system: MDC, code: "131330" },
        ],
      },
      name: "II",
    },
    { code: { coding: [{ system: "http://loinc.org", code: "131329" }] }, name: "131329" },
    { code: { coding: [{ system: MDC, code: "131393", display: "MDC_ECG_ELEC_POTL_V7" }] }, name: "V7" },
    { code: { coding: [{ system: MDC, code: "131393" }], text: "MLII" }, name: "MLII" },
    { code: undefined, name: "" },
  ])("$code is lead $name", ({ code, name }) => {
    const observation = { resourceType: "Observation", component: [{ code, valueSampledData: SAMPLED }] };
    expect(read(observation).leads[0].name).toBe(name);
  });

  it.each([
    { effective: { effectiveDateTime: "2026-07-31T09:30:00.25Z" }, instant: "2026-07-31T09:30:00.250Z" },
    { effective: { effectiveInstant: "2026-07-31T09:30:00-03:30" }, instant: "2026-07-31T13:00:00.000Z" },
    { effective: { effectivePeriod: { start: "2026-07-31T09:30:00" } }, instant: "2026-07-31T07:30:00.000Z" },
    { effective: { effectiveDateTime: "2026-07-31" }, instant: "2026-07-30T22:00:00.000Z" },
    { effective: { effectiveDateTime: "2026" }, instant: "2025-12-31T23:00:00.000Z" },
    { effective: { effectivePeriod: {} }, instant: null },
    { effective: { effectiveTiming: { event: ["2026-07-31T09:30:00"] } }, instant: "2026-07-31T07:30:00.000Z" },
  ])("a recording of $effective in Berlin began at $instant", ({ effective, instant }) => {
    const { recordedAt } = read({ ...observe(SAMPLED), ...effective }, { timeZone: "Europe/Berlin" });
    expect(recordedAt && new Date(recordedAt).toISOString()).toBe(instant);
  });

  it.each([
    { what: "a factor without a unit", sampled: { origin: { value: 2048 }, factor: 1.612 }, isTold: true },
    { what: "decimals without a unit", sampled: { origin: { value: 0 }, factor: 1, data: "1.5 2" }, isTold: true },
    { what: "a factor of 1 without a unit", sampled: { origin: { value: 2048 }, factor: 1 }, isTold: false },
    { what: "a factor of a unit", sampled: { origin: { value: 0, unit: "uV" }, factor: 1.612 }, isTold: false },
  ])("says that it takes no gain from $what: $isTold", ({ sampled, isTold }) => {
    const { leads, notes } = read(observe({ ...SAMPLED, ...sampled }));
    const note = `The scale of "${leads[0].name}" is of no unit that is known: no gain is taken from it.`;
    expect(notes).toEqual(isTold ? [note] : undefined);
  });

  it.each(["2026-07-31", "2026"])("says that %s has no time of day", (text) => {
    const { notes } = read({ ...observe(SAMPLED), effectiveDateTime: text });
    expect(notes).toEqual([`The file says no time of day, but ${text}: the beginning of that is taken.`]);
  });

  it.each([
    { effective: { effectiveDateTime: "2026-02-30" }, note: 'The effectiveDateTime, "2026-02-30", is no time' },
    ...["2026-07-31T9:30Z", "2026-07-31T09:30:00+15:00", "2026-07-31T09:30:00+01:60"].map((text) => ({
      effective: { effectiveInstant: text },
      note: `The effectiveInstant, "${text}", is no time`,
    })),
    {
      effective: { effectivePeriod: { start: "today", end: "2026-07-31" } },
      note: 'The effectivePeriod.start, "today", is no time',
    },
    {
      effective: { effectiveDateTime: "x".repeat(99) },
      note: `The effectiveDateTime, "${"x".repeat(64)}", is no time`,
    },
  ])("takes no date from $effective, and says so", ({ effective, note }) => {
    const recording = read({ ...observe(SAMPLED), ...effective });
    expect(recording.recordedAt).toBeNull();
    expect([...recording.leads[0].samples]).toEqual([1, -2, 3]);
    expect(recording.notes).toEqual([`${note}: no date is taken from it.`]);
  });

  it("says where in a Bundle what is no time stands", () => {
    const entry = [{}, { resource: { ...observe(SAMPLED), effectiveDateTime: "" } }];
    expect(read({ resourceType: "Bundle", entry }).notes).toEqual([
      'The entry[1].resource.effectiveDateTime, "", is no time: no date is taken from it.',
    ]);
  });

  it("takes the start of a period whose end is no time, and says so", () => {
    const effectivePeriod = { start: "2026-07-31T09:30:00Z", end: "2026-07-31T09:30:61Z" };
    const { recordedAt, notes } = read({ ...observe(SAMPLED), effectivePeriod });
    expect(recordedAt).toBe(Date.UTC(2026, 6, 31, 9, 30));
    expect(notes).toEqual(['The effectivePeriod.end, "2026-07-31T09:30:61Z", is no time.']);
  });

  const batchesOf = (effective: object, second: object = {}) =>
    read({
      resourceType: "Observation",
      ...effective,
      component: [
        { code: { coding: [{ system: MDC, code: "131329" }] }, valueSampledData: SAMPLED },
        {
          code: { coding: [{ system: MDC, code: "131330" }] },
          valueSampledData: { ...SAMPLED, data: "7 8 9 10 11 12" },
        },
        {
          code: { coding: [{ system: MDC, code: "131329" }] },
          valueSampledData: { ...SAMPLED, data: "4 5 6", ...second },
        },
      ],
    });
  const BOTH = { effectivePeriod: { start: "2026-07-31T09:30:00.000Z", end: "2026-07-31T09:30:00.012Z" } };

  it("puts components of one lead behind one another where the period is as long as both", () => {
    const { leads, notes } = batchesOf(BOTH);
    expect(leads.map(({ name, samples }) => [name, ...samples])).toEqual([
      ["I", 1, -2, 3, 4, 5, 6],
      ["II", 7, 8, 9, 10, 11, 12],
    ]);
    expect(notes).toBeUndefined();
  });

  it.each([
    { name: "there is no period", effective: {}, second: {} },
    { name: "it has no end", effective: { effectivePeriod: { start: "2026-07-31T09:30:00Z" } }, second: {} },
    {
      name: "it is as long as one",
      effective: { effectivePeriod: { start: "2026-07-31T09:30:00.000Z", end: "2026-07-31T09:30:00.006Z" } },
      second: {},
    },
    { name: "their scales differ", effective: BOTH, second: { factor: 0.005 } },
  ])("keeps components of one lead beside one another, with a note, where $name", ({ effective, second }) => {
    const { leads, notes } = batchesOf(effective, second);
    expect(leads.map(({ name, samples }) => [name, ...samples])).toEqual([
      ["I", 1, -2, 3],
      ["II", 7, 8, 9, 10, 11, 12],
      ["I", 4, 5, 6],
    ]);
    expect(notes).toEqual(["Components of lead I, which do not say that they follow one another, are leads: 2."]);
  });

  it.each([
    { subject: { identifier: { value: "P-1" }, reference: "Patient/1", display: "Ann" }, expected: "P-1" },
    { subject: { display: "Ann" }, expected: "Ann" },
    { subject: {}, expected: null },
  ])("$subject is $expected", ({ subject, expected }) => {
    expect(read({ ...observe(SAMPLED), subject }).subject).toBe(expected);
  });

  it.each([
    {
      name: "a device of R4 and a patient within the Observation",
      contained: [
        {
          resourceType: "Device",
          id: "d",
          manufacturer: "Acme",
          deviceName: [{ name: "Rhythm", type: "model-name" }],
          modelNumber: "E1",
          serialNumber: "77",
        },
        { resourceType: "Patient", id: "p", identifier: [{ system: "urn:x", value: "P-7" }] },
      ],
      device: "Acme Rhythm E1 77",
      subject: "P-7",
    },
    {
      name: "a device of R5 and a patient with a name alone",
      contained: [
        {
          resourceType: "Device",
          id: "d",
          name: [{ value: "Rhythm", type: "registered-name" }],
          manufacturer: "Rhythm",
        },
        { resourceType: "Patient", id: "p", name: [{ given: ["Ada", "M."], family: "Lovelace" }] },
      ],
      device: "Rhythm",
      subject: "Ada M. Lovelace",
    },
    {
      name: "what says nothing",
      contained: [{ resourceType: "Device", id: "d" }, null, 7],
      device: null,
      subject: null,
    },
    { name: "what is none", contained: [{ id: "d", manufacturer: 7 }], device: null, subject: null },
    { name: "nothing", contained: undefined, device: null, subject: null },
  ])("takes $name for what references within the file mean", ({ contained, device, subject }) => {
    const resource = { ...observe(SAMPLED), contained, device: { reference: "#d" }, subject: { reference: "#p" } };
    expect(read(resource)).toMatchObject({ device, subject });
  });

  it.each([
    { about: { status: "entered-in-error" }, notes: ["The Observation is entered-in-error, by its status."] },
    { about: { status: "cancelled" }, notes: ["The Observation is cancelled, by its status."] },
    { about: { note: [{ text: "At rest" }] }, notes: ["The Observation has notes, which were not read."] },
    {
      about: { status: "final", note: [], interpretation: [] },
      notes: ["The Observation has notes and an interpretation, which were not read."],
    },
    { about: { status: "preliminary" }, notes: undefined },
  ])("says that it is or has $about", ({ about, notes }) => {
    expect(read({ ...observe(SAMPLED), ...about }).notes).toEqual(notes);
  });

  it("takes a reference's own words before those of the resource that it means", () => {
    const contained = [
      { resourceType: "Device", id: "d", manufacturer: "Acme" },
      { resourceType: "Patient", id: "p", identifier: [{ value: "P-7" }] },
    ];
    const device = { reference: "#d", display: "The red one" };
    const subject = { reference: "#p", identifier: { value: "P-1" } };
    expect(read({ ...observe(SAMPLED), contained, device, subject })).toMatchObject({
      device: "The red one",
      subject: "P-1",
    });
  });

  it("finds the device and the patient in the Bundle of the Observation, by their ids or their URLs", () => {
    const observation = {
      ...observe(SAMPLED),
      device: { reference: "Device/1" },
      subject: { reference: "urn:uuid:5f1b" },
    };
    const entry = [
      { resource: { resourceType: "Device", id: "1", manufacturer: "Acme" } },
      { resource: observation },
      { fullUrl: "urn:uuid:5f1b", resource: { resourceType: "Patient", identifier: [{ value: "P-7" }] } },
    ];
    expect(read({ resourceType: "Bundle", entry })).toMatchObject({ device: "Acme", subject: "P-7" });
    // Alone it says no more than where they are.
    expect(read(observation)).toMatchObject({ device: "Device/1", subject: "urn:uuid:5f1b" });
  });

  it("finds the only Observation with sampled data in a Bundle", () => {
    const entry = [
      { resource: { resourceType: "Patient", component: [{ valueSampledData: SAMPLED }] } },
      { resource: { resourceType: "Observation", component: [{ valueInteger: 1 }] } },
      { resource: observe(SAMPLED) },
      {},
    ];
    expect(read({ resourceType: "Bundle", entry }).leads.map(({ name }) => name)).toEqual(["II"]);
  });

  it("gives the leads that are wanted, in that order", () => {
    const component = ["I", "II", "V9"].map((text) => ({ code: { text }, valueSampledData: SAMPLED }));
    const observation = { resourceType: "Observation", component };
    expect(read(observation, { leads: ["V9", "i"] }).leads.map(({ name }) => name)).toEqual(["V9", "I"]);
    expect(() => read(observation, { leads: ["V1"] })).toThrow('component: there is no lead "V1"');
  });

  const wrong = (sampled: object) => ({
    resourceType: "Observation",
    component: [{}, { valueSampledData: { ...SAMPLED, ...sampled } }],
  });
  it.each([
    {
      name: "another resource",
      resource: { resourceType: "Patient" },
      error: 'resourceType: "Patient" is neither Observation nor Bundle',
    },
    { name: "no resource", resource: [1], error: "resource must be an object" },
    {
      name: "two Observations",
      resource: { resourceType: "Bundle", entry: [1, 2].map(() => ({ resource: observe(SAMPLED) })) },
      error: "entry: 2 Observations have sampled data",
    },
    {
      name: "a wrong Observation in a Bundle",
      resource: { resourceType: "Bundle", entry: [{}, { resource: wrong({ period: "2" }) }] },
      error: "entry[1].resource.component[1].valueSampledData.period: expected a number",
    },
    {
      name: "no origin",
      resource: wrong({ origin: undefined }),
      error: "component[1].valueSampledData.origin is missing",
    },
    {
      name: "no data",
      resource: wrong({ data: undefined }),
      error: "component[1].valueSampledData.data: there is none",
    },
    {
      name: "what is no number",
      resource: wrong({ data: "1 2 e" }),
      error: 'component[1].valueSampledData.data: value 3, "e", is no number',
    },
    {
      name: "a number beyond 32 bits",
      resource: wrong({ data: "2147483648" }),
      error: 'value 1, "2147483648", is no number that fits into 32 bits',
    },
    {
      name: "a number beyond 32 bits among doubles",
      resource: wrong({ data: "4294967296 0.1234567890123 0.1" }),
      error: 'value 1, "4294967296", is no number that fits into 32 bits',
    },
    {
      name: "a double that is none",
      resource: wrong({ data: "0.1234567890123 0.1 x" }),
      error: 'value 3, "x", is no number',
    },
    {
      name: "doubles beyond 32 bits",
      resource: wrong({ data: "0.1234567890123 4294967296 0.1" }),
      error: "the values do not fit into 32 bits: name a coarser resolution",
    },
    {
      name: "data that do not fill the dimensions",
      resource: wrong({ dimensions: 2 }),
      error: "component[1].valueSampledData.data: 3 values are no multiple of the 2 dimensions",
    },
    {
      name: "no dimension",
      resource: wrong({ dimensions: 0 }),
      error: "component[1].valueSampledData.dimensions: 0 is not within 1 to 64",
    },
    {
      name: "65 dimensions",
      resource: wrong({ dimensions: 65 }),
      error: "component[1].valueSampledData.dimensions: 65 is not within 1 to 64",
    },
    {
      name: "a period of 0",
      resource: wrong({ period: 0 }),
      error: "component[1].valueSampledData.period is not more than 0",
    },
    {
      name: "a period of nothing in this world",
      resource: wrong({ period: 1e300 }),
      error: "component[1].valueSampledData.period is no number that can be worked with",
    },
    {
      name: "an interval in no unit of time",
      resource: wrong({ interval: 2, intervalUnit: "mV" }),
      error: 'component[1].valueSampledData.intervalUnit: "mV" is none of s, ms, us, ns',
    },
    {
      name: "offsets",
      resource: wrong({ offsets: "1 2 3" }),
      error: "component[1].valueSampledData.offsets: samples are read at an interval only",
    },
    { name: "a factor of 0", resource: wrong({ factor: 0 }), error: "component[1].valueSampledData.factor is 0" },
    {
      name: "65 leads",
      resource: {
        resourceType: "Observation",
        component: Array.from({ length: 65 }, () => ({ valueSampledData: SAMPLED })),
      },
      error: "component[64].valueSampledData: there are more than 64 leads",
    },
  ])("refuses $name", ({ resource, error }) => {
    expect(() => read(resource)).toThrow(error);
    expect(() => read(resource)).toThrow(expect.objectContaining({ name: "FormatError" }));
  });

  it.each([
    { name: "no JSON", text: "{]", error: "JSON: " },
    { name: "deep nesting", text: "[".repeat(100_000), error: "byte 64: values are nested more than 64 deep" },
    {
      name: "deep nesting behind a string",
      text: `["\\\\",${"[".repeat(100_000)}`,
      error: "byte 69: values are nested more than 64 deep",
    },
    {
      name: "many values",
      text: `[${"0,".repeat(300_000)}0]`,
      error: "byte 400000: there are more than 200000 values",
    },
    { name: "a string without an end", text: '{"a\\"', error: "JSON: " },
  ])("refuses $name", ({ text, error }) => {
    expect(() => fhir.read(new TextEncoder().encode(text), { timeZone: "UTC" })).toThrow(error);
  });

  it("refuses bytes that are no UTF-8 and no JSON", () => {
    expect(() => fhir.read(Uint8Array.of(0x22, 0xff), { timeZone: "UTC" })).toThrow("JSON: ");
  });

  it("counts no commas within strings", () => {
    const text = JSON.stringify({ ...observe(SAMPLED), text: { div: `\\",${",".repeat(300_000)}` } });
    expect(fhir.read(new TextEncoder().encode(text), { timeZone: "UTC" }).leads).toHaveLength(1);
  });

  it("does no harm when a file is cut off or changed", async () => {
    const bytes = fhir.write(newRecording({ recordedAt: 0, subject: "P", device: "D" }, [{}, { name: "X" }]), WRITE);
    await expectNoHarm(fhir, [{ name: "a.fhir.json", bytes }]);
  });
});

describe("writing", () => {
  const recording = newRecording({ recordedAt: Date.UTC(2026, 0, 31, 9, 30), subject: "P-1", device: "D-1" }, [
    { name: "avr", samples: Int32Array.of(1, MISSING, -3), samplingRate: 360 },
    { name: "MLII", gain: null, baseline: 1024 },
  ]);
  const observation = {
    resourceType: "Observation",
    status: "final",
    category: [
      {
        coding: [
          {
            system: "http://terminology.hl7.org/CodeSystem/observation-category",
            code: "procedure",
            display: "Procedure",
          },
        ],
      },
    ],
    code: { coding: [{ system: MDC, code: "131328", display: "MDC_ECG_ELEC_POTL" }] },
    subject: { identifier: { value: "P-1" } },
    effectiveDateTime: "2026-01-31T09:30:00.000Z",
    device: { display: "D-1" },
  };
  const avr = { coding: [{ system: MDC, code: "131390", display: "MDC_ECG_ELEC_POTL_AVR" }], text: "aVR" };

  it("gives an Observation of R4", () => {
    expect(JSON.parse(write(recording))).toEqual({
      ...observation,
      component: [
        {
          code: avr,
          valueSampledData: {
            origin: { value: 0, ...MV },
            period: 1000 / 360,
            factor: 0.0025,
            dimensions: 1,
            data: "1 E -3",
          },
        },
        {
          code: { text: "MLII" },
          valueSampledData: { origin: { value: -1024 }, period: 2, factor: 1, dimensions: 1, data: "1" },
        },
      ],
    });
  });

  it("gives an interval with its unit in R5", () => {
    const { component } = JSON.parse(write(recording, "R5"));
    expect(component[0]).toEqual({
      code: avr,
      valueSampledData: {
        origin: { value: 0, ...MV },
        interval: 1000 / 360,
        intervalUnit: "ms",
        factor: 0.0025,
        dimensions: 1,
        data: "1 E -3",
      },
    });
  });

  it.each([
    { unit: "mmHg", written: { unit: "mmHg", system: "http://unitsofmeasure.org", code: "mm[Hg]" } },
    { unit: "NU", written: { unit: "NU" } },
  ])("keeps the unit $unit of a lead that is no voltage", ({ unit, written }) => {
    const recording = newRecording({}, [{}, { name: "ABP", unit, gain: 2, baseline: -5 }]);
    const text = write(recording);
    expect(JSON.parse(text).component[1].valueSampledData.origin).toEqual({ value: 2.5, ...written });
    expect(read(JSON.parse(text))).toEqual(recording);
  });

  it("leaves out what is not known, and reads it back as such", () => {
    expect(read(JSON.parse(write(newRecording())))).toEqual(newRecording());
    expect(Object.keys(JSON.parse(write(newRecording())))).toEqual([
      "resourceType",
      "status",
      "category",
      "code",
      "component",
    ]);
  });

  it("writes as many digits as it takes to read the same numbers", () => {
    const text = write(newRecording({}, [{ samplingRate: 360, gain: 10.000152592547378, baseline: -0.5 }]));
    expect(/"period":[^,]*|"factor":[^,]*|"origin":{"value":[^,]*/g[Symbol.match](text)).toEqual([
      '"origin":{"value":0.04999923704890518',
      '"period":2.7777777777777778',
      '"factor":0.09999847409781035',
    ]);
  });

  it.each([
    {
      name: "is empty",
      lead: { samples: new Int32Array(0) },
      detail: "FHIR's SampledData cannot be empty, and lead II has no samples.",
    },
    {
      name: "has no rate",
      lead: { samplingRate: null },
      detail: "FHIR's SampledData needs a sampling rate, and that of lead II is not known.",
    },
    {
      name: "has a gain of nothing in this world",
      lead: { gain: 1e-300 },
      detail: "FHIR has no decimals that read back as the rate, gain and baseline of lead II.",
    },
    {
      name: "has a unit and no gain",
      lead: { unit: "mmHg", gain: null },
      detail: "FHIR's SampledData has a unit with a scale only, and lead II has a unit without a gain.",
    },
    {
      name: "is longer than a string",
      lead: { samples: new Int32Array(300_000).fill(-123) },
      detail:
        "Lead II is longer than the 1048576 characters of FHIR's strings: ask for a window with start and end, of 419 seconds at the most.",
    },
  ])("says so when a lead $name", ({ lead, detail }) => {
    expect(() => write(newRecording({}, [lead]))).toThrow(
      expect.objectContaining({ code: "not-acceptable", message: detail }),
    );
  });

  it("fills a string to its last character", () => {
    // 524,288 digits with a space between each two are a character less than the limit.
    expect(
      JSON.parse(write(newRecording({}, [{ samples: new Int32Array(524_288) }]))).component[0].valueSampledData.data,
    ).toHaveLength(1_048_575);
    expect(() => write(newRecording({}, [{ samples: new Int32Array(524_289) }]))).toThrow(
      "of 1048 seconds at the most",
    );
  });
});

it("reads back an ECG of twelve leads as it was written", () => {
  const recording = { ...syntheticEcg({ seconds: 1 }), recordedAt: Date.UTC(2026, 0, 31), subject: "P-1", device: "D" };
  expect(fhir.read(fhir.write(recording, WRITE), { timeZone: "UTC" })).toEqual(recording);
});

it("reads back whatever it wrote", () => {
  const number = (max: number) => fc.double({ min: -max, max, noNaN: true }).map((n) => (Math.abs(n) < 1e-6 ? 0 : n));
  const lead = fc.record({
    name: fc.constantFrom("I", "aVR", "V6", "MLII", 'a "b"', "\u00e9"),
    samplingRate: fc.oneof(fc.constantFrom(360, 500, 1000 / 3), fc.double({ min: 0.001, max: 1e6, noNaN: true })),
    samples: fc
      .array(fc.oneof(fc.integer(), fc.constant(MISSING)), { minLength: 1, maxLength: 9 })
      .map((samples) => Int32Array.from(samples)),
    gain: fc.option(fc.oneof(fc.constantFrom(200, -204.8, 1000), number(1e6)).filter((gain) => gain !== 0)),
    baseline: fc.oneof(fc.constantFrom(0, 1024, -0.5), number(1e9)),
  });
  fc.assert(
    fc.property(
      // Leads of a recording have names of their own.
      fc.uniqueArray(lead, { minLength: 1, maxLength: 4, selector: ({ name }) => name }),
      fc.option(fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }).map(Number)),
      fc.constantFrom("R4" as const, "R5" as const),
      (leads, recordedAt, fhirVersion) => {
        const recording = newRecording({ recordedAt, subject: "P-1" }, leads);
        expect(fhir.read(fhir.write(recording, { ...WRITE, fhirVersion }), { timeZone: "Asia/Tokyo" })).toEqual(
          recording,
        );
      },
    ),
    { seed: 1 },
  );
});

it.each([
  { text: '{"resourceType": "Observation"', expected: true },
  { text: '\ufeff \n{ "id": "1", "resourceType" : "Bundle"', expected: true },
  { text: '{"component":[{"valueSampledData" : {"data":"1 2', expected: true },
  { text: '{"resourceType":"Patient"', expected: false },
  { text: '{"leads":[],"note":"\\"valueSampledData\\":', expected: false },
  { text: '{"leads":[],"note":"\\"resourceType\\":\\"Observation\\""', expected: false },
  { text: '["resourceType":"Observation"', expected: false },
  { text: "", expected: false },
])("recognises $text: $expected", ({ text, expected }) => {
  expect(fhir.detect(new TextEncoder().encode(text))).toBe(expected);
});

function observe(sampled: object): object {
  return {
    resourceType: "Observation",
    code: { coding: [{ system: MDC, code: "131330" }] },
    valueSampledData: sampled,
  };
}

function read(resource: unknown, options = {}): Recording {
  return fhir.read(new TextEncoder().encode(JSON.stringify(resource)), { timeZone: "UTC", ...options });
}

function readLead(sampled: object, options = {}): Lead {
  return read(observe(sampled), options).leads[0];
}

function write(recording: Recording, fhirVersion: "R4" | "R5" = "R4"): string {
  return new TextDecoder().decode(fhir.write(recording, { ...WRITE, fhirVersion }));
}
