import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Annotation } from "../../src/recording/recording.ts";
import { AnnotationHands } from "../../src/viewer/annotations/annotation-hands.ts";
import { commandsOfAnnotations } from "../../src/viewer/annotations/annotation-keys.ts";
import { CODES, nameCode, TYPED_CODES } from "../../src/viewer/annotations/codes.ts";
import type { EcgAnnotations } from "../../src/viewer/annotations/ecg-annotations.ts";
import { Editor } from "../../src/viewer/annotations/editor.ts";
import { Edits, firstAt } from "../../src/viewer/annotations/edits.ts";
import { describeShortly, newAnnotationsPainter } from "../../src/viewer/annotations/paint-annotations.ts";
import { NEW_VIEW } from "../../src/viewer/page/address.ts";
import { inkOf } from "../../src/viewer/paper/ink.ts";
import { layOutView } from "../../src/viewer/paper/layout.ts";
import type { Scene } from "../../src/viewer/paper/paint.ts";
import { runs } from "../support/runs.ts";
import { newPen } from "./stub-pen.ts";

const BEATS: Annotation[] = [
  { time: 1, code: "N" },
  { time: 2, code: "V", text: "wide" },
  { time: 3, code: "N", lead: "II" },
];

function newEditor(items: readonly Annotation[] = BEATS): Editor {
  return new Editor({ annotator: "atr", etag: '"1"', items }, 250, 10);
}

describe("the steps of editing", () => {
  it("are undone and done again, each as it was, in the order of times", () => {
    const times = fc.integer({ min: 0, max: 50 });
    const step = fc.oneof(
      fc.record({ kind: fc.constant("add" as const), time: times }),
      fc.record({ kind: fc.constant("move" as const), time: times, at: fc.nat() }),
      fc.record({ kind: fc.constant("remove" as const), at: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const edits = new Edits(BEATS);
        const states = [edits.items];
        for (const one of steps) {
          const chosen = one.kind === "add" ? undefined : edits.items[one.at % edits.items.length];
          if (one.kind !== "add" && !chosen) continue;
          edits.change(chosen, one.kind === "remove" ? undefined : { code: "N", ...chosen, time: one.time });
          states.push(edits.items);
        }
        for (const state of states) {
          const sorted = state.map(({ time }) => time).toSorted((a, b) => a - b);
          expect(state.map(({ time }) => time)).toEqual(sorted);
        }
        const sortedAs = (items: readonly Annotation[]) =>
          items.toSorted((a, b) => a.time - b.time || JSON.stringify(a).localeCompare(JSON.stringify(b)));
        for (const state of states.slice(0, -1).reverse()) {
          edits.undo();
          expect(sortedAs(edits.items)).toEqual(sortedAs(state));
        }
        expect([edits.canUndo, edits.isChanged]).toEqual([false, false]);
        while (edits.canRedo) edits.redo();
        expect(sortedAs(edits.items)).toEqual(sortedAs(states.at(-1) ?? []));
      }),
      { numRuns: runs(200) },
    );
  });

  it("are one where an annotation is moved on and on, but for what was saved in between", () => {
    const editor = newEditor();
    editor.selectNext(1.5, 1);
    editor.setCode("N");
    editor.setCode("V");
    editor.moveTo(2.1);
    editor.moveTo(2.2);
    editor.undo();
    expect(editor.state.value.items).toEqual(BEATS);
    editor.undo();
    expect(editor.state.value.items[1].code).toBe("N");
    editor.redo();
    editor.redo();
    expect(editor.state.value.selected).toEqual({ time: 2.2, code: "V", text: "wide" });
    editor.noteSaved("atr", '"2"', editor.step);
    expect(editor.state.value.isChanged).toBe(false);
    editor.moveTo(2.4);
    editor.undo();
    expect([editor.state.value.selected?.time, editor.state.value.isChanged]).toEqual([2.2, false]);
  });
});

