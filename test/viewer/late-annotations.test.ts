import { expect, it } from "vitest";
import type { Measuring } from "../../src/viewer/measure/measuring.ts";
import { type StubBrowser, settle } from "./stub-browser.ts";
import { inBrowser, newReading } from "./stub-reading.ts";

let browser: StubBrowser;
inBrowser((own) => {
  browser = own;
});

const items = (...times: number[]) => ({ items: times.map((time) => ({ time, code: "N", annotator: "atr" })) });
const ETAGS = { 1: { ETag: '"1"' }, 2: { ETag: '"2"' }, 3: { ETag: '"3"' } };

async function newAnnotations() {
  const { reading, grow } = await newReading(20);
  const { Observable } = await import("../../src/viewer/page/observable.ts");
  const measuring = { held: new Observable(undefined), cursor: new Observable(undefined) } as unknown as Measuring;
  const { EcgAnnotations } = await import("../../src/viewer/annotations/ecg-annotations.ts");
  const annotations = new EcgAnnotations(reading, measuring);
  return { annotations, grow, times: () => annotations.editor.value?.state.value.items.map(({ time }) => time) };
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

it("annotations are added up to the end of what has been recorded while they are edited", async () => {
  const { annotations, grow, times } = await openAnnotations();
  await annotations.edit(null);
  annotations.editor.value?.add(30);
  grow(40);
  annotations.editor.value?.add(30);
  expect(times()).toEqual([20, 30]);
  annotations.close();
});

it("annotations that are edited are those that were asked for last", async () => {
  const opened = await openAnnotations();
  void opened.annotations.edit("atr");
  const slow = await browser.take("GET", /annotations\/atr/);
  await opened.annotations.edit(null);
  opened.annotations.editor.value?.add(5);
  await slow.answer(200, items(1), ETAGS[1]);
  expect(opened.times()).toEqual([5]);
  opened.annotations.close();
});

it("annotations that are changed while they are saved are not saved yet, and are saved after that", async () => {
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

it("annotations are read anew when they have been saved, also of an ECG that was left meanwhile", async () => {
  const first = await openAnnotations();
  (await edit(first, "mine", 1)).add(2);
  const saved = first.annotations.save("mine");
  const sent = await browser.take("PUT", "/ecg/7/annotations/mine");
  first.annotations.close();
  const again = await openAnnotations();
  again.annotations.stopEditing();
  void again.annotations.edit("mine");
  await settle();
  expect(browser.asked.filter(({ path }) => path.includes("mine"))).toEqual([]);
  await sent.answer(200, {}, ETAGS[2]);
  await saved;
  await (await browser.take("GET", "/ecg/7/annotations/mine?format=json")).answer(200, items(1, 2), ETAGS[2]);
  expect([again.times(), again.annotations.editor.value?.etag]).toEqual([[1, 2], '"2"']);
  again.annotations.close();
});

it("annotations that are not saved are asked about before the page is closed, also of an ECG that was left", async () => {
  const isAsked = () => {
    const event = new Event("beforeunload", { cancelable: true });
    browser.tell("beforeunload", event);
    return event.defaultPrevented;
  };
  const first = await openAnnotations();
  const editor = await edit(first, "mine", 1);
  expect(isAsked()).toBe(false);
  editor.add(2);
  expect(isAsked()).toBe(true);
  first.annotations.close();
  expect(isAsked()).toBe(true);
  const again = await openAnnotations();
  const saved = again.annotations.save("mine");
  await (await browser.take("PUT", "/ecg/7/annotations/mine")).answer(200, {}, ETAGS[2]);
  await (await browser.take("GET", "/ecg/7/annotators")).answer(200, { items: [] });
  await saved;
  again.annotations.close();
  expect(isAsked()).toBe(false);
});

it("annotations stay open where those of another annotator are erased", async () => {
  const opened = await openAnnotations();
  await edit(opened, "mine", 1);
  const erased = opened.annotations.erase();
  const erasure = await browser.take("DELETE", "/ecg/7/annotations/mine");
  opened.annotations.stopEditing();
  await opened.annotations.edit(null);
  opened.annotations.editor.value?.add(4);
  await erasure.answer(204);
  await (await browser.take("GET", "/ecg/7/annotators")).answer(200, { items: [{ annotator: "atr", count: 1 }] });
  await erased;
  expect(opened.times()).toEqual([4]);
  opened.annotations.close();
});

it("annotations are shown as they were saved, and not as they were asked for before", async () => {
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

it("annotations are listed and compared as they were asked for last", async () => {
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

it("annotations of those that are shown are gone through by their code or text", async () => {
  const opened = await openAnnotations();
  const { annotations } = opened;
  await settle();
  const { Finder } = await import("../../src/viewer/annotations/finder.ts");
  const finder = new Finder(annotations);
  const gone: number[] = [];
  const step = (wanted: string, by: 1 | -1) => finder.step(wanted, by, (time) => gone.push(time));
  const first = step("V", 1);
  const list = [
    { time: 2, code: "V" },
    { time: 3, code: "+", text: "(AFIB" },
    { time: 9, code: "V", text: "v" },
  ];
  await (await browser.take("GET", "/ecg/7/annotations/atr?format=json")).answer(200, { items: list });
  const mine = await browser.take("GET", "/ecg/7/annotations/mine?format=json");
  await mine.answer(200, { items: [{ time: 9, code: "V" }] });
  await first;
  expect([gone, finder.says.value]).toEqual([[2], "1 of 2"]);
  await step("V", 1);
  await step("V", 1);
  expect([gone, finder.says.value]).toEqual([[2, 9], "None of 2 is further on."]);
  await step("afib", -1);
  expect([gone, finder.says.value]).toEqual([[2, 9, 3], "1 of 1"]);
  await step("x", 1);
  expect([gone.length, finder.says.value]).toEqual([3, "None of the annotations that are shown has it."]);
  annotations.show("atr", false);
  await edit(opened, "mine", 5);
  await step("N", 1);
  expect([gone, finder.says.value]).toEqual([[2, 9, 3, 5], "1 of 1"]);
  annotations.close();
});

it("annotations that cannot be had are said to be so by what looks for them", async () => {
  const { annotations } = await openAnnotations();
  await settle();
  const { Finder } = await import("../../src/viewer/annotations/finder.ts");
  const finder = new Finder(annotations);
  annotations.show("mine", false);
  const step = finder.step("V", 1, () => undefined);
  await (await browser.take("GET", "/ecg/7/annotations/atr?format=json")).answer(503);
  await step;
  expect(finder.says.value).toBe("The service answered 503.");
  annotations.close();
});
