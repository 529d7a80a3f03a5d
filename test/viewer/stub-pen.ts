import { onTestFinished, vi } from "vitest";

/** A pen of a canvas that there is none of: it does what is said of it, and nothing else. Texts are `width` pixels wide. */
export function newPen(does: Record<string, unknown> = {}, width = 10): CanvasRenderingContext2D {
  vi.stubGlobal(
    "OffscreenCanvas",
    class {
      getContext = () => null;
    },
  );
  onTestFinished(() => void vi.unstubAllGlobals());
  const all: Record<string, unknown> = { measureText: () => ({ width }), ...does };
  return new Proxy({} as CanvasRenderingContext2D, {
    get: (_, name) => all[String(name)] ?? (() => ({})),
    set: () => true,
  });
}
