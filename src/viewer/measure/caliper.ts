/**
 * An end of a caliper: a time in seconds and a value in the unit of its lead's scale. An end without a value lies on the trace,
 * wherever that is at its time.
 */
export type End = { time: number; value: number | null };

/** `march` repeats its width to both sides; `qt` goes from the onset of a QRS complex to the end of the T wave. */
export type CaliperKind = "span" | "march" | "qt";

/** A caliper on a lead. Its ends may be in any order. */
export type Caliper = { kind: CaliperKind; lead: string; from: End; to: End };

/** Which end of a caliper is moved, or all of it. */
export type Grip = "from" | "to" | "both";

/** A time that is looked at, on the lead that was pointed at. */
export type Cursor = { time: number; lead: string };

/** What arrows move: the cursor, or an end of the caliper with this index. */
export type Held = "cursor" | { index: number; grip: Grip };

/** The most calipers of an address. */
export const MAX_CALIPERS = 20;

const MARKS: Record<CaliperKind, string> = { span: "", march: "m", qt: "qt" };
const NUMBER = String.raw`-?\d+(?:\.\d+)?`;
const WRITTEN = new RegExp(`^(${NUMBER})(?:\\*(${NUMBER}))?_(${NUMBER})(?:\\*(${NUMBER}))?_(m|qt)?_(.+)$`, "s");

/** A caliper as the address has it: `1.2_2.2*0.5_m_II`, a free value behind the `*` of its time. */
export function writeCaliper({ kind, lead, from, to }: Caliper): string {
  return `${writeEnd(from)}_${writeEnd(to)}_${MARKS[kind]}_${lead}`;
}

/** Undefined for what is no caliper. */
export function parseCaliper(text: string): Caliper | undefined {
  const found = WRITTEN.exec(text);
  if (!found) return undefined;
  const [, from, fromValue, to, toValue, mark, lead] = found;
  const end = (time: string, value: string | undefined): End => ({
    time: Number(time),
    value: value === undefined ? null : Number(value),
  });
  const kind = mark === "m" ? "march" : mark === "qt" ? "qt" : "span";
  return { kind, lead, from: end(from, fromValue), to: end(to, toValue) };
}

/**
 * Moves an end of a caliper, or all of it, by a time. It stays within the recording.
 *
 * @param duration of the recording, in seconds
 */
export function moveInTime(caliper: Caliper, grip: Grip, seconds: number, duration: number): Caliper {
  const moved = endsOf(caliper, grip);
  const earliest = Math.min(...moved.map(({ time }) => time));
  const latest = Math.max(...moved.map(({ time }) => time));
  const by = Math.max(-earliest, Math.min(duration - latest, seconds));
  return mapEnds(caliper, grip, ({ time, value }) => ({ time: time + by, value }));
}

/** Changes an end of a caliper, or both. */
export function mapEnds(caliper: Caliper, grip: Grip, change: (end: End) => End): Caliper {
  return {
    ...caliper,
    ...(grip !== "to" && { from: change(caliper.from) }),
    ...(grip !== "from" && { to: change(caliper.to) }),
  };
}

/** A caliper on a lead that is turned over: values that it was put at are those of the lead upside down. */
export function turnOver(caliper: Caliper): Caliper {
  return mapEnds(caliper, "both", ({ time, value }) => ({ time, value: value && -value }));
}

/** The ends that are moved. */
function endsOf({ from, to }: Caliper, grip: Grip): End[] {
  return grip === "both" ? [from, to] : [grip === "from" ? from : to];
}

/** From the earlier to the later end of a caliper, in seconds. */
export function windowOf({ from, to }: Caliper): [number, number] {
  return [Math.min(from.time, to.time), Math.max(from.time, to.time)];
}

/** The times at which a marching caliper repeats, those of its ends among them, within a window. */
export function marchOf({ from, to }: Caliper, start: number, end: number, least: number): number[] {
  const width = Math.abs(to.time - from.time);
  if (width < least) return [];
  const first = Math.ceil((start - from.time) / width - 1e-9);
  const last = Math.floor((end - from.time) / width + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => from.time + (first + i) * width);
}

function writeEnd({ time, value }: End): string {
  return value === null ? toShort(time) : `${toShort(time)}*${toShort(value)}`;
}

/** A number to 0.1 ms, or 0.1 uV. */
function toShort(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}
