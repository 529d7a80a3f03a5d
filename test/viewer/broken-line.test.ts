import { describe, expect, it, vi } from "vitest";
import { NEW_VIEW } from "../../src/viewer/page/address.ts";
import { inkOf } from "../../src/viewer/paper/ink.ts";
import { layOutView } from "../../src/viewer/paper/layout.ts";
import { paint, type Scene } from "../../src/viewer/paper/paint.ts";
import { type StubBrowser, settle } from "./stub-browser.ts";
import { newPen } from "./stub-pen.ts";
import { inBrowser, newReading, newSummary } from "./stub-reading.ts";

let browser: StubBrowser;
inBrowser((own) => {
  browser = own;
});

describe("the samples of an ECG", () => {
  const LEADS = { leads: [{ name: "II", signal: [1, 2, 3] }] };

  async function newSignal() {
    const { EcgSignal } = await import("../../src/viewer/signal/ecg-signal.ts");
    const signal = new EcgSignal(newSummary(10), ["II"], () => undefined);
    signal.show(0, 10, 1);
    return signal;
  }
  const take = () => browser.take("GET", /^\/ecg\/7/);
  /** Has the overview and the one tile answered. */
  async function answerBoth(status: number, body?: unknown): Promise<void> {
    for (const one of [await take(), await take()]) await one.answer(status, body);
    await settle();
  }
  async function passMs(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
  }

  it.each([500, 503, 429])("are asked for again by itself after a %i, later and later", async (status) => {
    const signal = await newSignal();
    const [overview, tile] = [await take(), await take()];
    vi.useFakeTimers();
    const answer = (one: typeof tile, ...as: Parameters<typeof one.answer>) => {
      const done = one.answer(...as);
      return passMs(0).then(() => done);
    };
    await answer(overview, 200, LEADS);
    await answer(tile, status);
    expect(signal.findFailure(0, 10, 1)).toBe(`The service answered ${status}.`);
    await passMs(1999);
    expect(browser.asked).toEqual([]);
    await passMs(1);
    expect(browser.asked.length).toBe(1);
    // What failed is said to have until it is there.
    expect(signal.findFailure(0, 10, 1)).toBe(`The service answered ${status}.`);
    await answer(browser.asked.splice(0)[0], status);
    await passMs(3999);
    expect(browser.asked).toEqual([]);
    await passMs(1);
    await answer(browser.asked.splice(0)[0], 200, LEADS);
    expect([signal.findFailure(0, 10, 1), signal.read("II", 0, 10, 1).parts.length]).toEqual([undefined, 1]);
    await passMs(100_000);
    expect(browser.asked).toEqual([]);
    signal.close();
  });

  it("have no times where one of the leads has no sampling rate: a second is a sample of each of them", async () => {
    const { EcgSignal } = await import("../../src/viewer/signal/ecg-signal.ts");
    const ecg = newSummary(10);
    const both = { ...ecg, leads: [...ecg.leads, { ...ecg.leads[0], name: "V1", sampling_rate: null }] };
    for (const { leads, has } of [
      { leads: ["II", "V1"], has: { isTimed: false, rate: 1, duration: 1000 } },
      { leads: ["II"], has: { isTimed: true, rate: 100, duration: 10 } },
    ]) {
      const signal = new EcgSignal(both, leads, () => undefined);
      expect(signal).toMatchObject(has);
      signal.close();
    }
  });

  it("are asked for at once when there is a connection again, the overview, too", async () => {
    const signal = await newSignal();
    for (const one of [await take(), await take()]) await one.fail();
    expect(signal.findFailure(0, 10, 1)).toBe("The service cannot be reached.");
    browser.tell("online");
    await answerBoth(200, LEADS);
    expect([signal.findFailure(0, 10, 1), signal.readOverview("II")?.low]).toEqual([undefined, Int32Array.of(1, 2, 3)]);
    browser.tell("online");
    expect(browser.asked).toEqual([]);
    signal.close();
  });

  it("are not asked for again where they are not there, nor when the ECG has been left", async () => {
    const signal = await newSignal();
    await answerBoth(404);
    browser.tell("online");
    expect(browser.asked).toEqual([]);
    signal.close();
    const left = await newSignal();
    await answerBoth(503);
    left.close();
    browser.tell("online");
    expect(browser.asked).toEqual([]);
  });
});

it("numbers and beats are asked for again, too", async () => {
  const { EcgInsights } = await import("../../src/viewer/insights/ecg-insights.ts");
  const { reading } = await newReading(20);
  const insights = new EcgInsights(reading);
  await (await browser.take("GET", /series=/)).answer(503);
  await (await browser.take("GET", /format=wfdb/)).answer(503);
  expect([insights.measured.value.state, insights.beats.value.state]).toEqual(["failed", "failed"]);
  browser.tell("online");
  await (await browser.take("GET", /series=/)).answer(200, { paced: false });
  await browser.take("GET", /format=wfdb/);
  expect([insights.measured.value.state, insights.beats.value.state]).toEqual(["here", "loading"]);
  insights.close();
});

