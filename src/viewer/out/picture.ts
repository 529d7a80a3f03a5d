import type { EcgSummary } from "../api.ts";
import { labelOf } from "../filters/filter-label.ts";
import { writeDate, writeGains, writeNumber } from "../page/words.ts";
import { describeWindow } from "../paper/describe-window.ts";
import { FONT, paint, type Scene } from "../paper/paint.ts";
import type { OverlayPainter } from "../paper/paper.ts";

/** The height of the lines above and below the paper, in CSS pixels, and their margin. */
const LINE = 30;
const MARGIN = 10;

/** Whose ECG it is, and of when. The date of its receipt is none of the ECG: nothing that goes out has it. */
export function headOf({ subject, date, date_source: source }: EcgSummary): string {
  // Isolated: behind a name that is written from right to left the numbers of the date would be, too.
  return `\u2068${subject ?? "ECG"}\u2069 · ${source === "recorded" ? writeDate(date) : "date not known"}`;
}

/** What a picture of the paper says above it and below it. */
export function captionOf(ecg: EcgSummary, scene: Scene): { head: string; foot: string } {
  const { speed, gains, isTimed } = scene.layout;
  const scale = [
    isTimed && speed >= 1 ? `${writeNumber(Number(speed.toPrecision(3)))} mm/s` : "",
    writeGains(gains),
    labelOf(scene) || "Filters: none",
  ];
  return {
    head: headOf(ecg),
    foot: [describeWindow(scene.layout), ...scale.filter(Boolean), "no diagnosis"].join(" · "),
  };
}

/** A picture of the paper as it is seen, with what it is of, its scale and its filters. */
export async function takePicture(ecg: EcgSummary, scene: Scene, overlays: readonly OverlayPainter[]): Promise<Blob> {
  const { width, height, ratio } = scene.layout;
  const [base, over, whole] = [height, height, height + 2 * LINE * ratio].map((high) => {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = Math.round(high);
    const g = canvas.getContext("2d");
    if (!g) throw new Error("This browser draws no pictures.");
    return g;
  });
  paint(base, scene);
  for (const painter of overlays) painter(over, scene);
  whole.fillStyle = scene.ink.paper;
  whole.fillRect(0, 0, width, whole.canvas.height);
  whole.drawImage(base.canvas, 0, LINE * ratio);
  whole.drawImage(over.canvas, 0, LINE * ratio);
  const { head, foot } = captionOf(ecg, scene);
  whole.fillStyle = scene.ink.label;
  whole.font = `600 ${14 * ratio}px ${FONT}`;
  whole.fillText(head, MARGIN * ratio, 20 * ratio);
  whole.font = `${12 * ratio}px ${FONT}`;
  whole.fillText(foot, MARGIN * ratio, whole.canvas.height - MARGIN * ratio);
  return new Promise((resolve, reject) =>
    whole.canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large."))), "image/png"),
  );
}
