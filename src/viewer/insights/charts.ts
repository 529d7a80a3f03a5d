import { writeNumber } from "../page/words.ts";
import { type BeatType, type Interval, pairsOf } from "./beats.ts";
import type { Pen } from "./chart.tsx";
import type { AverageBeats, Histogram } from "./read-insights.ts";

/** A range of values, in steps that are round. */
type Scale = { low: number; high: number; step: number };

/** Of the shortest and the longest intervals so many are beyond a chart: one that is far off would make all others a line. */
const BEYOND = 0.002;
/** An average beat is drawn above the level of so many samples: 20 ms at 250 Hz. */
const LEVEL_SAMPLES = 5;
const ORDER: readonly BeatType[] = ["N", "Q", "S", "V"];

/** The scale of a chart of intervals, in ms. */
export function scaleOf(values: readonly number[]): Scale {
  if (values.length === 0) return { low: 0, high: 1000, step: 500 };
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  const [low, high] = [at(BEYOND), at(1 - BEYOND)];
  const step = [50, 100, 200, 500, 1000].find((size) => (high - low) / size <= 4) ?? 2000;
  return { low: Math.floor(low / step) * step, high: Math.floor(high / step) * step + step, step };
}

/** One point a beat: how long it is since the one before. */
export function drawIntervals(
  { g, width, height, colour }: Pen,
  intervals: readonly Interval[],
  duration: number,
): void {
  const scale = scaleOf(intervals.map((interval) => interval.duration));
  const yOf = (value: number) => height - (height * (value - scale.low)) / (scale.high - scale.low);
  g.fillStyle = colour("--quiet");
  g.strokeStyle = colour("--line");
  g.beginPath();
  for (let value = scale.low + scale.step; value < scale.high; value += scale.step) {
    g.moveTo(0, Math.round(yOf(value)) + 0.5);
    g.lineTo(width, Math.round(yOf(value)) + 0.5);
  }
  g.stroke();
  const size = intervals.length > width ? 1.5 : 3;
  for (const type of ORDER) {
    g.fillStyle = colour(propertyOf(type));
    for (const interval of intervals) {
      if (interval.type !== type) continue;
      const y = Math.max(0, Math.min(height - size, yOf(interval.duration) - size / 2));
      g.fillRect((interval.time / duration) * width - size / 2, y, size, size);
    }
  }
  g.fillStyle = colour("--quiet");
  g.textBaseline = "top";
  g.fillText(`RR ${writeNumber(scale.high)} ms`, 4, 2);
  g.textBaseline = "bottom";
  g.fillText(writeNumber(scale.low), 4, height - 1);
}

/** Each interval over the one before. */
export function drawPoincare({ g, width, height, colour }: Pen, intervals: readonly Interval[]): void {
  const pairs = pairsOf(intervals);
  const scale = scaleOf(intervals.map(({ duration }) => duration));
  const share = (value: number) => (value - scale.low) / (scale.high - scale.low);
  const room = { left: 34, bottom: 16 };
  const side = Math.min(width - room.left, height - room.bottom) - 4;
  const [left, bottom] = [room.left, 4 + side];
  g.strokeStyle = colour("--line");
  g.strokeRect(left + 0.5, 4.5, side, side);
  g.beginPath();
  g.moveTo(left, bottom);
  g.lineTo(left + side, 4);
  g.stroke();
  for (const type of ORDER) {
    g.fillStyle = colour(propertyOf(type));
    for (const pair of pairs) {
      const [x, y] = [share(pair.first), share(pair.second)];
      if (pair.type === type && x >= 0 && x <= 1 && y >= 0 && y <= 1)
        g.fillRect(left + x * side - 1, bottom - y * side - 1, 2, 2);
    }
  }
  g.fillStyle = colour("--quiet");
  g.textBaseline = "top";
  g.textAlign = "right";
  g.fillText(writeNumber(scale.high), left - 4, 2);
  g.fillText(writeNumber(scale.low), left - 4, bottom - 12);
  g.fillText(`${writeNumber(scale.high)} ms`, left + side, bottom + 4);
  g.textAlign = "left";
  g.fillText(writeNumber(scale.low), left, bottom + 4);
}

