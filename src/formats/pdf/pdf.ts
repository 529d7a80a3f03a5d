import type { Recording } from "../../recording/recording.ts";
import type { Scale, SheetLead, SheetOptions } from "../../sheet/drawn-leads.ts";
import { MM } from "../../sheet/lengths.ts";
import { layOutSheets, widthOfLines } from "../../sheet/sheet.ts";
import type { Polyline, Sheet } from "../../sheet/strips.ts";
import { count, describeSheets, type SheetTexts } from "../../sheet/texts.ts";
import { explainCut, traceSheet } from "../../sheet/trace.ts";
import { VERSION } from "../../version.ts";
import type { Format, WriteOptions } from "../format.ts";
import { PdfDocument, toPdfText } from "./document.ts";
import { PdfFont } from "./font.ts";

/**
 * The ECG on pages of A4 or Letter, landscape, exact to scale: 25 mm/s and 10 mm/mV if nothing else is asked for. Viewers
 * are told to print it as it is, and a ruler of 50 mm shows whether they did. `src/sheet` lays it out as for SVG, with the
 * next time on the next page.
 */
export const pdf = {
  id: "pdf",
  mediaTypes: ["application/pdf"],
  extensions: [".pdf"],
  detect: () => false,
  requireWritable: layOut,
  write,
  writtenBytesPerSample: 28,
  writesMeasured: true,
} satisfies Format;

/** The most pages of a file. */
const MAX_PAGES = 30;
/** Width and height of the paper. */
const PAPERS = { a4: { width: 297 * MM, height: 210 * MM }, letter: { width: 279.4 * MM, height: 215.9 * MM } };
/** The unit of all lengths, 0.01 mm, in PDF's points. */
const POINTS_PER_UNIT = 72 / 25.4 / MM;
/** The heights of the texts above and below the grid. */
const HEADER = 22 * MM;
const FOOTER = 13 * MM;
/** The length of the ruler. */
const RULER = 50 * MM;

/** The sizes of texts: of whose ECG it is, of the leads' names, and of all else. */
const SIZES = { subject: 420, label: 380, text: 300 };
/** Strokes of this width make a text bold. */
const BOLD = 12;

/** What is alike on all pages. */
type PageFrame = {
  paper: { width: number; height: number };
  left: number;
  /** The width between the margins. */
  width: number;
  scale: Scale;
  header: string;
};

/**
 * Draws a recording.
 *
 * @throws AppError `not-acceptable` for a lead without gain or rate or of another unit than mV, or more than MAX_PAGES pages
 */
function write(
  recording: Recording,
  options: Pick<WriteOptions, "layout" | "rhythm" | "order" | "speed" | "gain" | "paper" | "measured" | "timeZone">,
): Uint8Array<ArrayBuffer> {
  const paper = PAPERS[options.paper ?? "a4"];
  const drawn = layOut(recording.leads, options);
  const { sheets, scale } = drawn;
  const width = widthOfLines(scale.speed);
  const left = (paper.width - width) / 2;
  const document = new PdfDocument();
  const font = new PdfFont();
  const texts = describeSheets(recording, drawn, options.timeZone);
  const header = drawHeader(font, texts, { left, width }, options.measured ?? [], recording.note);
  const frame: PageFrame = { paper, left, width, scale, header };

  const pages = document.reserve();
  const fonts = document.reserve();
  const box = `[0 0 ${toPoints(paper.width)} ${toPoints(paper.height)}]`;
  const kids = sheets.map((sheet, i) => {
    const number = `page ${i + 1} of ${sheets.length}`;
    const content = document.addStream(new TextEncoder().encode(drawPage(font, sheet, frame, texts.remark, number)));
    return document.add(
      `<< /Type /Page /Parent ${pages} /MediaBox ${box} /Resources << /Font ${fonts} >> /Contents ${content} >>`,
    );
  });
  document.set(pages, `<< /Type /Pages /Kids [${kids.join(" ")}] /Count ${kids.length} >>`);
  document.set(fonts, `<< /F ${font.embed(document)} >>`);
  const root = document.add(
    `<< /Type /Catalog /Pages ${pages} /Lang (en) /ViewerPreferences << /PrintScaling /None /DisplayDocTitle true >> >>`,
  );
  const title = toPdfText(`ECG of ${count(drawn.leads.length, "lead")}`);
  return document.finish(root, document.add(`<< /Title ${title} /Producer ${toPdfText(`ECG API ${VERSION}`)} >>`));
}

function layOut<L extends SheetLead>(leads: readonly L[], options: SheetOptions & Pick<WriteOptions, "paper">) {
  const room = { height: PAPERS[options.paper ?? "a4"].height - HEADER - FOOTER, maxSheets: MAX_PAGES };
  return layOutSheets(leads, options, room);
}

/** A length in points, as it is written. */
function toPoints(length: number): string {
  return String(Math.round(length * POINTS_PER_UNIT * 1e6) / 1e6);
}

