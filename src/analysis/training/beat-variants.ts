import type { BeatRecord } from "../../../test/bench/beat-records.ts";
import { syntheticEcg } from "../../../test/support/synthetic-ecg.ts";
import { makeUpNoise } from "./made-up-noise.ts";
import { newRandom, type Random } from "./random.ts";
import { addRuns } from "./ventricular-runs.ts";

/** A kind of ECGs that databases have few of: made of the records of MIT-BIH, or generated. */
type Variant = {
  database: string;
  /** What is drawn for it begins with this. */
  seed: number;
  isNoisy: boolean;
  make: (record: BeatRecord, random: Random, noise: Float32Array[]) => BeatRecord[];
};

/** A record is cut out of after this many seconds at the earliest: there the detector knows what is usual. */
const FIRST_CUT = 5;
/** The record of which the noise stress test was made, and that of its records in which noise is loudest. */
const NOISE = { clean: "118", noisy: "118e_6" };
/** The noise stress test is noisy for two of every four minutes from the fifth on. */
const NOISY_SECONDS = { from: 300, length: 120, each: 240, to: 1800 };
const BY_ONE_LEAD = [
  { title: "lead 1", leads: [0] },
  { title: "lead 2", leads: [1] },
];

const VARIANTS: readonly Variant[] = [
  {
    // A minute as it is, two with noise in all leads, and a minute as it is.
    database: "noise",
    seed: 14,
    isNoisy: true,
    make: (record, random, noise) => {
      if (record.name === NOISE.clean) return [];
      return [0, 6, 12].map((snr) => {
        const from = 300 + Math.floor(random() * 1000);
        const whole = cut(record, from, from + 240);
        const noisy = addNoise(cut(record, from + 60, from + 180), snr, random, noise);
        const count = Math.round(120 * record.samplingRate);
        return mapLeads(whole, (samples, l) => {
          const mixed = samples.slice();
          mixed.set(noisy.leads[l].samples.subarray(0, count), Math.round(60 * record.samplingRate));
          return mixed;
        });
      });
    },
  },
  {
    database: "noise in one lead",
    seed: 21,
    isNoisy: true,
    make: (record, random, noise) => {
      const from = 300 + Math.floor(random() * 1000);
      const lead = random() < 0.5 ? 0 : 1;
      const made = addNoise(cut(record, from, from + 120), random() * 12 - 3, random, noise, lead);
      const ways = [
        { title: "noisy lead", leads: [lead] },
        { title: "other lead", leads: [1 - lead] },
        { title: "all leads", leads: [0, 1] },
      ];
      return [{ ...made, ways }];
    },
  },
  {
    database: "10 s with noise",
    seed: 28,
    isNoisy: true,
    make: (record, random, noise) =>
      repeat(8, () => {
        const short = cutAnywhere(record, 10, 1780, random);
        return { ...addNoise(short, 3 + random() * 15, random, noise), ways: BY_ONE_LEAD };
      }),
  },
  {
    database: "10 s",
    seed: 35,
    isNoisy: false,
    make: (record, random) => repeat(12, () => ({ ...cutAnywhere(record, 10, 1780, random), ways: BY_ONE_LEAD })),
  },
  {
    database: "10 s with large beats",
    seed: 35,
    isNoisy: false,
    make: (record, random) =>
      repeat(8, () => {
        const short = cutAnywhere(record, 10, 1780, random);
        return { ...enlargeBeats(short, 3 + random() * 5, random), ways: BY_ONE_LEAD };
      }),
  },
  {
    database: "60 s with large beats",
    seed: 35,
    isNoisy: false,
    make: (record, random) =>
      repeat(2, () => {
        const short = cutAnywhere(record, 60, 1700, random);
        return enlargeBeats(short, 3 + random() * 5, random);
      }),
  },
  {
    database: "lower for a while",
    seed: 28,
    isNoisy: false,
    make: (record, random) => {
      const short = cutAnywhere(record, 120, 1600, random);
      const factor = 0.08 + 0.3 * random();
      const from = 20 + 40 * random();
      return [{ ...lower(short, factor, from, 70 + 50 * random()), ways: BY_ONE_LEAD }];
    },
  },
  {
    database: "no beats for a while",
    seed: 35,
    isNoisy: false,
    make: (record, random) =>
      repeat(4, () => ({ ...stopBeats(cutAnywhere(record, 60, 1700, random), random), ways: BY_ONE_LEAD })),
  },
  {
    database: "odd beats",
    seed: 21,
    isNoisy: false,
    make: (record, random) => repeat(2, () => makeOdd(cutAnywhere(record, 180, 1500, random), random)),
  },
];

