import { findLead, standardLead } from "../../recording/lead-names.ts";
import type { SheetOptions } from "../../sheet/drawn-leads.ts";
import { MM } from "../../sheet/lengths.ts";
import { layOutWindow, roomOfPulse } from "../../sheet/sheet.ts";
import type { Sheet } from "../../sheet/strips.ts";
import type { EcgSummary } from "../api.ts";
import { LAYOUTS, type LayoutName, type View } from "../page/address.ts";
import { type PaperLead, pickLeads } from "./paper-leads.ts";

/** The canvas that the paper is drawn on. */
export type Box = {
  /** CSS pixels. */
  width: number;
  height: number;
  /** Device pixels in a CSS pixel. */
  ratio: number;
  /** CSS pixels in a millimetre, as a ruler found them; null for paper that fits the box. */
  millimetre: number | null;
  /** The most seconds of a line; undefined for as many as fit. */
  mostSeconds?: number;
};

/** An ECG on the screen. Times are in seconds; lengths of `sheet` in units of 0.01 mm. */
export type Layout = {
  sheet: Sheet<PaperLead>;
  layout: LayoutName;
  /** The time at the left edge: that of the view, or the last one that leaves no room behind the end. */
  time: number;
  /** Seconds of a line, and of all lines of a lead. */
  lineSeconds: number;
  seconds: number;
  /** mm/s, which is none of the usual ones where the view says how many seconds there are; mm a sample where time is not known. */
  speed: number;
  /** The height of a millivolt, in mm: one for all leads, or one for the limb leads and one for the chest leads; none where no lead is in millivolts. */
  gains: readonly number[];
  /** Whether time is known; else a second is a sample. */
  isTimed: boolean;
  /** The leads that a layout of twelve has no place for. */
  hidden: readonly string[];
  /** Device pixels in a unit of 0.01 mm. */
  unit: number;
  /** The size of the canvas in device pixels. */
  width: number;
  height: number;
  ratio: number;
};

/** The standard paper is so long, in mm: at 25 mm/s it has 10 s. */
const LINE_MM = 250;
/** The shortest line, in mm. */
const MIN_LINE_MM = 40;
/** A recording that is shorter is laid out as if it were so long. */
const MIN_SECONDS = 0.01;
/** A millimetre that fits the box has so many device pixels for each CSS pixel. */
const MIN_MILLIMETRE = 2.5;
const MAX_MILLIMETRE = 8;
/** On a narrower screen, in CSS pixels, four columns would have hardly a beat each. */
const NARROW = 600;
/** A column of fewer seconds may have no beat: what is shorter has fewer columns, unless more are asked for. */
const COLUMN_SECONDS = 2;
/** The height of a line of rows, in mm, and how close together they move before all becomes smaller. */
const ROW_MM = 25;
const CLOSE_ROW_MM = 15;
/** The height of what is below the lowest line, for the axis of time, in CSS pixels. */
export const AXIS = 22;

/** The layouts of `src/sheet` that they are drawn by. */
export const SHEET_LAYOUTS: Record<LayoutName, SheetOptions["layout"]> = {
  "3x4": "3x4",
  "3x4r": "3x4",
  "3x4r3": "3x4",
  "6x2": "6x2",
  "6x2r": "6x2",
  "12x1": "12x1",
  rows: "rows",
  one: "rows",
};
const RHYTHMS: Partial<Record<LayoutName, readonly string[]>> = {
  "3x4r": ["II"],
  "3x4r3": ["V1", "II", "V5"],
  "6x2r": ["II"],
};
/** How high the layouts are at the least on a screen, in mm: its lines move closer together rather than that all becomes small. */
const HEIGHTS_MM: Partial<Record<LayoutName, number>> = {
  "3x4": 105,
  "3x4r": 140,
  "3x4r3": 168,
  "6x2": 144,
  "6x2r": 168,
  "12x1": 180,
};

/**
 * Lays out what is seen of an ECG.
 *
 * @param length of the recording in seconds, and whether its sampling rate is known: else a second is a sample
 */
