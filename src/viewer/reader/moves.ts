import { standardLead } from "../../recording/lead-names.ts";
import { turnOver } from "../measure/caliper.ts";
import type { GAINS, SPEEDS, View } from "../page/address.ts";

/** How an ECG is seen now, and how far one can go. */
export type Frame = {
  /** The time at the left edge, in seconds. */
  time: number;
  /** Seconds that are seen: of a line, and of all lines. */
  lineSeconds: number;
  seconds: number;
  /** Of the whole recording. */
  duration: number;
  /** Of the fastest lead, in Hz. */
  rate: number;
};

/** So many samples are the least that are seen. */
const FEWEST_SAMPLES = 20;
/** What a double click goes to, in seconds. */
const CLOSE_SECONDS = 10;

/** Goes on or back by a time. */
export function pan(view: View, frame: Frame, seconds: number): View {
  return { ...view, time: within(frame.time + seconds, frame) };
}

/** Shows so many times as many seconds; the time `about` stays where it is. Where there is no sample nothing is zoomed to. */
export function zoom(view: View, frame: Frame, factor: number, about: number): View {
  if (frame.duration === 0) return view;
  const fewest = FEWEST_SAMPLES / frame.rate;
  const seconds = Math.max(Math.min(fewest, frame.duration), Math.min(frame.duration, frame.lineSeconds * factor));
  const share = (about - frame.time) / frame.lineSeconds;
  return { ...view, seconds, time: within(about - share * seconds, { ...frame, seconds }) };
}

/** Has a time in the middle, and some ten seconds about it. Where there is no sample nothing is zoomed to. */
export function closeIn(view: View, frame: Frame, about: number): View {
  if (frame.duration === 0) return view;
  const seconds = Math.min(CLOSE_SECONDS, frame.duration);
  return { ...view, seconds, time: within(about - seconds / 2, { ...frame, seconds }) };
}

/** Has a time in the middle. */
export function centreOn(view: View, frame: Frame, time: number): View {
  return { ...view, time: within(time - frame.seconds / 2, frame) };
}

/** Whether the end of the recording is seen, but for a sample. */
export function isAtEnd({ time, seconds, duration, rate }: Frame): boolean {
  return time + seconds >= duration - 1 / rate;
}

/** The next speed or gain up or down. */
export function step(values: typeof SPEEDS | typeof GAINS, value: number, by: 1 | -1): number {
  const at = (values as readonly number[]).indexOf(value);
  return values[Math.max(0, Math.min(values.length - 1, at + by))];
}

function within(time: number, { duration, seconds }: Pick<Frame, "duration" | "seconds">): number {
  return Math.max(0, Math.min(time, duration - seconds));
}

/** The other order of the limb leads. Calipers stay where they are on the trace of aVR, which is turned over. */
export function changeOrder({ order, calipers }: View): Pick<View, "order" | "calipers"> {
  return {
    order: order === "cabrera" ? "standard" : "cabrera",
    calipers: calipers.map((caliper) => (standardLead(caliper.lead) === "aVR" ? turnOver(caliper) : caliper)),
  };
}
