import { describe, expect, it } from "vitest";
import type { WriteOptions } from "../../src/formats/format.ts";
import { svg } from "../../src/formats/svg.ts";
import { type Lead, MISSING, type Recording } from "../../src/recording/recording.ts";
import { refusal } from "../support/refusal.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

const M = MISSING;

function newLead(samples: number[], lead: Partial<Lead> = {}): Lead {
  return { name: "MLII", samplingRate: 250, gain: 1000, baseline: 0, ...lead, samples: Int32Array.from(samples) };
}

function newRecording(leads: Lead[], about: Partial<Recording> = {}): Recording {
  return { ...syntheticEcg({ seconds: 0 }), ...about, leads };
}

function draw(recording: Recording, options: Partial<WriteOptions> = {}): string {
  return new TextDecoder().decode(svg.write(recording, { layout: "rows", timeZone: "UTC", ...options }));
}

/** The traces, without the grid, the pulses and the separators. */
function tracesOf(drawing: string): string[] {
  return Array.from(drawing.matchAll(/^<path d="([^"]*)"\/>$/gm), ([, path]) => path);
}

function textsOf(drawing: string): string[] {
  return Array.from(drawing.matchAll(/<text [^>]*>([^<]*)<\/text>/g), ([, words]) => words);
}

/** Where the labels are, in mm. */
function labelsOf(drawing: string): string[] {
  const labels = drawing.slice(drawing.indexOf('<g font-size="380"'));
  return Array.from(
    labels.matchAll(/<text x="(\d+)" y="(\d+)">([^<]*)</g),
    ([, x, y, name]) => `${name} ${+x / 100} ${+y / 100}`,
  );
}

/** All the points of a path of `M` and `l`, absolute. */
function pointsOf(path: string): [number, number][] {
  const [x, y, ...steps] = path.match(/-?\d+/g)?.map(Number) ?? [];
  const points: [number, number][] = [[x, y]];
  for (let i = 0; i < steps.length; i += 2) {
    const [lastX, lastY] = points[points.length - 1];
    points.push([lastX + steps[i], lastY + steps[i + 1]]);
  }
  return points;
}

describe("the scale", () => {
  it.each([
    {
      what: "10 mm for 1 mV, and 0.1 mm for 1/250 s",
      lead: newLead([0, 1000, 0]),
      trace: "M2000 3200l10-1000 10 1000",
    },
    {
      what: "another gain and rate",
      lead: newLead([0, 100, 0], { gain: 200, samplingRate: 500 }),
      trace: "M2000 3200l5-500 5 500",
    },
    { what: "an inverted gain", lead: newLead([0, 100, 0], { gain: -1000 }), trace: "M2000 3200l10 100 10-100" },
    {
      what: "the median on the line",
      lead: newLead([500, 500, 700], { baseline: 1024 }),
      trace: "M2000 3200l10 0 10-200",
    },
    {
      what: "straight lines without points",
      lead: newLead([0, 0, 0, 10, 20, 10]),
      trace: "M2000 3210l20 0 20-20 10 10",
    },
    { what: "a gap", lead: newLead([0, 5, M, M, 0, 5]), trace: "M2000 3205l10-5M2040 3205l10-5" },
    { what: "a sample alone", lead: newLead([0, M, 0, 0]), trace: "M2000 3200h0M2020 3200l10 0" },
    { what: "a gap at both ends", lead: newLead([M, 0, 0, M]), trace: "M2010 3200l10 0" },
    { what: "nothing measured", lead: newLead([M, M]), trace: "" },
    { what: "no samples", lead: newLead([]), trace: "" },
    {
      what: "values that are far off the sheet",
      lead: newLead([...Array(10).fill(0), 2147483647, ...Array(10).fill(0)], { gain: 0.001 }),
      trace: "M2000 3200l90 0 10-1000000 10 1000000 90 0",
    },
    {
      what: "many of them as far as its line",
      lead: newLead([0, 2147483647, 0], { gain: 0.001 }),
      trace: "M2000 3200l10-1250 10 1250",
    },
  ])("draws $what", ({ lead, trace }) => {
    expect(tracesOf(draw(newRecording([lead])))).toEqual([trace]);
  });

  it("is in mm of paper", () => {
    expect(draw(newRecording([newLead(Array(2500).fill(0))]))).toContain(
      'width="280mm" height="50mm" viewBox="0 0 28000 5000"',
    );
  });

  it("has a pulse of 1 mV for 200 ms in front of each line", () => {
    const drawing = draw(newRecording([newLead([0]), newLead([0], { name: "V5" })]));
    expect(drawing).toContain(
      '<path d="M1000 3200h250v-1000h500v1000h250M1000 5700h250v-1000h500v1000h250" fill="none"',
    );
  });

  it("keeps the extremes where many samples fall on one point", () => {
    const samples = Array.from({ length: 40_000 }, (_, i) => (i === 12_345 ? 3000 : i === 23_456 ? -2000 : i % 7));
    const [trace] = tracesOf(draw(newRecording([newLead(samples, { samplingRate: 8000 })])));
    const heights = pointsOf(trace).map(([, y]) => y);
    expect([Math.min(...heights), Math.max(...heights)]).toEqual([3203 - 3000, 3203 + 2000]);
    expect(heights.length).toBeLessThan(12_000);
  });

  it("ends every trace where its last sample is, within 0.01 mm of all the others", () => {
    const recording = syntheticEcg({ seconds: 10, samplingRate: 360 });
    const traces = tracesOf(draw(recording));
    for (const [i, { samples }] of recording.leads.entries()) {
      const points = pointsOf(traces[i]);
      expect(points.at(-1)?.[0]).toBe(2000 + Math.round((3599 / 360) * 2500));
      const sorted = samples.toSorted();
      const baseline = 1700 + 2500 * i + 1500;
      const drawn = new Map(points);
      for (const [at, sample] of samples.entries()) {
        const y = drawn.get(2000 + Math.round((at / 360) * 2500));
        if (y !== undefined) expect(y).toBe(Math.round(baseline - (sample - sorted[1800])));
      }
      expect(points.length).toBeGreaterThan(3000);
    }
  });
});

