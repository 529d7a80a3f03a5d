import { describe, expect, it, vi } from "vitest";
import { type Asked, type StubBrowser, settle } from "./stub-browser.ts";
import { inBrowser, newReading, newSummary } from "./stub-reading.ts";

let browser: StubBrowser;
inBrowser((own) => {
  browser = own;
});

const insights = (asked: { path: string }) => new URL(asked.path, "http://page").searchParams;

describe("the overview", () => {
  const answerWith = (asked: Asked, ...signal: number[]) => asked.answer(200, { leads: [{ name: "II", signal }] });

  async function newSignal() {
    const { EcgSignal } = await import("../../src/viewer/signal/ecg-signal.ts");
    const signal = new EcgSignal(newSummary(1, true, null), ["II"], () => undefined);
    return { signal, samples: () => signal.readOverview("II")?.low };
  }

  it("of an ECG that has grown is the newest, in whatever order answers come", async () => {
    const { signal, samples } = await newSignal();
    const first = await browser.take("GET", /^\/ecg\/7/);
    signal.grow(newSummary(2, true, null));
    const second = await browser.take("GET", /^\/ecg\/7/);
    await answerWith(second, 1, 2);
    await answerWith(first, 1);
    expect(samples()).toEqual(Int32Array.of(1, 2));
    signal.grow(newSummary(3, true, null));
    const third = await browser.take("GET", /^\/ecg\/7/);
    signal.grow(newSummary(4, true, null));
    await answerWith(third, 1, 2, 3);
    expect(samples()).toEqual(Int32Array.of(1, 2, 3));
  });

  it("that could not be had is not said to have failed when a later one is there", async () => {
    const { signal, samples } = await newSignal();
    await (await browser.take("GET", /^\/ecg\/7/)).fail();
    expect(signal.findFailure(0, 1, 1)).toBe("The service cannot be reached.");
    signal.grow(newSummary(2, true, null));
    await answerWith(await browser.take("GET", /^\/ecg\/7/), 1, 2);
    expect([signal.findFailure(0, 1, 1), samples()]).toEqual([undefined, Int32Array.of(1, 2)]);
  });
});

describe("the waves about what is measured by hand", () => {
  const beat = (onset: number) => ({ time: onset + 0.05, qrs_onset: onset, t_end: onset + 0.4 });
  const series = (...onsets: number[]) => ({ series: { rr: [], waves: onsets.map(beat) } });

  async function newWaves(seconds: number) {
    const { KnownWaves } = await import("../../src/viewer/measure/known-waves.ts");
    const waves = new KnownWaves("7", seconds, () => undefined);
    return { waves, onsets: () => waves.read(0, 10).qt.map(({ onset }) => onset) };
  }

  it("are there for each of those who wait for them", async () => {
    const { waves, onsets } = await newWaves(10);
    void waves.want(1, 1);
    let isDone = false;
    const done = waves.want(1, 1).then(() => (isDone = true));
    await settle();
    expect(isDone).toBe(false);
    await (await browser.take("GET", /insights/)).answer(200, series(1));
    await done;
    expect([onsets(), browser.asked]).toEqual([[1], []]);
  });

  it("are those of the ECG as it has grown, whichever answer comes last", async () => {
    const { waves, onsets } = await newWaves(10);
    void waves.want(1, 1);
    const first = await browser.take("GET", /insights/);
    waves.grow(20, true);
    void waves.want(1, 1);
    await (await browser.take("GET", /insights/)).answer(200, series(1, 2));
    await first.answer(200, series(1));
    expect(onsets()).toEqual([1, 2]);
  });
});

describe("an ECG that is asked for again and again", () => {
  it("is not asked for while it was, also by who looks again", async () => {
    vi.useFakeTimers();
    const { pollEcg } = await import("../../src/viewer/live/poll-ecg.ts");
    const news: (number | null)[] = [];
    const end = pollEcg("7", { onNews: ({ duration }) => news.push(duration) });
    await vi.advanceTimersByTimeAsync(1000);
    const first = browser.asked.pop();
    browser.tell("visibilitychange");
    await vi.advanceTimersByTimeAsync(5000);
    expect(browser.asked).toEqual([]);
    vi.useRealTimers();
    await first?.answer(200, newSummary(1), { ETag: '"1"' });
    expect(news).toEqual([1]);
    browser.tell("visibilitychange");
    await browser.take("GET", /^\/ecg\/7/);
    end();
  });
});

