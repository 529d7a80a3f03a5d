import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { readAnnotations } from "../../src/formats/wfdb/annotations.ts";
import { app } from "../../src/http/app.ts";
import { newCaller, storedEcg } from "../support/api.ts";
import { doJobs } from "../support/jobs.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { watchDatabase } from "../support/watched-database.ts";

type Insights = {
  leads: { name: string; zero_crossings: number; quality: unknown; amplitude: unknown }[];
  beats: { count: number; normal: number };
  heart_rate: { mean: number } | null;
  reasons: Record<string, string>;
  series?: { beats?: { time: number; type: string }[]; rr?: { time: number }[]; intervals?: { time: number }[] };
};

it("measures a normal ECG", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, toEcgJson(syntheticEcg({ seconds: 60, samplingRate: 250, heartRate: 72 })));
  const answer = await caller.get(`/ecg/${id}/insights`);
  const insights = await answer.json<Insights>();
  expect(answer.status).toBe(200);
  expect(insights).toMatchObject({
    notice: "Measured by a program and reviewed by nobody: this is no diagnosis.",
    version: 20,
    pauses: [],
    irregular_rhythm: [],
    variability: { reasons: { spectrum: expect.any(String) }, vlf: null },
    intervals: { p: expect.any(Number), pr: expect.any(Number), qrs: expect.any(Number), qt: expect.any(Number) },
    axis: { qrs: expect.any(Number) },
  });
  expect(insights.beats.count).toBe(insights.beats.normal);
  expect(Math.abs((insights.heart_rate?.mean ?? 0) - 72)).toBeLessThan(0.01 * 72);
  expect(insights.leads.map(({ name }) => name)).toHaveLength(12);
  for (const lead of insights.leads) {
    expect(lead).toMatchObject({
      quality: { usable_share: 1, unit: "mV", unusable: [] },
      amplitude: { range: expect.any(Number) },
    });
  }
  expect(insights).not.toHaveProperty("series");
});

it("is the same when it is read again, and takes no samples then", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, toEcgJson(syntheticEcg()));
  const path = `/ecg/${id}/insights?series=beats,rr,intervals`;
  const first = await (await caller.get(path)).json<Insights>();
  await env.DB.prepare("update signal_chunks set data = 'x' where ecg_id = ?").bind(id).run();
  expect(await (await caller.get(path)).json()).toEqual(first);
  expect([first.series?.beats, first.series?.rr, first.series?.intervals].map((list) => list?.length)).toEqual([
    first.beats.count,
    first.beats.count - 1,
    first.beats.count,
  ]);
});

it("is measured ahead, by the Worker's trigger, when a long ECG is closed", async () => {
  const caller = await newCaller();
  const ecg = syntheticEcg({ seconds: 720, samplingRate: 250 });
  const { id } = await storedEcg(caller, { ...toEcgJson(ecg), open: true });
  await caller.post(`/ecg/${id}/close`, {});
  await doJobs();
  await env.DB.prepare("update signal_chunks set data = 'x' where ecg_id = ?").bind(id).run();
  const answer = await caller.get(`/ecg/${id}/insights`);
  expect(answer.status).toBe(200);
  expect((await answer.json<Insights>()).beats.count).toBeGreaterThan(700);
});

it("takes one trip to the database when it is kept, with the ECG and the entry of its being read", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, toEcgJson(syntheticEcg()));
  const path = `/ecg/${id}/insights`;
  const first = await (await caller.get(path)).json();
  let trips = 0;
  const { database } = watchDatabase(env.DB, () => trips++);
  const headers = { Authorization: caller.authorization };
  const again = await app.request(path, { headers }, { ...env, DB: database });
  expect([await again.json(), trips]).toEqual([first, 1]);
});

