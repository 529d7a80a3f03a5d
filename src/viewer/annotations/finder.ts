import type { Annotation } from "../../recording/recording.ts";
import { nextTime } from "../measure/snap.ts";
import { Observable } from "../page/observable.ts";
import { writeNumber } from "../page/words.ts";
import { explainError, isAbort } from "../refusal.ts";
import type { EcgAnnotations } from "./ecg-annotations.ts";

/** Goes through the annotations that have a code, or words in their text: of those that are shown, in the whole ECG. */
export class Finder {
  /** The words that tell which annotation was found last, or that there is none. */
  readonly says = new Observable("");
  private readonly annotations: EcgAnnotations;
  private last: number | undefined;
  /** The step that was asked for last. */
  private asked = {};

  constructor(annotations: EcgAnnotations) {
    this.annotations = annotations;
  }

  /** Goes to the next one that is wanted, or the one before: from the last one while it is seen, or else from the left edge. */
  async step(wanted: string, by: 1 | -1, goTo: (time: number) => void): Promise<void> {
    const asked = {};
    this.asked = asked;
    this.says.set("Looking …");
    try {
      const items = await this.annotations.readShown();
      // Of two answers the older one may come last.
      if (this.asked === asked) this.go(timesOf(items, wanted), by, goTo);
    } catch (error) {
      if (this.asked === asked) this.says.set(isAbort(error) ? "" : explainError(error));
    }
  }

  private go(times: readonly number[], by: 1 | -1, goTo: (time: number) => void): void {
    const { frame } = this.annotations.reading;
    if (!frame) return;
    const { last } = this;
    const isSeen = last !== undefined && last >= frame.time && last <= frame.time + frame.seconds;
    const time = nextTime(times, isSeen ? last : frame.time, by);
    if (time === undefined) {
      const where = by > 0 ? "further on" : "before";
      this.says.set(
        times.length === 0
          ? "None of the annotations that are shown has it."
          : `None of ${writeNumber(times.length)} is ${where}.`,
      );
      return;
    }
    this.last = time;
    this.says.set(`${writeNumber(times.indexOf(time) + 1)} of ${writeNumber(times.length)}`);
    goTo(time);
  }
}

/** The times of the annotations that have this code, or these words in their text, each once and in their order. */
export function timesOf(items: readonly Annotation[], wanted: string): number[] {
  const words = wanted.toLowerCase();
  const found = items.filter(({ code, text }) => code === wanted || text?.toLowerCase().includes(words));
  return [...new Set(found.map(({ time }) => time))].sort((a, b) => a - b);
}