describe("the layout", () => {
  it("has the twelve leads in three lines and four columns of 2.5 s, and II below, if so asked", () => {
    const drawing = draw(syntheticEcg(), { layout: "3x4" });
    expect(labelsOf(drawing)).toEqual([
      ...["I 21 23", "aVR 83.5 23", "V1 146 23", "V4 208.5 23"],
      ...["II 21 63", "aVL 83.5 63", "V2 146 63", "V5 208.5 63"],
      ...["III 21 103", "aVF 83.5 103", "V3 146 103", "V6 208.5 103"],
      "II 21 143",
    ]);
    const ends = tracesOf(drawing).map((path) => [pointsOf(path)[0][0], pointsOf(path).at(-1)?.[0]]);
    const columns = [0, 1, 2, 3].map((column) => [2000 + column * 6250, 2000 + column * 6250 + 6245]);
    expect(ends).toEqual([...columns, ...columns, ...columns, [2000, 26_995]]);
    expect(drawing).toContain('width="280mm" height="185mm"');
  });

  it("draws at each column the time that it stands for", () => {
    const recording = syntheticEcg();
    const v4 = recording.leads[9].samples.subarray(3750);
    const [, , , trace] = tracesOf(draw(recording, { layout: "3x4" }));
    const highest = v4.indexOf(Math.max(...v4));
    const heights = pointsOf(trace).map(([, y]) => y);
    expect(pointsOf(trace)[heights.indexOf(Math.min(...heights))][0]).toBe(2000 + 3 * 6250 + highest * 5);
  });

  it("marks where the leads change", () => {
    const drawing = draw(syntheticEcg(), { layout: "3x4" });
    expect(drawing.match(/M8250 \d+v200/g)).toEqual(
      [3200, 4000, 7200, 8000, 11_200, 12_000].map((y) => `M8250 ${y}v200`),
    );
  });

  it("finds the leads in any case and leaves out what is no standard lead", () => {
    const { leads } = syntheticEcg();
    const others = [
      ...leads.map((lead) => ({ ...lead, name: lead.name.toLowerCase() })),
      newLead([1], { name: "RESP", gain: null }),
    ];
    const names = labelsOf(draw(newRecording(others), { layout: "3x4" })).map((label) => label.split(" ")[0]);
    expect(names).toEqual(["I", "aVR", "V1", "V4", "II", "aVL", "V2", "V5", "III", "aVF", "V3", "V6", "II"]);
  });

  it.each([
    { layout: "rows", leads: 12 },
    { layout: "3x4", leads: 11 },
  ] as const)("has a line a lead of $leads leads with layout=$layout", ({ layout, leads }) => {
    const recording = syntheticEcg({ seconds: 1 });
    const drawing = draw({ ...recording, leads: recording.leads.slice(0, leads) }, { layout });
    expect(labelsOf(drawing)).toEqual(
      recording.leads.slice(0, leads).map(({ name }, i) => `${name} 21 ${24 + 25 * i}`),
    );
  });

  it("goes on in further lines after 10 s, all leads' first", () => {
    const recording = syntheticEcg({ seconds: 25, samplingRate: 100 });
    const drawing = draw({ ...recording, leads: recording.leads.slice(0, 2) });
    expect(labelsOf(drawing).map((label) => label.replace(/ 21 \d+$/, ""))).toEqual([
      "I",
      "II",
      "I · 10 s",
      "II · 10 s",
      "I · 20 s",
      "II · 20 s",
    ]);
    const ends = tracesOf(drawing).map((path) => [pointsOf(path)[0][0], pointsOf(path).at(-1)?.[0]]);
    expect(ends.map(([from, to]) => `${from} ${to}`)).toEqual([
      ...Array(4).fill("2000 26975"),
      ...Array(2).fill("2000 14475"),
    ]);
  });

  it("begins no line for a sample too many", () => {
    expect(tracesOf(draw(newRecording([newLead(Array(2501).fill(0))])))).toEqual(["M2000 3200l25000 0"]);
  });

  it.each([
    { seconds: 10, notes: "Each lead is centred on its median." },
    { seconds: 12.5, notes: "Each lead is centred on its median. The first 10 s of 12.5 s." },
  ])("says what part of $seconds s is drawn", ({ seconds, notes }) => {
    expect(textsOf(draw(syntheticEcg({ seconds }), { layout: "3x4" }))).toContain(notes);
  });

  it.each([
    { more: ["V7", "Resp"], says: "Each lead is centred on its median. Without V7, Resp." },
    { more: ["E1", "E2", "E3", "E4", "E5"], says: "Each lead is centred on its median. Without 5 leads." },
  ])("says which leads a layout of twelve has no place for: $more", ({ more, says }) => {
    const { leads, ...recording } = syntheticEcg({ samplingRate: 50 });
    const all = { ...recording, leads: [...leads, ...more.map((name) => newLead([0], { name, gain: null }))] };
    expect(textsOf(draw(all, { layout: "3x4" }))).toContain(says);
    expect(textsOf(draw({ ...all, leads }, { layout: "rows" }))).toContain("Each lead is centred on its median.");
  });

  it("says beside its name of a lead that is beyond any heart's range that it is cut off", () => {
    const lead = newLead([0, 2147483647, 0], { gain: 0.001 });
    const texts = textsOf(draw(newRecording([lead, newLead([0], { name: "V5" })])));
    expect(texts.slice(-3)).toEqual([
      "Each lead is centred on its median. What is cut off is beyond any heart's range.",
      "MLII · cut off",
      "V5",
    ]);
  });
});

