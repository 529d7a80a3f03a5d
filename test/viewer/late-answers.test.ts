import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EcgSummary } from "../../src/viewer/api.ts";
import type { Measuring } from "../../src/viewer/measure/measuring.ts";
import type { Reading } from "../../src/viewer/reader/reading.ts";
import { type Asked, type StubBrowser, settle, stubBrowser } from "../support/stub-browser.ts";

const ADA = { id: "1", username: "ada", role: "user" };

let browser: StubBrowser;

beforeEach(async () => {
  browser = stubBrowser();
  const { logIn } = await import("../../src/viewer/session/session.ts");
  const done = logIn("ada", "password");
  await (await browser.take("POST", "/auth/token")).answer(200, { access_token: "ada", expires_in: 900 });
  await (await browser.take("GET", "/users/me")).answer(200, ADA);
  await done;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** An open ECG of one lead with so many seconds at 100 Hz. */
const newSummary = (seconds: number, open = true, rate: number | null = 100) =>
  ({
    id: "7",
    open,
    sampling_rate: rate,
    duration: rate && seconds,
    leads: [{ name: "II", n_samples: seconds * 100, gain: 1000, unit: "mV" }],
  }) as unknown as EcgSummary;

/** What of a reading is needed by what is read beside the paper. */
async function newReading(seconds: number) {
  const { Observable } = await import("../../src/viewer/page/observable.ts");
  const summary = new Observable(newSummary(seconds));
  const scene = new Observable<object>({ layout: { isTimed: true }, signal: { rate: 100, duration: seconds } });
  const frame = { time: 0, seconds: 10, lineSeconds: 10, duration: seconds, rate: 100 };
  const reading = {
    get ecg() {
      return summary.value;
    },
    summary,
    scene,
    frame,
    paintOver: () => () => undefined,
    repaintOver: () => undefined,
  };
  const grow = (to: number, open = true) => {
    frame.duration = to;
    summary.set(newSummary(to, open));
  };
  return { reading: reading as unknown as Reading, grow };
}

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
    const deletions = newDeletions(() => undefined);
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

describe("annotations", () => {
  const items = (...times: number[]) => ({ items: times.map((time) => ({ time, code: "N", annotator: "atr" })) });
  const ETAGS = { 1: { ETag: '"1"' }, 2: { ETag: '"2"' }, 3: { ETag: '"3"' } };

  async function newAnnotations() {
    const { reading } = await newReading(20);
    const { Observable } = await import("../../src/viewer/page/observable.ts");
    const measuring = { held: new Observable(undefined), cursor: new Observable(undefined) } as unknown as Measuring;
    const { EcgAnnotations } = await import("../../src/viewer/annotations/ecg-annotations.ts");
    const annotations = new EcgAnnotations(reading, measuring);
    return { annotations, times: () => annotations.editor.value?.state.value.items.map(({ time }) => time) };
  }

  /** Those of which two annotators are known, with what is seen of them. */
  async function openAnnotations() {
    const opened = await newAnnotations();
    await (await browser.take("GET", "/ecg/7/annotators")).answer(200, {
      items: [
        { annotator: "atr", count: 1 },
        { annotator: "mine", count: 1 },
      ],
    });
    return opened;
  }

  async function edit(opened: Awaited<ReturnType<typeof newAnnotations>>, annotator: string, time: number) {
    const done = opened.annotations.edit(annotator);
    await (await browser.take("GET", `/ecg/7/annotations/${annotator}?format=json`)).answer(200, items(time), ETAGS[1]);
    await done;
    const { value: editor } = opened.annotations.editor;
    if (!editor) throw new Error("Nothing is edited.");
    return editor;
  }

  it("that are edited are those that were asked for last", async () => {
    const opened = await openAnnotations();
    void opened.annotations.edit("atr");
    const slow = await browser.take("GET", /annotations\/atr/);
    await opened.annotations.edit(null);
    opened.annotations.editor.value?.add(5);
    await slow.answer(200, items(1), ETAGS[1]);
    expect(opened.times()).toEqual([5]);
    opened.annotations.close();
  });

  it("that are changed while they are saved are not saved yet, and are saved after that", async () => {
    const opened = await openAnnotations();
    const editor = await edit(opened, "mine", 1);
    editor.add(2);
    const first = opened.annotations.save("mine");
    const sent = await browser.take("PUT", "/ecg/7/annotations/mine");
    editor.add(3);
    const second = opened.annotations.save("mine");
    await settle();
    expect(browser.asked.filter(({ method }) => method === "PUT")).toEqual([]);
    await sent.answer(200, {}, ETAGS[2]);
    expect(editor.state.value.isChanged).toBe(true);
    await (await browser.take("GET", "/ecg/7/annotators")).answer(200, { items: [{ annotator: "mine", count: 2 }] });
    await first;
    const next = await browser.take("PUT", "/ecg/7/annotations/mine");
    expect(JSON.parse(String(next.body)).items.map(({ time }: { time: number }) => time)).toEqual([1, 2, 3]);
    await next.answer(200, {}, ETAGS[3]);
    await (await browser.take("GET", "/ecg/7/annotators")).answer(200, { items: [{ annotator: "mine", count: 3 }] });
    await second;
    expect([editor.etag, editor.state.value.isChanged, opened.annotations.failure.value]).toEqual([
      '"3"',
      false,
      undefined,
    ]);
    opened.annotations.close();
  });

  it("stay open where those of another annotator are erased", async () => {
    const opened = await openAnnotations();
    await edit(opened, "mine", 1);
    const erased = opened.annotations.erase();
    const erasure = await browser.take("DELETE", "/ecg/7/annotations/mine");
    opened.annotations.stopEditing();
    await edit(opened, "atr", 4);
    await erasure.answer(204);
    await (await browser.take("GET", "/ecg/7/annotators")).answer(200, { items: [{ annotator: "atr", count: 1 }] });
    await erased;
    expect(opened.times()).toEqual([4]);
    opened.annotations.close();
  });

  it("are shown as they were saved, and not as they were asked for before", async () => {
    const opened = await openAnnotations();
    const seen = () => opened.annotations.seen.find(({ name }) => name === "atr")?.items.map(({ time }) => time);
    const before = await browser.take("GET", /annotations\?/);
    await edit(opened, "mine", 1);
    const saved = opened.annotations.save("mine");
    await (await browser.take("PUT", "/ecg/7/annotations/mine")).answer(200, {}, ETAGS[2]);
    await (await browser.take("GET", "/ecg/7/annotators")).answer(200, { items: [{ annotator: "atr", count: 2 }] });
    await saved;
    await (await browser.take("GET", /annotations\?/)).answer(200, items(1, 2));
    await before.answer(200, items(1));
    expect(seen()).toEqual([1, 2]);
    opened.annotations.close();
  });

  it("are listed and compared as they were asked for last", async () => {
    const opened = await openAnnotations();
    const { annotations } = opened;
    void annotations.list();
    const slow = await browser.take("GET", "/ecg/7/annotators");
    void annotations.list();
    await (await browser.take("GET", "/ecg/7/annotators")).answer(200, { items: [{ annotator: "new", count: 1 }] });
    await slow.answer(200, { items: [] });
    expect(annotations.names).toEqual(["new"]);
    void annotations.compare("atr", "mine");
    const slower = await browser.take("GET", /compare/);
    void annotations.compare("atr", "insights");
    await (await browser.take("GET", /compare/)).answer(200, { test: "insights" });
    await slower.fail();
    expect(annotations.comparison.value).toEqual({ state: "here", value: { test: "insights" } });
    annotations.close();
  });
});