it("the lines of a minute are asked for again, from where they broke off, unless they have been left", async () => {
  const { PageParts } = await import("../../src/viewer/disclosure/page-parts.ts");
  const page = new PageParts("7", "II", { minute: 0, lines: 30 });
  void page.readTo(1200);
  const answer = { leads: [{ name: "II", signal: [1, 2, 3] }] };
  await (await browser.take("GET", /start=0&end=600/)).answer(200, answer);
  await (await browser.take("GET", /start=600&end=1200/)).fail();
  expect([page.failure.value, page.parts.value.length]).toEqual(["The service cannot be reached.", 1]);
  browser.tell("online");
  await (await browser.take("GET", /start=600&end=1200/)).answer(503);
  expect(page.failure.value).toBe("The service answered 503.");
  browser.tell("online");
  await (await browser.take("GET", /start=600&end=1200/)).answer(200, answer);
  await settle();
  expect([page.failure.value, page.parts.value.length]).toEqual(["", 2]);
  void page.readTo(1300);
  await (await browser.take("GET", /end=1300/)).answer(503);
  page.close();
  browser.tell("online");
  expect(browser.asked).toEqual([]);
});

it("a list is had when there is a connection again, from where it broke off, unless it has been left", async () => {
  const { openList } = await import("../../src/viewer/page/paged-list.ts");
  const pages = [
    { items: [{ id: "a" }], next_cursor: "1" },
    new TypeError("Failed to fetch"),
    { items: [{ id: "b" }], next_cursor: "2" },
  ];
  const asked: (string | undefined)[] = [];
  const { list, close } = openList<{ id: string }>(async (cursor) => {
    asked.push(cursor);
    const page = pages.shift() ?? new TypeError("Failed to fetch");
    if (page instanceof Error) throw page;
    return page;
  });
  await list.loadMore();
  browser.tell("online");
  expect(asked).toEqual([undefined]);
  await list.loadMore();
  expect(list.rows.value).toMatchObject({ state: "failed", failure: "The service cannot be reached." });
  browser.tell("online");
  await settle();
  expect([list.rows.value.items, asked]).toEqual([
    [{ id: "a" }, { id: "b" }],
    [undefined, "1", "1"],
  ]);
  await list.loadMore();
  close();
  browser.tell("online");
  expect([list.rows.value.state, asked.length]).toEqual(["failed", 4]);
});

