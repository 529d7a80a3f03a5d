import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readWfdb } from "../../../test/bench/wfdb.ts";
import { measureRhythmOf } from "../../../test/support/measure-leads.ts";
import type { Annotation } from "../../recording/recording.ts";
import {
  AFTER_ECTOPIC,
  AFTER_SINUS,
  evidenceAfterEctopic,
  evidenceAfterSinus,
  PREMATURE,
  type PrematureModel,
} from "../beats/premature-beats.ts";
import {
  type Reference,
  type RhythmChange,
  scoreBeats,
  type Tally,
  tallyFibrillation,
  tallySupraventricular,
  toReference,
} from "../ec57.ts";
import type { FibrillationModel } from "../measures/fibrillation.ts";
import type { Rhythm } from "../measures/rhythm.ts";
import { fitLogistic, type Observation } from "./logistic.ts";

/** A record, what its rhythm is judged by, and what it is by its annotations. */
export type RhythmExample = {
  database: string;
  /** Records of one patient are left out together. */
  patient: string;
  record: string;
  leads: "first" | "all";
  seconds: number;
  samplingRate: number;
  reference: Reference;
  rhythm: Rhythm;
  /** The class of each beat in the reference, and undefined where it is none. */
  classes: (string | undefined)[];
  /** The name of the rhythm at each beat, such as `(AFIB`. */
  rhythms: string[];
  changes: RhythmChange[];
};

const MATCH_SECONDS = 0.15;
/** EC57 leaves out the first 5 minutes, which a recording of no more than this has not to spare. */
const SHORT_SECONDS = 1200;
/** Rhythms that are not judged: the atria flutter, or no beats are marked. */
const UNJUDGED = ["(AFL", "(VFL"];
/** The weight of all that is in fibrillation, and of all that is not. */
const HALF_WEIGHT = 300;
/** The odds of fibrillation are lowered by this, a logarithm: an episode that is none takes P waves and early beats away. */
const CAUTION = 0.55;
/** The weight of all that a model of supraventricular beats is fitted to. */
const OBSERVATION_WEIGHT = 400;
const FIBRILLATION_RIDGE = 0.1;
const PREMATURE_RIDGE = 0.02;
/** Sinus beats count this many times as much as supraventricular ones, which are fewer by far: the odds in the mean. */
const SINUS_WEIGHT = 1.4;
/** From this many supraventricular beats on a record counts in full. */
const ENOUGH_BEATS = 10;

/**
 * The records of a folder with annotations in WFDB's format, each by its first lead and by all.
 *
 * @param pieceSeconds how much of a record is measured at a time, as if it were all there is; else the whole
 */
export async function readRhythmExamples(
  database: string,
  folder: string,
  pieceSeconds = Number.POSITIVE_INFINITY,
): Promise<RhythmExample[]> {
  const examples: RhythmExample[] = [];
  const records = readdirSync(folder).flatMap((file) => (file.endsWith(".atr") ? [file.slice(0, -4)] : []));
  for (const record of records.sort()) {
    const { leads, annotations } = await readWfdb(join(folder, record));
    const samplingRate = leads[0].samplingRate ?? 0;
    const { length } = leads[0].samples;
    const pieceLength = Math.min(length, Math.round(pieceSeconds * samplingRate));
    const seconds = pieceLength / samplingRate;
    for (let from = 0; from + pieceLength <= length; from += pieceLength) {
      const piece = leads.map((lead) => ({ ...lead, samples: lead.samples.subarray(from, from + pieceLength) }));
      const moved = annotations.map((annotation) => ({ ...annotation, time: annotation.time - from / samplingRate }));
      const reference = toReference(
        moved.filter(({ time }) => time >= 0 && time < seconds),
        samplingRate,
      );
      const changes = findChanges(moved, seconds);
      for (const [which, used] of [
        ["first", piece.slice(0, 1)],
        ["all", piece],
      ] as const) {
        const rhythm = await measureRhythmOf(used);
        const times = rhythm.times;
        examples.push({
          database,
          // Records of the challenge are named after their patient: data_101_6.
          patient: record.split("_").slice(0, 2).join("_"),
          record,
          leads: which,
          seconds,
          samplingRate,
          reference,
          rhythm,
          classes: matchClasses(times, reference, samplingRate),
          rhythms: Array.from(times, (time) => changes.findLast((change) => change.time <= time)?.name ?? "(N"),
          changes,
        });
      }
    }
  }
  return examples;
}

/** The changes of the rhythm in so many seconds from time 0 on, and before all the rhythm that they begin with. */
function findChanges(annotations: readonly Annotation[], seconds: number) {
  const changes = annotations
    .filter(({ code, text, time }) => code === "+" && text?.startsWith("(") && time < seconds)
    .map(({ time, text = "" }) => ({ time: Math.max(0, time), name: text.replaceAll("\0", "") }));
  return changes.slice(
    Math.max(
      0,
      changes.findLastIndex(({ time }) => time === 0),
    ),
  );
}

function matchClasses(times: Float64Array, { beats }: Reference, samplingRate: number): (string | undefined)[] {
  let r = 0;
  return Array.from(times, (time) => {
    const distance = (at: number) => Math.abs((beats[at]?.sample ?? Number.POSITIVE_INFINITY) / samplingRate - time);
    while (distance(r + 1) < distance(r)) r++;
    return distance(r) <= MATCH_SECONDS ? beats[r].type : undefined;
  });
}