it("is an answer even if it cannot be kept, and is measured ahead again then", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const failing = watchDatabase(env.DB, (sql) => {
    if (sql.some((statement) => statement.startsWith('insert into "insights"'))) throw new Error("D1 is away");
  });
  const caller = await newCaller();
  const { id } = await storedEcg(caller, toEcgJson(syntheticEcg({ seconds: 720, samplingRate: 250 })));
  const bindings = { ...env, DB: failing.database };
  const answer = await app.request(
    `/ecg/${id}/insights`,
    { headers: { Authorization: caller.authorization } },
    bindings,
  );
  expect([answer.status, (await answer.json<Insights>()).beats.count > 700]).toEqual([200, true]);
  await doJobs({ DB: failing.database });
  const waiting = env.DB.prepare("select count(*) as n from jobs where subject_id = ?").bind(id);
  expect(await waiting.first("n")).toBe(1);
  expect(errors.mock.calls.join().match(/D1 is away/g)).toHaveLength(2);
  errors.mockRestore();
});

it("answers 304 to the ETag of what has not changed", async () => {
  const caller = await newCaller();
  const leads = [{ name: "II", signal: [1, 2] }];
  const { id } = await storedEcg(caller, { sampling_rate: 500, open: true, leads });
  const read = (tag: string) => caller.get(`/ecg/${id}/insights`, { "If-None-Match": tag });
  const tag = (await read('"x"')).headers.get("etag") ?? "";
  const again = await read(tag);
  expect([again.status, await again.text()]).toEqual([304, ""]);
  expect((await caller.get(`/ecg/${id}`, { "If-None-Match": tag })).status).toBe(200);
  await caller.post(`/ecg/${id}/samples`, { leads: [{ name: "II", start_sample: 2, signal: [3] }] });
  expect((await read(tag)).status).toBe(200);
});

it("is measured anew by a newer method", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, toEcgJson(syntheticEcg()));
  const first = await (await caller.get(`/ecg/${id}/insights`)).json();
  await env.DB.prepare("update insights set version = 0, data = 'old' where ecg_id = ?").bind(id).run();
  expect(await (await caller.get(`/ecg/${id}/insights`)).json()).toEqual(first);
});

it("follows what is appended", async () => {
  const caller = await newCaller();
  const { leads } = syntheticEcg({ seconds: 20, samplingRate: 250, heartRate: 60 });
  const signal = [...leads[1].samples];
  const { id } = await storedEcg(caller, {
    open: true,
    sampling_rate: 250,
    leads: [{ name: "II", signal: signal.slice(0, 2500) }],
  });
  const before = await (await caller.get(`/ecg/${id}/insights`)).json<Insights>();
  await caller.post(`/ecg/${id}/samples`, { leads: [{ name: "II", start_sample: 2500, signal: signal.slice(2500) }] });
  const after = await (await caller.get(`/ecg/${id}/insights`)).json<Insights>();
  expect(before.beats.count).toBeGreaterThanOrEqual(9);
  expect(after.beats.count).toBeGreaterThanOrEqual(19);
});

it("measures a window, whose times are from the beginning of the ECG", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, toEcgJson(syntheticEcg({ seconds: 20, samplingRate: 250 })));
  const whole = await (await caller.get(`/ecg/${id}/insights?series=beats`)).json<Insights>();
  const window = await (await caller.get(`/ecg/${id}/insights?series=beats&start=5&end=15`)).json<Insights>();
  expect(window).toMatchObject({ start: 5, end: 15 });
  const isWithin = ({ time }: { time: number }) => time > 5.2 && time < 14.8;
  const times = (insights: Insights) =>
    insights.series?.beats?.filter(isWithin).map(({ time }) => Math.round(time * 100));
  expect(times(window)).toEqual(times(whole));
  expect(window.series?.beats?.every(({ time }) => time >= 5 && time < 15)).toBe(true);
});

