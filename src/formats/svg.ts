import { standardLead } from "../recording/lead-names.ts";
import { toLocalTime } from "../recording/local-time.ts";
import { commonSamplingRate, type Lead, MISSING, type Recording } from "../recording/recording.ts";
import { toSampleRange } from "../recording/window.ts";
import { type Format, newNotAcceptable, type WriteOptions } from "./format.ts";

/**
 * The ECG on paper, to scale: 25 mm/s, 10 mm/mV, a grid of 1 and 5 mm, and a pulse of 1 mV for 200 ms in front of each
 * line. Each lead is centred on the median of what is drawn of it.
 *
 * The layout `3x4` draws the first 10 s of the twelve standard leads, 2.5 s each in three lines and four columns, and
 * below them lead II for all 10 s. The layout `rows`, which also stands in where a standard lead lacks, gives each lead
 * lines of its own of 10 s, up to 60 s.
 */
export const svg = {
  id: "svg",
  mediaTypes: ["image/svg+xml"],
  extensions: [".svg"],
  detect: () => false,
  write,
} satisfies Format;

/** A millimetre in the unit of all lengths on the sheet, 0.01 mm. */
const MM = 100;
/** The width of a second: 25 mm/s is the usual speed of paper. */
const SECOND = 25 * MM;
/** The height of a millivolt: 10 mm/mV is the usual gain of paper. */
const MILLIVOLT = 10 * MM;

/** The duration of a line. */
const LINE_SECONDS = 10;
/** Leads beside each other in a line of `3x4`. */
const COLUMNS = 4;
const COLUMN_SECONDS = LINE_SECONDS / COLUMNS;
/** The longest recording that `rows` draws. */
const MAX_ROWS_SECONDS = 60;
/** A line may be this much longer than 10 s, so that one last sample does not start a new line. */
const TOLERANCE_SECONDS = 0.1;
/** The twelve leads of `3x4`, line by line. */
const GRID_OF_LEADS = ["I", "aVR", "V1", "V4", "II", "aVL", "V2", "V5", "III", "aVF", "V3", "V6"] as const;
/** The lead of the rhythm strip. */
const RHYTHM_LEAD = "II";

/** The white edge to the left and right of the grid. */
const MARGIN = 10 * MM;
/** The height of the text above the grid. */
const HEADER = 17 * MM;
/** The height of the text below the grid. */
const FOOTER = 8 * MM;
/** The width of the room in front of each line, which has the calibration pulse in its middle. */
const PULSE_ROOM = 10 * MM;
/** A narrower grid would not leave room for the header. */
const MIN_GRID_WIDTH = 150 * MM;
/** The distance from a line to the next, by layout. */
const LINE_HEIGHT = { "3x4": 40 * MM, rows: 25 * MM };
/** The height of the baseline below the upper edge of its line: it lies on a thick line of the grid. */
const BASELINE = { "3x4": 20 * MM, rows: 15 * MM };
/** The height of a lead's name above the baseline. */
const LABEL_HEIGHT = { "3x4": 14 * MM, rows: 8 * MM };
/** The colour of the paper. */
const PAPER = "#fffafa";

/**
 * The most samples within POINTS_SECONDS (0.05 mm) that are all drawn. Of more only the first, lowest, highest and last
 * are.
 */
const MAX_POINTS = 4;
/** The time that is drawn within 0.05 mm. */
const POINTS_SECONDS = (0.05 * MM) / SECOND;
/** The longest name of a lead that is drawn, in characters. */
const MAX_LABEL = 40;
/** Traces end this far from their line. It is beyond any sheet, and keeps the numbers short. */
const FARTHEST = 10_000 * MM;

type Layout = WriteOptions["layout"];
type DrawnLead = Lead & { gain: number; samplingRate: number };
/** A part of a lead, `from` to `to` in seconds, drawn on a line that it begins `seconds` after the line's start. */
type Strip = { lead: DrawnLead; from: number; to: number; line: number; seconds: number };