/** The operators of a page. Its units are 0.01 mm from the upper left corner, to the right and down. */
function drawPage(
  font: PdfFont,
  sheet: Sheet,
  { paper, left, width, scale, header }: PageFrame,
  remark: string,
  number: string,
): string {
  const unit = POINTS_PER_UNIT.toFixed(12);
  const footer = paper.height - FOOTER;
  const [upper, lower] = [footer + 4.5 * MM, footer + 8.5 * MM];
  const traced = traceSheet(sheet, scale);
  return [
    `${unit} 0 0 -${unit} 0 ${toPoints(paper.height)} cm`,
    `q 1 0 0 1 ${left} ${HEADER} cm`,
    drawGrid(sheet),
    "0 G 18 w",
    ...sheet.pulses.map(drawLine),
    ...sheet.separators.map(drawLine),
    // Behind the traces, of which nothing may be hidden.
    ...traced.map(({ label }) => drawText(font, label.x, label.y, label.text, { size: SIZES.label, isBold: true })),
    drawTraces(
      sheet,
      traced.flatMap(({ lines }) => lines),
    ),
    "Q",
    header,
    drawText(font, left, upper, explainCut(remark, traced), { maxWidth: width * 0.7 }),
    drawText(font, left + width, upper, number, { isAtEnd: true }),
    drawRuler(font, left, lower),
    drawText(font, left + width, lower, `ECG API ${VERSION}`, { isAtEnd: true }),
  ].join("\n");
}

/** The lines of 1 and 5 mm. */
function drawGrid({ width, height }: Sheet): string {
  const lines = (isThick: boolean) => {
    const at = (length: number) =>
      Array.from({ length: Math.floor(length / MM) + 1 }, (_, i) => i).filter((i) => (i % 5 === 0) === isThick);
    const down = at(width).map((x) => `${x * MM} 0 m ${x * MM} ${height} l`);
    const across = at(height).map((y) => `0 ${y * MM} m ${width} ${y * MM} l`);
    return [...down, ...across, "S"].join("\n");
  };
  return [
    `1 0.98 0.98 rg 0 0 ${width} ${height} re f`,
    `0.973 0.8 0.8 RG 10 w\n${lines(false)}`,
    `0.933 0.647 0.647 RG 18 w\n${lines(true)}`,
    `0.898 0.541 0.541 RG 22 w 0 0 ${width} ${height} re S`,
  ].join("\n");
}

/** The traces, which end at the edge of the grid. */
function drawTraces({ width, height }: Sheet, lines: readonly Polyline[]): string {
  return `q 0 0 ${width} ${height} re W n 28 w 1 J 1 j\n${lines.map(drawLine).join("\n")}\nQ`;
}

function drawLine(line: Polyline): string {
  let operators = `${line[0]} ${line[1]} m`;
  if (line.length === 2) operators += ` ${line[0]} ${line[1]} l`; // A dot.
  for (let i = 2; i < line.length; i += 2) operators += ` ${line[i]} ${line[i + 1]} l`;
  return `${operators} S`;
}

function drawHeader(
  font: PdfFont,
  { subject, about, scale, signals }: SheetTexts,
  { left, width }: { left: number; width: number },
  measured: readonly { label: string; value: string }[],
  note: string | null,
): string {
  const [first, second, third, fourth] = [7.5, 12, 16.2, 20.2].map((height) => height * MM);
  const values = measured.map(({ label, value }) => `${label} ${value}`).join(" · ");
  const half = { maxWidth: 0.62 * width };
  return [
    drawText(font, left, first, subject, { ...half, size: SIZES.subject, isBold: true }),
    drawText(font, left, second, about, half),
    drawText(font, left, third, values && `${values} (unconfirmed, measured by a program)`, { maxWidth: width }),
    drawText(font, left, fourth, note ?? "", { maxWidth: width }),
    drawText(font, left + width, first, `${scale} · filter none`, { isAtEnd: true }),
    drawText(font, left + width, second, signals, { isAtEnd: true }),
  ].join("\n");
}

/** A ruler with a tick every 10 mm, by which a print can be measured. */
function drawRuler(font: PdfFont, x: number, y: number): string {
  const ticks = Array.from({ length: RULER / (10 * MM) + 1 }, (_, i) => x + i * 10 * MM);
  return [
    "0 G 18 w",
    drawLine([x, y, x + RULER, y]),
    ...ticks.map((tick) => drawLine([tick, y - MM, tick, y + MM])),
    drawText(font, x + RULER + 2 * MM, y + MM, "50 mm: print at 100 %"),
  ].join("\n");
}

type TextStyle = { size?: number; isBold?: boolean; isAtEnd?: boolean; maxWidth?: number };

/** A text that begins, or ends, at a point of its baseline. */
function drawText(font: PdfFont, x: number, y: number, text: string, style: TextStyle = {}): string {
  const { size = SIZES.text, isBold = false, isAtEnd = false, maxWidth } = style;
  const { operators, width } = font.show(text, size, maxWidth);
  if (!operators) return "";
  const start = Math.round(isAtEnd ? x - width : x);
  const stroke = isBold ? `2 Tr ${BOLD} w ` : "";
  return `q 0 g 0 G BT /F ${size} Tf ${stroke}1 0 0 -1 ${start} ${Math.round(y)} Tm ${operators}ET Q`;
}