export function layOutView(
  leads: readonly PaperLead[],
  { duration, isTimed }: { duration: number; isTimed: boolean },
  view: View,
  box: Box,
): Layout {
  const most = Math.max(Math.min(duration, box.mostSeconds ?? duration), MIN_SECONDS);
  const layout = chooseLayout(leads, view.layout, usualLayout(box.width, isTimed ? most : Number.POSITIVE_INFINITY));
  const height = box.height - AXIS;
  const millimetre = box.millimetre ?? fitMillimetre(layout, leads.length, box.width, height, box.ratio);
  const paper = { width: (box.width / millimetre) * MM, height: (height / millimetre) * MM };
  // Samples of no known rate have no speed: all of them fill a line.
  const asked = view.seconds ?? (isTimed ? null : most);
  const second = asked === null ? view.speed * MM : fitSecond(paper.width, Math.min(asked, most), isTimed);
  const length = Math.max(MIN_LINE_MM * MM, paper.width - roomOfPulse(second, isTimed));
  // What is shorter than the screen ends where it ends.
  const line = Math.min(length, Math.max(MIN_LINE_MM * MM, most * second));
  const lineSeconds = line / second;
  const fitting = Math.max(1, Math.floor(paper.height / (ROW_MM * MM)));
  const lines = layout === "one" ? Math.min(fitting, Math.max(1, Math.ceil(duration / lineSeconds - 0.01))) : 1;
  const seconds = lines * lineSeconds;
  const time = Math.max(0, Math.min(view.time, duration - seconds));
  const sheet = layOutWindow(leads, toSheetOptions(layout, view, leads), {
    start: time,
    length: line,
    second,
    isTimed,
    height: paper.height,
    lines,
  });
  const unit = (millimetre * box.ratio) / MM;
  return {
    sheet,
    layout,
    time,
    lineSeconds,
    seconds,
    speed: second / MM,
    gains: [...new Set(sheet.strips.flatMap(({ lead, millivolt }) => (lead.scale ? [] : [millivolt / MM])))],
    isTimed,
    hidden: sheet.hidden.map(({ name }) => name),
    unit,
    width: Math.round(box.width * box.ratio),
    height: Math.round(Math.max(box.height, (sheet.height * unit) / box.ratio + AXIS) * box.ratio),
    ratio: box.ratio,
  };
}

/** The length of a second with which so many fill a line of the paper, beside the pulse in front, which depends on it. */
function fitSecond(width: number, seconds: number, isTimed: boolean): number {
  let second = width / seconds;
  for (let i = 0; i < 8; i++) second = (width - roomOfPulse(second, isTimed)) / seconds;
  return second;
}

/** Whether a layout of the twelve leads can be had. */
export function hasTwelveLeads(leads: readonly { name: string }[]): boolean {
  return new Set(leads.map(({ name }) => standardLead(name)).filter(Boolean)).size === 12;
}

/** The layouts that can be had of the leads that a view shows. */
export function layoutsOf(ecg: EcgSummary, { leads }: Pick<View, "leads">): readonly LayoutName[] {
  return hasTwelveLeads(pickLeads(ecg, { leads, layout: null })) ? LAYOUTS : ["rows", "one"];
}

/** The layout of twelve leads that is not asked for: as many columns as have room, and time, for beats. */
function usualLayout(width: number, duration: number): LayoutName {
  if (duration < 2 * COLUMN_SECONDS) return "12x1";
  return width < NARROW || duration < 4 * COLUMN_SECONDS ? "6x2r" : "3x4r";
}

/** The layout that is asked for, as far as the leads allow it. */
function chooseLayout(leads: readonly PaperLead[], wanted: LayoutName | null, usual: LayoutName): LayoutName {
  const isFree = wanted === "rows" || wanted === "one";
  return hasTwelveLeads(leads) || isFree ? (wanted ?? usual) : "rows";
}

/** The leads of a layout's rhythm strips: those that a view names, and that are there, or else the usual ones. */
export function rhythmOf(
  layout: LayoutName,
  { rhythm }: Pick<View, "rhythm">,
  leads: readonly { name: string }[],
): string[] {
  return (RHYTHMS[layout] ?? []).map((usual, i) => findLead(leads, rhythm?.[i] ?? usual)?.name ?? usual);
}

function toSheetOptions(layout: LayoutName, view: View, leads: readonly PaperLead[]): SheetOptions {
  const { gain, chestGain, order } = view;
  return {
    layout: SHEET_LAYOUTS[layout],
    rhythm: rhythmOf(layout, view, leads),
    order,
    gain,
    chestGain: chestGain ?? gain,
  };
}

/** A millimetre with which the whole paper is seen; five of them, a tile of the grid, are whole device pixels. */
function fitMillimetre(layout: LayoutName, leads: number, width: number, height: number, ratio: number): number {
  const paperHeight = HEIGHTS_MM[layout] ?? (layout === "one" ? ROW_MM : CLOSE_ROW_MM * leads);
  const [byWidth, byHeight] = [width / (LINE_MM + roomOfPulse(25 * MM) / MM), height / paperHeight];
  // More rows than can be seen at once are scrolled through: they need not be small.
  const isScrolled = layout === "rows" && byHeight < MIN_MILLIMETRE;
  const fitting = isScrolled ? byWidth : Math.min(byWidth, byHeight);
  const bounded = Math.max(MIN_MILLIMETRE, Math.min(MAX_MILLIMETRE, fitting));
  return Math.floor(5 * bounded * ratio) / (5 * ratio);
}