/** The names of the variants that are made with the noise of the noise stress test. */
export const NOISY_VARIANTS: readonly string[] = VARIANTS.filter(({ isNoisy }) => isNoisy).map((one) => one.database);

/**
 * Makes the variants of the records of MIT-BIH, those with noise where the noise stress test is among the records, and
 * generates ECGs of slow, usual and fast hearts.
 *
 * @param seed 1 gives those that the weights in use were fitted to
 */
export function* makeVariants(records: readonly BeatRecord[], seed: number): Generator<BeatRecord> {
  const clean = records.find(({ database, name }) => database === "mitdb" && name === NOISE.clean);
  const noisy = records.find(({ database, name }) => database === "nstdb" && name === NOISE.noisy);
  const noise = clean && noisy ? takeNoise(clean, noisy) : [];
  for (const { database, seed: own, isNoisy, make } of VARIANTS) {
    if (isNoisy && noise.length === 0) continue;
    const random = newRandom(own + seed - 1);
    for (const record of records) {
      if (record.database !== "mitdb") continue;
      for (const made of make(record, random, noise)) yield { ...made, database };
    }
  }
  yield* generate(newRandom(4 + seed));
}

/** Made-up noise of this length is drawn for each variant of a record. */
const MADE_UP_SECONDS = 400;

/**
 * Makes what only the network of candidates in doubt learns from, to which it matters what is about them: the noisy variants of the
 * records of MIT-BIH, with made-up noise in place of that of the noise stress test, these records with runs of ventricular beats, and
 * generated extrasystoles.
 */
export function* makeDoubtfulVariants(records: readonly BeatRecord[], seed: number): Generator<BeatRecord> {
  const random = newRandom(91 + seed);
  for (const { database, isNoisy, make } of VARIANTS) {
    if (!isNoisy) continue;
    for (const record of records) {
      if (record.database !== "mitdb") continue;
      const noise = makeUpNoise(random, MADE_UP_SECONDS);
      for (const made of make(record, random, noise)) yield { ...made, database: `${database}, made up` };
    }
  }
  const randomOfRuns = newRandom(76 + seed);
  for (const record of records) {
    if (record.database !== "mitdb") continue;
    for (let i = 0; i < 2; i++) {
      const made = addRuns(cutAnywhere(record, 180, 1500, randomOfRuns), randomOfRuns);
      yield { ...made, database: "ventricular runs" };
    }
  }
  for (let i = 0; i < EXTRASYSTOLES.count; i++) yield generateExtrasystoles(`${i}`, newRandom(1000 * seed + i));
}

function repeat(count: number, make: () => BeatRecord): BeatRecord[] {
  return Array.from({ length: count }, make);
}

function mapLeads(record: BeatRecord, change: (samples: Int32Array, lead: number) => Int32Array): BeatRecord {
  return { ...record, leads: record.leads.map((lead, l) => ({ ...lead, samples: change(lead.samples, l) })) };
}

/** @param latest the second before which it begins */
function cutAnywhere(record: BeatRecord, seconds: number, latest: number, random: Random): BeatRecord {
  const from = FIRST_CUT + random() * latest;
  return cut(record, from, from + seconds);
}

function cut(record: BeatRecord, from: number, to: number): BeatRecord {
  const { beats, flutter } = record.reference;
  const first = Math.round(from * record.samplingRate);
  const end = Math.round(to * record.samplingRate);
  return {
    ...mapLeads(record, (samples) => samples.slice(first, end)),
    reference: {
      beats: beats
        .filter(({ sample }) => sample >= first && sample < end)
        .map((beat) => ({ ...beat, sample: beat.sample - first })),
      flutter: flutter.map((stretch) => ({ from: stretch.from - first, to: stretch.to - first })),
    },
  };
}