it.each(["beats", "rr", "intervals"] as const)(
  "has the times of the series %s of a window in the ECG",
  async (name) => {
    const caller = await newCaller();
    const { id } = await storedEcg(caller, toEcgJson(syntheticEcg({ seconds: 20, samplingRate: 250 })));
    const window = await (await caller.get(`/ecg/${id}/insights?series=${name}&start=8`)).json<Insights>();
    const times = window.series?.[name]?.map(({ time }) => time) ?? [];
    expect(times.length).toBeGreaterThan(8);
    expect(times.filter((time) => time < 8 || time >= 20)).toEqual([]);
  },
);

it("gives the beats as a WFDB annotation file", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, toEcgJson(syntheticEcg()));
  const { series } = await (await caller.get(`/ecg/${id}/insights?series=beats`)).json<Insights>();
  const file = await (await caller.get(`/ecg/${id}/insights?format=wfdb`)).bytes();
  expect(readAnnotations(file, "ecg.qrs", 500, [])).toEqual(
    series?.beats?.map(({ time, type }) => ({ time: Math.round(time * 500) / 500, code: type })),
  );
});

it.each([
  {
    name: "no sampling rate",
    ecg: { leads: [{ name: "II", signal: [1, -1, 1] }] },
    reason: "no lead has a known sampling rate",
  },
  {
    name: "a flat line",
    ecg: { sampling_rate: 250, leads: [{ name: "II", signal: Array(2500).fill(5) }] },
    reason: "no beats are to be seen",
  },
  {
    name: "nothing but gaps",
    ecg: { sampling_rate: 250, leads: [{ name: "II", signal: Array(2500).fill(null) }] },
    reason: "no beats are to be seen",
  },
  {
    name: "one sample",
    ecg: { sampling_rate: 250, leads: [{ name: "II", signal: [7] }] },
    reason: "no beats are to be seen",
  },
  {
    name: "no samples",
    ecg: { sampling_rate: 250, leads: [{ name: "II", signal: [] }] },
    reason: "no lead has samples",
  },
  {
    name: "8 Hz",
    ecg: { sampling_rate: 8, leads: [{ name: "II", signal: Array(80).fill(1) }] },
    reason: "no lead has samples at 30 Hz or more",
  },
])("has a reason for what it cannot say of $name", async ({ ecg, reason }) => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, ecg);
  const all = "beats,rr,intervals,waves,average_beats,events,hours,rr_histogram";
  const answer = await caller.get(`/ecg/${id}/insights?series=${all}`);
  expect([answer.status, await answer.json()]).toMatchObject([
    200,
    {
      beats: { count: 0 },
      heart_rate: null,
      variability: null,
      intervals: null,
      axis: null,
      irregular_rhythm: [],
      reasons: { beats: reason, heart_rate: reason, variability: reason, intervals: reason, axis: reason },
      series: {
        ...{ beats: [], rr: [], intervals: [], waves: [], average_beats: { kinds: [], others: 0 } },
        ...{ events: { counts: { pause: 0, slowest: 0 } }, rr_histogram: { counts: [], normal: [] } },
      },
    },
  ]);
});