describe("the paper", () => {
  const LEAD = {
    ...{ name: "II", label: "II", samplingRate: 100, gain: 1000, baseline: 0, scale: undefined },
    samples: { length: 1000 },
  };
  const VIEW = { ...NEW_VIEW, layout: "one" } as const;
  const BOX = { width: 1040, height: 400, ratio: 1, millimetre: 4 };
  const layout = layOutView([LEAD], { duration: 10, isTimed: true }, VIEW, BOX);

  const GAPS = [
    { from: 5, to: 7 },
    { from: 7, to: 10 },
  ];

  /** What is written on a paper of which the second half is not there, of what is not there or of something else. */
  function textsOf(signal: Partial<Scene["signal"]>, on = layout, about = /load|no /i): string[] {
    const texts: string[] = [];
    const pen = newPen({ fillText: (text: string) => texts.push(text) });
    const samples = new Int32Array(500);
    const seen = {
      ...{ rate: 100, duration: 10, isTimed: true, show: () => undefined },
      read: () => ({ parts: [{ start: 0, step: 1, low: samples, high: samples }], missing: GAPS }),
      readOverview: () => undefined,
      findFailure: () => undefined,
      ...signal,
    } as unknown as Scene["signal"];
    paint(pen, { layout: on, signal: seen, ink: inkOf(false), centres: new Map() });
    return texts.filter((text) => about.test(text));
  }

  const part = { start: 0, step: 1, low: new Int32Array(1000), high: new Int32Array(1000) };
  it.each([
    { what: "still to come", signal: {}, says: ["Loading …"] },
    { what: "still to come, and drawn coarsely", signal: { readOverview: () => part }, says: [] },
    { what: "not to be had", signal: { readOverview: () => part, findFailure: () => "Busy." }, says: ["Not loaded"] },
  ])("says of a stretch that is $what that it is no signal's end", ({ signal, says }) => {
    expect(textsOf(signal)).toEqual(says);
  });

  it("says when a line begins that is not the one above the axis, and a column that has another time than its place", () => {
    const timesOf = (on: typeof layout) => textsOf({}, on, /from/);
    const one = (time: number, seconds: number | null) =>
      layOutView([LEAD], { duration: 100, isTimed: true }, { ...VIEW, time, seconds }, BOX);
    expect(timesOf(one(5, null))).toEqual(["from 0:15.0", "from 0:25.0"]);
    expect(timesOf(one(5, 1))).toEqual(["from 0:06.000", "from 0:07.000"]);
    const untimed = layOutView([LEAD], { duration: 100, isTimed: false }, { ...VIEW, seconds: 50 }, BOX);
    expect(textsOf({}, untimed, /from|a line/)).toEqual(["from sample 50", "50 samples a line"]);
    const twelve = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
    const leads = twelve.map((name) => ({ ...LEAD, name, samples: { length: 100 } }));
    const short = layOutView(leads, { duration: 1, isTimed: true }, { ...VIEW, layout: "3x4r" }, BOX);
    // The line is 40 mm long, and has 1.6 s: a column has 400 ms.
    expect(timesOf(short)).toEqual(Array(3).fill("from 0:00.600"));
  });

  it("writes no time on the axis that goes over the edge of the paper", () => {
    const timesOf = (width: number) =>
      textsOf({}, layOutView([LEAD], { duration: 10, isTimed: true }, VIEW, { ...BOX, width }), /^0:/);
    expect(timesOf(1055).slice(-1)).toEqual(["0:10"]);
    expect(timesOf(1045).slice(-1)).toEqual(["0:09"]);
  });

  /** How far up and down the trace of each strip may go, and what is said beside the names of leads, of a wave of a height in mV. */
  function reachesOf(millivolts: number, spikes = 0) {
    const [reaches, texts, edged]: [number[][], string[], string[]] = [[], [], []];
    const pen = newPen({
      rect: (_x: number, y: number, width: number, height: number) => width > 100 && reaches.push([y, y + height]),
      fillText: (text: string) => texts.push(text),
      strokeText: (text: string) => edged.push(text),
    });
    const leads = ["II", "V5"].map((name) => ({ ...LEAD, name }));
    const two = layOutView(leads, { duration: 10, isTimed: true }, { ...VIEW, layout: "rows" }, BOX);
    const waves = (height: number) =>
      Int32Array.from(
        { length: 1000 },
        (_, i) => Math.round(height * 1000 * Math.sin(i / 9)) + (i % 50 === 0 ? spikes : 0),
      );
    const partsOf = (name: string) => {
      const low = waves(name === "II" ? millivolts : 1);
      return { parts: [{ start: 0, step: 1, low, high: low }], missing: [] };
    };
    const signal = {
      ...{ rate: 100, duration: 10, isTimed: true, show: () => undefined, findFailure: () => undefined },
      ...{ read: partsOf, readOverview: () => undefined },
    } as unknown as Scene["signal"];
    const scene = { layout: two, signal, ink: inkOf(false), centres: new Map() };
    paint(pen, scene);
    return { reaches, texts, edged, layout: two };
  }

  it("cuts a trace off at its line that goes farther than any heart's signal, and says so", () => {
    const { reaches, texts, layout } = reachesOf(300);
    const [{ y }, other] = layout.sheet.strips;
    const half = (other.y - y) / 2;
    const cut = [y - Math.min(1250, half), y + Math.min(1250, half)].map((at) => at * layout.unit);
    expect(reaches).toEqual([cut.map((at) => expect.closeTo(at, 6)), [0, layout.height]]);
    expect(texts.filter((text) => /cut off/.test(text))).toEqual(["out of range: cut off"]);
  });

  it.each([
    { what: "high waves", millivolts: 8, spikes: 0 },
    { what: "a pacemaker's spikes", millivolts: 1, spikes: 25_000 },
  ])("lets $what leave their line", ({ millivolts, spikes }) => {
    const { reaches, texts, layout } = reachesOf(millivolts, spikes);
    expect(reaches).toEqual([
      [0, layout.height],
      [0, layout.height],
    ]);
    expect(texts.filter((text) => /cut off/.test(text))).toEqual([]);
  });

  it("writes names of leads within an edge, so that they can be read over a trace", () => {
    expect(reachesOf(1).edged).toEqual(expect.arrayContaining(["II", "V5"]));
  });

  it.each([
    { more: [], says: [] },
    { more: ["vx", "vy", "vz"], says: ["without vx, vy, vz"] },
    { more: ["E1", "E2", "E3", "E4", "E5"], says: ["without 5 leads"] },
  ])("says which leads a layout of twelve has no place for: $more", ({ more, says }) => {
    const twelve = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
    const leads = [...twelve, ...more].map((name) => ({ ...LEAD, name }));
    const on = layOutView(leads, { duration: 10, isTimed: true }, { ...VIEW, layout: "3x4r" }, BOX);
    expect(textsOf({}, on, /without/)).toEqual(says);
  });

  it("says of a lead without a sample that it has none", () => {
    const empty = { ...LEAD, samples: { length: 0 } };
    const nothing = layOutView([empty], { duration: 0, isTimed: true }, VIEW, BOX);
    expect(textsOf({ read: () => ({ parts: [], missing: [] }) }, nothing)).toEqual(["No samples"]);
  });
});
