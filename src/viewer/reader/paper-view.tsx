import { useLayoutEffect, useRef } from "hono/jsx/dom";
import { labelOf } from "../filters/filter-label.ts";
import { MeasureHands } from "../measure/measure-hands.ts";
import type { Measuring } from "../measure/measuring.ts";
import { useValue } from "../page/observable.ts";
import { observeLook } from "../page/observe-look.ts";
import { describeWindow } from "../paper/describe-window.ts";
import { inkOf } from "../paper/ink.ts";
import { Paper } from "../paper/paper.ts";
import { nameLead, pickLeads } from "../paper/paper-leads.ts";
import { followHands } from "./gestures.ts";
import { closeIn, pan, zoom } from "./moves.ts";
import type { Reading } from "./reading.ts";

/** The paper, which fills the room that it is given. */
export function PaperView({ reading, measuring }: { reading: Reading; measuring: Measuring }) {
  const room = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);

  useLayoutEffect(() => {
    if (!room.current || !base.current || !overlay.current) return;
    const { current: element } = room;
    const paper = new Paper(base.current, overlay.current);
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      if (width > 0 && height > 0) reading.resize({ width, height, ratio: devicePixelRatio });
    };
    const show = () => reading.scene.value && paper.show(reading.scene.value);
    /** The time at a place of the paper, on its first line. */
    const timeAt = (x: number) => {
      const layout = reading.scene.value?.layout;
      if (!layout) return 0;
      const [{ x: left }] = layout.sheet.strips;
      return layout.time + ((x * layout.ratio) / layout.unit - left) / (layout.speed * 100);
    };
    const perPixel = () => timeAt(1) - timeAt(0) || 0;
    const paintOver = () => paper.paintOver(reading.overlays.value);
    paintOver();
    const hands = new MeasureHands(measuring);
    // A print by night would be black.
    const onPrint = () => reading.scene.value && paper.showNow({ ...reading.scene.value, ink: inkOf(false) });
    addEventListener("beforeprint", onPrint);
    addEventListener("afterprint", show);
    const endings = [
      () => removeEventListener("beforeprint", onPrint),
      () => removeEventListener("afterprint", show),
      reading.overlays.subscribe(paintOver),
      reading.scene.subscribe(show),
      followHands(overlay.current, {
        onDrag: (pixels) => reading.move((view, frame) => pan(view, frame, -pixels * perPixel())),
        onZoom: (factor, x) => reading.move((view, frame) => zoom(view, frame, factor, timeAt(x))),
        onPick: (x, y) => reading.look(x, y),
        onGrasp: (x, y, isNew) => reading.grasp(x, y, isNew),
        onDoubleClick: (x) => reading.move((view, frame) => closeIn(view, frame, timeAt(x))),
      }),
      () => hands.close(),
      () => paper.close(),
      observeLook(element, measure),
    ];
    measure();
    return () => {
      for (const end of endings) end();
    };
  }, [reading]);

  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <div class="paper" ref={room} tabIndex={0}>
        <canvas ref={base} />
        <canvas ref={overlay} class="over" role="img" aria-label={useDescription(reading)} />
      </div>
      <p class="hidden" role="status">
        {useValue(reading.told)}
      </p>
    </>
  );
}

/** What the paper shows, for those who do not see it. */
function useDescription(reading: Reading): string {
  const scene = useValue(reading.scene);
  if (!scene) return "ECG";
  const { layout } = scene;
  const filters = labelOf(scene);
  const names = pickLeads(reading.ecg, reading.view.value)
    .map(({ name }) => name)
    .filter((name) => !layout.hidden.includes(name))
    .map(nameLead);
  return `ECG of ${names.join(", ")}: ${describeWindow(layout)}${filters && `. ${filters}`}`;
}