/** The JSON of an ECG of two leads: normal beats, and wide ones that come early; a minute of it. */
const ectopic = (() => {
  const rate = 250;
  const bump = (time: number, centre: number, width: number) => Math.exp(-0.5 * ((time - centre) / width) ** 2);
  const normal = (time: number) =>
    0.12 * bump(time, -0.16, 0.02) +
    1.1 * bump(time, 0, 0.012) -
    0.25 * bump(time, 0.035, 0.01) +
    0.3 * bump(time, 0.26, 0.04);
  const wide = (time: number) => -1.6 * bump(time, 0.02, 0.045) + 0.6 * bump(time, 0.3, 0.05);
  // A couplet, a run of four, and bigeminy of four; all else is normal, 0.8 s apart.
  const text = "NNNNNNNNVVNNNNNNNNVVVVNNNNNNNNVNVNVNVNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN";
  let time = 1;
  const beats = [...text].map((type, i) => {
    if (i > 0) time += type === "V" ? 0.5 : text[i - 1] === "V" ? 1.1 : 0.8;
    return { time, type };
  });
  const signal = (height: number) =>
    Array.from({ length: 60 * rate }, (_, i) => {
      const at = i / rate;
      const near = beats.filter((beat) => Math.abs(beat.time - at) < 0.6);
      const sum = near.reduce((all, beat) => all + (beat.type === "V" ? wide : normal)(at - beat.time), 0);
      return Math.round(1000 * height * sum + 2 * Math.sin(i));
    });
  const leads = [
    { name: "II", gain: 1000, signal: signal(1) },
    { name: "V5", gain: -2000, baseline: 100, signal: signal(0.7).map((sample) => 100 - 2 * sample) },
  ];
  return { json: { sampling_rate: rate, leads }, beats: beats.filter((beat) => beat.time < 59.5) };
})();

type Wave = { time: number } & Record<string, number | null>;
type AverageBeat = {
  type: string;
  beats: number;
  waves: Record<string, number | null>;
  leads: { name: string; beats: number; unit: string; values: number[]; waves: Record<string, number | null> }[];
};
type Event = { kind: string; time: number; duration: number; rate: number | null; beats: number | null };
type Series = {
  waves: Wave[];
  average_beats: { sampling_rate: number; start: number; kinds: AverageBeat[]; others: number };
  events: { list: Event[]; counts: Record<string, number> };
  hours: { start: number; end: number; beats: number; ventricular: number }[];
  rr_histogram: { width: number; first: number; counts: number[]; normal: number[]; longer: number };
  intervals: { time: number; qrs: number | null; qt: number | null; pr: number | null }[];
};

async function seriesOf(names: string, query = "") {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, ectopic.json);
  const answer = await caller.get(`/ecg/${id}/insights?series=${names}${query}`);
  expect(answer.status).toBe(200);
  const { series } = await answer.json<{ series: Series }>();
  expect(Object.keys(series).sort()).toEqual(names.split(",").sort());
  return series;
}