describe("the texts", () => {
  it("says who, when, by what and on which scale", () => {
    const about = { recordedAt: Date.UTC(2026, 6, 31, 22, 30, 5), subject: "P-0042", device: "CardioPatch 3" };
    const drawing = draw(newRecording([newLead(Array(500).fill(0))], about), { timeZone: "Europe/Berlin" });
    expect(textsOf(drawing)).toEqual([
      "P-0042",
      "2026-08-01 00:30:05 (Europe/Berlin) · CardioPatch 3",
      "25 mm/s · 10 mm/mV",
      "1 lead · 2 s · 250 Hz",
      "Each lead is centred on its median.",
      "MLII",
    ]);
  });

  it("says only what is known", () => {
    const leads = [newLead([0]), newLead([0], { samplingRate: 360, name: "V5" })];
    expect(textsOf(draw(newRecording(leads))).slice(0, 3)).toEqual([
      "ECG",
      "25 mm/s · 10 mm/mV",
      "2 leads · 0.004 s · mostly 250 Hz",
    ]);
  });

  it("has names as text and never as markup", () => {
    const name = '</text><script href="x">&\u0000\ufffe';
    const drawing = draw(newRecording([newLead([0], { name })], { subject: `<a>${"x".repeat(100)}` }));
    expect(textsOf(drawing)[0]).toBe(`&lt;a&gt;${"x".repeat(57)}…`);
    expect(textsOf(drawing).at(-1)).toBe("&lt;/text&gt;&lt;script href=&quot;x&quot;&gt;&amp;");
    expect(drawing.replace(/<\/?(svg|title|defs|pattern|clipPath|rect|path|g|text)\b[^<>]*>/g, "")).not.toMatch(/[<>]/);
  });

  it("refers to nothing outside and has no style sheet", () => {
    const drawing = draw(syntheticEcg(), { layout: "3x4" });
    expect(drawing).not.toMatch(/<style|style=|href|<script|<image|<foreignObject/);
    expect(drawing.match(/https?:[^"]*/g)).toEqual(["http://www.w3.org/2000/svg"]);
  });
});

it.each([
  { what: "a lead without a gain", leads: [newLead([0], { gain: null })], says: "Lead MLII has no gain" },
  {
    what: "a lead without a rate",
    leads: [newLead([0], { samplingRate: null })],
    says: "Lead MLII has no sampling rate",
  },
  {
    what: "more than a minute",
    leads: [newLead(Array(61 * 250).fill(0))],
    says: "ask for a part of these 61 s by start and end",
  },
])("refuses $what", ({ leads, says }) => {
  expect(refusal(() => draw(newRecording(leads)))).toContain(says);
});

// To draw the picture anew: npm test -- test/formats/svg.test.ts -u
it("is drawn today as in the README's picture", async () => {
  const recording = { ...syntheticEcg({ samplingRate: 250 }), recordedAt: Date.UTC(2026, 0, 31, 9, 30) };
  const drawing = draw({ ...recording, subject: "P-0042", device: "CardioPatch 3" }, { layout: "3x4" });
  await expect(drawing).toMatchFileSnapshot("../fixtures/ecg.svg");
});

it("is not read", () => {
  expect([svg.detect(), "read" in svg, "open" in svg]).toEqual([false, false, false]);
});
