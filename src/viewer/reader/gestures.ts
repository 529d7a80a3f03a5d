/** Follows the pointer with what it has taken hold of. `isFree` is with Alt: nothing is snapped to. */
export type Grasp = (x: number, y: number, isFree: boolean) => void;

/** What a press or a click may be meant for: something over the paper. Places are CSS pixels of the canvas. */
export type Hand = {
  /** Takes hold of something at a place, or of something new. */
  grasp: (x: number, y: number, isNew: boolean) => Grasp | undefined;
  /** Looks at a place. */
  look?: (x: number, y: number) => void;
};

/** What a hand does on the paper. Places are CSS pixels from the canvas' left edge. */
type Hands = {
  /** The paper follows by so many pixels. */
  onDrag: (pixels: number) => void;
  /** So many times as much is seen, about a place. */
  onZoom: (factor: number, x: number) => void;
  /** A click or tap that was no drag. */
  onPick: (x: number, y: number) => void;
  onDoubleClick: (x: number) => void;
  /** What a press takes hold of instead of the paper, if anything: of something new with Shift, or when it is long. */
  onGrasp: (x: number, y: number, isNew: boolean) => Grasp | undefined;
};

/** A pointer that has moved less, in pixels, has not moved. */
const DRAG_PIXELS = 4;
/** How long a press is that begins something new, in ms. */
const LONG_PRESS_MS = 500;
/** Of a wheel whose steps are lines, a line in pixels. */
const LINE_PIXELS = 16;
/** How much a pixel of the wheel zooms. */
const ZOOM_PER_PIXEL = 0.0025;

/** Follows pointers and the wheel on a canvas: one pointer drags, two pinch. @returns what ends it */
export function followHands(canvas: HTMLElement, hands: Hands): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  let isMoved = false;
  let travelled = 0;
  let grasp: Grasp | undefined;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const place = ({ clientX, clientY }: MouseEvent) => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const spread = () => {
    const [a, b] = pointers.values();
    return { middle: (a.x + b.x) / 2, distance: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
  };
  const hold = (x: number, y: number) => {
    if (isMoved || pointers.size !== 1) return;
    grasp = hands.onGrasp(x, y, true);
    isMoved = true;
  };
  const onDown = (event: PointerEvent) => {
    // The right button is for the browser's menu.
    if (event.button !== 0 || grasp) return;
    canvas.setPointerCapture(event.pointerId);
    clearTimeout(waiting);
    const { x, y } = place(event);
    if (pointers.size === 0) {
      [isMoved, travelled] = [false, 0];
      grasp = hands.onGrasp(x, y, event.shiftKey);
      if (!grasp && event.pointerType === "touch") waiting = setTimeout(() => hold(x, y), LONG_PRESS_MS);
    }
    if (pointers.size < 2) pointers.set(event.pointerId, { x, y });
    if (pointers.size === 2 || grasp) isMoved = true;
  };
  const onMove = (event: PointerEvent) => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const now = place(event);
    if (grasp) {
      grasp(now.x, now.y, event.altKey);
      return;
    }
    if (pointers.size === 1) {
      travelled += Math.abs(now.x - last.x);
      isMoved ||= travelled >= DRAG_PIXELS;
      pointers.set(event.pointerId, now);
      if (isMoved) hands.onDrag(now.x - last.x);
      return;
    }
    const before = spread();
    pointers.set(event.pointerId, now);
    const after = spread();
    hands.onDrag(after.middle - before.middle);
    hands.onZoom(before.distance / after.distance, after.middle);
  };
  const onUp = (event: PointerEvent) => {
    clearTimeout(waiting);
    const isKnown = pointers.delete(event.pointerId);
    if (pointers.size === 0) grasp = undefined;
    if (!isKnown || isMoved || event.type === "pointercancel") return;
    const { x, y } = place(event);
    hands.onPick(x, y);
  };
  const onWheel = (event: WheelEvent) => {
    const scale = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE_PIXELS;
    const isZoom = event.ctrlKey || event.metaKey;
    // Paper that is higher than the window is scrolled by the browser.
    const isHigh = (canvas.parentElement?.scrollHeight ?? 0) > (canvas.parentElement?.clientHeight ?? 0) + 1;
    if (isHigh && !isZoom && !event.shiftKey && Math.abs(event.deltaY) > Math.abs(event.deltaX)) return;
    event.preventDefault();
    const delta = Math.abs(event.deltaY) > Math.abs(event.deltaX) ? event.deltaY : event.deltaX;
    if (isZoom) hands.onZoom(Math.exp(event.deltaY * scale * ZOOM_PER_PIXEL), place(event).x);
    else hands.onDrag(-delta * scale);
  };
  const onDouble = (event: MouseEvent) => hands.onDoubleClick(place(event).x);

  canvas.addEventListener("pointerdown", onDown);
  canvas.addEventListener("pointermove", onMove);
  canvas.addEventListener("pointerup", onUp);
  canvas.addEventListener("pointercancel", onUp);
  canvas.addEventListener("wheel", onWheel, { passive: false });
  canvas.addEventListener("dblclick", onDouble);
  return () => {
    clearTimeout(waiting);
    canvas.removeEventListener("pointerdown", onDown);
    canvas.removeEventListener("pointermove", onMove);
    canvas.removeEventListener("pointerup", onUp);
    canvas.removeEventListener("pointercancel", onUp);
    canvas.removeEventListener("wheel", onWheel);
    canvas.removeEventListener("dblclick", onDouble);
  };
}