it("gives the waves of each beat, by which the intervals are", async () => {
  const { waves, intervals } = await seriesOf("waves,intervals");
  expect(waves.map(({ time }) => time)).toEqual(intervals.map(({ time }) => time));
  for (const [i, { time: made, type }] of ectopic.beats.entries()) {
    const { time, p_onset, p_peak, p_end, qrs_onset, qrs_end, t_onset, t_peak, t_end } = waves[i];
    // Where a wide beat is largest is 20 ms later.
    expect(Math.abs(time - made - (type === "V" ? 0.02 : 0))).toBeLessThan(0.01);
    if (type === "V") expect([p_onset, p_peak, p_end]).toEqual([null, null, null]);
    const order = [p_onset, p_peak, p_end, qrs_onset, time, qrs_end, t_onset, t_peak, t_end].filter(
      (at) => at !== null,
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    const qrs = qrs_end === null || qrs_onset === null ? null : 1000 * (qrs_end - qrs_onset);
    expect(qrs).toBeCloseTo(intervals[i].qrs ?? 0, -0.5);
  }
  // P peaks 160 ms before R, T 260 ms after it.
  const { time, p_peak, t_peak } = waves[4];
  expect([Math.abs((p_peak ?? 0) - time + 0.16) < 0.02, Math.abs((t_peak ?? 0) - time - 0.26) < 0.02]).toEqual([
    true,
    true,
  ]);
});

it("gives the average beat of each kind in each lead's unit, with its waves", async () => {
  const { average_beats: averages } = await seriesOf("average_beats");
  expect(averages).toMatchObject({ sampling_rate: 250, start: -0.48, others: 0 });
  const countOf = (type: string) => ectopic.beats.filter((beat) => beat.type === type).length;
  expect(averages.kinds.map(({ type, beats }) => [type, beats])).toEqual([
    ["N", countOf("N")],
    ["V", countOf("V")],
  ]);
  const [normal, ventricular] = averages.kinds;
  expect(normal.leads.map(({ name, unit, values }) => [name, unit, values.length])).toEqual([
    ["II", "mV", 310],
    ["V5", "mV", 310],
  ]);
  const [ii, v5] = normal.leads.map(({ values }) => Math.max(...values));
  expect([Math.abs(ii - 1.1) < 0.04, Math.abs(v5 - 0.77) < 0.03]).toEqual([true, true]);
  expect(Math.abs(Math.min(...ventricular.leads[0].values) + 1.6)).toBeLessThan(0.1);
  expect(Math.abs((normal.waves.p_peak ?? 0) + 0.16)).toBeLessThan(0.02);
  expect(ventricular.waves.p_peak).toBeNull();
  expect(Object.keys(normal.leads[0].waves)).toEqual(Object.keys(normal.waves));
});

it("gives the amplitudes and the ST segment of the normal beat, in leads with a gain", async () => {
  const caller = await newCaller();
  const measured = { q: 0, r: expect.closeTo(1.1, 1), s: expect.closeTo(-0.25, 1), t: expect.closeTo(0.3, 1) };
  const st = { j: expect.any(Number), j40: expect.any(Number), j60: expect.any(Number), j80: expect.any(Number) };
  const { id } = await storedEcg(caller, ectopic.json);
  const { leads } = await (await caller.get(`/ecg/${id}/insights`)).json<Insights>();
  expect(leads[0]).toMatchObject({
    normal_beat: { beats: expect.any(Number), ...measured, st: { ...st, slope: expect.any(Number) } },
  });
  const withoutGain = ectopic.json.leads.map(({ name, signal }) => ({ name, signal }));
  const other = await storedEcg(caller, { ...ectopic.json, leads: withoutGain });
  const answer = await caller.get(`/ecg/${other.id}/insights?series=average_beats`);
  const { leads: unscaled, series } = await answer.json<Insights & { series: Series }>();
  expect(unscaled).toMatchObject([{ normal_beat: null }, { normal_beat: null }]);
  const [ii] = series.average_beats.kinds[0].leads;
  expect([ii.unit, Math.abs(Math.max(...ii.values) - 1100) < 40]).toEqual(["ADC units", true]);
});

it("gives events, hours and a histogram of RR intervals", async () => {
  const { events, hours, rr_histogram: histogram } = await seriesOf("events,hours,rr_histogram");
  const ventricular = events.list.filter(({ kind }) => kind.startsWith("ventricular"));
  expect(ventricular.map(({ kind, beats }) => [kind, beats])).toEqual([
    ["ventricular_couplet", 2],
    ["ventricular_run", 4],
    ["ventricular_bigeminy", 4],
  ]);
  expect(ventricular[1]).toMatchObject({
    duration: expect.closeTo(1.5, 1),
    rate: expect.closeTo(120, -1),
    confidence: null,
  });
  // After the last beat nothing comes for more than 2 s.
  expect(events.counts).toMatchObject({ slowest: 1, fastest: 1, pause: 1, ventricular_run: 1 });
  const { length } = ectopic.beats;
  expect(hours).toMatchObject([{ start: 0, end: 60, beats: length, ventricular: 10 }]);
  expect([histogram.width, histogram.counts.reduce((sum, count) => sum + count)]).toEqual([8, length - 1]);
});

it("lists events from a time on, and counts all", async () => {
  const { events } = await seriesOf("events");
  // A time as it is written finds its event, also where it was rounded up.
  for (const [i, { time }] of events.list.entries()) {
    const later = (await seriesOf("events", `&events_from=${time}`)).events;
    const first = events.list.findIndex((event) => event.time === time);
    expect(first).toBeLessThanOrEqual(i);
    expect(later).toEqual({ list: events.list.slice(first), counts: events.counts });
  }
});

it.each([
  { name: "waves", timesOf: ({ waves }: Series) => waves.map(({ qrs_onset }) => qrs_onset ?? 20) },
  { name: "events", timesOf: ({ events }: Series) => events.list.map(({ time }) => time) },
  { name: "hours", timesOf: ({ hours }: Series) => [hours[0].start, hours[0].end - 0.001] },
])("has the times of $name of a window in the ECG", async ({ name, timesOf }) => {
  const times = timesOf(await seriesOf(name, "&start=16.5&end=30"));
  expect(times.length).toBeGreaterThan(1);
  expect(times.filter((time) => time < 16.5 || time >= 30)).toEqual([]);
});

it("averages and counts the beats of a window alone", async () => {
  const { average_beats: averages, rr_histogram: histogram } = await seriesOf("average_beats,rr_histogram", "&end=7");
  expect(averages.kinds.map(({ type, beats }) => [type, beats])).toEqual([["N", 8]]);
  expect(histogram.counts.reduce((sum, count) => sum + count)).toBe(7);
});

it("keeps what was measured with the details of the waves, and not those", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, ectopic.json);
  const detailed = await (await caller.get(`/ecg/${id}/insights?series=waves`)).json<Insights>();
  const [kept] = (await env.DB.prepare("select data from insights where ecg_id = ?").bind(id).all<{ data: string }>())
    .results;
  expect(kept.data).not.toContain("pOnset");
  await env.DB.prepare("update signal_chunks set data = 'x' where ecg_id = ?").bind(id).run();
  const { series: _, ...rest } = detailed;
  expect(await (await caller.get(`/ecg/${id}/insights`)).json()).toEqual(rest);
});