describe("a deletion", () => {
  /** An ECG that is deleted, and the request for its tag. */
  async function deleteOne() {
    const { newDeletions } = await import("../../src/viewer/list/use-deletions.ts");
    const deletions = newDeletions();
    deletions.add(newSummary(1, false));
    return { deletions, tagged: await browser.take("GET", /^\/ecg\/7/) };
  }

  it("waits for the tag of what is deleted, and is none where that cannot be had", async () => {
    for (const isHad of [true, false]) {
      const { deletions, tagged } = await deleteOne();
      const sent = deletions.flush();
      await settle();
      expect(browser.asked).toEqual([]);
      if (!isHad) {
        await tagged.fail();
        await sent;
        expect(deletions.all.value).toMatchObject([{ state: "failed", failure: "The service cannot be reached." }]);
        continue;
      }
      await tagged.answer(200, newSummary(1, false), { ETag: '"5"' });
      const asked = await browser.take("DELETE", "/ecg/7");
      expect(asked.headers.get("If-Match")).toBe('"5"');
      await asked.answer(204);
      await sent;
    }
    expect(browser.asked).toEqual([]);
  });

  it("is sent without a tag where the page is left before that is there, or where the ECG is gone", async () => {
    const { deletions } = await deleteOne();
    void deletions.flush(true);
    expect((await browser.take("DELETE", "/ecg/7")).headers.get("If-Match")).toBeNull();

    const gone = await deleteOne();
    await gone.tagged.answer(404, {});
    const sent = gone.deletions.flush();
    await (await browser.take("DELETE", "/ecg/7")).answer(404);
    await sent;
    expect(gone.deletions.all.value).toEqual([]);
  });
});

it("a deletion that fails when its list was left is told when the list is opened again, unless somebody else is here", async () => {
  const { deletions } = await import("../../src/viewer/list/use-deletions.ts");
  const { beforeAnother } = await import("../../src/viewer/session/session.ts");
  deletions.add(newSummary(1, false));
  await (await browser.take("GET", /^\/ecg\/7/)).answer(200, newSummary(1, false), { ETag: '"5"' });
  const left = deletions.flush();
  await (await browser.take("DELETE", "/ecg/7")).answer(412);
  await left;
  const failure = "It was changed meanwhile, and is still there.";
  expect(deletions.all.value).toMatchObject([{ item: { id: "7" }, state: "failed", failure }]);
  for (const forget of beforeAnother) forget();
  expect(deletions.all.value).toEqual([]);
});

it("two changes of a user are sent one after the other, also behind one that fails: the later answer has both", async () => {
  const { changeUser } = await import("../../src/viewer/admin/user-api.ts");
  const changes = [{ disabled: true }, { role: "admin" }, { disabled: false }] as const;
  const answers = changes.map((change) => changeUser("7", change).catch((error: Error) => error.message));
  const other = changeUser("8", { disabled: true });
  await (await browser.take("PATCH", "/admin/users/8")).answer(200, { id: "8" });
  await other;
  for (const [i, change] of changes.entries()) {
    const asked = await browser.take("PATCH", "/admin/users/7");
    expect([asked.body, browser.asked]).toEqual([JSON.stringify(change), []]);
    await asked.answer(i === 1 ? 409 : 200, { detail: "The last admin.", step: i });
  }
  expect(await Promise.all(answers)).toMatchObject([{ step: 0 }, "The last admin.", { step: 2 }]);
});

describe("what was measured of an ECG that grows", () => {
  const measured = (paced = false) => ({ notice: "", paced, series: { events: { list: [] } } });

  /** Answers what is asked first: the numbers, and no beats. */
  async function answerMeasured(paced = false): Promise<void> {
    await (await browser.take("GET", /series=events/)).answer(200, measured(paced));
    await (await browser.take("GET", /format=wfdb/)).answer(200);
  }

  async function newInsights(seconds: number) {
    const { reading, grow } = await newReading(seconds);
    const { EcgInsights } = await import("../../src/viewer/insights/ecg-insights.ts");
    return { opened: new EcgInsights(reading), grow };
  }

  it("has its waves up to the new end", async () => {
    const { opened, grow } = await newInsights(20);
    await answerMeasured();
    opened.mark({ waves: true });
    const first = await browser.take("GET", /series=waves/);
    expect(insights(first).get("end")).toBe("20");
    grow(40);
    const second = await browser.take("GET", /series=waves/);
    expect(insights(second).get("end")).toBe("40");
    opened.close();
  });

  it("has its spikes anew", async () => {
    const { opened, grow } = await newInsights(20);
    await answerMeasured(true);
    await (await browser.take("GET", /series=pacing/)).answer(200, { series: { pacing: [{ time: 1 }] } });
    grow(40);
    await answerMeasured(true);
    await (await browser.take("GET", /series=pacing/)).answer(200, { series: { pacing: [{ time: 1 }, { time: 30 }] } });
    expect(opened.spikes.value).toEqual({ state: "here", value: Float64Array.of(1, 30) });
    opened.close();
  });

  it("leaves out intervals of a time that turns out to be unusable after its beats were there", async () => {
    const { opened } = await newInsights(20);
    const beats = { times: Float64Array.of(1, 2, 3), types: ["N", "N", "N"] as const };
    opened.beats.set({ state: "here", value: beats });
    opened.measured.set({ state: "here", value: measured() as never });
    expect(opened.intervals?.length).toBe(2);
    const list = [{ kind: "unusable", time: 2.5, duration: 1 }];
    opened.measured.set({ state: "here", value: { ...measured(), series: { events: { list } } } as never });
    expect(opened.intervals?.map(({ time }) => time)).toEqual([2]);
    opened.close();
  });
});

