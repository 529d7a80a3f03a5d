import {
  type AnnotatedBeat,
  countPair,
  pairBeats,
  type Score,
  type Tally,
  tallyBeats,
  tallySupraventricular,
  tallyVentricular,
  toReference,
} from "../analysis/ec57.ts";
import { AppError, newInputError } from "../errors.ts";
import type { Annotation } from "../recording/recording.ts";
import { findAnnotationSet } from "../store/annotations.ts";
import type { Store } from "../store/db.ts";
import type { EcgRow } from "../store/schema.ts";
import { readInsights } from "./measure.ts";
import type { Window } from "./window.ts";

/** What stands for the beats that were found here, in the place of an annotator. */
export const INSIGHTS = "insights";
/** Disagreements that are listed; all are counted. */
export const MOST_DISAGREEMENTS = 1000;

/** A beat on which two annotators do not agree: its time in seconds, and the code that each has given it, null for no beat. */
type Disagreement = { time: number; reference: string | null; test: string | null };

/** How the beats of two annotators agree: the pairs by their classes, tallies by EC57, and the first disagreements. */
type Comparison = {
  counts: Score["counts"];
  beats: Tally;
  ventricular: Tally;
  supraventricular: Tally;
  disagreements: { count: number; items: Disagreement[] };
};

/** Beats are read this far around a window, in seconds: the partner of one in it may be outside. */
const MARGIN_SECONDS = 1;
/** Beats of an ECG without a sampling rate are timed in ms. */
const MS_A_SECOND = 1000;

/**
 * Compares the beats of one annotator, the reference, with those of another, by the rules of ANSI/AAMI EC57. A pair counts where its
 * beat of the reference is in the window; a beat without one where it is itself.
 *
 * @param test another annotator; or INSIGHTS for what was found here, unless an annotator is called so
 * @throws AppError `not-found` when there is no such reference, `invalid` when there is no such other one
 */
export async function compareAnnotations(
  store: Store,
  ecg: EcgRow,
  reference: string,
  test: string,
  { start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY }: Window,
): Promise<Comparison> {
  const rate = Math.max(...ecg.leads.map(({ samplingRate }) => samplingRate ?? 0)) || MS_A_SECOND;
  // Of one annotator at a time all that it says is in memory. From the beginning: flutter in the window may have begun long before.
  const read = async (annotator: string) => {
    const set = await findAnnotationSet(store, ecg, annotator, undefined, end + MARGIN_SECONDS);
    return set && toReference(set.items, rate);
  };
  const ours = await read(reference);
  if (!ours) throw new AppError("not-found");
  const theirs = (await read(test)) ?? (test === INSIGHTS ? toReference(await findBeats(store, ecg), rate) : undefined);
  if (!theirs) throw newInputError([{ path: "with", message: `is no annotator of this ECG, nor ${INSIGHTS}` }]);

  const isNear = ({ time }: AnnotatedBeat) => time >= start - MARGIN_SECONDS && time < end + MARGIN_SECONDS;
  const { beats, flutter } = ours;
  const found = theirs.beats.filter(isNear);
  const counts: Score["counts"] = {};
  const disagreements: Comparison["disagreements"] = { count: 0, items: [] };
  pairBeats({ beats: beats.filter(isNear), flutter }, found, rate, Number.NEGATIVE_INFINITY, (one, other) => {
    const time = (one ?? other)?.time ?? 0;
    if (time < start || time >= end) return;
    countPair(counts, one, other);
    if (one?.type === other?.type) return;
    disagreements.count++;
    if (disagreements.items.length < MOST_DISAGREEMENTS) {
      disagreements.items.push({ time, reference: one?.code ?? null, test: other?.code ?? null });
    }
  });
  return {
    counts,
    beats: tallyBeats({ counts }),
    ventricular: tallyVentricular({ counts }),
    supraventricular: tallySupraventricular({ counts }),
    disagreements,
  };
}

/** The beats that were found in an ECG, as annotations. */
async function findBeats(store: Store, ecg: EcgRow): Promise<Annotation[]> {
  const { times, types } = (await readInsights(store, ecg)).beats;
  return Array.from(times, (time, i) => ({ time, code: types[i] }));
}