it("refuses the waves of more than six hours at once", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, {
    leads: [
      { name: "II", sampling_rate: 250, signal: ectopic.json.leads[0].signal },
      { name: "temperature", sampling_rate: 0.001, signal: Array(30).fill(36) },
    ],
  });
  const answer = await caller.get(`/ecg/${id}/insights?series=beats,waves`);
  expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ path: "series" }] }]);
  expect((await caller.get(`/ecg/${id}/insights?series=waves&end=21600`)).status).toBe(200);
});

describe("a report of FHIR", () => {
  type Report = {
    effectiveDateTime?: string;
    contained: { id: string; valueQuantity: { value: number; code: string } }[];
  };
  const date = "2026-01-31T09:30:00Z";

  it("has what the insights have", async () => {
    const caller = await newCaller();
    const ecg = { ...toEcgJson(syntheticEcg()), date, subject: "P-0042", device: "CardioPatch 3" };
    const { id } = await storedEcg(caller, ecg);
    const answer = await caller.get(`/ecg/${id}/insights?format=fhir`);
    const report = await answer.json<Report>();
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/fhir+json"]);
    expect(report).toMatchObject({
      resourceType: "DiagnosticReport",
      status: "preliminary",
      code: { coding: [{ system: "http://loinc.org", code: "11524-6" }] },
      subject: { identifier: { value: "P-0042" } },
      effectiveDateTime: "2026-01-31T09:30:00.000Z",
      text: { div: expect.stringContaining("this is no diagnosis") },
    });
    const { heart_rate, intervals, axis } = await (await caller.get(`/ecg/${id}/insights`)).json<{
      heart_rate: { mean: number };
      intervals: { pr: number; qrs: number; qt: number; qtc: { fridericia: number } };
      axis: { p: number; qrs: number; t: number };
    }>();
    expect(Object.fromEntries(report.contained.map(({ id, valueQuantity }) => [id, valueQuantity.value]))).toEqual({
      ...{ "heart-rate": heart_rate.mean, pr: intervals.pr, qrs: intervals.qrs, qt: intervals.qt },
      ...{ qtc: intervals.qtc.fridericia, "p-axis": axis.p, "qrs-axis": axis.qrs, "t-axis": axis.t },
    });
  });

  it.each([
    { accept: "application/fhir+json", type: "application/fhir+json" },
    { accept: "application/fhir+json; fhirVersion=5.0", type: "application/fhir+json" },
    { accept: "application/json;q=0.5, application/fhir+json", type: "application/fhir+json" },
    { accept: "application/fhir+json;q=0.5, application/json", type: "application/json" },
    { accept: "application/fhir+json;q=0", type: "application/json" },
    { accept: "text/html, application/xhtml+xml, */*;q=0.8", type: "application/json" },
    { accept: "*/*", type: "application/json" },
    { accept: "application/json;q=0", type: "application/octet-stream" },
    { accept: "text/csv, application/octet-stream;q=0.5", type: "application/octet-stream" },
  ])("is what $accept gets: $type", async ({ accept, type }) => {
    const caller = await newCaller();
    const { id } = await storedEcg(caller, { sampling_rate: 250, leads: [{ name: "II", signal: [1, 2] }] });
    const answer = await caller.get(`/ecg/${id}/insights`, { Accept: accept });
    expect([answer.headers.get("content-type"), answer.headers.get("vary")]).toEqual([type, "Accept"]);
    const other = type === "application/json" ? "application/fhir+json" : "application/json";
    const tag = answer.headers.get("etag") ?? "";
    expect((await caller.get(`/ecg/${id}/insights`, { Accept: type, "If-None-Match": tag })).status).toBe(304);
    expect((await caller.get(`/ecg/${id}/insights`, { Accept: other, "If-None-Match": tag })).status).toBe(200);
  });

  it.each(["text/csv", "image/*", "application/json;q=0, application/json", "*/*;q=0", "*/*, application/*;q=0"])(
    "is no answer to an Accept of %s: what there is is said",
    async (accept) => {
      const caller = await newCaller();
      const { id } = await storedEcg(caller, { sampling_rate: 250, leads: [{ name: "II", signal: [1, 2] }] });
      const answer = await caller.get(`/ecg/${id}/insights`, { Accept: accept });
      expect([answer.status, await answer.json()]).toMatchObject([
        406,
        { detail: "This can be had as application/json, application/octet-stream, application/fhir+json." },
      ]);
      expect((await caller.get(`/ecg/${id}/insights?format=json`, { Accept: accept })).status).toBe(200);
    },
  );

  it("is alike in R4 and R5, and format goes before Accept", async () => {
    const caller = await newCaller();
    const { id } = await storedEcg(caller, { ...toEcgJson(syntheticEcg({ seconds: 5 })), date });
    const [r4, r5] = await Promise.all(
      ["R4", "R5"].map(async (version) =>
        (await caller.get(`/ecg/${id}/insights?format=fhir&fhir_version=${version}`)).text(),
      ),
    );
    expect(r4).toBe(r5);
    const json = await caller.get(`/ecg/${id}/insights?format=json`, { Accept: "application/fhir+json" });
    expect(json.headers.get("content-type")).toBe("application/json");
  });

  it("is of a window, whose time it has, and has no time that nobody said", async () => {
    const caller = await newCaller();
    const ecg = toEcgJson(syntheticEcg({ seconds: 20, samplingRate: 250 }));
    const dated = await storedEcg(caller, { ...ecg, date });
    const report = await (await caller.get(`/ecg/${dated.id}/insights?format=fhir&start=5&end=15`)).json<Report>();
    expect(report.effectiveDateTime).toBe("2026-01-31T09:30:05.000Z");
    const { date: _, ...undated } = ecg;
    const { id } = await storedEcg(caller, undated);
    expect(await (await caller.get(`/ecg/${id}/insights?format=fhir`)).json()).not.toHaveProperty("effectiveDateTime");
  });
});

