import { annotatedStretch, type BeatRecord } from "../../../test/bench/beat-records.ts";
import { BeatDetector } from "../beats/beats.ts";
import { EVIDENCE, examineCandidates } from "../beats/candidate-evidence.ts";
import type { Candidates } from "../beats/candidate-list.ts";
import { type CandidateModel, scoreCandidates } from "../beats/candidate-model.ts";
import { chooseFirst } from "../beats/choose-beats.ts";
import { type Judged, lookAround } from "../beats/doubtful-candidates.ts";

/** What is known of a candidate, the logarithm of the odds by which it was judged before if it was, and whether it is a beat. */
export type CandidateExample = {
  database: string;
  record: string;
  evidence: Float32Array;
  odds: number;
  isBeat: boolean;
};

/** The candidates of a record in one of its ways, the evidence on each, and whether it is a beat: undefined for those that teach nothing. */
export type ExaminedRecord = Omit<Judged, "odds"> & {
  database: string;
  record: string;
  isBeat: (boolean | undefined)[];
};

/** A candidate that is farther from every annotated beat is none, in seconds. */
const NEAR_SECONDS = 0.15;
/** Of several candidates near a beat the higher is the beat, though it is farther by this times the logarithm of their ratio. */
const SECONDS_PER_LOG = 0.02;
/** Candidates are learned from to so many seconds before the first annotated beat and after the last, where others are not annotated. */
const MARGIN_SECONDS = 0.3;

/** Examines the candidates of a record in each of its ways. Near a beat, what is not the beat itself teaches nothing. */
export function examineRecord(record: BeatRecord): ExaminedRecord[] {
  const { database, name, samplingRate, leads, reference } = record;
  if (reference.beats.length === 0) return [];
  const { from, to } = annotatedStretch(record, MARGIN_SECONDS);
  return record.ways.map((way) => {
    const detector = new BeatDetector(way.leads.map(() => samplingRate));
    detector.push(way.leads.map((l) => leads[l].samples));
    const candidates = detector.finishCandidates();
    const first = chooseFirst(candidates);
    const evidence = examineCandidates(candidates, first);
    const isBeat = compare(
      candidates,
      reference.beats.map(({ sample }) => sample / samplingRate),
    ).map((known, k) => {
      const sample = candidates.times[k] * samplingRate;
      const isFlutter = reference.flutter.some((stretch) => sample >= stretch.from && sample <= stretch.to);
      return sample < from || sample > to || isFlutter ? undefined : known;
    });
    return { database, record: name, candidates, evidence, usual: first.usual, isBeat };
  });
}

/** All candidates that teach something, with the evidence on each by itself. */
export function toExamples({ database, record, evidence, isBeat }: ExaminedRecord): CandidateExample[] {
  return isBeat.flatMap((known, k) => {
    if (known === undefined) return [];
    const own = evidence.slice(k * EVIDENCE.length, (k + 1) * EVIDENCE.length);
    return [{ database, record, evidence: own, odds: 0, isBeat: known }];
  });
}

/**
 * Those that are in doubt, with what is about them.
 *
 * @param first by what they are in doubt
 */
export function toDoubtfulExamples(examined: ExaminedRecord, first: CandidateModel): CandidateExample[] {
  const { database, record, evidence, isBeat } = examined;
  const odds = scoreCandidates(evidence, first);
  const examples: CandidateExample[] = [];
  lookAround({ ...examined, odds }, (k, surroundings) => {
    const known = isBeat[k];
    if (known === undefined) return;
    examples.push({ database, record, evidence: surroundings.slice(), odds: odds[k], isBeat: known });
  });
  return examples;
}

/** Whether each candidate is one of the beats; undefined for others near a beat. */
function compare({ times, heights }: Candidates, beats: readonly number[]): (boolean | undefined)[] {
  const isBeat = new Array<boolean | undefined>(times.length).fill(false);
  let first = 0;
  for (const beat of beats) {
    const distance = (k: number) => Math.abs(times[k] - beat) - SECONDS_PER_LOG * Math.log(heights[k]);
    while (first < times.length && times[first] < beat - NEAR_SECONDS) first++;
    let best = -1;
    for (let k = first; k < times.length && times[k] <= beat + NEAR_SECONDS; k++) {
      isBeat[k] ||= undefined;
      if (best < 0 || distance(k) < distance(best)) best = k;
    }
    if (best >= 0) isBeat[best] = true;
  }
  return isBeat;
}
