import type { Recording } from "../recording/recording.ts";
import type { SheetLead, SheetOptions } from "../sheet/drawn-leads.ts";
import { MM } from "../sheet/lengths.ts";
import { layOutSheet } from "../sheet/sheet.ts";
import type { Polyline } from "../sheet/strips.ts";
import { count, describeSheets } from "../sheet/texts.ts";
import { explainCut, traceSheet } from "../sheet/trace.ts";
import type { Format, WriteOptions } from "./format.ts";

/**
 * The ECG on paper, to scale: 25 mm/s and 10 mm/mV if nothing else is asked for, a grid of 1 and 5 mm, and a pulse of 1 mV
 * for 200 ms in front of each line. Each lead is centred on the median of what is drawn of it. `src/sheet` lays it out.
 *
 * The layouts of the twelve leads draw the first 250 mm of paper, and `rows` up to 60 s.
 */
export const svg = {
  id: "svg",
  mediaTypes: ["image/svg+xml"],
  extensions: [".svg"],
  detect: () => false,
  requireWritable: layOut,
  write,
} satisfies Format;

/** The longest recording that `rows` draws. */
const MAX_ROWS_SECONDS = 60;
/** The white edge to the left and right of the grid. */
const MARGIN = 10 * MM;
/** The height of the text above the grid. */
const HEADER = 17 * MM;
/** The height of the text below the grid. */
const FOOTER = 8 * MM;
/** The colour of the paper. */
const PAPER = "#fffafa";

/**
 * Draws a recording.
 *
 * @throws AppError `not-acceptable` for a lead without gain or rate or of another unit than mV, or more than 60 s in rows
 */
function write(
  recording: Recording,
  options: Pick<WriteOptions, "layout" | "rhythm" | "order" | "speed" | "gain" | "timeZone">,
): Uint8Array<ArrayBuffer> {
  const drawn = layOut(recording.leads, options);
  const { leads, scale, sheet } = drawn;
  const width = sheet.width + 2 * MARGIN;
  const height = HEADER + sheet.height + FOOTER;
  const frame = [...sheet.pulses, ...sheet.separators].map(drawFrame).join("");
  const traced = traceSheet(sheet, scale);
  const traces = traced.map(({ lines }) => `<path d="${lines.map(drawTrace).join("")}"/>`);
  const labels = traced.map(({ label }) => drawText(MARGIN + label.x, HEADER + label.y, label.text));
  const texts = describeSheets(recording, drawn, options.timeZone);

  // All style is in attributes: a page's Content-Security-Policy may forbid style sheets.
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width / MM}mm" height="${height / MM}mm" viewBox="0 0 ${width} ${height}">`,
    `<title>ECG of ${count(leads.length, "lead")}</title>`,
    `<defs>${drawTile()}<clipPath id="grid"><path d="M${MARGIN} ${HEADER}h${sheet.width}v${sheet.height}h-${sheet.width}z"/></clipPath></defs>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<rect x="${MARGIN}" y="${HEADER}" width="${sheet.width}" height="${sheet.height}" fill="url(#tile)" stroke="#e58a8a" stroke-width="22"/>`,
    `<path d="${frame}" fill="none" stroke="#000" stroke-width="18"/>`,
    '<g font-family="Helvetica,Arial,sans-serif" font-size="320">',
    ...drawHeader(texts, width),
    drawText(MARGIN, height - 3 * MM, cut(explainCut(texts.remark, traced), 160), 'font-size="280"'),
    // Behind the traces, of which nothing may be hidden.
    '<g font-size="380" font-weight="bold">',
    ...labels,
    "</g>",
    "</g>",
    '<g clip-path="url(#grid)" fill="none" stroke="#000" stroke-width="28" stroke-linejoin="round" stroke-linecap="round">',
    ...traces,
    "</g>",
    "</svg>\n",
  ];
  return new TextEncoder().encode(parts.join("\n")) as Uint8Array<ArrayBuffer>;
}

function layOut<L extends SheetLead>(leads: readonly L[], options: SheetOptions) {
  return layOutSheet(leads, options, MAX_ROWS_SECONDS);
}

/** The pattern of the grid: a tile of 5 by 5 mm with its lines in the middle, where no edge cuts them. */
function drawTile(): string {
  const tile = 5 * MM;
  const thin = [0.5, 1.5, 3.5, 4.5].map((at) => `M${at * MM} 0v${tile}M0 ${at * MM}h${tile}`).join("");
  const thick = `M${tile / 2} 0v${tile}M0 ${tile / 2}h${tile}`;
  return (
    `<pattern id="tile" x="${MARGIN - tile / 2}" y="${HEADER - tile / 2}" width="${tile}" height="${tile}" patternUnits="userSpaceOnUse">` +
    `<rect width="${tile}" height="${tile}" fill="${PAPER}"/>` +
    `<path d="${thin}" stroke="#f8cccc" stroke-width="10"/><path d="${thick}" stroke="#eea5a5" stroke-width="18"/></pattern>`
  );
}

/** The data of a path of horizontal and vertical lines. */
function drawFrame(line: Polyline): string {
  let data = `M${MARGIN + line[0]} ${HEADER + line[1]}`;
  for (let i = 2; i < line.length; i += 2) {
    const [dx, dy] = [line[i] - line[i - 2], line[i + 1] - line[i - 1]];
    data += dy === 0 ? `h${dx}` : `v${dy}`;
  }
  return data;
}

/** The data of a path: whole numbers, relative to the last point. */
function drawTrace(line: Polyline): string {
  let data = `M${MARGIN + line[0]} ${HEADER + line[1]}`;
  if (line.length === 2) return `${data}h0`; // A dot.
  for (let i = 2; i < line.length; i += 2) {
    const [dx, dy] = [line[i] - line[i - 2], line[i + 1] - line[i - 1]];
    const separator = i === 2 ? "l" : dx < 0 ? "" : " ";
    data += `${separator}${dx}${dy < 0 ? "" : " "}${dy}`;
  }
  return data;
}

function drawHeader({ subject, about, scale, signals }: ReturnType<typeof describeSheets>, width: number): string[] {
  const [upper, lower] = [8 * MM, 13.5 * MM];
  return [
    drawText(MARGIN, upper, cut(subject, 60), 'font-size="420" font-weight="bold"'),
    ...(about ? [drawText(MARGIN, lower, cut(about, 100))] : []),
    drawText(width - MARGIN, upper, scale, 'text-anchor="end"'),
    drawText(width - MARGIN, lower, signals, 'text-anchor="end"'),
  ];
}

function cut(words: string, length: number): string {
  return words.length > length ? `${words.slice(0, length)}…` : words;
}

function drawText(x: number, y: number, words: string, attributes = ""): string {
  return `<text x="${x}" y="${y}"${attributes && ` ${attributes}`}>${toXmlText(words)}</text>`;
}

/** Escapes a text for XML, and leaves out what is no character of XML: names may be anything. */
function toXmlText(words: string): string {
  return words
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