it.each([
  "series=p",
  "series=waves,",
  "series=waves&start=9&end=8",
  "series=average_beats&start=10",
  "format=fhir&fhir_version=R3",
  "format=fhir&start=99",
  "start=5&end=4",
  "start=99",
  "format=edf",
  "x=1",
])("refuses ?%s with 422", async (query) => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, toEcgJson(syntheticEcg()));
  expect((await caller.get(`/ecg/${id}/insights?${query}`)).status).toBe(422);
});

it("measures leads of which one ends long before another", async () => {
  const caller = await newCaller();
  const { samples } = syntheticEcg({ seconds: 1 }).leads[1];
  const { id } = await storedEcg(caller, {
    leads: [
      { name: "II", sampling_rate: 500, signal: [...samples] },
      { name: "temperature", sampling_rate: 0.001, signal: Array(1000).fill(36) },
    ],
  });
  const answer = await caller.get(`/ecg/${id}/insights`);
  expect(answer.status).toBe(200);
  expect((await answer.json<Insights>()).leads.map(({ quality }) => quality === null)).toEqual([false, true]);
});

it("tells the seconds of a window that are not usable by their time in the ECG", async () => {
  const caller = await newCaller();
  const { samples } = syntheticEcg({ seconds: 20, samplingRate: 250 }).leads[1];
  samples.fill(0, 2500, 3250);
  const { id } = await storedEcg(caller, { sampling_rate: 250, leads: [{ name: "II", signal: [...samples] }] });
  const { leads } = await (await caller.get(`/ecg/${id}/insights?start=8&end=11.5`)).json<Insights>();
  expect(leads[0].quality).toMatchObject({ unusable: [{ start: 10, end: 11.5, faults: ["flat"] }] });
});