describe("a step to what was found", () => {
  const found = (kind: string, time: number, duration: number, more = {}) => ({
    ...{ kind, time, duration, rate: null, beats: null, confidence: null },
    ...more,
  });

  async function newInsights() {
    const { EcgInsights } = await import("../../src/viewer/insights/ecg-insights.ts");
    return new EcgInsights((await newReading(60)).reading);
  }
  const answerWith = async (...list: object[]) =>
    (await browser.take("GET", /series=events/)).answer(200, {
      paced: false,
      series: { events: { list, counts: list.length > 0 ? { pause: 1199, unusable: 1 } : {} } },
    });

  it("waits for the events, and says of each what it is and which of how many, more than are listed", async () => {
    const opened = await newInsights();
    const said: unknown[] = [];
    opened.visited.subscribe(() => said.push(opened.visited.value));
    const steps = [opened.stepEvent(1), opened.stepEvent(1)];
    await settle();
    expect(said).toEqual([]);
    await answerWith(
      found("pause", 3, 2.5),
      found("slowest", 3, 10, { rate: 31.4 }),
      found("ventricular_run", 8, 1.2, { beats: 3, rate: 130 }),
    );
    await Promise.all(steps);
    expect(said).toEqual([
      { from: 3, to: 5.5, says: "Pause 2.5 s; Slowest 10 s 31 bpm · 2 of 1,200 · 09:30:03" },
      { from: 8, to: 9.2, says: "Ventricular run 1.2 s, 3 beats, 130 bpm · 3 of 1,200 · 09:30:08" },
    ]);
    await opened.stepEvent(-1);
    await opened.stepEvent(-1);
    expect(said.at(-1)).toEqual({ from: 3, to: 3, says: "No event before" });
    opened.close();
  });

  it("goes on to the events that are not listed yet, back to them, too, and among those of a kind", async () => {
    const opened = await newInsights();
    await answerWith(found("pause", 3, 2), found("pause", 8, 2));
    // What is listed already comes once more, as the list goes on at its time.
    const answerMore = async (from: number, ...list: object[]) => {
      const more = await browser.take("GET", `/ecg/7/insights?series=events&events_from=${from}`);
      await more.answer(200, { series: { events: { list } } });
    };
    opened.visited.set({ from: 8, to: 10, says: "" });
    const step = opened.stepEvent(1);
    await answerMore(8, found("pause", 8, 2), found("unusable", 8, 4), found("pause", 9, 2));
    await step;
    expect(opened.visited.value).toEqual({ from: 9, to: 11, says: "Pause 2 s · 4 of 1,200 · 09:30:09" });
    const back = opened.stepEvent(-1);
    await back;
    expect(opened.visited.value?.says).toBe("Pause 2 s; No usable lead 4 s · 3 of 1,200 · 09:30:08");
    opened.events.show("unusable");
    await opened.stepEvent(1);
    expect(opened.visited.value?.from).toBe(8);
    opened.events.show("pause");
    await answerMore(9, found("pause", 20, 2));
    await answerMore(20);
    await settle();
    expect([opened.events.shown.length, opened.events.hasMore, browser.asked.length]).toEqual([4, false, 1]);
    opened.close();
  });

  it("stays, and says why, where the events behind those that are listed cannot be had", async () => {
    const opened = await newInsights();
    await answerWith(found("pause", 3, 2));
    opened.visited.set({ from: 3, to: 5, says: "" });
    const step = opened.stepEvent(1);
    await (await browser.take("GET", /events_from=3/)).answer(503);
    await step;
    expect(opened.visited.value?.says).toBe("The service answered 503.");
    browser.tell("online");
    await (await browser.take("GET", /events_from=3/)).answer(200, {
      series: { events: { list: [found("pause", 6, 2)] } },
    });
    await opened.stepEvent(1);
    expect(opened.visited.value?.says).toBe("Pause 2 s · 2 of 1,200 · 09:30:06");
    opened.close();
  });

  it("says that there is none", async () => {
    const opened = await newInsights();
    await answerWith();
    await opened.stepEvent(1);
    expect(opened.visited.value).toEqual({ from: 0, to: 0, says: "No event was found" });
    opened.beats.set({ state: "here", value: { times: Float64Array.of(1), types: ["N"] } });
    await opened.stepBeat(1);
    expect(opened.visited.value?.says).toBe("All beats that were found are normal");
    opened.close();
  });

  it("waits for the beats, and says the type of each that is not normal", async () => {
    const opened = await newInsights();
    const step = opened.stepBeat(1);
    await settle();
    expect(opened.visited.value).toBe(undefined);
    opened.beats.set({ state: "here", value: { times: Float64Array.of(1, 2, 3), types: ["N", "V", "S"] } });
    await step;
    expect(opened.visited.value).toEqual({ from: 2, to: 2, says: "ventricular beat · 1 of 2" });
    await opened.stepBeat(1);
    await opened.stepBeat(1);
    expect(opened.visited.value).toEqual({ from: 3, to: 3, says: "All beats further on are normal" });
    opened.close();
  });
});
