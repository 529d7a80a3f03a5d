import { groupBeats } from "../../src/analysis/beats/beat-kinds.ts";
import { newLikeness, newWidth } from "../../src/analysis/beats/beat-shapes.ts";
import { typeBeats } from "../../src/analysis/beats/beat-types.ts";
import type { Beats } from "../../src/analysis/beats/beats.ts";
import type { Candidates } from "../../src/analysis/beats/candidate-list.ts";
import { chooseBeats } from "../../src/analysis/beats/choose-beats.ts";
import { findEpisodes, findFibrillation, measureIrregularity } from "../../src/analysis/measures/fibrillation.ts";
import { newQuality } from "../../src/analysis/measures/quality.ts";
import { measureVariability } from "../../src/analysis/measures/variability.ts";
import { type Lead, MISSING } from "../../src/recording/recording.ts";

/*
 * Made series in which much is in doubt, so that a rule that is changed a little changes what comes out. They are no ECGs:
 * they say nothing of how good a rule is.
 */

type Random = () => number;

/** Numbers from 0 up to 1, the same for the same seed (Marsaglia's xorshift). */
export function newRandom(seed: number): Random {
  let state = seed * 2654435761;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Which of made candidates are taken for beats, 1 or 0 each. */
export function chooseMade(seed: number): string {
  const candidates = newCandidates(newRandom(seed));
  const chosen = new Set(chooseBeats(candidates).beats);
  return Array.from(candidates.times.keys(), (k) => (chosen.has(k) ? 1 : 0)).join("");
}

/** How many waves are taken for beats where each beat has a T wave that is nearly as high, or most have. */
export function countWithTWaves(seed: number): number {
  const random = newRandom(seed);
  const beatCount = 2 + Math.floor(58 * random() ** 3);
  const rr = 0.36 + 1.2 * random();
  const delay = (0.24 + 0.12 * random()) * Math.sqrt(rr);
  const spread = 0.05 * random();
  const share = 0.5 + 0.5 * Math.sqrt(random());
  const height = 0.8 + 0.25 * random();
  const likeness = 0.8 + 0.2 * random();
  const width = 0.04 + 0.06 * random();
  const lastWithT = beatCount * (random() < 0.5 ? random() : 1);
  const waves = Array.from({ length: beatCount }, (_, beat) => {
    const time = 1 + beat * rr;
    const tTime = time + delay + spread * (random() - 0.5);
    const hasT = beat < lastWithT && random() < share;
    return [{ time, height: 1, isT: false }, ...(hasT ? [{ time: tTime, height, isT: true }] : [])];
  }).flat();
  const times = Float64Array.from(waves, ({ time }) => time);
  return chooseBeats({
    times,
    clocks: times,
    heights: Float32Array.from(waves, (wave) => wave.height),
    shapeScales: Float32Array.from(waves, (wave) => 500 * wave.height),
    noises: new Float32Array(waves.length).fill(0.02),
    likeness: (a, b) => (waves[a].isT === waves[b].isT ? 1 : likeness),
    width: () => width,
    ...newShapes(waves.map(({ isT }) => ({ kind: isT ? 1 : 0, width }))),
  }).beats.length;
}

/** Beats, each with up to two other waves after it: of heights, times and shapes from clear to in doubt. */
function newCandidates(random: Random): Candidates {
  type Wave = { time: number; height: number; noise: number; kind: number; width: number };
  const waves: Wave[] = [];
  const usual = 0.4 + 0.9 * random();
  const noise = 0.6 * random() ** 2;
  const tWave = {
    share: 1 - 0.5 * random() ** 2,
    delay: 0.2 + 0.16 * random(),
    spread: 0.06 * random() ** 2,
    height: 0.4 + 0.6 * random(),
  };
  let time = 0;
  const lowAtFirst = random() < 0.2 ? 60 * random() : 0;
  for (; waves.length < lowAtFirst; time += 0.12) waves.push({ time, height: 0.16, noise, kind: 3, width: 0.05 });
  for (let beat = 0; beat < 60; beat++) {
    const chance = random();
    const share = chance < 0.1 ? 0.35 + 0.6 * random() : chance > 0.95 ? 1.3 + 4 * random() : 0.93 + 0.14 * random();
    time += usual * share;
    const height = (0.25 + 1.1 * Math.sqrt(random())) * (random() < 0.03 ? 3 : 1);
    const wave = { time, height, noise: noise * (0.5 + random()), kind: random() < 0.1 ? 2 : 0, width: 0.05 };
    waves.push(wave);
    if (random() < tWave.share) {
      const delay = tWave.delay + tWave.spread * (random() - 0.5);
      const lower = Math.min(1.05, tWave.height * (0.9 + 0.3 * random()));
      waves.push({ ...wave, time: time + delay, height: height * lower, kind: 1, width: 0.04 + 0.06 * random() });
    }
    if (random() < 0.15) {
      const delay = 0.1 + 0.6 * random();
      waves.push({ ...wave, time: time + delay, height: 0.15 + 0.8 * random(), kind: random() < 0.5 ? 3 : 0 });
    }
  }
  waves.sort((a, b) => a.time - b.time);
  const gapAt = waves[waves.length >> 1].time;
  const unlikeness = waves.map(() => 0.15 * random());
  return {
    times: Float64Array.from(waves, (wave) => wave.time),
    clocks: Float64Array.from(waves, (wave) => (wave.time > gapAt ? wave.time - 0.5 : wave.time)),
    heights: Float32Array.from(waves, (wave) => wave.height),
    shapeScales: Float32Array.from(waves, (wave) => 500 * wave.height),
    noises: Float32Array.from(waves, (wave) => wave.noise),
    likeness: (a, b) => (waves[a].kind === waves[b].kind ? 1 : 0.95) - unlikeness[a] - unlikeness[b],
    width: (k) => waves[k].width,
    ...newShapes(waves),
  };
}

/** Shapes of one lead: a narrow wave that goes up and down, T waves as wide as they are said to be, and others. */
function newShapes(waves: readonly { kind: number; width: number }[]): Pick<Candidates, "shapes" | "leadCount"> {
  const shapes = new Int8Array(waves.length * POINTS);
  for (const [i, { kind, width }] of waves.entries()) {
    const wide = kind === 0 ? 1.5 : 100 * width;
    for (let k = 0; k < POINTS; k++) {
      const at = (k - 13) / wide;
      shapes[i * POINTS + k] = Math.round(
        120 * Math.exp(-at * at) - (kind % 2 === 0 ? 50 : 0) * Math.exp(-((at - 2) ** 2)),
      );
    }
  }
  return { shapes, leadCount: 1 };
}

/** What made beats are typed as. */
export function typeMade(seed: number): string {
  const random = newRandom(seed);
  return typeBeats(newBeats(random, seed % 10 === 0 ? 150 : 20 + Math.floor(40 * random()))).join("");
}

/** What kinds made beats are of. Many of them have shapes of their own where `isNoise`. */
export function groupMade(seed: number, count: number, isNoise = false) {
  const random = newRandom(seed);
  const beats = newBeats(random, count);
  if (isNoise) for (const k of beats.shapes.keys()) beats.shapes[k] = Math.round(127 * (2 * random() - 1));
  const likeness = newLikeness(beats.shapes, LEADS);
  const width = newWidth(beats.shapes, LEADS);
  const some = Array.from({ length: 20 }, (_, i) => i);
  return {
    ...groupBeats(beats),
    likenessToNext: some.map((i) => likeness(i, i + 1)),
    widths: some.map(width),
  };
}

const POINTS = 32;
const LEADS = 2;

/** Beats of four shapes that run into each other, in two leads, the second poor; early, late and in runs by chance. */
function newBeats(random: Random, count: number): Beats {
  const usual = 0.5 + 0.7 * random();
  const irregularity = 0.15 * random() ** 2;
  const poorness = 2 * random() ** 2;
  const shapesOfKinds = Array.from({ length: 4 }, (_, kind) => ({
    chance: (kind === 0 ? 1 : 0.5) * random(),
    width: 1.5 + (kind === 0 ? 0.5 : 2.5) * random(),
    height: 0.7 + 0.6 * random(),
    second: 0.2 + 0.8 * random(),
    discordance: kind === 0 ? -0.1 : 0.7 * random() - 0.1,
    earliness: kind === 0 ? 0.05 : random(),
    runs: kind === 0 ? 0 : 0.5 * random(),
  }));
  // Two are much alike, so that they share what is known of them.
  const [, like, alike] = shapesOfKinds;
  alike.width = like.width * (1 + 0.15 * random());
  alike.height = like.height * (1 + 0.2 * random());
  alike.second = like.second;
  alike.discordance = like.discordance;
  const chances = shapesOfKinds.reduce((sum, { chance }) => sum + chance, 0);
  const pick = () => {
    let left = chances * random();
    for (const kind of shapesOfKinds) {
      if (left < kind.chance) return kind;
      left -= kind.chance;
    }
    return shapesOfKinds[0];
  };
  const times = new Float64Array(count);
  const shapes = new Int8Array(count * LEADS * POINTS);
  const shapeScales = new Float32Array(count * LEADS);
  let time = 0.5;
  let kind = shapesOfKinds[0];
  let late = 1;
  for (let i = 0; i < count; i++) {
    if (random() > kind.runs) kind = pick();
    const isEarly = random() < kind.earliness;
    time += usual * (isEarly ? 0.55 + 0.4 * random() : late) * (1 + irregularity * (random() - 0.5));
    late = isEarly ? 1 + 0.5 * random() : random() < 0.03 ? 1 + 3 * random() : 1;
    times[i] = time;
    const width = kind.width * (0.9 + 0.2 * random());
    for (let lead = 0; lead < LEADS; lead++) {
      const noise = lead === 0 ? 0.08 : poorness;
      for (let k = 0; k < POINTS; k++) {
        const at = (k - 13) / width;
        const wave = Math.exp(-at * at) - kind.second * Math.exp(-((at - 1.7) ** 2));
        const st = k > 20 ? -kind.discordance : 0;
        shapes[(i * LEADS + lead) * POINTS + k] = Math.round(75 * (wave + st + noise * (random() - 0.5)));
      }
      shapeScales[i * LEADS + lead] = 500 * kind.height * (0.9 + 0.2 * random());
    }
  }
  const afterGap = new Uint8Array(count);
  afterGap[count >> 1] = 1;
  return {
    times,
    afterGap,
    heights: new Float32Array(count).fill(1),
    shapes,
    shapeScales,
    shapeLeads: [0, 1],
    gaps: [],
    doubtful: [],
  };
}

/** Where a made rhythm is irregular, and its variability: intervals from regular to irregular and back over half an hour. */
export function measureMadeRhythm(seed: number) {
  const random = newRandom(seed);
  const count = 2200;
  const times = new Float64Array(count);
  const isLeftOut = new Uint8Array(count);
  const afterGap = new Uint8Array(count);
  for (let i = 1; i < count; i++) {
    const irregularity = 0.5 * Math.max(0, Math.sin(i / 90)) * random();
    const breath = 0.03 * Math.sin(times[i - 1] * 1.6) + 0.02 * Math.sin(times[i - 1] * 0.6) + 0.03 * Math.sin(i / 400);
    const extra = random();
    times[i] = times[i - 1] + 0.75 + breath + irregularity * (random() < 0.5 ? -0.7 : 1) * (extra < 0.01 ? 0.4 : 1);
    if (extra > 0.99) times[i] += 2 * random();
    if (extra < 0.01) times[i] -= 0.45 * random();
    isLeftOut[i] = extra < 0.02 ? 1 : 0;
    afterGap[i] = random() < 0.002 ? 1 : 0;
  }
  const evidence = {
    ...measureIrregularity({ times, afterGap }, isLeftOut),
    // P waves that come and go.
    comesBack: Float32Array.from(times, (_, i) => 0.4 + 0.4 * Math.sin(i / 50) + 0.1 * random()),
  };
  const isFibrillating = findFibrillation(evidence, { from: 0, to: count, isFibrillating: false });
  return {
    irregular: findEpisodes({ times, afterGap }, evidence, isFibrillating),
    variability: measureVariability(
      times,
      isLeftOut.map((out) => 1 - out),
      afterGap.map((gap) => 1 - gap),
    ),
  };
}

/** What of each second of a lead is changed, from little at its beginning to much at its end, by sample. */
const RAMPS: Record<string, (level: number, sample: number, place: number, gain: number, random: Random) => number> = {
  missing: (level, sample, place) => (place < 0.5 * level ? MISSING : sample),
  flat: (level, sample, place) => (place < 0.5 + 0.5 * level ? 1000 : sample),
  "short rests": (level, sample, place) => (place > 0.1 && place < 0.1 + 0.4 * level ? 1000 : sample),
  clipped: (level, sample) => Math.min(sample, 1250 - Math.round(300 * level)),
  noise: (level, sample, _place, gain, random) => sample + Math.round(gain * 2 * level * (random() - 0.5)),
  "hum of 50 Hz": (level, sample, place, gain) =>
    sample + Math.round(gain * 1.5 * level * Math.sin(100 * Math.PI * place)),
  "hum of 60 Hz": (level, sample, place, gain) =>
    sample + Math.round(gain * 1.5 * level * Math.sin(120 * Math.PI * place)),
  range: (level, sample, place, gain) => (place > 0.4 && place < 0.45 ? sample + 40 * level * gain : sample),
  wander: (level, sample, place, gain) => sample + Math.round(gain * 3 * level * Math.sin(2 * Math.PI * place * 0.5)),
};
export const RAMP_NAMES = Object.keys(RAMPS);

/** The quality of a lead that is made worse and worse. */
export function measureRamp({ samples, samplingRate, gain }: Lead, name: string) {
  const rate = samplingRate ?? 1;
  const random = newRandom(1);
  const quality = newQuality(rate, gain);
  quality.push(
    samples.map((sample, i) => RAMPS[name](i / samples.length, sample, (i % rate) / rate, gain ?? 1, random)),
  );
  return quality.finish();
}
