import type { BeatRecord } from "../../../test/bench/beat-records.ts";
import type { Random } from "./random.ts";

/** A beat is taken from this many seconds before its R peak to as many after it, ... */
const BEAT = { before: 0.14, after: 0.34 };
/** ... and rises from nothing in this share of that, and falls to nothing in this. */
const EDGES = { rise: 1 / 8, fall: 1 / 4 };
/** Between two runs are so many seconds of the record as it is. */
const APART_SECONDS = { from: 2, to: 15 };
/** The first beat of a run is as early as this after the beat before it, in seconds. */
const COUPLING_SECONDS = { from: 0.32, to: 0.6 };
/** The intervals of a run, in seconds: of most runs, and the longest of the others. */
const RR_SECONDS = { from: 0.27, to: 0.45, longest: 0.75 };
/** A run has this many beats, most have few. */
const BEATS = { least: 2, most: 15 };
/** The next beat of the record comes this many seconds after a run at the earliest. */
const PAUSE_SECONDS = { from: 0.4, to: 0.6 };
/** How much wider and how large the beats of a run are than what they are made of: a ventricular beat, or a normal one. */
const OF_VENTRICULAR = { width: { from: 0.8, to: 1.3 }, size: { from: 0.6, to: 1.2 } };
const OF_NORMAL = { width: { from: 1.3, to: 2.6 }, size: { from: 0.4, to: 1.5 } };

/**
 * Puts runs of ventricular beats into a record, of which databases have few: one of its own ventricular beats again and again, or a
 * normal one that is made wider, upside down or not. At most rates a beat begins in the T wave of the one before.
 */
export function addRuns(record: BeatRecord, random: Random): BeatRecord {
  const { samplingRate: rate, leads, reference, ways } = record;
  const { beats, flutter } = reference;
  const between = ({ from, to }: { from: number; to: number }) => from + (to - from) * random();
  const before = Math.round(BEAT.before * rate);
  const after = Math.round(BEAT.after * rate);
  const made = leads.map(({ name, samples }) => ({ name, samples: samples.slice() }));
  const isWhole = ({ sample }: (typeof beats)[number]) => sample >= before && sample + after < leads[0].samples.length;
  const isApart = (i: number) =>
    beats[i].sample - (beats[i - 1]?.sample ?? 0) > 0.3 * rate && beats[i + 1]?.sample - beats[i].sample > 0.4 * rate;
  const ventricular = beats.filter((beat, i) => beat.type === "V" && isWhole(beat) && isApart(i));

  const kept: typeof beats = [];
  let due = between(APART_SECONDS) * rate;
  for (let i = 0; i < beats.length; i++) {
    const { sample } = beats[i];
    kept.push(beats[i]);
    if (sample < due || !isWhole(beats[i])) continue;
    const isOwn = ventricular.length > 0 && random() < 0.7;
    const { sample: source } = isOwn ? ventricular[Math.floor(random() * ventricular.length)] : beats[i];
    const { width, size } = isOwn ? OF_VENTRICULAR : OF_NORMAL;
    const stretching = between(width);
    const sign = random() < 0.5 ? -1 : 1;
    const rr = between({ ...RR_SECONDS, to: random() < 0.7 ? RR_SECONDS.to : RR_SECONDS.longest });
    const count = BEATS.least + Math.floor(random() * random() * (BEATS.most - BEATS.least + 1));
    const run: { sample: number; type: "V"; size: number }[] = [];
    let time = sample + between(COUPLING_SECONDS) * rate;
    for (let k = 0; k < count; k++) {
      run.push({ sample: Math.round(time), type: "V", size: between({ from: 0.88, to: 1.12 }) });
      time += rr * rate * between({ from: 0.95, to: 1.05 });
    }
    const last = run[count - 1].sample + between(PAUSE_SECONDS) * rate;
    const next = beats.findIndex((beat) => beat.sample > last);
    if (next < 0) continue;
    const from = sample + Math.round(between({ from: 0.14, to: 0.24 }) * rate);
    const to = beats[next].sample - Math.round(0.2 * rate);
    for (const [l, { samples }] of made.entries()) {
      const wave = takeBeat(leads[l].samples, source, before, after);
      const factor = sign * between(size) * between({ from: 0.6, to: 1.3 });
      const [first, end] = [samples[from], samples[to]];
      for (let k = from; k < to; k++) samples[k] = Math.round(first + ((end - first) * (k - from)) / (to - from));
      for (const beat of run) addWave(samples, wave, beat.sample, before, stretching, factor * beat.size, from, to);
    }
    kept.push(...run.map((beat) => ({ sample: beat.sample, type: beat.type })));
    due = beats[next].sample + between(APART_SECONDS) * rate;
    i = next - 1;
  }
  return { ...record, leads: made, reference: { beats: kept, flutter }, ways };
}

/** A beat over the line between its ends. */
function takeBeat(samples: Int32Array, peak: number, before: number, after: number): Float64Array {
  const length = before + after;
  const [first, end] = [samples[peak - before], samples[peak + after]];
  return Float64Array.from({ length }, (_, k) => {
    const share = k / length;
    const edge = Math.min(1, share / EDGES.rise, (1 - share) / EDGES.fall);
    return (samples[peak - before + k] - first - (end - first) * share) * edge;
  });
}

/** Adds a wave to the samples of a stretch, its R peak, `before` into it, at a place. */
function addWave(
  samples: Int32Array,
  wave: Float64Array,
  peak: number,
  before: number,
  stretching: number,
  factor: number,
  from: number,
  to: number,
): void {
  const end = Math.min(to, peak + Math.floor((wave.length - 1 - before) * stretching));
  for (let k = Math.max(from, peak - Math.floor(before * stretching)); k < end; k++) {
    const at = before + (k - peak) / stretching;
    const left = Math.floor(at);
    samples[k] += Math.round(factor * (wave[left] + (at - left) * (wave[left + 1] - wave[left])));
  }
}
