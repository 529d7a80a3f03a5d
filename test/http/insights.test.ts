import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { readAnnotations } from "../../src/formats/wfdb/annotations.ts";
import { app } from "../../src/http/app.ts";
import worker from "../../src/index.ts";
import { newCaller, storedEcg } from "../support/api.ts";
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
    version: 3,
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
  await worker.scheduled(createScheduledController(), env);
  await env.DB.prepare("update signal_chunks set data = 'x' where ecg_id = ?").bind(id).run();
  const answer = await caller.get(`/ecg/${id}/insights`);
  expect(answer.status).toBe(200);
  expect((await answer.json<Insights>()).beats.count).toBeGreaterThan(700);
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
  await worker.scheduled(createScheduledController(), bindings);
  const waiting = env.DB.prepare("select count(*) as n from unmeasured where ecg_id = ?").bind(id);
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
  const answer = await caller.get(`/ecg/${id}/insights?series=beats,rr,intervals`);
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
      series: { beats: [], rr: [], intervals: [] },
    },
  ]);
});

it.each(["series=p", "start=5&end=4", "start=99", "format=edf", "x=1"])("refuses ?%s with 422", async (query) => {
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
  for (const field of ["quality.hum.amplitude", "amplitude.maximum", "quality.noise"]) {
    await env.DB.prepare("update insights set data = json_replace(data, ?, null) where ecg_id = ?")
      .bind(`$.leads[1].${field}`, id)
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
  await env.DB.prepare("update ecgs set leads = json_replace(leads, '$[0].gain', 1e-306) where id = ?").bind(id).run();
  for (const path of [`/ecg/${id}/insights`, `/ecg/${id}/insights`, `/ecg/${id}/insights?end=1`]) {
    const answer = await caller.get(path);
    const { leads } = await answer.json<Insights>();
    expect([answer.status, leads]).toMatchObject([200, [{ amplitude: null, quality: { mains_hum: null } }]]);
  }
});