/** What electrodes that move have put on each lead: the noisy record without the clean one. */
function takeNoise(clean: BeatRecord, noisy: BeatRecord): Float32Array[] {
  const rate = clean.samplingRate;
  const { from, length, each, to } = NOISY_SECONDS;
  return noisy.leads.map(({ samples }, l) => {
    const noise: number[] = [];
    for (let second = from; second + length <= to; second += each) {
      const differences = samples
        .subarray(second * rate, (second + length) * rate)
        .map((value, i) => value - clean.leads[l].samples[second * rate + i]);
      const mean = differences.reduce((sum, value) => sum + value / differences.length, 0);
      for (const value of differences) noise.push(value - mean);
    }
    return Float32Array.from(noise);
  });
}

/**
 * Adds noise as the noise stress test does: its power is to that of the usual QRS complex as the ratio says.
 *
 * @param snr dB
 * @param only the lead that gets noise; all do without it
 */
function addNoise(
  record: BeatRecord,
  snr: number,
  random: Random,
  noise: readonly Float32Array[],
  only?: number,
): BeatRecord {
  return mapLeads(record, (samples, lead) => {
    if (only !== undefined && lead !== only) return samples;
    const own = noise[random() < 0.5 ? 0 : 1];
    const ranges = record.reference.beats.flatMap(({ sample }) => {
      const complex = samples.subarray(Math.max(0, sample - 18), sample + 18);
      const range =
        complex.reduce((a, b) => Math.max(a, b), -Infinity) - complex.reduce((a, b) => Math.min(a, b), Infinity);
      return range > 0 ? range : [];
    });
    ranges.sort((a, b) => a - b);
    const range = ranges[ranges.length >> 1] ?? 100;
    const offset = Math.floor(random() * (own.length - 1));
    const sign = random() < 0.5 ? -1 : 1;
    const noiseAt = (i: number) => own[(offset + i) % own.length];
    let power = 0;
    for (let i = 0; i < samples.length; i++) power += noiseAt(i) ** 2 / samples.length;
    const factor = sign * Math.sqrt((range * range) / 8 / 10 ** (snr / 10) / (power || 1));
    return samples.map((value, i) => Math.round(value + factor * noiseAt(i)));
  });
}

/** Makes some beats larger: the ventricular ones if there are any beside others, or one of every few. */
function enlargeBeats(record: BeatRecord, factor: number, random: Random): BeatRecord {
  const rate = record.samplingRate;
  const { beats } = record.reference;
  const isVentricular = ({ type }: (typeof beats)[number]) => type === "V" || type === "F";
  const ventricular = beats.filter(isVentricular).length;
  const isByType = ventricular >= 2 && ventricular < 0.7 * beats.length;
  const every = 2 + Math.floor(random() * 4);
  const phase = Math.floor(random() * every);
  const gains = new Float32Array(record.leads[0].samples.length).fill(1);
  for (const [i, beat] of beats.entries()) {
    if (isByType ? !isVentricular(beat) : i % every !== phase) continue;
    const to = Math.min(gains.length, beat.sample + 0.45 * rate);
    for (let k = Math.max(0, Math.round(beat.sample - 0.25 * rate)); k < to; k++) {
      const seconds = (k - beat.sample) / rate;
      const share = seconds < -0.1 ? (seconds + 0.25) / 0.15 : seconds > 0.25 ? (0.45 - seconds) / 0.2 : 1;
      gains[k] = Math.max(gains[k], 1 + (factor - 1) * Math.max(0, Math.min(1, share)));
    }
  }
  return mapLeads(record, (samples) => {
    const baseline = smooth(samples, Math.round(0.6 * rate));
    return samples.map((value, k) => Math.round(baseline[k] + (value - baseline[k]) * gains[k] * 4));
  });
}

/** The mean of each sample and so many to each side. */
function smooth(samples: Int32Array, reach: number): Float64Array {
  const sums = new Float64Array(samples.length + 1);
  for (let k = 0; k < samples.length; k++) sums[k + 1] = sums[k] + samples[k];
  return Float64Array.from(samples, (_, k) => {
    const from = Math.max(0, k - reach);
    const to = Math.min(samples.length, k + reach + 1);
    return (sums[to] - sums[from]) / (to - from);
  });
}