/**
 * Draws a recording.
 *
 * @throws AppError `not-acceptable` for a lead without gain or rate, or more than 60 s in rows
 */
function write(recording: Recording, options: Pick<WriteOptions, "layout" | "timeZone">): Uint8Array<ArrayBuffer> {
  const twelve = options.layout === "3x4" ? findTwelve(recording.leads) : undefined;
  const layout: Layout = twelve ? "3x4" : "rows";
  const leads = (twelve ?? recording.leads).map(requireScale);
  const duration = Math.max(...leads.map(secondsOf));
  const strips = twelve ? layOut3x4(leads) : layOutRows(leads, duration);

  const lines = Math.max(...strips.map(({ line }) => line)) + 1;
  const ends = strips.map(({ lead, from, to }) => Math.min(to, secondsOf(lead)) - from);
  const seconds = twelve ? LINE_SECONDS : Math.max(...ends);
  const gridWidth = Math.max(MIN_GRID_WIDTH, toWholeSquares(PULSE_ROOM + seconds * SECOND));
  const gridHeight = lines * LINE_HEIGHT[layout];
  const width = gridWidth + 2 * MARGIN;
  const height = HEADER + gridHeight + FOOTER;

  const toX = ({ seconds }: Strip) => MARGIN + PULSE_ROOM + seconds * SECOND;
  const toY = ({ line }: { line: number }) => HEADER + line * LINE_HEIGHT[layout] + BASELINE[layout];
  const pulses = Array.from({ length: lines }, (_, line) => drawPulse(MARGIN, toY({ line })));
  const separators = strips.filter(({ seconds }) => seconds > 0).map((strip) => drawSeparator(toX(strip), toY(strip)));
  const traces = strips.map((strip) => `<path d="${drawStrip(strip, toX(strip), toY(strip))}"/>`);
  const labels = strips.map((strip) => drawText(toX(strip) + MM, toY(strip) - LABEL_HEIGHT[layout], labelOf(strip)));
  const isCut = layout === "3x4" && duration > LINE_SECONDS;
  const footer = `Each lead is centred on its median.${isCut ? ` The first ${LINE_SECONDS} s of ${toShort(duration)} s.` : ""}`;

  // All style is in attributes: a page's Content-Security-Policy may forbid style sheets.
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width / MM}mm" height="${height / MM}mm" viewBox="0 0 ${width} ${height}">`,
    `<title>ECG of ${count(leads.length, "lead")}</title>`,
    `<defs>${drawTile()}<clipPath id="grid"><path d="M${MARGIN} ${HEADER}h${gridWidth}v${gridHeight}h-${gridWidth}z"/></clipPath></defs>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<rect x="${MARGIN}" y="${HEADER}" width="${gridWidth}" height="${gridHeight}" fill="url(#tile)" stroke="#e58a8a" stroke-width="22"/>`,
    `<path d="${pulses.join("")}${separators.join("")}" fill="none" stroke="#000" stroke-width="18"/>`,
    '<g font-family="Helvetica,Arial,sans-serif" font-size="320">',
    ...drawHeader(recording, leads, duration, width, options.timeZone),
    drawText(MARGIN, height - 3 * MM, footer, 'font-size="280"'),
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

/** The twelve standard leads in the order of GRID_OF_LEADS; undefined if one of them lacks. */
function findTwelve(leads: readonly Lead[]): Lead[] | undefined {
  const found = GRID_OF_LEADS.map((name) => leads.find((lead) => standardLead(lead.name) === name));
  return found.every((lead) => lead !== undefined) ? found : undefined;
}

function requireScale(lead: Lead): DrawnLead {
  const { name, gain, samplingRate } = lead;
  if (gain === null)
    throw newNotAcceptable(`Lead ${name} has no gain: without millivolts it cannot be drawn to scale.`);
  if (samplingRate === null) throw newNotAcceptable(`Lead ${name} has no sampling rate: it cannot be drawn to scale.`);
  return { ...lead, gain, samplingRate };
}

