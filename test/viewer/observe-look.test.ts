import { afterEach, expect, it, vi } from "vitest";
import { observeLook } from "../../src/viewer/page/observe-look.ts";

afterEach(() => void vi.unstubAllGlobals());

it("what is drawn is drawn anew when its size, the screen's pixels or the page's colours are others, until it has gone", () => {
  const queries: { text: string; target: EventTarget }[] = [];
  const tell = (text: string) =>
    queries.filter((query) => query.text === text).map(({ target }) => target.dispatchEvent(new Event("change")));
  let resize = () => {};
  vi.stubGlobal("devicePixelRatio", 1);
  vi.stubGlobal("matchMedia", (text: string) => {
    const target = new EventTarget();
    queries.push({ text, target });
    return target;
  });
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(onResize: () => void) {
        resize = onResize;
      }
      observe = () => {};
      disconnect = () => {
        resize = () => {};
      };
    },
  );
  let drawn = 0;
  const end = observeLook({} as Element, () => drawn++);
  const drawnBy = (change: () => void) => {
    drawn = 0;
    change();
    return drawn;
  };
  const moveTo = (ratio: number) => {
    const text = `(resolution: ${devicePixelRatio}dppx)`;
    vi.stubGlobal("devicePixelRatio", ratio);
    tell(text);
  };
  const changes = [
    () => resize(),
    () => moveTo(2),
    () => moveTo(1.5),
    () => moveTo(1),
    () => tell("(prefers-color-scheme: dark)"),
  ];
  expect(changes.map(drawnBy)).toEqual([1, 1, 1, 1, 1]);
  end();
  expect(changes.map(drawnBy)).toEqual([0, 0, 0, 0, 0]);
});
