import type { Signal } from "./header.ts";
import { list } from "./notes.ts";

/** A signal of the record in one of its scales, which is a lead. */
export type Scale = { lead: Signal; index: number; key: string };

/**
 * The scales of a signal in the order in which segments have them. Samples are not converted: each scale is a lead of its
 * own, `II`, then `II (2)`. The layout may have another scale, which other programs convert the samples to; it counts
 * where no segment has the signal.
 */
export function listScales(
  segments: ReadonlyMap<string, (Signal | undefined)[]>,
  signal: Signal,
  index: number,
): Scale[] {
  const scales = new Map<string, Scale>();
  for (const { [index]: own } of segments.values()) {
    if (!own || scales.has(toScaleKey(own))) continue;
    const { gain, isUnscaled, isDead, baseline, unit } = own;
    const name = scales.size === 0 ? signal.name : `${signal.name} (${scales.size + 1})`;
    const key = toScaleKey(own);
    scales.set(key, { lead: { ...signal, name, gain, isUnscaled, isDead, baseline, unit }, index, key });
  }
  return scales.size > 0 ? [...scales.values()] : [{ lead: signal, index, key: toScaleKey(signal) }];
}

/** What tells a scale from others of the same signal. */
export function toScaleKey({ gain, baseline, unit = "" }: Signal): string {
  return `${gain} ${baseline} ${unit}`;
}

/**
 * The note on signals that are several leads, as their scale changes.
 *
 * @param all the scales of all signals, with those of a signal behind one another
 */
export function noteScales(chosen: readonly Scale[], all: readonly Scale[]): string[] {
  const ranges = [...new Set(chosen.map(({ index }) => index))].flatMap((index) => {
    const names = all.filter((scale) => scale.index === index).map(({ lead }) => lead.name);
    return names.length > 1 ? `${names[0]} to ${names[names.length - 1]}` : [];
  });
  if (ranges.length === 0) return [];
  return [
    `Gains or baselines change between segments: each scale of a signal is a lead of its own, missing where another holds: ${list(ranges)}.`,
  ];
}