function secondsOf({ samples, samplingRate }: DrawnLead): number {
  return samples.length / samplingRate;
}

/**
 * Lays out 2.5 s of each lead in three lines, and the rhythm strip below.
 *
 * @param leads the twelve in the order of GRID_OF_LEADS
 */
function layOut3x4(leads: readonly DrawnLead[]): Strip[] {
  const strips = leads.map((lead, i): Strip => {
    const from = (i % COLUMNS) * COLUMN_SECONDS;
    return { lead, from, to: from + COLUMN_SECONDS, line: Math.floor(i / COLUMNS), seconds: from };
  });
  const rhythm = leads[GRID_OF_LEADS.indexOf(RHYTHM_LEAD)];
  return [...strips, { lead: rhythm, from: 0, to: LINE_SECONDS, line: leads.length / COLUMNS, seconds: 0 }];
}

/** Lays out lines of 10 s: first a line of each lead, then the next line of each. */
function layOutRows(leads: readonly DrawnLead[], duration: number): Strip[] {
  if (duration > MAX_ROWS_SECONDS + TOLERANCE_SECONDS) {
    const detail = `Up to ${MAX_ROWS_SECONDS} s are drawn: ask for a part of these ${Math.round(duration)} s by start and end.`;
    throw newNotAcceptable(detail);
  }
  const linesPerLead = Math.max(1, Math.ceil((duration - TOLERANCE_SECONDS) / LINE_SECONDS));
  return Array.from({ length: linesPerLead }, (_, line) =>
    leads.map((lead, i) => {
      const to = line === linesPerLead - 1 ? Number.POSITIVE_INFINITY : (line + 1) * LINE_SECONDS;
      return { lead, from: line * LINE_SECONDS, to, line: line * leads.length + i, seconds: 0 };
    }),
  ).flat();
}