it("is whole or not found, where the ECG is erased meanwhile", async () => {
  const caller = await newCaller();
  const ecg = toEcgJson(syntheticEcg({ seconds: 600, samplingRate: 250 }));
  for (let i = 0; i < 3; i++) {
    const { id } = await storedEcg(caller, ecg);
    const reading = caller.get(`/ecg/${id}/insights`);
    for (let wait = 0; wait < 10 * i; wait++) await Promise.resolve();
    await caller.delete(`/ecg/${id}`);
    expect([200, 404]).toContain((await reading).status);
  }
});

it("reads what was stored with a number that was none", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, toEcgJson(syntheticEcg({ seconds: 4, samplingRate: 250 })));
  const whole = await (await caller.get(`/ecg/${id}/insights`)).json<Insights>();
  // Where the packed form has the amplitude of the hum, the largest amplitude, and the noise.
  for (const place of ["[3][4][1]", "[1][1]", "[3][6]"]) {
    await env.DB.prepare("update insights set data = json_replace(data, ?, null) where ecg_id = ?")
      .bind(`$.leads[1]${place}`, id)
      .run();
  }
  const answer = await caller.get(`/ecg/${id}/insights`);
  expect(answer.status).toBe(200);
  const { leads } = await answer.json<Insights>();
  const [before, after] = [whole.leads, leads].map(([, lead]) => lead);
  expect(after).toEqual({
    ...before,
    amplitude: null,
    quality: { ...(before.quality as object), mains_hum: null, noise: null },
  });
});

it("answers for an ECG that was stored with a scale that is refused today", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, { sampling_rate: 500, leads: [{ name: "II", gain: 1, signal: [0, 1000] }] });
  await env.DB.prepare("update ecgs set leads = json_replace(leads, '$[0][3]', 1e-306) where id = ?").bind(id).run();
  for (const path of [`/ecg/${id}/insights`, `/ecg/${id}/insights`, `/ecg/${id}/insights?end=1`]) {
    const answer = await caller.get(path);
    const { leads } = await answer.json<Insights>();
    expect([answer.status, leads]).toMatchObject([200, [{ amplitude: null, quality: { mains_hum: null } }]]);
  }
});
