import type { Annotation } from "../recording/recording.ts";

/** The classes of ANSI/AAMI EC57: normal (or of a bundle branch block), supraventricular, ventricular, fusion, unknown. */
export type BeatClass = "N" | "S" | "V" | "F" | "Q";
/** A beat as it is compared: the number of its sample, and its class. */
export type ScoredBeat = { sample: number; type: BeatClass };
/** A beat as it is annotated: its time in seconds, and WFDB's mnemonic. */
export type AnnotatedBeat = ScoredBeat & { time: number; code: string };
/** Of samples, both ends included, or of seconds. */
type Stretch = { from: number; to: number };

/** What a recording is compared with: its beats, and the stretches of ventricular flutter, where none are counted; both in the order of their times. */
export type Reference<Beat extends ScoredBeat = ScoredBeat> = { beats: Beat[]; flutter: Stretch[] };

/** How often a beat of the reference (first letter) was found as one of the test (second); `O` is no beat. */
export type Score = {
  counts: Record<string, number>;
  /** Of the matched beats: how much later than in the reference they were found, in samples. */
  delays: number[];
};

/** Beats that are no farther apart than this are one, in seconds. */
const MATCH_SECONDS = 0.15;
const LEARNING_SECONDS = 300;

/** By the mnemonics that WFDB's tools print. */
const CLASSES = new Map<string, BeatClass>([
  ...toClass("N", "NLRB"),
  ...toClass("S", "aJASjen"),
  ...toClass("V", "VEr"),
  ...toClass("F", "F"),
  ...toClass("Q", "/Q?f"),
]);

function toClass(type: BeatClass, codes: string): [string, BeatClass][] {
  return [...codes].map((code) => [code, type]);
}

/**
 * The beats of an annotation file, by the classes that `bxb` gives its codes.
 *
 * @param samplingRate Hz
 */
export function toReference(annotations: readonly Annotation[], samplingRate: number): Reference<AnnotatedBeat> {
  const beats: AnnotatedBeat[] = [];
  const flutter: Stretch[] = [];
  let flutterFrom: number | undefined;
  for (const { time, code = "" } of annotations) {
    const type = CLASSES.get(code);
    const sample = Math.round(time * samplingRate);
    if (flutterFrom === undefined && code === "[") flutterFrom = sample;
    else if (flutterFrom !== undefined && code === "]") {
      flutter.push({ from: flutterFrom, to: sample });
      flutterFrom = undefined;
    } else if (type && flutterFrom === undefined) beats.push({ sample, type, time, code });
  }
  if (flutterFrom !== undefined) flutter.push({ from: flutterFrom, to: Number.POSITIVE_INFINITY });
  return { beats, flutter };
}

/**
 * Compares beats with a reference by the rules of ANSI/AAMI EC57, as WFDB's `bxb` applies them: the first 5 minutes are for
 * learning, and the others are paired as `pairBeats` says.
 *
 * @param samplingRate Hz
 * @param learningSeconds not scored
 */
export function scoreBeats(
  reference: Reference,
  found: readonly ScoredBeat[],
  samplingRate: number,
  learningSeconds = LEARNING_SECONDS,
): Score {
  const counts: Record<string, number> = {};
  const delays: number[] = [];
  pairBeats(reference, found, samplingRate, learningSeconds, (ours, theirs) => {
    countPair(counts, ours, theirs);
    if (ours && theirs) delays.push(theirs.sample - ours.sample);
  });
  return { counts, delays };
}

/** Counts a pair by the classes of its beats. */
export function countPair(counts: Score["counts"], ours: ScoredBeat | undefined, theirs: ScoredBeat | undefined): void {
  const key = `${ours?.type ?? "O"}${theirs?.type ?? "O"}`;
  counts[key] = (counts[key] ?? 0) + 1;
}

/**
 * Pairs beats with those of a reference: each with the nearest of the other side within 150 ms, once. What is found in
 * ventricular flutter and is not in the reference does not count.
 *
 * @param samplingRate Hz
 * @param skippedSeconds at the beginning, where none are paired
 * @param onPair is given each pair in the order of their times; a beat that has no other is given alone
 */
export function pairBeats<Beat extends ScoredBeat>(
  { beats, flutter }: Reference<Beat>,
  found: readonly Beat[],
  samplingRate: number,
  skippedSeconds: number,
  onPair: (ours: Beat | undefined, theirs: Beat | undefined) => void,
): void {
  const window = Math.trunc(MATCH_SECONDS * samplingRate);
  const start = Math.trunc(skippedSeconds * samplingRate);
  const timeOf = (list: readonly Beat[], at: number) => list[at]?.sample ?? Number.POSITIVE_INFINITY;
  const firstFrom = (list: readonly Beat[]) => {
    const at = list.findIndex(({ sample }) => sample >= start);
    return at < 0 ? list.length : at;
  };

  let r = firstFrom(beats);
  let f = firstFrom(found);
  let stretch = 0;
  // A beat of the learning period may be the match of the first that counts, and the other way round.
  const before = timeOf(beats, r) - (found[f - 1]?.sample ?? Number.NEGATIVE_INFINITY);
  if (before <= window && before < Math.abs(timeOf(beats, r) - timeOf(found, f))) {
    pair(beats[r++], found[f - 1]);
  } else if (
    timeOf(found, f) - start <= window &&
    Math.abs(timeOf(beats, r) - timeOf(found, f + 1)) < Math.abs(timeOf(beats, r) - timeOf(found, f))
  ) {
    f++;
  }

  while (r < beats.length || f < found.length) {
    const lead = timeOf(beats, r) - timeOf(found, f);
    if (lead > 0) {
      if (lead <= window && lead < Math.abs(timeOf(beats, r) - timeOf(found, f + 1))) pair(beats[r++], found[f++]);
      else pair(undefined, found[f++]);
    } else if (-lead <= window && -lead < Math.abs(timeOf(found, f) - timeOf(beats, r + 1))) {
      pair(beats[r++], found[f++]);
    } else {
      pair(beats[r++], undefined);
    }
  }

  function pair(ours: Beat | undefined, theirs: Beat | undefined) {
    if (ours || !theirs || !isFlutter(theirs)) onPair(ours, theirs);
  }

  /** Whether a beat is in flutter. Later beats are asked for later: the stretches before it are not looked at again. */
  function isFlutter({ sample }: Beat): boolean {
    while (flutter[stretch]?.to < sample) stretch++;
    return flutter[stretch]?.from <= sample;
  }
}