/** Rounds a length up to whole squares of 5 mm. */
function toWholeSquares(length: number): number {
  return Math.ceil(length / (5 * MM)) * 5 * MM;
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

/** The calibration pulse: 1 mV for 200 ms. */
function drawPulse(x: number, y: number): string {
  const [flat, wide] = [2.5 * MM, 0.2 * SECOND];
  return `M${x} ${y}h${flat}v-${MILLIVOLT}h${wide}v${MILLIVOLT}h${flat}`;
}

function labelOf({ lead, from, seconds }: Strip): string {
  const name = cut(standardLead(lead.name) ?? lead.name, MAX_LABEL);
  return from > seconds ? `${name} · ${from} s` : name;
}

/** The mark where one lead ends and the next begins: a tick above and one below the line. */
function drawSeparator(x: number, y: number): string {
  return `M${x} ${y - 5 * MM}v${2 * MM}M${x} ${y + 3 * MM}v${2 * MM}`;
}

/** The path of a part of a lead. Missing samples interrupt it. */
function drawStrip({ lead, from, to }: Strip, x: number, y: number): string {
  const { samples, samplingRate, gain } = lead;
  const range = toSampleRange(from, to, samplingRate, samples.length);
  const median = medianOf(samples.subarray(range.from, range.to));
  const path = new Path();
  for (const i of choosePoints(samples, range.from, range.to, samplingRate * POINTS_SECONDS)) {
    if (samples[i] === MISSING) path.interrupt();
    else {
      const height = ((samples[i] - median) / gain) * MILLIVOLT;
      const bounded = Math.max(-FARTHEST, Math.min(FARTHEST, height));
      path.lineTo(Math.round(x + (i / samplingRate - from) * SECOND), Math.round(y - bounded));
    }
  }
  return path.end();
}

/** The median of the samples in ADC units; 0 where all are missing. */
function medianOf(samples: Int32Array): number {
  const sorted = samples.filter((sample) => sample !== MISSING).sort();
  return sorted.length === 0 ? 0 : sorted[sorted.length >> 1];
}

/**
 * The indices of the samples that are drawn: all of them, or, where many fall on one point, those that show.
 *
 * @param perPoint samples that fall on one point
 */
function choosePoints(samples: Int32Array, from: number, to: number, perPoint: number): Int32Array {
  const step = perPoint > MAX_POINTS ? Math.floor(perPoint) : 1;
  const chosen = new Int32Array(to - from);
  let count = 0;
  for (let start = from; start < to; start += step) {
    const end = Math.min(start + step, to);
    let [lowest, highest, isWhole] = [start, start, step > 1];
    for (let i = start; i < end; i++) {
      if (samples[i] < samples[lowest]) lowest = i;
      if (samples[i] > samples[highest]) highest = i;
      if (samples[i] === MISSING) isWhole = false;
    }
    for (let i = start; i < end; i++) {
      if (!isWhole || i === start || i === lowest || i === highest || i === end - 1) chosen[count++] = i;
    }
  }
  return chosen.subarray(0, count);
}

/** Builds the data of a path: whole numbers, relative to the last point, without points on a straight line. */
class Path {
  private data = "";
  /** The end of what is written; undefined between two lines. */
  private at: { x: number; y: number } | undefined;
  /** The last point, not written yet: a next one in the same direction replaces it. */
  private last: { x: number; y: number } | undefined;
  /** The text before the next point. */
  private separator = "";

  lineTo(x: number, y: number): void {
    const { at, last } = this;
    if (!at) {
      this.data += `M${x} ${y}`;
      this.at = { x, y };
      this.separator = "l";
      return;
    }
    if (last) {
      const [alongX, alongY, onX, onY] = [last.x - at.x, last.y - at.y, x - last.x, y - last.y];
      const isStraight = alongX * onY === alongY * onX && alongX * onX + alongY * onY >= 0;
      if (!isStraight) this.write(at, last);
    }
    this.last = { x, y };
  }

  /** Ends the line: the next point begins another one. */
  interrupt(): void {
    const { at, last } = this;
    if (at && last) this.write(at, last);
    else if (at) this.data += "h0"; // A sample alone is a dot.
    this.at = undefined;
    this.last = undefined;
  }

  end(): string {
    this.interrupt();
    return this.data;
  }

  private write(from: { x: number; y: number }, to: { x: number; y: number }): void {
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    this.data += `${this.separator === " " && dx < 0 ? "" : this.separator}${dx}${dy < 0 ? "" : " "}${dy}`;
    this.separator = " ";
    this.at = to;
  }
}

function drawHeader(
  { recordedAt, subject, device }: Recording,
  leads: readonly DrawnLead[],
  duration: number,
  width: number,
  timeZone: string,
): string[] {
  const date = recordedAt === null ? "" : `${formatDate(recordedAt, timeZone)} (${timeZone})`;
  const rates = new Set(leads.map(({ samplingRate }) => samplingRate));
  const rate = `${rates.size > 1 ? "mostly " : ""}${toShort(commonSamplingRate(leads) ?? 0)} Hz`;
  const about = [date, device ?? ""].filter(Boolean).join(" · ");
  const signals = `${count(leads.length, "lead")} · ${toShort(duration)} s · ${rate}`;
  const [upper, lower] = [8 * MM, 13.5 * MM];
  return [
    drawText(MARGIN, upper, cut(subject ?? "ECG", 60), 'font-size="420" font-weight="bold"'),
    ...(about ? [drawText(MARGIN, lower, cut(about, 100))] : []),
    drawText(width - MARGIN, upper, "25 mm/s · 10 mm/mV", 'text-anchor="end"'),
    drawText(width - MARGIN, lower, signals, 'text-anchor="end"'),
  ];
}

function formatDate(instant: number, timeZone: string): string {
  const { year, month, day, hour, minute, second } = toLocalTime(instant, timeZone);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

/** A number with up to three decimals. */
function toShort(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
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