/** Makes some beats single ones of another shape: upside down, higher or lower, wider, and earlier. */
function makeOdd(record: BeatRecord, random: Random): BeatRecord {
  const rate = record.samplingRate;
  const { beats, flutter } = record.reference;
  const made = mapLeads(record, (samples) => samples.slice());
  const moved = beats.map((beat) => ({ ...beat }));
  for (let i = 2; i < beats.length - 1; i++) {
    if (random() > 0.12) continue;
    const { sample } = beats[i];
    const rr = sample - beats[i - 1].sample;
    if (rr < 0.5 * rate) continue;
    const from = Math.round(sample - 0.14 * rate);
    const to = Math.round(Math.min(sample + 0.36 * rate, beats[i + 1].sample - 0.2 * rate));
    if (to - from < 0.3 * rate || to >= made.leads[0].samples.length) continue;
    const factor = (random() < 0.6 ? -1 : 1) * (0.35 + 1.2 * random());
    const stretching = 1 + 1.2 * random();
    const early = Math.round(random() < 0.6 ? rr * (0.1 + 0.3 * random()) : 0);
    const length = to - from;
    for (const [l, { samples }] of made.leads.entries()) {
      const source = record.leads[l].samples;
      const [first, last] = [source[from], source[to]];
      const beat = Float64Array.from({ length }, (_, k) => {
        const share = k / length;
        const center = sample - from;
        const at = Math.min(length - 1, Math.max(0, center + (k - center) / stretching));
        const before = from + Math.floor(at);
        const value = source[before] + (at - Math.floor(at)) * (source[Math.min(to, before + 1)] - source[before]);
        const line = first + (last - first) * (at / length);
        return (value - line) * factor * Math.min(1, 10 * share, 6 * (1 - share));
      });
      for (let k = from; k < to; k++) samples[k] = Math.round(first + ((last - first) * (k - from)) / length);
      for (let k = 0; k < length; k++) {
        const place = from - early + k;
        samples[place] = Math.round(samples[place] + beat[k]);
      }
    }
    moved[i].sample -= early;
  }
  return { ...made, reference: { beats: moved, flutter } };
}

/** Makes all lower for a while; eight times as many ADC units a millivolt, so that little is lost. */
function lower(record: BeatRecord, factor: number, from: number, to: number): BeatRecord {
  const rate = record.samplingRate;
  return mapLeads(record, (samples) => {
    const mean = samples.reduce((sum, value) => sum + value / samples.length, 0);
    return samples.map((value, k) =>
      Math.round(8 * (mean + (value - mean) * (k >= from * rate && k < to * rate ? factor : 1))),
    );
  });
}

/** Makes beats cease for a while: what is left is the baseline, mostly with P waves. Some records are not fit for it. */
function stopBeats(record: BeatRecord, random: Random): BeatRecord {
  const rate = record.samplingRate;
  const { beats, flutter } = record.reference;
  if (beats.length < 12) return record;
  const lastBeat = 4 + Math.floor(random() * (beats.length - 10));
  const seconds = 2.5 + random() * 14;
  const from = beats[lastBeat].sample + Math.round(0.55 * rate);
  const to = Math.min(record.leads[0].samples.length - Math.round(0.4 * rate), from + Math.round(seconds * rate));
  const hasPWaves = random() < 0.6;
  const rr = (beats[lastBeat].sample - beats[lastBeat - 4].sample) / 4;
  const next = beats.find(({ sample }) => sample > to)?.sample;
  if (!next) return record;
  const end = next - Math.round(0.35 * rate);
  const isSlow = beats.every(({ sample }, i) => i > lastBeat || beats[i + 1].sample - sample >= 0.6 * rate);
  if (end - from < 1.5 * rate || rr < 0.62 * rate || !isSlow) return record;
  // P waves come at times of their own in each lead: beats are looked for by one at a time.
  const made = mapLeads(record, (samples) => {
    const changed = samples.slice();
    const [first, last] = [samples[from], samples[end]];
    const { sample } = beats[lastBeat - 1];
    const pFrom = sample - Math.round(0.26 * rate);
    const length = sample - Math.round(0.06 * rate) - pFrom;
    const pWave = Float64Array.from({ length }, (_, k) => {
      const share = k / length;
      const line = samples[pFrom] + (samples[pFrom + length] - samples[pFrom]) * share;
      return (samples[pFrom + k] - line) * Math.min(1, 8 * share, 8 * (1 - share));
    });
    // The baseline's noise is that of pieces before P waves.
    for (let k = from; k < end; k++) {
      const share = (k - from) / (end - from);
      const piece = beats[1 + ((k >> 4) % (lastBeat - 1))].sample - Math.round(0.3 * rate);
      changed[k] = Math.round(first + (last - first) * share + 0.7 * (samples[piece + (k & 15)] - samples[piece]));
    }
    if (!hasPWaves) return changed;
    for (let at = from + Math.round(rr * 0.5); at + length < end; at += Math.round(rr * (0.9 + 0.2 * random()))) {
      for (let k = 0; k < length; k++) changed[at + k] += Math.round(pWave[k]);
    }
    return changed;
  });
  const kept = beats.filter(({ sample }) => sample < from - 0.15 * rate || sample > end);
  return { ...made, reference: { beats: kept, flutter } };
}

