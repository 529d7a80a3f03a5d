import { MISSING } from "../recording/recording.ts";
import { toSampleRange } from "../recording/window.ts";
import type { Scale } from "./drawn-leads.ts";
import { MM } from "./lengths.ts";
import type { Polyline, Sheet, Strip } from "./strips.ts";

/**
 * The most samples within POINT (0.05 mm) that are all drawn. Of more only the first, lowest, highest and last are.
 */
const MAX_POINTS = 4;
const POINT = 0.05 * MM;
/** Traces end this far from their line. It is beyond any sheet, and keeps the numbers short. */
const FARTHEST = 10_000 * MM;

/** A trace is cut off of which this share is farther from its middle than so many mV: not for spikes or an artefact. */
export const CUT_SHARE = 0.05;
export const CUT_MILLIVOLTS = 10;
/** What is said beside the name of a lead whose trace is cut off: no heart's signal goes so far, and it would cover all other leads. */
export const CUT_OFF = "cut off";
const WHY_CUT_OFF = "What is cut off is beyond any heart's range.";
/** What is said beside the name of a lead of which nothing is there in the time of a strip: it is not flat. */
const NO_SAMPLES = "no samples";

/** What is drawn of a strip: its name with what is to be known beside it, and its trace. */
type Traced = { label: Strip["label"]; lines: Polyline[]; isCut: boolean };

/** The traces of a sheet, and the names beside them. What is beyond any heart's range ends at the edges of its line. */
export function traceSheet({ strips, halfLine }: Sheet, scale: Pick<Scale, "second">): Traced[] {
  return strips.map((strip) => {
    const { lead, from, to, label } = strip;
    const range = toSampleRange(from, to, lead.samplingRate, lead.samples.length);
    const samples = lead.samples.subarray(range.from, range.to);
    const median = medianOf(samples);
    const isCut = isBeyondRange(samples, median, CUT_MILLIVOLTS * Math.abs(lead.gain));
    const isThere = samples.some((sample) => sample !== MISSING);
    const facts = [label.text, isCut && CUT_OFF, !isThere && NO_SAMPLES];
    return {
      isCut,
      label: { ...label, text: facts.filter(Boolean).join(" · ") },
      lines: traceStrip(strip, { median, farthest: isCut ? halfLine : FARTHEST }, scale),
    };
  });
}

/** A sheet's remark, and why something on it is cut off: beside the name, in a column, there is no room for that. */
export function explainCut(remark: string, traced: readonly Traced[]): string {
  return traced.some(({ isCut }) => isCut) ? `${remark} ${WHY_CUT_OFF}` : remark;
}

/** Whether more of the samples than CUT_SHARE are farther from their median than `farthest`, in ADC units. */
function isBeyondRange(samples: Int32Array, median: number, farthest: number): boolean {
  let [seen, beyond] = [0, 0];
  for (const sample of samples) {
    if (sample === MISSING) continue;
    seen++;
    if (Math.abs(sample - median) > farthest) beyond++;
  }
  return beyond > seen * CUT_SHARE;
}

/**
 * The trace of a strip, in whole units of 0.01 mm from the grid's upper left corner, without points on a straight line.
 * Missing samples interrupt it, and a sample alone is a dot.
 */
function traceStrip(
  { lead, from, to, x, y, millivolt }: Strip,
  { median, farthest }: { median: number; farthest: number },
  { second }: Pick<Scale, "second">,
): Polyline[] {
  const { samples, samplingRate, gain } = lead;
  const range = toSampleRange(from, to, samplingRate, samples.length);
  const trace = new Trace();
  for (const i of choosePoints(samples, range.from, range.to, (samplingRate * POINT) / second)) {
    if (samples[i] === MISSING) trace.interrupt();
    else {
      const height = ((samples[i] - median) / gain) * millivolt;
      const bounded = Math.max(-farthest, Math.min(farthest, height));
      trace.lineTo(Math.round(x + (i / samplingRate - from) * second), Math.round(y - bounded));
    }
  }
  return trace.end();
}

/** The median of the samples in ADC units; 0 where all are missing. */
function medianOf(samples: Int32Array): number {
  const sorted = samples.filter((sample) => sample !== MISSING).sort();
  return sorted.length === 0 ? 0 : sorted[sorted.length >> 1];
}

/**
 * The indices of the samples that are drawn: all of them, or, where many fall on one point, those that show. Of the missing
 * samples of a point one shows as the gap.
 *
 * @param perPoint samples that fall on one point
 */
function choosePoints(samples: Int32Array, from: number, to: number, perPoint: number): Int32Array {
  const step = perPoint > MAX_POINTS ? Math.floor(perPoint) : 1;
  const chosen = new Int32Array(to - from);
  let count = 0;
  for (let start = from; start < to; start += step) {
    const end = Math.min(start + step, to);
    let [first, lowest, highest, last, gap] = [-1, -1, -1, -1, -1];
    for (let i = start; i < end; i++) {
      if (samples[i] === MISSING) gap = i;
      else {
        if (first < 0) [first, lowest, highest] = [i, i, i];
        if (samples[i] < samples[lowest]) lowest = i;
        if (samples[i] > samples[highest]) highest = i;
        last = i;
      }
    }
    for (let i = start; i < end; i++) {
      if (i === first || i === lowest || i === highest || i === last || i === gap) chosen[count++] = i;
    }
  }
  return chosen.subarray(0, count);
}

/** Builds the lines of a trace. */
class Trace {
  private readonly lines: Polyline[] = [];
  /** The line that goes on; undefined between two lines. */
  private line: Polyline | undefined;

  lineTo(x: number, y: number): void {
    if (!this.line) {
      this.line = [x, y];
      return;
    }
    const { line } = this;
    const { length } = line;
    // A next point in the same direction replaces the last one.
    if (length >= 4) {
      const [alongX, alongY] = [line[length - 2] - line[length - 4], line[length - 1] - line[length - 3]];
      const [onX, onY] = [x - line[length - 2], y - line[length - 1]];
      if (alongX * onY === alongY * onX && alongX * onX + alongY * onY >= 0) line.length -= 2;
    }
    line.push(x, y);
  }

  /** Ends the line: the next point begins another one. */
  interrupt(): void {
    if (this.line) this.lines.push(this.line);
    this.line = undefined;
  }

  end(): Polyline[] {
    this.interrupt();
    return this.lines;
  }
}