/** True and false positives and false negatives of one kind of finding. */
export type Tally = { truePositives: number; falseNegatives: number; falsePositives: number };

/** Of all beats alike. */
export function tallyBeats({ counts }: Pick<Score, "counts">): Tally {
  return {
    truePositives: sumOf(counts, (ours, theirs) => ours !== "O" && theirs !== "O"),
    falseNegatives: sumOf(counts, (_, theirs) => theirs === "O"),
    falsePositives: sumOf(counts, (ours) => ours === "O"),
  };
}

/** Of ventricular ectopic beats. A fusion or an unknown beat that is called ventricular is no error. */
export function tallyVentricular({ counts }: Pick<Score, "counts">): Tally {
  return tallyOne(counts, "V", "NSO");
}

/** Of supraventricular ectopic beats. An unknown beat that is called supraventricular is no error. */
export function tallySupraventricular({ counts }: Pick<Score, "counts">): Tally {
  return tallyOne(counts, "S", "NVFO");
}

function tallyOne(counts: Score["counts"], type: BeatClass, mistaken: string): Tally {
  return {
    truePositives: sumOf(counts, (ours, theirs) => ours === type && theirs === type),
    falseNegatives: sumOf(counts, (ours, theirs) => ours === type && theirs !== type),
    falsePositives: sumOf(counts, (ours, theirs) => mistaken.includes(ours) && theirs === type),
  };
}

function sumOf(counts: Score["counts"], isOne: (ours: string, theirs: string) => boolean): number {
  return Object.entries(counts).reduce((sum, [key, count]) => sum + (isOne(key[0], key[1]) ? count : 0), 0);
}

/** Where another rhythm begins, in seconds, and its name in WFDB's annotations, such as `(AFIB`. */
export type RhythmChange = { time: number; name: string };

/**
 * Seconds of atrial fibrillation. Those that are found in atrial flutter count neither way, as EC57 has it and WFDB's `epicmp` applies it,
 * unless they are asked for as false ones.
 *
 * @param seconds how long the recording is
 * @param found the episodes that were found, in seconds
 */
export function tallyFibrillation(
  changes: readonly RhythmChange[],
  seconds: number,
  found: readonly Stretch[],
  inFlutter: "not counted" | "false" = "not counted",
): Tally {
  const mark = (stretches: readonly Stretch[]) => {
    const marks = new Uint8Array(Math.floor(seconds));
    for (const { from, to } of stretches) marks.fill(1, from, to);
    return marks;
  };
  const stretchesOf = (rhythm: string) =>
    changes.flatMap(({ time, name }, i) =>
      name === rhythm ? [{ from: time, to: changes[i + 1]?.time ?? seconds }] : [],
    );
  const [isFibrillation, isFlutter, isFound] = [stretchesOf("(AFIB"), stretchesOf("(AFL"), found].map(mark);
  const count = (is: (second: number) => boolean) => isFound.reduce((sum, _, i) => sum + (is(i) ? 1 : 0), 0);
  const isCounted = (i: number) => isFlutter[i] === 0 || inFlutter === "false";
  return {
    truePositives: count((i) => isFibrillation[i] === 1 && isFound[i] === 1),
    falseNegatives: count((i) => isFibrillation[i] === 1 && isFound[i] === 0),
    falsePositives: count((i) => isFibrillation[i] === 0 && isFound[i] === 1 && isCounted(i)),
  };
}

/** The share of what is there that was found; NaN when there is nothing. */
export function sensitivity({ truePositives, falseNegatives }: Tally): number {
  return truePositives / (truePositives + falseNegatives);
}

/** The share of what was found that is there; NaN when nothing was found. */
export function positivePredictivity({ truePositives, falsePositives }: Tally): number {
  return truePositives / (truePositives + falsePositives);
}

/** Adds up tallies, as of several recordings. */
export function sumTallies(tallies: readonly Tally[]): Tally {
  const sum = (key: keyof Tally) => tallies.reduce((total, tally) => total + tally[key], 0);
  return {
    truePositives: sum("truePositives"),
    falseNegatives: sum("falseNegatives"),
    falsePositives: sum("falsePositives"),
  };
}