const SYNTHETIC_RATES = [250, 360, 500, 128];
const HEART_RATES = [12, 15, 18, 20, 25, 30, 40, 50, 100, 150, 180, 200, 220, 240, 255, 270, 285];
/** Numbers of the leads of `syntheticEcg` whose QRS complexes are no lower than their T waves. */
const SYNTHETIC_LEADS = [1, 6, 7, 8, 9, 10, 0, 11];
/** R peaks of the second lead are over this, in ADC units: its T waves are not. */
const LEAST_R = 700;

/** Generated ECGs: hearts of 12 to 285 beats a minute, and runs of fast beats. */
function* generate(random: Random): Generator<BeatRecord> {
  const ofGenerated = { database: "generated", isOpen: false };
  for (const heartRate of HEART_RATES) {
    for (const [i, samplingRate] of SYNTHETIC_RATES.entries()) {
      const seed = Math.floor(random() * 1e6);
      const noise = i === 0 ? 0.01 : 0.08 * random();
      const made = generateOne(seed, heartRate < 40 ? 120 : 40, heartRate, noise, samplingRate);
      const chosen = SYNTHETIC_LEADS.toSorted(() => random() - 0.5).slice(0, 3);
      const ways = [...BY_ONE_LEAD, { title: "all leads", leads: [0, 1, 2] }];
      const leads = chosen.map((lead) => made.leads[lead]);
      const reference = { beats: made.beats, flutter: [] };
      yield { ...ofGenerated, name: `${heartRate}.${samplingRate}`, samplingRate, leads, reference, ways };
    }
  }
  for (let i = 0; i < 12; i++) {
    const parts = [
      generateOne(i + 1, 30, 60 + 30 * random(), 0.02, 250),
      generateOne(i + 50, 6, 220 + 50 * random(), 0.02, 250),
      generateOne(i + 90, 30, 60 + 30 * random(), 0.02, 250),
    ];
    const lead = 1 + (i % 2) * 9;
    const starts = [0, 30 * 250, 36 * 250];
    const samples = Int32Array.from(parts.flatMap((part) => [...part.leads[lead].samples]));
    const beats = parts.flatMap((part, p) => part.beats.map((beat) => ({ ...beat, sample: beat.sample + starts[p] })));
    yield {
      ...ofGenerated,
      name: `run${i}`,
      samplingRate: 250,
      leads: [{ name: parts[0].leads[lead].name, samples }],
      reference: { beats, flutter: [] },
      ways: BY_ONE_LEAD.slice(0, 1),
    };
  }
}

function generateOne(seed: number, seconds: number, heartRate: number, noise: number, samplingRate: number) {
  const options = { seed, seconds, heartRate, samplingRate, gain: 1000 };
  const { samples } = syntheticEcg({ ...options, noise: 0 }).leads[1];
  const beats: { sample: number; type: "N" }[] = [];
  const reach = Math.round(0.08 * samplingRate);
  for (let i = 0; i < samples.length; i++) {
    if (samples[i] < LEAST_R) continue;
    const about = samples.subarray(Math.max(0, i - reach), i + reach + 1);
    // The first of the highest samples about it.
    if (about.indexOf(about.reduce((a, b) => Math.max(a, b))) === Math.min(i, reach))
      beats.push({ sample: i, type: "N" });
  }
  return { leads: syntheticEcg({ ...options, noise }).leads, beats };
}