describe("the editor", () => {
  it("keeps an annotation as it is when somebody looks at another place, and types the code of that", () => {
    const editor = newEditor([]);
    const annotations = {
      editor: { value: editor },
      reading: { scene: { value: { layout: { isTimed: true } } } },
      measuring: { anchor: () => ({ time: cursor }) },
    } as unknown as EcgAnnotations;
    let cursor = 1;
    const hands = new AnnotationHands(annotations);
    const type = (code: string) =>
      commandsOfAnnotations(annotations, () => undefined)
        .find(({ keys }) => keys.includes(code))
        ?.run(code);
    type("V");
    // The one that was added may be given another code.
    type("A");
    hands.look();
    cursor = 2;
    type("N");
    expect(editor.state.value.items).toEqual([
      { time: 1, code: "A" },
      { time: 2, code: "N" },
    ]);
  });

  it("adds at the nearest sample within the recording, and selects what it has made", () => {
    const editor = newEditor();
    editor.setCode("S");
    editor.add(1.5011);
    expect(editor.state.value.selected).toEqual({ time: 1.5, code: "S" });
    expect(editor.state.value.items.map(({ time }) => time)).toEqual([1, 1.5, 2, 3]);
    editor.moveTo(99);
    expect(editor.state.value.selected?.time).toBe(10);
    editor.moveTo(-1);
    expect(editor.state.value.items[0]).toEqual({ time: 0, code: "S" });
  });

  it("changes code and text, and keeps the rest", () => {
    const editor = newEditor();
    editor.selectNext(10, -1);
    editor.setCode("A");
    editor.setText("early");
    expect(editor.state.value.items[2]).toEqual({ time: 3, code: "A", lead: "II", text: "early" });
    editor.setText("");
    expect(editor.state.value.items[2]).toEqual({ time: 3, code: "A", lead: "II" });
    // A step that changes nothing is none.
    editor.setCode("A");
    editor.setText("");
    for (let i = 0; i < 3; i++) editor.undo();
    expect([editor.state.value.items, editor.state.value.canUndo]).toEqual([BEATS, false]);
  });

  it("goes from one annotation to the next, from a time on, and stays at the ends", () => {
    const editor = newEditor();
    const visit = (by: 1 | -1) => {
      editor.selectNext(1.5, by);
      return editor.state.value.selected?.time;
    };
    expect([visit(1), visit(1), visit(1), visit(-1)]).toEqual([2, 3, 3, 2]);
    editor.select(undefined);
    expect([visit(-1), visit(-1)]).toEqual([1, 1]);
  });
});

it.each([
  { time: 0, first: 0 },
  { time: 2, first: 1 },
  { time: 2.001, first: 2 },
  { time: 4, first: 3 },
])("finds the first annotation from $time s on", ({ time, first }) => {
  expect(firstAt(BEATS, time)).toBe(first);
});

it("types by capital letters and marks alone: small letters are keys of the page", () => {
  expect(TYPED_CODES).toEqual(
    ["N", "L", "R", "B", "A", "J", "S", "V", "F", "E", "/", "Q", "+", "~", "|", '"', "[", "!"].concat([
      "]",
      "(",
      ")",
      "^",
      "T",
      "*",
      "D",
      "=",
      "@",
    ]),
  );
  expect(new Set(CODES.map(({ code }) => code)).size).toBe(CODES.length);
  expect([nameCode("V"), nameCode("[42]"), nameCode(undefined)]).toEqual([
    "ventricular premature beat",
    "[42]",
    "note",
  ]);
});

it("writes an annotation in one line", () => {
  expect(describeShortly({ time: 0, code: "+", text: "(AFIB\n" })).toBe("+ (AFIB ");
  expect(describeShortly({ time: 0, text: "x".repeat(50) })).toBe(`${"x".repeat(40)}…`);
  expect(describeShortly({ time: 0 })).toBe("·");
});

it("an annotator's name stands in front of the line, where it covers no annotation, or at the edge of the paper", () => {
  const lead = { name: "II", gain: 1000, baseline: 0, samplingRate: 100, scale: undefined, samples: { length: 1000 } };
  const box = { width: 1040, height: 400, ratio: 1, millimetre: 4 };
  const layout = layOutView([lead], { duration: 10, isTimed: true }, NEW_VIEW, box);
  const left = layout.sheet.strips[0].x * layout.unit;
  const placeOf = (width: number) => {
    const places: unknown[] = [];
    const pen = newPen({ fillText: (text: string, x: number) => text === "atr" && places.push(x) }, width);
    const scene = { layout, ink: inkOf(false), centres: new Map() } as unknown as Scene;
    newAnnotationsPainter(() => [{ name: "atr", items: [{ time: 0.01, code: "N" }] }])(pen, scene);
    return places;
  };
  expect([placeOf(16), placeOf(200)]).toEqual([[left - 16 - 3], [2]]);
});
