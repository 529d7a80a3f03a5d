import { MISSING } from "../../recording/recording.ts";
import type { Strip } from "../../sheet/strips.ts";
import { readClosely } from "../filters/filtered-signal.ts";
import { boxOf, type Scene, samplesPerPixel } from "../paper/paint.ts";
import { type PaperLead, rhythmLead } from "../paper/paper-leads.ts";
import type { TraceBox } from "../paper/trace.ts";
import type { Caliper, End } from "./caliper.ts";
import type { Value } from "./findings.ts";

/** A strip of the paper and where its trace is; lengths in device pixels. */
export type Place = { strip: Strip<PaperLead>; box: TraceBox };

/** A caliper's lines go so far beyond its ends, in CSS pixels. */
const BEYOND = 20;

/** All strips, in their order on the sheet. */
export function placesOf(scene: Scene): Place[] {
  return scene.layout.sheet.strips.map((strip) => ({ strip, box: boxOf(strip, scene) }));
}

/** Which strip is nearest to a place of the canvas: of those above and below it, if there are any. */
export function placeAt(places: readonly Place[], x: number, y: number): number {
  const distance = ({ box }: Place) => {
    const beside = Math.max(box.x - x, x - box.x - box.width, 0);
    return Math.abs(box.y - y) + beside * 1000;
  };
  const distances = places.map(distance);
  return distances.indexOf(Math.min(...distances));
}

/** The strip that a measurement is made on where nobody has pointed at one: of the lead, else of that for the rhythm. */
export function placeFor(places: readonly Place[], time: number, lead: string | undefined): Place | undefined {
  const there = places.filter(({ strip }) => time >= strip.from && time <= strip.to);
  const wanted = there.find(({ strip }) => strip.lead.name === lead);
  if (wanted || there.length === 0) return wanted;
  const { name } = rhythmLead(there.map(({ strip }) => strip.lead));
  return there.find(({ strip }) => strip.lead.name === name);
}

/** The strip that a caliper is measured on: of those of its lead one that has its first end, if there is one. */
export function placeOf(caliper: Caliper, scene: Scene): Place | undefined {
  const places = placesOf(scene).filter(({ strip }) => strip.lead.name === caliper.lead);
  return placeFor(places, caliper.from.time, caliper.lead) ?? places[0];
}

/** The time, in seconds, at a place of the canvas. */
export function timeAt(x: number, { box }: Place): number {
  return box.from + (x - box.x) / box.pixelsPerSecond;
}

/** The place of a time on the canvas, in device pixels. */
export function xOf(time: number, { box }: Place): number {
  return box.x + (time - box.from) * box.pixelsPerSecond;
}

/** The value, in the unit of the lead's scale, at a height of the canvas. */
export function valueAt(y: number, place: Place): number {
  const { box } = place;
  return toValue(box.centre - (y - box.y) / box.pixelsPerUnit, place);
}

/** The height on the canvas, in device pixels, of a value in the unit of the lead's scale. */
export function yOf(value: number, { strip, box }: Place): number {
  const { baseline, gain, scale } = strip.lead;
  const sample = (value / (scale?.perCentimetre ?? 1)) * gain + baseline;
  return box.y - (sample - box.centre) * box.pixelsPerUnit;
}

/** The unit of a lead's scale. */
export function unitOf({ strip }: Place): string {
  return strip.lead.scale?.unit ?? "mV";
}

/** The value of a strip's lead at a time, as far as it is known; undefined in a gap. */
export function readValue(scene: Scene, place: Place, time: number): Value | undefined {
  const { lead } = place.strip;
  const index = Math.round(time * lead.samplingRate);
  const at = index / lead.samplingRate;
  const end = at + 0.5 / lead.samplingRate;
  const close = readClosely(scene.signal, lead.name, at, end, samplesPerPixel(scene)).parts;
  const parts = close.length > 0 ? close : scene.signal.read(lead.name, at, end, samplesPerPixel(scene)).parts;
  for (const { start, step, low, high } of parts) {
    const i = Math.floor((index - start) / step);
    if (i < 0 || i >= low.length || low[i] === MISSING) continue;
    const [one, other] = [toValue(low[i], place), toValue(high[i], place)];
    return { low: Math.min(one, other), high: Math.max(one, other) };
  }
  return undefined;
}

/** The samples of a strip's lead in a window, in ADC units; none where they are not there one by one. */
export function readSamples(
  scene: Scene,
  { strip }: Place,
  from: number,
  to: number,
): { start: number; samples: Int32Array } {
  const { name, samplingRate } = strip.lead;
  const { parts } = readClosely(scene.signal, name, from, to, samplesPerPixel(scene));
  const start = Math.max(0, Math.floor(from * samplingRate));
  const samples = new Int32Array(Math.max(0, Math.ceil(to * samplingRate) + 1 - start)).fill(MISSING);
  for (const part of parts) {
    if (part.step > 1) continue;
    const skipped = Math.max(0, start - part.start);
    const at = Math.max(0, part.start - start);
    if (at >= samples.length) continue;
    samples.set(part.low.subarray(skipped, skipped + samples.length - at), at);
  }
  return { start, samples };
}

/** The height of an end of a caliper on the canvas, in device pixels: of its trace where it has no value of its own. */
export function heightOf({ time, value }: End, scene: Scene, place: Place): number {
  const on = value === null ? readValue(scene, place, time) : { low: value, high: value };
  return on ? yOf((on.low + on.high) / 2, place) : place.box.y;
}

/** From where to where the lines of a caliper go, in device pixels. */
export function spanOf({ from, to }: Caliper, scene: Scene, place: Place): { top: number; bottom: number } {
  const heights = [heightOf(from, scene, place), heightOf(to, scene, place), place.box.y];
  const beyond = BEYOND * scene.layout.ratio;
  return { top: Math.min(...heights) - beyond, bottom: Math.max(...heights) + beyond };
}

function toValue(sample: number, { strip }: Place): number {
  const { baseline, gain, scale } = strip.lead;
  return ((sample - baseline) / gain) * (scale?.perCentimetre ?? 1);
}
