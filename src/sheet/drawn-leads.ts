import { AppError } from "../errors.ts";
import { standardLead } from "../recording/lead-names.ts";
import { isVoltage, type Lead, MILLIVOLT } from "../recording/recording.ts";
import { LINE, MM } from "./lengths.ts";

/** How the leads are arranged on paper. */
export type Layout = "3x4" | "6x2" | "12x1" | "rows";

/** What is drawn, and how large. */
export type SheetOptions = {
  layout: Layout;
  /** The leads of up to three rhythm strips below the twelve, by name; lead II below `3x4` and `6x2` if left out. */
  rhythm?: readonly string[];
  /** The order of the limb leads. Cabrera's is aVL, I, -aVR, II, aVF, III, with aVR upside down. */
  order?: "standard" | "cabrera";
  /** The speed of the paper in mm/s; 25 if left out. */
  speed?: number;
  /** The height of a millivolt in mm; 10 if left out. */
  gain?: number;
  /** The gain of the chest leads; that of all others if left out. */
  chestGain?: number;
};

/**
 * How long a second and a millivolt are, and the paper's speed and gain that this is, in mm/s and mm/mV. A millivolt of a chest
 * lead may have a height of its own. Where time is not known a second is a sample.
 */
export type Scale = {
  speed: number;
  gain: number;
  second: number;
  millivolt: number;
  chestMillivolt: number;
  isTimed?: boolean;
};

/** What is laid out of a lead: how many samples it has counts here, and whoever draws has the samples themselves. */
export type SheetLead = Omit<Lead, "samples"> & { samples: { readonly length: number } };

/** A lead that can be drawn to scale, and the name beside it. */
export type DrawnLead<L extends SheetLead = Lead> = L & { gain: number; samplingRate: number; label: string };

/** The leads that are drawn, the rhythm strips below them, and by what layout and scale; durations are in seconds. */
export type Chosen<L extends SheetLead = Lead> = {
  layout: Layout;
  leads: DrawnLead<L>[];
  rhythm: DrawnLead<L>[];
  /** The leads that the layout has no place for. */
  hidden: L[];
  scale: Scale;
  duration: number;
  lineSeconds: number;
};

/** Of a longer name of a lead so many characters are drawn, those at its end among them: leads often differ in the last ones alone. */
const MAX_LABEL = 40;
const LABEL_END = 14;
/** The lines of the twelve leads, and the rhythm strips that are usual below them. */
export const GRIDS = {
  "3x4": { lines: 3, rhythm: ["II"] },
  "6x2": { lines: 6, rhythm: ["II"] },
  "12x1": { lines: 12, rhythm: [] },
};
/** The most rhythm strips of a sheet. */
const MAX_RHYTHM = 3;
/** The limb leads in each order, column after column. */
const LIMB_LEADS = {
  standard: ["I", "II", "III", "aVR", "aVL", "aVF"],
  cabrera: ["aVL", "I", "aVR", "II", "aVF", "III"],
};
const CHEST_LEADS = ["V1", "V2", "V3", "V4", "V5", "V6"];

/** The leads in the order in which they are drawn, column after column, and the layout that they allow. */
export function chooseLeads<L extends SheetLead>(leads: readonly L[], options: SheetOptions): Chosen<L> {
  const { order = "standard", speed = 25, gain = 10, chestGain = gain } = options;
  const standard = [...LIMB_LEADS[order], ...CHEST_LEADS];
  const find = (wanted: string) => leads.find(({ name }) => standardLead(name) === wanted);
  const twelve = standard.map(find).filter((lead) => lead !== undefined);
  const layout = twelve.length === standard.length ? options.layout : "rows";
  const placeOf = ({ name }: L) => {
    const place = standard.indexOf(standardLead(name) ?? "");
    return place < 0 ? standard.length : place;
  };
  const rows = order === "cabrera" ? leads.toSorted((a, b) => placeOf(a) - placeOf(b)) : leads;
  // A lead of a rhythm strip is drawn as it is above: of two traces of aVR one would be upside down.
  const draw = (lead: L) => requireScale(lead, order === "cabrera");
  const drawn = (layout === "rows" ? rows : twelve).map(draw);
  const rhythm = layout === "rows" ? [] : (options.rhythm ?? GRIDS[layout].rhythm);
  if (rhythm.length > MAX_RHYTHM) throw newNotDrawable(`Up to ${MAX_RHYTHM} rhythm strips are drawn.`);
  const strips = rhythm.map((name) => {
    const lead = leads.find((other) => other.name === name) ?? find(standardLead(name) ?? name);
    if (!lead) throw newNotDrawable(`There is no lead ${name} for the rhythm strip.`);
    return draw(lead);
  });
  const shown = new Set([...drawn, ...strips].map(({ name }) => name));
  const scale = newScale(speed, gain, chestGain);
  return {
    layout,
    leads: drawn,
    rhythm: strips,
    hidden: leads.filter(({ name }) => !shown.has(name)),
    scale,
    duration: Math.max(...drawn.map(secondsOf)),
    lineSeconds: LINE / scale.second,
  };
}

/** The scale of a speed in mm/s and gains in mm/mV. */
export function newScale(speed: number, gain: number, chestGain = gain): Scale {
  return { speed, gain, second: speed * MM, millivolt: gain * MM, chestMillivolt: chestGain * MM };
}

function requireScale<L extends SheetLead>(lead: L, isCabrera: boolean): DrawnLead<L> {
  const { name, gain, samplingRate } = lead;
  if (!isVoltage(lead)) {
    throw newNotDrawable(
      `Lead ${name} is in ${lead.unit}, not ${MILLIVOLT}: it cannot be drawn to the scale of an ECG.`,
    );
  }
  if (gain === null) throw newNotDrawable(`Lead ${name} has no gain: without millivolts it cannot be drawn to scale.`);
  if (samplingRate === null) throw newNotDrawable(`Lead ${name} has no sampling rate: it cannot be drawn to scale.`);
  const label = labelOf(name);
  if (isCabrera && label === "aVR") return { ...lead, gain: -gain, samplingRate, label: "−aVR" };
  return { ...lead, gain, samplingRate, label };
}

/** The refusal of an ECG that cannot be drawn. */
export function newNotDrawable(detail: string): AppError {
  return new AppError("not-acceptable", { detail });
}

/** A lead's name as a sheet has it: of a standard lead in its usual spelling. */
export function labelOf(name: string): string {
  const known = standardLead(name) ?? name;
  // Of whole characters: half of one would be none.
  const characters = [...known];
  if (characters.length <= MAX_LABEL) return known;
  const [begin, end] = [characters.slice(0, MAX_LABEL - LABEL_END), characters.slice(-LABEL_END)];
  return `${begin.join("")}…${end.join("")}`;
}

/** How long a lead is, in seconds. */
export function secondsOf({ samples, samplingRate }: DrawnLead<SheetLead>): number {
  return samples.length / samplingRate;
}