/** How many intervals there are of each length; those between normal beats filled. */
export function drawHistogram(
  { g, width, height, colour }: Pen,
  { first, width: bin, counts, normal }: Histogram,
): void {
  const highest = Math.max(1, ...counts);
  const [bottom, left] = [height - 16, 4];
  const wide = Math.min(12, (width - 2 * left) / Math.max(1, counts.length));
  for (const [values, property] of [
    [counts, "--quiet"],
    [normal, "--accent"],
  ] as const) {
    g.fillStyle = colour(property);
    for (const [i, value] of values.entries()) {
      const tall = ((bottom - 14) * value) / highest;
      g.fillRect(left + i * wide, bottom - tall, Math.max(1, wide - 0.5), tall);
    }
  }
  g.fillStyle = colour("--quiet");
  g.textBaseline = "top";
  g.fillText(writeNumber(first), left, bottom + 3);
  g.textAlign = "right";
  g.fillText(`${writeNumber(first + bin * counts.length)} ms`, Math.max(90, left + wide * counts.length), bottom + 3);
  g.fillText(`${writeNumber(highest)} intervals`, width - 4, 2);
}

/** The average of a kind of beats, in all leads over one another, which are as high as their largest is. */
export function drawAverage(
  { g, width, height, colour }: Pen,
  averages: AverageBeats,
  number: number,
  lead: string,
): void {
  const { kinds, start, sampling_rate: rate } = averages;
  const { leads: all, type, waves } = kinds[number];
  const leads = all.map((one) => ({
    ...one,
    values: levelled(one.values, ((waves.qrs_onset ?? start) - start) * rate),
  }));
  const values = leads.flatMap((one) => one.values);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const length = Math.max(1, ...leads.map((one) => one.values.length)) - 1;
  const xOf = (seconds: number) => (((seconds - start) * rate) / length) * width;
  const yOf = (value: number) => 4 + ((height - 22) * (high - value)) / (high - low || 1);
  g.strokeStyle = colour("--line");
  g.beginPath();
  g.moveTo(0, yOf(0));
  g.lineTo(width, yOf(0));
  g.stroke();
  const strong = leads.find(({ name }) => name === lead);
  g.lineJoin = "round";
  for (const one of [...leads.filter((other) => other !== strong), ...(strong ? [strong] : [])]) {
    g.globalAlpha = !strong || one === strong ? 1 : 0.3;
    g.strokeStyle = colour(propertyOf(type));
    g.lineWidth = one === strong ? 2 : 1;
    g.beginPath();
    for (const [i, value] of one.values.entries()) g.lineTo((i / length) * width, yOf(value));
    g.stroke();
  }
  g.globalAlpha = 1;
  g.fillStyle = colour("--quiet");
  g.textBaseline = "top";
  g.fillText(`${writeNumber(Math.round(high * 100) / 100)} ${leads[0]?.unit ?? ""}`, 2, 2);
  g.textBaseline = "bottom";
  g.fillText(writeNumber(Math.round(low * 100) / 100), 2, height - 8);
  for (const [name, property] of [
    ["p", "--wave-p"],
    ["qrs", "--wave-qrs"],
    ["t", "--wave-t"],
  ] as const) {
    const [onset, end] = [waves[`${name}_onset`], waves[`${name}_end`]];
    if (onset === null || end === null) continue;
    g.fillStyle = colour(property);
    g.fillRect(xOf(onset), height - 5, xOf(end) - xOf(onset), 3);
  }
}

/** Values above their level before a sample: 0 is where the heart is at rest. */
export function levelled(values: readonly number[], sample: number): number[] {
  const before = values.slice(Math.max(0, Math.floor(sample) - LEVEL_SAMPLES), Math.max(1, Math.floor(sample)));
  const level = before.reduce((sum, value) => sum + value, 0) / Math.max(1, before.length);
  return values.map((value) => value - level);
}

function propertyOf(type: BeatType): string {
  return `--beat-${type.toLowerCase()}`;
}
