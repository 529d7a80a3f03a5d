import { MM } from "../../sheet/lengths.ts";
import { paint, type Scene } from "./paint.ts";

/** Paints something over the paper: a cursor, calipers, beats. */
export type OverlayPainter = (g: CanvasRenderingContext2D, scene: Scene) => void;

/** The two canvases of a paper: the lower one has the ECG, the upper one what moves over it. Each is painted once a frame. */
export class Paper {
  private scene: Scene | undefined;
  private painters: readonly OverlayPainter[] = [];
  private frame: number | undefined;
  private isStale = false;
  private readonly base: HTMLCanvasElement;
  private readonly overlay: HTMLCanvasElement;

  constructor(base: HTMLCanvasElement, overlay: HTMLCanvasElement) {
    this.base = base;
    this.overlay = overlay;
  }

  /** Shows a scene from the next frame on. */
  show(scene: Scene): void {
    this.scene = scene;
    this.isStale = true;
    this.request();
  }

  /** Has these paint over the paper, from the next frame on. */
  paintOver(painters: readonly OverlayPainter[]): void {
    this.painters = painters;
    this.request();
  }

  /** What is shown now. */
  get shown(): Scene | undefined {
    return this.scene;
  }

  /** Shows a scene at once, as for a print, until it is shown another one. */
  showNow(scene: Scene): void {
    this.show(scene);
    // A canvas that is cleared is no longer seen through where Chromium prints it: it is made anew instead.
    this.overlay.width = 0;
    this.paint();
  }

  close(): void {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
  }

  private request(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.paint();
    });
  }

  private paint(): void {
    if (!this.scene) return;
    const { width, height, ratio, unit } = this.scene.layout;
    const isNew = this.overlay.width !== width || this.overlay.height !== height;
    for (const canvas of [this.base, this.overlay]) {
      // For prints, which have millimetres.
      canvas.style.setProperty("--true-width", `${width / (unit * MM)}mm`);
      if (canvas.width === width && canvas.height === height) continue;
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = `${width / ratio}px`;
      canvas.style.height = `${height / ratio}px`;
      canvas.style.setProperty("--aspect", String(width / height));
      this.isStale = true;
    }
    const [base, over] = [this.base.getContext("2d", { alpha: false }), this.overlay.getContext("2d")];
    if (base && this.isStale) paint(base, this.scene);
    this.isStale = false;
    if (!over) return;
    if (!isNew) over.clearRect(0, 0, width, height);
    for (const painter of this.painters) painter(over, this.scene);
  }
}