const EXTRASYSTOLES = { count: 90, seconds: 60, samplingRate: 250 };
/** Every so many of these have none, but T waves as tall as R waves. */
const TALL_T_EACH = 3;

/**
 * A heart whose normal beats are followed by early ventricular ones, in turn, by chance or not at all: an early beat that takes the
 * place of the next, or comes between two. What is a T wave in one of them is a beat in another.
 */
function generateExtrasystoles(name: string, random: Random): BeatRecord {
  const { seconds, samplingRate } = EXTRASYSTOLES;
  const between = (from: number, to: number) => from + (to - from) * random();
  const isOften = (share: number) => random() < share;
  const hasTallT = Number(name) % TALL_T_EACH === 0;
  const rr = between(0.6, 1.15);
  const each = isOften(0.5) ? 1 + Math.floor(3 * random()) : 0;
  const share = hasTallT ? 0 : between(0.02, 0.5);
  const coupling = Math.max(0.34, Math.min(0.7 * rr, between(0.34, 0.65)));
  const isInterpolated = coupling < 0.6 * rr && isOften(0.4);
  const tDelay = hasTallT ? between(0.24, 0.33) : between(0.25, 0.3);
  const [width, wide] = [between(0.009, 0.016), between(0.022, 0.05)];
  const [early, tHeight] = [between(0.5, 1.6) * (isOften(0.5) ? 1 : -1), between(0.1, 0.35)];
  /** Seconds from the R peak, the deviation of a bell in seconds, and its height. */
  const normal = [
    [-0.16, 0.02, between(0, 0.15)],
    [0, width, 1],
    [0.03, width, -between(0.1, 0.4)],
    hasTallT ? [tDelay, between(0.03, 0.05), between(0.6, 1.1)] : [tDelay, between(0.04, 0.06), tHeight],
  ];
  const ventricular = [
    [0, wide, early],
    [between(0.07, 0.1), wide, -early * between(0.2, 0.5)],
    [between(0.24, 0.3), 0.05, -early * between(0.2, 0.4)],
  ];
  const gain = between(100, 1000);
  const noise = between(0.01, 0.25);
  const length = seconds * samplingRate;
  const leads = ["I", "II"].map((lead) => {
    let smoothed = 0;
    const samples = Float64Array.from({ length }, () => {
      smoothed += 0.4 * (random() - 0.5 - smoothed);
      return noise * (0.3 * (random() - 0.5) + smoothed);
    });
    return { name: lead, samples, size: between(0.4, 1.2) };
  });
  const beats: BeatRecord["reference"]["beats"] = [];
  const add = (time: number, waves: readonly number[][], type: "N" | "V") => {
    beats.push({ sample: Math.round(time * samplingRate), type });
    for (const { samples, size } of leads) {
      for (const [at, deviation, height] of waves) {
        const center = (time + at) * samplingRate;
        const reach = 4 * deviation * samplingRate;
        for (let i = Math.max(0, Math.ceil(center - reach)); i < Math.min(length, center + reach); i++) {
          samples[i] += size * height * Math.exp(-0.5 * ((i - center) / (deviation * samplingRate)) ** 2);
        }
      }
    }
  };
  let count = 0;
  for (let time = 0.8; time < seconds - 2; time += rr * between(0.97, 1.03)) {
    add(time, normal, "N");
    count++;
    if (hasTallT || !(each > 0 ? count % each === 0 : isOften(share))) continue;
    add(time + coupling, ventricular, "V");
    if (!isInterpolated) time += rr;
  }
  return {
    database: "extrasystoles",
    name,
    samplingRate,
    leads: leads.map(({ name: lead, samples }) => ({ name: lead, samples: Int32Array.from(samples, (v) => gain * v) })),
    reference: { beats, flutter: [] },
    isOpen: false,
    ways: [...BY_ONE_LEAD, { title: "all leads", leads: [0, 1] }],
  };
}