/** Fits the model of fibrillation: patients count alike, and all that is in fibrillation as much as all that is not. */
export function fitFibrillation(examples: readonly RhythmExample[]): FibrillationModel {
  const parts = [true, false].map((isFibrillating) => {
    const list = examples.map((example) => {
      const { rhythm, rhythms, patient } = example;
      const beats = [...rhythms.keys()].filter(
        (i) =>
          (rhythms[i] === "(AFIB") === isFibrillating &&
          !UNJUDGED.includes(rhythms[i]) &&
          !Number.isNaN(rhythm.irregularity[i]) &&
          !Number.isNaN(rhythm.comesBack[i]),
      );
      return { rhythm, patient, beats };
    });
    const patients = Map.groupBy(
      list.filter(({ beats }) => beats.length > 0),
      ({ patient }) => patient,
    );
    return { isFibrillating, patients };
  });
  const observations = parts.flatMap(({ isFibrillating, patients }) =>
    [...patients.values()].flatMap((records) => {
      const count = records.reduce((sum, { beats }) => sum + beats.length, 0);
      const weight = HALF_WEIGHT / (patients.size * count);
      return records.flatMap(({ rhythm, beats }) =>
        beats.map(
          (i): Observation => ({
            values: [rhythm.irregularity[i], rhythm.comesBack[i], rhythm.known[i]],
            yes: isFibrillating ? weight : 0,
            no: isFibrillating ? 0 : weight,
          }),
        ),
      );
    }),
  );
  const [bias, irregularity, comesBack, known] = fitLogistic(observations, FIBRILLATION_RIDGE);
  return { bias: bias - CAUTION, irregularity, comesBack, known };
}

/**
 * Fits the models of supraventricular beats to the MIT-BIH records, as the challenge's annotations leave many of them out. Each record counts alike,
 * whatever the number of its beats. Without any of them it is the model in use.
 */
export function fitPremature(examples: readonly RhythmExample[]): PrematureModel {
  const sinus: Observation[] = [];
  const ectopic: Observation[] = [];
  for (const { database, rhythm, classes, rhythms } of examples) {
    if (database !== "mitdb") continue;
    const { timing } = rhythm;
    const known = [...classes.keys()].filter((i) => {
      const isNamed = (type: string | undefined) => type === "N" || type === "S";
      return (
        timing.isKnown[i] &&
        isNamed(classes[i]) &&
        isNamed(classes[i - 1]) &&
        rhythms[i] !== "(AFIB" &&
        // Sinus beats are many.
        (classes[i] !== "N" || classes[i - 1] !== "N" || i % 3 === 0) &&
        !UNJUDGED.includes(rhythms[i])
      );
    });
    for (const [last, list, evidenceOf] of [
      ["N", sinus, evidenceAfterSinus],
      ["S", ectopic, evidenceAfterEctopic],
    ] as const) {
      const beats = known.filter((i) => classes[i - 1] === last);
      const yes = beats.filter((i) => classes[i] === "S").length;
      const no = beats.length - yes;
      for (const i of beats) {
        const isYes = classes[i] === "S";
        const weight =
          last === "N"
            ? isYes
              ? Math.min(1, yes / ENOUGH_BEATS) / yes
              : SINUS_WEIGHT / no
            : Math.min(1, beats.length / ENOUGH_BEATS) / beats.length;
        list.push({ values: evidenceOf(timing, rhythm, i), yes: isYes ? weight : 0, no: isYes ? 0 : weight });
      }
    }
  }
  if (sinus.length === 0) return PREMATURE;
  return { afterSinus: nameWeights(AFTER_SINUS, sinus), afterEctopic: nameWeights(AFTER_ECTOPIC, ectopic) };
}

function nameWeights<Name extends string>(names: readonly Name[], observations: readonly Observation[]) {
  const total = observations.reduce((sum, { yes, no }) => sum + yes + no, 0);
  const scale = OBSERVATION_WEIGHT / total;
  const [bias, ...weights] = fitLogistic(
    observations.map(({ values, yes, no }) => ({ values, yes: yes * scale, no: no * scale })),
    PREMATURE_RIDGE,
  );
  // Object.fromEntries forgets which name has which type.
  return { bias, ...(Object.fromEntries(names.map((name, i) => [name, weights[i]])) as Record<Name, number>) };
}

/** Supraventricular beats, by the rules of EC57; all of a short record is scored. */
export function scoreSupraventricular({ reference, samplingRate, seconds }: RhythmExample, rhythm: Rhythm): Tally {
  const found = Array.from(rhythm.times, (time, i) => ({ sample: time * samplingRate, type: rhythm.types[i] }));
  return tallySupraventricular(scoreBeats(reference, found, samplingRate, seconds > SHORT_SECONDS ? undefined : 0));
}

/** Seconds of atrial fibrillation, by the rules of EC57. */
export function scoreFibrillation({ changes, seconds }: RhythmExample, rhythm: Rhythm): Tally {
  return tallyFibrillation(changes, seconds, rhythm.findIrregular().value);
}

/** The same where seconds that are found in atrial flutter are false ones. */
export function scoreFibrillationAlone({ changes, seconds }: RhythmExample, rhythm: Rhythm): Tally {
  return tallyFibrillation(changes, seconds, rhythm.findIrregular().value, "false");
}
